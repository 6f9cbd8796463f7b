import uuid

PRICES = {"print": 3, "frame": 20, "album": 45}
till = uuid.uuid4().hex


def handler(event, context):
    basket = []
    for item in event["items"]:
        basket.append(PRICES.get(item, 0))
    return {"items": len(basket), "total": sum(basket), "till": till}
