"""The Resource Groups Tagging API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

PLACE = "eu-west-1"


def function(account: Account) -> str:
    name = account.deploy("def handler(event, context): pass")
    found = account.aws_lambda.get_function(FunctionName=name)
    return str(found["Configuration"]["FunctionArn"])


def bucket(account: Account) -> str:
    account.client("s3").create_bucket(
        Bucket="tagged-photos", CreateBucketConfiguration={"LocationConstraint": PLACE}
    )
    return "arn:aws:s3:::tagged-photos"


def table(account: Account) -> str:
    created = account.client("dynamodb").create_table(
        TableName="enquiries",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        Tags=[{"Key": "project", "Value": "old"}],
    )
    return str(created["TableDescription"]["TableArn"])


def log_group(account: Account) -> str:
    account.client("logs").create_log_group(logGroupName="desk")
    return f"arn:aws:logs:{PLACE}:{account.id}:log-group:desk"


def queue(account: Account) -> str:
    return account.queue("prints")[1]


def topic(account: Account) -> str:
    return str(account.client("sns").create_topic(Name="news")["TopicArn"])


def rest_api(account: Account) -> str:
    api = account.client("apigateway").create_rest_api(name="desk")
    return f"arn:aws:apigateway:{PLACE}::/restapis/{api['id']}"


def http_api(account: Account) -> str:
    made = account.client("apigatewayv2").create_api(Name="site", ProtocolType="HTTP")
    return f"arn:aws:apigateway:{PLACE}::/apis/{made['ApiId']}"


def rule(account: Account) -> str:
    made = account.client("events").put_rule(
        Name="daily", EventPattern='{"source": ["studio"]}'
    )
    return str(made["RuleArn"])


def alarm(account: Account) -> str:
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="Studio",
        MetricName="Errors",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return f"arn:aws:cloudwatch:{PLACE}:{account.id}:alarm:errors"


MAKERS: dict[str, Callable[[Account], str]] = {
    "lambda": function,
    "s3": bucket,
    "dynamodb": table,
    "logs": log_group,
    "sqs": queue,
    "sns": topic,
    "apigateway": rest_api,
    "apigateway:apis": http_api,
    "events": rule,
    "cloudwatch": alarm,
}


@pytest.fixture(scope="module")
def resources(account: Account) -> dict[str, str]:
    """One resource of each service, by what it is, and all tagged at once."""
    made = {kind: make(account) for kind, make in MAKERS.items()}
    tagging = account.client("resourcegroupstaggingapi")
    answer = tagging.tag_resources(
        ResourceARNList=list(made.values()), Tags={"project": "safe", "paid": "no"}
    )
    assert answer["FailedResourcesMap"] == {}
    return made


@pytest.fixture
def tagging(account: Account) -> Any:
    return account.client("resourcegroupstaggingapi")


def arns(tagging: Any, **filters: Any) -> set[str]:
    found = tagging.get_resources(**filters)["ResourceTagMappingList"]
    return {one["ResourceARN"] for one in found}


def project(name: str) -> list[dict[str, Any]]:
    return [{"Key": "project", "Values": [name]}]


def test_resources_of_all_services_are_found(
    tagging: Any, resources: dict[str, str]
) -> None:
    """Tagged by this API or by their own; moto lacks APIs and rules."""
    assert arns(tagging, TagFilters=project("safe")) == set(resources.values())


def test_tags_are_seen_by_the_services(
    account: Account, resources: dict[str, str]
) -> None:
    """A tag is one, whichever API looks; a new value replaces the old."""
    tables = account.client("dynamodb")
    found = tables.list_tags_of_resource(ResourceArn=resources["dynamodb"])["Tags"]
    assert sorted((tag["Key"], tag["Value"]) for tag in found) == [
        ("paid", "no"),
        ("project", "safe"),
    ]
    functions = account.aws_lambda.list_tags(Resource=resources["lambda"])["Tags"]
    assert functions == {"project": "safe", "paid": "no"}
    objects = account.client("s3").get_bucket_tagging(Bucket="tagged-photos")
    assert {"Key": "paid", "Value": "no"} in objects["TagSet"]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (["s3"], {"s3"}),
        (["sqs:queue", "lambda:function"], {"sqs", "lambda"}),
        (["apigateway"], {"apigateway", "apigateway:apis"}),
        (["apigateway:restapis"], {"apigateway"}),
    ],
)
def test_types_are_filtered(
    tagging: Any, resources: dict[str, str], wanted: list[str], kinds: set[str]
) -> None:
    """A service, or one kind of its resources."""
    found = arns(tagging, ResourceTypeFilters=wanted, TagFilters=project("safe"))
    assert found == {resources[kind] for kind in kinds}


def test_filters_go_together(tagging: Any, resources: dict[str, str]) -> None:
    """A resource has to pass all; of the values of one, any."""
    both = [{"Key": "project", "Values": ["other", "safe"]}, {"Key": "paid"}]
    assert arns(tagging, TagFilters=both) == set(resources.values())
    assert arns(tagging, TagFilters=[*both, {"Key": "nobody"}]) == set()
    one = resources["sqs"]
    assert arns(tagging, ResourceARNList=[one]) == {one}


@pytest.mark.parametrize("size", [1, 3, 4])
def test_every_page_has_its_share(
    tagging: Any, resources: dict[str, str], size: int
) -> None:
    """moto forgets what is on a page's edge."""
    pages = list(
        tagging.get_paginator("get_resources").paginate(
            ResourcesPerPage=size, TagFilters=project("safe")
        )
    )
    found = [
        one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]
    ]
    assert len(found) == len(set(found)) == len(resources)
    assert max(len(page["ResourceTagMappingList"]) for page in pages) == size
    assert pages[-1]["PaginationToken"] == ""


