"""Which schedule expressions EventBridge takes."""

from __future__ import annotations

import pytest

from grader.cloud.eventbridge.schedules import is_schedule


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(12 hours)",
        "cron(0 10 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(15 10 ? * 6L 2019-2022)",
        "cron(0 18 15W JAN,JUL ? *)",
        "cron(0 0 ? * 3#2 *)",
        "cron(0 0 L * ? *)",
    ],
)
def test_a_schedule(expression: str) -> None:
    """AWS's own examples, and each wildcard."""
    assert is_schedule(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "cron(0 10 * * *)",
        "cron(0 8 1 * 1 *)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(60 8 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 ? * 3#1,6#3 *)",
        "cron(0/0 8 * * ? *)",
        "at(2030-01-01T00:00:00)",
        "every day",
    ],
)
def test_no_schedule(expression: str) -> None:
    """Plural and singular, five fields, two days, values out of range."""
    assert not is_schedule(expression)
