"""big-bookings: a rule of EventBridge picks out the events that matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_functions import given_function
from grader.checks.phase2_faults import error_in
from grader.checks.probe import Probe, quoted

PRINTS = """
def answer(event, context):
    print("heard", event["detail"]["number"])
"""
PRINTS_IN_NODE = """
export const answer = async (event) => {
  process.stdout.write(`heard ${event.detail.number}\\n`);
};
"""


@exercise(
    "big-bookings",
    hints=(
        "Try your pattern on single events with test_event_pattern before you wire it. "
        "If the pattern is right and nothing runs, look at the other side: a delivery "
        "that fails is counted in FailedInvocations of AWS/Events, and cloud.why() "
        "tells of it.",
        "pattern = {\n"
        '    "source": [____],\n'
        '    "detail-type": [____],\n'
        '    "detail": {"total": {"currency": [____],\n'
        '                         "amount": [{"numeric": [____, ____]}]}},\n'
        "}\n"
        "rule = events.put_rule(Name=____, EventPattern=json.dumps(pattern))\n"
        'events.put_targets(Rule=____, Targets=[{"Id": ____, "Arn": ____}])\n'
        'aws_lambda.add_permission(..., Principal="____", SourceArn=rule["RuleArn"])',
    ),
    explain_back="explain-big-bookings",
    misconceptions={
        "values-are-texts": "You may think that a pattern holds values. It holds lists "
        "of them: one of each list has to fit.",
        "missing-permission-is-loud": "You may think that a missing permission is "
        "reported to whoever made the rule. put_targets says nothing; the delivery "
        "fails later, in silence.",
        "rule-without-target": "You may think that a rule knows whom to call. It picks "
        "events out; put_targets says where they go.",
        "everything-fits": "You may think that what a pattern doesn't mention is "
        "excluded. It is left open: every event fits that has what the pattern asks "
        "for.",
        "text-is-a-number": 'You may think that "250" is a number. Between quotes it '
        "is text, and numeric doesn't fit it.",
        "over-is-from": "You may think that over 200 includes 200. The sign for that "
        "would be >=.",
        "flat-details": "You may think that a name in a pattern is looked for "
        "everywhere. It stands where it stands in the event, level by level.",
        "input-is-a-filter": "You may think that Input and InputPath choose events. "
        "They change what the function gets; the pattern chooses.",
    },
)
def big_bookings(probe: Probe, wire: Work, *, variation: bool) -> None:
    """Confirmed bookings over 200 EUR start the function, and nothing else does."""
    # A rule doesn't care for the language of what it starts: each is wired once.
    code, language = (PRINTS_IN_NODE, "mjs") if variation else (PRINTS, "py")
    with given_function(probe, code, language=language) as (function, arn):
        try:
            wire(probe.cloud_argument(), function)
            _judge(probe, function, arn, _events(probe, variation=variation))
        finally:
            _remove_rules(probe, arn)


Case = tuple[str, bool, dict[str, Any], str]
"""What it is, whether it fits, the event, and the thought behind a mistake."""


def _event(amount: Any, currency: str = "EUR", **changes: Any) -> dict[str, Any]:
    """An entry for PutEvents, before its detail has a number."""
    detail = {"customer": "ada", "total": {"amount": amount, "currency": currency}}
    return {
        "Source": "juniper.bookings",
        "DetailType": "Booking Confirmed",
        "Detail": {**detail, **changes.pop("detail", {})},
        **changes,
    }


def _events(probe: Probe, *, variation: bool) -> list[Case]:
    cases: list[Case] = [
        ("a confirmed booking of 250 EUR", True, _event(250), "values-are-texts"),
        ("a confirmed booking of 150 EUR", False, _event(150), "everything-fits"),
        ("one of exactly 200 EUR", False, _event(200), "over-is-from"),
        (
            "a requested booking of 250 EUR",
            False,
            _event(250, DetailType="Booking Requested"),
            "everything-fits",
        ),
        (
            "250 EUR from another source",
            False,
            _event(250, Source="juniper.prints"),
            "everything-fits",
        ),
        ('a confirmed booking of "250" EUR', False, _event("250"), "text-is-a-number"),
    ]
    if variation:
        cents = probe.random.randint(1, 99) / 100
        cases += [
            (f"one of {200 + cents} EUR", True, _event(200 + cents), "over-is-from"),
            ("one of 12,000 EUR", True, _event(12_000), "over-is-from"),
            ("one of 300 CHF", False, _event(300, "CHF"), "everything-fits"),
            ("one of -250 EUR", False, _event(-250), "over-is-from"),
            (
                "one whose amount isn't in total",
                False,
                _event(None, detail={"amount": 250}),
                "flat-details",
            ),
            (
                "one of 900 EUR with more details",
                True,
                _event(900, detail={"guests": 80, "notes": ["outdoors"]}),
                "flat-details",
            ),
        ]
    return cases


def _judge(probe: Probe, function: str, arn: str, cases: list[Case]) -> None:
    events = probe.client("events")
    numbered = list(enumerate(cases))
    probe.random.shuffle(numbered)
    for at, (_, _, event, _) in numbered:
        entry = {**event, "Detail": json.dumps({**event["Detail"], "number": at})}
        events.put_events(Entries=[entry])
    probe.settle()
    heard = {
        int(line.message.split()[1])
        for line in probe.logs(function)
        if line.message.startswith("heard ")
    }
    if not heard:
        raise _silence(probe, function, arn, cases)
    # What was heard and shouldn't be tells more than what wasn't.
    telling = sorted(enumerate(cases), key=lambda case: case[1][1])
    for at, (what, fits, event, misconception) in telling:
        if (at in heard) is not fits:
            raise Failed(
                f"I put {what} on the bus.",
                expected="a run of the function" if fits else "no run",
                observed="a run" if at in heard else "no run",
                look=f"the pattern beside the event: {quoted(event)}",
                misconception=misconception,
            )


def _silence(probe: Probe, function: str, arn: str, cases: list[Case]) -> Failed:
    """Why no event came to the function, as far as the rules tell."""
    events = probe.client("events")
    sent = f"I put {len(cases)} events on the bus; the function didn't run for any."
    rules = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    if not rules:
        return Failed(
            sent,
            expected=f"a rule with the target {arn}",
            observed="no rule has it",
            look="put_targets: Rule, and the Arn of the function",
            misconception="rule-without-target",
        )
    found = [events.describe_rule(Name=rule) for rule in rules]
    patterns = [rule.get("EventPattern") for rule in found]
    right = [event for _, fits, event, _ in cases if fits]
    fitting = [
        rule
        for rule, pattern in zip(found, patterns, strict=True)
        if any(_fits(events, pattern, event) for event in right)
    ]
    if not fitting:
        unfit = _unfit(events, patterns[0], right[0])
        return Failed(
            sent,
            expected=f"a pattern that fits {quoted(right[0])}",
            observed=quoted(patterns),
            look=f"{unfit} of your pattern: this part doesn't fit the event"
            if unfit
            else "test_event_pattern with this event: which part doesn't fit?",
            misconception=_thought(unfit, events, right[0]),
        )
    if all(rule["State"] == "DISABLED" for rule in fitting):
        return Failed(
            f"{sent} The pattern fits, but the rule is switched off.",
            expected="a rule whose State is ENABLED",
            observed=quoted({rule["Name"]: rule["State"] for rule in fitting}),
            look="State in put_rule: without it, a rule is ENABLED",
        )
    if ran := len(probe.reports(function)):
        return Failed(
            f"I put {len(cases)} events on the bus; the function ran {ran} time(s), "
            "and got something else than the events.",
            expected="the whole event, as it is on the bus, and the function that you "
            "were given",
            observed=error_in(line.message for line in probe.logs(function))
            or "none of the events in its log",
            look="put_targets: Input, InputPath and InputTransformer change what the "
            "function gets",
            misconception="input-is-a-filter",
        )
    return Failed(
        f"{sent} The pattern fits.",
        expected="a function that permits EventBridge to invoke it",
        observed=f"failed deliveries to {function}",
        look="add_permission: Principal events.amazonaws.com, SourceArn the rule's ARN",
        misconception="missing-permission-is-loud",
    )


def _unfit(events: Any, pattern: str | None, event: dict[str, Any]) -> str:
    """The first part of a pattern that alone doesn't fit, as `detail.total.amount`."""
    for path, allowed in _branches(json.loads(pattern or "{}")):
        alone: Any = allowed
        for name in reversed(path):
            alone = {name: alone}
        if not _fits(events, json.dumps(alone), event):
            return ".".join(path)
    return ""


