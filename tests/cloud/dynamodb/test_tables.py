"""Tables: how they are described, their states, and what they are refused for."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto.dynamodb.models.table import Table

from tests.cloud.dynamodb.conftest import Lab, item, refusal

INVALID = "One or more parameter values were invalid: "
KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
TYPES = [{"AttributeName": "pk", "AttributeType": "S"}]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def described(lab: Lab, table: str) -> dict[str, Any]:
    found: dict[str, Any] = lab.client.describe_table(TableName=table)["Table"]
    return found


def test_an_on_demand_table(lab: Lab) -> None:
    """It has no throughput, a billing mode, and no empty lists."""
    one = described(lab, lab.table(TableName="on-demand"))
    assert {name: value for name, value in one.items() if "Date" not in name} == {
        "TableName": "on-demand",
        "TableId": one["TableId"],
        "TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/on-demand",
        "TableStatus": "ACTIVE",
        "KeySchema": KEY,
        "AttributeDefinitions": TYPES,
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": one["CreationDateTime"],
        },
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "WarmThroughput": {
            "ReadUnitsPerSecond": 12_000,
            "WriteUnitsPerSecond": 4_000,
            "Status": "ACTIVE",
        },
        "DeletionProtectionEnabled": False,
        "ItemCount": 0,
        "TableSizeBytes": 0,
    }


def test_a_provisioned_table(lab: Lab) -> None:
    """Its units, and no billing mode."""
    table = lab.table(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    one = described(lab, table)
    assert one["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **UNITS}
    assert "BillingModeSummary" not in one


def test_a_table_has_states(lab: Lab) -> None:
    """It is made, is there, is taken away; moto's is active all the time."""
    made = lab.client.create_table(
        TableName="states",
        KeySchema=KEY,
        AttributeDefinitions=TYPES,
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    there = described(lab, "states")
    gone = lab.client.delete_table(TableName="states")["TableDescription"]
    states = [one["TableStatus"] for one in (made, there, gone)]
    assert states == ["CREATING", "ACTIVE", "DELETING"]


def test_regions_are_apart(lab: Lab) -> None:
    """A table is in the Region where it was made, and nowhere else."""
    table = lab.table()
    other = boto3.client(
        "dynamodb",
        endpoint_url=lab.cloud.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert refusal(other.describe_table, TableName=table) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {table} not found",
    )
    assert table not in other.list_tables()["TableNames"]


def test_names_are_taken_once(lab: Lab) -> None:
    """A second table of the name is refused."""
    table = lab.table()
    assert refusal(lab.table, TableName=table) == (
        "ResourceInUseException",
        f"Table already exists: {table}",
    )


@pytest.mark.parametrize(
    ("operation", "members", "message"),
    [
        ("get_item", {"Key": item(pk="a")}, "Requested resource not found"),
        ("put_item", {"Item": item(pk="a")}, "Requested resource not found"),
        ("scan", {}, "Requested resource not found"),
        (
            "delete_table",
            {},
            "Requested resource not found: Table: none-such not found",
        ),
        (
            "describe_table",
            {},
            "Requested resource not found: Table: none-such not found",
        ),
    ],
)
def test_what_isnt_there(
    lab: Lab, operation: str, members: dict[str, Any], message: str
) -> None:
    """Operations on tables name it, operations on items don't."""
    told = refusal(getattr(lab.client, operation), TableName="none-such", **members)
    assert told == ("ResourceNotFoundException", message)


def test_a_protected_table_stays(lab: Lab) -> None:
    """Until its protection is taken off."""
    table = lab.table(DeletionProtectionEnabled=True)
    code, message = refusal(lab.client.delete_table, TableName=table)
    assert code == "ValidationException"
    assert message.startswith("Resource cannot be deleted as it is currently protected")
    lab.client.update_table(TableName=table, DeletionProtectionEnabled=False)
    lab.client.delete_table(TableName=table)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"TableName": "ab"},
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy"
            " constraint: Member must have length greater than or equal to 3",
        ),
        (
            {"TableName": "with space"},
            "1 validation error detected: Value 'with space' at 'tableName' failed to"
            " satisfy constraint: Member must satisfy regular expression pattern:"
            " [a-zA-Z0-9_.-]+",
        ),
        (
            {"KeySchema": [{"AttributeName": "pk", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"ProvisionedThroughput": UNITS},
            INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be"
            " specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"BillingMode": "PROVISIONED"},
            INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified"
            " when BillingMode is PROVISIONED",
        ),
        (
            {"AttributeDefinitions": [{"AttributeName": "no", "AttributeType": "S"}]},
            INVALID
            + "Some index key attributes are not defined in AttributeDefinitions."
            " Keys: [pk], AttributeDefinitions: [no]",
        ),
        (
            {
                "AttributeDefinitions": [
                    *TYPES,
                    {"AttributeName": "more", "AttributeType": "S"},
                ]
            },
            INVALID + "Number of attributes in KeySchema does not exactly match number"
            " of attributes defined in AttributeDefinitions",
        ),
    ],
)
def test_what_a_table_is_refused_for(
    lab: Lab, members: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    table = {
        "TableName": "refused",
        "KeySchema": KEY,
        "AttributeDefinitions": TYPES,
        "BillingMode": "PAY_PER_REQUEST",
    }
    told = refusal(lab.client.create_table, **table | members)
    assert told == ("ValidationException", message)


@pytest.mark.parametrize(
    "members", [{"TableClass": "STANDARD_INFREQUENT_ACCESS"}, {"ResourcePolicy": "{}"}]
)
def test_what_moto_ignores_is_refused_loudly(lab: Lab, members: dict[str, Any]) -> None:
    """Nothing is taken that then does nothing."""
    assert refusal(lab.table, **members)[0] == "NotImplementedException"


def test_throughput_has_to_change(lab: Lab) -> None:
    """The same units again are refused; others are taken."""
    table = lab.table(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    update = lab.client.update_table
    code, message = refusal(update, TableName=table, ProvisionedThroughput=UNITS)
    assert code == "ValidationException"
    assert message.startswith(
        "The provisioned throughput for the table will not change. The requested value"
        " equals the current value. Current ReadCapacityUnits provisioned for the"
        " table: 5."
    )
    more = UNITS | {"ReadCapacityUnits": 9}
    told = update(TableName=table, ProvisionedThroughput=more)["TableDescription"]
    assert told["TableStatus"] == "UPDATING"
    assert described(lab, table)["ProvisionedThroughput"]["ReadCapacityUnits"] == 9


def test_a_table_becomes_on_demand(lab: Lab) -> None:
    """It loses its units, and says since when."""
    table = lab.table(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    lab.client.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
    one = described(lab, table)
    assert one["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert one["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_tables_are_listed_by_name(lab: Lab) -> None:
    """In pages, if one wants; moto lists them as they were made."""
    for name in ("zzz-c", "zzz-a", "zzz-b"):
        lab.table(TableName=name)
    list_tables = lab.client.list_tables
    first = list_tables(ExclusiveStartTableName="zzz", Limit=2)
    assert first["TableNames"] == ["zzz-a", "zzz-b"]
    rest = list_tables(ExclusiveStartTableName=first["LastEvaluatedTableName"])
    assert (rest["TableNames"], "LastEvaluatedTableName" in rest) == (["zzz-c"], False)


def test_a_tag_has_one_value(lab: Lab) -> None:
    """moto keeps the old one beside the new one."""
    arn = described(lab, lab.table())["TableArn"]
    for value in ("old", "new"):
        lab.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": value}])
    tags = lab.client.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "k", "Value": "new"}]


def test_seams_of_moto(lab: Lab) -> None:
    """The attributes that we read and set are still there."""
    from moto.dynamodb.models import dynamodb_backends

    name = lab.table(indexes={"by-who": "who:S"})
    table = dynamodb_backends["123456789012"]["eu-west-1"].tables[name]
    assert isinstance(table, Table)
    for seam in (
        "billing_mode",
        "throughput",
        "items",
        "ttl",
        "stream_specification",
        "latest_stream_label",
        "deletion_protection_enabled",
        "table_arn",
        "created_at",
        "tags",
        "global_indexes",
        "all_indexes",
        "describe",
    ):
        assert hasattr(table, seam), seam
