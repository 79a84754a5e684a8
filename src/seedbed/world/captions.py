"""What people would say to get a scene: many ways to say the same, and the words that they use."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np

from seedbed.sprout.vocabulary import CLOSING, OPENING
from seedbed.world.colours import BACKGROUNDS, COLOUR_SYNONYMS, OBJECT_COLOURS
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.nouns import NOUNS, Noun, phrases, plural
from seedbed.world.placed import Placed, Relation
from seedbed.world.scene import Canvas, Scene
from seedbed.world.text import QUOTES, SIGN_WORDS, Text
from seedbed.world.wording import NUMBERS, SCENERY_TAGS, SIZE_WORDS, STYLE_WORDS, Wording
from seedbed.world.wording_held_out import HELD_OUT
from seedbed.world.wording_training import TRAINING

__all__ = ["STYLE_WORDS", "all_words", "caption", "held_out_caption", "plain_caption"]

MAX_WORDS = 30
"""What is longer is said anew: Sprout reads only so many tokens."""
_OPPOSITE = {
    Relation.LEFT_OF: Relation.RIGHT_OF,
    Relation.RIGHT_OF: Relation.LEFT_OF,
    Relation.ABOVE: Relation.BELOW,
    Relation.BELOW: Relation.ABOVE,
}
_SIDEWAYS = (Relation.LEFT_OF, Relation.RIGHT_OF)


def plain_caption(scene: Scene) -> str:
    """The scene said in the plainest words, always the same."""
    style = f", {STYLE_WORDS[scene.style][0]} style" if scene.style_named else ""
    what = _plain_empty(scene) if scene.is_empty else f"{_plain_objects(scene)}{_plain_ground(scene)}"
    return what + style


def _plain_objects(scene: Scene) -> str:
    if scene.text is not None:
        said = [*(_plain_object(placed) for placed in scene.objects), _plain_text(scene.text)]
        return f" {scene.text.relation} ".join(said)
    said = [_plain_group(placed, number) for placed, number in scene.groups]
    if scene.relation is not None and scene.relation_named:
        return f"{said[0]} {TRAINING.relations[scene.relation][0]} {said[1]}"
    return _listed(said, "and")


def _plain_group(placed: Placed, number: int) -> str:
    if number == 1:
        return _plain_object(placed)
    colour = f"{placed.colour} " if placed.colour else ""
    return f"{NUMBERS[number - 1]} {colour}{plural(NOUNS[placed.noun].name)}"


def _plain_object(placed: Placed) -> str:
    words = [placed.said_size, placed.colour, NOUNS[placed.noun].name]
    what = _with_article(" ".join(word for word in words if word), NOUNS[placed.noun].name)
    return what + (f" {TRAINING.places[placed.said_place][0]}" if placed.said_place else "")


def _plain_text(text: Text) -> str:
    quoted = QUOTES[0].format(text.word)
    if text.sign is not None and text.sign.is_said:
        sign = _on_sign(SIGN_WORDS[0], text.sign.colour if text.sign.colour != "white" else "")
        return TRAINING.signs[0].format(quoted, sign=sign)
    if text.colour_said:
        return TRAINING.inks[0].format(quoted, colour=text.colour)
    return TRAINING.texts["word"][0].format(quoted)


def _plain_ground(scene: Scene) -> str:
    if not scene.background_named:
        return ""
    if scene.background in BACKGROUNDS:
        return f" {_spoken('on a {} background', scene.background)}"
    if scene.ground_colours:
        return f" {_blend(TRAINING.blends[scene.background][0], scene.ground_colours)}"
    return f" {TRAINING.sceneries[scene.background][0]}"


def _plain_empty(scene: Scene) -> str:
    if scene.ground_colours:
        return _blend(TRAINING.empty[scene.background][0], scene.ground_colours)
    if scene.background in BACKGROUNDS:
        return _spoken(TRAINING.empty["plain"][0], a=scene.background)
    return SCENERY_TAGS[scene.background][0]


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of the many ways to ask for `scene`, as training says it."""
    return _Speaker(TRAINING, rng).caption(scene)