def _thought(unfit: str, events: Any, event: dict[str, Any]) -> str | None:
    """The misconception behind a part that doesn't fit: not each is one."""
    if unfit.endswith(".numeric"):
        return "values-are-texts"
    there: Any = _whole(events, event)
    for name in unfit.split("."):
        if not isinstance(there, dict) or name not in there:
            return "flat-details"
        there = there[name]
    return None


def _branches(
    pattern: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Each list of a pattern, with the names that lead to it."""
    for name, below in pattern.items():
        if isinstance(below, dict):
            yield from _branches(below, (*above, name))
        else:
            yield (*above, name), below


def _fits(events: Any, pattern: str | None, event: dict[str, Any]) -> bool:
    if pattern is None:
        return False
    said = events.test_event_pattern(
        EventPattern=pattern, Event=json.dumps(_whole(events, event))
    )
    return bool(said["Result"])


def _whole(events: Any, event: dict[str, Any]) -> dict[str, Any]:
    """An entry as the bus passes it on."""
    return {
        "id": "1",
        "account": "123456789012",
        "source": event["Source"],
        "time": "2026-05-04T10:15:00Z",
        "region": events.meta.region_name,
        "resources": [],
        "detail-type": event["DetailType"],
        "detail": event["Detail"],
    }


def _remove_rules(probe: Probe, arn: str) -> None:
    """Take away what leads to a function that goes."""
    events = probe.client("events")
    for rule in events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]:
        targets = events.list_targets_by_rule(Rule=rule)["Targets"]
        events.remove_targets(Rule=rule, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule)
