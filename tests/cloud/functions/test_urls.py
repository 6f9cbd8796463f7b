"""Function URLs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from grader.cloud import functions

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def test_has_a_host_as_on_aws(aws: Any, create: Create) -> None:
    """32 letters and digits, the service, the Region."""
    create()
    made = aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    form = r"https://[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws/"
    assert re.fullmatch(form, made["FunctionUrl"])


def test_answers_the_members_that_aws_does(aws: Any, create: Create) -> None:
    """No LastModifiedTime on creation, no Cors without."""
    create()
    made = aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    assert set(made) == {
        "ResponseMetadata",
        "FunctionUrl",
        "FunctionArn",
        "AuthType",
        "CreationTime",
        "InvokeMode",
    }


def test_refuses_a_second_url(aws: Any, create: Create, refused: Refused) -> None:
    """One for the function, one for each alias."""
    create()
    aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    assert refused(
        aws.create_function_url_config, FunctionName="greet", AuthType="NONE"
    ) == (
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {ARN}]. Error"
        " message:  FunctionUrlConfig exists for this Lambda function",
        409,
    )


def test_an_alias_has_its_own_url(aws: Any, create: Create) -> None:
    """Beside the function's."""
    create(Publish=True)
    aws.create_alias(FunctionName="greet", Name="live", FunctionVersion="1")
    aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    aws.create_function_url_config(
        FunctionName="greet", AuthType="AWS_IAM", Qualifier="live"
    )
    listed = aws.list_function_url_configs(FunctionName="greet")
    arns = [one["FunctionArn"] for one in listed["FunctionUrlConfigs"]]
    assert arns == [ARN, f"{ARN}:live"]


def test_says_that_there_is_no_url(aws: Any, create: Create, refused: Refused) -> None:
    """A function starts without."""
    create()
    assert refused(aws.get_function_url_config, FunctionName="greet") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
        404,
    )


def test_update_changes_what_it_names(aws: Any, create: Create) -> None:
    """The rest stays."""
    create()
    cors = {"AllowOrigins": ["*"]}
    aws.create_function_url_config(FunctionName="greet", AuthType="NONE", Cors=cors)
    after = aws.update_function_url_config(FunctionName="greet", AuthType="AWS_IAM")
    assert (after["AuthType"], after["Cors"]) == ("AWS_IAM", cors)


def test_is_found_by_its_id(aws: Any, create: Create) -> None:
    """The first label of the host leads to the function."""
    create()
    made = aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    url_id = made["FunctionUrl"].removeprefix("https://").partition(".")[0]
    found = functions.url_config(url_id)
    assert found is not None
    assert (found.function, found.qualifier, found.auth_type) == ("greet", None, "NONE")


def test_is_gone_after_deletion(aws: Any, create: Create) -> None:
    """The id leads nowhere."""
    create()
    made = aws.create_function_url_config(FunctionName="greet", AuthType="NONE")
    aws.delete_function_url_config(FunctionName="greet")
    url_id = made["FunctionUrl"].removeprefix("https://").partition(".")[0]
    assert functions.url_config(url_id) is None


def test_an_unknown_id_leads_nowhere(aws: Any) -> None:
    """None, not an error."""
    assert functions.url_config("nope") is None


def test_needs_a_function(aws: Any, refused: Refused) -> None:
    """Creating a URL has words of its own."""
    assert refused(
        aws.create_function_url_config, FunctionName="greet", AuthType="NONE"
    ) == ("ResourceNotFoundException", "Function does not exist", 404)
