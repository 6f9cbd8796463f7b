"""TagResource, UntagResource and ListTags, for functions."""

from __future__ import annotations

from grader.cloud.functions import names
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid, missing
from grader.cloud.functions.stored_function import StoredFunction

TAG_LIMIT = 50


def _function(call: Call) -> StoredFunction:
    resource: str = call["Resource"]
    if ":function:" not in resource:
        raise missing("The resource you requested does not exist.")
    named = names.parse(call.account, call.region, resource, operation=call.operation)
    if named.qualifier is not None:
        raise invalid(
            "Tags on function aliases and versions are not supported. Please specify a"
            " function ARN."
        )
    return call.backend.require(named)


@operation("TagResource")
def tag_resource(call: Call) -> None:
    """Add tags to a function, or change their values."""
    function = _function(call)
    if not call["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    tags = {**function.tags, **call["Tags"]}
    if len(tags) > TAG_LIMIT:
        raise invalid("Number of tags exceeds resource tag limit.")
    function.tags = tags


@operation("UntagResource")
def untag_resource(call: Call) -> None:
    """Take tags off a function; those it hasn't got are no error."""
    function = _function(call)
    gone = set(call["TagKeys"])
    function.tags = {
        key: value for key, value in function.tags.items() if key not in gone
    }


@operation("ListTags")
def list_tags(call: Call) -> Members:
    """List a function's tags."""
    return {"Tags": dict(_function(call).tags)}
