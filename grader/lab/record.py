"""How far a learner is, kept in `.progress.json` beside the notebook.

Nothing of it leaves the folder. Time is counted between one check, hint or prediction
and the next: a pause of more than `PAUSE` counts as none.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import WrongUse
from grader.lab import display
from grader.lab.starting import here

FILE = ".progress.json"
UNREADABLE = ".progress.unreadable"
PAUSE = 15 * 60.0
"""Seconds."""


@dataclass
class Miss:
    """A misconception that showed, and the sentence that answered it."""

    sentence: str
    times: int = 0


@dataclass
class Work:
    """What an exercise and a prediction have in common."""

    seconds: float = 0.0
    missed: dict[str, Miss] = field(default_factory=dict)

    def miss(self, misconception: str | None, sentence: str | None) -> None:
        """Count a misconception, if it was one."""
        if misconception and sentence:
            missed = self.missed.setdefault(misconception, Miss(sentence))
            missed.times += 1


@dataclass
class ExerciseRecord(Work):
    """What is kept of one exercise."""

    passed: bool = False
    failed: int = 0
    rung: int = 0
    observed: str | None = None


@dataclass
class PredictionRecord(Work):
    """What is kept of one prediction."""

    answer: str = ""
    """The option that was committed to first."""


@dataclass
class Record:
    """All that is kept in one folder."""

    exercises: dict[str, ExerciseRecord] = field(default_factory=dict)
    predictions: dict[str, PredictionRecord] = field(default_factory=dict)
    last: float = 0.0
    """When something was noted last, in epoch seconds."""

    def exercise(self, name: str) -> ExerciseRecord:
        """What is kept of an exercise, at first nothing."""
        if not isinstance(name, str):
            raise WrongUse(f"{name!r} is not the name of an exercise")
        return self.exercises.setdefault(name, ExerciseRecord())


_BEGAN = time.time()
_unsaved: dict[Path, Record] = {}
"""By folder, where it can't be written."""


def read(folder: Path | None = None) -> Record:
    """What is kept; a file that can't be read is put aside, and said so."""
    folder = folder or here()
    if folder in _unsaved:
        return _unsaved[folder]
    try:
        return _understood(json.loads((folder / FILE).read_text("utf-8")))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, TypeError, AttributeError, LookupError) as fault:
        _put_aside(folder / FILE, fault)
        return Record()


def of_exercise(name: str) -> ExerciseRecord:
    """What is kept of one exercise."""
    return read().exercise(name)


def note_verdict(verdict: Mapping[str, Any]) -> None:
    """Keep what came of a check; an untouched starter isn't an attempt."""

    def note(kept: Record) -> Work:
        entry = kept.exercise(verdict["check"])
        if verdict["outcome"] == "passed":
            entry.passed = entry.passed or not verdict["variation"]
            entry.observed = None
        elif verdict["outcome"] == "failed":
            entry.failed += not verdict["unattempted"]
            entry.observed = verdict["message"]
            entry.miss(verdict.get("misconception"), verdict.get("explanation"))
        return entry

    _change(note)


def note_hint(name: str, rung: int) -> None:
    """Keep how far up the ladder a learner was."""

    def note(kept: Record) -> Work:
        entry = kept.exercise(name)
        entry.rung = max(entry.rung, rung)
        return entry

    _change(note)


def note_prediction(name: str, said: Mapping[str, Any]) -> None:
    """Keep what the examiner said of the option that was committed to first."""

    def note(kept: Record) -> Work:
        if name not in kept.predictions:
            entry = kept.predictions[name] = PredictionRecord(answer=said["answer"])
            entry.miss(said.get("misconception"), said.get("feedback"))
        return kept.predictions[name]

    _change(note)


def _change(note: Callable[[Record], Work]) -> None:
    folder = here()
    with _alone(folder):
        kept = read(folder)
        entry = note(kept)
        _count_time(kept, entry)
        file = folder / FILE
        draft = file.with_suffix(f".{os.getpid()}")
        try:
            text = json.dumps(asdict(kept), indent=1, ensure_ascii=False)
            draft.write_text(text, "utf-8")
            draft.replace(file)
        except OSError as fault:
            _keep_unsaved(folder, kept, fault)
        else:
            _unsaved.pop(folder, None)


def _count_time(kept: Record, entry: Work) -> None:
    now = time.time()
    # Where nothing was noted for long, work may have begun with this kernel.
    for since in (kept.last, _BEGAN):
        if 0 < now - since <= PAUSE:
            entry.seconds += now - since
            break
    kept.last = now


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let other notebooks of the folder wait until this one has written."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        # Not every file system has locks; two notebooks at once are rare.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep_unsaved(folder: Path, kept: Record, fault: OSError) -> None:
    if folder not in _unsaved:
        _tell(
            f"Your progress can't be written to {folder}: {fault.strerror}. It is "
            "remembered until this kernel ends; your work isn't touched."
        )
    _unsaved[folder] = kept


def _put_aside(file: Path, fault: Exception) -> None:
    # Not ours to throw away: somebody may want to mend it.
    names = [UNREADABLE, *(f"{UNREADABLE}-{number}" for number in range(2, 10))]
    free = [name for name in names if not (file.parent / name).exists()]
    aside = file.parent / (free or names[-1:])[0]
    try:
        file.replace(aside)
    except OSError:
        kept = "it can't be moved either, so progress isn't remembered"
    else:
        kept = f"it is kept as {aside.name}, and counting begins anew"
    _tell(f"{FILE} can't be read ({fault}): {kept}. Your work isn't touched.")


def _tell(sentence: str) -> None:
    display.show(display.panel(display.OURS, "About your progress", [("", sentence)]))


def _understood(kept: dict[str, Any]) -> Record:
    """A record from its JSON; whatever isn't one raises.

    Those of earlier releases have no times, and a prediction is its letter there.
    """
    predictions = {
        name: {"answer": entry} if isinstance(entry, str) else entry
        for name, entry in kept["predictions"].items()
    }
    return Record(
        exercises={
            name: ExerciseRecord(
                **_work(entry),
                passed=bool(entry["passed"]),
                failed=int(entry["failed"]),
                rung=int(entry["rung"]),
                observed=entry["observed"] and str(entry["observed"]),
            )
            for name, entry in kept["exercises"].items()
        },
        predictions={
            name: PredictionRecord(**_work(entry), answer=str(entry["answer"]))
            for name, entry in predictions.items()
        },
        last=float(kept.get("last", 0.0)),
    )


def _work(entry: Mapping[str, Any]) -> dict[str, Any]:
    missed = {
        name: Miss(str(miss["sentence"]), int(miss["times"]))
        for name, miss in entry.get("missed", {}).items()
    }
    return {"seconds": float(entry.get("seconds", 0.0)), "missed": missed}
