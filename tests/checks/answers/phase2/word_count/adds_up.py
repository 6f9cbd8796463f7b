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
        try:
            before = s3.get_object(Bucket=bucket, Key=target)["Body"].read()
            report["words"] += json.loads(before)["words"]
        except s3.exceptions.ClientError:
            pass
        s3.put_object(Bucket=bucket, Key=target, Body=json.dumps(report))
