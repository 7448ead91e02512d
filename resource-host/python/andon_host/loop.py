"""The event loop around the core: the socket, the clock, signals."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from typing import Any, Callable, Optional, Sequence, Type

from .environment import HostEnvironment, take_environment
from .event_handle import EventHandles
from .frames import FrameError, FrameReader, encode_frame
from .host import Host
from .ports import Timer

SHORTEST_RETRY_S, LONGEST_RETRY_S = 0.1, 2.0
WELCOME_LIMIT_S = 10.0
EXIT_NO_DAEMON = 2


class LoopClock:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self._loop.call_later(seconds, action)


class Connection(asyncio.Protocol):
    """One connection to the daemon."""

    def __init__(self, host: Host) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.was_welcome = False
        self._host = host
        self._reader = FrameReader()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._host.connected(self)

    def send(self, kind: str, data: Any) -> None:
        self._transport.write(encode_frame(kind, data))

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            for kind, content in self._reader.feed(data):
                self.was_welcome = self.was_welcome or kind == "welcome"
                self._host.received(kind, content)
        except FrameError as error:
            print(f"andon host: closing the connection to the daemon: {error}", file=sys.stderr, flush=True)
            self._transport.abort()

    def give_up_unless_welcome(self) -> None:
        if not self.was_welcome:
            self._transport.abort()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self._host.lost()
        self.closed.set_result(None)


async def _stay_connected(path: str, host: Host) -> None:
    loop = asyncio.get_running_loop()
    longest = SHORTEST_RETRY_S
    while not host.is_ending:
        try:
            _, connection = await loop.create_unix_connection(lambda: Connection(host), path)
            limit = loop.call_later(WELCOME_LIMIT_S, connection.give_up_unless_welcome)
            await connection.closed
            limit.cancel()
            if connection.was_welcome:
                longest = SHORTEST_RETRY_S
        except OSError:
            pass  # There is no daemon now; one may come.
        longest = min(2 * longest, LONGEST_RETRY_S)
        await asyncio.sleep(random.uniform(SHORTEST_RETRY_S, longest))


async def _serve(types: Sequence[Type[Any]], environment: HostEnvironment, new_runner: Callable[[], Any]) -> int:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    clock, runner = LoopClock(loop), new_runner()
    records = EventHandles(clock, lambda trouble: print(f"andon host: {trouble}", file=sys.stderr, flush=True))

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    host = Host(types, environment, clock, records, runner, end)
    runner.host = host
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, host.shut_down)
    connecting = asyncio.ensure_future(_stay_connected(environment.socket, host))
    try:
        return await ended
    finally:
        connecting.cancel()


def run(types: Sequence[Type[Any]], new_runner: Callable[[], Any]) -> None:
    """Serves `types` to the daemon that started this process, and ends the process. Called once, as the last act of a program."""
    names = [kind.name for kind in types]
    if not types or len(set(names)) < len(names) or not all(names):
        raise TypeError(f"serve was given the types {names}; it takes at least one, each with a `name` of its own")
    environment = take_environment(os.environ)
    if environment is None:
        sys.stderr.write(
            f"This is a resource host of andon, for {', '.join(names)}. The daemon andond starts it; by hand it has nothing to do.\n"
            f"Make it known to the daemon: andon type register --name {names[0]} -- {' '.join(['python3', *sys.argv])}\n"
        )
        sys.exit(EXIT_NO_DAEMON)
    code = asyncio.run(_serve(types, environment, new_runner))
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of an author that never end would keep the process.
    os._exit(code)
