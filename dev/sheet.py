"""Draws the contact sheets in docs/ with a folder of weights: every noun, and the ten prompts that we look at.

It asks no judge: `seedbed evaluate` does.

python dev/sheet.py                                  the packaged weights, into docs/
python dev/sheet.py --weights FOLDER --output DIR    others, to be compared
"""

import argparse
from pathlib import Path

from PIL import Image

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.sheets import Entry, sheet
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.sprout.checkpoint import PACKAGED, Sprout

# The same ten from version to version, each with its ratio and seed: what the model card counts.
PROMPTS = (
    ("a cat to the left of a pizza on a light blue background", AspectRatio.WIDESCREEN_16_9, 7),
    ("a red strawberry on a white background", AspectRatio.SQUARE_1_1, 1),
    ("a rocket on a dark blue background, flat style", AspectRatio.PORTRAIT_2_3, 2),
    ("a dog above a car", AspectRatio.TRADITIONAL_3_4, 3),
    ("a glossy icon of a castle on a yellow background", AspectRatio.SQUARE_1_1, 4),
    ("a penguin next to a snowman, light blue background", AspectRatio.STANDARD_3_2, 5),
    ("a frog below a rainbow", AspectRatio.SOCIAL_STORY_9_16, 6),
    ("a crown on a purple background", AspectRatio.CLASSIC_4_3, 8),
    ("a christmas tree to the right of a gift", AspectRatio.WIDESCREEN_16_9, 9),
    ("a pineapple on a pink background, flat style", AspectRatio.SQUARE_1_1, 10),
)


def main() -> None:
    """Draw both sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=PACKAGED)
    parser.add_argument("--output", type=Path, default=Path("docs"))
    parser.add_argument("--seed", type=int, default=1, help="of the nouns' sheet")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    pipeline = SproutPipeline(Sprout.from_pretrained(arguments.weights))
    vocabulary = pipeline.sprout.vocabulary
    things = [thing for thing in vocabulary.things if thing not in vocabulary.characters]
    nouns = [GenerationRequest(f"{thing} on a white background", seed=arguments.seed) for thing in things]
    _sheet(pipeline, nouns, things, 24, 88, 1).save(arguments.output / "sprout-nouns.jpeg", quality=85)
    prompts = [GenerationRequest(prompt, ratio, seed=seed) for prompt, ratio, seed in PROMPTS]
    labels = [prompt for prompt, _, _ in PROMPTS]
    _sheet(pipeline, prompts, labels, 5, 320, 1).save(arguments.output / "sprout-prompts.jpeg", quality=85)


def _sheet(
    pipeline: SproutPipeline, requests: list[GenerationRequest], labels: list[str], columns: int, cell: int, lines: int
) -> Image.Image:
    entries = []
    for request, label in zip(requests, labels, strict=True):
        picture = pipeline.decode(pipeline.latents(request, lambda _step, _steps: None))
        picture.thumbnail((cell, cell), Image.Resampling.LANCZOS)  # hundreds of them whole would fill the memory
        entries.append(Entry(picture, label))
    return sheet(entries, columns, cell, lines)


if __name__ == "__main__":
    main()
