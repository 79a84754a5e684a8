import platform

import torch

from seedbed.engine.build import build


def test_it_names_what_computes_a_picture() -> None:
    said = build("torch", "pillow", cpu="AVX2")
    assert said.startswith("seedbed ")
    assert f"torch {torch.__version__}" in said
    assert said.endswith(f", {platform.machine()} AVX2")


def test_what_is_not_installed_is_no_error() -> None:
    assert "no-such-package unknown" in build("no-such-package")
    assert build().endswith(f", {platform.machine()}")
