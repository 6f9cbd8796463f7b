"""GetResources, GetTagKeys, GetTagValues, TagResources and UntagResources.

moto's pages forget what was on their edge, its keys come as often as they are used, and
it asks for nothing that AWS refuses.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from moto.core.responses import ActionResult
from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

from grader import facts
from grader.cloud.tagging.tagged import Tagged, Tags, services, tagged

Entry = TypeVar("Entry")

_Refused = ResourceGroupsTaggingAPIError


def get_resources(asked: Any) -> ActionResult:
    """The resources that have tags: all, of some types, with some tags, or by ARN."""
    arns = asked._get_param("ResourceARNList", [])
    types = asked._get_param("ResourceTypeFilters", [])
    filters = asked._get_param("TagFilters", [])
    _check_alone(asked, arns)
    if asked._get_param("IncludeComplianceDetails", False):
        raise _invalid("The local cloud doesn't model tag policies.")
    found = [
        one
        for one in _tagged(asked)
        if one.tags
        and (not arns or one.arn in arns)
        and (not types or one.kind in types or one.kind.split(":")[0] in types)
        and all(_passes(one.tags, each) for each in filters)
    ]
    page, token = _page(asked, found, lambda one: one.arn, _sizes(asked))
    return ActionResult(
        {
            "PaginationToken": token,
            "ResourceTagMappingList": [
                {"ResourceARN": one.arn, "Tags": _listed(one.tags)} for one in page
            ],
        }
    )


def get_tag_keys(asked: Any) -> ActionResult:
    """Every key that a tag in the Region has, once."""
    keys = sorted({key for one in _tagged(asked) for key in one.tags})
    page, token = _page(asked, keys, str)
    return ActionResult({"PaginationToken": token, "TagKeys": page})


def get_tag_values(asked: Any) -> ActionResult:
    """Every value that the tags with a key have, once."""
    key = asked._get_param("Key")
    values = sorted({one.tags[key] for one in _tagged(asked) if key in one.tags})
    page, token = _page(asked, values, str)
    return ActionResult({"PaginationToken": token, "TagValues": page})


def tag_resources(asked: Any) -> ActionResult:
    """Give resources of any service the same tags, beside those that they have."""
    tags: Tags = asked._get_param("Tags", {})
    for name in tags:
        if name.lower().startswith("aws:"):
            raise _invalid("Tag keys that begin with aws: are AWS's own.")
    return _changed(asked, lambda had: {**had, **tags})


def untag_resources(asked: Any) -> ActionResult:
    """Take tags off resources; those that a resource hasn't are no error."""
    gone = set(asked._get_param("TagKeys", []))
    return _changed(
        asked, lambda had: {name: had[name] for name in had if name not in gone}
    )


def unmodelled(operation: str) -> Callable[[Any], ActionResult]:
    """Answer an operation that is about organisations' policies."""

    def answer(asked: Any) -> ActionResult:
        raise _invalid(f"The local cloud doesn't model {operation}.")

    return answer


def _tagged(asked: Any) -> list[Tagged]:
    return sorted(tagged(asked.current_account, asked.region), key=lambda one: one.arn)


def _passes(tags: Mapping[str, str], each: Mapping[str, Any]) -> bool:
    if "Key" not in each:
        raise _invalid("A tag filter has a Key.")
    values = each.get("Values") or []
    return each["Key"] in tags and (not values or tags[each["Key"]] in values)


def _check_alone(asked: Any, arns: Sequence[str]) -> None:
    others = (
        "ResourceTypeFilters",
        "TagFilters",
        "ResourcesPerPage",
        "TagsPerPage",
        "PaginationToken",
    )
    both = [name for name in others if asked._get_param(name)]
    if arns and both:
        raise _invalid(
            f"You can't specify both ResourceARNList and {both[0]} in the same request."
        )


