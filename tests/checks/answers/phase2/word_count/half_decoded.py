import json

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = record["s3"]["object"]["key"].replace("+", " ")
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        report = {"file": key, "words": len(text.split())}
        target = "reports/" + key.removeprefix("incoming/") + ".json"
        s3.put_object(Bucket=bucket, Key=target, Body=json.dumps(report))
