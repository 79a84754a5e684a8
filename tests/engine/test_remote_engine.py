import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from seedbed.engine.models import parse_model
from seedbed.engine.process import EngineProcess
from seedbed.engine.remote_engine import RemoteEngine
from seedbed.errors import ConfigurationError, EngineCrashed, EngineError, GenerationCancelled
from seedbed.request import AspectRatio, GenerationRequest, Resolution
from seedbed.settings import Settings
from tests.engine.images_server import Fault, ImagesServer, images_server
from tests.engine.test_jpeg import facts_of

ALL_FIELDS = frozenset(
    {"model", "prompt", "n", "size", "response_format", "output_format", "seed", "generator_device"}
    | {"guidance_scale", "true_cfg_scale", "negative_prompt"}
)


def ignore(_step: int, _total: int) -> None:
    pass


def engine_at(server: ImagesServer, model: str = "Tongyi-MAI/Z-Image", **settings: Any) -> RemoteEngine:
    given = {"remote_timeout": 5.0, "remote_retries": 1, "engine_start_timeout": 31.0, "resolution": Resolution.ONE_K}
    return RemoteEngine(Settings(**{**given, **settings}), parse_model(f"openai+{server.url}/{model}"))


@contextmanager
def warm(model: str = "Tongyi-MAI/Z-Image", **server_settings: Any) -> Iterator[tuple[ImagesServer, RemoteEngine]]:
    with images_server(**{"models": (model,), **server_settings}) as server:
        engine = engine_at(server, model)
        engine.warm_up()
        server.bodies.clear()
        yield server, engine


@pytest.mark.parametrize("ratio", AspectRatio)
def test_every_shape_comes_back_at_the_contracts_pixels(ratio: AspectRatio) -> None:
    with warm("Qwen/Qwen-Image-2512") as (server, engine):
        drawn = engine.draw(GenerationRequest("a cat", ratio, seed=7), ignore)
    size = ratio.pixel_size(Resolution.ONE_K)
    assert Image.open(io.BytesIO(drawn.jpeg)).size == (size.width, size.height)
    assert drawn.size == size
    asked = server.bodies[0]
    width, height = (int(side) for side in asked["size"].split("x"))
    # What Qwen-Image was trained on, and never far from our shape.
    assert 1_300_000 < width * height < 1_800_000
    assert abs(width / height - size.width / size.height) < 0.05
    assert drawn.remarks.ignored_parameters == ()


def test_prompt_seed_and_guidance_travel_in_the_models_own_words() -> None:
    with warm("Qwen/Qwen-Image-2512") as (server, engine):
        engine.draw(GenerationRequest("a 猫", guidance_scale=2.5, seed=2**31 - 1), ignore)
    body = server.bodies[0]
    assert body["prompt"] == "a 猫"
    assert body["seed"] == 2**31 - 1
    assert body["true_cfg_scale"] == 3.5
    assert body["negative_prompt"] == " "
    assert "guidance_scale" not in body


def test_the_same_request_gives_the_same_bytes_and_tells_its_making() -> None:
    with warm() as (_, engine):
        one, two, other = (engine.draw(GenerationRequest("a cat", seed=seed), ignore) for seed in (7, 7, 8))
    assert one == two
    assert one.jpeg != other.jpeg
    facts = facts_of(one.jpeg)
    assert facts["model"] == "Tongyi-MAI/Z-Image"
    assert facts["seed"] == "7"
    assert facts["model_digest"] == one.identity.digest


def test_a_model_without_guidance_is_asked_for_none_and_says_so() -> None:
    with warm("Tongyi-MAI/Z-Image-Turbo") as (server, engine):
        drawn = engine.draw(GenerationRequest("a cat", guidance_scale=9.0, seed=1), ignore)
    assert not {"guidance_scale", "true_cfg_scale"} & server.bodies[0].keys()
    assert drawn.remarks.ignored_parameters == ("guidance_scale",)


def test_guidance_beyond_what_a_server_takes_is_limited_and_told() -> None:
    with warm("Qwen/Qwen-Image") as (server, engine):
        drawn = engine.draw(GenerationRequest("a cat", guidance_scale=20.0, seed=1), ignore)
    assert server.bodies[0]["true_cfg_scale"] == 20.0
    assert drawn.remarks.applied_guidance_scale == 19.0


@pytest.mark.parametrize(("obeyed", "ignored"), [({"guidance_scale", "size"}, "seed"), ({"seed"}, "guidance_scale")])
def test_what_the_server_ignores_without_a_word_is_found_out(obeyed: set[str], ignored: str) -> None:
    with warm(obeys=frozenset(obeyed)) as (_, engine):
        drawn = engine.draw(GenerationRequest("a cat", seed=1), ignore)
    assert drawn.remarks.ignored_parameters == (ignored,)


