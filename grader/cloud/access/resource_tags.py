"""What a policy can ask of a resource: its tags; looked up when one asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

from grader.cloud import s3
from grader.cloud.access.grouped_context import Group, GroupedContext
from grader.cloud.access.request import Context
from grader.cloud.access.sessions import find_role, iam

_TAG, _OBJECT_TAG = ":resourcetag/", "s3:existingobjecttag/"
_BOUNDARY = "iam:permissionsboundary"


def of_resource(action: str, arn: str) -> Group:
    """The condition keys of what an action is on."""
    own = f"{action.partition(':')[0]}{_TAG}"
    beginnings = (f"aws{_TAG}", own, _OBJECT_TAG, _BOUNDARY)
    return Group(partial(_looked_up, own, arn), beginnings)


def _looked_up(own: str, arn: str) -> Context:
    return GroupedContext(
        Group(partial(_tags, f"aws{_TAG}", tags_of, arn), (f"aws{_TAG}",)),
        Group(partial(_tags, own, tags_of, arn), (own,)),
        Group(partial(_tags, _OBJECT_TAG, of_object, arn), (_OBJECT_TAG,)),
        Group(partial(_boundary, arn), (_BOUNDARY,)),
    )


def _tags(
    beginning: str, lookup: Callable[[str], Mapping[str, str]], arn: str
) -> Context:
    return {f"{beginning}{name.lower()}": tag for name, tag in lookup(arn).items()}


def _boundary(arn: str) -> Context:
    boundary = boundary_on(arn)
    return {} if boundary is None else {_BOUNDARY: boundary}


def tags_of(arn: str) -> Mapping[str, str]:
    """The tags of a resource by its ARN; none if there is no such resource."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return {}
    _, _, service, region, account, name = parts
    if service == "iam":
        return _of_iam(account, name, arn)
    if service == "lambda" and name.startswith("function:"):
        # A version and an alias have the tags of their function.
        arn = ":".join(arn.split(":")[:7])
    # Imported late: it reads every service's storage.
    from grader.cloud.tagging.tagged import tagged

    accounts = [account] if account else list(iam_backends)
    for one in accounts:
        for resource in tagged(one, region):
            if resource.arn == arn:
                return resource.tags
    return {}


def _of_iam(account: str, name: str, arn: str) -> Mapping[str, str]:
    if name.startswith("role/"):
        role = find_role(account, arn)
        return {tag["Key"]: tag["Value"] for tag in (role.tags or [] if role else [])}
    told: Any = iam(account).tagger.list_tags_for_resource(arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in told}


def boundary_on(arn: str) -> str | None:
    """The ARN of the permissions boundary of an IAM user or role."""
    account, _, name = arn.partition("arn:aws:iam::")[2].partition(":")
    kind, _, path = name.partition("/")
    named = path.rpartition("/")[2]
    entity: Any = None
    if kind == "user":
        entity = iam(account).users.get(named)
    elif kind == "role":
        entity = find_role(account, arn)
    boundary = getattr(entity, "permissions_boundary_arn", None)
    return str(boundary) if boundary else None


def of_object(arn: str) -> Mapping[str, str]:
    """The tags of an object that is there already."""
    bucket_name, _, key = arn.partition(":::")[2].partition("/")
    bucket = s3.find(bucket_name)
    found = bucket.keys.get(key) if bucket is not None else None
    if bucket is None or found is None:
        return {}
    tagger = s3_backends[bucket.account_id][bucket.partition].tagger
    tags: Mapping[str, str] = tagger.get_tag_dict_for_resource(found.arn)
    return tags
