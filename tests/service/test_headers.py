from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from seedbed.request import AspectRatio, GenerationRequest, PixelSize, Resolution
from seedbed.service.headers import listed, task_headers
from seedbed.task import NO_REMARKS, Remarks, StoredImage, Task, TaskStatus

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


def test_what_the_model_did_otherwise_is_told() -> None:
    def told(**remarks: Any) -> dict[str, str]:
        image = StoredImage("p.jpeg", PixelSize(8, 4), "m", "ab" * 32, remarks=Remarks(**remarks))
        task = Task("t", "k", REQUEST, TaskStatus.COMPLETED, NOW, image=image)
        known = task_headers(replace(task, image=replace(image, remarks=NO_REMARKS)), Resolution.TWO_K)
        return {name: value for name, value in task_headers(task, Resolution.TWO_K).items() if name not in known}

    assert told() == {}
    assert told(ignored_parameters=("guidance_scale", "seed")) == {
        "x-seedbed-ignored-parameters": "guidance_scale,seed",
        "x-seedbed-guidance-applied": "false",
    }
    assert told(is_flagged=True) == {"x-seedbed-safety": "flagged"}
    assert told(batch_size=4) == {"x-seedbed-batch-size": "4"}
    assert told(applied_guidance_scale=9.0, dropped_tokens=12, drawn_size="512x512") == {
        "x-seedbed-guidance-applied": "9",
        "x-seedbed-dropped-tokens": "12",
        "x-seedbed-drawn-size": "512x512",
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
