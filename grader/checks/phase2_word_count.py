"""word-count: a file arrives in a bucket, a report appears next to it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_buckets import empty_bucket
from grader.checks.phase2_faults import cause_of, place_of
from grader.checks.phase2_functions import FUNCTION_MISCONCEPTIONS, runtime_of
from grader.checks.phase2_uploads import Uploads, deployed_behind, listed
from grader.checks.probe import Probe
from grader.lab import grants

LETTER = "Dear Juniper Street,\n\nthe  photos are lovely.\tThank you!\n"


@exercise(
    "word-count",
    hints=(
        "Print the event first, and look at its key beside the name of the file that "
        "was uploaded. Then look at the trigger: which prefix does it watch, and which "
        "prefix does your function write to?",
        'key = ____(record["s3"]["object"]["key"])           # urllib.parse\n'
        'text = s3.get_object(Bucket=____, Key=____)["Body"].read().decode()\n'
        'report = {"file": ____, "words": len(text.____())}\n'
        's3.put_object(Bucket=____, Key="reports/" + ____ + ".json", Body=____)\n\n'
        "// the same in Node.js\n"
        'const key = ____(record.s3.object.key.replaceAll("+", "____"));\n'
        "const found = await s3.send(new GetObjectCommand({ Bucket, Key: ____ }));\n"
        "const text = await found.Body.____();\n\n"
        '"Filter": {"Key": {"FilterRules": [{"Name": "____", "Value": "____"}]}}',
    ),
    explain_back="explain-word-count",
    misconceptions={
        **FUNCTION_MISCONCEPTIONS,
        "trigger-not-wired": "You may think that a function watches a bucket. The "
        "bucket tells the function, and both sides have to agree: a notification on "
        "the bucket, a permission on the function.",
        "role-not-allowed": "You may think that a function may do what you may do. It "
        "acts under its role, and a role may do what its policies allow, no more.",
        "own-trigger": "You may think that the place for the output does not matter. "
        "What lands under the trigger's prefix starts the function again.",
        "every-prefix": "You may think that incoming/ is a folder with a trigger of "
        "its own. The bucket has the trigger; a prefix filter narrows it.",
        "key-not-decoded": "You may think that the event holds the key as you typed "
        "it. It comes URL-encoded: a space is a plus, an é is %C3%A9.",
        "report-elsewhere": "You may think that any name for the report will do. "
        "Other programs look for it where the two of you agreed.",
        "single-space": "You may think that one space is between two words. split() "
        "without an argument takes any white space, and finds none in an empty file.",
        "delivered-once": "You may think that each event comes once. It comes at "
        "least once, so the second time has to leave the same result.",
        "order-or-alone": "You may think that files come one at a time. Many "
        "environments work at once, each on one of them.",
    },
)
def word_count(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Each upload to incoming/ gets one run, and one report with its word count."""
    bucket = empty_bucket(probe, "inbox")
    returned = deployed_behind(probe, deploy, bucket, "deploy_word_count")
    function, runtime = runtime_of(probe, returned, "deploy_word_count")
    _allowed(probe, function, bucket)
    inbox = Inbox(probe, bucket, function, runtime)
    inbox.upload({"incoming/letter.txt": LETTER})
    thanks = "Thank you " + "very " * probe.random.randint(1, 20) + "much!"
    inbox.upload({"incoming/2026/thank you note.txt": thanks})
    inbox.upload({"incoming/empty.txt": ""})
    inbox.ignores({"drafts/letter.txt": LETTER, "incoming.txt": "not in the inbox"})
    if variation:
        inbox.upload({"incoming/2026/résumé +1.txt": "naïve café\u2003owner"})
        inbox.upload(_pile(probe))
        inbox.twice()


def _allowed(probe: Probe, function: str, bucket: str) -> None:
    """Whether the function's role says that it may read and write in the bucket.

    A bucket's own policy may allow it too, which is another way to do it.
    """
    s3, functions = probe.client("s3"), probe.client("lambda")
    with contextlib.suppress(s3.exceptions.ClientError):
        s3.get_bucket_policy(Bucket=bucket)
        return
    role = functions.get_function_configuration(FunctionName=function)["Role"]
    needed = {
        "s3:GetObject": f"arn:aws:s3:::{bucket}/incoming/letter.txt",
        "s3:PutObject": f"arn:aws:s3:::{bucket}/reports/letter.txt.json",
    }
    for action, resource in needed.items():
        if not grants.may(probe, role, action, resource):
            raise Failed(
                "I read the policies of your function's role; it isn't allowed what it "
                "needs.",
                expected=f"{action} on {resource}",
                observed=f"no policy of the role {role} allows it",
                look="allow(…): the actions, and the resource, which is what is in the "
                "bucket: its ARN and /* after it",
                misconception="role-not-allowed",
            )


def _pile(probe: Probe) -> dict[str, str]:
    """Thirty files of random names and lengths."""
    return {
        f"incoming/{probe.name('letter')}.txt": "word " * probe.random.randint(1, 400)
        for _ in range(30)
    }


