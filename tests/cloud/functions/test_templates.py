"""Functions and layers of CloudFormation stacks, as moto's templates make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from moto.awslambda.models import (
    LambdaFunction,
    LambdaVersion,
    LayerVersion,
    Permission,
)

from grader.cloud import functions
from grader.cloud.functions.stored_function import StoredFunction

TEXT = "def handler(event, context):\n    return 1\n"
PLACE = {"account_id": "123456789012", "region_name": "us-east-1"}


def resource(role: str, text: str = TEXT, timeout: int = 5) -> dict[str, Any]:
    """A template's function with inline code."""
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": role,
        "Timeout": timeout,
        "Code": {"ZipFile": text},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


@pytest.fixture
def made(connect: Callable[..., Any], role: str) -> StoredFunction:
    """The function ``greet`` of a stack."""
    function = LambdaFunction.create_from_cloudformation_json(
        "greet", resource(role), **PLACE
    )
    assert isinstance(function, StoredFunction)
    return function


def code() -> str:
    """The inline code as it is stored."""
    version = functions.find("123456789012", "us-east-1", "greet", None).version
    with zipfile.ZipFile(io.BytesIO(functions.code_bytes(version))) as archive:
        return archive.read("index.py").decode()


def update(made: StoredFunction, changed: dict[str, Any]) -> None:
    """Update the stack."""
    LambdaFunction.update_from_cloudformation_json(made, "greet", changed, **PLACE)


def test_a_stacks_function_is_like_any_other(aws: Any, made: StoredFunction) -> None:
    """It is described with every member."""
    answer = aws.get_function_configuration(FunctionName="greet")
    assert (answer["Timeout"], answer["LoggingConfig"]["LogFormat"]) == (5, "Text")


def test_keeps_inline_code(made: StoredFunction) -> None:
    """The text becomes index.py."""
    assert code() == TEXT


def test_an_update_stores_code_that_can_be_read(
    made: StoredFunction, role: str
) -> None:
    """moto takes the text for base64 here."""
    changed = TEXT.replace("1", "2")
    update(made, resource(role, changed))
    assert code() == changed


def test_an_update_changes_settings(aws: Any, made: StoredFunction, role: str) -> None:
    """As the new template says."""
    update(made, resource(role, timeout=9))
    answer = aws.get_function_configuration(FunctionName="greet")
    assert answer["Timeout"] == 9


def test_deleting_the_stack_tells_who_wants_to_know(made: StoredFunction) -> None:
    """As any deletion does."""
    seen: list[str] = []
    forget = functions.on_change(lambda change: seen.append(change.name))
    made.delete("123456789012", "us-east-1")
    forget()
    assert seen == ["greet"]


def test_a_stacks_layer_serves_functions(
    connect: Callable[..., Any], zipped: Callable[..., bytes]
) -> None:
    """It is stored where the API's layers are."""
    s3 = connect("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="l.zip", Body=zipped())
    content = {"S3Bucket": "code", "S3Key": "l.zip"}
    layer = LayerVersion.create_from_cloudformation_json(
        "tools", {"Properties": {"Content": content}}, **PLACE
    )
    assert functions.layer_bytes(*PLACE.values(), layer.arn) == zipped()


def test_a_stacks_permission_is_in_the_policy(made: StoredFunction) -> None:
    """moto keeps it beside."""
    properties = {
        "FunctionName": "greet",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
        "SourceArn": "arn:aws:s3:::photos",
    }
    Permission.create_from_cloudformation_json(
        "allow", {"Properties": properties}, **PLACE
    )
    policy = functions.policy(*PLACE.values(), "greet", None)
    assert policy is not None
    condition = policy["Statement"][0]["Condition"]
    assert condition == {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"}}


def test_a_stacks_version_can_be_found(made: StoredFunction) -> None:
    """It has the number that the API gives."""
    LambdaVersion.create_from_cloudformation_json(
        "version", {"Properties": {"FunctionName": "greet"}}, **PLACE
    )
    found = functions.find(*PLACE.values(), "greet", "1")
    assert found.version.version == "1"
