"""The protocol core of a host: it is told what came and what ended, and says what goes out. It does nothing else."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Type

from .calls import Calls
from .ending import Ending
from .environment import HostEnvironment
from .errors import CallError, Unavailable, cut, wire_error
from .frames import FrameError
from .instance import Instance
from .operation import Answer, Report
from .ports import Clock, Link, Outcome, RecordWriter, Runner, Timer
from .services import Services
from .version import VERSION

PROTOCOL = "andon/1"
MAX_HELLO_RESOURCES_BYTES = 262_144
# Until a daemon has said otherwise.
DEFAULT_ORPHAN_PERIOD_MS = 600_000
EXIT_DONE, EXIT_REFUSED = 0, 1

Done = Callable[[Outcome], None]


class Host:
    def __init__(
        self,
        types: Sequence[Type[Any]],
        environment: HostEnvironment,
        clock: Clock,
        records: RecordWriter,
        runner: Runner,
        end: Callable[[int], None],
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._end = end
        self._link: Optional[Link] = None
        self._is_welcome = False
        self.is_ending = False
        self._requests: Dict[str, Done] = {}
        self._last_request = 0
        self._orphan_period_ms = DEFAULT_ORPHAN_PERIOD_MS
        self._orphan_timer: Optional[Timer] = None
        self._shown: Dict[str, Dict[str, Any]] = {}
        self._calls = Calls({kind.name: kind for kind in types}, Services(clock, records, runner, self._send_report), self._forget)
        self._ending = Ending(clock, runner, lambda text: self.log("warn", text))
        self._wait_for_daemon()

    @property
    def instances(self) -> Dict[str, Instance]:
        return self._calls.instances

    # the connection

    def connected(self, link: Link) -> None:
        if self.is_ending:
            link.close()
            return
        self._link = link
        resources = [instance.describe() for instance in self.instances.values()]
        first, *others = _pieces(resources)
        link.send("hello", self._hello(len(resources), first))
        for piece in others:
            link.send("notify", {"method": "resources", "params": {"resources": piece}})

    def _hello(self, count: int, resources: List[Dict[str, Any]]) -> Dict[str, Any]:
        return {
            "protocols": [PROTOCOL],
            "token": self._environment.token,
            "hostId": self._environment.host_id,
            "pid": os.getpid(),
            "software": {"name": "andon-host for Python", "version": VERSION},
            "concurrency": "perResource",
            "capabilities": {"remembersResults": True},
            "resourceCount": count,
            "resources": resources,
        }

    def lost(self) -> None:
        """The connection is gone, and with it every answer. Resources stay, operations go on."""
        self._link, self._is_welcome = None, False
        requests, self._requests = self._requests, {}
        for done in requests.values():
            done(Outcome(raised=Unavailable("the connection to the daemon broke")))
        for instance in self.instances.values():
            instance.calls.cancel_all("the daemon is gone")
        self._wait_for_daemon()

    def _wait_for_daemon(self) -> None:
        if self._orphan_period_ms > 0 and self._orphan_timer is None:
            self._orphan_timer = self._clock.later(self._orphan_period_ms / 1000, self._orphaned)

    def _orphaned(self) -> None:
        self.log("warn", f"no daemon for {self._orphan_period_ms} ms; taking all resources offline")
        self.shut_down()

    def received(self, kind: str, data: Any) -> None:
        take = {
            "welcome": self._welcome,
            "goodbye": self._goodbye,
            "request": self._request,
            "response": self._response,
            "notify": self._notification,
        }.get(kind)
        if take is not None and isinstance(data, dict):
            take(data)

    def _welcome(self, data: Dict[str, Any]) -> None:
        self._is_welcome = True
        period = data.get("limits", {}).get("orphanPeriodMs")
        if isinstance(period, int):
            self._orphan_period_ms = period
        if self._orphan_timer is not None:
            self._orphan_timer.cancel()
            self._orphan_timer = None
        for params in self._shown.values():
            self.request("setProperties", params, lambda _outcome: None)
        for instance in self.instances.values():
            for operation in instance.operations():
                operation.tell_again()

    def _goodbye(self, data: Dict[str, Any]) -> None:
        if data.get("code") == "shutdown":
            self.shut_down()
        else:
            print(f"andon host: the daemon said goodbye: {data.get('code')}: {data.get('message')}", file=sys.stderr, flush=True)
            if not self.instances:
                self._end(EXIT_REFUSED)

    def _notification(self, data: Dict[str, Any]) -> None:
        params = data.get("params")
        if not isinstance(params, dict):
            return
        if data.get("method") == "cancel" and isinstance(params.get("id"), str):
            for instance in self.instances.values():
                instance.cancel(params["id"], str(params.get("reason", "")))
        elif data.get("method") == "recordDismissed" and params.get("resourceId") in self.instances:
            self.instances[params["resourceId"]].dismiss_record(params.get("incarnation", 0))

    # calls of the daemon

    def _request(self, data: Dict[str, Any]) -> None:
        call_id, method = data.get("id"), data.get("method")
        if isinstance(call_id, str) and isinstance(method, str) and self._link is not None:
            self._calls.take(call_id, method, data.get("params", {}), partial(self._respond, self._link, call_id))

    def _respond(self, link: Link, call_id: str, answer: Answer) -> bool:
        # An answer goes to the connection that brought the call, or nowhere.
        if self._link is not link:
            return False
        try:
            link.send("response", {"id": call_id, **answer})
        except (TypeError, ValueError, RecursionError, FrameError) as error:
            # The output of an author is no JSON, or too long.
            link.send("response", {"id": call_id, "ok": False, "error": wire_error(error)})
        return True

    # requests of this host

    def request(self, method: str, params: Dict[str, Any], done: Done) -> None:
        if self._link is None or not self._is_welcome:
            done(Outcome(raised=Unavailable(f"{method}: there is no daemon now")))
            return
        self._last_request += 1
        request_id = f"h{self._last_request}"
        self._requests[request_id] = done
        self._link.send("request", {"id": request_id, "method": method, "params": params})

    def _response(self, data: Dict[str, Any]) -> None:
        done = self._requests.pop(str(data.get("id")), None)
        if done is None:
            return
        if data.get("ok"):
            done(Outcome(data.get("result")))
            return
        error = data.get("error") or {}
        done(Outcome(raised=CallError(str(error.get("message")), str(error.get("code", "failed")))))

    def _send_report(self, report: Report, heard: Callable[[Optional[str]], None]) -> bool:
        if not self._is_welcome:
            return False

        def answered(outcome: Outcome) -> None:
            # A report that the connection took with it is told again after the next welcome.
            if not isinstance(outcome.raised, Unavailable):
                heard((outcome.value or {}).get("answer"))

        self.request("statusReport", report, answered)
        return True

    def show(self, resource: str, values: Dict[str, Any]) -> None:
        """The daemon keeps these in memory only, so the next daemon is told again."""
        self._shown[resource] = {**self._shown.get(resource, {}), "resourceId": resource, **values}
        self.request("setProperties", self._shown[resource], lambda _outcome: None)

    def _forget(self, resource: str) -> None:
        self._shown.pop(resource, None)

    def log(self, level: str, text: str, resource: str = "") -> None:
        if self._link is not None and self._is_welcome:
            about = {"resourceId": resource} if resource in self.instances else {}
            self._link.send("notify", {"method": "log", "params": {"level": level, "text": cut(text), **about}})
        elif level != "debug":
            print(f"andon host: {resource + ': ' if resource else ''}{text}", file=sys.stderr, flush=True)

    # the end

    def shut_down(self) -> None:
        """The goodbye `shutdown`, a signal, or nobody there for the orphan period."""
        if self.is_ending:
            return
        self.is_ending = True
        # Nothing more can be asked of this host; the daemon sees its end.
        if self._link is not None:
            self._link.close()
        self._ending.begin(list(self.instances.values()), lambda: self._end(EXIT_DONE))


def _pieces(resources: List[Dict[str, Any]]) -> List[List[Dict[str, Any]]]:
    """So that no frame of the hello has resources of more than MAX_HELLO_RESOURCES_BYTES. At least one piece."""
    pieces: List[List[Dict[str, Any]]] = [[]]
    room = MAX_HELLO_RESOURCES_BYTES - 2
    for resource in resources:
        size = len(json.dumps(resource)) + 1
        if size > room and pieces[-1]:
            pieces.append([])
            room = MAX_HELLO_RESOURCES_BYTES - 2
        pieces[-1].append(resource)
        room -= size
    return pieces
