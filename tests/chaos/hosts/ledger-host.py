"""The same as ledger-host.ts, on andon's library for Python."""

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "resource-host/python"))

from andon_host import Event, ResourceType, serve  # noqa: E402

LEDGER = os.open(os.environ["CHAOS_LEDGER"], os.O_WRONLY | os.O_APPEND)
ORDERS = Path(os.environ["CHAOS_ORDERS"], str(os.getpid()))
CLAIMS = Path(os.environ["CHAOS_CLAIMS"])
SLOW_ONLINE_S = 0.015
online = {}
orders = queue.SimpleQueue()


def enter(what, resource=None, **more):
    name, incarnation = resource.failure_record.split("@") if resource else ("", 0)
    us = time.monotonic_ns() // 1000
    entry = {"us": us, "pid": os.getpid(), "what": what, "resource": name, "incarnation": int(incarnation), **more}
    os.write(LEDGER, f"{json.dumps(entry)}\n".encode())


def read_or(path, absent):
    try:
        return path.read_text()
    except OSError:
        return absent


def runs(pid):
    after_name = read_or(Path(f"/proc/{pid}/stat"), "").rpartition(") ")[2]
    return after_name != "" and after_name[0] not in "ZX"


def claim(resource):
    path = CLAIMS / resource.name
    holder = int(read_or(path, "0") or 0)
    if holder != 0 and runs(holder):
        enter("double", resource, holder=holder)
    path.write_text(str(os.getpid()))


def give_up(resource):
    online.pop(resource.name, None)
    (CLAIMS / resource.name).unlink(missing_ok=True)


def obey():
    while True:
        orders.get()
        for name in read_or(ORDERS, "").split("\n"):
            resource = online.get(name)
            if resource:
                enter("record", resource, writer="library")
                resource.fail("ordered")


class Ledgered(ResourceType):
    name = os.environ["CHAOS_TYPE"]

    def online(self, resource):
        enter("online", resource)
        claim(resource)
        if int(resource.name.split("-")[-1]) % 4 == 0:
            resource.cancelled.wait(SLOW_ONLINE_S)
        resource.cancelled.check()
        online[resource.name] = resource
        return Event()

    def offline(self, resource):
        enter("offline", resource)
        give_up(resource)

    def terminate(self, resource):
        enter("terminate", resource)
        give_up(resource)

    def is_alive(self, resource):
        is_alive = resource.name in online
        enter("isAlive", resource, isAlive=is_alive)
        return is_alive


threading.Thread(target=obey, daemon=True).start()
signal.signal(signal.SIGUSR2, lambda *_: orders.put(None))
enter("ready")
serve(Ledgered)
