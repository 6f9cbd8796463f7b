"""Pairs on which both evaluators agreed, kept so that a test can run without a peer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from differential.pairs import Pair

FILE = Path(__file__).resolve().parent.parent / "tests/cloud/access/corpus/pairs.json"
SIZE = 360

Judged = tuple[Pair, str]


def chosen(judged: Iterable[Judged], size: int = SIZE) -> list[Judged]:
    """Short pairs that show much: each has what the ones before it had least."""
    left = {one[0].text(): (one, _features(one)) for one in judged}
    seen: Counter[tuple[str, str]] = Counter()
    found: list[Judged] = []

    def worth(text: str) -> float:
        return sum(1 / (1 + seen[one]) for one in left[text][1]) / len(text)

    while left and len(found) < size:
        pair, features = left.pop(max(left, key=worth))
        seen.update(features)
        found.append(pair)
    return found


def _features(judged: Judged) -> set[tuple[str, str]]:
    """What a pair shows, each together with the verdict."""
    pair, verdict = judged
    shown = {pair.principal["kind"], pair.attached_kind, pair.action}
    shown |= {operator for operator, _, _ in pair.conditions()}
    shown |= {element for one in pair.statements() for element in one}
    shown |= {
        name
        for name in ("boundary", "session", "attached")
        if getattr(pair, name) is not None
    }
    shown.add("own account" if pair.principal["account"] == pair.owner else "foreign")
    return {(one, verdict) for one in shown}


def write(judged: Iterable[Judged]) -> None:
    """Keep pairs with their verdicts, one a line."""
    lines = [
        json.dumps({"verdict": verdict, "pair": vars(pair)}, sort_keys=True)
        for pair, verdict in judged
    ]
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def read() -> list[Judged]:
    """The pairs that are kept."""
    return [
        (Pair(**one["pair"]), one["verdict"]) for one in json.loads(FILE.read_text())
    ]
