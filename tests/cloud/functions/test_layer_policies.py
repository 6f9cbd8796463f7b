"""Permissions of layer versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
ARN = "arn:aws:lambda:us-east-1:123456789012:layer:tools:1"
MISSING = "ResourceNotFoundException"
TOOLS = {"LayerName": "tools", "VersionNumber": 1}
ALL = {"StatementId": "all", "Action": "lambda:GetLayerVersion", "Principal": "*"}


@pytest.fixture
def layer(aws: Any, zipped: Callable[..., bytes]) -> None:
    """Version 1 of the layer ``tools``."""
    aws.publish_layer_version(LayerName="tools", Content={"ZipFile": zipped()})


def test_writes_the_statement_as_aws_does(aws: Any, layer: None) -> None:
    """Members in AWS's order."""
    answer = aws.add_layer_version_permission(**TOOLS, **ALL)
    assert answer["Statement"] == (
        '{"Sid":"all","Effect":"Allow","Principal":"*",'
        f'"Action":"lambda:GetLayerVersion","Resource":"{ARN}"}}'
    )


def test_reads_the_policy(aws: Any, layer: None) -> None:
    """With the revision of the last change."""
    added = aws.add_layer_version_permission(**TOOLS, **ALL)
    read = aws.get_layer_version_policy(**TOOLS)
    assert json.loads(read["Policy"])["Statement"] == [json.loads(added["Statement"])]
    assert read["RevisionId"] == added["RevisionId"]


def test_refuses_a_statement_id_twice(aws: Any, layer: None, refused: Refused) -> None:
    """A Sid is used once."""
    aws.add_layer_version_permission(**TOOLS, **ALL)
    code, _, status = refused(aws.add_layer_version_permission, **TOOLS, **ALL)
    assert (code, status) == ("ResourceConflictException", 409)


def test_says_that_there_is_no_policy(aws: Any, layer: None, refused: Refused) -> None:
    """A layer is private at first."""
    assert refused(aws.get_layer_version_policy, **TOOLS) == (
        MISSING,
        "No policy is associated with the given resource.",
        404,
    )


def test_says_that_the_layer_is_missing(aws: Any, refused: Refused) -> None:
    """AWS's words name the ARN."""
    assert refused(aws.add_layer_version_permission, **TOOLS, **ALL) == (
        MISSING,
        f"Layer version {ARN} does not exist.",
        404,
    )


def test_removes_a_statement(aws: Any, layer: None, refused: Refused) -> None:
    """The last one takes the policy along."""
    aws.add_layer_version_permission(**TOOLS, **ALL)
    aws.remove_layer_version_permission(**TOOLS, StatementId="all")
    code, _, _ = refused(aws.get_layer_version_policy, **TOOLS)
    assert code == MISSING


def test_holds_to_the_revision(aws: Any, layer: None, refused: Refused) -> None:
    """A change made for another revision is refused."""
    aws.add_layer_version_permission(**TOOLS, **ALL)
    code, _, status = refused(
        aws.remove_layer_version_permission,
        **TOOLS,
        StatementId="all",
        RevisionId="another",
    )
    assert (code, status) == ("PreconditionFailedException", 412)
