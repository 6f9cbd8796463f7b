from __future__ import annotations

import pytest

from grader.errors import LabError
from grader.lab import Cloud


def test_what_was_sent_is_listed(cloud: Cloud) -> None:
    """To whom, about what, with both bodies; as a table in short."""
    ses = cloud.client("ses")
    for address in ("studio@example.com", "june@example.com"):
        ses.verify_email_identity(EmailAddress=address)
    cloud.clock.advance("11 seconds")
    sent = ses.send_email(
        Source="studio@example.com",
        Destination={"ToAddresses": ["june@example.com"]},
        Message={"Subject": {"Data": "Prints"}, "Body": {"Text": {"Data": "Ready."}}},
    )
    (mail,) = cloud.mail()
    assert (mail.id, mail.source) == (sent["MessageId"], "studio@example.com")
    assert (mail.subject, mail.text, mail.html) == ("Prints", "Ready.", None)
    assert cloud.mail().of("june@example.com") == [mail]
    assert "studio@example.com  june@example.com  Prints" in repr(cloud.mail())


def test_without_mail_that_is_said(cloud: Cloud) -> None:
    assert repr(cloud.mail()) == "no mail was sent yet"


def test_real_mailboxes_are_closed() -> None:
    """The refusal says who can look."""
    with pytest.raises(LabError, match="only the lab"):
        Cloud(None, "us-east-1").mail()
