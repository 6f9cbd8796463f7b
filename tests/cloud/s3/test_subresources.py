"""What isn't modelled is refused by its name, and does nothing else instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.s3.conftest import refused


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (
            "put_bucket_request_payment",
            {"RequestPaymentConfiguration": {"Payer": "Requester"}},
        ),
        ("get_bucket_request_payment", {}),
        ("delete_bucket_inventory_configuration", {"Id": "x"}),
        ("get_object_torrent", {"Key": "k"}),
        ("get_object_retention", {"Key": "k"}),
        ("rename_object", {"Key": "new", "RenameSource": "k"}),
    ],
)
def test_operation_is_refused(
    s3: Any, bucket: str, call: str, arguments: dict[str, Any]
) -> None:
    """For moto they are about the whole: the third would delete the bucket."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    operation = s3.meta.method_to_api_mapping[call]
    error = refused(getattr(s3, call), Bucket=bucket, **arguments)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"] == {
        "Code": "NotImplemented",
        "Message": f"The local cloud doesn't model S3's operation {operation}.",
    }
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [
        "k"
    ]
