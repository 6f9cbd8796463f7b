"""Making notebooks/ from solutions/ through nbgrader's own pipeline.

The same sources always give the same bytes, so a fresh release can be compared with
the committed one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import ReleaseFailed
from grader.grading import pipeline
from grader.grading.course import Course


@dataclass(frozen=True)
class Released:
    """What became of the files below notebooks/, as paths relative to it."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    extra: tuple[str, ...]
    """There, but not from solutions/: a former release's, or somebody's own."""


def release(course: Course, phases: Iterable[str] = ()) -> Released:
    """Bring notebooks/ up to date; files that are right already aren't touched.

    Raises: ReleaseFailed, WrongUse.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        fresh = Path(folder) / "notebooks"
        names = generate(course, phases, into=fresh)
        return _update(fresh, course.notebooks, names)


def generate(
    course: Course,
    phases: Iterable[str] = (),
    *,
    into: Path,
    gradebook: str | None = None,
) -> list[str]:
    """Make the learners' notebooks below `into`; answers with the phases made.

    Args:
        gradebook: address of where nbgrader notes checks and points; else nowhere.

    Raises: ReleaseFailed.
    """
    names = course.phases(phases)
    api = pipeline.api(course, gradebook=gradebook, releases=into)
    for name in names:
        _succeed(name, api.generate_assignment(name))
    return names


def _succeed(phase: str, result: dict[str, Any]) -> None:
    if result["success"]:
        return
    # The log names the cell and what is wrong with it; the traceback is nbgrader's.
    log = result.get("log", "").strip() or result["error"]
    raise ReleaseFailed(f"{phase} could not be released:\n{log}")


def _update(fresh: Path, kept: Path, phases: list[str]) -> Released:
    written, unchanged, extra = [], [], []
    for phase in phases:
        wanted = _files(fresh / phase)
        there = _files(kept / phase)
        for name in sorted(wanted):
            source, target = fresh / phase / name, kept / phase / name
            shown = f"{phase}/{name}"
            if name in there and target.read_bytes() == source.read_bytes():
                unchanged.append(shown)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            written.append(shown)
        extra += [f"{phase}/{name}" for name in sorted(there - wanted)]
    return Released(tuple(written), tuple(unchanged), tuple(extra))


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not _is_hidden(path.relative_to(folder))
    }


def _is_hidden(path: Path) -> bool:
    # Jupyter's checkpoints and a learner's progress.
    return any(part.startswith(".") for part in path.parts)
