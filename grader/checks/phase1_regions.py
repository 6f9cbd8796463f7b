"""find-table: in which Regions is it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.probe import Probe, quoted

FAR = ("ap-northeast-3", "ca-central-1", "eu-north-1", "sa-east-1", "us-west-1")
"""Regions that every account has, and that few people think of."""


@exercise(
    "find-table",
    hints=(
        "A client belongs to one Region. Which argument of cloud.client says which? "
        "Then: for which names does that have to be done, and who can list them?",
        "found = []\n"
        'for one in cloud.client("ec2").____()["Regions"]:\n'
        '    dynamodb = cloud.client("dynamodb", one["____"])\n'
        "    try:\n"
        "        dynamodb.describe_table(TableName=____)\n"
        "        found.append(____)\n"
        "    except dynamodb.exceptions.____:\n"
        "        pass\n"
        "return ____",
    ),
    explain_back="explain-find-table",
    misconceptions={
        "aws-is-one-place": "You may think that one question reaches all of AWS. Each "
        "Region keeps its own tables and knows of no other.",
        "client-of-one-region": "You may think that naming a Region in a loop is "
        "enough. The client is what belongs to a Region: without one as its second "
        "argument, it asks your own Region again and again.",
        "favourite-regions": "You may think that you know the Regions that matter. "
        "There are more, and there will be new ones: ask AWS for the list.",
        "missing-is-a-failure": "You may think that an error ends the search. 'Not "
        "found' is an answer like any other: catch it, and ask the next Region.",
        "one-home": "You may think that a name is in one place only. Two Regions may "
        "each have a table of the same name, and they are two tables.",
        "client-of-another-cloud": "You may think that any client will do. The "
        "function is given a cloud to look into, and it may be another account than "
        "yours.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def find_table(probe: Probe, find_table: Work, *, variation: bool) -> None:
    """Your function finds every Region that has a table, and only those."""
    search = _Search(probe, find_table, variation)
    far = probe.random.sample([one for one in FAR if one != probe.region], 3)
    search.table_in([probe.region, *far[:2]])
    search.table_in(far if variation else [])


@dataclass(frozen=True)
class _Search:
    """Tables that are made, looked for, and removed again."""

    probe: Probe
    find_table: Work
    variation: bool

    def table_in(self, regions: Sequence[str]) -> None:
        """Have a table found that is in these Regions."""
        name = self.probe.name("guests")
        # Beside it, where it isn't: one whose name only begins like its name.
        elsewhere = next(one for one in FAR if one not in (*regions, self.probe.region))
        tables = [*((one, name) for one in regions), (elsewhere, f"{name}-2019")]
        for region, table in tables:
            _make(self.probe.client("dynamodb", region), table)
        try:
            self._judge(name, regions)
        finally:
            for region, table in tables:
                self.probe.client("dynamodb", region).delete_table(TableName=table)

    def _judge(self, name: str, regions: Sequence[str]) -> None:
        where = f"I made the table {name} in {_listed(regions)}"
        if not regions:
            where = f"There is no table {name} in any Region"
        found = self._found(name, where)
        if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
            raise Failed(
                f"{where}; your find_table returned no list of names.",
                expected=f"a list of {len(regions)}: {_listed(regions)}",
                observed=quoted(found),
                look="the return of find_table, and whether it comes after the loop",
                misconception="print-is-return" if found is None else None,
            )
        if sorted(found) != sorted(regions):
            raise Failed(
                f"{where}; your find_table found something else.",
                expected=_listed(regions),
                observed=_listed(found),
                look=_look(found, regions),
                misconception=self._misconception(found, regions),
            )

    def _found(self, name: str, where: str) -> Any:
        try:
            return self.find_table(self.probe.cloud_argument(), name)
        except Raised as fault:
            if "ResourceNotFound" not in fault.kind + fault.message:
                raise
            raise Failed(
                f"{where}; your find_table raised an error where there is none.",
                expected="a Region without the table is left out",
                observed=fault.message.partition("raised ")[2],
                look="try and except around describe_table, inside the loop",
                misconception="missing-is-a-failure",
            ) from None

    def _misconception(
        self, found: Sequence[str], regions: Sequence[str]
    ) -> str | None:
        home = self.probe.region
        if len(set(found)) > len(FAR) + 1:
            return "client-of-one-region"
        if set(found) - set(regions) or len(found) > len(set(found)):
            return None
        if not found:
            return "client-of-another-cloud" if self.variation else "aws-is-one-place"
        if found == [home]:
            return "aws-is-one-place"
        return "one-home" if len(found) == 1 else "favourite-regions"


def _make(dynamodb: Any, name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def _look(found: Sequence[str], regions: Sequence[str]) -> str:
    if extra := sorted(set(found) - set(regions)):
        return (
            f"why {extra[0]} is in it: describe_table asks for exactly this name, in "
            "the Region of its client"
        )
    if len(found) > len(set(found)):
        return "why a Region is in it twice"
    return "which Regions your function asks, and with a client of which Region"


def _listed(regions: Sequence[str]) -> str:
    return ", ".join(sorted(regions)) or "none"
