"""What DynamoDB's batches, transactions and statements need, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from grader.cloud.access.item_keys import of_items, of_request
from grader.cloud.access.need import Need, UnknownOperation
from grader.cloud.access.operations import Operation
from grader.cloud.access.resource_names import Place


def _table(name: Any, place: Place) -> str:
    if str(name).startswith("arn:"):
        return str(name)
    return f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:table/{name}"


def batch(operation: Operation, place: Place) -> Iterator[Need]:
    """BatchGetItem and BatchWriteItem are checked on each of their tables."""
    requested = operation.parameters.get("RequestItems")
    tables = requested if isinstance(requested, dict) else {"*": []}
    for name, part in tables.items():
        keys = of_items(place, name, _items(part))
        yield Need(f"dynamodb:{operation.name}", _table(name, place), keys)


def _items(part: Any) -> Iterator[Any]:
    """The single requests in a batch's part for one table."""
    if isinstance(part, dict):
        for key in part.get("Keys") or ():
            yield {**part, "Key": key}
    for one in part if isinstance(part, list) else ():
        if isinstance(one, dict):
            yield one.get("PutRequest") or one.get("DeleteRequest")


_TRANSACTED = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def transaction(operation: Operation, place: Place) -> Iterator[Need]:
    """A transaction needs what each of its parts would need by itself.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    found = False
    items = operation.parameters.get("TransactItems")
    for item in items if isinstance(items, list) else []:
        for kind, part in item.items() if isinstance(item, dict) else ():
            if kind in _TRANSACTED and isinstance(part, dict):
                found = True
                name = part.get("TableName", "*")
                keys = of_request(place, name, part)
                keys["dynamodb:enclosingoperation"] = operation.name
                action = f"dynamodb:{_TRANSACTED[kind]}"
                yield Need(action, _table(name, place), keys)
    if not found:
        raise UnknownOperation(f"dynamodb:{operation.name} without a part")


_STATEMENT = re.compile(
    r"\s*(SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM|EXISTS\s*\(\s*SELECT\b"
    r".*?\bFROM)\s+\"?([\w.-]+)\"?(?:\.\"?([\w.-]+)\"?)?",
    re.IGNORECASE | re.DOTALL,
)


def statements(operation: Operation, place: Place) -> Iterator[Need]:
    parameters = operation.parameters
    told = parameters.get("Statements") or parameters.get("TransactStatements")
    statements = told if isinstance(told, list) else [parameters]
    for one in statements:
        text = one.get("Statement", "") if isinstance(one, dict) else ""
        found = _STATEMENT.match(text)
        if found is None:
            raise UnknownOperation(f"dynamodb:{operation.name} of {text!r}")
        verb = found[1].split()[0].rstrip("(").capitalize()
        verb = "Select" if verb == "Exists" else verb
        arn = _table(found[2], place)
        if found[3] and verb == "Select":
            arn += f"/index/{found[3]}"
        yield Need(f"dynamodb:PartiQL{verb}", arn)
