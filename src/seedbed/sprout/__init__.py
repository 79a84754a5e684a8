"""Our own networks; they know nothing of sampling."""

__all__: list[str] = []
