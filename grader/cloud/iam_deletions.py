"""What has to go before a user, a group or a policy can.

moto deletes them with all that hangs on them, and keeps a deleted user's keys working.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
"""

from __future__ import annotations

from collections.abc import Iterable

from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend


class GuardedDeletions(IAMBackend):  # type: ignore[misc]
    """moto's IAM, which refuses what AWS refuses. Roles and profiles moto guards."""

    def delete_user(self, user_name: str) -> None:
        """Delete a user that has nothing left, as DeleteUser does."""
        user = self.get_user(user_name)
        groups = [group for group in self.groups.values() if user in group.users]
        _refuse_if(
            (user.access_keys, "must delete access keys first"),
            (user.password, "must delete login profile first"),
            (groups, "must remove users from group first"),
            (user.mfa_devices, "must delete MFA device first"),
            (user.ssh_public_keys, "must remove referenced objects first"),
            (user.signing_certificates, "must remove referenced objects first"),
        )
        super().delete_user(user_name)

    def delete_group(self, group_name: str) -> None:
        """Delete a group without members and policies, as DeleteGroup does."""
        group = self.groups.get(group_name)
        if group is not None:
            _refuse_if(
                (group.users, "must remove users from group first"),
                (group.managed_policies, "must detach all policies first"),
                (group.policies, "must delete policies first"),
            )
        super().delete_group(group_name)

    def delete_policy(self, policy_arn: str) -> None:
        """Delete a policy that holds nobody, as DeletePolicy does."""
        policy = self.get_policy(policy_arn)
        if policy.attachment_count or self._bounds_somebody(policy_arn):
            raise DeleteConflictException(
                "Cannot delete a policy attached to entities."
            )
        if len(policy.versions) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, "
                "you must delete the policy's versions. The default version is deleted "
                "with the policy."
            )
        super().delete_policy(policy_arn)

    def _bounds_somebody(self, policy_arn: str) -> bool:
        return any(
            getattr(holder, "permissions_boundary_arn", None) == policy_arn
            for holder in (*self.users.values(), *self.roles.values())
        )


def _refuse_if(*left: tuple[Iterable[object] | str | None, str]) -> None:
    for found, first in left:
        if found:
            raise DeleteConflictException(f"Cannot delete entity, {first}.")
