"""Every call that reaches the cloud's port is authorised."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from grader.cloud.access.audit_trail import rows
from tests.cloud.access.conftest import Identity, allow, deny, document, refusal, user
from tests.cloud.conftest import Account


def bucket(account: Account, name: str) -> str:
    account.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    account.client("s3").put_object(Bucket=name, Key="a.txt", Body=b"hello")
    return name


def test_a_new_policy_holds_at_once(fresh_account: Account, ann: Identity) -> None:
    """What is put, attached, made the default or taken away counts at once."""
    name = bucket(fresh_account, "at-once")
    read = ann.client("s3").get_object
    iam = fresh_account.client("iam")
    ann.may(allow("s3:GetObject", f"arn:aws:s3:::{name}/*"))
    assert read(Bucket=name, Key="a.txt")["Body"].read() == b"hello"
    iam.delete_user_policy(UserName=ann.name, PolicyName="may")
    assert refusal(read, Bucket=name, Key="a.txt")[0] == "AccessDenied"
    policy = iam.create_policy(
        PolicyName="reading", PolicyDocument=document(deny("s3:*"))
    )["Policy"]["Arn"]
    iam.attach_user_policy(UserName=ann.name, PolicyArn=policy)
    assert "explicit deny" in refusal(read, Bucket=name, Key="a.txt")[1]
    iam.create_policy_version(
        PolicyArn=policy,
        PolicyDocument=document(allow("s3:GetObject")),
        SetAsDefault=True,
    )
    assert read(Bucket=name, Key="a.txt")["Body"].read() == b"hello"
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    assert refusal(read, Bucket=name, Key="a.txt")[0] == "AccessDenied"


def test_a_group_gives_its_policies(fresh_account: Account, ann: Identity) -> None:
    """Inline and managed policies of a group hold its users while they are in it."""
    iam = fresh_account.client("iam")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(
        GroupName="readers",
        PolicyName="lists",
        PolicyDocument=document(allow("s3:ListAllMyBuckets")),
    )
    iam.attach_group_policy(
        GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )
    iam.add_user_to_group(GroupName="readers", UserName=ann.name)
    ann.client("s3").list_buckets()
    ann.client("iam").list_users()
    iam.remove_user_from_group(GroupName="readers", UserName=ann.name)
    assert refusal(ann.client("s3").list_buckets)[0] == "AccessDenied"


def test_nobody_is_asked_who_asks_who_they_are(ann: Identity) -> None:
    """GetCallerIdentity needs no permission."""
    assert ann.client("sts").get_caller_identity()["Arn"] == ann.arn


def test_the_administrator_is_never_held(fresh_account: Account) -> None:
    """No identity policy is asked, not even one with a Deny."""
    fresh_account.client("iam").put_user_policy(
        UserName="administrator", PolicyName="no", PolicyDocument=document(deny("*"))
    )
    fresh_account.client("s3").list_buckets()


def test_a_user_of_the_first_account_named_so_is_no_administrator(
    account: Account,
) -> None:
    """There, whoever has a key of IAM's is held to policies."""
    iam = account.client("iam")
    iam.create_user(UserName="administrator")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    made = Identity(
        account, "administrator", "", key["AccessKeyId"], key["SecretAccessKey"]
    )
    assert refusal(made.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "call", "code", "status"),
    [
        ("iam", "list_users", "InvalidClientTokenId", 403),
        ("dynamodb", "list_tables", "UnrecognizedClientException", 400),
        ("lambda", "list_functions", "UnrecognizedClientException", 403),
        ("s3", "list_buckets", "InvalidAccessKeyId", 403),
        ("ec2", "describe_regions", "AuthFailure", 401),
    ],
)
def test_a_key_that_was_made_inactive_or_deleted_is_refused(
    account: Account, service: str, call: str, code: str, status: int
) -> None:
    """Each protocol has its code for it; it is never taken for the administrator's."""
    ann = user(account, allow("*"))
    iam, key = account.client("iam"), {"AccessKeyId": ann.access_key_id}
    ask = getattr(ann.client(service), call)
    ask()
    iam.update_access_key(UserName=ann.name, Status="Inactive", **key)
    inactive = refusal(ask)
    assert (inactive[0], inactive[2]) == (code, status)
    iam.update_access_key(UserName=ann.name, Status="Active", **key)
    ask()
    iam.delete_access_key(UserName=ann.name, **key)
    deleted = refusal(ask)
    assert (deleted[0], deleted[2]) == (code, status)


