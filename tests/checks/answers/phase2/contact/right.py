import base64
import contextlib
import hashlib
import json
import os
import re
import time
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
DAYS = 90
MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
RULES = {
    "name": ("Please tell your name, in up to 100 characters.", 100),
    "email": ("This doesn't look like an e-mail address.", 254),
    "message": ("Please write something, up to 5,000 characters.", 5000),
}


def handler(event, context):
    sent = read(event)
    if sent is None:
        return answer(400, {"errors": [], "message": "that is no JSON object"})
    errors = [
        {"field": field, "message": text}
        for field, (text, longest) in RULES.items()
        if not good(field, sent.get(field), longest)
    ]
    if errors:
        return answer(400, {"errors": errors})
    made = name_of(event["headers"].get("idempotency-key"))
    if not sent.get("website"):
        keep(made, sent)
    return answer(201, {"id": made})


def read(event):
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body)
        sent = json.loads(body)
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


def good(field, value, longest):
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        return False
    return field != "email" or MAIL.fullmatch(value) is not None


def name_of(key):
    return hashlib.sha256(key.encode()).hexdigest() if key else uuid.uuid4().hex


def keep(made, sent):
    item = {field: sent[field] for field in RULES}
    item |= {"id": made, "expires": int(time.time()) + DAYS * 24 * 60 * 60}
    known = table.meta.client.exceptions.ConditionalCheckFailedException
    with contextlib.suppress(known):
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
