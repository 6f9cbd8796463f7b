"""S3's answers as S3 draws them: moto's have other services' headers, and lack ids.

Follows "Common response headers" and "Error responses" in the S3 API reference.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, Response, request
from moto.moto_server.werkzeug_app import create_backend_app

from grader.cloud import unmodelled
from grader.cloud.notification_origin import host_id, request_id
from grader.cloud.s3 import errors

_NOT_S3S = ("x-amzn-requestid", "x-amz-sdk-checksum-algorithm", "x-amz-content-sha256")


def backend_app(service: Any) -> Flask:
    """Make moto's application for a service, whose S3 answers as S3 does."""
    app: Flask = create_backend_app(service)
    # In debug mode Flask makes a class for each request; errors come through as there.
    app.debug = False
    app.config["PROPAGATE_EXCEPTIONS"] = True
    unmodelled.refuse_by_name(app)
    if service == "s3":
        app.after_request(_drawn)
    return app


def _drawn(response: Response) -> Response:
    headers = response.headers
    for name in _NOT_S3S:
        headers.pop(name, None)
    # An upload with notifications has the ids already: they are in its events.
    headers.setdefault("x-amz-request-id", request_id())
    headers.setdefault("x-amz-id-2", host_id())
    headers["Server"] = "AmazonS3"
    if response.status_code >= 400:
        _draw_error(response)
    else:
        _draw_object_headers(response)
    return response


def _draw_error(response: Response) -> None:
    refused = errors.refusal()
    if refused is not None:
        response.status_code = refused.status
        response.headers.update(refused.headers)
    if request.method == "HEAD":
        response.headers["Content-Type"] = "application/xml"
        return
    body = response.get_data(as_text=True)
    if "<Error>" not in body:
        return
    members = errors.xml(refused.members) if refused is not None else ""
    ids = (
        f"{members}<RequestId>{response.headers['x-amz-request-id']}</RequestId>"
        f"<HostId>{response.headers['x-amz-id-2']}</HostId>"
    )
    body = re.sub(r"<(RequestId|HostId)>[^<]*</\1>", "", body)
    response.set_data(body.replace("</Error>", f"{ids}</Error>"))


def _draw_object_headers(response: Response) -> None:
    headers, asked = response.headers, request.args
    checksums = [
        name for name, _ in headers if name.lower().startswith("x-amz-checksum-")
    ]
    if "tagging" in asked or "acl" in asked:
        for name in checksums:
            del headers[name]
    elif checksums and "uploadId" not in asked and "attributes" not in asked:
        headers.setdefault("x-amz-checksum-type", "FULL_OBJECT")
    uploads = request.method == "POST" and {"uploads", "uploadId"} & set(asked)
    if "ETag" in headers or uploads:
        headers.setdefault("x-amz-server-side-encryption", "AES256")
    if request.method == "PUT":
        headers.pop("Last-Modified", None)
        if "x-amz-copy-source" in request.headers:
            headers.pop("ETag", None)
    if request.method not in ("GET", "HEAD") and not response.get_data():
        headers.pop("Content-Type", None)
