"""Rendered scenes with exact captions, for training and evaluation only."""

__all__: list[str] = []
