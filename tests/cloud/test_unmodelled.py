"""What nobody models is refused by name, as each protocol draws errors."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

SIGNED_FOR_ROUTE53 = (
    "AWS4-HMAC-SHA256 Credential=test/20261126/us-east-1/route53/aws4_request,"
    " SignedHeaders=host, Signature=0"
)


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("ssm", "list_ops_item_events", "ListOpsItemEvents"),
        ("sts", "get_delegated_access_token", "GetDelegatedAccessToken"),
        ("ec2", "describe_bundle_tasks", "DescribeBundleTasks"),
        ("route53", "get_geo_location", "GetGeoLocation"),
    ],
)
def test_its_name_is_told(
    account: Account, service: str, operation: str, name: str
) -> None:
    settings = {"TradeInToken": "token"} if service == "sts" else {}
    with pytest.raises(ClientError) as error:
        getattr(account.client(service), operation)(**settings)
    told = error.value.response["Error"]
    assert told["Code"] == "NotImplemented"
    assert told["Message"] == (
        f"The local cloud doesn't model {service}'s operation {name}; real AWS does."
    )


def test_what_moto_stumbles_over_is_told(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller is told at once what failed; where it failed is logged."""
    with pytest.raises(ClientError) as error:
        account.client("cloudformation").create_stack(
            StackName="empty", TemplateBody="{}"
        )
    told = error.value.response["Error"]
    assert told["Code"] == "NotImplemented"
    assert told["Message"] == (
        "The local cloud doesn't model cloudformation's operation CreateStack as it"
        " was asked (KeyError: 'Resources'); real AWS does."
    )
    assert "create_resources" in caplog.text


def test_what_is_no_operation_at_all_is_not_found(account: Account) -> None:
    request = Request(
        f"{account.cloud.endpoint_url}/2013-04-01/nothing",
        headers={"Authorization": SIGNED_FOR_ROUTE53},
    )
    with pytest.raises(HTTPError) as error:
        urlopen(request)
    error.value.close()
    assert error.value.code == 404
