from collections.abc import Callable

import pytest

from grader.lab import Cloud
from grader.lab.architecture import Box
from grader.lab.survey import survey

Deploy = Callable[..., str]
INBOX = Box("bucket", "inbox-of-architecture")


@pytest.fixture
def trigger(cloud: Cloud, deploy: Deploy) -> None:
    """A bucket that calls a function, and may."""
    arn = deploy(cloud, "count", "return 1", may=["s3:GetObject", "s3:PutObject"])
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=INBOX.name)
    cloud.client("lambda").add_permission(
        FunctionName="count",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{INBOX.name}",
    )
    rule = {"Name": "prefix", "Value": "in/"}
    s3.put_bucket_notification_configuration(
        Bucket=INBOX.name,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": arn,
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [rule]}},
                }
            ]
        },
    )


@pytest.fixture(autouse=True)
def _no_bucket_left(cloud: Cloud) -> object:
    """Names of buckets are everybody's, so each test gives its own back."""
    yield
    s3 = cloud.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_bucket(Bucket=bucket["Name"])


@pytest.mark.usefixtures("trigger")
def test_a_trigger_is_an_arrow(cloud: Cloud) -> None:
    """A notification is an arrow from the bucket, with its events and its filter."""
    arrows = [one for one in survey(cloud).arrows if one.source == INBOX]
    assert [(one.target.name, one.broken) for one in arrows] == [("count", None)]
    assert arrows[0].label == "ObjectCreated:* prefix 'in/'"


@pytest.mark.usefixtures("trigger")
def test_a_missing_permission_breaks_the_arrow(cloud: Cloud) -> None:
    """Without its permission the arrow is broken, and says what is missing."""
    client = cloud.client("lambda")
    client.remove_permission(FunctionName="count", StatementId="s3")
    (arrow,) = (one for one in survey(cloud).arrows if one.source == INBOX)
    assert "add_permission(Principal='s3.amazonaws.com'" in (arrow.broken or "")


@pytest.mark.usefixtures("trigger")
def test_what_a_role_may_is_an_arrow(cloud: Cloud) -> None:
    """What the function's role may do with a bucket is an arrow to that bucket."""
    (arrow,) = (one for one in survey(cloud).arrows if one.target == INBOX)
    assert arrow.label == "may read, write"


@pytest.mark.usefixtures("trigger")
def test_a_deleted_function_stays_as_a_gap(cloud: Cloud) -> None:
    """A trigger whose function is gone points at a box that says so."""
    cloud.client("lambda").delete_function(FunctionName="count")
    (arrow,) = (one for one in survey(cloud).arrows if not one.permission)
    assert (arrow.target.detail, arrow.broken) == ("missing", "no such function")


@pytest.mark.usefixtures("trigger")
def test_another_region_isnt_shown(cloud: Cloud) -> None:
    """A picture is of one Region: its functions and its buckets."""
    there = Cloud(cloud.endpoint_url, "eu-west-1", keys=cloud.keys)
    # Roles are the account's, wherever their functions are.
    assert [box for box in survey(there).boxes if box.kind != "role"] == []


def test_routes_are_arrows(cloud: Cloud, deploy: Deploy) -> None:
    """Each route of an HTTP API is an arrow, broken until that route may call."""
    arn = deploy(cloud, "notes", "return 1")
    client = cloud.client("apigatewayv2")
    api = client.create_api(Name="front", ProtocolType="HTTP")["ApiId"]
    integration = client.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=arn,
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    for key in ("GET /notes", "POST /notes"):
        client.create_route(
            ApiId=api, RouteKey=key, Target=f"integrations/{integration}"
        )
    source = f"arn:aws:execute-api:us-east-1:{cloud.account}:{api}/*/GET/notes"
    cloud.client("lambda").add_permission(
        FunctionName="notes",
        StatementId="get",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    fates = {one.label: one.broken is None for one in survey(cloud).arrows}
    assert fates == {"GET /notes": True, "POST /notes": False}


def test_a_method_of_a_rest_api_is_an_arrow(cloud: Cloud, deploy: Deploy) -> None:
    """A proxy integration of a REST API is an arrow, named by method and path."""
    arn = deploy(cloud, "notes", "return 1")
    client = cloud.client("apigateway")
    api = client.create_rest_api(name="front")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    where = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        f"{arn}/invocations",
    )
    (arrow,) = survey(cloud).arrows
    assert (arrow.source.name, arrow.target.name, arrow.label) == (
        "front",
        "notes",
        "GET /",
    )


@pytest.mark.parametrize("given", [0, 1, 2])
def test_a_function_url_needs_two_permissions(
    cloud: Cloud, deploy: Deploy, given: int
) -> None:
    """The arrow of a public function URL is whole when both statements are there."""
    deploy(cloud, "web", "return 1")
    client = cloud.client("lambda")
    client.create_function_url_config(FunctionName="web", AuthType="NONE")
    statements = (
        {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    )
    for number, statement in enumerate(statements[:given]):
        client.add_permission(
            FunctionName="web", StatementId=str(number), Principal="*", **statement
        )
    (arrow,) = survey(cloud).arrows
    assert (arrow.broken is None) is (given == 2)
