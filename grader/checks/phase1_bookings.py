"""no-double-booking: a slot that one of many gets, also when all come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.given_tables import given_table
from grader.checks.probe import Probe, quoted

CROWD = 20
READS = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:BatchGetItem",
    "dynamodb:TransactGetItems",
    "dynamodb:ExecuteStatement",
)
MISCONCEPTIONS = {
    "put-is-insert": "You may think that a second put fails by itself. It replaces "
    "what is there, unless it carries a condition.",
    "check-then-write-is-safe": "You may think that looking first is enough. What "
    "you read may no longer be true when you write; only a condition looks and "
    "writes in one go.",
    "lock-in-one-program": "You may think that a lock in your program keeps others "
    "out. It keeps out your program's own threads. Others sit at other computers, "
    "and only the table is common to all.",
    "retry-is-a-rival": "You may think that whoever finds the slot taken was too "
    "late. It may be their own booking, whose answer was lost.",
    "any-error-means-taken": "You may think that every error means 'taken'. One "
    "error does, ConditionalCheckFailedException; all others mean that something "
    "is broken, and hiding them loses bookings.",
    "client-of-another-cloud": "You may think that a name means one table. Each "
    "account and Region has its own: use the `cloud` that you are given.",
}


@exercise(
    "no-double-booking",
    hints=(
        "Count the calls that your function makes to DynamoDB. Between two of them, "
        "somebody else can write. put_item can carry a condition, and then it looks "
        "and writes in one go: section 1.6. What has to be true of the item that is "
        "there, if one is, so that the slot may be yours?",
        "diary = open_table(cloud, table)\n"
        "try:\n"
        "    diary.put_item(\n"
        '        Item={"slot": ____, "who": ____},\n'
        '        ConditionExpression="____(slot) OR who = ____",\n'
        '        ExpressionAttributeValues={"____": who},\n'
        "    )\n"
        "except diary.meta.client.exceptions.____:\n"
        "    return ____\n"
        "return ____",
    ),
    explain_back="explain-no-double-booking",
    misconceptions=MISCONCEPTIONS,
)
def no_double_booking(probe: Probe, book: Work, *, variation: bool) -> None:
    """Of all who want a slot, one gets it, and is told so however often they ask."""
    with given_table(probe, "diary", "slot") as table:
        diary = Diary(probe, table, book)
        diary.in_turn()
        diary.crowd()
        diary.rival()
        diary.broken()
        if variation:
            diary.crowd(times=3)
            diary.lost_answers()


class Diary:
    """A table of bookings, and people who want the same slot."""

    def __init__(self, probe: Probe, table: str, book: Work) -> None:
        self.probe = probe
        self.table = table
        self.book = book
        self.guests = 0

    def in_turn(self) -> None:
        """One after the other: the first gets it, and may ask again."""
        slot, first, second = self._slot(), self._guest(), self._guest()
        self._expect(slot, first, True, "nobody has it", None)
        self._stored(slot, first, "after the first booking")
        self._expect(slot, second, False, f"{first} has it", "put-is-insert")
        self._stored(slot, first, f"after {second} had asked for it, too")
        self._expect(
            slot, first, True, "it is their own booking", "retry-is-a-rival", again=True
        )
        self._expect(self._slot(), second, True, "that slot is free", None)

    def crowd(self, times: int = 1) -> None:
        """Many at the same moment, each perhaps several times."""
        slot = self._slot()
        guests = [self._guest() for _ in range(CROWD // times)] * times
        self.probe.random.shuffle(guests)
        calls = [[self.probe.cloud_argument(), self.table, slot, who] for who in guests]
        with ThreadPoolExecutor(1) as kernel, self.probe.holding(*READS) as hold:
            race = kernel.submit(self.book.at_once, calls)
            hold.wait(len(calls), race)
        told = dict.fromkeys(guests, False)
        for who, said in zip(guests, race.result(), strict=True):
            self._is_answer(said, slot, who)
            told[who] = told[who] or said
        winners = sorted(who for who in told if told[who])
        if len(winners) != 1:
            raise Failed(
                f"{len(calls)} callers asked for the slot {slot!r} at the same moment; "
                f"{len(winners)} of them got True.",
                expected="True for exactly one of them",
                observed=f"True for {', '.join(winners[:4]) or 'nobody'}"
                + f" and {len(winners) - 4} more" * (len(winners) > 4),
                look="what lies between the call that looks and the call that writes",
                misconception="check-then-write-is-safe" if winners else None,
            )
        self._stored(slot, winners[0], f"after {winners[0]} won it")

    def rival(self) -> None:
        """Somebody at another computer, who comes between two calls of a function."""
        slot, who, rival = self._slot(), self._guest(), self._guest()
        cloud = self.probe.cloud_argument()
        first = False
        with ThreadPoolExecutor(1) as kernel, self.probe.holding(*READS) as hold:
            call = kernel.submit(self.book, cloud, self.table, slot, who)
            if hold.wait(1, call):
                first = self._written(slot, rival)
        said = call.result()
        self._is_answer(said, slot, who)
        if first and said:
            raise Failed(
                f"{who} asked for the slot {slot!r}. Your function looked, and before "
                f"it wrote, {rival} booked it from another computer; {who} got True.",
                expected=f"False: {rival} was first",
                observed=f"True; the table says {quoted(self._owner(slot))}",
                look="how another program, on another machine, is kept from writing "
                "in between",
                misconception="lock-in-one-program",
            )
        self._stored(slot, rival if first else who, "after two had asked for it")

    def broken(self) -> None:
        """A table that isn't there is no slot that is taken."""
        nowhere = self.probe.name("no-such-diary")
        try:
            said = self.book(self.probe.cloud_argument(), nowhere, "noon", "Ada")
        except Raised:
            return
        raise Failed(
            "I asked for a slot in a table that doesn't exist; your function returned "
            f"{said!r}.",
            expected="the error that DynamoDB answers, raised",
            observed=repr(said),
            look="the except: which errors does it catch?",
            misconception="any-error-means-taken",
        )

    def lost_answers(self) -> None:
        """Everybody asks again, later and in another order."""
        slots = [self._slot() for _ in range(3)]
        owners = {slot: self._guest() for slot in slots}
        asked = [(slot, who) for slot in slots for who in owners.values()]
        for slot in slots:
            self._expect(slot, owners[slot], True, "nobody has it", None)
        self.probe.random.shuffle(asked)
        for slot, who in asked:
            mine = owners[slot] == who
            why = "it is their own booking" if mine else f"{owners[slot]} has it"
            mistake = "retry-is-a-rival" if mine else "put-is-insert"
            self._expect(slot, who, mine, why, mistake, again=True)
        for slot in slots:
            self._stored(slot, owners[slot], "after all had asked again")

    def _expect(
        self,
        slot: str,
        who: str,
        wanted: bool,
        why: str,
        misconception: str | None,
        *,
        again: bool = False,
    ) -> None:
        said = self.book(self.probe.cloud_argument(), self.table, slot, who)
        self._is_answer(said, slot, who)
        if said is not wanted:
            raise Failed(
                f"{who} asked for the slot {slot!r}{' again' * again}; your function "
                f"returned {said}.",
                expected=f"{wanted}: {why}",
                observed=f"{said}; the table says {quoted(self._owner(slot))}",
                look="the condition of the write, and what is returned when it doesn't "
                "hold",
                misconception=misconception,
            )

    def _is_answer(self, said: Any, slot: str, who: str) -> None:
        if not isinstance(said, bool):
            raise Failed(
                f"{who} asked for the slot {slot!r}; your function returned "
                f"{quoted(said)}.",
                expected="True or False",
                observed=quoted(said),
                look="each way out of book: all of them return one of the two",
            )

    def _stored(self, slot: str, who: str, when: str) -> None:
        owner = self._owner(slot)
        if owner == who:
            return
        first = when.startswith("after the first")
        raise Failed(
            f"I read the slot {slot!r} in the table {when}; it isn't {who}'s.",
            expected=f'{{"slot": {quoted(slot)}, "who": {quoted(who)}}}',
            observed="no such item"
            if owner is None
            else f"who is {quoted(owner)}"
            if owner
            else "an item without who",
            look="the Item that is put, the table, and the client that it is put with",
            misconception="client-of-another-cloud"
            if first and owner is None
            else None,
        )

    def _owner(self, slot: str) -> str | None:
        """Who has a slot; nothing in an item without who, None where there is none."""
        found = self.probe.client("dynamodb").get_item(
            TableName=self.table, Key={"slot": {"S": slot}}, ConsistentRead=True
        )
        if "Item" not in found:
            return None
        who = found["Item"].get("who", {})
        return str(who.get("S", next(iter(who.values()), "")))

    def _written(self, slot: str, who: str) -> bool:
        """Whether somebody else's booking was the first."""
        client = self.probe.client("dynamodb")
        try:
            client.put_item(
                TableName=self.table,
                Item={"slot": {"S": slot}, "who": {"S": who}},
                ConditionExpression="attribute_not_exists(slot)",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _slot(self) -> str:
        day = self.probe.random.randint(1, 28)
        return f"2026-08-{day:02} {self.probe.name('10:00')}"

    def _guest(self) -> str:
        self.guests += 1
        return f"guest {self.guests}"
