"""Regions and Availability Zones as an account has them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader import facts
from tests.cloud.conftest import Account


@pytest.fixture
def ec2(account: Account) -> Any:
    return account.client("ec2")


def names(answer: dict[str, Any]) -> set[str]:
    return {one["RegionName"] for one in answer["Regions"]}


def test_account_has_the_older_regions(ec2: Any) -> None:
    """Those that came later have to be opted in to; moto lists them as well."""
    answer = ec2.describe_regions()
    assert names(answer) == facts.regions.ENABLED_BY_DEFAULT.value
    assert {one["OptInStatus"] for one in answer["Regions"]} == {"opt-in-not-required"}


def test_all_regions_include_those_to_opt_in_to(ec2: Any) -> None:
    """And none of the Regions of China or of governments, which moto lists."""
    answer = ec2.describe_regions(AllRegions=True)
    assert names(answer) == set(facts.regions.REGIONS.value)
    status = {one["RegionName"]: one["OptInStatus"] for one in answer["Regions"]}
    assert status["af-south-1"] == "not-opted-in"
    assert status["eu-west-1"] == "opt-in-not-required"


def test_regions_can_be_named(ec2: Any) -> None:
    """Whether the account has them or not."""
    answer = ec2.describe_regions(RegionNames=["af-south-1", "eu-west-1"])
    assert names(answer) == {"af-south-1", "eu-west-1"}
    assert answer["Regions"][1]["Endpoint"] == "ec2.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"region-name": ["eu-west-?"]}, {"eu-west-1", "eu-west-2", "eu-west-3"}),
        ({"endpoint": ["*sa-east-1*"]}, {"sa-east-1"}),
        ({"region-name": ["us-*"], "opt-in-status": ["not-opted-in"]}, set()),
    ],
)
def test_regions_are_filtered(
    ec2: Any, filters: dict[str, list[str]], expected: set[str]
) -> None:
    """moto has no filters for Regions."""
    given = [{"Name": name, "Values": values} for name, values in filters.items()]
    assert names(ec2.describe_regions(AllRegions=True, Filters=given)) == expected


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("describe_regions", {"RegionNames": ["mars-north-1"]}),
        ("describe_regions", {"Filters": [{"Name": "colour", "Values": ["red"]}]}),
        ("describe_availability_zones", {"ZoneNames": ["eu-west-1z"]}),
        ("describe_availability_zones", {"ZoneIds": ["euw1-az9"]}),
        (
            "describe_availability_zones",
            {"Filters": [{"Name": "endpoint", "Values": ["red"]}]},
        ),
    ],
)
def test_nonsense_is_refused(ec2: Any, call: str, arguments: dict[str, Any]) -> None:
    """moto finds nothing, and says nothing."""
    with pytest.raises(ClientError) as error:
        getattr(ec2, call)(**arguments)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_region_has_zones(ec2: Any) -> None:
    """At least three, each with an id that is the same place for every account."""
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert len(zones) >= facts.regions.MINIMUM_ZONES.value
    assert [one["ZoneName"] for one in zones] == [
        "eu-west-1a",
        "eu-west-1b",
        "eu-west-1c",
    ]
    assert {one["ZoneId"] for one in zones} == {"euw1-az1", "euw1-az2", "euw1-az3"}
    first = zones[0]
    assert (first["State"], first["OptInStatus"], first["ZoneType"]) == (
        "available",
        "opt-in-not-required",
        "availability-zone",
    )
    assert (first["GroupName"], first["GroupLongName"]) == (
        "eu-west-1-zg-1",
        "Europe (Ireland) 1",
    )


def test_zones_are_filtered(ec2: Any) -> None:
    """By any of their members; moto knows five."""
    one = ec2.describe_availability_zones(
        ZoneNames=["eu-west-1a", "eu-west-1b"],
        Filters=[
            {"Name": "zone-id", "Values": ["euw1-az1"]},
            {"Name": "group-name", "Values": ["eu-west-1-zg-1"]},
        ],
    )["AvailabilityZones"]
    assert [zone["ZoneId"] for zone in one] == ["euw1-az1"]


def test_dry_run_changes_the_answer_alone(ec2: Any) -> None:
    """It says that one may, and does nothing."""
    with pytest.raises(ClientError) as error:
        ec2.describe_regions(DryRun=True)
    assert error.value.response["Error"]["Code"] == "DryRunOperation"


def test_facts_are_the_sdks(account: Account) -> None:
    """The Regions that the SDK offers for EC2 are the ones that are facts."""
    import boto3

    offered = boto3.session.Session().get_available_regions("ec2")
    assert set(offered) == set(facts.regions.REGIONS.value)


def test_moto_lists_other_partitions_regions(ec2: Any) -> None:
    """Override: ``regions``; when this fails, it isn't needed any more."""
    from moto.ec2.models.availability_zones_and_regions import (
        RegionsAndZonesBackend as Plain,
    )

    ec2.describe_regions()
    listed = {region.name for region in Plain.regions}
    assert "cn-north-1" in listed
    status = {region.name: region.opt_in_status for region in Plain.regions}
    assert status["eu-west-1"] == status["af-south-1"] == "opt-in-not-required"
