"""What the README says to do works when it is done."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from seedbed.errors import SignatureError
from seedbed.webhooks.signature import signed_headers
from tests.service.served import KEY, serving

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def snippet(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return found


@pytest.mark.skipif(not shutil.which("curl"), reason="the snippet needs curl")
def test_the_lines_of_curl_draw_a_picture(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as served:
        script = snippet("sh", "cat.jpeg").replace("http://127.0.0.1:8000", served.url)
        environment = {"KEY": KEY, "PATH": "/usr/bin:/bin", "no_proxy": "*"}
        subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environment, timeout=60, check=True)
    assert (tmp_path / "cat.jpeg").read_bytes().startswith(b"\xff\xd8")


def test_the_line_of_python_draws_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path / "data") as served:
        script = snippet("python", "Client(").replace("http://127.0.0.1:8000", served.url)
        exec(compile(script, "README.md", "exec"), {"KEY": KEY})
    assert (tmp_path / "owls.jpeg").read_bytes().startswith(b"\xff\xd8")


def test_the_lines_of_python_verify_a_webhook() -> None:
    code = compile(snippet("python", "verify("), "README.md", "exec")
    headers = signed_headers(["secret"], "msg_1", int(time.time()), b"{}")
    exec(code, {"secret": "secret", "headers": headers, "body": b"{}"})
    with pytest.raises(SignatureError):
        exec(code, {"secret": "another", "headers": headers, "body": b"{}"})
