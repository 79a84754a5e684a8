"""The recipes that make Sprout: one name, one reproducible model."""

from dataclasses import dataclass, field, replace

from seedbed.errors import ConfigurationError
from seedbed.sprout.autoencoder import AutoencoderConfig
from seedbed.training.autoencoder import AutoencoderRecipe
from seedbed.training.looks import STROKES
from seedbed.training.planner import PlannerRecipe
from seedbed.training.transformer import TransformerRecipe
from seedbed.world.mix import DEFAULT, FIRST, WorldMix
from seedbed.world.styles import STYLES

__all__ = ["RECIPES", "SproutRecipe", "recipe_named"]

_CHANNELS = 96
# The styles that are hardest to draw are shown most often.
_MIX = replace(DEFAULT, style_named=0.75, styles=tuple((name, 2.0 if name in STROKES else 1.2) for name in STYLES))


@dataclass(frozen=True, slots=True)
class SproutRecipe:
    """All that decides how Sprout is trained, from icons to weights."""

    autoencoder: AutoencoderRecipe = field(
        default_factory=lambda: AutoencoderRecipe(AutoencoderConfig(latent_channels=_CHANNELS))
    )
    planner: PlannerRecipe = field(default_factory=PlannerRecipe)
    transformer: TransformerRecipe = field(default_factory=lambda: TransformerRecipe(latent_channels=_CHANNELS))
    mix: WorldMix = _MIX
    """What scenes it sees."""


_WHOLE = SproutRecipe()
_PLAIN = replace(DEFAULT, nouns=FIRST.nouns, backgrounds=FIRST.backgrounds, styles=FIRST.styles)
"""All compositions, but the first nouns on plain colours in the two icon sets' own styles."""
RECIPES: dict[str, SproutRecipe] = {
    # All nouns, places and styles: what ships.
    "sprout": _WHOLE,
    # A tenth of the nouns, in an hour on two CPU cores; a start for the whole.
    "sprout-cpu": replace(_WHOLE, transformer=replace(_WHOLE.transformer, steps=2000), mix=_PLAIN),
    # Runs every stage in minutes; its pictures are blots.
    "tiny": SproutRecipe(
        replace(_WHOLE.autoencoder, fit_pictures=200, steps=20, checkpoint_every=10),
        replace(_WHOLE.planner, steps=20, checkpoint_every=10),
        replace(_WHOLE.transformer, steps=20, checkpoint_every=10),
    ),
}


def recipe_named(name: str) -> SproutRecipe:
    """The recipe of that name. Raises `ConfigurationError` for one we do not have."""
    if name not in RECIPES:
        raise ConfigurationError(f"no recipe is named {name}; there are {', '.join(RECIPES)}")
    return RECIPES[name]
