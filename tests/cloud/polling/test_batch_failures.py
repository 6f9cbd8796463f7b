"""What a function's answer says of the items of its batch."""

import json

import pytest

from grader.cloud.polling.batch_failures import report_in

SENT = frozenset({"one", "two", "three"})


def reporting(*identifiers):
    failures = [{"itemIdentifier": identifier} for identifier in identifiers]
    return json.dumps({"batchItemFailures": failures}).encode()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"{}",
        b'{"batchItemFailures": null}',
        b'{"batchItemFailures": []}',
        b'{"statusCode": 200}',
    ],
)
def test_nothing_failed(answer):
    """An answer without failures is a complete success."""
    assert report_in(answer, SENT).failed == frozenset()


def test_some_failed():
    """Those that are named."""
    assert report_in(reporting("one", "three"), SENT).failed == {"one", "three"}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"not JSON", 'it returned no JSON: "not JSON"'),
        (b'"done"', 'it returned "done", which is no object'),
        (b"[]", "it returned [], which is no object"),
        (b'{"batchItemFailures": "one"}', 'batchItemFailures is no list: "one"'),
        (b'{"batchItemFailures": ["one"]}', 'there is no itemIdentifier in "one"'),
        (
            b'{"batchItemFailures": [{"id": "one"}]}',
            'there is no itemIdentifier in {"id": "one"}',
        ),
        (
            b'{"batchItemFailures": [{"itemIdentifier": null}]}',
            "the batch had nothing with the itemIdentifier null",
        ),
        (reporting(""), 'the batch had nothing with the itemIdentifier ""'),
        (
            reporting("one", "somebody else's"),
            'the batch had nothing with the itemIdentifier "somebody else\'s"',
        ),
        (reporting("x" * 200), f'the itemIdentifier "{"x" * 99} …'),
    ],
)
def test_what_lambda_cant_read_fails_the_batch(answer, fault):
    """Every item of it comes again, and it is told why."""
    report = report_in(answer, SENT)
    assert report.failed is None
    assert report.fault.endswith(fault)
