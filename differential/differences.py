"""Where the peer differs from AWS's documentation, and what it is asked instead.

A difference isn't a pair that is let pass. It says what the peer has to be asked so
that it answers the same question; then both have to agree, and a new one fails the run.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from differential.pairs import Document, Pair, listed

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_NOTHING = {"Effect": "Allow", "Action": "none:None", "Resource": "*"}
_UNLIKE = "arn:aws:none:::none"
_NOBODY = "arn:aws:iam::999999999999:user/nobody"


@dataclass(frozen=True)
class Difference:
    """What AWS documents and the peer doesn't do.

    `asked` are the pairs instead of one: the request is allowed when one of them is.
    """

    documented: str
    page: str
    asked: Callable[[Pair], Sequence[Pair]]


def asked(pair: Pair) -> list[Pair]:
    """What the peer is asked for a pair, every known difference considered."""
    pairs = [pair]
    for difference in DIFFERENCES:
        pairs = [new for old in pairs for new in difference.asked(old)]
    return pairs


def _root_has_a_policy(pair: Pair) -> list[Pair]:
    if pair.principal["kind"] != "root":
        return [pair]
    return [dataclasses.replace(pair, identity=[_document(_EVERYTHING)])]


def _federated_has_a_session_policy(pair: Pair) -> list[Pair]:
    if pair.principal["kind"] != "federated-user" or pair.session is not None:
        return [pair]
    return [dataclasses.replace(pair, session=_document(_NOTHING))]


def _direct_grants_stand_alone(pair: Pair) -> list[Pair]:
    """Once more without what may limit: only denies, and what grants directly."""
    principal = pair.principal
    if pair.session is None or principal["account"] != pair.owner or not pair.attached:
        return [pair]

    def direct(statement: Document) -> bool:
        named = statement.get("Principal", "*")
        values = [named] if named == "*" else listed(named.get("AWS", []))
        return statement["Effect"] == "Deny" or not {"*", principal["arn"]}.isdisjoint(
            values
        )

    attached = [one for one in pair.attached["Statement"] if direct(one)]
    if not attached:
        return [pair]
    alone = dataclasses.replace(
        pair,
        identity=[_document(*_denies(document)) for document in pair.identity],
        session=_document(_EVERYTHING, *_denies(pair.session)),
        attached={**pair.attached, "Statement": attached},
    )
    return [pair, alone]


def _all_that_spare_are_named(pair: Pair) -> list[Pair]:
    principal = pair.principal
    if principal["kind"] in ("service", "anonymous"):
        return [pair]
    own = {f"arn:aws:iam::{principal['account']}:root", principal["arn"]}
    own |= {principal["role_arn"]} - {None}

    def change(statement: Document) -> None:
        named = statement.get("NotPrincipal")
        if statement["Effect"] != "Deny" or named in (None, "*", {"AWS": "*"}):
            return
        arns = {_account_arn(one) for one in listed(named["AWS"])}
        if not own <= arns:
            # Somebody has to be named.
            statement["NotPrincipal"] = {"AWS": sorted(arns - own) or [_NOBODY]}

    return [_changed(pair, change)]


def _account_arn(value: str) -> str:
    return f"arn:aws:iam::{value}:root" if value.isdigit() else value


def _absent_keys_have_no_condition(pair: Pair) -> list[Pair]:
    present = {key.lower() for key, value in pair.context.items() if value}

    def change(statement: Document) -> None:
        for operator, keys in statement.get("Condition", {}).items():
            if operator.startswith("ForAnyValue:") and operator.endswith("IfExists"):
                for key in [key for key in keys if key.lower() not in present]:
                    del keys[key]

    return [_changed(pair, change)]


_VARIABLE = re.compile(r"\$\{([^{}]{2,}?)(, '[^']*')?\}")


def _early_versions_have_no_variables(pair: Pair) -> list[Pair]:
    copy = deepcopy(pair)
    for document in copy.documents():
        if document["Version"] == "2008-10-17":
            for statement in document["Statement"]:
                _rewrite(statement, lambda value: value.replace("${", "${$}{"))
    return [copy]


def _variables_without_value_match_nothing(pair: Pair) -> list[Pair]:
    known = {
        key.lower() for key, value in pair.context.items() if isinstance(value, str)
    }

    def told(value: str) -> str:
        missing = any(
            not default and key.lower() not in known
            for key, default in _VARIABLE.findall(value)
        )
        return _UNLIKE if missing else value

    return [_changed(pair, lambda statement: _rewrite(statement, told))]


_FIRST_PART = re.compile(r"((?:\$\{[^}]*\}|[^:/])*)(.*)", re.DOTALL)


def _first_parts_have_values(pair: Pair) -> list[Pair]:
    known = {key.lower(): value for key, value in pair.context.items()}

    def value(found: re.Match[str]) -> str:
        held = known.get(found[1].lower(), (found[2] or "")[3:-1])
        # A value's own characters are no wildcards.
        return re.sub(r"[*?]", lambda one: f"${{{one[0]}}}", str(held))

    def told(pattern: str) -> str:
        *before, name = pattern.split(":", 5)
        first = _FIRST_PART.fullmatch(name)
        if len(before) < 5 or before[2] == "s3" or first is None:
            return pattern
        return ":".join([*before, _VARIABLE.sub(value, first[1]) + first[2]])

    def change(statement: Document) -> None:
        for element in ("Resource", "NotResource"):
            if element in statement:
                statement[element] = [told(one) for one in listed(statement[element])]

    return [_changed(pair, change)]


def _every_address_has_two_halves(pair: Pair) -> list[Pair]:
    def change(statement: Document) -> None:
        for operator, keys in statement.get("Condition", {}).items():
            if "Ip" in operator:
                for key, values in keys.items():
                    keys[key] = [half for one in listed(values) for half in halves(one)]

    def halves(addresses: str) -> list[str]:
        every = addresses == "0.0.0.0/0"
        return ["0.0.0.0/1", "128.0.0.0/1"] if every else [addresses]

    return [_changed(pair, change)]


def _rewrite(statement: Document, change: Callable[[str], str]) -> None:
    """Change the texts of a statement that may have variables."""
    for element in ("Resource", "NotResource"):
        if element in statement:
            statement[element] = [change(one) for one in listed(statement[element])]
    for operator, keys in statement.get("Condition", {}).items():
        if "String" in operator or "Arn" in operator:
            for key, values in keys.items():
                keys[key] = [change(one) for one in listed(values)]


_TYPE = re.compile(r"((?:[^:]*:){5})([^:/]+)([:/].*)", re.DOTALL)


def _types_have_no_wildcards(pair: Pair) -> list[Pair]:
    found = _TYPE.fullmatch(pair.resource)
    if not found:
        return [pair]

    def spelled(pattern: str) -> str:
        parts = _TYPE.fullmatch(pattern)
        if not parts or not fnmatchcase(found[2], parts[2]):
            return pattern
        return parts[1] + found[2] + parts[3]

    def change(statement: Document) -> None:
        for element in ("Resource", "NotResource"):
            if element in statement:
                patterns = listed(statement[element])
                statement[element] = [spelled(one) for one in patterns]

    return [_changed(pair, change)]


def _changed(pair: Pair, change: Callable[[Document], None]) -> Pair:
    """A copy of the pair with each statement changed."""
    copy = deepcopy(pair)
    for statement in copy.statements():
        change(statement)
    return copy


def _document(*statements: Any) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements) or [_NOTHING]}


def _denies(document: Document) -> list[Any]:
    return [one for one in document["Statement"] if one["Effect"] == "Deny"]


DIFFERENCES = (
    Difference(
        "All requests are implicitly denied with the exception of the AWS account"
        " root user, which has full access. The peer wants a policy for it.",
        f"{_GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html",
        _root_has_a_policy,
    ),
    Difference(
        "If there is no session policy and the principal isn't a role session, the"
        " request is implicitly denied. The peer allows it to federated users.",
        f"{_GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html",
        _federated_has_a_session_policy,
    ),
    Difference(
        "Permissions granted directly to a session aren't limited by an implicit deny"
        " in a session policy, neither are those of a wildcard as the principal. The"
        " peer limits them.",
        f"{_GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html",
        _direct_grants_stand_alone,
    ),
    Difference(
        "NotPrincipal with Deny: AWS might validate the account first, then the role,"
        " and then the assumed-role user. The peer spares whom any of them names.",
        f"{_GUIDE}reference_policies_elements_notprincipal.html",
        _all_that_spare_are_named,
    ),
    Difference(
        "If the condition key is not present, IfExists evaluates the condition element"
        " as true. The peer says false where the operator is a ForAnyValue.",
        f"{_GUIDE}reference_policies_elements_condition_operators.html",
        _absent_keys_have_no_condition,
    ),
    Difference(
        "If you don't set the Version to 2012-10-17, variables are treated as literal"
        " strings. The peer replaces them in every version.",
        f"{_GUIDE}reference_policies_elements_version.html",
        _early_versions_have_no_variables,
    ),
    Difference(
        "Inverted condition operators do match against the null value of a variable"
        " without a value, and a resource with one will not match any resource. The"
        " peer lets the statement not apply.",
        f"{_GUIDE}reference_policies_variables.html#policy-vars-no-value",
        _variables_without_value_match_nothing,
    ),
    Difference(
        "You can use a policy variable in the resource portion of the ARN, such as"
        " arn:aws:sqs:us-east-2:*:${aws:username}-queue. Outside of S3 the peer takes"
        " none with a colon before the first colon or slash of that portion.",
        f"{_GUIDE}reference_policies_variables.html#policy-vars-resourceelement",
        _first_parts_have_values,
    ),
    Difference(
        "The value must be in the standard CIDR format, in which 0.0.0.0/0 is every"
        " address. No address is in it for the peer.",
        f"{_GUIDE}reference_policies_elements_condition_operators.html#Conditions_IPAddress",
        _every_address_has_two_halves,
    ),
    Difference(
        "Wildcards can stand within any segment of an ARN, the parts separated by"
        " colons. The peer takes none in a resource's type (`?ole/desk`).",
        f"{_GUIDE}reference_policies_elements_resource.html",
        _types_have_no_wildcards,
    ),
)
