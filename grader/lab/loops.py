"""Which way a function's own output came back to it as an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.lab.architecture import Architecture

_CHAIN = 17
"""Events of one loop before Lambda stops it."""
_BACK = {
    "bucket": "write into",
    "queue": "send to",
    "stream": "write into",
    "table": "write into",
    "topic": "publish to",
}
"""What a function does with what invokes it, by its kind."""
_CURES = {
    "bucket": (
        "Have the function write where nothing invokes it: under another prefix than "
        "the trigger's, or into another bucket."
    ),
    "queue": "Have the function send to another queue than the one that invokes it.",
    "stream": "Have the function write into another stream than its own.",
    "table": (
        "Have the function write into another table, or keep its own writes from it "
        "with the mapping's FilterCriteria."
    ),
    "topic": "Have the function publish to another topic than that which invokes it.",
}


def told(function: str, journal: Iterable[dict[str, Any]], drawn: Architecture) -> str:
    """The loop of a function, its first turns, and how to break it."""
    ways = _ways(function, drawn)
    sentences = [*(told for _, told in ways), *_turns(function, journal)]
    cures = list(dict.fromkeys(_CURES[kind] for kind, _ in ways))
    if sentences and not cures:
        cures = [_CURES["bucket"]]
    if not sentences:
        cures = [
            "Look for what the function writes or sends: it comes back as its event."
        ]
    return " ".join([*sentences, *cures])


def _ways(function: str, drawn: Architecture) -> list[tuple[str, str]]:
    """What invokes the function and gets its output: its kind, and how it does."""
    triggers = {
        arrow.source: arrow.label
        for arrow in drawn.arrows
        if arrow.source.kind in _BACK and arrow.target.name == function
    }
    return [
        (
            arrow.target.kind,
            f"The loop: {function} may {_BACK[arrow.target.kind]} the {arrow.target}, "
            f"and that {arrow.target.kind} invokes {function} for "
            f"{triggers[arrow.target]}.",
        )
        for arrow in drawn.arrows
        if arrow.source.name == function
        and arrow.target in triggers
        and _BACK[arrow.target.kind].split()[0] in arrow.label
    ]


def _turns(function: str, journal: Iterable[dict[str, Any]]) -> list[str]:
    """The keys that led from one turn to the next, the shortest first."""
    keys = [
        record["s3"]["object"]["key"]
        for entry in journal
        if entry["kind"] == "delivery"
        and entry["function"] == function
        and entry["source"] == "s3"
        for record in entry["event"].get("Records", [])
    ][-_CHAIN:]
    if not keys:
        return []
    # A function that makes a name from its input's name makes it longer.
    grown = sorted({key for key in keys if key in keys[-1]}, key=len)
    if len(grown) == 1:
        return [f"Its events were for one key, again and again: {grown[0]}."]
    return [f"One upload led to the next: {', then '.join(grown[:3])} …"]
