"""The turns of phrase that only evaluation's prompts are made of."""

from seedbed.world.placed import Place, Relation
from seedbed.world.wording import Wording

__all__ = ["HELD_OUT"]

HELD_OUT = Wording(
    openings=(
        "could you show me ",
        "i need a drawing of ",
        "please paint ",
        "let me see ",
        "an icon showing ",
        "can you make an image with ",
        "i want to see ",
        "create a picture where there is ",
    ),
    style_leads=(
        "{medium} in {style} style that shows {what}",
        "please make a {style} {medium} with {what}",
        "{what} as a {style} {medium}",
        "a {medium}, {style}, showing {what}",
    ),
    media=("picture", "image", "scene", "drawing"),
    endings=("style please", "style picture", "drawing"),
    fillers=(
        "could you please paint {} for my daughter",
        "i would like a clean picture of {}, thank you",
        "here is what i want: {}",
        "make {}, just that and nothing else",
    ),
    grounds=(
        "and the background is plain {}",
        "before a {} background",
        "all on {}",
        "with {} behind",
        "and make the background {}",
    ),
    blends={
        "gradient": ("and the background is a {a} to {b} gradient", "before a gradient of {a} and {b}"),
        "stripes": ("with stripes in {a} and {b} behind", "before {a} and {b} stripes"),
        "dots": ("before a {b} background with {a} polka dots", "and the background is {b} with {a} dots"),
    },
    empty={
        "plain": ("only a plain {a} background", "a picture that is all {a}"),
        "gradient": ("only a gradient of {a} and {b}", "a background that is a {a} to {b} gradient"),
        "stripes": ("only stripes in {a} and {b}", "a background of {a} and {b} stripes"),
        "dots": ("a picture with {a} polka dots on {b}", "only {a} dots on a {b} background"),
        "scenery": ("only the {a}", "{a} and nothing else", "a picture that is all {a}"),
    },
    sceneries={
        "sky": ("up in the blue sky", "before a cloudy sky"),
        "night sky": ("before a starry night", "up in the night sky"),
        "beach": ("placed on a beach", "before a sandy beach"),
        "sea": ("out on the ocean", "before the open sea"),
        "meadow": ("placed in the grass", "out in a field"),
        "forest": ("out in the woods", "before a forest"),
        "mountains": ("before a mountain range", "up in the mountains"),
        "snow": ("out in the snow", "before a snowy landscape"),
        "desert": ("out in the desert", "placed in a sandy desert"),
        "city": ("before a city skyline", "up in a city"),
        "room": ("placed in a living room", "inside the room"),
        "studio": ("placed on a studio table", "inside a studio"),
        "wooden table": ("placed on a wooden table", "on top of the table"),
    },
    backdrops=("and the background is {}", "with nothing but {} behind"),
    relations={
        Relation.LEFT_OF: ("at the left of", "at the left side of"),
        Relation.RIGHT_OF: ("at the right of", "at the right side of"),
        Relation.ABOVE: ("just above", "placed over", "up above"),
        Relation.BELOW: ("just below", "placed under", "just beneath"),
    },
    related=("{a}, which is {relation} {b}", "you see {a}, and it is {relation} {b}"),
    inverted=("{near} at the {one} and {far} at the {other}", "{far} at the {other} and also {near} at the {one}"),
    joins=("and there is also", "as well as"),
    besides=("at the side of", "placed beside"),
    places={
        Place.TOP_LEFT: ("placed in the upper left", "at the top left corner"),
        Place.TOP_RIGHT: ("placed in the upper right", "at the top right corner"),
        Place.BOTTOM_LEFT: ("placed in the lower left", "at the bottom left corner"),
        Place.BOTTOM_RIGHT: ("placed in the lower right", "at the bottom right corner"),
        Place.TOP: ("placed at the top", "up at the top edge"),
        Place.BOTTOM: ("placed at the bottom", "at the bottom edge"),
        Place.LEFT: ("placed on the left", "on the left edge"),
        Place.RIGHT: ("placed on the right", "on the right edge"),
        Place.CENTRE: ("placed in the middle", "in the very center"),
    },
    counts=("{number} nice {things} in a group", "a group with {number} {things}", "{number} very nice {things}"),
    colourings=("{thing} in the colour {colour}", "{thing} which is {colour}", "{thing} coloured {colour}"),
    texts={
        "word": ("big letters that say {}", "a picture that says {}", "{} written in capital letters"),
        "number": ("a big number {}", "a picture that says {}", "the text {} in big numbers"),
        "letter": ("a big letter {}", "a picture that says {}", "the letter {} written in bold"),
    },
    inks=("{} written in {colour} letters", "the word {} with {colour} letters", "a {colour} text that reads {}"),
    signs=("{sign} where {} is written", "{sign} which says {}", "{sign} with letters that say {}"),
    tags=False,
)
"""What only evaluation says, in words that training knows from elsewhere."""
