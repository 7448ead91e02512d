"""What an author writes: a class for each type, of which every resource is one object."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def default(function: Function) -> Function:
    """Marks what an author did not write."""
    function.__dict__["is_default_entry_point"] = True
    return function


def is_default(entry_point: Any) -> bool:
    return getattr(entry_point, "is_default_entry_point", False)
