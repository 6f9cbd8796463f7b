"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

import inspect

import pytest
from moto.ses.models import Message, SESBackend
from moto.sesv2 import responses, urls

REGION = "eu-west-1"


@pytest.fixture
def plain() -> SESBackend:
    return SESBackend(REGION, "123456789012")


def test_moto_takes_every_identity_for_verified(plain: SESBackend) -> None:
    """Override: ``sending_account``."""
    plain.verify_email_identity("studio@lumen.example")
    told = plain.get_identity_verification_attributes(["studio@lumen.example"])
    assert told["studio@lumen.example"]["VerificationStatus"] == "Success"


def test_moto_sends_to_anybody_as_often_as_asked(plain: SESBackend) -> None:
    """Override: ``sending``."""
    plain.verify_email_identity("studio@lumen.example")
    to = {"ToAddresses": ["maya@home.example"]}
    for _ in range(300):
        plain.send_email("studio@lumen.example", "Hello", "Ready.", to)
    assert len(plain.sent_messages) == 300


def test_moto_keeps_one_body() -> None:
    """Override: ``sent``."""
    message = Message("id", "a@b.example", "Hello", "Ready.", {})
    assert not hasattr(message, "text")


def test_moto_forgets_a_domain_that_was_covered_by_another(plain: SESBackend) -> None:
    """Override: ``identities.remove``; moto finds an address by its domain."""
    plain.verify_domain("lumen.example")
    with pytest.raises(KeyError):
        plain.delete_identity("studio@lumen.example")


@pytest.mark.parametrize("operation", ["get_account", "put_account_details"])
def test_moto_lacks_an_accounts_operations(operation: str) -> None:
    """Override: ``answers_v2``."""
    assert f"def {operation}" not in inspect.getsource(responses)


def test_motos_catch_all_catches_nothing() -> None:
    """Override: ``answers_v2.install``; Flask wants a named group."""
    assert "{0}/v2/.*$" in urls.url_paths
