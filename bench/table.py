"""The table of a run as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import Figure, Missing, times_better, written
from bench.rows import OURS, Row

LEGEND = (
    "Each other cell has its value and, in brackets, how many times better ours is "
    "(below 1: ours is worse)."
)


class _Notes:
    """Numbered notes under the table; the same text has one number."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def mark(self, text: str) -> str:
        if text not in self._texts:
            self._texts.append(text)
        return f"[{self._texts.index(text) + 1}]"

    def lines(self) -> list[str]:
        return [f"[{number}] {text}  " for number, text in enumerate(self._texts, 1)]


def _cell(row: Row, name: str, notes: _Notes) -> str:
    reading = row.readings.get(name)
    if reading is None:
        return ""
    if isinstance(reading, Missing):
        return f"— {notes.mark(f'{name}: {reading.reason}')}"
    text = f"{written(reading.value)} {row.unit}"
    if name == OURS:
        text = f"**{text}**"
    else:
        better = (
            times_better(row.readings[OURS], reading, higher=row.higher)
            if (OURS in row.readings)
            else None
        )
        if better is not None:
            text += f" ({written(better)}×)"
    if reading.note:
        text += f" {notes.mark(reading.note)}"
    return text


def _goal(row: Row) -> tuple[str, str]:
    if row.goal is None:
        return "", ""
    verdict = row.goal.judge(row.readings)
    if verdict.met is None:
        return row.goal.words, verdict.why
    return row.goal.words, f"{'yes' if verdict.met else 'NO'}: {verdict.why}"


def markdown(rows: Sequence[Row], names: Sequence[str], heading: Sequence[str]) -> str:
    """The rows as a Markdown table; `names` orders the columns after ours."""
    shown = [name for name in names if any(name in row.readings for row in rows)]
    notes = _Notes()
    header = ["measured", OURS, "goal", "met?", *shown]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for row in rows:
        cells = [row.title, _cell(row, OURS, notes), *_goal(row)]
        cells += [_cell(row, name, notes) for name in shown]
        lines.append(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        )
    return (
        "\n".join([*heading, "", *lines, "", LEGEND, "", *notes.lines()]).rstrip()
        + "\n"
    )


def progress(row: Row) -> str:
    """One line per reading with its quartiles, for the log of a run."""
    lines = [row.title]
    for name, reading in row.readings.items():
        if isinstance(reading, Figure):
            line = f"  {name:20} {written(reading.value):>8} {row.unit}"
            if reading.samples > 1:
                line += (
                    f"  (quartiles {written(reading.low)} to {written(reading.high)}, "
                    f"{reading.samples} samples)"
                )
            lines.append(line)
        else:
            lines.append(f"  {name:20} not measured: {reading.reason}")
    return "\n".join(lines)
