import json
import os
from tempfile import TemporaryFile
from urllib.parse import unquote_plus

import boto3
import PIL.Image
from PIL.ImageOps import exif_transpose

TURNED = PIL.Image.Image
photos = boto3.resource("s3")
ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])


def handler(event, _):
    for one in (record["s3"] for record in event["Records"]):
        key, version = unquote_plus(one["object"]["key"]), one["object"]["eTag"]
        entry = {"photo": f"{key} {version}"}
        if "Item" in ledger.get_item(Key=entry, ConsistentRead=True):
            continue
        with TemporaryFile() as file:
            bucket = photos.Bucket(one["bucket"]["name"])
            bucket.download_fileobj(key, file)
            finish(bucket, key, file)
        ledger.put_item(Item=entry)


def finish(bucket, key, file):
    name = key.split("/", 1)[1]
    try:
        picture = upright(file)
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as bad:
        text = json.dumps({"file": key, "reason": repr(bad)})
        bucket.put_object(Key=f"rejected/{name}.json", Body=text)
        return
    with TemporaryFile() as out:
        picture.save(out, format="jpeg")
        out.seek(0)
        type_ = {"ContentType": "image/jpeg"}
        bucket.upload_fileobj(out, f"thumbs/{name}.jpg", ExtraArgs=type_)


def upright(file) -> TURNED:
    with PIL.Image.open(file) as stored:
        stored.load()
        turned = exif_transpose(stored)
    paper = PIL.Image.new("RGBA", turned.size, (255, 255, 255, 255))
    if turned.mode in ("RGBA", "LA", "P", "PA"):
        paper.alpha_composite(turned.convert("RGBA"))
        turned = paper
    share = min(256 / max(turned.size), 1)
    size = [max(round(side * share), 1) for side in turned.size]
    return turned.convert("RGB").resize(size)
