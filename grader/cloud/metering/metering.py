"""Meters what the accounts of a cloud use, from its start on.

What happens is counted when it happens. What is kept is counted at each full hour of
the lab's clock, for an hour: it changes by requests, invocations and what falls due, so
a jump of the clock over many hours takes one look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from grader.cloud import dynamodb, log_streams
from grader.cloud.clock import Clock
from grader.cloud.execution import Ended
from grader.cloud.gateway.charges import Answered
from grader.cloud.metering import bills
from grader.cloud.metering.levels import levels, reporting
from grader.cloud.metering.requests import charge
from grader.cloud.metering.usage import HOUR, Usage, month_of, months_of_hours
from grader.facts import prices

if TYPE_CHECKING:
    from grader.cloud.dynamodb.calls import Call


class Metering:
    """Counts for one cloud, and makes out its accounts' bills."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.usage = Usage()
        self._lock = threading.Lock()
        self._hour = clock.now() // HOUR * HOUR + HOUR
        clock.before_jump.append(self._count_hours)
        log_streams.observers.append(self._written)
        dynamodb.observers.append(self._consumed)

    def close(self) -> None:
        """Count nothing any more."""
        log_streams.observers.remove(self._written)
        dynamodb.observers.remove(self._consumed)

    def bill(self, account: str, month: str | None = None) -> dict[str, Any]:
        """Make out an account's bill of a month (``2026-11``), this one if not said."""
        self._count_hours(self._clock.now())
        month = month or month_of(self._clock.now())
        return {
            "account": account,
            "month": month,
            "months": self.usage.months(account),
            "now": self._clock.now(),
            **bills.bill(self.usage.of(account, month), month),
        }

    # What happens.

    def ended(self, ended: Ended) -> None:
        """Count an invocation: its request, and its memory for as long as is billed."""
        function, report = ended.function, ended.report
        used = report.memory_size * report.billed_duration
        self.usage.add(function.account, "lambda.requests", 1)
        self.usage.add(function.account, f"lambda.{function.architecture}", used)

    def answered(self, answered: Answered) -> None:
        """Count a request to an API that was charged for."""
        number = 1
        if answered.kind == "http":
            number = max(1, -(-answered.size // prices.HTTP_API_METERED_SIZE.value))
        self.usage.add(answered.account, f"apigateway.{answered.kind}", number)

    def _consumed(self, call: Call) -> None:
        """Count what a request to DynamoDB read or wrote of on-demand tables."""
        for kind, parts in (
            ("reads", call.consumed_reads),
            ("writes", call.consumed_writes),
        ):
            for part in parts:
                if part.table.billing_mode == "PAY_PER_REQUEST":
                    halves = Fraction(part.total) * 2
                    self.usage.add(call.account, f"dynamodb.{kind}", halves)

    def watched(self, make: Callable[[Any], Flask]) -> Callable[[Any], Flask]:
        """Make moto's applications count what they answer."""

        def made(service: Any) -> Flask:
            app = make(service)

            def count(response: Response) -> Response:
                charged = charge(str(service), request, response)
                if charged is not None:
                    self.usage.add(*charged)
                return response

            app.before_request(self._look_up)
            app.after_request(count)
            return app

        return made

    def _written(self, account: str, size: int) -> None:
        self._look_up()
        self.usage.add(account, "logs.ingested", size)

    # What is kept.

    def _look_up(self) -> None:
        """Count the hours that passed, before anything changes."""
        now = self._clock.now()
        if now >= self._hour:
            self._count_hours(now)

    def _count_hours(self, until: float) -> None:
        """Count what is kept, for each full hour that has passed by ``until``."""
        with self._lock:
            begin = self._hour - HOUR
            end = until // HOUR * HOUR
            if end <= begin:
                return
            self._hour = end + HOUR
            months = list(months_of_hours(begin, end))
            for (account, meter), level in levels().items():
                for month, hours in months:
                    if level:
                        self.usage.add_in(month, account, meter, level * hours)
            # Metrics cost in the hours in which they report.
            first, _ = months[0]
            for (account, meter), number in reporting(begin, begin + HOUR).items():
                self.usage.add_in(first, account, meter, number)
