"""The commands of docs/models.md run as they stand: a hub and a server of images of the tests' own, a tiny model."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from seedbed import Client
from tests.engine.hub_server import hub_server
from tests.engine.images_server import images_server
from tests.service.served import KEY

pytestmark = pytest.mark.skipif(find_spec("diffusers") is None, reason="the extra [diffusers] is not installed")

GUIDE = (Path(__file__).parent.parent / "docs" / "models.md").read_text(encoding="utf-8")
SNIPPETS: list[str] = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
REMOTE = "http://127.0.0.1:30000"
QUICK = {"MODEL_FAMILY": "Z-Image", "NUM_INFERENCE_STEPS": "2", "MEGAPIXELS": "0.01", "RESOLUTION": "1k"}
PATIENT = {"ENGINE_START_TIMEOUT": "1200", "ENGINE_TIMEOUT": "600"}
PROGRAMS = {
    "seedbed": f'#!/bin/sh\nexec {sys.executable} -m seedbed "$@"\n',
    # What it would install, the tests have; what is to be seen is that all the rest then works.
    "pip": "#!/bin/sh\nexit 0\n",
}

os.environ["NO_PROXY"] = "*"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A tiny model's folder."""
    from tests.engine.tiny_pipelines import save_tiny

    return save_tiny("Z-Image", tmp_path / "Z-Image")


@contextmanager
def served(folder: Path, code: str, **variables: str) -> Iterator[str]:
    """The address of the server that the last of these commands starts; all of them end with the block."""
    (folder / "bin").mkdir()
    for name, program in PROGRAMS.items():
        (folder / "bin" / name).write_text(program)
        (folder / "bin" / name).chmod(0o755)
    settings = {**QUICK, **PATIENT, "API_KEYS": KEY, "PORT": "0", "POLL_INTERVAL": "0.05", "MODEL": "noop"}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")},
        **{f"SEEDBED_{name}": value for name, value in settings.items()},
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HF_HOME": str(folder / "cache"),
        **variables,
    }
    command = ["bash", "-euo", "pipefail", "-c", code]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
        try:
            lines = iter(process.stdout or ())
            address = next((found[1] for line in lines if (found := re.search(r"listens on (http://\S+)", line))), None)
            assert address is not None, (folder / "log").read_text()
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=120)


def test_all_of_its_commands_are_run_here() -> None:
    assert ["pull" in SNIPPETS[0], REMOTE in SNIPPETS[1], "SEEDBED_MODELS=" in SNIPPETS[2]] == [True] * 3
    assert len(SNIPPETS) == 3


@pytest.mark.timeout(1800)
def test_a_model_is_pulled_and_served(tmp_path: Path, model: Path) -> None:
    with hub_server(model) as hub:
        code = SNIPPETS[0].replace("Tongyi-MAI/Z-Image", "x/y")
        with served(tmp_path, code, HF_ENDPOINT=hub.url) as address, Client(address, api_key=KEY) as client:
            picture = client.generate("a cat", seed=1, timeout=1200)
    assert hub.downloads(".safetensors")
    assert str(picture.task.model).startswith("x/y")
    assert str(picture.task.size) == "1024x1024"


@pytest.mark.timeout(600)
def test_a_model_behind_another_server_is_served(tmp_path: Path) -> None:
    with images_server(models=("Qwen/Qwen-Image-2512",)) as remote:
        code = SNIPPETS[1].replace(REMOTE, remote.url)
        with served(tmp_path, code) as address, Client(address, api_key=KEY) as client:
            picture = client.generate("a cat", seed=1, timeout=500)
    assert "Qwen/Qwen-Image-2512" in str(picture.task.model)
    assert remote.bodies[-1]["prompt"] == "a cat"


@pytest.mark.timeout(1800)
def test_several_models_are_served_each_by_its_route(tmp_path: Path, model: Path) -> None:
    with images_server(models=("Qwen/Qwen-Image-2512",)) as remote:
        code = SNIPPETS[2].replace(REMOTE, remote.url).replace("Tongyi-MAI/Z-Image-Turbo", str(model))
        with served(tmp_path, code) as address, Client(address, api_key=KEY) as client:
            task = client.tasks.create("a cat", seed=1)
            assert client.tasks.wait(task.task_id, timeout=1200).model == "noop"
            drew = {alias: _drawn_by(client, alias) for alias in ("qwen", "fast")}
    assert "Qwen/Qwen-Image-2512" in drew["qwen"]
    assert model.name in drew["fast"]


def _drawn_by(client: Client, alias: str) -> str:
    """The model that drew a task of that route."""
    from seedbed.client.exchange import Send

    route = f"/v1/ai/text-to-image/{alias}"
    created = client.run(client.patience.task(Send("POST", route, json={"prompt": "a cat", "seed": 1})))
    return str(client.tasks.wait(created.task_id, timeout=1200).model)
