"""What a target is, by its ARN."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A target's kind with where it is; ``name`` is what its own service calls it."""

    kind: str
    region: str
    account: str
    name: str


ARCHIVE = "archive"
_KINDS = {
    "lambda": ("lambda", "function:"),
    "sqs": ("sqs", ""),
    "sns": ("sns", ""),
    "states": ("states", "stateMachine:"),
    "logs": ("logs", "log-group:"),
    "kinesis": ("kinesis", "stream/"),
}
_OF_EVENTS = ("event-bus", "api-destination")


def place_of(arn: str) -> Place | None:
    """Read a target's ARN; None for what isn't one of the kinds modelled here."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return None
    _, _, service, region, account, resource = parts
    if service == "events":
        # An archive's own rule has a target that is only half an ARN.
        if not account:
            return Place(ARCHIVE, region, account, "")
        kind, _, name = resource.partition("/")
        return Place(kind, region, account, name) if kind in _OF_EVENTS else None
    kind, prefix = _KINDS.get(service, ("", ""))
    if not kind or not resource.startswith(prefix):
        return None
    name = resource.removeprefix(prefix).removesuffix(":*")
    return Place(kind, region, account, name)
