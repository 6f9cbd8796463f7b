"""The credentials that a request was signed with, in its header or in its URL."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request

from grader.cloud.access.bodies import body

DEFAULT_REGION = "us-east-1"

# Where moto looks for it, too: nobody may be one for us and another one there.
_SCOPE = re.compile(
    r"\S+\s+Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]+)/([^/,\s]+)/aws4_request(?:[,\s]|$)"
)
_VERSION_2 = re.compile(r"AWS ([^:\s]+):")


@dataclass(frozen=True)
class Credentials:
    """A key id, a session's token, and what was signed for.

    `service` is empty for an unsigned request.
    """

    access_key_id: str = ""
    service: str = ""
    region: str = DEFAULT_REGION
    token: str | None = None
    presigned: bool = False


UNSIGNED = Credentials()


def credentials(environ: dict[str, Any]) -> Credentials:
    """Read the credential scope of a request."""
    header = environ.get("HTTP_AUTHORIZATION")
    if header:
        if header.count("Credential=") > 1:
            return UNSIGNED
        found = _SCOPE.match(header)
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        if found is not None:
            access_key_id, region, service = found.groups()
            return Credentials(access_key_id, service, region, token)
        if old := _VERSION_2.match(header):
            return Credentials(old[1], "s3", DEFAULT_REGION, token)
        return UNSIGNED
    query = environ.get("QUERY_STRING", "")
    if "X-Amz-Credential=" in query or "AWSAccessKeyId=" in query:
        return signed_fields(dict(parse_qsl(query)))
    if environ.get("CONTENT_TYPE", "").startswith("multipart/form-data"):
        return signed_fields(form_fields(environ))
    return UNSIGNED


def signed_fields(fields: Mapping[str, str]) -> Credentials:
    """The credentials in a presigned URL's query, or in the fields of a form."""
    told = {name.lower(): value for name, value in fields.items()}
    token = told.get("x-amz-security-token")
    if (scope := told.get("x-amz-credential")) is not None:
        access_key_id, _, rest = scope.partition("/")
        parts = rest.split("/")
        if len(parts) == 4:
            return Credentials(access_key_id, parts[2], parts[1], token, presigned=True)
    elif (key := told.get("awsaccesskeyid")) is not None:
        return Credentials(key, "s3", DEFAULT_REGION, token, presigned=True)
    return UNSIGNED


def form_fields(environ: dict[str, Any]) -> dict[str, str]:
    """The fields of a browser's upload, without the file."""
    data = body(environ)
    with Request({**environ, "wsgi.input": io.BytesIO(data)}) as request:
        return {name: str(value) for name, value in request.form.items()}
