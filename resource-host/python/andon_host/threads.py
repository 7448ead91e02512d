"""The plain form: every call of an author runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import traceback
from concurrent.futures import Future
from typing import Any, Callable, Dict, Optional, Type, Union

from .contract import Contract, NotAlive
from .entry_points import default
from .errors import CallError, Cancelled, NotSupported, message_of
from .facts import Facts
from .instance import Instance
from .loop import run
from .operation import Operation
from .ports import Outcome

ANSWER_LIMIT_S = 30.0


class Cancellation:
    """Set when a terminate overtakes the call or nobody waits for it; in `online`, when the incarnation is over."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._reason = ""

    def cancel(self, reason: str) -> None:
        if not self._event.is_set():
            self._reason = reason
            self._event.set()

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: Optional[float] = None) -> bool:
        """True as soon as it is cancelled; False when the time is over."""
        return self._event.wait(seconds)

    def check(self) -> None:
        if self.is_cancelled:
            raise Cancelled(self._reason)


class Resource(Facts):
    """What an entry point is given. May be used from any thread."""

    loop: asyncio.AbstractEventLoop

    @property
    def cancelled(self) -> Cancellation:
        cancellation: Cancellation = self._cancellation
        return cancellation

    def progress(self, text: Optional[str] = None, is_further: bool = True) -> None:
        """In online and offline: it gets on. Raises Cancelled when the call was overtaken."""
        self.cancelled.check()
        self._progress(text, is_further)

    def watch(self, work: Callable[[], None]) -> None:
        """Runs `work` in a thread. What it raises makes the resource fail."""

        def watched() -> None:
            try:
                work()
            except Exception as error:
                traceback.print_exc()
                self.fail(message_of(error))

        threading.Thread(target=watched, name=f"watch {self.failure_record}", daemon=True).start()

    def create_event_handle(self, name: str) -> str:
        """One more pipe for this host; the same name gives the same pipe."""
        path: str = self._ask("createEventHandle", {"name": name})["eventHandle"]
        return path

    def extend_control(self, seconds: float) -> None:
        """In a control: its limit, from now on."""
        self._ask("extendControl", {"callId": self._call_id, "ms": max(1, int(seconds * 1000))})

    def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        answer: Future[Any] = Future()

        def heard(outcome: Outcome) -> None:
            if outcome.raised is not None:
                answer.set_exception(outcome.raised)
            else:
                answer.set_result(outcome.value)

        self._post(lambda: self._host.request(method, params, heard))
        return answer.result(ANSWER_LIMIT_S)

    def _post(self, action: Callable[[], None]) -> None:
        try:
            self.loop.call_soon_threadsafe(action)
        except RuntimeError:
            pass  # The host has ended; nobody is there to be told.


class ThreadRunner:
    def __init__(self) -> None:
        self.host: Any = None
        self._loop = asyncio.get_running_loop()

    def cancellation(self) -> Cancellation:
        return Cancellation()

    def facts(self, instance: Instance, cancellation: Cancellation, operation: Optional[Operation], call_id: str) -> Resource:
        resource = Resource(self.host, instance, cancellation, operation, call_id)
        resource.loop = self._loop
        return resource

    def invoke(self, entry_point: Callable[[], Any], _cancellation: Cancellation, done: Callable[[Outcome], None]) -> None:
        def work() -> None:
            try:
                outcome = Outcome(entry_point())
            except CallError as error:
                outcome = Outcome(raised=error)
            except BaseException as error:  # Also SystemExit: one resource does not end the others.
                traceback.print_exc()
                outcome = Outcome(raised=error)
            self._loop.call_soon_threadsafe(done, outcome)

        threading.Thread(target=work, daemon=True).start()


class ResourceType:
    """A resource type; each resource of it is one object of the class. `online`, `offline` and `terminate` have to be written."""

    name = ""

    @classmethod
    def startup(cls) -> None:
        """Before the first resource of the type is opened."""

    @classmethod
    def type_control(cls, code: str, given: Any) -> Any:
        raise NotSupported(f'the type {cls.name} has no control code "{code}"')

    def open(self, resource: Resource, recover: bool) -> bool:
        """True: it still runs. That can only be so with `recover`: an earlier host may have left it behind."""
        return False

    def online(self, resource: Resource) -> Optional[Contract]:
        """Starts it. Returns Event() or Poll(...); nothing is Poll() where `looks_alive` is written, else Event()."""
        raise NotImplementedError(f"{type(self).__name__} has no method online")

    def offline(self, resource: Resource) -> None:
        """Orderly stop; what is gone already is success."""
        raise NotImplementedError(f"{type(self).__name__} has no method offline")

    def terminate(self, resource: Resource) -> None:
        """Immediate clean-up; returns when nothing is left."""
        raise NotImplementedError(f"{type(self).__name__} has no method terminate")

    @default
    def looks_alive(self, resource: Resource) -> Union[bool, NotAlive]:
        """A cheap check, of polled resources only."""
        return True

    @default
    def is_alive(self, resource: Resource) -> Union[bool, NotAlive]:
        """A thorough check. Without it, a resource is alive until `resource.fail`."""
        return True

    def control(self, resource: Resource, code: str, given: Any) -> Any:
        """`andon control NAME CODE`; what it returns is written as JSON."""
        raise NotSupported(f'{resource.name} has no control code "{code}"')

    def close(self, resource: Resource) -> None:
        """The resource, offline, leaves this process."""


def serve(*types: Type[ResourceType]) -> None:
    """Serves the types to the daemon that started this process, and ends the process when the daemon does."""
    run(types, ThreadRunner)
