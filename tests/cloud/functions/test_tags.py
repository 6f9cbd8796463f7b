"""Tags of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def test_adds_and_replaces(aws: Any, create: Create) -> None:
    """A known key gets its new value."""
    create(Tags={"a": "1"})
    aws.tag_resource(Resource=ARN, Tags={"a": "2", "b": "3"})
    assert aws.list_tags(Resource=ARN)["Tags"] == {"a": "2", "b": "3"}


def test_takes_tags_off(aws: Any, create: Create) -> None:
    """Unknown keys are no error."""
    create(Tags={"a": "1", "b": "2"})
    aws.untag_resource(Resource=ARN, TagKeys=["a", "c"])
    assert aws.list_tags(Resource=ARN)["Tags"] == {"b": "2"}


def test_versions_have_no_tags(aws: Any, create: Create, refused: Refused) -> None:
    """Tags are the function's."""
    create(Publish=True)
    assert refused(aws.tag_resource, Resource=f"{ARN}:1", Tags={"a": "1"}) == (
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a"
        " function ARN.",
        400,
    )


def test_50_tags_are_the_limit(aws: Any, create: Create, refused: Refused) -> None:
    """Old and new ones count together."""
    create(Tags={"first": ""})
    tags = {f"tag{number}": "" for number in range(50)}
    assert refused(aws.tag_resource, Resource=ARN, Tags=tags) == (
        "InvalidParameterValueException",
        "Number of tags exceeds resource tag limit.",
        400,
    )


def test_needs_a_function(aws: Any, refused: Refused) -> None:
    """As everywhere."""
    assert refused(aws.list_tags, Resource=ARN) == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}",
        404,
    )
