def greet(event, context):
    return "Hello, " + event["name"] + "!"
