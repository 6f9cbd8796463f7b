import html
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    rows = ""
    for item in table.scan()["Items"]:
        cells = [html.escape(item[field]) for field in ("name", "email", "message")]
        rows += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    return f"<!doctype html><meta charset='utf-8'><table>{rows}</table>"
