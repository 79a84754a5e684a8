"""Announcing a task's status to the receiver that its request named."""

__all__: list[str] = []
