"""What every training here needs, Sprout's and the judge's: checkpoints, a number format, a learning rate."""

__all__: list[str] = []
