"""Filter policies: what they let through, and what SNS takes for one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from grader.cloud.topics import filter_policies
from grader.cloud.topics.errors import Refused
from grader.cloud.topics.filter_matches import passes
from grader.cloud.topics.messages import Message

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom

ATTRIBUTES, BODY = filter_policies.SCOPES


def told(value: Any) -> dict[str, str]:
    """An attribute of the type that a value has in SNS."""
    if isinstance(value, list):
        return {"Type": "String.Array", "Value": json.dumps(value)}
    if isinstance(value, int | float):
        return {"Type": "Number", "Value": str(value)}
    return {"Type": "String", "Value": value}


def message(**values: Any) -> Message:
    """A message with attributes, and the same values as its body."""
    return Message(
        id="1",
        topic_arn="arn:aws:sns:eu-west-1:123456789012:news",
        body=json.dumps(values),
        attributes={name: told(value) for name, value in values.items()},
    )


RULES = [
    ("red", "red", "Red"),
    (7, 7.0, 7.1),
    (7, 7, "7"),
    ("7", "7", 7),
    ("red", ["blue", "red"], ["blue"]),
    (True, [True], ["true"]),
    (None, [None], ["null"]),
    ({"prefix": "re"}, "red", "blue"),
    ({"suffix": "ed"}, "red", "blue"),
    ({"prefix": "re"}, ["blue", "red"], ["blue"]),
    ({"equals-ignore-case": "RED"}, "red", "blue"),
    ({"wildcard": "r*d"}, "round", "rounds"),
    ({"wildcard": r"r\*d"}, "r*d", "red"),
    ({"cidr": "10.0.0.0/24"}, "10.0.0.7", "10.0.1.7"),
    ({"numeric": [">", 1, "<=", 5]}, 5, 1),
    ({"numeric": ["=", 3.5]}, 3.5, "3.5"),
    ({"anything-but": "red"}, "blue", "red"),
    ({"anything-but": ["red", "blue"]}, "green", "blue"),
    ({"anything-but": ["red"]}, ["red", "blue"], ["red"]),
    ({"anything-but": 7}, 8, 7),
    ({"anything-but": {"prefix": "re"}}, "blue", "red"),
    ({"anything-but": {"suffix": ["ed", "ue"]}}, "green", "blue"),
    ({"anything-but": {"wildcard": "r*"}}, "blue", "red"),
]


@pytest.mark.parametrize("scope", filter_policies.SCOPES)
@pytest.mark.parametrize(("rule", "fits", "doesnt"), RULES)
def test_a_rule_lets_through(rule: Any, fits: Any, doesnt: Any, scope: str) -> None:
    """What it says, from attributes as from a body."""
    policy = filter_policies.parse(json.dumps({"a": [rule]}), scope)
    assert passes(message(a=fits), "sqs", policy, scope)
    assert not passes(message(a=doesnt), "sqs", policy, scope)
    assert not passes(message(), "sqs", policy, scope)


@pytest.mark.parametrize("scope", filter_policies.SCOPES)
def test_every_key_has_to_fit(scope: str) -> None:
    """One of each key's rules; alternatives of keys are said by $or."""
    policy = {"a": ["x", "y"], "$or": [{"b": ["1"]}, {"c": ["1"]}]}
    assert passes(message(a="y", c="1"), "sqs", policy, scope)
    assert not passes(message(a="y", c="2"), "sqs", policy, scope)
    assert not passes(message(c="1"), "sqs", policy, scope)


@pytest.mark.parametrize("scope", filter_policies.SCOPES)
def test_a_key_may_have_to_be_absent(scope: str) -> None:
    """Or to be there, with whatever value."""
    there, absent = {"a": [{"exists": True}]}, {"a": [{"exists": False}]}
    assert passes(message(a="x"), "sqs", there, scope)
    assert not passes(message(a="x"), "sqs", absent, scope)
    assert passes(message(b="x"), "sqs", absent, scope)


def test_an_empty_policy_lets_everything_through() -> None:
    assert passes(message(), "sqs", {}, ATTRIBUTES)


def test_a_bodys_keys_lie_in_each_other() -> None:
    """What is said of a list's objects has to be true of one of them."""
    policy = {"order": {"items": {"kind": ["print"], "count": [{"numeric": [">", 1]}]}}}
    split = [{"kind": "print", "count": 1}, {"kind": "frame", "count": 2}]
    assert not passes(message(order={"items": split}), "sqs", policy, BODY)
    whole = [*split, {"kind": "print", "count": 2}]
    assert passes(message(order={"items": whole}), "sqs", policy, BODY)


def test_a_text_has_no_keys() -> None:
    """A body that is no JSON object passes no policy."""
    for text in ("red", '["a"]', "7"):
        plain = Message(id="1", topic_arn="arn:aws:sns:eu-west-1:1:t", body=text)
        assert not passes(plain, "sqs", {"a": [{"exists": False}]}, BODY)


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("{", "Attributes Reason: FilterPolicy: failed to parse JSON."),
        ({"a": "b"}, 'FilterPolicy: "a" must be an object or an array'),
        ({"a": []}, "FilterPolicy: Empty arrays are not allowed"),
        (
            {name: ["x"] for name in "abcdef"},
            "FilterPolicy: Filter policy can not have more than 5 keys",
        ),
        (
            {name: list("abcdefghijklm") for name in "ab"},
            "FilterPolicy: Filter policy is too complex",
        ),
        (
            {"a": [["b"]]},
            "FilterPolicy: Match value must be String, number, true, false, or null",
        ),
        ({"a": [{"near": "b"}]}, "FilterPolicy: Unrecognized match type near"),
        (
            {"a": [{"exists": "yes"}]},
            "FilterPolicy: exists match pattern must be either true or false.",
        ),
        (
            {"a": [{"numeric": ["<", "1"]}]},
            "Attributes Reason: FilterPolicy: Value of < must be numeric",
        ),
        (
            {"a": [{"numeric": [">", 2, "<", 1]}]},
            "Attributes Reason: FilterPolicy: Bottom must be less than top",
        ),
        (
            {"a": {"b": ["c"]}},
            "Filter policy scope MessageAttributes does not support nested filter"
            " policy",
        ),
    ],
)
def test_a_policy_is_checked(policy: Any, why: str) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    with pytest.raises(Refused) as raised:
        filter_policies.parse(text, ATTRIBUTES)
    assert raised.value.code == "InvalidParameter"
    assert raised.value.message == f"Invalid parameter: {why}"


def test_subscribers_get_their_share(news: Newsroom) -> None:
    """Each queue what its policy lets through, by attributes or by the body."""
    topic = news.topic()
    red, _ = news.queue(topic, "red", FilterPolicy='{"colour": ["red"]}')
    big, _ = news.queue(
        topic,
        "big",
        FilterPolicy='{"size": [{"numeric": [">", 5]}]}',
        FilterPolicyScope="MessageBody",
    )
    everything, _ = news.queue(topic, "everything")
    for colour, size in (("red", 1), ("blue", 9)):
        news.sns.publish(
            TopicArn=topic,
            Message=json.dumps({"size": size}),
            MessageAttributes={"colour": {"DataType": "String", "StringValue": colour}},
        )
    assert news.texts(red) == ['{"size": 1}']
    assert news.texts(big) == ['{"size": 9}']
    assert len(news.texts(everything)) == 2
