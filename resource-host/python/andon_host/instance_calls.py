"""The checks and controls of one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List

from .call import Call
from .contract import alive_result
from .entry_points import is_default
from .errors import stale
from .operation import Answer, Respond, refused, succeeded
from .params import Params
from .ports import Outcome
from .services import Services

if TYPE_CHECKING:
    from .instance import Instance


class InstanceCalls:
    def __init__(self, instance: Instance, services: Services) -> None:
        # Those that are not over and may change something.
        self.controls: List[Call] = []
        self._calls: Dict[str, Call] = {}
        self._instance = instance
        self._services = services

    def check(self, call_id: str, method: str, params: Params, respond: Respond, release: Callable[[], None]) -> None:
        instance, incarnation = self._instance, params.incarnation()
        if incarnation != instance.incarnation:
            raise stale(instance.name, incarnation, instance.incarnation)
        entry_point = instance.handler.looks_alive if method == "looksAlive" else instance.handler.is_alive
        if instance.life is None or instance.life.has_ended:
            respond(succeeded({"alive": False, "reason": "it is not online"}))
        elif is_default(entry_point):
            respond(succeeded({"alive": False, "reason": "it reported a failure"} if instance.life.failed else {"alive": True}))
        else:
            self._make(Call(call_id, respond, self._services.runner.cancellation(), release), entry_point, _check_answer)
            return
        release()

    def control(self, call_id: str, params: Params, respond: Respond, release: Callable[[], None]) -> None:
        code, given = params.text("code"), params.anything("input")
        call = Call(call_id, respond, self._services.runner.cancellation(), release)
        self.controls.append(call)
        call.when_over(lambda: self.controls.remove(call))
        self._make(call, lambda facts: self._instance.handler.control(facts, code, given), output_answer)

    def _make(self, call: Call, entry_point: Callable[[Any], Any], answer_of: Callable[[Outcome], Answer]) -> None:
        self._calls[call.id] = call
        runner = self._services.runner
        facts = runner.facts(self._instance, call.cancellation, None, call.id)

        def done(outcome: Outcome) -> None:
            self._calls.pop(call.id, None)
            call.over(outcome, answer_of)

        runner.invoke(lambda: entry_point(facts), call.cancellation, done)

    def cancel_all(self, reason: str) -> None:
        for call in list(self._calls.values()):
            call.cancel(reason)

    def cancel(self, call_id: str, reason: str) -> bool:
        """False: there is no such call."""
        call = self._calls.get(call_id)
        if call is not None:
            call.cancel(reason)
        return call is not None


def output_answer(outcome: Outcome) -> Answer:
    if outcome.raised is not None:
        return refused(outcome.raised)
    return succeeded({} if outcome.value is None else {"output": outcome.value})


def _check_answer(outcome: Outcome) -> Answer:
    if outcome.raised is not None:
        return refused(outcome.raised)
    try:
        return succeeded(alive_result(outcome.value))
    except TypeError as error:
        return refused(error)