@pytest.mark.parametrize(
    ("service", "call", "code", "words"),
    [
        ("sqs", "list_queues", "InvalidSignatureException", "not 'eu-west-9'"),
        ("sns", "list_topics", "SignatureDoesNotMatch", "not 'eu-west-9'"),
        ("dynamodb", "list_tables", "InvalidSignatureException", "not 'eu-west-9'"),
        ("lambda", "list_functions", "InvalidSignatureException", "not 'eu-west-9'"),
        ("s3", "list_buckets", "AuthorizationHeaderMalformed", "'eu-west-9' is wrong"),
        ("ec2", "describe_vpcs", "AuthFailure", "not 'eu-west-9'"),
    ],
)
def test_a_region_that_isnt_there_is_refused(
    account: Account, service: str, call: str, code: str, words: str
) -> None:
    """By name, for the administrator as well; moto has no backend for it."""
    said = refusal(getattr(account.client(service, region="eu-west-9"), call))
    assert said[0] == code
    assert words in said[1]


def test_a_region_of_another_partition_is_there(account: Account) -> None:
    """Whoever has an account in China can have a lab there, too."""
    assert account.client("sqs", region="cn-north-1").list_queues()


def test_a_user_acts_as_who_he_is_called_now(account: Account) -> None:
    """A user that was renamed has another ARN, and the same key."""
    ann = user(account)
    account.client("iam").update_user(UserName=ann.name, NewUserName="renamed-now")
    _, message, _ = refusal(ann.client("s3").list_buckets)
    assert message.startswith(f"User: arn:aws:iam::{account.id}:user/renamed-now is")


def test_some_operations_are_for_who_has_no_credentials_yet(account: Account) -> None:
    """Signing up and in, as the service's model says; everything else is signed."""
    cognito = boto3.client(
        "cognito-idp",
        endpoint_url=account.cloud.endpoint_url,
        region_name=account.region,
        config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}),
    )
    sign_up = {"ClientId": "nobodys", "Username": "ann", "Password": "secret-1"}
    assert refusal(cognito.sign_up, **sign_up)[0] == "ResourceNotFoundException"
    listing = cognito.list_user_pools
    assert refusal(listing, MaxResults=1)[0] == "MissingAuthenticationTokenException"


def test_a_link_is_its_signers(fresh_account: Account, ann: Identity) -> None:
    """A presigned URL is authorised when it is used, as whoever signed it."""
    name = bucket(fresh_account, "links")
    link = ann.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": name, "Key": "a.txt"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link)
    assert refused.value.code == 403
    assert ann.arn in refused.value.read().decode()
    ann.may(allow("s3:GetObject", f"arn:aws:s3:::{name}/a.txt"))
    assert urllib.request.urlopen(link).read() == b"hello"


def test_a_form_is_its_signers(fresh_account: Account, ann: Identity) -> None:
    """So is a browser's upload, on the key that its form names."""
    import requests

    name = bucket(fresh_account, "forms")
    ann.may(allow("s3:PutObject", f"arn:aws:s3:::{name}/inbox/*"))
    s3 = ann.client("s3")

    def upload(key: str) -> int:
        form = s3.generate_presigned_post(name, key)
        files = {"file": b"abc"}
        sent = requests.post(form["url"], data=form["fields"], files=files, timeout=30)
        return int(sent.status_code)

    assert upload("inbox/a") == 204
    assert upload("outbox/a") == 403


