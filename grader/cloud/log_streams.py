"""Writes an environment's log events into moto's CloudWatch Logs.

moto has the groups, streams and queries, but nothing of Lambda writes to them.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence

from moto.logs.models import LogGroup, logs_backends
from moto.logs.models import LogStream as MotoLogStream

_creating = threading.Lock()
# Told of the account and the bytes, before they are written.
observers: list[Callable[[str, int], None]] = []


def stream_name(function: str, version: str, group: str) -> str:
    """Name a stream as Lambda does: ``2026/11/23/[$LATEST]<32 hex digits>``.

    In a log group of the user's choice, the function's name stands before the version:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    prefix = "" if group == f"/aws/lambda/{function}" else function
    day = time.strftime("%Y/%m/%d", time.gmtime())
    return f"{day}/{prefix}[{version}]{uuid.uuid4().hex}"


class LogStream:
    """The log stream of one execution environment.

    The group and the stream come into being with the first event. A group that
    somebody deletes meanwhile is made again, as Lambda does. Lambda does all of it in
    the function's role: what that doesn't allow isn't written, and nobody is told.

    ``may`` says whether an action of CloudWatch Logs on an ARN is allowed.
    """

    def __init__(
        self,
        account: str,
        region: str,
        group: str,
        name: str,
        may: Callable[[str, str], bool],
    ) -> None:
        self._account = account
        self._backend = logs_backends[account][region]
        self._group = group
        self._may = may
        # Access control knows a group by the streams in it.
        self._streams_arn = (
            f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:"
        )
        self.name = name

    def write(self, events: Sequence[tuple[int, str]]) -> None:
        """Append events: lab time in ms, and text."""
        if not events:
            return
        stream = self._stream()
        arn = f"{self._streams_arn}{self.name}"
        if stream is None or not self._may("logs:PutLogEvents", arn):
            return
        size = sum(len(text.encode()) for _, text in events)
        for observe in observers:
            observe(self._account, size)
        stream.put_log_events(
            [{"timestamp": stamp, "message": text} for stamp, text in events]
        )

    def _stream(self) -> MotoLogStream | None:
        stream = self._existing(self._backend.groups.get(self._group))
        if stream is not None:
            return stream
        with _creating:
            group = self._backend.groups.get(self._group)
            if group is None:
                if not self._may("logs:CreateLogGroup", self._streams_arn):
                    return None
                group = self._backend.create_log_group(self._group, {})
            stream = self._existing(group)
            if stream is None:
                arn = f"{self._streams_arn}{self.name}"
                if not self._may("logs:CreateLogStream", arn):
                    return None
                group.create_log_stream(self.name)
                stream = group.streams[self.name]
            return stream

    def _existing(self, group: LogGroup | None) -> MotoLogStream | None:
        return None if group is None else group.streams.get(self.name)
