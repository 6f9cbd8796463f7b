"""Which policies hold a caller: those of a user, its groups, a role, a session."""

from __future__ import annotations

from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User, iam_backends

from grader.cloud.access.documents import Policies, Policy, PolicyKind, policy_of, read
from grader.cloud.access.principals import Caller

# A boundary whose policy is gone allows nothing.
_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


def policies_of(caller: Caller, resource: Policy | None) -> Policies:
    """All that has a say in a caller's request on what has a policy `resource`.

    Gathered anew for each request, so that a change holds at once; a document's text
    is only read the first time.
    """
    identity = caller.identity
    if caller.principal.administrator or identity is None:
        return Policies(resource=resource)
    backend = iam_backends[identity.account_id]["aws"]
    found = attached(identity, "inline", "managed")
    if isinstance(identity, User):
        for group in list(backend.groups.values()):
            if identity in group.users:
                found += attached(group, "group", "group")
    return Policies(
        identity=tuple(found),
        boundary=boundary_of(backend, identity),
        session=_of_session(caller),
        resource=resource,
    )


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
    backend = iam_backends[session.principal.account]["aws"]
    found = [
        Policy("the session policy", "session", read(text))
        for text in session.policies or ()
    ]
    for arn in session.policy_arns:
        policy = backend.managed_policies.get(arn)
        text = _default(policy) if policy is not None else _NOTHING
        found.append(Policy(arn.rpartition("/")[2], "session", read(text), arn))
    return tuple(found)
