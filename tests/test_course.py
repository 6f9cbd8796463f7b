"""What holds for every notebook of the course."""

from __future__ import annotations

import ast
import random
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader import checks
from grader.checks.exercise import Exercise, exercises
from grader.grading.course import Course
from grader.grading.examination import examined_lab
from grader.grading.examined_cells import CheckCall, calls
from grader.grading.execution import Run, run
from grader.grading.release import generate
from grader.lab import lessons

COURSE = Course(Path(__file__).parent.parent)
NAMES = sorted(
    path.relative_to(COURSE.solutions).as_posix()
    for path in COURSE.solutions.glob("*/*.ipynb")
)
EVERY = [
    *(COURSE.solutions / name for name in NAMES),
    *(COURSE.notebooks / name for name in NAMES),
]
ELSEWHERE = "ap-southeast-2"
CELLS_IN_A_ROW = 8
"""Code cells that are read and run before something is asked."""
SECTION = re.compile(r"^## \d+\.\d+ (.+)$", re.MULTILINE)
ASKED = re.compile(r"^(check|predict)\(", re.MULTILINE)
FORBIDDEN_WORDS = re.compile(r"\b(simply|just|obviously)\b", re.IGNORECASE)
REGION = re.compile(r"\b(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d\b")
ACCOUNT = re.compile(r"\b\d{12}\b")
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)

each_notebook = pytest.mark.parametrize("name", NAMES)
each_file = pytest.mark.parametrize(
    "path", EVERY, ids=lambda path: path.relative_to(COURSE.root).as_posix()
)


@cache
def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@cache
def _run(path: Path) -> Run:
    return run(path, progress=False)


@cache
def _solved(name: str) -> tuple[Run, Run]:
    """A solved notebook, run twice in one lab.

    The second time is in another Region, with its checks at the end and shuffled:
    exercises don't wait for one another.
    """
    path = COURSE.solutions / name
    with examined_lab() as lab, tempfile.TemporaryDirectory() as folder:
        first = run(path, progress=False, lab=lab)
        document = nbformat.read(path, as_version=4)
        tests = [cell for cell in document.cells if _is_test(cell)]
        others = [cell for cell in document.cells if not _is_test(cell)]
        random.Random(name).shuffle(tests)
        document.cells = [*others, *tests]
        shuffled = Path(folder) / path.name
        nbformat.write(document, shuffled)
        again = run(shuffled, progress=False, lab=lab, region=ELSEWHERE)
    return first, again


def _about(cell: Any) -> dict[str, Any]:
    return dict(cell.metadata.get("nbgrader") or {})


def _code(path: Path) -> list[Any]:
    return [cell for cell in _read(path).cells if cell.cell_type == "code"]


def _is_test(cell: Any) -> bool:
    return bool(_about(cell).get("grade") and not _about(cell).get("solution"))


def _tests(path: Path) -> list[Any]:
    return [cell for cell in _code(path) if _is_test(cell)]


def _exercises() -> list[Exercise]:
    checks.load()
    # Tests of the examiner register checks of their own beside the course's.
    return [
        exercise
        for exercise in exercises()
        if exercise.check.__module__.startswith("grader.checks.")
    ]


def _sections(path: Path) -> dict[str, list[Any]]:
    """The code cells of each numbered section, by its heading."""
    found: dict[str, list[Any]] = {}
    here: list[Any] = []
    for cell in _read(path).cells:
        if cell.cell_type == "code":
            here.append(cell)
        elif re.search(r"^## ", cell.source, re.MULTILINE):
            here = []
            if heading := SECTION.search(cell.source):
                found[heading.group()] = here
    return found


def test_there_is_a_course() -> None:
    """The tests below have something to say."""
    assert NAMES


@each_notebook
def test_a_solved_notebook_earns_full_marks(name: str) -> None:
    """Every exercise's solution passes its check and its hidden variation."""
    ran, _ = _solved(name)
    assert {mark.exercise: mark.message for mark in ran.marks if mark.message} == {}
    assert ran.points == ran.maximum > 0


