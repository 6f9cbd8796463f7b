"""A hundred records through a function that fails, dies and hangs: a seeded run."""

from __future__ import annotations

from bench import unsteady
from tests.cloud.conftest import Account
from tests.cloud.polling.table_streams import watch


def test_nothing_is_lost_and_each_key_is_in_order(account: Account) -> None:
    """Each record is processed or given up, and none before one earlier."""
    url, queue = account.queue("given-up")
    watched = watch(
        account,
        unsteady.SOURCE,
        polled=False,
        more=("sqs:SendMessage", "dynamodb:UpdateItem"),
    )
    unsteady.make_table(account.client("dynamodb"))
    account.aws_lambda.update_function_configuration(
        FunctionName=watched.function, Timeout=2
    )
    watched.map(
        BatchSize=10,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    changes = unsteady.changes(unsteady.ROUND)
    for one in changes:
        watched.put(one.key, **one.attributes)
    watched.advance(3600)
    lines = account.log_lines(watched.function)
    given_up = [one["Body"] for one in account.messages(url)]
    assert unsteady.wrong(changes, lines, given_up) == []
