"""The capstone's safe: its links, bookings, door, bell, order, and its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase1_alarm import Bell
from grader.checks.phase1_bookings import MISCONCEPTIONS as BOOKING_MISCONCEPTIONS
from grader.checks.phase1_bookings import Diary
from grader.checks.phase1_safe import MISCONCEPTIONS, Safe, build, not_there
from grader.checks.phase1_teardown import MISCONCEPTIONS as TEARDOWN_MISCONCEPTIONS
from grader.checks.phase1_teardown import nothing_left
from grader.checks.probe import Probe, quoted

RETENTION = 30
"""Days for which the safe's lines are kept, as the task says."""
TAG = {"Key": "project", "Values": ["safe"]}


@exercise(
    "safe-share",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "overwritten-is-gone": "You may think that S3 asks before it overwrites. It "
        "doesn't; a bucket with versioning keeps what was there before.",
        "public-to-share": "You may think that a bucket has to be open for a link to "
        "work. The link carries its maker's permission; the bucket stays shut.",
        "links-last": "You may think that a link is for good. It holds as long as its "
        "maker says, and not a minute longer.",
    },
)
def safe_share(probe: Probe, deploy: Work, share: Work, *, variation: bool) -> None:
    """Photos are kept when overwritten, and shown to holders of a link only."""
    safe = build(probe, deploy, variation=variation)
    own = safe.probe
    key = "weddings/Zoë + Ben 1.jpg" if variation else "weddings/ring.jpg"
    minutes = own.random.randint(5, 50)
    with _bucket_there(safe):
        first = own.client("s3").put_object(Bucket=safe.bucket, Key=key, Body=b"ring")
        own.put(safe.bucket, key, b"ring, sharper")
    _kept(safe, key, first.get("VersionId"))
    link = share(own.cloud_argument(), safe.bucket, key, minutes)
    if not isinstance(link, str) or not link.startswith("http"):
        raise Failed(
            f"I called share with {quoted(key)} and {minutes} minutes; it returned no "
            "link.",
            expected="a text that begins with http",
            observed=quoted(link),
            look="your exercise share-a-photo: it has to be run before this cell",
        )
    opened = own.http("GET", link)
    if (opened.status, opened.body) != (200, b"ring, sharper"):
        raise Failed(
            f"I opened the link for {quoted(key)}; I didn't get the photo.",
            expected="200 and the photo as it is now",
            observed=f"{opened.status} {opened.text[:300]}",
            look="your exercise share-a-photo, and which bucket and key it signs",
        )
    plain = own.http("GET", link.partition("?")[0])
    if plain.status != 403:
        raise Failed(
            "I took everything after the question mark off the link and opened it.",
            expected="403: the bucket is private",
            observed=str(plain.status),
            look="the bucket's policy and its Block Public Access",
            misconception="public-to-share",
        )
    own.clock.advance(timedelta(minutes=minutes + 1))
    late = own.http("GET", link)
    if late.status != 403:
        raise Failed(
            f"I opened a link for {minutes} minutes after {minutes + 1} minutes.",
            expected="403: it has expired",
            observed=str(late.status),
            look="ExpiresIn in generate_presigned_url: it counts seconds",
            misconception="links-last",
        )


def _kept(safe: Safe, key: str, version: str | None) -> None:
    """The first content of an object that was overwritten can still be read."""
    s3 = safe.probe.client("s3")
    kept = b""
    if version is not None:
        answer = s3.get_object(Bucket=safe.bucket, Key=key, VersionId=version)
        kept = answer["Body"].read()
    if kept != b"ring":
        raise Failed(
            f"I stored {quoted(key)} twice; the first photo is gone.",
            expected="both versions in the bucket",
            observed="one",
            look="put_bucket_versioning in deploy_safe",
            misconception="overwritten-is-gone",
        )


@contextmanager
def _bucket_there(safe: Safe) -> Iterator[None]:
    try:
        yield
    except ClientError:
        raise not_there("the bucket", safe.bucket) from None


@exercise(
    "safe-booking",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        **BOOKING_MISCONCEPTIONS,
    },
)
def safe_booking(probe: Probe, deploy: Work, book: Work, *, variation: bool) -> None:
    """Of twenty customers who want the same slot, one gets it."""
    safe = build(probe, deploy, variation=variation)
    tables = safe.probe.client("dynamodb")
    try:
        tables.put_item(TableName=safe.bookings, Item={"slot": {"S": "a first one"}})
    except tables.exceptions.ResourceNotFoundException:
        raise not_there("the table of bookings", safe.bookings) from None
    except ClientError as refusal:
        raise Failed(
            "I put an item with the key slot, a text, into the table of bookings; "
            f"DynamoDB said: {refusal}",
            expected="a partition key slot of type S, and no sort key",
            look="KeySchema and AttributeDefinitions in create_table",
        ) from None
    diary = Diary(safe.probe, safe.bookings, book)
    diary.in_turn()
    diary.crowd(times=2 if variation else 1)


