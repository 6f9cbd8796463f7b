def greet(event, context):
    return {"greeting": "Hello, Amara!", "request_id": context.aws_request_id}
