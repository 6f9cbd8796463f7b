"""Lambda's own lines in a function's log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cloud.conftest import Account

LOGS = """
import logging, time
def handler(event, context):
    for level in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger(), level)(level)
    if event.get("fail"):
        raise ValueError("no")
    time.sleep(event.get("sleep", 0))
"""


def written(account: Account, event: Any = None, **logging: str) -> list[str]:
    """The kinds of the events of one cold invocation, in their order."""
    name = account.deploy(
        LOGS, LoggingConfig={"LogFormat": "JSON", **logging}, Timeout=1
    )
    lines = account.invoke(name, event).log.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [
        event.get("type") or f"{event['level']} {event['message']}" for event in events
    ]


def test_info_leaves_out_the_done_events(account: Account) -> None:
    """runtimeDone, initRuntimeDone and an on-demand initReport are DEBUG."""
    assert [kind for kind in written(account) if kind.startswith("platform")] == [
        "platform.initStart",
        "platform.start",
        "platform.report",
    ]


def test_debug_writes_every_event_of_an_invocation(account: Account) -> None:
    kinds = written(account, SystemLogLevel="DEBUG")
    assert [kind for kind in kinds if kind.startswith("platform")] == [
        "platform.initStart",
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
    ]


def test_warn_is_silent_about_success(account: Account) -> None:
    kinds = written(account, SystemLogLevel="WARN")
    assert not [kind for kind in kinds if kind.startswith("platform")]


def test_warn_tells_of_a_timeout(account: Account) -> None:
    kinds = written(account, {"sleep": 30}, SystemLogLevel="WARN")
    assert [kind for kind in kinds if kind.startswith("platform")] == [
        "platform.runtimeDone",
        "platform.report",
    ]


@pytest.mark.parametrize(
    ("level", "first"),
    [("DEBUG", "DEBUG debug"), ("INFO", "INFO info"), ("ERROR", "ERROR error")],
)
def test_the_application_log_level_is_the_least_that_is_written(
    account: Account, level: str, first: str
) -> None:
    kinds = written(account, ApplicationLogLevel=level)
    assert next(kind for kind in kinds if not kind.startswith("platform")) == first


def test_init_start_names_a_version_of_the_runtime(account: Account) -> None:
    """AWS's have numbers such as python:3.13.v28."""
    log = account.invoke(account.deploy(LOGS)).log
    assert re.match(r"INIT_START Runtime Version: python:3\.13\.v\d+\t", log)


def test_a_traced_function_reports_its_trace(account: Account) -> None:
    """With TracingConfig Active, REPORT is followed by the line XRAY."""
    code = "import os\ndef handler(e, c): return os.environ['_X_AMZN_TRACE_ID']\n"
    answer = account.invoke(account.deploy(code, TracingConfig={"Mode": "Active"}))
    fields = dict(field.split("=") for field in answer.payload.split(";"))
    assert answer.log.endswith(
        f"\t\nXRAY TraceId: {fields['Root']}\tSegmentId: {fields['Parent']}"
        "\tSampled: true\t\n"
    )


def test_a_function_that_is_not_traced_reports_none(account: Account) -> None:
    assert "XRAY" not in account.invoke(account.deploy(LOGS)).log


def test_streams_of_a_custom_group_name_the_function(account: Account) -> None:
    """So that functions can share a log group."""
    name = account.deploy(
        "def handler(event, context): return context.log_stream_name\n",
        LoggingConfig={"LogGroup": "/shop/all"},
    )
    stream = account.invoke(name).payload
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}", stream)
