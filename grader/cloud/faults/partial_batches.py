"""Batches of which a part fails, in the members that the APIs have for that.

The first half of a batch is done, and the rest comes back. Of a single item nothing
could be done, which isn't told that way: then the whole request fails, as on AWS.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.bodies import body
from grader.cloud.access.operations import Operation

Environ = dict[str, Any]
Respond = Callable[[Environ, Any], Iterable[bytes]]
Asked = dict[str, Any]
Split = Callable[[Asked], tuple[Asked, Any]]
Merge = Callable[[Asked, Any], None]


@dataclass(frozen=True)
class _Batch:
    """How a batch is split in what is asked for, and told of in what is answered."""

    split: Split
    merge: Merge


def answer_half(
    operation: Operation, environ: Environ, start_response: Any, respond: Respond
) -> Iterable[bytes] | None:
    """Do a part of a batch and answer that; None for what has no parts."""
    batch = _BATCHES.get(f"{operation.prefix}:{operation.name}")
    if batch is None:
        return None
    try:
        asked = json.loads(body(environ))
        done, left = batch.split(asked)
    except _Single:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        # The service will say what is wrong with it.
        return respond(environ, start_response)
    told: list[Any] = []

    def noting(status: str, headers: list[tuple[str, str]], *more: Any) -> None:
        told[:] = [status, headers]

    sent = json.dumps(done).encode()
    environ["wsgi.input"] = io.BytesIO(sent)
    environ["CONTENT_LENGTH"] = str(len(sent))
    chunks = respond(environ, noting)
    text = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
    status, headers = told
    if status.startswith("2"):
        answer = json.loads(text)
        batch.merge(answer, left)
        text = json.dumps(answer).encode()
        # A checksum and a length would be the whole answer's.
        headers = [
            (name, value)
            for name, value in headers
            if name.lower() not in ("content-length", "x-amz-crc32")
        ]
        headers.append(("Content-Length", str(len(text))))
    start_response(status, headers)
    return [text]


class _Single(Exception):
    """A batch that can't be split."""


def _halves(listed: list[Any]) -> tuple[list[Any], list[Any]]:
    """What is done of a batch, and what is left.

    Raises: _Single.
    """
    if len(listed) == 1:
        raise _Single
    middle = len(listed) // 2
    return listed[:middle], listed[middle:]


def _split_writes(asked: Asked) -> tuple[Asked, Any]:
    every = [
        (table, request)
        for table, requests in asked["RequestItems"].items()
        for request in requests
    ]
    done, left = map(_by_table, _halves(every))
    return {**asked, "RequestItems": done}, left


def _by_table(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    tables: dict[str, list[Any]] = {}
    for table, request in pairs:
        tables.setdefault(table, []).append(request)
    return tables


def _split_reads(asked: Asked) -> tuple[Asked, Any]:
    tables: Mapping[str, Any] = asked["RequestItems"]
    every = [(table, key) for table, one in tables.items() for key in one["Keys"]]
    done, left = (
        {
            table: {**tables[table], "Keys": keys}
            for table, keys in _by_table(part).items()
        }
        for part in _halves(every)
    )
    return {**asked, "RequestItems": done}, left


def _split_list(name: str) -> Split:
    def split(asked: Asked) -> tuple[Asked, Any]:
        done, left = _halves(asked[name])
        return {**asked, name: done}, left

    return split


def _merge_as(name: str) -> Merge:
    def merge(answer: Asked, left: Any) -> None:
        answer[name] = left

    return merge


def _merge_failed(answer: Asked, left: Any) -> None:
    answer["Failed"] = [
        *answer.get("Failed", []),
        *(
            {
                "Id": entry["Id"],
                "SenderFault": False,
                "Code": "InternalError",
                "Message": "We encountered an internal error. Please try again.",
            }
            for entry in left
        ),
    ]
    answer.setdefault("Successful", [])


def _merge_events(answer: Asked, left: Any) -> None:
    failure = {
        "ErrorCode": "ThrottlingException",
        "ErrorMessage": "Rate exceeded",
    }
    answer["Entries"] = [*answer.get("Entries", []), *(failure for _ in left)]
    answer["FailedEntryCount"] = answer.get("FailedEntryCount", 0) + len(left)


def _merge_records(answer: Asked, left: Any) -> None:
    failure = {
        "ErrorCode": "ProvisionedThroughputExceededException",
        "ErrorMessage": "Rate exceeded for a shard of the stream.",
    }
    answer["Records"] = [*answer.get("Records", []), *(failure for _ in left)]
    answer["FailedRecordCount"] = answer.get("FailedRecordCount", 0) + len(left)


_BATCHES: Mapping[str, _Batch] = {
    "dynamodb:BatchWriteItem": _Batch(_split_writes, _merge_as("UnprocessedItems")),
    "dynamodb:BatchGetItem": _Batch(_split_reads, _merge_as("UnprocessedKeys")),
    "events:PutEvents": _Batch(_split_list("Entries"), _merge_events),
    "kinesis:PutRecords": _Batch(_split_list("Records"), _merge_records),
    "sqs:ChangeMessageVisibilityBatch": _Batch(_split_list("Entries"), _merge_failed),
    "sqs:DeleteMessageBatch": _Batch(_split_list("Entries"), _merge_failed),
    "sqs:SendMessageBatch": _Batch(_split_list("Entries"), _merge_failed),
}
