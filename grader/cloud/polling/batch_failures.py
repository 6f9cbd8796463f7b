"""ReportBatchItemFailures: which items of a batch a function says have failed.

Follows "Implementing partial batch responses" for SQS, Kinesis and DynamoDB in the
Lambda developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Collection


def failed_items(answer: bytes, sent: Collection[str]) -> frozenset[str] | None:
    """Return the identifiers that a function reports; None where all have failed.

    Nothing, null, and a list that is empty, null or absent mean that none did.
    Whatever Lambda can't read, and an identifier that is empty or that the batch
    didn't have, counts as the failure of the whole batch. ``sent`` are the
    identifiers of the batch: message ids or sequence numbers.
    """
    try:
        said = json.loads(answer or b"null")
    except ValueError:
        return None
    if said is None:
        return frozenset()
    if not isinstance(said, dict):
        return None
    failures = said.get("batchItemFailures")
    if failures is None:
        return frozenset()
    if not isinstance(failures, list):
        return None
    found = set()
    for failure in failures:
        identifier = (
            failure.get("itemIdentifier") if isinstance(failure, dict) else None
        )
        if not isinstance(identifier, str) or identifier not in sent:
            return None
        found.add(identifier)
    return frozenset(found)
