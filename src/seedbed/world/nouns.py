"""The nouns of Sprout's declared world: each is one icon that both icon sets draw.

Source: `@iconify-json/noto` (Apache-2.0) and `@iconify-json/fluent-emoji` (MIT); further synonyms come from the
tags of `emojibase-data` (MIT). The packages are needed for training only and never ship.
"""

from dataclasses import dataclass

__all__ = ["NOUNS", "Noun", "phrases", "plural"]


@dataclass(frozen=True, slots=True)
class Noun:
    """A thing that Sprout can draw."""

    name: str
    """Its usual name, singular, lower case."""
    icon: str
    """The icon's name in both sets."""
    synonyms: tuple[str, ...] = ()
    """Other names that mean the same picture."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the usual one first."""
        return (self.name, *self.synonyms)


_IRREGULAR = {"fish": "fish", "corn": "corn", "cheese": "cheese", "snowman": "snowmen", "calf": "calves"}
_ALREADY_PLURAL = frozenset({"scissors", "grapes", "fries", "chips", "cherries"})


def plural(name: str) -> str:
    """The plural of a noun's name: "fox" gives "foxes", "slice of pizza" gives "slices of pizza"."""
    thing, of, stuff = name.partition(" of ")
    if of:
        return f"{plural(thing)}{of}{stuff}"
    head, _, last = name.rpartition(" ")
    if name in _ALREADY_PLURAL or last in _ALREADY_PLURAL:
        return name
    lead = f"{head} " if head else ""
    if last in _IRREGULAR:
        return lead + _IRREGULAR[last]
    if last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        return f"{lead}{last[:-1]}ies"
    if last.endswith(("s", "x", "ch", "sh")):
        return f"{lead}{last}es"
    if last in ("tomato", "volcano"):
        return f"{lead}{last}es"
    return f"{lead}{last}s"


# One line a noun: name | icon | synonyms, separated by commas. The order is the vocabulary's.
_TABLE = """
cat | cat-face | kitten, kitty
dog | dog-face | puppy, doggy
rabbit | rabbit-face | bunny, hare
fox | fox
panda | panda | panda bear
koala | koala
tiger | tiger-face
lion | lion
cow | cow-face | calf
pig | pig-face | piglet
frog | frog | toad
monkey | monkey-face
penguin | penguin
owl | owl
duck | duck | mallard
butterfly | butterfly
bee | honeybee | honeybee, bumblebee
ladybug | lady-beetle | ladybird, beetle
fish | tropical-fish | tropical fish
octopus | octopus
crab | crab
whale | spouting-whale
unicorn | unicorn
sunflower | sunflower
rose | rose | red rose
tulip | tulip
flower | cherry-blossom | blossom, cherry blossom
cactus | cactus
palm tree | palm-tree | palm
pine tree | evergreen-tree | evergreen tree, fir, pine, evergreen
tree | deciduous-tree | oak
mushroom | mushroom | toadstool
apple | red-apple | red apple
banana | banana
orange | tangerine | tangerine, mandarin
lemon | lemon
cherry | cherries | cherries
strawberry | strawberry
grapes | grapes | bunch of grapes
watermelon | watermelon | melon
pineapple | pineapple
carrot | carrot
eggplant | eggplant | aubergine
cheese | cheese-wedge | cheese wedge
hamburger | hamburger | burger, cheeseburger
pizza | pizza | slice of pizza, pizza slice
hot dog | hot-dog | hotdog, frankfurter, sausage
doughnut | doughnut | donut
cake | birthday-cake | birthday cake
ice cream | soft-ice-cream | soft serve, ice cream cone
coffee | hot-beverage | cup of coffee, coffee cup, cup of tea
bell | bell
light bulb | light-bulb | lightbulb, bulb, lamp
book | closed-book | red book, novel
crown | crown
diamond | gem-stone | gem, jewel, gemstone
guitar | guitar
top hat | top-hat | hat
laptop | laptop | computer, notebook
pencil | pencil
umbrella | umbrella
airplane | airplane | plane, aeroplane, jet
car | automobile | automobile
bus | bus
bicycle | bicycle | bike
rocket | rocket | spaceship, rocket ship
sailboat | sailboat | boat, sailing boat, yacht
house | house | home, cottage
castle | castle | fortress
volcano | volcano
sun | sun
moon | crescent-moon | crescent moon, crescent
star | star | yellow star
cloud | cloud
rainbow | rainbow
fire | fire | flame, campfire
snowman | snowman-without-snow
planet | ringed-planet | ringed planet, saturn
soccer ball | soccer-ball | football, ball
basketball | basketball
balloon | balloon
gift | wrapped-gift | present, gift box
pumpkin | jack-o-lantern | jack-o-lantern, halloween pumpkin
christmas tree | christmas-tree | xmas tree
"""


def _parse(line: str) -> Noun:
    name, icon, *synonyms = (cell.strip() for cell in line.split("|"))
    return Noun(name, icon, tuple(word.strip() for word in synonyms[0].split(",")) if synonyms else ())


NOUNS: tuple[Noun, ...] = tuple(_parse(line) for line in _TABLE.strip().splitlines())


def phrases() -> dict[str, tuple[int, bool]]:
    """Every name of every noun, singular and plural, with the noun's index and whether it says several.

    Hyphens are spaces, as in a prompt. Where two nouns share a name, the first has it.
    """
    found: dict[str, tuple[int, bool]] = {}
    for number, noun in enumerate(NOUNS):
        for name in noun.names:
            found.setdefault(name.replace("-", " "), (number, False))
            found.setdefault(plural(name).replace("-", " "), (number, True))
    return found
