"""The recipes that make Sprout: one name, one reproducible model."""

from dataclasses import dataclass, field, replace

from seedbed.errors import ConfigurationError
from seedbed.training.autoencoder import AutoencoderRecipe
from seedbed.training.looks import STROKES
from seedbed.training.planner import PlannerRecipe
from seedbed.training.transformer import TransformerRecipe
from seedbed.world.mix import DEFAULT, FIRST, WorldMix
from seedbed.world.styles import STYLES

__all__ = ["RECIPES", "SproutRecipe", "recipe_named"]

# The styles that are hardest to draw are shown most often, and so are things in colours of their own.
_STYLES = tuple((name, 2.0 if name in STROKES else 1.2) for name in STYLES)
_MIX = replace(DEFAULT, coloured=0.25, several=0.07, style_named=0.75, styles=_STYLES)


@dataclass(frozen=True, slots=True)
class SproutRecipe:
    """All that decides how Sprout is trained, from icons to weights."""

    autoencoder: AutoencoderRecipe = field(default_factory=AutoencoderRecipe)
    planner: PlannerRecipe = field(default_factory=PlannerRecipe)
    transformer: TransformerRecipe = field(default_factory=TransformerRecipe)
    mix: WorldMix = _MIX
    """What scenes it sees."""


_WHOLE = SproutRecipe()
_GPU = SproutRecipe(
    replace(_WHOLE.autoencoder, fit_pictures=2000, batch_size=24, warm_up=100, compile=False),
    transformer=replace(
        _WHOLE.transformer, steps=1050, batch_size=512, learning_rate=1.5e-3, looks_learning_rate=3e-3, warm_up=262
    ),
)
_PLAIN = replace(DEFAULT, nouns=FIRST.nouns, backgrounds=FIRST.backgrounds, styles=FIRST.styles)
"""All compositions, but the first nouns on plain colours in the two icon sets' own styles."""
RECIPES: dict[str, SproutRecipe] = {
    # All nouns, places and styles, in eight minutes of an H100 and the planner's half hour on a CPU: what ships.
    "sprout": _GPU,
    # A tenth of the nouns, in some hours on two CPU cores.
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
