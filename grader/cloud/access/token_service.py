"""STS's operations that hand out credentials, and the one that tells whose they are.

moto gives everybody every role, the same example keys for GetSessionToken and
GetFederationToken, and forgets session policies given by ARN, tags and who asked.
Who may assume a role is decided by the gate, before.
https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import User
from moto.sts.exceptions import STSClientError, STSValidationError
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse

from grader import facts
from grader.cloud.access.identity_documents import check_identity_document
from grader.cloud.access.key_ids import account_of
from grader.cloud.access.malformed import MalformedDocument
from grader.cloud.access.principals import Caller, CredentialsRefused, Principals
from grader.cloud.access.session_durations import wrong_duration
from grader.cloud.access.sessions import Session, find_role

_HOUR = 3600
_DEFAULT_TOKEN_TIME = 12 * _HOUR
_SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)


class TokenService:
    """Takes the place of moto's STS from ``install`` to ``close``."""

    def __init__(self, principals: Principals, now: Callable[[], float]) -> None:
        self._principals = principals
        self._now = now
        self._replaced: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        """Put ourselves where moto calls its own code."""
        for name, ours in {
            "assume_role": self._assume_role,
            "get_session_token": self._get_session_token,
            "get_federation_token": self._get_federation_token,
            "get_access_key_info": _get_access_key_info,
        }.items():
            self._replace(TokenResponse, name, _method(ours))
        self._replace(STSBackend, "get_caller_identity", _identity(self._identify))

    def close(self) -> None:
        """Give moto its own code back."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def _replace(self, owner: Any, name: str, ours: Callable[..., Any]) -> None:
        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, ours)

    def _caller(self, asked: TokenResponse) -> Caller:
        return self._principals.caller(
            asked.get_access_key(),
            asked.headers.get("X-Amz-Security-Token"),
            self._now(),
        )

    def _identify(self, access_key_id: str) -> tuple[str, str, str]:
        """What GetCallerIdentity tells: unique id, ARN, account."""
        session = self._principals.sessions.get(access_key_id)
        token = session.token if session is not None else None
        try:
            caller = self._principals.caller(access_key_id, token, 0)
        except CredentialsRefused:
            return "", "", ""
        principal = caller.principal
        return caller.user_id, principal.arn, principal.account

    def _assume_role(self, asked: TokenResponse) -> ActionResult:
        name = str(asked._get_param("RoleSessionName"))
        if len(name) > 64:
            raise STSValidationError(
                "1 validation error detected: Value"
                f" '{name}' at 'roleSessionName' failed to satisfy constraint: Member"
                " must have length less than or equal to 64"
            )
        if not _SESSION_NAME.fullmatch(name):
            raise STSValidationError(
                "1 validation error detected: Value"
                f" '{name}' at 'roleSessionName' failed to satisfy constraint: Member"
                f" must satisfy regular expression pattern: {_SESSION_NAME.pattern}"
            )
        role_arn = str(asked._get_param("RoleArn"))
        role = find_role(role_arn.split(":")[4], role_arn)
        assert role is not None, "the gate refuses roles that don't exist"
        caller = self._caller(asked)
        seconds = _seconds(asked, _HOUR, facts.aws_sts.LONGEST_ROLE_SESSION.value)
        longest = int(role.max_session_duration or _HOUR)
        chained = caller.principal.kind == "assumed-role"
        if chained and seconds > _HOUR:
            raise STSValidationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for"
                " roles assumed by role chaining."
            )
        if seconds > longest:
            raise STSValidationError(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for"
                " this role."
            )
        session = self._principals.sessions.of_role(
            role,
            name,
            seconds=seconds,
            now=self._now(),
            policies=_policies(asked),
            policy_arns=_policy_arns(asked),
            tags=_tags(asked),
            source_identity=str(asked._get_param("SourceIdentity") or ""),
        )
        user = {"AssumedRoleId": session.user_id, "Arn": session.principal.arn}
        result: dict[str, Any] = {
            "Credentials": _drawn(session),
            "AssumedRoleUser": user,
        }
        if session.source_identity:
            result["SourceIdentity"] = session.source_identity
        return ActionResult(result)

    def _get_session_token(self, asked: TokenResponse) -> ActionResult:
        user = self._user(asked, "GetSessionToken")
        seconds = _user_seconds(asked)
        sessions = self._principals.sessions
        session = sessions.of_user(user, seconds=seconds, now=self._now())
        return ActionResult({"Credentials": _drawn(session)})

    def _get_federation_token(self, asked: TokenResponse) -> ActionResult:
        user = self._user(asked, "GetFederationToken")
        name = str(asked._get_param("Name"))
        session = self._principals.sessions.of_federated_user(
            user,
            name,
            seconds=_user_seconds(asked),
            now=self._now(),
            policies=_policies(asked),
            policy_arns=_policy_arns(asked),
            tags=_tags(asked),
        )
        return ActionResult(
            {
                "Credentials": _drawn(session),
                "FederatedUser": {
                    "FederatedUserId": session.user_id,
                    "Arn": session.principal.arn,
                },
            }
        )

    def _user(self, asked: TokenResponse, operation: str) -> User:
        """The IAM user who asks; the first account's administrator is none."""
        caller = self._caller(asked)
        if isinstance(caller.identity, User):
            return caller.identity
        raise STSValidationError(
            f"The local cloud has {operation} for IAM users only, and this access key"
            f" is of {caller.principal.arn}, whom IAM doesn't know.",
        )


def _seconds(asked: TokenResponse, default: int, most: int) -> int:
    """For how long a session is asked for."""
    seconds = int(asked._get_int_param("DurationSeconds", default))
    least = facts.aws_sts.SHORTEST_SESSION.value
    wrong = wrong_duration("durationSeconds", seconds, least, most)
    if wrong is not None:
        raise STSValidationError(wrong)
    return seconds


def _user_seconds(asked: TokenResponse) -> int:
    longest = facts.aws_sts.LONGEST_USER_SESSION.value
    return _seconds(asked, _DEFAULT_TOKEN_TIME, longest)


def _get_access_key_info(asked: TokenResponse) -> ActionResult:
    """The account of a key, which needn't exist."""
    key = str(asked._get_param("AccessKeyId"))
    account = account_of(key)
    if account is None:
        raise STSValidationError(f"{key} is no access key id.")
    return ActionResult({"Account": account})


def _method(ours: Callable[[TokenResponse], ActionResult]) -> Callable[..., Any]:
    def answered(asked: TokenResponse) -> ActionResult:
        return ours(asked)

    return answered


def _identity(ours: Callable[[str], tuple[str, str, str]]) -> Callable[..., Any]:
    def identity(
        backend: STSBackend, access_key_id: str, region: str
    ) -> tuple[str, str, str]:
        return ours(access_key_id)

    return identity


def _policies(asked: TokenResponse) -> tuple[str, ...] | None:
    text = asked._get_param("Policy")
    if not text:
        return None
    try:
        check_identity_document(str(text))
    except MalformedDocument as malformed:
        raise STSClientError("MalformedPolicyDocument", str(malformed)) from None
    return (str(text),)


def _policy_arns(asked: TokenResponse) -> tuple[str, ...]:
    told = asked._get_param("PolicyArns") or ()
    return tuple(str(one.get("arn")) for one in told)


def _tags(asked: TokenResponse) -> dict[str, str]:
    told = asked._get_param("Tags") or ()
    return {str(tag["Key"]): str(tag["Value"]) for tag in told}


def _drawn(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.token,
        "Expiration": datetime.fromtimestamp(int(session.expires), UTC),
    }
