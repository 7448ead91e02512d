"""The line that tells a failure (chapter 12 of PROTOCOL.md)."""

from __future__ import annotations

MAX_RECORD_BYTES = 512


def failure_record(beginning: str, reason: str) -> bytes:
    """`beginning` is `failureRecord` of the online call. The reason is cut between two characters where it does not fit."""
    words = "".join(" " if _is_control(character) else character for character in reason)
    line = f"{beginning} {words}".encode("utf-8", "replace")[: MAX_RECORD_BYTES - 1]
    return line.decode("utf-8", "ignore").rstrip().encode() + b"\n"


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"
