import io
import json
from pathlib import Path

import pytest
from PIL import Image

from seedbed.cli.batch import MANIFEST, Batch, Drawn, Entry, plan, save_grid, writing
from seedbed.cli.prompts import Row
from seedbed.errors import ConfigurationError, EngineError, StorageError
from seedbed.request import AspectRatio, GenerationRequest, Resolution


def jpeg(colour: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(held, "JPEG")
    return held.getvalue()


class Painter:
    """Draws in one colour, and remembers what."""

    def __init__(self) -> None:
        self.asked: list[GenerationRequest] = []

    def __call__(self, request: GenerationRequest) -> Drawn:
        self.asked.append(request)
        if request.prompt == "fail":
            raise EngineError("no")
        return Drawn(jpeg("red"), "64x48", "painter", "d" * 64, ("zeppelin",), (("pizzza", "pizza"),))


def entries(folder: Path, requests: list[GenerationRequest], painter: Painter) -> list[tuple[Entry, bool]]:
    return list(Batch(folder).draw(requests, painter))


def test_each_prompt_in_each_shape_with_each_seed() -> None:
    requests = plan([Row("a"), Row("b", seed=9)], [1, 2], [AspectRatio.SQUARE_1_1, AspectRatio.CLASSIC_4_3], 4.0)
    assert [(r.prompt, r.aspect_ratio.value, r.seed) for r in requests] == [
        ("a", "square_1_1", 1),
        ("a", "square_1_1", 2),
        ("a", "classic_4_3", 1),
        ("a", "classic_4_3", 2),
        ("b", "square_1_1", 9),
        ("b", "classic_4_3", 9),
    ]
    assert {r.guidance_scale for r in requests} == {4.0}
    (alone,) = plan([Row("c", AspectRatio.STANDARD_3_2, 1.0)], [], [], None)
    assert (alone.aspect_ratio, alone.guidance_scale, alone.seed) == (AspectRatio.STANDARD_3_2, 1.0, None)


def test_the_manifest_says_what_each_file_is(tmp_path: Path) -> None:
    ((entry, was_there),) = entries(tmp_path / "new", [GenerationRequest("Two owls!", seed=7)], Painter())
    assert not was_there
    (line,) = (tmp_path / "new" / MANIFEST).read_text().splitlines()
    told = json.loads(line)
    assert (told["file"], told["prompt"], told["seed"]) == ("0001-two-owls-7.jpeg", "Two owls!", 7)
    assert (told["size"], told["model"], told["ignored_words"]) == ("64x48", "painter", ["zeppelin"])
    assert told["read_as"] == [["pizzza", "pizza"]]
    assert (tmp_path / "new" / told["file"]).read_bytes() == jpeg("red")
    assert entry.sha256 == told["sha256"]


def test_drawing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    requests = [GenerationRequest(f"number {number}") for number in range(4)]
    first = entries(tmp_path, requests[:2], Painter())
    with (tmp_path / MANIFEST).open("a") as file:
        file.write('{"number": 3, "prom')
    painter = Painter()
    again = entries(tmp_path, requests, painter)
    assert [request.prompt for request in painter.asked] == ["number 2", "number 3"]
    assert [was_there for _, was_there in again] == [True, True, False, False]
    assert [entry for entry, _ in again[:2]] == [entry for entry, _ in first]
    assert len((tmp_path / MANIFEST).read_text().splitlines()) == 4


def test_what_was_changed_or_lost_or_failed_is_drawn_again(tmp_path: Path) -> None:
    requests = [GenerationRequest(prompt, seed=1) for prompt in ("kept", "lost", "changed", "fail", "asked anew")]
    for entry, _ in entries(tmp_path, requests, Painter()):
        if entry.prompt == "lost":
            (tmp_path / str(entry.file)).unlink()
        if entry.prompt == "changed":
            (tmp_path / str(entry.file)).write_bytes(b"other")
    requests[4] = GenerationRequest("asked anew", seed=2)
    painter = Painter()
    again = entries(tmp_path, requests, painter)
    assert [request.prompt for request in painter.asked] == ["lost", "changed", "fail", "asked anew"]
    assert [entry.error for entry, _ in again] == [None, None, None, "no", None]


def test_a_folder_that_cannot_be_one_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError):
        Batch(tmp_path / "file")
    (tmp_path / MANIFEST).write_text("no json\n")
    with pytest.raises(ConfigurationError):
        Batch(tmp_path)


def test_a_damaged_line_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("[]\n")
    with pytest.raises(ConfigurationError, match=r"line 1 of .*manifest.jsonl is damaged: take it out"):
        Batch(tmp_path)


def test_pictures_of_another_size_are_drawn_again(tmp_path: Path) -> None:
    def drawn_at(resolution: Resolution | None) -> bool:
        ((_, was_there),) = Batch(tmp_path, resolution).draw([GenerationRequest("a cat", seed=1)], Painter())
        return not was_there

    assert [drawn_at(size) for size in (Resolution.TWO_K, Resolution.TWO_K, Resolution.ONE_K)] == [True, False, True]
    assert not drawn_at(None)


def test_a_picture_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"owl.jpeg cannot be written: No such file"), writing(Path("owl.jpeg")):
        (tmp_path / "none" / "owl.jpeg").write_bytes(b"")


def test_the_grid_shows_all(tmp_path: Path) -> None:
    drawn = [entry for entry, _ in entries(tmp_path, [GenerationRequest("a", seed=s) for s in range(3)], Painter())]
    save_grid(tmp_path, drawn, 2, tmp_path / "grid.jpeg")
    with Image.open(tmp_path / "grid.jpeg") as grid:
        assert grid.size == (640, 720)
        left, right = grid.getpixel((160, 160)), grid.getpixel((480, 520))
    assert isinstance(left, tuple)
    assert left[0] > 200 > 100 > left[1]
    assert right == (255, 255, 255)
