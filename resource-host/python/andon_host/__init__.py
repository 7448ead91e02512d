"""Resource hosts of andon in Python. `andon_host.aio` is the same for asyncio."""

from .contract import Contract, Event, NotAlive, Poll
from .errors import CallError, Cancelled, InvalidState, NotSupported, Unavailable
from .threads import Cancellation, Resource, ResourceType, serve
from .version import VERSION as __version__

__all__ = [
    "CallError",
    "Cancellation",
    "Cancelled",
    "Contract",
    "Event",
    "InvalidState",
    "NotAlive",
    "NotSupported",
    "Poll",
    "Resource",
    "ResourceType",
    "Unavailable",
    "__version__",
    "serve",
]
