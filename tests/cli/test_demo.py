import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.engine.test_process import wait_dead


def demo(folder: Path, *arguments: str, within: float = 120, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    environment |= {"SEEDBED_MODEL": "noop-faulty", "SEEDBED_POLL_INTERVAL": "0.05", **variables}
    command = [sys.executable, "-m", "seedbed", "demo", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=within)


def test_from_nothing_to_a_picture(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--prompt", 'two owls\' "nest"', SEEDBED_API_KEYS="mine", SEEDBED_DATA_DIR="/nowhere")
    assert ran.returncode == 0, ran.stderr
    picture = tmp_path / "seedbed-demo.jpeg"
    with Image.open(picture) as image:
        assert image.format == "JPEG"
    assert str(picture) in ran.stdout
    assert "seed " in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]


def test_a_program_is_told_as_json(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--prompt", "zwei Eulen: 猫", "--output", "owls.jpeg", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["file"], told["prompt"]) == (str(tmp_path / "owls.jpeg"), "zwei Eulen: 猫")
    assert 0 < told["drawn_in"] < told["seconds"]
    assert told["seed"] >= 0
    assert (tmp_path / "owls.jpeg").is_file()


@pytest.mark.timeout(900)
def test_an_open_model_from_a_folder_is_demonstrated_as_well(tmp_path: Path) -> None:
    pytest.importorskip("diffusers", reason="the extra [diffusers] is not installed")
    from tests.engine.tiny_pipelines import save_tiny

    save_tiny("Z-Image", tmp_path / "my model")
    few = {"SEEDBED_MEGAPIXELS": "0.1", "SEEDBED_NUM_INFERENCE_STEPS": "2", "SEEDBED_RESOLUTION": "1k"}
    few["SEEDBED_ENGINE_START_TIMEOUT"] = "800"
    ran = demo(tmp_path, SEEDBED_MODEL="./my model", within=800, **few)
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "seedbed-demo.jpeg") as image:
        assert (image.format, image.size) == ("JPEG", (1024, 1024))
        assert "my model" in image.getexif()[0x0131]


def test_a_picture_that_cannot_be_drawn_is_one_sentence(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--prompt", "fail")
    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines()[-1] == (
        "seedbed: the picture could not be drawn: the prompt asked for a failure"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_there_is_not_is_one_sentence(tmp_path: Path) -> None:
    ran = demo(tmp_path, SEEDBED_MODEL="no-such-model")
    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines()[-1].startswith("seedbed: the demo's server did not start: SEEDBED_MODEL=no")


def test_a_server_that_cannot_start_is_one_sentence(tmp_path: Path) -> None:
    ran = demo(tmp_path, SEEDBED_STORAGE_URL="ignored", SEEDBED_QUEUE_LIMIT="none")
    assert ran.returncode == 1
    assert "SEEDBED_QUEUE_LIMIT" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_demo_that_is_ended_takes_its_server_with_it(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    environment |= {"SEEDBED_MODEL": "noop-faulty", "SEEDBED_SHUTDOWN_GRACE": "0.1", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "seedbed", "demo", "--prompt", "slow 60"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while not (logs := list(tmp_path.glob("*/server.log"))) or "task in progress" not in logs[0].read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        server = children(process.pid)
        process.terminate()
        process.wait(30)
    assert server
    for pid in server:
        wait_dead(pid)
    assert list(tmp_path.iterdir()) == []


def children(pid: int) -> list[int]:
    return [int(pid) for file in Path(f"/proc/{pid}/task").glob("*/children") for pid in file.read_text().split()]
