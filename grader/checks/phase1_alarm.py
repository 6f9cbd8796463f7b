"""alarm-on-errors: three errors within five minutes ring, and nothing else does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.probe import Probe, quoted

WINDOW = 300
"""Seconds within which three errors ring."""
STREAM = "door"


@exercise(
    "alarm-on-errors",
    hints=(
        "Follow the line from its beginning. Does filter_log_events find your lines "
        "with the pattern of your metric filter? Is there a value in the metric? Does "
        "describe_alarms show the same namespace and metric name, letter by letter? "
        "Then ask: which period, and how many periods?",
        'logs.put_metric_filter(logGroupName=____, filterName="errors",\n'
        "    filterPattern='{ $.level = \"____\" }',\n"
        '    metricTransformations=[{"metricNamespace": ____, "metricName": ____,\n'
        '                            "metricValue": "____"}])\n\n'
        "cloudwatch.put_metric_alarm(AlarmName=____, Namespace=____, MetricName=____,\n"
        '    Statistic="____", Period=____, EvaluationPeriods=____, Threshold=____,\n'
        '    ComparisonOperator="____", TreatMissingData="____")',
    ),
    explain_back="explain-alarm-on-errors",
    misconceptions={
        "line-is-text": "You may think that a log line is a sentence. A program reads "
        "it later, so it is JSON, with a name for every piece.",
        "word-is-level": "You may think that the word ERROR in a line makes it an "
        "error. A message may speak of errors; only the level says what the line is.",
        "logs-are-metrics": "You may think that an alarm reads the log. It reads a "
        "metric, and a metric has no value until a filter makes one from each line.",
        "one-is-enough": "You may think that an alarm should ring as soon as it can. "
        "A bell that rings for little is soon not heard any more.",
        "minutes-are-errors": "You may think that three bad minutes are three errors. "
        "Periods are counted in EvaluationPeriods; errors are summed within a period.",
        "window-too-short": "You may think that the three have to come at once. They "
        "have five minutes, so the period has to be as long.",
        "window-too-long": "You may think that a longer look is a safer one. Errors "
        "far apart are no emergency, and this alarm would add them up.",
        "silence-is-trouble": "You may think that an alarm knows what no data means. "
        "For errors it is good news, and TreatMissingData is where you say so.",
        "every-group": "You may think that a metric knows where its lines come from. "
        "Filters of two groups that feed one metric are added up.",
    },
)
def alarm_on_errors(
    probe: Probe, log_line: Work, watch_errors: Work, *, variation: bool
) -> None:
    """Three errors within five minutes ring the alarm, and nothing else does."""
    account = probe if variation else probe.fresh(probe.region)
    desk = Desk(account, account.name("/juniper/desk"), log_line)
    lines = desk.lines(variation)
    bell = Bell(account, watch_errors(account.cloud_argument(), desk.group))
    desk.bell = bell

    bell.quiet("nothing was written for six minutes", 360, "silence-is-trouble")
    desk.write(lines["info"] * 4)
    bell.quiet(
        "four lines of the level INFO were written, whose message has the word ERROR "
        "in it",
        600,
        "word-is-level",
    )
    desk.write(lines["error"] * 2)
    bell.quiet("two errors were written", 900, "one-is-enough")
    desk.rings(lines["error"])
    bell.over("the errors are half an hour ago", 1800)
    if variation:
        _variations(desk, bell, lines)


def _variations(desk: Desk, bell: Bell, lines: dict[str, list[str]]) -> None:
    for _ in range(3):
        desk.write(lines["error"])
        desk.probe.clock.advance(240)
    bell.quiet("three errors were written, four minutes apart", 900, "window-too-long")
    before = desk.probe.clock.now()
    for at in range(3):
        desk.write(lines["error"])
        desk.probe.clock.advance(60 if at < 2 else 180)
    bell.rang("three errors were written, a minute apart", before, "window-too-short")
    desk.probe.clock.advance(1800)
    Desk(desk.probe, desk.probe.name("/juniper/lab"), desk.log_line).write(
        lines["error"] * 3
    )
    bell.quiet("three errors were written into another log group", 600, "every-group")
    bell.quiet(
        "a night of ten hours passed without a line", 36_000, "silence-is-trouble"
    )


class Desk:
    """A log group, and the lines that the learner's function makes for it."""

    bell: Bell

    def __init__(self, probe: Probe, group: str, log_line: Work) -> None:
        self.probe = probe
        self.group = group
        self.log_line = log_line
        logs = probe.client("logs")
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=STREAM)

    def lines(self, variation: bool) -> dict[str, list[str]]:
        """An INFO line and an ERROR line, checked for what they hold."""
        jam = 'the "door" is jammed: 12°, übel' if variation else "door is jammed"
        return {
            "info": [self._line("INFO", "no ERROR since yesterday")],
            "error": [self._line("ERROR", jam)],
        }

    def _line(self, level: str, message: str) -> str:
        line = self.log_line(level, message)
        asked = f"I called log_line({quoted(level)}, {quoted(message)})"
        wanted = json.dumps({"level": level, "message": message}, ensure_ascii=False)
        try:
            held = json.loads(line) if isinstance(line, str) else None
        except ValueError:
            held = None
        if not isinstance(held, dict):
            raise Failed(
                f"{asked}; what it returned is no JSON object as text.",
                expected=wanted,
                observed=quoted(line),
                look="json.dumps(…), and whether log_line returns it",
                misconception="line-is-text",
            )
        if held.get("level") != level or held.get("message") != message:
            raise Failed(
                f"{asked}; the line doesn't hold both under their names.",
                expected=wanted,
                observed=line,
                look="the keys of the dictionary: level and message",
            )
        return str(line)

    def write(self, lines: list[str]) -> None:
        """Write lines at the lab's present moment."""
        now = int(self.probe.clock.now().timestamp() * 1000)
        self.probe.client("logs").put_log_events(
            logGroupName=self.group,
            logStreamName=STREAM,
            logEvents=[{"timestamp": now, "message": line} for line in lines],
        )

    def rings(self, error: list[str]) -> None:
        """Three errors at one moment; says what kind of deafness it is if not."""
        before = self.probe.clock.now()
        self.write(error * 3)
        self.probe.clock.advance(240)
        if self.bell.rang_since(before):
            return
        before = self.probe.clock.now()
        for _ in range(3):
            self.write(error)
            self.probe.clock.advance(60)
        counted = self.bell.rang_since(before)
        filters = self.probe.client("logs").describe_metric_filters(
            logGroupName=self.group
        )["metricFilters"]
        raise Failed(
            "I wrote three errors at one moment, and four minutes passed; your alarm "
            "didn't ring."
            + (" Three errors in three different minutes ring it." if counted else ""),
            expected="ALARM",
            observed=self.bell.told(),
            look="Period, EvaluationPeriods and Threshold of the alarm"
            if counted
            else "the way of a line: metric filter, metric, alarm. Which of them is "
            "missing, and do all three have the same names?",
            misconception="minutes-are-errors"
            if counted
            else None
            if filters
            else "logs-are-metrics",
        )


