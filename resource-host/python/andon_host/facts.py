"""What every entry point is told of its resource, in threads as well as in asyncio."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from .instance import Instance
from .operation import Operation

if TYPE_CHECKING:
    from .host import Host


class Facts:
    """One object for each call. After the incarnation of its call, `fail` does nothing any more."""

    def __init__(self, host: Host, instance: Instance, cancellation: Any, operation: Optional[Operation], call_id: str) -> None:
        life = instance.life
        self.name: str = instance.name
        self.properties: Dict[str, Any] = instance.properties
        self.incarnation: int = instance.incarnation
        self.event_handle: str = life.event_handle if life else ""
        self.failure_record: str = life.record_beginning if life else ""
        self._host = host
        self._instance = instance
        self._life = life
        self._operation = operation
        self._cancellation = cancellation
        self._call_id = call_id

    def _post(self, action: Callable[[], None]) -> None:
        """Runs `action` in the turn of the core."""
        raise NotImplementedError

    def fail(self, reason: str) -> None:
        """Tells the daemon at once that this incarnation failed; again after 2, 4, 8 ... 60 s until it is heard."""
        self._post(lambda: self._instance.fail(self._life, str(reason)))

    def set_properties(self, status_text: Optional[str] = None, data1: Optional[float] = None, data2: Optional[float] = None) -> None:
        """Shown by `andon status`. None leaves what is there."""
        values = {"statusText": status_text, "data1": data1, "data2": data2}
        self._post(lambda: self._host.show(self.name, {key: value for key, value in values.items() if value is not None}))

    def log(self, level: str, text: str) -> None:
        """An event for the administrator: `debug`, `info`, `warn` or `error`. Ordinary logging goes to standard error."""
        self._post(lambda: self._host.log(level, text, self.name))

    def _progress(self, text: Optional[str], is_further: bool) -> None:
        if self._operation is not None:
            self._post(partial(self._operation.progress, text, is_further))
