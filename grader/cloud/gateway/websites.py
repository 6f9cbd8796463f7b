"""S3 static websites: index and error documents of public objects.

Follows "Hosting a static website using Amazon S3" in the S3 user guide. moto stores the
configuration and never serves it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import xmltodict
from werkzeug.wrappers import Response

from grader.cloud import s3
from grader.cloud.access import context_keys
from grader.cloud.access.authorisation import decide
from grader.cloud.access.principals import ANONYMOUS
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.unsupported import NotModelled

# Object metadata that S3 sends as headers of their own.
_SENT = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)


@dataclass(frozen=True)
class Website:
    """The website of a bucket.

    ``prefix`` comes before each path in a redirect: the path form's, or nothing.
    """

    bucket_name: str
    prefix: str

    def respond(self, incoming: Incoming) -> Response:
        """Answer a request at the website endpoint."""
        response = self._respond(incoming)
        response.headers["x-amz-request-id"] = incoming.request_id.replace("-", "")[
            :16
        ].upper()
        response.headers["x-amz-id-2"] = incoming.extended_request_id
        if incoming.method == "HEAD":
            response.set_data(b"")
        return response

    def _respond(self, incoming: Incoming) -> Response:
        bucket = s3.find(self.bucket_name)
        if bucket is None:
            return _page(
                404,
                "NoSuchBucket",
                "The specified bucket does not exist",
                BucketName=self.bucket_name,
            )
        if bucket.website_configuration is None:
            return _page(
                404,
                "NoSuchWebsiteConfiguration",
                "The specified bucket does not have a website configuration",
                BucketName=self.bucket_name,
            )
        site = xmltodict.parse(bucket.website_configuration)["WebsiteConfiguration"]
        if incoming.method not in ("GET", "HEAD"):
            return _page(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                Method=incoming.method,
                ResourceType="OBJECT",
            )
        if "RedirectAllRequestsTo" in site:
            return _redirect_all(site["RedirectAllRequestsTo"], incoming)
        if "RoutingRules" in site:
            raise NotModelled("routing rules of S3 websites")
        return self._document(bucket, site, incoming)

    def _document(self, bucket: Any, site: Any, incoming: Incoming) -> Response:
        suffix = site["IndexDocument"]["Suffix"]
        key = unquote(incoming.path[1:])
        if key == "" or key.endswith("/"):
            return self._object(bucket, site, f"{key}{suffix}", incoming)
        if _current(bucket, key) is None and _current(bucket, f"{key}/{suffix}"):
            location = f"{self.prefix}{incoming.path}/"
            return Response(status=302, headers={"Location": location})
        return self._object(bucket, site, key, incoming)

    def _object(self, bucket: Any, site: Any, key: str, incoming: Incoming) -> Response:
        found = _current(bucket, key)
        if found is not None and _public(bucket, "s3:GetObject", incoming, key):
            return _serve(found, 200)
        # Who may not list the bucket isn't told whether a key exists.
        if found is None and _public(bucket, "s3:ListBucket", incoming):
            status, code = 404, "NoSuchKey"
            message, more = "The specified key does not exist.", {"Key": key}
        else:
            status, code, message, more = 403, "AccessDenied", "Access Denied", {}
        error_key = (site.get("ErrorDocument") or {}).get("Key")
        if error_key is None:
            return _page(status, code, message, **more)
        document = _current(bucket, error_key)
        if document is not None and _public(
            bucket, "s3:GetObject", incoming, error_key
        ):
            return _serve(document, status)
        return _page(status, code, message, **more, error_document=error_key)


def _current(bucket: Any, key: str) -> Any | None:
    found = bucket.keys.get(key)
    # A delete marker has no value.
    return found if found is not None and hasattr(found, "value") else None


def _public(
    bucket: Any, action: str, incoming: Incoming, key: str | None = None
) -> bool:
    """Say whether anybody may do something to a bucket, or to a key in it."""
    arn = f"arn:aws:s3:::{bucket.name}"
    context = {
        **context_keys.of_caller(ANONYMOUS, incoming.arrived),
        # A website endpoint speaks no TLS, on AWS as here.
        "aws:securetransport": "false",
        "aws:sourceip": incoming.source_ip,
        "aws:useragent": incoming.user_agent,
    }
    if referer := incoming.header("referer"):
        context["aws:referer"] = referer
    resource = arn if key is None else f"{arn}/{key}"
    return decide(ANONYMOUS, action, resource, context).allowed


def _serve(found: Any, status: int) -> Response:
    if found.website_redirect_location:
        location = found.website_redirect_location
        return Response(status=301, headers={"Location": location})
    response = Response(found.value, status=status)
    response.headers["Content-Type"] = "binary/octet-stream"
    for name, value in found.metadata.items():
        if name.lower() in _SENT:
            response.headers[name.title()] = value
    response.headers["ETag"] = found.etag
    response.headers["Last-Modified"] = found.last_modified_RFC1123
    return response


def _redirect_all(target: Any, incoming: Incoming) -> Response:
    protocol = target.get("Protocol") or "http"
    query = f"?{incoming.query}" if incoming.query else ""
    location = f"{protocol}://{target['HostName']}{incoming.path}{query}"
    return Response(status=301, headers={"Location": location})


_REASONS = {403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


def _page(
    status: int,
    code: str,
    message: str,
    error_document: str | None = None,
    **more: str,
) -> Response:
    title = f"{status} {_REASONS[status]}"
    facts = {"Code": code, "Message": message, **more}
    items = "".join(
        f"<li>{name}: {html.escape(value)}</li>\n" for name, value in facts.items()
    )
    text = f"<h1>{title}</h1>\n<ul>\n{items}</ul>\n"
    if error_document is not None:
        text += (
            "<h3>An Error Occurred While Attempting to Retrieve a Custom Error"
            " Document</h3>\n<ul>\n<li>Code: NoSuchKey</li>\n"
            "<li>Message: The specified key does not exist.</li>\n"
            f"<li>Key: {html.escape(error_document)}</li>\n</ul>\n"
        )
    return Response(
        f"<html>\n<head><title>{title}</title></head>\n<body>\n{text}<hr/>\n</body>\n"
        "</html>\n",
        status=status,
        content_type="text/html; charset=utf-8",
        headers={"x-amz-error-code": code, "x-amz-error-message": message},
    )
