"""What is kept costs by the hour of the lab's clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from grader.cloud.cloud import Cloud
from grader.cloud.metering.usage import Usage
from tests.cloud.conftest import Account

HOUR, DAY = 3600, 86400


@pytest.fixture(scope="module")
def moving() -> Iterator[Account]:
    """An account in a cloud of the module's own, whose clock the tests move."""
    cloud = Cloud()
    cloud.start()
    yield Account(cloud)
    cloud.close()


@pytest.fixture
def keeper(moving: Account) -> Account:
    """An empty account at half past an hour."""
    account, access_key_id, secret = moving.cloud.fresh_account()
    clock = moving.cloud.clock
    clock.advance(-clock.now() % HOUR + HOUR / 2)
    return Account(moving.cloud, keys=(access_key_id, secret), account=account)


def hours(account: Account, meter: str) -> int | Fraction:
    """Return a meter's unit-hours, of all months; a bill counts what is due."""
    metering = account.cloud.metering
    metering.bill(account.id)
    usage: Usage = metering.usage
    months = usage.months(account.id)
    return sum(usage.of(account.id, month).get(meter, 0) for month in months)


def test_what_is_kept_counts_at_each_full_hour(keeper: Account) -> None:
    """Nothing within the hour; then one hour for each that is full."""
    clock = keeper.cloud.clock
    keeper.client("secretsmanager").create_secret(Name="token", SecretString="s")
    clock.advance(HOUR / 4)
    assert hours(keeper, "secretsmanager.secrets") == 0
    clock.advance(HOUR / 2)
    assert hours(keeper, "secretsmanager.secrets") == 1
    clock.advance(10 * HOUR)
    assert hours(keeper, "secretsmanager.secrets") == 11


def test_what_is_gone_isnt_counted_any_more(keeper: Account) -> None:
    """Hours count that were over before it was deleted."""
    secrets, clock = keeper.client("secretsmanager"), keeper.cloud.clock
    secrets.create_secret(Name="token", SecretString="s")
    clock.advance(3 * HOUR)
    secrets.delete_secret(SecretId="token", ForceDeleteWithoutRecovery=True)
    clock.advance(3 * HOUR)
    assert hours(keeper, "secretsmanager.secrets") == 3


def test_objects_count_by_byte_and_version(keeper: Account) -> None:
    """Storage is byte-hours: of every version, and of parts of unfinished uploads."""
    s3 = keeper.client("s3")
    s3.create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": keeper.region}
    )
    s3.put_bucket_versioning(
        Bucket="kept", VersioningConfiguration={"Status": "Enabled"}
    )
    for size in (100, 10):
        s3.put_object(Bucket="kept", Key="cat", Body=b"x" * size)
    s3.delete_object(Bucket="kept", Key="cat")
    upload = s3.create_multipart_upload(Bucket="kept", Key="big")["UploadId"]
    s3.upload_part(
        Bucket="kept", Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 5
    )
    keeper.cloud.clock.advance(2 * HOUR)
    assert hours(keeper, "s3.storage") == 2 * 115


def test_items_count_with_what_aws_adds(keeper: Account) -> None:
    """An item's bytes and a hundred more, in the table and in each index."""
    client = keeper.client("dynamodb")
    client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "by")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-whom",
                "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="orders", Item={"pk": {"S": "12"}, "by": {"S": "me"}})
    client.put_item(TableName="orders", Item={"pk": {"S": "34"}})
    keeper.cloud.clock.advance(HOUR)
    assert hours(keeper, "dynamodb.storage") == 2 * (8 + 100) + (4 + 100)


def test_provisioned_units_count_whether_used_or_not(keeper: Account) -> None:
    """Capacity that is bought costs by the hour."""
    keeper.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3},
    )
    keeper.cloud.clock.advance(2 * HOUR)
    assert hours(keeper, "dynamodb.provisioned-reads") == 14
    assert hours(keeper, "dynamodb.provisioned-writes") == 6


