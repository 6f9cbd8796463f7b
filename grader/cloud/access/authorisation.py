"""One question to access control: may this caller do this to that?"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from grader.cloud.access import acls, resource_tags
from grader.cloud.access.documents import Policies, Policy
from grader.cloud.access.evaluation import Decision, Reason, evaluate
from grader.cloud.access.grouped_context import Group, grouped
from grader.cloud.access.identity_policies import policies_of
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context, Principal, Request
from grader.cloud.access.resource_policies import owner_of, policy_on

_QUESTIONS, _ANSWERS = 1024, 64


def decide(caller: Caller, action: str, resource: str, context: Context) -> Decision:
    """Whether a caller may do one thing to one resource, and why.

    Follows "Policy evaluation logic" in the IAM user guide, S3's ACLs beside it.
    """
    account = owner_of(action, resource) or caller.principal.account
    own = Group({"aws:resourceaccount": account})
    tags = resource_tags.of_resource(action, resource)
    asked = grouped(context).beside(own, tags)
    request = Request(caller.principal, action, resource, account, asked)
    decision = _evaluated(request, policies_of(caller, policy_on(request)))
    if decision.allowed or decision.explicit or not acls.open_to(request):
        return decision
    return replace(decision, reason=Reason.ALLOWED)


@dataclass(frozen=True)
class _Question:
    """What was asked before under the same policies, and what they say to it.

    Of the context, nothing but the keys that the policies mention can matter.
    """

    policies: Policies
    keys: tuple[str, ...]
    answers: dict[tuple[Any, ...], Decision] = field(default_factory=dict)


_About: TypeAlias = tuple[Principal, str, str, str]
_asked: OrderedDict[_About, _Question] = OrderedDict()
_lock = threading.Lock()


def _evaluated(request: Request, policies: Policies) -> Decision:
    """Evaluate, or answer as the last time when nothing of it has changed."""
    about = (
        request.principal,
        request.action,
        request.resource,
        request.resource_account,
    )
    question = _asked.get(about)
    if question is None or not _same(question.policies, policies):
        keys = tuple(dict.fromkeys(_mentioned(policies)))
        question = _Question(policies, keys)
        with _lock:
            _asked[about] = question
            if len(_asked) > _QUESTIONS:
                _asked.popitem(last=False)
    values = tuple([request.context.get(key) for key in question.keys])
    known = question.answers.get(values)
    if known is not None:
        return Decision(request, policies, known.reason, known.source)
    decision = evaluate(request, policies)
    if len(question.answers) < _ANSWERS:
        question.answers[values] = decision
    return decision


def _same(before: Policies, now: Policies) -> bool:
    return (
        before.identity is now.identity
        and before.resource == now.resource
        and before.boundary == now.boundary
        and before.session == now.session
    )


def _mentioned(policies: Policies) -> Iterator[str]:
    """The condition keys that policies ask for, in conditions and in variables."""
    others: list[Policy | None] = [policies.boundary, policies.resource]
    for policy in (*policies.identity, *(policies.session or ()), *others):
        if policy is not None:
            yield from policy.document.condition_keys
