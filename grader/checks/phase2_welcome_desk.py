"""The desk of welcome-new-customers: who comes, and whom a function welcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed
from grader.checks.given_queues import taken
from grader.checks.phase2_faults import cause_of, error_in
from grader.checks.probe import Probe, quoted

LATER = "1 hour"
"""When everything that is tried again has been tried again."""


class Desk:
    """A table of customers, and the welcomes that its changes cause."""

    def __init__(
        self,
        probe: Probe,
        table: str,
        welcomes: str,
        function: str,
        failures: str,
        mappings: Iterable[dict[str, Any]],
    ) -> None:
        self.probe = probe
        self.table = table
        self.welcomes = welcomes
        self.function = function
        self.failures = failures
        self._mappings = [mapping["UUID"] for mapping in mappings]
        self._dynamodb = probe.client("dynamodb")
        self._logged = len(probe.logs(function))
        self._begun = probe.clock.now().timestamp()
        self.customers: list[str] = []

    def new(self, names: list[str]) -> None:
        """Customers who register one after the other; each gets one welcome."""
        for name in names:
            self._register(name)
        self.probe.settle()
        self._welcomed(names, f"I put {len(names)} new customer(s) into the table")

    def other_changes(self) -> None:
        """A customer changes her address and is deleted; nothing may run."""
        before = len(self.probe.reports(self.function))
        name = self.customers[0]
        for street in ("Juniper Street 1", "Juniper Street 2"):
            self._dynamodb.update_item(
                TableName=self.table,
                Key=_key(name),
                UpdateExpression="SET street = :street",
                ExpressionAttributeValues={":street": {"S": street}},
            )
        self._dynamodb.delete_item(TableName=self.table, Key=_key(name))
        self.probe.settle()
        story = "I changed a customer twice and deleted her"
        self._welcomed([], story, wrong="every-change-is-new")
        runs = len(self.probe.reports(self.function)) - before
        if runs:
            raise Failed(
                f"{story}; nobody was welcomed, and your function ran all the same.",
                expected="no run: only new customers start it",
                observed=f"{runs} run(s)",
                look="FilterCriteria of the mapping",
                misconception="filtering-in-code",
            )

    def with_bad_ones(self, good: int, before: list[int]) -> None:
        """New customers, some of whom have no name and so can't be welcomed.

        `before` are the numbers of good ones before which a bad one comes. One that is
        second has a neighbour who was welcomed before it, in batches of any size but
        one, so whoever has the whole batch tried again welcomes that one twice. In
        batches of two, nobody comes behind it: a second bad one, before a good one of
        an odd number, has a neighbour there, whom whoever gives up a batch forgets.
        """
        bad = len(before)
        names = [self.probe.name("guest") for _ in range(good)]
        nameless = {names[at]: self.probe.name("nameless") for at in before}
        # While the mapping rests, records gather, so that they come in one batch.
        self._switch(on=False)
        for name in names:
            if name in nameless:
                self._register(nameless[name], named=False)
            self._register(name)
        self._switch(on=True)
        self.probe.clock.advance(LATER)
        story = (
            f"I put {good} new customers into the table, and {bad} without a name "
            f"among them, and waited {LATER}"
        )
        self._welcomed(names, story)
        self._given_up(story, bad)

    def come_back(self) -> None:
        """A customer who was deleted registers again, which is new once more."""
        name = self.customers[0]
        self._register(name)
        self.probe.settle()
        self._welcomed([name], "A customer who had been deleted registered again")

    def close(self) -> None:
        """Take the mappings away, so that nothing waits for a table that is gone."""
        client = self.probe.client("lambda")
        for mapping in self._mappings:
            client.delete_event_source_mapping(UUID=mapping)

    def _switch(self, *, on: bool) -> None:
        client = self.probe.client("lambda")
        for mapping in self._mappings:
            client.update_event_source_mapping(UUID=mapping, Enabled=on)
        self.probe.settle()

    def _register(self, name: str, *, named: bool = True) -> None:
        item = {**_key(name), **({"name": {"S": _called(name)}} if named else {})}
        self._dynamodb.put_item(TableName=self.table, Item=item)
        if named:
            self.customers.append(name)

    def _welcomed(self, names: list[str], story: str, wrong: str | None = None) -> None:
        """These customers got one welcome each since the last look, nobody else."""
        self._understood(story)
        found = taken(self.probe, self.welcomes)
        told = [one for one in found if isinstance(one, dict)]
        mails = Counter(str(one.get("email")) for one in told)
        wanted = {_mail(name): f"Welcome, {_called(name)}!" for name in names}
        if set(mails) - set(wanted) or len(told) < len(found):
            raise Failed(
                f"{story}; somebody was welcomed who shouldn't be.",
                expected=quoted(list(wanted.items()) or "no welcome"),
                observed=quoted(found),
                look="eventName of a record, and what your function sends",
                misconception=wrong,
            )
        if missing := sorted(set(wanted) - set(mails)):
            raise self._missing(story, missing, len(told))
        twice = sorted(mail for mail, count in mails.items() if count > 1)
        if twice:
            raise Failed(
                f"{story}; some were welcomed more than once.",
                expected="one welcome each",
                observed=quoted({mail: mails[mail] for mail in twice}),
                look="what is tried again when one record of a batch fails: "
                "FunctionResponseTypes, and what your handler returns",
                misconception="batch-is-one-record",
            )
        for one in told:
            if one.get("text") != wanted[str(one["email"])]:
                raise Failed(
                    f"{story}; a welcome says something else than the task.",
                    expected=quoted({"text": wanted[str(one["email"])]}),
                    observed=quoted(one),
                    look="how the name comes out of the record",
                    misconception="values-are-plain",
                )

    def _understood(self, story: str) -> None:
        """Lambda could read what the function reported of its batches, if anything."""
        for entry in self.probe.journal():
            if entry["kind"] != "report" or entry["at"] < self._begun:
                continue
            if entry["resource"].endswith(f":function:{self.function}"):
                raise Failed(
                    f"{story}; then I looked at what your function reported.",
                    expected=quoted(
                        {"batchItemFailures": [{"itemIdentifier": "<SequenceNumber>"}]}
                    )
                    + ", or an empty list",
                    observed=entry["message"],
                    look="what your handler returns, also where all went well",
                    misconception="any-report-will-do",
                )

    def _missing(self, story: str, missing: list[str], told: int) -> Failed:
        lines = self.probe.logs(self.function)[self._logged :]
        fault = error_in(line.message for line in lines)
        ran = any(line.message.startswith("START") for line in lines)
        misconception, look = self._thought(fault, ran=ran)
        return Failed(
            f"{story}; {len(missing)} of them got no welcome.",
            expected=f"a welcome for {', '.join(missing[:3])}",
            observed=f"{told} welcome(s)"
            + (f"; the log says: {fault}" if fault else "; no error in the log" * ran),
            look=look,
            misconception=misconception,
        )

    def _thought(self, fault: str, *, ran: bool) -> tuple[str | None, str]:
        """The thought behind a welcome that is missing, and where to look."""
        if not ran:
            patterns = [
                one["Pattern"]
                for mapping in self._described()
                for one in mapping.get("FilterCriteria", {}).get("Filters", [])
            ]
            return (
                "stream-calls-the-function",
                "the mapping, and what the function's role may do with the stream"
                + f"; and its filter: does {' or '.join(patterns)} fit a record whose "
                'eventName is "INSERT"?' * bool(patterns),
            )
        if cause := cause_of(fault):
            return cause
        if "string indices" in fault or "'dict' object" in fault:
            return "values-are-plain", "how the name comes out of the record"
        look = (
            "MaximumRetryAttempts of the mapping, and whether one record that can't be "
            "done takes its neighbours along: BisectBatchOnFunctionError"
        )
        if fault:
            return "failures-are-skipped", look
        reported = all(
            "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", [])
            for mapping in self._described()
        )
        return (
            None,
            "whether your function goes through all of event's Records, and what it "
            "does where it stops: "
            + (look if reported else "FunctionResponseTypes isn't")
            + " set, so what it returns isn't read" * (not reported),
        )

    def _described(self) -> list[dict[str, Any]]:
        """The mappings as they are now."""
        client = self.probe.client("lambda")
        return [client.get_event_source_mapping(UUID=one) for one in self._mappings]

    def _given_up(self, story: str, bad: int) -> None:
        try:
            records = taken(self.probe, self.failures)
        except ClientError as refusal:
            raise Failed(
                f"deploy_welcome says that failures is {quoted(self.failures)}; I "
                f"couldn't read from there: {refusal}",
                expected="the URL of a queue in the account and the Region that it was "
                "given",
                observed=quoted(self.failures),
                look='create_queue(…)["QueueUrl"]',
                misconception="deploy-without-names",
            ) from None
        if len(records) < bad and all(
            mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            for mapping in self._described()
        ):
            raise Failed(
                f"{story}; all others were welcomed, but the queue of failures doesn't "
                "tell of every record that couldn't be done.",
                expected=f"{bad} record(s)",
                observed=quoted(records),
                look="what your function does with a record that it can't do: as long "
                "as it returns normally and reports nothing, the record counts as "
                "done. What it reports is read with FunctionResponseTypes only; and "
                "what a filter leaves out never fails",
                misconception="done-is-without-error",
            )
        if len(records) < bad:
            raise Failed(
                f"{story}; all others were welcomed, but the queue of failures doesn't "
                "tell of every record that couldn't be done.",
                expected=f"{bad} record(s)",
                observed=quoted(records),
                look="DestinationConfig of the mapping, and the role's permission to "
                "send to the queue",
                misconception="failures-report-themselves",
            )


def _key(name: str) -> dict[str, Any]:
    return {"email": {"S": _mail(name)}}


def _mail(name: str) -> str:
    return f"{name}@example.com"


def _called(name: str) -> str:
    return name.replace("-", " ").title()
