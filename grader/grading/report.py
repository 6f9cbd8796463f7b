"""The report on a class: student by exercise, as text, CSV and HTML."""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import NothingGraded
from grader.grading import pipeline
from grader.lab import tables

GRADEBOOK = "gradebook.db"
TROUBLES = "troubles.json"
PAGE = "report.html"
SHEET = "report.csv"
UNDECIDED = (
    "? waits for the instructor, in nbgrader's formgrader, and is no part of a total "
    "until then: a check itself broke, or a person marks it"
)


@dataclass(frozen=True)
class Trouble:
    """A submission that couldn't be graded, and why, in one line."""

    student: str
    phase: str
    reason: str


@dataclass(frozen=True)
class Score:
    """One exercise of one student; `points` is None while the instructor decides."""

    student: str
    phase: str
    exercise: str
    points: float | None
    maximum: float


@dataclass(frozen=True)
class Report:
    """What a class earned."""

    scores: tuple[Score, ...]
    troubles: tuple[Trouble, ...]

    @property
    def undecided(self) -> bool:
        """Whether something waits for the instructor."""
        return any(score.points is None for score in self.scores)

    def exercises(self, phase: str) -> list[str]:
        """The exercises of a phase, in the order of its notebooks."""
        return list(
            dict.fromkeys(
                score.exercise for score in self.scores if score.phase == phase
            )
        )

    def phases(self) -> list[str]:
        """The phases that somebody handed in."""
        return list(dict.fromkeys(score.phase for score in self.scores))

    def rows(self, phase: str) -> tuple[list[str], list[list[str]]]:
        """The table of a phase: its head, and a row per student."""
        exercises = self.exercises(phase)
        by_student: dict[str, dict[str, Score]] = {}
        for score in self.scores:
            if score.phase == phase:
                by_student.setdefault(score.student, {})[score.exercise] = score
        rows = []
        for student, scores in sorted(by_student.items()):
            marks = [_shown(scores[exercise].points) for exercise in exercises]
            rows.append([student, *marks, _total(list(scores.values()))])
        return ["student", *exercises, "total"], rows

    def __str__(self) -> str:
        parts = []
        for phase in self.phases():
            columns, rows = self.rows(phase)
            parts.append(f"{phase}\n{tables.as_text(columns, rows)}")
        for trouble in self.troubles:
            parts.append(
                f"not graded: {trouble.student}, {trouble.phase}: {trouble.reason}"
            )
        if self.undecided:
            parts.append(UNDECIDED)
        return "\n\n".join(parts)


def write(work: Path, phases: Sequence[str], troubles: tuple[Trouble, ...]) -> Report:
    """Note the troubles, then report on `phases`."""
    (work / TROUBLES).write_text(json.dumps([asdict(each) for each in troubles]))
    return report(work, phases)


def report(work: Path, phases: Sequence[str]) -> Report:
    """Read the gradebook in `work` and write report.csv and report.html beside it.

    Raises: NothingGraded.
    """
    if not (work / TROUBLES).is_file():
        raise NothingGraded(f"no class was graded in {work}: run `grader grade` first")
    told = json.loads((work / TROUBLES).read_text())
    troubles = tuple(Trouble(**each) for each in told if each["phase"] in phases)
    made = Report(tuple(_scores(work / GRADEBOOK, phases)), troubles)
    _write_sheet(work / SHEET, made)
    (work / PAGE).write_text(_page(work, made), encoding="utf-8")
    return made


def _scores(gradebook: Path, phases: Sequence[str]) -> Any:
    pipeline.prepare_imports()
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{gradebook}") as book:
        for phase in phases:
            for submission in book.assignment_submissions(phase):
                for notebook in submission.notebooks:
                    marks = {grade.name: grade for grade in notebook.grades}
                    # The order of the notebook's cells, not of the database's rows.
                    for cell in notebook.notebook.source_cells:
                        if cell.name in marks:
                            mark = marks[cell.name]
                            yield Score(
                                student=submission.student.id,
                                phase=phase,
                                exercise=cell.name,
                                points=_points(mark),
                                maximum=mark.max_score,
                            )


def _points(mark: Any) -> float | None:
    if mark.manual_score is None and mark.auto_score is None:
        return None
    return float(mark.score)


def _shown(points: float | None) -> str:
    return "?" if points is None else f"{points:g}"


def _total(scores: list[Score]) -> str:
    """Points of those that were decided; what waits costs nobody anything."""
    decided = [score for score in scores if score.points is not None]
    points = sum(score.points or 0 for score in decided)
    total = f"{points:g} / {sum(score.maximum for score in decided):g}"
    waiting = sum(score.maximum for score in scores if score.points is None)
    return f"{total} ({waiting:g} ?)" if waiting else total


def _write_sheet(path: Path, made: Report) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["student", "phase", "exercise", "points", "maximum"])
        for score in made.scores:
            points = "" if score.points is None else f"{score.points:g}"
            about = [score.student, score.phase, score.exercise]
            sheet.writerow([*about, points, f"{score.maximum:g}"])


def _page(work: Path, made: Report) -> str:
    body = []
    for phase in made.phases():
        columns, rows = made.rows(phase)
        body.append(f"<h2>{html.escape(phase)}</h2>")
        body.append(tables.as_html(columns, rows))
        pages = sorted((work / "feedback").glob(f"*/{phase}/*.html"))
        links = "".join(
            f'<li><a href="{html.escape(page.relative_to(work).as_posix())}">'
            f"{html.escape(page.parent.parent.name)}: {html.escape(page.stem)}</a></li>"
            for page in pages
        )
        body.append(f"<h3>Feedback</h3><ul>{links}</ul>" if links else "")
    if made.undecided:
        body.append(f"<p>{html.escape(UNDECIDED)}</p>")
    if made.troubles:
        body.append("<h2>Not graded</h2>")
        body.append(
            tables.as_html(
                ["student", "phase", "reason"],
                [[each.student, each.phase, each.reason] for each in made.troubles],
            )
        )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        "<title>Marks of the class</title>"
        "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
        "th,td{border:1px solid #999;padding:.3em .6em;text-align:left}</style>"
        f"<h1>Marks of the class</h1>{''.join(body)}</html>\n"
    )
