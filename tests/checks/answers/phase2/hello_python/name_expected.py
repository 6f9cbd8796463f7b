def greet(event, context):
    greeting = f"Hello, {event['name']}!"
    return {"greeting": greeting, "request_id": context.aws_request_id}
