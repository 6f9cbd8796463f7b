"""Reading what a class hands in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.grading.submitted_notebooks import Unreadable, read

SOURCE = "print('grüße, 🦆')"


def _document(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, **more}


def _code(source: Any = SOURCE, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, **more}


def _bytes(document: Any, encoding: str = "utf-8") -> bytes:
    return json.dumps(document, ensure_ascii=False).encode(encoding)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]
)
def test_every_unicode_encoding_is_read(encoding: str) -> None:
    """Windows' editors save with a mark in front, or in two bytes per character."""
    found = read(_bytes(_document(_code()), encoding))
    assert [cell.source for cell in found.cells] == [SOURCE]
    assert [note.kind for note in found.notes] == (
        [] if encoding == "utf-8" else ["encoding"]
    )


def test_another_encoding_is_read_as_windows_does() -> None:
    """An umlaut of an old editor costs nobody a submission."""
    found = read(_bytes(_document(_code("# grüße")), "cp1252"))
    assert found.cells[0].source == "# grüße"
    assert "Windows-1252" in found.notes[0].message


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"# one", b"# one\t\x07"), (b'"nbformat": 4', b'"nbformat": 4' + b"0" * 5000)],
)
def test_what_strict_json_refuses_is_read(before: bytes, after: bytes) -> None:
    """A control character in a text, or a number that Python takes too long for."""
    data = _bytes(_document(_code("# one")))
    assert before in data
    assert read(data.replace(before, after)).cells[0].source.startswith("# one")


@pytest.mark.parametrize("rest", [b"\n\0\0\0", b"\n}\n]", b'{"cells": []}'])
def test_what_follows_a_notebook_is_not_read(rest: bytes) -> None:
    """A longer file was written over, or a disk filled it up."""
    found = read(_bytes(_document(_code("# one"))) + rest)
    assert [cell.source for cell in found.cells] == ["# one"]
    assert len(found.notes) == bool(rest.strip(b"\0\n"))


def test_lines_without_their_ends_are_lines() -> None:
    """Some programs split a cell's text and drop what they split at."""
    lines = ["def f():", "    return 1"]
    assert read(_bytes(_document(_code(lines)))).cells[0].source == "\n".join(lines)
    [cell] = read(_bytes(_document(_code(["a = ", "1\n", "b = 2"])))).cells
    assert cell.source == "a = 1\nb = 2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\0", "empty"),
        (b'{"cells": [], "nbf', "ends in the middle"),
        (b'{"cells": [', "ends in the middle"),
        (b"def square(n):\n    return n * n", "isn't JSON"),
        (b'"""Mine."""\ndef square(n):\n    return n * n', "isn't JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"[" + b"[]," * 3_000_001 + b"[]]", "more than 3000000 values"),
        (b"[1, 2]", "a list and not a notebook"),
        (b"null", "not a notebook"),
        (b"{}", "no cells"),
        (b'{"cells": {"a": 1}}', "no cells"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8brest", "a gzip archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"\n<!DOCTYPE html><title>Log in</title>", "a web page"),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n>>>>>>> main\n}', "conflict markers"),
    ],
)
def test_what_is_no_notebook_is_named(data: bytes, said: str) -> None:
    """The message says what it is instead, and what to do about it."""
    with pytest.raises(Unreadable, match=said) as fault:
        read(data)
    assert "hand it in again" in str(fault.value)


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't even decoded; clearing its outputs helps."""
    monkeypatch.setattr("grader.grading.submitted_notebooks.FILE_LIMIT", 10)
    with pytest.raises(Unreadable, match="Clear all outputs"):
        read(_bytes(_document(_code())))


def test_much_output_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commas that a cell printed aren't values."""
    monkeypatch.setattr("grader.grading.submitted_notebooks.VALUE_LIMIT", 100)
    printed = {"output_type": "stream", "name": "stdout", "text": 'a,"[' * 1000}
    assert read(_bytes(_document(_code(outputs=[printed])))).cells[0].source == SOURCE


