"""Faults on demand, as clients and functions meet them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from werkzeug.test import Client
from werkzeug.wrappers import Request

from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from tests.cloud.conftest import Account

PRINTS = "def handler(event, context):\n    print('GOT', event['n'])\n"


def ask(account: Account, **fault: Any) -> Any:
    """Ask for a fault in an account; the control API's answer."""
    control = Control(account.cloud)

    def application(environ: Any, start: Any) -> Any:
        return control.respond(Request(environ))(environ, start)

    order = {"account": account.id, **fault}
    return Client(application).post("/_lab/faults", json=order)


def code(call: Any, **request: Any) -> tuple[str, int]:
    """Code and status of a refusal."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    response: Any = raised.value.response
    return (
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def table(account: Account) -> Any:
    client = account.client("dynamodb")
    client.create_table(
        TableName="prices",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def puts(count: int) -> dict[str, Any]:
    return {
        "prices": [
            {"PutRequest": {"Item": {"id": {"S": str(number)}}}}
            for number in range(count)
        ]
    }


def test_half_of_a_batch_comes_back(fresh_account: Account) -> None:
    """As UnprocessedItems, as often as was asked for; the first half is written."""
    client = table(fresh_account)
    ask(fresh_account, service="dynamodb", operation="BatchWriteItem", fail_next=2)
    left, written = puts(8), []
    while left:
        left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
        written.append(len(client.scan(TableName="prices")["Items"]))
    assert written == [4, 6, 8]


def test_half_of_the_keys_come_back(fresh_account: Account) -> None:
    """As UnprocessedKeys."""
    client = table(fresh_account)
    client.batch_write_item(RequestItems=puts(4))
    ask(fresh_account, service="dynamodb", operation="batch_get_item", fail_next=1)
    keys = [{"id": {"S": str(number)}} for number in range(4)]
    got = client.batch_get_item(RequestItems={"prices": {"Keys": keys}})
    assert len(got["Responses"]["prices"]) == 2
    assert got["UnprocessedKeys"] == {"prices": {"Keys": keys[2:]}}


def test_a_batch_of_one_fails_as_a_whole(fresh_account: Account) -> None:
    """DynamoDB throttles when it could do nothing of a batch."""
    client = table(fresh_account)
    ask(fresh_account, service="dynamodb", operation="BatchWriteItem", fail_next=1)
    assert code(client.batch_write_item, RequestItems=puts(1)) == (
        "ProvisionedThroughputExceededException",
        400,
    )
    assert client.batch_write_item(RequestItems=puts(1))["UnprocessedItems"] == {}


def test_entries_of_a_queues_batch_fail(fresh_account: Account) -> None:
    """They are told apart from those that were sent."""
    sqs, (url, _) = fresh_account.client("sqs"), fresh_account.queue("orders")
    ask(fresh_account, service="sqs", operation="SendMessageBatch", fail_next=1)
    entries = [{"Id": str(number), "MessageBody": "m"} for number in range(4)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["0", "1"]
    assert [(one["Id"], one["SenderFault"]) for one in answer["Failed"]] == [
        *(("2", False), ("3", False)),
    ]
    assert len(fresh_account.messages(url)) == 2


def test_entries_of_an_event_batch_fail(fresh_account: Account) -> None:
    """Their answers stand where they stood in the request."""
    ask(fresh_account, service="events", operation="PutEvents", fail_next=1)
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    answer = fresh_account.client("events").put_events(Entries=[entry] * 3)
    assert answer["FailedEntryCount"] == 2
    assert ["ErrorCode" in one for one in answer["Entries"]] == [False, True, True]


@pytest.mark.parametrize(
    ("service", "operation", "request_", "expected"),
    [
        ("s3", "ListBuckets", {}, ("SlowDown", 503)),
        ("sqs", "ListQueues", {}, ("RequestThrottled", 403)),
        ("sns", "ListTopics", {}, ("Throttled", 429)),
        ("lambda", "ListFunctions", {}, ("TooManyRequestsException", 429)),
        ("logs", "DescribeLogGroups", {}, ("ThrottlingException", 400)),
        ("iam", "ListRoles", {}, ("Throttling", 400)),
        ("sesv2", "GetAccount", {}, ("TooManyRequestsException", 429)),
    ],
)
def test_a_service_fails_in_its_own_words(
    fresh_account: Account,
    service: str,
    operation: str,
    request_: dict[str, Any],
    expected: tuple[str, int],
) -> None:
    """Once, and the next request is answered."""
    ask(fresh_account, service=service, operation=operation, fail_next=1)
    client = fresh_account.client(service)
    call = getattr(client, xform_name(operation))
    assert code(call, **request_) == expected
    call(**request_)


def test_other_accounts_dont_suffer(account: Account, fresh_account: Account) -> None:
    """A fault is one account's."""
    ask(fresh_account, service="sqs", operation="ListQueues", fail_next=1)
    account.client("sqs").list_queues()
    assert code(fresh_account.client("sqs").list_queues)[0] == "RequestThrottled"


