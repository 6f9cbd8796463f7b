"""The journal of deliveries and incidents."""

from grader.cloud.journal import Incident, Journal


def deliver(journal: Journal, function: str = "f", payload: bytes = b"{}", **place):
    where = {"account": "123456789012", "region": "eu-west-1", **place}
    return journal.delivered(
        at=1.0,
        source="s3",
        function=function,
        qualifier=None,
        payload=payload,
        request_id="r",
        **where,
    )


def test_deliveries_are_numbered_in_order():
    """A delivery's id is its number, so that it can be named."""
    journal = Journal()
    assert [deliver(journal).id, deliver(journal).id] == [1, 2]


def test_deliveries_can_be_asked_for_by_function_and_account():
    """Only what matches every argument comes back."""
    journal = Journal()
    deliver(journal, "one")
    wanted = deliver(journal, "two")
    deliver(journal, "two", account="210987654321")
    found = journal.deliveries(function="two", account="123456789012")
    assert found == [wanted]


def test_the_oldest_deliveries_are_forgotten():
    """The journal holds so many deliveries and no more."""
    journal = Journal(size=2)
    for _ in range(3):
        deliver(journal)
    assert [one.id for one in journal.deliveries()] == [2, 3]


def test_large_payloads_are_forgotten_sooner():
    """The payloads held are bounded in bytes; the last one always stays."""
    journal = Journal(payload_bytes=10)
    deliver(journal, payload=b"123456")
    deliver(journal, payload=b"123456")
    deliver(journal, payload=b"12345678901234567890")
    assert [one.id for one in journal.deliveries()] == [3]


def test_incidents_are_told_by_account():
    """One account doesn't see another's incidents."""
    journal = Journal()
    for account in ("1", "2"):
        journal.incident(Incident(0.0, "dropped", "s3", account, "r", "f", "why"))
    assert [one.account for one in journal.incidents(account="2")] == ["2"]
