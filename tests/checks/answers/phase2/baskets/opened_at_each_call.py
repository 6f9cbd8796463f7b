import uuid

PRICES = {"print": 3, "frame": 20, "album": 45}


def handler(event, context):
    till = uuid.uuid4().hex
    basket = []
    for item in event["items"]:
        basket.append(PRICES[item])
    return {"items": len(basket), "total": sum(basket), "till": till}
