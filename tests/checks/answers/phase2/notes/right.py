import base64
import json
import uuid

import shelf

NO_NOTE = {"message": "there is no such note"}


def handler(event, context):
    note_id = (event.get("pathParameters") or {}).get("id")
    match event["routeKey"]:
        case "POST /notes":
            return add(event)
        case "GET /notes":
            return answer(200, {"notes": [shelf.read(key) for key in shelf.ids()]})
        case "GET /notes/{id}":
            note = find(note_id)
            return answer(200, note) if note else answer(404, NO_NOTE)
        case "DELETE /notes/{id}":
            if find(note_id) is None:
                return answer(404, NO_NOTE)
            shelf.forget(note_id)
            return {"statusCode": 204}


def add(event):
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        text = json.loads(body)["text"]
        if not isinstance(text, str) or len(text) > 10_000:
            raise ValueError("the text has up to 10,000 characters")
    except (ValueError, TypeError, KeyError) as fault:
        return answer(400, {"message": str(fault)})
    note = {"id": str(uuid.uuid4()), "text": text}
    shelf.keep(note)
    return answer(201, note)


def answer(status, body):
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def find(note_id):
    return shelf.read(note_id) if note_id in shelf.ids() else None
