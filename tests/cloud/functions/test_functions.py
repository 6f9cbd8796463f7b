"""GetFunction, ListFunctions, DeleteFunction."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


@pytest.mark.parametrize(
    "name", ["greet", ARN, "123456789012:function:greet", "function:greet"]
)
def test_finds_a_function_by_any_name(aws: Any, create: Create, name: str) -> None:
    """Name, ARN and partial ARN mean the same."""
    create()
    answer = aws.get_function_configuration(FunctionName=name)
    assert answer["FunctionArn"] == ARN


@pytest.mark.parametrize("name", [f"{ARN}:$LATEST", "greet:$LATEST"])
def test_answers_with_the_qualifier_that_was_asked(
    aws: Any, create: Create, name: str
) -> None:
    """The ARN is qualified when the caller's name was."""
    create()
    answer = aws.get_function_configuration(FunctionName=name)
    assert answer["FunctionArn"] == f"{ARN}:$LATEST"


def test_says_which_function_is_missing(aws: Any, refused: Refused) -> None:
    """AWS's words name the ARN."""
    assert refused(aws.get_function, FunctionName="greet") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}",
        404,
    )


def test_says_which_version_is_missing(
    aws: Any, create: Create, refused: Refused
) -> None:
    """The ARN has the qualifier."""
    create()
    assert refused(aws.get_function, FunctionName="greet", Qualifier="7") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}:7",
        404,
    )


def test_draws_the_error_with_type_and_message(aws: Any) -> None:
    """Both members of the error's shape arrive."""
    with pytest.raises(aws.exceptions.ResourceNotFoundException) as caught:
        aws.get_function(FunctionName="greet")
    response = caught.value.response
    assert (response["Type"], response["Message"]) == (
        "User",
        f"Function not found: {ARN}",
    )


def test_refuses_two_different_qualifiers(
    aws: Any, create: Create, refused: Refused
) -> None:
    """A qualifier in the name and another beside it can't both be meant."""
    create()
    assert refused(aws.get_function, FunctionName="greet:1", Qualifier="2") == (
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified"
        " qualifier.",
        400,
    )


def test_reaches_its_own_region_only(aws: Any, refused: Refused) -> None:
    """An ARN of another Region isn't found here."""
    other = ARN.replace("us-east-1", "eu-west-1")
    assert refused(aws.get_function, FunctionName=other) == (
        "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        404,
    )


def test_code_can_be_downloaded(
    aws: Any, create: Create, zipped: Callable[..., bytes]
) -> None:
    """Code.Location answers with the zip."""
    package = zipped({"app.py": "x = 1"})
    create(Code={"ZipFile": package})
    code = aws.get_function(FunctionName="greet")["Code"]
    with urllib.request.urlopen(code["Location"]) as answer:
        assert answer.read() == package


def test_get_function_has_no_tags_without_tags(aws: Any, create: Create) -> None:
    """Tags and Concurrency are absent where there are none."""
    create()
    answer = aws.get_function(FunctionName="greet")
    assert set(answer) == {"ResponseMetadata", "Configuration", "Code"}


def test_get_function_shows_tags_and_concurrency(aws: Any, create: Create) -> None:
    """Both come with the function."""
    create(Tags={"team": "a"})
    aws.put_function_concurrency(FunctionName="greet", ReservedConcurrentExecutions=5)
    answer = aws.get_function(FunctionName="greet")
    assert (answer["Tags"], answer["Concurrency"]) == (
        {"team": "a"},
        {"ReservedConcurrentExecutions": 5},
    )


def test_lists_carry_no_state(aws: Any, create: Create) -> None:
    """The lists leave out what GetFunction adds."""
    create()
    listed = aws.list_functions()["Functions"][0]
    state = {"State", "LastUpdateStatus", "RuntimeVersionConfig"}
    assert not state.intersection(listed)


def test_lists_in_pages(aws: Any, create: Create) -> None:
    """NextMarker leads to the rest."""
    create("a")
    create("b")
    first = aws.list_functions(MaxItems=1)
    second = aws.list_functions(MaxItems=1, Marker=first["NextMarker"])
    names = [page["Functions"][0]["FunctionName"] for page in (first, second)]
    assert (names, "NextMarker" in second) == (["a", "b"], False)


def test_lists_every_version(aws: Any, create: Create) -> None:
    """FunctionVersion=ALL gives qualified ARNs."""
    create(Publish=True)
    listed = aws.list_functions(FunctionVersion="ALL")["Functions"]
    arns = [function["FunctionArn"] for function in listed]
    assert arns == [f"{ARN}:$LATEST", f"{ARN}:1"]


def test_deleting_answers_204(aws: Any, create: Create) -> None:
    """The status is all that the answer says."""
    create()
    answer = aws.delete_function(FunctionName="greet")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_deletes_the_versions_too(aws: Any, create: Create, refused: Refused) -> None:
    """Without a qualifier nothing remains."""
    create(Publish=True)
    aws.delete_function(FunctionName="greet")
    code, _, _ = refused(aws.get_function, FunctionName="greet", Qualifier="1")
    assert code == "ResourceNotFoundException"


def test_deletes_one_version(aws: Any, create: Create) -> None:
    """With a version's number the rest remains."""
    create(Publish=True)
    aws.delete_function(FunctionName="greet", Qualifier="1")
    versions = aws.list_versions_by_function(FunctionName="greet")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST"]


def test_keeps_latest_with_the_function(
    aws: Any, create: Create, refused: Refused
) -> None:
    """$LATEST alone can't be deleted."""
    create()
    assert refused(aws.delete_function, FunctionName="greet", Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
        400,
    )


def test_keeps_a_version_that_aliases_name(
    aws: Any, create: Create, refused: Refused
) -> None:
    """They are named in the refusal."""
    create(Publish=True)
    aws.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")
    assert refused(aws.delete_function, FunctionName="greet", Qualifier="1") == (
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
        409,
    )


def test_deleting_takes_aliases_along(
    aws: Any, create: Create, refused: Refused
) -> None:
    """A new function of the same name starts with none."""
    create(Publish=True)
    aws.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")
    aws.delete_function(FunctionName="greet")
    create()
    assert aws.list_aliases(FunctionName="greet")["Aliases"] == []
