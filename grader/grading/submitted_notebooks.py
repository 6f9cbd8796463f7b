"""Reading a submitted notebook, whatever its bytes are.

nbformat refuses what Jupyter itself would repair, and a class has files from many
programs. Here a notebook is its cells: everything else about it is the course's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.grading.graded import Note

FILE_LIMIT = 64_000_000
"""Bytes; outputs make notebooks large, and none of them is read."""
VALUE_LIMIT = 3_000_000
"""Values in the JSON: each costs memory, and a file of brackets has one per byte."""
CELL_LIMIT = 5_000
SOURCE_LIMIT = 1_000_000
"""Characters of one cell."""
SOURCES_LIMIT = 8_000_000
"""Characters of all cells together."""
PICTURES_LIMIT = 32_000_000
"""Characters of all pictures in text cells, in base64."""
_LATEST = 4
_DIGITS = 1000
_KINDS = ("code", "markdown", "raw")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_NOTHING = "\0 \t\r\n"
"""What a disk or an editor leaves at the end of a file."""
_AGAIN = "See that it opens in JupyterLab, save it there, and hand it in again."


class Unreadable(Exception):
    """A file that is no notebook; the message says what it is and what to do."""


@dataclass(frozen=True)
class SubmittedCell:
    """One cell as it was handed in; outputs are made again and never read."""

    cell_type: str
    source: str
    id: str | None = None
    nbgrader: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Pictures in a text cell: name, then media type, then base64."""

    @property
    def grade_id(self) -> str | None:
        """nbgrader's name of the cell; a copy in JupyterLab has it too."""
        name = self.nbgrader.get("grade_id")
        return name if isinstance(name, str) and name else None


@dataclass(frozen=True)
class SubmittedNotebook:
    """The cells of one file, and what had to be mended to read them."""

    cells: tuple[SubmittedCell, ...]
    notes: tuple[Note, ...] = ()


def read(data: bytes) -> SubmittedNotebook:
    """The cells in a file.

    Raises: Unreadable.
    """
    notes: list[Note] = []
    document = _document(_text(data, notes), notes)
    found = _cells(document, notes)
    if len(found) > CELL_LIMIT:
        notes.append(
            Note(
                "cut",
                "",
                f"The notebook has {len(found)} cells; the first {CELL_LIMIT} are read",
            )
        )
    cells = [_cell(one, at, notes) for at, one in enumerate(found[:CELL_LIMIT], 1)]
    kept = tuple(_within_limits([cell for cell in cells if cell], notes))
    return SubmittedNotebook(kept, tuple(notes))


def _within_limits(
    cells: list[SubmittedCell], notes: list[Note]
) -> Iterator[SubmittedCell]:
    """The cells as long as there is room for them, and pictures likewise."""
    sources, pictures = SOURCES_LIMIT, PICTURES_LIMIT
    for at, cell in enumerate(cells, 1):
        sources -= len(cell.source)
        if sources < 0:
            said = f"The cells from here on were left out: {SOURCES_LIMIT} characters"
            notes.append(Note("cut", f"cell {at}", f"{said} are read of all together"))
            return
        size = sum(
            len(data) for one in cell.attachments.values() for data in one.values()
        )
        if size > pictures:
            notes.append(Note("cut", f"cell {at}", "Its pictures were too large"))
            yield replace(cell, attachments={})
        else:
            pictures -= size
            yield cell


def _text(data: bytes, notes: list[Note]) -> str:
    if not data.strip(_NOTHING.encode()):
        raise Unreadable(f"The file is empty. {_AGAIN}")
    if len(data) > FILE_LIMIT:
        raise Unreadable(
            f"The file has {len(data) / 1e6:.0f} MB, and {FILE_LIMIT / 1e6:.0f} MB is "
            "the limit. Clear all outputs in JupyterLab, save, and hand it in again."
        )
    if known := _other_format(data):
        raise Unreadable(f"The file is {known}, not a notebook. {_AGAIN}")
    encoding = json.detect_encoding(data)
    if encoding not in ("utf-8", "utf-8-sig") or data.startswith(b"\xef\xbb\xbf"):
        notes.append(Note("encoding", "", f"The file is in {encoding}, which was read"))
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        notes.append(
            Note("encoding", "", "The file isn't UTF-8; it was read as Windows-1252")
        )
        return data.decode("cp1252", "replace")


def _other_format(data: bytes) -> str | None:
    start = data[:512].lstrip().lower()
    if data.startswith(b"PK\x03\x04"):
        return "a zip archive (unpack it first)"
    if data.startswith(b"%PDF"):
        return "a PDF"
    if data.startswith(b"\x1f\x8b"):
        return "a gzip archive (unpack it first)"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return None


def _integer(digits: str) -> int:
    """An integer, or 0 for one that Python takes too long to read."""
    return int(digits) if len(digits) < _DIGITS else 0


# A tab typed into a text costs nobody a notebook, and neither does a number.
_DECODER = json.JSONDecoder(strict=False, parse_int=_integer)


