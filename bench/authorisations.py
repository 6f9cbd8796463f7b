"""How long the gate takes to authorise a call, in an interpreter of its own.

Run as `python -m bench.authorisations COUNT`; prints milliseconds as JSON. The cloud
runs in the same process, so that its gate can be timed apart from the call.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from bench.figures import Missing, Reading, median_of

PREFIX = "AUTHORISATIONS "
POLICIES = 20
WARM_UP = 50  # calls of each kind that aren't counted
LIMIT = 300  # seconds

_REGION = "us-east-1"
_USER, _GROUP, _TABLE = "bench-user", "bench-group", "bench-table"


def authorising(count: int) -> Reading:
    """Milliseconds that the gate takes for a user's call.

    The user has 20 policies, half of them of its group; only the last one allows the
    call. Beside it, in the note, the gate for the administrator, who is held to none.
    """
    ran = subprocess.run(
        [sys.executable, "-m", "bench.authorisations", str(count)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    for line in ran.stdout.splitlines():
        if line.startswith(PREFIX):
            taken = json.loads(line.removeprefix(PREFIX))
            beside = median_of(taken["administrator"])
            if isinstance(beside, Missing):
                return beside
            return median_of(
                taken["user"], note=f"{beside.value:.3f} ms for the administrator"
            )
    last = (ran.stderr or "it printed nothing").strip().splitlines()[-1]
    return Missing(last[:200])


def measured(count: int) -> dict[str, list[float]]:
    """Milliseconds in the gate, for calls of a user and of the administrator."""
    from grader.cloud.cloud import Cloud

    cloud = Cloud()
    cloud.start()
    admit = cloud.gate.admit
    taken: list[float] = []

    def timed(environ: Any, credentials: Any) -> Any:
        began = time.perf_counter()
        admitted = admit(environ, credentials)
        taken.append((time.perf_counter() - began) * 1e3)
        return admitted

    try:
        administrator = _client(cloud.endpoint_url, "test", "test")
        user = _client(cloud.endpoint_url, *_keys(cloud.endpoint_url, administrator))
        for _ in range(WARM_UP):
            _call(user)
            _call(administrator)
        cloud.gate.admit = timed  # type: ignore[method-assign]
        for _ in range(count):
            _call(user)
            _call(administrator)
    finally:
        cloud.close()
    return {"user": taken[::2], "administrator": taken[1::2]}


def _call(client: Any) -> None:
    client.get_item(TableName=_TABLE, Key={"id": {"S": "1"}})


def _client(endpoint: str, key: str, secret: str, service: str = "dynamodb") -> Any:
    import boto3

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
    """Three statements, each of which has to be looked at for a GetItem."""
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
    print(PREFIX + json.dumps(measured(int(sys.argv[1]))), flush=True)
