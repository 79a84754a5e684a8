"""How good Sprout is, measured: frozen prompts, a judge that never saw Sprout, scores with their intervals."""

__all__: list[str] = []
