"""Event source mappings: what is kept, and what is refused in AWS's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.awslambda.models import EventSourceMapping

from grader.cloud import functions
from grader.cloud.functions.storage import backend

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
PLACE = {"account_id": "123456789012", "region_name": "us-east-1"}
INVALID = "InvalidParameterValueException"
ARN = "arn:aws:sqs:us-east-1:123456789012:"
QUEUE = ARN + "work"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:greet"
PAID = json.dumps({"body": {"state": ["paid"]}})


@pytest.fixture
def ready(connect: Callable[..., Any], create: Create) -> None:
    """A queue, a FIFO queue, and the function ``greet`` that may have them polled."""
    connect("sqs").create_queue(QueueName="work")
    connect("sqs").create_queue(QueueName="work.fifo", Attributes={"FifoQueue": "true"})
    create()
    permit(connect, "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def permit(connect: Callable[..., Any], *actions: str) -> None:
    """Let the role do something with queues."""
    statement = {
        "Effect": "Allow",
        "Action": [f"sqs:{action}" for action in actions],
        "Resource": ARN + "*",
    }
    connect("iam").put_role_policy(
        RoleName="lambda-role",
        PolicyName="polls",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


@pytest.fixture
def made(aws: Any, ready: None) -> dict[str, Any]:
    """The answer to a mapping from the queue to the function."""
    answer: dict[str, Any] = aws.create_event_source_mapping(
        FunctionName="greet", EventSourceArn=QUEUE
    )
    answer.pop("ResponseMetadata")
    return answer


@pytest.fixture
def slow() -> Iterator[list[Any]]:
    """Follow the mappings, and let no transition end."""
    seen: list[Any] = []
    forget = functions.on_mapping(seen.append)
    yield seen
    forget()


def test_a_mapping_of_a_queue(made: dict[str, Any]) -> None:
    """It is being created, with SQS's defaults."""
    uuid = made["UUID"]
    assert made.pop("LastModified") is not None
    assert made == {
        "UUID": uuid,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": QUEUE,
        "FunctionArn": FUNCTION,
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [],
        "EventSourceMappingArn": (
            f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}"
        ),
    }


def test_is_enabled_then(aws: Any, made: dict[str, Any]) -> None:
    """When the transition is over."""
    found = aws.get_event_source_mapping(UUID=made["UUID"])
    assert (found["State"], found["UUID"]) == ("Enabled", made["UUID"])


def test_can_begin_disabled(aws: Any, ready: None) -> None:
    """If the caller says so."""
    made = aws.create_event_source_mapping(
        FunctionName="greet", EventSourceArn=QUEUE, Enabled=False
    )
    found = aws.get_event_source_mapping(UUID=made["UUID"])
    assert (made["State"], found["State"]) == ("Creating", "Disabled")


