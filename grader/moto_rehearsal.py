"""What notebooks that bring a moto of their own do first, so that it is done.

A course need not use our lab: where a notebook pretends to be on AWS by `mock_aws`,
moto imports each service and reads its model when it is asked for the first time.
"""

from __future__ import annotations

import boto3
from moto import mock_aws


def rehearse() -> None:
    """Ask S3 and DynamoDB for a little; every later `mock_aws` starts empty."""
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="rehearsal")
        s3.put_object(Bucket="rehearsal", Key="key", Body=b"body")
        s3.get_object(Bucket="rehearsal", Key="key")["Body"].read()
        table = boto3.resource("dynamodb", region_name="us-east-1").create_table(
            TableName="rehearsal",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table.put_item(Item={"key": "value"})
        table.scan()
    boto3.DEFAULT_SESSION = None
