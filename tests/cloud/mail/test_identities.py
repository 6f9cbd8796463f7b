"""Identities: pending until their owners confirm them."""

from __future__ import annotations

import pytest

from tests.cloud.mail.conftest import Post, refused


def statuses(post: Post, *names: str) -> list[str]:
    told = post.v1.get_identity_verification_attributes(Identities=list(names))
    found = told["VerificationAttributes"]
    return [found[name]["VerificationStatus"] for name in names]


def test_an_address_is_pending_until_its_owner_follows_the_link(post: Post) -> None:
    made = post.v2.create_email_identity(EmailIdentity="studio@lumen.example")
    assert (made["IdentityType"], made["VerifiedForSendingStatus"]) == (
        "EMAIL_ADDRESS",
        False,
    )
    assert statuses(post, "studio@lumen.example") == ["Pending"]
    assert post.v1.list_verified_email_addresses()["VerifiedEmailAddresses"] == []
    post.wait(9)
    pending = post.v2.get_email_identity(EmailIdentity="studio@lumen.example")
    assert pending["VerificationStatus"] == "PENDING"
    post.wait(1)
    done = post.v2.get_email_identity(EmailIdentity="studio@lumen.example")
    assert (done["VerificationStatus"], done["VerifiedForSendingStatus"]) == (
        "SUCCESS",
        True,
    )
    assert statuses(post, "studio@lumen.example") == ["Success"]
    assert post.v1.list_verified_email_addresses()["VerifiedEmailAddresses"] == [
        "studio@lumen.example"
    ]


def test_a_domain_is_pending_until_its_records_are_there(post: Post) -> None:
    made = post.v2.create_email_identity(EmailIdentity="lumen.example")
    signs = made["DkimAttributes"]
    assert (made["IdentityType"], signs["Status"]) == ("DOMAIN", "NOT_STARTED")
    assert len(set(signs["Tokens"])) == 3
    assert {len(token) for token in signs["Tokens"]} == {32}
    found = post.v2.get_email_identity(EmailIdentity="lumen.example")
    assert found["DkimAttributes"]["Status"] == "PENDING"
    post.wait()
    found = post.v2.get_email_identity(EmailIdentity="lumen.example")
    assert found["DkimAttributes"]["Status"] == "SUCCESS"
    assert found["DkimAttributes"]["Tokens"] == signs["Tokens"]


def test_the_first_api_verifies_too(post: Post) -> None:
    post.v1.verify_email_identity(EmailAddress="studio@lumen.example")
    post.v1.verify_email_address(EmailAddress="desk@lumen.example")
    token = post.v1.verify_domain_identity(Domain="Prints.Example")
    assert len(token["VerificationToken"]) == 44
    assert len(post.v1.verify_domain_dkim(Domain="prints.example")["DkimTokens"]) == 3
    names = ("studio@lumen.example", "desk@lumen.example", "prints.example")
    assert statuses(post, *names) == ["Pending"] * 3
    post.wait(6)
    post.v1.verify_email_identity(EmailAddress="desk@lumen.example")
    post.wait(4)
    assert statuses(post, *names) == ["Success"] * 3
    keys = post.v1.get_identity_dkim_attributes(Identities=["desk@prints.example"])
    assert keys["DkimAttributes"]["desk@prints.example"]["DkimVerificationStatus"] == (
        "Success"
    )
    waiter = post.v1.get_waiter("identity_exists")
    waiter.wait(Identities=list(names))


def test_identities_are_listed_by_page_and_kind(post: Post) -> None:
    post.verify("b@lumen.example", "lumen.example", "a+x@lumen.example")
    first = post.v1.list_identities(MaxItems=2)
    assert first["Identities"] == ["a+x@lumen.example", "b@lumen.example"]
    rest = post.v1.list_identities(NextToken=first["NextToken"])
    assert rest["Identities"] == ["lumen.example"]
    assert "NextToken" not in rest
    domains = post.v1.list_identities(IdentityType="Domain")
    assert domains["Identities"] == ["lumen.example"]
    page = post.v2.list_email_identities(PageSize=1)
    assert page["EmailIdentities"] == [
        {
            "IdentityType": "EMAIL_ADDRESS",
            "IdentityName": "a+x@lumen.example",
            "SendingEnabled": True,
            "VerificationStatus": "SUCCESS",
        }
    ]
    again = post.v2.list_email_identities(NextToken=page["NextToken"])
    assert len(again["EmailIdentities"]) == 2


def test_an_identity_is_made_once_and_deleted_for_good(post: Post) -> None:
    post.v2.create_email_identity(
        EmailIdentity="studio@lumen.example", Tags=[{"Key": "p", "Value": "safe"}]
    )
    assert refused(
        lambda: post.v2.create_email_identity(EmailIdentity="studio@lumen.example")
    ) == (
        400,
        "AlreadyExistsException",
        "Email identity studio@lumen.example already exist.",
    )
    found = post.v2.get_email_identity(EmailIdentity="studio@lumen.example")
    assert found["Tags"] == [{"Key": "p", "Value": "safe"}]
    post.wait()
    post.v2.delete_email_identity(EmailIdentity="studio@lumen.example")
    assert refused(
        lambda: post.v2.get_email_identity(EmailIdentity="studio@lumen.example")
    ) == (404, "NotFoundException", "Identity studio@lumen.example does not exist.")
    assert (
        refused(
            lambda: post.v2.delete_email_identity(EmailIdentity="studio@lumen.example")
        )[1]
        == "NotFoundException"
    )
    post.v1.delete_identity(Identity="studio@lumen.example")
    post.v1.verify_email_identity(EmailAddress="studio@lumen.example")
    assert statuses(post, "studio@lumen.example") == ["Pending"]


@pytest.mark.parametrize(
    "name", ["Studio <a@b.example>", "a b@c.example", "@c.example"]
)
def test_what_is_no_address_is_no_identity(post: Post, name: str) -> None:
    message = f"Invalid email address<{name}>."
    assert refused(lambda: post.v1.verify_email_identity(EmailAddress=name)) == (
        400,
        "InvalidParameterValue",
        message,
    )
    assert refused(lambda: post.v2.create_email_identity(EmailIdentity=name)) == (
        400,
        "BadRequestException",
        message,
    )


def test_what_nobody_models_is_refused_by_name(post: Post) -> None:
    assert refused(post.v2.list_email_templates) == (
        400,
        "NotImplemented",
        "The local cloud doesn't model sesv2's operation ListEmailTemplates; real AWS"
        " does.",
    )
    assert refused(post.v1.list_receipt_filters) == (
        400,
        "NotImplemented",
        "The local cloud doesn't model ses's operation ListReceiptFilters; real AWS"
        " does.",
    )
