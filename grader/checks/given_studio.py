"""Two functions that share a role, for checks of what the role lets happen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks.given_buckets import given_bucket
from grader.checks.given_functions import function_in_role, given_role
from grader.checks.probe import Probe
from grader.lab.materials import material


@dataclass(frozen=True)
class Studio:
    """Two functions that share a role, and what they work with."""

    probe: Probe
    role: str
    role_arn: str
    counting: str
    noting: str
    inbox: str
    shelf: str
    """The bucket of the notes."""
    ledger: str
    """A bucket that is none of their business."""


@contextlib.contextmanager
def given_studio(probe: Probe, *, varied: bool) -> Iterator[Studio]:
    """The two functions of the lesson with a role of their own, which goes again."""
    purposes = ["desk-letters", "desk-notes", "desk-ledger"]
    if varied:
        purposes = [probe.name(purpose) for purpose in ("in", "shelf", "else")]
    with contextlib.ExitStack() as given:
        inbox, shelf, ledger = (
            given.enter_context(given_bucket(probe, purpose)) for purpose in purposes
        )
        role, arn = given.enter_context(given_role(probe))
        counting, noting = (
            given.enter_context(
                function_in_role(
                    probe,
                    arn,
                    material(f"studio/{name}.py").read_text("utf-8"),
                    handler="handler",
                    BUCKET=shelf,
                )
            )[0]
            for name in ("word_count", "notes")
        )
        probe.put(ledger, "2026.txt", b"income and taxes")
        yield Studio(probe, role, arn, counting, noting, inbox, shelf, ledger)