def _sizes(asked: Any) -> tuple[int, int]:
    """How many resources and how many tags a page may have."""
    resources = asked._get_int_param("ResourcesPerPage", 100)
    tags = asked._get_int_param("TagsPerPage", 500)
    if not 1 <= resources <= 100:
        raise _invalid("ResourcesPerPage must be between 1 and 100")
    if not 100 <= tags <= 500:
        raise _invalid("TagsPerPage must be between 100 and 500")
    return resources, tags


def _page(
    asked: Any,
    entries: Iterable[Entry],
    name: Callable[[Entry], str],
    sizes: tuple[int, int] = (100, 500),
) -> tuple[list[Entry], str]:
    """The entries behind a token that fit on a page, and the next page's token."""
    after = _read(asked._get_param("PaginationToken") or "")
    page: list[Entry] = []
    tags = 0
    for entry in entries:
        if after is not None and name(entry) <= after:
            continue
        more = max(1, len(entry.tags)) if isinstance(entry, Tagged) else 0
        if page and (len(page) == sizes[0] or tags + more > sizes[1]):
            return page, _token(name(page[-1]))
        page.append(entry)
        tags += more
    return page, ""


def _token(last: str) -> str:
    ends = time.time() + facts.tags.TOKEN_LIFETIME.value
    return base64.b64encode(json.dumps([last, ends]).encode()).decode()


def _read(token: str) -> str | None:
    if not token:
        return None
    try:
        last, ends = json.loads(base64.b64decode(token))
    except (binascii.Error, ValueError):
        raise _invalid("The PaginationToken isn't one that this API gave.") from None
    if time.time() > ends:
        raise _Refused(
            "PaginationTokenExpiredException", "The PaginationToken has expired."
        )
    return str(last)


def _changed(asked: Any, change: Callable[[Tags], Tags]) -> ActionResult:
    arns: list[str] = asked._get_param("ResourceARNList", [])
    most = facts.tags.RESOURCES_PER_CHANGE.value
    if len(arns) > most:
        raise _invalid(f"ResourceARNList has at most {most} ARNs")
    there = {one.arn: one for one in _tagged(asked)}
    failed = {}
    for arn in arns:
        resource = there.get(arn)
        if resource is None:
            failed[arn] = _failure(arn, asked.region)
        elif len(tags := change(resource.tags)) > facts.tags.TAGS_PER_RESOURCE.value:
            failed[arn] = _failed(400, "A resource has at most 50 tags.")
        else:
            resource.put(tags)
    return ActionResult({"FailedResourcesMap": failed})


def _failure(arn: str, region: str) -> dict[str, Any]:
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return _failed(400, f"{arn} is no ARN.")
    if parts[2] not in services():
        return _failed(400, f"Resources of {parts[2]} can't be tagged by this API.")
    if parts[3] and parts[3] != region:
        return _failed(400, f"{arn} is in another Region than {region}.")
    return _failed(404, f"There is no resource {arn}.")


def _failed(status: int, message: str) -> dict[str, Any]:
    return {
        "StatusCode": status,
        "ErrorCode": "InvalidParameterException",
        "ErrorMessage": message,
    }


def _listed(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _invalid(message: str) -> Exception:
    error: Exception = _Refused("InvalidParameterException", message)
    return error


def install() -> None:
    """Put our answers where moto's Tagging API has its own."""
    answers: dict[str, Callable[[Any], ActionResult]] = {
        answer.__name__: answer
        for answer in (
            get_resources,
            get_tag_keys,
            get_tag_values,
            tag_resources,
            untag_resources,
        )
    }
    for name, operation in (
        ("describe_report_creation", "DescribeReportCreation"),
        ("get_compliance_summary", "GetComplianceSummary"),
        ("list_required_tags", "ListRequiredTags"),
        ("start_report_creation", "StartReportCreation"),
    ):
        answers[name] = unmodelled(operation)
    for name, answer in answers.items():
        setattr(ResourceGroupsTaggingAPIResponse, name, answer)
