"""Conditions on what is known of a request: who, how, when, and on what."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.access.conftest import Identity, allow, document, refusal, user
from tests.cloud.conftest import Account


def table(account: Account, name: str, **more: Any) -> str:
    made = account.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    return str(made["TableDescription"]["TableArn"])


def works(call: Any, **arguments: Any) -> bool:
    """Whether a call is allowed; any other failure is the test's."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("AccessDenied"):
            return False
        raise
    return True


def only_if(operator: str, key: str, value: Any, *actions: str) -> dict[str, Any]:
    return allow(actions or "s3:ListAllMyBuckets", Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:username", "${aws:username}"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/person-*"),
        ("StringEquals", "aws:PrincipalType", "User"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:ViaAWSService", "false"),
        ("IpAddress", "aws:SourceIp", "127.0.0.0/8"),
        ("StringLike", "aws:UserAgent", "Boto3/*"),
        ("DateLessThan", "aws:CurrentTime", "2199-01-01T00:00:00Z"),
        ("NumericGreaterThan", "aws:EpochTime", "1700000000"),
        ("Null", "aws:MultiFactorAuthPresent", "true"),
        ("Null", "aws:TokenIssueTime", "true"),
        ("StringEquals", "s3:authType", "REST-HEADER"),
    ],
)
def test_a_user_with_a_key_of_his_own(
    ann: Identity, operator: str, key: str, value: str
) -> None:
    """Each key that such a request has, and two that it hasn't."""
    ann.may(only_if(operator, key, value))
    assert works(ann.client("s3").list_buckets)


def test_time_is_the_labs(own_account: Account) -> None:
    """A permission that ends does so on the lab's clock."""
    ann = user(own_account)
    clock = own_account.cloud.clock
    ann.may(only_if("NumericLessThan", "aws:EpochTime", str(int(clock.now()) + 3600)))
    assert works(ann.client("s3").list_buckets)
    clock.advance(3600)
    assert not works(ann.client("s3").list_buckets)


def test_tags_of_who_asks(fresh_account: Account, ann: Identity) -> None:
    """aws:PrincipalTag is what the user is tagged with at that moment."""
    ann.may(only_if("StringEquals", "aws:PrincipalTag/Team", "blue"))
    iam = fresh_account.client("iam")
    assert not works(ann.client("s3").list_buckets)
    iam.tag_user(UserName=ann.name, Tags=[{"Key": "Team", "Value": "blue"}])
    assert works(ann.client("s3").list_buckets)


def test_tags_of_what_is_asked_for(fresh_account: Account, ann: Identity) -> None:
    """aws:ResourceTag, here of tables."""
    for name in ("blue", "red"):
        table(fresh_account, name, Tags=[{"Key": "Team", "Value": name}])
    ann.may(
        only_if(
            "StringEquals", "aws:ResourceTag/Team", "blue", "dynamodb:DescribeTable"
        )
    )
    describe = ann.client("dynamodb").describe_table
    assert works(describe, TableName="blue")
    assert not works(describe, TableName="red")


