"""Downloads of learning platforms, as they come."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grading.intake import Intake, take_in
from grader.grading.intake.files import Files
from tests.grading.intake.conftest import NOTEBOOK, TOY, zipped

Take = Callable[..., Intake]


def _who(intake: Intake) -> list[str]:
    return [each.student for each in intake.hand_ins]


@pytest.mark.parametrize(
    "ending", ["_assignsubmission_file_", "_assignsubmission_file"]
)
def test_moodles_folders_are_students(take: Take, ending: str) -> None:
    """Old and new names of Moodle's folders: name and id, spaces and letters kept."""
    intake = take(
        {
            f"Zoë van Dam_1234567{ending}/toy.ipynb": NOTEBOOK,
            f"Ana López_1234568{ending}/work/toy.ipynb": NOTEBOOK,
        },
        download=True,
    )
    assert _who(intake) == ["Ana López_1234568", "Zoë van Dam_1234567"]
    assert intake.hand_ins[1].name == "Zoë van Dam"
    assert intake.hand_ins[1].platform_id == "1234567"
    assert intake.remarks == ()


def test_moodles_download_without_folders(take: Take) -> None:
    """With the option off, the student is in front of each file's name."""
    intake = take({"Ana López_123_assignsubmission_file_toy.ipynb": NOTEBOOK})
    assert _who(intake) == ["Ana López_123"]
    assert list(intake.hand_ins[0].notebooks) == ["toy"]


def test_text_typed_into_moodle_is_told(take: Take) -> None:
    """Online text beside a file is no notebook, and isn't lost without a word."""
    intake = take(
        {
            "Ana_1_assignsubmission_file/toy.ipynb": NOTEBOOK,
            "Ana_1_assignsubmission_onlinetext/onlinetext.html": b"<p>Hi</p>",
        }
    )
    [hand_in] = intake.hand_ins
    assert list(hand_in.files) == ["onlinetext/onlinetext.html"]


def test_canvas_names_the_student_in_the_files_name(take: Take) -> None:
    """Name, user and attachment; LATE is told, as Canvas doesn't say by how much."""
    intake = take(
        {
            "doejane_12345_678910_toy.ipynb": NOTEBOOK,
            "lópezana_LATE_12346_678911_toy.ipynb": NOTEBOOK,
            "anon_x1Y2z_678912_toy.ipynb": NOTEBOOK,
        },
        download=True,
    )
    assert _who(intake) == ["anon_x1Y2z", "doejane_12345", "lópezana_12346"]
    assert [each.late for each in intake.hand_ins] == [False, False, True]
    assert "without a time" in intake.remarks[0]


def test_canvas_last_attachment_counts(take: Take) -> None:
    """Of a file and its resubmission `-1` the later attachment counts."""
    intake = take(
        {
            "doejane_12345_900_toy-1.ipynb": NOTEBOOK + b" ",
            "doejane_12345_800_toy.ipynb": NOTEBOOK,
        },
        download=True,
    )
    [hand_in] = intake.hand_ins
    assert hand_in.notebooks["toy"].shown == "doejane_12345_900_toy-1.ipynb"
    assert hand_in.resubmissions == ("doejane_12345_800_toy.ipynb",)
    assert len(intake.remarks) == 2


def test_learners_own_archives_in_a_download(take: Take) -> None:
    """A download of archives, one of them in another archive, is read through."""
    own = zipped({"homework/toy.ipynb": NOTEBOOK, "homework/photo.png": b"png"})
    intake = take(
        {
            "doejane_12345_678910_work.zip": own,
            "Ana_7_assignsubmission_file_/all.zip": zipped({"work.zip": own}),
        },
        download=True,
    )
    assert _who(intake) == ["Ana_7", "doejane_12345"]
    for hand_in in intake.hand_ins:
        assert list(hand_in.files) == ["photo.png"]


def test_two_students_with_one_name_stay_two(take: Take) -> None:
    """The platform's number tells them apart, and a line says so."""
    intake = take(
        {
            "Kim Lee_1_assignsubmission_file/toy.ipynb": NOTEBOOK,
            "Kim Lee_2_assignsubmission_file/toy.ipynb": NOTEBOOK,
        }
    )
    assert _who(intake) == ["Kim Lee_1", "Kim Lee_2"]
    assert intake.remarks == ("Kim Lee_1 and Kim Lee_2 are 2 students with one name",)


def test_nbgraders_folders(take: Take) -> None:
    """Student, assignment, notebook; other assignments aren't asked for."""
    intake = take(
        {
            "lena/hw1/toy.ipynb": NOTEBOOK,
            "lena/hw1/data/prices.csv": b"1",
            "lena/hw2/other.ipynb": NOTEBOOK,
            "noor/hw1/toy.ipynb": NOTEBOOK,
            "marks.csv": b"student,points",
        }
    )
    assert _who(intake) == ["lena", "noor"]
    assert list(intake.hand_ins[0].files) == ["data/prices.csv"]
    assert intake.remarks == ("left out: marks.csv: whose it is can't be told",)


