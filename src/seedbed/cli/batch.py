"""Many pictures into one folder, with a manifest that says what each is, and from which drawing goes on."""

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from seedbed.cli.prompts import Row
from seedbed.errors import ConfigurationError, EngineError, StorageError
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.task import NO_REMARKS, Remarks

__all__ = ["MANIFEST", "Batch", "Drawn", "Entry", "plan", "save_grid", "writing"]

MANIFEST: Final = "manifest.jsonl"
_NAME_CHARACTERS = 40
_TILE, _LABEL = 320, 40
"""Pixels of a picture's longer side in a grid, and of the line below it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, whoever drew it."""

    jpeg: bytes
    size: str
    model: str
    model_digest: str
    ignored_words: tuple[str, ...]
    corrections: tuple[tuple[str, str], ...] = ()
    remarks: Remarks = NO_REMARKS


Draw = Callable[[GenerationRequest], Drawn]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest."""

    number: int
    """Which of the batch's pictures, the first being 1."""
    prompt: str
    aspect_ratio: str
    guidance_scale: float
    seed: int
    resolution: str | None = None
    """What decided its size: 1k or 2k; None where a server did."""
    file: str | None = None
    """The picture's name in the folder; None where it failed."""
    size: str | None = None
    """Width and height in pixels."""
    model: str | None = None
    model_digest: str | None = None
    """SHA-256 of the weights, hexadecimal."""
    ignored_words: tuple[str, ...] = ()
    """Words that the model does not know and did not draw."""
    read_as: tuple[tuple[str, str], ...] = ()
    """Misspelt words, each with the word that it was read as."""
    sha256: str | None = None
    """Of the file, hexadecimal."""
    error: str | None = None
    """Why it failed."""


def plan(
    rows: Sequence[Row], seeds: Sequence[int], ratios: Sequence[AspectRatio], guidance_scale: float | None
) -> list[GenerationRequest]:
    """Every picture that is asked for: each prompt in each shape with each seed.

    What a row says for itself counts for that row; a seed is None where nobody said one.
    """
    requests: list[GenerationRequest] = []
    for row in rows:
        scale = row.guidance_scale if row.guidance_scale is not None else guidance_scale
        own_seeds: Sequence[int | None] = [row.seed] if row.seed is not None else seeds or [None]
        for ratio in [row.aspect_ratio] if row.aspect_ratio else ratios or [AspectRatio.SQUARE_1_1]:
            plain = GenerationRequest(row.prompt, ratio)
            shaped = plain if scale is None else replace(plain, guidance_scale=scale)
            requests.extend(replace(shaped, seed=seed) for seed in own_seeds)
    return requests


class Batch:
    """The pictures of one folder.

    Args:
        folder: where they go; made where it is missing.
        resolution: of what is drawn; None where a server decides it.
    """

    def __init__(self, folder: Path, resolution: Resolution | None = None) -> None:
        self.folder = folder
        self._resolution = resolution
        self._manifest = folder / MANIFEST
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._before = {entry.number: entry for entry in self._read()}
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be drawn into: {error.strerror}") from error

    def draw(self, requests: Iterable[GenerationRequest], draw: Draw) -> Iterator[tuple[Entry, bool]]:
        """Draw what is not there yet; each picture's entry as it is done, and whether it was there before."""
        for number, request in enumerate(requests, 1):
            before = self._before.get(number)
            if before is not None and self._is_there(before, request):
                yield before, True
                continue
            entry = self._drawn(number, request.with_seed(), draw)
            self._append(entry)
            yield entry, False

    def _drawn(self, number: int, request: GenerationRequest, draw: Draw) -> Entry:
        seed = request.seed or 0
        entry = Entry(number, request.prompt, str(request.aspect_ratio), request.guidance_scale, seed, self._resolution)
        try:
            drawn = draw(request)
        except EngineError as error:
            return replace(entry, error=str(error))
        name = f"{number:04}-{_slug(request.prompt)}-{seed}.jpeg"
        self._write(name, drawn.jpeg)
        return replace(
            entry,
            file=name,
            size=drawn.size,
            model=drawn.model,
            model_digest=drawn.model_digest,
            ignored_words=drawn.ignored_words,
            read_as=drawn.corrections,
            sha256=hashlib.sha256(drawn.jpeg).hexdigest(),
        )

    def _write(self, name: str, jpeg: bytes) -> None:
        # Whole or not at all: what is there after an interruption is a picture.
        partial = self.folder / f"{name}.partial"
        with writing(self.folder / name):
            partial.write_bytes(jpeg)
            partial.rename(self.folder / name)

    def _is_there(self, entry: Entry, request: GenerationRequest) -> bool:
        asked = (request.prompt, str(request.aspect_ratio), request.guidance_scale)
        if entry.file is None or asked != (entry.prompt, entry.aspect_ratio, entry.guidance_scale):
            return False
        if request.seed not in (None, entry.seed):
            return False
        # Manifests of earlier versions do not tell the resolution.
        if self._resolution is not None and entry.resolution not in (None, self._resolution):
            return False
        file = self.folder / entry.file
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == entry.sha256

    def _read(self) -> Iterator[Entry]:
        if not self._manifest.exists():
            return
        *whole, rest = self._manifest.read_text(encoding="utf-8").split("\n")
        if rest:
            # The line that an interruption cut off: its picture is drawn again.
            self._manifest.write_text("".join(f"{line}\n" for line in whole), encoding="utf-8")
        for number, line in enumerate(whole, 1):
            try:
                yield _entry(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise ConfigurationError(
                    f"line {number} of {self._manifest} is damaged: take it out, and its picture is drawn again"
                ) from error

    def _append(self, entry: Entry) -> None:
        with writing(self._manifest), self._manifest.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


def _entry(fields: dict[str, Any]) -> Entry:
    # Manifests of earlier versions do not tell what was read as something else.
    corrections = tuple((written, read_as) for written, read_as in fields.get("read_as", ()))
    return Entry(**{**fields, "ignored_words": tuple(fields["ignored_words"]), "read_as": corrections})


def _slug(prompt: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")
    return words[:_NAME_CHARACTERS].strip("-") or "picture"


def save_grid(folder: Path, entries: Sequence[Entry], columns: int, path: Path) -> None:
    """One picture of all pictures of `entries`, in rows of `columns`, each with its prompt and seed below."""
    from PIL import Image, ImageDraw, ImageFont

    rows = -(-len(entries) // columns)
    whole = Image.new("RGB", (columns * _TILE, rows * (_TILE + _LABEL)), "white")
    write, font = ImageDraw.Draw(whole), ImageFont.load_default(12)
    for place, entry in enumerate(entries):
        left, top = place % columns * _TILE, place // columns * (_TILE + _LABEL)
        if entry.file is not None:
            with Image.open(io.BytesIO((folder / entry.file).read_bytes())) as picture:
                picture.thumbnail((_TILE - 8, _TILE - 8))
                whole.paste(picture, (left + (_TILE - picture.width) // 2, top + (_TILE - picture.height) // 2))
        text = entry.prompt if len(entry.prompt) <= 48 else entry.prompt[:47] + "…"
        write.text((left + 6, top + _TILE), f"{text}\n{entry.error or f'seed {entry.seed}'}", fill="black", font=font)
    with writing(path):
        whole.save(path, quality=92)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `StorageError`, which says why, where the block cannot write `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error
