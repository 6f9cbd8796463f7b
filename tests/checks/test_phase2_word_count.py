"""word-count, with right answers, wrong ones, and none."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from grader.checks.given_buckets import empty_bucket
from grader.checks.phase2_uploads import Uploads
from grader.checks.probe import Probe
from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
CHECK = "word-count"
Deploy = Callable[[Any, str], str]


def deploys(
    lesson: dict[str, Any],
    file: str,
    *changes: tuple[str, str],
    prefix: str = "incoming/",
    permitted: bool = True,
    actions: tuple[str, ...] = ("s3:GetObject", "s3:PutObject"),
    watched: bool = True,
) -> Deploy:
    """A deploy function around one handler, wired well or not so well."""
    node = file.endswith(".mjs")
    text = answer(f"phase2/word_count/{file}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    code = {f"count.{'mjs' if node else 'py'}": text}

    def deploy_word_count(cloud: Any, bucket: str) -> str:
        role = lesson["make_role"](cloud, "count")
        keys = f"arn:aws:s3:::{bucket}/*"
        lesson["allow"](cloud, "count", list(actions), keys)
        arn = lesson["make_function"](
            cloud,
            "count",
            Runtime="nodejs24.x" if node else "python3.13",
            Handler="count.handler",
            Role=role,
            Timeout=30,
            Code={"ZipFile": lesson["package"](code)},
        )
        if permitted:
            lesson["let_bucket_in"](cloud, "count", bucket)
        if watched and prefix:
            lesson["watch"](cloud, bucket, prefix, arn)
        elif watched:
            every_key = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
            cloud.client("s3").put_bucket_notification_configuration(
                Bucket=bucket,
                NotificationConfiguration={"LambdaFunctionConfigurations": [every_key]},
            )
        return "count"

    return deploy_word_count


@pytest.mark.parametrize("file", ["right.py", "right.mjs"])
def test_right_answers_pass(judge: Judge, lesson: dict[str, Any], file: str) -> None:
    """One report for each upload, from either language."""
    said = judge(CHECK, deploys(lesson, file))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("file", "wiring", "misconception", "words"),
    [
        ("own_prefix.py", {}, "own-trigger", "incoming/letter.txt.json"),
        ("right.py", {"prefix": ""}, "own-trigger", "I took its trigger away"),
        ("undecoded.py", {}, "key-not-decoded", "incoming/2026/thank+you+note.txt"),
        ("half_decoded.py", {}, "key-not-decoded", "r%C3%A9sum%C3%A9+%2B1.txt"),
        ("single_spaces.py", {}, "single-space", "words"),
        ("other_name.py", {}, "report-elsewhere", "reports/letter.json"),
        ("adds_up.py", {}, "delivered-once", "once more"),
        ("right.py", {"permitted": False}, "trigger-not-wired", "Unable to validate"),
        ("right.py", {"watched": False}, "trigger-not-wired", "nothing ran"),
        ("right.py", {"prefix": "incoming"}, "every-prefix", "incoming.txt"),
        (
            "right.py",
            {"actions": ("s3:GetObject",)},
            "role-not-allowed",
            "s3:PutObject on arn:aws:s3:::",
        ),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    file: str,
    wiring: dict[str, Any],
    misconception: str,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, deploys(lesson, file, **wiring))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize(
    ("old", "new", "misconception", "words"),
    [
        ("export const handler", "exports.handler", "module-kind", "exports is not"),
        ("handler", "main", "handler-string", "Runtime.HandlerNotFound: count.handler"),
        (
            "await upload.Body",
            "upload.Body",
            "unhandled-error",
            "TypeError: text.match",
        ),
        ('replaceAll("+", " ")', "trim()", "key-not-decoded", "thank+you+note.txt"),
        (
            "await Promise.all(Records.map(({ s3 }) => count(s3)))",
            "Records.forEach(async ({ s3 }) => { await count(s3); })",
            "lambda-waits",
            "answered without waiting for its call of GetObject",
        ),
        (
            "await Promise.all(Records.map(({ s3 }) => count(s3)))",
            "setTimeout(() => Records.map(({ s3 }) => count(s3)), 1000)",
            "lambda-waits",
            "has no await",
        ),
    ],
)
def test_wrong_answers_in_javascript_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    old: str,
    new: str,
    misconception: str | None,
    words: str,
) -> None:
    """What Node.js says of a mistake is told in a line, and not as a log has it."""
    said = judge(CHECK, deploys(lesson, "right.mjs", (old, new)))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert '"errorType"' not in said.text


def test_attempts_at_an_earlier_answer_are_not_runs(
    lesson: dict[str, Any], cloud: Any
) -> None:
    """Whoever mends a function has it invoked with what it failed at before, too."""
    probe = Probe(cloud, seed=1, deadline=time.perf_counter() + 60)
    bucket = empty_bucket(probe, "earlier")
    change = ("await upload.Body", "upload.Body")
    deploys(lesson, "right.mjs", change)(cloud, bucket)
    probe.put(bucket, "incoming/first.txt", b"one")
    probe.settle()
    function = deploys(lesson, "right.mjs")(cloud, bucket)
    uploads = Uploads(probe, bucket, function)
    before = len(probe.reports(function))

    probe.clock.advance("10 minutes")
    probe.settle()

    assert len(probe.reports(function)) > before
    assert uploads.settled(0) == 0
    assert uploads.put({"incoming/second.txt": b"two"}) == 1


def test_loop_is_stopped(judge: Judge, lesson: dict[str, Any], cloud: Any) -> None:
    """After a function that starts itself, nothing is running any more."""
    judge(CHECK, deploys(lesson, "own_prefix.py"))

    cloud.settle()
    before = len(cloud.reports("count"))
    cloud.settle()
    assert len(cloud.reports("count")) == before


def test_reports_written_by_the_deploy_are_not_runs(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """Whoever writes the first report by hand still has no run for the upload."""
    wire = deploys(lesson, "right.py", watched=False)

    def deploy_word_count(cloud: Any, bucket: str) -> str:
        cloud.client("s3").put_object(
            Bucket=bucket,
            Key="reports/letter.txt.json",
            Body='{"file": "incoming/letter.txt", "words": 9}',
        )
        return wire(cloud, bucket)

    said = judge(CHECK, deploy_word_count)

    assert said.misconception == "trigger-not-wired", said.text
