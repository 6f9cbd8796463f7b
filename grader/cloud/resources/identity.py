"""Users, groups, roles, policies and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import IAMBackend

from grader.cloud.administrator import is_administrator
from grader.cloud.managed_policies import customer_policies
from grader.cloud.resources.resource import Readers, Resource, counted


def _iam(backend: IAMBackend) -> Iterator[Resource]:
    account = backend.account_id
    for user in list(backend.users.values()):
        keys = list(user.access_keys)
        if is_administrator(account, user.name):
            # The lab made it, with its first key.
            keys = keys[1:]
        else:
            yield Resource("user", user.name, _policies(user))
        for key in keys:
            yield Resource("access key", key.access_key_id, f"of {user.name}")
    for group in list(backend.groups.values()):
        members = counted(len(group.users), "user")
        yield Resource("group", group.name, f"{members}, {_policies(group)}")
    for role in list(backend.roles.values()):
        if not role.path.startswith("/aws-service-role/"):
            yield Resource("role", role.name, _policies(role))
    for policy in customer_policies(backend):
        attached = counted(policy.attachment_count, "time")
        yield Resource("policy", policy.arn, f"attached {attached}")
    for profile in list(backend.instance_profiles.values()):
        yield Resource("instance profile", profile.name)
    for provider in list(backend.saml_providers.values()):
        yield Resource("SAML provider", provider.arn)
    for provider in list(backend.open_id_providers.values()):
        yield Resource("OpenID provider", provider.arn)
    for device in list(backend.virtual_mfa_devices.values()):
        yield Resource("MFA device", device.serial_number)
    for certificate in list(backend.certificates.values()):
        yield Resource("server certificate", certificate.cert_name)


def _policies(holder: Any) -> str:
    attached, inline = len(holder.managed_policies), len(holder.policies)
    return f"policies: {attached} attached, {inline} inline"


def _kms(backend: Any) -> Iterator[Resource]:
    for key in list(backend.keys.values()):
        aliases = sorted(key.aliases)
        # A key can't be deleted at once: who schedules that has done what there is.
        if key.key_state == "PendingDeletion":
            continue
        if any(alias.startswith("alias/aws/") for alias in aliases):
            continue
        yield Resource("key", key.id, key.description)
        for alias in aliases:
            yield Resource("key alias", alias, f"of {key.id}")


READERS: Readers = {"iam": _iam, "kms": _kms}
