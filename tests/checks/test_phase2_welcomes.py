"""welcome-new-customers, with right answers, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
Deploy = Callable[[Any, str, str], Any]
CHECK = "welcome-new-customers"
READ = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"]
NEW_ONES = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]}
LOWER_CASE = {"Filters": [{"Pattern": json.dumps({"eventName": ["insert"]})}]}
RETRIES: dict[str, Any] = {"MaximumRetryAttempts": 2}
WHOLE: dict[str, Any] = {
    **RETRIES,
    "FilterCriteria": NEW_ONES,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}


def welcomes(
    lesson: dict[str, Any],
    *changes: tuple[str, str],
    file: str = "right.py",
    settings: dict[str, Any] = WHOLE,
    destination: bool = True,
    mapped: bool = True,
    instead: dict[str, Any] | None = None,
) -> Deploy:
    """A deploy function around a handler, with pieces of its text exchanged."""
    text = answer(f"phase2/welcomes/{file}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    node = file.endswith(".mjs")

    def deploy_welcome(cloud: Any, stream: str, queue: str) -> Any:
        sqs, functions = cloud.client("sqs"), cloud.client("lambda")
        failures = sqs.create_queue(QueueName="failures")["QueueUrl"]
        place = f"{cloud.region}:{cloud.account}:failures"
        role = lesson["make_role"](cloud, "welcome")
        actions = [f"dynamodb:{action}" for action in READ]
        lesson["allow"](cloud, "welcome", [*actions, "sqs:SendMessage"], "*")
        lesson["make_function"](
            cloud,
            "welcome",
            Runtime="nodejs24.x" if node else "python3.13",
            Handler="welcome.handler",
            Role=role,
            Timeout=20,
            Environment={"Variables": {"WELCOMES": queue, "FAILURES": failures}},
            Code={
                "ZipFile": lesson["package"](
                    {f"welcome.{'mjs' if node else 'py'}": text}
                )
            },
        )
        more = dict(settings)
        if destination:
            target = {"Destination": f"arn:aws:sqs:{place}"}
            more["DestinationConfig"] = {"OnFailure": target}
        if mapped:
            functions.create_event_source_mapping(
                EventSourceArn=stream,
                FunctionName="welcome",
                StartingPosition="TRIM_HORIZON",
                **more,
            )
        return {"function": "welcome", "failures": failures, **(instead or {})}

    return deploy_welcome


ON_ITS_OWN = {"file": "right_on_its_own.mjs", "settings": {"FilterCriteria": NEW_ONES}}
ONE_BY_ONE = {"settings": {**RETRIES, "FilterCriteria": NEW_ONES, "BatchSize": 1}}
FILTERS = (
    'for record in event["Records"]:\n'
    '        if record["eventName"] != "INSERT":\n            continue'
)
PASSES_OVER = (
    'failed.append(record["dynamodb"]["SequenceNumber"])\n            break',
    "continue",
)
RAISES = ("            failed.append(", "            raise\n            failed.append(")


@pytest.mark.parametrize(
    ("changes", "wiring"),
    [
        ([], {}),
        ([], {"file": "right.mjs"}),
        ([], {**ON_ITS_OWN, "destination": False}),
        ([RAISES], ONE_BY_ONE),
    ],
)
def test_right_answers_pass(
    judge: Judge,
    lesson: dict[str, Any],
    changes: list[tuple[str, str]],
    wiring: dict[str, Any],
) -> None:
    """A report of what failed, a function that sorts by itself, or batches of one."""
    said = judge(CHECK, welcomes(lesson, *changes, **wiring))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("changes", "wiring", "misconception", "words"),
    [
        ([], {"mapped": False}, "stream-calls-the-function", "nothing leads"),
        (
            [("customer['name']['S']", "customer['name']")],
            {},
            "values-are-plain",
            "Welcome, ",
        ),
        (
            [],
            {"settings": {**WHOLE, "FilterCriteria": {"Filters": []}}},
            "every-change-is-new",
            "shouldn't be",
        ),
        (
            [('for record in event["Records"]:', FILTERS)],
            {"settings": {**WHOLE, "FilterCriteria": {"Filters": []}}},
            "filtering-in-code",
            "ran all the same",
        ),
        (
            [RAISES],
            {"settings": {"FilterCriteria": NEW_ONES}},
            "failures-are-skipped",
            "got no welcome",
        ),
        (
            [RAISES],
            {"settings": {**WHOLE, "FunctionResponseTypes": []}},
            "batch-is-one-record",
            "more than once",
        ),
        (
            [],
            {"settings": {**WHOLE, "FunctionResponseTypes": []}},
            None,
            "FunctionResponseTypes isn't set",
        ),
        ([PASSES_OVER], {}, "done-is-without-error", "it returns normally"),
        (
            [],
            {"settings": {**WHOLE, "FilterCriteria": LOWER_CASE}},
            "stream-calls-the-function",
            '["insert"]} fit a record',
        ),
        (
            [
                (
                    'for record in event["Records"]:',
                    'for record in event["Records"][:1]:',
                )
            ],
            {},
            None,
            "all of event's Records",
        ),
        (
            [("import boto3", "import boto3, requests_of_mine")],
            {},
            "not-in-the-zip",
            "every file that your code imports",
        ),
        ([], {"destination": False}, "failures-report-themselves", "every record"),
        ([], {"instead": {"failures": None}}, "deploy-without-names", "failures"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    changes: list[tuple[str, str]],
    wiring: dict[str, Any],
    misconception: str | None,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, welcomes(lesson, *changes, **wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


OF_PYTHON, OF_NODE = {"file": "right.py"}, {"file": "right.mjs"}
EVENT_ID = ('record["dynamodb"]["SequenceNumber"]', 'record["eventID"]')
MAIL = (
    "itemIdentifier: dynamodb.SequenceNumber",
    "itemIdentifier: dynamodb.Keys.email.S",
)
KEYED = ('"itemIdentifier": number', '"sequenceNumber": number')
LIST = (
    'return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}',
    'return [{"itemIdentifier": number} for number in failed]',
)
ARRAY = ("return { batchItemFailures };", "return batchItemFailures;")
TEXT = (
    "return { batchItemFailures };",
    "return JSON.stringify({ batchItemFailures });",
)


@pytest.mark.parametrize(
    ("change", "wiring", "words"),
    [
        (EVENT_ID, OF_PYTHON, "nothing with the itemIdentifier"),
        (KEYED, OF_PYTHON, "no itemIdentifier in"),
        (LIST, OF_PYTHON, "no object"),
        (MAIL, OF_NODE, "nothing with the itemIdentifier"),
        (ARRAY, OF_NODE, "no object"),
        (TEXT, OF_NODE, "no object"),
    ],
)
def test_reports_that_lambda_cant_read_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    change: tuple[str, str],
    wiring: dict[str, Any],
    words: str,
) -> None:
    """By the shown check: the whole batch has failed, and the learner hears why."""
    said = judge(CHECK, welcomes(lesson, change, **wiring))

    assert (said.misconception, said.hidden) == ("any-report-will-do", False), said.text
    assert words in said.text


@pytest.mark.parametrize("size", [2, 3, 4, 100])
def test_batches_that_are_tried_again_as_a_whole_never_pass(
    judge: Judge, lesson: dict[str, Any], size: int
) -> None:
    """Whatever their size: by the places of the bad ones, and not by chance."""
    settings = {**WHOLE, "FunctionResponseTypes": [], "BatchSize": size}
    said = judge(CHECK, welcomes(lesson, RAISES, settings=settings))

    assert said.misconception == "batch-is-one-record", said.text
    assert not said.hidden
