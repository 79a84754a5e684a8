"""Trains the planner on captions and the plans of what they say; no picture is rendered."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.update import update
from seedbed.learning.workers import ALONE, Worker
from seedbed.request import AspectRatio
from seedbed.sprout.plan import Plan, PlannedThing
from seedbed.sprout.planner import INSTANCES, Planner, PlannerConfig, Said
from seedbed.sprout.vocabulary import CLOSING, MAX_TOKENS, NULL, OPENING, PLURAL, UNKNOWN, Vocabulary
from seedbed.training.muon import Muon
from seedbed.training.plans import REPERTOIRE, plan_of
from seedbed.world.backgrounds import BLENDS
from seedbed.world.canvas import canvas_of
from seedbed.world.captions import caption
from seedbed.world.colours import BACKGROUNDS
from seedbed.world.dataset import CAPTIONS, generator
from seedbed.world.mix import DEFAULT, WorldMix
from seedbed.world.scene import Scene, draw_scene

__all__ = ["PlannerRecipe", "planner_config", "train_planner"]


@dataclass(frozen=True, slots=True)
class PlannerRecipe:
    """All that decides how the planner is trained."""

    steps: int = 3000
    batch_size: int = 128
    learning_rate: float = 1e-3
    """AdamW's."""
    muon_learning_rate: float = 1e-2
    warm_up: int = 100
    decay: float = 0.6
    unknown_words: float = 0.25
    """Share of captions with unknown words put in, so that they do no harm in a prompt."""
    loose_words: float = 0.5
    """Share of captions whose small words are meddled with: people have more turns of phrase than templates do."""
    empty_captions: float = 0.01
    """Share of captions with not one word: what then is drawn is what is drawn most."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps between checkpoints."""


# Words that say nothing of where, how large, or in which colour.
_LEFT_OUT = ("a", "the", "one", "is", "that", "of", "to", "in", "at", "side")
_PREPOSITIONS = ("on", "to", "at", "in")
_PUT_IN = (
    "the",
    "a",
    "is",
    "that",
    "just",
    "also",
    "there",
    "please",
    "very",
    "nice",
    "all",
    "only",
    "placed",
    "with",
    "and",
)


class _Lesson(NamedTuple):
    """A batch of captions and what they say; numbers of -1 are not asked for."""

    tokens: Tensor
    """(batch, n)."""
    canvas: Tensor
    """(batch, 2)."""
    arrangement: Tensor
    """(batch,)."""
    mentions: Tensor
    """(batch, mentions)."""
    wholes: Tensor
    """Style, ground, both colours of a blend and the sign's, (batch, 5)."""
    colours: Tensor
    """(batch, mentions)."""
    instances: Tensor
    """Whether each is shown, its left, top and side less one, (batch, mentions, INSTANCES, 4)."""


def planner_config(vocabulary: Vocabulary) -> PlannerConfig:
    """The shape of a planner that reads `vocabulary` and knows what the world shows."""
    return PlannerConfig(
        len(vocabulary),
        len(vocabulary.things),
        len(vocabulary.characters),
        len(REPERTOIRE.styles),
        len(REPERTOIRE.grounds),
        len(BACKGROUNDS),
        len(BLENDS),
        len(REPERTOIRE.colours),
    )


def train_planner(
    recipe: PlannerRecipe,
    vocabulary: Vocabulary,
    checkpoint: Path,
    report: Callable[[int, float], None],
    mix: WorldMix = DEFAULT,
    *,
    worker: Worker = ALONE,
) -> Planner:
    """Train, or go on training from `checkpoint`, and return the planner in evaluation mode.

    Of several workers the first one trains and the others wait: it is a matter of minutes.
    """
    torch.manual_seed(recipe.seed)
    planner = Planner(planner_config(vocabulary))
    if worker.is_first:
        _train(recipe, planner, _Class(recipe, planner, vocabulary, mix), checkpoint, report)
    worker.wait()
    saved = load_checkpoint(checkpoint)
    if saved is not None:
        planner.load_state_dict(saved["planner"])
    return planner.eval()


