"""enquiries-by-email: a table whose key answers the question, read by queries."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.probe import Probe, quoted

FIELDS = ("id", "email", "received", "message")
LONG = 95_000
"""Characters of a long message: a dozen of them fill more than one page of 1 MB."""
# What reads a table, and means that nothing was looked up.
_SCANS = ("dynamodb:Scan", "dynamodb:PartiQLSelect")


@exercise(
    "enquiries-by-email",
    hints=(
        "Read cloud.audit(): is there a Query for each question, and no Scan? Then "
        "look at the key. What do you know when you ask? That is the partition key. In "
        "which order do you want the answers? That is the sort key; and since no two "
        "items have the same key, it needs something that keeps twins apart.",
        "# the table\n"
        'new_table(cloud, "enquiries", partition="____", sort="____")\n'
        "# the item\n"
        "{**enquiry, \"____\": f\"{enquiry['____']}#{enquiry['____']}\"}\n"
        "# the question, page by page\n"
        "page = open_table(cloud, table).query(**question)\n"
        'found += page["____"]\n'
        'if "____" in page:\n'
        '    question["____"] = page["____"]      # and ask again',
    ),
    explain_back="explain-enquiries-by-email",
    misconceptions={
        "scan-is-a-search": "You may think that a scan with a filter is a search. It "
        "reads and pays for the whole table; a query goes to one partition key.",
        "tables-are-sorted-later": "You may think that a table keeps the order in "
        "which things were put. It keeps the order of the sort key, within one "
        "partition key.",
        "keys-repeat": "You may think that each put adds an item. One with the same "
        "key replaces the other, and then an enquiry is lost.",
        "one-page-is-all": "You may think that a query returns all there is. It "
        "returns one page; LastEvaluatedKey says that there is more.",
        "one-drawer-for-all": "You may think that any partition key will do if a "
        "filter follows. Everything in the drawer is read and paid, also what the "
        "filter drops.",
        "memory-lasts": "You may think that your program remembers. It ends, and "
        "another one asks: what counts is what is in the table.",
        "one-item-for-all": "You may think that a customer is one item. An item holds "
        "up to 400 KB; each enquiry is an item of its own, and its key keeps them "
        "together.",
        "begins-alike": "You may think that names that begin alike are found "
        "together. A query is for exactly one partition key.",
        "table-is-there": "You may think that a cell runs once. The second time, the "
        "table is there already; new_table of this section replaces it.",
        "client-of-another-cloud": "You may think that there is one cloud only. A "
        "client belongs to one account and one Region: use the `cloud` that you are "
        "given.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def enquiries_by_email(
    probe: Probe,
    deploy_enquiries: Work,
    add_enquiry: Work,
    enquiries_for: Work,
    *,
    variation: bool,
) -> None:
    """A customer's enquiries, the oldest first, from a query and nothing else."""
    table = _table(probe, deploy_enquiries)
    desk = Desk(probe, table, add_enquiry, enquiries_for)
    ada, ben = _email(probe, "ada"), _email(probe, "ben")
    times = ["2026-05-04T09:30:00Z", "2025-12-31T23:59:59Z", "2026-05-20T08:00:00Z"]
    desk.add([(ada, when) for when in [*times, times[0]]])
    desk.add([(ben, when) for when in times[:2]])
    desk.asks(ada)
    desk.asks(ben)
    desk.asks(_email(probe, "nobody"))
    if variation:
        ann = probe.name("ann")
        alike = [f"{ann}@example.com", f"{ann}@example.co", f"jo{ann}@example.com"]
        desk.add([(one, when) for one in alike for when in times[:2]])
        desk.add([(alike[0], times[0])] * 3)
        for one in alike:
            desk.asks(one, "begins-alike")
        keen = _email(probe, "keen")
        spring = [f"2026-04-{day:02}T10:00:00Z" for day in range(1, 15)]
        desk.add([(keen, when) for when in spring], length=LONG)
        desk.asks(keen, "one-page-is-all")
        desk.asks(ben)
    desk.forgets(ada)


