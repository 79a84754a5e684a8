import io

import pytest
from PIL import Image

from seedbed.errors import StorageError
from seedbed.service.thumbnails import thumbnail
from tests.service.served import Served


def jpeg(width: int, height: int) -> bytes:
    held = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(held, "JPEG")
    return held.getvalue()


@pytest.mark.parametrize(
    ("size", "small"), [((2560, 1440), (384, 216)), ((1440, 2560), (216, 384)), ((64, 64), (64, 64))]
)
def test_the_longer_side_is_as_asked_and_the_shape_kept(size: tuple[int, int], small: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(thumbnail(jpeg(*size), 384))) as image:
        assert image.size == small
        assert image.format == "JPEG"


def test_it_looks_like_the_whole() -> None:
    with Image.open(io.BytesIO(thumbnail(jpeg(1024, 1024), 64))) as image:
        top, bottom = image.getpixel((32, 2)), image.getpixel((32, 61))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] < 30
    assert bottom[0] > 225


@pytest.mark.parametrize("damaged", [b"", b"no picture", jpeg(64, 64)[:200]])
def test_what_is_no_picture_is_a_storage_error(damaged: bytes) -> None:
    with pytest.raises(StorageError):
        thumbnail(damaged, 64)


def test_the_token_of_the_whole_opens_it(served: Served) -> None:
    url = served.drawn(prompt="small").json()["data"]["generated"][0].replace("/images/", "/thumbnails/")
    answer = served.client.get(url, params={"side": 32, "token": url.partition("token=")[2]})
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) == 32
    again = {"if-none-match": answer.headers["etag"]}
    assert served.client.get(f"{url}&side=32", headers=again).status_code == 304
    assert served.client.get(f"{url}&side=40", headers=again).status_code == 200
    assert served.client.get(url.partition("?")[0]).status_code == 403
    assert served.client.get(f"{url}0").status_code == 403
    assert served.client.get(f"{url}&side=5000").status_code == 400
