"""What policies would decide: the same evaluator, asked without a call.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from grader.cloud.access.documents import Policies, Policy
from grader.cloud.access.evaluation import Decision, evaluate, matching
from grader.cloud.access.positions import Position, statement_spans
from grader.cloud.access.request import Context, Effect, Principal, Request
from grader.cloud.access.statements import Statement
from grader.cloud.access.variables import Template, Variable

EVERYTHING = "*"
_IAM, _RESOURCE = "IAM Policy", "Resource Policy"
# The more restrictive of several comes later.
_DECISIONS = ("allowed", "implicitDeny", "explicitDeny")


@dataclass(frozen=True)
class Simulation:
    """Whose calls are simulated, under which policies.

    `owner` is the account of resources whose ARNs don't tell it. The identity-based
    policies are named as the answer names them.
    """

    caller: Principal
    policies: Policies
    context: Context
    owner: str


def simulate(
    simulation: Simulation, action: str, resources: Iterable[str], template: str
) -> dict[str, Any]:
    """One of the answer's EvaluationResults: an action on each of the resources.

    `template` is the ARN of the type of resource that the action is for.
    """
    asked = tuple(resources)
    results = [_one(simulation, action, resource) for resource in asked]
    decision = max((one["EvalDecision"] for one in results), key=_DECISIONS.index)
    answer = {
        "EvalActionName": action,
        "EvalResourceName": template,
        "EvalDecision": decision,
        "MatchedStatements": _distinct(
            statement
            for one in results
            if one["EvalDecision"] == decision
            for statement in one["MatchedStatements"]
        ),
        "MissingContextValues": _distinct(
            key for one in results for key in one["MissingContextValues"]
        ),
    }
    if details := [one[_BOUNDARY] for one in results if _BOUNDARY in one]:
        allowed = all(one[_ALLOWED] for one in details)
        answer[_BOUNDARY] = {_ALLOWED: allowed}
    if asked != (EVERYTHING,):
        answer["ResourceSpecificResults"] = [
            {
                "EvalResourceName": resource,
                "EvalResourceDecision": one.pop("EvalDecision"),
                **one,
            }
            for resource, one in zip(asked, results, strict=True)
        ]
    return answer


_BOUNDARY = "PermissionsBoundaryDecisionDetail"
_ALLOWED = "AllowedByPermissionsBoundary"


def _one(simulation: Simulation, action: str, resource: str) -> dict[str, Any]:
    """What is said of one resource."""
    request = Request(
        simulation.caller,
        action,
        resource,
        _account(resource) or simulation.owner,
        simulation.context,
    )
    policies = simulation.policies
    decision = evaluate(request, policies)
    answer: dict[str, Any] = {
        "EvalDecision": _decided(decision),
        "MatchedStatements": list(_matched(request, policies, decision)),
        "MissingContextValues": _missing(request, policies),
    }
    if policies.boundary is not None:
        answer[_BOUNDARY] = {_ALLOWED: _allows(request, policies.boundary)}
    return answer


def _account(resource: str) -> str:
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""


def _decided(decision: Decision) -> str:
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if decision.explicit else "implicitDeny"


def _matched(
    request: Request, policies: Policies, decision: Decision
) -> Iterator[dict[str, Any]]:
    """The statements that made the decision; no one does an implicit deny."""
    if not decision.allowed and not decision.explicit:
        return
    effect: Effect = "Allow" if decision.allowed else "Deny"
    resource = () if policies.resource is None else (policies.resource,)
    for layer, kind in ((policies.identity, _IAM), (resource, _RESOURCE)):
        for _, source in matching(request, layer, effect):
            span = statement_spans(source.policy.document.text)[source.index]
            yield {
                "SourcePolicyId": source.policy.name,
                "SourcePolicyType": kind,
                "StartPosition": _told(span.start),
                "EndPosition": _told(span.end),
            }


def _told(position: Position) -> dict[str, int]:
    return {"Line": position.line, "Column": position.column}


def _allows(request: Request, boundary: Policy) -> bool:
    if any(matching(request, (boundary,), "Deny")):
        return False
    return any(matching(request, (boundary,), "Allow"))


def _missing(request: Request, policies: Policies) -> list[str]:
    """The keys that statements about this action and resource ask for in vain."""
    resource = () if policies.resource is None else (policies.resource,)
    found = []
    for policy in (*policies.identity, *resource):
        for statement in policy.document.statements:
            if statement.names_action(request.action):
                found += _missing_from(statement, request)
    return _distinct(found)


def _missing_from(statement: Statement, request: Request) -> list[str]:
    context = request.context
    variables = _valueless((one.template for one in statement.resources or ()), context)
    # One without a value matches no resource, and another might.
    if not variables and not statement.names_resource(request.resource, context):
        return []
    keys = [
        condition.spelling
        for condition in statement.conditions
        if condition.key not in context
    ]
    wanted = (one for condition in statement.conditions for one in condition.wanted)
    return [*keys, *variables, *_valueless(wanted, context)]


def _valueless(templates: Iterable[Template], context: Context) -> list[str]:
    return [
        part.spelling
        for template in templates
        for part in template.parts
        if isinstance(part, Variable)
        and part.default is None
        and part.key not in context
    ]


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def context_keys(policies: Iterable[Policy]) -> list[str]:
    """Every condition key that policies name, as they spell it."""
    found = []
    for policy in policies:
        for statement in policy.document.statements:
            found += [condition.spelling for condition in statement.conditions]
            templates = [one.template for one in statement.resources or ()]
            for condition in statement.conditions:
                templates += condition.wanted
            found += _valueless(templates, {})
    return _distinct(found)
