"""What people would say to get a scene: many ways to say the same, and the words that they use."""

import re

import numpy as np

from seedbed.world.nouns import NOUNS, Noun, phrases, plural
from seedbed.world.scene import BACKGROUNDS, Relation, Scene

__all__ = ["STYLE_WORDS", "all_words", "caption", "plain_caption"]

STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "flat": ("flat", "flat design", "flat style"),
    "glossy": ("glossy", "glossy 3d", "3d"),
}
_COLOUR_SYNONYMS = {
    "gray": ("gray", "grey"),
    "light blue": ("light blue", "pale blue", "sky blue"),
    "dark blue": ("dark blue", "navy", "navy blue"),
    "light green": ("light green", "pale green", "mint"),
    "purple": ("purple", "violet"),
    "teal": ("teal", "turquoise"),
    "beige": ("beige", "cream"),
}
_RELATIONS = {
    Relation.LEFT_OF: ("to the left of", "left of", "on the left of", "on the left side of"),
    Relation.RIGHT_OF: ("to the right of", "right of", "on the right of", "on the right side of"),
    Relation.ABOVE: ("above", "over", "on top of"),
    Relation.BELOW: ("below", "under", "beneath", "underneath"),
}
_OPPOSITE = {
    Relation.LEFT_OF: Relation.RIGHT_OF,
    Relation.RIGHT_OF: Relation.LEFT_OF,
    Relation.ABOVE: Relation.BELOW,
    Relation.BELOW: Relation.ABOVE,
}
_JOINS = ("and", "next to", "beside", "with", "together with")
_OPENINGS = ("", "", "", "", "a picture of ", "an image of ", "draw ", "please draw ", "show me ", "there is ")
_MEDIA = ("illustration of ", "drawing of ", "picture of ", "icon of ", "image of ", "render of ")
_ENDINGS = ("style", "illustration", "icon", "art", "")
_GROUNDS = (
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
)


def plain_caption(scene: Scene) -> str:
    """The scene said in the plainest words, always the same."""
    first = _with_article(NOUNS[scene.objects[0].noun].name)
    what = first
    if scene.relation is not None:
        second = _with_article(NOUNS[scene.objects[1].noun].name)
        join = _RELATIONS[scene.relation][0] if scene.relation_named else "and"
        what = f"{first} {join} {second}"
    ground = f" {_ground('on a {} background', scene.background)}" if scene.background_named else ""
    return f"{what}{ground}" + (f", {STYLE_WORDS[scene.style][0]} style" if scene.style_named else "")


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of the many ways to ask for `scene`."""
    what = _objects(scene, rng)
    parts: list[str] = []
    if scene.style_named and rng.random() < 0.5:
        what = f"{_style(scene, rng)} {rng.choice(_MEDIA)}{what}"
        what = f"a {what}" if rng.random() < 0.6 else what
    else:
        what = f"{rng.choice(_OPENINGS)}{what}"
        parts = [f"{_style(scene, rng)} {rng.choice(_ENDINGS)}"] if scene.style_named else []
    if scene.background_named:
        colour = rng.choice(_COLOUR_SYNONYMS.get(scene.background, (scene.background,)))
        parts.append(_ground(str(rng.choice(_GROUNDS)), str(colour)))
    return " ".join(_arranged(what, parts, rng).split())


def all_words() -> tuple[str, ...]:
    """Every single word that a caption may hold besides the names of nouns, sorted."""
    texts = [*BACKGROUNDS, *_JOINS, *_OPENINGS, *_MEDIA, *_ENDINGS, "a an the one in is that style"]
    for group in (*STYLE_WORDS.values(), *_COLOUR_SYNONYMS.values(), *_RELATIONS.values(), _GROUNDS):
        texts += group
    return tuple(sorted({word for text in texts for word in re.findall(r"[a-z0-9]+", text.lower())} - set(phrases())))


def _arranged(what: str, parts: list[str], rng: np.random.Generator) -> str:
    order = [what, *(parts if rng.random() < 0.5 else reversed(parts))]
    if parts and rng.random() < 0.12:
        order = [*order[1:], order[0]]
    return str(rng.choice((" ", ", ", ", "))).join(order)


def _ground(template: str, colour: str) -> str:
    article = "an {}" if _begins_with_vowel(colour) else "a {}"
    return template.replace("a {}", article).format(colour)


def _style(scene: Scene, rng: np.random.Generator) -> str:
    return str(rng.choice(STYLE_WORDS[scene.style]))


def _objects(scene: Scene, rng: np.random.Generator) -> str:
    nouns = [_named(NOUNS[placed.noun], rng) for placed in scene.objects]
    if scene.relation is None:
        return nouns[0]
    if not scene.relation_named:
        if rng.random() < 0.5:
            nouns.reverse()
        return f"{nouns[0]} {rng.choice(_JOINS)} {nouns[1]}"
    relation = scene.relation
    if rng.random() < 0.3:
        nouns.reverse()
        relation = _OPPOSITE[relation]
    words = str(rng.choice(_RELATIONS[relation]))
    if rng.random() < 0.2:
        return f"{nouns[0]} {rng.choice(('is ', 'that is ', ''))}{words} {nouns[1]}"
    return f"{nouns[0]} {words} {nouns[1]}"


def _named(noun: Noun, rng: np.random.Generator) -> str:
    name = noun.name if rng.random() < 0.6 else str(rng.choice(noun.names))
    chance = rng.random()
    if chance < 0.05:
        return plural(name)
    if chance < 0.75:
        return _with_article(name)
    return f"{rng.choice(('the ', 'one ', ''))}{name}"


def _with_article(name: str) -> str:
    if plural(name) == name:
        return name
    return f"{'an' if _begins_with_vowel(name) else 'a'} {name}"


def _begins_with_vowel(words: str) -> bool:
    """Whether `words`, spoken, begin with a vowel: a unicorn does not."""
    return words[0] in "aeiou" and not words.startswith("uni")
