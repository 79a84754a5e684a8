"""What a run has learnt so far, to look at: the same prompts and seeds drawn at every checkpoint, as one picture.

Drawn with the averaged weights, on the CPU, with generators of their own: a run with samples and one without end bit
for bit the same.
"""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import GenerationRequest
from seedbed.sprout.autoencoder import Autoencoder
from seedbed.sprout.checkpoint import Sprout
from seedbed.sprout.planner import Planner
from seedbed.sprout.transformer import Transformer
from seedbed.sprout.vocabulary import Vocabulary
from seedbed.training.plans import REPERTOIRE

__all__ = ["SAMPLED", "Samples"]

SAMPLED = (
    ("a cat", 1),
    ("a cat", 2),
    ("a red car", 3),
    ("three apples", 4),
    ("a dog to the left of a pizza on a light blue background", 5),
    ("a penguin above a castle", 6),
    ("a blue fox next to a yellow star", 7),
    ("a tiny owl in the top right corner", 8),
    ("a huge rocket, flat", 9),
    ("a sailboat at the beach, watercolour", 10),
    ("a robot in a forest, pixel art", 11),
    ("", 12),
)
"""Prompts and seeds: each skill of the world, and what the network draws when nothing is said."""
_COLUMNS, _CELL, _TEXT = 4, 256, 40


@dataclass(frozen=True)
class Samples:
    """Draws samples of a run into its folder."""

    folder: Path
    vocabulary: Vocabulary
    prompts: tuple[tuple[str, int], ...] = SAMPLED

    def draw(self, stage: str, step: int, planner: Planner, transformer: Transformer, autoencoder: Autoencoder) -> Path:
        """Draw every prompt; returns where the picture is, such as `transformer-000250.png`."""
        # Copies: the run's own stay where they are, and as they are.
        transformer, autoencoder = deepcopy(transformer).cpu().eval(), deepcopy(autoencoder).cpu().eval()
        sprout = Sprout(planner, transformer, autoencoder, self.vocabulary, REPERTOIRE, digest="")
        pipeline = SproutPipeline(sprout)
        rows = -(-len(self.prompts) // _COLUMNS)
        whole = Image.new("RGB", (_COLUMNS * _CELL, rows * (_CELL + _TEXT)), "white")
        for number, (prompt, seed) in enumerate(self.prompts):
            corner = (number % _COLUMNS * _CELL, number // _COLUMNS * (_CELL + _TEXT))
            _put(whole, corner, _drawn(pipeline, prompt, seed), prompt)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{stage}-{step:06}.png"
        whole.save(path)
        return path


def _drawn(pipeline: SproutPipeline, prompt: str, seed: int) -> Image.Image:
    # A request is never without a prompt; "?" has no word either.
    request = GenerationRequest(prompt or "?", seed=seed)
    return pipeline.decode(pipeline.latents(request, lambda _step, _steps: None))


def _put(whole: Image.Image, corner: tuple[int, int], picture: Image.Image, prompt: str) -> None:
    left, top = corner
    picture.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
    whole.paste(picture, corner)
    lines = "\n".join(wrap(prompt or "(nothing)", 45))
    ImageDraw.Draw(whole).text((left + 6, top + _CELL + 4), lines, fill="black", font=ImageFont.load_default(11))
