"""What outlives the process: tasks, keys, secrets and images."""

__all__: list[str] = []
