import json
import os

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["BUCKET"]


def keep(note):
    s3.put_object(Bucket=BUCKET, Key=note["id"], Body=json.dumps(note))


def ids():
    found = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [one["Key"] for one in found]


def read(key):
    return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def forget(key):
    s3.delete_object(Bucket=BUCKET, Key=key)
