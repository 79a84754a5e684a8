"""How Sprout learns: recipes, loops, checkpoints."""

__all__: list[str] = []
