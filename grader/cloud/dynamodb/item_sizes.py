"""How many bytes DynamoDB counts for an item, its names included.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grader.cloud.dynamodb.numbers import significant_digits

# Of a list or a map itself, and of each element in it.
_CONTAINER, _ELEMENT = 3, 1


def item_size(attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """Add up the names and the values of an item, in bytes."""
    return sum(
        len(name.encode()) + value_size(value) for name, value in attributes.items()
    )


def value_size(value: Mapping[str, Any]) -> int:
    """Return the bytes of one value."""
    kind, content = next(iter(value.items()))
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            # One byte for each two significant digits, and one more.
            return (significant_digits(Decimal(content)) + 1) // 2 + 1
        case "B":
            return len(base64.b64decode(content))
        case "SS" | "NS" | "BS":
            return sum(value_size({kind[0]: one}) for one in content)
        case "L":
            return _CONTAINER + sum(_ELEMENT + value_size(one) for one in content)
        case "M":
            return _CONTAINER + len(content) * _ELEMENT + item_size(content)
    return 1
