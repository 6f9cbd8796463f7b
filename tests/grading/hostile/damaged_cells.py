"""Cells that were copied, moved, renamed, retyped, retagged, deleted or rewritten.

Only the work counts: what was done by accident costs nothing, and what was done to
the tests brings nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.grading.hostile.cases import (
    GREETING,
    RIGHT,
    SUMS,
    Case,
    Document,
    named,
    own,
)

Edit = Callable[[Document], Any]
TESTS = ("square", "mean")


def _at(document: Document, grade_id: str) -> int:
    found: int = document["cells"].index(named(document, grade_id))
    return found


def _move(grade_id: str, to: int) -> Edit:
    return lambda d: d["cells"].insert(to, d["cells"].pop(_at(d, grade_id)))


def _copy_of(grade_id: str, to: int | None = None) -> Edit:
    def edit(document: Document) -> None:
        cell = copy.deepcopy(named(document, grade_id))
        at = _at(document, grade_id) + 1 if to is None else to
        document["cells"].insert(at, {**cell, "id": "copied"})

    return edit


def _delete(*grade_ids: str) -> Edit:
    def edit(document: Document) -> None:
        for grade_id in grade_ids:
            del document["cells"][_at(document, grade_id)]

    return edit


def _of_tests(**changes: Any) -> Edit:
    """Change nbgrader's metadata of each test cell."""

    def edit(document: Document) -> None:
        for grade_id in TESTS:
            named(document, grade_id)["metadata"]["nbgrader"].update(changes)

    return edit


def _rewritten(source: str, **changes: Any) -> Edit:
    def edit(document: Document) -> None:
        for grade_id in TESTS:
            named(document, grade_id).update(source=source, **changes)

    return edit


def _tagged(*tags: Any, **metadata: Any) -> Edit:
    def edit(document: Document) -> None:
        for grade_id in TESTS:
            named(document, grade_id)["metadata"].update(tags=list(tags), **metadata)

    return edit


def _swapped(document: Document) -> None:
    """Give the points of each test to the other."""
    first, second = (named(document, name)["metadata"]["nbgrader"] for name in TESTS)
    first["grade_id"], second["grade_id"] = second["grade_id"], first["grade_id"]
    first["points"], second["points"] = 1000, 1000


def _bonus(document: Document) -> None:
    extra = copy.deepcopy(named(document, "square"))
    extra["metadata"]["nbgrader"].update(grade_id="bonus", points=1000)
    document["cells"].append({**extra, "id": "bonus", "source": "assert True"})


def _stripped(document: Document) -> None:
    for cell in document["cells"]:
        cell["metadata"] = {}


def _merged(document: Document) -> None:
    """Put all code into one cell, as some learners hand in."""
    code = [c["source"] for c in document["cells"] if c["cell_type"] == "code"]
    text = "\n".join("".join(source) for source in code)
    document["cells"] = [own(text)]


def _split(document: Document) -> None:
    """Work out the answer in cells of one's own, and leave the given one alone."""
    for grade_id, source in RIGHT[SUMS].items():
        at = _at(document, grade_id)
        document["cells"][at]["source"] = "pass"
        document["cells"].insert(at + 1, {**own(source), "id": f"own-{at}"})


def _into_tests(document: Document) -> None:
    """Merge each answer and its test, or write it there, as VS Code lets one do."""
    for grade_id, source in RIGHT[SUMS].items():
        test = named(document, grade_id.removesuffix("-answer"))
        test["source"] = f"{source}\n\n{''.join(test['source'])}"
        document["cells"].pop(_at(document, grade_id))


def _restubbed(document: Document) -> None:
    """Leave the released stub where it is, and answer in a cell above the test."""
    for grade_id, source in RIGHT[SUMS].items():
        at = _at(document, grade_id)
        document["cells"][at]["source"] = "raise NotImplementedError"
        document["cells"].insert(at + 1, {**own(source), "id": f"own-{at}"})


def _retyped(kind: str) -> Edit:
    def edit(document: Document) -> None:
        for grade_id in TESTS:
            cell = named(document, grade_id)
            cell["cell_type"] = kind
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    return edit


def _same_ids(document: Document) -> None:
    for cell in document["cells"]:
        cell["id"] = "same"


