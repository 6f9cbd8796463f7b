"""One event for one target of a rule, and the dead letter that it may become.

Follows "How EventBridge retries delivering events" and "Using dead-letter queues to
process undelivered events" in the EventBridge user guide. AWS doesn't tell how long
it waits between attempts; 185 of them in 24 hours fit waits that double up to 8
minutes. There is no jitter here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.utilities.arns import parse_arn

from grader.cloud.eventbridge import permissions
from grader.cloud.eventbridge.errors import NO_RESOURCE, Undelivered
from grader.cloud.eventbridge.events import Event
from grader.cloud.eventbridge.rule_names import RuleName
from grader.facts import eventbridge

_LONGEST_WAIT = 480.0
_MESSAGE_BYTES = 1024


@dataclass(eq=False)
class Delivery:
    """An event on its way to a target.

    ``accepted`` and ``due`` are lab time in epoch seconds: when the rule took the
    event, and from when the current attempt may run.
    """

    rule: RuleName
    target: Mapping[str, Any]
    event: Event
    accepted: float
    due: float
    attempts: int = 0

    @property
    def retries(self) -> int:
        """How many attempts came after the first."""
        return max(0, self.attempts - 1)

    @property
    def most_retries(self) -> int:
        return int(
            self._policy.get("MaximumRetryAttempts", eventbridge.RETRY_ATTEMPTS.value)
        )

    @property
    def deadline(self) -> float:
        """When the event is too old to be tried again."""
        age = self._policy.get("MaximumEventAgeInSeconds", eventbridge.EVENT_AGE.value)
        return self.accepted + float(age)

    @property
    def wait(self) -> float:
        """Seconds until the next attempt."""
        return min(2.0**self.retries, _LONGEST_WAIT)

    @property
    def _policy(self) -> Mapping[str, Any]:
        return self.target.get("RetryPolicy") or {}


def send_dead_letter(
    delivery: Delivery, error: Undelivered, exhausted: str | None
) -> bool:
    """Put the event into the target's dead-letter queue; False if it has none.

    ``exhausted`` names the limit of the retry policy that was reached.

    Raises:
        Undelivered: NO_RESOURCE, NO_PERMISSIONS.
        Exception: whatever else SQS answered.
    """
    arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
    if not arn:
        return False
    from moto.sqs.models import sqs_backends

    queue = parse_arn(arn)
    backend = sqs_backends[queue.account][queue.region]
    if queue.resource_id not in backend.queues:
        raise Undelivered(NO_RESOURCE, f"The queue {arn} doesn't exist.")
    permissions.check(delivery.rule, None, "sqs:SendMessage", arn)
    cut = str(error).encode()[:_MESSAGE_BYTES].decode(errors="ignore")
    attributes = {
        "RULE_ARN": delivery.rule.arn,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": cut,
        "RETRY_ATTEMPTS": str(delivery.retries),
        "EXHAUSTED_RETRY_CONDITION": exhausted or "",
    }
    backend.send_message(
        queue.resource_id,
        delivery.event.text,
        # SQS takes no empty attribute.
        message_attributes={
            name: {
                "DataType": "Number" if name == "RETRY_ATTEMPTS" else "String",
                "StringValue": value,
            }
            for name, value in attributes.items()
            if value
        },
    )
    return True
