"""AWS's managed policies, such as AWSLambdaBasicExecutionRole, under their names.

moto can have them, but loads all of them for each partition of each account at its
first use, which takes a second. Here they are read once, and an account has a copy of
one when it first asks for that one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from functools import cache
from types import ModuleType

import moto.iam.urls
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy, iam_backends

from grader.cloud.access.policy_writes import PolicyWrites
from grader.cloud.access.session_durations import SessionMaximums
from grader.cloud.administrator import UnlistedAdministrator
from grader.cloud.iam_deletions import GuardedDeletions
from grader.cloud.iam_names import NamedEntities


class Policies(MutableMapping[str, ManagedPolicy]):
    """The policies that an account sees, by their ARN.

    There are more than a thousand of AWS's; each account counts its own attachments.
    """

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region
        # None stands for one of AWS's that nobody has asked for.
        self._kept: dict[str, ManagedPolicy | None] = dict.fromkeys(
            _policies_of_aws(region)
        )

    def __getitem__(self, arn: str) -> ManagedPolicy:
        policy = self._kept[arn]
        if policy is None:
            policy = _of_account(_policies_of_aws(self._region)[arn], self._account)
            policy = self._kept[arn] = policy
        return policy

    def __setitem__(self, arn: str, policy: ManagedPolicy) -> None:
        self._kept[arn] = policy

    def __delitem__(self, arn: str) -> None:
        del self._kept[arn]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, arn: object) -> bool:
        return arn in self._kept

    def customers(self) -> list[ManagedPolicy]:
        """Those that the account made itself."""
        return [
            policy
            for policy in list(self._kept.values())
            if policy is not None and not isinstance(policy, AWSManagedPolicy)
        ]


class _IAMBackend(
    SessionMaximums,
    PolicyWrites,
    UnlistedAdministrator,
    GuardedDeletions,
    NamedEntities,
):
    _policies: Policies | None = None

    def _init_managed_policies(self) -> dict[str, ManagedPolicy]:
        """Give none to moto's constructor: it would ask for all of them here."""
        return {}

    @property
    def _url_module(self) -> ModuleType:
        urls: ModuleType = moto.iam.urls
        return urls

    @property
    def managed_policies(self) -> Policies:
        """Every managed policy that the account sees, by its ARN."""
        if self._policies is None:
            self._policies = Policies(self.account_id, self.region_name)
        return self._policies

    @managed_policies.setter
    def managed_policies(self, policies: dict[str, ManagedPolicy]) -> None:
        # moto sets what it loaded at the start: nothing, so that we load it later.
        if policies:
            raise RuntimeError("moto loads the managed policies by itself again")

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        """Attach a policy; moto looks at all of them to find it, or to refuse."""
        if policy_arn not in self.managed_policies:
            super().attach_role_policy(policy_arn, role_name)
        self.managed_policies[policy_arn].attach_to(self.get_role(role_name))

    def detach_role_policy(self, policy_arn: str, role_name: str) -> None:
        """Take a policy from a role; moto looks at all to find it, or to refuse."""
        policies = self.managed_policies
        if (
            policy_arn not in policies
            or policy_arn not in self.get_role(role_name).managed_policies
        ):
            super().detach_role_policy(policy_arn, role_name)
        policies[policy_arn].detach_from(self.get_role(role_name))

    @property
    def aws_managed_policies(self) -> list[ManagedPolicy]:
        """Those of the managed policies that AWS made."""
        return [
            policy
            for policy in self.managed_policies.values()
            if isinstance(policy, AWSManagedPolicy)
        ]

    @aws_managed_policies.setter
    def aws_managed_policies(self, policies: list[ManagedPolicy]) -> None:
        if policies:
            raise RuntimeError("moto loads the managed policies by itself again")


def _of_account(policy: AWSManagedPolicy, account: str) -> AWSManagedPolicy:
    """Copy a policy, of which an account has its own count of attachments.

    Some calls list them all: ``copy.copy`` takes three times as long.
    """
    own: AWSManagedPolicy = object.__new__(AWSManagedPolicy)
    vars(own).update(vars(policy), account_id=account)
    return own


@cache
def _policies_of_aws(region: str) -> dict[str, AWSManagedPolicy]:
    """AWS's policies by their ARN, read once: each account copies them."""
    policies = [
        AWSManagedPolicy.from_data(name, "aws", region, policy)
        for name, policy in json.loads(aws_managed_policies_data).items()
    ]
    return {policy.arn: policy for policy in policies}


def install() -> None:
    """Make moto's IAM load AWS's managed policies when they are asked for."""
    if iam_backends.backend is not _IAMBackend:
        iam_backends.backend = _IAMBackend
        iam_backends.clear()


def customer_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    """The policies that an account made itself; AWS's aren't loaded for it."""
    known = vars(backend).get("_policies")
    return known.customers() if known is not None else []