def test_a_fault_is_told(fresh_account: Account) -> None:
    """As one of the lab's, so that nobody looks for it in their own work."""
    ask(fresh_account, service="sqs", operation="ListQueues", fail_next=1)
    code(fresh_account.client("sqs").list_queues)
    journal = fresh_account.cloud.asynchronous.journal
    (incident,) = journal.incidents(account=fresh_account.id)
    assert (incident.kind, incident.resource) == ("fault", "sqs:ListQueues")
    assert incident.message.endswith("This is a fault on demand, not one of yours.")


def test_a_slow_answer_still_comes(fresh_account: Account) -> None:
    """The lab tells by how much it was late; 0 ends it."""
    ask(fresh_account, service="sqs", operation="ListQueues", slow=1)
    sqs = fresh_account.client("sqs")
    sqs.list_queues()
    ask(fresh_account, service="sqs", operation="ListQueues", slow=0)
    sqs.list_queues()
    journal = fresh_account.cloud.asynchronous.journal
    (incident,) = journal.incidents(account=fresh_account.id)
    assert "was answered 1 ms later" in incident.message


def test_names_have_to_exist(fresh_account: Account) -> None:
    """A name that is nearly right is told the right one."""
    answer = ask(fresh_account, service="sqs", operation="SendMessages", fail_next=1)
    assert answer.status_code == 400
    assert "is it SendMessage" in answer.get_json()["error"]["message"]
    answer = ask(fresh_account, service="queues", operation="Send", fail_next=1)
    assert "boto3 has no service 'queues'" in answer.get_json()["error"]["message"]


def invoke(account: Account, name: str, count: int) -> None:
    for number in range(count):
        account.aws_lambda.invoke(
            FunctionName=name,
            InvocationType="Event",
            Payload=json.dumps({"n": number}),
        )
    account.cloud.clock.settle()


def got(account: Account, name: str) -> list[int]:
    lines = account.log_lines(name)
    return [int(line.split()[1]) for line in lines if line.startswith("GOT")]


def test_events_come_in_another_order(
    shared_cloud: Cloud, fresh_account: Account
) -> None:
    """All of them, one after the other; the same seed gives the same order."""
    orders = []
    for name in ("one", "two"):
        fresh_account.deploy(PRINTS, FunctionName=name)
        ask(fresh_account, shuffle=7)
        invoke(fresh_account, name, 6)
        orders.append(got(fresh_account, name))
    assert sorted(orders[0]) == list(range(6)) != orders[0]
    assert orders[0] == orders[1]


def test_events_come_twice(shared_cloud: Cloud, fresh_account: Account) -> None:
    """With one request id, as Lambda's queue may repeat; until that is ended."""
    name = fresh_account.deploy(PRINTS)
    ask(fresh_account, duplicate=True)
    invoke(fresh_account, name, 2)
    assert sorted(got(fresh_account, name)) == [0, 0, 1, 1]
    ask(fresh_account, clear=True)
    invoke(fresh_account, name, 1)
    assert sorted(got(fresh_account, name)) == [0, 0, 0, 1, 1]
    assert not shared_cloud.faults.doubles(fresh_account.id)
