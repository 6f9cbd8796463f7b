"""ReportBatchItemFailures: which items of a batch a function says have failed.

Follows "Implementing partial batch responses" for SQS, Kinesis and DynamoDB in the
Lambda developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

_SHOWN = 100
"""Characters of an answer that are repeated."""


@dataclass(frozen=True)
class Report:
    """What a function says of its batch.

    ``failed`` are identifiers. ``fault`` tells in a sentence why Lambda can't read the
    report, if so: then all items of the batch have failed, and ``failed`` is None.
    """

    failed: frozenset[str] | None
    fault: str = ""


def report_in(answer: bytes, sent: Collection[str]) -> Report:
    """Read a function's answer to a batch.

    Nothing, null, and a list that is empty, null or absent mean that none failed.
    Whatever Lambda can't read, and an identifier that is empty or that the batch
    didn't have, counts as the failure of the whole batch. ``sent`` are the
    identifiers of the batch: message ids or sequence numbers.
    """
    try:
        said = json.loads(answer or b"null")
    except ValueError:
        return Report(
            None, f"it returned no JSON: {_shown(answer.decode('utf-8', 'replace'))}"
        )
    if said is None:
        return Report(frozenset())
    if not isinstance(said, dict):
        return Report(None, f"it returned {_shown(said)}, which is no object")
    failures = said.get("batchItemFailures")
    if failures is None:
        return Report(frozenset())
    if not isinstance(failures, list):
        return Report(None, f"batchItemFailures is no list: {_shown(failures)}")
    found = set()
    for failure in failures:
        if not isinstance(failure, dict) or "itemIdentifier" not in failure:
            return Report(None, f"there is no itemIdentifier in {_shown(failure)}")
        identifier = failure["itemIdentifier"]
        if not isinstance(identifier, str) or identifier not in sent:
            told = f"the batch had nothing with the itemIdentifier {_shown(identifier)}"
            return Report(None, told)
        found.add(identifier)
    return Report(frozenset(found))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
