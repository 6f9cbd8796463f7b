"""What stacks describe goes through the same checks."""

from __future__ import annotations

import json
from typing import Any

from tests.cloud.eventbridge.conftest import Bus


def test_a_stack_has_a_rule(bus: Bus) -> None:
    """It is created with its target, changed with the stack, and deleted with it."""
    url, arn = bus.queue("stacked")
    rule: dict[str, Any] = {
        "Name": "r",
        "EventPattern": {"source": ["studio"]},
        "Targets": [{"Id": "1", "Arn": arn, "InputPath": "$.detail"}],
    }
    template = {"Resources": {"R": {"Type": "AWS::Events::Rule", "Properties": rule}}}
    stacks = bus.account.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(template))
    bus.put({"n": 1})
    rule["EventPattern"] = {"source": ["other"]}
    stacks.update_stack(StackName="s", TemplateBody=json.dumps(template))
    bus.put({"n": 2})
    assert bus.bodies(url) == [{"n": 1}]
    stacks.delete_stack(StackName="s")
    assert bus.events.list_rules()["Rules"] == []
