"""How a picture comes along, small, for whoever looks on while it is drawn: made rarely, and never for nobody."""

import io
import time
from collections.abc import Callable, Sequence

from PIL import Image

from seedbed.engine.engine import Viewer

__all__ = ["NO_PREVIEWS", "SIDE", "Previews"]

SIDE = 256
"""Pixels of the longer side, at most."""
QUALITY = 70
PAUSE_SECONDS = 0.3
"""From one preview to the next, at least."""
COST = 20.0
"""How many times as long as making one took the pause after it is: they take no more than a twentieth of the time."""


class Previews:
    """The previews of one drawing, of one picture or of several at once.

    Args:
        viewers: who looks on, for each picture; None where nobody ever does.
        clock: seconds that only grow.
    """

    def __init__(self, viewers: Sequence[Viewer | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._viewers = [(place, viewer) for place, viewer in enumerate(viewers) if viewer is not None]
        self._clock = clock
        self._due = clock()

    def offer(self, make: Callable[[int], Image.Image]) -> None:
        """Show how each picture comes along that somebody looks at, if it is time for that.

        Args:
            make: gives the picture of that place among those that are drawn, at any size.
        """
        began = self._clock()
        looking = [(place, viewer) for place, viewer in self._viewers if viewer.is_looking]
        if not looking or began < self._due:
            return
        for place, viewer in looking:
            viewer.show(_small(make(place)))
        self._due = began + max(PAUSE_SECONDS, COST * (self._clock() - began))


NO_PREVIEWS = Previews(())
"""Of a drawing at which nobody ever looks on."""


def _small(picture: Image.Image) -> bytes:
    picture.thumbnail((SIDE, SIDE))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=QUALITY)
    return jpeg.getvalue()
