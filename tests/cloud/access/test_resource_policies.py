"""Policies of resources let in, keep out, and have to let in from other accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.access.conftest import Identity, allow, deny, document, refusal, user
from tests.cloud.conftest import Account

Putting = Callable[[Account, str], tuple[Callable[[Identity], Any], str]]
"""Makes a resource with the policy of a text; gives a use of it and its ARN."""


def queue(account: Account, policy: str) -> tuple[Callable[[Identity], Any], str]:
    url, arn = account.queue("of-policies")
    account.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": policy.replace("ARN", arn)}
    )
    return (
        lambda who: who.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    ), arn


def topic(account: Account, policy: str) -> tuple[Callable[[Identity], Any], str]:
    arn = account.client("sns").create_topic(Name="of-policies")["TopicArn"]
    account.client("sns").set_topic_attributes(
        TopicArn=arn,
        AttributeName="Policy",
        AttributeValue=policy.replace("ARN", arn),
    )
    return lambda who: who.client("sns").publish(TopicArn=arn, Message="m"), arn


def secret(account: Account, policy: str) -> tuple[Callable[[Identity], Any], str]:
    secrets = account.client("secretsmanager")
    arn = secrets.create_secret(Name="of-policies", SecretString="s")["ARN"]
    secrets.put_resource_policy(
        SecretId="of-policies", ResourcePolicy=policy.replace("ARN", arn)
    )
    return (
        lambda who: who.client("secretsmanager").get_secret_value(
            SecretId="of-policies"
        )
    ), arn


def bucket(account: Account, policy: str) -> tuple[Callable[[Identity], Any], str]:
    name = f"of-policies-{account.id}"
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    s3.put_object(Bucket=name, Key="a", Body=b"")
    arn = f"arn:aws:s3:::{name}/a"
    s3.put_bucket_policy(Bucket=name, Policy=policy.replace("ARN", arn))
    return lambda who: who.client("s3").get_object(Bucket=name, Key="a"), arn


USES: list[tuple[Putting, str]] = [
    (queue, "sqs:SendMessage"),
    (topic, "sns:Publish"),
    (secret, "secretsmanager:GetSecretValue"),
    (bucket, "s3:GetObject"),
]
each = pytest.mark.parametrize(("put", "action"), USES, ids=[use[1] for use in USES])


@each
def test_a_resource_lets_in_by_itself(
    fresh_account: Account, ann: Identity, put: Putting, action: str
) -> None:
    """Within an account its policy is enough, for whom it names."""
    statement = {**allow(action, "ARN"), "Principal": {"AWS": ann.arn}}
    use, _ = put(fresh_account, document(statement))
    use(ann)
    _, message, _ = refusal(lambda: use(user(fresh_account)))
    assert "because no identity-based policy allows" in message


@each
def test_a_resource_keeps_everybody_out(
    fresh_account: Account, put: Putting, action: str
) -> None:
    """Its Deny holds for who may do everything, and for the administrator."""
    statement = {**deny(action, "ARN"), "Principal": "*"}
    use, _ = put(fresh_account, document(statement))
    ending = "with an explicit deny in a resource-based policy"
    administrator = Identity(fresh_account, "", "", *fresh_account._keys)
    for who in (user(fresh_account, allow("*")), administrator):
        assert refusal(lambda who=who: use(who))[1].endswith(ending)


def test_another_account_needs_both_sides(
    account: Account, fresh_account: Account
) -> None:
    """The topic's policy, and a policy of who publishes."""
    ann = user(fresh_account, allow("sns:Publish"))
    _, arn = topic(
        account,
        document(
            {**allow("sns:Publish", "ARN"), "Principal": {"AWS": fresh_account.id}}
        ),
    )
    ann.client("sns").publish(TopicArn=arn, Message="m")
    ann.may(allow("sns:Subscribe"))
    code, message, _ = refusal(ann.client("sns").publish, TopicArn=arn, Message="m")
    assert code == "AuthorizationError"
    assert message.endswith(
        "because no identity-based policy allows the SNS:Publish action"
    )
    account.client("sns").set_topic_attributes(
        TopicArn=arn,
        AttributeName="Policy",
        AttributeValue=document(
            {**allow("sns:Publish", arn), "Principal": {"AWS": account.id}}
        ),
    )
    ann.may(allow("sns:Publish"))
    _, message, _ = refusal(ann.client("sns").publish, TopicArn=arn, Message="m")
    assert message.endswith(
        "because no resource-based policy allows the SNS:Publish action"
    )
    _, message, _ = refusal(
        fresh_account.client("sns").publish, TopicArn=arn, Message="m"
    )
    assert message.endswith(
        "because no resource-based policy allows the SNS:Publish action"
    )


def test_a_key_has_to_let_its_own_account_in(
    fresh_account: Account, ann: Identity
) -> None:
    """Unlike other resources: without a word of the account, IAM counts for nothing."""
    ann.may(allow("kms:*"))
    kms = fresh_account.client("kms")
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    ann.client("kms").encrypt(KeyId=own, Plaintext=b"x")
    other = kms.create_key(
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        **allow("kms:*"),
                        "Principal": {
                            "AWS": f"arn:aws:iam::{fresh_account.id}:user/bo"
                        },
                    }
                ],
            }
        ),
        BypassPolicyLockoutSafetyCheck=True,
    )["KeyMetadata"]["KeyId"]
    for client in (ann.client("kms"), kms):
        _, message, _ = refusal(client.encrypt, KeyId=other, Plaintext=b"x")
        assert "because no resource-based policy allows the kms:Encrypt" in message


def test_a_functions_policy_lets_a_user_in(
    fresh_account: Account, ann: Identity
) -> None:
    """add_permission for one user is enough for him to invoke."""
    name = fresh_account.deploy("def handler(event, context):\n    return 'in'\n")
    invoke = ann.client("lambda").invoke
    assert refusal(invoke, FunctionName=name)[0] == "AccessDeniedException"
    fresh_account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="ann",
        Action="lambda:InvokeFunction",
        Principal=ann.arn,
    )
    assert invoke(FunctionName=name)["Payload"].read() == b'"in"'


def test_another_accounts_layer_has_to_be_shared(
    account: Account, fresh_account: Account
) -> None:
    """AddLayerVersionPermission lets another account use a layer version."""
    from tests.cloud.conftest import zipped

    version = account.aws_lambda.publish_layer_version(
        LayerName="shared", Content={"ZipFile": zipped({"python/one.py": "ONE = 1"})}
    )
    code = "import one\ndef handler(event, context):\n    return one.ONE\n"
    layers = {"Layers": [version["LayerVersionArn"]]}
    _, message, _ = refusal(fresh_account.deploy, code=code, **layers)
    assert message.endswith(
        "because no resource-based policy allows the lambda:GetLayerVersion action"
    )
    account.aws_lambda.add_layer_version_permission(
        LayerName="shared",
        VersionNumber=version["Version"],
        StatementId="them",
        Action="lambda:GetLayerVersion",
        Principal=fresh_account.id,
    )
    name = fresh_account.deploy(code, **layers)
    assert fresh_account.invoke(name).payload == 1
