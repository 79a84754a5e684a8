"""Requests in, images out: one interface, run in a process of its own."""

__all__: list[str] = []