def _train(
    recipe: PlannerRecipe, planner: Planner, lessons: "_Class", checkpoint: Path, report: Callable[[int, float], None]
) -> None:
    optimizers, saved = _optimizers(recipe, planner), load_checkpoint(checkpoint)
    if saved is not None:
        planner.load_state_dict(saved["planner"])
        for optimizer, state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
    for step in range(saved["step"] if saved else 0, recipe.steps):
        lesson = lessons.lesson(step)
        loss = _loss(planner(lesson.tokens, lesson.canvas, lesson.arrangement, lesson.mentions.clamp(min=0)), lesson)
        loss.backward()  # type: ignore[no-untyped-call]
        update(planner, optimizers, step, recipe.steps, recipe.warm_up, recipe.decay)
        report(step + 1, float(loss.detach()))
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            states = [optimizer.state_dict() for optimizer in optimizers]
            save_checkpoint(checkpoint, {"step": step + 1, "planner": planner.state_dict(), "optimizers": states})


@dataclass
class _Class:
    """Makes lessons: captions of random scenes, and their plans as numbers."""

    recipe: PlannerRecipe
    planner: Planner
    vocabulary: Vocabulary
    mix: WorldMix
    _things: Mapping[str, int] = field(init=False)
    _words: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        self._words = {token: word for word, token in self.vocabulary.ids.items()}
        self._things = self.vocabulary.numbers

    def lesson(self, step: int) -> _Lesson:
        rng, ratios = generator(self.recipe.seed, CAPTIONS, step), list(AspectRatio)
        canvases = [canvas_of(ratios[int(rng.integers(len(ratios)))]) for _ in range(self.recipe.batch_size)]
        scenes = [draw_scene(rng, canvas, self.mix) for canvas in canvases]
        prompts = [self._tokens(scene, rng) for scene in scenes]
        mentions = self.planner.mentions_of(prompts)
        plans = [plan_of(scene, self._things) for scene in scenes]
        parts = [self._parts(*one) for one in zip(plans, prompts, mentions, strict=True)]
        return _Lesson(
            _padded(prompts).clamp(min=0),
            torch.tensor([[plan.rows, plan.columns] for plan in plans]),
            torch.tensor([scene.arrangement for scene in scenes]),
            _padded(mentions),
            torch.tensor([self._wholes(plan) for plan in plans]),
            _padded([[colour for colour, _ in part] for part in parts]),
            _padded([[where for _, where in part] for part in parts], (INSTANCES, 4)),
        )

    def _tokens(self, scene: Scene, rng: np.random.Generator) -> list[int]:
        if rng.random() < self.recipe.empty_captions:
            return [NULL]
        tokens = list(self.vocabulary.parse(caption(scene, rng)).tokens)
        if rng.random() < self.recipe.loose_words:
            tokens = self._loosened(tokens, rng)
        if rng.random() < self.recipe.unknown_words:
            # Often one, sometimes many: people describe what Sprout has no words for at length.
            for _ in range(min(int(rng.geometric(0.5)), MAX_TOKENS - len(tokens))):
                _insert(tokens, int(rng.integers(len(tokens) + 1)), self.vocabulary)
        return tokens[:MAX_TOKENS]

    def _loosened(self, tokens: list[int], rng: np.random.Generator) -> list[int]:
        """The tokens with some words that say nothing left out, put in, or one preposition for another."""
        loosened: list[int] = []
        is_spelling = False
        for token, following in zip(tokens, [*tokens[1:], NULL], strict=True):
            chance, word = rng.random(), self._words.get(token, "")
            is_spelling = word == OPENING or (is_spelling and word != CLOSING)
            if word in _LEFT_OUT and chance < 0.1:
                continue
            if word in _PREPOSITIONS and self._words.get(following) == "the" and chance > 0.7:
                token = self._token(_PREPOSITIONS, rng)
            loosened.append(token)
            if 0.2 < chance < 0.27 and not is_spelling and following != PLURAL:
                loosened.append(self._token(_PUT_IN, rng))
        return loosened

    def _token(self, words: tuple[str, ...], rng: np.random.Generator) -> int:
        """The token of one of the words."""
        return self.vocabulary.ids[words[int(rng.integers(len(words)))]]

    def _wholes(self, plan: Plan) -> tuple[int, ...]:
        sign = plan.sign.colour if plan.sign else self.planner.config.colours
        return plan.style, plan.ground, *(plan.blend or (-1, -1)), sign

    def _parts(self, plan: Plan, tokens: Sequence[int], mentions: Sequence[int]) -> list[tuple[int, list[list[int]]]]:
        """Of each mention the colour, and where its instances stand.

        Nouns are told apart by what they are; of a noun that is named twice, perhaps once as a colour, nothing is
        asked. Letters are told apart by their order.
        """
        config, first = self.planner.config, self.vocabulary.first_thing
        named = [tokens[place] - first for place in mentions]
        times, nouns = Counter(named), config.nouns
        letters = iter([planned for planned in plan.things if planned.thing >= nouns])
        found = []
        for thing in named:
            if thing >= nouns:
                shown = [letter] if (letter := next(letters, None)) else []
            else:
                shown = [planned for planned in plan.things if planned.thing == thing]
            is_asked = thing >= nouns or times[thing] == 1
            found.append(_part(shown, config.colours) if is_asked else (-1, [[-1] * 4] * INSTANCES))
        return found


