"""Contact forms for tests: two right ones, and any number of wrong ones.

`contact` is Python behind an HTTP API, `node_contact` Node.js behind a function URL.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.checks.conftest import answer

Deploy = Callable[[Any, str], Any]
Lesson = dict[str, Any]
WRITES, READS = ["dynamodb:PutItem"], ["dynamodb:Scan"]
CORS = {
    "AllowMethods": ["POST"],
    "AllowHeaders": ["content-type", "idempotency-key"],
}


def contact(
    lesson: Lesson,
    *changes: tuple[str, str],
    listing: tuple[tuple[str, str], ...] = (),
    writes: list[str] = WRITES,
    cors: Callable[[str], dict[str, Any] | None] = lambda origin: {
        **CORS,
        "AllowOrigins": [origin],
    },
    ttl: bool = True,
    instead: dict[str, Any] | None = None,
) -> Deploy:
    """A deploy function around the Python answers, with pieces of them exchanged."""
    form = _changed(answer("phase2/contact/right.py"), changes)
    page = _changed(answer("phase2/contact/list.py"), listing)

    def deploy_contact(cloud: Any, origin: str) -> Any:
        table = _table(cloud, "enquiries", "id", "expires" if ttl else None)
        arn = _function(lesson, cloud, "form", writes, table, code={"code.py": form})
        _function(lesson, cloud, "list", READS, table, code={"code.py": page})
        api = lesson["open_http_api"](cloud, "form", arn, ["POST /contact"])
        if allowed := cors(origin):
            gateway = cloud.client("apigatewayv2")
            gateway.update_api(ApiId=api, CorsConfiguration=allowed)
        lesson["let_api_in"](cloud, "form", api)
        parts = {"address": cloud.url(api), "table": "enquiries"}
        return {**parts, "function": "form", "list": "list", **(instead or {})}

    return deploy_contact


def node_contact(lesson: Lesson, *changes: tuple[str, str]) -> Deploy:
    """A deploy function around the Node.js answer, with pieces of it exchanged."""
    code = {"code.mjs": _changed(answer("phase2/contact/right.mjs"), changes)}

    def deploy_contact(cloud: Any, origin: str) -> Any:
        table = _table(cloud, "post-box", "token", "until")
        node = {"Runtime": "nodejs24.x", "code": code}
        _function(lesson, cloud, "write", WRITES, table, Handler="code.form", **node)
        _function(lesson, cloud, "read", READS, table, Handler="code.list", **node)
        functions = cloud.client("lambda")
        open_to_all = {"FunctionName": "write", "Principal": "*"}
        functions.add_permission(
            **open_to_all,
            StatementId="use-the-url",
            Action="lambda:InvokeFunctionUrl",
            FunctionUrlAuthType="NONE",
        )
        functions.add_permission(
            **open_to_all,
            StatementId="invoke-by-url",
            Action="lambda:InvokeFunction",
            InvokedViaFunctionUrl=True,
        )
        made = functions.create_function_url_config(
            FunctionName="write",
            AuthType="NONE",
            Cors={**CORS, "AllowOrigins": [origin]},
        )
        return {
            "address": cloud.url(made),
            "table": "post-box",
            "function": "write",
            "list": "read",
        }

    return deploy_contact


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def _table(cloud: Any, name: str, key: str, expires: str | None) -> tuple[str, str]:
    """A table's name and ARN; `expires` is the attribute of its time to live."""
    dynamodb = cloud.client("dynamodb")
    made = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    if expires is not None:
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": expires},
        )
    return name, made["TableDescription"]["TableArn"]


def _function(
    lesson: Lesson,
    cloud: Any,
    name: str,
    actions: list[str],
    table: tuple[str, str],
    *,
    code: dict[str, str],
    **settings: Any,
) -> str:
    """A function of its own role, which may do these things with the table."""
    role = lesson["make_role"](cloud, name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": table[1]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    cloud.client("iam").put_role_policy(
        RoleName=name, PolicyName="needs", PolicyDocument=json.dumps(policy)
    )
    settings = {"Runtime": "python3.13", "Handler": "code.handler", **settings}
    arn = lesson["make_function"](
        cloud,
        name,
        Role=role,
        Timeout=20,
        Environment={"Variables": {"TABLE": table[0]}},
        Code={"ZipFile": lesson["package"](code)},
        **settings,
    )
    return str(arn)
