"""A picture as its model drew it, and what makes the image of it that was asked for."""

from dataclasses import dataclass

from PIL import Image

from seedbed.engine.engine import DrawnImage, ModelIdentity
from seedbed.engine.enlarge import enlarge
from seedbed.engine.jpeg import ImageMetadata, encode_jpeg
from seedbed.request import GenerationRequest
from seedbed.settings import Settings
from seedbed.task import NO_REMARKS, Remarks

__all__ = ["Sketch", "finish"]


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture as its model drew it: at a size of the model's own, not encoded yet."""

    picture: Image.Image
    """Its pixels."""
    request: GenerationRequest
    """What was asked for."""
    identity: ModelIdentity
    """What drew it."""
    build: str = ""
    """What else decides the bytes; empty where nothing does."""
    ignored_words: tuple[str, ...] = ()
    """Words of the prompt that the model does not know and did not draw."""
    corrections: tuple[tuple[str, str], ...] = ()
    """Misspelt words of the prompt, each with what it was read as."""
    remarks: Remarks = NO_REMARKS
    """What else the model did otherwise than it was asked."""


def finish(sketch: Sketch, settings: Settings) -> DrawnImage:
    """The image of a sketch, at the contract's pixels; in any thread, for no model is needed."""
    size = sketch.request.aspect_ratio.pixel_size(settings.resolution)
    metadata = ImageMetadata(sketch.request, sketch.identity, sketch.remarks, sketch.build)
    jpeg = encode_jpeg(
        enlarge(sketch.picture, size), settings.jpeg_quality, metadata if settings.embed_metadata else None
    )
    return DrawnImage(jpeg, size, sketch.identity, sketch.ignored_words, sketch.corrections, sketch.remarks)
