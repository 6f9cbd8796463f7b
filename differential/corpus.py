"""Pairs on which both evaluators agreed, kept so that a test can run without a peer."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path

from differential.pairs import Document, Pair, verdict

FILE = Path(__file__).resolve().parent.parent / "tests/cloud/access/corpus/pairs.json"
SIZE = 420

Judged = tuple[Pair, str]


def chosen(judged: Iterable[Judged], size: int = SIZE) -> list[Judged]:
    """As many of each verdict: short pairs in which much decides."""
    by_verdict: dict[str, list[Judged]] = {}
    for one in judged:
        by_verdict.setdefault(one[1], []).append(one)
    each = size // len(by_verdict)
    return [one for some in by_verdict.values() for one in _telling(some, each)]


def _telling(judged: list[Judged], size: int) -> list[Judged]:
    """Each pair has what the ones before it had least, for its length."""
    left = {one[0].text(): (one, _features(one)) for one in judged}
    seen: Counter[tuple[str, str, str]] = Counter()
    found: list[Judged] = []

    def worth(text: str) -> float:
        return sum(1 / (1 + seen[one]) for one in left[text][1]) / len(text)

    while left and len(found) < size:
        pair, features = left.pop(max(left, key=worth))
        seen.update(features)
        found.append(pair)
    return found


def _features(judged: Judged) -> set[tuple[str, str, str]]:
    """What decides a pair: each part without which the verdict would be another."""
    pair, given = judged
    return {
        (name, given, other)
        for name, changed in _variants(pair)
        if (other := verdict(changed)) != given
    }


def _variants(pair: Pair) -> Iterator[tuple[str, Pair]]:
    """The pair with something taken out, put in or otherwise, each with its name."""
    for name in ("boundary", "session", "attached"):
        there = getattr(pair, name) is not None
        other = None if there else _document(principal=name == "attached")
        changed = dataclasses.replace(pair, **{name: other})
        yield f"{name} {there} {pair.principal['kind']}", changed
    for key in pair.context:
        yield f"key {key}", pair.without_keys([key])
    for number, _ in enumerate(pair.statements()):
        yield from _statement_variants(pair, number)
    copy = deepcopy(pair)
    for document in copy.documents():
        other = {"2012-10-17": "2008-10-17", "2008-10-17": "2012-10-17"}
        document["Version"] = other[document["Version"]]
    yield "Version", copy


def _statement_variants(pair: Pair, number: int) -> Iterator[tuple[str, Pair]]:
    statement = pair.statements()[number]
    for operator, keys in statement.get("Condition", {}).items():
        copy = deepcopy(pair)
        changed = copy.statements()[number]["Condition"]
        del changed[operator]
        changed[_opposite(operator)] = keys
        yield operator, copy
        yield f"{operator} {keys} {[pair.context.get(key) for key in keys]}", copy
    for element, everything in _EVERYTHING.items():
        if element in statement:
            copy = deepcopy(pair)
            copy.statements()[number][element] = everything
            told = (statement["Effect"], element, pair.principal["kind"])
            bounded = element == "NotPrincipal" and pair.boundary is not None
            yield f"{told} {bounded}", copy
            yield f"{element} {statement[element]}", copy


def _opposite(operator: str) -> str:
    """An operator that is met where another one isn't."""
    for one, other in _OPPOSITES:
        if one in operator:
            return operator.replace(one, other)
    return "Null"


def _document(*, principal: bool) -> Document:
    """Everything is allowed."""
    statement: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if principal:
        statement["Principal"] = "*"
    return {"Version": "2012-10-17", "Statement": [statement]}


_OPPOSITES = (
    ("LessThanEquals", "GreaterThan"),
    ("GreaterThanEquals", "LessThan"),
    ("LessThan", "GreaterThanEquals"),
    ("GreaterThan", "LessThanEquals"),
    ("NotEquals", "Equals"),
    ("NotLike", "Like"),
    ("NotIp", "Ip"),
    ("BinaryEquals", "Null"),
    ("Equals", "NotEquals"),
    ("Like", "NotLike"),
    ("Ip", "NotIp"),
)
_EVERYTHING = {
    "Action": "*",
    "NotAction": "none:None",
    "Resource": "*",
    "NotResource": "arn:aws:none:::none",
    "Principal": "*",
    "NotPrincipal": {"AWS": "999999999999"},
}


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
