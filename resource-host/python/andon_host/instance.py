"""One resource of this host: what state it is in, which operation runs, and how the last ones ended."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .clean_up import CleanUp, Overtaken
from .contract import Contract, Event, Poll, contract_result
from .entry_points import is_default
from .errors import InvalidState, stale
from .instance_calls import InstanceCalls
from .life import Life
from .operation import Operation, Respond
from .params import Params
from .ports import Outcome
from .services import Services
from .turns import Turns

class Instance:
    def __init__(self, name: str, handler: Any, properties: Dict[str, Any], services: Services) -> None:
        self.name = name
        self.handler = handler
        self.properties = properties
        self.incarnation = 0
        self.life: Optional[Life] = None
        # Something of it may run, so offline and terminate have to ask the author.
        self.may_run = False
        self.online_order = 0
        self.turns = Turns()
        self.state = "Offline"
        self._services = services
        self._memory: Dict[str, Operation] = {}
        self._running: Optional[Operation] = None
        self._last_finished: Optional[Operation] = None
        self._contract: Optional[str] = None
        self._is_cleaned_up = True
        self.calls = InstanceCalls(self, services)

    def describe(self) -> Dict[str, Any]:
        told: Dict[str, Any] = {"id": self.name, "incarnation": self.incarnation, "state": self.state}
        if self.life is not None and self.life.failed:
            told["failed"] = True
        if self._last_finished is not None and self._last_finished.answer is not None:
            told["lastOp"] = {"id": self._last_finished.id, "ok": self._last_finished.answer["ok"]}
        if self.state == "Online" and self._contract is not None:
            told["contract"] = self._contract
        return told

    def operations(self) -> List[Operation]:
        return list(self._memory.values())

    def repeat(self, call: str, call_id: str, respond: Respond) -> bool:
        """Answers an operation that is known from its first time."""
        known = self._memory.get(call)
        if known is None or known.id != call_id:
            return False
        known.ask(respond)
        return True

    def _refuse_older(self, incarnation: int) -> None:
        if incarnation < self.incarnation:
            raise stale(self.name, incarnation, self.incarnation)

    # online, offline

    def online(self, call_id: str, params: Params, respond: Respond, release: Callable[[], None]) -> None:
        incarnation = params.incarnation()
        if incarnation <= self.incarnation:
            raise stale(self.name, incarnation, self.incarnation)
        if not self._is_cleaned_up:
            raise InvalidState(f"online of {self.name}@{incarnation}: @{self.incarnation} is {self.state}; terminate it first")
        self.properties = params.members("properties")
        cancellation = self._services.runner.cancellation()
        handle = params.text("eventHandle")
        clock, records = self._services.clock, self._services.records
        self.life = Life(incarnation, handle, params.text("failureRecord"), cancellation, clock, records)
        self.incarnation, self.state, self.may_run = incarnation, "OnlinePending", True
        self._is_cleaned_up = False
        operation = self._begin("online", call_id, cancellation, respond, release)

        def done(outcome: Outcome) -> None:
            self._finish(operation, self._with_contract(outcome, handle))

        self._act("online", operation, done)

    def _with_contract(self, outcome: Outcome, handle: str) -> Outcome:
        if outcome.raised is not None or self.life is None:
            return outcome
        default: Contract = Event() if is_default(self.handler.looks_alive) else Poll()
        try:
            result = contract_result(outcome.value, default, handle)
        except (TypeError, ValueError) as error:
            return Outcome(raised=error)
        self.life.event_handle = result.get("eventHandle", handle)
        self._contract = result["contract"]
        return Outcome(result)

    def offline(self, call_id: str, params: Params, respond: Respond, release: Callable[[], None]) -> None:
        incarnation = params.incarnation()
        self._refuse_older(incarnation)
        if self._running is not None:
            raise InvalidState(f"offline of {self.name}@{incarnation}: {self._running.id} goes on; terminate it or wait")
        self.incarnation, self.state = incarnation, "OfflinePending"
        if self.life is not None:
            self.life.is_leaving = True
        operation = self._begin("offline", call_id, self._services.runner.cancellation(), respond, release)

        def done(outcome: Outcome) -> None:
            self._finish(operation, outcome if outcome.raised else Outcome({}))

        self._act("offline", operation, done)

    def _begin(self, call: str, call_id: str, cancellation: Any, respond: Respond, release: Callable[[], None]) -> Operation:
        operation = Operation(call_id, call, self._services.clock, self._services.send_report, cancellation)
        operation.on_first_answer = release
        self._memory[call] = self._running = operation
        operation.ask(respond)
        return operation

    def _act(self, entry_point: str, operation: Operation, done: Callable[[Outcome], None]) -> None:
        if not self.may_run:
            done(Outcome())
            return
        runner = self._services.runner
        facts = runner.facts(self, operation.cancellation, operation, operation.id)
        runner.invoke(lambda: getattr(self.handler, entry_point)(facts), operation.cancellation, done)

    def _finish(self, operation: Operation, outcome: Outcome) -> None:
        self._running = None
        if not operation.is_superseded:
            self._last_finished = operation
            self._become(operation.call, outcome.raised is None)
        operation.settle(outcome)

    def _become(self, call: str, is_done: bool) -> None:
        if not is_done:
            self.state = "Failed"
            if self.life is not None:
                self.life.is_leaving = False
        elif call == "online":
            self.state = "Failed" if self.life is not None and self.life.failed else "Online"
            self.online_order = self._services.next_online()
        else:
            self.state, self.may_run, self._is_cleaned_up = "Offline", False, True
            if self.life is not None:
                self.life.end("it is offline")

    # terminate

    def terminate(self, call_id: str, params: Params, respond: Respond) -> None:
        incarnation = params.incarnation()
        self._refuse_older(incarnation)
        self.incarnation = incarnation
        reason = f"terminate of {self.name}@{incarnation}"
        earlier = self._memory.get("terminate")
        services = self._services
        operation = Operation(call_id, "terminate", services.clock, services.send_report, services.runner.cancellation())
        operation.on_first_answer = self.turns.interrupt()
        self._memory["terminate"] = operation
        operation.ask(respond)
        overtaken: List[Overtaken] = [*self.calls.controls]
        if self._running is not None:
            overtaken.append(self._running)
            self._running.supersede(reason)
        self.calls.cancel_all(reason)
        if self.life is not None:
            self.life.end(reason)
        self.state = "Failed"
        clean_up = CleanUp(services.clock, lambda done: self._act("terminate", operation, done), lambda outcome: self._end(operation, outcome))
        if earlier is not None:
            earlier.when_over(lambda: clean_up.begin(overtaken))
        else:
            clean_up.begin(overtaken)

    def _end(self, operation: Operation, outcome: Outcome) -> None:
        # Also after an error: the daemon counts the resource as cleaned up, and the next online has to cope with what is left.
        self._is_cleaned_up = True
        self.may_run = outcome.raised is not None
        self._last_finished = operation
        operation.settle(outcome if outcome.raised else Outcome({}))

    def leave(self, reason: str, follow: Callable[[], None]) -> None:
        """The host ends. Calls `follow` when no operation stands in the way any more."""
        if self.life is not None:
            self.life.is_leaving = True
        if self._running is None:
            follow()
            return
        self._running.supersede(reason)
        self._running.when_over(follow)

    def dismiss_record(self, incarnation: int) -> None:
        """The daemon verified a failure and refuted it."""
        if self.life is None or self.life.incarnation != incarnation or not self.life.failed:
            return
        self.life.dismiss()
        if self.state == "Failed" and not self.life.has_ended:
            self.state = "Online"

    def fail(self, life: Optional[Life], reason: str) -> None:
        def on_failed() -> None:
            if self.state == "Online":
                self.state = "Failed"

        if life is not None and life is self.life:
            life.fail(reason, on_failed)

    def cancel(self, call_id: str, reason: str) -> None:
        """The daemon does not wait for this call any more."""
        if not self.calls.cancel(call_id, reason) and self._running is not None and self._running.id == call_id:
            self._running.cancellation.cancel(reason)
