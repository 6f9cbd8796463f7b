"""What a function's answer says of the items of its batch."""

import json

import pytest

from grader.cloud.polling.batch_failures import failed_items

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
    assert failed_items(answer, SENT) == frozenset()


def test_some_failed():
    """Those that are named."""
    assert failed_items(reporting("one", "three"), SENT) == {"one", "three"}


@pytest.mark.parametrize(
    "answer",
    [
        b"not JSON",
        b'"done"',
        b"[]",
        b'{"batchItemFailures": "one"}',
        b'{"batchItemFailures": ["one"]}',
        b'{"batchItemFailures": [{"id": "one"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        reporting(""),
        reporting("one", "somebody else's"),
    ],
)
def test_what_lambda_cant_read_fails_the_batch(answer):
    """Every item of it comes again."""
    assert failed_items(answer, SENT) is None