class Inbox:
    """A bucket whose uploads get a run and a report each."""

    def __init__(self, probe: Probe, bucket: str, function: str, runtime: str) -> None:
        self.probe = probe
        self.bucket = bucket
        self.function = function
        self.node = runtime.startswith("nodejs")
        self.uploads = Uploads(probe, bucket, function)
        self.reports: dict[str, bytes] = {}
        """What was read of them, by key."""

    def upload(self, files: Mapping[str, str]) -> None:
        """Put files under incoming/; each has to get one run and its report."""
        told = listed(files)
        runs = self._put(files)
        if runs > len(files):
            raise self._loop(told, len(files), runs)
        if runs == 0:
            raise Failed(
                f"I uploaded {told}; nothing ran.",
                expected=f"{len(files)} run(s) of {self.function}",
                observed="no REPORT line",
                look="the bucket's notification and its prefix, and the permission "
                "that lets S3 invoke the function",
                misconception="trigger-not-wired",
            )
        for key, text in files.items():
            self._report(key, text)
        if runs < len(files):
            raise Failed(
                f"I uploaded {told}; not every file got a run.",
                expected=f"{len(files)} runs",
                observed=f"{runs} runs",
                look="the bucket's notification: prefix, suffix and events",
                misconception="trigger-not-wired",
            )

    def ignores(self, files: Mapping[str, str]) -> None:
        """Put files elsewhere; nothing may run."""
        runs = self._put(files)
        if runs:
            raise Failed(
                f"I uploaded {listed(files)}, which isn't under incoming/; your "
                "function ran.",
                expected="no run",
                observed=f"{runs} run(s)",
                look="the Filter of the bucket's notification",
                misconception="every-prefix",
            )

    def twice(self) -> None:
        """Have the last event delivered once more; nothing may change by it."""
        tags = self._tags()
        before = self._read(tags, self.reports)
        self.probe.redeliver(self.function)
        self.probe.settle()
        now = self._tags()
        same = {key: before[key] for key in now if tags.get(key) == now[key]}
        after = self._read(now, same)
        changed = [key for key in after if before.get(key) != after[key]]
        if changed:
            key = changed[0]
            raise Failed(
                "I had S3 deliver the last event once more, which it may do at any "
                "time; a report is another now.",
                expected=f"{key}: {_text(before.get(key, b'no such object'))}",
                observed=f"{key}: {_text(after[key])}",
                look="what your function does when the report is there already",
                misconception="delivered-once",
            )

    def _tags(self) -> dict[str, str]:
        return self.probe.entity_tags(self.bucket, "reports/")

    def _read(
        self, keys: Iterable[str], known: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Reports; what is known isn't read again."""
        return {
            key: known.get(key) or self.probe.get(self.bucket, key) or b""
            for key in keys
        }

    def _put(self, files: Mapping[str, str]) -> int:
        """How many runs these uploads caused."""
        return self.uploads.put({key: text.encode() for key, text in files.items()})

    def _loop(self, told: str, uploads: int, runs: int) -> Failed:
        written = self.uploads.others()
        self.uploads.stop()
        return Failed(
            f"I uploaded {told}; your function ran {runs} times, and I took its "
            "trigger away to stop it.",
            expected=f"{uploads} run(s), one for each upload",
            observed=f"{runs} runs; objects that I didn't upload: {listed(written)}",
            look="does what your function writes match the trigger's prefix?",
            misconception="own-trigger",
        )

    def _report(self, key: str, text: str) -> None:
        wanted = f"reports/{key.removeprefix('incoming/')}.json"
        expected = {"file": key, "words": len(text.split())}
        body = self.probe.get(self.bucket, wanted)
        if body is None:
            raise self._no_report(key, wanted)
        self.reports[wanted] = body
        try:
            report: Any = json.loads(body)
        except ValueError:
            report = _text(body)[:200]
        if not isinstance(report, dict) or expected != {
            name: report.get(name) for name in expected
        }:
            words = isinstance(report, dict) and report.get("file") == key
            spaced = words and report.get("words") == len(text.split(" "))
            raise Failed(
                f"I uploaded {key} with {len(text.split())} words; the report says "
                "something else.",
                expected=json.dumps(expected, ensure_ascii=False),
                observed=json.dumps(report, ensure_ascii=False),
                look="how the words are counted: what do you split, and what do you "
                "count then?"
                if words
                else "what is written to the report: a JSON object with the whole key "
                "as file, and the number as words",
                misconception="single-space" if spaced else None,
            )

    def _no_report(self, key: str, wanted: str) -> Failed:
        """Why a report is missing, as far as it can be seen from outside."""
        encoded = quote_plus(key, safe="/")
        fault = self.uploads.last_error()
        others = self.uploads.others()
        if encoded != key and (
            not fault or any(sign in fault for sign in (encoded, *_NO_OBJECT))
        ):
            return Failed(
                f"I uploaded {key}; your function ran, and there is no {wanted}.",
                expected=wanted,
                observed=fault or f"reports that are there: {listed(others)}",
                look="the key in the event beside the key of the upload: "
                f"it came as {encoded}",
                misconception="key-not-decoded",
            )
        if "Task timed out" in fault:
            return Failed(
                f"I uploaded {key}; your function ran, and Lambda ended it before "
                f"there was a {wanted}.",
                expected="a run within the function's Timeout",
                observed=fault,
                look="what the handler waits for, and Timeout in create_function",
                misconception="ended-by-timeout",
            )
        if fault:
            misconception, look = cause_of(fault) or (
                "unhandled-error",
                place_of(fault),
            )
        elif self.node and not others:
            misconception = "lambda-waits"
            look = "each line that begins something and has no await: send(…), map(…)"
        else:
            misconception = "report-elsewhere"
            look = "how the report's key is made: reports/ + the rest + .json"
        return Failed(
            f"I uploaded {key}; your function ran, and there is no {wanted}.",
            expected=wanted,
            observed=fault or f"objects that I didn't upload: {listed(others)}",
            look=look,
            misconception=misconception,
        )


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


_NO_OBJECT = ("NoSuchKey", "AccessDenied", "404", "403")
