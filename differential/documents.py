"""Random policy documents that are about a request, more or less."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from differential.requests import (
    HERE,
    MULTIPLE_VALUES,
    SINGLE_VALUES,
    THERE,
    Asked,
)

_VARIABLES = [
    "${aws:username}",
    "${aws:PrincipalTag/team}",
    "${AWS:PrincipalTag/team, 'blue'}",
    "${aws:userid}",
    "${*}",
    "${?}",
    "${$}",
]
_STRINGS = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
]
_NUMBERS = [
    f"Numeric{how}"
    for how in (
        "Equals",
        "NotEquals",
        "LessThan",
        "LessThanEquals",
        "GreaterThan",
        "GreaterThanEquals",
    )
]
_DATES = [name.replace("Numeric", "Date") for name in _NUMBERS]
_ARNS = ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"]
_FAMILIES: list[tuple[list[str], list[str]]] = [
    (
        _STRINGS,
        [
            "aws:username",
            "aws:PrincipalTag/team",
            "aws:ResourceTag/team",
            "aws:RequestedRegion",
            "s3:prefix",
            "aws:SourceAccount",
        ],
    ),
    (_ARNS, ["aws:PrincipalArn", "aws:SourceArn"]),
    (_NUMBERS, ["s3:max-keys", "aws:MultiFactorAuthAge"]),
    (_DATES, ["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"]),
    (["Bool"], ["aws:SecureTransport", "aws:MultiFactorAuthPresent"]),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp"]),
    (["BinaryEquals"], ["aws:PrincipalTag/digest"]),
]
_RANGES = [
    "203.0.113.0/24",
    "203.0.113.7",
    "203.0.112.0/21",
    "2001:db8::/48",
    "2001:DB8:1::/64",
    "0.0.0.0/0",
]


_TYPED = re.compile(r"(?:([\w-]+)([:/]))?(.+)")


@st.composite
def documents(draw: st.DrawFn, asked: Asked, *, attached: bool = False) -> Any:
    """A document of one to three statements; `attached` to the resource, or not."""
    statements = draw(
        st.lists(_statements(asked, attached=attached), min_size=1, max_size=3)
    )
    version = draw(st.sampled_from(["2012-10-17"] * 5 + ["2008-10-17"]))
    return {"Version": version, "Statement": statements}


@st.composite
def plain_documents(draw: st.DrawFn, asked: Asked) -> Any:
    """A document that allows all, but for one element that decides."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    element = draw(st.sampled_from(["Resource", "NotResource", "Condition"]))
    if element == "Condition":
        statement[element] = draw(_conditions(asked, [1, 1, 2]))
    else:
        del statement["Resource"]
        statement[element] = draw(_one_or_more(_resources(asked)))
    version = draw(st.sampled_from(["2012-10-17"] * 5 + ["2008-10-17"]))
    return {"Version": version, "Statement": [statement]}


@st.composite
def _statements(draw: st.DrawFn, asked: Asked, *, attached: bool) -> Any:
    statement: dict[str, Any] = {"Effect": draw(_mostly("Allow", "Deny"))}
    if attached:
        # NotPrincipal may not stand in trust policies.
        name = draw(_mostly("Principal", "NotPrincipal"))
        name = "Principal" if asked.kind == "trust" else name
        # Only whom it names in full it spares.
        whole = name == "NotPrincipal" and draw(st.booleans())
        statement[name] = draw(_principals(asked, whole=whole))
    name = draw(_mostly("Action", "NotAction"))
    statement[name] = draw(_one_or_more(_actions(asked)))
    if asked.kind != "trust" or not attached:
        name = draw(_mostly("Resource", "NotResource"))
        statement[name] = draw(_one_or_more(_resources(asked)))
    if conditions := draw(_conditions(asked)):
        statement["Condition"] = conditions
    return statement


def _mostly(usual: str, other: str) -> st.SearchStrategy[str]:
    return st.sampled_from([usual] * 4 + [other])


def _one_or_more(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=2))


@st.composite
def _actions(draw: st.DrawFn, asked: Asked) -> str:
    service, _, name = asked.action.partition(":")
    return draw(
        st.sampled_from(
            [
                asked.action,
                asked.action.upper(),
                f"{service}:*",
                f"{service}:{name[:3]}*",
                f"{service}:*{name[-4:]}",
                f"{service}:{name[:-1]}?",
                f"{service}:{name}?",
                "*",
                f"{service}:Other",
                "ec2:*",
            ]
        )
    )


@st.composite
def _resources(draw: st.DrawFn, asked: Asked) -> str:
    """The request's resource, with wildcards or variables in some of it."""
    if draw(st.booleans()):
        return draw(st.sampled_from(["*", asked.resource, f"{asked.resource}/*"]))
    parts = asked.resource.split(":", 5)
    region = st.sampled_from([parts[3], parts[3], "*", "eu-*-1", "eu-west-?"])
    owner = st.sampled_from([parts[4], parts[4], "*", "1111*"])
    parts[3] = draw(region) if parts[3] else parts[3]
    parts[4] = draw(owner) if parts[4] else parts[4]
    kind, separator, name = _TYPED.match(parts[5]).groups(default="")  # type: ignore[union-attr]
    if kind:
        kind = draw(st.sampled_from([kind, kind, f"?{kind[1:]}", f"{kind[:-1]}*"]))
    parts[5] = kind + separator + draw(_patterns(name, asked))
    return ":".join(parts)


