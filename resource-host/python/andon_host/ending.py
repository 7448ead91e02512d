"""The host ends on its own account: what may run is taken offline, the last that came online first, one after the other."""

from __future__ import annotations

from typing import Any, Callable, List

from .errors import message_of
from .instance import Instance
from .ports import Clock, Outcome, Runner

OFFLINE_LIMIT_S = 60.0
TERMINATE_LIMIT_S = 30.0


class Ending:
    def __init__(self, clock: Clock, runner: Runner, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._runner = runner
        self._say = say

    def begin(self, instances: List[Instance], done: Callable[[], None]) -> None:
        left = sorted((one for one in instances if one.may_run), key=lambda one: -one.online_order)
        self._next(left, done)

    def _next(self, left: List[Instance], done: Callable[[], None]) -> None:
        if not left:
            done()
            return
        instance = left[0]

        def offline(outcome: Outcome) -> None:
            if outcome.raised is None:
                self._next(left[1:], done)
                return
            self._say(f"offline of {instance.name} failed ({message_of(outcome.raised)}); terminating it")
            self._act(instance, instance.handler.terminate, TERMINATE_LIMIT_S, terminated)

        def terminated(outcome: Outcome) -> None:
            if outcome.raised is not None:
                self._say(f"terminate of {instance.name} failed: {message_of(outcome.raised)}")
            self._next(left[1:], done)

        instance.leave("the host ends", lambda: self._act(instance, instance.handler.offline, OFFLINE_LIMIT_S, offline))

    def _act(self, instance: Instance, entry_point: Callable[[Any], Any], limit_s: float, done: Callable[[Outcome], None]) -> None:
        cancellation = self._runner.cancellation()
        facts = self._runner.facts(instance, cancellation, None, "")
        open_ends = [done]

        def end(outcome: Outcome) -> None:
            limit.cancel()
            if open_ends:
                open_ends.pop()(outcome)

        def expire() -> None:
            cancellation.cancel("its limit is over")
            end(Outcome(raised=TimeoutError(f"not done within {limit_s:g} s")))

        limit = self._clock.later(limit_s, expire)
        self._runner.invoke(lambda: entry_point(facts), cancellation, end)
