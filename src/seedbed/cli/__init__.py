"""The `seedbed` command: one file a command or group of commands."""

__all__: list[str] = []
