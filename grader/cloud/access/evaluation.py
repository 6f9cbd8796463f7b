"""The verdict on a request.

Follows "Policy evaluation logic" in the IAM user guide.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from grader.cloud.access.documents import Document, Policies, Policy
from grader.cloud.access.near_misses import NearMiss, Source, near_misses
from grader.cloud.access.principal_element import Naming
from grader.cloud.access.request import Effect, Principal, Request
from grader.cloud.access.statements import Statement


class Reason(Enum):
    """What decided; the value of a denial ends AWS's sentence.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """

    ALLOWED = "allowed"
    ADMINISTRATOR = "allowed to the account's administrator"
    DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
    DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"
    DENIED_BY_BOUNDARY = "with an explicit deny in a permissions boundary"
    DENIED_BY_SESSION = "with an explicit deny in a session policy"
    DENIED_BY_TRUST = "with an explicit deny in the role trust policy"
    NO_IDENTITY = "because no identity-based policy allows the {action} action"
    NO_RESOURCE = "because no resource-based policy allows the {action} action"
    NO_BOUNDARY = "because no permissions boundary allows the {action} action"
    NO_SESSION = "because no session policy allows the {action} action"
    NO_TRUST = "because no role trust policy allows the {action} action"


# Tuples, since an Enum is slow to hash and fast to compare.
_ALLOWING = (Reason.ALLOWED, Reason.ADMINISTRATOR)
_EXPLICIT = tuple(one for one in Reason if one.name.startswith("DENIED"))


@dataclass(frozen=True)
class Decision:
    """Whether a request is allowed, and what decided it.

    `source` is the deciding statement, None where none matched.
    """

    request: Request
    policies: Policies
    reason: Reason
    source: Source | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.reason in _ALLOWING

    @property
    def explicit(self) -> bool:
        """Whether a Deny statement refuses it."""
        return self.reason in _EXPLICIT

    @property
    def because(self) -> str:
        """The end of AWS's sentence "User: … is not authorized to perform: …"."""
        return self.reason.value.format(action=self.request.action)

    @cached_property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The statements that could have allowed the request, the nearest first."""
        return near_misses(self.request, _asked(self.reason, self.policies))


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide on a request."""
    denied = _explicit_deny(request, policies)
    if denied:
        return Decision(request, policies, *denied)
    return Decision(request, policies, *_allow(request, policies))


_Verdict = tuple[Reason, Source | None]
_Found = tuple[Naming, Source]


def _explicit_deny(request: Request, policies: Policies) -> _Verdict | None:
    """The first Deny: "an explicit deny in any policy overrides any allows"."""
    bounded = policies.boundary is not None
    for reason, layer in _layers(request.principal, policies):
        for _, source in matching(request, layer, "Deny", bounded=bounded):
            return reason, source
    return None


def _layers(
    principal: Principal, policies: Policies
) -> Iterator[tuple[Reason, Sequence[Policy]]]:
    if not principal.administrator:
        yield Reason.DENIED_BY_IDENTITY, policies.identity
    if resource := policies.resource:
        trust = resource.kind == "trust"
        reason = Reason.DENIED_BY_TRUST if trust else Reason.DENIED_BY_RESOURCE
        yield reason, (resource,)
    if not principal.administrator:
        if policies.boundary:
            yield Reason.DENIED_BY_BOUNDARY, (policies.boundary,)
        if policies.session:
            yield Reason.DENIED_BY_SESSION, policies.session


def _allow(request: Request, policies: Policies) -> _Verdict:
    """Whether enough policies allow what none denies."""
    principal = request.principal
    granted = _granted_by_resource(request, policies.resource)
    missing = _missing_from_resource(policies.resource)
    if principal.kind in ("service", "anonymous"):
        return (Reason.ALLOWED, granted[1]) if granted else (missing, None)
    within = principal.account == request.resource_account
    if not granted and (not within or _must_allow(policies.resource)):
        lacking = _allow_by_identity(request, policies) if not within else None
        return lacking if lacking and not _allows(lacking) else (missing, None)
    if granted and within:
        naming, source = granted
        if naming is Naming.PRINCIPAL:
            return Reason.ALLOWED, source
        if naming is Naming.ROLE and not principal.administrator:
            return _limits(request, policies) or (Reason.ALLOWED, source)
    return _allow_by_identity(request, policies)


