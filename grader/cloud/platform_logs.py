"""The lines that Lambda itself writes into a function's log.

Text: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html; JSON: the
platform events of https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Report:
    """What REPORT says of one invocation; durations in ms, memory in MB."""

    request_id: str
    duration: float
    memory_size: int
    max_memory_used: int
    init_duration: float | None = None
    status: str = "success"
    error_type: str | None = None
    produced_bytes: int = 0
    # The sampled X-Amzn-Trace-Id of a function that X-Ray traces.
    trace_header: str | None = None

    @property
    def billed_duration(self) -> int:
        """Whole ms, INIT included (billed since August 2025)."""
        return max(1, math.ceil(self.duration + (self.init_duration or 0.0)))


class PlatformLog(Protocol):
    """Words the platform's events in a log format; "" for one it doesn't write."""

    def init_start(
        self, runtime: str, version_arn: str, function: str, version: str
    ) -> str: ...
    def init_done(self, phase: str, status: str, error_type: str | None) -> str: ...
    def init_report(
        self, duration: float, phase: str, status: str, error_type: str | None
    ) -> str: ...
    def start(self, request_id: str, version: str) -> str: ...
    def end(self, report: Report) -> str: ...
    def report(self, report: Report) -> str: ...


class TextLog:
    """``LogFormat: Text``, what a new function has."""

    def init_start(
        self, runtime: str, version_arn: str, function: str, version: str
    ) -> str:
        return (
            f"INIT_START Runtime Version: {runtime}\t"
            f"Runtime Version ARN: {version_arn}\n"
        )

    def init_done(self, phase: str, status: str, error_type: str | None) -> str:
        return ""

    def init_report(
        self, duration: float, phase: str, status: str, error_type: str | None
    ) -> str:
        if status == "success":
            return ""
        line = f"INIT_REPORT Init Duration: {duration:.2f} ms\tPhase: {phase}"
        line += f"\tStatus: {status}"
        return line + (f"\tError Type: {error_type}\n" if error_type else "\n")

    def start(self, request_id: str, version: str) -> str:
        return f"START RequestId: {request_id} Version: {version}\n"

    def end(self, report: Report) -> str:
        return f"END RequestId: {report.request_id}\n"

    def report(self, report: Report) -> str:
        parts = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.duration:.2f} ms",
            f"Billed Duration: {report.billed_duration} ms",
            f"Memory Size: {report.memory_size} MB",
            f"Max Memory Used: {report.max_memory_used} MB",
        ]
        if report.init_duration is not None:
            parts.append(f"Init Duration: {report.init_duration:.2f} ms")
        if report.status != "success":
            parts.append(f"Status: {report.status}")
        if report.error_type is not None:
            parts.append(f"Error Type: {report.error_type}")
        text = "\t".join(parts) + "\t\n"
        if report.trace_header is None:
            return text
        fields = dict(
            field.split("=", 1) for field in report.trace_header.split(";") if field
        )
        return (
            f"{text}XRAY TraceId: {fields['Root']}\tSegmentId: {fields['Parent']}"
            "\tSampled: true\t\n"
        )


class JsonLog:
    """``LogFormat: JSON``, of the given ``SystemLogLevel`` and above.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    says which event has which level.
    """

    def __init__(self, level: str, initialization_type: str) -> None:
        self._least = _LEVELS.index(level)
        self._initialization_type = initialization_type

    def init_start(
        self, runtime: str, version_arn: str, function: str, version: str
    ) -> str:
        record = {
            "initializationType": self._initialization_type,
            "phase": "init",
            "runtimeVersion": runtime,
            "runtimeVersionArn": version_arn,
            "functionName": function,
            "functionVersion": version,
        }
        return self._event("INFO", "platform.initStart", record)

    def init_done(self, phase: str, status: str, error_type: str | None) -> str:
        record = {
            "initializationType": self._initialization_type,
            "phase": phase,
            "status": status,
        }
        if error_type:
            record["errorType"] = error_type
        level = "DEBUG" if status == "success" else "WARN"
        return self._event(level, "platform.initRuntimeDone", record)

    def init_report(
        self, duration: float, phase: str, status: str, error_type: str | None
    ) -> str:
        record: dict[str, Any] = {
            "initializationType": self._initialization_type,
            "phase": phase,
            "status": status,
            "metrics": {"durationMs": round(duration, 3)},
        }
        if error_type:
            record["errorType"] = error_type
        level = "DEBUG" if self._initialization_type == "on-demand" else "INFO"
        if status != "success":
            level = "WARN"
        return self._event(level, "platform.initReport", record)

    def start(self, request_id: str, version: str) -> str:
        record = {"requestId": request_id, "version": version}
        return self._event("INFO", "platform.start", record)

    def end(self, report: Report) -> str:
        record: dict[str, Any] = {
            "requestId": report.request_id,
            "status": report.status,
            "metrics": {
                "durationMs": round(report.duration, 3),
                "producedBytes": report.produced_bytes,
            },
        }
        if report.error_type:
            record["errorType"] = report.error_type
        level = "DEBUG" if report.status == "success" else "WARN"
        return self._event(level, "platform.runtimeDone", record)

    def report(self, report: Report) -> str:
        metrics: dict[str, Any] = {
            "durationMs": round(report.duration, 3),
            "billedDurationMs": report.billed_duration,
            "memorySizeMB": report.memory_size,
            "maxMemoryUsedMB": report.max_memory_used,
        }
        if report.init_duration is not None:
            metrics["initDurationMs"] = round(report.init_duration, 3)
        record: dict[str, Any] = {
            "requestId": report.request_id,
            "metrics": metrics,
            "status": report.status,
        }
        if report.error_type:
            record["errorType"] = report.error_type
        if report.trace_header is not None:
            value = report.trace_header
            record["tracing"] = {"type": "X-Amzn-Trace-Id", "value": value}
        level = "INFO" if report.status == "success" else "WARN"
        return self._event(level, "platform.report", record)

    def _event(self, level: str, kind: str, record: Mapping[str, Any]) -> str:
        if _LEVELS.index(level) < self._least:
            return ""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        stamp = now.replace("+00:00", "Z")
        return json.dumps({"time": stamp, "type": kind, "record": record}) + "\n"


_LEVELS = ("DEBUG", "INFO", "WARN")


def platform_log(
    log_format: str, level: str | None, initialization_type: str
) -> PlatformLog:
    """Give the words for a function's log format, system log level and start."""
    if log_format == "JSON":
        return JsonLog(level or "INFO", initialization_type)
    return TextLog()
