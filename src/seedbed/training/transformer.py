"""Trains the text encoder and the transformer together, on latents of scenes and their captions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from seedbed.diffusion.flow import interpolate, velocity_loss
from seedbed.diffusion.schedule import training_timesteps
from seedbed.learning.checkpoints import load_checkpoint, save_checkpoint
from seedbed.learning.schedule import learning_rate
from seedbed.learning.workers import ALONE, Worker
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.text_encoder import TextEncoder, TextEncoderConfig
from seedbed.sprout.transformer import Prediction, Transformer, TransformerConfig
from seedbed.sprout.vocabulary import MAX_TOKENS, NULL, UNKNOWN, Vocabulary
from seedbed.training.latents import SceneLatents
from seedbed.training.looks import first_looks, icon_of, likely_looks
from seedbed.training.muon import Muon
from seedbed.training.pointers import pointer_loss, pointers
from seedbed.training.transplant import transplant
from seedbed.world.captions import caption
from seedbed.world.dataset import SCENES, generator
from seedbed.world.scene import Scene

__all__ = ["Denoiser", "TransformerRecipe", "train_transformer"]

_FEW = 6
"""By how many the number of mentions grows."""
_MUON = ("blocks", "lookups")
"""The parts whose matrices Muon trains, all but the gates of looks; AdamW trains the rest."""


@dataclass(frozen=True, slots=True)
class TransformerRecipe:
    """All that decides how the transformer is trained."""

    config: TransformerConfig = field(default_factory=TransformerConfig)
    text_width: int = 256
    steps: int = 3000
    batch_size: int = 64
    learning_rate: float = 1e-3
    """AdamW's."""
    looks_learning_rate: float = 2e-3
    """AdamW's for the lexicon, each of whose rows learns only when its noun is drawn."""
    muon_learning_rate: float = 2e-2
    pointer_weight: float = 0.1
    """What the lookups' loss weighs beside the latents'."""
    mentions: int = 12
    """Things looked up for a prompt at most: the letters of a word, the object beside it, and an orange background.

    Training looks up about as many as any caption of the batch names, so that words cost only where there are some.
    """
    warm_up: int = 100
    decay: float = 0.4
    ema_decay: float = 0.99
    """What ships is the average over about the last hundred steps; the falling learning rate does the rest."""
    null_captions: float = 0.1
    """Share of captions left out, which is what guidance needs (arXiv 2207.12598)."""
    unknown_words: float = 0.15
    """Share of captions with an unknown word put in, so that one in a prompt does no harm."""
    seed: int = 0
    checkpoint_every: int = 250
    """Steps between checkpoints."""
    compile: bool = True
    """Whether the blocks are compiled: faster, but not bit for bit what they are uncompiled."""


class Denoiser(nn.Module):
    """Text encoder and transformer as one trainable network."""

    def __init__(self, recipe: TransformerRecipe, vocabulary: Vocabulary) -> None:
        super().__init__()
        things = len(vocabulary.things)
        self.text_encoder = TextEncoder(
            TextEncoderConfig(len(vocabulary), things, recipe.config.slots, recipe.mentions, recipe.text_width)
        )
        self.transformer = Transformer(recipe.config)

    def forward(self, latents: Tensor, timesteps: Tensor, tokens: Tensor, mentions: int | None = None) -> Prediction:
        prompt_embeds = self.text_encoder(tokens, mentions)
        prediction: Prediction = self.transformer.predict(latents, timesteps, prompt_embeds)
        return prediction


@dataclass
class _Run:
    recipe: TransformerRecipe
    vocabulary: Vocabulary
    network: Denoiser
    worker: Worker = ALONE
    average: AveragedModel = field(init=False)
    optimizers: list[torch.optim.Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        averaging = get_ema_multi_avg_fn(self.recipe.ema_decay)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.network, multi_avg_fn=averaging)
        self.optimizers = _optimizers(self.recipe, self.network, self.worker.precision)

    def state(self, step: int) -> dict[str, Any]:
        return {
            "step": step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }

    def load(self, state: dict[str, Any]) -> int:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        return int(state["step"])


def train_transformer(
    recipe: TransformerRecipe,
    world: SceneLatents,
    vocabulary: Vocabulary,
    checkpoint: Path,
    report: Callable[[int, float], None],
    start: Sprout | None = None,
    *,
    worker: Worker = ALONE,
    on_checkpoint: Callable[[int, Denoiser], None] = lambda _step, _average: None,
) -> Denoiser:
    """Train, or go on training from `checkpoint`, and return the averaged network in evaluation mode.

    A new run begins with the weights of `start`, as far as they know the same words and nouns, or at random. Of several
    workers, the first one writes and reports; `on_checkpoint` gets the average so far, which it must leave as it is.
    """
    torch.manual_seed(recipe.seed)
    network = Denoiser(recipe, vocabulary)
    if start is not None:
        transplant(start, network.text_encoder, network.transformer, vocabulary)
    saved = load_checkpoint(checkpoint)
    if saved is None:
        _begin_looks(network, world, vocabulary, start)
    run = _Run(recipe, vocabulary, network.to(worker.device), worker)
    first = run.load(saved) if saved else 0
    if recipe.compile:
        _compile_blocks(run.network)
    parallel = worker.together(run.network)
    for step in range(first, recipe.steps):
        loss = _train_step(run, parallel, world, step)
        if not worker.is_first:
            continue
        report(step + 1, loss)
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            save_checkpoint(checkpoint, run.state(step + 1))
            on_checkpoint(step + 1, cast(Denoiser, run.average.module))
    return cast(Denoiser, run.average.module.cpu().eval())


