import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest
from starlette.requests import Request
from starlette.types import Message

from seedbed.errors import BodyTooLarge, ServerBusy
from seedbed.service.bodies import FREE_BYTES, Room, received_body
from tests.process import KEY, TASKS, Server, serving


def request(chunks: Sequence[bytes], headers: dict[str, str] | None = None) -> Request:
    left = list(chunks)

    async def receive() -> Message:
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def read(request: Request, limit: int, room: Room | None = None) -> bytes:
    async def read_it() -> bytes:
        async with received_body(request, limit, room or Room(2 * limit)) as body:
            return bytes(body)

    return asyncio.run(read_it())


def test_a_body_is_read_whole() -> None:
    assert read(request([b"ab", b"", b"cd"]), 4) == b"abcd"
    assert read(request([b"a" * FREE_BYTES, b"b"]), FREE_BYTES + 1) == b"a" * FREE_BYTES + b"b"


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
        read(request(chunks, headers), 4)


def test_a_body_that_never_ends_is_given_up_at_the_limit() -> None:
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    endless = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(BodyTooLarge):
        read(endless, 95)
    assert taken == 10


LARGE = 2 * FREE_BYTES


def large(headers: dict[str, str] | None = None) -> Request:
    return request([b"x" * FREE_BYTES] * 2, headers)


async def hold(room: Room, count: int, order: list[int], until: asyncio.Event) -> None:
    async with room.take(count):
        order.append(count)
        await until.wait()


@asynccontextmanager
async def held(room: Room, *counts: int) -> AsyncIterator[tuple[list[int], list[asyncio.Event]]]:
    """Asks for `counts` bytes, one after the other: which have them by now, and how each is to leave."""
    order: list[int] = []
    leave = [asyncio.Event() for _ in counts]
    tasks = [asyncio.create_task(hold(room, count, order, go)) for count, go in zip(counts, leave, strict=True)]
    await asyncio.sleep(0)
    yield order, leave
    for go in leave:
        go.set()
    await asyncio.gather(*tasks)


def test_room_is_given_out_in_the_order_of_asking() -> None:
    async def ask() -> None:
        async with held(Room(10), 7, 8, 3, 1) as (order, leave):
            assert order == [7], "the third would fit, but came after the second"
            leave[0].set()
            await asyncio.sleep(0.01)
            assert order == [7, 8]
            leave[1].set()
            await asyncio.sleep(0.01)
            assert order == [7, 8, 3, 1]

    asyncio.run(ask())


def test_who_finds_no_room_in_time_is_asked_to_come_again_and_stands_in_nobodys_way() -> None:
    async def ask() -> None:
        room = Room(10, patience=0.05)
        async with held(room, 6) as (order, leave):
            with pytest.raises(ServerBusy):
                async with room.take(5):
                    pass
            async with room.take(4):
                order.append(4)
            leave[0].set()
            await asyncio.sleep(0.01)
            async with room.take(10):
                assert order == [6, 4]

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("announced", "fits"), [(str(LARGE), True), (str(LARGE + 1), False), (None, False)], ids=["exact", "more", "none"]
)
def test_a_large_body_takes_the_room_that_it_announces_or_that_it_may_need(announced: str | None, fits: bool) -> None:
    room = Room(LARGE, patience=0.05)
    headers = {} if announced is None else {"content-length": announced}
    if fits:
        assert len(read(large(headers), 4 * LARGE, room)) == LARGE
        return
    with pytest.raises(ServerBusy):
        read(large(headers), 4 * LARGE, room)


def test_a_small_body_needs_no_room() -> None:
    assert len(read(request([b"x" * FREE_BYTES]), 4 * LARGE, Room(0))) == FREE_BYTES


def test_room_comes_back_whatever_becomes_of_the_body() -> None:
    async def refuse_then_read() -> None:
        room = Room(LARGE)
        with pytest.raises(BodyTooLarge):
            async with received_body(request([b"x" * FREE_BYTES] * 3, {"content-length": str(LARGE)}), LARGE, room):
                pass
        with pytest.raises(ZeroDivisionError):
            async with received_body(large(), LARGE, room):
                raise ZeroDivisionError
        async with received_body(large(), LARGE, room) as body:
            assert len(body) == LARGE

    asyncio.run(refuse_then_read())


MEBIBYTE = 1024 * 1024
LIMIT = 8 * MEBIBYTE
CLIENTS = 24


def body_in_parts(go_on: Event) -> Iterator[bytes]:
    """A body of the largest size, whose end waits for `go_on`."""
    head, end = b'{"prompt":"a cat","reference_images":["', b'"]}'
    yield head
    for _ in range(LIMIT // MEBIBYTE - 1):
        yield b"A" * MEBIBYTE
    yield b"A" * (MEBIBYTE - len(head) - len(end))
    assert go_on.wait(60)
    yield end


def test_many_large_bodies_at_once_stay_within_a_bounded_memory(tmp_path: Path) -> None:
    """All but their last bytes are sent; without a bound the server would hold 192 MiB of them."""
    go_on, statuses = Event(), list[int]()
    length = {"content-length": str(LIMIT), "x-freepik-api-key": KEY}

    def send(url: str) -> None:
        answer = httpx2.post(url, content=body_in_parts(go_on), headers=length, timeout=120)
        statuses.append(answer.status_code)

    with serving(tmp_path, max_body_bytes=str(LIMIT)) as server:
        url = f"http://127.0.0.1:{server.port}{TASKS}"
        before = peak(server)
        threads = [Thread(target=send, args=(url,)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        time.sleep(3)
        go_on.set()
        for thread in threads:
            thread.join()
        grown = peak(server) - before
        assert server.ask("GET", "/livez") is not None
    print(f"grown by {grown / MEBIBYTE:.0f} MiB; {Counter(statuses)}")
    assert grown < 16 * LIMIT
    assert statuses.count(200) >= 2
    assert set(statuses) <= {200, 503}


def peak(server: Server) -> int:
    """The most bytes of memory that the server's process ever held."""
    assert server.process is not None
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
