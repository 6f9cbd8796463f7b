"""Aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"
INVALID = "InvalidParameterValueException"


@pytest.fixture
def versions(aws: Any, create: Create) -> None:
    """A function with versions 1 and 2."""
    create(Publish=True)
    aws.update_function_configuration(FunctionName="greet", Timeout=4)
    aws.publish_version(FunctionName="greet")


@pytest.fixture
def alias(aws: Any, versions: None) -> dict[str, Any]:
    """Its alias ``live`` for version 1."""
    made: dict[str, Any] = aws.create_alias(
        FunctionName="greet", Name="live", FunctionVersion="1"
    )
    return made


def test_describes_an_alias(alias: dict[str, Any]) -> None:
    """AWS's members; no RoutingConfig without weights."""
    del alias["ResponseMetadata"], alias["RevisionId"]
    assert alias == {
        "AliasArn": f"{ARN}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "",
    }


def test_refuses_a_second_of_the_name(
    aws: Any, alias: dict[str, Any], refused: Refused
) -> None:
    """AWS's words name the ARN."""
    assert refused(
        aws.create_alias, FunctionName="greet", Name="live", FunctionVersion="2"
    ) == ("ResourceConflictException", f"Alias already exists: {ARN}:live", 409)


def test_refuses_a_missing_version(aws: Any, versions: None, refused: Refused) -> None:
    """An alias points to what exists."""
    assert refused(
        aws.create_alias, FunctionName="greet", Name="live", FunctionVersion="9"
    ) == ("ResourceNotFoundException", f"Function not found: {ARN}:9", 404)


def test_a_number_is_no_name(aws: Any, versions: None, refused: Refused) -> None:
    """Digits alone would be a version."""
    assert refused(
        aws.create_alias, FunctionName="greet", Name="7", FunctionVersion="1"
    ) == (
        "ValidationException",
        "1 validation error detected: Value '7' at 'name' failed to satisfy constraint:"
        " Member must satisfy regular expression pattern:"
        " (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        400,
    )


@pytest.mark.parametrize(
    ("version", "weights", "message"),
    [
        (
            "1",
            {"1": 0.5},
            "Invalid function version 1. Function version 1 is already included in"
            " routing configuration.",
        ),
        (
            "$LATEST",
            {"1": 0.5},
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            "1",
            {"2": 0.5, "3": 0.1},
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
    ],
)
def test_refuses_wrong_weights(
    aws: Any,
    versions: None,
    refused: Refused,
    version: str,
    weights: dict[str, float],
    message: str,
) -> None:
    """An alias shares its traffic between two published versions at most."""
    assert refused(
        aws.create_alias,
        FunctionName="greet",
        Name="live",
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
    ) == (INVALID, message, 400)


def test_a_weight_is_1_at_most(aws: Any, versions: None, refused: Refused) -> None:
    """The model limits a weight from 0 to 1."""
    code, message, _ = refused(
        aws.create_alias,
        FunctionName="greet",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.5}},
    )
    assert code == "ValidationException"
    assert "'routingConfig.additionalVersionWeights' failed to satisfy" in message


def test_update_takes_weights_away(aws: Any, alias: dict[str, Any]) -> None:
    """Empty weights end the shifting."""
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    aws.update_alias(FunctionName="greet", Name="live", RoutingConfig=weights)
    after = aws.update_alias(
        FunctionName="greet",
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
    assert "RoutingConfig" not in after


def test_update_gives_a_new_revision(aws: Any, alias: dict[str, Any]) -> None:
    """Each change has its revision."""
    after = aws.update_alias(FunctionName="greet", Name="live", FunctionVersion="2")
    assert after["RevisionId"] != alias["RevisionId"]


def test_update_holds_to_the_revision(
    aws: Any, alias: dict[str, Any], refused: Refused
) -> None:
    """A change made for another revision is refused."""
    code, _, status = refused(
        aws.update_alias, FunctionName="greet", Name="live", RevisionId="another"
    )
    assert (code, status) == ("PreconditionFailedException", 412)


def test_says_that_an_alias_is_missing(
    aws: Any, versions: None, refused: Refused
) -> None:
    """GetAlias has words of its own."""
    assert refused(aws.get_alias, FunctionName="greet", Name="live") == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {ARN}:live",
        404,
    )


def test_deleting_twice_is_fine(aws: Any, alias: dict[str, Any]) -> None:
    """A missing alias is deleted already."""
    aws.delete_alias(FunctionName="greet", Name="live")
    answer = aws.delete_alias(FunctionName="greet", Name="live")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_lists_the_aliases_of_a_version(aws: Any, alias: dict[str, Any]) -> None:
    """FunctionVersion filters."""
    aws.create_alias(FunctionName="greet", Name="next", FunctionVersion="2")
    listed = aws.list_aliases(FunctionName="greet", FunctionVersion="2")["Aliases"]
    assert [one["Name"] for one in listed] == ["next"]


def test_describes_a_function_by_alias(aws: Any, alias: dict[str, Any]) -> None:
    """The version is the alias's, the ARN the alias."""
    answer = aws.get_function_configuration(FunctionName="greet", Qualifier="live")
    assert (answer["Version"], answer["FunctionArn"]) == ("1", f"{ARN}:live")


def test_keeps_a_version_that_an_alias_uses(
    aws: Any, alias: dict[str, Any], refused: Refused
) -> None:
    """The alias would point nowhere."""
    code, _, status = refused(aws.delete_function, FunctionName="greet", Qualifier="1")
    assert (code, status) == ("ResourceConflictException", 409)


def test_deleting_takes_the_url_along(
    aws: Any, alias: dict[str, Any], refused: Refused
) -> None:
    """An alias of the same name starts with none."""
    url = {"FunctionName": "greet", "Qualifier": "live"}
    aws.create_function_url_config(**url, AuthType="NONE")
    aws.delete_alias(FunctionName="greet", Name="live")
    code, _, _ = refused(aws.get_function_url_config, **url)
    assert code == "ResourceNotFoundException"
