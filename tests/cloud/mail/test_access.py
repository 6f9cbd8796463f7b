"""What a policy has to allow before mail goes out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.access.conftest import Identity, allow, deny, user
from tests.cloud.mail.conftest import Post, refused

STUDIO, MAYA = "studio@lumen.example", "maya@home.example"


def as_user(post: Post, *statements: Any) -> Identity:
    """A user of the account, by whom mail is now sent."""
    maya = user(post.account, *statements)
    post.v1, post.v2 = maya.client("ses"), maya.client("sesv2")
    return maya


def identity(post: Post, name: str) -> str:
    return f"arn:aws:ses:{post.account.region}:{post.account.id}:identity/{name}"


@pytest.mark.parametrize("send", [Post.send_v1, Post.send])
def test_the_identity_that_is_used_has_to_be_allowed(post: Post, send: Any) -> None:
    """A domain's where the address has none of its own."""
    post.verify("lumen.example")
    maya = as_user(post, allow("ses:SendEmail", identity(post, "lumen.example")))
    send(post, f"Lumen <{STUDIO}>", "a@lumen.example")
    maya.may(allow("ses:SendEmail", identity(post, "other.example")))
    status, code, message = refused(lambda: send(post, STUDIO, "a@lumen.example"))
    assert (status, code.removesuffix("Exception")) == (403, "AccessDenied")
    assert f"ses:SendEmail on resource: {identity(post, 'lumen.example')}" in message


def test_in_the_sandbox_the_recipients_identity_counts_too(post: Post) -> None:
    post.verify(STUDIO, MAYA)
    maya = as_user(post, allow("ses:SendEmail", identity(post, STUDIO)))
    _, code, message = refused(lambda: post.send(STUDIO, MAYA))
    assert code == "AccessDeniedException"
    assert f"on resource: {identity(post, MAYA)}" in message
    assert refused(lambda: post.send(STUDIO, "unknown@home.example"))[1] == (
        "MessageRejected"
    )
    maya.may(allow("ses:SendEmail", [identity(post, STUDIO), identity(post, MAYA)]))
    assert post.send(STUDIO, MAYA)


def test_a_whole_message_needs_another_action(post: Post) -> None:
    post.verify(STUDIO)
    raw = f"From: {STUDIO}\r\nTo: {STUDIO}\r\nSubject: Hello\r\n\r\nReady.\r\n"
    content = {"Raw": {"Data": raw.encode()}}
    maya = as_user(post, allow("ses:SendEmail"))
    assert "ses:SendRawEmail" in refused(lambda: post.v2.send_email(Content=content))[2]
    assert refused(lambda: post.v1.send_raw_email(RawMessage=content["Raw"]))[1] == (
        "AccessDenied"
    )
    maya.may(allow("ses:SendRawEmail", identity(post, STUDIO)))
    assert post.v2.send_email(Content=content)


def test_conditions_ask_who_sends_to_whom(post: Post) -> None:
    post.verify("lumen.example")
    outside = {"ForAnyValue:StringNotLike": {"ses:Recipients": "*@lumen.example"}}
    as_user(
        post,
        allow("ses:SendEmail", Condition={"StringEquals": {"ses:FromAddress": STUDIO}}),
        deny("ses:SendEmail", Condition=outside),
    )
    assert post.send(f"Lumen <{STUDIO}>", "a@lumen.example")
    assert refused(lambda: post.send("desk@lumen.example", "a@lumen.example"))[0] == 403
    assert refused(lambda: post.send(STUDIO, "bounce@simulator.amazonses.com"))[0] == (
        403
    )
