"""alarm-on-errors, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "alarm-on-errors"
ALARM = {
    "AlarmName": "three-errors",
    "Namespace": "Front/Desk",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 2,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def line(level: str, message: str) -> str:
    """A line with more in it than was asked for."""
    return json.dumps({"at": 1, "message": message, "level": level})


def watches(
    pattern: str | None = "{ $.level = ERROR }",
    *,
    shared: bool = False,
    name: Any = "three-errors",
    **changes: Any,
) -> Callable[[Any, str], Any]:
    """A filter and an alarm, wired well or not so well."""

    def watch_errors(cloud: Any, group: str) -> Any:
        metric = "Errors" if shared else "Errors" + group.replace("/", ".")
        where = [group]
        logs = cloud.client("logs")
        if shared:
            # Whatever else is logged in this account feeds the same metric.
            where = [group, "/juniper/another"]
            logs.create_log_group(logGroupName=where[1])
        for one in where if pattern is not None else []:
            logs.put_metric_filter(
                logGroupName=one,
                filterName="errors",
                filterPattern=pattern,
                metricTransformations=[
                    {
                        "metricNamespace": "Front/Desk",
                        "metricName": metric,
                        "metricValue": "1",
                        "defaultValue": 0,
                    }
                ],
            )
        alarm = {**ALARM, "MetricName": metric, **changes}
        kept = {key: value for key, value in alarm.items() if value is not None}
        cloud.client("cloudwatch").put_metric_alarm(**kept)
        return name

    return watch_errors


def math(cloud: Any, group: str) -> str:
    """Minutes of one alarm summed by metric math's plainest form, a single query."""
    cloud.client("logs").put_metric_filter(
        logGroupName=group,
        filterName="all-levels",
        filterPattern='{ ($.level = "ERROR") && ($.message = "*") }',
        metricTransformations=[
            {
                "metricNamespace": "Juniper",
                "metricName": group,
                "metricValue": "1",
                "unit": "Count",
            }
        ],
    )
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=f"errors in {group}",
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        Metrics=[
            {
                "Id": "errors",
                "MetricStat": {
                    "Metric": {"Namespace": "Juniper", "MetricName": group},
                    "Period": 300,
                    "Stat": "SampleCount",
                },
                "ReturnData": True,
            }
        ],
    )
    return f"errors in {group}"


@pytest.mark.parametrize("answer", [watches(), math], ids=["sum", "count"])
def test_right_answers_pass(judge: Judge, answer: Callable[..., Any]) -> None:
    """A sum of ones, or a count of them; with or without metric queries."""
    said = judge(CHECK, line, answer)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("log_line", "misconception", "words"),
    [
        (lambda level, message: f"{level}: {message}", "line-is-text", "no JSON"),
        (lambda level, message: {"level": level}, "line-is-text", "no JSON"),
        (
            lambda level, message: json.dumps({"lvl": level, "message": message}),
            None,
            "doesn't hold both",
        ),
    ],
    ids=["sentence", "dict", "other-key"],
)
def test_wrong_lines_are_named(
    judge: Judge, log_line: Any, misconception: str | None, words: str
) -> None:
    """A line has to be JSON text with the two names."""
    said = judge(CHECK, log_line, watches())

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize(
    ("answer", "misconception", "words", "hidden"),
    [
        (watches("ERROR"), "word-is-level", "whose message has the word", False),
        (watches(None), "logs-are-metrics", "didn't ring", False),
        (watches(Threshold=0), "one-is-enough", "Two errors were", False),
        (
            watches(Period=60, EvaluationPeriods=5, DatapointsToAlarm=3, Threshold=0.5),
            "minutes-are-errors",
            "three different minutes",
            False,
        ),
        (watches(Period=60), "window-too-short", "minute apart", True),
        (watches(Period=3600), "window-too-long", "half an hour", False),
        (watches(Period=600), "window-too-long", "four minutes apart", True),
        (watches(TreatMissingData=None), "silence-is-trouble", "isn't OK", False),
        (
            watches(TreatMissingData="breaching"),
            "silence-is-trouble",
            "your alarm rang",
            False,
        ),
        (watches(Namespace="Front/desk"), None, "the same names", False),
        (watches(name=None), None, "the name of the alarm", False),
        (watches(name="errors"), None, "there is no such alarm", False),
    ],
)
def test_wrong_alarms_are_named(
    judge: Judge,
    answer: Callable[..., Any],
    misconception: str | None,
    words: str,
    hidden: bool,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, line, answer)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden is hidden
