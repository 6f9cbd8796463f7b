"""IAM's policy simulator; moto answers its operations with a 500.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import IAMException, NotFoundException
from moto.iam.models import Group, IAMBackend, Role, User, iam_backends
from moto.iam.responses import IamResponse

from grader.cloud.access.context_keys import of_caller
from grader.cloud.access.documents import Policies, Policy, PolicyKind, read
from grader.cloud.access.identity_documents import check_identity_document
from grader.cloud.access.identity_policies import attached, boundary_of
from grader.cloud.access.malformed import MalformedDocument
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context, Principal
from grader.cloud.access.service_authorization import service
from grader.cloud.access.simulation import (
    EVERYTHING,
    Simulation,
    context_keys,
    simulate,
)

_PAGE = 100
# What isn't modelled is refused, not left out of the result.
_UNKNOWN = (
    "OrderedOrganizationPolicyInputList",
    "PolicyExclusionList",
    "ResourceHandlingOption",
)
# What a simulation knows of the principal without being told.
_OF_PRINCIPAL = ("aws:principal", "aws:user")


class InvalidInput(IAMException):  # type: ignore[misc]
    """A parameter that can't be worked with."""

    code = "InvalidInput"


def install() -> None:
    """Answer the simulator's operations."""
    for operation in (
        simulate_principal_policy,
        simulate_custom_policy,
        get_context_keys_for_principal_policy,
        get_context_keys_for_custom_policy,
    ):
        setattr(IamResponse, operation.__name__, operation)


def simulate_principal_policy(asked: IamResponse) -> ActionResult:
    """Simulate calls of a user, group or role with the policies that hold it."""
    source = _entity(asked._get_param("PolicySourceArn"))
    identity = (*_policies(source), *_inputs(asked, "PolicyInputList"))
    given = asked._get_param("CallerArn")
    caller = _entity(given) if given else source
    context = {
        key: value
        for key, value in of_caller(Caller(_principal(caller), "", caller), 0).items()
        if key.startswith(_OF_PRINCIPAL)
    }
    boundary = _boundary(asked) or _own_boundary(source)
    return _answer(asked, identity, boundary, _principal(caller), context)


def simulate_custom_policy(asked: IamResponse) -> ActionResult:
    """Simulate calls with policies that needn't be anybody's."""
    arn = asked._get_param("CallerArn")
    if arn is None and asked._get_param("ResourcePolicy"):
        raise InvalidInput("CallerArn is required if a ResourcePolicy is provided.")
    account = asked.current_account
    caller = _principal_of(arn) if arn else _somebody(account)
    identity = _inputs(asked, "PolicyInputList")
    return _answer(asked, identity, _boundary(asked), caller, {})


def get_context_keys_for_principal_policy(asked: IamResponse) -> ActionResult:
    """List the condition keys in the policies of a user, group or role."""
    source = _entity(asked._get_param("PolicySourceArn"))
    policies = (*_policies(source), *_inputs(asked, "PolicyInputList"))
    return ActionResult({"ContextKeyNames": context_keys(policies)})


def get_context_keys_for_custom_policy(asked: IamResponse) -> ActionResult:
    """List the condition keys in policies."""
    policies = _inputs(asked, "PolicyInputList")
    return ActionResult({"ContextKeyNames": context_keys(policies)})


def _answer(
    asked: IamResponse,
    identity: Sequence[Policy],
    boundary: Policy | None,
    caller: Principal,
    context: Context,
) -> ActionResult:
    for parameter in _UNKNOWN:
        if asked._get_param(parameter):
            raise InvalidInput(f"The local cloud's simulator has no {parameter}.")
    resource = _resource_policy(asked, caller)
    simulation = Simulation(
        caller,
        Policies(tuple(identity), boundary, None, resource),
        {**context, **_entries(asked)},
        _owner(asked) or caller.account,
    )
    actions = [_action(name) for name in asked._get_param("ActionNames")]
    resources = asked._get_param("ResourceArns") or [EVERYTHING]
    start = int(asked._get_param("Marker") or 0)
    end = start + (asked._get_int_param("MaxItems") or _PAGE)
    result: dict[str, Any] = {
        "EvaluationResults": [
            simulate(simulation, action, resources, _template(action))
            for action in actions[start:end]
        ],
        "IsTruncated": end < len(actions),
    }
    if end < len(actions):
        result["Marker"] = str(end)
    return ActionResult(result)


def _action(name: str) -> str:
    prefix, colon, operation = name.partition(":")
    if not (prefix and colon and operation) or "*" in name:
        raise InvalidInput(f"Invalid action name: {name}")
    return name


