from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import time_machine

from grader import lab
from grader.errors import WrongUse
from grader.lab import record

Said = pytest.CaptureFixture[str]
START = 1_800_000_000.0


def verdict(outcome: str, **more: Any) -> dict[str, Any]:
    made = {"check": "first", "variation": False, "message": "seen"}
    return {**made, "unattempted": False, "outcome": outcome, **more}


def at(seconds: float, outcome: str = "failed") -> None:
    """Note a check at a moment."""
    with time_machine.travel(START + seconds, tick=False):
        record.note_verdict(verdict(outcome))


def test_a_failed_check_is_counted() -> None:
    """Failed checks count, and the last observation is kept for the first hint."""
    record.note_verdict(verdict("failed"))
    record.note_verdict(verdict("failed", message="later"))
    kept = record.of_exercise("first")
    assert (kept.failed, kept.observed) == (2, "later")


def test_an_untouched_starter_is_no_attempt() -> None:
    """Running all cells first doesn't open the solution."""
    record.note_verdict(verdict("failed", unattempted=True))
    assert record.of_exercise("first").failed == 0


def test_our_fault_is_no_attempt() -> None:
    """A check that broke counts for nothing."""
    record.note_verdict(verdict("broken"))
    assert record.of_exercise("first").failed == 0


def test_a_passed_exercise_stays_passed() -> None:
    """A later failure doesn't take back what was done."""
    record.note_verdict(verdict("passed"))
    record.note_verdict(verdict("failed"))
    assert record.of_exercise("first").passed


def test_a_variation_alone_isnt_done() -> None:
    """The visible check has to pass."""
    record.note_verdict(verdict("passed", variation=True))
    assert not record.of_exercise("first").passed


def test_the_first_prediction_is_kept() -> None:
    """A second answer neither replaces the first nor is missed again."""
    said = {"answer": "b", "misconception": "m", "feedback": "No."}
    record.note_prediction("guess", said)
    record.note_prediction("guess", {**said, "answer": "a"})
    kept = record.read().predictions["guess"]
    assert (kept.answer, kept.missed) == ("b", {"m": record.Miss("No.", 1)})


def test_a_misconception_is_counted() -> None:
    """What showed twice was missed twice, and is answered by its own sentence."""
    for _ in range(2):
        record.note_verdict(
            verdict("failed", misconception="adds", explanation="It doubles.")
        )
    record.note_verdict(verdict("failed"))
    kept = record.of_exercise("first")
    assert kept.missed == {"adds": record.Miss("It doubles.", 2)}


def test_time_is_counted_between_checks() -> None:
    """The time to a check belongs to its exercise."""
    for moment in (0, 60, 300):
        at(moment)
    assert record.of_exercise("first").seconds == 300


def test_a_pause_is_no_work() -> None:
    """Of a gap of more than a quarter of an hour nothing counts."""
    for moment in (0, record.PAUSE + 1, record.PAUSE + 31):
        at(moment)
    assert record.of_exercise("first").seconds == 30


def test_work_begins_with_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another day the first check counts from when the notebook was opened."""
    at(0)
    monkeypatch.setattr(record, "_BEGAN", START + 100_000)
    at(100_040)
    assert record.of_exercise("first").seconds == 40


def test_a_clock_that_was_set_back_counts_nothing() -> None:
    """Time never goes backwards."""
    at(1000)
    at(0)
    assert record.of_exercise("first").seconds == 0


def test_the_record_is_one_file(tmp_path: Path) -> None:
    """Nothing else is left in the folder."""
    record.note_verdict(verdict("passed"))
    assert os.listdir(tmp_path) == [record.FILE]


def test_the_record_stays_beside_the_notebook(
    attached: lab.Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learner's os.chdir() doesn't take it elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    lab.check("number", 42)
    assert (tmp_path / record.FILE).exists()
    assert os.listdir(tmp_path / "elsewhere") == []


def test_two_notebooks_lose_nothing() -> None:
    """Checks at the same moment are both kept."""
    together = threading.Barrier(8)

    def note() -> None:
        together.wait()
        record.note_verdict(verdict("failed"))

    threads = [threading.Thread(target=note) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert record.of_exercise("first").failed == 8


@pytest.mark.parametrize(
    "damaged",
    [
        "{half",
        "[]",
        "null",
        "{}",
        '{"exercises": [], "predictions": {}}',
        '{"exercises": {"first": 1}, "predictions": {}}',
        '{"exercises": {"first": {"passed": true}}, "predictions": {}}',
        b"\xff\xfe",
    ],
)
def test_an_unreadable_record_is_kept(
    tmp_path: Path, damaged: str | bytes, capsys: Said
) -> None:
    """A damaged file doesn't stop a check, isn't thrown away, and is spoken of."""
    raw = damaged if isinstance(damaged, bytes) else damaged.encode()
    (tmp_path / record.FILE).write_bytes(raw)
    record.note_verdict(verdict("passed"))
    assert record.of_exercise("first").passed
    assert (tmp_path / record.UNREADABLE).read_bytes() == raw
    assert f"it is kept as {record.UNREADABLE}" in capsys.readouterr().out


def test_a_second_unreadable_record_is_kept_too(tmp_path: Path) -> None:
    """The first one that was put aside isn't overwritten."""
    for text in ("{one", "{two"):
        (tmp_path / record.FILE).write_text(text)
        record.read()
    assert (tmp_path / record.UNREADABLE).read_text() == "{one"
    assert (tmp_path / f"{record.UNREADABLE}-2").read_text() == "{two"


def test_where_nothing_can_be_written_it_is_remembered(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """In a folder that can't be written progress lasts as long as the kernel."""
    monkeypatch.chdir("/proc/self")
    for _ in range(2):
        record.note_verdict(verdict("failed"))
    assert record.of_exercise("first").failed == 2
    said = capsys.readouterr().out
    assert said.count("can't be written to /proc/") == 1
    assert "remembered until this kernel ends" in said


def test_a_record_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    """Before times were kept a prediction was a letter."""
    entry = {"passed": True, "failed": 2, "rung": 1, "observed": None}
    kept = {"exercises": {"first": entry}, "predictions": {"guess": "a"}}
    (tmp_path / record.FILE).write_text(json.dumps(kept))
    found = record.read()
    assert (found.exercises["first"].failed, found.predictions["guess"].answer) == (
        2,
        "a",
    )


def test_what_isnt_a_name_is_refused() -> None:
    """Asking for the record of something else says what was given."""
    with pytest.raises(WrongUse, match="not the name of an exercise"):
        record.of_exercise(7)  # type: ignore[arg-type]