class Bell:
    """The learner's alarm."""

    def __init__(self, probe: Probe, name: Any) -> None:
        self.probe = probe
        if not isinstance(name, str) or not name:
            raise Failed(
                f"I called watch_errors; it returned {name!r}.",
                expected="the name of the alarm, as text",
                observed=quoted(name),
                look="the last line of watch_errors",
            )
        self.name = name
        if not self._found():
            raise Failed(
                f"watch_errors returned {quoted(name)}, and there is no such alarm in "
                "the account and the Region that it was given.",
                expected=f"an alarm with the name {quoted(name)}",
                observed="none",
                look="AlarmName in put_metric_alarm, and whether your clients come "
                'from cloud.client("cloudwatch")',
            )

    def state(self) -> str:
        """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
        return str(self._found()[0]["StateValue"])

    def told(self) -> str:
        """State and reason, as the learner would read them."""
        alarm = self._found()[0]
        return f"{alarm['StateValue']}: {alarm['StateReason']}"

    def quiet(self, story: str, seconds: float, misconception: str) -> None:
        """Let time pass in which the alarm must not ring; in the end it is OK."""
        before = self.probe.clock.now()
        self.probe.clock.advance(seconds)
        if self.rang_since(before):
            raise Failed(
                f"{story[0].upper()}{story[1:]}; your alarm rang.",
                expected="no ALARM",
                observed=self.told(),
                look="the pattern of the metric filter; then Period, "
                "EvaluationPeriods, Threshold and TreatMissingData of the alarm",
                misconception=misconception,
            )
        if self.state() != "OK":
            raise Failed(
                f"{story[0].upper()}{story[1:]}; your alarm isn't OK.",
                expected="OK",
                observed=self.told(),
                look="TreatMissingData in put_metric_alarm",
                misconception="silence-is-trouble",
            )

    def over(self, story: str, seconds: float) -> None:
        """Let time pass after which the alarm has to be OK again."""
        self.probe.clock.advance(seconds)
        state = self.state()
        if state != "OK":
            raise Failed(
                f"{story[0].upper()}{story[1:]}; your alarm isn't OK again.",
                expected="OK",
                observed=self.told(),
                look="Period in put_metric_alarm: how far does it look back? And "
                "TreatMissingData: what does it make of a time without values?",
                misconception="window-too-long"
                if state == "ALARM"
                else "silence-is-trouble",
            )

    def rang(self, story: str, since: datetime, misconception: str) -> None:
        """Say that the alarm has to have rung since a moment."""
        if not self.rang_since(since):
            raise Failed(
                f"{story[0].upper()}{story[1:]}; your alarm didn't ring.",
                expected="ALARM",
                observed=self.told(),
                look="Period of the alarm: how long is one look?",
                misconception=misconception,
            )

    def _found(self) -> list[dict[str, Any]]:
        answer = self.probe.client("cloudwatch").describe_alarms(
            AlarmNames=[self.name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]

    def rang_since(self, moment: datetime) -> bool:
        """Whether it is in ALARM, or was in the meantime."""
        pages = (
            self.probe.client("cloudwatch")
            .get_paginator("describe_alarm_history")
            .paginate(
                AlarmName=self.name, HistoryItemType="StateUpdate", StartDate=moment
            )
        )
        return self.state() == "ALARM" or any(
            json.loads(item["HistoryData"])["newState"]["stateValue"] == "ALARM"
            for page in pages
            for item in page["AlarmHistoryItems"]
        )