def test_an_archive_of_nbgraders_folders(take: Take) -> None:
    """It doesn't matter in how many folders the whole class lies."""
    intake = take({"2024/class/lena/hw1/toy.ipynb": NOTEBOOK}, download=True)
    assert _who(intake) == ["lena"]


def test_a_folder_around_the_whole_class_is_no_student(take: Take) -> None:
    """Students are the folders in it."""
    intake = take(
        {"class/lena/toy.ipynb": NOTEBOOK, "class/noor/toy.ipynb": NOTEBOOK},
        download=True,
    )
    assert _who(intake) == ["lena", "noor"]


def test_flat_files_and_archives_are_named_by_their_students(take: Take) -> None:
    """`lena.ipynb` is Lena's; which notebook it is, its cells say."""
    intake = take({"lena.ipynb": NOTEBOOK, "noor.zip": zipped({"toy.ipynb": NOTEBOOK})})
    assert _who(intake) == ["lena", "noor"]
    assert intake.remarks == ("lena: lena.ipynb counts as toy.ipynb",)


@pytest.mark.parametrize("name", ["toy.ipynb", "hw1/toy.ipynb"])
def test_a_notebook_of_nobody_is_told(take: Take, name: str) -> None:
    """The course's own name for a notebook isn't a student's."""
    intake = take({name: NOTEBOOK, "toy/hw1/toy.ipynb": NOTEBOOK})
    assert _who(intake) == ["toy"]
    assert intake.hand_ins[0].notebooks["toy"].shown == "toy/hw1/toy.ipynb"
    assert intake.remarks == (f"left out: {name}: whose it is can't be told",)


@pytest.mark.parametrize(
    "name",
    ["toy (1).ipynb", "toy-Copy1.ipynb", "Toy.IPYNB", "toy.ipynb.txt", "toy-2.ipynb"],
)
def test_renamed_notebooks_are_known(take: Take, name: str) -> None:
    """What browsers, Jupyter and Canvas make of a name costs nobody anything."""
    intake = take({f"lena/{name}": b"<<<<<<< not even JSON"})
    assert list(intake.hand_ins[0].notebooks) == ["toy"]


def test_copies_in_one_folder_are_all_handed_on(take: Take) -> None:
    """Which of them has the answers is seen when they are graded."""
    intake = take(
        {
            "lena/hw1/toy.ipynb": NOTEBOOK,
            "lena/hw1/toy-Copy1.ipynb": NOTEBOOK,
        }
    )
    [hand_in] = intake.hand_ins
    assert hand_in.notebooks["toy"].shown == "lena/hw1/toy.ipynb"
    assert set(hand_in.notebooks) == {"toy", "toy-Copy1"}
    assert intake.remarks == ()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        (
            "2015-02-02 15:58:23.948203 America/Los_Angeles",
            "2015-02-02T23:58:23.948203",
        ),
        ("2015-02-02 15:58:23 UTC", "2015-02-02T15:58:23"),
        ("2015-02-02 15:58:23", "2015-02-02T15:58:23"),
        ("2015-02-02T15:58:23-08:00", "2015-02-02T23:58:23"),
        ("2015-08-02 15:58:23.5 CEST", "2015-08-02T13:58:23.500000"),
        ("Feb 2, 2015 3:58 pm EST", "2015-02-02T20:58:00"),
        ("2015-02-02 15:58:23 XYZT", None),
        ("yesterday evening", None),
        ("", None),
        ("2015-02-30 10:00:00", None),
    ],
)
def test_timestamps(take: Take, text: str, iso: str | None) -> None:
    """nbgrader's timestamp.txt; one that can't be read is told and costs nothing."""
    intake = take(
        {"lena/hw1/toy.ipynb": NOTEBOOK, "lena/hw1/timestamp.txt": text.encode()}
    )
    [hand_in] = intake.hand_ins
    assert hand_in.timestamp.iso == (f"{iso}+00:00" if iso else None)
    assert len(intake.remarks) == (0 if iso else 1)
    assert hand_in.files == {}


def test_what_systems_leave_is_counted_in_one_line(take: Take) -> None:
    """Checkpoints and macOS's forks are no notebooks, and no lines of their own."""
    intake = take(
        {
            "lena/hw1/toy.ipynb": NOTEBOOK,
            "lena/hw1/.DS_Store": b"",
            "__MACOSX/lena/hw1/._toy.ipynb": b"",
            "lena/hw1/.ipynb_checkpoints/toy-checkpoint.ipynb": NOTEBOOK,
            "noor/hw1/.ipynb_checkpoints/toy-checkpoint.ipynb": NOTEBOOK,
        },
        download=True,
    )
    (_, noor) = intake.hand_ins
    # Told as why noor has no notebook, and not here again.
    assert len(noor.problems) == 1
    assert intake.remarks == (
        "left out, of systems and editors: "
        ".DS_Store (1), .ipynb_checkpoints (1), __MACOSX (1)",
    )


