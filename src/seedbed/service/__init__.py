"""The HTTP service: the contract's routes, and what a server needs around them. No torch here."""

__all__: list[str] = []
