"""What a request is about beside a bucket or an object, and what isn't modelled of it.

moto takes a request about what it doesn't know for one about the whole: to delete a
bucket's analytics configuration would delete the bucket.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import botocore.session

from grader.cloud.s3.errors import unmodelled

# By method, and whether it is about an object.
_ANSWERED: Mapping[tuple[str, bool], frozenset[str]] = {
    ("DELETE", False): frozenset(
        [
            "cors",
            "encryption",
            "lifecycle",
            "ownershipControls",
            "policy",
            "publicAccessBlock",
            "replication",
            "tagging",
            "website",
        ]
    ),
    ("DELETE", True): frozenset({"tagging"}),
    ("GET", False): frozenset(
        [
            "accelerate",
            "acl",
            "cors",
            "encryption",
            "inventory",
            "lifecycle",
            "list-type",
            "location",
            "logging",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "policyStatus",
            "publicAccessBlock",
            "replication",
            "tagging",
            "uploads",
            "versioning",
            "versions",
            "website",
        ]
    ),
    ("GET", True): frozenset({"acl", "attributes", "legal-hold", "tagging"}),
    ("POST", False): frozenset({"delete"}),
    ("POST", True): frozenset({"restore", "select", "select-type", "uploads"}),
    ("PUT", False): frozenset(
        [
            "accelerate",
            "acl",
            "cors",
            "encryption",
            "inventory",
            "lifecycle",
            "logging",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "publicAccessBlock",
            "replication",
            "tagging",
            "versioning",
            "website",
        ]
    ),
    ("PUT", True): frozenset({"acl", "legal-hold", "retention", "tagging"}),
}


def about(method: str, named: Collection[str], *, of_object: bool) -> set[str]:
    """What a request is about beside the whole; ``named`` are its query's names.

    Raises:
        Refused: NotImplemented, with the name of an operation that isn't modelled.
    """
    known = _operations().get((method, of_object), {})
    answered = _ANSWERED.get((method, of_object), frozenset())
    for name in named:
        if name in known and name not in answered:
            raise unmodelled(f"S3's operation {known[name]}")
    return set(named) & answered


@cache
def _operations() -> dict[tuple[str, bool], dict[str, str]]:
    """The operations of S3's service model by method, kind and subresource."""
    model = botocore.session.get_session().get_service_model("s3")
    found: dict[tuple[str, bool], dict[str, str]] = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        for part in filter(None, query.split("&")):
            of = found.setdefault((http["method"], "{Key+}" in path), {})
            of.setdefault(part.partition("=")[0], name)
    return found
