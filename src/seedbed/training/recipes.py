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
_COLOURS = replace(
    _WHOLE.transformer,
    steps=500,
    learning_rate=1.5e-4,
    reading_learning_rate=1e-3,
    looks_learning_rate=3e-4,
    muon_learning_rate=2e-3,
    muon=("blocks",),
    warm_up=30,
    decay=0.6,
    ema_decay=0.985,
    pixel_weight=0.5,
    null_plans=0.06,
)
_PLAIN = replace(DEFAULT, nouns=FIRST.nouns, backgrounds=FIRST.backgrounds, styles=FIRST.styles)
"""All compositions, but the first nouns on plain colours in the two icon sets' own styles."""
RECIPES: dict[str, SproutRecipe] = {
    # All nouns, places and styles, in eight minutes of an H100 and the planner's half hour on a CPU.
    "sprout": _GPU,
    # Goes on from such weights (`--start`) with colours of things' own, in an hour on two CPU cores: what ships.
    "sprout-colours": SproutRecipe(
        replace(_GPU.autoencoder, steps=0),
        replace(_WHOLE.planner, steps=0),
        _COLOURS,
        replace(_MIX, coloured=0.6),
    ),
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
