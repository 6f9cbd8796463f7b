"""Node functions have the AWS SDK for JavaScript, as on Lambda."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cloud import javascript_sdk
from tests.cloud.conftest import Account

needs_sdk = pytest.mark.skipif(
    javascript_sdk.node_modules() is None,
    reason="not installed: python -m grader.cloud.javascript_sdk",
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


def test_a_newer_lock_asks_for_another_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(javascript_sdk, "_FOLDER", tmp_path)
    assert not javascript_sdk.up_to_date()
    (tmp_path / "node_modules" / "@aws-sdk").mkdir(parents=True)
    lock = javascript_sdk._LOCKED / "package-lock.json"
    (tmp_path / lock.name).write_bytes(lock.read_bytes())
    assert javascript_sdk.up_to_date()
    (tmp_path / lock.name).write_bytes(lock.read_bytes() + b"older")
    assert not javascript_sdk.up_to_date()


def test_the_lock_names_no_addresses() -> None:
    lock = javascript_sdk._LOCKED / "package-lock.json"
    assert "://" not in lock.read_text()
