"""Trust policies: a role is made only with one that says who may put it on.

moto reads a trust policy when it is changed, and takes any text when a role is made.
What a trust policy may hold is on "JSON policy elements: Principal" of the IAM user
guide; the sentences are those that AWS answered in
https://github.com/hashicorp/terraform/issues/34231 (a permission policy in the place of
a trust policy) and https://github.com/hashicorp/terraform-provider-aws/issues/32872.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend, Role


class TrustChecked(IAMBackend):  # type: ignore[misc]
    """moto's IAM, which refuses a trust policy that isn't one."""

    def create_role(
        self,
        role_name: str,
        assume_role_policy_document: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Role:
        """Make a role; moto doesn't read its trust policy."""
        check(assume_role_policy_document)
        return super().create_role(
            role_name, assume_role_policy_document, *args, **kwargs
        )

    def update_assume_role_policy(self, role_name: str, policy_document: str) -> None:
        """Change a role's trust policy; moto has other words for what is wrong."""
        self.get_role(role_name)
        check(policy_document)
        super().update_assume_role_policy(role_name, policy_document)


def check(document: Any) -> None:
    """Refuse what can't be a trust policy.

    `document` is its text; CloudFormation gives it as a dictionary.

    Raises:
        MalformedPolicyDocument: what is wrong with it.
    """
    for statement in _statements(document):
        if statement.keys() & {"Resource", "NotResource"}:
            field = "Resource" if "Resource" in statement else "NotResource"
            raise MalformedPolicyDocument(f"Has prohibited field {field}")
        if not statement.keys() & {"Principal", "NotPrincipal"}:
            raise MalformedPolicyDocument("Missing required field Principal")
        actions = statement.get("Action", [])
        for action in actions if isinstance(actions, list) else [actions]:
            if not str(action).lower().startswith("sts:") and action != "*":
                raise MalformedPolicyDocument(
                    "AssumeRole policy may only specify STS AssumeRole actions."
                )


def _statements(document: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(document, dict):
        try:
            document = json.loads(document)
        except (TypeError, ValueError):
            raise MalformedPolicyDocument("This policy contains invalid Json") from None
    found = document.get("Statement") if isinstance(document, dict) else None
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocument("Syntax errors in policy.")
    for statement in statements:
        if not isinstance(statement, dict):
            raise MalformedPolicyDocument("Syntax errors in policy.")
        yield statement