def _part(shown: Sequence[PlannedThing], colours: int) -> tuple[int, list[list[int]]]:
    own = [colours if planned.colour is None else planned.colour for planned in shown]
    where = [[1, planned.left, planned.top, planned.side - 1] for planned in shown[:INSTANCES]]
    return own[0] if own else -1, where + [[0, -1, -1, -1]] * (INSTANCES - len(where))


def _loss(said: Said, lesson: _Lesson) -> Tensor:
    """The mean over the batch of all that was said wrongly, in nats."""
    wholes = (said.style, said.ground, said.first, said.second, said.sign)
    errors = [_error(logits, numbers) for logits, numbers in zip(wholes, lesson.wholes.unbind(1), strict=True)]
    errors.append(_error(said.colour, lesson.colours))
    shown, *where = lesson.instances.unbind(-1)
    asked = (shown >= 0).float()
    errors.append(
        functional.binary_cross_entropy_with_logits(said.shown, shown.clamp(min=0).float(), asked, reduction="sum")
    )
    places = zip((said.left, said.top, said.side), where, strict=True)
    errors.extend(_error(logits, numbers) for logits, numbers in places)
    return torch.stack(errors).sum() / len(lesson.tokens)


def _error(logits: Tensor, numbers: Tensor) -> Tensor:
    return functional.cross_entropy(logits.flatten(0, -2), numbers.flatten(), ignore_index=-1, reduction="sum")


def _optimizers(recipe: PlannerRecipe, planner: Planner) -> list[torch.optim.Optimizer]:
    matrices = [p for p in planner.text_encoder.blocks.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in planner.parameters() if id(p) not in chosen]
    muon = Muon([{"params": matrices, "peak": recipe.muon_learning_rate}], recipe.muon_learning_rate)
    groups: list[dict[str, Any]] = [{"params": rest, "peak": recipe.learning_rate}]
    return [muon, torch.optim.AdamW(groups, recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)]


def _padded(rows: Sequence[Sequence[Any]], shape: tuple[int, ...] = ()) -> Tensor:
    """Rows of different lengths as one tensor, filled up with -1."""
    tensors = [torch.tensor(row, dtype=torch.long).reshape(-1, *shape) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_value=-1)


def _insert(tokens: list[int], place: int, vocabulary: Vocabulary) -> None:
    """Put an unknown word at that place, but never between the letters of another."""
    letters = frozenset(vocabulary.characters.values())
    while place and letters.intersection(tokens[place - 1 : place + 1]):
        place -= 1
    tokens.insert(place, UNKNOWN)
