"""What a target gets of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.eventbridge import json_paths
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.events import Event, envelope
from grader.cloud.eventbridge.inputs import rendered

RULE = "arn:aws:events:eu-west-1:123456789012:rule/orders/paid"
DETAIL = {
    "instance-id": "i-0123456789",
    "state": "RUNNING",
    "price": 250,
    "tags": [{"key": "a"}, {"key": "b"}],
    "said": 'a "word"',
}


def event(**fields: Any) -> Event:
    body = envelope(
        source="studio",
        detail_type="Changed",
        detail=DETAIL,
        account="123456789012",
        region="eu-west-1",
        at=1_700_000_000.5,
    )
    return Event({**body, **fields}, 1_700_000_001.25)


def transformed(template: str, **paths: str) -> str:
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    return rendered({"InputTransformer": transformer}, event(id="1"), RULE)


def test_all_of_it() -> None:
    """Without a setting the event goes as it is."""
    assert json.loads(rendered({}, event(id="1"), RULE)) == {
        "version": "0",
        "id": "1",
        "detail-type": "Changed",
        "source": "studio",
        "account": "123456789012",
        "time": "2023-11-14T22:13:20Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": DETAIL,
    }


def test_something_else() -> None:
    """Input stands in the event's place."""
    assert rendered({"Input": '{"a": 1}'}, event(), RULE) == '{"a": 1}'


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$.detail.price", 250),
        ("$.detail.tags[1].key", "b"),
        ("$.detail.tags[*].key", ["a", "b"]),
        ("$.detail-type", "Changed"),
        ("$.detail.nothing", None),
    ],
)
def test_a_part(path: str, part: Any) -> None:
    """InputPath picks a value, an element, or all that an asterisk stands for."""
    assert json.loads(rendered({"InputPath": path}, event(), RULE)) == part


@pytest.mark.parametrize("path", ["detail", "$['detail']", "$..detail", "$.a[?(@.b)]"])
def test_what_is_no_path(path: str) -> None:
    """Bracket notation, deep scans and filters aren't EventBridge's."""
    assert not json_paths.is_path(path)


def test_a_template_of_text() -> None:
    """The quotes stay, and values aren't escaped."""
    assert transformed(
        '"instance <id> is in <state>"',
        id="$.detail.instance-id",
        state="$.detail.state",
    ) == ('"instance i-0123456789 is in RUNNING"')


def test_a_template_of_lines() -> None:
    """Several texts in quotes are several lines."""
    assert transformed('"<a>"\n"now"', a="$.detail.state") == '"RUNNING"\n"now"'


def test_a_template_of_json() -> None:
    """Values have their own types; within quotes they are text."""
    template = '{"id": <id>, "price": <p>, "told": "it costs <p>", "list": [9, <t>]}'
    made = transformed(
        template, id="$.detail.instance-id", p="$.detail.price", t="$.detail.tags"
    )
    assert json.loads(made) == {
        "id": "i-0123456789",
        "price": 250,
        "told": "it costs 250",
        "list": [9, [{"key": "a"}, {"key": "b"}]],
    }


def test_escaped_quotes_stay_within_a_text() -> None:
    """AWS's example of quotes within a string."""
    made = transformed('{"s": "instance \\"<id>\\" up"}', id="$.detail.instance-id")
    assert json.loads(made) == {"s": 'instance "i-0123456789" up'}


def test_predefined_variables() -> None:
    """Nobody defines the rule's ARN and name, the event, and when it came."""
    made = json.loads(
        transformed(
            '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name> ran",'
            ' "all": <aws.events.event.json>, "frame": <aws.events.event>,'
            ' "at": <aws.events.event.ingestion-time>}'
        )
    )
    assert (made["arn"], made["name"]) == (RULE, "paid ran")
    assert made["all"]["detail"] == DETAIL
    assert "detail" not in made["frame"] and made["frame"]["source"] == "studio"
    assert made["at"] == "2023-11-14T22:13:21.250Z"


def test_a_path_to_nothing() -> None:
    """Within quotes nothing appears; elsewhere an empty text."""
    made = transformed('{"a": <x>, "b": "[<x>]"}', x="$.detail.nothing")
    assert json.loads(made) == {"a": "", "b": "[]"}


def test_a_value_breaks_a_template() -> None:
    """EventBridge doesn't escape what it puts within quotes."""
    with pytest.raises(Undelivered, match="isn't valid JSON") as raised:
        transformed('{"a": "<x>"}', x="$.detail.said")
    assert raised.value.code == "INVALID_JSON"
