"""What runs of a resource, also what an earlier host started and left behind when it was killed.

All of it inherited an environment that names the resource and the daemon. Only Linux shows the environment of a process.
"""

import glob
import os
import signal
import time


def find(resource):
    wanted = {f"ANDON_RESOURCE={resource}".encode(), f"ANDON_SOCKET={os.environ['ANDON_SOCKET']}".encode()}
    return [pid for pid, environment in environments() if wanted <= environment]


def kill(resource):
    """Returns when nothing of this resource runs any more."""
    while pids := find(resource):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # It has ended already.
        time.sleep(0.001)


def environments():
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                yield int(path.split("/")[2]), set(file.read().split(b"\0"))
        except OSError:
            pass  # It has ended, or is somebody else's: it is not ours.