def test_who_doesnt_sign_may_read_what_is_open(fresh_account: Account) -> None:
    """A bucket policy for everybody lets everybody in, and nobody else's does."""
    name = bucket(fresh_account, "open-to-all")
    address = f"{fresh_account.cloud.endpoint_url}/{name}/a.txt"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address)
    assert b"<Message>Access Denied</Message>" in refused.value.read()
    s3 = fresh_account.client("s3")
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={"BlockPublicPolicy": False},
    )
    s3.put_bucket_policy(
        Bucket=name,
        Policy=document(
            {**allow("s3:GetObject", f"arn:aws:s3:::{name}/*"), "Principal": "*"}
        ),
    )
    assert urllib.request.urlopen(address).read() == b"hello"


def test_a_denying_bucket_policy_holds_for_the_administrator(
    fresh_account: Account,
) -> None:
    """An explicit deny in a resource policy holds for everybody."""
    name = bucket(fresh_account, "denied-to-all")
    s3 = fresh_account.client("s3")
    s3.put_bucket_policy(
        Bucket=name,
        Policy=document(
            {**deny("s3:GetObject", f"arn:aws:s3:::{name}/*"), "Principal": "*"}
        ),
    )
    _, message, _ = refusal(s3.get_object, Bucket=name, Key="a.txt")
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_another_accounts_bucket_is_closed(
    fresh_account: Account, account: Account
) -> None:
    """To the administrator of another account as well, until its policy lets him in."""
    name = bucket(account, "of-the-first")
    theirs = fresh_account.client("s3")
    assert refusal(theirs.get_object, Bucket=name, Key="a.txt")[1] == "Access Denied"
    account.client("s3").put_bucket_policy(
        Bucket=name,
        Policy=document(
            {
                **allow("s3:GetObject", f"arn:aws:s3:::{name}/*"),
                "Principal": {"AWS": fresh_account.id},
            }
        ),
    )
    assert theirs.get_object(Bucket=name, Key="a.txt")["Body"].read() == b"hello"


def test_a_header_doesnt_change_whose_account_it_is(account: Account) -> None:
    """moto takes the account from x-moto-account-id, whoever sends it."""
    ann = user(account, allow("s3:ListAllMyBuckets"))
    client = ann.client("s3")

    def elsewhere(request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = "999999999999"

    client.meta.events.register("before-send.s3.ListBuckets", elsewhere)
    bucket(account, "seen-from-here")
    names = [one["Name"] for one in client.list_buckets()["Buckets"]]
    assert "seen-from-here" in names


def test_nobody_learns_of_a_key_that_he_may_not_list(
    fresh_account: Account, ann: Identity
) -> None:
    """A key that isn't there is refused, as s3:ListBucket is what could tell."""
    name = bucket(fresh_account, "few-may-list")
    arn = f"arn:aws:s3:::{name}"
    ann.may(allow("s3:GetObject", f"{arn}/*"))
    read = ann.client("s3").get_object
    code, message, _ = refusal(read, Bucket=name, Key="nowhere")
    assert code == "AccessDenied"
    assert f'perform: s3:ListBucket on resource: "{arn}" because' in message
    ann.may(allow(["s3:GetObject", "s3:ListBucket"], [arn, f"{arn}/*"]))
    assert refusal(read, Bucket=name, Key="nowhere")[0] == "NoSuchKey"


def test_many_keys_are_asked_for_one_by_one(
    fresh_account: Account, ann: Identity
) -> None:
    """DeleteObjects deletes what it may, and says of the others why it didn't."""
    name = bucket(fresh_account, "partly-deleted")
    ann.may(allow("s3:DeleteObject", f"arn:aws:s3:::{name}/a.txt"))
    answer = ann.client("s3").delete_objects(
        Bucket=name, Delete={"Objects": [{"Key": "a.txt"}, {"Key": "b.txt"}]}
    )
    assert [one["Key"] for one in answer["Deleted"]] == ["a.txt"]
    (error,) = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("b.txt", "AccessDenied")
    told = [
        (row.resource, row.decision)
        for row in rows(fresh_account.cloud.gate.trail.calls(fresh_account.id)[-1])
    ]
    assert told == [
        (f"arn:aws:s3:::{name}/a.txt", "allow"),
        (f"arn:aws:s3:::{name}/b.txt", "deny"),
    ]
