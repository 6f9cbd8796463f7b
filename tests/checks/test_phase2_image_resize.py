"""image-resize, with right answers, wrong ones, and none."""

from __future__ import annotations

import importlib.metadata
import io
import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
Deploy = Callable[[Any, str], Any]
THUMBS, REJECTS = "image-resize-thumbs", "image-resize-rejects"
CROWD, FAILURES = "image-resize-crowd", "image-resize-failures"
CHECKS = (THUMBS, REJECTS, CROWD, FAILURES)


@cache
def pillow() -> bytes:
    """A zip of the installed wheel, without what no answer here needs."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in importlib.metadata.files("pillow") or ():
            needed = file.parts[0] in ("PIL", "pillow.libs") and file.suffix != ".pyc"
            if needed and not any(part in file.name for part in NOT_NEEDED):
                archive.writestr(str(file), Path(str(file.locate())).read_bytes())
    return memory.getvalue()


NOT_NEEDED = ("avif", "harfbuzz", "freetype", "_imagingft", "lcms2", "_imagingcms")


def package(name: str, text: str, library: bytes) -> bytes:
    """A handler's package, with a library or with none."""
    memory = io.BytesIO(library)
    with zipfile.ZipFile(memory, "a" if library else "w") as archive:
        archive.writestr(name, text)
    return memory.getvalue()


def statements(bucket: str, failures: str) -> list[tuple[list[str], list[str]]]:
    """What the first right answer needs."""
    keys = f"arn:aws:s3:::{bucket}/"
    return [
        (["s3:GetObject"], [f"{keys}{place}/*" for place in PLACES]),
        (["s3:PutObject"], [f"{keys}thumbs/*", f"{keys}rejected/*"]),
        (["s3:ListBucket"], [f"arn:aws:s3:::{bucket}"]),
        (["sqs:SendMessage"], [failures]),
    ]


PLACES = ("originals", "thumbs", "rejected")
Allow = Callable[[str, str], list[tuple[list[str], list[str]]]]


SETTINGS = {"Handler": "gallery.handler", "Timeout": 60, "MemorySize": 512}


def gallery(
    lesson: dict[str, Any],
    *changes: tuple[str, str],
    file: str = "right.py",
    may: Allow = statements,
    library: bool = True,
    destination: bool = True,
    prefix: str = "originals/",
    instead: dict[str, Any] | None = None,
    **settings: Any,
) -> Deploy:
    """A deploy function around a handler, with pieces of it exchanged."""
    text = answer(f"phase2/gallery/{file}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    node = file.endswith(".mjs")
    packed = (lesson["jimp"] if node else pillow()) if library else b""
    code = package("gallery.mjs" if node else "gallery.py", text, packed)

    def deploy_gallery(cloud: Any, bucket: str) -> Any:
        sqs, ledger = cloud.client("sqs"), cloud.client("dynamodb")
        url = sqs.create_queue(QueueName="failures")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        failures = queue["Attributes"]["QueueArn"]
        table = ledger.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "photo", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "photo", "KeyType": "HASH"}],
        )["TableDescription"]["TableArn"]
        role = lesson["make_role"](cloud, "gallery")
        allowed = [*may(bucket, failures), (LEDGER, [table])]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": actions, "Resource": resources}
                for actions, resources in allowed
            ],
        }
        cloud.client("iam").put_role_policy(
            RoleName="gallery", PolicyName="needs", PolicyDocument=json.dumps(policy)
        )
        arn = lesson["make_function"](
            cloud,
            "gallery",
            Runtime="nodejs24.x" if node else "python3.13",
            Role=role,
            Code={"ZipFile": code},
            Environment={"Variables": {"LEDGER": "ledger"}},
            **{**SETTINGS, **settings},
        )
        if destination:
            cloud.client("lambda").put_function_event_invoke_config(
                FunctionName="gallery",
                DestinationConfig={"OnFailure": {"Destination": failures}},
            )
        lesson["let_bucket_in"](cloud, "gallery", bucket)
        lesson["watch"](cloud, bucket, prefix, arn)
        return {"function": "gallery", "failures": url, **(instead or {})}

    return deploy_gallery


LEDGER = ["dynamodb:GetItem", "dynamodb:PutItem"]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("file", ["right.py", "right_with_a_ledger.py", "right.mjs"])
def test_right_answers_pass(
    judge: Judge, lesson: dict[str, Any], check: str, file: str
) -> None:
    """What was done is known by a mark on the thumbnail, or by a table.

    The third is in JavaScript, with jimp in its package.
    """
    said = judge(check, gallery(lesson, file=file))

    assert said.outcome == "passed", said.text


