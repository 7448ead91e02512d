"""Frames of the protocol: a JSON object, then one byte 0x0C (chapter 2 of PROTOCOL.md)."""

from __future__ import annotations

import json
from typing import Any, Iterator, NoReturn, Tuple

MAX_FRAME_BYTES = 1_048_576
FRAME_END = b"\f"


class FrameError(Exception):
    """The other side sent what is no frame, or a frame would be longer than the limit."""


def encode_frame(kind: str, data: Any) -> bytes:
    """Raises TypeError or ValueError when `data` is no JSON."""
    text = json.dumps({"type": kind, "data": data}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # File names that are no UTF-8 become lone surrogates in Python, which have no bytes.
    frame = text.encode("utf-8", "replace")
    if len(frame) > MAX_FRAME_BYTES:
        raise FrameError(f"a frame of type {kind} has {len(frame)} bytes; the limit is {MAX_FRAME_BYTES}")
    return frame + FRAME_END


class FrameReader:
    """Joins what was read in pieces, and cuts it into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[Tuple[str, Any]]:
        """Yields (type, data). Raises FrameError; the connection is of no use then."""
        self._rest += piece
        while True:
            end = self._rest.find(FRAME_END)
            if max(end, len(self._rest) if end < 0 else 0) > MAX_FRAME_BYTES:
                raise FrameError(f"a frame is longer than {MAX_FRAME_BYTES} bytes")
            if end < 0:
                return
            frame = bytes(self._rest[:end])
            del self._rest[: end + 1]
            yield _decode(frame)


def _decode(frame: bytes) -> Tuple[str, Any]:
    try:
        parsed = json.loads(frame.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a frame is no JSON: {error}") from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        raise FrameError("a frame is no object with a string `type`")
    return parsed["type"], parsed.get("data")


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
