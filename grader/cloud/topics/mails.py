"""Mail to e-mail subscribers, into mailboxes that the lab can show.

moto sends none, and needs nobody to confirm an address. Here whoever owns it opens
SNS's message and follows its link some seconds later, as with SES's identities.
https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
"""

from __future__ import annotations

import uuid

from moto.sns.models import Subscription

from grader.cloud.mail.mailboxes import OF_TOPICS
from grader.cloud.mail.sent import SentMessage
from grader.cloud.topics import messages
from grader.cloud.topics.messages import Message

_SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_ASKED = (
    "You have chosen to subscribe to the topic:\n{topic}\n\n"
    "To confirm this subscription, click or visit the link below (If this was in error"
    " no action is necessary):\n{link}\n\n"
    "Please do not reply directly to this email. If you wish to remove yourself from"
    " receiving all future SNS subscription confirmation requests please send an email"
    " to sns-opt-out"
)
_TOLD = (
    "{message}\n\n--\nIf you wish to stop receiving notifications from this topic,"
    " please click or visit the link below to unsubscribe:\n{link}\n\n"
    "Please do not reply directly to this email. If you have any questions or comments"
    " regarding this email, please contact us at https://aws.amazon.com/support"
)


def ask(subscription: Subscription, link: str) -> None:
    """Ask whoever owns an address to confirm that it subscribes."""
    text = _ASKED.format(topic=subscription.topic_arn, link=link)
    _send(subscription, "AWS Notification - Subscription Confirmation", text)


def notify(message: Message, subscription: Subscription) -> None:
    """Send a message to a subscriber, in words or, to ``email-json``, as JSON."""
    subject = message.subject or "AWS Notification Message"
    if subscription.protocol == "email-json":
        told = messages.envelope(message, subscription.arn, subscription.protocol)
        text = messages.drawn(told)
    else:
        link = messages.unsubscribe_url(subscription.arn)
        text = _TOLD.format(message=message.text(subscription.protocol), link=link)
    _send(subscription, subject, text)


def _send(subscription: Subscription, subject: str, text: str) -> None:
    # Kept with moto's backend, so that it goes when that does.
    kept = vars(subscription.topic.sns_backend).setdefault(OF_TOPICS, [])
    kept.append(
        SentMessage(
            id=str(uuid.uuid4()),
            source=_SENDER,
            destinations={"ToAddresses": [subscription.endpoint]},
            subject=subject,
            text=text,
            html=None,
        )
    )
