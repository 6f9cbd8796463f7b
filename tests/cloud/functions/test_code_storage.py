"""How much code may be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader import facts
from grader.cloud.functions import code_storage

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
CODE = "CodeStorageExceededException"


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set what AWS gives an account in a Region, in bytes."""

    def set_to(size: int) -> None:
        fact = replace(facts.aws_lambda.CODE_STORAGE, value=size)
        monkeypatch.setattr(facts.aws_lambda, "CODE_STORAGE", fact)

    return set_to


@pytest.fixture
def size(zipped: Callable[..., bytes]) -> int:
    """Of the package that `create` uploads."""
    return len(zipped())


def test_a_region_keeps_so_much_code_and_no_more(
    create: Create, refused: Refused, quota: Callable[[int], None], size: int
) -> None:
    """AWS's words; what fits exactly is kept."""
    quota(2 * size)
    create("first")
    create("second")
    told = refused(create, name="third")
    assert told == (CODE, "Code storage limit exceeded.", 400)


def test_what_is_deleted_leaves_room(
    aws: Any, create: Create, quota: Callable[[int], None], size: int
) -> None:
    quota(size)
    for _ in range(3):
        create("again")
        aws.delete_function(FunctionName="again")


def test_versions_and_layers_count(
    aws: Any,
    create: Create,
    refused: Refused,
    zipped: Callable[..., bytes],
    quota: Callable[[int], None],
    size: int,
) -> None:
    """Each version as much as the function; new code needs its own room."""
    quota(3 * size)
    create("first")
    aws.publish_layer_version(LayerName="layer", Content={"ZipFile": zipped()})
    aws.publish_version(FunctionName="first")
    new = zipped({"app.py": "def handler(e, c): 1"})
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (aws.update_function_code, {"FunctionName": "first", "ZipFile": new}),
        (
            aws.publish_layer_version,
            {"LayerName": "more", "Content": {"ZipFile": zipped()}},
        ),
    ]
    for call, parameters in calls:
        assert refused(call, **parameters)[0] == CODE
    aws.update_function_configuration(FunctionName="first", Timeout=4)
    assert refused(aws.publish_version, FunctionName="first")[0] == CODE
    usage = aws.get_account_settings()["AccountUsage"]
    assert usage["TotalCodeSize"] == 3 * size


def test_a_graded_lab_has_less_for_all_regions_together(
    connect: Callable[..., Any],
    create: Create,
    refused: Refused,
    role: str,
    zipped: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    """The limit is the lab's own, and says so beside AWS's words."""
    monkeypatch.setattr(code_storage, "_together", None)
    code_storage.confine(size)
    create("first")
    code, message, _ = refused(
        connect("lambda", "eu-west-1").create_function,
        FunctionName="second",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": zipped()},
    )
    assert code == CODE
    assert message.startswith("Code storage limit exceeded. While graded, ")
