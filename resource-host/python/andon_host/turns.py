"""Which call of a resource may begin. The daemon keeps this order too; a host does not rely on it."""

from __future__ import annotations

from collections import deque
from typing import Callable, Deque

Begin = Callable[[Callable[[], None]], None]


class Turns:
    """One call at a time; terminate overlaps them all, and nothing begins before it has ended."""

    def __init__(self) -> None:
        self._waiting: Deque[Begin] = deque()
        self._is_taken = False
        self._interruptions = 0

    def take(self, begin: Begin) -> None:
        """Calls `begin(release)` when it is its turn. The turn lasts until the first `release()`."""
        self._waiting.append(begin)
        self._next()

    def interrupt(self) -> Callable[[], None]:
        """Holds back what waits, until the answered function is called."""
        self._interruptions += 1
        return _once(self._resume)

    def _resume(self) -> None:
        self._interruptions -= 1
        self._next()

    def _release(self) -> None:
        self._is_taken = False
        self._next()

    def _next(self) -> None:
        if self._waiting and not self._is_taken and self._interruptions == 0:
            self._is_taken = True
            self._waiting.popleft()(_once(self._release))


def _once(action: Callable[[], None]) -> Callable[[], None]:
    pending = [action]

    def act() -> None:
        if pending:
            pending.pop()()

    return act
