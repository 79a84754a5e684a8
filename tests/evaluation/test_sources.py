from dataclasses import replace

import numpy as np
from PIL import Image

from seedbed.engine.sprout_pipeline import SproutPipeline
from seedbed.evaluation.prompts import SKILLS, frozen_prompts
from seedbed.evaluation.scope import EVERYTHING
from seedbed.evaluation.sources import drawn, rendered, round_trip
from seedbed.request import GenerationRequest
from seedbed.world.icons import IconLibrary
from seedbed.world.render import render

ITEMS = frozen_prompts(SKILLS["two objects"], 3, 2, replace(EVERYTHING, nouns=20))


def test_what_is_drawn_is_what_a_user_would_get(pipeline: SproutPipeline) -> None:
    item, seed = ITEMS[1], ITEMS[1].seeds[0]
    request = GenerationRequest(item.prompt, item.aspect_ratio, 5.0, seed)
    latents = pipeline.latents(request, lambda _step, _steps: None)
    assert drawn(pipeline, 5.0)(item, seed).tobytes() == pipeline.decode(latents).tobytes()
    assert drawn(pipeline)(item, seed).tobytes() != drawn(pipeline)(item, item.seeds[1]).tobytes()


def test_the_renderer_draws_the_truth_at_twice_its_canvas(library: IconLibrary) -> None:
    for item in ITEMS:
        picture = rendered(library)(item, 0)
        canvas = item.scene.canvas
        assert picture.size == (2 * canvas.width, 2 * canvas.height)
        small = np.asarray(picture.resize((canvas.width, canvas.height), Image.Resampling.BOX), np.float32)
        assert np.abs(small - render(item.scene, library)).mean() < 2


def test_the_round_trip_shows_the_same_scene(pipeline: SproutPipeline, library: IconLibrary) -> None:
    item, other = ITEMS[0], ITEMS[2]
    there_and_back = round_trip(pipeline, library)
    assert there_and_back(item, 0).tobytes() == there_and_back(item, 1).tobytes()
    assert there_and_back(item, 0).tobytes() != there_and_back(other, 0).tobytes()
