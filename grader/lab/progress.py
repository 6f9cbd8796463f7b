"""`progress`: what is done, what it earned, how long it took, and what comes next."""

from __future__ import annotations

import html
from pathlib import Path

from grader.lab import display, record, tables
from grader.lab.lessons import Lesson, Step, lessons
from grader.lab.record import ExerciseRecord, Record, Work
from grader.lab.starting import here

COUNTED = (
    "Time is counted from one check, hint or prediction to the next; a pause of more "
    f"than {record.PAUSE / 60:.0f} minutes counts as none. It stays on this machine."
)
_COLUMNS = ("exercise", "section", "points", "minutes", "state")
_REVIEWED_AT_MOST = 2


def progress() -> None:
    """Show the exercises done, points, predictions, minutes, and what comes next."""
    display.show(summary(here(), record.read()))


def summary(folder: Path, kept: Record) -> display.Shown:
    """Progress in each notebook of a folder."""
    found = lessons(folder)
    if not found:
        said = f"There is no notebook with exercises in {folder}."
        return display.Shown(said, f"<p>{html.escape(said)}</p>")
    parts = [_of_lesson(lesson, kept) for lesson in found]
    return display.Shown(
        "\n\n".join([*(part.text for part in parts), COUNTED]),
        "".join(part.html for part in parts) + f"<p><small>{COUNTED}</small></p>",
    )


def _of_lesson(lesson: Lesson, kept: Record) -> display.Shown:
    rows = [_row(step, kept) for step in lesson.exercises]
    done = [step for step in lesson.exercises if kept.exercise(step.name).passed]
    said = [
        f"{len(done)} of {len(lesson.exercises)} exercises done.",
        *_points(lesson, done),
        _predictions(lesson, kept),
        f"Time worked: {_duration(_seconds(lesson, kept))}.",
        *_next(lesson, kept),
        *_review(lesson, kept),
    ]
    # The bar is for the eye only: the sentence beneath it says the same.
    bar = f'<progress value="{len(done)}" max="{len(lesson.exercises)}"></progress>'
    return display.Shown(
        "\n".join([lesson.title, "", tables.as_text(_COLUMNS, rows), "", *said]),
        f"<h3>{html.escape(lesson.title)}</h3>{bar}"
        + tables.as_html(_COLUMNS, rows)
        + "".join(f"<p>{html.escape(line)}</p>" for line in said),
    )


def _row(step: Step, kept: Record) -> list[str]:
    entry = kept.exercise(step.name)
    minutes = f"{entry.seconds / 60:.0f}"
    return [step.name, step.section, f"{step.points:g}", minutes, _state(entry)]


def _state(entry: ExerciseRecord) -> str:
    if entry.passed:
        return "✔ done"
    if entry.failed:
        return f"✘ not yet, {entry.failed} tried"
    return "· to do"


def _points(lesson: Lesson, done: list[Step]) -> list[str]:
    """What was earned, in parts where there is a capstone, and what is missing."""
    capstone = [step for step in lesson.exercises if step.name in lesson.capstone]
    others = [step for step in lesson.exercises if step not in capstone]
    said = f"Points: {_of(lesson.exercises, done)}"
    if capstone:
        said += f": exercises {_of(others, done)}, capstone {_of(capstone, done)}"
    lines = [f"{said}."]
    if lesson.pass_mark is not None:
        lines.append(_missing(lesson, capstone, done))
    return lines


def _missing(lesson: Lesson, capstone: list[Step], done: list[Step]) -> str:
    earned = _sum([step for step in capstone if step in done])
    wanted = [(lesson.pass_mark or 0.0, _sum(done), "")]
    if capstone:
        wanted.append((lesson.capstone_pass_mark, earned, " in the capstone"))
    passes = " and ".join(f"{mark:g} points{where}" for mark, _, where in wanted)
    ahead = [
        f"{mark - reached:g} more{where}"
        for mark, reached, where in wanted
        if reached < mark
    ]
    if not ahead:
        return f"You have passed: it takes {passes}."
    return f"To pass it takes {passes}: {' and '.join(ahead)}."


def _of(steps: list[Step], done: list[Step]) -> str:
    return f"{_sum([s for s in steps if s in done]):g} of {_sum(steps):g}"


def _sum(steps: list[Step]) -> float:
    return sum(step.points or 0.0 for step in steps)


def _predictions(lesson: Lesson, kept: Record) -> str:
    asked = lesson.predictions
    made = [step for step in asked if step.name in kept.predictions]
    said = f"{len(made)} of {len(asked)} predictions made"
    if lesson.bonus:
        bonus = min(len(made), lesson.bonus)
        said += f": {bonus} of {lesson.bonus} bonus points, beside the others"
    return f"{said}."


def _seconds(lesson: Lesson, kept: Record) -> float:
    return sum(entry.seconds for _, entry in _worked_on(lesson, kept))


def _worked_on(lesson: Lesson, kept: Record) -> list[tuple[Step, Work]]:
    found: list[tuple[Step, Work]] = []
    for step in lesson.steps:
        if step.points is not None:
            found.append((step, kept.exercise(step.name)))
        elif step.name in kept.predictions:
            found.append((step, kept.predictions[step.name]))
    return found


def _next(lesson: Lesson, kept: Record) -> list[str]:
    """The first exercise that isn't done, and the predictions on the way to it."""
    left_out: list[str] = []
    on_the_way: list[str] = []
    for step in lesson.steps:
        if step.points is None:
            if step.name not in kept.predictions:
                on_the_way.append(step.name)
        elif kept.exercise(step.name).passed:
            left_out, on_the_way = left_out + on_the_way, []
        else:
            said = f"Next: {step.name}{_where(step)}."
            if on_the_way:
                said += f" To predict before it: {', '.join(on_the_way)}."
            return [said]
    left_out += on_the_way
    if left_out:
        return [f"Every exercise is done. To predict still: {', '.join(left_out)}."]
    return ["Everything here is done."]


def _review(lesson: Lesson, kept: Record) -> list[str]:
    """Where to look again: what was missed most often, later ones first."""
    missed = [
        (miss.times, at, step, miss.sentence)
        for at, (step, entry) in enumerate(_worked_on(lesson, kept))
        for miss in entry.missed.values()
    ]
    missed.sort(key=lambda one: one[:2], reverse=True)
    return [
        f"Worth another look: {step.name}{_where(step)}: {sentence}"
        for _, _, step, sentence in missed[:_REVIEWED_AT_MOST]
    ]


def _where(step: Step) -> str:
    return f" in “{step.section}”" if step.section else ""


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