def _document(text: str, notes: list[Note]) -> dict[str, Any]:
    if re.search(r"^<{7}( |$)", text, re.MULTILINE) and re.search(
        r"^>{7}( |$)", text, re.MULTILINE
    ):
        raise Unreadable(
            "The file has git's conflict markers (<<<<<<<): two versions of it were "
            "never merged. Choose one (git checkout --ours or --theirs), look at it "
            "in JupyterLab, and hand it in again."
        )
    if _values(text) > VALUE_LIMIT:
        raise Unreadable(
            f"The file has more than {VALUE_LIMIT} values in it, which no notebook "
            f"has. {_AGAIN}"
        )
    try:
        document, end = _DECODER.raw_decode(text, len(text) - len(text.lstrip()))
        if (rest := text[end:].strip(_NOTHING)) and not _has_cells(document):
            raise json.JSONDecodeError("Extra data", text, end)
    except RecursionError:
        raise Unreadable(
            f"The file's JSON is nested too deeply for a notebook. {_AGAIN}"
        ) from None
    except ValueError as fault:
        raise Unreadable(_no_json(text, fault)) from None
    if rest:
        said = f"Behind the notebook the file goes on for {len(rest)} characters"
        notes.append(Note("format", "", f"{said}, which weren't read"))
    if not isinstance(document, dict):
        raise Unreadable(
            f"The file is JSON, but a {type(document).__name__} and not a notebook. "
            f"{_AGAIN}"
        )
    return document


def _has_cells(document: Any) -> bool:
    return isinstance(document, dict) and bool(
        {"cells", "worksheets"} & document.keys()
    )


def _values(text: str) -> int:
    """How many values the JSON has, at most."""
    count = _separators(text)
    if count > VALUE_LIMIT:
        # Perhaps they stand in what a cell printed.
        count = _separators(re.sub(r'"(?:[^"\\]|\\.)*+"', '""', text, flags=re.DOTALL))
    return count


def _separators(text: str) -> int:
    return text.count(",") + text.count("[") + text.count("{")


def _no_json(text: str, fault: ValueError) -> str:
    if isinstance(fault, json.JSONDecodeError):
        if fault.pos >= len(text.rstrip()) or "Unterminated" in fault.msg:
            return (
                "The file ends in the middle of the notebook: it was cut off while it "
                f"was saved or sent. {_AGAIN}"
            )
        where = f"line {fault.lineno}: {fault.msg}"
    else:
        where = str(fault)
    return f"The file isn't JSON ({where}), so it is no notebook. {_AGAIN}"


def _cells(document: dict[str, Any], notes: list[Note]) -> list[Any]:
    version = document.get("nbformat")
    if isinstance(version, int) and version > _LATEST:
        notes.append(
            Note(
                "format",
                "",
                f"The notebook says that its format is {version}; it was read as "
                f"{_LATEST}",
            )
        )
    sheets = document.get("worksheets")
    if not isinstance(document.get("cells"), list) and isinstance(sheets, list):
        notes.append(
            Note(
                "format",
                "",
                "The notebook is in a format from before 2015; it was read",
            )
        )
        return [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise Unreadable(f"The file is JSON, but has no cells: no notebook. {_AGAIN}")
    return cells


def _cell(found: Any, at: int, notes: list[Note]) -> SubmittedCell | None:
    if not isinstance(found, dict):
        notes.append(Note("no cell", f"cell {at}", "It isn't a cell and was left out"))
        return None
    return submitted_cell(found, at, notes)


def submitted_cell(
    found: Mapping[str, Any], at: int, notes: list[Note]
) -> SubmittedCell:
    """One cell of a notebook's JSON, the `at`th of it; what is odd becomes a note."""
    metadata = found.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    tags = metadata.get("tags")
    source = _joined(found.get("source", found.get("input", "")))
    if len(source) > SOURCE_LIMIT:
        notes.append(
            Note(
                "cut", f"cell {at}", f"Of {len(source)} characters the first were read"
            )
        )
        source = source[:SOURCE_LIMIT]
    return SubmittedCell(
        cell_type=_kind(found, at, notes),
        source=source,
        id=found["id"] if isinstance(found.get("id"), str) else None,
        nbgrader=_plain(nbgrader) if isinstance(nbgrader, dict) else {},
        tags=tuple(tag for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
        attachments=_attachments(found.get("attachments")),
    )


def _kind(found: Mapping[str, Any], at: int, notes: list[Note]) -> str:
    kind = found.get("cell_type")
    if kind in _KINDS:
        return str(kind)
    if kind == "heading":
        return "markdown"
    is_code = "outputs" in found or "execution_count" in found or "input" in found
    assumed = "code" if is_code else "markdown"
    notes.append(
        Note("no cell", f"cell {at}", f"Its type isn't known; it was read as {assumed}")
    )
    return assumed


def _joined(source: Any) -> str:
    """Text, whether it is one string or its lines; no half characters."""
    parts = source if isinstance(source, list) else [source]
    lines = [part for part in parts if isinstance(part, str)]
    # Some programs split a text at its line ends and drop them.
    are_bare = len(lines) > 1 and not any("\n" in line for line in lines)
    return _whole(("\n" if are_bare else "").join(lines))


def _whole(text: str) -> str:
    # JSON can say half of a surrogate pair, and no file can hold it.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that nbgrader's metadata has: text, numbers, yes and no."""
    return {
        str(name): _whole(value) if isinstance(value, str) else value
        for name, value in values.items()
        if isinstance(value, str | int | float | bool)
    }


def _attachments(found: Any) -> dict[str, dict[str, str]]:
    return {
        _whole(name): pictures
        for name, given in (found.items() if isinstance(found, dict) else ())
        if (pictures := dict(_pictures(given)))
    }


def _pictures(given: Any) -> Iterator[tuple[str, str]]:
    for kind, data in given.items() if isinstance(given, dict) else ():
        text = "".join(data) if _is_lines(data) else data
        if kind in _IMAGES and isinstance(text, str) and _BASE64.fullmatch(text):
            yield kind, text


def _is_lines(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(line, str) for line in data)
