"""Accounts whose usage a test watches grow."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from grader.cloud.metering.usage import month_of
from tests.cloud.conftest import Account

Watch = Callable[..., dict[str, int | Fraction]]


def used(account: Account) -> dict[str, int | Fraction]:
    """Return what an account used this month, as the lab counted it."""
    metering = account.cloud.metering
    return dict(metering.usage.of(account.id, month_of(account.cloud.clock.now())))


@pytest.fixture
def added() -> Watch:
    """Call something, and return by how much each meter of an account went on."""

    def watch(
        account: Account, call: Callable[..., Any], **members: Any
    ) -> dict[str, int | Fraction]:
        before = used(account)
        call(**members)
        after = used(account)
        return {
            meter: number - before.get(meter, 0)
            for meter, number in after.items()
            if number != before.get(meter, 0)
        }

    return watch
