"""Layers: their versions, their content, and attaching them to functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader import facts
from grader.cloud.access.authorisation import decide
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Principal
from grader.cloud.functions import storage
from grader.cloud.functions.errors import failure, invalid


@dataclass
class LayerRecord:
    """One version of a layer. A deleted one still serves its functions."""

    account: str
    region: str
    name: str
    version: int
    package: bytes
    sha256: str
    created: str
    description: str
    runtimes: list[str]
    architectures: list[str]
    license: str
    layer_arn: str
    deleted: bool = False
    statements: list[dict[str, Any]] = field(default_factory=list)
    policy_revision: str = ""

    @property
    def arn(self) -> str:
        """The version's ARN."""
        return f"{self.layer_arn}:{self.version}"


def find_layer(arn: str) -> LayerRecord | None:
    """Return a layer version by its ARN, deleted or not."""
    parts = arn.split(":")
    if len(parts) != 8:
        return None
    records = storage.backend(parts[4], parts[3]).layer_records.get(parts[6], [])
    return next((record for record in records if record.arn == arn), None)


def attached(account: str, region: str, arns: Iterable[str]) -> list[LayerRecord]:
    """Return the layer versions that a function wants, in order.

    Raises:
        AWSError: InvalidParameterValueException, AccessDeniedException.
    """
    wanted = list(arns)
    if len(wanted) > facts.aws_lambda.LAYERS_PER_FUNCTION.value:
        raise invalid("Cannot reference more than 5 layers.")
    found = []
    seen: dict[str, str] = {}
    for arn in wanted:
        layer, _, _ = arn.rpartition(":")
        if layer in seen:
            raise invalid(
                "Two different versions of the same layer are not allowed to be"
                f" referenced in the same function. {seen[layer]} and {arn} are"
                " versions of the same layer."
            )
        seen[layer] = arn
        parts = arn.split(":")
        record = find_layer(arn)
        if parts[3] != region:
            raise invalid(
                "Layers are not in the same region as the function. Layers are expected"
                f" to be in region {region}."
            )
        if parts[4] != account and not _shared(record, arn, account):
            raise failure(
                "AccessDeniedException",
                f"User: arn:aws:iam::{account}:root is not authorized to perform:"
                f" lambda:GetLayerVersion on resource: {arn} because no"
                " resource-based policy allows the lambda:GetLayerVersion action",
            )
        if record is None or record.deleted:
            raise invalid(f"Layer version {arn} does not exist.")
        found.append(record)
    return found


def _shared(record: LayerRecord | None, arn: str, account: str) -> bool:
    """Say whether another account's layer version lets an account use it."""
    root = Principal("root", f"arn:aws:iam::{account}:root", account)
    return (
        record is not None
        and decide(Caller(root), "lambda:GetLayerVersion", arn, {}).allowed
    )
