"""What the local cloud doesn't do of DynamoDB, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.dynamodb.errors import not_modelled

# Since 2014 there are expressions instead.
_LEGACY = {
    "AttributesToGet": "ProjectionExpression",
    "AttributeUpdates": "UpdateExpression",
    "ConditionalOperator": "AND and OR in an expression",
    "Expected": "ConditionExpression",
    "KeyConditions": "KeyConditionExpression",
    "QueryFilter": "FilterExpression",
    "ScanFilter": "FilterExpression",
}


def refused(members: Mapping[str, Any]) -> None:
    """Raises: AWSError for a legacy parameter."""
    for name, instead in _LEGACY.items():
        if members.get(name) is not None:
            raise not_modelled(f"the legacy parameter {name} (use {instead})")
