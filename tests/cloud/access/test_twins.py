"""What a request says twice is one thing for the gate and another for moto."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.cloud.access.conftest import Identity, allow, user
from tests.cloud.access.test_disguises import FORM, asked
from tests.cloud.conftest import Account

MINE, OTHERS = "mine", "of-others"
TARGET = {"X-Amz-Target": "DynamoDB_20120810.DescribeTable"}


@pytest.fixture(scope="module")
def ann(account: Account) -> Identity:
    """Somebody who may look at one user, one table, one folder, and has no more."""
    account.client("s3").create_bucket(
        Bucket="shelves",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    for name in (MINE, OTHERS):
        account.client("iam").create_user(UserName=name)
        account.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return user(
        account,
        allow("iam:GetUser", f"arn:aws:iam::*:user/{MINE}"),
        allow("dynamodb:DescribeTable", f"arn:aws:dynamodb:*:*:table/{MINE}"),
        allow("s3:ListBucket", Condition={"StringEquals": {"s3:prefix": "mine/"}}),
    )


@pytest.mark.parametrize(
    ("named", "admitted"),
    [
        (["UserName=mine"], True),
        (["UserName=of-others"], False),
        (["UserName=mine", "UserName=of-others"], False),
        (["UserName=of-others", "UserName=mine"], False),
        (["UserName=of-others", "username=mine"], False),
        (["username=mine", "UserName=of-others"], False),
    ],
)
@pytest.mark.parametrize("kind", ["in the URL", "form", "FORM"])
def test_a_form(ann: Identity, kind: str, named: list[str], admitted: bool) -> None:
    """However it is sent: moto takes the first of two, a dict has the last one."""
    fields = ["Action=GetUser", "Version=2010-05-08", *named]
    path, body, headers = "/", "&".join(fields), dict(FORM)
    if kind == "in the URL":
        path, body, headers = f"/?{body}", "", {}
    elif kind == "FORM":
        headers = {"Content-Type": FORM["Content-Type"].upper()}
    status = asked(ann, "iam", "POST", path, headers=headers, body=body)
    assert status == (200 if admitted else 403)


@pytest.mark.parametrize("name", [MINE, OTHERS])
def test_a_form_in_parts(ann: Identity, name: str) -> None:
    """Its fields count, and not those in the URL."""
    fields = {"Action": "GetUser", "Version": "2010-05-08", "UserName": name}
    head = '--edge\r\nContent-Disposition: form-data; name="'
    parts = [f'{head}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    status = asked(
        ann,
        "iam",
        "POST",
        "/?Action=GetUser&Version=2010-05-08&UserName=mine",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
        body="".join(parts) + "--edge--\r\n",
    )
    assert status == (200 if name == MINE else 403)


@pytest.mark.parametrize(
    ("request_body", "admitted"),
    [
        ({"TableName": MINE}, True),
        ({"TableName": OTHERS}, False),
        ({"TableName": OTHERS, "tableName": MINE}, False),
        ({"tableName": MINE, "TableName": OTHERS}, False),
    ],
)
def test_json(ann: Identity, request_body: dict[str, str], admitted: bool) -> None:
    """Names of another case don't count for DynamoDB."""
    body = json.dumps(request_body)
    status = asked(ann, "dynamodb", "POST", "/", headers=TARGET, body=body)
    assert status == 200 if admitted else status in (400, 403)


@pytest.mark.parametrize("table", [MINE, OTHERS])
def test_a_compressed_body(ann: Identity, table: str) -> None:
    """SDKs compress large ones."""
    headers = {**TARGET, "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"TableName": table}).encode())
    status = asked(ann, "dynamodb", "POST", "/", headers=headers, body=body)
    assert status == (200 if table == MINE else 400)


def test_what_only_says_that_it_is_compressed(ann: Identity) -> None:
    """Nothing is known of it, so it isn't admitted."""
    headers = {**TARGET, "Content-Encoding": "gzip"}
    body = json.dumps({"TableName": OTHERS})
    assert asked(ann, "dynamodb", "POST", "/", headers=headers, body=body) == 400


@pytest.mark.parametrize(
    ("query", "admitted"),
    [
        ("prefix=mine/", True),
        ("prefix=of-others/", False),
        ("prefix=of-others/&prefix=mine/", False),
        ("prefix=mine/&prefix=of-others/", False),
    ],
)
def test_arguments_of_a_url(ann: Identity, query: str, admitted: bool) -> None:
    """A folder that may be listed, beside one that may not."""
    status = asked(ann, "s3", "GET", f"/shelves?list-type=2&{query}")
    assert status == (200 if admitted else 403)
