"""Kinesis Data Streams: records of our own over moto's streams."""

from __future__ import annotations

from collections.abc import Callable

# Told of each record, and of each change of the shards, by the stream's ARN.
observers: list[Callable[[str], None]] = []


def prepare(service: str) -> None:
    """Lay our answers over moto's Kinesis before a service may use it.

    moto's Kinesis is imported by the first request that needs it.
    """
    if service in ("kinesis", "cloudformation"):
        from grader.cloud.kinesis.requests import install

        install()
