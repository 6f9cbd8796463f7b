"""The capstone's safe: building one in an empty account, and finding its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed, Work
from grader.checks.probe import Probe, quoted

PARTS = (
    "bucket",
    "enquiries",
    "bookings",
    "reception",
    "owner",
    "api",
    "log_group",
    "alarm",
)

MISCONCEPTIONS = {
    "deploy-without-names": "You may think that building is all. Whoever uses the safe "
    "needs the names of its parts, so deploy_safe returns them.",
    "built-at-home": "You may think that every client reaches the same account. "
    'boto3.client("…") works in the notebook\'s own; cloud.client("…") in the one that '
    "your function was given.",
}


@dataclass(frozen=True)
class Safe:
    """A safe that a learner's function built, and the account that it stands in."""

    probe: Probe
    bucket: str
    enquiries: str
    bookings: str
    reception: str
    owner: str
    api: str
    log_group: str
    alarm: str


def build(probe: Probe, deploy: Work, *, variation: bool) -> Safe:
    """Have a safe built in an account that is empty.

    A variation's probe is in an account of its own already, far from home.
    """
    account = probe if variation else probe.fresh(probe.region)
    returned = deploy(account.cloud_argument())
    if not isinstance(returned, dict):
        raise _incomplete(returned, "a dictionary with the names of its parts")
    missing = [
        part
        for part in PARTS
        if not isinstance(returned.get(part), str) or not returned[part]
    ]
    if missing:
        raise _incomplete(returned, f"a text for each of {', '.join(missing)}")
    return Safe(account, **{part: returned[part] for part in PARTS})


def _incomplete(returned: Any, expected: str) -> Failed:
    return Failed(
        "I called deploy_safe, and it returned something else than the task asks for.",
        expected=expected,
        observed=quoted(returned),
        look="the last lines of deploy_safe",
        misconception="deploy-without-names",
    )


def not_there(what: str, name: str) -> Failed:
    """A part that deploy_safe named and that isn't in the account."""
    return Failed(
        f"deploy_safe says that {what} is {quoted(name)}; there is none of this name "
        "in the account and the Region that it was given.",
        expected=f"{what}, {quoted(name)}",
        observed="nothing of this name",
        look="the client that makes it: cloud.client(…) works in the account that was "
        "given, boto3.client(…) in the notebook's own",
        misconception="built-at-home",
    )
