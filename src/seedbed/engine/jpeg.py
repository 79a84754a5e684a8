"""JPEG files that carry what drew them, in EXIF and XMP."""

import io
import re
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seedbed.engine.engine import ModelIdentity
from seedbed.request import GenerationRequest
from seedbed.task import NO_REMARKS, Remarks

__all__ = ["ImageMetadata", "encode_jpeg"]

EXIF_IMAGE_DESCRIPTION = 0x010E
EXIF_SOFTWARE = 0x0131
EXIF_IFD = 0x8769
EXIF_USER_COMMENT = 0x9286
NAMESPACE = "https://seedbed.invalid/ns/1.0/"
"""A name, not a place: XMP only asks that nobody else uses it."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """What an image tells of its making."""

    request: GenerationRequest
    """What was asked for, its seed set."""
    identity: ModelIdentity
    """What drew it."""
    remarks: Remarks = NO_REMARKS
    """What the model did otherwise than it was asked."""
    build: str = ""
    """What else decides the bytes: see `build`; empty where nothing does."""

    def facts(self) -> dict[str, str]:
        """Each fact by its name; the same request gives the same text."""
        facts = {
            "prompt": self.request.prompt,
            "seed": str(self.request.seed),
            "guidance_scale": repr(float(self.request.guidance_scale)),
            "aspect_ratio": str(self.request.aspect_ratio),
            "model": self.identity.name,
            "model_digest": self.identity.digest,
        }
        built = {"build": self.build} if self.build else {}
        return {**facts, **_told(self.remarks), **built}


def _told(remarks: Remarks) -> dict[str, str]:
    """The remarks that there are, by their names."""
    told = {field: value for field, value in asdict(remarks).items() if value not in ((), None, 0)}
    return {field: ", ".join(value) if isinstance(value, tuple) else str(value) for field, value in told.items()}


def encode_jpeg(rgb: Image.Image | NDArray[np.uint8], quality: int, metadata: ImageMetadata | None = None) -> bytes:
    """The JPEG file of a picture; equal arguments give equal bytes.

    Args:
        rgb: a picture, or an array of shape (height, width, 3).
        quality: 1 to 100.
        metadata: what EXIF and XMP shall say; None leaves both out.
    """
    image = rgb if isinstance(rgb, Image.Image) else Image.fromarray(rgb)
    extra: dict[str, Any] = {}
    if metadata is not None:
        facts = metadata.facts()
        extra = {"exif": _exif(facts), "xmp": _xmp(facts)}
    buffer = io.BytesIO()
    # 4:4:4: at halved chroma, saturated shapes on flat ground get fringes that everyone sees.
    image.convert("RGB").save(buffer, "JPEG", quality=quality, subsampling=0, **extra)
    return buffer.getvalue()


def _exif(facts: dict[str, str]) -> Image.Exif:
    exif = Image.Exif()
    # This field is ASCII by its standard; the comment below holds every script.
    exif[EXIF_IMAGE_DESCRIPTION] = facts["prompt"].encode("ascii", "replace").decode("ascii")
    exif[EXIF_SOFTWARE] = f"Seedbed {facts['model']} {facts['model_digest']}"
    comment = "\n".join(f"{name}: {value}" for name, value in facts.items())
    exif.get_ifd(EXIF_IFD)[EXIF_USER_COMMENT] = b"UNICODE\0" + comment.encode("utf-16-le")
    return exif


def _xmp(facts: dict[str, str]) -> bytes:
    legal = {name: _NOT_IN_XML.sub("\ufffd", value) for name, value in facts.items()}
    attributes = " ".join(f"seedbed:{name}={quoteattr(value)}" for name, value in legal.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:seedbed="{NAMESPACE}" {attributes}/>'
        "</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    ).encode()
