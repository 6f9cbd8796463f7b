"""teardown, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "teardown"


def _versions(s3: Any, name: str) -> list[dict[str, str]]:
    answer = s3.list_object_versions(Bucket=name)
    return [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for one in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    ]


def _bucket(cloud: Any, name: str, region: str) -> None:
    s3 = cloud.client("s3", region)
    while found := _versions(s3, name):
        s3.delete_objects(Bucket=name, Delete={"Objects": found})
    s3.delete_bucket(Bucket=name)


def _role(cloud: Any, name: str, region: str) -> None:
    iam = cloud.client("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for found in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=found["PolicyArn"])
    iam.delete_role(RoleName=name)


def _user(cloud: Any, name: str, region: str) -> None:
    iam = cloud.client("iam")
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)


REMOVE: dict[str, Callable[[Any, str, str], Any]] = {
    "bucket": _bucket,
    "role": _role,
    "user": _user,
    "table": lambda cloud, name, region: cloud.client("dynamodb", region).delete_table(
        TableName=name
    ),
    "log group": lambda cloud, name, region: cloud.client(
        "logs", region
    ).delete_log_group(logGroupName=name),
    "alarm": lambda cloud, name, region: cloud.client(
        "cloudwatch", region
    ).delete_alarms(AlarmNames=[name]),
    "rest api": lambda cloud, name, region: cloud.client(
        "apigateway", region
    ).delete_rest_api(restApiId=name),
    "function": lambda cloud, name, region: cloud.client(
        "lambda", region
    ).delete_function(FunctionName=name),
}


def removes(
    *, without: tuple[str, ...] = (), here_only: bool = False, **instead: Any
) -> Callable[[Any], None]:
    """A teardown that goes through the inventory, with some of it left out."""
    how = {**REMOVE, **instead}

    def teardown(cloud: Any) -> None:
        for kind, remove in how.items():
            if kind in without:
                continue
            for row in cloud.inventory():
                elsewhere = row.region not in (cloud.region, "global")
                if row.kind == kind and not (here_only and elsewhere):
                    remove(cloud, row.name, row.region)

    return teardown


def by_service(cloud: Any) -> None:
    """Without the inventory: Region by Region, service by service."""
    regions = cloud.client("ec2").describe_regions()["Regions"]
    for bucket in cloud.client("s3").list_buckets()["Buckets"]:
        home = cloud.client("s3").head_bucket(Bucket=bucket["Name"])["BucketRegion"]
        _bucket(cloud, bucket["Name"], home)
    for region in sorted(one["RegionName"] for one in regions):
        logs, tables = cloud.client("logs", region), cloud.client("dynamodb", region)
        for group in logs.describe_log_groups()["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
        for table in tables.list_tables()["TableNames"]:
            tables.delete_table(TableName=table)
    here = cloud.client("cloudwatch"), cloud.client("apigateway")
    for alarm in here[0].describe_alarms()["MetricAlarms"]:
        here[0].delete_alarms(AlarmNames=[alarm["AlarmName"]])
    for api in here[1].get_rest_apis()["items"]:
        here[1].delete_rest_api(restApiId=api["id"])
    functions = cloud.client("lambda")
    for function in functions.list_functions()["Functions"]:
        functions.delete_function(FunctionName=function["FunctionName"])
    iam = cloud.client("iam")
    for role in iam.list_roles()["Roles"]:
        _role(cloud, role["RoleName"], "")
    for user in iam.list_users()["Users"]:
        if user["UserName"] != "administrator":
            _user(cloud, user["UserName"], "")


def objects_only(cloud: Any, name: str, region: str) -> None:
    """Empty a bucket of what list_objects shows."""
    s3 = cloud.client("s3", region)
    for found in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=found["Key"])
    s3.delete_bucket(Bucket=name)


def bare(cloud: Any, name: str, region: str) -> None:
    """Delete a bucket as if it were empty."""
    cloud.client("s3", region).delete_bucket(Bucket=name)


def once() -> Callable[[Any], None]:
    """Remembers the names of the first run."""
    names: list[Any] = []

    def teardown(cloud: Any) -> None:
        names.extend(row for row in cloud.inventory() if row.kind in REMOVE)
        for row in names:
            REMOVE[row.kind](cloud, row.name, row.region)

    return teardown


@pytest.mark.parametrize("answer", [removes(), by_service], ids=["rows", "services"])
def test_right_answers_pass(judge: Judge, answer: Callable[[Any], None]) -> None:
    """By the inventory's rows, or by each service's own list."""
    said = judge(CHECK, answer)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("answer", "misconception", "words"),
    [
        (removes(bucket=bare), "bucket-takes-all", "isn't empty"),
        (removes(bucket=objects_only), "objects-are-all", "delete markers"),
        (removes(here_only=True), "one-region", "left"),
        (removes(without=("log group",)), "logs-go-along", "left"),
        (removes(without=("alarm",)), "alarms-go-along", "left"),
        (removes(without=("user", "role")), "permissions-are-nothing", "left"),
        (removes(without=("table", "rest api")), "names-are-known", "left"),
        (once(), "runs-once", "a second time"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, answer: Callable[[Any], None], misconception: str, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, answer)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
