"""One online, offline or terminate: it runs once, however often the daemon asks for it under the same id."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .errors import Cancelled, cut, wire_error
from .ports import Clock, Outcome, Timer

# Below the 300 ms after which the daemon warns of a slow call.
PEND_AFTER_S = 0.1

Answer = Dict[str, Any]
# False: the connection that asked is gone.
Respond = Callable[[Answer], bool]
Report = Dict[str, Any]
# Answers whether the daemon has to hear it: it does not, while there is none.
SendReport = Callable[[Report, Callable[[Optional[str]], None]], bool]


def succeeded(result: Dict[str, Any]) -> Answer:
    return {"ok": True, "result": result}


def refused(error: BaseException) -> Answer:
    return {"ok": False, "error": wire_error(error)}


PENDING = succeeded({"pending": True})


class Operation:
    def __init__(self, call_id: str, call: str, clock: Clock, send_report: SendReport, cancellation: Any) -> None:
        self.id = call_id
        self.call = call
        self.answer: Optional[Answer] = None
        self.cancellation = cancellation
        self.on_first_answer: Callable[[], None] = lambda: None
        self._askers: List[Respond] = []
        self._followers: List[Callable[[], None]] = []
        self._send_report = send_report
        self._unheard: Optional[Report] = None
        self._is_sending = False
        self._is_slow = False
        self._pended = False
        self._checkpoint = 0
        self._superseded: Optional[Answer] = None
        self._timer: Optional[Timer] = clock.later(PEND_AFTER_S, self._become_slow) if call != "terminate" else None

    @property
    def is_superseded(self) -> bool:
        return self._superseded is not None

    def ask(self, respond: Respond) -> None:
        """A request for this operation: the first one, or a repeat of it."""
        answer = self._superseded or self.answer
        if answer is not None:
            # This answer tells the end, so a report of it is not owed any more.
            self._unheard = None
            respond(answer)
        elif self._is_slow:
            self._pended = respond(PENDING) or self._pended
        else:
            self._askers.append(respond)

    def when_over(self, follow: Callable[[], None]) -> None:
        if self.answer is not None:
            follow()
        else:
            self._followers.append(follow)

    def progress(self, text: Optional[str], is_further: bool = True) -> None:
        """The author's word. Makes the operation pending, because only then is a report legal."""
        if self.answer is not None or self.is_superseded or self.call == "terminate":
            return
        self._become_slow()
        if is_further:
            self._checkpoint += 1
        self._report({"state": f"{self.call}Pending", **({"text": cut(text)} if text else {})})

    def supersede(self, reason: str) -> None:
        """A terminate came: its result changes nothing any more."""
        self._superseded = refused(Cancelled(f"{self.id} was overtaken: {reason}"))
        self._unheard = None
        self._tell_askers(self._superseded)
        self.cancellation.cancel(reason)

    def settle(self, outcome: Outcome) -> None:
        self.answer = refused(outcome.raised) if outcome.raised else succeeded(outcome.value)
        if not self.is_superseded:
            if self._pended:
                self._checkpoint += 1
                self._report(_final_report(self.call, self.answer))
            self._tell_askers(self.answer)
        for follow in self._followers:
            follow()

    def tell_again(self) -> None:
        """There is a new connection: what was not heard on the last one is told on this one."""
        self._is_sending = False
        self._send()

    def _become_slow(self) -> None:
        if self._is_slow or self.answer is not None or self.is_superseded:
            return
        self._is_slow = True
        self._tell_askers(PENDING)

    def _tell_askers(self, answer: Answer) -> None:
        if self._timer is not None:
            self._timer.cancel()
        askers, self._askers = self._askers, []
        was_heard = [respond(answer) for respond in askers]
        if answer is PENDING:
            self._pended = any(was_heard)
        self.on_first_answer()

    def _report(self, report: Report) -> None:
        """Of the reports that wait, only the newest counts."""
        self._unheard = {"operationId": self.id, "checkpoint": self._checkpoint, **report}
        self._send()

    def _send(self) -> None:
        report = self._unheard
        # No report before the answer `pending`.
        if report is None or self._is_sending or not self._pended:
            return

        def heard(answer: Optional[str]) -> None:
            self._is_sending = False
            if self._unheard is report:
                self._unheard = None
            if answer == "terminate":
                self._unheard = None
                self.cancellation.cancel("the daemon answered a status report with terminate")
            self._send()

        self._is_sending = self._send_report(report, heard)


def _final_report(call: str, answer: Answer) -> Report:
    if not answer["ok"]:
        return {"state": "failed", "text": answer["error"]["message"]}
    if call == "offline":
        return {"state": "offline"}
    contract = {key: value for key, value in answer["result"].items() if key != "contract"}
    return {"state": "online", **contract}
