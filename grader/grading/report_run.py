"""What happened in the run, as the report tells it: isolation, problems, integrity."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from grader.grading.class_report import Report
from grader.grading.graded import Graded, Note
from grader.grading.report_tables import duration, table

_TOLD = 600
"""Characters of what somebody's code said that are shown."""


def of_the_run(report: Report) -> str:
    """The part of the page about how grading went, whatever the phase."""
    parts = [_isolation(report.results)]
    if report.troubles:
        rows = [
            [html.escape(text) for text in (each.student, each.phase, each.reason)]
            for each in report.troubles
        ]
        parts.append("<h3>Not graded</h3>" + table(["student", "phase", "why"], rows))
    parts.append(
        _notes(
            "Problems",
            "What went wrong while a submission ran: limits, lost kernels, files and "
            "cells that were repaired.",
            ((result, result.problems) for result in report.results),
        )
    )
    parts.append(
        _notes(
            "Integrity",
            "What a submission tried, as it was seen. It earned nothing by it. Whether "
            "it was meant is for you to judge: talk to the student first.",
            ((result, result.integrity) for result in report.results),
        )
    )
    return f'<section id="run"><h2>The run</h2>{"".join(parts)}</section>'


def _isolation(results: Sequence[Graded]) -> str:
    if not results:
        return (
            "<p>There are no results of <code>grader grade</code> here: the marks are "
            "the gradebook's alone.</p>"
        )
    tiers: dict[str, int] = {}
    for result in results:
        tiers[result.tier or "unknown"] = tiers.get(result.tier or "unknown", 0) + 1
    counted = ", ".join(
        f"{html.escape(tier)} ({count})" for tier, count in sorted(tiers.items())
    )
    seconds = sum(result.seconds for result in results)
    return (
        f"<p>Isolation of the submissions: {counted}. Grading took "
        f"{duration(seconds)} of one worker, {seconds / len(results):.1f} s for a "
        "submission on average.</p>"
    )


def _notes(
    title: str, words: str, noted: Iterable[tuple[Graded, Sequence[Note]]]
) -> str:
    rows = sorted(
        [
            html.escape(text[:_TOLD])
            for text in (
                result.student,
                result.assignment,
                note.kind,
                note.cell,
                note.message,
            )
        ]
        for result, notes in noted
        for note in notes
    )
    if not rows:
        return ""
    columns = ["student", "phase", "kind", "cell", "what happened"]
    return f"<h3>{title}</h3><p>{words}</p>{table(columns, rows)}"
