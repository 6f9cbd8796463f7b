"""Trust policies: what IAM takes for one.

Follows "Grammar of the IAM JSON policy language" and "AWS JSON policy elements:
Principal" in the IAM user guide; the sentences are AWS's, as people met them in
https://github.com/hashicorp/terraform/issues/34231,
https://github.com/hashicorp/terraform/issues/35086,
https://github.com/hashicorp/terraform-provider-aws/pull/12267,
https://github.com/aws/aws-cdk/issues/5732 and
https://github.com/terraform-aws-modules/terraform-aws-iam/issues/47.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.access.conditions import conditions
from grader.cloud.access.malformed import MalformedDocument

_ELEMENTS = ("Version", "Id", "Statement")
_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT_ELEMENTS = ("Sid", "Effect", "Principal", "Action", "NotAction", "Condition")
_PROHIBITED = ("Resource", "NotResource", "NotPrincipal")
_ASSUMES = re.compile(
    r"sts:(AssumeRole.*|TagSession|SetSourceIdentity|SetContext)", re.IGNORECASE
)
_SERVICE = re.compile(r"([a-z0-9-]+\.)+amazonaws\.com(\.cn)?")
_KINDS = ("AWS", "Service", "Federated")

Exists = Callable[[str], bool]


def check_trust_document(text: str, exists: Exists) -> None:
    """Refuse what isn't a trust policy; `exists` tells of AWS principals.

    Services are known by the form of their names alone.
    Raises: MalformedDocument.
    """
    if text[:1].isspace():
        raise MalformedDocument("JSON strings must not have leading spaces")
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, Mapping):
        raise MalformedDocument("This policy contains invalid Json")
    _refuse_unknown(content, _ELEMENTS)
    if content.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise MalformedDocument("The policy must contain a valid version string")
    statements = _listed(content.get("Statement"))
    if not statements:
        raise MalformedDocument("Missing required field Statement")
    for statement in statements:
        _check_statement(statement, exists)


def _check_statement(statement: Any, exists: Exists) -> None:
    if not isinstance(statement, Mapping):
        raise MalformedDocument("This policy contains invalid Json")
    for element in _PROHIBITED:
        if element in statement:
            raise MalformedDocument(f"Has prohibited field {element}")
    _refuse_unknown(statement, _STATEMENT_ELEMENTS)
    for required in ("Effect", "Principal"):
        if required not in statement:
            raise MalformedDocument(f"Missing required field {required}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise MalformedDocument(f"Invalid effect: {statement['Effect']}")
    _check_principal(statement["Principal"], exists)
    _check_actions(statement)
    _check_condition(statement.get("Condition", {}))


def _refuse_unknown(content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for element in content:
        if element not in known:
            raise MalformedDocument(f"Unknown field {element}")


def _check_principal(principal: Any, exists: Exists) -> None:
    if not isinstance(principal, Mapping):
        kind = "STAR" if principal == "*" else "AWS"
        raise MalformedDocument(
            f'AssumeRolepolicy contained an invalid principal: "{kind}":"{principal}".'
        )
    if not any(_listed(values) for values in principal.values()):
        raise MalformedDocument(
            "Invalid principal in policy: com.amazon.balsa.error."
            "InvalidPolicyException: The passed in policy has a statement with no"
            " principals!"
        )
    for kind, values in principal.items():
        for one in _listed(values):
            if not _is_principal(kind, one, exists):
                raise MalformedDocument(
                    f'Invalid principal in policy: "{kind.upper()}":"{one}"'
                )


def _is_principal(kind: str, value: Any, exists: Exists) -> bool:
    if kind not in _KINDS or not isinstance(value, str):
        return False
    if kind == "Service":
        return _SERVICE.fullmatch(value) is not None
    return kind == "Federated" or exists(value)


def _check_actions(statement: Mapping[str, Any]) -> None:
    if "Action" not in statement and "NotAction" not in statement:
        raise MalformedDocument("Missing required field Action")
    actions = _listed(statement.get("Action"))
    if not actions or not all(_ASSUMES.fullmatch(str(one)) for one in actions):
        raise MalformedDocument(
            "AssumeRole policy may only specify STS AssumeRole actions."
        )


def _check_condition(element: Any) -> None:
    if not isinstance(element, Mapping) or not all(
        isinstance(keys, Mapping) for keys in element.values()
    ):
        raise MalformedDocument("This policy contains invalid Json")
    for condition in conditions(element, variables=False):
        if condition.comparison is None:
            raise MalformedDocument(f"Invalid Condition type : {condition.operator}")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
