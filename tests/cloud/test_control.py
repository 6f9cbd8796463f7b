from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request

from grader.cloud.cloud import Cloud
from grader.cloud.control import Control


def ask(cloud: Cloud, verb: str, body: Any = None, method: str = "POST") -> Any:
    """The status and the JSON body that the control API answers."""
    control = Control(cloud)

    def application(environ: Any, start: Any) -> Any:
        return control.respond(Request(environ))(environ, start)

    answer = Client(application).open(f"/_lab/{verb}", method=method, json=body or {})
    return answer.status_code, answer.get_json()


def refusal(cloud: Cloud, verb: str, body: Any = None) -> tuple[int, str]:
    status, said = ask(cloud, verb, body)
    return status, said["error"]["message"]


def test_health_says_where_and_when(shared_cloud: Cloud) -> None:
    """A lab that answers tells its address and its time."""
    status, said = ask(shared_cloud, "health", method="GET")
    assert (status, said["endpoint_url"]) == (200, shared_cloud.endpoint_url)
    assert abs(said["now"] - time.time()) < 60


def test_an_idle_cloud_is_settled(shared_cloud: Cloud) -> None:
    """With nothing in flight, settle answers at once."""
    assert ask(shared_cloud, "settle") == (200, {"settled": True, "in_flight": 0})


def test_settle_says_what_is_in_flight(shared_cloud: Cloud) -> None:
    """Work that doesn't end in time is counted, not waited for."""
    with shared_cloud.in_flight:
        said = ask(shared_cloud, "settle", {"timeout": 0.01})[1]
    assert said == {"settled": False, "in_flight": 1}


def test_the_clock_is_read_without_moving_it(shared_cloud: Cloud) -> None:
    """An empty order to the clock only reads it."""
    offset = shared_cloud.clock.offset
    assert ask(shared_cloud, "clock")[1]["offset"] == offset


def test_the_clock_advances(own_account: Any) -> None:
    """`advance` moves lab time by seconds."""
    said = ask(own_account.cloud, "clock", {"advance": 3600})[1]
    assert said["offset"] == pytest.approx(3600, abs=1)


def test_the_clock_goes_to_a_moment(own_account: Any) -> None:
    """`to` moves lab time to an epoch second."""
    target = own_account.cloud.clock.now() + 7200
    said = ask(own_account.cloud, "clock", {"to": target})[1]
    assert target <= said["now"] < target + 60


@pytest.mark.parametrize(
    ("verb", "body", "message"),
    [
        ("clock", {"to": 0}, "only moves forward"),
        ("clock", {"advance": -1}, "only goes forward"),
        ("clock", {"advance": "1 day"}, "a number of seconds"),
        ("clock", {"advance": True}, "a number of seconds"),
        ("clock", {"advance": 1e400}, "can't be inf"),
        ("clock", {"advance": 1e300}, "no further than the year 9892"),
        ("clock", {"to": 4e12}, "no further than the year 9892"),
        ("settle", {"timeout": None}, "a number of seconds"),
        ("journal", {"account": 1}, "has to be text"),
        ("redeliver", {"function": "nobody"}, "nothing was delivered to nobody"),
        ("clock", [1], "a JSON object"),
    ],
)
def test_what_cant_be_meant_is_refused(
    shared_cloud: Cloud, verb: str, body: Any, message: str
) -> None:
    """A wrong order is answered with what would have been right."""
    status, said = refusal(shared_cloud, verb, body)
    assert status == 400
    assert message in said


def test_a_bill_is_of_an_account_and_a_month(shared_cloud: Cloud) -> None:
    """Without a month, it is this one's; an account that did nothing owes nothing."""
    nothing = {"account": "123456789000", "month": "2026-02"}
    status, said = ask(shared_cloud, "bill", nothing)
    assert (status, said["lines"], said["to_pay"]) == (200, [], "0")
    this = time.strftime("%Y-%m", time.gmtime())
    assert ask(shared_cloud, "bill", {"account": "123456789000"})[1]["month"] == this


@pytest.mark.parametrize("month", ["2026-13", "November", "2026-1"])
def test_a_month_is_written_with_digits(shared_cloud: Cloud, month: str) -> None:
    """Anything else is refused with an example."""
    order = {"account": "123456789000", "month": month}
    assert refusal(shared_cloud, "bill", order) == (
        400,
        f"a month is written like 2026-11, not {month!r}",
    )


def test_an_unknown_verb_is_named(shared_cloud: Cloud) -> None:
    """A verb that isn't there is a 404 with its name."""
    assert refusal(shared_cloud, "invoice") == (
        404,
        "no POST /_lab/invoice in this lab",
    )


def test_a_fresh_account_has_its_keys(shared_cloud: Cloud) -> None:
    """The keys of a fresh account are its administrator's."""
    made = ask(shared_cloud, "fresh")[1]
    sts = boto3.client(
        "sts",
        endpoint_url=shared_cloud.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id=made["access_key_id"],
        aws_secret_access_key=made["secret_access_key"],
    )
    assert sts.get_caller_identity()["Account"] == made["account"]


def test_the_journal_has_what_was_delivered(fresh_account: Any) -> None:
    """An asynchronous event is in its account's journal, and in no other's."""
    name = fresh_account.deploy("def handler(event, context): ...")
    fresh_account.aws_lambda.invoke(
        FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}'
    )
    cloud = fresh_account.cloud
    (entry,) = ask(cloud, "journal", {"account": fresh_account.id})[1]["entries"]
    assert (entry["kind"], entry["function"], entry["event"]) == (
        "delivery",
        name,
        {"n": 1},
    )
    others = ask(cloud, "journal", {"account": "999999999999"})[1]
    assert others == {"entries": []}


def test_the_journal_has_what_was_dropped(own_account: Any) -> None:
    """An event that Lambda gives up is an entry with a sentence, after its delivery."""
    name = own_account.deploy("def handler(event, context): raise ValueError")
    own_account.aws_lambda.invoke(FunctionName=name, InvocationType="Event")
    own_account.cloud.clock.advance(600)
    entries = ask(own_account.cloud, "journal", {"region": "eu-west-1"})[1]["entries"]
    assert [entry["kind"] for entry in entries] == ["delivery", "dropped"]
    assert "3 attempts" in entries[1]["message"]


def test_an_event_is_delivered_again(fresh_account: Any) -> None:
    """redeliver repeats the last event of a function with its request id."""
    name = fresh_account.deploy("def handler(event, context): print('got', event)")
    fresh_account.aws_lambda.invoke(
        FunctionName=name, InvocationType="Event", Payload=b"5"
    )
    order = {"account": fresh_account.id, "function": name}
    said = ask(fresh_account.cloud, "redeliver", order)[1]
    ask(fresh_account.cloud, "settle")
    printed = [line for line in fresh_account.log_lines(name) if "got 5" in line]
    assert (said["function"], said["event"], len(printed)) == (name, 5, 2)


def test_a_fault_of_ours_is_told(shared_cloud: Cloud) -> None:
    """What breaks in the lab is answered, so that the lab doesn't seem to be gone."""

    class Faulty:
        endpoint_url = ""

        @property
        def clock(self) -> Any:
            raise ZeroDivisionError("no clock")

    status, said = ask(Faulty(), "clock")  # type: ignore[arg-type]
    assert status == 500
    assert "the lab itself broke" in said["error"]["message"]
    assert "ZeroDivisionError: no clock" in said["error"]["message"]
