"""Writes failure records into the named pipes of this host: never blocks, never creates a file, never drops a record."""

from __future__ import annotations

import os
import stat
from typing import Callable, Dict, Optional, Tuple

from .ports import Clock, Timer

RETRY_S = 0.05


class EventHandles:
    """What a pipe does not take now stays here, at most one record for each key, until it is taken or forgotten."""

    def __init__(self, clock: Clock, complain: Callable[[str], None]) -> None:
        self._clock = clock
        self._complain = complain
        self._descriptors: Dict[str, int] = {}
        self._waiting: Dict[str, Tuple[str, bytes]] = {}
        self._retry: Optional[Timer] = None
        self._trouble = ""

    def write(self, key: str, path: str, record: bytes) -> None:
        self._waiting[key] = (path, record)
        if self._retry is None:
            self._flush()

    def forget(self, key: str) -> None:
        self._waiting.pop(key, None)

    def _flush(self) -> None:
        self._retry = None
        for key, (path, record) in list(self._waiting.items()):
            if self._wrote(path, record):
                del self._waiting[key]
        if self._waiting:
            self._retry = self._clock.later(RETRY_S, self._flush)

    def _wrote(self, path: str, record: bytes) -> bool:
        try:
            if path not in self._descriptors:
                self._descriptors[path] = _open_pipe(path)
            # At most 512 bytes: all of it or nothing.
            os.write(self._descriptors[path], record)
        except BlockingIOError:
            return False
        except OSError as error:
            self._reopen_later(path, f"cannot write to the event handle {path}: {error}; trying again")
            return False
        self._trouble = ""
        return True

    def _reopen_later(self, path: str, trouble: str) -> None:
        descriptor = self._descriptors.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)
        if trouble != self._trouble:
            self._trouble = trouble
            self._complain(trouble)


def _open_pipe(path: str) -> int:
    # Without O_CREAT: a path that is gone must not become a regular file that nobody reads. Close-on-exec is Python's default.
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(f"{path} is no named pipe")
