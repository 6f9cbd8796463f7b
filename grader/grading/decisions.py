"""What the gradebook says of each notebook: points, also by hand, and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.grading.marks import HandedIn, Marks
from grader.grading.scores import Score


@dataclass(frozen=True)
class Decided:
    """What the gradebook says of one notebook; empty, the checks' own marks count."""

    points: Mapping[str, float | None] = field(default_factory=dict)
    """By grade_id; None waits for a person."""
    by_hand: frozenset[str] = frozenset()
    """Whose points a person gave."""
    comments: Mapping[str, str] = field(default_factory=dict)
    """What a person wrote, by cell."""
    penalty: float = 0.0


NOTHING = Decided()


def decisions(marks: Marks, student: str, phase: str) -> dict[str, Decided]:
    """What a gradebook says of one submission, by notebook."""
    scores: dict[str, list[Score]] = {}
    submission = marks.submissions.get((student, phase))
    for score in submission.each() if submission else ():
        scores.setdefault(score.notebook, []).append(score)
    handed_in = marks.handed_in.get((student, phase), HandedIn(student, phase))
    return {
        notebook: Decided(
            points={score.exercise: score.points for score in mine},
            by_hand=frozenset(score.exercise for score in mine if score.by_hand),
            comments={
                comment.cell: comment.text
                for comment in handed_in.comments
                if comment.notebook == notebook
            },
            penalty=handed_in.penalties.get(notebook, 0.0),
        )
        for notebook, mine in scores.items()
    }
