"""big-bookings, with right answers, wrong ones, and none."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "big-bookings"
PATTERN: dict[str, Any] = {
    "source": ["juniper.bookings"],
    "detail-type": ["Booking Confirmed"],
    "detail": {
        "total": {"amount": [{"numeric": [">", 200]}], "currency": ["EUR"]},
    },
}


def wires(
    *,
    target: bool = True,
    permission: bool = True,
    state: str = "ENABLED",
    given: dict[str, str] | None = None,
    **changes: Any,
) -> Callable[[Any, str], None]:
    """Wire with a rule; `changes` are of the pattern, `total` of its innermost part.

    `given` is what the target gets instead of the event.
    """
    pattern = copy.deepcopy(PATTERN)
    pattern["detail"]["total"] |= changes.pop("total", {})
    pattern |= changes

    def wire_bookings(cloud: Any, function: str) -> None:
        events, functions = cloud.client("events"), cloud.client("lambda")
        about = functions.get_function_configuration(FunctionName=function)
        arn = about["FunctionArn"]
        rule = events.put_rule(
            Name="big", EventPattern=json.dumps(pattern), State=state
        )["RuleArn"]
        if target:
            to = {"Id": "1", "Arn": arn, **(given or {})}
            events.put_targets(Rule="big", Targets=[to])
        if permission:
            functions.add_permission(
                FunctionName=function,
                StatementId="big",
                Action="lambda:InvokeFunction",
                Principal="events.amazonaws.com",
                SourceArn=rule,
            )

    return wire_bookings


def two_rules(cloud: Any, function: str) -> None:
    """One rule for sums up to a thousand, one for those above; no SourceArn."""
    events, functions = cloud.client("events"), cloud.client("lambda")
    functions.add_permission(
        FunctionName=function,
        StatementId="any-rule-of-ours",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceAccount=cloud.account,
    )
    for name, amount in (("big", [">", 200, "<=", 1000]), ("bigger", [">", 1000])):
        pattern = copy.deepcopy(PATTERN)
        pattern["detail"]["total"]["amount"] = [{"numeric": amount}]
        pattern["detail"]["customer"] = [{"exists": True}]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        arn = f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:{function}"
        events.put_targets(Rule=name, Targets=[{"Id": "caller", "Arn": arn}])


@pytest.mark.parametrize("wire", [wires(), two_rules])
def test_right_answers_pass(judge: Judge, wire: Callable[[Any, str], None]) -> None:
    """One rule, or several that share the work, for a function of either language."""
    said = judge(CHECK, wire)

    assert said.outcome == "passed", said.text


def test_the_functions_are_of_both_languages(judge: Judge) -> None:
    """The one that is shown is Python's, the one of the variation Node.js'."""
    seen: list[str] = []

    def wire_bookings(cloud: Any, function: str) -> None:
        about = cloud.client("lambda").get_function_configuration(FunctionName=function)
        seen.append(about["Runtime"])
        wires()(cloud, function)

    assert judge(CHECK, wire_bookings).outcome == "passed"
    assert [runtime.rstrip("0123456789.x") for runtime in seen] == ["python", "nodejs"]


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("wiring", "misconception", "words"),
    [
        ({"permission": False}, "missing-permission-is-loud", "The pattern fits"),
        ({"target": False}, "rule-without-target", "no rule has it"),
        (
            {"total": {"amount": [{"numeric": [">=", 200]}]}},
            "over-is-from",
            "exactly 200",
        ),
        ({"total": {"amount": [250]}}, "over-is-from", "one of"),
        ({"total": {"amount": ["250"]}}, "text-is-a-number", '"250"'),
        ({"source": [{"prefix": "juniper"}]}, "everything-fits", "another source"),
        (
            {"total": {"currency": [{"exists": True}]}},
            "everything-fits",
            "300 CHF",
        ),
        (
            {"detail": {"amount": [{"numeric": [">", 200]}]}},
            "flat-details",
            "detail.amount of your pattern",
        ),
        (
            {"total": {"amount": {"numeric": [">", 200]}}},
            "values-are-texts",
            "detail.total.amount.numeric of your pattern",
        ),
        ({"source": ["juniper.booking"]}, None, "source of your pattern"),
        ({"state": "DISABLED"}, None, "the rule is switched off"),
        (
            {"given": {"InputPath": "$.detail"}},
            "input-is-a-filter",
            "got something else than the events",
        ),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, wiring: dict[str, Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, wires(**wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
