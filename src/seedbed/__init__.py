"""Seedbed: the self-hosted Seedream 4."""

__all__: list[str] = []
