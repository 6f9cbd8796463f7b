first = []


def greet(event, context):
    first.append(context.aws_request_id)
    name = event.get("name") or "stranger"
    return {"greeting": f"Hello, {name}!", "request_id": first[0]}
