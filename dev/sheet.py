"""Draws the contact sheets in docs/ with a folder of weights: every noun, and the ten prompts that we look at.

python dev/sheet.py                                  the packaged weights, into docs/
python dev/sheet.py --weights FOLDER --output DIR    others, to be compared
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.sprout.checkpoint import PACKAGED, Sprout

CELL, LABEL, COLUMNS, SEED = 160, 14, 12, 1
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
    parser.add_argument("--seed", type=int, default=SEED, help="of the nouns' sheet")
    parser.add_argument("--things", type=int, default=84, help="how many nouns, the first of the vocabulary")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    pipeline = SproutPipeline(Sprout.from_pretrained(arguments.weights))
    things = pipeline.sprout.vocabulary.things[: arguments.things]
    nouns = [GenerationRequest(f"{thing} on a white background", seed=arguments.seed) for thing in things]
    _sheet(pipeline, nouns, list(things), COLUMNS, CELL).save(arguments.output / "sprout-nouns.jpeg", quality=85)
    prompts = [GenerationRequest(prompt, ratio, seed=seed) for prompt, ratio, seed in PROMPTS]
    labels = [prompt for prompt, _, _ in PROMPTS]
    _sheet(pipeline, prompts, labels, 5, 2 * CELL).save(arguments.output / "sprout-prompts.jpeg", quality=85)


def _sheet(
    pipeline: SproutPipeline, requests: list[GenerationRequest], labels: list[str], columns: int, cell: int
) -> Image.Image:
    """The pictures in rows, each fitted into a square with its label below."""
    rows = -(-len(requests) // columns)
    sheet = Image.new("RGB", (columns * cell, rows * (cell + LABEL)), "#f4f4f5")
    write = ImageDraw.Draw(sheet)
    for number, (request, label) in enumerate(zip(requests, labels, strict=True)):
        picture = pipeline.decode(pipeline.latents(request, lambda _step, _steps: None))
        picture.thumbnail((cell - 8, cell - 8), Image.Resampling.LANCZOS)
        left, top = number % columns * cell, number // columns * (cell + LABEL)
        sheet.paste(picture, (left + (cell - picture.width) // 2, top + (cell - picture.height) // 2))
        write.text((left + 4, top + cell), label, fill="#18181b")
    return sheet


if __name__ == "__main__":
    main()