def _allow_by_identity(request: Request, policies: Policies) -> _Verdict:
    """The principal's own side: its policies within its boundary and its session's."""
    if request.principal.administrator or request.principal.kind == "root":
        return Reason.ADMINISTRATOR, None
    for _, source in matching(request, policies.identity, "Allow"):
        return _limits(request, policies) or (Reason.ALLOWED, source)
    return Reason.NO_IDENTITY, None


def _limits(request: Request, policies: Policies) -> _Verdict | None:
    """What doesn't allow the request of the boundary and the session policies."""
    boundary = policies.boundary
    if boundary and not any(matching(request, (boundary,), "Allow")):
        return Reason.NO_BOUNDARY, None
    if policies.session is not None:
        if not any(matching(request, policies.session, "Allow")):
            return Reason.NO_SESSION, None
    elif request.principal.kind == "federated-user":
        # A federated user's session without session policies has no permissions.
        return Reason.NO_SESSION, None
    return None


def _granted_by_resource(request: Request, policy: Policy | None) -> _Found | None:
    """The Allow of the resource's policy that names the principal most closely."""
    if policy is None:
        return None
    found = matching(request, (policy,), "Allow")
    return max(found, key=lambda one: one[0], default=None)


def _missing_from_resource(policy: Policy | None) -> Reason:
    trust = policy is not None and policy.kind == "trust"
    return Reason.NO_TRUST if trust else Reason.NO_RESOURCE


def _must_allow(policy: Policy | None) -> bool:
    """Whether the resource's policy has to allow even its own account's principals."""
    return policy is not None and policy.kind in ("trust", "key")


def _allows(verdict: _Verdict) -> bool:
    return verdict[0] in _ALLOWING


def matching(
    request: Request,
    policies: Sequence[Policy],
    effect: Effect,
    *,
    bounded: bool = False,
) -> Iterator[_Found]:
    """The statements of one effect that apply, with how each names the principal.

    `bounded` says whether the principal has a permissions boundary.
    """
    documents = tuple([policy.document for policy in policies])
    action, resource = request.action, request.resource
    for number, statement in _about(documents, action, resource, effect):
        if statement.covers(request):
            naming = _naming(statement, request.principal, bounded=bounded)
            if naming:
                policy = policies[number]
                yield naming, Source(policy, statement.index, statement.sid)


@lru_cache(maxsize=4096)
def _about(
    documents: tuple[Document, ...], action: str, resource: str, effect: Effect
) -> tuple[tuple[int, Statement], ...]:
    """The statements of an effect that may be about an action on a resource.

    With the number of the document. The same policies are asked about the same again
    and again; what depends on the rest of a request is left to the statement.
    """
    return tuple(
        (number, statement)
        for number, document in enumerate(documents)
        for statement in document.statements
        if statement.effect == effect
        and statement.names_action(action)
        and statement.may_name_resource(resource)
    )


def _naming(statement: Statement, principal: Principal, *, bounded: bool) -> Naming:
    """How a statement names a principal, which may have a permissions boundary.

    "The NotPrincipal element with a Deny effect will always deny any IAM principal
    that has a permissions boundary policy attached."
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    element = statement.principals
    if element is None or (element.negated and bounded):
        return Naming.PRINCIPAL
    return element.naming(principal, statement.effect)


def _asked(reason: Reason, policies: Policies) -> tuple[Policy, ...]:
    """The policies that could have allowed what was refused for this reason."""
    resource = (policies.resource,) if policies.resource else ()
    boundary = (policies.boundary,) if policies.boundary else ()
    return {
        Reason.NO_IDENTITY: (*policies.identity, *resource),
        Reason.NO_RESOURCE: resource,
        Reason.NO_TRUST: resource,
        Reason.NO_BOUNDARY: boundary,
        Reason.NO_SESSION: policies.session or (),
    }.get(reason, ())
