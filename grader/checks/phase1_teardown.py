"""teardown: an account in which nothing is left."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.given_functions import TRUST
from grader.checks.probe import REGIONS, Probe, quoted

HANDLER = "def handler(event, context):\n    return {}\n"


MISCONCEPTIONS = {
    "bucket-takes-all": "You may think that deleting a bucket deletes what is in "
    "it. S3 refuses, so that nobody loses photos by deleting a name.",
    "objects-are-all": "You may think that a bucket without objects is empty. Old "
    "versions and delete markers are still there: list versions, not objects.",
    "one-region": "You may think that a client sees the whole account. It sees its "
    "own Region; what stands in another has to be removed there.",
    "logs-go-along": "You may think that a log group vanishes by itself. It stays "
    "until you delete it, and its lines are paid for.",
    "permissions-are-nothing": "You may think that users and roles are no things. "
    "They cost nothing, but a forgotten key is an open door.",
    "alarms-go-along": "You may think that an alarm goes when its metric has no "
    "values any more. It stays, and an alarm has a price.",
    "runs-once": "You may think that clean-up runs once. It is interrupted, and "
    "started again, so it has to be content with what is gone already.",
    "names-are-known": "You may think that you know the names. Others make things, "
    "too; the inventory knows all of them.",
}


@exercise(
    "teardown",
    hints=(
        "Look at cloud.inventory() after your function ran: what is left is what it "
        "forgot. For buckets, list versions and not objects. For the rest, look at the "
        "column with the Region.",
        "for found in cloud.____():\n"
        "    match found.____:\n"
        '        case "bucket":\n'
        "            s3 = cloud.session(found.____).resource('s3')\n"
        "            bucket = s3.Bucket(found.name)\n"
        "            bucket.____.delete()      # versions and delete markers, too\n"
        "            bucket.delete()\n"
        '        case "table":\n'
        '            cloud.client("dynamodb", ____).delete_table(TableName=____)',
    ),
    explain_back="explain-teardown",
    misconceptions=MISCONCEPTIONS,
)
def teardown(probe: Probe, teardown: Work, *, variation: bool) -> None:
    """Afterwards nothing is left in the account, and it can run again."""
    account = probe if variation else probe.fresh(probe.region)
    _furnish(account, "spring", rich=variation)
    _run(account, teardown)
    nothing_left(account, "I filled an account and called your teardown")
    _run_again(account, teardown)
    if variation:
        _furnish(account, "autumn", rich=False)
        _run(account, teardown)
        nothing_left(account, "I filled the account with other things and called it")


def _run(probe: Probe, teardown: Work) -> None:
    try:
        teardown(probe.cloud_argument())
    except Raised as fault:
        if "BucketNotEmpty" not in fault.message:
            raise
        left = [holds for holds in _contents(probe) if any(holds[1:])]
        emptied = [holds for holds in left if not holds[1]]
        raise Failed(
            "I filled an account and called your teardown; S3 refused to delete a "
            "bucket that isn't empty.",
            expected="every bucket is emptied, then deleted",
            observed="; ".join(
                f"{name}: {objects} objects, {old} old versions, {markers} delete "
                "markers"
                for name, objects, old, markers in emptied or left
            ),
            look="what is deleted before the bucket: objects, old versions and delete "
            "markers",
            misconception="objects-are-all" if emptied else "bucket-takes-all",
        ) from None


def _run_again(probe: Probe, teardown: Work) -> None:
    try:
        teardown(probe.cloud_argument())
    except Raised as fault:
        raise Failed(
            "I called your teardown a second time, when nothing was left; it raised "
            f"{fault.kind}.",
            expected="no error: there is nothing to do",
            observed=fault.message,
            look="names that are written into your code, and errors of what is gone",
            misconception="runs-once",
        ) from None


def nothing_left(probe: Probe, story: str) -> None:
    """Fail when the account's inventory has a row; says which mistake that is."""
    left = probe.inventory()
    if not left:
        return
    kinds = {row.kind for row in left}
    elsewhere = all(row.region not in (probe.region, "global") for row in left)
    raise Failed(
        f"{story}; {len(left)} {'thing is' if len(left) == 1 else 'things are'} left.",
        expected="an empty inventory",
        observed=repr(left),
        look="the kinds in the list: which of them does your function not remove?",
        misconception="one-region"
        if elsewhere
        else "logs-go-along"
        if kinds <= {"log group", "metric filter"}
        else "alarms-go-along"
        if kinds == {"alarm"}
        else "permissions-are-nothing"
        if kinds <= {"role", "user", "access key"}
        else "names-are-known",
    )


def _contents(probe: Probe) -> list[tuple[str, int, int, int]]:
    """Name, objects, old versions and delete markers of each bucket that is left."""
    found = []
    for row in probe.inventory():
        if row.kind != "bucket":
            continue
        s3 = probe.client("s3", row.region)
        answer = s3.list_object_versions(Bucket=row.name)
        versions = answer.get("Versions", [])
        objects = sum(one["IsLatest"] for one in versions)
        markers = len(answer.get("DeleteMarkers", []))
        found.append((row.name, objects, len(versions) - objects, markers))
    return found


def _furnish(probe: Probe, season: str, *, rich: bool) -> None:
    """Put one of each kind into an account, some of it in another Region."""
    away = next(region for region in REGIONS if region != probe.region)
    name = probe.name(f"juniper-{season}")
    _bucket(probe, f"{name}-plain", probe.region, versioned=False)
    _bucket(probe, f"{name}-kept", probe.region, versioned=True, many=rich)
    _bucket(probe, f"{name}-away", away, versioned=rich)
    probe.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for region in (probe.region, away):
        probe.client("logs", region).create_log_group(logGroupName=f"/{name}")
    probe.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Juniper",
        MetricName="Rings",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    probe.client("apigateway").create_rest_api(name=name)
    role = _people(probe, name)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("index.py", HANDLER)
    probe.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": memory.getvalue()},
    )


def _people(probe: Probe, name: str) -> str:
    """A user with a key, and a role for functions; answers with the role's ARN."""
    iam = probe.client("iam")
    nothing = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    iam.attach_role_policy(
        RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    iam.create_access_key(UserName=name)
    return str(role["Role"]["Arn"])


def _bucket(
    probe: Probe, name: str, region: str, *, versioned: bool, many: bool = False
) -> None:
    s3 = probe.client("s3", region)
    place: dict[str, Any] = {}
    if region != "us-east-1":
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
    if versioned:
        s3.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
    for content in (b"first", b"second"):
        s3.put_object(Bucket=name, Key="a photo of Zoë.jpg", Body=content)
    for number in range(12 if many else 1):
        s3.put_object(Bucket=name, Key=f"2026/{number}.jpg", Body=quoted(number))
    if versioned:
        s3.delete_object(Bucket=name, Key="a photo of Zoë.jpg")
