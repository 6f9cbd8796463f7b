"""An account with an event bus, queues that EventBridge may send to, and roles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account, allowing

SERVICE = "events.amazonaws.com"
ANY = json.dumps({"source": ["studio"]})


class Bus:
    """The test's side of one account's EventBridge."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.cloud: Cloud = account.cloud
        self.events: Any = account.client("events")

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """Create a queue to which EventBridge may send; returns its URL and ARN."""
        policy = allowing(SERVICE, "sqs:SendMessage")
        return self.account.queue(name, Policy=policy, **attributes)

    def rule(
        self, name: str, *targets: dict[str, Any], pattern: str = ANY, **settings: Any
    ) -> str:
        """Create a rule with targets; returns its ARN."""
        where = {k: v for k, v in settings.items() if k == "EventBusName"}
        created = self.events.put_rule(Name=name, EventPattern=pattern, **settings)
        if targets:
            wanted = [{"Id": str(n), **one} for n, one in enumerate(targets)]
            self.events.put_targets(Rule=name, Targets=wanted, **where)
        return str(created["RuleArn"])

    def put(self, detail: Any = None, **fields: Any) -> str:
        """Put one event, and wait until it was delivered; returns its id."""
        entry = {
            "Source": "studio",
            "DetailType": "Booking Confirmed",
            "Detail": json.dumps(detail if detail is not None else {}),
            **fields,
        }
        answer = self.events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer
        self.cloud.clock.settle()
        return str(answer["Entries"][0]["EventId"])

    def bodies(self, url: str) -> list[Any]:
        """What a queue got, as JSON."""
        return [json.loads(one["Body"]) for one in self.account.messages(url)]

    def incidents(self) -> list[tuple[str, str]]:
        """Kind and message of what went wrong, oldest first."""
        journal = self.cloud.asynchronous.journal
        return [
            (one.kind, one.message)
            for one in journal.incidents(account=self.account.id)
            if one.source == "events"
        ]

    def role(self, name: str, *statements: dict[str, Any]) -> str:
        """Create a role that EventBridge may assume; returns its ARN."""
        iam = self.account.client("iam")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": "sts:AssumeRole",
        }
        created = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [trust]}
            ),
        )
        self.allow(name, *statements)
        return str(created["Role"]["Arn"])

    def allow(self, name: str, *statements: dict[str, Any]) -> None:
        """Give a role a policy of these statements."""
        if statements:
            self.account.client("iam").put_role_policy(
                RoleName=name,
                PolicyName="p",
                PolicyDocument=json.dumps(
                    {"Version": "2012-10-17", "Statement": list(statements)}
                ),
            )

    def sum(self, metric: str, **dimensions: str) -> float:
        """The sum of a metric over this hour."""
        now = self.cloud.clock.now()
        found = self.account.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Events",
            MetricName=metric,
            Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
            StartTime=now - 172_800,
            EndTime=now + 3600,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(one["Sum"] for one in found))


@pytest.fixture
def bus(fresh_account: Account) -> Bus:
    """An empty account in the module's cloud."""
    return Bus(fresh_account)


@pytest.fixture
def own_bus(own_account: Account) -> Bus:
    """An account in a cloud of its own, whose clock the test may move."""
    return Bus(own_account)
