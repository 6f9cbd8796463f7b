"""Which way a function's own output came back to it as an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.lab.architecture import Architecture

_CHAIN = 17
"""Events of one loop before Lambda stops it."""


def told(function: str, journal: Iterable[dict[str, Any]], drawn: Architecture) -> str:
    """The loop of a function, its first turns, and how to break it."""
    sentences = [*_ways(function, drawn), *_turns(function, journal)]
    cure = (
        "Have the function write where nothing invokes it: under another prefix than "
        "the trigger's, or into another bucket."
    )
    if not sentences:
        cure = "Look for what the function writes or sends: it comes back as its event."
    return " ".join([*sentences, cure])


def _ways(function: str, drawn: Architecture) -> list[str]:
    """Buckets that the function may write to, and that invoke it."""
    triggers = {
        arrow.source: arrow.label
        for arrow in drawn.arrows
        if arrow.source.kind == "bucket" and arrow.target.name == function
    }
    return [
        f"The loop: {function} may write into the {arrow.target}, and that bucket "
        f"invokes {function} for {triggers[arrow.target]}."
        for arrow in drawn.arrows
        if arrow.source.name == function
        and arrow.target in triggers
        and "write" in arrow.label
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
