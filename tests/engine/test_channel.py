import multiprocessing
import threading
import time

import pytest

from seedbed.engine.channel import Channel
from seedbed.errors import EngineCrashed, EngineTimeout


def pair() -> tuple[Channel, Channel]:
    one, two = multiprocessing.Pipe()
    return Channel(one), Channel(two)


def test_messages_and_bytes_arrive_in_order() -> None:
    here, there = pair()
    big = bytes(range(256)) * 40_000

    def send() -> None:
        there.send({"n": 1})
        there.send({"n": "zwölf"}, big)

    sender = threading.Thread(target=send)
    sender.start()
    assert here.receive(5) == ({"n": 1, "payload": False}, b"")
    assert here.receive(5) == ({"n": "zwölf", "payload": True}, big)
    sender.join()


def test_silence_is_a_timeout() -> None:
    here, _there = pair()
    started = time.monotonic()
    with pytest.raises(EngineTimeout, match=r"0\.1 seconds"):
        here.receive(0.1)
    assert time.monotonic() - started >= 0.1


def test_a_closed_end_is_a_crash_for_the_other() -> None:
    here, there = pair()
    there.close()
    with pytest.raises(EngineCrashed):
        here.receive(5)
    with pytest.raises(EngineCrashed):
        here.send({})


def test_what_was_sent_before_the_end_still_arrives() -> None:
    here, there = pair()
    there.send({"n": 1})
    there.close()
    assert here.receive(5)[0]["n"] == 1
    with pytest.raises(EngineCrashed):
        here.receive(5)
