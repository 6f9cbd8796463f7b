"""Writing policies: IAM takes no malformed and no over-long ones.

moto checks identity-based policies, though not in all; it checks a trust policy when
it is updated, otherwise than AWS, and not when it is created; it knows no sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import moto.iam.models
from moto.iam.exceptions import LimitExceededException, MalformedPolicyDocument
from moto.iam.models import IAMBackend

from grader import facts
from grader.cloud.access.identity_documents import check_identity_document
from grader.cloud.access.malformed import MalformedDocument
from grader.cloud.access.named_principals import exists
from grader.cloud.access.trust_documents import check_trust_document


def install() -> None:
    """Check documents for moto."""
    moto.iam.models.IAMPolicyDocumentValidator = _IdentityDocument
    moto.iam.models.IAMTrustPolicyDocumentValidator = _TrustDocument


class _IdentityDocument:
    """In the place of moto's validator."""

    def __init__(self, policy_document: str) -> None:
        self._text = policy_document

    def validate(self) -> None:
        """Raises: MalformedPolicyDocument."""
        try:
            check_identity_document(self._text)
        except MalformedDocument as malformed:
            raise MalformedPolicyDocument(str(malformed)) from None


class _TrustDocument:
    """In the place of moto's validator."""

    def __init__(self, policy_document: str) -> None:
        self._text = policy_document

    def validate(self) -> None:
        """Raises: MalformedPolicyDocument, LimitExceededException."""
        try:
            check_trust_document(self._text, exists)
        except MalformedDocument as malformed:
            raise MalformedPolicyDocument(str(malformed)) from None
        limit = facts.aws_iam.TRUST_POLICY_SIZE.value
        if _size(self._text) > limit:
            raise LimitExceededException(
                f"Cannot exceed quota for ACLSizePerRole: {limit}"
            )


class PolicyWrites(IAMBackend):  # type: ignore[misc]
    """moto's IAM, which checks policies when they are written."""

    def create_role(
        self, role_name: str, assume_role_policy_document: str, *rest: Any, **more: Any
    ) -> Any:
        """Keep a role with its trust policy."""
        _TrustDocument(assume_role_policy_document).validate()
        return super().create_role(
            role_name, assume_role_policy_document, *rest, **more
        )

    def create_policy(
        self, description: str, path: str, policy_document: str, *rest: Any, **more: Any
    ) -> Any:
        """Keep a managed policy."""
        _check_managed(policy_document)
        return super().create_policy(description, path, policy_document, *rest, **more)

    def create_policy_version(
        self, policy_arn: str, policy_document: str, set_as_default: bool
    ) -> Any:
        """Keep another version of a managed policy."""
        _check_managed(policy_document)
        return super().create_policy_version(
            policy_arn, policy_document, set_as_default
        )

    def put_user_policy(
        self, user_name: str, policy_name: str, policy_json: str
    ) -> None:
        """Keep an inline policy of a user."""
        kept = self.get_user(user_name).policies
        _check_inline("user", user_name, kept, policy_name, policy_json)
        super().put_user_policy(user_name, policy_name, policy_json)

    def put_role_policy(
        self, role_name: str, policy_name: str, policy_json: str
    ) -> None:
        """Keep an inline policy of a role."""
        kept = self.get_role(role_name).policies
        _check_inline("role", role_name, kept, policy_name, policy_json)
        super().put_role_policy(role_name, policy_name, policy_json)

    def put_group_policy(
        self, group_name: str, policy_name: str, policy_json: str
    ) -> None:
        """Keep an inline policy of a group."""
        kept = self.get_group(group_name).policies
        _check_inline("group", group_name, kept, policy_name, policy_json)
        super().put_group_policy(group_name, policy_name, policy_json)


def _check_managed(text: str) -> None:
    _IdentityDocument(text).validate()
    limit = facts.aws_iam.MANAGED_POLICY_SIZE.value
    if _size(text) > limit:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {limit}")


def _check_inline(
    kind: Literal["user", "role", "group"],
    owner: str,
    kept: Mapping[str, str],
    name: str,
    text: str,
) -> None:
    """Check a policy beside the other ones of its owner, whose sizes count too."""
    _IdentityDocument(text).validate()
    limit = facts.aws_iam.INLINE_POLICIES_SIZE[kind].value
    if sum(_size(one) for one in {**kept, name: text}.values()) > limit:
        raise LimitExceededException(
            f"Maximum policy size of {limit} bytes exceeded for {kind} {owner}"
        )


def _size(text: str) -> int:
    """Characters of a document; "IAM does not count white space"."""
    return sum(not character.isspace() for character in text)
