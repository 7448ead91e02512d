"""What all instances of a host share."""

from __future__ import annotations

from .operation import SendReport
from .ports import Clock, RecordWriter, Runner


class Services:
    def __init__(self, clock: Clock, records: RecordWriter, runner: Runner, send_report: SendReport) -> None:
        self.clock = clock
        self.records = records
        self.runner = runner
        self.send_report = send_report
        self._onlines = 0

    def next_online(self) -> int:
        self._onlines += 1
        return self._onlines
