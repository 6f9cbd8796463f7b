"""welcome-new-customers: a table changes, and a function hears of it."""

from __future__ import annotations

from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_queues import given_queue
from grader.checks.given_tables import given_table
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    named_parts,
    runtime_of,
)
from grader.checks.phase2_welcome_desk import Desk
from grader.checks.probe import Probe


@exercise(
    "welcome-new-customers",
    hints=(
        "Read the records first: print the event. Each has an eventName. Then think of "
        "the mapping: FilterCriteria decides which records start your function, "
        "MaximumRetryAttempts and DestinationConfig what happens to those that can't "
        "be done, and FunctionResponseTypes whether your answer counts.",
        'pattern = json.dumps({"eventName": [____]})\n'
        'FilterCriteria={"Filters": [{"Pattern": pattern}]},\n'
        "BisectBatchOnFunctionError=____, MaximumRetryAttempts=____,\n"
        'DestinationConfig={"OnFailure": {"Destination": ____}},\n'
        'FunctionResponseTypes=["____"]\n\n'
        "for record in event['Records']:\n"
        "    try:\n"
        "        welcome(record['dynamodb']['____'])\n"
        "    except Exception:\n"
        "        number = record['dynamodb']['SequenceNumber']\n"
        "        return {'batchItemFailures': [{'itemIdentifier': ____}]}\n\n"
        "// the same in Node.js\n"
        "for (const { dynamodb } of event.Records) {\n"
        "  try {\n"
        "    ____ welcome(dynamodb.____);\n"
        "  } catch {\n"
        "    return { batchItemFailures: [{ itemIdentifier: dynamodb.____ }] };\n"
        "  }\n"
        "}",
    ),
    explain_back="explain-welcome-new-customers",
    misconceptions={
        **{
            name: FUNCTION_MISCONCEPTIONS[name]
            for name in (
                "callbacks-on-24",
                "client-of-another-cloud",
                "handler-string",
                "lambda-waits",
                "module-kind",
                "not-in-the-zip",
                "promise-is-the-value",
                "unhandled-error",
            )
        },
        "deploy-without-names": "You may think that building is all. Whoever looks "
        "after it needs the names, so deploy_welcome returns them.",
        "stream-calls-the-function": "You may think that the table calls your "
        "function. Lambda fetches the records from the stream, with your function's "
        "role, once an event source mapping tells it to.",
        "every-change-is-new": "You may think that a stream tells of new items only. "
        "It tells of every change: INSERT, MODIFY and REMOVE.",
        "filtering-in-code": "You may think that an if in the handler is a filter. The "
        "function has been started and is paid by then; FilterCriteria keeps it "
        "asleep.",
        "values-are-plain": "You may think that a record has plain values. They come "
        "as DynamoDB writes them: a text is {'S': 'Ada'}.",
        "failures-are-skipped": "You may think that a record which fails is skipped. A "
        "stream keeps its order: the same batch is tried again, for a day, and "
        "everything behind it waits.",
        "failures-report-themselves": "You may think that somebody will notice. A "
        "record that was given up is gone, unless the mapping has an on-failure "
        "destination.",
        "done-is-without-error": "You may think that a record which was passed over "
        "has failed. Lambda sees no error, so for Lambda it is done.",
        "any-report-will-do": "You may think that any word of a failure will do. "
        "Lambda reads batchItemFailures, and in it the SequenceNumber of a record as "
        "itemIdentifier. Anything else means that the whole batch has failed.",
        "batch-is-one-record": "You may think that a batch succeeds or fails record by "
        "record. It is tried again as a whole, also what went well, unless your answer "
        "says where it broke.",
    },
)
def welcome_new_customers(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Each new customer is welcomed once, and a bad record stops nobody."""
    with (
        given_table(probe, "customers", "email", stream=True) as table,
        given_queue(probe, "welcomes") as welcomes,
    ):
        described = probe.client("dynamodb").describe_table(TableName=table)["Table"]
        stream = described["LatestStreamArn"]
        returned = deploy(probe.cloud_argument(), stream, welcomes)
        desk = _desk(probe, returned, stream, table, welcomes)
        try:
            desk.new([probe.name("ada")])
            desk.other_changes()
            if variation:
                later = 2 * probe.random.randrange(1, 10) + 1
                desk.with_bad_ones(good=20, before=[1, later])
            else:
                desk.with_bad_ones(good=3, before=[1])
            if variation:
                desk.come_back()
        finally:
            desk.close()


def _desk(probe: Probe, returned: Any, stream: str, table: str, welcomes: str) -> Desk:
    parts = named_parts(returned, ("function", "failures"), "deploy_welcome")
    function, _ = runtime_of(probe, parts["function"], "deploy_welcome")
    mappings = probe.client("lambda").list_event_source_mappings(
        FunctionName=function, EventSourceArn=stream
    )["EventSourceMappings"]
    if not mappings:
        raise Failed(
            "I called deploy_welcome; nothing leads from the stream to your function.",
            expected=f"an event source mapping from {stream} to {function}",
            observed="none",
            look="create_event_source_mapping: EventSourceArn and FunctionName",
            misconception="stream-calls-the-function",
        )
    probe.settle()
    return Desk(probe, table, welcomes, function, parts["failures"], mappings)
