"""How long sessions last, what they may be named, and whose a key is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.access.conftest import Identity, allow, document, user
from tests.cloud.conftest import Account

TOO_LONG = (
    "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint:"
    " Member must have value less than or equal to {}"
)


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def role(account: Account, longest: int) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": account.id},
        "Action": "sts:AssumeRole",
    }
    made = account.client("iam").create_role(
        RoleName="desk",
        AssumeRolePolicyDocument=document(trust),
        MaxSessionDuration=longest,
    )
    return str(made["Role"]["Arn"])


def lasts(credentials: Any) -> timedelta:
    left: timedelta = credentials["Expiration"] - datetime.now(UTC)
    return timedelta(seconds=round(left.total_seconds(), -1))


def test_a_role_says_how_long_its_sessions_last_at_most(fresh_account: Account) -> None:
    arn = role(fresh_account, 7200)
    sts = fresh_account.client("sts")

    def assume(**more: Any) -> Any:
        told = sts.assume_role(RoleArn=arn, RoleSessionName="trial", **more)
        return told["Credentials"]

    assert lasts(assume()) == timedelta(hours=1)
    assert lasts(assume(DurationSeconds=900)) == timedelta(minutes=15)
    assert lasts(assume(DurationSeconds=7200)) == timedelta(hours=2)
    assert refused(lambda: assume(DurationSeconds=7201)) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this"
        " role.",
    )
    assert refused(lambda: assume(DurationSeconds=43_201)) == (
        "ValidationError",
        TOO_LONG.format(43_201, "durationSeconds", 43_200),
    )


def test_no_role_allows_more_than_twelve_hours(fresh_account: Account) -> None:
    code, message = refused(lambda: role(fresh_account, 43_201))
    assert (code, message) == (
        "ValidationError",
        TOO_LONG.format(43_201, "maxSessionDuration", 43_200),
    )
    role(fresh_account, 43_200)
    iam = fresh_account.client("iam")
    assert refused(
        lambda: iam.update_role(RoleName="desk", MaxSessionDuration=50_000)
    ) == ("ValidationError", TOO_LONG.format(50_000, "maxSessionDuration", 43_200))


def test_users_sessions_last_up_to_a_day_and_a_half(fresh_account: Account) -> None:
    sts = user(fresh_account, allow("*")).client("sts")
    assert lasts(sts.get_session_token()["Credentials"]) == timedelta(hours=12)
    longest = sts.get_federation_token(Name="maya", DurationSeconds=129_600)
    assert lasts(longest["Credentials"]) == timedelta(hours=36)
    for call in (
        lambda: sts.get_session_token(DurationSeconds=129_601),
        lambda: sts.get_federation_token(Name="maya", DurationSeconds=129_601),
    ):
        assert refused(call) == (
            "ValidationError",
            TOO_LONG.format(129_601, "durationSeconds", 129_600),
        )


def test_a_sessions_name_has_no_spaces(fresh_account: Account) -> None:
    arn = role(fresh_account, 3600)
    sts = fresh_account.client("sts")
    assert refused(
        lambda: sts.assume_role(RoleArn=arn, RoleSessionName="my trial")
    ) == (
        "ValidationError",
        "1 validation error detected: Value 'my trial' at 'roleSessionName' failed to"
        " satisfy constraint: Member must satisfy regular expression pattern:"
        r" [\w+=,.@-]*",
    )


def test_a_key_tells_its_account_to_everybody(
    account: Account, fresh_account: Account
) -> None:
    maya: Identity = user(fresh_account, allow("*"))
    session = maya.client("sts").get_session_token()["Credentials"]
    sts = account.client("sts")
    for key in (maya.access_key_id, session["AccessKeyId"]):
        told = sts.get_access_key_info(AccessKeyId=key)
        assert told["Account"] == fresh_account.id
    # The key of AWS's documentation, which never existed.
    known = sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    assert known["Account"] == "581039954779"
    assert (
        refused(lambda: sts.get_access_key_info(AccessKeyId="AKIA0000000000000000"))[0]
        == "ValidationError"
    )


def test_what_no_denial_encodes_is_not_decoded(account: Account) -> None:
    sts = account.client("sts")
    code, message = refused(
        lambda: sts.decode_authorization_message(EncodedMessage="message")
    )
    assert code == "NotImplemented"
    assert "sts's operation DecodeAuthorizationMessage" in message
