"""The durable way of a task, from its acceptance to its image and its webhooks."""

__all__: list[str] = []
