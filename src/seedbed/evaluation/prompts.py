"""The prompts that Sprout is asked, frozen: the same for the same numbers, and none that training could have said.

What the skill is about is held out: two nouns that training never shows together, a noun's colour or its number. Where
there is nothing to combine, the words are: all prompts are phrased as training never phrases them.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seedbed.errors import ConfigurationError
from seedbed.evaluation.scope import EVERYTHING, Scope
from seedbed.evaluation.skills import ClaimKind
from seedbed.request import MAX_SEED, AspectRatio
from seedbed.world.canvas import Canvas, canvas_of
from seedbed.world.captions import held_out_caption
from seedbed.world.dataset import ASKED, generator
from seedbed.world.icons import ICON_SETS
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.scene import Scene, draw_held_out_scene, draw_scene

__all__ = ["SKILLS", "Item", "Skill", "digest", "frozen_prompts", "skills_named"]

_HANDS = tuple((style, 1.0) for style in ICON_SETS)
# Scenes on plain colours, in the icons' own hands, of no kind yet.
_PLAIN = replace(
    DEFAULT,
    half_coloured=0.0,
    **dict.fromkeys(("single", "pair", "count", "grouped", "coloured", "placed", "several", "scenery", "text"), 0.0),  # type: ignore[arg-type]
    backgrounds=(("plain", 1.0),),
    styles=_HANDS,
)


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing to be good at, and the scenes that try it."""

    name: str
    mix: WorldMix
    """What its scenes are drawn from."""
    judged: frozenset[ClaimKind]
    """The claims that must hold; what else a prompt says is counted, but not here."""
    combines: bool = True
    """Whether its scenes combine what can be held out."""
    fits: Callable[[Scene], bool] = lambda _scene: True
    """Which of the scenes drawn try this skill."""
    in_turn: bool = False
    """Whether its prompts ask for one noun after the other; asked for only by name, since there are so many."""


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt and what it must show."""

    skill: Skill
    prompt: str
    scene: Scene
    """The ground truth: what the renderer would draw."""
    aspect_ratio: AspectRatio
    seeds: tuple[int, ...]
    """The seeds to draw it with."""


def _is_placed(scene: Scene) -> bool:
    return any(placed.said_place for placed in scene.objects)


def _is_sized(scene: Scene) -> bool:
    return any(placed.said_size for placed in scene.objects) and not _is_placed(scene)


_NOUN, _COLOUR = ClaimKind.NOUN, ClaimKind.COLOUR
SKILLS: dict[str, Skill] = {
    skill.name: skill
    for skill in (
        Skill("one object", replace(_PLAIN, single=1), frozenset({_NOUN}), combines=False),
        Skill("two objects", replace(_PLAIN, pair=1, relation_named=0.0), frozenset({_NOUN})),
        Skill("counting", replace(_PLAIN, count=1), frozenset({_NOUN, ClaimKind.COUNT})),
        Skill(
            "colours",
            replace(_PLAIN, coloured=1),
            frozenset({_NOUN, _COLOUR}),
            fits=lambda scene: len(scene.objects) == 1,
        ),
        Skill("position", replace(_PLAIN, pair=1, relation_named=1.0), frozenset({_NOUN, ClaimKind.RELATION})),
        Skill(
            "colour binding",
            replace(_PLAIN, coloured=1),
            frozenset({_NOUN, _COLOUR}),
            fits=lambda s: len(s.objects) == 2,
        ),
        Skill("several objects", replace(_PLAIN, several=1), frozenset({_NOUN})),
        Skill(
            "places", replace(_PLAIN, placed=1), frozenset({_NOUN, ClaimKind.PLACE}), combines=False, fits=_is_placed
        ),
        Skill("sizes", replace(_PLAIN, placed=1), frozenset({_NOUN, ClaimKind.SIZE}), combines=False, fits=_is_sized),
        Skill(
            "backgrounds",
            replace(_PLAIN, single=0.7, scenery=0.3, background_named=1.0, backgrounds=DEFAULT.backgrounds),
            frozenset({ClaimKind.BACKGROUND}),
            combines=False,
        ),
        Skill(
            "styles",
            replace(_PLAIN, single=1, style_named=1.0, styles=DEFAULT.styles),
            frozenset({ClaimKind.STYLE}),
            combines=False,
        ),
        Skill("every noun", replace(_PLAIN, single=1), frozenset({_NOUN}), combines=False, in_turn=True),
        Skill("text", replace(_PLAIN, text=1), frozenset({ClaimKind.TEXT})),
        Skill("two counts", replace(_PLAIN, grouped=1), frozenset({_NOUN, ClaimKind.COUNT})),
    )
}


def skills_named(names: Sequence[str]) -> tuple[Skill, ...]:
    """The skills of those names; without any, the usual ones. Raises `ConfigurationError` for one we do not have."""
    for name in names:
        if name not in SKILLS:
            raise ConfigurationError(f"no skill is named {name}; there are {', '.join(SKILLS)}")
    return tuple(SKILLS[name] for name in names) or tuple(skill for skill in SKILLS.values() if not skill.in_turn)


def frozen_prompts(
    skill: Skill, count: int, seeds: int, scope: Scope = EVERYTHING, number: int = 0
) -> tuple[Item, ...]:
    """The first `count` prompts of a skill within `scope`, each to be drawn with `seeds` seeds.

    number: another number asks for others. Asking for more prompts or seeds leaves those before them as they were.
    """
    limited = replace(skill, mix=scope.limited(skill.mix))
    return tuple(_item(limited, index, seeds, number) for index in range(count))


def digest(items: Sequence[Item]) -> str:
    """SHA-256 of all that decides what is asked and how it is scored, hexadecimal."""
    lines = (f"{item.prompt}|{item.aspect_ratio}|{item.seeds}|{item.scene}{item.scene.text or ''}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _item(skill: Skill, index: int, seeds: int, number: int) -> Item:
    # Every skill draws from its own place in the stream: a new one changes no other's prompts.
    rng = generator(number, ASKED, list(SKILLS).index(skill.name) * 1_000_000 + index)
    ratio = list(AspectRatio)[index % len(AspectRatio)]
    scene = _scene(skill, rng, canvas_of(ratio))
    if skill.in_turn:
        scene = replace(scene, objects=(replace(scene.objects[0], noun=index % skill.mix.nouns),))
    prompt = held_out_caption(scene, rng)
    return Item(skill, prompt, scene, ratio, tuple(int(rng.integers(MAX_SEED)) for _ in range(seeds)))


def _scene(skill: Skill, rng: np.random.Generator, canvas: Canvas) -> Scene:
    while True:
        scene = (draw_held_out_scene if skill.combines else draw_scene)(rng, canvas, skill.mix)
        if skill.fits(scene):
            return scene
