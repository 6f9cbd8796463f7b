"""Invoke URLs: which API, function or web site a request is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote, urlsplit


class Kind(Enum):
    """What an invoke URL leads to; the value is its segment in the path form."""

    API = "execute-api"
    FUNCTION = "lambda-url"
    WEBSITE = "website"


@dataclass(frozen=True)
class Address:
    """A target's id (API, URL or bucket) and the path after it, as it was sent.

    ``path`` starts with a slash and keeps its percent-encoding.
    """

    kind: Kind
    id: str
    path: str


_PATH_FORM = re.compile(
    r"/_aws/(?P<kind>execute-api|lambda-url|website)/(?P<id>[^/]+)(?P<path>/.*)?"
)
_MARKS = (".execute-api.", ".lambda-url.", ".s3-website")
_HOST_FORMS = {
    Kind.API: re.compile(
        r"(?P<id>[a-z0-9]+)\.execute-api\.(?:localhost|[a-z0-9-]+\.amazonaws\.com)"
    ),
    Kind.FUNCTION: re.compile(
        r"(?P<id>[a-z0-9]+)\.lambda-url\.(?:localhost|[a-z0-9-]+\.(?:on\.aws|localhost))"
    ),
    Kind.WEBSITE: re.compile(
        r"(?P<id>[a-z0-9.-]+)\.s3-website"
        r"(?:\.localhost|[.-][a-z0-9-]+\.(?:amazonaws\.com|localhost))"
    ),
}


def raw_path(environ: Mapping[str, Any]) -> str:
    """Return the request's path with its percent-encoding, without the query."""
    # WSGI decodes PATH_INFO; servers keep what was sent under one of these names.
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if target:
        path = urlsplit(target).path if "://" in target else target.partition("?")[0]
        return path or "/"
    return quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe="/:@!$&'()*+,;=")


def address_of(environ: Mapping[str, Any]) -> Address | None:
    """Read a request's address from its path form or, failing that, its Host."""
    if environ.get("PATH_INFO", "").startswith("/_aws/"):
        found = _PATH_FORM.fullmatch(raw_path(environ))
        if found is None:
            return None
        return Address(Kind(found["kind"]), found["id"], found["path"] or "/")
    host = environ.get("HTTP_HOST", "")
    # Every request of the cloud comes through here: most end with this line.
    if not any(mark in host for mark in _MARKS):
        return None
    return _by_host(host, raw_path(environ))


def _by_host(host: str, path: str) -> Address | None:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    for kind, form in _HOST_FORMS.items():
        found = form.fullmatch(name.lower())
        if found is not None:
            return Address(kind, found["id"], path)
    return None


def path_form(endpoint_url: str, address: Address) -> str:
    """Write an address as a URL that needs no name resolution."""
    return f"{endpoint_url}/_aws/{address.kind.value}/{address.id}{address.path}"


def address_from_url(url: str) -> Address | None:
    """Read the address in a URL as AWS writes it, such as an ``ApiEndpoint``."""
    parts = urlsplit(url)
    return _by_host(parts.netloc, parts.path or "/")
