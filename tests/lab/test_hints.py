import json
from pathlib import Path

import pytest

from grader import lab
from grader.errors import CheckFailed, WrongUse

Said = pytest.CaptureFixture[str]


def fail(times: int, capsys: Said) -> None:
    for _ in range(times):
        with pytest.raises(CheckFailed):
            lab.check("double-it", lambda n: n + 2)
    capsys.readouterr()


def solved(folder: Path) -> None:
    """Ship a solution, as the course does."""

    def cell(source: str, **marks: object) -> dict[str, object]:
        return {"source": [source], "metadata": {"nbgrader": marks}}

    answer = "def double(n):\n    ### BEGIN SOLUTION\n    return n * 2\n"
    cells = [
        cell("def other(): ...", grade_id="a", solution=True),
        cell("check('other', other)", grade_id="other", grade=True),
        cell(answer + "    ### END SOLUTION\n", grade_id="b", solution=True),
        cell("check('double-it', double)", grade_id="double-it", grade=True),
    ]
    (folder / "solutions" / "phase2").mkdir(parents=True)
    notebook = folder / "solutions" / "phase2" / "lesson.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))


def test_the_ladder_has_its_order(attached: lab.Cloud, capsys: Said) -> None:
    """Each call goes one rung up: what was observed, where to look, a first step."""
    fail(1, capsys)
    shown = []
    for _ in range(3):
        lab.hint("double-it")
        shown.append(capsys.readouterr().out.splitlines()[1].strip())
    assert shown == [
        "I sent 4; I got 6",
        "Look at what you return.",
        "return ___ * 2",
    ]


def test_before_a_check_nothing_was_observed(attached: lab.Cloud, capsys: Said) -> None:
    """The first rung asks for a check, and says what the check will look for."""
    lab.hint("double-it")
    shown = capsys.readouterr().out
    assert "run the check first" in shown
    assert "Your function doubles a number." in shown


def test_a_rung_can_be_chosen(attached: lab.Cloud, capsys: Said) -> None:
    """hint(name, 3) is the third hint."""
    lab.hint("double-it", 3)
    assert "return ___ * 2" in capsys.readouterr().out


def test_there_are_four_rungs(attached: lab.Cloud) -> None:
    """A fifth is refused."""
    with pytest.raises(WrongUse, match="1 to 4"):
        lab.hint("double-it", 5)


def test_a_wrong_name_is_told(attached: lab.Cloud) -> None:
    """hint() of an unknown exercise names the nearest."""
    with pytest.raises(WrongUse, match="did you mean 'double-it'"):
        lab.hint("doubleit")


def test_the_solution_opens_after_three(
    attached: lab.Cloud, capsys: Said, tmp_path: Path
) -> None:
    """The solution is shown after the third failed check, without its markers."""
    solved(tmp_path)
    fail(2, capsys)
    lab.solution("double-it")
    assert "opens after 3 failed checks (2 so far)" in capsys.readouterr().out
    fail(1, capsys)
    lab.solution("double-it")
    shown = capsys.readouterr().out
    assert "return n * 2" in shown
    assert "BEGIN SOLUTION" not in shown
    assert "def other" not in shown


def test_the_solution_opens_on_request(
    attached: lab.Cloud, capsys: Said, tmp_path: Path
) -> None:
    """now=True, or the fourth rung by its number, needs no failed check."""
    solved(tmp_path)
    lab.solution("double-it", now=True)
    lab.hint("double-it", 4)
    assert capsys.readouterr().out.count("return n * 2") == 2


def test_the_solution_is_explained_back(
    attached: lab.Cloud, capsys: Said, tmp_path: Path
) -> None:
    """After the solution comes the question that only its reader can answer."""
    solved(tmp_path)
    lab.solution("double-it", now=True)
    assert "Why?" in capsys.readouterr().out


def test_without_solutions_it_says_so(attached: lab.Cloud, capsys: Said) -> None:
    """A course shipped without its solutions has none to show."""
    lab.solution("double-it", now=True)
    assert "shipped without solutions" in capsys.readouterr().out


def test_a_capstone_has_one_rung(
    attached: lab.Cloud, capsys: Said, tmp_path: Path
) -> None:
    """What was observed is told; neither a later hint nor the solution is."""
    with pytest.raises(CheckFailed):
        lab.check("last-project", 41)
    capsys.readouterr()
    for _ in range(2):
        lab.hint("last-project")
        assert "41 isn't everything" in capsys.readouterr().out
    for ask in (lambda: lab.hint("last-project", 4), lambda: solve("last-project")):
        ask()
        assert "only the first hint" in capsys.readouterr().out


def test_a_solved_capstone_shows_its_solution(
    attached: lab.Cloud, capsys: Said
) -> None:
    """Who has passed may compare."""
    lab.check("last-project", 42)
    capsys.readouterr()
    solve("last-project")
    assert "one way to do it" in capsys.readouterr().out


def solve(name: str) -> None:
    """Ask for the solution at once."""
    lab.solution(name, now=True)
