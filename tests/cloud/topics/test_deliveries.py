"""What subscribers of a topic get, and what becomes of what they can't get."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from grader.cloud.topics import signatures
from tests.cloud.topics.conftest import PRINTS

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom

COLOUR = {"colour": {"DataType": "String", "StringValue": "red"}}


def let_topic_in(news: Newsroom, topic: str) -> str:
    """Deploy a function that a topic may invoke; returns its ARN."""
    name = news.account.deploy(PRINTS)
    news.account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    return f"arn:aws:lambda:{news.account.region}:{news.account.id}:function:{name}"


def test_a_function_gets_the_real_event(news: Newsroom) -> None:
    """The handler sees SNS's record, under the id that Publish answered."""
    topic = news.topic()
    function = let_topic_in(news, topic)
    subscription = news.subscribe(topic, function, "lambda")
    answered = news.sns.publish(
        TopicArn=topic, Message="hello", Subject="Hi", MessageAttributes=COLOUR
    )
    news.cloud.clock.settle()
    printed = news.account.log_lines(function.rpartition(":")[2])
    (record,) = next(json.loads(one) for one in printed if one[0] == "{")["Records"]
    told = record.pop("Sns")
    assert record == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
    }
    assert list(told) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertUrl",
        "UnsubscribeUrl",
        "MessageAttributes",
    ]
    assert told["MessageId"] == answered["MessageId"]
    assert (told["Type"], told["TopicArn"]) == ("Notification", topic)
    assert (told["Subject"], told["Message"]) == ("Hi", "hello")
    assert datetime.fromisoformat(told["Timestamp"])
    assert told["UnsubscribeUrl"].endswith(f"&SubscriptionArn={subscription}")
    assert told["MessageAttributes"] == {"colour": {"Type": "String", "Value": "red"}}


def test_a_message_without_a_subject_has_null(news: Newsroom) -> None:
    """In a function's event; in a queue's document it is left out."""
    topic = news.topic()
    url, _ = news.queue(topic)
    news.subscribe(topic, let_topic_in(news, topic), "lambda")
    news.sns.publish(TopicArn=topic, Message="hello")
    news.cloud.clock.settle()
    journal = news.cloud.asynchronous.journal
    (delivery,) = journal.deliveries(account=news.account.id, source="sns")
    told = json.loads(delivery.payload)["Records"][0]["Sns"]
    assert (told["Subject"], told["MessageAttributes"]) == (None, {})
    (body,) = news.bodies(url)
    assert "Subject" not in body and "MessageAttributes" not in body


def test_a_queue_gets_a_document(news: Newsroom) -> None:
    """It is drawn as SNS draws it, a member on each line."""
    topic = news.topic()
    url, subscription = news.queue(topic)
    answered = news.sns.publish(TopicArn=topic, Message="hello", Subject="Hi")
    (body,) = news.bodies(url)
    assert body.startswith(
        '{\n  "Type" : "Notification",\n  "MessageId" : "'
        f'{answered["MessageId"]}",\n  "TopicArn" : "{topic}",\n  "Subject" : "Hi",\n'
        '  "Message" : "hello",\n  "Timestamp" : "'
    )
    told = json.loads(body)
    assert told["UnsubscribeURL"].endswith(subscription)
    assert told["SigningCertURL"].startswith(
        f"https://sns.{news.account.region}.amazonaws.com/SimpleNotificationService-"
    )


def test_a_signature_can_be_verified(news: Newsroom) -> None:
    """It is over the document's members, with the certificate's key."""
    topic = news.topic()
    url, _ = news.queue(topic)
    news.sns.publish(TopicArn=topic, Message="hello\nyou")
    told = json.loads(news.bodies(url)[0])
    assert told["SignatureVersion"] == "1"
    key = x509.load_pem_x509_certificate(signatures.certificate()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    said = (
        f"Message\nhello\nyou\nMessageId\n{told['MessageId']}\n"
        f"Timestamp\n{told['Timestamp']}\nTopicArn\n{topic}\nType\nNotification\n"
    )
    # It raises where they don't fit.
    key.verify(
        base64.b64decode(told["Signature"]),
        said.encode(),
        padding.PKCS1v15(),
        hashes.SHA1(),
    )


def test_raw_delivery_is_the_message_itself(news: Newsroom) -> None:
    """Its attributes become the queue's, binary ones as they were."""
    topic = news.topic()
    url, _ = news.queue(topic, RawMessageDelivery="true")
    binary = {"photo": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    news.sns.publish(
        TopicArn=topic, Message="hello", MessageAttributes={**COLOUR, **binary}
    )
    (message,) = news.account.messages(url)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {**COLOUR, **binary}


def test_each_protocol_has_its_text(news: Newsroom) -> None:
    """MessageStructure json: the queue's own, and the default for the function."""
    topic = news.topic()
    url, _ = news.queue(topic)
    news.subscribe(topic, let_topic_in(news, topic), "lambda")
    news.sns.publish(
        TopicArn=topic,
        Message=json.dumps({"default": "all", "sqs": "queues"}),
        MessageStructure="json",
    )
    assert news.texts(url) == ["queues"]
    news.cloud.clock.settle()
    journal = news.cloud.asynchronous.journal
    (delivery,) = journal.deliveries(account=news.account.id)
    assert json.loads(delivery.payload)["Records"][0]["Sns"]["Message"] == "all"


def test_a_batch_reaches_subscribers_one_by_one(news: Newsroom) -> None:
    """Each entry is a message; one that is wrong fails alone."""
    topic = news.topic()
    url, _ = news.queue(topic)
    answered = news.sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "a", "Message": "one"},
            {"Id": "b", "Message": "two", "Subject": "no\nlines"},
            {"Id": "c", "Message": "three", "MessageAttributes": COLOUR},
        ],
    )
    assert [one["Id"] for one in answered["Successful"]] == ["a", "c"]
    assert answered["Failed"] == [
        {
            "Id": "b",
            "Code": "InvalidParameter",
            "Message": "Invalid parameter: Subject",
            "SenderFault": True,
        }
    ]
    assert news.texts(url) == ["one", "three"]


