"""The Python in the guides runs as it stands, against the real server."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedbed.webhooks.signature import signed_headers
from tests.service.served import KEY, Served, serving

GUIDES = Path(__file__).parent.parent / "docs"
SNIPPETS = [
    (guide, block)
    for guide in ("quickstart.md", "python.md", "openai.md")
    for block in re.findall(r"```python\n(.*?)```", (GUIDES / guide).read_text(encoding="utf-8"), re.DOTALL)
]
BODY = b'{"task_id": "t", "status": "COMPLETED", "generated": []}'

os.environ["NO_PROXY"] = "*"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.mark.parametrize(("guide", "code"), SNIPPETS, ids=[f"{g}-{n}" for n, (g, _) in enumerate(SNIPPETS)])
def test_a_guides_python_runs(
    guide: str, code: str, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known: dict[str, Any] = {
        "KEY": KEY,
        "SECRET": "secret",
        "headers": signed_headers(["secret"], "msg_1", int(time.time()), BODY),
        "body": BODY,
    }
    exec(compile(code.replace("http://127.0.0.1:8000", served.url), guide, "exec"), known)
    if guide == "openai.md":
        known["client"].close()
    saved = re.findall(r'save\("([^"]+)"\)', code)
    assert all((tmp_path / name).read_bytes().startswith(b"\xff\xd8") for name in saved)
