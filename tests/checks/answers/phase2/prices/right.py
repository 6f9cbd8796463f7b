import json
import os
from decimal import Decimal

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    price_id = (event.get("pathParameters") or {}).get("id")
    if event["routeKey"].startswith("PUT"):
        return store(price_id, event.get("body") or "")
    if price_id:
        item = table.get_item(Key={"id": price_id}).get("Item")
        return answer(200, shown(item)) if item else answer(404, {})
    begin = (event.get("queryStringParameters") or {}).get("next")
    page = table.scan(
        **({"ExclusiveStartKey": {"id": begin}} if begin else {}), Limit=99
    )
    found = {"prices": [shown(item) for item in page["Items"]]}
    found["next"] = page.get("LastEvaluatedKey", {}).get("id")
    return answer(200, found)


def store(price_id, body):
    try:
        price = json.loads(body)["price"]
    except (ValueError, KeyError, TypeError):
        return answer(400, {})
    if type(price) not in (int, float) or not 0 <= price < 1e30:
        return answer(400, {})
    item = {"id": price_id, "price": Decimal(str(price))}
    table.put_item(Item=item)
    return answer(200, shown(item))


def shown(item):
    return {"id": item["id"], "price": float(item["price"])}


def answer(status, body):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