def test_tags_that_a_request_gives(ann: Identity) -> None:
    """aws:RequestTag and aws:TagKeys."""
    ann.may(
        allow(
            ["iam:CreateRole", "iam:TagRole"],
            Condition={
                "StringEquals": {"aws:RequestTag/Team": "blue"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
            },
        )
    )
    iam = ann.client("iam")
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
    given = {"RoleName": "made", "AssumeRolePolicyDocument": trust}
    blue, more = {"Key": "Team", "Value": "blue"}, {"Key": "Other", "Value": "x"}
    assert not works(iam.create_role, **given)
    assert not works(iam.create_role, **given, Tags=[blue, more])
    assert works(iam.create_role, **given, Tags=[blue])


def test_only_ones_own_items(fresh_account: Account, ann: Identity) -> None:
    """dynamodb:LeadingKeys in every way to name an item."""
    arn = table(fresh_account, "diaries")
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    actions = [f"dynamodb:{name}Item" for name in ("Get", "Put", "Update", "Delete")]
    batches = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:Query"]
    ann.may(allow([*actions, *batches], arn, Condition=own))
    client = ann.client("dynamodb")

    def tried(owner: str) -> list[bool]:
        key, on = {"owner": {"S": owner}}, {"TableName": "diaries"}
        return [
            works(client.get_item, Key=key, **on),
            works(client.put_item, Item=key, **on),
            works(
                client.update_item,
                Key=key,
                UpdateExpression="SET #n = :n",
                ExpressionAttributeNames={"#n": "n"},
                ExpressionAttributeValues={":n": {"N": "1"}},
                **on,
            ),
            works(
                client.query,
                KeyConditionExpression="#o = :o",
                ExpressionAttributeNames={"#o": "owner"},
                ExpressionAttributeValues={":o": {"S": owner}},
                **on,
            ),
            works(client.batch_get_item, RequestItems={"diaries": {"Keys": [key]}}),
            works(
                client.batch_write_item,
                RequestItems={"diaries": [{"PutRequest": {"Item": key}}]},
            ),
            works(
                client.transact_write_items,
                TransactItems=[{"Put": {"Item": key, **on}}],
            ),
            works(client.delete_item, Key=key, **on),
        ]

    assert tried(ann.name) == [True] * 8
    assert tried("somebody-else") == [False] * 8


def test_only_some_attributes(fresh_account: Account, ann: Identity) -> None:
    """dynamodb:Attributes with dynamodb:Select, as for fine-grained access."""
    arn = table(fresh_account, "people")
    ann.may(
        allow(
            ["dynamodb:GetItem", "dynamodb:Query"],
            arn,
            Condition={
                "ForAllValues:StringEquals": {"dynamodb:Attributes": ["owner", "name"]},
                "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
            },
        )
    )
    get = ann.client("dynamodb").get_item
    key = {"TableName": "people", "Key": {"owner": {"S": "x"}}}
    names = {"ExpressionAttributeNames": {"#n": "name"}}
    assert works(get, ProjectionExpression="#n", **names, **key)
    assert not works(get, ProjectionExpression="#n, salary", **names, **key)
    assert not works(get, ProjectionExpression="salary.net", **key)


def test_only_one_folder(fresh_account: Account, ann: Identity) -> None:
    """s3:prefix is asked of listings."""
    fresh_account.client("s3").create_bucket(
        Bucket="folders-of-people",
        CreateBucketConfiguration={"LocationConstraint": fresh_account.region},
    )
    ann.may(
        allow(
            "s3:ListBucket",
            "arn:aws:s3:::folders-of-people",
            Condition={"StringLike": {"s3:prefix": "home/${aws:username}/*"}},
        )
    )
    listing = ann.client("s3").list_objects_v2
    assert works(listing, Bucket="folders-of-people", Prefix=f"home/{ann.name}/")
    assert not works(listing, Bucket="folders-of-people", Prefix="home/")
    assert not works(listing, Bucket="folders-of-people")


def test_tags_of_an_object(fresh_account: Account, ann: Identity) -> None:
    """s3:ExistingObjectTag of what is there, s3:RequestObjectTag of what comes."""
    s3 = fresh_account.client("s3")
    s3.create_bucket(
        Bucket="tagged-objects",
        CreateBucketConfiguration={"LocationConstraint": fresh_account.region},
    )
    s3.put_object(Bucket="tagged-objects", Key="open", Body=b"", Tagging="open=yes")
    s3.put_object(Bucket="tagged-objects", Key="shut", Body=b"")
    ann.may(
        only_if("StringEquals", "s3:ExistingObjectTag/open", "yes", "s3:GetObject"),
        only_if("StringEquals", "s3:RequestObjectTag/open", "no", "s3:PutObject"),
    )
    client, on = ann.client("s3"), {"Bucket": "tagged-objects"}
    assert works(client.get_object, Key="open", **on)
    assert not works(client.get_object, Key="shut", **on)
    assert works(client.put_object, Key="new", Body=b"", Tagging="open=no", **on)
    assert not works(client.put_object, Key="new", Body=b"", **on)


def test_only_in_one_region(ann: Identity) -> None:
    """s3:LocationConstraint of a new bucket."""
    ann.may(
        only_if("StringEquals", "s3:LocationConstraint", "eu-west-1", "s3:CreateBucket")
    )
    create = ann.client("s3").create_bucket
    place = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert works(create, Bucket="bucket-made-in-ireland", **place)
    create = ann.client("s3", "us-east-1").create_bucket
    assert not works(create, Bucket="bucket-made-in-virginia")


def test_a_function_says_which_it_is(fresh_account: Account) -> None:
    """lambda:SourceFunctionArn is in the requests of a function's own code."""
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('s3').list_buckets()\n"
    )
    names = [fresh_account.deploy(code, MemorySize=256, Timeout=30) for _ in range(2)]
    arn = (
        f"arn:aws:lambda:{fresh_account.region}:{fresh_account.id}:function:{names[0]}"
    )
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    fresh_account.client("iam").put_role_policy(
        RoleName="execution",
        PolicyName="one",
        PolicyDocument=document(allow("s3:ListAllMyBuckets", Condition=condition)),
    )
    assert [bool(fresh_account.invoke(name).error) for name in names] == [False, True]


def test_what_a_role_is_passed_to(fresh_account: Account, ann: Identity) -> None:
    """iam:PassRole is needed beside lambda:CreateFunction, and knows the service."""
    ann.may(allow("lambda:CreateFunction"))
    role = fresh_account.role
    given = {
        "FunctionName": "passed",
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "app.handler",
        "Code": {"ZipFile": b"PK"},
    }
    create = ann.client("lambda").create_function
    assert refusal(create, **given)[1] == (
        f"User: {ann.arn} is not authorized to perform: iam:PassRole on resource:"
        f" {role} because no identity-based policy allows the iam:PassRole action"
    )
    for service, message in (
        ("ecs.amazonaws.com", "iam:PassRole"),
        ("lambda.amazonaws.com", "Could not unzip"),
    ):
        ann.may(
            allow("lambda:CreateFunction"),
            allow(
                "iam:PassRole",
                role,
                Condition={"StringEquals": {"iam:PassedToService": service}},
            ),
        )
        assert message in refusal(create, **given)[1]
