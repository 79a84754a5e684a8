"""How good Sprout is, measured on prompts with known answers."""

__all__: list[str] = []
