"""One request to S3: whose bucket it is about, and who signed it for where."""

from __future__ import annotations

from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.core.responses import ActionResult
from moto.core.utils import extract_region_from_aws_authorization
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.s3.responses import S3Response

from grader.cloud.s3 import errors, regions, subresources


class S3Request(S3Response):  # type: ignore[misc]
    """What every operation of S3 needs of its request."""

    @property
    def backend(self) -> S3Backend:
        """Where the bucket is; moto takes the caller's account, whoever owns it."""
        owned = s3_backends.bucket_accounts.get(self.bucket_name)
        if owned is None:
            return super().backend
        partition, account = owned
        return s3_backends[account][partition]

    def setup_class(self, *args: Any, **kwargs: Any) -> None:
        """Read a request; moto doesn't look for the Region in a presigned URL."""
        super().setup_class(*args, **kwargs)
        if scope := self._presigned_scope():
            self.region = scope[2]

    def get_access_key(self) -> str:
        """Who signed; moto doesn't look at a presigned URL's X-Amz-Credential."""
        scope = self._presigned_scope()
        return scope[0] if scope else str(super().get_access_key())

    @property
    def presigned(self) -> bool:
        """Whether the signature is in the URL."""
        return "X-Amz-Signature" in self.request.args

    @property
    def signed_region(self) -> str | None:
        """The Region that the request was signed for; older signatures have none."""
        if scope := self._presigned_scope():
            return scope[2]
        signed = self.headers.get("Authorization", "")
        region: str | None = extract_region_from_aws_authorization(signed)
        return region

    def _presigned_scope(self) -> list[str] | None:
        credential = (self.querystring.get("X-Amz-Credential") or [""])[0]
        scope = credential.split("/")
        return scope if len(scope) == 5 else None

    def serialized(self, action_result: ActionResult) -> Any:
        """Draw an answer; a refusal's status and members come after moto."""
        errors.note(action_result.result)
        return super().serialized(action_result)

    def bucket(self) -> FakeBucket:
        """The bucket that the request is about."""
        return self.backend.get_bucket(self.bucket_name)

    def parsed(self, root: str) -> dict[str, Any]:
        """The members of the body's root element.

        Raises:
            Refused: MalformedXML.
        """
        try:
            return dict(xmltodict.parse(self.body)[root] or {})
        except (ExpatError, KeyError, TypeError, ValueError):
            raise errors.malformed() from None

    def _bucket_response(self, request: Any, full_url: str) -> Any:
        about = subresources.about(request.method, request.args, of_object=False)
        if self.bucket_name and (request.method != "PUT" or about):
            regions.check(self)
        return super()._bucket_response(request, full_url)

    def _key_response(self, request: Any, full_url: str) -> Any:
        subresources.about(request.method, request.args, of_object=True)
        regions.check(self)
        return super()._key_response(request, full_url)

    def _invalid_headers(self, url: str, headers: Any) -> bool:
        # The signature was verified, with every header that it covers.
        return False
