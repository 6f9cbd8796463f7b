"""Environments that provisioned concurrency keeps ready."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.cloud.conftest import Account, zipped
from tests.cloud.test_environments import processes_below

KIND = "AWS_LAMBDA_INITIALIZATION_TYPE"
TELLS = f"""
import os, time
def handler(event, context):
    time.sleep(event.get("sleep", 0))
    if event.get("exit"):
        os._exit(1)
    return [os.environ["{KIND}"], context.log_stream_name]
"""


def provide(account: Account, code: str = TELLS, count: int = 1, **more: Any) -> str:
    """Deploy version 1 under the alias ``live``, with environments ready."""
    name = account.deploy(code, Publish=True, **more)
    account.aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    account.aws_lambda.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=count
    )
    account.cloud.in_flight.wait()
    return name


def state(account: Account, name: str) -> dict[str, Any]:
    found: dict[str, Any] = account.aws_lambda.get_provisioned_concurrency_config(
        FunctionName=name, Qualifier="live"
    )
    return found


def test_is_ready_once_everything_started(account: Account) -> None:
    found = state(account, provide(account, count=2))
    assert (found["Status"], found["AvailableProvisionedConcurrentExecutions"]) == (
        "READY",
        2,
    )


def test_the_handler_sees_how_it_was_started(account: Account) -> None:
    name = provide(account)
    assert account.invoke(name, Qualifier="live").payload[0] == (
        "provisioned-concurrency"
    )


def test_init_is_logged_ahead_of_any_invocation(account: Account) -> None:
    lines = account.log_lines(provide(account, "print('starting')\n" + TELLS))
    assert [line.split()[0] for line in lines] == ["INIT_START", "starting"]


def test_the_first_invocation_reports_no_init(account: Account) -> None:
    log = account.invoke(provide(account), Qualifier="live").log
    assert log.startswith("START")
    assert "Init Duration" not in log


def test_json_logs_report_an_init_ahead(account: Account) -> None:
    """An initReport that isn't on-demand has the level INFO."""
    lines = account.log_lines(provide(account, LoggingConfig={"LogFormat": "JSON"}))
    assert '"platform.initReport"' in lines[1]
    assert '"initializationType": "provisioned-concurrency"' in lines[1]


def test_more_requests_spill_over_to_on_demand(account: Account) -> None:
    name = provide(account, Timeout=10)

    def kind(_: int) -> str:
        payload = account.invoke(name, {"sleep": 1}, Qualifier="live").payload
        return str(payload[0])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(kind, range(2))) == [
            "on-demand",
            "provisioned-concurrency",
        ]


def test_latest_runs_on_demand(account: Account) -> None:
    assert account.invoke(provide(account)).payload[0] == "on-demand"


def test_deleting_the_setting_ends_the_environments(account: Account) -> None:
    before = processes_below(os.getpid())
    name = provide(account)
    account.aws_lambda.delete_provisioned_concurrency_config(
        FunctionName=name, Qualifier="live"
    )
    account.cloud.in_flight.wait()
    assert processes_below(os.getpid()) <= before


def test_deleting_the_function_ends_the_environments(account: Account) -> None:
    before = processes_below(os.getpid())
    account.aws_lambda.delete_function(FunctionName=provide(account))
    account.cloud.in_flight.wait()
    assert processes_below(os.getpid()) <= before


def test_new_code_leaves_a_published_versions_environments(account: Account) -> None:
    name = provide(account)
    account.aws_lambda.update_function_code(
        FunctionName=name, ZipFile=zipped({"app.py": "def handler(e, c): pass\n"})
    )
    account.cloud.in_flight.wait()
    assert "INIT_START" not in account.invoke(name, Qualifier="live").log


def test_a_moved_alias_takes_its_environments_along(account: Account) -> None:
    name = provide(account)
    client = account.aws_lambda
    client.update_function_configuration(FunctionName=name, Description="second")
    client.publish_version(FunctionName=name)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    account.cloud.in_flight.wait()
    kind, stream = account.invoke(name, Qualifier="live").payload
    assert (kind, "[2]" in stream) == ("provisioned-concurrency", True)


def test_an_environment_that_ended_is_replaced(account: Account) -> None:
    name = provide(account)
    account.invoke(name, {"exit": True}, Qualifier="live")
    account.cloud.in_flight.wait()
    assert account.invoke(name, Qualifier="live").payload[0] == (
        "provisioned-concurrency"
    )


def test_code_that_does_not_start_fails_the_allocation(account: Account) -> None:
    found = state(account, provide(account, "raise ValueError('no')\n"))
    assert (found["Status"], found["StatusReason"]) == (
        "FAILED",
        "FUNCTION_ERROR_INIT_FAILURE",
    )


def test_what_this_machine_cannot_hold_fails_the_allocation(account: Account) -> None:
    found = state(account, provide(account, count=33))
    assert (found["Status"], found["StatusReason"]) == (
        "FAILED",
        "This machine keeps at most 32 environments ready.",
    )
