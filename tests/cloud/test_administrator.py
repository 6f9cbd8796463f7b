from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.iam.models import IAMBackend


def test_the_administrator_isnt_listed(fresh_account: Any) -> None:
    """Deleting every user that IAM lists leaves the keys that a check works with."""
    iam = fresh_account.client("iam")
    iam.create_user(UserName="mei")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["mei"]
    details = iam.get_account_authorization_details(Filter=["User"])
    assert [user["UserName"] for user in details["UserDetailList"]] == ["mei"]


def test_the_first_accounts_users_are_all_listed(account: Any) -> None:
    """There a user of that name is the learner's."""
    iam = account.client("iam")
    iam.create_user(UserName="administrator")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["administrator"]
    iam.delete_user(UserName="administrator")


def test_moto_lists_every_user(fresh_account: Any) -> None:
    """Without our part the administrator would be there: the seam is where it was."""
    from moto.iam.models import iam_backends

    backend = iam_backends[fresh_account.id]["aws"]
    listed = IAMBackend.list_users(backend, None, None, None)
    assert [user.name for user in listed] == ["administrator"]


def test_the_labs_key_cant_be_deleted(fresh_account: Any) -> None:
    """Who deletes all that there is, its own key too, isn't locked out."""
    iam = fresh_account.client("iam")
    (listed,) = iam.list_access_keys()["AccessKeyMetadata"]
    key = {"AccessKeyId": listed["AccessKeyId"]}
    with pytest.raises(ClientError, match=r"UnmodifiableEntity.*the lab's own"):
        iam.delete_access_key(**key)
    with pytest.raises(ClientError, match=r"UnmodifiableEntity.*the lab's own"):
        iam.update_access_key(**key, Status="Inactive")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_user(UserName="administrator")
    said = fresh_account.client("sts").get_caller_identity()
    assert said["Account"] == fresh_account.id


def test_a_key_that_was_added_can_be_deleted(fresh_account: Any) -> None:
    """What a learner adds to the lab's user is the learner's."""
    iam = fresh_account.client("iam")
    added = iam.create_access_key()["AccessKey"]["AccessKeyId"]
    iam.update_access_key(AccessKeyId=added, Status="Inactive")
    iam.delete_access_key(AccessKeyId=added)
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
