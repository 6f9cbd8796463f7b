"""What PutEvents takes and answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account
from tests.cloud.eventbridge.conftest import Bus

GOOD = {"Source": "studio", "DetailType": "Paid", "Detail": "{}"}


def refused(bus: Bus, **fields: Any) -> tuple[str, str]:
    """Code and message of an entry that becomes no event."""
    entry = {k: v for k, v in {**GOOD, **fields}.items() if v is not None}
    answer = bus.events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 1
    return answer["Entries"][0]["ErrorCode"], answer["Entries"][0]["ErrorMessage"]


def error(bus: Bus, entries: list[dict[str, Any]]) -> dict[str, str]:
    with pytest.raises(ClientError) as raised:
        bus.events.put_events(Entries=entries)
    found: dict[str, str] = raised.value.response["Error"]
    return found


@pytest.mark.parametrize("name", ["Source", "DetailType", "Detail"])
def test_what_every_entry_needs(bus: Bus, name: str) -> None:
    """A missing argument is named."""
    assert refused(bus, **{name: None}) == (
        "InvalidArgument",
        f"Parameter {name} is not valid. Reason: {name} is a required argument.",
    )


@pytest.mark.parametrize("detail", ["{", "[1]", '"text"', "1"])
def test_a_detail_is_an_object(bus: Bus, detail: str) -> None:
    """Other JSON is as malformed as no JSON."""
    assert refused(bus, Detail=detail) == ("MalformedDetail", "Detail is malformed.")


def test_nobody_calls_himself_aws(bus: Bus) -> None:
    """Sources that begin with aws. belong to AWS's services."""
    assert refused(bus, Source="aws.s3") == (
        "NotAuthorizedForSourceException",
        "Not authorized for the source.",
    )


def test_good_entries_go_beside_bad_ones(bus: Bus) -> None:
    """Each entry has its place in the answer."""
    answer = bus.events.put_events(Entries=[GOOD, {**GOOD, "Detail": "no"}, GOOD])
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert answer["FailedEntryCount"] == 1
    assert ["EventId" in one for one in answer["Entries"]] == [True, False, True]


def test_ten_entries_at_most(bus: Bus) -> None:
    """The eleventh fails the request."""
    found = error(bus, [GOOD] * 11)
    assert found["Code"] == "ValidationException"
    assert found["Message"].endswith(
        "at 'entries' failed to satisfy constraint: Member must have length less than"
        " or equal to 10"
    )


def test_a_megabyte_at_most(bus: Bus) -> None:
    """All entries of a request count together."""
    half = {**GOOD, "Detail": json.dumps({"x": "a" * 524_288})}
    assert error(bus, [half, half]) == {
        "Code": "ValidationException",
        "Message": "Total size of the entries in the request is over the limit.",
    }


def test_an_unknown_bus_drops_the_event(bus: Bus) -> None:
    """AWS answers as if all were well; why() tells."""
    bus.put(EventBusName="nowhere")
    ((kind, message),) = bus.incidents()
    assert (kind, "there is no event bus nowhere" in message) == ("undelivered", True)


def test_an_event_has_its_frame(bus: Bus) -> None:
    """Account, Region, time and resources; the id is the answer's."""
    url, arn = bus.queue("frame")
    bus.rule("all", {"Arn": arn})
    event_id = bus.put({"a": 1}, Time=1_700_000_000, Resources=["arn:aws:x:y"])
    assert bus.bodies(url) == [
        {
            "version": "0",
            "id": event_id,
            "detail-type": "Booking Confirmed",
            "source": "studio",
            "account": bus.account.id,
            "time": "2023-11-14T22:13:20Z",
            "region": bus.account.region,
            "resources": ["arn:aws:x:y"],
            "detail": {"a": 1},
        }
    ]


def test_what_was_put_is_counted(bus: Bus) -> None:
    """Entries, and those of them that failed."""
    bus.events.put_events(Entries=[GOOD, {**GOOD, "Detail": "no"}])
    assert bus.sum("PutEventsEntriesCount") == 2
    assert bus.sum("PutEventsFailedEntriesCount") == 1


def test_a_user_is_held_to_sources(bus: Bus) -> None:
    """A policy's condition on events:source looks at every entry."""
    iam = bus.account.client("iam")
    iam.create_user(UserName="june")
    statement = {
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Resource": "*",
        "Condition": {"StringEquals": {"events:source": "studio"}},
    }
    iam.put_user_policy(
        UserName="june",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    key = iam.create_access_key(UserName="june")["AccessKey"]
    pair = (key["AccessKeyId"], key["SecretAccessKey"])
    june = Bus(Account(bus.cloud, keys=pair, account=bus.account.id))
    assert june.put()
    assert error(june, [GOOD, {**GOOD, "Source": "other"}])["Code"] == (
        "AccessDeniedException"
    )
