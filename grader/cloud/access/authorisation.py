"""One question to access control: may this caller do this to that?"""

from __future__ import annotations

from dataclasses import replace

from grader.cloud.access import acls
from grader.cloud.access.evaluation import Decision, Reason, evaluate
from grader.cloud.access.identity_policies import policies_of
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context, Request
from grader.cloud.access.resource_policies import owner_of, policy_on


def decide(caller: Caller, action: str, resource: str, context: Context) -> Decision:
    """Whether a caller may do one thing to one resource, and why.

    Follows "Policy evaluation logic" in the IAM user guide, S3's ACLs beside it.
    """
    account = owner_of(action, resource) or caller.principal.account
    request = Request(
        caller.principal,
        action,
        resource,
        account,
        {**context, "aws:resourceaccount": account},
    )
    decision = evaluate(request, policies_of(caller, policy_on(request)))
    if decision.allowed or decision.explicit or not acls.open_to(request):
        return decision
    return replace(decision, reason=Reason.ALLOWED)