def test_a_queue_that_doesnt_let_the_topic_in_misses_it(news: Newsroom) -> None:
    """The publisher hears nothing; the lab tells of the missing permission."""
    topic = news.topic()
    url, arn = news.account.queue("closed")
    news.subscribe(topic, arn, "sqs")
    assert news.sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    assert news.bodies(url) == []
    assert news.incidents() == [("permission", arn)]


def test_a_subscriber_that_is_gone_fails_nobody(news: Newsroom) -> None:
    """Other subscribers get the message; the dead-letter queue saves a copy."""
    topic = news.topic()
    saved, dead = news.account.queue("dead")
    news.account.let_in(saved, "sns.amazonaws.com", topic)
    redrive = json.dumps({"deadLetterTargetArn": dead})
    gone_url, _ = news.queue(topic, "gone", RedrivePolicy=redrive)
    url, _ = news.queue(topic, "here")
    news.account.client("sqs").delete_queue(QueueUrl=gone_url)
    news.sns.publish(TopicArn=topic, Message="hello")
    assert news.texts(url) == ["hello"]
    assert news.texts(saved) == ["hello"]


def test_a_function_that_is_gone_fails_nobody(news: Newsroom) -> None:
    """A publisher gets its answer; the function's event goes to the dead letters."""
    topic = news.topic()
    saved, dead = news.account.queue("dead")
    news.account.let_in(saved, "sns.amazonaws.com", topic)
    function = let_topic_in(news, topic)
    news.subscribe(
        topic,
        function,
        "lambda",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}),
    )
    news.account.aws_lambda.delete_function(FunctionName=function)
    news.sns.publish(TopicArn=topic, Message="hello")
    assert news.texts(saved) == ["hello"]


def test_a_deleted_subscription_gets_nothing(news: Newsroom) -> None:
    """From Unsubscribe on."""
    topic = news.topic()
    url, subscription = news.queue(topic)
    news.sns.unsubscribe(SubscriptionArn=subscription)
    news.sns.publish(TopicArn=topic, Message="hello")
    assert news.bodies(url) == []


def test_a_function_that_publishes_to_itself_is_stopped(news: Newsroom) -> None:
    """The trace goes through the topic: after 16 turns Lambda ends the loop."""
    topic = news.topic()
    name = news.account.deploy(
        "import boto3, os\n"
        "sns = boto3.client('sns')\n"
        "def handler(event, context):\n"
        "    sns.publish(TopicArn=os.environ['TOPIC'], Message='again')\n",
        Environment={"Variables": {"TOPIC": topic}},
    )
    news.account.permit("sns:Publish")
    arn = f"arn:aws:lambda:{news.account.region}:{news.account.id}:function:{name}"
    news.account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
    )
    news.subscribe(topic, arn, "lambda")
    news.sns.publish(TopicArn=topic, Message="once")
    assert news.incidents()[0] == ("recursion", f"{arn}:$LATEST")
    reports = [one for one in news.account.log_lines(name) if one.startswith("REPORT")]
    assert len(reports) == 16


def test_a_stacks_subscription_is_served(news: Newsroom) -> None:
    """A topic of a template that names its subscriber."""
    topic = f"arn:aws:sns:{news.account.region}:{news.account.id}:news"
    url, arn = news.account.queue("reader")
    news.account.let_in(url, "sns.amazonaws.com", topic)
    properties = {
        "TopicName": "news",
        "Subscription": [{"Protocol": "sqs", "Endpoint": arn}],
    }
    template = {
        "Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": properties}}
    }
    news.account.client("cloudformation").create_stack(
        StackName="news", TemplateBody=json.dumps(template)
    )
    news.sns.publish(TopicArn=topic, Message="hello")
    assert news.texts(url) == ["hello"]
