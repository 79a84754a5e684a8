"""The recipes that make Sprout: one name, one reproducible model."""

from dataclasses import dataclass, field, replace

from seedbed.errors import ConfigurationError
from seedbed.training.autoencoder import AutoencoderRecipe
from seedbed.training.transformer import TransformerRecipe

__all__ = ["RECIPES", "SproutRecipe", "recipe_named"]


@dataclass(frozen=True, slots=True)
class SproutRecipe:
    """All that decides how Sprout is trained, from icons to weights."""

    autoencoder: AutoencoderRecipe = field(default_factory=AutoencoderRecipe)
    transformer: TransformerRecipe = field(default_factory=TransformerRecipe)


_CPU = SproutRecipe()
RECIPES: dict[str, SproutRecipe] = {
    # The weights in the package: two CPU cores.
    "sprout-cpu": _CPU,
    # Runs every stage in minutes; its pictures are blots.
    "tiny": SproutRecipe(
        replace(_CPU.autoencoder, fit_pictures=200, steps=20, checkpoint_every=10),
        replace(_CPU.transformer, steps=20, checkpoint_every=10),
    ),
}


def recipe_named(name: str) -> SproutRecipe:
    """The recipe of that name. Raises `ConfigurationError` for one we do not have."""
    if name not in RECIPES:
        raise ConfigurationError(f"no recipe is named {name}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
