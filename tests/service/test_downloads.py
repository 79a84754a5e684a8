import io

import httpx2
import pytest
from PIL import Image

from seedbed.service.downloads import parse_range
from seedbed.store.images import ImageStore
from tests.service.served import Served


@pytest.fixture(scope="module")
def url(served: Served) -> str:
    link: str = served.drawn().json()["data"]["generated"][0]
    return link


def test_the_url_alone_opens_a_jpeg(url: str) -> None:
    answer = httpx2.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-request-id"]
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.format == "JPEG"


def test_head_tells_the_same_without_the_image(url: str) -> None:
    head, get = httpx2.head(url), httpx2.get(url)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "accept-ranges"):
        assert head.headers[name] == get.headers[name]


def test_a_part_is_a_part(url: str) -> None:
    whole = httpx2.get(url).content
    part = httpx2.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert part.headers["content-length"] == "10"
    rest = httpx2.get(url, headers={"range": "bytes=-5"})
    assert (rest.status_code, rest.content) == (206, whole[-5:])


def test_a_part_beyond_the_end_cannot_be_had(url: str) -> None:
    size = len(httpx2.get(url).content)
    answer = httpx2.get(url, headers={"range": f"bytes={size}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert isinstance(answer.json()["message"], str)


def test_a_part_of_another_image_is_never_mixed_in(url: str) -> None:
    etag = httpx2.head(url).headers["etag"]
    same = httpx2.get(url, headers={"range": "bytes=0-0", "if-range": etag})
    other = httpx2.get(url, headers={"range": "bytes=0-0", "if-range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_what_did_not_change_is_not_sent_again(url: str) -> None:
    etag = httpx2.head(url).headers["etag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = httpx2.get(url, headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert httpx2.get(url, headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        ("?token=", "?tokens="),
        ("exp=", "exp=9"),
        ("~hmac=", "~hmac=0"),
        ("_0.jpeg", "_1.jpeg"),
        ("?token=", "/../x?token="),
    ],
)
def test_a_changed_url_is_forbidden(url: str, change: tuple[str, str]) -> None:
    answer = httpx2.get(url.replace(*change))
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("Forbidden")


def test_a_signed_image_that_is_gone_is_not_found(served: Served) -> None:
    link = served.drawn().json()["data"]["generated"][0]
    ImageStore(served.settings.storage).delete(link.partition("/images/")[2].partition("?")[0])
    answer = httpx2.get(link)
    assert (answer.status_code, answer.text) == (404, '{"message":"Image not found"}')


def test_every_get_of_a_task_names_the_same_url_while_it_is_good(served: Served) -> None:
    task = served.drawn().json()["data"]
    assert served.get(task["task_id"]).json()["data"] == task


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("bytes=0-9", range(0, 10)),
        ("Bytes = 0 - 9", range(0, 10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(0, 100)),
        ("bytes=-0", range(0)),
        ("bytes=100-", range(0)),
        ("bytes=100-200", range(0)),
        ("bytes=-", None),
        ("bytes=9-0", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_is_read_as_the_rfc_says(header: str, expected: range | None) -> None:
    assert parse_range(header, 100) == expected
