"""What a target gets of an event: all, a part, something else, or a template filled.

moto takes neither ``Input`` nor ``InputPath``, and templates only where they are JSON.
Follows "Amazon EventBridge input transformation" in the EventBridge user guide. What
stands for a path that leads nowhere isn't documented: it is nothing within quotes, and
an empty string elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from grader.cloud.eventbridge import errors, json_paths
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.events import Event
from grader.cloud.eventbridge.json_paths import MISSING

_PLACEHOLDER = re.compile(r"<([\w.\-]+)>")
RESERVED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event",
        "aws.events.event.json",
        "aws.events.event.ingestion-time",
    }
)
"""Variables that nobody has to define, and nobody can."""


def rendered(target: Mapping[str, Any], event: Event, rule_arn: str) -> str:
    """Make the text that a target gets.

    Raises:
        Undelivered: INVALID_JSON where a template's values break it.
    """
    if (fixed := target.get("Input")) is not None:
        return str(fixed)
    if (path := target.get("InputPath")) is not None:
        part = json_paths.find(path, event.body)
        return _json(None if part is MISSING else part)
    if (transformer := target.get("InputTransformer")) is not None:
        return _transformed(transformer, event, rule_arn)
    return event.text


def placeholders(template: str) -> list[str]:
    """Name the variables of a template in their order."""
    return _PLACEHOLDER.findall(template)


def is_text(template: str) -> bool:
    """Say whether a template is one of text, in quotes, and not one of JSON."""
    return template.lstrip().startswith('"')


def filled(template: str, value: Callable[[str, bool], str]) -> str:
    """Put values for the variables of a template.

    ``value`` takes a variable's name and whether it stands within quotes.
    """
    made, quoted, at = [], False, 0
    while at < len(template):
        one = template[at]
        if quoted and one == "\\":
            made.append(template[at : at + 2])
            at += 2
            continue
        if one == '"':
            quoted = not quoted
        elif one == "<" and (found := _PLACEHOLDER.match(template, at)):
            made.append(value(found[1], quoted))
            at = found.end()
            continue
        made.append(one)
        at += 1
    return "".join(made)


def _transformed(transformer: Mapping[str, Any], event: Event, rule_arn: str) -> str:
    paths: Mapping[str, str] = transformer.get("InputPathsMap") or {}
    template: str = transformer["InputTemplate"]

    def value(name: str, quoted: bool) -> str:
        if name in RESERVED:
            found = _reserved(name, event, rule_arn)
        else:
            found = json_paths.find(paths[name], event.body)
        if not quoted:
            return _json("" if found is MISSING else found)
        if found is MISSING:
            return ""
        # EventBridge doesn't escape what it puts within quotes.
        return found if isinstance(found, str) else _json(found)

    text = filled(template, value)
    if is_text(template):
        return text
    try:
        return _json(json.loads(text))
    except ValueError as error:
        raise Undelivered(
            errors.INVALID_JSON,
            f"The input that the template makes isn't valid JSON: {error}",
        ) from None


def _reserved(name: str, event: Event, rule_arn: str) -> Any:
    match name.removeprefix("aws.events."):
        case "rule-arn":
            return rule_arn
        case "rule-name":
            return rule_arn.rpartition("/")[2]
        case "event.ingestion-time":
            moment = datetime.fromtimestamp(event.ingested, UTC)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "event":
            return {key: one for key, one in event.body.items() if key != "detail"}
    return dict(event.body)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
