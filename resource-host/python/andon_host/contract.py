"""What `online` promises: who notices that the resource failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Union

MIN_POLL_INTERVAL_MS = 10


@dataclass(frozen=True)
class Event:
    """Every failure is told by `resource.fail`; nobody asks. `handle`: a pipe of `create_event_handle`."""

    handle: Optional[str] = None


@dataclass(frozen=True)
class Poll:
    """To be asked at these intervals. None: the administrator's, else 5 s and 60 s."""

    looks_alive_ms: Optional[int] = None
    is_alive_ms: Optional[int] = None


Contract = Union[Event, Poll]


@dataclass(frozen=True)
class NotAlive:
    """The answer of a check that also says why."""

    reason: str

    def __bool__(self) -> bool:
        return False


def contract_result(answered: object, default: Contract, event_handle: str) -> Dict[str, Any]:
    """The result of an online call. `event_handle` is the pipe of this host."""
    contract = default if answered is None else answered
    if isinstance(contract, Event):
        return {"contract": "event", "eventHandle": contract.handle or event_handle}
    if not isinstance(contract, Poll):
        raise TypeError(f"online returned {contract!r}; return Event(), Poll(...) or nothing")
    result: Dict[str, Any] = {"contract": "poll"}
    for name, value in (("looksAliveMs", contract.looks_alive_ms), ("isAliveMs", contract.is_alive_ms)):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < MIN_POLL_INTERVAL_MS:
            raise ValueError(f"online returned {name} = {value!r}; it is an integer of at least {MIN_POLL_INTERVAL_MS} ms")
        result[name] = value
    return result


def alive_result(answered: object) -> Dict[str, Any]:
    if isinstance(answered, bool):
        return {"alive": answered}
    if isinstance(answered, NotAlive):
        return {"alive": False, "reason": answered.reason}
    raise TypeError(f"the check returned {answered!r}; return True, False or NotAlive(reason)")
