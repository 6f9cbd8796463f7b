"""welcome-new-customers: a table changes, and a function hears of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_queues import given_queue, taken
from grader.checks.given_tables import given_table
from grader.checks.phase2_faults import cause_of, error_in
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    named_parts,
    runtime_of,
)
from grader.checks.probe import Probe, quoted

LATER = "1 hour"
"""When everything that is tried again has been tried again."""


@exercise(
    "welcome-new-customers",
    hints=(
        "Read the records first: print the event. Each has an eventName. Then think of "
        "the mapping: FilterCriteria decides which records start your function, "
        "MaximumRetryAttempts and DestinationConfig what happens to those that can't "
        "be done, and FunctionResponseTypes whether your answer counts.",
        'pattern = json.dumps({"eventName": [____]})\n'
        'FilterCriteria={"Filters": [{"Pattern": pattern}]},\n'
        "BisectBatchOnFunctionError=____, MaximumRetryAttempts=____,\n"
        'DestinationConfig={"OnFailure": {"Destination": ____}},\n'
        'FunctionResponseTypes=["____"]\n\n'
        "for record in event['Records']:\n"
        "    try:\n"
        "        welcome(record['dynamodb']['____'])\n"
        "    except Exception:\n"
        "        number = record['dynamodb']['SequenceNumber']\n"
        "        return {'batchItemFailures': [{'itemIdentifier': ____}]}\n\n"
        "// the same in Node.js\n"
        "for (const { dynamodb } of event.Records) {\n"
        "  try {\n"
        "    ____ welcome(dynamodb.____);\n"
        "  } catch {\n"
        "    return { batchItemFailures: [{ itemIdentifier: dynamodb.____ }] };\n"
        "  }\n"
        "}",
    ),
    explain_back="explain-welcome-new-customers",
    misconceptions={
        **{
            name: FUNCTION_MISCONCEPTIONS[name]
            for name in (
                "callbacks-on-24",
                "client-of-another-cloud",
                "handler-string",
                "module-kind",
                "not-in-the-zip",
                "promise-is-the-value",
                "unhandled-error",
            )
        },
        "deploy-without-names": "You may think that building is all. Whoever looks "
        "after it needs the names, so deploy_welcome returns them.",
        "stream-calls-the-function": "You may think that the table calls your "
        "function. Lambda fetches the records from the stream, with your function's "
        "role, once an event source mapping tells it to.",
        "every-change-is-new": "You may think that a stream tells of new items only. "
        "It tells of every change: INSERT, MODIFY and REMOVE.",
        "filtering-in-code": "You may think that an if in the handler is a filter. The "
        "function has been started and is paid by then; FilterCriteria keeps it "
        "asleep.",
        "values-are-plain": "You may think that a record has plain values. They come "
        "as DynamoDB writes them: a text is {'S': 'Ada'}.",
        "failures-are-skipped": "You may think that a record which fails is skipped. A "
        "stream keeps its order: the same batch is tried again, for a day, and "
        "everything behind it waits.",
        "failures-report-themselves": "You may think that somebody will notice. A "
        "record that was given up is gone, unless the mapping has an on-failure "
        "destination.",
        "done-is-without-error": "You may think that a record which was passed over "
        "has failed. Lambda sees no error, so for Lambda it is done.",
        "batch-is-one-record": "You may think that a batch succeeds or fails record by "
        "record. It is tried again as a whole, also what went well, unless your answer "
        "says where it broke.",
    },
)
def welcome_new_customers(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Each new customer is welcomed once, and a bad record stops nobody."""
    with (
        given_table(probe, "customers", "email", stream=True) as table,
        given_queue(probe, "welcomes") as welcomes,
    ):
        described = probe.client("dynamodb").describe_table(TableName=table)["Table"]
        stream = described["LatestStreamArn"]
        returned = deploy(probe.cloud_argument(), stream, welcomes)
        desk = _desk(probe, returned, stream, table, welcomes)
        try:
            desk.new([probe.name("ada")])
            desk.other_changes()
            desk.with_bad_ones(good=20 if variation else 3, bad=2 if variation else 1)
            if variation:
                desk.come_back()
        finally:
            desk.close()


def _desk(probe: Probe, returned: Any, stream: str, table: str, welcomes: str) -> Desk:
    parts = named_parts(returned, ("function", "failures"), "deploy_welcome")
    function, _ = runtime_of(probe, parts["function"], "deploy_welcome")
    mappings = probe.client("lambda").list_event_source_mappings(
        FunctionName=function, EventSourceArn=stream
    )["EventSourceMappings"]
    if not mappings:
        raise Failed(
            "I called deploy_welcome; nothing leads from the stream to your function.",
            expected=f"an event source mapping from {stream} to {function}",
            observed="none",
            look="create_event_source_mapping: EventSourceArn and FunctionName",
            misconception="stream-calls-the-function",
        )
    probe.settle()
    return Desk(probe, table, welcomes, function, parts["failures"], mappings)


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

    def with_bad_ones(self, good: int, bad: int) -> None:
        """New customers, some of whom have no name and so can't be welcomed."""
        names = [self.probe.name("guest") for _ in range(good)]
        places = sorted(self.probe.random.sample(range(good), bad))
        places = [0] if bad == 1 else places
        nameless = {names[at]: self.probe.name("nameless") for at in places}
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
