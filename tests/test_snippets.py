"""The shell in the documents runs as it stands, against the real server; what cannot is named here with its reason."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.served import KEY, Served, serving

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
SNIPPETS = {
    f"{document.relative_to(ROOT)} {number}": code
    for document in DOCUMENTS
    for number, code in enumerate(
        re.findall(r"^```sh\n(.*?)^```", document.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
}
"""Every block of shell, by its document and its place among the blocks there."""

RUN: dict[str, tuple[str, ...]] = {
    "docs/command-line.md 0": ("fox.jpeg", "owls/manifest.jsonl", "pictures/manifest.jsonl"),
    "docs/command-line.md 1": ("picture.jpeg",),
    "docs/command-line.md 2": (),
    "docs/command-line.md 3": (),
    "docs/command-line.md 4": (".bashrc",),
    "docs/hosted.md 0": (),
    "docs/quickstart.md 2": ("owls.jpeg",),
}
"""Those that run here, and the files that they leave."""

ELSEWHERE = {
    "docs/models.md 0": "tests/test_models_guide.py::test_a_model_is_pulled_and_served",
    "docs/models.md 1": "tests/test_models_guide.py::test_a_model_behind_another_server_is_served",
    "docs/models.md 2": "tests/test_models_guide.py::test_several_models_are_served_each_by_its_route",
    "README.md 1": "tests/test_readme.py::test_the_lines_of_curl_draw_a_picture",
}
"""Those that another test runs."""

NOT_RUN = {
    "CONTRIBUTING.md 0": "it is what runs this test",
    "README.md 0": "make would build a venv of its own; tests/cli/test_demo.py runs what its demo runs",
    "README.md 2": "Caddy asks the world for a certificate for a public name",
    "docs/deploying.md 0": "Caddy asks the world for a certificate for a public name",
    "docs/machines.md 0": "it wants a Postgres and a bucket at those names; tests/test_workers.py has its own",
    "docs/quickstart.md 0": "make would build a venv of its own; tests/cli/test_demo.py runs what it runs",
    "docs/quickstart.md 1": "make would build a venv of its own",
    "docs/training.md 0": "it downloads the icons, and trains for an hour",
    "docs/training.md 1": "it trains for days",
}
"""Those that cannot run in a test, and why."""

OTHER_LANGUAGES = {
    "ARCHITECTURE.md text": "tests/test_architecture.py",
    "README.md python": "tests/test_readme.py",
    "docs/mcp.md json": "tests/cli/test_mcp.py",
    "docs/openai.md python": "tests/test_guides.py",
    "docs/python.md python": "tests/test_guides.py",
    "docs/quickstart.md python": "tests/test_guides.py",
    "docs/receivers.md javascript": "tests/test_site.py",
    "docs/receivers.md perl": "tests/test_site.py",
    "docs/receivers.md python": "tests/test_site.py",
    "docs/webhooks.md json": "tests/workflow/test_deliver.py",
}
"""What is not shell, by document and language, and the file that runs it or holds it against what is sent."""

PROMPTS = {
    "prompts.csv": "prompt,seed\ntwo owls,3\n",
    "prompts.txt": "a cat\na dog\n",
    "prompts.jsonl": '{"prompt": "a house", "seed": 4}\n',
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


def test_each_is_run_or_has_a_reason() -> None:
    accounted = [*RUN, *ELSEWHERE, *NOT_RUN]
    assert sorted(accounted) == sorted(SNIPPETS)
    for test in ELSEWHERE.values():
        file, _, name = test.partition("::")
        assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_each_that_is_not_shell_is_held_by_a_test() -> None:
    found = {
        f"{document.relative_to(ROOT)} {language}"
        for document in DOCUMENTS
        for language in re.findall(r"^ *```([a-z]+)$", document.read_text("utf-8"), re.MULTILINE)
        if language != "sh"
    }
    assert found == set(OTHER_LANGUAGES)
    for file in OTHER_LANGUAGES.values():
        assert (ROOT / file).is_file()


@pytest.mark.parametrize("snippet", RUN)
def test_a_documents_shell_runs(snippet: str, served: Served, tmp_path: Path) -> None:
    task = served.drawn(prompt="a cat").json()["data"]["task_id"]
    code = SNIPPETS[snippet]
    for placeholder, value in {"http://127.0.0.1:8000": served.url, "sb_…": KEY, "TASK_ID": task}.items():
        code = code.replace(placeholder, value)
    for name, text in PROMPTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ran = subprocess.run(
        # Not the last command: bash would become that, and it could not find the shell that it was typed in.
        ["bash", "-euo", "pipefail", "-c", f"{code}\nexit"],
        cwd=tmp_path,
        env=_environment(tmp_path, served),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip()
    assert [name for name in RUN[snippet] if not (tmp_path / name).stat().st_size] == []


def _environment(folder: Path, served: Served) -> dict[str, str]:
    """A user's: a home of its own, `seedbed` in its path, a model that draws at once, the server's own settings."""
    for place in (folder / "bin", folder / ".venv" / "bin"):
        place.mkdir(parents=True)
        (place / "seedbed").write_text(f'#!/bin/sh\nexec {sys.executable} -m seedbed "$@"\n')
        (place / "seedbed").chmod(0o755)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SEEDBED_")},
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "NO_PROXY": "*",
        "KEY": KEY,
        "SEEDBED_CLIENT_URL": served.url,
        "SEEDBED_CLIENT_KEY": KEY,
        "SEEDBED_MODEL": "noop",
        "SEEDBED_DATA_DIR": str(served.settings.data_dir),
        **({"SEEDBED_DATABASE_URL": served.settings.database_url} if served.settings.database_url else {}),
    }
