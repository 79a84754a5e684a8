"""What a newcomer types first. No other test goes through make, which reads its rules only when it needs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("goal", ["demo", "serve", "test", "test-machines", "docs", "format", "lock"])
def test_make_knows_how_to_reach_each_goal_from_nothing(goal: str) -> None:
    # As if nothing were there: otherwise the rules that install are never read.
    command = ["make", "--dry-run", "--always-make", goal]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "-m pip install --quiet" in ran.stdout


def test_python_keeps_what_it_compiled_even_where_the_shell_forbids_it() -> None:
    rule = f"probe: ; @{sys.executable} -c 'import sys; print(sys.dont_write_bytecode)'"
    command = ["make", "--no-print-directory", "--file", "Makefile", "--file", "/dev/stdin", "probe"]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input=rule, env=env)
    assert ran.stdout == "False\n", ran.stderr
