"""What there is to tell of a denial, as JSON: the nearest statement and its lacks."""

from __future__ import annotations

from typing import Any

from grader.cloud.access.audit_trail import Call
from grader.cloud.access.denials import sentence
from grader.cloud.access.documents import Policy
from grader.cloud.access.evaluation import Decision
from grader.cloud.access.near_misses import NearMiss, Source


def explained(call: Call) -> dict[str, Any] | None:
    """The denial of a call; None where nothing was denied."""
    decision = call.denied
    if decision is None:
        return None
    request, principal = decision.request, decision.request.principal
    return {
        "at": call.at,
        "request_id": call.request_id,
        "region": call.credentials.region,
        "kind": principal.kind,
        "principal": principal.arn,
        "role": principal.role_arn,
        "within": principal.account == request.resource_account,
        "action": request.action,
        "resource": request.resource,
        "reason": decision.reason.name,
        "sentence": sentence(decision),
        "statement": _statement(decision.source) if decision.source else None,
        "near": _near(decision),
        "identity": [_document(one) for one in decision.policies.identity],
        "resource_policy": decision.policies.resource is not None,
    }


def _near(decision: Decision) -> dict[str, Any] | None:
    """The statement that came closest; None if none is about the action's service."""
    service = decision.request.action.partition(":")[0].lower()
    for miss in decision.near_misses:
        if not _elsewhere(miss, service):
            lacks = [
                {
                    "element": lack.element,
                    "wanted": list(lack.wanted),
                    "found": list(lack.found),
                    "operator": lack.operator,
                    "key": lack.key,
                }
                for lack in miss.lacks
            ]
            return {**_statement(miss.source), "lacks": lacks}
    return None


def _elsewhere(miss: NearMiss, service: str) -> bool:
    """Whether a statement is about other services only."""
    return any(
        lack.element == "Action"
        and not any(one.lower().startswith(f"{service}:") for one in lack.wanted)
        for lack in miss.lacks
    )


def _statement(source: Source) -> dict[str, Any]:
    return {**_document(source.policy), "index": source.index, "sid": source.sid}


def _document(policy: Policy) -> dict[str, Any]:
    return {"policy": policy.name, "kind": policy.kind, "arn": policy.arn}