@st.composite
def _patterns(draw: st.DrawFn, value: str, asked: Asked) -> str:
    """A text that may match a value: some of it replaced."""
    ways = ["same", "cut", "one", "upper", "variable", "value", "default", "other"]
    how = draw(st.sampled_from([*ways, "middle"]))
    start = draw(st.integers(0, max(0, len(value) - 1)))
    end = draw(st.integers(start, len(value)))
    if how == "cut":
        return value[:start] + "*"
    if how == "one":
        return value[:start] + "?" + value[start + 1 :]
    if how == "middle":
        return value[:start] + "*" + value[end:]
    if how == "upper":
        return value.upper()
    if how == "variable":
        return value[:start] + draw(st.sampled_from(_VARIABLES)) + value[end:]
    if how == "value":
        return value.replace(*draw(_variable_for(value, asked)), 1)
    if how == "default":
        # An empty default isn't documented.
        default = f"${{aws:PrincipalTag/none, '{value[start:end] or 'x'}'}}"
        return value[:start] + default + value[end:]
    return value + "x" if how == "other" else value


@st.composite
def _variable_for(draw: st.DrawFn, value: str, asked: Asked) -> tuple[str, str]:
    """A part of a value, and the variable that stands for it in the request."""
    pairs = [
        (held, f"${{{key}}}")
        for key, held in asked.context.items()
        if isinstance(held, str) and held and held in value
    ]
    return draw(st.sampled_from(pairs or [("ana", "${aws:username}")]))


@st.composite
def _principals(draw: st.DrawFn, asked: Asked, *, whole: bool) -> Any:
    principal = asked.principal
    everybody: list[Any] = ["*", {"AWS": "*"}]
    if principal["kind"] == "service":
        services = ["lambda.amazonaws.com", "events.amazonaws.com"]
        some: list[Any] = [
            {"Service": principal["arn"]},
            {"Service": services},
            {"Service": "s3.amazonaws.com"},
            {"AWS": HERE},
        ]
        return draw(st.sampled_from(some + everybody))
    root = f"arn:aws:iam::{principal['account'] or HERE}:root"
    names = [
        principal["arn"],
        root,
        principal["account"] or HERE,
        f"arn:aws:iam::{HERE}:user/other",
        f"arn:aws:iam::{THERE}:root",
    ]
    if principal["role_arn"]:
        names += [principal["role_arn"]] * 2
    if principal["kind"] == "anonymous":
        names.remove("*")
    listed = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    if whole:
        own = {principal["arn"], root, principal["role_arn"]} - {None, "*"}
        return {"AWS": sorted(own)}
    if draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(everybody))
    return {"AWS": draw(listed)}


@st.composite
def _conditions(
    draw: st.DrawFn, asked: Asked, numbers: Sequence[int] = (0, 0, 0, 1, 1, 2)
) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from(numbers))):
        kind = draw(st.sampled_from(["single", "single", "single", "set", "null"]))
        if kind == "null":
            key = draw(st.sampled_from(sorted(SINGLE_VALUES)))
            operator, wanted = "Null", draw(st.sampled_from(["true", "false"]))
        elif kind == "set":
            operator, key, wanted = draw(_set_conditions(asked))
        else:
            operator, key, wanted = draw(_single_conditions(asked))
        conditions.setdefault(operator, {})[key] = wanted
    return conditions


@st.composite
def _single_conditions(draw: st.DrawFn, asked: Asked) -> tuple[str, str, Any]:
    operators, keys = draw(st.sampled_from(_FAMILIES))
    # A key that the request has is worth more, so it is drawn more often.
    present = [key for key in keys if key in asked.context]
    key = draw(st.sampled_from(keys + present * 3))
    operator = draw(st.sampled_from(operators))
    operator += draw(st.sampled_from(["", "", "", "IfExists"]))
    values = _values(operator, SINGLE_VALUES[key], asked)
    spelling: Callable[[str], str] = draw(st.sampled_from([str, str.upper]))
    return operator, spelling(key), draw(_one_or_more(values))


@st.composite
def _set_conditions(draw: st.DrawFn, asked: Asked) -> tuple[str, str, Any]:
    key = draw(st.sampled_from(sorted(MULTIPLE_VALUES)))
    quantifier = draw(st.sampled_from(["ForAllValues:", "ForAnyValue:"]))
    operator = draw(st.sampled_from(_STRINGS))
    operator += draw(st.sampled_from(["", "", "", "IfExists"]))
    values = _values(operator, MULTIPLE_VALUES[key], asked)
    return quantifier + operator, key, draw(_one_or_more(values))


@st.composite
def _values(draw: st.DrawFn, operator: str, values: list[str], asked: Asked) -> str:
    if "Ip" in operator:
        return draw(st.sampled_from(_RANGES))
    value = draw(st.sampled_from(values))
    if operator.startswith("Arn"):
        # What isn't an ARN of six parts is no pattern for one.
        parts = value.split(":", 5)
        return ":".join([*parts[:5], draw(_patterns(parts[5], asked))])
    return draw(_patterns(value, asked)) if "String" in operator else value
