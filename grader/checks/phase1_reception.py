"""reception-policy: two things are allowed on one table, and nothing else."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase1_people import MALFORMED, denial, person
from grader.checks.probe import Probe, quoted

_ARN_OF_TABLE = re.compile(r"arn:aws:dynamodb:([^:]*):([^:]*):table/(.*)")
_ADA = {"id": {"S": "ada"}}


@exercise(
    "reception-policy",
    hints=(
        "The sentence of the refusal names the action and the ARN that were asked for. "
        "Compare both, letter by letter, with your policy. In your own account, "
        'cloud.audit("reception") lists every call that Mina made, and why it was '
        "denied.",
        'actions = ["dynamodb:____", "dynamodb:____"]\n'
        'resource = f"arn:aws:____:{cloud.____}:{cloud.____}:table/{____}"',
    ),
    explain_back="explain-reception-policy",
    misconceptions={
        **MALFORMED,
        "resource-is-a-formality": "You may think that naming the actions is enough. "
        "With a star as Resource they are allowed on every table, also on tomorrow's.",
        "star-after-the-name": "You may think that a star after the name does no harm. "
        "It lets in every table whose name begins like this one.",
        "action-star": "You may think that a star saves typing. It also allows what "
        "you never thought of, deleting among it.",
        "pasted-arn": "You may think that an ARN is the same everywhere. It holds the "
        "Region, the account and the name, and each of the three may be another one.",
        "too-little": "You may think that one action brings the other with it. Each "
        "operation is an action of its own, and each has to be allowed.",
        "everything": "You may think that a wide policy is a good start. Whoever sits "
        "at the reception could now do what only June should.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def reception_policy(probe: Probe, reception_policy: Work, *, variation: bool) -> None:
    """Your policy lets the reception look up and add enquiries, and nothing else."""
    table = probe.name("enquiries")
    # One whose name begins like it, and one that has nothing in common with it.
    archive, bookings = f"{table}-archive", probe.name("bookings")
    with _tables(probe, table, archive, bookings):
        given = reception_policy(probe.cloud_argument(), table)
        policy = _readable(given)
        with person(probe, "reception", {"work": policy}) as mina:
            _works(probe, mina, table, policy)
            _no_more(mina, table, archive, bookings)


@contextlib.contextmanager
def _tables(probe: Probe, *names: str) -> Iterator[None]:
    """Tables of these names, with one enquiry in each."""
    dynamodb = probe.client("dynamodb")
    for name in names:
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        dynamodb.put_item(TableName=name, Item=_ADA)
    try:
        yield
    finally:
        for name in names:
            dynamodb.delete_table(TableName=name)


def _readable(given: Any) -> Any:
    """The policy as a dictionary, if it is one or is the JSON of one."""
    policy = given
    if isinstance(given, str):
        with contextlib.suppress(ValueError):
            policy = json.loads(given)
    if isinstance(policy, dict) and "Statement" in policy:
        return policy
    raise Failed(
        "I called your reception_policy; what it returned is no policy.",
        expected='a dictionary with "Version" and "Statement"',
        observed=quoted(given),
        look="the return of reception_policy",
        misconception="print-is-return" if given is None else None,
    )


def _works(probe: Probe, mina: Probe, table: str, policy: Any) -> None:
    dynamodb = mina.client("dynamodb")
    tries: dict[str, Callable[[], object]] = {
        "look up one enquiry (GetItem)": lambda: dynamodb.get_item(
            TableName=table, Key=_ADA
        ),
        "write down a new one (PutItem)": lambda: dynamodb.put_item(
            TableName=table, Item={"id": {"S": "ben"}}
        ),
    }
    refused = {story: denial(attempt) for story, attempt in tries.items()}
    story = next((story for story in tries if refused[story]), None)
    if story is None:
        return
    raise Failed(
        f"A user who holds your policy tried to {story} in the table {table}: refused.",
        expected="both are allowed: GetItem and PutItem",
        observed=f"{refused[story]}\nThe policy: {quoted(policy)}",
        look="the action and the ARN in that sentence, beside those in the policy",
        misconception=_elsewhere(probe, table, policy)
        if all(refused.values())
        else "too-little",
    )


def _elsewhere(probe: Probe, table: str, policy: Any) -> str | None:
    """Whether the policy is about a table, but about another one."""
    wanted = (probe.region, probe.account, table)
    found = _ARN_OF_TABLE.findall(json.dumps(policy).replace('"', "\n"))
    return "pasted-arn" if found and wanted not in found else None


def _no_more(mina: Probe, table: str, archive: str, bookings: str) -> None:
    dynamodb = mina.client("dynamodb")
    mine = {"TableName": table}
    one = {":one": {"S": "ada"}}
    tries: list[tuple[str, str, Callable[[], object]]] = [
        ("look into buckets", "everything", lambda: mina.client("s3").list_buckets()),
        ("see who works here", "everything", lambda: mina.client("iam").list_users()),
        (
            "delete an enquiry (DeleteItem)",
            "action-star",
            lambda: dynamodb.delete_item(**mine, Key=_ADA),
        ),
        (
            "change an enquiry (UpdateItem)",
            "action-star",
            lambda: dynamodb.update_item(
                **mine,
                Key=_ADA,
                UpdateExpression="SET answered = :one",
                ExpressionAttributeValues=one,
            ),
        ),
        (
            "list all enquiries (Scan)",
            "action-star",
            lambda: dynamodb.scan(**mine),
        ),
        (
            "ask for several enquiries (Query)",
            "action-star",
            lambda: dynamodb.query(
                **mine,
                KeyConditionExpression="id = :one",
                ExpressionAttributeValues=one,
            ),
        ),
        (
            f"look something up in another table, {bookings} (GetItem)",
            "resource-is-a-formality",
            lambda: dynamodb.get_item(TableName=bookings, Key=_ADA),
        ),
        (
            f"look something up in another table, {archive} (GetItem)",
            "star-after-the-name",
            lambda: dynamodb.get_item(TableName=archive, Key=_ADA),
        ),
    ]
    for story, misconception, attempt in tries:
        if denial(attempt) is None:
            raise Failed(
                f"A user who holds your policy tried to {story}: it was allowed.",
                expected="AccessDenied",
                observed="no refusal",
                look="the resource of your policy, to its last letter"
                if "another table" in story
                else "the actions of your policy, one by one",
                misconception=misconception,
            )
