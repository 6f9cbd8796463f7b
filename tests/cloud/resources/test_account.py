from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.core.base_backend import BackendDict

from grader.cloud.resources import of_account
from grader.lab.cloud import Cloud as Lab
from grader.lab.cloud import Keys
from grader.lab.region_inventory import of_region

Rows = set[tuple[str, str, str, str]]
HOME = "eu-west-1"
EVERYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
ALLOWS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)


def rows(account: Any) -> Rows:
    """What the account has, but for the role that each test's account begins with."""
    return {
        (row["kind"], row["name"], row["region"], row["detail"])
        for row in json.loads(json.dumps(of_account(account.id)))
        if (row["kind"], row["name"]) != ("role", "execution")
    }


def kinds(account: Any) -> set[tuple[str, str]]:
    return {(kind, name) for kind, name, _, _ in rows(account)}


def test_a_new_account_is_empty(shared_cloud: Any) -> None:
    """The administrator whom the lab gives to an account isn't the learner's."""
    account, *_ = shared_cloud.fresh_account()
    assert of_account(account) == []


def test_a_second_key_of_the_administrator_is_listed(fresh_account: Any) -> None:
    """What somebody adds to the lab's own user is somebody's."""
    iam = fresh_account.client("iam")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]["AccessKeyId"]
    assert rows(fresh_account) == {("access key", key, "global", "of administrator")}


def test_every_region_is_looked_at(fresh_account: Any) -> None:
    """Queues of three Regions are three rows, each with its Region."""
    regions = ("ap-southeast-2", "eu-west-1", "us-east-1")
    for region in regions:
        fresh_account.client("sqs", region=region).create_queue(QueueName="orders")
    assert rows(fresh_account) == {
        ("queue", "orders", region, "about 0 messages") for region in regions
    }


def test_looking_makes_nothing(fresh_account: Any) -> None:
    """No backend of moto's comes to be because somebody took the inventory."""

    def backends() -> int:
        return sum(
            len(regions)
            for services in list(BackendDict._instances)
            for regions in list(services.values())
        )

    before = backends()
    of_account(fresh_account.id)
    of_account("999999999999")
    assert backends() == before


def test_a_function_comes_with_what_it_has(fresh_account: Any) -> None:
    """Published versions, aliases, URLs and layers are resources of their own."""
    name = fresh_account.deploy("def handler(event, context): ...")
    client = fresh_account.aws_lambda
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client.create_function_url_config(
        FunctionName=name, Qualifier="live", AuthType="NONE"
    )
    content = client.get_function(FunctionName=name)["Code"]["Location"]
    package = fresh_account_package(content)
    for _ in range(2):
        client.publish_layer_version(LayerName="tools", Content={"ZipFile": package})
    client.delete_layer_version(LayerName="tools", VersionNumber=1)
    assert rows(fresh_account) == {
        ("function", name, HOME, "python3.13, 128 MB"),
        ("version", f"{name}:1", HOME, ""),
        ("alias", f"{name}:live", HOME, "to version 1"),
        ("function url", f"{name}:live", HOME, "NONE"),
        ("layer", "tools:2", HOME, ""),
    }


def fresh_account_package(url: str) -> bytes:
    import urllib.request

    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def test_a_function_leaves_its_log_group(fresh_account: Any) -> None:
    """After delete_function the log group that its invocation made is still there."""
    name = fresh_account.deploy("def handler(event, context): ...")
    fresh_account.invoke(name)
    fresh_account.aws_lambda.delete_function(FunctionName=name)
    group = f"/aws/lambda/{name}"
    assert rows(fresh_account) == {("log group", group, HOME, "kept for ever")}


def test_a_bucket_says_what_holds_it(fresh_account: Any) -> None:
    """Versions and delete markers count: an empty-looking bucket can't be deleted."""
    s3 = fresh_account.client("s3")
    bucket = f"photos-{fresh_account.id}"
    where = {"LocationConstraint": HOME}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert rows(fresh_account) == {("bucket", bucket, HOME, "1 object")}
    s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    s3.put_object(Bucket=bucket, Key="a", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="a")
    s3.create_multipart_upload(Bucket=bucket, Key="b")
    held = "0 objects, 2 versions, 1 delete marker, 1 unfinished upload"
    assert rows(fresh_account) == {("bucket", bucket, HOME, held)}


