"""Operations on objects: moto's answers, but for those that S3 gives otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.s3.models import FakeBucket, FakeKey

from grader.cloud.s3 import (
    acls,
    block_public_access,
    digests,
    lifecycle_answers,
    object_tags,
    preconditions,
    storage,
    uploads,
    version_ids,
    versions,
)
from grader.cloud.s3.callers import denial
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.permissions import permit
from grader.cloud.s3.requests import S3Request


class ObjectOperations(S3Request):
    """The operations whose resource is an object."""

    def _key_response_put(self, query: dict[str, Any], key_name: str) -> Any:
        bucket = self.bucket()
        arn = f"{bucket.arn}/{key_name}"
        if "acl" in query:
            acls.check_setting(bucket)
            denied = denial(self, "s3:PutObjectAcl", arn)
        else:
            acls.check_upload(bucket, self.headers)
            denied = denial(self, "s3:PutObject", arn)
        block_public_access.check_acl(bucket, acls.given(self), denied)
        if "partNumber" in query:
            uploads.check_number(query["partNumber"][0])
        if "uploadId" in query:
            uploads.require(self)
        return super()._key_response_put(query, key_name)

    def put_object(self) -> Any:
        """PutObject. moto looks and stores in two steps, and believes every digest."""
        self._check_digests()
        digests.check_metadata(self.headers)
        with self.backend.lock:
            preconditions.check_write(
                self.bucket(), self.parse_key_name(), self.headers
            )
            status, headers, body = super().put_object()
        return status, lifecycle_answers.told(self, headers), body

    def upload_part(self) -> Any:
        """UploadPart. moto believes every digest."""
        self._check_digests()
        return super().upload_part()

    def _check_digests(self) -> None:
        digests.check(self.body or b"", self.headers, self.raw_body or b"")

    def copy_object(self) -> Any:
        """CopyObject. moto knows one of the conditions that a copy can have."""
        if (source := self._source()) is not None:
            preconditions.check_copy(source, self.headers)
        with self.backend.lock:
            preconditions.check_write(
                self.bucket(), self.parse_key_name(), self.headers
            )
            status, headers, body = super().copy_object()
        return status, lifecycle_answers.told(self, headers), body

    def upload_part_copy(self) -> Any:
        """UploadPartCopy. moto answers nothing if there is nothing to copy."""
        source = self._source()
        if source is None:
            raise Refused("NoSuchKey", "The specified key does not exist.", 404)
        preconditions.check_copy(source, self.headers)
        return super().upload_part_copy()

    def _source(self) -> FakeKey | None:
        """The object that is to be copied."""
        path, _, query = self.headers["x-amz-copy-source"].partition("?")
        name, _, key = unquote(path).lstrip("/").partition("/")
        version_id = parse_qs(query).get("versionId", [None])[0]
        bucket = storage.find(name)
        if bucket is None:
            return None
        if version_id is None:
            self._permit_knowing(bucket, key)
        found = versions.find(bucket, key, version_id)
        return found if isinstance(found, FakeKey) else None

    def _permit_knowing(self, bucket: FakeBucket, key: str) -> None:
        """Tell who may not list a bucket no more of a missing key than of a locked one.

        Follows GetObject in the S3 API reference, "Permissions".

        Raises:
            Refused: AccessDenied.
        """
        if not isinstance(versions.find(bucket, key, None), FakeKey):
            permit("s3:ListBucket", bucket.arn)

    def _get_key(self, validate_storage_class: bool = True) -> Any:
        version_id, key = self.request.args.get("versionId"), self.parse_key_name()
        if version_id is None:
            self._permit_knowing(self.bucket(), key)
        versions.require(self.bucket(), key, version_id, self.method)
        # HEAD tells of an archived object as well.
        return super()._get_key(validate_storage_class and self.method == "GET")

    def get_object(self) -> Any:
        """GetObject. moto tells the null version only of buckets without versions."""
        status, headers, body = super().get_object()
        if "versionId" not in self.request.args:
            headers = lifecycle_answers.told(self, headers)
        if self.bucket().versioning_status is not None:
            headers.setdefault("x-amz-version-id", version_ids.NULL)
        if status == 200 and "partNumber" in self.request.args:
            return self._part(headers, body)
        return status, headers, body

    def _part(self, headers: dict[str, Any], body: bytes) -> Any:
        """One of the parts that an object was put together from."""
        key = versions.find(
            self.bucket(), self.parse_key_name(), self.request.args.get("versionId")
        )
        number = int(self.request.args["partNumber"])
        sizes = uploads.sizes(key)
        if not 1 <= number <= len(sizes):
            raise Refused(
                "InvalidPartNumber",
                "The requested partnumber is not satisfiable",
                416,
                PartNumberRequested=number,
                ActualPartCount=len(sizes),
            )
        begin = sum(sizes[: number - 1])
        part = body[begin : begin + sizes[number - 1]]
        told = {
            "content-range": f"bytes {begin}-{begin + len(part) - 1}/{key.size}",
            "content-length": str(len(part)),
            "x-amz-mp-parts-count": str(len(sizes)),
        }
        return 206, {**headers, **told}, part

    def head_object(
        self, bucket_name: str, query: Any, key_name: str, headers: Any
    ) -> Any:
        """HeadObject. moto has no versions where versioning is suspended."""
        self._set_action("KEY", "HEAD", query)
        self._authenticate_and_authorize_s3_action(
            bucket_name=bucket_name, key_name=key_name
        )
        return self.get_object()

    def _handle_range_header(
        self, request: Any, response_headers: dict[str, Any], response_content: Any
    ) -> Any:
        # S3 gives everything to who asks for a part in words that it doesn't know.
        unit, _, rest = request.headers.get("range", "").partition("=")
        if unit.strip() != "bytes" or "=" in rest:
            return 200, response_headers, response_content
        return super()._handle_range_header(request, response_headers, response_content)

    def list_parts(self) -> Any:
        """ListParts. moto counts parts by their place."""
        status, headers, body = uploads.list_parts(self)
        upload = uploads.require(self)
        told = lifecycle_answers.told_of_upload(self.bucket(), upload, headers)
        return status, told, body

    def abort_multipart_upload(self) -> Any:
        """AbortMultipartUpload. moto doesn't ask whose key the upload is of."""
        uploads.require(self)
        return super().abort_multipart_upload()

    def _key_response_post(
        self, request: Any, body: bytes, bucket_name: str, query: Any, key_name: str
    ) -> Any:
        if "uploads" in query:
            acls.check_upload(self.bucket(), self.headers)
            digests.check_metadata(self.headers)
        with self.backend.lock:
            if query.get("uploadId", [""])[0] in self.bucket().multiparts:
                preconditions.check_write(self.bucket(), key_name, self.headers)
            status, headers, answer = super()._key_response_post(
                request, body, bucket_name, query, key_name
            )
        begun = re.search("<UploadId>(.*)</UploadId>", str(answer))
        if "uploads" in query and begun is not None:
            # moto doesn't give the upload, only what it answers about it.
            upload = self.bucket().multiparts[begun[1]]
            headers = lifecycle_answers.told_of_upload(self.bucket(), upload, headers)
        # moto tells an id where there are no versions.
        if headers.get("x-amz-version-id") == version_ids.NULL:
            del headers["x-amz-version-id"]
        return status, headers, answer

    def _complete_multipart_body(self, body: bytes) -> Iterator[tuple[int, str]]:
        return uploads.parts(self)

    def delete_object(self) -> Any:
        """DeleteObject. moto looks and deletes in two steps."""
        with self.backend.lock:
            preconditions.check_write(
                self.bucket(), self.parse_key_name(), self.headers
            )
            return super().delete_object()

    def _tagging_from_headers(self, headers: Any) -> dict[str, str]:
        return object_tags.from_header(headers.get("x-amz-tagging", ""))

    def _tagging_from_xml(self) -> dict[str, str]:
        return object_tags.from_elements(self.parsed("Tagging"))

    def delete_object_tagging(self) -> Any:
        """DeleteObjectTagging. moto fails if there is no object."""
        key, version_id = self.parse_key_name(), self.request.args.get("versionId")
        versions.require(self.bucket(), key, version_id, "DELETE")
        self.backend.delete_object_tagging(self.bucket_name, key, version_id)
        storage.changed(self.bucket(), key)
        return 204, {}, ""