def test_log_bytes_stay_until_they_are_deleted(keeper: Account) -> None:
    """What was ingested is stored from then on."""
    logs, clock = keeper.client("logs"), keeper.cloud.clock
    logs.create_log_group(logGroupName="door")
    logs.create_log_stream(logGroupName="door", logStreamName="front")

    def put(message: str) -> None:
        logs.put_log_events(
            logGroupName="door",
            logStreamName="front",
            logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
        )

    put("open")
    clock.advance(HOUR)
    put("closed")
    clock.advance(HOUR)
    logs.delete_log_group(logGroupName="door")
    clock.advance(HOUR)
    assert hours(keeper, "logs.storage") == 4 + 10
    assert hours(keeper, "logs.ingested") == 10


def test_log_bytes_go_with_their_stream_and_their_retention(keeper: Account) -> None:
    """Each hour has what was left then, in bytes of messages alone."""
    logs, clock = keeper.client("logs"), keeper.cloud.clock
    logs.create_log_group(logGroupName="door")
    for stream, message in (("front", "open"), ("back", "zögernd")):
        logs.create_log_stream(logGroupName="door", logStreamName=stream)
        logs.put_log_events(
            logGroupName="door",
            logStreamName=stream,
            logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
        )
    clock.advance(HOUR)
    assert hours(keeper, "logs.storage") == 4 + 8
    logs.delete_log_stream(logGroupName="door", logStreamName="back")
    clock.advance(HOUR)
    assert hours(keeper, "logs.storage") == 4 + 8 + 4
    logs.put_retention_policy(logGroupName="door", retentionInDays=1)
    clock.advance(DAY)
    before = hours(keeper, "logs.storage")
    clock.advance(HOUR)
    assert hours(keeper, "logs.storage") == before == 4 + 8 + 4 + 24 * 4


def test_alarms_count_in_every_state(keeper: Account) -> None:
    """An alarm without data costs too; composite alarms have another price."""
    cloudwatch = keeper.client("cloudwatch")
    for name in ("one", "two"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Studio",
            MetricName="bookings",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("one")')
    keeper.cloud.clock.advance(HOUR)
    assert hours(keeper, "cloudwatch.alarms") == 2


def test_custom_metrics_count_in_hours_with_data(keeper: Account) -> None:
    """A metric costs for the hours in which it reports; AWS's own are free."""
    cloudwatch, clock = keeper.client("cloudwatch"), keeper.cloud.clock
    for _ in range(2):
        for name in ("bookings", "bookings", "visitors"):
            cloudwatch.put_metric_data(
                Namespace="Studio", MetricData=[{"MetricName": name, "Value": 1.0}]
            )
        clock.advance(HOUR)
    clock.advance(5 * HOUR)
    assert hours(keeper, "cloudwatch.metrics") == 4


def test_keys_count_until_their_deletion_is_planned(keeper: Account) -> None:
    """A key of one's own costs; one that waits for its deletion doesn't."""
    kms, clock = keeper.client("kms"), keeper.cloud.clock
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    clock.advance(HOUR)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(HOUR)
    assert hours(keeper, "kms.keys") == 1


def test_months_have_bills_of_their_own(keeper: Account) -> None:
    """What is kept over the turn of a month is billed in both, and nothing is lost."""
    metering, clock = keeper.cloud.metering, keeper.cloud.clock
    keeper.client("secretsmanager").create_secret(Name="token", SecretString="s")
    first = metering.bill(keeper.id)["month"]
    clock.advance(40 * DAY)
    said = metering.bill(keeper.id)
    assert said["month"] > first
    assert said["months"] == [first, *months_after(first, said["month"])]
    quantities = [
        Decimal(metering.bill(keeper.id, month)["lines"][-1]["quantity"])
        for month in said["months"]
    ]
    assert len(said["months"]) == 2 or quantities[1] == 1
    assert hours(keeper, "secretsmanager.secrets") == 40 * 24


def months_after(first: str, last: str) -> list[str]:
    year, month = map(int, first.split("-"))
    found: list[str] = []
    while not found or found[-1] < last:
        year, month = year + month // 12, month % 12 + 1
        found.append(datetime(year, month, 1, tzinfo=UTC).strftime("%Y-%m"))
    return found
