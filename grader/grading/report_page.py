"""The report on a class as one page: pictures with tables, then all that happened."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from grader.grading import class_figures, pages, plots
from grader.grading.class_figures import Marked, Misconception
from grader.grading.class_report import UNDECIDED, Report, shown
from grader.grading.report_run import of_the_run
from grader.grading.report_tables import duration, folded, people, table

STYLE = """
main,header,footer{max-width:72rem}
h3{margin:1.8rem 0 .4rem}figure{margin:.5rem 0;max-width:52rem}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:1rem 0;padding:0;
list-style:none}
.facts b{display:block;font-size:1.5rem;line-height:1.1}
.marks td{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.marks thead th{vertical-align:bottom;writing-mode:vertical-rl;transform:rotate(180deg);
font-weight:500;padding:.3rem .2rem}.marks thead th:first-child{writing-mode:inherit;
transform:none}
.marks tbody th{position:sticky;left:0;background:var(--paper);padding-left:.1rem}
details{margin:.6rem 0}summary{cursor:pointer}
"""


def page(report: Report, feedback: Callable[[str, str], str | None]) -> str:
    """The whole page.

    Args:
        feedback: the address of a student's feedback of a phase, relative to the page.
    """
    phases = report.phases()
    parts = [part for phase in phases for part in _phase(report, phase, feedback)]
    body = "".join(
        [*(parts or ["<p>Nobody has handed anything in.</p>"]), of_the_run(report)]
    )
    # A big class's page is large, and once in memory is enough.
    parts.clear()
    contents = "".join(
        f'<li><a href="#{html.escape(phase)}">{html.escape(phase)}</a></li>'
        for phase in phases
    )
    head = (
        f'<h1>Marks of the class</h1><nav aria-label="Contents"><ul class="facts">'
        f'{contents}<li><a href="#run">The run</a></li></ul></nav>'
    )
    foot = (
        "Made by <code>grader report</code>, which makes it again after marks by hand. "
        "The same numbers are in report.csv, and in exports/ as Canvas and Moodle "
        "import them."
    )
    return pages.page("Marks of the class", head, body, foot, style=STYLE)


def _phase(
    report: Report, phase: str, feedback: Callable[[str, str], str | None]
) -> Iterator[str]:
    name = html.escape(phase)
    yield f'<section id="{name}"><h2>{name}</h2>'
    yield _facts(report, phase)
    yield _distribution(report, phase)
    yield _success(report.marked(phase))
    yield _misconceptions(class_figures.misconceptions(report.marked(phase)))
    yield _times(report.marked(phase))
    yield _late(report, phase)
    yield _waiting(report, phase)
    yield from _marks(report, phase, feedback)
    yield "</section>"


def _facts(report: Report, phase: str) -> str:
    students = report.of_students(phase)
    totals = sorted(report.total(student, phase).points for student in students)
    middle = class_figures.median(totals)
    waiting = [student for student in students if report.total(student, phase).waiting]
    late = [
        student for student in students if report.handed_in(student, phase).seconds_late
    ]
    facts = [
        (len(students), "handed in"),
        (len(report.missing(phase)), "handed nothing in"),
        (pages.points(middle), "points, the median"),
        (_passed(report, phase), "passed"),
        (len(late), "late"),
        (len(waiting), "wait for a person"),
    ]
    items = "".join(
        f"<li><b>{value}</b> {words}</li>" for value, words in facts if value != ""
    )
    missing = report.missing(phase)
    return f'<ul class="facts">{items}</ul>' + (
        f"<p>Handed nothing in: {people([each.id for each in missing])}</p>"
        if missing
        else ""
    )


def _passed(report: Report, phase: str) -> int | str:
    """How many reached the marks to pass of all notebooks; "" where there are none."""
    lessons = report.lessons.get(phase, {})
    if not any(lesson.pass_mark is not None for lesson in lessons.values()):
        return ""
    passed = 0
    for scores in report.of_students(phase).values():
        reached = [
            lesson.is_passed(
                {
                    name: score.points or 0.0
                    for name, score in scores.items()
                    if score.notebook == stem
                }
            )
            for stem, lesson in lessons.items()
        ]
        passed += all(each is not False for each in reached)
    return passed


def _distribution(report: Report, phase: str) -> str:
    totals = [report.total(each, phase) for each in report.of_students(phase)]
    worth = max((each.maximum + each.waiting for each in totals), default=0.0)
    bands = class_figures.distribution([each.points for each in totals], worth)
    marks = [lesson.pass_mark for lesson in report.lessons.get(phase, {}).values()]
    pass_mark = marks[0] if len(marks) == 1 else None
    rows = [
        [f"{pages.points(band.low)} to {pages.points(band.high)}", str(band.count)]
        for band in bands
    ]
    return (
        "<h3>Points</h3>"
        + plots.of_distribution(bands, pass_mark)
        + folded("As a table", table(["points", "students"], rows, numbers={1}))
    )


def _success(marked: Iterable[Marked]) -> str:
    successes = class_figures.successes(marked)
    rows = [
        [
            html.escape(each.exercise),
            f"{100 * each.passed / each.handed_in:.0f} %",
            *map(str, (each.passed, each.partly, each.failed)),
            *map(str, (each.untried, each.waiting)),
            f"{each.mean:.1f} of {pages.points(each.maximum)}",
        ]
        for each in successes
    ]
    columns = ["exercise", "", "passed", "partly", "not yet", "not tried", "waiting"]
    columns[1] = "share"
    return (
        "<h3>Exercises</h3>"
        + plots.of_success(successes)
        + table([*columns, "points on average"], rows, numbers=set(range(1, 8)))
    )


def _misconceptions(found: Sequence[Misconception]) -> str:
    if not found:
        return ""
    rows = [
        [
            html.escape(each.name.replace("-", " ")),
            str(len(each.students)),
            html.escape(", ".join(each.exercises)),
            html.escape(each.explanation),
            people(each.students),
        ]
        for each in found
    ]
    columns = ["misconception", "students", "exercise", "what corrects it", "who"]
    return "<h3>Misconceptions</h3>" + table(columns, rows, numbers={1})


def _times(marked: Iterable[Marked]) -> str:
    times = class_figures.times(marked)
    if not times:
        return ""
    rows = [
        [
            html.escape(each.exercise),
            f"{each.median:.1f} s",
            f"{each.longest:.1f} s",
            html.escape(each.slowest),
        ]
        for each in times
    ]
    columns = ["exercise", "median", "longest", "whose"]
    return (
        "<h3>Time to grade</h3>"
        + plots.of_times(times)
        + folded("As a table", table(columns, rows, numbers={1, 2}))
    )


def _late(report: Report, phase: str) -> str:
    rows = [
        [
            html.escape(student),
            duration(handed_in.seconds_late),
            f"{pages.points(handed_in.penalty)}",
        ]
        for student in report.of_students(phase)
        if (handed_in := report.handed_in(student, phase)).seconds_late
    ]
    if not rows:
        return ""
    return "<h3>Late</h3>" + table(["student", "by", "penalty"], rows, numbers={2})


def _waiting(report: Report, phase: str) -> str:
    waiting: dict[str, list[str]] = {}
    for score in report.scores:
        if score.phase == phase and score.points is None:
            waiting.setdefault(score.exercise, []).append(score.student)
    if not waiting:
        return ""
    rows = [
        [html.escape(exercise), str(len(students)), people(students)]
        for exercise, students in waiting.items()
    ]
    return f"<h3>Waiting for a person</h3><p>{html.escape(UNDECIDED)}.</p>" + table(
        ["exercise", "students", "who"], rows, numbers={1}
    )


def _marks(
    report: Report, phase: str, feedback: Callable[[str, str], str | None]
) -> Iterator[str]:
    exercises = report.exercises(phase)
    head = "".join(
        f'<th scope="col">{html.escape(name)}</th>'
        for name in ("student", *exercises, "total")
    )
    label = html.escape(f"Marks of {phase}")
    yield (
        "<h3>Marks</h3><p>A name leads to the student's feedback.</p>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="marks"><thead><tr>{head}</tr></thead><tbody>'
    )
    for student, scores in report.of_students(phase).items():
        name, address = html.escape(student), feedback(student, phase)
        if address is not None:
            name = f'<a href="{html.escape(address)}">{name}</a>'
        cells = [shown(scores.get(exercise)) for exercise in exercises]
        total = html.escape(str(report.total(student, phase)))
        yield (
            f'<tr><th scope="row">{name}</th>'
            + "".join(f"<td>{cell}</td>" for cell in (*cells, total))
            + "</tr>"
        )
    yield "</tbody></table></div>"


def feedback_of(work: Path) -> Callable[[str, str], str | None]:
    """Addresses of feedback pages below `work`, relative to it."""

    def address(student: str, phase: str) -> str | None:
        found = sorted((work / "feedback" / student / phase).glob("*.html"))
        return found[0].relative_to(work).as_posix() if found else None

    return address
