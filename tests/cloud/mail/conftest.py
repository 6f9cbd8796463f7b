"""SES of an account that has never sent anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.mail.sending_account import CONFIRMED_AFTER
from grader.cloud.mail.sent import SentMessage
from tests.cloud.conftest import Account


class Post:
    """Both APIs of one account's SES, and what its recipients got."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.v1 = account.client("ses")
        self.v2 = account.client("sesv2")

    def wait(self, seconds: float = CONFIRMED_AFTER) -> None:
        """Let the lab's clock go on."""
        self.account.cloud.clock.advance(seconds)

    def verify(self, *names: str) -> None:
        """Make identities, and wait until their owners have confirmed them."""
        for name in names:
            self.v2.create_email_identity(EmailIdentity=name)
        self.wait()

    def send(self, source: str, *to: str, **settings: Any) -> str:
        """Send a short text by API v2; its id."""
        content = {
            "Subject": {"Data": "Your prints"},
            "Body": {"Text": {"Data": "They are ready."}},
        }
        sent = self.v2.send_email(
            **{
                "FromEmailAddress": source,
                "Destination": {"ToAddresses": list(to)},
                "Content": {"Simple": content},
                **settings,
            }
        )
        return str(sent["MessageId"])

    def send_v1(self, source: str, *to: str, **settings: Any) -> str:
        """Send a short text by API v1; its id."""
        content = {
            "Subject": {"Data": "Your prints"},
            "Body": {"Text": {"Data": "They are ready."}},
        }
        sent = self.v1.send_email(
            **{
                "Source": source,
                "Destination": {"ToAddresses": list(to)},
                "Message": content,
                **settings,
            }
        )
        return str(sent["MessageId"])

    @property
    def sent(self) -> list[SentMessage]:
        """What was sent in the account's Region."""
        from moto.ses.models import ses_backends

        found: list[SentMessage] = ses_backends[self.account.id][
            self.account.region
        ].sent_messages
        return found


@pytest.fixture
def post(fresh_account: Account) -> Post:
    return Post(fresh_account)


def refused(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, code and message of the error that a call meets."""
    with pytest.raises(ClientError) as error:
        call()
    told = error.value.response
    status = told["ResponseMetadata"]["HTTPStatusCode"]
    return status, told["Error"]["Code"], told["Error"]["Message"]
