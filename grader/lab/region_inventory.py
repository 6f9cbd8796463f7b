"""What exists in one Region of a real account, asked of AWS itself.

The lab looks into its own store instead. An account on AWS has no such door, and to ask
every service in every Region would take minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from grader.lab.architecture import Account
from grader.lab.inventory import Inventory, Resource
from grader.lab.listings import items

_NOTE = (
    "Asked of AWS in {region} only; other Regions, and kinds of resources that this "
    "course doesn't use, weren't looked at."
)
Name = Callable[[Any], str | None]
"""The name of what was listed; None for what is AWS's own."""


def of_region(account: Account) -> Inventory:
    """Ask for the kinds of resources that the course uses, service by service."""
    found: list[Resource] = []
    notes = [_NOTE.format(region=account.region)]
    for service, kind, operation, key, name_of in _LISTED:
        client = account.client(service)
        region = "global" if service == "iam" else account.region
        scope = {"Scope": "Local"} if operation == "list_policies" else {}
        try:
            for one in items(client, operation, key, **scope):
                if (name := name_of(one)) is not None:
                    found.append(Resource(service, kind, name, region))
        except client.exceptions.ClientError as refusal:
            notes.append(f"Not seen: {kind}s ({refusal})")
    found += _buckets(account)
    found += _functions(account, found)
    order = sorted(found, key=lambda one: (one.service, one.region, one.kind, one.name))
    return Inventory(order, note=" ".join(notes))


def _buckets(account: Account) -> Iterator[Resource]:
    client = account.client("s3")
    for bucket in items(client, "list_buckets", "Buckets"):
        where = client.get_bucket_location(Bucket=bucket["Name"])
        # S3 calls its first Region by no name at all.
        region = where["LocationConstraint"] or "us-east-1"
        yield Resource("s3", "bucket", bucket["Name"], region)


def _functions(account: Account, found: list[Resource]) -> Iterator[Resource]:
    """What belongs to functions: their versions, aliases and URLs."""
    client = account.client("lambda")
    for name in [one.name for one in found if one.kind == "function"]:
        for listed, key, kind, field in (
            ("list_versions_by_function", "Versions", "version", "Version"),
            ("list_aliases", "Aliases", "alias", "Name"),
        ):
            for one in items(client, listed, key, FunctionName=name):
                if one[field] != "$LATEST":
                    label = f"{name}:{one[field]}"
                    yield Resource("lambda", kind, label, account.region)
        urls = client.list_function_url_configs(FunctionName=name)
        for _ in urls["FunctionUrlConfigs"]:
            yield Resource("lambda", "function url", name, account.region)


def _field(name: str) -> Name:
    return lambda found: str(found[name])


def _end(name: str, mark: str) -> Name:
    """What follows the last `mark` of a field that is an ARN or a URL."""
    return lambda found: str(found[name]).rpartition(mark)[2]


def _role(found: Any) -> str | None:
    ours = not found["Path"].startswith("/aws-service-role/")
    return str(found["RoleName"]) if ours else None


def _not_default(found: Any) -> str | None:
    return None if found["Name"] == "default" else str(found["Name"])


def _rule(found: Any) -> str | None:
    return None if found.get("ManagedBy") else str(found["Name"])


_LISTED: tuple[tuple[str, str, str, str, Name], ...] = (
    ("lambda", "function", "list_functions", "Functions", _field("FunctionName")),
    ("lambda", "layer", "list_layers", "Layers", _field("LayerName")),
    (
        *("lambda", "event source mapping", "list_event_source_mappings"),
        *("EventSourceMappings", _field("UUID")),
    ),
    ("dynamodb", "table", "list_tables", "TableNames", str),
    ("kinesis", "stream", "list_streams", "StreamNames", str),
    ("apigateway", "rest api", "get_rest_apis", "items", _field("id")),
    ("apigateway", "api key", "get_api_keys", "items", _field("id")),
    ("apigateway", "usage plan", "get_usage_plans", "items", _field("id")),
    ("apigatewayv2", "http api", "get_apis", "Items", _field("ApiId")),
    ("logs", "log group", "describe_log_groups", "logGroups", _field("logGroupName")),
    (
        *("cloudwatch", "alarm", "describe_alarms", "MetricAlarms"),
        _field("AlarmName"),
    ),
    (
        *("cloudwatch", "dashboard", "list_dashboards", "DashboardEntries"),
        _field("DashboardName"),
    ),
    ("iam", "user", "list_users", "Users", _field("UserName")),
    ("iam", "group", "list_groups", "Groups", _field("GroupName")),
    ("iam", "role", "list_roles", "Roles", _role),
    ("iam", "policy", "list_policies", "Policies", _field("Arn")),
    (
        *("iam", "instance profile", "list_instance_profiles", "InstanceProfiles"),
        _field("InstanceProfileName"),
    ),
    ("sqs", "queue", "list_queues", "QueueUrls", lambda url: url.rpartition("/")[2]),
    ("sns", "topic", "list_topics", "Topics", _end("TopicArn", ":")),
    (
        *("sns", "subscription", "list_subscriptions", "Subscriptions"),
        _field("SubscriptionArn"),
    ),
    ("events", "bus", "list_event_buses", "EventBuses", _not_default),
    ("events", "rule", "list_rules", "Rules", _rule),
    ("events", "archive", "list_archives", "Archives", _field("ArchiveName")),
    ("events", "connection", "list_connections", "Connections", _field("Name")),
    (
        *("events", "api destination", "list_api_destinations", "ApiDestinations"),
        _field("Name"),
    ),
    ("scheduler", "schedule", "list_schedules", "Schedules", _field("Name")),
    ("secretsmanager", "secret", "list_secrets", "SecretList", _field("Name")),
    ("ssm", "parameter", "describe_parameters", "Parameters", _field("Name")),
    (
        *("stepfunctions", "state machine", "list_state_machines", "stateMachines"),
        _field("name"),
    ),
    ("cloudformation", "stack", "describe_stacks", "Stacks", _field("StackName")),
)
