"""The same question has the same answer, until something of it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from moto.iam.models import ManagedPolicy

from grader.cloud.access.authorisation import decide
from grader.cloud.access.policy_changes import changes
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Principal
from tests.cloud.access.conftest import Identity, allow, document, user
from tests.cloud.conftest import Account

KEY = "arn:aws:s3:::of-nobody/key"


def caller(who: Identity) -> Caller:
    principals = who.account.cloud.gate.principals
    return principals.caller(who.access_key_id, None, 0)


def allowed(who: Identity, **context: str) -> bool:
    known = {key.replace("_", ":"): value for key, value in context.items()}
    return decide(caller(who), "s3:GetObject", KEY, known).allowed


def test_what_policies_dont_ask_for_doesnt_matter(ann: Identity) -> None:
    """Another time of day, and what they ask for in turn."""
    ann.may(allow("s3:*", Condition={"StringEquals": {"aws:userid": "a"}}))
    for _ in range(2):
        assert allowed(ann, aws_userid="a", aws_currenttime="now")
        assert not allowed(ann, aws_userid="b", aws_currenttime="now")
        assert not allowed(ann, aws_currenttime="later")


def test_a_variable_is_asked_for(ann: Identity) -> None:
    """A key within a value or a resource counts like a condition's own."""
    ann.may(allow("s3:*", "arn:aws:s3:::of-nobody/${aws:username}"))
    assert allowed(ann, aws_username="key")
    assert not allowed(ann, aws_username="other")


@pytest.mark.parametrize("administrator", [True, False])
def test_a_name_doesnt_make_an_administrator(
    account: Account, administrator: bool
) -> None:
    """Whoever asked first under the same ARN, with no policies of their own."""
    principal = Principal("user", f"arn:aws:iam::{account.id}:user/same", account.id)
    for power in (administrator, not administrator):
        asking = Caller(replace(principal, administrator=power))
        assert decide(asking, "s3:GetObject", KEY, {}).allowed == power


def test_a_change_of_policies_is_a_new_question(
    fresh_account: Account, ann: Identity
) -> None:
    """Of the user, his groups, and what is attached to them."""
    iam = fresh_account.client("iam")
    iam.create_group(GroupName="all")
    iam.add_user_to_group(GroupName="all", UserName=ann.name)
    assert not allowed(ann)
    iam.put_group_policy(
        GroupName="all", PolicyName="p", PolicyDocument=document(allow("s3:*"))
    )
    assert allowed(ann)
    iam.delete_group_policy(GroupName="all", PolicyName="p")
    assert not allowed(ann)
    policy = iam.create_policy(PolicyName="m", PolicyDocument=document(allow("sqs:*")))
    arn = policy["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="all", PolicyArn=arn)
    assert not allowed(ann)
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("s3:*")), SetAsDefault=True
    )
    assert allowed(ann)
    assert not allowed(user(fresh_account))


def test_a_policy_made_anew_is_another_one(fresh_account: Account) -> None:
    """Under the same name, and attached to the same group, in between to none."""
    iam = fresh_account.client("iam")
    who = user(fresh_account)
    iam.create_group(GroupName="some")
    iam.add_user_to_group(GroupName="some", UserName=who.name)
    for service in ("sqs", "s3"):
        text = document(allow(f"{service}:*"))
        policy = iam.create_policy(PolicyName="again", PolicyDocument=text)["Policy"]
        iam.attach_group_policy(GroupName="some", PolicyArn=policy["Arn"])
        assert allowed(who) == (service == "s3")
        iam.detach_group_policy(GroupName="some", PolicyArn=policy["Arn"])
        iam.delete_policy(PolicyArn=policy["Arn"])


def test_moto_keeps_the_default_version_where_it_is_counted() -> None:
    """Otherwise a change of it would go unnoticed."""
    before = changes()
    policy = ManagedPolicy("p", "123456789012", "us-east-1", document="{}")
    made = changes()
    policy.update_default_version("v1")
    assert before < made < changes()
    assert policy.default_version_id == "v1"
