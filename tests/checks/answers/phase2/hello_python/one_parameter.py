def greet(event):
    return {"greeting": f"Hello, {event['name']}!"}
