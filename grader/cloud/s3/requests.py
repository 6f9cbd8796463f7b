"""S3's operations: moto's answers, but for those that S3 gives otherwise."""

from __future__ import annotations

from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.core.responses import ActionResult
from moto.core.utils import extract_region_from_aws_authorization
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.s3.responses import S3Response

from grader.cloud.s3 import (
    acls,
    block_public_access,
    bucket_policies,
    creation,
    deletions,
    errors,
    lifecycle_answers,
    listings,
    regions,
    version_ids,
    versions,
)
from grader.cloud.s3.callers import denial
from grader.cloud.s3.public_policies import is_public

# What a PUT to a bucket may be about; a PUT about nothing creates the bucket.
_SUBRESOURCES = frozenset(
    {
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
    }
)


class S3Requests(S3Response):  # type: ignore[misc]
    """One request to S3."""

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
        if request.method != "PUT" or request.args:
            regions.check(self)
        return super()._bucket_response(request, full_url)

    def _key_response(self, request: Any, full_url: str) -> Any:
        regions.check(self)
        return super()._key_response(request, full_url)

    def _bucket_response_put(
        self, request: Any, bucket_name: str, querystring: dict[str, Any]
    ) -> Any:
        about = set(querystring) & _SUBRESOURCES
        if not about:
            if unknown := set(querystring) - {"x-id"}:
                raise errors.unmodelled(f"PUT ?{min(unknown)} of a bucket")
            self._set_action("BUCKET", "PUT", querystring)
            self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
            return creation.answer(self, bucket_name)
        if "lifecycle" in about:
            return lifecycle_answers.put(self)
        if about & {"acl", "policy", "ownershipControls"}:
            self._check_permissions(about)
        elif "versioning" in about:
            self._check_versioning()
        answer = super()._bucket_response_put(request, bucket_name, querystring)
        return (204, {}, "") if "policy" in about else answer

    def _check_versioning(self) -> None:
        root = self.parsed("VersioningConfiguration")
        versions.check_state(root.get("Status"), root.get("MfaDelete"))
        if root["Status"] != versions.ENABLED and self.bucket().object_lock_enabled:
            raise errors.Refused(
                "InvalidBucketState",
                "An Object Lock configuration is present on this bucket, so the"
                " versioning state cannot be changed.",
                409,
            )

    def _check_permissions(self, about: set[str]) -> None:
        bucket = self.bucket()
        if "acl" in about:
            acls.check_setting(bucket)
            acl = acls.given(self)
            denied = denial(self, "s3:PutBucketAcl", bucket.arn)
            block_public_access.check_acl(bucket, acl, denied)
        elif "policy" in about:
            document = bucket_policies.read(self.body, bucket.name)
            denied = denial(self, "s3:PutBucketPolicy", bucket.arn)
            block_public_access.check_policy(bucket, document, denied)
        else:
            ownership = self._ownership_rule_from_body()
            acls.check_ownership(ownership)
            if ownership == acls.ENFORCED:
                acls.check_without_grants(bucket.acl)

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
        return super()._key_response_put(query, key_name)

    def _invalid_headers(self, url: str, headers: Any) -> bool:
        # The signature was verified, with every header that it covers.
        return False

    def _get_key(self, validate_storage_class: bool = True) -> Any:
        version_id = self.request.args.get("versionId")
        key = self.parse_key_name()
        versions.require(self.bucket(), key, version_id, self.method)
        # HEAD tells of an archived object as well.
        return super()._get_key(validate_storage_class and self.method == "GET")

    def get_bucket_lifecycle(self) -> Any:
        """GetBucketLifecycleConfiguration. moto leaves some of a rule out."""
        return lifecycle_answers.get(self)

    def put_object(self) -> Any:
        """PutObject. moto doesn't say when the object will be gone."""
        status, headers, body = super().put_object()
        return status, lifecycle_answers.told(self, headers), body

    def copy_object(self) -> Any:
        """CopyObject. moto doesn't say when the object will be gone."""
        status, headers, body = super().copy_object()
        return status, lifecycle_answers.told(self, headers), body

    def get_object(self) -> Any:
        """GetObject. moto tells the null version only of buckets without versions."""
        status, headers, body = super().get_object()
        if "versionId" not in self.request.args:
            headers = lifecycle_answers.told(self, headers)
        if self.bucket().versioning_status is not None:
            headers.setdefault("x-amz-version-id", version_ids.NULL)
        return status, headers, body

    def head_object(
        self, bucket_name: str, query: Any, key_name: str, headers: Any
    ) -> Any:
        """HeadObject. moto has no versions where versioning is suspended."""
        if "partNumber" in query:
            return super().head_object(bucket_name, query, key_name, headers)
        self._set_action("KEY", "HEAD", query)
        self._authenticate_and_authorize_s3_action(
            bucket_name=bucket_name, key_name=key_name
        )
        return self.get_object()

    def _bucket_response_delete_keys(
        self, bucket_name: str, authenticated: bool = True
    ) -> Any:
        return deletions.answer(self)

    def delete_bucket(self) -> Any:
        """DeleteBucket. moto doesn't say that it is the versions."""
        bucket = self.bucket()
        if bucket.keys and bucket.versioning_status is not None:
            raise errors.Refused(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty. You must delete all"
                " versions in the bucket.",
                409,
                BucketName=bucket.name,
            )
        return super().delete_bucket()

    def list_objects(self) -> Any:
        """ListObjects."""
        return listings.list_objects(self)

    def list_objects_v2(self) -> Any:
        """ListObjectsV2."""
        return listings.list_objects_v2(self)

    def list_object_versions(self) -> Any:
        """ListObjectVersions."""
        return listings.list_object_versions(self)

    def get_bucket_policy_status(self) -> Any:
        """GetBucketPolicyStatus. For moto any condition narrows a policy."""
        policy = block_public_access.policy(self.bucket())
        if policy is None:
            return super().get_bucket_policy_status()
        self.data["Action"] = "GetBucketPolicyStatus"
        public = is_public(policy)
        return self.serialized(ActionResult({"PolicyStatus": {"IsPublic": public}}))
