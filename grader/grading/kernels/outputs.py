"""A cell's outputs, from what its kernel says; nothing of that is trusted.

What isn't of the shape that Jupyter's protocol gives it is dropped: nbformat's rules
hold for everything that comes out of here.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from typing import Any

Output = dict[str, Any]
"""One output as nbformat 4 has it."""


class Displays:
    """Outputs that may be updated later, also from another cell."""

    def __init__(self) -> None:
        self._shown: dict[str, list[Output]] = {}

    def add(self, name: str, output: Output) -> None:
        """Note that an output goes by a display id."""
        self._shown.setdefault(name, []).append(output)

    def named(self, name: str) -> list[Output]:
        """The outputs that go by a display id."""
        return self._shown.get(name, [])


class Outputs:
    """The outputs of one cell, as they come."""

    def __init__(self, displays: Displays, limit: int) -> None:
        """`limit`: bytes that are kept."""
        self.received = 0
        """Bytes, those that were dropped included."""
        self._displays = displays
        self._limit = limit
        self._kept: list[Output] = []
        self._size = 0
        self._cut = 0
        self._clear_next = False
        self._decoders = {
            name: codecs.getincrementaldecoder("utf-8")("replace")
            for name in ("stdout", "stderr")
        }

    def write(self, name: str, chunk: bytes) -> None:
        """Add to a stream."""
        self.received += len(chunk)
        fitting = chunk[: max(0, self._limit - self._size)]
        self._cut += len(chunk) - len(fitting)
        text = self._decoders[name].decode(fitting)
        if not text:
            return
        self._settle(len(fitting))
        last = self._kept[-1] if self._kept else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self._kept.append({"output_type": "stream", "name": name, "text": text})

    def tell(self, line: bytes) -> tuple[str, dict[str, Any]] | None:
        """Add what a line of the protocol says.

        Returns what is none of the outputs' business: a message's type and content.
        """
        self.received += len(line)
        read = _message(line)
        if read is None:
            return None
        kind, content = read
        if kind == "clear_output":
            self._clear(wait=content.get("wait") is True)
        elif kind == "update_display_data":
            self._update(content, len(line))
        elif kind == "cut":
            size = content.get("bytes")
            self._cut += size if isinstance(size, int) and size > 0 else 0
        elif kind in ("display_data", "execute_result", "error"):
            output = _output(kind, content)
            if output is not None and self._fits(len(line)):
                self._kept.append(output)
                if name := _display_id(content):
                    self._displays.add(name, output)
        else:
            return kind, content
        return None

    def add(self, output: Output) -> None:
        """Add an output of our own making."""
        if self._fits(len(json.dumps(output))):
            self._kept.append(output)

    def finished(self) -> list[Output]:
        """All of them; the last says what was cut."""
        if self._cut:
            words = f"[{self._cut} bytes of output were cut here]\n"
            self._kept.append(
                {"output_type": "stream", "name": "stdout", "text": words}
            )
        return self._kept

    @property
    def size(self) -> int:
        """Bytes kept."""
        return self._size

    def _fits(self, size: int) -> bool:
        if self._size + size > self._limit:
            self._cut += size
            return False
        self._settle(size)
        return True

    def _settle(self, size: int) -> None:
        if self._clear_next:
            self._clear(wait=False)
        self._size += size

    def _clear(self, *, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self._kept.clear()
            self._size = self._cut = 0

    def _update(self, content: dict[str, Any], size: int) -> None:
        named = self._displays.named(_display_id(content))
        new = _output("display_data", content)
        if named and new is not None and self._fits(size):
            for output in named:
                output |= {"data": new["data"], "metadata": new["metadata"]}


def _message(line: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        read = json.loads(line, parse_constant=lambda name: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if b"\\ud" in line.lower():
        read = _encodable(read)
    match read:
        case [str(kind), dict(content)]:
            return kind, content
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) != float("inf") else None


def _encodable(value: Any) -> Any:
    """Without halves of surrogate pairs, which no file takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _output(kind: str, content: dict[str, Any]) -> Output | None:
    if kind == "error":
        name, value, story = (
            content.get(field) for field in ("ename", "evalue", "traceback")
        )
        if not (isinstance(name, str) and isinstance(value, str) and _texts(story)):
            return None
        fields = {"ename": name, "evalue": value, "traceback": story}
        return {"output_type": "error", **fields}
    data, metadata = content.get("data"), content.get("metadata")
    if not isinstance(data, dict) or not all(map(_valid, data.items())):
        return None
    output: Output = {"output_type": kind, "data": data}
    output["metadata"] = metadata if isinstance(metadata, dict) else {}
    if kind == "execute_result":
        count = content.get("execution_count")
        output["execution_count"] = count if _is_count(count) else None
    return output


def _valid(item: tuple[str, Any]) -> bool:
    media_type, value = item
    is_json = media_type == "application/json" or media_type.endswith("+json")
    return is_json or isinstance(value, str) or _texts(value)


def _texts(value: Any) -> bool:
    return isinstance(value, Iterable) and (
        isinstance(value, list) and all(isinstance(line, str) for line in value)
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _display_id(content: dict[str, Any]) -> str:
    match content.get("transient"):
        case {"display_id": str(name)}:
            return name
    return ""
