"""Whether EventBridge may reach a target: by the target's policy, or as a role.

moto asks for nothing. Follows "Using resource-based policies for Amazon EventBridge"
and "Permissions required for EventBridge to access targets using IAM roles" in the
EventBridge user guide.
"""

from __future__ import annotations

from grader.cloud.access import acting
from grader.cloud.access.denials import sentence
from grader.cloud.access.evaluation import Decision
from grader.cloud.eventbridge import errors
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.rule_names import RuleName

SERVICE = "events.amazonaws.com"
_SESSION = "eventbridge"


def check(rule: RuleName, role_arn: str | None, action: str, resource: str) -> None:
    """Let a rule do something to a resource, as a role if its target has one.

    Raises:
        Undelivered: NO_PERMISSIONS, FAILED_TO_ASSUME_ROLE.
    """
    if role_arn is None:
        decision = _as_service(rule, action, resource)
    else:
        assumed = _as_service(rule, "sts:AssumeRole", role_arn)
        if not assumed.allowed:
            raise Undelivered(errors.FAILED_TO_ASSUME_ROLE, sentence(assumed))
        decision = acting.in_role(
            role_arn,
            _SESSION,
            action,
            resource,
            context={"aws:sourcearn": rule.arn, "aws:sourceaccount": rule.account},
        )
    _allow(decision)


def check_own_bus(rule: RuleName, bus_arn: str) -> None:
    """Let a rule pass events on to another bus of its account, without a role.

    Raises:
        Undelivered: NO_PERMISSIONS where the bus's policy denies it.
    """
    _allow(acting.as_account(rule.account, "events:PutEvents", bus_arn))


def _as_service(rule: RuleName, action: str, resource: str) -> Decision:
    return acting.for_resource(
        SERVICE, action, resource, source_arn=rule.arn, source_account=rule.account
    )


def _allow(decision: Decision) -> None:
    if not decision.allowed:
        raise Undelivered(errors.NO_PERMISSIONS, sentence(decision))