def test_identities_are_of_no_region(fresh_account: Any) -> None:
    """Users, groups, roles, policies and keys are global; AWS's own aren't listed."""
    iam = fresh_account.client("iam")
    iam.create_user(UserName="mei")
    key = iam.create_access_key(UserName="mei")["AccessKey"]["AccessKeyId"]
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="mei")
    arn = iam.create_policy(PolicyName="reads", PolicyDocument=ALLOWS)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="mei", PolicyArn=arn)
    iam.create_role(RoleName="owner", AssumeRolePolicyDocument=EVERYBODY)
    iam.attach_role_policy(
        RoleName="owner", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    iam.put_role_policy(RoleName="owner", PolicyName="own", PolicyDocument=ALLOWS)
    iam.create_service_linked_role(AWSServiceName="replication.dynamodb.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="machine")
    assert rows(fresh_account) == {
        ("user", "mei", "global", "policies: 1 attached, 0 inline"),
        ("access key", key, "global", "of mei"),
        ("group", "staff", "global", "1 user, policies: 0 attached, 0 inline"),
        ("policy", arn, "global", "attached 1 time"),
        ("role", "owner", "global", "policies: 1 attached, 1 inline"),
        ("instance profile", "machine", "global", ""),
    }


def test_apis_come_with_their_stages(fresh_account: Any) -> None:
    """APIs of both kinds, their stages, and the keys and plans of REST APIs."""
    rest = fresh_account.client("apigateway")
    api = rest.create_rest_api(name="front")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="NONE")
    rest.put_integration(**where, type="MOCK")
    rest.create_deployment(restApiId=api, stageName="v1")
    key = rest.create_api_key(name="partner")["id"]
    plan = rest.create_usage_plan(name="small")["id"]
    http = fresh_account.client("apigatewayv2")
    other = http.create_api(Name="notes", ProtocolType="HTTP")["ApiId"]
    http.create_stage(ApiId=other, StageName="$default")
    assert rows(fresh_account) == {
        ("rest api", api, HOME, "front"),
        ("stage", f"{api}/v1", HOME, ""),
        ("api key", key, HOME, "partner"),
        ("usage plan", plan, HOME, "small, 0 keys"),
        ("http api", other, HOME, "notes"),
        ("stage", f"{other}/$default", HOME, ""),
    }


def _messages(client: Callable[..., Any]) -> set[tuple[str, str]]:
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    subscription = client("sns").subscribe(
        TopicArn=topic, Protocol="email", Endpoint="a@example.com"
    )["SubscriptionArn"]
    events = client("events")
    events.create_event_bus(Name="orders")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    events.put_rule(Name="paid", EventBusName="orders", EventPattern='{"source":["o"]}')
    default = events.describe_event_bus()["Arn"]
    events.create_archive(ArchiveName="kept", EventSourceArn=default)
    client("scheduler").create_schedule(
        Name="wake",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": topic, "RoleArn": "arn:aws:iam::123456789012:role/r"},
    )
    client("ses").verify_email_identity(EmailAddress="studio@example.com")
    arn = client("sns").list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
    assert subscription in (arn, "pending confirmation")
    return {
        ("topic", "alerts"),
        ("subscription", arn),
        ("bus", "orders"),
        ("rule", "nightly"),
        ("rule", "orders/paid"),
        ("stream", "clicks"),
        ("archive", "kept"),
        ("schedule", "wake"),
        ("identity", "studio@example.com"),
    }


def _stores(client: Callable[..., Any]) -> set[tuple[str, str]]:
    client("dynamodb").create_table(
        TableName="notes",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    secrets = client("secretsmanager")
    for name in ("kept", "gone"):
        secrets.create_secret(Name=name, SecretString="s")
    secrets.delete_secret(SecretId="gone")
    client("ssm").put_parameter(Name="/studio/size", Value="1", Type="String")
    return {("table", "notes"), ("secret", "kept"), ("parameter", "/studio/size")}


def _keys(client: Callable[..., Any]) -> set[tuple[str, str]]:
    kms = client("kms")
    kept, gone = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/studio", TargetKeyId=kept)
    kms.schedule_key_deletion(KeyId=gone)
    kms.describe_key(KeyId="alias/aws/s3")
    return {("key", kept), ("key alias", "alias/studio")}


def _watch(client: Callable[..., Any]) -> set[tuple[str, str]]:
    logs, cloudwatch = client("logs"), client("cloudwatch")
    logs.create_log_group(logGroupName="/studio/door")
    logs.put_metric_filter(
        logGroupName="/studio/door",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
        ],
    )
    cloudwatch.put_metric_data(
        Namespace="studio", MetricData=[{"MetricName": "Enquiries", "Value": 1}]
    )
    cloudwatch.put_metric_alarm(
        AlarmName="trouble",
        Namespace="studio",
        MetricName="Enquiries",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    return {
        ("log group", "/studio/door"),
        ("metric filter", "/studio/door/errors"),
        ("alarm", "trouble"),
    }


def _programs(client: Callable[..., Any]) -> set[tuple[str, str]]:
    machine = {"StartAt": "end", "States": {"end": {"Type": "Succeed"}}}
    client("stepfunctions").create_state_machine(
        name="order",
        definition=json.dumps(machine),
        roleArn="arn:aws:iam::123456789012:role/r",
    )
    client("cloudformation").create_stack(
        StackName="studio",
        TemplateBody=json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
    )
    queues = client("sqs").list_queues()["QueueUrls"]
    return {
        ("state machine", "order"),
        ("stack", "studio"),
        ("queue", queues[0].rpartition("/")[2]),
    }


def _unfamiliar(client: Callable[..., Any]) -> set[tuple[str, str]]:
    client("ecr").create_repository(repositoryName="images")
    client("athena").list_work_groups()
    return {("repositories", "images")}


def _nothing(client: Callable[..., Any]) -> set[tuple[str, str]]:
    client("sts").get_caller_identity()
    client("ssm").get_parameters_by_path(
        Path="/aws/service/global-infrastructure/regions"
    )
    client("ec2").describe_regions()
    client("ec2").describe_vpcs()
    client("events").list_rules()
    client("scheduler").list_schedules()
    client("iam").list_policies()
    return set()


def _network(client: Callable[..., Any]) -> set[tuple[str, str]]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    ec2.delete_nat_gateway(NatGatewayId=nat["NatGateway"]["NatGatewayId"])
    machines = [
        ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            ImageId=ec2.describe_images(Owners=["801119661308"])["Images"][0][
                "ImageId"
            ],
        )["Instances"][0]["InstanceId"]
        for _ in range(2)
    ]
    ec2.terminate_instances(InstanceIds=machines[1:])
    volumes = ec2.describe_volumes()["Volumes"]
    cards = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert volume in {one["VolumeId"] for one in volumes}
    return {
        ("vpc", vpc),
        ("subnet", subnet),
        ("elastic ip", address),
        ("internet gateway", gateway),
        ("instance", machines[0]),
        *(("volume", one["VolumeId"]) for one in volumes),
        *(("network interface", one["NetworkInterfaceId"]) for one in cards),
    }


@pytest.mark.parametrize(
    "made",
    [
        *(_messages, _stores, _keys, _watch, _programs, _network),
        *(_unfamiliar, _nothing),
    ],
)
def test_each_kind_of_resource_is_listed(
    fresh_account: Any, made: Callable[[Callable[..., Any]], set[tuple[str, str]]]
) -> None:
    """What was made is there, also of a service that nobody teaches; AWS's isn't."""
    assert made(fresh_account.client) == kinds(fresh_account)


def test_the_services_say_the_same(fresh_account: Any) -> None:
    """What an account on AWS is asked for, call by call, has the same names."""
    for made in (_messages, _stores, _watch, _programs):
        made(fresh_account.client)
    fresh_account.deploy("def handler(event, context): ...")
    keys = Keys(*fresh_account._keys)
    taken = of_region(Lab(fresh_account.cloud.endpoint_url, HOME, keys=keys))
    said = {(one.kind, one.name) for one in taken}
    # Kinds that of_region doesn't ask for, and the rule of another bus.
    unasked = {"metric filter", "identity", "access key"}
    assert said - {("role", "execution")} == {
        (kind, name)
        for kind, name in kinds(fresh_account)
        if kind not in unasked and name != "orders/paid"
    }
