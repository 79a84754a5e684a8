import io

from PIL import Image

from seedbed.engine.engine import ModelIdentity
from seedbed.engine.sketch import Sketch, finish
from seedbed.request import AspectRatio, GenerationRequest
from seedbed.settings import Settings
from seedbed.task import Remarks

SKETCH = Sketch(
    Image.new("RGB", (64, 96), (200, 10, 10)),
    GenerationRequest("a tomatoe from Mars", AspectRatio.PORTRAIT_2_3, seed=3),
    ModelIdentity("tiny", "00"),
    build="of clay",
    ignored_words=("Mars",),
    corrections=(("tomatoe", "tomato"),),
    remarks=Remarks(ignored_parameters=("guidance_scale",)),
)


def test_the_image_has_the_contracts_pixels_and_says_what_drew_it() -> None:
    drawn = finish(SKETCH, Settings(resolution="1k"))
    image = Image.open(io.BytesIO(drawn.jpeg))
    assert image.size == (drawn.size.width, drawn.size.height)
    assert drawn.size == AspectRatio.PORTRAIT_2_3.pixel_size(Settings(resolution="1k").resolution)
    assert (drawn.identity, drawn.ignored_words, drawn.corrections) == (SKETCH.identity, ("Mars",), SKETCH.corrections)
    assert drawn.remarks == SKETCH.remarks
    assert b"of clay" in drawn.jpeg
    assert b"of clay" not in finish(SKETCH, Settings(resolution="1k", embed_metadata=False)).jpeg


def test_the_same_sketch_gives_the_same_bytes() -> None:
    assert finish(SKETCH, Settings(resolution="1k")) == finish(SKETCH, Settings(resolution="1k"))
