"""UpdateFunctionCode and UpdateFunctionConfiguration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
Zipped = Callable[..., bytes]
INVALID = "InvalidParameterValueException"


@pytest.mark.parametrize(
    "change", [{"Timeout": 10}, {"Description": "new"}, {"MemorySize": 256}]
)
def test_changes_a_setting(aws: Any, create: Create, change: dict[str, Any]) -> None:
    """The next description has it."""
    create()
    aws.update_function_configuration(FunctionName="greet", **change)
    found = aws.get_function_configuration(FunctionName="greet")
    assert change.items() <= found.items()


def test_leaves_the_rest_alone(aws: Any, create: Create) -> None:
    """What isn't named stays."""
    create(Environment={"Variables": {"MODE": "test"}})
    answer = aws.update_function_configuration(FunctionName="greet", Timeout=10)
    assert answer["Environment"] == {"Variables": {"MODE": "test"}}


def test_answers_that_the_update_is_under_way(aws: Any, create: Create) -> None:
    """The answer is in progress; the next request finds it done."""
    create()
    answer = aws.update_function_configuration(FunctionName="greet", Timeout=10)
    assert (
        answer["State"],
        answer["LastUpdateStatus"],
        answer["LastUpdateStatusReason"],
        answer["LastUpdateStatusReasonCode"],
    ) == ("Active", "InProgress", "The function is being created.", "Creating")


def test_gives_new_code(aws: Any, create: Create, zipped: Zipped) -> None:
    """The digest changes with the code."""
    before = create()["CodeSha256"]
    after = aws.update_function_code(FunctionName="greet", ZipFile=zipped({"b.py": ""}))
    assert after["CodeSha256"] != before


def test_dry_run_changes_nothing(aws: Any, create: Create, zipped: Zipped) -> None:
    """DryRun only answers."""
    before = create()["CodeSha256"]
    aws.update_function_code(
        FunctionName="greet", ZipFile=zipped({"b.py": ""}), DryRun=True
    )
    after = aws.get_function_configuration(FunctionName="greet")["CodeSha256"]
    assert after == before


def test_publishes_with_the_code(aws: Any, create: Create, zipped: Zipped) -> None:
    """Publish answers with the new version."""
    create()
    answer = aws.update_function_code(
        FunctionName="greet", ZipFile=zipped({"b.py": ""}), Publish=True
    )
    assert answer["Version"] == "1"


def test_holds_to_the_revision(aws: Any, create: Create, refused: Refused) -> None:
    """A change made for an old revision is refused with 412."""
    old = create()["RevisionId"]
    aws.update_function_configuration(FunctionName="greet", Timeout=10)
    assert refused(
        aws.update_function_configuration,
        FunctionName="greet",
        Timeout=11,
        RevisionId=old,
    ) == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the"
        " GetFunction/GetAlias API to retrieve the latest Revision Id",
        412,
    )


def test_takes_the_latest_revision(aws: Any, create: Create) -> None:
    """A change made for the current revision goes through."""
    revision = create()["RevisionId"]
    answer = aws.update_function_configuration(
        FunctionName="greet", Timeout=10, RevisionId=revision
    )
    assert answer["Timeout"] == 10


def test_versions_cannot_change(aws: Any, create: Create, refused: Refused) -> None:
    """A published version is for good."""
    create(Publish=True)
    code, _, _ = refused(
        aws.update_function_configuration, FunctionName="greet:1", Timeout=10
    )
    assert code == INVALID


def test_refuses_a_missing_function(aws: Any, refused: Refused, zipped: Zipped) -> None:
    """As everywhere."""
    code, _, status = refused(
        aws.update_function_code, FunctionName="greet", ZipFile=zipped()
    )
    assert (code, status) == ("ResourceNotFoundException", 404)


def test_a_refused_update_changes_nothing(
    aws: Any, create: Create, refused: Refused
) -> None:
    """All settings are checked before the first is stored."""
    create()
    refused(
        aws.update_function_configuration,
        FunctionName="greet",
        Timeout=10,
        Runtime="python3.7",
    )
    assert aws.get_function_configuration(FunctionName="greet")["Timeout"] == 3
