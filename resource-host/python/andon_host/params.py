"""The parameters of a call, taken one by one; what does not fit is `invalidParams`."""

from __future__ import annotations

from typing import Any, Dict, List

from .errors import CallError

MAX_INCARNATION = 4_294_967_295


class Params:
    def __init__(self, method: str, params: object) -> None:
        self._method = method
        if not isinstance(params, dict):
            raise CallError(f"{method}: params is no object", "invalidParams")
        self._params: Dict[str, Any] = params

    def text(self, name: str) -> str:
        value = self._params.get(name)
        if not isinstance(value, str) or value == "":
            raise self._wrong(name, "a string that is not empty")
        return value

    def texts(self, name: str) -> List[str]:
        value = self._params.get(name)
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self._wrong(name, "a list of strings")
        return value

    def incarnation(self) -> int:
        value = self._params.get("incarnation")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_INCARNATION:
            raise self._wrong("incarnation", f"an integer from 1 to {MAX_INCARNATION}")
        return value

    def flag(self, name: str) -> bool:
        value = self._params.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def members(self, name: str) -> Dict[str, Any]:
        value = self._params.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def anything(self, name: str) -> Any:
        return self._params.get(name)

    def _wrong(self, name: str, wanted: str) -> CallError:
        return CallError(f"{self._method}: {name} is {self._params.get(name)!r}; it has to be {wanted}", "invalidParams")
