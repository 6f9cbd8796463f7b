"""no-leaking-baskets: what an environment keeps from one call to the next."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    Call,
    broken,
    call,
    runtime_of,
)
from grader.checks.probe import Probe

PRICES = {"print": 3, "frame": 20, "album": 45}
UNKNOWN = "umbrella"
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@exercise(
    "no-leaking-baskets",
    hints=(
        "Ask of each line outside the handler: when does it run, and how often? Then "
        "sort the two things that stand there: the basket belongs to one customer, "
        "the till to one environment.",
        "till = uuid.uuid4().hex          # stays: once per ____\n\n"
        "def handler(event, context):\n"
        "    ____ = []                    # moves: once per ____\n"
        '    for item in event["items"]:\n'
        "        ...",
    ),
    explain_back="explain-no-leaking-baskets",
    misconceptions={
        **FUNCTION_MISCONCEPTIONS,
        "globals-reset-each-call": "You may think that every call starts from "
        "nothing. An environment keeps what stands outside the handler, and serves "
        "the next customer with it.",
        "emptied-too-late": "You may think that emptying the basket at the end is "
        "enough. A call that raises an error never gets to its end.",
        "basket-by-customer": "You may think that one basket per customer is safe. "
        "The same customer comes again, and another environment knows nothing of it.",
        "opened-at-each-call": "You may think that everything belongs into the "
        "handler. What is slow to open and belongs to nobody is opened once per "
        "environment, outside it.",
        "unsold-is-free": "You may think that an answer is kinder than an error. Here "
        "it sells something that nobody has, and nobody would notice.",
        "one-till-for-all": "You may think that environments share their memory. Each "
        "runs your file for itself.",
    },
)
def no_leaking_baskets(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Each customer pays for their own basket; a till is opened once per INIT."""
    name, _ = runtime_of(probe, deploy(probe.cloud_argument()), "deploy_baskets")
    calls = [*_queue(probe, name), _after_an_error(probe, name)]
    if variation:
        calls += _crowd(probe, name)
    probe.settle()
    _tills(_environments(probe, name, calls), calls)


def _queue(probe: Probe, function: str) -> list[Call]:
    """One customer after the other, the last one twice."""
    ada = _shop(probe, function, "Ada", ["print", "frame"], None)
    ben = _shop(probe, function, "Ben", ["album"], "globals-reset-each-call")
    again = _shop(probe, function, "Ben", ["print"], "basket-by-customer")
    return [ada, ben, again]


def _after_an_error(probe: Probe, function: str) -> Call:
    """A customer whose predecessor asked for something that isn't sold."""
    said = call(probe, function, {"customer": "Cleo", "items": ["print", UNKNOWN]})
    if said.error is None:
        raise Failed(
            f"I sent {said.sent}, and nobody sells an {UNKNOWN}; it was answered.",
            expected="an error, as the given function raises one",
            observed=json.dumps(said.payload),
            look="the line that finds an item's price",
            misconception="unsold-is-free",
        )
    return _shop(probe, function, "Dan", ["frame"], "emptied-too-late")


def _crowd(probe: Probe, function: str) -> list[Call]:
    """Fifty customers, three at a time."""
    chance = probe.random
    orders: list[tuple[str, list[str]]] = [
        (f"customer {chance.randint(1, 5)}", chance.choices(list(PRICES), k=1 + n % 4))
        for n in range(50)
    ]
    with ThreadPoolExecutor(3) as tills:
        served = tills.map(
            lambda order: _shop(
                probe, function, order[0], order[1], "globals-reset-each-call"
            ),
            orders,
        )
        return list(served)


def _shop(
    probe: Probe, function: str, customer: str, items: list[str], leak: str | None
) -> Call:
    """One customer's call; `leak` names what it means when the sum is wrong."""
    said = call(probe, function, {"customer": customer, "items": items})
    if said.error is not None:
        if UNKNOWN in said.fault:
            raise Failed(
                f"I sent {said.sent}, after somebody had asked for an {UNKNOWN}; your "
                f"function complained of the {UNKNOWN} again.",
                expected="an answer about this customer's own items",
                observed=said.fault,
                look="what is still in the basket after a call that ended in an error",
                misconception="emptied-too-late",
            )
        raise broken(said)
    expected = {"items": len(items), "total": sum(PRICES[item] for item in items)}
    answer = said.payload
    if not isinstance(answer, dict) or not {*expected, "till"} <= answer.keys():
        raise Failed(
            f"I sent {said.sent}; a key of the answer is missing.",
            expected='an object with "items", "total" and "till"',
            observed=json.dumps(answer),
            look="the return of the given function: keep it as it is, without "
            "json.dumps or JSON.stringify. In JavaScript, what is undefined doesn't "
            "get into the answer",
        )
    if not isinstance(answer["till"], str | int) or answer["till"] == "":
        raise Failed(
            f"I sent {said.sent}; the till has no number.",
            expected="a till with its own number, as in the given function",
            observed=json.dumps(answer),
            look="the line that opens the till: does it wait for the value?",
        )
    if expected != {key: answer[key] for key in expected}:
        raise Failed(
            f"I sent {said.sent}; the answer counts {answer['items']} items for "
            f"{answer['total']}.",
            expected=json.dumps(expected),
            observed=json.dumps(answer),
            look="where the sum begins: with the number 0? In JavaScript, + puts texts "
            "together"
            if isinstance(answer["total"], str)
            else "where the basket is made, and how often that line runs",
            misconception=None if isinstance(answer["total"], str) else leak,
        )
    return said


def _environments(probe: Probe, function: str, calls: list[Call]) -> dict[str, str]:
    """Which environment served which request: each has a log stream of its own."""
    wanted = {said.request_id for said in calls}
    return {
        request: line.stream
        for line in probe.logs(function)
        for request in _REQUEST_ID.findall(line.message)
        if request in wanted
    }


def _tills(environments: dict[str, str], calls: list[Call]) -> None:
    """A till for each environment, the same one for all of its calls."""
    tills: dict[str, set[str]] = defaultdict(set)
    for said in calls:
        tills[environments[said.request_id]].add(str(said.payload["till"]))
    opened = set().union(*tills.values())
    seen = (
        f"{len(calls)} calls, {len(tills)} environment(s), {len(opened)} till(s) opened"
    )
    if any(len(kept) > 1 for kept in tills.values()):
        raise Failed(
            "Every customer is right, but the till is opened again at each call.",
            expected="one till for each environment",
            observed=seen,
            look="which of the two lines outside the handler had to move",
            misconception="opened-at-each-call",
        )
    if len(opened) < len(tills):
        raise Failed(
            "Every customer is right, but environments have the same till.",
            expected="one till for each environment",
            observed=seen,
            look="where the till's id comes from",
            misconception="one-till-for-all",
        )
