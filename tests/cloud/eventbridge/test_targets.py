"""What PutTargets takes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.eventbridge.conftest import Bus

TOPIC = "arn:aws:sns:eu-west-1:{account}:t"


@pytest.fixture
def refused(bus: Bus) -> Any:
    """Code and message for targets that a rule can't have."""
    bus.rule("r")

    def call(*targets: dict[str, Any]) -> tuple[str, str]:
        wanted = [
            {"Id": str(n), **one, "Arn": one["Arn"].format(account=bus.account.id)}
            for n, one in enumerate(targets)
        ]
        with pytest.raises(ClientError) as raised:
            bus.events.put_targets(Rule="r", Targets=wanted)
        found = raised.value.response["Error"]
        return found["Code"], found["Message"].replace(bus.account.id, "{account}")

    return call


def test_five_at_most(bus: Bus, refused: Any) -> None:
    """Also counting those that the rule has."""
    topic = TOPIC.format(account=bus.account.id)
    four = [{"Id": f"kept{n}", "Arn": topic} for n in range(4)]
    bus.events.put_targets(Rule="r", Targets=four)
    assert refused({"Arn": TOPIC}, {"Arn": TOPIC}) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )
    # One that is replaced doesn't count twice.
    bus.events.put_targets(Rule="r", Targets=[{"Id": "kept0", "Arn": topic}])


@pytest.mark.parametrize(
    "arn", ["queue", "arn:aws:sqs", "arn:aws:events:eu-west-1:1:x"]
)
def test_an_arn_is_one(refused: Any, arn: str) -> None:
    """Anything else is named."""
    assert refused({"Arn": arn}) == (
        "ValidationException",
        f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.",
    )


def test_kinds_that_arent_modelled(refused: Any) -> None:
    """They are refused by name."""
    _, message = refused({"Arn": "arn:aws:firehose:eu-west-1:1:deliverystream/s"})
    assert "doesn't model targets of firehose" in message


def test_a_fifo_queue_needs_a_group(refused: Any) -> None:
    """SqsParameters with a MessageGroupId."""
    assert refused({"Arn": "arn:aws:sqs:eu-west-1:{account}:q.fifo"}) == (
        "ValidationException",
        "Parameter(s) SqsParameters must be specified for target: 0.",
    )


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:eu-west-1:{account}:stateMachine:m",
        "arn:aws:kinesis:eu-west-1:{account}:stream/s",
        "arn:aws:events:eu-west-1:{account}:api-destination/d/1",
        "arn:aws:events:us-east-1:{account}:event-bus/default",
        "arn:aws:events:eu-west-1:999999999999:event-bus/default",
    ],
)
def test_who_needs_a_role(refused: Any, arn: str) -> None:
    """What has no policy that could let EventBridge in."""
    assert refused({"Arn": arn}) == (
        "ValidationException",
        f"RoleArn is required for target {arn}.",
    )


def test_one_input(refused: Any) -> None:
    """Input, InputPath and InputTransformer exclude one another."""
    assert refused({"Arn": TOPIC, "Input": "{}", "InputPath": "$.detail"}) == (
        "ValidationException",
        "Only one of Input, InputPath, or InputTransformer must be provided for target"
        " 0.",
    )


@pytest.mark.parametrize(
    "setting",
    [
        {"Input": "no json"},
        {"InputPath": "detail"},
        {"InputTransformer": {"InputTemplate": "no quotes"}},
        {"InputTransformer": {"InputTemplate": '{"a": <aws.events.event.json>'}},
        {"InputTransformer": {"InputTemplate": '"a" 5'}},
        {
            "InputTransformer": {
                "InputPathsMap": {"AWSx": "$.id"},
                "InputTemplate": '"<AWSx>"',
            }
        },
    ],
)
def test_inputs_are_checked(refused: Any, setting: dict[str, Any]) -> None:
    """JSON, paths, templates, and the names of variables."""
    code, message = refused({"Arn": TOPIC, **setting})
    assert (code, " 0" in message) == ("ValidationException", True)


def test_a_template_is_told_where_it_breaks(refused: Any) -> None:
    """As far as the parser came."""
    template = '{"a": <aws.events.rule-arn>'
    assert refused({"Arn": TOPIC, "InputTransformer": {"InputTemplate": template}}) == (
        "ValidationException",
        f'Invalid InputTemplate for target 0 : [Source: (String)"{template}"; line: 1,'
        " column: 28].",
    )


def test_a_placeholder_has_a_path(refused: Any) -> None:
    """A variable that nobody defines is named."""
    assert refused({"Arn": TOPIC, "InputTransformer": {"InputTemplate": '"<x>"'}}) == (
        "ValidationException",
        "InputTemplate for target 0 contains invalid placeholder x.",
    )


def test_a_log_group_wants_its_form(refused: Any) -> None:
    """A template makes a timestamp and a message, and nothing else."""
    arn = "arn:aws:logs:eu-west-1:{account}:log-group:/aws/events/x"
    assert refused({"Arn": arn, "InputTransformer": {"InputTemplate": '"x"'}}) == (
        "ValidationException",
        "Input for target 0 is not a valid JSON text.",
    )


def test_retries_have_limits(refused: Any) -> None:
    """By the constraints of the model."""
    code, message = refused(
        {"Arn": TOPIC, "RetryPolicy": {"MaximumRetryAttempts": 186}}
    )
    assert code == "ValidationException"
    assert "less than or equal to 185" in message


def test_no_fifo_queue_for_dead_letters(refused: Any) -> None:
    """EventBridge's dead-letter queues are standard queues."""
    dead = {"Arn": "arn:aws:sqs:eu-west-1:1:dead.fifo"}
    _, message = refused({"Arn": TOPIC, "DeadLetterConfig": dead})
    assert message.startswith("Parameter DeadLetterConfig.Arn is not valid.")


def test_unknown_ids_arent_removed(bus: Bus) -> None:
    """The others are."""
    bus.rule("r", {"Arn": TOPIC.format(account=bus.account.id)})
    answer = bus.events.remove_targets(Rule="r", Ids=["0", "9"])
    assert answer["FailedEntries"] == [
        {
            "TargetId": "9",
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": "Rule r does not have a target with the Id 9.",
        }
    ]
    assert bus.events.list_targets_by_rule(Rule="r")["Targets"] == []
