"""The words and turns of phrase that captions are made of: those of training, and those held out from it."""

from dataclasses import dataclass, field

from seedbed.world.placed import Place, Relation, Size

__all__ = ["HELD_OUT", "NUMBERS", "SCENERY_TAGS", "SIZE_WORDS", "STYLE_WORDS", "TRAINING", "Wording"]

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


_SIDES = (
    "to the {0} of|{0} of|on the {0} of|on the {0} side of|to the {0} side of|just {0} of|directly {0} of|"
    "on the {0} hand side of|far {0} of"
)


def _corner(words: str) -> Texts:
    return tuple(f"{lead} {words}{end}" for lead, end in (("in the", " corner"), ("in the", ""), ("at the", "")))


TRAINING = Wording(
    openings=(
        *("",) * 6,
        "a picture of ",
        "an image of ",
        "draw ",
        "please draw ",
        "show me ",
        "there is ",
        "generate ",
        "create an image of ",
        "i want ",
        "i would like to see ",
        "make a picture of ",
        "can you draw ",
        "paint ",
        "just ",
        "this is ",
        "here is ",
        "only ",
        "a scene with ",
        "a nice picture showing ",
        "we see ",
        "imagine ",
        "render ",
        *("give me ", "i need ", "make ", "make me ", "create ", "design ", "sketch ", "you see ", "you can see "),
        *("let me have ", "let me look at ", "let us see ", "could you draw ", "can i have ", "how about "),
        *(
            "please show ",
            "a drawing of ",
            "an illustration of ",
            "a drawing where you see ",
            "put ",
            "produce ",
            "i would love ",
        ),
    ),
    style_leads=(
        "{style} {medium} of {what}",
        "a {style} {medium} of {what}",
        "{style} {medium}: {what}",
        "a {style} style {medium} of {what}",
        "a {medium} of {what} in {style} style",
    ),
    media=("illustration", "drawing", "picture", "icon", "image", "render", "artwork", "graphic", "scene"),
    endings=("style", "illustration", "icon", "art", "look", "", ""),
    fillers=(
        "please make me a picture where you can see {}",
        "i need a simple image that shows {}, thank you",
        "{}, high quality, detailed",
        "{}, very simple and clean",
        "could you please create {} for me",
        "a beautiful high quality image of {}",
        "for my website i need {}",
        "my daughter wants to see {}",
        "{}. that is all i want to see in the picture",
        "{}, nothing else",
        "an emoji of {}, no text",
        "let me tell you what i want: {}",
        "it should be a picture which shows {}",
        "draw {} as well as you can",
        "before you go out, draw {}",
        "hurry up and draw {}",
    ),
    grounds=(
        "{} background",
        "a {} background",
        "with a {} background",
        "on a {} background",
        "on {}",
        "on a plain {} background",
        "in front of a {} background",
        "against a {} background",
        "against {}",
        "the background is {}",
        "on a {} backdrop",
        "background colour {}",
        "background color {}",
        *("in front of {}", "{} in the background", "with {} in the background", "{} behind it", "the background {}"),
        *("{} all around", "set on {}", "and behind it is {}", "everything behind is {}", "where the background is {}"),
        *("with a background in {}", "with a background of {}", "the backdrop is {}", "over a {} background"),
        *("make the backdrop {}", "and a {} background", "surrounded by {}", "and the whole background is {}"),
    ),
    blends={
        "gradient": (
            "on a gradient from {a} to {b}",
            "with a gradient from {a} to {b}",
            "{a} to {b} gradient",
            "on a {a} and {b} gradient",
            "{a} and {b} gradient background",
            "a gradient background from {a} to {b}",
            "the background is a gradient of {a} and {b}",
        ),
        "stripes": (
            "{a} and {b} stripes",
            "on {a} and {b} stripes",
            "with a {a} and {b} striped background",
            "on a striped background in {a} and {b}",
            "in front of {a} and {b} stripes",
        ),
        "dots": (
            "{a} dots on {b}",
            "on a {b} background with {a} dots",
            "with {a} polka dots on a {b} background",
            "{b} background with {a} dots",
            "{a} polka dots on {b}",
            "on {b} with {a} dots",
        ),
    },
    empty={
        "plain": (
            *("a plain {a} background", "nothing but {a}", "a {a} background", "everything {a}", "a {a} picture"),
            *("the whole picture {a}", "a picture filled with {a}", "an image that is only {a}", "{a} everywhere"),
            *("a picture all in {a}", "a completely {a} picture", "an all {a} image", "{a} and nothing more"),
        ),
        "gradient": (
            *("a gradient from {a} to {b}", "a {a} to {b} gradient", "{a} and {b} gradient", "a gradient: {a}, {b}"),
            *("nothing but a gradient of {a} and {b}", "an image that is a gradient from {a} to {b}"),
        ),
        "stripes": (
            *("{a} and {b} stripes", "a {a} and {b} striped background", "a picture filled with {a} and {b} stripes"),
            *("nothing but {a} and {b} stripes", "stripes, {a} and {b}"),
        ),
        "dots": (
            *("{a} dots on {b}", "a {b} background with {a} dots", "nothing but {a} dots on {b}"),
            *("{a} polka dots all over a {b} background", "a {b} picture with {a} dots"),
        ),
        "scenery": (
            *("{a}", "the {a}", "{a} background", "nothing but {a}", "an empty {a}", "a view of the {a}"),
            *("an image of the {a}", "the {a} with nothing in it", "{a}, nothing more"),
        ),
    },
    sceneries={
        "sky": ("in the sky", "against the sky", "under a blue sky", "in front of a blue sky", "against a cloudy sky"),
        "night sky": ("in the night sky", "under a starry sky", "at night", "against a night sky with stars"),
        "beach": ("on the beach", "at the beach", "on a sandy beach", "at the seaside"),
        "sea": ("at sea", "on the sea", "in the ocean", "on the open sea", "with the sea behind"),
        "meadow": ("in a meadow", "on a meadow", "on the grass", "in a grassy field", "in a green meadow"),
        "forest": ("in a forest", "in the forest", "in the woods", "with a forest behind"),
        "mountains": ("in the mountains", "in front of mountains", "with mountains in the background"),
        "snow": ("in the snow", "in a snowy landscape", "on snow", "in a winter landscape"),
        "desert": ("in the desert", "in a desert", "in a sandy desert", "with sand dunes in the background"),
        "city": ("in the city", "in front of a city skyline", "with a city skyline behind", "in a city"),
        "room": ("in a room", "in the living room", "inside a room", "indoors"),
        "studio": ("on a studio table", "in a studio", "in a studio with a soft shadow", "studio shot"),
        "wooden table": ("on a wooden table", "on a table", "on the wood table", "on top of a wooden table"),
    },
    backdrops=("{} background", "with {} background", "{} in the background", "with {} behind"),
    relations={
        Relation.LEFT_OF: tuple(_SIDES.format("left").split("|")),
        Relation.RIGHT_OF: tuple(_SIDES.format("right").split("|")),
        Relation.ABOVE: (
            *("above", "over", "on top of") * 2,
            *("right above", "directly above", "high above", "up over", "directly over", "right on top of"),
        ),
        Relation.BELOW: (
            *("below", "under", "beneath", "underneath") * 2,
            *("right below", "directly below", "down below", "directly under", "right under", "directly beneath"),
        ),
    },
    related=(
        *("{a} {relation} {b}",) * 8,
        *("{a} is {relation} {b}", "{a} that is {relation} {b}", "{a} placed {relation} {b}", "{a}, {relation} {b}"),
        *("{b} with {a} {relation} it", "{b}, {a} {relation} it", "there is {a} {relation} {b}"),
        *("{relation} {b} is {a}", "{relation} {b} there is {a}", "{b} and {relation} it {a}"),
        *("{a} which stands {relation} {b}", "{a} standing {relation} {b}", "{a} sitting {relation} {b}"),
        *("{a} located {relation} {b}", "{a}, it stands {relation} {b}", "{a} and it sits {relation} {b}"),
        *("{a} which you see {relation} {b}", "{a} that you can see {relation} {b}", "{a}: it is {relation} {b}"),
        *("{b}, and {a} is {relation} it", "{b} and there is {a} {relation} it", "{b} and, {relation} it, {a}"),
    ),
    inverted=(
        "{near} on the {one} and {far} on the {other}",
        "{far} on the {other}, {near} on the {one}",
        "on the {one} {near}, on the {other} {far}",
    ),
    joins=("and", "with", "together with", "and also", "also", ","),
    besides=("next to", "beside", "side by side with"),
    places={
        Place.TOP_LEFT: (*_corner("top left"), *_corner("upper left")),
        Place.TOP_RIGHT: (*_corner("top right"), *_corner("upper right")),
        Place.BOTTOM_LEFT: (*_corner("bottom left"), *_corner("lower left")),
        Place.BOTTOM_RIGHT: (*_corner("bottom right"), *_corner("lower right")),
        Place.TOP: ("at the top", "at the top of the picture"),
        Place.BOTTOM: ("at the bottom", "at the bottom of the picture"),
        Place.LEFT: ("on the left", "on the left side", "at the left edge"),
        Place.RIGHT: ("on the right", "on the right side", "at the right edge"),
        Place.CENTRE: ("in the centre", "in the center", "in the middle", "centered", "in the middle of the picture"),
    },
    counts=(
        *("{number} {things}",) * 5,
        "exactly {number} {things}",
        "a group of {number} {things}",
        "{number} identical {things}",
        *("{number} of the same {things}", "a picture with {number} {things}", "{number} {things} side by side"),
        *("a set of {number} {things}", "{number} {things} together"),
    ),
    colourings=(
        *("{colour} {thing}",) * 8,
        *(
            "{colour} coloured {thing}",
            "{colour} colored {thing}",
            "{thing} painted {colour}",
            "{thing} that is {colour}",
        ),
        *("{thing} in {colour}", "{thing} all {colour}", "{colour} painted {thing}", "{thing}, {colour}"),
        *("{thing} of {colour} colour", "{thing} of the color {colour}", "{thing} with the colour {colour}"),
        *("{thing} with a {colour} color", "{thing} coloured in {colour}", "{thing} colored in {colour}"),
        *("{thing}, colour {colour},", "{thing} which looks {colour}", "{thing} which is all {colour}"),
        *("{thing} that looks {colour}", "{thing} which is painted {colour}", "{thing} made {colour}"),
        *("{thing} in a {colour} colour", "{thing} all in {colour}", "{thing} painted in {colour}"),
    ),
    texts={
        "word": (
            *("the word {}", "the text {}", "{}") * 2,
            "{} in big letters",
            "{} in large letters",
            "{} in capital letters",
            "the word {} in big letters",
            "the word {} written in bold letters",
            "a text that says {}",
            "a text that reads {}",
            "text saying {}",
            "{} written in big letters",
        ),
        "number": ("the number {}", "{}", "the text {}", "a big {}", "{} in big numbers", "the number {} in bold"),
        "letter": ("the letter {}", "{}", "a big {}", "the capital letter {}", "the text {}"),
    },
    inks=(
        "{} in {colour} letters",
        "the word {} in {colour} letters",
        "the text {} in {colour}",
        "{} written in {colour}",
        "{} in big {colour} letters",
        "{colour} letters that say {}",
        "{colour} text that says {}",
    ),
    signs=(
        *("{sign} that says {}",) * 2,
        "{sign} saying {}",
        "{sign} with the text {}",
        "{sign} with the word {}",
        "{sign} that reads {}",
        "{sign} with {} on it",
        "{sign} with {} written on it",
    ),
    tags=True,
    adjectives=("cute", "nice", "beautiful", "lovely", "simple", "pretty", "single"),
)
"""What training says."""

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
