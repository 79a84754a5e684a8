from pathlib import Path

import pytest
import torch

from seedbed.compositor.atlas import Atlas
from seedbed.compositor.grounds import GroundBank
from seedbed.compositor.pages import Compositor
from seedbed.world.icons import IconLibrary
from tests.compositor.scenes import CANVASES, SCENES, names_of
from tests.training.conftest import one_thread
from tests.world.conftest import icons

__all__ = ["icons", "one_thread"]

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def library(icons: Path) -> IconLibrary:
    return IconLibrary(icons)


@pytest.fixture(scope="session")
def compositor(icons: Path) -> Compositor:
    """Draws all of `SCENES`, in any style."""
    bank = GroundBank(tuple(CANVASES.values()), CPU)
    return Compositor(Atlas.load(icons, names_of(SCENES), CPU), bank, CANVASES["square"].unit)
