"""Node functions have the AWS SDK for JavaScript, as on Lambda."""

from __future__ import annotations

import pytest

from grader import npm
from tests.cloud.conftest import Account

needs_sdk = pytest.mark.skipif(
    npm.AWS_SDK.node_modules() is None,
    reason=f"not installed: {npm.AGAIN}",
)


@needs_sdk
@pytest.mark.parametrize(
    ("file", "load", "export"),
    [
        (
            "app.mjs",
            "import * as S3 from '@aws-sdk/client-s3';",
            "export const handler =",
        ),
        ("app.cjs", "const S3 = require('@aws-sdk/client-s3');", "exports.handler ="),
    ],
)
def test_both_kinds_of_modules_reach_the_lab_with_it(
    account: Account, file: str, load: str, export: str
) -> None:
    account.permit("s3:PutObject")
    bucket = f"from-{file.replace('.', '-')}"
    account.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    name = account.deploy(
        {
            file: f"{load}\n"
            "const s3 = new S3.S3Client({});\n"
            f"{export} async (event) => {{\n"
            "  await s3.send(new S3.PutObjectCommand(event));\n"
            "  return 'stored';\n"
            "};\n"
        },
        Runtime="nodejs24.x",
        Timeout=30,
        MemorySize=256,
    )
    event = {"Bucket": bucket, "Key": "é +.txt", "Body": "hello"}
    assert account.invoke(name, event).payload == "stored"
    stored = account.client("s3").get_object(Bucket=bucket, Key="é +.txt")
    assert stored["Body"].read() == b"hello"