@exercise("safe-api", capstone=True, misconceptions=MISCONCEPTIONS)
def safe_api(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Everybody can ask the safe's API whether it is well."""
    safe = build(probe, deploy, variation=variation)
    address = safe.probe.url(safe.api, "v1")
    for _ in range(2 if variation else 1):
        answer = safe.probe.http("GET", f"{address}/health")
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.status != 200 or said != {"status": "ok"}:
            raise Failed(
                "I sent GET /health to the stage v1 of your API.",
                expected='200 and {"status": "ok"}',
                observed=f"{answer.status} {answer.text[:300]}",
                look="the five steps of an API: method, integration, method response, "
                "integration response, deployment",
            )
    missing = safe.probe.http("GET", f"{address}/nothing-here")
    if missing.status == 200:
        raise Failed(
            "I sent GET /nothing-here to the stage v1 of your API.",
            expected="403: the API has no such path",
            observed=f"{missing.status} {missing.text[:300]}",
            look="the path part of the resource in create_resource",
        )


@exercise(
    "safe-alarm",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "bell-not-connected": "You may think that three things which exist belong "
        "together. The filter sits on one log group and names one metric; the alarm "
        "names the same one.",
        "rings-too-soon": "You may think that an alarm should ring as soon as it can. "
        "A bell that rings for little is soon not heard any more.",
        "silence-is-trouble": "You may think that an alarm knows what no data means. "
        "For errors it is good news, and TreatMissingData is where you say so.",
    },
)
def safe_alarm(probe: Probe, deploy: Work, log_line: Work, *, variation: bool) -> None:
    """Three errors in the safe's log within five minutes ring its alarm."""
    safe = build(probe, deploy, variation=variation)
    own = safe.probe
    error, info = (log_line(level, "an ERROR, or not") for level in ("ERROR", "INFO"))
    bell = Bell(own, safe.alarm)
    bell.quiet("nothing was written for six minutes", 360, "silence-is-trouble")
    _write(safe, [info] * 5 + [error] * 2)
    bell.quiet("two errors and five other lines were written", 600, "rings-too-soon")
    before = own.clock.now()
    _write(safe, [error] * 3)
    own.clock.advance(240)
    bell.rang("three errors were written", before, "bell-not-connected")


def _write(safe: Safe, lines: list[str]) -> None:
    logs = safe.probe.client("logs")
    now = int(safe.probe.clock.now().timestamp() * 1000)
    stream = safe.probe.name("door")
    try:
        logs.create_log_stream(logGroupName=safe.log_group, logStreamName=stream)
    except logs.exceptions.ResourceNotFoundException:
        raise not_there("the log group", safe.log_group) from None
    logs.put_log_events(
        logGroupName=safe.log_group,
        logStreamName=stream,
        logEvents=[{"timestamp": now, "message": str(line)} for line in lines],
    )


@exercise(
    "safe-order",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        "kept-for-ever": "You may think that old lines go by themselves. Without a "
        "retention they stay, and are paid for.",
        "gone-too-soon": "You may think that any retention is a good one. Who looks "
        "for last week's fault needs last week's lines.",
        "tags-come-along": "You may think that what belongs to a safe is marked by its "
        "name. Only what carries the tag is found by it.",
    },
)
def safe_order(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """The safe's lines are kept for 30 days, and its parts carry the tag project."""
    safe = build(probe, deploy, variation=variation)
    _tagged(safe)
    _write(safe, ["a line that will grow old"])
    safe.probe.clock.advance(timedelta(days=RETENTION - 1))
    if not _lines(safe):
        raise Failed(
            f"I wrote a line into the safe's log and came back after {RETENTION - 1} "
            "days; it was gone.",
            expected=f"lines are kept for {RETENTION} days",
            observed="no line",
            look="put_retention_policy",
            misconception="gone-too-soon",
        )
    safe.probe.clock.advance(timedelta(days=3))
    if _lines(safe):
        raise Failed(
            f"I wrote a line into the safe's log and came back after {RETENTION + 2} "
            "days; it was still there.",
            expected=f"lines are kept for {RETENTION} days",
            observed="the line",
            look="put_retention_policy",
            misconception="kept-for-ever",
        )


def _lines(safe: Safe) -> int:
    logs = safe.probe.client("logs")
    return len(logs.filter_log_events(logGroupName=safe.log_group)["events"])


def _tagged(safe: Safe) -> None:
    tagging = safe.probe.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=[TAG])
    found = {
        one["ResourceARN"].removesuffix(":*")
        for page in pages
        for one in page["ResourceTagMappingList"]
    }
    wanted = {
        "the bucket": f":::{safe.bucket}",
        "the table of enquiries": f":table/{safe.enquiries}",
        "the table of bookings": f":table/{safe.bookings}",
        "the log group": f":log-group:{safe.log_group}",
    }
    missing = [
        what
        for what, end in wanted.items()
        if not any(arn.endswith(end) for arn in found)
    ]
    if missing:
        raise Failed(
            "I asked for everything with the tag project=safe; I didn't get all of it.",
            expected=", ".join(wanted),
            observed="without " + ", ".join(missing),
            look="Tags in create_table, tags in create_log_group, put_bucket_tagging",
            misconception="tags-come-along",
        )


@exercise(
    "safe-teardown",
    capstone=True,
    misconceptions={
        **MISCONCEPTIONS,
        **TEARDOWN_MISCONCEPTIONS,
    },
)
def safe_teardown(
    probe: Probe, deploy: Work, teardown: Work, *, variation: bool
) -> None:
    """A safe that was in use can be torn down, and nothing is left."""
    safe = build(probe, deploy, variation=variation)
    own = safe.probe
    with _bucket_there(safe):
        for content in (b"ring", b"ring, sharper"):
            own.put(safe.bucket, "weddings/ring.jpg", content)
        own.put(safe.bucket, "weddings/cake.jpg", b"cake")
        own.client("s3").delete_object(Bucket=safe.bucket, Key="weddings/ring.jpg")
    _write(safe, [json.dumps({"level": "INFO", "message": "open"})])
    teardown(own.cloud_argument())
    nothing_left(own, "I used a safe for a while and called your teardown")
    teardown(own.cloud_argument())