def test_a_submission_without_a_notebook_is_a_submission(take: Take) -> None:
    """Whoever handed in a PDF gets a result that says what is wrong."""
    intake = take({"lena/hw1/report.pdf": b"%PDF"})
    assert intake.hand_ins[0].problems == ("there is no notebook among report.pdf",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Lena_7_assignsubmission_file/toy.zip", zipped({})),
        ("Lena_7_assignsubmission_file/toy.zip", zipped({"__MACOSX/._toy.ipynb": b""})),
        ("Lena_7_assignsubmission_file/.ipynb_checkpoints/toy.ipynb", NOTEBOOK),
        ("lena_12345_text.html", b"<p>I can't upload anything"),
        ("lena_LATE_12345_link.html", b"<a>"),
        ("Lena/hw1/timestamp.txt", b"2026-05-01"),
    ],
)
def test_who_handed_in_nothing_of_use_has_a_result(
    take: Take, name: str, content: bytes
) -> None:
    """With the reason; nobody is missing from the list."""
    intake = take({name: content}, download=True)
    [hand_in] = intake.hand_ins
    assert hand_in.student.lower().startswith("lena")
    assert (hand_in.notebooks, len(hand_in.problems)) == ({}, 1)


def test_an_empty_folder_of_an_assignment_is_a_submission(
    take: Take, tmp_path: Path
) -> None:
    """Of that assignment alone; other empty folders are only told."""
    (tmp_path / "class/lena/hw1").mkdir(parents=True)
    (tmp_path / "class/noor/hw2").mkdir(parents=True)
    (tmp_path / "class/logs").mkdir(parents=True)
    intake = take({"omar/hw1/toy.ipynb": NOTEBOOK})
    assert _who(intake) == ["lena", "omar"]
    assert "left out: logs: there is nothing in the folder" in intake.remarks


@pytest.mark.parametrize("name", ["toy.json", "toy.txt", "toy"])
def test_a_notebook_under_another_ending_is_one(take: Take, name: str) -> None:
    """Browsers save what they don't know as text; other files are none."""
    notebook = NOTEBOOK[:-1] + b', "nbformat": 4}'
    intake = take({f"lena/hw1/{name}": notebook, "lena/hw1/notes.txt": b"mine"})
    [hand_in] = intake.hand_ins
    assert hand_in.notebooks["toy"].shown == f"lena/hw1/{name}"


def test_names_that_are_no_ids_become_some(take: Take) -> None:
    """Signs that mean something are replaced, and long names cut; all stay apart."""
    long = "x" * 150
    intake = take(
        {
            f"{name}/toy.ipynb": NOTEBOOK
            for name in (
                "a*b",
                "a-b",
                "a?b",
                "a\u202eb",
                long,
                "名前 テスト",
                "Zoe\u0308",
            )
        },
        download=True,
    )
    ids = _who(intake)
    assert len(ids) == 7
    assert {"a-b", "名前 テスト", "Zoë"} <= set(ids)
    assert sum(each.startswith("a-b~") for each in ids) == 3
    assert max(len(each) for each in ids) == 109


def test_students_that_differ_in_case_stay_apart(take: Take) -> None:
    """nbgrader tells them apart, and so does this; a line tells."""
    intake = take(
        {"lena/hw1/toy.ipynb": NOTEBOOK, "Lena/hw1/toy.ipynb": NOTEBOOK}, download=True
    )
    assert _who(intake) == ["Lena", "lena"]
    assert "students with one name" in intake.remarks[0]


def test_a_submission_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """Its files come as base64, and one that went away meanwhile is a problem of it."""
    folder = tmp_path / "lena" / "hw1"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(NOTEBOOK)
    (folder / "gone.txt").write_bytes(b"")
    with Files() as files:
        [hand_in] = take_in(tmp_path, [TOY], files).hand_ins
        os.remove(folder / "gone.txt")
        submission, problems = hand_in.read(files)
    assert list(submission["notebooks"]) == ["toy"]
    assert submission["files"] == {}
    assert "gone.txt: it can't be read: No such file" in problems[0]


def test_a_notebook_of_ones_own_lies_beside_the_courses(take: Take) -> None:
    """As `%run helper.ipynb` wants it; alone it is nothing that can be graded."""
    helper = b'{"cells": [], "nbformat": 4}'
    intake = take(
        {
            "noor/hw1/toy.ipynb": NOTEBOOK,
            "noor/hw1/helper.ipynb": helper,
            "lena/hw1/one.ipynb": helper,
            "lena/hw1/two.ipynb": helper,
        }
    )
    lena, noor = intake.hand_ins
    assert (list(noor.notebooks), list(noor.files)) == (["toy"], ["helper.ipynb"])
    assert (lena.notebooks, lena.files) == ({}, {})
    assert intake.remarks == (
        "left out: lena/hw1/one.ipynb: no notebook of this course",
        "left out: lena/hw1/two.ipynb: no notebook of this course",
        "beside the others: noor/hw1/helper.ipynb: no notebook of this course",
    )
