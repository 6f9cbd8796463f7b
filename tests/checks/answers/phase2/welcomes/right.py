import json
import os

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            welcome(record["dynamodb"]["NewImage"])
        except Exception as fault:  # noqa: BLE001 - whatever a record can be
            print("failed:", repr(fault))
            failed.append(record["dynamodb"]["SequenceNumber"])
            break
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def welcome(customer):
    message = {
        "email": customer["email"]["S"],
        "text": f"Welcome, {customer['name']['S']}!",
    }
    sqs.send_message(QueueUrl=os.environ["WELCOMES"], MessageBody=json.dumps(message))
