"""The words that captions are made of, and what a set of turns of phrase is."""

from dataclasses import dataclass, field

from seedbed.world.placed import Place, Relation, Size

__all__ = ["NUMBERS", "SCENERY_TAGS", "SIZE_WORDS", "STYLE_WORDS", "Texts", "Wording"]

Texts = tuple[str, ...]

STYLE_WORDS: dict[str, Texts] = {
    "flat": ("flat", "flat design", "flat style", "flat vector"),
    "glossy": ("glossy", "glossy 3d", "3d"),
    "line art": ("line art", "line drawing", "outline", "black line art", "lineart"),
    "pixel art": ("pixel art", "pixel", "pixelated", "8 bit pixel art", "8 bit"),
    "watercolour": ("watercolour", "watercolor", "watercolour painting", "watercolor painting"),
    "pastel": ("pastel", "soft pastel", "pastel colours", "pastel colors"),
    "neon": ("neon", "glowing neon", "neon glow", "neon light"),
    "sepia": ("sepia", "sepia tone", "vintage sepia", "sepia toned"),
    "monochrome": ("monochrome", "black and white", "grayscale", "greyscale"),
}
NUMBERS = ("one", "two", "three", "four", "five", "six")
SIZE_WORDS: dict[Size, Texts] = {
    Size.TINY: ("tiny", "very small", "minuscule"),
    Size.SMALL: ("small", "little"),
    Size.BIG: ("big", "large"),
    Size.HUGE: ("huge", "enormous", "giant", "gigantic"),
}
# What a background is called by itself; behind `Wording.sceneries` stands how it is added to a sentence.
SCENERY_TAGS: dict[str, Texts] = {
    "sky": ("sky", "blue sky", "cloudy sky"),
    "night sky": ("night sky", "starry sky", "starry night", "night sky with stars"),
    "beach": ("beach", "sandy beach", "seaside"),
    "sea": ("sea", "ocean", "open sea"),
    "meadow": ("meadow", "grass", "grassy field", "field"),
    "forest": ("forest", "woods", "woodland"),
    "mountains": ("mountains", "mountain landscape", "mountain range"),
    "snow": ("snow", "snowy landscape", "winter landscape"),
    "desert": ("desert", "sand dunes", "sandy desert"),
    "city": ("city skyline", "city", "skyline", "cityscape"),
    "room": ("room", "living room", "indoors"),
    "studio": ("studio", "studio table", "studio shot"),
    "wooden table": ("wooden table", "wood table", "table"),
}


@dataclass(frozen=True)
class Wording:
    """One set of turns of phrase. `{}` stands for what is said there."""

    openings: Texts
    """Before the objects."""
    style_leads: Texts
    """{style}, {medium} and {what}: the style said first."""
    media: Texts
    endings: Texts
    """Behind a style that is said last."""
    fillers: Texts
    """Whole sentences around a short one."""
    grounds: Texts
    """Plain backgrounds, by their colour."""
    blends: dict[str, Texts]
    """Gradients, stripes and dots, by their colours {a} and {b}."""
    empty: dict[str, Texts]
    """Backgrounds with nothing before them: {a} is the colour or the scenery."""
    sceneries: dict[str, Texts]
    """Other backgrounds, as they are added to a sentence."""
    backdrops: Texts
    """Sceneries said by what they are called by themselves."""
    relations: dict[Relation, Texts]
    related: Texts
    """{a}, {b} and the {relation} of a to b."""
    inverted: Texts
    """Sideways or upright pairs said by both objects' ends: {near} stands left or on top, {far} right or below."""
    joins: Texts
    """Two objects without a relation."""
    besides: Texts
    """Two objects side by side."""
    places: dict[Place, Texts]
    counts: Texts
    """{number} and {things}."""
    colourings: Texts
    """{colour} and {thing}, without the article."""
    texts: dict[str, Texts]
    """A quoted word alone: any word, a number, or a single letter."""
    inks: Texts
    """A quoted word in letters of a {colour}."""
    signs: Texts
    """A quoted word on a sign; {sign} is what it is called, with its colour and its article."""
    tags: bool
    """Whether captions may be mere lists of words."""
    adjectives: Texts = field(default=())
    """Praise that changes nothing in the picture."""