def test_keys_and_values_come_once(tagging: Any, resources: dict[str, str]) -> None:
    """However many resources have them."""
    assert tagging.get_tag_keys()["TagKeys"] == ["paid", "project"]
    assert tagging.get_tag_values(Key="project")["TagValues"] == ["safe"]


def test_buckets_are_told_in_their_region(
    account: Account, tagging: Any, resources: dict[str, str]
) -> None:
    """For moto every Region has all buckets."""
    elsewhere = account.client("resourcegroupstaggingapi", region="us-west-2")
    assert arns(elsewhere, ResourceTypeFilters=["s3"]) == set()


def test_tags_are_taken_off(account: Account, tagging: Any) -> None:
    """By any number of keys, present or not."""
    arn = account.queue("temporary")[1]
    tagging.tag_resources(ResourceARNList=[arn], Tags={"a": "1", "b": "2"})
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["a", "nothing"])
    found = tagging.get_resources(ResourceARNList=[arn])["ResourceTagMappingList"]
    assert found == [{"ResourceARN": arn, "Tags": [{"Key": "b", "Value": "2"}]}]
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["b"])
    assert arns(tagging, ResourceARNList=[arn]) == set()


@pytest.mark.parametrize(
    ("arn", "status"),
    [
        ("arn:aws:sqs:eu-west-1:123456789012:none", 404),
        ("arn:aws:sqs:us-west-2:123456789012:prints", 400),
        ("arn:aws:iam::123456789012:role/execution", 400),
        ("prints", 400),
    ],
)
def test_failures_are_told_by_arn(tagging: Any, arn: str, status: int) -> None:
    """What can be tagged is; IAM's roles aren't tagged here."""
    answer = tagging.tag_resources(ResourceARNList=[arn], Tags={"a": "1"})
    assert answer["FailedResourcesMap"][arn]["StatusCode"] == status


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("get_resources", {"ResourcesPerPage": 101}),
        ("get_resources", {"TagsPerPage": 10}),
        ("get_resources", {"PaginationToken": "nonsense"}),
        (
            "get_resources",
            {"ResourceARNList": ["arn:aws:s3:::x"], "TagFilters": project("safe")},
        ),
        ("tag_resources", {"ResourceARNList": ["a"] * 21, "Tags": {"a": "1"}}),
        ("tag_resources", {"ResourceARNList": ["a"], "Tags": {"aws:a": "1"}}),
        ("get_compliance_summary", {}),
    ],
)
def test_nonsense_is_refused(tagging: Any, call: str, arguments: Any) -> None:
    """With InvalidParameterException; so is what isn't modelled."""
    with pytest.raises(ClientError) as error:
        getattr(tagging, call)(**arguments)
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_token_expires(account: Account, tagging: Any) -> None:
    """A page has to be asked for within a quarter of an hour."""
    found = [account.queue(name)[1] for name in ("a", "b")]
    tagging.tag_resources(ResourceARNList=found, Tags={"a": "1"})
    token = tagging.get_resources(ResourcesPerPage=1)["PaginationToken"]
    account.cloud.clock.advance(16 * 60)
    with pytest.raises(ClientError) as error:
        tagging.get_resources(PaginationToken=token)
    assert error.value.response["Error"]["Code"] == "PaginationTokenExpiredException"
