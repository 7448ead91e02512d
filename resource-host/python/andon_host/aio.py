"""The form for asyncio: every call of an author is a task on the loop that also talks to the daemon.

What blocks the loop blocks all resources of the host, so long work without `await` belongs into `asyncio.to_thread`.
"""

from __future__ import annotations

import asyncio
import traceback
from typing import Any, Awaitable, Callable, Dict, Optional, Set, Type, Union

from .contract import Contract, NotAlive
from .entry_points import default
from .errors import CallError, NotSupported, message_of
from .facts import Facts
from .instance import Instance
from .loop import run
from .operation import Operation
from .ports import Outcome

ANSWER_LIMIT_S = 30.0


class Cancellation:
    """Cancels the task of a call and, when an incarnation is over, the tasks that watch it."""

    def __init__(self) -> None:
        self._tasks: Set[asyncio.Task[Any]] = set()
        self.is_cancelled = False

    def cancel(self, reason: str) -> None:
        self.is_cancelled = True
        for task in self._tasks:
            task.cancel()

    def start(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.is_cancelled:
            task.cancel()
        return task


class Resource(Facts):
    """What an entry point is given. Belongs to the loop; from another thread go through `loop.call_soon_threadsafe`."""

    def progress(self, text: Optional[str] = None, is_further: bool = True) -> None:
        """In online and offline: it gets on."""
        self._progress(text, is_further)

    def watch(self, work: Awaitable[Any]) -> None:
        """A task that is cancelled when the incarnation is over. What it raises makes the resource fail."""

        async def watched() -> None:
            try:
                await work
            except Exception as error:
                traceback.print_exc()
                self.fail(message_of(error))

        self._cancellation.start(watched())

    async def create_event_handle(self, name: str) -> str:
        """One more pipe for this host; the same name gives the same pipe."""
        path: str = (await self._ask("createEventHandle", {"name": name}))["eventHandle"]
        return path

    async def extend_control(self, seconds: float) -> None:
        """In a control: its limit, from now on."""
        await self._ask("extendControl", {"callId": self._call_id, "ms": max(1, int(seconds * 1000))})

    async def _ask(self, method: str, params: Dict[str, Any]) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def heard(outcome: Outcome) -> None:
            if answer.done():
                return
            if outcome.raised is not None:
                answer.set_exception(outcome.raised)
            else:
                answer.set_result(outcome.value)

        self._host.request(method, params, heard)
        return await asyncio.wait_for(answer, ANSWER_LIMIT_S)

    def _post(self, action: Callable[[], None]) -> None:
        action()


class TaskRunner:
    def __init__(self) -> None:
        self.host: Any = None

    def cancellation(self) -> Cancellation:
        return Cancellation()

    def facts(self, instance: Instance, cancellation: Cancellation, operation: Optional[Operation], call_id: str) -> Resource:
        return Resource(self.host, instance, cancellation, operation, call_id)

    def invoke(self, entry_point: Callable[[], Awaitable[Any]], cancellation: Cancellation, done: Callable[[Outcome], None]) -> None:
        async def work() -> Any:
            return await entry_point()

        def over(task: asyncio.Task[Any]) -> None:
            raised = asyncio.CancelledError("the call was cancelled") if task.cancelled() else task.exception()
            if raised is not None and not isinstance(raised, (CallError, asyncio.CancelledError)):
                traceback.print_exception(type(raised), raised, raised.__traceback__)
            done(Outcome(raised=raised) if raised is not None else Outcome(task.result()))

        cancellation.start(work()).add_done_callback(over)


class ResourceType:
    """A resource type; each resource of it is one object of the class. `online`, `offline` and `terminate` have to be written."""

    name = ""

    @classmethod
    async def startup(cls) -> None:
        """Before the first resource of the type is opened."""

    @classmethod
    async def type_control(cls, code: str, given: Any) -> Any:
        raise NotSupported(f'the type {cls.name} has no control code "{code}"')

    async def open(self, resource: Resource, recover: bool) -> bool:
        """True: it still runs. That can only be so with `recover`: an earlier host may have left it behind."""
        return False

    async def online(self, resource: Resource) -> Optional[Contract]:
        """Starts it. Returns Event() or Poll(...); nothing is Poll() where `looks_alive` is written, else Event()."""
        raise NotImplementedError(f"{type(self).__name__} has no method online")

    async def offline(self, resource: Resource) -> None:
        """Orderly stop; what is gone already is success."""
        raise NotImplementedError(f"{type(self).__name__} has no method offline")

    async def terminate(self, resource: Resource) -> None:
        """Immediate clean-up; returns when nothing is left."""
        raise NotImplementedError(f"{type(self).__name__} has no method terminate")

    @default
    async def looks_alive(self, resource: Resource) -> Union[bool, NotAlive]:
        """A cheap check, of polled resources only."""
        return True

    @default
    async def is_alive(self, resource: Resource) -> Union[bool, NotAlive]:
        """A thorough check. Without it, a resource is alive until `resource.fail`."""
        return True

    async def control(self, resource: Resource, code: str, given: Any) -> Any:
        """`andon control NAME CODE`; what it returns is written as JSON."""
        raise NotSupported(f'{resource.name} has no control code "{code}"')

    async def close(self, resource: Resource) -> None:
        """The resource, offline, leaves this process."""


def serve(*types: Type[ResourceType]) -> None:
    """Serves the types to the daemon that started this process, and ends the process when the daemon does."""
    run(types, TaskRunner)
