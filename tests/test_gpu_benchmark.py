"""The benchmark that waits for a GPU: tried on the processor, so that it runs when one is lent."""

from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(find_spec("diffusers") is None, reason="the extra [diffusers] is not installed")

PARTS = ("a picture", "exactness", "determinism", "batches", "cancelling", "built anew")


@pytest.mark.parametrize("family", ["FLUX.2 klein", "Z-Image"])
def test_all_of_it_runs_on_a_processor(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.gpu import main

    # Too few minutes for the compiler, which has a test of its own.
    assert main(["--tiny", "--family", family, "--minutes", "1.9", "--repeats", "1"]) == 0
    said = capsys.readouterr().out
    assert "| again | the same |" in said
    assert "| after others' pictures (batches of one: `exact`) | the same |" in said
    assert "Built anew from the same seed, beside the first's picture: the same." in said
    assert "Not measured, compiled blocks" in said
    assert not [part for part in PARTS if f"Not measured, {part}" in said]


def test_what_does_not_fit_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.gpu import Clock

    def fail() -> None:
        raise RuntimeError("no kernel image is available\nand more")

    clock = Clock(minutes=1.0)
    clock.part("the long one", 90.0, fail)
    assert "Not measured, the long one: it needs about 90 s" in capsys.readouterr().out
    assert not clock.has_failed
    clock.part("the short one", 1.0, fail)
    assert "Failed, the short one: RuntimeError: no kernel image is available\n" in capsys.readouterr().out
    assert clock.has_failed


@pytest.mark.parametrize(("family", "billions"), [("FLUX.2 klein", 3.88), ("Z-Image", 6.15)])
def test_the_shapes_are_the_public_ones(family: str, billions: float) -> None:
    import torch
    from benchmarks.public_shapes import build_public

    # Where there is no memory at all, there are shapes all the same.
    pipeline = build_public(family, "meta", torch.bfloat16)
    weights = list(pipeline.transformer.parameters())
    assert sum(weight.numel() for weight in weights) / 1e9 == pytest.approx(billions, abs=0.01)
    assert {weight.dtype for weight in weights} == {torch.bfloat16}
    assert torch.get_default_dtype() == torch.float32
