"""What statements lack that could have allowed a request."""

from __future__ import annotations

from grader.cloud.access.evaluation import evaluate
from grader.cloud.access.near_misses import Lack
from tests.cloud.access.cases import (
    BUCKET,
    PHOTO,
    PUT,
    USER,
    allow,
    named,
    policies,
    policy,
    request,
)


def test_the_statement_that_lacks_least_comes_first() -> None:
    """A condition lacks less than a resource, a resource less than an action."""
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    given = policies(
        allow("dynamodb:*", "*", Sid="OtherService"),
        allow(PUT, Sid="OtherAction"),
        allow(Sid="OtherRegion", Condition=condition),
        allow(resource=BUCKET, Sid="OtherResource"),
    )
    misses = evaluate(request(), given).near_misses
    assert [miss.source.sid for miss in misses] == [
        "OtherRegion",
        "OtherResource",
        "OtherAction",
        "OtherService",
    ]


def test_a_lack_names_the_element_with_wanted_and_found() -> None:
    """As in the document, and as in the request."""
    misses = evaluate(request(), policies(allow(PUT, [BUCKET]))).near_misses
    assert misses[0].lacks == (
        Lack("Action", (PUT,), ("s3:GetObject",)),
        Lack("Resource", (BUCKET,), (PHOTO,)),
    )


def test_a_condition_that_lacks_its_key_has_found_nothing() -> None:
    """The operator and the key say which one."""
    condition = {"StringLike": {"s3:Prefix": ["a/*", "b/*"]}}
    misses = evaluate(request(), policies(allow(Condition=condition))).near_misses
    assert misses[0].lacks == (
        Lack("Condition", ("a/*", "b/*"), (), "StringLike", "s3:Prefix"),
    )


def test_a_principal_that_is_not_named_is_a_lack() -> None:
    """In the resource's policy, which could have allowed as well."""
    given = policies(resource=[named(allow(), f"{USER.arn}sta")])
    misses = evaluate(request(), given).near_misses
    assert misses[0].lacks == (Lack("Principal", (f"{USER.arn}sta",), (USER.arn,)),)


def test_only_the_policies_that_were_missing_an_allow_are_asked() -> None:
    """Where the boundary refuses, the identity policies' statements don't matter."""
    given = policies(allow(), allow(PUT), boundary=[allow(PUT, Sid="Boundary")])
    misses = evaluate(request(), given).near_misses
    assert [miss.source.sid for miss in misses] == ["Boundary"]


def test_an_explicit_deny_has_no_near_misses() -> None:
    """No statement could have allowed the request."""
    given = policies(allow(PUT), {**allow(), "Effect": "Deny"})
    assert evaluate(request(), given).near_misses == ()


def test_the_same_text_is_one_document() -> None:
    """It is read once, however many principals it is attached to."""
    assert policy(allow()).document is policy(allow()).document
