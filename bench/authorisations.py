"""How long the gate takes to authorise a call.

Run as `python -m bench.authorisations` it is a local cloud whose gate is timed: it
prints its endpoint, and at the end of its input the milliseconds of every call.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from bench.figures import Missing, Reading, median_of

POLICIES = 20
WARM_UP = 50  # calls of each kind that aren't counted
LIMIT = 60  # seconds that the cloud has to end

_REGION = "us-east-1"
_USER, _GROUP, _TABLE = "bench-user", "bench-group", "bench-table"


def authorising(count: int) -> Reading:
    """Milliseconds that the gate takes for a user's call.

    The user has 20 policies, half of them of its group; only the last one allows the
    call. Beside it, in the note, the gate for the administrator, who is held to none.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "bench.authorisations"],
        cwd=Path(__file__).resolve().parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as cloud:
        assert cloud.stdin and cloud.stdout
        endpoint = cloud.stdout.readline().strip()
        if not endpoint:
            return Missing("the cloud did not start")
        _make_calls(endpoint, WARM_UP + count)
        printed, _ = cloud.communicate(timeout=LIMIT)
    taken = json.loads(printed)[-2 * count :]
    beside = median_of(taken[1::2])
    note = "" if isinstance(beside, Missing) else f"{beside.value:.3f} ms"
    return median_of(taken[::2], note=f"{note} for the administrator")


def serve() -> None:
    """The cloud, until its input ends."""
    from grader.cloud.cloud import Cloud

    cloud = Cloud()
    admit = cloud.gate.admit
    taken: list[float] = []

    def timed(environ: Any, credentials: Any) -> Any:
        began = time.perf_counter()
        admitted = admit(environ, credentials)
        taken.append((time.perf_counter() - began) * 1e3)
        return admitted

    cloud.gate.admit = timed  # type: ignore[method-assign]
    cloud.start()
    try:
        print(cloud.endpoint_url, flush=True)
        sys.stdin.read()
    finally:
        cloud.close()
    print(json.dumps(taken), flush=True)


def _make_calls(endpoint: str, count: int) -> None:
    """Calls of the user and of the administrator, in turns."""
    administrator = _client(endpoint, "test", "test")
    user = _client(endpoint, *_keys(endpoint, administrator))
    for _ in range(count):
        for client in (user, administrator):
            client.get_item(TableName=_TABLE, Key={"id": {"S": "1"}})


def _client(endpoint: str, key: str, secret: str, service: str = "dynamodb") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=_REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def _keys(endpoint: str, administrator: Any) -> tuple[str, str]:
    """Make a table, and a user who may read it; returns the user's keys."""
    table = administrator.create_table(
        TableName=_TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = table["TableDescription"]["TableArn"]
    iam = _client(endpoint, "test", "test", "iam")
    iam.create_user(UserName=_USER)
    iam.create_group(GroupName=_GROUP)
    iam.add_user_to_group(GroupName=_GROUP, UserName=_USER)
    for number in range(POLICIES):
        last = number == POLICIES - 1
        made = iam.create_policy(
            PolicyName=f"bench-{number}",
            PolicyDocument=_document(arn if last else f"{arn}-{number}"),
        )["Policy"]["Arn"]
        if number < POLICIES // 2:
            iam.attach_user_policy(UserName=_USER, PolicyArn=made)
        else:
            iam.attach_group_policy(GroupName=_GROUP, PolicyArn=made)
    key = iam.create_access_key(UserName=_USER)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _document(table: str) -> str:
    """Three statements about reading items, one of which may allow it."""
    statements = [
        {
            "Effect": "Deny",
            "Action": "dynamodb:*Item",
            "Resource": f"{table}-of-others",
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:Get*", "dynamodb:Query"],
            "Resource": f"{table}/index/${{aws:username}}-*",
        },
        {
            "Effect": "Allow",
            "Action": "dynamodb:*",
            "Resource": table,
            "Condition": {"StringEquals": {"aws:RequestedRegion": _REGION}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


if __name__ == "__main__":
    serve()
