"""Event source mappings of CloudFormation stacks."""

from __future__ import annotations

import json
from typing import Any

from tests.cloud.conftest import Account
from tests.cloud.polling.conftest import Polled

TELLS = """
import json

def handler(event, context):
    print(json.dumps(event))
"""


def template(role: str, **mapping: Any) -> str:
    """A queue, a function and the mapping between them."""
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work"}},
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "worker",
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": role,
                "Code": {"ZipFile": TELLS},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
                **mapping,
            },
        },
    }
    outputs = {"Mapping": {"Value": {"Ref": "Mapping"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def test_a_stack_polls_a_queue(account: Account) -> None:
    """From its creation to its deletion, with the settings of its latest template."""
    stacks, client = account.client("cloudformation"), account.aws_lambda
    stacks.create_stack(StackName="s", TemplateBody=template(account.role))
    account.cloud.clock.settle()
    (stack,) = stacks.describe_stacks(StackName="s")["Stacks"]
    uuid = stack["Outputs"][0]["OutputValue"]
    url = account.client("sqs").get_queue_url(QueueName="work")["QueueUrl"]
    made = Polled(account, url, "", "worker", uuid)
    made.send("hello")
    assert made.batches() == [["hello"]]
    changed = template(account.role, BatchSize=2)
    stacks.update_stack(StackName="s", TemplateBody=changed)
    account.cloud.clock.settle()
    assert client.get_event_source_mapping(UUID=uuid)["BatchSize"] == 2
    stacks.delete_stack(StackName="s")
    account.cloud.clock.settle()
    assert client.list_event_source_mappings()["EventSourceMappings"] == []
