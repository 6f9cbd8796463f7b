import json


def greet(event, context):
    name = event.get("name") or "stranger"
    answer = {"greeting": f"Hello, {name}!", "request_id": context.aws_request_id}
    return json.dumps(answer)
