"""Odd, broken and dishonest submissions: each earns what its work is worth.

No false mark, nobody else affected, none without a result, nothing left running.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.grading.hostile.baits import SECRET
from tests.grading.hostile.cases import HIDDEN, Case
from tests.grading.hostile.every_case import CASES
from tests.grading.hostile.released import released_course
from tests.sandbox.conftest import NOBODY, python_for_all

Told = Mapping[str, Any]
Battery = Mapping[str, Told]


# What a weaker tier has to hold as well.
MEDIUM = (
    *("does-it-right", "does-the-exercise-right", "runs-programs", "draws"),
    *("reads-the-baits", "reads-the-solutions", "reads-the-checks"),
    *("writes-over-the-baits", "writes-into-the-libraries", "reads-the-environment"),
    *("reads-memory-of-the-host", "ends-processes-of-the-host"),
    *("reaches-the-hosts-network", "spies-from-a-function", "reads-verdicts"),
    *("takes-memory-that-is-shared", "loops-for-ever", "exits-at-once"),
    *("leaves-a-daemon", "leaves-shared-memory", "forges-lines-in-the-test"),
)


AS_A_USER = {
    "strong": (
        *("does-it-right", "does-the-exercise-right", "reads-the-baits"),
        *("writes-over-the-baits", "reads-the-environment", "reads-memory-of-the-host"),
        *("ends-processes-of-the-host", "reaches-the-hosts-network"),
        *("spies-from-a-function", "exits-at-once"),
        *("leaves-a-daemon", "leaves-shared-memory", "forges-lines-in-the-test"),
    ),
    # Not `writes-over-the-baits`: the modes of one's own files aren't Landlock's.
    "medium": (
        *("does-it-right", "reads-the-baits", "reads-memory-of-the-host"),
        *("ends-processes-of-the-host", "reaches-the-hosts-network"),
        *("leaves-a-daemon", "leaves-shared-memory", "forges-lines-in-the-test"),
    ),
}


def battery(folder: Path, tier: str, *names: str) -> Battery:
    """What the host saw of each case; under "" of all of them."""
    course = released_course(folder / "course")
    results = folder / "results.jsonl"
    subprocess.run(
        [
            *(sys.executable, "-m", "tests.grading.hostile.battery", tier),
            *(str(course.root), str(folder / "baits"), str(results), *names),
        ],
        cwd=ROOT,
        check=True,
    )
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    return {line.get("case", ""): line for line in lines}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Battery:
    return battery(tmp_path_factory.mktemp("hostile"), "best")


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_marks_are_those_of_the_work(case: Case, told: Battery) -> None:
    """There is a result, and each cell in it has the mark that it earned."""
    assert _unearned(case, told) == {}


@each_case
def test_nothing_is_taken_or_touched(case: Case, told: Battery) -> None:
    """No bait was reached, changed or read; no hidden test is told."""
    assert _taken(case, told) == []


@each_case
def test_the_instructor_is_told(case: Case, told: Battery) -> None:
    """Problems and what was tried are noted, each in a sentence of its own."""
    result = told[case.name]["result"]
    for kind, wanted in (("problems", case.problem), ("integrity", case.integrity)):
        if wanted is not None:
            assert bool(result[kind]) == wanted
        assert all(note["kind"] and note["message"] for note in result[kind])
    json.dumps(result, allow_nan=False).encode()


def test_nothing_is_left_running(told: Battery) -> None:
    """No process, file, mount or shared memory outlives its submission."""
    assert told[""]["left"] == {kind: [] for kind in told[""]["left"]}


def test_weaker_walls_hold_as_well(tmp_path: Path) -> None:
    """Without namespaces, by the same baits."""
    seen = battery(tmp_path, "medium", *MEDIUM)
    cases = [case for case in CASES if case.name in MEDIUM]
    assert {case.name: _unearned(case, seen) for case in cases} == {
        case.name: {} for case in cases
    }
    assert {case.name: _taken(case, seen) for case in cases} == {
        case.name: [] for case in cases
    }
    assert seen[""]["left"] == {kind: [] for kind in seen[""]["left"]}


@pytest.mark.parametrize(("tier", "names"), AS_A_USER.items())
def test_a_user_s_class_is_as_safe_as_root_s(tier: str, names: Sequence[str]) -> None:
    """`grader grade` by somebody unprivileged: classes of attacks, and honest work."""
    folder = Path(tempfile.mkdtemp(prefix="class-"))
    anybody: dict[str, Any] = {}
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        anybody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    written = folder / "results.jsonl"
    try:
        ran = subprocess.run(
            [
                *(python_for_all(), "-m", "tests.grading.hostile.classroom"),
                *(tier, str(folder), str(written), *names),
            ],
            cwd=ROOT,
            # The libraries may be another Python's, which root alone may start.
            env={
                "PATH": os.defpath,
                "PYTHONPATH": f"{ROOT}:{Path(pytest.__file__).parents[1]}",
            },
            capture_output=True,
            text=True,
            check=False,
            **anybody,
        )
        assert ran.returncode == 0, ran.stderr
        lines = [json.loads(line) for line in written.read_text().splitlines()]
    finally:
        shutil.rmtree(folder)
    seen = {line.get("case", ""): line for line in lines}
    cases = [case for case in CASES if case.name in names]
    assert seen.keys() == {"", *names}
    assert {case.name: _unearned(case, seen) for case in cases} == {
        case.name: {} for case in cases
    }
    assert [_taken(case, seen) for case in cases] == [[] for _ in cases]
    assert {seen[name]["result"]["isolation"]["tier"] for name in names} == {tier}
    assert seen[""]["touched"] == []
    assert seen[""]["left"] == {kind: [] for kind in seen[""]["left"]}


def _unearned(case: Case, told: Battery) -> dict[str, str]:
    """The marks that aren't those expected, each with its message."""
    (notebook,) = told[case.name]["result"]["notebooks"].values()
    found = {mark["grade_id"]: mark["points"] for mark in notebook["marks"]}
    said = {mark["grade_id"]: mark["message"] for mark in notebook["marks"]}
    assert found.keys() == case.expected.keys()
    return {
        grade_id: f"{points}: {said[grade_id]}"
        for grade_id, points in found.items()
        if points != case.expected[grade_id] and not (case.own_loss and points == 0)
    }


def _taken(case: Case, told: Battery) -> list[str]:
    """What was done to the baits, and who told of a hidden test."""
    result = told[case.name]["result"]
    executed = [notebook["executed"] for notebook in result["notebooks"].values()]
    outputs = [cell.get("outputs") for nb in executed if nb for cell in nb["cells"]]
    texts = [*_told_to_learners(result), json.dumps(outputs)]
    return [
        *told[case.name]["touched"],
        *("a secret was read" for text in texts if SECRET in text),
        *("a hidden test is told" for text in texts[:-1] if HIDDEN in text),
    ]


def _told_to_learners(result: Told) -> Iterator[str]:
    for notebook in result["notebooks"].values():
        for mark in notebook["marks"]:
            shown = ("message", "expected", "observed", "look", "explanation", "hint")
            yield from (str(mark.get(field)) for field in shown)
