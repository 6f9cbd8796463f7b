"""POST Object: a browser's form that uploads a file.

moto reads no policy, and stores whatever comes. Follows "POST Object" in the S3 API
reference.
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from xml.parsers.expat import ExpatError

import xmltodict
from moto.s3.models import FakeKey
from moto.s3.utils import metadata_from_headers

from grader.cloud.s3 import (
    acls,
    block_public_access,
    object_tags,
    post_policies,
    signatures,
)
from grader.cloud.s3.callers import denial
from grader.cloud.s3.errors import Refused, malformed, xml
from grader.cloud.s3.presigned import ENVIRON_KEY, PresignedURLs
from grader.cloud.s3.secrets import secret_of

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

_STATUSES = ("200", "201", "204")


@dataclass(frozen=True)
class Form:
    """A form as it came: its fields by their names in lower case, and its file."""

    fields: Mapping[str, str]
    key: str
    file: bytes


def answer(asked: S3Request) -> Any:
    """Store the file of a form, if the form's policy lets it."""
    form = _form(asked)
    if "policy" in form.fields:
        _check_signature(form.fields)
        _check_policy(asked, form)
    bucket = asked.bucket()
    headers = {name: form.fields[name] for name in form.fields}
    if "acl" in headers:
        headers["x-amz-acl"] = headers["acl"]
    acls.check_upload(bucket, headers)
    acl = asked._acl_from_headers(headers)
    denied = denial(asked, "s3:PutObject", f"{bucket.arn}/{form.key}")
    block_public_access.check_acl(bucket, acl, denied)
    tags = _tags(form.fields.get("tagging"))
    stored = asked.backend.put_object(
        bucket.name,
        form.key,
        form.file,
        storage=form.fields.get("x-amz-storage-class"),
        encryption=form.fields.get("x-amz-server-side-encryption"),
        request_method="POST",
    )
    stored.set_metadata(metadata_from_headers(asked.form_data))
    if acl is not None:
        stored.set_acl(acl)
    if tags:
        asked.backend.put_object_tagging(stored, tags)
    return _answered(asked, form, stored)


def _form(asked: S3Request) -> Form:
    given = asked.request
    if given.mimetype != "multipart/form-data":
        condition = "Bucket POST must be of the enclosure-type multipart/form-data"
        raise Refused(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
            Condition=condition,
        )
    fields = {name.lower(): value for name, value in given.form.items()}
    if "key" not in fields:
        raise Refused(
            "InvalidArgument",
            "Bucket POST must contain a field named 'key'.  If it is specified, please"
            " check the order of the fields.",
            ArgumentName="key",
            ArgumentValue="",
        )
    if "file" not in given.files and "file" not in fields:
        raise Refused(
            "InvalidArgument",
            "POST requires exactly one file upload per request.",
            ArgumentName="file",
            ArgumentValue=0,
        )
    file = asked.body if isinstance(asked.body, bytes) else str(asked.body).encode()
    # moto has put the file's name where ${filename} stands.
    key = asked.querystring["key"][0]
    return Form({**fields, "key": key}, key, file)


def _check_signature(fields: Mapping[str, str]) -> None:
    text = fields["policy"]
    given = fields.get("x-amz-signature")
    scope = fields.get("x-amz-credential", "").split("/")
    key = scope[0] if given is not None else fields.get("awsaccesskeyid", "")
    if given is None:
        given = fields.get("signature")
    if given is None or not key:
        raise Refused(
            "InvalidArgument",
            "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is"
            " specified, please check the order of the fields.",
            ArgumentName="X-Amz-Signature",
            ArgumentValue="",
        )
    secret = secret_of(key)
    if secret is None:
        return
    if "x-amz-signature" in fields:
        signing_key = signatures.signing_key(secret.value, scope[1:])
        right = hmac.new(signing_key, text.encode(), "sha256").hexdigest()
    else:
        right = signatures.version_2_signature(secret.value, text)
    if not hmac.compare_digest(given.encode(), right.encode()):
        raise Refused(
            "SignatureDoesNotMatch",
            signatures.MESSAGE,
            403,
            AWSAccessKeyId=key,
            StringToSign=text,
            SignatureProvided=given,
        )


def _check_policy(asked: S3Request, form: Form) -> None:
    policy = post_policies.read(form.fields["policy"])
    ends: PresignedURLs = asked.request.environ[ENVIRON_KEY]
    fields = form.fields
    signature = fields.get("x-amz-signature") or fields["signature"]
    date = fields.get("x-amz-date")
    if time.time() > ends.end_of_policy(signature, policy.expiration, date):
        raise post_policies.denied("Policy expired.")
    policy.check({**fields, "bucket": asked.bucket_name}, len(form.file))


def _tags(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        return object_tags.from_elements(xmltodict.parse(text)["Tagging"] or {})
    except (ExpatError, KeyError):
        raise malformed() from None


def _answered(asked: S3Request, form: Form, stored: FakeKey) -> Any:
    key = quote(form.key, safe="/~-_.")
    location = f"{asked.request.host_url}{asked.bucket_name}/{key}"
    headers = {"ETag": stored.etag, "Location": location}
    if asked.bucket().versioning_status is not None:
        headers["x-amz-version-id"] = stored.version_id
    if redirect := form.fields.get("success_action_redirect"):
        parts = urlsplit(redirect)
        told = {"bucket": asked.bucket_name, "key": form.key, "etag": stored.etag}
        query = urlencode([*parse_qsl(parts.query), *told.items()])
        headers["Location"] = urlunsplit(parts._replace(query=query))
        return 303, headers, ""
    status = form.fields.get("success_action_status", "204")
    if status not in _STATUSES:
        status = "204"
    if status != "201":
        return int(status), headers, ""
    members = {
        "Location": location,
        "Bucket": asked.bucket_name,
        "Key": form.key,
        "ETag": stored.etag,
    }
    body = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return 201, headers, f"{body}<PostResponse>{xml(members)}</PostResponse>"
