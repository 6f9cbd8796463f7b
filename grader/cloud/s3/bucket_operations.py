"""Operations on buckets: moto's answers, but for those that S3 gives otherwise."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from grader import facts
from grader.cloud.s3 import (
    acls,
    block_public_access,
    bucket_lists,
    bucket_policies,
    creation,
    deletions,
    form_uploads,
    lifecycle_answers,
    listings,
    object_tags,
    subresources,
    uploads,
    versions,
)
from grader.cloud.s3.callers import denial
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.public_policies import is_public
from grader.cloud.s3.requests import S3Request


class BucketOperations(S3Request):
    """The operations whose resource is a bucket, or all of them."""

    def all_buckets(self) -> Any:
        """ListBuckets."""
        self.data["Action"] = "ListAllMyBuckets"
        self._authenticate_and_authorize_s3_action()
        return bucket_lists.answer(self)

    def _bucket_response_put(
        self, request: Any, bucket_name: str, querystring: dict[str, Any]
    ) -> Any:
        about = subresources.about("PUT", querystring, of_object=False)
        if not about:
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
            raise Refused(
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

    def _bucket_tagging_from_body(self) -> dict[str, str]:
        most = facts.tags.TAGS_PER_RESOURCE.value
        return object_tags.from_elements(self.parsed("Tagging"), "Bucket", most)

    def _bucket_response_post(self, request: Any, bucket_name: str) -> Any:
        if "delete" in request.args:
            return super()._bucket_response_post(request, bucket_name)
        self.data["Action"] = "PutObject"
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
        return form_uploads.answer(self)

    def _bucket_response_delete_keys(
        self, bucket_name: str, authenticated: bool = True
    ) -> Any:
        return deletions.answer(self)

    def delete_bucket(self) -> Any:
        """DeleteBucket. moto doesn't say that it is the versions."""
        bucket = self.bucket()
        if bucket.keys and bucket.versioning_status is not None:
            raise Refused(
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

    def list_multipart_uploads(self) -> Any:
        """ListMultipartUploads."""
        return uploads.list_uploads(self)

    def get_bucket_lifecycle(self) -> Any:
        """GetBucketLifecycleConfiguration. moto leaves some of a rule out."""
        return lifecycle_answers.get(self)

    def get_bucket_policy_status(self) -> Any:
        """GetBucketPolicyStatus. For moto any condition narrows a policy."""
        policy = block_public_access.policy(self.bucket())
        if policy is None:
            return super().get_bucket_policy_status()
        self.data["Action"] = "GetBucketPolicyStatus"
        public = is_public(policy)
        return self.serialized(ActionResult({"PolicyStatus": {"IsPublic": public}}))
