"""Uploads to a bucket, and the runs of the function that they start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.checks.exercise import Failed, Raised, Work
from grader.checks.phase2_faults import error_in
from grader.checks.probe import Probe

TURNS = 8
"""Runs beyond the uploads after which a loop is stopped."""
_HANDS = 8
"""Uploads that are under way at the same time."""


def deployed_behind(account: Probe, deploy: Work, bucket: str, name: str) -> Any:
    """What a deploy for a bucket returns; `name` is the function's in the task."""
    try:
        return deploy(account.cloud_argument(), bucket)
    except Raised as refused:
        if "Unable to validate the following destination" not in refused.message:
            raise
        raise Failed(
            f"I called {name}; S3 refused the notification.",
            expected="a function that lets this bucket invoke it, before the bucket "
            "is told about it",
            observed=refused.message,
            look="add_permission: its Principal, its SourceArn, and whether it comes "
            "before the notification",
            misconception="trigger-not-wired",
        ) from None


class Uploads:
    """A bucket whose uploads and runs are counted.

    What the function did before this was made isn't, and neither are further attempts
    at it: the queue of a function that failed is still there after it was mended.
    """

    def __init__(self, probe: Probe, bucket: str, function: str) -> None:
        self.probe = probe
        self.bucket = bucket
        self.function = function
        self._earlier = {report.request_id for report in probe.reports(function)}
        self._seen = 0
        self._logged = len(probe.logs(function))
        self._mine: set[str] = set()

    def put(self, files: Mapping[str, bytes], *, at_once: bool = True) -> int:
        """How many runs these uploads caused; a loop is ended once it is seen.

        Files that don't come at once find a warm environment, which costs less.
        """
        self._mine |= set(files)
        if at_once:
            with ThreadPoolExecutor(_HANDS) as hands:
                list(hands.map(lambda key: self._upload(key, files[key]), files))
        else:
            for key in files:
                self._upload(key, files[key])
                self.probe.settled(within=10)
        return self.settled(len(files))

    def settled(self, allowed: int) -> int:
        """How many runs there were since the last look, of `allowed` at most."""
        for _ in range(60):
            if self.probe.settled(within=0.5):
                break
            if self._runs() > allowed + TURNS:
                self.stop()
                break
        runs = self._runs()
        self._seen += runs
        return runs

    def stop(self) -> None:
        """Take the trigger away, as one does on AWS when a function runs in a loop."""
        self.probe.client("s3").put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={}
        )
        self.probe.settle()

    def last_error(self) -> str:
        """The last error that the function logged since then, or nothing."""
        lines = self.probe.logs(self.function)[self._logged :]
        return error_in(line.message for line in lines)

    def others(self) -> list[str]:
        """The keys of what somebody else put into the bucket, sorted."""
        return sorted(set(self.probe.keys(self.bucket)) - self._mine)

    def _upload(self, key: str, body: bytes) -> None:
        self.probe.put(self.bucket, key, body)

    def _runs(self) -> int:
        reports = self.probe.reports(self.function)
        own = [one for one in reports if one.request_id not in self._earlier]
        return len(own) - self._seen


def listed(names: Iterable[str]) -> str:
    """Names for a message, the first four of them."""
    shown = list(names)
    if not shown:
        return "none"
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" * (len(shown) > 4))
