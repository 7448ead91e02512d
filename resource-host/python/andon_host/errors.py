"""What an entry point raises, and what becomes of it on the wire (chapter 9 of PROTOCOL.md)."""

from __future__ import annotations

import asyncio
from typing import Dict, Union

MAX_TEXT_LENGTH = 1024


class CallError(Exception):
    """A call that did not succeed. Any other exception counts as `failed`."""

    code = "failed"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        if code:
            self.code = code


class NotSupported(CallError):
    """There is no such control code."""

    code = "notSupported"


class InvalidState(CallError):
    """The resource is not in a state that allows this."""

    code = "invalidState"


class Unavailable(CallError):
    """Something that the resource, or the request to the daemon, needs is missing."""

    code = "unavailable"


class Cancelled(CallError):
    """A terminate overtook the call, or nobody waits for it any more."""

    code = "cancelled"


def stale(name: str, asked: int, own: int) -> CallError:
    return CallError(f"{name}@{asked} is not the one that counts; this host has @{own}", "staleIncarnation")


WireError = Dict[str, Union[str, bool]]


def wire_error(raised: BaseException) -> WireError:
    code = raised.code if isinstance(raised, CallError) else "failed"
    if isinstance(raised, asyncio.CancelledError):
        code = "cancelled"
    return {"code": code, "message": message_of(raised), "retryable": False}


def message_of(raised: BaseException) -> str:
    return cut(str(raised) or type(raised).__name__)


def cut(text: str) -> str:
    """To the length of a text on the wire, which the daemon counts in UTF-16 units."""
    return text.encode("utf-16-le", "replace")[: 2 * MAX_TEXT_LENGTH].decode("utf-16-le", "ignore")
