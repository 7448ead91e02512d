"""What a terminate does. It means *cleaned up*: so it outlasts what it overtook, and cleans up after that once more."""

from __future__ import annotations

from typing import Callable, Protocol, Sequence

from .ports import Clock, Outcome

# What has been cancelled gets this long to end by itself, before terminate begins beside it and may be what ends it.
GRACE_S = 0.2


class Overtaken(Protocol):
    def when_over(self, follow: Callable[[], None]) -> None: ...


class CleanUp:
    def __init__(self, clock: Clock, act: Callable[[Callable[[Outcome], None]], None], done: Callable[[Outcome], None]) -> None:
        """`act` runs the author's terminate."""
        self._clock = clock
        self._act = act
        self._done = done
        self._left = 0
        self._acts_early = False

    def begin(self, overtaken: Sequence[Overtaken]) -> None:
        self._left = len(overtaken)
        if not overtaken:
            self._act(self._done)
            return
        self._grace = self._clock.later(GRACE_S, self._act_early)
        for work in overtaken:
            work.when_over(self._one_is_over)

    def _act_early(self) -> None:
        self._acts_early = True
        self._act(self._acted_early)

    def _acted_early(self, _outcome: Outcome) -> None:
        self._acts_early = False
        self._finish_when_alone()

    def _one_is_over(self) -> None:
        self._left -= 1
        self._finish_when_alone()

    def _finish_when_alone(self) -> None:
        if self._left == 0 and not self._acts_early:
            self._grace.cancel()
            self._act(self._done)
