"""The verdict on a request.

Follows "Policy evaluation logic" in the IAM user guide.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from grader.cloud.access.documents import Policies, Policy
from grader.cloud.access.request import Request


class Reason(Enum):
    """What decided; the value of a denial ends AWS's sentence.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    ALLOWED = "allowed"
    ADMINISTRATOR = "allowed to the account's administrator"
    DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_SESSION = "with an explicit deny in a session policy"
    DENIED_BY_TRUST = "with an explicit deny in the role trust policy"
    NO_IDENTITY = "because no identity-based policy allows the {action} action"
    NO_RESOURCE = "because no resource-based policy allows the {action} action"
    NO_BOUNDARY = "because no permissions boundary allows the {action} action"
    NO_SESSION = "because no session policy allows the {action} action"
    NO_TRUST = "because no role trust policy allows the {action} action"


@dataclass(frozen=True)
class Source:
    """A statement by its place: its policy, its position from 0, its Sid if any."""

    policy: Policy
    index: int
    sid: str | None


@dataclass(frozen=True)
class Lack:
    """An element of a statement that a request doesn't meet.

    `element` is as in the document: Action, NotAction, Resource, NotResource,
    Principal, NotPrincipal or Condition; `operator` and `key` are a condition's.
    `found` is empty when the request doesn't have the key.
    """

    element: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    operator: str = ""
    key: str = ""


@dataclass(frozen=True)
class NearMiss:
    """A statement that didn't apply to a request, and why."""

    source: Source
    effect: str
    lacks: tuple[Lack, ...]


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and what decided it.

    `source` is the deciding statement, None where none matched.
    """

    request: Request
    policies: Policies
    reason: Reason
    source: Source | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.reason in (Reason.ALLOWED, Reason.ADMINISTRATOR)

    @property
    def because(self) -> str:
        """The end of AWS's sentence "User: … is not authorized to perform: …"."""
        return self.reason.value.format(action=self.request.action)

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The statements that didn't apply, the one that lacks least first."""
        raise NotImplementedError("near misses")


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide on a request."""
    raise NotImplementedError("evaluation")
