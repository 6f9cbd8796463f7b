"""What Lambda does itself in the execution roles of functions: logs, destinations."""

from __future__ import annotations

import time
from typing import Any

from moto.iam.models import Role

from grader.cloud.access import acting
from grader.cloud.access.audit_trail import AuditTrail, Call
from grader.cloud.access.credentials import Credentials
from grader.cloud.access.evaluation import Decision
from grader.cloud.access.identity_policies import attachments
from grader.cloud.access.sessions import find_role
from grader.cloud.functions import FunctionVersion


class ExecutionRoles:
    """Asks what a function's role may do, and notes the answers for the audit."""

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail
        self._known: dict[tuple[str, ...], tuple[tuple[Any, ...], Decision]] = {}

    def sending(self, function: FunctionVersion, target: str) -> Decision:
        """Whether Lambda may tell a destination what became of an event."""
        decision = acting.sending(function.role, function.name, target)
        self._note(function, decision)
        return decision

    def may_log(self, function: FunctionVersion, action: str, resource: str) -> bool:
        """Whether Lambda may do something to write a function's log."""
        return self.asked(function, action, resource).allowed

    def asked(self, function: FunctionVersion, action: str, resource: str) -> Decision:
        """Whether Lambda may do what it does again and again for a function.

        Asked with every invocation, and so worked out anew only when the role's
        policies have changed; only a refusal is noted, once.
        """
        role = find_role(function.account, function.role)
        policies = _state(role) if role is not None else ()
        asked = (function.role, function.name, action, resource)
        known = self._known.get(asked)
        if known is not None and known[0] == policies:
            return known[1]
        decision = acting.in_role(function.role, function.name, action, resource)
        self._known[asked] = policies, decision
        if not decision.allowed:
            self._note(function, decision)
        return decision

    def _note(self, function: FunctionVersion, decision: Decision) -> None:
        self._trail.note(
            Call(
                time.time(),
                acting.execution_role(function.role, function.name),
                Credentials(region=function.region),
                {},
                decisions=[decision],
                refused="" if decision.allowed else "AccessDenied",
            )
        )


def _state(role: Role) -> tuple[Any, ...]:
    return role.permissions_boundary_arn, *attachments(role)
