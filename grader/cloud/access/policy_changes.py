"""Counts what changes managed policies, so that an authorisation needn't look at each.

moto keeps a policy's default version in an attribute that every way to change it
sets: CreatePolicy, CreatePolicyVersion, SetDefaultPolicyVersion, and stacks.
"""

from __future__ import annotations

import itertools

from moto.iam.models import ManagedPolicy

_counter = itertools.count(1)
_changes = [0]


def changes() -> int:
    """How many changes there were so far, in all accounts."""
    return _changes[0]


def _get(policy: ManagedPolicy) -> str:
    return str(policy.__dict__["default_version_id"])


def _set(policy: ManagedPolicy, version: str) -> None:
    policy.__dict__["default_version_id"] = version
    _changes[0] = next(_counter)


ManagedPolicy.default_version_id = property(_get, _set)