def test_keeps_every_setting(aws: Any, ready: None) -> None:
    """And the qualifier of the function."""
    settings = {
        "BatchSize": 50,
        "MaximumBatchingWindowInSeconds": 20,
        "FilterCriteria": {"Filters": [{"Pattern": PAID}]},
        "ScalingConfig": {"MaximumConcurrency": 7},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    aws.publish_version(FunctionName="greet")
    made = aws.create_event_source_mapping(
        FunctionName="greet:1", EventSourceArn=QUEUE, **settings
    )
    found = aws.get_event_source_mapping(UUID=made["UUID"])
    assert {name: found[name] for name in settings} == settings
    assert found["FunctionArn"] == f"{FUNCTION}:1"


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        ({"FunctionName": "nobody"}, INVALID, "Function does not exist"),
        ({"EventSourceArn": None}, INVALID, "Unrecognized event source."),
        (
            {"EventSourceArn": "arn:aws:sns:us-east-1:123456789012:news"},
            INVALID,
            "Unrecognized event source.",
        ),
        (
            {"EventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/a/b"},
            INVALID,
            "The local cloud doesn't model event sources of kafka; real AWS does.",
        ),
        (
            {"EventSourceArn": ARN + "nowhere"},
            INVALID,
            "Error occurred while ReceiveMessage. SQS Error Code:"
            " AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified"
            " queue does not exist.",
        ),
        (
            {"BatchSize": 11},
            INVALID,
            "Maximum batch window in seconds must be greater than 0 if maximum batch"
            " size is greater than 10",
        ),
        (
            {
                "EventSourceArn": QUEUE + ".fifo",
                "BatchSize": 100,
                "MaximumBatchingWindowInSeconds": 5,
            },
            INVALID,
            "Batching window is not supported for FIFO queues",
        ),
        (
            {"EventSourceArn": QUEUE + ".fifo", "BatchSize": 11},
            INVALID,
            "Maximum batch size must be between 1 and 10 inclusive",
        ),
        (
            {"StartingPosition": "LATEST"},
            INVALID,
            "StartingPosition is not valid for SQS event sources.",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "not JSON"}]}},
            INVALID,
            "Invalid filter pattern definition.",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "paid"}'}]}},
            INVALID,
            "Invalid filter pattern definition.",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            "ValidationException",
            "1 validation error detected: Value '1' at 'scalingConfig"
            ".maximumConcurrency' failed to satisfy constraint: Member must have value"
            " greater than or equal to 2",
        ),
        (
            {"BatchSize": 0},
            "ValidationException",
            "1 validation error detected: Value '0' at 'batchSize' failed to satisfy"
            " constraint: Member must have value greater than or equal to 1",
        ),
        (
            {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"},
            INVALID,
            "The local cloud doesn't model KMSKeyArn of an event source mapping; real"
            " AWS does.",
        ),
    ],
)
def test_refuses_what_aws_refuses(
    aws: Any,
    ready: None,
    refused: Refused,
    wanted: dict[str, Any],
    code: str,
    message: str,
) -> None:
    """In AWS's words, and nothing is stored."""
    asked = {"FunctionName": "greet", "EventSourceArn": QUEUE, **wanted}
    given = {name: value for name, value in asked.items() if value is not None}
    answer = refused(aws.create_event_source_mapping, **given)
    assert answer == (code, message, 400)
    assert aws.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([], "ReceiveMessage"),
        (["ReceiveMessage"], "DeleteMessage"),
        (["ReceiveMessage", "DeleteMessage"], "GetQueueAttributes"),
    ],
)
def test_the_role_has_to_be_allowed_to_poll(
    aws: Any,
    connect: Callable[..., Any],
    ready: None,
    refused: Refused,
    allowed: list[str],
    missing: str,
) -> None:
    """Lambda polls as the function's execution role."""
    permit(connect, *allowed, "ListQueues")
    answer = refused(
        aws.create_event_source_mapping, FunctionName="greet", EventSourceArn=QUEUE
    )
    said = (
        "The provided execution role does not have permissions to call"
        f" {missing} on SQS"
    )
    assert answer == (INVALID, said, 400)


def test_the_queue_has_to_hide_messages_long_enough(
    aws: Any, ready: None, refused: Refused
) -> None:
    """As long as the function may take."""
    aws.update_function_configuration(FunctionName="greet", Timeout=60)
    answer = refused(
        aws.create_event_source_mapping, FunctionName="greet", EventSourceArn=QUEUE
    )
    said = (
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    )
    assert answer == (INVALID, said, 400)


def test_the_function_may_not_take_longer_then(
    aws: Any, made: dict[str, Any], refused: Refused
) -> None:
    """As long as the queue is polled for it."""
    update = aws.update_function_configuration
    said = (
        "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"
    )
    assert refused(update, FunctionName="greet", Timeout=31) == (INVALID, said, 400)
    assert update(FunctionName="greet", Timeout=30)["Timeout"] == 30


def test_there_is_one_mapping_of_a_queue_to_a_function(
    aws: Any, made: dict[str, Any], refused: Refused
) -> None:
    """The second is refused with the id of the first."""
    answer = refused(
        aws.create_event_source_mapping, FunctionName="greet", EventSourceArn=QUEUE
    )
    said = (
        f'An event source mapping with SQS arn (" {QUEUE} ") and function'
        f' (" greet ") already exists. Please update or delete the existing mapping'
        f" with UUID {made['UUID']}"
    )
    assert answer == ("ResourceConflictException", said, 409)


def test_an_update_changes_what_it_names(aws: Any, made: dict[str, Any]) -> None:
    """And nothing else."""
    uuid = made["UUID"]
    filters = {"FilterCriteria": {"Filters": [{"Pattern": PAID}]}}
    aws.update_event_source_mapping(UUID=uuid, BatchSize=5, **filters)
    answer = aws.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    assert (answer["State"], answer["BatchSize"]) == ("Updating", 5)
    assert "FilterCriteria" not in aws.get_event_source_mapping(UUID=uuid)


