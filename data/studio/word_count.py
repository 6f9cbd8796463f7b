"""Counts the words of each letter that arrives in incoming/."""

import json
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")
        s3.put_object(
            Bucket=bucket,
            Key="reports/" + key.removeprefix("incoming/") + ".json",
            Body=json.dumps({"file": key, "words": len(text.split())}),
        )