@torch.no_grad()
def _begin_looks(network: Denoiser, world: SceneLatents, vocabulary: Vocabulary, start: Sprout | None) -> None:
    """Looks of all things that `start` does not know, from their icons."""
    lexicon, known = network.text_encoder.lexicon, frozenset(start.vocabulary.things if start else ())
    icons = [icon_of(thing) for thing in vocabulary.things]
    looks = lexicon.looks.weight[: lexicon.things].view(lexicon.things, lexicon.slots, -1)
    if known.isdisjoint(vocabulary.things):
        looks.copy_(first_looks(world, icons, lexicon.slots, looks.shape[-1]))
    elif unknown := [number for number, thing in enumerate(vocabulary.things) if thing not in known]:
        taught = [number for number, thing in enumerate(vocabulary.things) if thing in known]
        looks[unknown] = likely_looks(world, [icons[n] for n in taught], looks[taught], [icons[n] for n in unknown])


def _compile_blocks(network: Denoiser) -> None:
    # Block by block: all blocks share one small graph per token count, where the whole network takes minutes each.
    for block in (*network.text_encoder.blocks, *network.transformer.blocks):
        block.compile(dynamic=False)


def _train_step(run: _Run, parallel: nn.Module, world: SceneLatents, step: int) -> float:
    recipe, worker = run.recipe, run.worker
    rng = generator(recipe.seed, SCENES, worker.number(step))
    clean, scenes = world.batch(rng, worker.share(recipe.batch_size))
    captions = [_tokens(run, scene, rng) for scene in scenes]
    named = [_named(run.vocabulary, tokens) for tokens in captions]
    mentions = _looked_up(recipe, max(len(things) for things in named))
    noise_generator = torch.Generator().manual_seed(recipe.seed + worker.number(step))
    noise = torch.randn(clean.shape, generator=noise_generator)
    timesteps = training_timesteps(len(clean), noise_generator)
    targets = torch.stack([pointers(*one, mentions, recipe.config.slots) for one in zip(scenes, named, strict=True)])
    # Everything random is drawn on the CPU: a seed means the same on every device.
    clean, noise, timesteps = (drawn.to(worker.device) for drawn in (clean, noise, timesteps))
    tokens, targets = _padded(captions).to(worker.device), targets.to(worker.device)
    with torch.autocast(worker.device.type, torch.bfloat16, enabled=worker.precision == torch.bfloat16):
        prediction = parallel(interpolate(clean, noise, timesteps), timesteps, tokens, mentions)
    loss = velocity_loss(prediction.latents.float(), clean, timesteps)
    found = pointer_loss(prediction.looked, targets)
    (loss + recipe.pointer_weight * found).backward()  # type: ignore[no-untyped-call]
    _update(run, step)
    return worker.mean(loss)


def _looked_up(recipe: TransformerRecipe, named: int) -> int:
    """As many mentions as are named, in steps of a few: each number more is memory in pieces of another size."""
    return min(-(-max(named, 1) // _FEW) * _FEW, recipe.mentions)


def _update(run: _Run, step: int) -> None:
    recipe = run.recipe
    nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    for optimizer in run.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, recipe.steps, group["peak"], recipe.warm_up, recipe.decay)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    run.average.update_parameters(run.network)


def _padded(captions: list[list[int]]) -> Tensor:
    rows = [torch.tensor(tokens) for tokens in captions]
    rows.append(torch.zeros(MAX_TOKENS, dtype=torch.long))  # one length means one compiled graph
    return pad_sequence(rows, batch_first=True)[:-1]


def _named(vocabulary: Vocabulary, tokens: list[int]) -> list[str]:
    """The things that a caption names, in its order."""
    first = vocabulary.first_thing
    return [vocabulary.things[token - first] for token in tokens if token >= first]


def _tokens(run: _Run, scene: Scene, rng: np.random.Generator) -> list[int]:
    if rng.random() < run.recipe.null_captions:
        return [NULL]
    tokens = list(run.vocabulary.parse(caption(scene, rng)).tokens)
    if rng.random() < run.recipe.unknown_words:
        _insert(tokens, int(rng.integers(len(tokens) + 1)), run.vocabulary)
    return tokens[:MAX_TOKENS]


def _insert(tokens: list[int], place: int, vocabulary: Vocabulary) -> None:
    """Put an unknown word at that place, but never between the letters of another."""
    letters = frozenset(vocabulary.characters.values())
    while place and letters.intersection(tokens[place - 1 : place + 1]):
        place -= 1
    tokens.insert(place, UNKNOWN)


def _is_muons(name: str, parameter: nn.Parameter) -> bool:
    # The gates of looks begin at nothing and should stay small: steps of one size would throw them about.
    return parameter.ndim == 2 and name.split(".")[1] in _MUON and ".manner." not in name


def _optimizers(recipe: TransformerRecipe, network: Denoiser, dtype: torch.dtype) -> list[torch.optim.Optimizer]:
    looks = network.text_encoder.lexicon.looks.weight
    matrices = [p for name, p in network.named_parameters() if _is_muons(name, p)]
    chosen = {id(p) for p in (looks, *matrices)}
    rest = [p for p in network.parameters() if id(p) not in chosen]
    muon = Muon([{"params": matrices, "peak": recipe.muon_learning_rate}], recipe.muon_learning_rate, dtype=dtype)
    groups = [
        {"params": rest, "peak": recipe.learning_rate},
        {"params": [looks], "peak": recipe.looks_learning_rate},
    ]
    return [muon, torch.optim.AdamW(groups, recipe.learning_rate, (0.9, 0.98), weight_decay=0.0)]
