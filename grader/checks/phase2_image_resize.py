"""image-resize: the first project. Photos arrive, thumbnails appear."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from grader.checks import given_photos
from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_buckets import empty_bucket
from grader.checks.given_photos import Photo, photo, transparent
from grader.checks.given_queues import taken
from grader.checks.phase1_people import document, statement
from grader.checks.phase2_gallery import (
    MISCONCEPTIONS,
    ORIGINALS,
    REJECTED,
    THUMBS,
    Gallery,
    build,
)
from grader.checks.phase2_roles import ROLE_MISCONCEPTIONS, may, role_of
from grader.checks.probe import Probe

ATTEMPTS = 3
"""Runs of an asynchronous event that fails, with Lambda's own two retries."""
LATER = "10 minutes"
"""When the last retry is over."""


@exercise(
    "image-resize-thumbs",
    capstone=True,
    misconceptions=MISCONCEPTIONS,
)
def image_resize_thumbs(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Each photo in originals/ gets a thumbnail, upright and in its shape."""
    gallery = build(probe, deploy, variation=variation)
    photos = {
        "ring.jpg": photo((640, 400)),
        "bride.jpg": photo((300, 480), orientation=6),
        "logo.png": transparent((320, 320)),
        "print.jpg": photo((400, 520), mode="CMYK"),
    }
    if variation:
        photos |= _unusual(probe)
    gallery.add({name: one.body for name, one in photos.items()})
    for name, one in photos.items():
        gallery.shows(name, one)
    gallery.ignores(
        {"cover.jpg": photos["ring.jpg"].body, "thumbs/old.jpg": b"an old one"}
    )


def _unusual(probe: Probe) -> dict[str, Photo]:
    """Photos that somebody uploads one day."""
    width, height = probe.random.randint(300, 900), probe.random.randint(300, 900)
    return {
        "2026/any size.jpg": photo((width, height)),
        "2026/Zoë + Ben 1.JPG": photo((480, 360), orientation=8),
        "turned.jpg": photo((360, 480), orientation=3),
        "mirrored.jpg": photo((360, 480), orientation=5),
        "small.jpg": photo((120, 90)),
        "panorama.jpg": photo((2000, 40)),
        "few colours.png": transparent((300, 280), palette=True),
        "no ending": photo((300, 300)),
    }


@exercise(
    "image-resize-rejects",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "photos-are-rejected": "You may think that one bad file spoils the others. "
        "Each upload is an event of its own.",
    },
)
def image_resize_rejects(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """What is no picture lands in rejected/ with a reason, after one try."""
    gallery = build(probe, deploy, variation=variation)
    whole = photo((500, 300))
    files = {
        "price list.txt": "wedding: 1,200 €".encode(),
        "empty.jpg": b"",
        "half.jpg": whole.body[: len(whole.body) // 2],
    }
    if variation:
        pixels = transparent((300, 200)).body
        files |= {
            "half.png": pixels[: len(pixels) * 2 // 3],
            "too large.png": given_photos.bomb(),
            "letter.jpg": b"%PDF-1.7\n" + probe.random.randbytes(500),
            "head only.gif": b"GIF89a",
        }
    gallery.add({**files, "ring.jpg": whole.body})
    for name in files:
        gallery.rejects(name)
    gallery.shows("ring.jpg", whole)
    if gallery.probe.get(gallery.bucket, f"{REJECTED}ring.jpg.json") is not None:
        raise Failed(
            "I uploaded a good photo, ring.jpg, among bad files; it was rejected.",
            expected="a thumbnail, and nothing in rejected/",
            observed=f"{REJECTED}ring.jpg.json",
            look="what is kept from one call to the next",
            misconception="photos-are-rejected",
        )
    _tried_once(gallery, len(files))


def _tried_once(gallery: Gallery, files: int) -> None:
    """A file that was put aside isn't tried again."""
    gallery.probe.clock.advance(LATER)
    again = gallery.uploads.settled(0)
    if again:
        raise Failed(
            f"I uploaded {files} files that are no pictures, and waited {LATER}; your "
            "function was tried again.",
            expected="no further run: it said what was wrong, and returned",
            observed=f"{again} more run(s), {gallery.uploads.last_error()}",
            look="does the handler raise after it has written to rejected/?",
            misconception="uploads-are-pictures",
        )


@exercise(
    "image-resize-crowd",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "delivered-once": "You may think that each event comes once. It comes at least "
        "once, so look first whether the work is done.",
        "done-is-done-for-ever": "You may think that a thumbnail which is there is the "
        "right one. The photo of that name may be another by now: compare its ETag.",
    },
)
def image_resize_crowd(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Many photos at once get a thumbnail each, and nothing is done twice."""
    gallery = build(probe, deploy, variation=variation)
    many = 30 if variation else 12
    photos = {f"wedding/{number:02}.jpg": _of_its_own(probe) for number in range(many)}
    gallery.add({name: one.body for name, one in photos.items()}, at_once=True)
    for name, one in photos.items():
        gallery.shows(name, one)
    if variation:
        gallery.add({"no picture.jpg": b"at all"})
        gallery.rejects("no picture.jpg")
    _nothing_twice(gallery)
    name = probe.random.choice(sorted(photos))
    sharper = _of_its_own(probe, but=photos[name])
    gallery.probe.clock.advance("1 minute")
    gallery.add({name: sharper.body})
    _renewed(gallery, name, sharper)


def _of_its_own(probe: Probe, but: Photo | None = None) -> Photo:
    """A photo of random shape and colours; others than those of `but`."""
    while True:
        size = (probe.random.randint(260, 500), probe.random.randint(260, 500))
        fields = probe.random.sample(given_photos.FIELDS, 4)
        if but is None or tuple(fields) != but.fields:
            return photo(size, fields)


def _nothing_twice(gallery: Gallery) -> None:
    """An event that is delivered once more changes nothing."""
    before = gallery.written()
    # S3 tells times to the second.
    gallery.probe.clock.advance("1 minute")
    gallery.probe.redeliver(gallery.function)
    gallery.uploads.settled(1)
    after = gallery.written()
    changed = sorted(key for key in after if before.get(key) != after[key])
    if changed:
        raise Failed(
            "I had S3 deliver the last event once more, which it may do at any time; "
            "your function did the work again.",
            expected=f"{changed[0]} as it was written at {before.get(changed[0])}",
            observed=f"{changed[0]} written at {after[changed[0]]}",
            look="does the handler look whether the thumbnail of this very photo, or "
            "its rejection, is there already?",
            misconception="delivered-once",
        )


def _renewed(gallery: Gallery, name: str, photo: Photo) -> None:
    body = gallery.probe.get(gallery.bucket, f"{THUMBS}{name}.jpg") or b""
    thumb = given_photos.seen(body)
    if thumb is None or thumb.fields != photo.fields:
        raise Failed(
            f"I uploaded another photo as {name}; the thumbnail is still the old one.",
            expected=", ".join(photo.fields),
            observed=", ".join(thumb.fields) if thumb else "no picture",
            look="what your function compares when it asks whether the work is done",
            misconception="done-is-done-for-ever",
        )


@exercise(
    "image-resize-failures",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        **ROLE_MISCONCEPTIONS,
        "errors-are-swallowed": "You may think that catching every error makes a "
        "function reliable. Lambda tries again what failed, if it is told of it.",
        "fault-is-the-photos": "You may think that whatever goes wrong is the file's "
        "fault. A photo is rejected for what it is, not for a trouble of ours.",
        "failures-report-themselves": "You may think that somebody will notice. After "
        "the third try an event is gone, unless it has an on-failure destination.",
    },
)
def image_resize_failures(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """What can't be done is kept for later, and the role may do no more than needed."""
    gallery = build(probe, deploy, variation=variation)
    _least_privilege(gallery)
    action = "s3:GetObject" if variation else "s3:PutObject"
    role = role_of(gallery.probe, gallery.function)
    name, one = probe.name("ring") + ".jpg", photo((400, 300))
    iam = gallery.probe.client("iam")
    forbidden = json.dumps(document(statement("Deny", action, "*")))
    iam.put_role_policy(RoleName=role, PolicyName="trouble", PolicyDocument=forbidden)
    gallery.add({name: one.body})
    gallery.probe.clock.advance(LATER)
    attempts = 1 + gallery.uploads.settled(ATTEMPTS)
    iam.delete_role_policy(RoleName=role, PolicyName="trouble")
    story = f"I took {action} away from your function's role and uploaded a photo"
    record = _record(gallery, story, name, attempts)
    _retried(gallery, record, name, one)


def _record(gallery: Gallery, story: str, name: str, attempts: int) -> dict[str, Any]:
    """What the queue of failures holds: one record, of this photo."""
    if f"{REJECTED}{name}.json" in gallery.written():
        raise Failed(
            f"{story}; your function rejected the photo.",
            expected="nothing in rejected/: the photo is a good one",
            observed=f"{REJECTED}{name}.json",
            look="which errors your handler takes for a fault of the file: only "
            "reading the picture can find one",
            misconception="fault-is-the-photos",
        )
    if attempts < ATTEMPTS:
        raise Failed(
            f"{story}; your function returned as if all were well.",
            expected=f"{ATTEMPTS} attempts: an error of the handler's, and Lambda's "
            "two retries",
            observed=f"{attempts} attempt(s), and no thumbnail",
            look="the except (in JavaScript: catch) in your handler: what it catches, "
            "and what it does then",
            misconception="errors-are-swallowed",
        )
    records = _failures(gallery)
    for record in records:
        if isinstance(record, dict) and name in json.dumps(
            record.get("requestPayload")
        ):
            return record
    raise Failed(
        f"{story}; it failed three times, and the queue of failures says nothing of "
        "it.",
        expected="the record that Lambda sends to an on-failure destination",
        observed=f"{len(records)} other record(s) in the queue",
        look="put_function_event_invoke_config: DestinationConfig, OnFailure, and the "
        "ARN of the queue whose URL you return",
        misconception="failures-report-themselves",
    )


def _failures(gallery: Gallery) -> list[Any]:
    """What the queue of failures held; it is empty then."""
    try:
        return taken(gallery.probe, gallery.failures)
    except ClientError as refusal:
        raise Failed(
            f"deploy_gallery says that failures is {gallery.failures!r}; I couldn't "
            f"read from there: {refusal}",
            expected="the URL of a queue in the account and the Region that it was "
            "given",
            observed=gallery.failures,
            look='create_queue(…)["QueueUrl"], with a client from cloud.client("sqs")',
            misconception="deploy-without-names",
        ) from None


def _retried(gallery: Gallery, record: dict[str, Any], name: str, photo: Photo) -> None:
    """June gives the role its permission back and sends the event again."""
    gallery.probe.client("lambda").invoke(
        FunctionName=gallery.function,
        InvocationType="Event",
        Payload=json.dumps(record["requestPayload"]).encode(),
    )
    gallery.uploads.settled(1)
    gallery.shows(name, photo)


def _least_privilege(gallery: Gallery) -> None:
    """Try as the function's role what it needs, and what nobody gave it."""
    own, bucket = gallery.probe, gallery.bucket
    other, s3 = empty_bucket(own, "neighbour"), own.client("s3")
    for where, key in ((bucket, "private/diary.txt"), (other, "diary.txt")):
        s3.put_object(Bucket=where, Key=key, Body=b"Dear diary")
    gallery.add({"tried.jpg": photo((300, 200)).body})
    role = own.as_role(role_of(own, gallery.function))
    needed = {
        "read a photo": _get(role, bucket, f"{ORIGINALS}tried.jpg"),
        "write a thumbnail": _put(role, bucket, f"{THUMBS}tried.jpg.jpg"),
        "write a rejection": _put(role, bucket, f"{REJECTED}tried.json"),
    }
    too_much = {
        "delete a photo": _delete(role, bucket, f"{ORIGINALS}tried.jpg"),
        "overwrite a photo": _put(role, bucket, f"{ORIGINALS}tried.jpg"),
        "read in private/": _get(role, bucket, "private/diary.txt"),
        "write to private/": _put(role, bucket, "private/new.txt"),
        "read in another bucket": _get(role, other, "diary.txt"),
        "write to another bucket": _put(role, other, "new.txt"),
        "list the account's users": role.client("iam").list_users,
        "list the tables": role.client("dynamodb").list_tables,
    }
    may(gallery.function, needed, allowed=True)
    may(gallery.function, too_much, allowed=False)


def _get(role: Probe, bucket: str, key: str) -> Callable[[], object]:
    return lambda: role.client("s3").get_object(Bucket=bucket, Key=key)


def _put(role: Probe, bucket: str, key: str) -> Callable[[], object]:
    return lambda: role.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")


def _delete(role: Probe, bucket: str, key: str) -> Callable[[], object]:
    return lambda: role.client("s3").delete_object(Bucket=bucket, Key=key)
