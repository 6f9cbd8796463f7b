"""The policy of a form that uploads to S3: what it lets who has it upload, until when.

Follows "Creating an HTML form (using AWS Signature Version 4)" in the S3 API reference.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.cloud.s3.errors import Refused

_FREE = frozenset({"awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"})
"""Fields that no condition has to speak of, beside those that begin with x-ignore-."""


@dataclass(frozen=True)
class Condition:
    """What one field has to be: ``eq``, ``starts-with``, or any with a free prefix."""

    operator: str
    field: str
    value: str
    shown: str
    """The condition as a refusal shows it."""

    def holds(self, found: str) -> bool:
        if self.operator == "eq":
            return found == self.value
        return found.startswith(self.value)


@dataclass(frozen=True)
class PostPolicy:
    """A policy, read; ``expiration`` is epoch seconds, sizes are bytes."""

    expiration: float
    conditions: tuple[Condition, ...]
    sizes: tuple[int, int] | None

    def check(self, fields: Mapping[str, str], size: int) -> None:
        """Refuse a form that isn't as the policy says; names are in lower case.

        Raises:
            Refused: AccessDenied, EntityTooSmall or EntityTooLarge.
        """
        for condition in self.conditions:
            if not condition.holds(fields.get(condition.field, "")):
                raise denied(f"Policy Condition failed: {condition.shown}")
        spoken_of = {condition.field for condition in self.conditions} | _FREE
        extra = [
            name
            for name in fields
            if name not in spoken_of and not name.startswith("x-ignore-")
        ]
        # The bucket is in the form's address, and in the conditions.
        if extra := [name for name in extra if name != "bucket"]:
            raise denied(f"Extra input fields: {', '.join(extra)}")
        if self.sizes is None:
            return
        least, most = self.sizes
        if size < least:
            raise Refused(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                ProposedSize=size,
                MinSizeAllowed=least,
            )
        if size > most:
            raise Refused(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                ProposedSize=size,
                MaxSizeAllowed=most,
            )


def read(text: str) -> PostPolicy:
    """Read a policy from its field.

    Raises:
        Refused: InvalidPolicyDocument.
    """
    try:
        document = json.loads(base64.b64decode(text))
    except (binascii.Error, ValueError):
        raise _invalid("Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    for member in ("expiration", "conditions"):
        if member not in document:
            raise _invalid(f"Policy missing {member}.")
    sizes = None
    conditions: list[Condition] = []
    for one in document["conditions"]:
        if isinstance(one, list) and one and one[0] == "content-length-range":
            sizes = _sizes(one)
        else:
            conditions += _conditions(one)
    return PostPolicy(_moment(document["expiration"]), tuple(conditions), sizes)


def denied(because: str) -> Refused:
    """The refusal of what a policy doesn't allow."""
    return Refused("AccessDenied", f"Invalid according to Policy: {because}", 403)


def _conditions(one: Any) -> Iterator[Condition]:
    if isinstance(one, dict):
        for name, value in one.items():
            shown = json.dumps(["eq", f"${name}", value])
            yield Condition("eq", name.lower(), str(value), shown)
    elif isinstance(one, list) and len(one) == 3 and str(one[1]).startswith("$"):
        operator = str(one[0]).lower()
        if operator not in ("eq", "starts-with"):
            raise _invalid(f"Invalid Condition: unknown operation '{one[0]}'.")
        field = str(one[1]).removeprefix("$").lower()
        yield Condition(operator, field, str(one[2]), json.dumps(one))
    else:
        raise _invalid("Invalid Condition.")


def _sizes(one: list[Any]) -> tuple[int, int]:
    try:
        _, least, most = one
        return int(least), int(most)
    except ValueError:
        raise _invalid("Invalid content-length-range.") from None


def _moment(text: Any) -> float:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise _invalid(f"Invalid 'expiration' value: '{text}'") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _invalid(what: str) -> Refused:
    return Refused("InvalidPolicyDocument", f"Invalid Policy: {what}")
