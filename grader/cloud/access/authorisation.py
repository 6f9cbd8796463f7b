"""One question to access control: may this caller do this to that?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.cloud.access import acls
from grader.cloud.access.evaluation import Decision, Reason, evaluate
from grader.cloud.access.identity_policies import policies_of
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context, Request
from grader.cloud.access.resource_policies import owner_of, policy_on
from grader.cloud.access.resource_tags import boundary_on, of_object, tags_of


def decide(caller: Caller, action: str, resource: str, context: Context) -> Decision:
    """Whether a caller may do one thing to one resource, and why.

    Follows "Policy evaluation logic" in the IAM user guide, S3's ACLs beside it.
    """
    account = owner_of(action, resource) or caller.principal.account
    asked = _Context({**context, "aws:resourceaccount": account}, action, resource)
    request = Request(caller.principal, action, resource, account, asked)
    decision = evaluate(request, policies_of(caller, policy_on(request)))
    if decision.allowed or decision.explicit or not acls.open_to(request):
        return decision
    return replace(decision, reason=Reason.ALLOWED)


class _Context(dict[str, str | tuple[str, ...]]):
    """Condition keys; the resource's tags are only looked up when asked for."""

    def __init__(self, known: Context, action: str, resource: str) -> None:
        super().__init__(known)
        self._resource = resource
        self._own = f"{action.partition(':')[0]}:resourcetag/"

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key in lower case."""
        found = super().get(key)
        if found is not None:
            return found
        if key == "iam:permissionsboundary":
            return boundary_on(self._resource) or default
        if "tag/" not in key:
            return default
        if key.startswith(("aws:resourcetag/", self._own)):
            told = tags_of(self._resource)
        elif key.startswith("s3:existingobjecttag/"):
            told = of_object(self._resource)
        else:
            return default
        wanted = key.partition("/")[2]
        values = (value for name, value in told.items() if name.lower() == wanted)
        return next(values, default)
