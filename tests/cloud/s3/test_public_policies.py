"""Which bucket policies are public: the cases of the S3 user guide's page, and more."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.s3 import is_public


def allowed(principal: Any = "*", **more: Any) -> dict[str, Any]:
    """A policy of one statement that allows something."""
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    if principal is not None:
        statement["Principal"] = principal
    return {"Statement": [{**statement, **more}]}


FOR_ONE_ACCOUNT = allowed({"AWS": "111122223333"})


def on(operator: str, key: str, value: Any) -> dict[str, Any]:
    """A policy for everybody on one condition."""
    return allowed(Condition={operator: {key: value}})


@pytest.mark.parametrize(
    "policy",
    [
        allowed({"Federated": "graph.facebook.com"}),
        allowed(),
        allowed({"AWS": "*"}),
        allowed({"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        allowed(None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}),
        on("StringLike", "aws:SourceVpc", "vpc-*"),
        on("StringEquals", "aws:SourceVpc", ["vpc-1", "${aws:username}"]),
        on("StringNotEquals", "aws:SourceVpc", "vpc-91237329"),
        on("StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329"),
        on("StringEquals", "aws:Referer", "https://juniper-street.example"),
        on("Bool", "aws:SecureTransport", "true"),
        on("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
        on("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "11.0.0.0/7"]),
        on("IpAddress", "aws:SourceIp", "2001::/16"),
        on("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        on("StringLike", "s3:DataAccessPointArn", "arn:aws:s3:*:*:accesspoint/*"),
        {
            "Statement": [
                *allowed({"AWS": "1" * 12})["Statement"],
                *allowed()["Statement"],
            ]
        },
    ],
)
def test_policy_is_public(policy: dict[str, Any]) -> None:
    """One statement that isn't held to fixed values makes the policy public."""
    assert is_public(policy)


@pytest.mark.parametrize(
    "policy",
    [
        None,
        allowed({"AWS": "arn:aws:iam::111122223333:role/reader"}),
        allowed({"Service": "cloudfront.amazonaws.com"}),
        allowed({"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}),
        allowed(Effect="Deny"),
        on("StringEquals", "aws:SourceVpc", "vpc-91237329"),
        on("StringEquals", "aws:PrincipalOrgID", "o-1234567890"),
        on("ArnLike", "AWS:SourceArn", "arn:aws:cloudfront::1:distribution/E1"),
        on("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        on("IpAddress", "aws:SourceIp", "11.0.0.0/8"),
        on("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        on("IpAddress", "aws:SourceIp", "2001:db8::/32"),
        on(
            "StringLike",
            "s3:DataAccessPointArn",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/*",
        ),
    ],
)
def test_policy_is_not_public(policy: dict[str, Any] | None) -> None:
    """Fixed principals, or a condition that holds everybody to fixed values."""
    assert not is_public(policy)