def test_what_its_document_does_not_know_is_not_sent_and_told() -> None:
    with warm(knows=ALL_FIELDS - {"seed", "generator_device"}, obeys=frozenset({"guidance_scale"})) as (server, engine):
        drawn = engine.draw(GenerationRequest("a cat", seed=1), ignore)
    assert not {"seed", "generator_device"} & server.bodies[0].keys()
    assert "seed" in drawn.remarks.ignored_parameters


def test_a_field_that_is_refused_by_name_is_left_out_from_then_on_and_told() -> None:
    def strict(body: dict[str, Any], _number: int) -> Fault | None:
        unknown = sorted({"generator_device", "seed"} & body.keys())
        error = {"error": {"message": f"Unknown parameter: '{unknown[0]}'."}} if unknown else {}
        return Fault(400, json.dumps(error).encode()) if unknown else None

    with warm(fault=strict, obeys=frozenset({"guidance_scale"})) as (server, engine):
        drawn = engine.draw(GenerationRequest("a cat", seed=1), ignore)
        assert len(server.bodies) == 1
    assert "seed" in drawn.remarks.ignored_parameters


def test_a_refused_prompt_fails_with_the_servers_words_and_loses_no_field() -> None:
    def prude(body: dict[str, Any], _number: int) -> Fault | None:
        return Fault(400, b'{"detail": "not this: a rude seed"}') if "rude" in body["prompt"] else None

    with warm(fault=prude) as (server, engine):
        with pytest.raises(EngineError, match="refused the picture: not this: a rude seed"):
            engine.draw(GenerationRequest("a rude seed", seed=1), ignore)
        engine.draw(GenerationRequest("a cat", seed=1), ignore)
        assert server.bodies[-1]["seed"] == 1


def test_another_size_than_asked_is_cut_and_told() -> None:
    with warm(size=(640, 480)) as (_, engine):
        drawn = engine.draw(GenerationRequest("a cat", AspectRatio.WIDESCREEN_16_9, seed=1), ignore)
    assert str(drawn.size) == "1280x720"
    assert drawn.remarks.ignored_parameters == ("aspect_ratio",)


def test_a_picture_by_url_is_fetched_from_the_server_itself() -> None:
    with warm(as_url=True) as (_, engine):
        assert engine.draw(GenerationRequest("a cat", seed=1), ignore).jpeg


def test_a_picture_by_a_foreign_url_is_not_fetched() -> None:
    with images_server() as elsewhere:
        foreign = json.dumps({"data": [{"url": f"{elsewhere.url}/made/0"}]}).encode()
        with warm() as (server, engine):
            server.fault = lambda _body, _number: Fault(body=foreign)
            with pytest.raises(EngineError, match="holds no picture"):
                engine.draw(GenerationRequest("a cat", seed=1), ignore)


def test_a_busy_server_is_waited_for_as_long_as_it_says() -> None:
    def busy(_body: dict[str, Any], number: int) -> Fault | None:
        return Fault(429, headers={"retry-after": "1"}) if number == 0 else None

    with warm() as (server, engine):
        server.fault = busy
        began = time.monotonic()
        assert engine.draw(GenerationRequest("a cat", seed=1), ignore).jpeg
    assert 0.9 < time.monotonic() - began < 4
    assert len(server.bodies) == 2


def test_a_server_that_stays_busy_fails_the_picture_with_that_reason() -> None:
    with warm() as (server, engine):
        server.fault = lambda _body, _number: Fault(503, b'{"message": "queue full"}', {"retry-after": "60"})
        with pytest.raises(EngineError, match="busy: queue full"):
            engine.draw(GenerationRequest("a cat", seed=1), ignore)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"Internal Server Error"),
        Fault(hang_up=True),
        Fault(body=b"not JSON"),
        Fault(body=b'{"data": []}'),
        Fault(body=b'{"data": [{"b64_json": "%%%"}]}'),
        Fault(body=b'{"data": [{"b64_json": "iVBORw0KGgo="}]}'),
    ],
    ids=["500", "hang up", "no JSON", "no data", "no base64", "half a PNG"],
)
def test_a_passing_failure_is_tried_again_and_a_lasting_one_told(fault: Fault) -> None:
    with warm() as (server, engine):
        server.fault = lambda _body, number: fault if number == 0 else None
        assert engine.draw(GenerationRequest("a cat", seed=1), ignore).jpeg
        server.fault = lambda _body, _number: fault
        with pytest.raises(EngineError) as raised:
            engine.draw(GenerationRequest("a cat", seed=1), ignore)
    # The server itself is well: it is this picture that it cannot draw, and no other try would help.
    assert not isinstance(raised.value, EngineCrashed)


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    with images_server() as server:
        engine = engine_at(server, remote_timeout=2.0, remote_retries=0)
        engine.warm_up()
        server.fault = lambda _body, _number: Fault(after=30)
        with pytest.raises(EngineError, match=r"longer than 2 seconds"):
            engine.draw(GenerationRequest("a cat", seed=1), ignore)
        assert server.hung_up.wait(5)


