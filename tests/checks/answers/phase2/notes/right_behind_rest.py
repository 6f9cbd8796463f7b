import json
import os
from base64 import b64decode
from urllib.parse import unquote
from uuid import uuid4

import boto3

shelf = boto3.resource("s3").Bucket(os.environ["BUCKET"])


class Refused(Exception):
    """An answer that isn't a success: status and message."""


def handler(event, context):
    try:
        status, body = respond(event)
    except Refused as refused:
        status, body = refused.args
        body = {"message": body}
    if body is None:
        return {"statusCode": status}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
        "body": json.dumps(body, ensure_ascii=False),
    }


def respond(event):
    first, *rest = [unquote(part) for part in event["path"].strip("/").split("/")]
    if first != "notes" or len(rest) > 1:
        raise Refused(404, "nothing here")
    match event["httpMethod"], rest:
        case "POST", []:
            return 201, add(text_of(event))
        case "GET", []:
            return 200, {"notes": [load(item) for item in shelf.objects.all()]}
        case "GET", [name]:
            return 200, load(existing(name))
        case "DELETE", [name]:
            existing(name).delete()
            return 204, None
        case _:
            raise Refused(405, "not with this method")


def text_of(event):
    raw = event["body"] or ""
    try:
        sent = json.loads(b64decode(raw) if event["isBase64Encoded"] else raw)
    except ValueError:
        raise Refused(400, "no JSON") from None
    match sent:
        case {"text": str(text)} if len(text) <= 10_000:
            return text
        case _:
            raise Refused(400, "no text")


def add(text):
    item = shelf.Object(f"note-{uuid4()}")
    item.put(Body=text.encode())
    return load(item)


def load(item):
    found = shelf.Object(item.key).get()["Body"].read().decode()
    return {"id": item.key, "text": found}


def existing(name):
    for item in shelf.objects.filter(Prefix=name):
        if item.key == name:
            return shelf.Object(name)
    raise Refused(404, "no such note")
