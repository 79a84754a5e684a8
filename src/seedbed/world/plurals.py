"""English plurals of the world's names, and which names can be counted."""

__all__ = ["is_countable", "plural"]

_IRREGULAR = {
    "calf": "calves",
    "die": "dice",
    "goose": "geese",
    "knife": "knives",
    "leaf": "leaves",
    "loaf": "loaves",
    "mouse": "mice",
    "ox": "oxen",
    "scarf": "scarves",
    "sheaf": "sheaves",
    "snowman": "snowmen",
    "wolf": "wolves",
}
# The same for one and for many, and countable all the same: "a sheep", "three sheep".
_SAME = {"bison", "buffalo", "deer", "dice", "elk", "fish", "moose", "sheep", "shrimp", "squid", "trout"}
_WITH_ES = {"mango", "potato", "tomato", "tornado", "volcano"}
# Behind these a name goes on: "slice of pizza", "umbrella with rain".
_JOINTS = (" of ", " with ", " in ", " on ", " behind ")
# Stuff, pairs and sets: no article, no plural, never counted.
_UNCOUNTED_WORDS = """
bacon badminton bags basil beads beans beef boba books bowling bread bricks briefs broccoli bubbles butter cards
cereal champagne cheese chips chocolate chopsticks coral corn cutlery dials dividers dna dolls dynamite eyeglasses
firewood fireworks fog food frames fries garlic gelato ginger glasses gloves goggles golf grapes ham headphones hockey
honey jeans kale keys knobs lacrosse lavender lettuce lightning lights logs luggage mail maize maracas markers masks
meat milk mist mugs music noodles notes oatmeal oden paella pants paperclips parchment pasta pawprints peas porridge
prints ramen rice salt scales scissors shoes shorts skis slippers soap socks spaghetti sparkles spectacles stockings
sunglasses sushi sweetcorn swords tabs takeout tea tempura tennis thread tickets tracks trousers trunks underpants
underwear wheat wine wood yarn
"""
_UNCOUNTED = frozenset(_UNCOUNTED_WORDS.split())


def is_countable(name: str) -> bool:
    """Whether one can count it: "three foxes", but not "three bacon"."""
    return _thing(name)[0].rpartition(" ")[2] in _SAME or plural(name) != name


def plural(name: str) -> str:
    """The plural of a noun's name: "fox" gives "foxes", "slice of pizza" gives "slices of pizza"."""
    thing, rest = _thing(name)
    if rest:
        return plural(thing) + rest
    first, both, second = name.partition(" and ")
    if both:
        return f"{plural(first)}{both}{plural(second)}"
    head, space, last = name.rpartition(" ")
    stem, hyphen, end = last.rpartition("-")
    return head + space + stem + hyphen + _plural_word(end)


def _thing(name: str) -> tuple[str, str]:
    places = [name.index(joint) for joint in _JOINTS if joint in name]
    return (name[: min(places)], name[min(places) :]) if places else (name, "")


def _plural_word(word: str) -> str:
    if word in _SAME or word in _UNCOUNTED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "ch", "sh")) or word in _WITH_ES:
        return f"{word}es"
    return f"{word}s"
