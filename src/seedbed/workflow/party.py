"""Tasks that are drawn in one batch, each in a thread of its own: once all are there, one drawing serves them all."""

import threading
from collections.abc import Sequence
from typing import Protocol

from seedbed.engine.engine import DrawnImage, OnStep, Viewer
from seedbed.errors import EngineError
from seedbed.request import GenerationRequest

__all__ = ["BatchDrawer", "Guest", "Party"]


class BatchDrawer(Protocol):
    """What a party needs of an engine."""

    def draw(self, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None, /) -> DrawnImage:
        """Draw one."""

    def draw_batch(
        self, requests: Sequence[GenerationRequest], on_step: OnStep, viewers: Sequence[Viewer | None] = (), /
    ) -> list[DrawnImage]:
        """Draw several at once."""


class Party:
    """Those who are drawn together. Each either draws or leaves; drawing begins when nobody is awaited any more."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._change = threading.Condition()
        self._awaited = size
        self._guests: list[Guest] = []

    def draw(self, guest: "Guest", engine: BatchDrawer) -> None:
        """Take part, and return as soon as the guest has what it came for, or wants it no more."""
        with self._change:
            self._guests.append(guest)
            self._await_one_less(engine)
            self._change.wait_for(lambda: guest.is_over)

    def miss(self, engine: BatchDrawer) -> None:
        """One that was awaited will not come."""
        with self._change:
            self._await_one_less(engine)

    def _await_one_less(self, engine: BatchDrawer) -> None:
        self._awaited -= 1
        if not self._awaited and self._guests:
            # Not in a guest's own thread: each may go before the others' pictures are done.
            threading.Thread(target=self._draw_all, args=(engine,), name="party", daemon=True).start()

    def _draw_all(self, engine: BatchDrawer) -> None:
        outcomes: Sequence[DrawnImage | BaseException]
        try:
            outcomes = self._images(engine)
        except BaseException as error:
            # Raised again in the thread of each.
            outcomes = [error] * len(self._guests)
        with self._change:
            for guest, outcome in zip(self._guests, outcomes, strict=True):
                guest.outcome = guest.outcome or outcome
            self._change.notify_all()

    def _images(self, engine: BatchDrawer) -> list[DrawnImage]:
        if len(self._guests) == 1:
            return [engine.draw(self._guests[0].request, self._tell, self._guests[0].viewer)]
        requests, viewers = [guest.request for guest in self._guests], [guest.viewer for guest in self._guests]
        return engine.draw_batch(requests, self._tell, viewers)

    def _tell(self, step: int, num_inference_steps: int) -> None:
        """Tell each of a step. Those who raise have ended; once all have, so does the drawing."""
        for guest in self._guests:
            if not guest.is_over:
                self._tell_one(guest, step, num_inference_steps)
        ends = [guest.outcome for guest in self._guests if isinstance(guest.outcome, BaseException)]
        if len(ends) == len(self._guests):
            raise ends[0]

    def _tell_one(self, guest: "Guest", step: int, num_inference_steps: int) -> None:
        try:
            guest.on_step(step, num_inference_steps)
        except BaseException as error:
            with self._change:
                guest.outcome = error
                self._change.notify_all()


class Guest:
    """One task's place in a party."""

    request: GenerationRequest
    """What it wants drawn."""
    on_step: OnStep
    """What is told of each step."""
    viewer: Viewer | None
    """Who may look on."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self._has_come = False
        self.outcome: DrawnImage | BaseException | None = None
        """Its picture, or why it has none."""

    @property
    def is_over(self) -> bool:
        """Whether it waits for nothing any more."""
        return self.outcome is not None

    def draw(
        self, engine: BatchDrawer, request: GenerationRequest, on_step: OnStep, viewer: Viewer | None = None
    ) -> DrawnImage:
        """Draw `request` together with the others; what `on_step` raises comes out here, and they go on."""
        self._has_come = True
        if self._party.size == 1:
            return engine.draw(request, on_step, viewer)
        self.request, self.on_step, self.viewer = request, on_step, viewer
        self._party.draw(self, engine)
        if isinstance(self.outcome, DrawnImage):
            return self.outcome
        raise self.outcome or EngineError("nothing was drawn")

    def leave(self, engine: BatchDrawer) -> None:
        """The task is over, drawn or not."""
        if not self._has_come:
            self._has_come = True
            self._party.miss(engine)