def test_a_notebook_of_another_format_is_read() -> None:
    """The formats 3 and 5, whose cells differ little or not at all."""
    code = {"cell_type": "code", "input": [SOURCE], "metadata": {}, "outputs": []}
    heading = {"cell_type": "heading", "level": 1, "source": "A title"}
    old = {"nbformat": 3, "worksheets": [{"cells": [code, heading]}, 7]}
    found = read(_bytes(old))
    assert [(cell.cell_type, cell.source) for cell in found.cells] == [
        ("code", SOURCE),
        ("markdown", "A title"),
    ]
    assert [note.kind for note in found.notes] == ["format"]
    new = read(_bytes(_document(_code(), nbformat=5)))
    assert (new.cells[0].source, new.notes[0].kind) == (SOURCE, "format")


@pytest.mark.parametrize(
    ("cell", "kind", "source"),
    [
        (_code(["a = 1\n", "b = 2"]), "code", "a = 1\nb = 2"),
        (_code(["a = 1", 7, None]), "code", "a = 1"),
        (_code(None), "code", ""),
        (_code({"a": 1}), "code", ""),
        ({"cell_type": "code"}, "code", ""),
        ({"cell_type": "quiz", "source": "?"}, "markdown", "?"),
        ({"source": "a", "execution_count": None}, "code", "a"),
        (_code("a", metadata=[1]), "code", "a"),
        (_code("a", metadata={"nbgrader": "x", "tags": "y"}), "code", "a"),
        (_code("a", id=7), "code", "a"),
        (_code("'\ud800'"), "code", "'\ufffd'"),
    ],
)
def test_a_damaged_cell_is_still_a_cell(
    cell: dict[str, Any], kind: str, source: str
) -> None:
    """What can be known of it is, and nothing of it stops anything."""
    found = read(json.dumps(_document(cell)).encode())
    assert [(one.cell_type, one.source) for one in found.cells] == [(kind, source)]


def test_what_isnt_a_cell_is_left_out() -> None:
    """Numbers and lists among the cells are told and ignored."""
    found = read(_bytes(_document(7, _code(), [], None)))
    assert [cell.source for cell in found.cells] == [SOURCE]
    assert [note.cell for note in found.notes] == ["cell 1", "cell 3", "cell 4"]


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell["metadata"].update(nbgrader={"grade_id": ["a"]}),
        lambda cell: cell["metadata"].update(nbgrader={"grade_id": ""}),
        lambda cell: cell["metadata"].update(nbgrader=None),
    ],
)
def test_a_name_that_is_no_name_is_none(change: Callable[[Any], None]) -> None:
    """nbgrader's metadata may say anything."""
    cell = _code()
    change(cell)
    assert read(_bytes(_document(cell))).cells[0].grade_id is None


def test_pictures_of_a_text_cell_are_kept() -> None:
    """A drawing that was pasted into an answer is the answer; a script isn't."""
    given = {"a.png": {"image/png": ["aGFs", "bG8="]}, "b": {"text/html": "<script>"}}
    cell = {"cell_type": "markdown", "source": "![](a)", "attachments": given}
    assert read(_bytes(_document(cell))).cells[0].attachments == {
        "a.png": {"image/png": "aGFsbG8="}
    }


def test_a_notebook_of_too_much_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures go first, each in its turn; then cells."""
    monkeypatch.setattr("grader.grading.submitted_notebooks.SOURCES_LIMIT", 5)
    monkeypatch.setattr("grader.grading.submitted_notebooks.PICTURES_LIMIT", 5)
    picture = {"a": {"image/png": "aGFs"}}
    shown = {"cell_type": "markdown", "source": "ab", "attachments": picture}
    found = read(_bytes(_document(shown, shown, _code("cd"))))
    assert [bool(cell.attachments) for cell in found.cells] == [True, False]
    assert [(note.kind, note.cell) for note in found.notes] == [
        ("cut", "cell 2"),
        ("cut", "cell 3"),
    ]


def test_too_many_cells_and_too_long_ones_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both are told."""
    monkeypatch.setattr("grader.grading.submitted_notebooks.CELL_LIMIT", 2)
    monkeypatch.setattr("grader.grading.submitted_notebooks.SOURCE_LIMIT", 3)
    found = read(_bytes(_document(_code("abcd"), _code("b"), _code("c"))))
    assert [cell.source for cell in found.cells] == ["abc", "b"]
    assert [note.kind for note in found.notes] == ["cut", "cut"]
