"""A check or a control: answered once, from no memory."""

from __future__ import annotations

from typing import Any, Callable, List

from .errors import Cancelled
from .operation import Answer, Respond, refused
from .ports import Outcome


class Call:
    def __init__(self, call_id: str, respond: Respond, cancellation: Any, release: Callable[[], None]) -> None:
        self.id = call_id
        self.cancellation = cancellation
        self._respond = respond
        self._release = release
        self._is_answered = False
        self._is_over = False
        self._followers: List[Callable[[], None]] = []

    def cancel(self, reason: str) -> None:
        """Nobody waits for its end any more; it may go on for a while."""
        self.cancellation.cancel(reason)
        self.answer(refused(Cancelled(f"{self.id} was cancelled: {reason}")))

    def answer(self, answer: Answer) -> None:
        if not self._is_answered:
            self._is_answered = True
            self._respond(answer)
            self._release()

    def over(self, outcome: Outcome, answer_of: Callable[[Outcome], Answer]) -> None:
        self._is_over = True
        self.answer(answer_of(outcome))
        for follow in self._followers:
            follow()

    def when_over(self, follow: Callable[[], None]) -> None:
        if self._is_over:
            follow()
        else:
            self._followers.append(follow)
