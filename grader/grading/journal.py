"""The durable record of grading: a line of JSON per result, only ever appended.

A run that is killed at any moment leaves whole lines and at most one that is torn. A
torn line is no result: its submission is graded again. Of several results of one
submission the last one counts.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from grader.errors import WorkUnusable

NAME = "journal.jsonl"
Result = dict[str, Any]
Key = tuple[str, str]
"""A student and an assignment."""

_PACKED = "zlib"


@dataclass(frozen=True, slots=True)
class Noted:
    """Where the result of a submission is, and of which content it is the result."""

    digest: str
    offset: int
    length: int


class Journal(AbstractContextManager["Journal"]):
    """An open journal; holds an index of it in memory, never the results."""

    def __init__(self, path: Path) -> None:
        """Open a journal, made if it isn't there.

        Raises: WorkUnusable.
        """
        self._path = path
        try:
            self._file: BinaryIO = path.open("a+b", buffering=0)
            # The name of a new file has to outlive a power cut as well.
            _sync_folder(path.parent)
        except OSError as fault:
            raise WorkUnusable(f"{path} can't be written: {fault.strerror}") from fault
        self._index = dict(_indexed(self._file))

    def __exit__(self, *ended: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._index)

    def digest(self, student: str, assignment: str) -> str | None:
        """The content whose result is in the journal."""
        noted = self._index.get((student, assignment))
        return noted.digest if noted else None

    def append(self, result: Mapping[str, Any]) -> None:
        """Note a result; it is on the disk when this returns.

        Raises: WorkUnusable when the disk is full, say.
        """
        line = json.dumps(_packed(result), ensure_ascii=True).encode() + b"\n"
        try:
            self._end()
            offset = self._file.seek(0, os.SEEK_END)
            written = self._file.write(line)
            if written != len(line):
                raise OSError(0, f"{written} of {len(line)} bytes were written")
            os.fsync(self._file.fileno())
        except OSError as fault:
            raise WorkUnusable(
                f"{self._path} can't be written: {fault.strerror}; "
                "what is in it counts, and the same command goes on from there"
            ) from fault
        key = (str(result["student"]), str(result["assignment"]))
        self._index[key] = Noted(str(result["digest"]), offset, len(line))

    def result(self, student: str, assignment: str) -> Result | None:
        """The result of a submission that counts."""
        noted = self._index.get((student, assignment))
        return None if noted is None else self._read(noted)

    def results(self) -> Iterator[Result]:
        """The results that count, one in memory at a time, in the order of the file."""
        for noted in sorted(self._index.values(), key=lambda noted: noted.offset):
            yield self._read(noted)

    def _read(self, noted: Noted) -> Result:
        return unpacked(json.loads(_at(self._file, noted)))

    def _end(self) -> None:
        """Put an end to a torn line, so that the next one stands by itself."""
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")


def results(path: Path, *, packed: bool = False) -> Iterator[Result]:
    """The results that count in a journal that somebody else may be writing to.

    Args:
        packed: leave executed notebooks compressed, for who may not need them; see
            `unpacked`.

    Raises: FileNotFoundError.
    """
    with path.open("rb") as file:
        index = dict(_indexed(file))
        for noted in sorted(index.values(), key=lambda noted: noted.offset):
            read = json.loads(_at(file, noted))
            yield read if packed else unpacked(read)


def _indexed(file: BinaryIO) -> Iterator[tuple[Key, Noted]]:
    file.seek(0)
    offset = 0
    # Not `for line in file`: an unbuffered file would read byte by byte.
    with open(file.fileno(), "rb", closefd=False) as lines:
        for line in lines:
            try:
                read = json.loads(line)
                key = (str(read["student"]), str(read["assignment"]))
                yield key, Noted(str(read["digest"]), offset, len(line))
            except (ValueError, KeyError, TypeError):
                pass  # torn by the end of a run
            offset += len(line)


def _at(file: BinaryIO, noted: Noted) -> bytes:
    return os.pread(file.fileno(), noted.length, noted.offset)


def _packed(result: Mapping[str, Any]) -> Result:
    """With executed notebooks compressed: they are most of a result."""
    notebooks = {}
    for stem, notebook in result.get("notebooks", {}).items():
        notebooks[stem] = dict(notebook)
        if notebook.get("executed") is not None:
            plain = json.dumps(notebook["executed"], ensure_ascii=True).encode()
            text = base64.b64encode(zlib.compress(plain)).decode()
            notebooks[stem]["executed"] = {_PACKED: text}
    return {**result, "notebooks": notebooks}


def unpacked(result: Result) -> Result:
    """A result with its executed notebooks as they were, changed in place."""
    for notebook in result["notebooks"].values():
        executed = notebook.get("executed")
        if executed is not None and set(executed) == {_PACKED}:
            plain = zlib.decompress(base64.b64decode(executed[_PACKED]))
            notebook["executed"] = json.loads(plain)
    return result


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