@pytest.mark.parametrize("check", CHECKS)
def test_starter_is_not_attempted(judge: Judge, check: str) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(check, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


SQUARE = ("picture.thumbnail((256, 256))", "picture = picture.resize((256, 256))")
NOT_TURNED = (
    "ImageOps.exif_transpose(Image.open(io.BytesIO(original)))",
    "Image.open(io.BytesIO(original))",
)
BLACK = ("if picture.has_transparency_data:", "if False:")
PNG = ('picture.save(memory, "JPEG", quality=85)', 'picture.save(memory, "PNG")')
CATCHES = "except Exception as fault:"
RAISES = (CATCHES, "except ZeroDivisionError as fault:")
NARROW = (CATCHES, "except OSError as fault:")
HALF_ACCEPTED = (
    "s3 = boto3",
    "from PIL import ImageFile\nImageFile.LOAD_TRUNCATED_IMAGES = True\ns3 = boto3",
)
RAISES_AFTERWARDS = (
    'Metadata={"of": etag}\n    )',
    'Metadata={"of": etag}\n    )\n    assert target == thumb, "rejected"',
)
ALWAYS = ("if etag in (", "if False and etag in (")
SWALLOWS = (
    '        work(bucket, unquote_plus(record["s3"]["object"]["key"]))',
    "        try:\n"
    '            work(bucket, unquote_plus(record["s3"]["object"]["key"]))\n'
    "        except Exception as fault:\n"
    '            print("skipped:", fault)',
)


def whole_bucket(bucket: str, failures: str) -> list[tuple[list[str], list[str]]]:
    """Everything in this bucket."""
    here = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return [(["s3:*"], here), (["sqs:SendMessage"], [failures])]


@pytest.mark.parametrize(
    ("check", "changes", "wiring", "misconception", "words"),
    [
        (THUMBS, [SQUARE], {}, "square-is-small", "256 x 160"),
        (THUMBS, [NOT_TURNED], {}, "pixels-are-upright", "bride.jpg"),
        (THUMBS, [BLACK], {}, "transparent-is-white", "logo.png"),
        (THUMBS, [PNG], {}, "ending-makes-the-format", "PNG in RGB"),
        (THUMBS, [], {"library": False}, "libraries-are-there", "No module named"),
        (REJECTS, [RAISES], {}, "uploads-are-pictures", "price list.txt.json"),
        (REJECTS, [HALF_ACCEPTED], {}, "opened-is-read", "half.jpg"),
        (REJECTS, [RAISES_AFTERWARDS], {}, "uploads-are-pictures", "tried again"),
        (REJECTS, [NARROW], {}, "uploads-are-pictures", "too large.png"),
        (CROWD, [ALWAYS], {}, "delivered-once", "once more"),
        (FAILURES, [SWALLOWS], {}, "errors-are-swallowed", "as if all were well"),
        (FAILURES, [], {"destination": False}, "failures-report-themselves", "queue"),
        (FAILURES, [], {"may": whole_bucket}, "too-much", "delete a photo"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    check: str,
    changes: list[tuple[str, str]],
    wiring: dict[str, Any],
    misconception: str,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(check, gallery(lesson, *changes, **wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


NO_SHEET = ("sheet.composite(picture)", "picture")
ENLARGED = ("if (Math.max(width, height) > 256) ", "")
PROMISED = ("Body: await small(content)", "Body: small(content)")
OLDER = ('getBuffer("image/jpeg")', 'getBufferAsync("image/jpeg")')
LATER = ("await s3.send(new PutObjectCommand", "s3.send(new PutObjectCommand")


@pytest.mark.parametrize(
    ("changes", "wiring", "misconception", "words"),
    [
        ([], {"library": False}, "libraries-are-there", "the folder node_modules"),
        ([NO_SHEET], {}, "transparent-is-white", "logo.png"),
        ([ENLARGED], {}, "square-is-small", "scaleToFit enlarges, too"),
        ([PROMISED], {}, "promise-is-the-value", "a promise needs await"),
        ([], {"Handler": "index.handler"}, "handler-string", "which is file.function"),
        ([OLDER], {}, None, "your function rejected it"),
        ([LATER], {}, "lambda-waits", "answered without waiting for its call of Put"),
    ],
)
def test_wrong_answers_in_javascript_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    changes: list[tuple[str, str]],
    wiring: dict[str, Any],
    misconception: str | None,
    words: str,
) -> None:
    """Whoever chose Node.js is sent to what is called so there."""
    said = judge(THUMBS, gallery(lesson, *changes, file="right.mjs", **wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert said.hidden is (changes == [ENLARGED])
    assert words in said.text


def test_photo_of_the_same_name_is_another_photo(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """Whoever only asks whether there is a thumbnail keeps the old one."""
    by_name = ('return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("of")',)
    there = "s3.head_object(Bucket=bucket, Key=key)\n        return True"
    asks = ("if etag in (made_of", "if True in (made_of")

    said = judge(CROWD, gallery(lesson, (by_name[0], there), asks))

    assert said.misconception == "done-is-done-for-ever", said.text


def test_rejecting_whatever_goes_wrong_is_named(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """A photo that can't be read for a moment is still a photo."""
    text = answer("phase2/gallery/right.py")
    before = (
        "    found = s3.get_object(Bucket=bucket, Key=key)\n"
        '    etag, name = found["ETag"], '
    )
    assert before in text
    after = (
        "    try:\n        found = s3.get_object(Bucket=bucket, Key=key)\n"
        "    except Exception as fault:\n"
        '        name = key.removeprefix("originals/")\n'
        '        note = json.dumps({"file": key, "reason": str(fault)})\n'
        '        s3.put_object(Bucket=bucket, Key=f"rejected/{name}.json", Body=note)\n'
        '        return\n    etag, name = found["ETag"], '
    )

    said = judge(FAILURES, gallery(lesson, (before, after)))

    assert said.misconception == "fault-is-the-photos", said.text
    assert said.hidden
