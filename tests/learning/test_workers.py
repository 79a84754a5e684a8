import pytest
import torch
from torch import nn

from seedbed.errors import ConfigurationError
from seedbed.learning.precision import bfloat16_pays
from seedbed.learning.workers import ALONE, CPU, Worker, join


def test_alone_a_batch_is_the_workers_own() -> None:
    network = nn.Linear(1, 1)
    assert [ALONE.number(step) for step in (0, 5)] == [0, 5]
    assert ALONE.share(7) == 7
    assert ALONE.together(network) is network
    assert ALONE.mean(torch.tensor(0.5)) == 0.5
    assert ALONE.precision == (torch.bfloat16 if bfloat16_pays() else torch.float32)
    ALONE.wait()


def test_no_two_workers_and_steps_draw_by_the_same_number() -> None:
    workers = [Worker(CPU, rank, 3) for rank in range(3)]
    numbers = [worker.number(step) for step in range(4) for worker in workers]
    assert numbers == list(range(12))
    assert [worker.is_first for worker in workers] == [True, False, False]
    assert workers[0].share(6) == 2
    with pytest.raises(ConfigurationError, match="a batch of 64 cannot be shared by 3 processes"):
        workers[0].share(64)


def test_what_was_agreed_on_goes_before_what_is_measured() -> None:
    for precision in (torch.bfloat16, torch.float32):
        assert Worker(CPU, 1, 2, precision).precision == precision


def test_without_torchrun_one_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    with join("cpu") as worker:
        assert worker == ALONE


@pytest.mark.parametrize(("name", "reason"), [("tpu", "auto, cpu and cuda"), ("cuda", "needs a GPU of its own")])
def test_a_device_that_is_not_there_is_refused(name: str, reason: str) -> None:
    if name == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(ConfigurationError, match=reason), join(name):
        pass
