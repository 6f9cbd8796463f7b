"""What queues, topics and secrets refuse as their policies."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from typing import Any

import moto.secretsmanager.models
import moto.sns.models
import moto.sqs.models
import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

Write = Callable[[str], Any]


def document(action: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refusal(write: Write, text: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        write(text)
    error = raised.value.response["Error"]
    return error["Code"].removeprefix("AWS.SimpleQueueService."), error["Message"]


@pytest.fixture(scope="module")
def to_queue(account: Account) -> Write:
    url, _ = account.queue("orders")
    sqs = account.client("sqs")
    return lambda text: sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": text}
    )


@pytest.fixture(scope="module")
def to_topic(account: Account) -> Write:
    sns = account.client("sns")
    arn = sns.create_topic(Name="news")["TopicArn"]
    return lambda text: sns.set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=text
    )


@pytest.fixture(scope="module")
def to_secret(account: Account) -> Write:
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name="key", SecretString="x")
    return lambda text: secrets.put_resource_policy(SecretId="key", ResourcePolicy=text)


BROKEN = {
    "no JSON": "reception",
    "no object": "[]",
    "an unknown field": '{"Statements": []}',
    "no statement": '{"Statement": []}',
    "an unknown version": '{"Version": "2019-10-19", "Statement": []}',
    "no effect": document("sqs:SendMessage", Effect="Permit"),
    "no principal": document("sqs:SendMessage", Principal={}),
    "an unknown kind of principal": document("sqs:SendMessage", Principal={"Aws": "*"}),
    "a typing error": document("sqs:SendMessage", Principle="*"),
    "an unknown operator": document(
        "sqs:SendMessage", Condition={"ArnMatches": {"aws:SourceArn": "*"}}
    ),
}
every_broken = pytest.mark.parametrize("text", BROKEN.values(), ids=list(BROKEN))


@every_broken
def test_a_queue_takes_no_malformed_policy(to_queue: Write, text: str) -> None:
    """Whatever is wrong, it is an invalid value."""
    expected = ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    assert refusal(to_queue, text) == expected


@every_broken
def test_a_topic_takes_no_malformed_policy(to_topic: Write, text: str) -> None:
    """In the words of SNS."""
    expected = ("InvalidParameter", "Invalid parameter: Policy Error: null")
    assert refusal(to_topic, text.replace("sqs:SendMessage", "sns:Publish")) == expected


@every_broken
def test_a_secret_takes_no_malformed_policy(to_secret: Write, text: str) -> None:
    """In the words of Secrets Manager."""
    expected = ("MalformedPolicyDocumentException", "This policy has invalid syntax.")
    text = text.replace("sqs:SendMessage", "secretsmanager:GetSecretValue")
    assert refusal(to_secret, text) == expected


def test_an_action_has_to_be_the_services_own(
    to_queue: Write, to_topic: Write, to_secret: Write
) -> None:
    """A topic says so, the others call the policy invalid."""
    text = document("s3:GetObject")
    assert refusal(to_queue, text)[0] == "InvalidAttributeValue"
    assert refusal(to_secret, text)[0] == "MalformedPolicyDocumentException"
    message = "Invalid parameter: Policy statement action out of service scope!"
    assert refusal(to_topic, text) == ("InvalidParameter", message)


def test_a_principal_has_to_exist(account: Account, to_topic: Write) -> None:
    """A typing error in a name is found out at once."""
    nobody = {"AWS": f"arn:aws:iam::{account.id}:user/nobody"}
    message = "Invalid parameter: Policy Error: PrincipalNotFound"
    got = refusal(to_topic, document("sns:Publish", Principal=nobody))
    assert got == ("InvalidParameter", message)


def test_nothing_is_made_with_a_malformed_policy(account: Account) -> None:
    """Neither a queue nor a topic."""
    sqs, sns = account.client("sqs"), account.client("sns")
    policy = {"Policy": "reception"}
    with pytest.raises(ClientError):
        sqs.create_queue(QueueName="broken", Attributes=policy)
    with pytest.raises(ClientError):
        sns.create_topic(Name="broken", Attributes=policy)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="broken")
    topics = sns.list_topics()["Topics"]
    assert not [one for one in topics if one["TopicArn"].endswith(":broken")]


def test_good_policies_are_kept(
    to_queue: Write, to_topic: Write, to_secret: Write
) -> None:
    """Of both versions, with a name for the whole, conditions and services."""
    condition = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:studio"}}
    for write, action in (
        (to_queue, "SQS:SendMessage"),
        (to_topic, "SNS:Publish"),
        (to_secret, "secretsmanager:GetSecretValue"),
    ):
        write(document(action, Resource="*", Condition=condition))
        write(document(action, Principal={"Service": "s3.amazonaws.com"}))
        write(json.dumps({"Id": "one", **json.loads(document(action))}))


def test_what_is_kept_without_being_a_policy_grants_nothing(account: Account) -> None:
    """moto takes any text for a key's policy; a user's own permission isn't enough."""
    kms, iam = account.client("kms"), account.client("iam")
    key = kms.create_key(Policy="reception")["KeyMetadata"]["KeyId"]
    iam.create_user(UserName="ana")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName="ana",
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everything}),
    )
    made = iam.create_access_key(UserName="ana")["AccessKey"]
    keys = (made["AccessKeyId"], made["SecretAccessKey"])
    ana = Account(account.cloud, account.region, keys)
    with pytest.raises(ClientError) as raised:
        ana.client("kms").describe_key(KeyId=key)
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("module", "owner", "method"),
    [
        (moto.sqs.models, "Queue", "_set_attributes"),
        (moto.sns.models, "SNSBackend", "create_topic"),
        (moto.sns.models, "SNSBackend", "set_topic_attribute"),
        (moto.secretsmanager.models, "SecretsManagerBackend", "put_resource_policy"),
    ],
)
def test_moto_checks_nothing_there(module: Any, owner: str, method: str) -> None:
    """When this fails, moto has learnt what this cloud adds, or moved the seam."""
    spec = importlib.util.find_spec(module.__name__)
    assert spec is not None and spec.loader is not None
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    code = getattr(getattr(untouched, owner), method).__code__
    assert not any("olicyDocument" in name for name in code.co_names)
