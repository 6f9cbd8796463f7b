from __future__ import annotations

from pathlib import Path

import pytest

from grader import lab
from grader.lab import record
from grader.lab.progress import summary
from grader.lab.record import ExerciseRecord, Miss, PredictionRecord, Record
from tests.lab.test_lessons import code, graded, markdown, write

COURSE = {
    "pass": 70,
    "bonus": 2,
    "capstone": {"pass": 18, "exercises": ["safe", "bill"]},
}


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A folder with one lesson: two exercises, three predictions, a capstone."""
    write(
        tmp_path,
        markdown("# Cloud basics"),
        markdown("## 1.1 Regions"),
        code('predict("place")'),
        graded("find", 40),
        markdown("## 1.2 Races"),
        code('predict("two")\npredict("three")'),
        graded("book", 30),
        markdown("## The safe"),
        graded("safe", 20),
        graded("bill", 10),
        course=COURSE,
    )
    return tmp_path


def kept(*done: str, **more: ExerciseRecord) -> Record:
    passed = {name: ExerciseRecord(passed=True) for name in done}
    return Record(exercises={**passed, **more})


def said(folder: Path, of: Record) -> list[str]:
    return summary(folder, of).text.splitlines()


def test_each_exercise_is_a_row(lesson: Path) -> None:
    """Name, section, points, minutes and state stand in the order of the lesson."""
    tried = ExerciseRecord(failed=2, seconds=290)
    lines = said(lesson, kept("find", book=tried))
    assert lines[0] == "Cloud basics"
    assert [line.split() for line in lines[4:6]] == [
        ["find", "1.1", "Regions", "40", "0", "✔", "done"],
        ["book", "1.2", "Races", "30", "5", "✘", "not", "yet,", "2", "tried"],
    ]


def test_points_are_told_in_parts(lesson: Path) -> None:
    """Exercises and the capstone are told apart; of a variation nothing is known."""
    assert "Points: 60 of 100: exercises 40 of 70, capstone 20 of 30." in said(
        lesson, kept("find", "safe")
    )


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (("find", "book"), "18 more in the capstone."),
        (("find", "safe"), "10 more."),
        (("find",), "30 more and 18 more in the capstone."),
        (("find", "safe", "book"), "You have passed: "),
    ],
)
def test_what_is_missing_to_pass_is_told(
    lesson: Path, done: tuple[str, ...], sentence: str
) -> None:
    """Both marks have to be reached: the whole and the capstone's."""
    (line,) = (line for line in said(lesson, kept(*done)) if "70 points and 18" in line)
    assert sentence in line


def test_predictions_earn_a_bonus_apart(lesson: Path) -> None:
    """Each one committed to is a point beside the others, up to the lesson's limit."""
    of = kept()
    of.predictions = {
        name: PredictionRecord(answer="a") for name in ("place", "two", "three", "else")
    }
    lines = said(lesson, of)
    assert "3 of 3 predictions made: 2 of 2 bonus points, beside the others." in lines
    assert "Points: 0 of 100: exercises 0 of 70, capstone 0 of 30." in lines


def test_without_marks_only_points_are_told(tmp_path: Path) -> None:
    """A lesson that says nothing of passing has points alone."""
    write(tmp_path, graded("first", 4), graded("second", 8))
    lines = said(tmp_path, kept("first"))
    assert "Points: 4 of 12." in lines
    assert not any("pass" in line for line in lines)


def test_time_worked_is_the_lessons(lesson: Path) -> None:
    """Of exercises and predictions, and of no other lesson's."""
    of = kept(find=ExerciseRecord(seconds=3600), elsewhere=ExerciseRecord(seconds=9000))
    of.predictions = {"place": PredictionRecord(answer="a", seconds=300)}
    assert "Time worked: 1 h 5 min." in said(lesson, of)


def test_what_comes_next_is_told_with_its_section(lesson: Path) -> None:
    """The first exercise that isn't done, and what to predict on the way."""
    of = kept("find")
    of.predictions = {"place": PredictionRecord(answer="a")}
    assert "Next: book in “1.2 Races”. To predict before it: two, three." in said(
        lesson, of
    )


def test_predictions_that_were_left_out_are_behind(lesson: Path) -> None:
    """What belonged to an exercise that is done isn't on the way to the next."""
    assert "Next: book in “1.2 Races”. To predict before it: two, three." in said(
        lesson, kept("find")
    )


def test_the_end_is_told(lesson: Path) -> None:
    """With everything done there is no next; predictions may be left."""
    of = kept("find", "book", "safe", "bill")
    last = "Every exercise is done. To predict still: place, two, three."
    assert last in said(lesson, of)
    of.predictions = {
        name: PredictionRecord(answer="a") for name in ("place", "two", "three")
    }
    assert "Everything here is done." in said(lesson, of)


def test_what_was_missed_is_worth_another_look(lesson: Path) -> None:
    """The misconceptions that showed most often, two at most, with their section."""
    of = kept(
        find=ExerciseRecord(
            passed=True,
            missed={"one": Miss("Regions differ.", 1), "two": Miss("AZ isn't.", 3)},
        ),
        book=ExerciseRecord(missed={"race": Miss("Two may look at once.", 2)}),
    )
    looks = [line for line in said(lesson, of) if line.startswith("Worth")]
    assert looks == [
        "Worth another look: find in “1.1 Regions”: AZ isn't.",
        "Worth another look: book in “1.2 Races”: Two may look at once.",
    ]


def test_both_forms_say_the_same(lesson: Path) -> None:
    """Each sentence and each cell of the text is in the HTML too."""
    shown = summary(lesson, kept("find"))
    for line in (*shown.text.splitlines()[-6:], "✔ done", "1.2 Races"):
        assert line in shown.html
    assert "how time is counted" not in shown.html
    assert "more than 15 minutes counts as none" in shown.text


def test_several_notebooks_are_told_apart(lesson: Path) -> None:
    """Each notebook of the folder has its own table."""
    (lesson / "lesson.ipynb").rename(lesson / "basics.ipynb")
    write(lesson, markdown("# Functions"), graded("hello", 4))
    lines = said(lesson, kept("hello"))
    assert {"Cloud basics", "Functions"} <= set(lines)
    assert {"0 of 4 exercises done.", "1 of 1 exercises done."} <= set(lines)


def test_a_folder_without_a_lesson_says_so(tmp_path: Path) -> None:
    """There is nothing to count where no notebook asks anything."""
    assert "no notebook with exercises" in summary(tmp_path, kept()).text


def test_progress_outlives_the_kernel(
    attached: lab.Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a check found is there for whoever asks later, without a lab."""
    write(tmp_path, graded("double-it", 4))
    lab.check("double-it", lambda n: n * 2)
    attached.stop()
    capsys.readouterr()
    lab.progress()
    assert "1 of 1 exercises done." in capsys.readouterr().out
    assert (tmp_path / record.FILE).exists()