def _explained(document: Document) -> None:
    named(document, "explain")["source"] = "For telling what is usual."


def _honest(name: str, edit: Edit, **more: Any) -> Case:
    """An accident: nobody is accused of it."""
    return Case(name, honest=True, edit=edit, integrity=False, **more)


def _dishonest(name: str, edit: Edit, **more: Any) -> Case:
    return Case(name, edit=edit, **more)


def _meant(name: str, edit: Edit, **more: Any) -> Case:
    """What no accident does: the instructor reads of it."""
    return Case(name, edit=edit, integrity=True, **more)


CASES = (
    _honest("copies-an-answer", _copy_of("square-answer")),
    _honest("copies-a-test", _copy_of("square")),
    _honest("copies-a-test-to-the-top", _copy_of("mean", 0)),
    _honest("moves-a-test-to-the-top", _move("square", 0)),
    _honest("moves-an-answer-to-the-end", _move("square-answer", 6)),
    _honest("deletes-its-tests", _delete(*TESTS)),
    _honest("deletes-a-task", _delete("explain")),
    _honest("loses-all-metadata", _stripped),
    _honest("merges-its-cells", _merged),
    _honest("answers-beside-the-cell", _split),
    _honest("answers-below-the-stub", _restubbed),
    _honest("answers-in-its-tests", _into_tests),
    _honest("has-the-same-id-everywhere", _same_ids),
    _honest("explains-in-words", _explained, marks={"explain": None}),
    _honest("tests-are-markdown", _retyped("markdown")),
    _honest("tests-are-raw", _retyped("raw")),
    _dishonest("tests-are-markdown-and-wrong", _retyped("markdown")),
    _dishonest("deletes-its-tests-and-is-wrong", _delete(*TESTS)),
    _meant("skips-its-tests", _tagged("skip-execution")),
    _meant("tolerates-errors", _tagged("raises-exception", "remove-cell", "")),
    _dishonest(
        "freezes-its-tests",
        _tagged(editable=False, deletable=False, trusted=True, execute=False),
    ),
    _dishonest("has-tags-that-are-no-tags", _tagged(5, None, ["a"])),
    _meant("passes-by-edit", _rewritten("pass")),
    _meant("scores-by-edit", _rewritten("5")),
    _meant(
        "keeps-outputs-of-another",
        _rewritten(
            "5",
            outputs=[
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": "5"},
                    "metadata": {},
                    "execution_count": 1,
                }
            ],
        ),
    ),
    _meant("is-worth-a-thousand", _of_tests(points=1000)),
    _dishonest("is-worth-a-text", _of_tests(points="5")),
    _meant("is-worth-nothing", _of_tests(points=-1)),
    _meant("is-no-grade", _of_tests(grade=False)),
    _meant("is-a-solution", _of_tests(solution=True)),
    _meant("is-a-task", _of_tests(task=True, grade=False)),
    _dishonest("is-unlocked", _of_tests(locked=False)),
    _dishonest("is-of-no-schema", _of_tests(schema_version=0)),
    _dishonest("is-of-a-later-schema", _of_tests(schema_version=99)),
    _dishonest("has-no-grade-id", _of_tests(grade_id=None)),
    _dishonest("has-a-list-as-grade-id", _of_tests(grade_id=[1])),
    _dishonest("has-another-grade-id", _of_tests(grade_id="another")),
    _dishonest("has-an-answers-grade-id", _of_tests(grade_id="square-answer")),
    _dishonest("has-a-forged-checksum", _of_tests(checksum="0" * 32)),
    _meant("swaps-its-tests", _swapped),
    _dishonest("adds-a-bonus", _bonus),
    _dishonest("has-no-cells-left", lambda document: document["cells"].clear()),
    Case(
        "shadows-the-check-below-its-answer",
        "def check(*work, **options):\n    print('right')",
        assignment=GREETING,
        edit=lambda d: d["cells"].append(own("check = print")),
    ),
    Case(
        "deletes-the-check",
        assignment=GREETING,
        honest=True,
        edit=lambda document: document["cells"].pop(),
    ),
    Case(
        "asks-another-check",
        assignment=GREETING,
        edit=lambda d: named(d, "hello-python").update(
            source='check("monthly-cost", lambda *all, **more: 0)'
        ),
    ),
)
