import io
import json
from urllib.parse import unquote_plus

import boto3
from PIL import Image, ImageOps

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        work(bucket, unquote_plus(record["s3"]["object"]["key"]))


def work(bucket, key):
    found = s3.get_object(Bucket=bucket, Key=key)
    etag, name = found["ETag"], key.removeprefix("originals/")
    thumb, rejection = f"thumbs/{name}.jpg", f"rejected/{name}.json"
    if etag in (made_of(bucket, thumb), made_of(bucket, rejection)):
        return
    try:
        body, kind, target = small(found["Body"].read()), "image/jpeg", thumb
    except Exception as fault:  # noqa: BLE001 - whatever a picture can be
        note = {"file": key, "reason": f"no picture: {fault}"}
        body, kind, target = json.dumps(note), "application/json", rejection
    s3.put_object(
        Bucket=bucket, Key=target, Body=body, ContentType=kind, Metadata={"of": etag}
    )


def made_of(bucket, key):
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("of")
    except s3.exceptions.ClientError as missing:
        if missing.response["Error"]["Code"] != "404":
            raise
        return None


def small(original):
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(original)))
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer)
    picture = picture.convert("RGB")
    picture.thumbnail((256, 256))
    memory = io.BytesIO()
    picture.save(memory, "JPEG", quality=85)
    return memory.getvalue()
