"""One online of one resource, from its start until it is offline or terminated: the time in which it can fail."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .ports import Clock, RecordWriter, Timer
from .record import failure_record

FIRST_REWRITE_S = 2.0
LONGEST_REWRITE_S = 60.0


class Life:
    def __init__(
        self,
        incarnation: int,
        event_handle: str,
        record_beginning: str,
        cancellation: Any,
        clock: Clock,
        records: RecordWriter,
    ) -> None:
        self.incarnation = incarnation
        self.event_handle = event_handle
        self.record_beginning = record_beginning
        self.cancellation = cancellation
        self.failed = False
        # An offline began: that the thing disappears is no failure now.
        self.is_leaving = False
        self.has_ended = False
        self._clock = clock
        self._records = records
        self._rewrite: Optional[Timer] = None

    def fail(self, reason: str, on_failed: Callable[[], None]) -> None:
        """Tells the failure now, and again until `end` or `dismiss`: a daemon may have died with the record in hand."""
        if self.has_ended or self.failed or self.is_leaving:
            return
        self.failed = True
        on_failed()
        self._write(failure_record(self.record_beginning, reason), FIRST_REWRITE_S)

    def dismiss(self) -> None:
        """The daemon verified the record and found the resource alive."""
        self.failed = False
        self._stop_writing()

    def end(self, reason: str) -> None:
        self.has_ended = True
        self._stop_writing()
        self.cancellation.cancel(reason)

    def _write(self, record: bytes, again_s: float) -> None:
        self._records.write(self.record_beginning, self.event_handle, record)
        longer = min(2 * again_s, LONGEST_REWRITE_S)
        self._rewrite = self._clock.later(again_s, lambda: self._write(record, longer))

    def _stop_writing(self) -> None:
        if self._rewrite is not None:
            self._rewrite.cancel()
        self._records.forget(self.record_beginning)
