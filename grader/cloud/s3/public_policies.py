"""Which bucket policies are public, as Block Public Access sees it.

Follows "The meaning of 'public'" in the S3 user guide: a policy is public unless every
statement that allows something allows it to fixed values only.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

# Who asks, or on whose behalf, once the value is fixed.
_NARROWING = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointaccount",
    }
)
_ACCESS_POINT = "s3:dataaccesspointarn"
_POSITIVE = re.compile(
    r"(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike"
    r"|ArnEquals|ArnLike)"
)
_WILD = re.compile(r"[*?]|\$\{")
_OF_ONE_ACCOUNT = re.compile(r"arn:aws[a-z-]*:s3:[^:]*:\d{12}:accesspoint/.*")
# The broadest ranges that are still somebody's, and those that are nobody's.
_BROADEST = {4: 8, 6: 32}
_PRIVATE = tuple(
    IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)


def is_public(policy: Mapping[str, Any] | None) -> bool:
    """Say whether a bucket policy, if there is one, opens the bucket to the public."""
    if policy is None:
        return False
    return any(
        statement.get("Effect") == "Allow"
        and not _has_fixed_principals(statement)
        and not _is_narrowed(statement.get("Condition") or {})
        for statement in _listed(policy.get("Statement"))
    )


def _has_fixed_principals(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return False  # everybody, or everybody but somebody
    if "Federated" in principal:
        return False
    named = [one for kind in principal.values() for one in _listed(kind)]
    return bool(named) and not any(_WILD.search(str(one)) for one in named)


def _is_narrowed(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether one of the keys of a condition holds it to fixed values."""
    return any(
        _narrows(operator, key.lower(), [str(value) for value in _listed(values)])
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _narrows(operator: str, key: str, values: list[str]) -> bool:
    if not values:
        return False
    if operator == "IpAddress" and key == "aws:sourceip":
        return all(map(_is_somebodys, values))
    if not _POSITIVE.fullmatch(operator):
        return False
    if key == _ACCESS_POINT:
        return all(map(_OF_ONE_ACCOUNT.fullmatch, values))
    return key in _NARROWING and not any(map(_WILD.search, values))


def _is_somebodys(addresses: str) -> bool:
    try:
        network = ip_network(addresses, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST[network.version] or _is_private(network)


def _is_private(network: IPv4Network | IPv6Network) -> bool:
    return isinstance(network, IPv4Network) and any(map(network.subnet_of, _PRIVATE))


def _listed(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
