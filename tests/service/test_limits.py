import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from seedbed.errors import BodyTooLarge
from seedbed.service.limits import RateLimiter, read_body


class Clock:
    now = 600.0

    def __call__(self) -> float:
        return self.now


def request(chunks: Sequence[bytes], headers: dict[str, str] | None = None) -> Request:
    left = list(chunks)

    async def receive() -> Message:
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def test_what_is_granted_and_left_is_told_in_the_contracts_headers() -> None:
    limiter = RateLimiter(2, Clock())
    assert limiter.take("a").headers == {
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "1",
        "x-ratelimit-reset": "60",
    }
    assert [limiter.take("a").granted for _ in range(3)] == [True, False, False]
    assert limiter.take("a").remaining == 0


def test_one_caller_takes_nothing_from_another() -> None:
    limiter = RateLimiter(1, Clock())
    assert limiter.take("a").granted
    assert limiter.take("b").granted
    assert not limiter.take("a").granted


def test_the_next_window_starts_anew_when_reset_says_so() -> None:
    clock = Clock()
    limiter = RateLimiter(1, clock)
    clock.now = 659.5
    limiter.take("a")
    refused = limiter.take("a")
    assert (refused.granted, refused.reset) == (False, 1)
    clock.now += refused.reset
    assert limiter.take("a").granted


def test_a_body_is_read_whole() -> None:
    assert asyncio.run(read_body(request([b"ab", b"", b"cd"]), 4)) == b"abcd"


@pytest.mark.parametrize(
    ("chunks", "headers"),
    [
        ([b"abcde"], {}),
        ([b"ab"] * 3, {}),
        ([b""], {"content-length": "5"}),
        ([b""], {"content-length": "9" * 400}),
        ([b"abcde"], {"content-length": "1"}),
    ],
)
def test_a_body_over_the_limit_is_refused(chunks: list[bytes], headers: dict[str, str]) -> None:
    with pytest.raises(BodyTooLarge, match="at most 4 bytes"):
        asyncio.run(read_body(request(chunks, headers), 4))


def test_a_body_that_never_ends_is_given_up_at_the_limit() -> None:
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    endless = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(BodyTooLarge):
        asyncio.run(read_body(endless, 95))
    assert taken == 10
