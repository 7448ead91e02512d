#!/usr/bin/env python3
"""pid-watch: a process that somebody else starts, found by its pid file. Its end is noticed by pidfd_open, without a timer.

pidfd_open needs Linux 5.3 and Python 3.9.
"""

import asyncio
import os
import select
import sys
from pathlib import Path

# The library is the folder above; a copy of this host elsewhere needs `andon_host` beside it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from andon_host import Event, NotAlive, NotSupported, Unavailable  # noqa: E402
from andon_host.aio import ResourceType, serve  # noqa: E402

LOOK_AGAIN_S = 0.05


class PidWatch(ResourceType):
    name = "pid-watch"
    # The kernel gives this descriptor to no other process, as it may do with a pid.
    pidfd = None
    pid = None

    async def online(self, resource):
        """Waits until the pid file names a process that runs; `PendingTimeout` of the resource ends the wait."""
        path = resource.properties["pidFile"]
        if not self.find(path):
            resource.progress(f"waiting for a process in {path}")
        while not self.find(path):
            await asyncio.sleep(LOOK_AGAIN_S)
        resource.watch(self.watch(resource))
        return Event()

    def find(self, path):
        self.forget()
        try:
            self.pid = int(Path(path).read_text())
            self.pidfd = os.pidfd_open(self.pid)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return False  # Not written yet, or left by a process of before.
        except OSError as error:
            raise Unavailable(f"cannot watch the process in {path}: {error}") from error
        return not self.has_ended()

    async def watch(self, resource):
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Of its own, so that it is valid until this task is over.
        pidfd = os.dup(self.pidfd)
        loop.add_reader(pidfd, ended.set)
        try:
            await ended.wait()
            resource.fail(f"process {self.pid} ended")
        finally:
            loop.remove_reader(pidfd)
            os.close(pidfd)

    async def offline(self, resource):
        """Whoever started the process stops it; this host only looks away."""
        self.forget()

    async def terminate(self, resource):
        self.forget()

    async def is_alive(self, resource):
        return not self.has_ended() or NotAlive(f"process {self.pid} ended")

    async def control(self, resource, code, given):
        """Answers `andon control NAME pid`."""
        if code != "pid":
            raise NotSupported(f'no control code "{code}"; there is: pid')
        return self.pid

    def has_ended(self):
        return self.pidfd is None or bool(select.select([self.pidfd], [], [], 0)[0])

    def forget(self):
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None


if __name__ == "__main__":
    serve(PidWatch)
