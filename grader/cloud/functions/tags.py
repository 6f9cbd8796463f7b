"""TagResource, UntagResource and ListTags, for functions and mappings."""

from __future__ import annotations

from grader.cloud.functions import names
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid, missing
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.polling.mapping import EventSourceMapping

TAG_LIMIT = 50


def _tagged(call: Call) -> StoredFunction | EventSourceMapping:
    resource: str = call["Resource"]
    for mapping in call.backend.mappings.values():
        if mapping.arn == resource:
            return mapping
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
    """Add tags, or change their values."""
    tagged = _tagged(call)
    if not call["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    tags = {**tagged.tags, **call["Tags"]}
    if len(tags) > TAG_LIMIT:
        raise invalid("Number of tags exceeds resource tag limit.")
    tagged.tags = tags


@operation("UntagResource")
def untag_resource(call: Call) -> None:
    """Take tags off; those that aren't there are no error."""
    tagged = _tagged(call)
    gone = set(call["TagKeys"])
    tagged.tags = {key: value for key, value in tagged.tags.items() if key not in gone}


@operation("ListTags")
def list_tags(call: Call) -> Members:
    """List the tags of one function or mapping."""
    return {"Tags": dict(_tagged(call).tags)}