def test_a_server_that_is_gone_is_a_crash() -> None:
    with warm() as (_, engine):
        pass
    with pytest.raises(EngineCrashed, match="did not answer"):
        engine.draw(GenerationRequest("a cat", seed=1), ignore)


def test_a_cancelled_picture_ends_at_once_and_the_server_hears_of_it() -> None:
    signs: list[tuple[int, int]] = []

    def cancel(step: int, total: int) -> None:
        signs.append((step, total))
        if len(signs) == 2:
            raise GenerationCancelled("enough")

    with warm() as (server, engine):
        server.fault = lambda _body, _number: Fault(after=30)
        began = time.monotonic()
        with pytest.raises(GenerationCancelled):
            engine.draw(GenerationRequest("a cat", seed=1), cancel)
        assert time.monotonic() - began < 3
        assert server.hung_up.wait(5)
    assert signs == [(0, 1), (0, 1)]


def test_warming_up_waits_for_a_server_that_still_starts() -> None:
    with images_server(healthy=False) as server:
        engine = engine_at(server, engine_start_timeout=60.0)
        threading.Timer(0.7, lambda: setattr(server, "healthy", True)).start()
        began = time.monotonic()
        engine.warm_up()
        assert time.monotonic() - began > 0.6


def test_a_server_that_never_starts_is_told() -> None:
    with images_server(healthy=False) as server, pytest.raises(EngineError, match="does not answer"):
        engine_at(server, engine_start_timeout=1.0).warm_up()


def test_the_only_model_of_a_server_needs_no_name() -> None:
    with images_server() as server:
        engine = engine_at(server, "")
        engine.warm_up()
        assert engine.identity.name == "Tongyi-MAI/Z-Image"


def test_who_draws_without_warming_up_names_the_model_too_and_sends_only_what_is_known() -> None:
    with images_server(knows=frozenset({"prompt", "model", "n", "size"})) as server:
        remarks = engine_at(server, "").draw(GenerationRequest("a cat", seed=1), ignore).remarks
        with pytest.raises(ConfigurationError, match="has no model 'x/y'"):
            engine_at(server, "x/y").draw(GenerationRequest("a cat", seed=1), ignore)
    assert [(body["model"], "seed" in body) for body in server.bodies] == [("Tongyi-MAI/Z-Image", False)]
    assert remarks.ignored_parameters == ("guidance_scale", "seed")
    with pytest.raises(EngineError, match="does not answer: start it, or mind its address"):
        engine_at(server, "").draw(GenerationRequest("a cat", seed=1), ignore)


def test_a_model_that_the_server_has_not_is_hopeless() -> None:
    with images_server() as server, pytest.raises(ConfigurationError, match="no model 'other': it has Tongyi"):
        engine_at(server, "other").warm_up()


def test_the_key_opens_and_without_it_there_is_no_hope() -> None:
    with images_server(key="secret") as server:
        engine_at(server, remote_api_key="secret").warm_up()
        with pytest.raises(ConfigurationError, match="Incorrect API key"):
            engine_at(server).warm_up()


def test_in_its_process_a_lost_server_is_the_tasks_retry() -> None:
    with images_server(key="secret") as server:
        address = f"openai+{server.url}/Tongyi-MAI/Z-Image"
        settings = Settings(model=address, remote_api_key="secret", remote_retries=0, remote_timeout=5)
        engine = EngineProcess(settings)
        engine.start()
        try:
            assert engine.wait_ready(60)
            assert engine.draw(GenerationRequest("a cat", seed=1), ignore).remarks.ignored_parameters == ()
            server.healthy = False
            server.fault = lambda _body, _number: Fault(hang_up=True)
            with pytest.raises(EngineCrashed, match="the remote server did not answer"):
                engine.draw(GenerationRequest("a cat", seed=1), ignore)
            # Not ready while it is away: tasks wait, and none of their attempts is used up.
            assert not engine.wait_ready(0.5)
            server.healthy, server.fault = True, lambda _body, _number: None
            assert engine.wait_ready(60)
            assert engine.draw(GenerationRequest("a cat", seed=1), ignore).jpeg
        finally:
            engine.close()
