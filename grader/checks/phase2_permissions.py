"""shrink-the-role: from a star to what two functions really use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import ClientError

from grader.checks.event_samples import read
from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_studio import Studio, given_studio
from grader.checks.phase1_people import DENIED
from grader.checks.phase2_functions import Call, broken, call
from grader.checks.probe import Probe, quoted
from grader.lab import grants, tables

ENTRY = "studio_policy"
LETTER = "incoming/letter to June.txt"
_SENTENCE = re.compile(
    r"not authorized to perform: (?P<action>[\w:]+)"
    r"(?: on resource: \"?(?P<on>[^\s\"]+))?"
)


@exercise(
    "shrink-the-role",
    hints=(
        "Let both functions do everything they can, then read cloud.audit of their "
        "role: each action with the resource it was about. That list is your policy. "
        "Mind which actions are about a bucket and which are about what is in it.",
        "letters = [\n"
        '    {"Effect": "Allow", "Action": "s3:____",\n'
        '     "Resource": f"arn:aws:s3:::{inbox}/____/*"},\n'
        '    {"Effect": "Allow", "Action": "s3:PutObject",\n'
        '     "Resource": f"arn:aws:s3:::{inbox}/____/*"},\n'
        "]\n"
        "notes_in = [\n"
        '    {"Effect": "Allow", "Action": ["s3:GetObject", "____", "____"],\n'
        '     "Resource": f"arn:aws:s3:::{notes}/*"},\n'
        '    {"Effect": "Allow", "Action": "s3:____",\n'
        '     "Resource": f"arn:aws:s3:::____"},\n'
        "]",
    ),
    explain_back="explain-shrink-the-role",
    misconceptions={
        "still-a-star": "You may think that a star is safe as long as the code is "
        "good. A role is what is left when the code isn't: one mistake in it, and "
        "everything that the star covers is open.",
        "resource-star": "You may think that short lists of actions are enough. On "
        "every resource, reading is reading everything that there is.",
        "whole-bucket": "You may think that a bucket is the smallest thing to allow. A "
        "prefix of keys can be allowed, too.",
        "arn-without-objects": "You may think that a bucket's ARN covers what is in "
        "it. Objects have ARNs of their own, with a slash and the key after it.",
        "objects-arn-for-list": "You may think that bucket/* covers the bucket. "
        "Listing is about the bucket itself, and its ARN ends with its name.",
        "only-what-ran-today": "You may think that what you saw running is all that "
        "runs. The way that is rarely taken needs its permission too.",
        "missing-needs-list": "You may think that reading one object needs one "
        "permission. To be told that it isn't there, you have to be allowed to list.",
        "role-is-not-the-callers": "You may think that the role says who calls the "
        "function. That stands in the function's own policy; the role says what its "
        "code may do.",
        "not-a-policy": "You may think that a policy is a list of actions. It is a "
        "document with a Version and a Statement.",
    },
)
def shrink_the_role(probe: Probe, studio_policy: Work, *, variation: bool) -> None:
    """Both functions still do their work, and their role lets nothing else happen."""
    with given_studio(probe, varied=variation) as studio:
        _attach(studio, _policy(studio, studio_policy))
        _counts(studio)
        _notes(studio)
        _nothing_else(studio)


def _policy(studio: Studio, studio_policy: Work) -> Any:
    argument = studio.probe.cloud_argument()
    policy = studio_policy(argument, studio.inbox, studio.shelf)
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise Failed(
            f"I called {ENTRY}; it returned no policy.",
            expected='{"Version": "2012-10-17", "Statement": [ … ]}',
            observed=quoted(policy),
            look=f"the last line of {ENTRY}",
            misconception="not-a-policy",
        )
    return policy


def _attach(studio: Studio, policy: Any) -> None:
    iam = studio.probe.client("iam")
    try:
        iam.put_role_policy(
            RoleName=studio.role,
            PolicyName="what-it-needs",
            PolicyDocument=json.dumps(policy),
        )
    except iam.exceptions.MalformedPolicyDocumentException as refusal:
        raise Failed(
            f"I gave your policy to a role; IAM couldn't read it: {refusal}",
            expected="a policy that IAM takes",
            observed=quoted(policy),
            look="Effect, Action and Resource of each statement",
            misconception="not-a-policy",
        ) from None


def _counts(studio: Studio) -> None:
    """A letter arrives, and its report is written."""
    probe, text = studio.probe, "Dear June, thank you!"
    probe.put(studio.inbox, LETTER, text.encode())
    event = read("s3")
    event["Records"][0]["s3"]["bucket"]["name"] = studio.inbox
    event["Records"][0]["s3"]["object"]["key"] = quote_plus(LETTER, safe="/")
    _done(studio, "count a letter", call(probe, studio.counting, event))


def _notes(studio: Studio) -> None:
    """A note is taken, listed, read and deleted, and one that isn't there asked for."""
    body = json.dumps({"text": "Call Ada."})
    made = _noted(studio, "take a note", 201, "POST /notes", body=body)
    note = {"id": json.loads(made["body"])["id"]}
    _noted(studio, "list the notes", 200, "GET /notes")
    _noted(studio, "read a note", 200, "GET /notes/{id}", pathParameters=note)
    _noted(studio, "delete a note", 204, "DELETE /notes/{id}", pathParameters=note)
    told = "tell that a note isn't there"
    _noted(studio, told, 404, "GET /notes/{id}", pathParameters=note)


