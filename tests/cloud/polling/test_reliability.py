"""Nothing is lost and nothing is stuck, whatever happens to the function."""

from __future__ import annotations

import json
from collections.abc import Callable

from bench import fragile
from tests.cloud.conftest import Account
from tests.cloud.polling.conftest import Polled

MESSAGES = 1000


def test_each_message_is_processed_or_given_up(
    account: Account, polled: Callable[..., Polled]
) -> None:
    """A thousand of them: none is lost, none is stuck, and none is in both places."""
    dead, dead_arn = account.queue("dead")
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": fragile.TRIES}
    made = polled(
        fragile.SOURCE,
        attributes={"RedrivePolicy": json.dumps(policy)},
        timeout=1,
        Enabled=False,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    sqs = account.client("sqs")
    fragile.send(sqs, made.url, MESSAGES)
    made.update(Enabled=True)
    made.cloud.clock.advance(600)
    assert made.held() == (0, 0)
    done = list(fragile.done(account.client("logs"), made.function))
    given_up = list(fragile.received(sqs, dead))
    assert sorted(done + given_up) == list(range(MESSAGES))
    assert set(range(0, MESSAGES, fragile.POISON)) <= set(given_up)