@each_notebook
def test_a_solved_notebook_runs_without_an_error_or_stderr(name: str) -> None:
    """No cell of the lesson fails, and none writes what would look like an error."""
    ran, _ = _solved(name)
    assert ran.failures == ()


@each_notebook
def test_a_solved_notebook_earns_full_marks_again(name: str) -> None:
    """In the same lab, in another Region, its checks in another order."""
    ran, again = _solved(name)
    assert {mark.exercise: mark.message for mark in again.marks if mark.message} == {}
    assert again.points == ran.maximum
    assert again.failures == ()


@each_notebook
def test_a_released_notebook_earns_nothing(name: str) -> None:
    """The starters pass no check; where one is tried out it says it isn't written."""
    ran = _run(COURSE.notebooks / name)
    assert ran.points == 0
    assert ran.maximum == _solved(name)[0].maximum
    assert ran.failures == ()


def test_the_committed_release_is_a_fresh_one(tmp_path: Path) -> None:
    """notebooks/ is what solutions/ gives, byte by byte: else run `make release`."""
    generate(COURSE, into=tmp_path)

    def files(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "/." not in f"/{path.relative_to(folder)}"
        }

    fresh, committed = files(tmp_path), files(COURSE.notebooks)
    assert sorted(committed) == sorted(fresh)
    assert [name for name in fresh if fresh[name] != committed[name]] == []


def test_each_exercise_has_one_test_cell_of_its_name() -> None:
    """Every registered check is called by one test cell, whose grade_id is its name."""
    registered = sorted(exercise.name for exercise in _exercises())
    cells = [cell for name in NAMES for cell in _tests(COURSE.solutions / name)]
    assert sorted(_about(cell)["grade_id"] for cell in cells) == registered


@each_notebook
def test_a_test_cell_is_one_check_and_its_hidden_variation(name: str) -> None:
    """It says nothing else; a value at its end would be read as partial credit."""
    for cell in _tests(COURSE.solutions / name):
        check = _about(cell)["grade_id"]
        assert calls(cell.source) == (CheckCall(check), CheckCall(check, True))
        statements = ast.parse(cell.source).body
        assert len(statements) == 2, check
        hidden = cell.source.index("### BEGIN HIDDEN TESTS")
        assert hidden < cell.source.index("variation=True"), check


@each_notebook
def test_a_check_is_called_in_test_cells_only(name: str) -> None:
    """No other cell earns or loses anything."""
    tests = {cell.id for cell in _tests(COURSE.solutions / name)}
    others = [cell for cell in _code(COURSE.solutions / name) if cell.id not in tests]
    assert [cell.id for cell in others if calls(cell.source)] == []


@each_notebook
def test_no_solution_is_in_a_released_notebook(name: str) -> None:
    """Neither a marker nor a line of a solution is left in the learner's cell."""
    released = {cell.id: cell.source for cell in _read(COURSE.notebooks / name).cells}
    assert not any("BEGIN SOLUTION" in text for text in released.values())
    assert not any("HIDDEN TESTS" in text for text in released.values())
    assert not any("variation=True" in text for text in released.values())
    for cell in _read(COURSE.solutions / name).cells:
        for region in SOLUTION.findall(cell.source):
            lines = {line.strip() for line in region.splitlines() if line.strip()}
            left = {line.strip() for line in released[cell.id].splitlines()}
            assert lines & left == set(), cell.id


@each_notebook
def test_a_release_keeps_the_cells_and_their_ids(name: str) -> None:
    """A learner's notebook and its source can be laid side by side."""
    source, released = _read(COURSE.solutions / name), _read(COURSE.notebooks / name)
    ids = [cell.id for cell in source.cells]
    assert [cell.id for cell in released.cells] == ids
    assert len(set(ids)) == len(ids)


