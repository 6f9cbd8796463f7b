"""Sending from the sandbox: to whom, what arrives, and how much."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from grader import facts
from tests.cloud.conftest import Account
from tests.cloud.mail.conftest import Post, refused

STUDIO = "studio@lumen.example"
MAYA = "maya@home.example"
UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in region"
    " EU-WEST-1: "
)


def by_v1(post: Post) -> Callable[..., str]:
    return post.send_v1


def by_v2(post: Post) -> Callable[..., str]:
    return post.send


both = pytest.mark.parametrize("api", [by_v1, by_v2])


@both
def test_sender_and_recipients_must_be_verified(
    post: Post, api: Callable[[Post], Any]
) -> None:
    send = api(post)
    assert refused(lambda: send(STUDIO, MAYA)) == (
        400,
        "MessageRejected",
        UNVERIFIED + f"{MAYA}, {STUDIO}",
    )
    post.v1.verify_email_identity(EmailAddress=STUDIO)
    assert refused(lambda: send(STUDIO, MAYA))[2] == UNVERIFIED + f"{MAYA}, {STUDIO}"
    post.wait()
    assert refused(lambda: send(f"Lumen <{STUDIO}>", f"Maya <{MAYA}>", MAYA))[2] == (
        UNVERIFIED + f"Maya <{MAYA}>, {MAYA}"
    )
    post.verify(MAYA)
    assert send(f"Lumen <{STUDIO}>", f"Maya <{MAYA}>")
    assert refused(
        lambda: post.send_v1(STUDIO, MAYA, ReturnPath="bounces@lumen.example")
    )[2] == (UNVERIFIED + "bounces@lumen.example")
    assert len(post.sent) == 1


def test_an_identity_is_verified_in_its_region_only(post: Post) -> None:
    post.verify(STUDIO, MAYA)
    frankfurt = post.account.client("sesv2", region="eu-central-1")
    assert frankfurt.list_email_identities()["EmailIdentities"] == []
    post.v2 = frankfurt
    assert "region EU-CENTRAL-1: " in refused(lambda: post.send(STUDIO, MAYA))[2]


@pytest.mark.parametrize(
    "address", ["desk@lumen.example", "desk@eu.LUMEN.example", "a+b@lumen.example"]
)
def test_a_domain_verifies_what_is_in_it(post: Post, address: str) -> None:
    post.verify("lumen.example")
    assert post.send(address, address)


@pytest.mark.parametrize("address", ["desk@notlumen.example", "desk@example"])
def test_a_domain_verifies_nothing_else(post: Post, address: str) -> None:
    post.verify("lumen.example")
    assert refused(lambda: post.send("a@lumen.example", address))[1] == (
        "MessageRejected"
    )


def test_an_address_is_verified_as_it_is_written(post: Post) -> None:
    post.verify(STUDIO)
    assert refused(lambda: post.send("STUDIO@lumen.example", STUDIO))[1] == (
        "MessageRejected"
    )
    assert refused(lambda: post.send("studio+x@lumen.example", STUDIO))[1] == (
        "MessageRejected"
    )


def test_the_mailbox_simulator_needs_no_verification(post: Post) -> None:
    post.verify(STUDIO)
    for name in (
        "success",
        "bounce",
        "complaint",
        "ooto",
        "suppressionlist",
        "bounce+1",
    ):
        post.send(STUDIO, f"{name}@simulator.amazonses.com")
        post.wait(1)
    assert refused(lambda: post.send(STUDIO, "other@simulator.amazonses.com"))[1] == (
        "MessageRejected"
    )
    assert post.v1.get_send_quota()["SentLast24Hours"] == 0


@both
def test_both_bodies_and_all_recipients_arrive(
    post: Post, api: Callable[[Post], Any]
) -> None:
    post.verify("lumen.example")
    content = {
        "Subject": {"Data": "Ünser Print <für> Sie"},
        "Body": {"Text": {"Data": "Ready."}, "Html": {"Data": "<p>Ready.</p>"}},
    }
    to = {
        "ToAddresses": ["a@lumen.example"],
        "CcAddresses": ["b@lumen.example"],
        "BccAddresses": ["c@lumen.example"],
    }
    settings = (
        {"Message": content} if api is by_v1 else {"Content": {"Simple": content}}
    )
    told = api(post)(
        STUDIO, Destination=to, ReplyToAddresses=["desk@lumen.example"], **settings
    )
    [message] = post.sent
    assert re.fullmatch(r"0102[0-9a-f]{12}-[0-9a-f-]{36}-000000", told)
    assert message.id == told
    assert (message.source, message.subject) == (STUDIO, "Ünser Print <für> Sie")
    assert (message.text, message.html) == ("Ready.", "<p>Ready.</p>")
    assert message.body == "<p>Ready.</p>"
    assert message.destinations == to
    assert message.reply_to == ["desk@lumen.example"]
    assert abs(message.sent_at - time.time()) < 30


@both
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("maya", "Missing final '@domain'"),
        ("maya@", "Missing domain"),
        ("ma ya@home.example", "Local address contains control or whitespace"),
        (
            "maya@home.example\nBcc: x@y.example",
            "Domain contains control or whitespace",
        ),
        ("Maya, Ms <maya@home.example>", "Illegal address"),
    ],
)
def test_malformed_addresses_are_named(
    post: Post, api: Callable[[Post], Any], address: str, message: str
) -> None:
    code = "InvalidParameterValue" if api is by_v1 else "BadRequestException"
    assert refused(lambda: api(post)(STUDIO, address)) == (400, code, message)


@both
def test_there_is_a_recipient_and_at_most_fifty(
    post: Post, api: Callable[[Post], Any]
) -> None:
    post.verify("lumen.example")
    send = api(post)
    assert refused(lambda: send(STUDIO))[2] == "Missing required header 'To'."
    many = [f"{number}@lumen.example" for number in range(51)]
    assert refused(lambda: send(STUDIO, *many))[2] == "Recipient count exceeds 50."
    assert send(STUDIO, *many[:50])


def test_a_missing_configuration_set_is_named(post: Post) -> None:
    post.verify("lumen.example")
    call = {"ConfigurationSetName": "tracked"}
    message = "Configuration set <tracked> does not exist."
    assert refused(lambda: post.send_v1(STUDIO, STUDIO, **call)) == (
        400,
        "ConfigurationSetDoesNotExist",
        message,
    )
    assert refused(lambda: post.send(STUDIO, STUDIO, **call)) == (
        404,
        "NotFoundException",
        message,
    )
    post.v2.create_configuration_set(**call)
    assert post.send(STUDIO, STUDIO, **call)


def raw_message(**headers: str) -> bytes:
    message = EmailMessage()
    for name, value in headers.items():
        message[name] = value
    message.set_content("Ready.")
    message.add_alternative("<p>Ready.</p>", subtype="html")
    message.add_attachment(b"%PDF-", "application", "pdf", filename="bill.pdf")
    return bytes(message)


def test_whole_messages_say_themselves_from_whom_to_whom(post: Post) -> None:
    post.verify("lumen.example")
    raw = raw_message(
        From=f"Lumen <{STUDIO}>",
        To="A <a@lumen.example>, b@lumen.example",
        Cc="c@lumen.example",
        Subject="Grüße",
    )
    post.v1.send_raw_email(RawMessage={"Data": raw})
    post.wait(3)
    post.v2.send_email(
        Content={"Raw": {"Data": raw}}, Destination={"ToAddresses": ["d@lumen.example"]}
    )
    first, second = post.sent
    assert first.destinations == {
        "ToAddresses": ["a@lumen.example", "b@lumen.example"],
        "CcAddresses": ["c@lumen.example"],
        "BccAddresses": [],
    }
    assert second.destinations["ToAddresses"] == ["d@lumen.example"]
    for message in (first, second):
        assert (message.subject, message.raw) == ("Grüße", raw)
        assert (message.text, message.html) == ("Ready.\n", "<p>Ready.</p>\n")
    nobody = {"Data": raw_message(To="a@lumen.example")}
    assert refused(lambda: post.v1.send_raw_email(RawMessage=nobody))[2] == (
        "Missing required header 'From'."
    )
    stranger = {"Data": raw_message(From=f"Maya <{MAYA}>", To="a@lumen.example")}
    assert refused(lambda: post.v1.send_raw_email(RawMessage=stranger, Source=STUDIO))[
        2
    ] == (UNVERIFIED + f"Maya <{MAYA}>")


def test_templates_are_filled_in(post: Post) -> None:
    post.verify("lumen.example")
    template = {
        "TemplateName": "ready",
        "SubjectPart": "Hello {{name}}",
        "TextPart": "Dear {{name}}",
        "HtmlPart": "<p>{{name}}</p>",
    }
    post.v1.create_template(Template=template)
    call = {"Source": STUDIO, "Destination": {"ToAddresses": ["a@lumen.example"]}}
    post.v1.send_templated_email(
        Template="ready", TemplateData='{"name": "Maya"}', **call
    )
    post.wait(1)
    content = {
        "Template": {"TemplateName": "ready", "TemplateData": '{"name": "Iris"}'}
    }
    post.send(STUDIO, "a@lumen.example", Content=content)
    maya, iris = post.sent
    assert (maya.subject, maya.text, maya.html) == (
        "Hello Maya",
        "Dear Maya",
        "<p>Maya</p>",
    )
    assert (iris.subject, iris.template) == ("Hello Iris", "ready")
    post.wait(1)
    # Taken, and dropped later: the template asks for what isn't there.
    assert post.v1.send_templated_email(Template="ready", TemplateData="{}", **call)
    assert len(post.sent) == 2
    post.wait(1)
    missing = {"Template": "gone", "TemplateData": "{}"}
    assert refused(lambda: post.v1.send_templated_email(**missing, **call)) == (
        400,
        "TemplateDoesNotExist",
        "Template gone does not exist",
    )


def test_each_destination_of_a_bulk_has_its_own_end(post: Post) -> None:
    post.verify("lumen.example")
    post.v1.create_template(
        Template={"TemplateName": "ready", "SubjectPart": "Hello {{name}}"}
    )
    told = post.v1.send_bulk_templated_email(
        Source=STUDIO,
        Template="ready",
        DefaultTemplateData='{"name": "you"}',
        Destinations=[
            {"Destination": {"ToAddresses": ["a@lumen.example"]}},
            {"Destination": {"ToAddresses": [MAYA]}},
            {"Destination": {"ToAddresses": ["b@lumen.example"]}},
        ],
    )
    assert [one["Status"] for one in told["Status"]] == [
        "Success",
        "MessageRejected",
        "AccountThrottled",
    ]
    assert [message.subject for message in post.sent] == ["Hello you"]


def test_one_recipient_a_second(post: Post) -> None:
    post.verify("lumen.example")
    post.send(STUDIO, "a@lumen.example", "b@lumen.example", "c@lumen.example")
    message = "Maximum sending rate exceeded."
    assert refused(lambda: post.send_v1(STUDIO, STUDIO)) == (400, "Throttling", message)
    assert refused(lambda: post.send(STUDIO, STUDIO)) == (
        429,
        "TooManyRequestsException",
        message,
    )
    post.wait(3)
    post.send(STUDIO, STUDIO)


def test_two_hundred_recipients_a_day(post: Post) -> None:
    post.verify("lumen.example")
    fifty = [f"{number}@lumen.example" for number in range(50)]
    for _ in range(4):
        post.send(STUDIO, *fifty)
        post.wait(50)
    assert post.v1.get_send_quota()["SentLast24Hours"] == 200
    message = "Daily message quota exceeded."
    assert refused(lambda: post.send_v1(STUDIO, STUDIO)) == (400, "Throttling", message)
    assert refused(lambda: post.send(STUDIO, STUDIO))[2] == message
    assert post.send_v1(STUDIO, "bounce@simulator.amazonses.com")
    post.wait(24 * 3600 - 200)
    post.send(STUDIO, STUDIO)
    assert post.v1.get_send_quota()["SentLast24Hours"] == 151


def test_an_account_may_leave_the_sandbox(post: Post) -> None:
    post.verify(STUDIO)
    quota = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0}
    account = post.v2.get_account()
    assert (account["ProductionAccessEnabled"], account["SendQuota"]) == (False, quota)
    assert "Details" not in account
    details = {
        "MailType": "TRANSACTIONAL",
        "WebsiteURL": "https://lumen.example",
        "UseCaseDescription": "Receipts.",
        "ProductionAccessEnabled": True,
    }
    post.v2.put_account_details(**details)
    told = post.v2.get_account()
    assert told["Details"]["ReviewDetails"]["Status"] == "PENDING"
    assert told["Details"]["MailType"] == "TRANSACTIONAL"
    assert not told["ProductionAccessEnabled"]
    assert refused(lambda: post.v2.put_account_details(**details))[:2] == (
        409,
        "ConflictException",
    )
    assert refused(lambda: post.send(STUDIO, MAYA))[1] == "MessageRejected"
    post.wait(facts.aws_ses.PRODUCTION_REVIEW.value)
    told = post.v2.get_account()
    assert told["Details"]["ReviewDetails"]["Status"] == "GRANTED"
    assert told["ProductionAccessEnabled"]
    assert told["SendQuota"]["MaxSendRate"] == 14
    assert post.send(STUDIO, MAYA)
    assert refused(lambda: post.send(MAYA, STUDIO))[2] == UNVERIFIED + MAYA


def test_topics_hear_what_became_of_a_message(post: Post) -> None:
    post.verify("lumen.example")
    sns = post.account.client("sns")
    topic = sns.create_topic(Name="feedback")["TopicArn"]
    queue_url, queue = post.account.queue("feedback")
    post.account.let_in(queue_url, "sns.amazonaws.com", topic)
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue,
        Attributes={"RawMessageDelivery": "true"},
    )
    for kind in ("Bounce", "Complaint", "Delivery"):
        post.v1.set_identity_notification_topic(
            Identity="lumen.example", NotificationType=kind, SnsTopic=topic
        )
    told = post.send(
        f"Lumen <{STUDIO}>",
        "a@lumen.example",
        "bounce+7@simulator.amazonses.com",
        "complaint@simulator.amazonses.com",
    )
    notices = [json.loads(each["Body"]) for each in post.account.messages(queue_url)]
    assert {notice["mail"]["messageId"] for notice in notices} == {told}
    heard = [
        (notice["notificationType"], notice[notice["notificationType"].lower()])
        for notice in notices
    ]
    bounces = [about for kind, about in heard if kind == "Bounce"]
    assert [bounces[0]["bounceType"], bounces[0]["bouncedRecipients"]] == [
        "Permanent",
        [
            {
                "emailAddress": "bounce+7@simulator.amazonses.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }
        ],
    ]
    assert sorted(kind for kind, _ in heard) == [
        "Bounce",
        "Complaint",
        "Delivery",
        "Delivery",
    ]


def test_sending_may_be_paused(post: Post) -> None:
    post.verify(STUDIO)
    post.v1.update_account_sending_enabled(Enabled=False)
    assert refused(lambda: post.send_v1(STUDIO, STUDIO))[1] == (
        "AccountSendingPausedException"
    )
    assert refused(lambda: post.send(STUDIO, STUDIO))[1] == "SendingPausedException"
    assert not post.v2.get_account()["SendingEnabled"]
    post.v2.put_account_sending_attributes(SendingEnabled=True)
    assert post.v1.get_account_sending_enabled()["Enabled"]
    assert post.send(STUDIO, STUDIO)
    [point] = post.v1.get_send_statistics()["SendDataPoints"]
    assert point["DeliveryAttempts"] == 1


def test_a_handler_sends_as_its_role_may(post: Post, account: Account) -> None:
    """A handler's mail is its account's, and by its role."""
    post = Post(account)
    post.verify("lumen.example")
    account.permit("ses:SendEmail")
    name = account.deploy(
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('sesv2').send_email(\n"
        "        FromEmailAddress='studio@lumen.example',\n"
        "        Destination={'ToAddresses': ['a@lumen.example']},\n"
        "        Content={'Simple': {'Subject': {'Data': 'Hello'},\n"
        "                 'Body': {'Text': {'Data': 'Ready.'}}}},\n"
        "    )['MessageId']\n"
    )
    answer = account.invoke(name)
    assert answer.payload == post.sent[-1].id, answer.log
