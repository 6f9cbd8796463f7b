"""Functions that moto's own services invoke."""

import json

import pytest

TELLS = "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n"


@pytest.fixture
def cloud(shared_cloud):
    return shared_cloud


@pytest.fixture
def account(fresh_account):
    return fresh_account


def arn_of(account):
    return f"arn:aws:lambda:{account.region}:{account.id}:function:words"


def test_a_topic_reaches_a_function_through_the_queue(cloud, account):
    """SNS doesn't wait for its subscriber either."""
    account.deploy(TELLS, FunctionName="words")
    sns = account.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
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
    secrets.create_secret(Name="key", SecretString="old")
    secrets.rotate_secret(SecretId="key", RotationLambdaARN=arn_of(account))
    steps = [
        json.loads(line)["Step"]
        for line in account.log_lines("words")
        if line.startswith("{")
    ]
    assert steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
