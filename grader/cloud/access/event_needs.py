"""What PutEvents needs: each entry, permission for its bus, whoever's it is."""

from __future__ import annotations

from collections.abc import Iterator

from grader.cloud.access.need import Need
from grader.cloud.access.operations import Operation
from grader.cloud.access.resource_names import Place


def events(operation: Operation, place: Place) -> Iterator[Need]:
    """The bus of every entry, with the condition keys that an entry has.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
    """
    here = f"arn:{place.partition}:events:{place.region}:{place.account}:event-bus/"
    entries = operation.parameters.get("Entries")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        named = str(entry.get("EventBusName") or "default")
        keys = {
            "events:source": str(entry.get("Source") or ""),
            "events:detail-type": str(entry.get("DetailType") or ""),
        }
        yield Need(
            "events:PutEvents",
            named if named.startswith("arn:") else f"{here}{named}",
            {key: value for key, value in keys.items() if value},
        )
