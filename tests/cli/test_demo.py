import os
import subprocess
import sys
from pathlib import Path

from PIL import Image


def demo(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")}
    environment |= {"SEEDBED_MODEL": "noop-faulty", "SEEDBED_POLL_INTERVAL": "0.05", **variables}
    command = [sys.executable, "-m", "seedbed", "demo", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_from_nothing_to_a_picture(tmp_path: Path) -> None:
    ran = demo(tmp_path, "--prompt", 'two owls\' "nest"', SEEDBED_API_KEYS="mine", SEEDBED_DATA_DIR="/nowhere")
    assert ran.returncode == 0, ran.stderr
    picture = tmp_path / "seedbed-demo.jpeg"
    with Image.open(picture) as image:
        assert image.format == "JPEG"
    assert str(picture) in ran.stdout
    assert "seed " in ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]


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
