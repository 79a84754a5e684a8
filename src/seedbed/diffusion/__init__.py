"""The maths of rectified flow; knows a network only as a callable."""

__all__: list[str] = []
