"""Layers and their versions."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from grader.cloud import functions

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
Publish = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:layer:tools"
INVALID = "InvalidParameterValueException"
MISSING = "ResourceNotFoundException"


@pytest.fixture
def publish(aws: Any, zipped: Callable[..., bytes]) -> Publish:
    """Publish a version of the layer ``tools``."""

    def published(**changes: Any) -> dict[str, Any]:
        wanted = {"LayerName": "tools", "Content": {"ZipFile": zipped()}, **changes}
        answer: dict[str, Any] = aws.publish_layer_version(**wanted)
        return answer

    return published


def test_describes_a_version(publish: Publish) -> None:
    """AWS's members for a layer without options."""
    answer = publish()
    assert set(answer) == {
        "ResponseMetadata",
        "Content",
        "LayerArn",
        "LayerVersionArn",
        "Description",
        "CreatedDate",
        "Version",
    }


def test_numbers_versions_from_1(publish: Publish) -> None:
    """Each publication gets the next number."""
    publish()
    assert publish()["LayerVersionArn"] == f"{ARN}:2"


def test_never_uses_a_number_again(aws: Any, publish: Publish) -> None:
    """Deleting a version doesn't free its number."""
    publish()
    aws.delete_layer_version(LayerName="tools", VersionNumber=1)
    assert publish()["Version"] == 2


def test_content_can_be_downloaded(
    publish: Publish, zipped: Callable[..., bytes]
) -> None:
    """Content.Location answers with the zip."""
    package = zipped({"python/x.py": ""})
    content = publish(Content={"ZipFile": package})["Content"]
    with urllib.request.urlopen(content["Location"]) as answer:
        assert answer.read() == package


def test_refuses_what_is_no_zip(publish: Publish, refused: Refused) -> None:
    """As for functions."""
    assert refused(publish, Content={"ZipFile": b"no zip"}) == (
        INVALID,
        "Could not unzip uploaded file. Please check your file, then try to upload"
        " again.",
        400,
    )


def test_gets_a_version_by_arn(aws: Any, publish: Publish) -> None:
    """The ARN alone is enough."""
    publish(LicenseInfo="MIT")
    answer = aws.get_layer_version_by_arn(Arn=f"{ARN}:1")
    assert answer["LicenseInfo"] == "MIT"


def test_says_that_a_version_is_missing(aws: Any, refused: Refused) -> None:
    """AWS's words name nothing."""
    assert refused(aws.get_layer_version, LayerName="tools", VersionNumber=9) == (
        MISSING,
        "The resource you requested does not exist.",
        404,
    )


def test_version_0_cannot_be(aws: Any, refused: Refused) -> None:
    """Versions count from 1."""
    assert refused(aws.get_layer_version, LayerName="tools", VersionNumber=0) == (
        INVALID,
        "Layer Version Cannot be less than 1.",
        400,
    )


def test_lists_newest_first(aws: Any, publish: Publish) -> None:
    """As in the console."""
    publish()
    publish()
    listed = aws.list_layer_versions(LayerName="tools")["LayerVersions"]
    assert [one["Version"] for one in listed] == [2, 1]


def test_lists_by_runtime(aws: Any, publish: Publish) -> None:
    """The latest version that matches stands for the layer."""
    publish(CompatibleRuntimes=["python3.13"])
    publish(CompatibleRuntimes=["nodejs24.x"])
    layers = aws.list_layers(CompatibleRuntime="python3.13")["Layers"]
    assert [one["LatestMatchingVersion"]["Version"] for one in layers] == [1]


def test_a_function_names_its_layers(create: Create, publish: Publish) -> None:
    """With their sizes."""
    size = publish()["Content"]["CodeSize"]
    layers = create(Layers=[f"{ARN}:1"])["Layers"]
    assert layers == [{"Arn": f"{ARN}:1", "CodeSize": size}]


def test_a_deleted_layer_serves_its_functions(
    aws: Any, create: Create, publish: Publish, zipped: Callable[..., bytes]
) -> None:
    """Functions keep what they have."""
    publish()
    create(Layers=[f"{ARN}:1"])
    aws.delete_layer_version(LayerName="tools", VersionNumber=1)
    content = functions.layer_bytes("123456789012", "us-east-1", f"{ARN}:1")
    assert content == zipped()


def test_refuses_a_missing_layer(create: Create, refused: Refused) -> None:
    """AWS's words name the ARN."""
    assert refused(create, Layers=[f"{ARN}:1"]) == (
        INVALID,
        f"Layer version {ARN}:1 does not exist.",
        400,
    )


def test_refuses_two_versions_of_a_layer(
    create: Create, publish: Publish, refused: Refused
) -> None:
    """One of them would hide the other."""
    publish()
    publish()
    assert refused(create, Layers=[f"{ARN}:1", f"{ARN}:2"]) == (
        INVALID,
        "Two different versions of the same layer are not allowed to be referenced in"
        f" the same function. {ARN}:1 and {ARN}:2 are versions of the same layer.",
        400,
    )


def test_refuses_a_sixth_layer(create: Create, refused: Refused) -> None:
    """Five fit."""
    arns = [f"{ARN}{number}:1" for number in range(6)]
    assert refused(create, Layers=arns) == (
        INVALID,
        "Cannot reference more than 5 layers.",
        400,
    )


def test_refuses_a_layer_of_another_region(create: Create, refused: Refused) -> None:
    """Layers live where their functions do."""
    arn = f"{ARN}:1".replace("us-east-1", "eu-west-1")
    assert refused(create, Layers=[arn]) == (
        INVALID,
        "Layers are not in the same region as the function. Layers are expected to be"
        " in region us-east-1.",
        400,
    )