def held_out_caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of the ways to ask for `scene` that training never says, though it knows each word."""
    return _Speaker(HELD_OUT, rng).caption(scene)


class _Speaker:
    """Says scenes with one wording."""

    def __init__(self, wording: Wording, rng: np.random.Generator) -> None:
        self.wording = wording
        self.rng = rng

    def caption(self, scene: Scene) -> str:
        while True:
            said = self._said(scene)
            if len(said.split()) + (len(scene.text.word) + 1 if scene.text else 0) <= MAX_WORDS:
                return said

    def _said(self, scene: Scene) -> str:
        if self.wording.tags and self._chance(0.12):
            return self._spelling(", ".join(self._shuffled(self._tags(scene))))
        return self._spelling(" ".join(self._sentence(scene).split()))

    def _sentence(self, scene: Scene) -> str:
        what = self._empty(scene) if scene.is_empty else self._objects(scene)
        ground = self._ground(scene) if scene.background_named and not scene.is_empty else ""
        if scene.style_named and self._chance(0.5):
            what, style = self._style_lead(scene, what), ""
        else:
            style = (
                f"{self._pick(STYLE_WORDS[scene.style])} {self._pick(self.wording.endings)}"
                if scene.style_named
                else ""
            )
            if self._chance(0.12):
                fillers = [text for text in self.wording.fillers if scene.text is None or "no text" not in text]
                return self._arranged(self._pick(fillers).format(what), [ground, style])
            what = f"{self._pick(self.wording.openings)}{what}"
        return self._arranged(what, [ground, style])

    def _style_lead(self, scene: Scene, what: str) -> str:
        style, medium = self._pick(STYLE_WORDS[scene.style]), self._pick(self.wording.media)
        return _spoken(self._pick(self.wording.style_leads), style=style, medium=medium, what=what)

    def _arranged(self, what: str, parts: list[str]) -> str:
        said = [part.strip() for part in parts if part.strip()]
        if len(said) == 2 and self._chance(0.5):
            said.reverse()
        order = [what, *said]
        if said and self._chance(0.12):
            order = [*order[1:], order[0]]
        return self._pick((" ", ", ", ", ")).join(order)

    def _tags(self, scene: Scene) -> list[str]:
        """The scene as a list of words; what belongs together stays together."""
        tags = [self._objects(scene)] if scene.relation is not None and scene.relation_named else []
        if scene.text is not None or scene.is_count:
            tags = [self._objects(scene)]
        elif not tags:
            tags = [self._group(*group, with_article=False) for group in scene.groups]
        if scene.background_named:
            tags.append(self._ground_tag(scene))
        return [*tags, self._pick(STYLE_WORDS[scene.style])] if scene.style_named else tags

    def _ground_tag(self, scene: Scene) -> str:
        if scene.background in SCENERY_TAGS:
            return self._pick(SCENERY_TAGS[scene.background])
        if scene.ground_colours:
            return _blend(self.wording.blends[scene.background][2], self._colours(scene.ground_colours))
        return f"{self._colour(scene.background)} background"

    def _ground(self, scene: Scene) -> str:
        if scene.background in BACKGROUNDS:
            return _spoken(self._pick(self.wording.grounds), self._colour(scene.background))
        if scene.ground_colours:
            return _blend(self._pick(self.wording.blends[scene.background]), self._colours(scene.ground_colours))
        if self.wording.backdrops and self._chance(0.3):
            return self._pick(self.wording.backdrops).format(self._pick(SCENERY_TAGS[scene.background]))
        return self._pick(self.wording.sceneries[scene.background])

    def _empty(self, scene: Scene) -> str:
        if scene.ground_colours:
            return _blend(self._pick(self.wording.empty[scene.background]), self._colours(scene.ground_colours))
        if scene.background in BACKGROUNDS:
            return _spoken(self._pick(self.wording.empty["plain"]), a=self._colour(scene.background))
        return _spoken(self._pick(self.wording.empty["scenery"]), a=self._pick(SCENERY_TAGS[scene.background]))

    def _objects(self, scene: Scene) -> str:
        if scene.text is not None:
            return self._spelt(scene, scene.text)
        if scene.is_count:
            counted = self._counted(scene.objects[0], len(scene.objects))
            return self._pick(self.wording.counts).format(**counted)
        if scene.relation is not None:
            return self._pair(scene, scene.relation)
        return _listed([self._group(*group) for group in scene.groups], self._pick(("and", "and", "and also")))

    def _group(self, first: Placed, number: int, with_article: bool = True) -> str:
        if number == 1:
            return self._thing(first, with_article)
        return "{number} {things}".format(**self._counted(first, number))

    def _counted(self, first: Placed, number: int) -> dict[str, str]:
        """How many, and the plural of what, with its colour."""
        noun = NOUNS[first.noun]
        names = noun.uncoloured_names if first.colour else noun.names
        countable = [name for name in names if plural(name) != name] or [noun.name]
        things = plural(noun.name if self._chance(0.6) else self._pick(countable))
        if first.colour:
            things = f"{self._colour(first.colour)} {things}"
        return {"number": NUMBERS[number - 1] if self._chance(0.7) else str(number), "things": things}

    def _pair(self, scene: Scene, relation: Relation) -> str:
        objects = list(scene.objects)
        if not scene.relation_named:
            joins = self._joins(scene.canvas, relation)
            return f" {self._pick(joins)} ".join(self._thing(placed) for placed in objects)
        if self._chance(0.12):
            return self._inverted(objects, relation)
        if self._chance(0.3):
            objects.reverse()
            relation = _OPPOSITE[relation]
        a, b = (self._thing(placed) for placed in objects)
        return self._pick(self.wording.related).format(a=a, b=b, relation=self._pick(self.wording.relations[relation]))

    def _joins(self, canvas: Canvas, relation: Relation) -> tuple[str, ...]:
        """What stands between two objects without a relation; on tall canvases, where they may stand one above the
        other, side by side is said.
        """
        if relation not in _SIDEWAYS:
            return self.wording.joins
        is_tall = canvas.rows > canvas.columns
        return self.wording.besides if is_tall else (*self.wording.joins, *self.wording.besides)

    def _spelt(self, scene: Scene, text: Text) -> str:
        what = self._text(text)
        if text.relation is None:
            return what
        said, relation = [self._thing(scene.objects[0]), what], text.relation
        if self._chance(0.4):
            said.reverse()
            relation = _OPPOSITE[relation]
        words = self._pick(self.wording.relations[relation])
        return self._pick(self.wording.related).format(a=said[0], b=said[1], relation=words)

    def _text(self, text: Text) -> str:
        """The word in quotation marks, with its colour or its sign."""
        quoted = self._pick(QUOTES).format(text.word)
        if text.sign is not None and text.sign.is_said:
            colour = self._colour(text.sign.colour) if text.sign.colour != "white" else ""
            return self._pick(self.wording.signs).format(quoted, sign=_on_sign(self._pick(SIGN_WORDS), colour))
        if text.colour_said:
            return _spoken(self._pick(self.wording.inks), quoted, colour=self._colour(text.colour))
        kind = "number" if text.word.isdigit() else "word" if len(text.word) > 1 else "letter"
        return self._pick(self.wording.texts[kind]).format(quoted)

    def _inverted(self, objects: list[Placed], relation: Relation) -> str:
        if relation in (Relation.RIGHT_OF, Relation.BELOW):
            objects.reverse()
        near, far = (self._thing(placed) for placed in objects)
        one, other = ("left", "right") if relation in _SIDEWAYS else ("top", "bottom")
        return self._pick(self.wording.inverted).format(near=near, far=far, one=one, other=other)

    def _thing(self, placed: Placed, with_article: bool = True) -> str:
        noun = NOUNS[placed.noun]
        names = noun.uncoloured_names if placed.colour else noun.names
        name = noun.name if self._chance(0.6) else self._pick(names)
        what = self._coloured(placed.colour, name) if placed.colour else name
        if placed.said_size:
            what = f"{self._pick(SIZE_WORDS[placed.said_size])} {what}"
        elif self.wording.adjectives and self._chance(0.04):
            what = f"{self._pick(self.wording.adjectives)} {what}"
        if with_article:
            what = self._with_some_article(what, name)
        return f"{what} {self._pick(self.wording.places[placed.said_place])}" if placed.said_place else what

    def _coloured(self, colour: str, name: str) -> str:
        return _spoken(self._pick(self.wording.colourings), colour=self._colour(colour), thing=name)

    def _with_some_article(self, what: str, name: str) -> str:
        chance = self.rng.random()
        if chance < 0.75:
            return _with_article(what, name)
        if chance < 0.83 or (plural(name) == name and chance < 0.91):
            return f"the {what}"
        return f"one {what}" if chance < 0.91 else what

    def _colours(self, colours: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._colour(colour) for colour in colours)

    def _colour(self, colour: str) -> str:
        return self._pick(COLOUR_SYNONYMS.get(colour, (colour,)))

    def _spelling(self, text: str) -> str:
        """Some of the captions begin with a capital, some end with a point, a few shout."""
        chance = self.rng.random()
        if chance < 0.2:
            text = text[:1].upper() + text[1:]
        if 0.1 < chance < 0.25:
            text += "."
        return text.upper() if chance > 0.99 else text

    def _shuffled(self, tags: list[str]) -> list[str]:
        if self._chance(0.3):
            self.rng.shuffle(tags)
        return tags

    def _chance(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def _pick(self, options: tuple[str, ...] | list[str]) -> str:
        return options[int(self.rng.integers(len(options)))]


def all_words(mix: WorldMix = DEFAULT) -> tuple[str, ...]:
    """Every single word that a caption of `mix` may hold besides the names of its nouns, sorted.

    What `mix` never shows has no word: whoever learns from it must not seem to know one.
    """
    never = {*STYLE_WORDS, *SCENERY_TAGS, *TRAINING.blends} - {"glossy", *dict(mix.styles), *dict(mix.backgrounds)}
    words = _words(_texts(never)) | (_words(_text_texts()) | {OPENING, CLOSING} if mix.text else set())
    return tuple(sorted(words - phrases(mix.nouns).keys()))


def _text_texts() -> Iterator[str]:
    """All that is said of quoted words."""
    yield from SIGN_WORDS
    for wording in (TRAINING, HELD_OUT):
        yield from (*wording.inks, *wording.signs, *(text for texts in wording.texts.values() for text in texts))


def _texts(never: set[str]) -> Iterator[str]:
    yield from (*BACKGROUNDS, *OBJECT_COLOURS, *NUMBERS, "1 2 3 4 5 6", "a an the one in is that style background")
    for table in (STYLE_WORDS, COLOUR_SYNONYMS, SIZE_WORDS, SCENERY_TAGS):
        yield from _without(table, never)
    yield from ("left right top bottom", *_wording_texts(TRAINING, never), *_wording_texts(HELD_OUT, never))


def _wording_texts(wording: Wording, never: set[str]) -> Iterator[str]:
    for field in fields(wording):
        if field.name in ("texts", "inks", "signs"):
            continue
        table = getattr(wording, field.name)
        if isinstance(table, dict):
            yield from _without(table, never)
        elif isinstance(table, tuple):
            yield from table


def _without(table: Mapping[Any, tuple[str, ...]], never: set[str]) -> Iterator[str]:
    return (text for name, texts in table.items() if name not in never for text in texts)


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"[a-z0-9]+", re.sub(r"\{\w*\}", " ", text.lower()))}


def _on_sign(sign: str, colour: str) -> str:
    return _with_article(f"{colour} {sign}".strip(), sign)


def _blend(template: str, colours: tuple[str, ...]) -> str:
    return _spoken(template, a=colours[0], b=colours[1])


def _spoken(template: str, *values: str, **named: str) -> str:
    """The template filled in; each "a" before a value becomes "an" where the value wants it."""
    text = template
    for key, value in (*(("", value) for value in values), *named.items()):
        article = "an" if _begins_with_vowel(value) else "a"
        text = re.sub(rf"\ba \{{{key}\}}", f"{article} {{{key}}}", text)
    return text.format(*values, **named)


def _listed(said: list[str], join: str) -> str:
    return f"{', '.join(said[:-1])} {join} {said[-1]}" if len(said) > 1 else "".join(said)


def _with_article(what: str, name: str) -> str:
    if plural(name) == name and not _is_countable(name):
        return what
    return f"{'an' if _begins_with_vowel(what) else 'a'} {what}"


@cache
def _is_countable(name: str) -> bool:
    return Noun(name, "").is_countable


def _begins_with_vowel(words: str) -> bool:
    """Whether `words`, spoken, begin with a vowel: a unicorn does not, an hourglass and an 8 bit icon do."""
    if words.startswith(("uni", "euro", "ufo", "one", "hour")):
        return words.startswith("hour")
    return words[:1] in tuple("aeiou8")
