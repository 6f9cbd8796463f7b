"""The ARNs that an operation is about.

AWS's reference has a template for each type of resource; the request fills it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import cache, lru_cache

from grader.cloud.access.operations import Operation
from grader.cloud.access.resource_names import Place, takes_care, values
from grader.cloud.access.service_authorization import Action, Service

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def arns(
    service: Service, action: Action, operation: Operation, place: Place
) -> tuple[str, ...]:
    """Every ARN that an operation needs an action on; `*` where there is none."""
    if (listed := _LISTED.get(action.name)) is not None:
        return (_filled(listed, place),)
    found: list[str] = []
    for kind in action.required:
        for longer in action.optional:
            if service.arns[longer].startswith(service.arns[kind]):
                given = _named(service, longer, operation, place)
                if given:
                    found += given
                    break
        else:
            found += _named(service, kind, operation, place) or [
                _filled(service.arns[kind], place)
            ]
    if not action.required:
        for kind in sorted(
            action.optional, key=lambda one: -len(_variables(service.arns[one]))
        ):
            if found := _named(service, kind, operation, place):
                break
        else:
            if action.optional:
                found = [_filled(service.arns[action.optional[0]], place)]
    return tuple(dict.fromkeys(found)) or ("*",)


def _named(
    service: Service, kind: str, operation: Operation, place: Place
) -> list[str]:
    """The resources of one type that an operation names; none if it doesn't."""
    template = service.arns[kind]
    names = _variables(template)
    # Where names need care, so do the ARNs that stand for them.
    special = _take_care(service.prefix, names)
    if not special and (found := _given_arns(template, operation)):
        return found
    texts = []
    for name in names:
        told = values(service.prefix, name, operation, place)
        if not told:
            return _given_arns(template, operation) if special else []
        texts.append(told)
    return [_filled(template, place, *one) for one in itertools.product(*texts)]


@cache
def _take_care(prefix: str, names: tuple[str, ...]) -> bool:
    return any(takes_care(prefix, name) for name in names)


def _given_arns(template: str, operation: Operation) -> list[str]:
    """The ARNs in a request that are of one type of resource."""
    return [
        value
        for value in operation.parameters.values()
        if isinstance(value, str)
        and value.startswith("arn:")
        and _pattern(template).fullmatch(value)
    ]


@lru_cache(maxsize=1024)
def _filled(template: str, place: Place, *values: str) -> str:
    """The ARN with values for the variables of its own, or `*` for them all."""
    known = {
        "Partition": place.partition,
        "Region": place.region,
        "Account": place.account,
        **dict(zip(_variables(template), values, strict=False)),
    }
    return _VARIABLE.sub(lambda found: known.get(found[1], "*"), template)


@cache
def _variables(template: str) -> tuple[str, ...]:
    names = _VARIABLE.findall(template)
    return tuple(one for one in names if one not in ("Partition", "Region", "Account"))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What an ARN made from a template looks like."""
    pattern = ""
    for place, piece in enumerate(_VARIABLE.split(template)):
        pattern += ".+" if place % 2 else re.escape(piece)
    # Global services leave the Region out, and some the account.
    return re.compile(pattern)


# Actions on no resource in particular, as AWS's messages name what they are on.
_LISTED: Mapping[str, str] = {
    "dynamodb:ListTables": "arn:${Partition}:dynamodb:${Region}:${Account}:table/*",
    "events:ListRules": "arn:${Partition}:events:${Region}:${Account}:rule/*",
    "iam:ListGroups": "arn:${Partition}:iam::${Account}:group/",
    "iam:ListPolicies": "policy path /",
    "iam:ListRoles": "arn:${Partition}:iam::${Account}:role/",
    "iam:ListUsers": "arn:${Partition}:iam::${Account}:user/",
    "logs:DescribeLogGroups": (
        "arn:${Partition}:logs:${Region}:${Account}:log-group::log-stream:"
    ),
    "sns:ListTopics": "arn:${Partition}:sns:${Region}:${Account}:*",
    "sqs:ListQueues": "arn:${Partition}:sqs:${Region}:${Account}:",
    "ssm:DescribeParameters": "arn:${Partition}:ssm:${Region}:${Account}:*",
    "states:ListStateMachines": (
        "arn:${Partition}:states:${Region}:${Account}:stateMachine:*"
    ),
}
