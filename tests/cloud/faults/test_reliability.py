"""Events that come twice and in another order, while the table throttles."""

from __future__ import annotations

from bench import repeated
from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account

COUNT = 30
"""A tenth of what the benchmark uploads."""


def test_each_upload_is_worked_on_once(
    shared_cloud: Cloud, fresh_account: Account
) -> None:
    """Each comes twice, and a handler that tells them apart works once for each."""
    account, bucket = fresh_account, f"photos-{fresh_account.id}"
    account.permit("dynamodb:PutItem")
    repeated.make_table(account.client("dynamodb"))
    name = account.deploy(repeated.SOURCE, Timeout=60)
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    trigger = {
        "LambdaFunctionArn": (
            f"arn:aws:lambda:{account.region}:{account.id}:function:{name}"
        ),
        "Events": ["s3:ObjectCreated:*"],
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"LambdaFunctionConfigurations": [trigger]},
    )
    faults = shared_cloud.faults
    faults.duplicate(account.id, True)
    faults.shuffle(account.id, 2026)
    faults.fail_next(account.id, "dynamodb", "PutItem", COUNT // 10)
    keys = [str(number) for number in range(COUNT)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"a photo")
    shared_cloud.clock.settle()
    first, again = repeated.said(account.client("logs"), name)
    assert sorted(first) == sorted(again) == sorted(keys)
    assert first != keys