@each_file
def test_nothing_was_run_before_it_was_committed(path: Path) -> None:
    """No outputs and no execution counts: they would change with every run."""
    assert [cell.id for cell in _code(path) if cell.outputs] == []
    assert [cell.id for cell in _code(path) if cell.execution_count is not None] == []


@each_file
def test_a_code_cell_shows_one_idea(path: Path) -> None:
    """12 lines at most, except where the learner writes the answer."""
    long = [
        (cell.id, len(cell.source.splitlines()))
        for cell in _code(path)
        if len(cell.source.splitlines()) > 12 and not _about(cell).get("solution")
    ]
    assert long == []


@each_file
def test_the_imports_come_first_and_are_few(path: Path) -> None:
    """The first cell tells what it is all for; the first code cell has 5 lines."""
    first = _read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert len(_code(path)[0].source.splitlines()) <= 5


@each_file
def test_no_word_makes_a_learner_feel_slow(path: Path) -> None:
    """What is easy for the author isn't for the reader."""
    found = [
        (cell.id, match.group())
        for cell in _read(path).cells
        if (match := FORBIDDEN_WORDS.search(cell.source))
    ]
    assert found == []


@each_file
def test_no_region_or_account_is_typed_into_a_code_cell(path: Path) -> None:
    """They come from `cloud`, so that the same cells run on a real account."""
    typed = [
        cell.id
        for cell in _code(path)
        if REGION.search(cell.source) or ACCOUNT.search(cell.source)
    ]
    assert typed == []


@each_file
def test_points_are_whole_and_in_the_metadata(path: Path) -> None:
    """Each test cell is locked and worth at least one point."""
    for cell in _tests(path):
        points = _about(cell)["points"]
        assert points == int(points) >= 1
        assert _about(cell)["locked"]


@each_notebook
def test_a_section_ends_in_a_check(name: str) -> None:
    """Who went through a section knows whether it worked: one cell more at most."""
    for heading, cells in _sections(COURSE.solutions / name).items():
        asked = [at for at, cell in enumerate(cells) if ASKED.search(cell.source)]
        assert asked, f"{heading} asks nothing"
        assert len(cells) - 1 - asked[-1] <= 1, f"{heading} goes on after its check"


@each_notebook
def test_nobody_runs_many_cells_without_being_asked(name: str) -> None:
    """A prediction or a check every 10 minutes; writing an answer isn't reading."""
    for heading, cells in _sections(COURSE.solutions / name).items():
        in_a_row = 0
        for cell in cells:
            if ASKED.search(cell.source):
                in_a_row = 0
            elif not _about(cell).get("solution"):
                in_a_row += 1
            assert in_a_row <= CELLS_IN_A_ROW, f"{heading}: {cell.id}"


def test_each_exercise_knows_three_misconceptions() -> None:
    """Wrong work is told which thought led there, not only that it is wrong."""
    few = [
        exercise.name
        for exercise in _exercises()
        # A capstone asks again what its exercises asked before.
        if not exercise.capstone and len(exercise.misconceptions) < 3
    ]
    assert few == []


def test_a_phase_is_worth_a_hundred_points() -> None:
    """70 for exercises, 30 for the capstone; 70 and 18 pass; 5 for predictions.

    The marks to pass stand in the notebook's metadata: see `grader/lab/lessons.py`.
    """
    capstone = {exercise.name for exercise in _exercises() if exercise.capstone}
    for name in NAMES:
        notebook = lessons.content(COURSE.solutions / name)
        lesson = lessons.of_notebook(notebook, name)
        points = {step.name: step.points or 0 for step in lesson.exercises}
        assert sum(points.values()) == 100, f"{name}: {sum(points.values())}"
        assert lesson.capstone == capstone & points.keys(), name
        assert sum(points[one] for one in lesson.capstone) == 30, name
        assert (lesson.pass_mark, lesson.capstone_pass_mark) == (70, 18), name
        assert lesson.bonus == 5, name
