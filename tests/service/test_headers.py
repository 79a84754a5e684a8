from datetime import UTC, datetime
from urllib.parse import unquote

from seedbed.request import AspectRatio, GenerationRequest, PixelSize, Resolution
from seedbed.service.headers import listed, task_headers
from seedbed.task import StoredImage, Task, TaskStatus

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REQUEST = GenerationRequest("a cat", AspectRatio.WIDESCREEN_16_9, seed=7)


def test_a_waiting_task_tells_seed_size_and_place() -> None:
    task = Task("t", "k", REQUEST, TaskStatus.CREATED, NOW)
    assert task_headers(task, Resolution.TWO_K, queue_position=3) == {
        "x-seedbed-seed": "7",
        "x-seedbed-size": "2560x1440",
        "x-seedbed-queue-position": "3",
    }


def test_a_task_that_is_drawn_tells_its_step() -> None:
    task = Task("t", "k", REQUEST, TaskStatus.IN_PROGRESS, NOW, step=3, num_inference_steps=10)
    assert task_headers(task, Resolution.ONE_K)["x-seedbed-step"] == "3/10"


def test_a_finished_task_tells_what_drew_it_and_what_was_left_out() -> None:
    image = StoredImage(
        "p.jpeg",
        PixelSize(8, 4),
        "sprout",
        "ab" * 32,
        ("zorp", "größe", "a,b"),
        (("pizzza", "pizza"), ("rösen", "rose")),
    )
    task = Task("t", "k", REQUEST, TaskStatus.COMPLETED, NOW, image=image, step=10, num_inference_steps=10)
    assert task_headers(task, Resolution.TWO_K) == {
        "x-seedbed-seed": "7",
        "x-seedbed-size": "8x4",
        "x-seedbed-model": "sprout",
        "x-seedbed-model-digest": "ab" * 32,
        "x-seedbed-ignored-words": "zorp,gr%C3%B6%C3%9Fe,a%2Cb",
        "x-seedbed-read-as": "pizzza=pizza,r%C3%B6sen=rose",
    }


def test_a_list_survives_any_language_and_any_length() -> None:
    words = [f"wort-{number}-😀\r\n" for number in range(1000)]
    value = listed("h", words)["h"]
    assert value.isascii()
    assert value.isprintable()
    assert len(value) < 2100
    *shown, more = value.split(",")
    assert more == "..."
    assert [unquote(word) for word in shown] == words[: len(shown)]


def test_no_words_no_header() -> None:
    assert listed("h", []) == {}
    assert listed("h", ["x" * 5000]) == {"h": "..."}
