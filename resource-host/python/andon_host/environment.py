"""What the daemon gives a host to start with (chapter 3 of PROTOCOL.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import MutableMapping, Optional


@dataclass(frozen=True)
class HostEnvironment:
    socket: str
    host_id: str
    token: str = field(repr=False)
    event_handle: str


def take_environment(variables: MutableMapping[str, str]) -> Optional[HostEnvironment]:
    """None: no daemon started this process. Nothing that it starts inherits the token, nor descriptor 3, from here on."""
    # Out of os.environ is out of the process: unsetenv(3) is called too.
    token = variables.pop("ANDON_TOKEN", "")
    socket = variables.get("ANDON_SOCKET")
    if not socket:
        return None
    if variables.get("ANDON_EVENT_FD", "").isdigit():
        _keep_to_oneself(int(variables["ANDON_EVENT_FD"]))
    return HostEnvironment(
        socket=socket,
        host_id=variables.get("ANDON_HOST_ID", ""),
        token=token,
        event_handle=variables.get("ANDON_EVENT_HANDLE", ""),
    )


def _keep_to_oneself(descriptor: int) -> None:
    """Stays open, since unread records then survive the daemon; nobody else writes to it by accident."""
    try:
        os.set_inheritable(descriptor, False)
    except OSError:
        # Started by something that gave the variable and not the pipe.
        pass