def _noted(
    studio: Studio, told: str, status: int, route: str, **request: Any
) -> dict[str, Any]:
    said = call(studio.probe, studio.noting, {"routeKey": route, **request})
    _done(studio, told, said)
    answer: dict[str, Any] = said.payload
    if answer["statusCode"] != status:
        raise Failed(
            f"I had the notes function {told}; it answered {answer['statusCode']}.",
            expected=str(status),
            observed=quoted(answer),
            look="what your policy denies: a Deny beats every Allow",
        )
    return answer


def _done(studio: Studio, told: str, said: Call) -> None:
    """Whether a function did its work; if it was denied something, what and why."""
    if said.error is None:
        return
    denied = _SENTENCE.search(said.fault)
    if denied is None:
        raise broken(said)
    action, on = denied["action"], denied["on"] or "?"
    raise Failed(
        f"I had the functions {told}, in a role with your policy; they were denied "
        "what they need.",
        expected=f"{action} on {on}",
        observed=said.fault,
        look="the statement of your policy for this action, and its Resource",
        misconception=_why_denied(studio, told, action),
    )


def _why_denied(studio: Studio, told: str, action: str) -> str:
    def allowed(resource: str) -> bool:
        return grants.may(studio.probe, studio.role_arn, action, resource)

    buckets = [f"arn:aws:s3:::{name}" for name in (studio.inbox, studio.shelf)]
    if action == "s3:ListBucket":
        if any(allowed(f"{arn}/notes/x.json") for arn in buckets):
            return "objects-arn-for-list"
        return "missing-needs-list" if "isn't there" in told else "only-what-ran-today"
    if any(allowed(arn) for arn in buckets):
        return "arn-without-objects"
    return "only-what-ran-today"


@dataclass(frozen=True)
class _Try:
    """Something that the functions never do."""

    story: str
    attempt: Callable[[Callable[[str], Any]], Any]
    misconception: str


def _tries(studio: Studio) -> list[_Try]:
    """Eight things, from the worst to the smallest, with what each gives away."""
    inbox, elsewhere = studio.inbox, studio.probe.name("orders")
    return [
        _Try(
            "list the users of the account (iam:ListUsers)",
            lambda of: of("iam").list_users(),
            "still-a-star",
        ),
        _Try(
            "read an item of a table (dynamodb:GetItem)",
            lambda of: of("dynamodb").get_item(
                TableName=elsewhere, Key={"id": {"S": "1"}}
            ),
            "still-a-star",
        ),
        _Try(
            "read the log of another function (logs:FilterLogEvents)",
            lambda of: of("logs").filter_log_events(
                logGroupName=f"/aws/lambda/{elsewhere}"
            ),
            "still-a-star",
        ),
        _Try(
            "read an object of another bucket (s3:GetObject)",
            lambda of: of("s3").get_object(Bucket=studio.ledger, Key="2026.txt"),
            "resource-star",
        ),
        _Try(
            "invoke the word count (lambda:InvokeFunction)",
            lambda of: of("lambda").invoke(
                FunctionName=studio.counting, InvocationType="DryRun"
            ),
            "role-is-not-the-callers",
        ),
        _Try(
            "delete a letter (s3:DeleteObject)",
            lambda of: of("s3").delete_object(Bucket=inbox, Key=LETTER),
            "whole-bucket",
        ),
        _Try(
            "list the letters (s3:ListBucket)",
            lambda of: of("s3").list_objects_v2(Bucket=inbox),
            "whole-bucket",
        ),
        _Try(
            "write a letter into incoming/ (s3:PutObject)",
            lambda of: of("s3").put_object(Bucket=inbox, Key="incoming/x", Body=b""),
            "whole-bucket",
        ),
    ]


def _nothing_else(studio: Studio) -> None:
    person = studio.probe.as_role(studio.role).client
    tried = _tries(studio)
    wrong = [one for one in tried if _works(one, person)]
    if not wrong:
        return
    rows = [[one.story, "yes"] for one in wrong]
    raise Failed(
        "Both functions work. Then I took the credentials of their role and tried "
        f"{len(tried)} things that they never do; {len(wrong)} worked.",
        expected="AccessDenied, each time",
        observed="\n" + tables.as_text(("the role tried to", "could"), rows),
        look="the Action of each statement and its Resource: which one lets "
        f"somebody {wrong[0].story}?",
        misconception=wrong[0].misconception,
    )


def _works(one: _Try, person: Callable[[str], Any]) -> bool:
    try:
        one.attempt(person)
    except ClientError as refusal:
        # Whoever is told that something isn't there was let in to look.
        return refusal.response["Error"]["Code"] not in DENIED
    return True
