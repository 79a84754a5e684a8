from datetime import UTC, datetime

import pytest

from seedbed.errors import LinkError
from seedbed.request import GenerationRequest, PixelSize
from seedbed.store.links import LinkSigner
from seedbed.task import StoredImage, Task, TaskStatus

FINISHED = 1_700_000_000.25
PATH = "04/result_SEEDREAM_V4_046b6c7f_0.jpeg"


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def signer(now: float = FINISHED, ttl: int = 100, secret: bytes = b"secret") -> LinkSigner:
    return LinkSigner(secret, ttl, Clock(now))


def task(**changes: object) -> Task:
    finished = datetime.fromtimestamp(FINISHED, UTC)
    values: dict[str, object] = {
        "task_id": "046b6c7f",
        "key_id": "k",
        "request": GenerationRequest("a cat", seed=1),
        "status": TaskStatus.COMPLETED,
        "created_at": finished,
        "finished_at": finished,
        "image": StoredImage(PATH, PixelSize(8, 8), "noop", "0" * 64),
    }
    return Task(**{**values, **changes})  # type: ignore[arg-type]


def test_a_token_has_the_contracts_form_and_opens_its_path() -> None:
    token = signer().sign(PATH, 1_700_000_100)
    assert token.startswith("exp=1700000100~hmac=")
    assert signer().verify(PATH, token) == 100


def test_an_expired_token_opens_nothing() -> None:
    token = signer().sign(PATH, 1_700_000_100)
    assert signer(now=1_700_000_099.5).verify(PATH, token) == 1
    with pytest.raises(LinkError, match="expired"):
        signer(now=1_700_000_100).verify(PATH, token)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace("exp=1700000100", "exp=1700009999"),
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token.upper(),
        lambda token: token + " ",
        lambda token: "",
        lambda token: "exp=~hmac=",
        lambda token: token.replace("exp=1", "exp=١"),
    ],
)
def test_a_changed_token_opens_nothing(change: object) -> None:
    token = signer().sign(PATH, 1_700_000_100)
    assert callable(change)
    with pytest.raises(LinkError, match="not signed"):
        signer().verify(PATH, change(token))


def test_a_token_opens_no_other_path_and_no_other_servers_image() -> None:
    token = signer().sign(PATH, 1_700_000_100)
    with pytest.raises(LinkError):
        signer().verify(PATH + "x", token)
    with pytest.raises(LinkError):
        signer(secret=b"other").verify(PATH, token)


def test_the_url_is_that_of_the_contract() -> None:
    url = signer().url(task(), "https://host/")
    token = signer().sign(PATH, 1_700_000_101)
    assert url == f"https://host/images/{PATH}?token={token}"


def test_the_url_stays_the_same_while_it_is_good_and_is_signed_anew_after() -> None:
    first = signer().url(task(), "http://h")
    assert signer(FINISHED + 89).url(task(), "http://h") == first
    later = signer(FINISHED + 1000).url(task(), "http://h")
    assert later != first
    assert later is not None
    assert signer(FINISHED + 1000).verify(PATH, later.partition("?token=")[2]) > 0


@pytest.mark.parametrize("ttl", [1, 2, 3, 10, 3600])
@pytest.mark.parametrize("age", [0.0, 0.5, 1.0, 1.5, 2.0, 9.5, 3239.0, 3600.0, 123456.7])
def test_a_url_that_is_handed_out_is_never_dead_and_never_outlives_its_ttl(ttl: int, age: float) -> None:
    left = signer(FINISHED + age, ttl).expiry(FINISHED) - (FINISHED + age)
    assert 0 < left <= ttl + 1
    assert left >= ttl // 10


def test_a_task_without_image_has_no_url() -> None:
    assert signer().url(task(image=None), "http://h") is None
    assert signer().body(task(image=None, status=TaskStatus.CREATED, finished_at=None), "http://h") == {
        "task_id": "046b6c7f",
        "status": "CREATED",
        "generated": [],
    }


def test_the_body_of_a_failed_task_says_why() -> None:
    failed = task(image=None, status=TaskStatus.FAILED, error="the engine's process died")
    assert signer().body(failed, "http://h") == {
        "task_id": "046b6c7f",
        "status": "FAILED",
        "generated": [],
        "error": "the engine's process died",
    }
