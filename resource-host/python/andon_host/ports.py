"""What the protocol core needs of the world. It has no socket, no thread and no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Optional, Protocol

if TYPE_CHECKING:
    from .instance import Instance
    from .operation import Operation


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def later(self, seconds: float, action: Callable[[], None]) -> Timer: ...


class RecordWriter(Protocol):
    def write(self, key: str, path: str, record: bytes) -> None: ...

    def forget(self, key: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """How an entry point ended."""

    value: Any = None
    raised: Optional[BaseException] = None


class Runner(Protocol):
    """Runs entry points: in threads, or as tasks of asyncio."""

    def cancellation(self) -> Any: ...

    def facts(self, instance: Instance, cancellation: Any, operation: Optional[Operation], call_id: str) -> Any: ...

    def invoke(self, entry_point: Callable[[], Any], cancellation: Any, done: Callable[[Outcome], None]) -> None:
        """Calls `done` in the turn of the core, never before this returns."""


class Link(Protocol):
    """One connection to the daemon."""

    def send(self, kind: str, data: Any) -> None: ...

    def close(self) -> None: ...
