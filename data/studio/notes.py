"""Keeps June's notes in a bucket: POST, GET and DELETE behind an HTTP API."""

import json
import os
import uuid

import boto3

s3 = boto3.client("s3")
BUCKET = os.environ["BUCKET"]


def handler(event, context):
    key = "notes/{id}.json".format(**event.get("pathParameters") or {"id": ""})
    match event["routeKey"]:
        case "POST /notes":
            note = {"id": uuid.uuid4().hex, "text": json.loads(event["body"])["text"]}
            key = f"notes/{note['id']}.json"
            s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(note))
            return answer(201, note)
        case "GET /notes":
            found = s3.list_objects_v2(Bucket=BUCKET, Prefix="notes/")
            notes = [read(one["Key"]) for one in found.get("Contents", [])]
            return answer(200, {"notes": notes})
        case "GET /notes/{id}":
            note = read(key)
            return answer(200, note) if note else answer(404, {"message": "no note"})
        case "DELETE /notes/{id}":
            s3.delete_object(Bucket=BUCKET, Key=key)
            return {"statusCode": 204}


def read(key):
    try:
        return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
