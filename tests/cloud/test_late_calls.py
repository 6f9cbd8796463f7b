"""Calls that a function doesn't wait for."""

from __future__ import annotations

import time

import pytest

from grader.cloud import environments, processes
from grader.cloud.access.audit_trail import Call
from grader.cloud.access.credentials import Credentials
from grader.cloud.access.principals import ANONYMOUS
from grader.cloud.late_calls import LateCalls
from tests.cloud.conftest import Account

KEY = "ASIA0123456789ABCDEF"
FIRST, SECOND = "1-6926f000-000000000000000000000001", "1-6926f000-00000000000000000002"


def call(key: str = KEY, trace: str = FIRST) -> Call:
    """A call that isn't answered yet."""
    environ = {"HTTP_X_AMZN_TRACE_ID": f"Root={trace};Parent=1;Sampled=0"}
    return Call(0.0, ANONYMOUS, Credentials(access_key_id=key), environ)


@pytest.fixture
def late() -> list[Call]:
    """What was told of."""
    return []


@pytest.fixture
def calls(late: list[Call]) -> LateCalls:
    """Of one environment, which has had no event."""
    noticed = LateCalls()
    noticed.on_late = late.append
    return noticed


def test_what_was_waited_for_is_not_late(calls: LateCalls, late: list[Call]) -> None:
    """In INIT, and while a handler runs; other people's calls never are."""
    calls.look(call())
    calls.begins(KEY, FIRST)
    made = call()
    calls.look(made)
    made.settled_at = 1.0
    calls.answered(KEY, 2.0)
    calls.look(call("AKIATEST"))
    calls.begins(KEY, SECOND)
    calls.look(call(trace=SECOND))
    assert late == []


def test_a_call_after_the_answer_is_late(calls: LateCalls, late: list[Call]) -> None:
    calls.begins(KEY, FIRST)
    calls.answered(KEY)
    made = call()
    calls.look(made)
    assert late == [made]


def test_a_call_that_is_open_at_the_answer_is_late(
    calls: LateCalls, late: list[Call]
) -> None:
    """It was sent before the answer, and nobody read what came of it."""
    calls.begins(KEY, FIRST)
    made = call()
    calls.look(made)
    calls.answered(KEY)
    assert late == [made]


def test_a_call_that_was_quicker_than_the_answer_is_late(
    calls: LateCalls, late: list[Call]
) -> None:
    """It was answered when the handler had ended, while its answer was on its way."""
    calls.begins(KEY, FIRST)
    made = call()
    calls.look(made)
    made.settled_at = 2.0
    calls.answered(KEY, 1.0)
    assert late == [made]


def test_a_call_that_was_frozen_is_late(calls: LateCalls, late: list[Call]) -> None:
    """It comes with the next event, and has the trace of its own one."""
    calls.begins(KEY, FIRST)
    calls.answered(KEY)
    calls.begins(KEY, SECOND)
    made = call(trace=FIRST)
    calls.look(made)
    assert late == [made]


def test_an_environment_that_failed_is_not_accused(
    calls: LateCalls, late: list[Call]
) -> None:
    """Its error tells more: of calls at once, one may have failed and others not."""
    calls.begins(KEY, FIRST)
    calls.look(call())
    calls.ended(KEY)
    calls.look(call())
    assert late == []


UNAWAITED = """
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({});
export const handler = async (event) => {
  const asked = client.send(new ListTablesCommand({}));
  if (event.waits) await asked;
};
"""


def test_an_incident_tells_of_a_function_that_doesnt_wait(
    own_account: Account,
) -> None:
    """The sentence names the function and the call; a function that waits has none."""
    account = own_account
    account.permit("dynamodb:ListTables")
    name = account.deploy(
        {"index.mjs": UNAWAITED}, Runtime="nodejs24.x", Handler="index.handler"
    )
    journal = account.cloud.asynchronous.journal
    account.invoke(name, {"waits": True})
    assert [one.kind for one in journal.incidents()] == []
    holds = account.cloud.holds
    held = holds.begin(account.id, frozenset({"dynamodb:ListTables"}))
    account.invoke(name, {"waits": False})
    assert holds.held(held, at_least=1, within=10) == 1
    holds.end(held)
    [incident] = journal.incidents()
    assert (incident.kind, incident.message) == (
        "late",
        f"{name} answered without waiting for its call of ListTables.",
    )
    assert incident.resource.endswith(f":function:{name}")
    [told] = [one for one in account.cloud.notices.take() if "ListTables" in one]
    assert "never" in told


LINGERS = """
import threading, time

import boto3

dynamodb = boto3.client("dynamodb")

def linger():
    while time.process_time() < until:
        pass
    dynamodb.list_tables()

def handler(event, context):
    global until
    until = time.process_time() + SECONDS
    threading.Thread(target=linger).start()
"""


def lingering(account: Account, seconds: float) -> str:
    """Deploy a function that calls so long after its answer, of a processor's time."""
    account.permit("dynamodb:ListTables")
    return account.deploy(LINGERS.replace("SECONDS", str(seconds)), MemorySize=512)


def told(account: Account) -> list[str]:
    """What was noticed: what was sent is in the lab's socket, and read soon."""
    journal, deadline = account.cloud.asynchronous.journal, time.monotonic() + 10
    while not journal.incidents() and time.monotonic() < deadline:
        time.sleep(0.01)
    return [one.message for one in journal.incidents()]


def test_what_still_runs_is_not_stopped_at_once(own_account: Account) -> None:
    """A call that comes a while after the answer is noticed, and can be waited for."""
    account = own_account
    name = lingering(account, 0.25)
    account.invoke(name)
    assert account.cloud.environments.asleep(60.0)
    assert told(account) == [
        f"{name} answered without waiting for its call of ListTables."
    ]


def test_time_without_a_processor_is_none_in_which_it_ran(
    own_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine it isn't stopped before it could send what it was to send."""
    monkeypatch.setattr(processes, "starved", lambda pid: time.perf_counter())
    account = own_account
    name = lingering(account, 2 * environments._FREEZING_PATIENCE)
    account.invoke(name)
    assert not account.cloud.environments.asleep(0.0)
    assert account.cloud.environments.asleep(60.0)
    assert told(account) == [
        f"{name} answered without waiting for its call of ListTables."
    ]
