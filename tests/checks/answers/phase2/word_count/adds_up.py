import json
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        target = "reports/" + key.removeprefix("incoming/") + ".json"
        report = {"file": key, "words": len(text.split())}
        there = s3.list_objects_v2(Bucket=bucket, Prefix=target).get("Contents", [])
        for found in there:
            before = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            report["words"] += json.loads(before)["words"]
        s3.put_object(Bucket=bucket, Key=target, Body=json.dumps(report))