def _table(probe: Probe, deploy: Work) -> str:
    try:
        name = deploy(probe.cloud_argument())
    except Raised as fault:
        if "ResourceInUseException" not in fault.message:
            raise
        raise Failed(
            "I called deploy_enquiries, and the table was there already.",
            expected="a table, also when the function runs for the second time",
            observed=fault.message.partition("raised ")[2],
            look="new_table, which removes an older one first",
            misconception="table-is-there",
        ) from None
    dynamodb = probe.client("dynamodb")
    there = dynamodb.list_tables()["TableNames"]
    if not isinstance(name, str) or name not in there:
        raise Failed(
            f"I called deploy_enquiries; it returned {quoted(name)}.",
            expected="the name of a table in the account and Region that I gave you",
            observed=f"tables that are there: {', '.join(there) or 'none'}",
            look="the return of deploy_enquiries, and the cloud that its calls use",
            misconception="print-is-return"
            if name is None
            else "client-of-another-cloud",
        )
    return name


def _email(probe: Probe, who: str) -> str:
    return f"{probe.name(who)}@example.com"


class Desk:
    """June's desk: enquiries come in, and are asked for by their customer."""

    def __init__(self, probe: Probe, table: str, add: Work, ask: Work) -> None:
        self.probe = probe
        self.table = table
        self._add = add
        self._ask = ask
        self.known: dict[str, list[dict[str, str]]] = {}
        self.large = False
        """Whether there is more in the table than one page holds."""

    def add(self, letters: list[tuple[str, str]], length: int = 0) -> None:
        """Have enquiries stored, in no particular order."""
        self.large = self.large or length > 0
        for email, received in self.probe.random.sample(letters, len(letters)):
            enquiry = {
                "id": self.probe.name("e"),
                "email": email,
                "received": received,
                "message": "Is the 13th free? " + "x" * length,
            }
            try:
                self._add(self.probe.cloud_argument(), self.table, enquiry)
            except Raised as fault:
                raise _not_added(fault) from None
            self.known.setdefault(email, []).append(enquiry)

    def asks(self, email: str, mistake: str | None = None) -> None:
        """Whether all of a customer's enquiries come, in order, from queries.

        `mistake` is the misconception behind a list that isn't right.
        """
        with self.probe.overhearing() as actions:
            found = self._asked(email)
        self._complete(email, found, mistake)
        times = [one["received"] for one in found]
        if times != sorted(times):
            raise Failed(
                f"I asked for the enquiries of {email}; they aren't in order.",
                expected=", ".join(sorted(times)),
                observed=", ".join(times),
                look="the sort key: a query returns items in its order",
                misconception="tables-are-sorted-later",
            )
        self._queried(email, Counter(actions))

    def forgets(self, email: str) -> None:
        """Whether an enquiry that is deleted from the table is gone."""
        gone = self.known[email].pop()
        dynamodb = self.probe.client("dynamodb")
        about = dynamodb.describe_table(TableName=self.table)["Table"]
        key = [one["AttributeName"] for one in about["KeySchema"]]
        pages = dynamodb.get_paginator("scan").paginate(TableName=self.table)
        items = [item for page in pages for item in page["Items"]]
        for item in [item for item in items if gone["id"] in json.dumps(item)]:
            self._holds_one(item)
            at = {name: item[name] for name in key}
            dynamodb.delete_item(TableName=self.table, Key=at)
        found = self._asked(email)
        if any(one["id"] == gone["id"] for one in found):
            raise Failed(
                f"I deleted the enquiry {gone['id']} from the table {self.table} and "
                "asked again; your function still returns it.",
                expected="what is in the table",
                observed=quoted(found),
                look="where enquiries_for gets its items from",
                misconception="memory-lasts",
            )
        self._complete(email, found, None)

    def _holds_one(self, item: dict[str, Any]) -> None:
        text = json.dumps(item)
        ids = [one["id"] for mine in self.known.values() for one in mine]
        others = sum(one in text for one in ids)
        if others:
            raise Failed(
                f"I looked into the table {self.table}; one item holds "
                f"{others + 1} enquiries.",
                expected="an item for each enquiry",
                observed=quoted(item),
                look="what add_enquiry does with the second enquiry of a customer",
                misconception="one-item-for-all",
            )

    def _asked(self, email: str) -> list[dict[str, Any]]:
        found = self._ask(self.probe.cloud_argument(), self.table, email)
        if not isinstance(found, list) or not all(
            isinstance(one, dict) and set(FIELDS) <= one.keys() for one in found
        ):
            raise Failed(
                f"I asked for the enquiries of {email}; your function returned no list "
                "of enquiries.",
                expected=f"a list of dictionaries with {', '.join(FIELDS)}",
                observed=quoted(found),
                look="the return of enquiries_for, and the Item that add_enquiry puts",
                misconception="print-is-return" if found is None else None,
            )
        return [{name: one[name] for name in FIELDS} for one in found]

    def _complete(
        self, email: str, found: list[dict[str, Any]], mistake: str | None
    ) -> None:
        wanted = {one["id"]: one for one in self.known.get(email, [])}
        ids = Counter(str(one["id"]) for one in found)
        strangers = [one for one in found if wanted.get(str(one["id"])) != one]
        if strangers or max(ids.values(), default=1) > 1:
            raise Failed(
                f"I asked for the enquiries of {email}; there are some that aren't "
                "theirs, or that come twice.",
                expected=f"{len(wanted)} enquiries of {email}",
                observed=f"{len(found)}; one of them: "
                + quoted((strangers or found)[0], 200),
                look="the condition of the query: it is about one exact value",
                misconception=mistake if mistake == "begins-alike" else None,
            )
        missing = [one for one in wanted.values() if one["id"] not in ids]
        if not missing:
            return
        there = {one["received"] for one in found}
        twin = any(one["received"] in there for one in missing)
        raise Failed(
            f"I asked for the enquiries of {email}; {len(missing)} of {len(wanted)} "
            "are missing.",
            expected=f"all {len(wanted)}",
            observed=f"missing: {quoted(missing[0], 120)}"
            + ", which came in the same second as another one" * twin,
            look="the key of the item: is it different for each enquiry?"
            if twin
            else "what your function does when an answer has a LastEvaluatedKey"
            if mistake == "one-page-is-all"
            else "the Item that add_enquiry puts, and what the query asks for",
            misconception="keys-repeat" if twin else mistake,
        )

    def _queried(self, email: str, actions: Counter[str]) -> None:
        read = {name: n for name, n in actions.items() if name.startswith("dynamodb:")}
        told = ", ".join(f"{n} × {name}" for name, n in read.items()) or "nothing"
        if any(name in read for name in _SCANS):
            raise Failed(
                f"I asked for the enquiries of {email}; they are right, and your "
                "function read the whole table for them.",
                expected="dynamodb:Query",
                observed=told,
                look="the call in enquiries_for that reads",
                misconception="scan-is-a-search",
            )
        queries = read.get("dynamodb:Query", 0)
        if not queries:
            raise Failed(
                f"I asked for the enquiries of {email}; your function sent no query.",
                expected="dynamodb:Query",
                observed=told,
                look="where enquiries_for gets its items from",
                misconception="one-item-for-all"
                if "dynamodb:GetItem" in read
                else "memory-lasts",
            )
        size = len(json.dumps(self.known.get(email, [])))
        if self.large and size < LONG and queries > 1:
            raise Failed(
                f"I asked for the enquiries of {email}, which would fit on one page; "
                f"your function turned {queries} pages.",
                expected="1 × dynamodb:Query, for a customer who wrote little",
                observed=told,
                look="the partition key: is it the same for all customers?",
                misconception="one-drawer-for-all",
            )


def _not_added(fault: Raised) -> Failed:
    if "Item size" in fault.message:
        return Failed(
            "A customer wrote a lot, and an enquiry couldn't be stored.",
            expected="each enquiry is stored, however many there are",
            observed=fault.message.partition("raised ")[2],
            look="how many enquiries one item holds",
            misconception="one-item-for-all",
        )
    return fault
