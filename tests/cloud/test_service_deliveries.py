"""Functions that moto's own services invoke."""

import json

import pytest
from botocore.exceptions import ClientError

TELLS = "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n"


@pytest.fixture
def cloud(shared_cloud):
    return shared_cloud


@pytest.fixture
def account(fresh_account):
    return fresh_account


def arn_of(account):
    return f"arn:aws:lambda:{account.region}:{account.id}:function:words"


def let_in(account, service, source):
    account.aws_lambda.add_permission(
        FunctionName="words",
        StatementId=service.partition(".")[0],
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
    )


def test_a_topic_that_the_function_doesnt_let_in_is_told(cloud, account):
    """SNS needs the function's resource policy; the publisher hears nothing of it."""
    account.deploy(TELLS, FunctionName="words")
    sns = account.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn_of(account))
    let_in(account, "sns.amazonaws.com", topic + "-of-somebody-else")
    sns.publish(TopicArn=topic, Message="hello")
    cloud.clock.settle()
    assert cloud.asynchronous.journal.deliveries(account=account.id) == []
    (incident,) = cloud.asynchronous.journal.incidents(account=account.id)
    assert (incident.kind, incident.source) == ("permission", "sns")
    assert incident.message == (
        "User: sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction on"
        f" resource: {arn_of(account)} because no resource-based policy allows the"
        " lambda:InvokeFunction action"
    )


def test_a_topic_reaches_a_function_through_the_queue(cloud, account):
    """SNS doesn't wait for its subscriber either."""
    account.deploy(TELLS, FunctionName="words")
    sns = account.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    let_in(account, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn_of(account))
    sns.publish(TopicArn=topic, Message="hello")
    cloud.clock.settle()
    (delivery,) = cloud.asynchronous.journal.deliveries(account=account.id)
    assert delivery.source == "sns"
    assert json.loads(delivery.payload)["Records"][0]["Sns"]["Message"] == "hello"


def test_a_secrets_rotation_waits_for_its_function(account):
    """RotateSecret invokes the function for each of its steps before it answers."""
    account.deploy(TELLS, FunctionName="words")
    secrets = account.client("secretsmanager")
    secret = secrets.create_secret(Name="key", SecretString="old")["ARN"]
    with pytest.raises(ClientError, match="Ensure that the function policy grants"):
        secrets.rotate_secret(SecretId="key", RotationLambdaARN=arn_of(account))
    let_in(account, "secretsmanager.amazonaws.com", secret)
    secrets.rotate_secret(SecretId="key", RotationLambdaARN=arn_of(account))
    steps = [
        json.loads(line)["Step"]
        for line in account.log_lines("words")
        if line.startswith("{")
    ]
    assert steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
