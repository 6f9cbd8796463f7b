def greet(event, context):
    name = event.get("name") or "stranger"
    print({"greeting": f"Hello, {name}!", "request_id": context.aws_request_id})
