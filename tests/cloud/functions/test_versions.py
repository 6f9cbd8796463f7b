"""PublishVersion and ListVersionsByFunction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:greet"


def publish(aws: Any, timeout: int) -> str:
    """Change the function and publish; returns the version."""
    aws.update_function_configuration(FunctionName="greet", Timeout=timeout)
    return str(aws.publish_version(FunctionName="greet")["Version"])


def test_numbers_versions_from_1(aws: Any, create: Create) -> None:
    """Each change gets the next number."""
    create()
    assert [publish(aws, 4), publish(aws, 5)] == ["1", "2"]


def test_publishes_nothing_unchanged(aws: Any, create: Create) -> None:
    """Without a change the last version is answered again."""
    create()
    first = aws.publish_version(FunctionName="greet")
    assert aws.publish_version(FunctionName="greet")["Version"] == first["Version"]


def test_never_uses_a_number_again(aws: Any, create: Create) -> None:
    """Deleting a version doesn't free its number."""
    create()
    aws.delete_function(FunctionName="greet", Qualifier=publish(aws, 4))
    assert publish(aws, 5) == "2"


def test_a_version_stays_as_it_was(aws: Any, create: Create) -> None:
    """Later changes are not the version's."""
    create()
    publish(aws, 4)
    aws.update_function_configuration(FunctionName="greet", Timeout=9)
    version = aws.get_function_configuration(FunctionName="greet", Qualifier="1")
    assert version["Timeout"] == 4


def test_a_version_has_its_own_description(aws: Any, create: Create) -> None:
    """Description overrides the function's."""
    create(Description="work")
    answer = aws.publish_version(FunctionName="greet", Description="first")
    assert answer["Description"] == "first"


def test_checks_the_digest(aws: Any, create: Create, refused: Refused) -> None:
    """CodeSha256 guards against code that changed since."""
    digest = create()["CodeSha256"]
    assert refused(aws.publish_version, FunctionName="greet", CodeSha256="AAAA=") == (
        "InvalidParameterValueException",
        "CodeSHA256 (AAAA=) is different from current CodeSHA256 in $LATEST"
        f" ({digest}). Please try again with the CodeSHA256 in $LATEST.",
        400,
    )


def test_checks_the_revision(aws: Any, create: Create, refused: Refused) -> None:
    """RevisionId guards against settings that changed since."""
    create()
    code, _, status = refused(
        aws.publish_version, FunctionName="greet", RevisionId="another"
    )
    assert (code, status) == ("PreconditionFailedException", 412)


def test_lists_latest_first(aws: Any, create: Create) -> None:
    """$LATEST and then the versions by number, all with qualified ARNs."""
    create()
    publish(aws, 4)
    listed = aws.list_versions_by_function(FunctionName="greet")["Versions"]
    arns = [version["FunctionArn"] for version in listed]
    assert arns == [f"{ARN}:$LATEST", f"{ARN}:1"]


def test_lists_the_versions_of_no_missing_function(aws: Any, refused: Refused) -> None:
    """As everywhere."""
    assert refused(aws.list_versions_by_function, FunctionName="greet") == (
        "ResourceNotFoundException",
        f"Function not found: {ARN}",
        404,
    )


def test_publishes_nothing_for_the_same_code_again(
    aws: Any, create: Create, zipped: Callable[..., bytes]
) -> None:
    """What counts is what the function is, not how often it was uploaded."""
    create(Publish=True)
    answer = aws.update_function_code(
        FunctionName="greet", ZipFile=zipped(), Publish=True
    )
    assert answer["Version"] == "1"


def test_a_new_version_is_pending_in_the_answer(aws: Any, create: Create) -> None:
    """As deployers wait for it, such as mdn/yari and Terraform's provider."""
    create()
    answer = aws.publish_version(FunctionName="greet")
    assert (answer["State"], answer["StateReasonCode"]) == ("Pending", "Creating")


def test_an_unchanged_version_is_active_in_the_answer(aws: Any, create: Create) -> None:
    """It was there before."""
    create(Publish=True)
    assert aws.publish_version(FunctionName="greet")["State"] == "Active"
