"""Tags: how many, and how long a page's token holds."""

from __future__ import annotations

from grader.facts.fact import Fact

_API = "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/"

TAGS_PER_RESOURCE = Fact(
    50,
    "tags at most",
    "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
)
RESOURCES_PER_CHANGE = Fact(20, "ARNs at most", _API + "API_TagResources.html")
TOKEN_LIFETIME = Fact(15 * 60, "s at most", _API + "API_GetResources.html")