def _template(action: str) -> str:
    """The ARN of the type of resource that an action is for; `*` where it has none."""
    prefix, _, name = action.partition(":")
    known = service(prefix)
    found = known.actions.get(name.lower()) if known else None
    if known is None or found is None or not found.required:
        return EVERYTHING
    return known.arns[found.required[0]]


def _entity(arn: str) -> User | Role | Group:
    """The user, group or role of an ARN."""
    parts = arn.split(":", 5)
    kind, _, path = parts[-1].partition("/")
    if len(parts) < 6 or kind not in _ENTITIES or not path:
        raise InvalidInput(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    name = path.rpartition("/")[2]
    backend = iam_backends[parts[4]]["aws"] if parts[4] in iam_backends else None
    found = _ENTITIES[kind](backend, name) if backend else None
    if found is None or found.arn != arn:
        raise NotFoundException(f"The {kind} with name {name} cannot be found.")
    return found


def _role(backend: IAMBackend, name: str) -> Role | None:
    return next((role for role in backend.roles.values() if role.name == name), None)


_ENTITIES: dict[str, Callable[[IAMBackend, str], User | Role | Group | None]] = {
    "user": lambda backend, name: backend.users.get(name),
    "group": lambda backend, name: backend.groups.get(name),
    "role": _role,
}


def _principal(entity: User | Role | Group) -> Principal:
    return _principal_of(entity.arn)


def _principal_of(arn: str) -> Principal:
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[5].partition("/")[0] not in _ENTITIES:
        raise InvalidInput(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    role = arn if parts[5].startswith("role/") else None
    return Principal("assumed-role" if role else "user", arn, parts[4], role)


def _somebody(account: str) -> Principal:
    """The caller of a simulation that names none: a user without a name."""
    return Principal("user", f"arn:aws:iam::{account}:user/", account)


def _policies(entity: User | Role | Group) -> list[Policy]:
    """An entity's policies, named as AWS names them in the answer."""
    kind = type(entity).__name__.lower()
    found = _named(entity, kind)
    if isinstance(entity, User):
        backend = iam_backends[entity.account_id]["aws"]
        for group in backend.groups.values():
            if entity in group.users:
                found += _named(group, "group")
    return found


def _named(holder: User | Role | Group, kind: str) -> list[Policy]:
    return [
        policy
        if policy.kind == "managed"
        else dataclasses.replace(policy, name=f"{kind}_{holder.name}_{policy.name}")
        for policy in attached(holder, "inline", "managed")
    ]


def _own_boundary(entity: User | Role | Group) -> Policy | None:
    if isinstance(entity, Group):
        return None
    return boundary_of(iam_backends[entity.account_id]["aws"], entity)


def _boundary(asked: IamResponse) -> Policy | None:
    found = _inputs(asked, "PermissionsBoundaryPolicyInputList", "boundary")
    if len(found) > 1:
        raise InvalidInput("Only one permissions boundary policy can be provided.")
    return found[0] if found else None


def _inputs(
    asked: IamResponse, parameter: str, kind: PolicyKind = "inline"
) -> list[Policy]:
    found = []
    for number, text in enumerate(asked._get_param(parameter) or [], start=1):
        try:
            check_identity_document(text)
        except MalformedDocument as malformed:
            raise InvalidInput(str(malformed)) from None
        found.append(Policy(f"{parameter}.{number}", kind, read(text)))
    return found


def _resource_policy(asked: IamResponse, caller: Principal) -> Policy | None:
    text = asked._get_param("ResourcePolicy")
    if not text:
        return None
    if caller.kind != "user":
        raise InvalidInput(
            "Simulation of resource-based policies isn't supported for IAM roles."
        )
    try:
        return Policy("ResourcePolicy", "resource", read(text))
    except ValueError:
        raise InvalidInput("Syntax errors in policy.") from None


def _owner(asked: IamResponse) -> str:
    """The account of a `ResourceOwner`, which is an id or an account's ARN."""
    owner = asked._get_param("ResourceOwner") or ""
    return owner.split(":")[4] if owner.startswith("arn:") else owner


def _entries(asked: IamResponse) -> Context:
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in asked._get_param("ContextEntries") or []:
        values = tuple(entry.get("ContextKeyValues") or ())
        several = entry.get("ContextKeyType", "").endswith("List")
        if several or len(values) != 1:
            found[entry["ContextKeyName"].lower()] = values
        else:
            found[entry["ContextKeyName"].lower()] = values[0]
    return found
