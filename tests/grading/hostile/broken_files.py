"""Files that are no notebooks, nearly notebooks, or notebooks of another age.

What can be read is marked by its work; what can't is reported, and earns nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.grading.hostile.cases import Case, Document, named

Edit = Callable[[Document], Any]


def _unreadable(name: str, file: Callable[[bytes], bytes]) -> Case:
    return Case(name, honest=True, file=file, marks=LOST, problem=True)


def _readable(name: str, file: Callable[[bytes], bytes]) -> Case:
    return Case(name, honest=True, file=file)


def _edited(name: str, edit: Edit, **more: Any) -> Case:
    def file(raw: bytes) -> bytes:
        document = json.loads(raw)
        made = edit(document)
        return json.dumps(document if made is None else made).encode()

    return Case(name, honest=True, file=file, **more)


LOST = {"square": 0, "mean": 0, "explain": 0}


def _each_cell(**changes: Any) -> Edit:
    def edit(document: Document) -> None:
        for cell in document["cells"]:
            cell.update(changes)

    return edit


def _of_version_3(document: Document) -> Document:
    cells = []
    for cell in document["cells"]:
        source = cell["source"]
        if cell["cell_type"] == "code":
            cells.append(
                {
                    "cell_type": "code",
                    "collapsed": False,
                    "input": source,
                    "language": "python",
                    "metadata": cell["metadata"],
                    "outputs": [],
                }
            )
        else:
            kept = {"cell_type": "markdown", "metadata": cell["metadata"]}
            cells.append({**kept, "source": source})
    return {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _append(text: str, grade_id: str = "square-answer") -> Edit:
    def edit(document: Document) -> None:
        cell = named(document, grade_id)
        cell["source"] = "".join(cell["source"]) + text

    return edit


CASES = (
    _readable("has-a-byte-order-mark", lambda raw: b"\xef\xbb\xbf" + raw),
    Case(
        "is-utf-16",
        honest=True,
        file=lambda raw: raw.decode().encode("utf-16"),
        own_loss=True,
        problem=True,
    ),
    Case(
        "is-latin-1",
        honest=True,
        file=lambda raw: raw.replace(b"# Sums", "# Sümme".encode("latin-1")),
        own_loss=True,
        problem=True,
    ),
    _readable("ends-its-lines-as-windows", lambda raw: raw.replace(b"\n", b"\r\n")),
    _readable(
        "has-control-characters",
        lambda raw: raw.replace(b"# Sums", b"# Sums\x0b\x07\t"),
    ),
    _unreadable("is-empty", lambda raw: b""),
    _unreadable("is-blank", lambda raw: b" \n\n"),
    _unreadable("is-cut-off", lambda raw: raw[: len(raw) // 2]),
    _unreadable(
        "has-conflict-markers",
        lambda raw: (
            b"<<<<<<< HEAD\n" + raw + b"\n=======\n" + raw + b"\n>>>>>>> theirs"
        ),
    ),
    _unreadable("is-random-bytes", lambda raw: bytes(range(256)) * 40),
    _unreadable("is-a-page-to-log-in", lambda raw: b"<!doctype html><title>Log in"),
    _unreadable("is-a-zip", lambda raw: b"PK\x03\x04" + raw),
    _unreadable("is-null", lambda raw: b"null"),
    _unreadable("is-a-list", lambda raw: b"[" + raw + b"]"),
    _unreadable("is-a-number", lambda raw: b"42"),
    _unreadable("is-deep", lambda raw: b'{"cells": ' + b"[" * 100_000),
    _unreadable("is-deep-and-whole", lambda raw: b"[" * 100_000 + b"]" * 100_000),
    _unreadable(
        "has-a-deep-cell",
        lambda raw: raw.replace(b'"cells": [', b'"x": ' + b'{"a":' * 50_000, 1),
    ),
    _edited("has-no-cells", lambda document: document.update(cells=[]), marks=LOST),
    _edited("lacks-cells", lambda document: document.pop("cells") and None, marks=LOST),
    _edited("has-a-text-as-cells", lambda d: d.update(cells="none"), marks=LOST),
    _edited(
        "has-odd-cells",
        lambda d: d["cells"].extend([None, 5, "cell", [], {}, {"cell_type": []}]),
    ),
    _edited("lacks-a-version", lambda d: d.pop("nbformat") and None),
    _edited("is-of-version-5", lambda d: d.update(nbformat=5, nbformat_minor=99)),
    _edited("is-of-version-4.0", lambda d: d.update(nbformat_minor=0)),
    _edited("is-of-version-3", _of_version_3),
    _edited("has-a-text-as-version", lambda d: d.update(nbformat="4")),
    _edited("lacks-metadata", lambda d: d.pop("metadata") and None),
    _edited("has-null-as-metadata", _each_cell(metadata=None)),
    _edited("has-a-list-as-metadata", _each_cell(metadata=["nbgrader"])),
    _edited("has-odd-outputs", _each_cell(outputs=5, execution_count="many")),
    _readable(
        "has-a-great-number",
        lambda raw: raw.replace(
            b'"nbformat": 4', b'"x": 1%s, "nbformat": 4' % (b"0" * 9999)
        ),
    ),
    _edited(
        "has-a-nan",
        lambda d: d["metadata"].update(x=float("nan"), y=float("inf")),
    ),
    _edited("has-a-lone-surrogate", _append("\n# \ud800 \udfff")),
    _edited(
        "has-a-nul-in-an-answer",
        _append("\n# \0"),
        own_loss=True,
    ),
    _edited(
        "has-a-syntax-error",
        _append("\n    def (:"),
        marks={"square": 0},
    ),
    _edited(
        "has-no-source",
        lambda d: named(d, "square-answer").pop("source") and None,
        marks={"square": 0},
    ),
    _edited(
        "has-a-number-as-source",
        lambda d: named(d, "square-answer").update(source=5),
        marks={"square": 0},
    ),
    _edited(
        "has-lists-as-sources",
        lambda d: (
            [
                cell.update(source="".join(cell["source"]).splitlines(keepends=True))
                for cell in d["cells"]
            ]
            and None
        ),
    ),
    _edited("has-a-great-cell", _append("\n# " + "x" * 5_000_000), own_loss=True),
    _edited(
        "has-a-thousand-cells",
        lambda d: d["cells"].extend(
            {"cell_type": "markdown", "metadata": {}, "source": "more"}
            for _ in range(1000)
        ),
    ),
    Case("is-named-as-a-copy", honest=True, stem="sums (1)"),
    Case("is-named-as-a-checkpoint", honest=True, stem="sums-checkpoint"),
    Case("is-named-by-its-student", honest=True, stem="Émile_Zoë_SUMS_final_v2"),
    Case("is-named-oddly", honest=True, stem="-rf <b>&\u202e..sums"),
)
