from __future__ import annotations

from pathlib import Path

from grader.grading.execution import Mark, Run
from grader.grading.scoreboard import is_full, scoreboard
from grader.lab.lessons import Lesson

BASICS = Lesson("Basics", (), pass_mark=70, capstone=frozenset({"safe"}))
LAMBDA = Lesson("Lambda", ())


def mark(name: str, points: float, maximum: float, message: str = "") -> Mark:
    return Mark(name, points, maximum, 1.25, message)


def ran(path: str, lesson: Lesson, *marks: Mark, failure: str = "") -> Run:
    failures = (failure,) if failure else ()
    return Run(Path("course") / path, marks, 7.4, failures, lesson)


FIRST = ran("phase1/basics.ipynb", BASICS, mark("find", 70, 70), mark("safe", 30, 30))
SECOND = ran("phase2/lambda.ipynb", LAMBDA, mark("hello", 0, 4, "no\nand why"))


def table(runs: list[Run]) -> list[list[str]]:
    """The last table's lines, in words."""
    lines = scoreboard(runs).split("\n\n")[-2].splitlines()
    return [line.split() for line in lines]


def test_each_exercise_has_its_line() -> None:
    """Name, points, the most there are, seconds, and a sign that isn't a colour."""
    lines = [line.split() for line in scoreboard([SECOND]).splitlines()]
    assert lines[0] == ["phase2/lambda.ipynb"]
    assert lines[3] == ["hello", "0", "4", "1.2", "✘"]


def test_what_is_wrong_is_told_in_a_line() -> None:
    """The first line of the examiner's message, and what else failed."""
    shown = scoreboard([ran("p/n.ipynb", LAMBDA, *SECOND.marks, failure="cell 3: no")])
    assert "\n  hello: no\n  cell 3: no\n" in shown


def test_several_notebooks_have_a_table_of_their_own() -> None:
    """Each phase is a line with its capstone and whether it was passed."""
    assert table([FIRST, SECOND])[2:] == [
        [
            "phase1/basics.ipynb",
            "2",
            "of",
            "2",
            "100",
            "100",
            "30",
            "of",
            "30",
            "yes",
            "7",
        ],
        ["phase2/lambda.ipynb", "0", "of", "1", "0", "4", "-", "-", "7"],
        ["all", "2", "of", "3", "100", "104", "15"],
    ]
    assert scoreboard([FIRST, SECOND]).endswith("\n\n100 of 104 points in 15 s")


def test_both_marks_have_to_be_reached() -> None:
    """Points alone don't pass without those of the capstone."""
    lesson = Lesson("", (), 70, capstone=frozenset({"safe"}), capstone_pass_mark=18)
    for earned, passed in ((17, "no"), (18, "yes")):
        run = ran("p/n.ipynb", lesson, mark("find", 70, 70), mark("safe", earned, 30))
        assert passed in table([run, SECOND])[2]


def test_a_broken_check_is_told_apart() -> None:
    """It is neither right nor wrong, and the total says how much hangs on it."""
    broken = Mark("hello", 0, 4, 1.0, "The check itself broke: KeyError", broken=True)
    run = ran("p/n.ipynb", LAMBDA, mark("find", 6, 6), broken)
    lines = scoreboard([run]).splitlines()
    assert lines[4].split() == ["hello", "?", "4", "1.0", "⚠", "ours"]
    assert lines[-1] == (
        "6 of 10 points in 7 s; 4 of them undecided: a check itself broke"
    )
    assert not is_full([run])


def test_one_notebook_needs_no_table_of_all() -> None:
    """The total stands below it."""
    shown = scoreboard([FIRST])
    assert "notebook " not in shown
    assert shown.endswith("\n\n100 of 100 points in 7 s")


def test_only_full_marks_without_a_failure_are_full() -> None:
    """A cell that failed outside of the exercises counts too."""
    failed = ran("p/n.ipynb", LAMBDA, mark("a", 4, 4), failure="cell 1: no")
    assert [is_full([run]) for run in (FIRST, SECOND, failed)] == [True, False, False]


def test_a_notebook_without_exercises_says_so() -> None:
    """There is a line where its table would be."""
    assert "no exercises in it" in scoreboard([ran("p/n.ipynb", LAMBDA)])
