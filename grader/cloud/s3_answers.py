"""S3's answers as S3 draws them: moto's have other services' headers, and lack ids.

Follows "Common response headers" and "Error responses" in the S3 API reference.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.exceptions import NoSuchUpload, S3ClientError
from moto.s3.models import S3Backend

from grader.cloud.notification_origin import host_id, request_id

_NOT_S3S = ("x-amzn-requestid", "x-amz-sdk-checksum-algorithm", "x-amz-content-sha256")
_MAX_KEY_BYTES = 1024


class _KeyTooLong(S3ClientError):  # type: ignore[misc]
    code = "KeyTooLongError"

    def __init__(self, size: int) -> None:
        super().__init__("Your key is too long")
        # Not in moto's model of the error: _draw_error writes them.
        g.error_members = {"Size": size, "MaxSizeAllowed": _MAX_KEY_BYTES}


def backend_app(service: Any) -> Flask:
    """Make moto's application for a service; S3's answers as S3 does."""
    app: Flask = create_backend_app(service)
    if service == "s3":
        _install()
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
    if request.method == "HEAD":
        response.headers["Content-Type"] = "application/xml"
        return
    body = response.get_data(as_text=True)
    if "<Error>" not in body:
        return
    members = "".join(
        f"<{name}>{value}</{name}>"
        for name, value in g.get("error_members", {}).items()
    )
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


def _install() -> None:
    """Refuse what moto fails on with a KeyError, and keys that are too long."""
    for name in ("upload_part", "upload_part_copy", "complete_multipart_upload"):
        own = getattr(S3Backend, name)
        if own.__module__ == S3Backend.__module__:
            setattr(S3Backend, name, _of_an_upload(own))
    put_object = S3Backend.put_object
    if put_object.__module__ == S3Backend.__module__:

        def put(
            backend: Any, bucket_name: str, key_name: str, *args: Any, **kwargs: Any
        ) -> Any:
            size = len(key_name.encode())
            if size > _MAX_KEY_BYTES:
                raise _KeyTooLong(size)
            return put_object(backend, bucket_name, key_name, *args, **kwargs)

        S3Backend.put_object = put


def _of_an_upload(own: Callable[..., Any]) -> Callable[..., Any]:
    names = list(inspect.signature(own).parameters)[1:3]

    def checked(backend: Any, *args: Any, **kwargs: Any) -> Any:
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        bucket, upload = (given[name] for name in names)
        if upload not in backend.get_bucket(bucket).multiparts:
            raise NoSuchUpload(upload_id=upload)
        return own(backend, *args, **kwargs)

    return checked
