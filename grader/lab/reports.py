"""REPORT lines of Lambda functions, parsed.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html shows the text form,
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
the JSON form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from grader.lab import tables

_REQUEST = re.compile(r"^REPORT RequestId: (\S+)")
_FIELD = re.compile(r"\t?([A-Z][A-Za-z ]+): ([\d.]+) (ms|MB)")
_STATUS = re.compile(r"\tStatus: (\w+)")


@dataclass(frozen=True)
class Report:
    """One invocation as Lambda reports it: times in milliseconds, memory in MB."""

    request_id: str
    duration_ms: float
    billed_ms: int
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None = None
    """None when the invocation found a warm environment."""
    status: str = "success"

    @property
    def cold(self) -> bool:
        """Whether this invocation had to start its environment."""
        return self.init_ms is not None


class Reports(tables.Listing[Report]):
    """REPORT lines in the order of their time; shown as a table."""

    columns = (
        "request_id",
        "duration_ms",
        "billed_ms",
        "init_ms",
        "memory_mb",
        "max_memory_mb",
        "status",
    )
    empty = "no REPORT lines yet: invoke the function, then cloud.settle()"


def parse(line: str) -> Report | None:
    """The report in one log line of either format, or None if it isn't one."""
    if line.startswith("{"):
        return _from_json(line)
    request = _REQUEST.match(line)
    if request is None:
        return None
    field = {name: float(number) for name, number, _unit in _FIELD.findall(line)}
    status = _STATUS.search(line)
    return Report(
        request_id=request.group(1),
        duration_ms=field["Duration"],
        billed_ms=int(field["Billed Duration"]),
        memory_mb=int(field["Memory Size"]),
        max_memory_mb=int(field["Max Memory Used"]),
        init_ms=field.get("Init Duration"),
        status=status.group(1) if status else "success",
    )


def reports(lines: Iterable[str]) -> Reports:
    """Every REPORT line among log lines."""
    return Reports(found for found in map(parse, lines) if found is not None)


def _from_json(line: str) -> Report | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("type") != "platform.report":
        return None
    record = said["record"]
    metrics = record["metrics"]
    return Report(
        request_id=record["requestId"],
        duration_ms=float(metrics["durationMs"]),
        billed_ms=int(metrics["billedDurationMs"]),
        memory_mb=int(metrics["memorySizeMB"]),
        max_memory_mb=int(metrics["maxMemoryUsedMB"]),
        init_ms=metrics.get("initDurationMs"),
        status=record.get("status", "success"),
    )
