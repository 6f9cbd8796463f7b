"""A bucket is in one Region, and answers there.

Follows "Redirecting requests" in the S3 API reference. moto answers for every bucket
in every Region.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.cloud.s3.errors import Refused
from grader.cloud.s3.storage import find

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request


def check(asked: S3Request) -> None:
    """Refuse a request that was signed for another Region than the bucket's.

    SDKs sign again for the Region that the answer tells. Signature version 2 and
    unsigned requests name no Region; where a bucket is may be asked anywhere.

    Raises:
        Refused: PermanentRedirect, or AuthorizationQueryParametersError for a
            presigned URL.
    """
    bucket = find(asked.bucket_name)
    region = asked.signed_region
    if bucket is None or region is None or region == bucket.region_name:
        return
    told = {"x-amz-bucket-region": bucket.region_name}
    if asked.presigned:
        raise Refused(
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region"
            f" '{region}' is wrong; expecting '{bucket.region_name}'",
            400,
            told,
            Region=bucket.region_name,
        )
    if "location" in asked.request.args:
        return
    raise Refused(
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified"
        " endpoint. Please send all future requests to this endpoint.",
        301,
        told,
        Endpoint=f"{bucket.name}.s3.{bucket.region_name}.amazonaws.com",
        Bucket=bucket.name,
    )