def test_an_update_can_disable_and_enable(aws: Any, made: dict[str, Any]) -> None:
    """With states of their own on the way."""
    uuid = made["UUID"]
    states = []
    for enabled in (False, True):
        answer = aws.update_event_source_mapping(UUID=uuid, Enabled=enabled)
        found = aws.get_event_source_mapping(UUID=uuid)
        states += [answer["State"], found["State"]]
    assert states == ["Disabling", "Disabled", "Enabling", "Enabled"]


def test_an_update_is_held_to_the_same_rules(
    aws: Any, made: dict[str, Any], refused: Refused
) -> None:
    """As the mapping would be then."""
    answer = refused(aws.update_event_source_mapping, UUID=made["UUID"], BatchSize=20)
    assert answer[1].startswith("Maximum batch window in seconds must be greater")


def test_what_is_changing_cant_be_changed(
    slow: list[Any], aws: Any, made: dict[str, Any], refused: Refused
) -> None:
    """Nor deleted, until it is at rest."""
    assert [mapping.state for mapping in slow] == ["Creating"]
    for verb, call in (
        ("update", aws.update_event_source_mapping),
        ("delete", aws.delete_event_source_mapping),
    ):
        assert refused(call, UUID=made["UUID"]) == (
            "ResourceInUseException",
            f"Cannot {verb} the event source mapping because it is in use.",
            400,
        )


def test_a_deleted_mapping_is_gone(
    aws: Any, made: dict[str, Any], refused: Refused
) -> None:
    """Its queue can be mapped again."""
    answer = aws.delete_event_source_mapping(UUID=made["UUID"])
    assert answer["State"] == "Deleting"
    assert refused(aws.get_event_source_mapping, UUID=made["UUID"]) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
        404,
    )
    aws.create_event_source_mapping(FunctionName="greet", EventSourceArn=QUEUE)


def test_lists_by_source_and_function(
    aws: Any, made: dict[str, Any], create: Create
) -> None:
    """Or all of them."""
    create("other")
    other = aws.create_event_source_mapping(FunctionName="other", EventSourceArn=QUEUE)

    def listed(**wanted: str) -> list[str]:
        answer = aws.list_event_source_mappings(**wanted)
        return [one["UUID"] for one in answer["EventSourceMappings"]]

    both = [made["UUID"], other["UUID"]]
    assert listed() == both
    assert listed(FunctionName="other") == [other["UUID"]]
    assert listed(EventSourceArn=QUEUE) == both
    assert listed(EventSourceArn=QUEUE + ".fifo") == []


def test_lists_in_pages(aws: Any, made: dict[str, Any], create: Create) -> None:
    """With a marker."""
    create("other")
    aws.create_event_source_mapping(FunctionName="other", EventSourceArn=QUEUE)
    first = aws.list_event_source_mappings(MaxItems=1)
    rest = aws.list_event_source_mappings(Marker=first["NextMarker"])
    assert [len(one["EventSourceMappings"]) for one in (first, rest)] == [1, 1]


def test_a_mapping_has_tags(aws: Any, made: dict[str, Any]) -> None:
    """They are read and changed by its ARN."""
    arn = made["EventSourceMappingArn"]
    aws.tag_resource(Resource=arn, Tags={"team": "studio", "old": "yes"})
    aws.untag_resource(Resource=arn, TagKeys=["old"])
    assert aws.list_tags(Resource=arn)["Tags"] == {"team": "studio"}


def test_moto_delivers_nothing(
    aws: Any, connect: Callable[..., Any], made: dict[str, Any]
) -> None:
    """moto's queue knows no mapping: only our pollers deliver."""
    sqs = connect("sqs")
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_stack_has_mappings_too(aws: Any, ready: None) -> None:
    """They are created, changed and deleted as the template says."""
    properties = {"FunctionName": "greet", "EventSourceArn": QUEUE, "BatchSize": 3}
    resource = {"Properties": properties}
    made = EventSourceMapping.create_from_cloudformation_json("m", resource, **PLACE)
    found = aws.get_event_source_mapping(UUID=made.physical_resource_id)
    assert (found["BatchSize"], found["State"]) == (3, "Enabled")
    changed = {"Properties": {**properties, "BatchSize": 4}}
    EventSourceMapping.update_from_cloudformation_json(made, "m", changed, **PLACE)
    assert aws.get_event_source_mapping(UUID=made.uuid)["BatchSize"] == 4
    EventSourceMapping.delete_from_cloudformation_json(made.uuid, changed, **PLACE)
    assert backend(*PLACE.values()).mappings == {}
