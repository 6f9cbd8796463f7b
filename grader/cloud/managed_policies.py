"""AWS's managed policies, such as AWSLambdaBasicExecutionRole, under their names.

moto can have them, but loads all of them for each partition of each account at its
first use, which takes a second. Here an account has them when it first asks.
"""

from __future__ import annotations

import json
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


class _IAMBackend(
    SessionMaximums,
    PolicyWrites,
    UnlistedAdministrator,
    GuardedDeletions,
    NamedEntities,
):
    _policies: dict[str, ManagedPolicy] | None = None

    def _init_managed_policies(self) -> dict[str, ManagedPolicy]:
        """Give none to moto's constructor: it would ask for all of them here."""
        return {}

    @property
    def _url_module(self) -> ModuleType:
        urls: ModuleType = moto.iam.urls
        return urls

    @property
    def managed_policies(self) -> dict[str, ManagedPolicy]:
        """Every managed policy that the account sees, by its ARN."""
        if self._policies is None:
            self._policies = {
                arn: _of_account(policy, self.account_id)
                for arn, policy in _policies_of_aws(self.region_name).items()
            }
        return self._policies

    @managed_policies.setter
    def managed_policies(self, policies: dict[str, ManagedPolicy]) -> None:
        # moto sets what it loaded at the start: nothing, so that we load it later.
        if policies:
            self._policies = policies

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

    There are more than a thousand: ``copy.copy`` takes three times as long.
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
    known = vars(backend).get("_policies") or {}
    return [
        policy
        for policy in list(known.values())
        if not isinstance(policy, AWSManagedPolicy)
    ]
