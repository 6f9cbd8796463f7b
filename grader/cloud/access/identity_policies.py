"""Which policies hold a caller: those of a user, its groups, a role, a session."""

from __future__ import annotations

from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User

from grader.cloud.access.documents import Policies, Policy, PolicyKind, policy_of, read
from grader.cloud.access.policy_changes import changes
from grader.cloud.access.principals import Caller
from grader.cloud.access.sessions import iam

_Kept: TypeAlias = tuple[tuple[Any, ...], tuple[Policy, ...]]
_kept: WeakKeyDictionary[User | Role | Group, _Kept] = WeakKeyDictionary()
# A boundary whose policy is gone allows nothing.
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


def policies_of(caller: Caller, resource: Policy | None) -> Policies:
    """All that has a say in a caller's request on what has a policy `resource`.

    What each holder has is looked at with every request, so that a change holds at
    once.
    """
    identity = caller.identity
    if caller.principal.administrator or identity is None:
        return Policies(resource=resource)
    backend = iam(identity.account_id)
    holders: list[User | Role | Group] = [identity]
    if isinstance(identity, User):
        groups = list(backend.groups.values())
        holders += [group for group in groups if identity in group.users]
    return Policies(
        identity=_identity(holders),
        boundary=boundary_of(backend, identity),
        session=_of_session(caller),
        resource=resource,
    )


def _identity(holders: list[User | Role | Group]) -> tuple[Policy, ...]:
    """The policies of a user with his groups, or of a role; kept while none changes."""
    state = tuple(map(attachments, holders))
    found = _kept.get(holders[0])
    if found is None or found[0] != state:
        policies = attached(holders[0], "inline", "managed")
        for group in holders[1:]:
            policies += attached(group, "group", "group")
        found = _kept[holders[0]] = state, tuple(policies)
    return found[1]


def attachments(holder: User | Role | Group) -> tuple[Any, ...]:
    """What changes when somebody changes the policies of a user, role or group."""
    return changes(), tuple(holder.policies.items()), tuple(holder.managed_policies)


def attached(
    holder: User | Role | Group, inline: PolicyKind, managed: PolicyKind
) -> list[Policy]:
    """A holder's own policies, and the managed ones that are attached to it."""
    found = [
        policy_of(name, inline, text) for name, text in list(holder.policies.items())
    ]
    found += [
        policy_of(one.name, managed, _default(one), arn)
        for arn, one in list(holder.managed_policies.items())
    ]
    return found


def _default(policy: ManagedPolicy) -> str:
    """The text of a managed policy's default version."""
    for version in policy.versions:
        if version.version_id == policy.default_version_id:
            return str(version.document)
    return _NOTHING


def boundary_of(backend: IAMBackend, identity: User | Role) -> Policy | None:
    """The permissions boundary of a user or role."""
    arn = getattr(identity, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = backend.managed_policies.get(arn)
    text = _default(policy) if policy is not None else _NOTHING
    return Policy(arn.rpartition("/")[2], "boundary", read(text), arn)


def _of_session(caller: Caller) -> tuple[Policy, ...] | None:
    session = caller.session
    if session is None or (session.policies is None and not session.policy_arns):
        return None
    backend = iam(session.principal.account)
    found = [
        Policy("the session policy", "session", read(text))
        for text in session.policies or ()
    ]
    for arn in session.policy_arns:
        policy = backend.managed_policies.get(arn)
        text = _default(policy) if policy is not None else _NOTHING
        found.append(Policy(arn.rpartition("/")[2], "session", read(text), arn))
    return tuple(found)
