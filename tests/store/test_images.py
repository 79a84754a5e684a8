import threading
import time
from pathlib import Path

import pytest

from seedbed.errors import ConfigurationError, ImageNotFound, StorageError
from seedbed.store.images import S3_PATIENCE, ImageStore, image_path
from tests.s3 import bucket, rclone


def store(folder: Path) -> ImageStore:
    return ImageStore(folder.as_uri())


def test_the_path_ends_as_the_contract_names_images() -> None:
    assert image_path("046b6c7f-0b8a") == "04/result_SEEDREAM_V4_046b6c7f-0b8a_0.jpeg"


def test_what_was_stored_is_read_whole_and_in_parts(tmp_path: Path) -> None:
    images = store(tmp_path / "new" / "folder with spaces #1 ü")
    images.put("a/b.jpeg", b"0123456789")
    assert images.get("a/b.jpeg") == b"0123456789"
    assert images.get("a/b.jpeg", range(2, 5)) == b"234"
    assert images.head("a/b.jpeg").size == 10


def test_the_etag_lasts_and_changes_with_the_image(tmp_path: Path) -> None:
    images = store(tmp_path)
    images.put("a.jpeg", b"one")
    first = images.head("a.jpeg").etag
    assert store(tmp_path).head("a.jpeg").etag == first
    images.put("a.jpeg", b"other")
    second = images.head("a.jpeg").etag
    assert second != first
    assert second[0] == second[-1] == '"'


@pytest.mark.parametrize("path", ["none.jpeg", "../secret", "a//b", "a/../../b", "folder", "\x00"])
def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    images = store(tmp_path / "images")
    images.put("folder/a.jpeg", b"a")
    with pytest.raises(ImageNotFound):
        images.head(path)
    with pytest.raises(ImageNotFound):
        images.get(path)


def test_deleting_twice_is_deleting_once(tmp_path: Path) -> None:
    images = store(tmp_path)
    images.put("a.jpeg", b"a")
    images.delete("a.jpeg")
    images.delete("a.jpeg")
    with pytest.raises(ImageNotFound):
        images.head("a.jpeg")


def test_a_store_nobody_understands_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="bogus://x"):
        ImageStore("bogus://x")


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    images = store(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"file/a\.jpeg"):
        images.put("file/a.jpeg", b"a")


def test_a_store_that_keeps_attributes_gets_the_type() -> None:
    images = ImageStore("memory:///")
    images.put("a/b.jpeg", b"0123456789")
    assert images.get("a/b.jpeg", range(0, 2)) == b"01"
    assert images.head("a/b.jpeg").size == 10


@pytest.mark.skipif(rclone() is None, reason="rclone is not installed")
def test_s3_keeps_what_a_folder_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket(tmp_path) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        images = ImageStore(served.url)
        images.put("a/b.jpeg", b"0123456789")
        assert images.get("a/b.jpeg") == b"0123456789"
        # It answers a part with 200, as several do that speak S3.
        assert images.get("a/b.jpeg", range(2, 5)) == b"234"
        first = images.head("a/b.jpeg")
        images.put("a/b.jpeg", b"another")
        assert images.head("a/b.jpeg").etag != first.etag
        assert (first.size, images.head("a/b.jpeg").size) == (10, 7)
        for _ in range(2):
            images.delete("a/b.jpeg")
        for path in ("a/b.jpeg", "../secret", "a/../../b", "\x00"):
            with pytest.raises(ImageNotFound):
                images.get(path)


@pytest.mark.skipif(rclone() is None, reason="rclone is not installed")
def test_an_s3_that_is_gone_is_a_storage_error_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket(tmp_path) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        images = ImageStore(served.url)
        images.put("a.jpeg", b"0123456789")
        served.stop()
        began = time.monotonic()
        for ask in (lambda: images.put("a.jpeg", b"other"), lambda: images.get("a.jpeg")):
            with pytest.raises(StorageError):
                ask()
        assert time.monotonic() - began < 4 * S3_PATIENCE.total_seconds()
        served.start()
        assert images.get("a.jpeg") == b"0123456789"


def test_no_reader_sees_half_an_image(tmp_path: Path) -> None:
    images = store(tmp_path)
    wholes = [bytes([digit]) * 3_000_000 for digit in (1, 2)]
    images.put("a.jpeg", wholes[0])
    writing = threading.Event()

    def write() -> None:
        for turn in range(10):
            images.put("a.jpeg", wholes[turn % 2])
        writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not writing.is_set():
        seen.append(images.get("a.jpeg"))
    writer.join()
    assert seen
    assert all(image in wholes for image in seen)
