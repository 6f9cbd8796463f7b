"""Uploads by a form, and what a form's policy allows."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from grader.cloud.s3 import post_policies
from grader.cloud.s3.errors import Refused
from tests.cloud.conftest import Account
from tests.cloud.s3.test_signatures import VERSIONS, fault, signer


def form(
    account: Account,
    bucket: str,
    version: str = "s3v4",
    key: str = "inbox/${filename}",
    **settings: Any,
) -> dict[str, Any]:
    """The address and the fields of a form that uploads one file."""
    made: dict[str, Any] = signer(account, version).generate_presigned_post(
        bucket, key, **settings
    )
    return made


def send(made: dict[str, Any], body: bytes = b"x", **fields: str) -> requests.Response:
    return requests.post(
        made["url"],
        data={**made["fields"], **fields},
        files={"file": ("café 1.txt", body)},
        allow_redirects=False,
        timeout=10,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_file_is_uploaded(account: Account, s3: Any, bucket: str, version: str) -> None:
    """Under a key in which the file's name may be."""
    answer = send(form(account, bucket, version), b"hello")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["ETag"]
    found = s3.get_object(Bucket=bucket, Key="inbox/café 1.txt")
    assert found["Body"].read() == b"hello"


@pytest.mark.parametrize("version", VERSIONS)
def test_policy_is_signed(account: Account, bucket: str, version: str) -> None:
    """Who changes it has none."""
    made = form(account, bucket, version)
    other = form(account, bucket, version, Conditions=[["starts-with", "$x", ""]])
    answer = send(made, policy=other["fields"]["policy"])
    assert fault(answer) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("version", VERSIONS)
def test_form_expires_on_the_labs_clock(
    account: Account, bucket: str, version: str
) -> None:
    """As a presigned URL does."""
    made = form(account, bucket, version, ExpiresIn=600)
    account.cloud.clock.advance(500)
    assert send(made).status_code == 204
    account.cloud.clock.advance(200)
    answer = send(made)
    assert fault(answer) == (403, "AccessDenied")
    assert "Invalid according to Policy: Policy expired." in answer.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", "EntityTooSmall"), (b"x" * 11, "EntityTooLarge"), (b"x" * 10, None)],
)
def test_size_is_held_to(
    account: Account, bucket: str, body: bytes, expected: str | None
) -> None:
    """Both bounds are allowed."""
    made = form(account, bucket, Conditions=[["content-length-range", 1, 10]])
    answer = send(made, body)
    if expected is None:
        assert answer.status_code == 204
    else:
        assert fault(answer) == (400, expected)


def test_key_is_held_to(account: Account, bucket: str) -> None:
    """The refusal shows the condition."""
    answer = send(form(account, bucket), key="outbox/x")
    assert fault(answer) == (403, "AccessDenied")
    assert (
        "Invalid according to Policy: Policy Condition failed: "
        '["starts-with", "$key", "inbox/"]'
    ) in answer.text.replace("&quot;", '"')


def test_fields_that_nobody_spoke_of(account: Account, bucket: str) -> None:
    """A form can't bring metadata that its policy doesn't know."""
    answer = send(form(account, bucket), **{"x-amz-meta-by": "me"})
    assert fault(answer) == (403, "AccessDenied")
    assert "Extra input fields: x-amz-meta-by" in answer.text
    assert send(form(account, bucket), **{"x-ignore-me": "1"}).status_code == 204


def test_fields_are_kept(account: Account, s3: Any, bucket: str) -> None:
    """What the policy allows becomes the object's."""
    fields = {"Content-Type": "text/plain", "x-amz-meta-by": "me"}
    made = form(
        account,
        bucket,
        key="k",
        Fields=fields,
        Conditions=[
            ["starts-with", "$Content-Type", "text/"],
            {"x-amz-meta-by": "me"},
        ],
    )
    assert send(made).status_code == 204
    found = s3.head_object(Bucket=bucket, Key="k")
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"by": "me"})


def test_answer_is_chosen_by_the_form(account: Account, bucket: str) -> None:
    """A status, with XML for 201, or a page to go to."""
    status = {"success_action_status": "201"}
    made = form(account, bucket, key="k", Fields=status, Conditions=[status])
    answer = send(made)
    assert answer.status_code == 201
    assert f"<Bucket>{bucket}</Bucket><Key>k</Key>" in answer.text
    page = {"success_action_redirect": "https://example.com/done?a=b"}
    made = form(account, bucket, key="k", Fields=page, Conditions=[page])
    answer = send(made)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(
        f"https://example.com/done?a=b&bucket={bucket}&key=k&etag="
    )


def test_acl_is_refused(account: Account, bucket: str) -> None:
    """A bucket without ACLs takes none by a form either."""
    acl = {"acl": "public-read"}
    answer = send(form(account, bucket, Fields=acl, Conditions=[acl]))
    assert fault(answer) == (400, "AccessControlListNotSupported")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("!", "Invalid Policy: Invalid JSON."),
        ("W10=", "Invalid Policy: Invalid JSON."),
        ("e30=", "Invalid Policy: Policy missing expiration."),
        (
            "eyJleHBpcmF0aW9uIjogIjIwMzAifQ==",
            "Invalid Policy: Policy missing conditions.",
        ),
    ],
)
def test_policy_has_a_form(document: str, message: str) -> None:
    """S3 says what of it can't be read."""
    with pytest.raises(Refused) as refused:
        post_policies.read(document)
    assert (refused.value.code, refused.value.message) == (
        "InvalidPolicyDocument",
        message,
    )
