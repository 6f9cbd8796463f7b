"""Safes for the tests of the capstone: two right ones, and any number of wrong ones.

`safe()` builds with `create_…` calls and inline policies, `other_safe` with resources,
customer managed policies and tags that are put on afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Deploy = Callable[[Any], Any]
DESK = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
PHOTOS = ["s3:GetObject", "s3:PutObject"]
TAGS = [{"Key": "project", "Value": "safe"}]


def document(*statements: tuple[Any, Any]) -> str:
    """A policy that allows actions on resources."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": actions, "Resource": resources}
                for actions, resources in statements
            ],
        }
    )


def trust(principal: Any) -> str:
    """A trust policy for one principal."""
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def place(region: str) -> dict[str, Any]:
    """What CreateBucket wants to be told in a Region."""
    if region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def tables(cloud: Any, *, tags: list[dict[str, str]]) -> None:
    """The two tables."""
    for name, keys in (("asked", ("email", "at")), ("booked", ("slot",))):
        cloud.client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in keys
            ],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
            **({"Tags": tags} if tags else {}),
        )


def door(cloud: Any, answer: str = '{"status": "ok"}', *, stage: bool = True) -> str:
    """A REST API with one MOCK method; answers with its id."""
    gateway = cloud.client("apigateway")
    api = str(gateway.create_rest_api(name="door")["id"])
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    made = gateway.create_resource(restApiId=api, parentId=root, pathPart="health")
    where = {"restApiId": api, "resourceId": made["id"], "httpMethod": "GET"}
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_integration(
        **where,
        type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    gateway.put_method_response(**where, statusCode="200")
    gateway.put_integration_response(
        **where, statusCode="200", responseTemplates={"application/json": answer}
    )
    if stage:
        gateway.create_deployment(restApiId=api, stageName="v1")
    return api


def bell(
    cloud: Any, group: str, *, pattern: str = '{ $.level = "ERROR" }', **changes: Any
) -> str:
    """A metric filter and an alarm on a log group; answers with the alarm's name."""
    cloud.client("logs").put_metric_filter(
        logGroupName=group,
        filterName="errors",
        filterPattern=pattern,
        metricTransformations=[
            {"metricNamespace": "Safe", "metricName": "Bad", "metricValue": "1"}
        ],
    )
    alarm = {
        "AlarmName": "bell",
        "Namespace": "Safe",
        "MetricName": "Bad",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 3,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    kept = {key: value for key, value in {**alarm, **changes}.items() if value}
    cloud.client("cloudwatch").put_metric_alarm(**kept)
    return "bell"


def safe(
    *,
    reception: Callable[[str, str], list[tuple[Any, Any]]] | None = None,
    owner: Callable[[str, str], list[tuple[Any, Any]]] | None = None,
    principal: Any = None,
    versioning: bool = True,
    tags: bool = True,
    days: int | None = 30,
    answer: str = '{"status": "ok"}',
    stage: bool = True,
    alarm: dict[str, Any] | None = None,
    without: str | None = None,
    instead: dict[str, Any] | None = None,
) -> Deploy:
    """A deploy function; what is changed makes it wrong.

    `reception` and `owner` get the table's ARN and the bucket's, and give statements.
    """

    def at_the_desk(table: str, bucket: str) -> list[tuple[Any, Any]]:
        return [(DESK, table)]

    def at_home(table: str, bucket: str) -> list[tuple[Any, Any]]:
        return [([*DESK, "dynamodb:DeleteItem"], [table]), (PHOTOS, f"{bucket}/*")]

    def deploy_safe(cloud: Any) -> dict[str, Any]:
        bucket, group = f"photos-{cloud.account}-{cloud.region}", "safe/log"
        marks = TAGS if tags else []
        s3, iam, logs = (cloud.client(name) for name in ("s3", "iam", "logs"))
        s3.create_bucket(Bucket=bucket, **place(cloud.region))
        if versioning:
            s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        if tags:
            s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": TAGS})
        tables(cloud, tags=marks)
        asked = f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/asked"
        whom = principal or {"AWS": f"arn:aws:iam::{cloud.account}:root"}
        for role, allowed in (
            ("at-the-desk", reception or at_the_desk),
            ("at-home", owner or at_home),
        ):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(whom))
            iam.put_role_policy(
                RoleName=role,
                PolicyName="work",
                PolicyDocument=document(*allowed(asked, f"arn:aws:s3:::{bucket}")),
            )
        logs.create_log_group(
            logGroupName=group, **({"tags": {"project": "safe"}} if tags else {})
        )
        if days is not None:
            logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        parts = {
            "bucket": bucket,
            "enquiries": "asked",
            "bookings": "booked",
            "reception": "at-the-desk",
            "owner": "at-home",
            "api": door(cloud, answer, stage=stage),
            "log_group": group,
            "alarm": bell(cloud, group, **(alarm or {})),
            **(instead or {}),
        }
        parts.pop(without or "", None)
        return parts

    return deploy_safe


def other_safe(cloud: Any) -> dict[str, str]:
    """The same safe in another style."""
    session = cloud.session()
    s3, iam = session.resource("s3"), session.resource("iam")
    bucket = s3.Bucket(f"juniper.{cloud.account}.{cloud.region}")
    bucket.create(**place(cloud.region))
    bucket.Versioning().enable()
    bucket.Tagging().put(Tagging={"TagSet": TAGS})
    dynamodb = session.client("dynamodb")
    tables(cloud, tags=[])
    arns = [
        dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        for name in ("asked", "booked")
    ]
    logs = session.client("logs")
    logs.create_log_group(logGroupName="log")
    logs.put_retention_policy(logGroupName="log", retentionInDays=30)
    group = f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:log"
    session.client("resourcegroupstaggingapi").tag_resources(
        ResourceARNList=[*arns, group], Tags={"project": "safe"}
    )
    allowed = {
        "desk": [(DESK, arns[0])],
        "house": [
            (["dynamodb:DeleteItem", *DESK], arns[0]),
            ("s3:GetObject", f"arn:aws:s3:::{bucket.name}/*"),
            ("s3:PutObject", f"arn:aws:s3:::{bucket.name}/*"),
        ],
    }
    for name, statements in allowed.items():
        policy = iam.create_policy(
            PolicyName=name, PolicyDocument=document(*statements)
        )
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust({"AWS": cloud.account})
        )
        role.attach_policy(PolicyArn=policy.arn)
    return {
        "bucket": bucket.name,
        "enquiries": "asked",
        "bookings": "booked",
        "reception": "desk",
        "owner": "house",
        "api": door(cloud),
        "log_group": "log",
        "alarm": bell(cloud, "log", Period=60, EvaluationPeriods=5) and _math(cloud),
    }


def _math(cloud: Any) -> str:
    """Another alarm on the same metric: more than two in five minutes."""
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName="louder bell",
        Namespace="Safe",
        MetricName="Bad",
        Statistic="SampleCount",
        Period=300,
        EvaluationPeriods=1,
        Threshold=2.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return "louder bell"
