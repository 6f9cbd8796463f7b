import uuid


def greet(event, context):
    name = event.get("name") or "stranger"
    return {"greeting": f"Hello, {name}!", "request_id": str(uuid.uuid4())}
