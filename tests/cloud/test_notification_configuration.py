"""Reading and checking a bucket's notification configuration."""

import base64
import uuid

import pytest

from grader.cloud.aws_errors import AWSError
from grader.cloud.notification_configuration import read, shown, stored

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:words"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:words"


def rule(
    arn: str = FUNCTION,
    *events: str,
    kind: str = "CloudFunction",
    name: str | None = None,
    **filters: str,
) -> str:
    listed = "".join(
        f"<Event>{event}</Event>" for event in events or ("s3:ObjectCreated:*",)
    )
    rules = "".join(
        f"<FilterRule><Name>{part}</Name><Value>{value}</Value></FilterRule>"
        for part, value in filters.items()
    )
    key = f"<Filter><S3Key>{rules}</S3Key></Filter>" if rules else ""
    named = f"<Id>{name}</Id>" if name else ""
    tag = f"{kind}Configuration"
    return f"<{tag}>{named}<{kind}>{arn}</{kind}>{listed}{key}</{tag}>"


def parse(*rules: str, region: str = "eu-west-1"):
    body = (
        '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        + "".join(rules)
        + "</NotificationConfiguration>"
    )
    return read(body.encode(), region=region)


def refusal(*rules: str, region: str = "eu-west-1") -> AWSError:
    with pytest.raises(AWSError) as raised:
        parse(*rules, region=region)
    return raised.value


def test_a_rule_is_read():
    """Destination, events, prefix and suffix of a rule."""
    found = parse(rule(name="up", prefix="in/", suffix=".txt")).rules[0]
    assert (found.id, found.arn, found.prefix, found.suffix) == (
        "up",
        FUNCTION,
        "in/",
        ".txt",
    )


def test_a_rule_without_a_name_gets_one():
    """The name that S3 makes up is a UUID in base64."""
    made_up = parse(rule()).rules[0].id
    assert uuid.UUID(base64.b64decode(made_up).decode())


def test_an_empty_configuration_turns_notifications_off():
    """What is stored then is nothing at all."""
    assert stored(parse()) is None


def test_eventbridge_alone_is_a_configuration():
    """Its element is empty, and is shown again as empty."""
    kept = stored(parse("<EventBridgeConfiguration/>"))
    assert shown(kept) == {"EventBridgeConfiguration": {}}


def test_filter_names_are_shown_with_a_capital():
    """GetBucketNotificationConfiguration says Prefix where prefix was put."""
    kept = stored(parse(rule(name="up", prefix="in/")))
    assert shown(kept) == {
        "LambdaFunctionConfigurations": [
            {
                "Id": "up",
                "LambdaFunctionArn": FUNCTION,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {
                    "Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}
                },
            }
        ]
    }


def test_two_rules_for_one_event_overlap():
    """Without filters no two rules may share an event type, whatever they name."""
    put = rule(QUEUE, "s3:ObjectCreated:Put", kind="Queue")
    assert refusal(rule(), put).message == (
        "Configurations overlap. Configurations on the same bucket cannot share a"
        " common event type."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"prefix": "images/"}, {"prefix": "images/new/"}),
        ({"suffix": "jpg"}, {"suffix": "pg"}),
        ({"prefix": "images/"}, {"suffix": ".jpg"}),
        ({"prefix": "images/"}, {}),
    ],
)
def test_filters_that_a_key_can_pass_both_of_are_ambiguous(one, other):
    """A key that two rules of one event could match is refused beforehand."""
    assert refusal(rule(**one), rule(**other)).message == (
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two"
        " rules if the prefixes are overlapping for the same event type."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"prefix": "in/"}, {"prefix": "out/"}),
        ({"prefix": "in/", "suffix": ".txt"}, {"prefix": "in/", "suffix": ".csv"}),
    ],
)
def test_filters_that_no_key_passes_both_of_are_fine(one, other):
    """Rules for the same event may differ in prefix, or in suffix."""
    assert len(parse(rule(**one), rule(**other)).rules) == 2


def test_different_events_dont_overlap():
    """Creation and removal may go to two functions without any filter."""
    removed = rule(QUEUE, "s3:ObjectRemoved:*", kind="Queue")
    assert len(parse(rule(), removed).rules) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (rule("words"), "The ARN is not well formed"),
        (rule(QUEUE), "The ARN is not well formed"),
        (
            rule(FUNCTION, "s3:ObjectEaten:*"),
            "The event is not supported for notifications",
        ),
        (rule(infix="x"), "filter rule name must be either prefix or suffix"),
        (rule(prefix=""), "filter value cannot be empty"),
        (
            rule(name="x") + rule(QUEUE, "s3:ObjectAcl:Put", kind="Queue", name="x"),
            "Same ID used for multiple configurations. IDs must be unique",
        ),
    ],
)
def test_a_wrong_rule_is_an_invalid_argument(wrong, message):
    """S3 says InvalidArgument with status 400 and what is wrong."""
    error = refusal(wrong)
    assert (error.code, error.status, error.message) == (
        "InvalidArgument",
        400,
        message,
    )


def test_a_filter_has_one_prefix():
    """Two prefixes in one rule are refused."""
    twice = "<FilterRule><Name>Prefix</Name><Value>b</Value></FilterRule></S3Key>"
    wrong = rule(prefix="a").replace("</S3Key>", twice)
    assert refusal(wrong).message == (
        "Cannot specify more than one prefix rule in a filter."
    )


def test_a_destination_is_in_the_buckets_region():
    """A function of another Region can't be a destination."""
    assert refusal(rule(), region="us-east-1").message == (
        "The notification destination service region is not valid for the bucket"
        " location constraint"
    )


@pytest.mark.parametrize("body", [b"<NotificationConfiguration>", b"<Other/>", b""])
def test_what_isnt_a_configuration_is_malformed(body):
    """Broken or foreign XML is MalformedXML."""
    with pytest.raises(AWSError) as raised:
        read(body, region="eu-west-1")
    assert raised.value.code == "MalformedXML"


def test_a_rule_needs_an_event():
    """A rule without any event doesn't fit S3's schema."""
    assert refusal(rule().replace("<Event>s3:ObjectCreated:*</Event>", "")).code == (
        "MalformedXML"
    )
