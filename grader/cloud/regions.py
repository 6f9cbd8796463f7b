"""EC2's DescribeRegions and DescribeAvailabilityZones, as an account of today has them.

moto lists every Region of every kind of account, takes Regions for enabled that have to
be opted in to, and knows neither their filters nor AllRegions.
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader import facts

_NOT_REQUIRED, _NOT_OPTED_IN = "opt-in-not-required", "not-opted-in"
_FILTERS = {
    "DescribeRegions": frozenset({"endpoint", "opt-in-status", "region-name"}),
    "DescribeAvailabilityZones": frozenset(
        {
            "group-long-name",
            "group-name",
            "message",
            "opt-in-status",
            "parent-zone-id",
            "parent-zone-name",
            "region-name",
            "state",
            "zone-id",
            "zone-name",
            "zone-type",
        }
    ),
}


def prepare(service: str) -> None:
    """Lay our answers over moto's EC2 before it gives its first; it takes long."""
    if service == "ec2":
        _install()


def exists(region: str) -> bool:
    """Whether it's a Region of any account of AWS, those of China included."""
    return region in facts.regions.REGIONS.value or region in _in_partitions()


@functools.cache
def _in_partitions() -> frozenset[str]:
    """Those for which moto has backends."""
    from moto.core.base_backend import AccountSpecificBackend

    session = AccountSpecificBackend.get_session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition_name=partition)
    )


def regions() -> list[dict[str, str]]:
    """Every Region with its endpoint and whether an account has it from the start."""
    enabled = facts.regions.ENABLED_BY_DEFAULT.value
    return [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": _NOT_REQUIRED if name in enabled else _NOT_OPTED_IN,
        }
        for name in sorted(facts.regions.REGIONS.value)
    ]


def describe_regions(asked: Any) -> Any:
    """The Regions that the account has, or all, or those that are named."""
    from moto.core.responses import ActionResult

    asked.error_on_dryrun()
    names = asked._get_param("RegionNames", [])
    found = regions()
    known = {one["RegionName"] for one in found}
    for name in names:
        if name not in known:
            raise _invalid(f"Invalid region '{name}' provided.")
    if names:
        found = [one for one in found if one["RegionName"] in names]
    elif not asked._get_bool_param("AllRegions", False):
        found = [one for one in found if one["OptInStatus"] == _NOT_REQUIRED]
    return ActionResult({"Regions": _filtered(asked, "DescribeRegions", found)})


def describe_availability_zones(asked: Any) -> Any:
    """The zones of the client's Region, by the names that this account has for them."""
    from moto.core.responses import ActionResult

    asked.error_on_dryrun()
    found = _zones(asked.region, asked.ec2_backend)
    for parameter, member in (("ZoneNames", "ZoneName"), ("ZoneIds", "ZoneId")):
        if wanted := asked._get_param(parameter, []):
            known = {one[member] for one in found}
            for one in wanted:
                if one not in known:
                    raise _invalid(f"Invalid availability zone: [{one}]")
            found = [one for one in found if one[member] in wanted]
    zones = _filtered(asked, "DescribeAvailabilityZones", found)
    return ActionResult({"AvailabilityZones": zones})


def _zones(region: str, backend: Any) -> list[dict[str, Any]]:
    name = facts.regions.REGIONS.value.get(region, region)
    return [
        {
            "State": "available",
            "OptInStatus": _NOT_REQUIRED,
            "Messages": [],
            "RegionName": region,
            "ZoneName": zone.name,
            "ZoneId": zone.zone_id,
            "GroupName": f"{region}-zg-1",
            "GroupLongName": f"{name} 1",
            "NetworkBorderGroup": region,
            "ZoneType": "availability-zone",
        }
        for zone in backend.zones.get(region, [])
    ]


def _filtered(
    asked: Any, operation: str, found: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What passes all the filters of a request.

    Raises: moto's EC2ClientError, with InvalidParameterValue, for an unknown filter.
    """
    filters: Mapping[str, list[str]] = asked._filters_from_querystring()
    for name in filters:
        if name not in _FILTERS[operation]:
            raise _invalid(f"The filter '{name}' is invalid")
    return [
        one
        for one in found
        if all(_passes(one, name, values) for name, values in filters.items())
    ]


def _passes(one: Mapping[str, Any], name: str, values: Iterable[str]) -> bool:
    # A filter is called as its member; here no zone has a message or a parent.
    found = one.get(name.title().replace("-", ""), "")
    return any(_like(value, str(found)) for value in values)


def _like(pattern: str, value: str) -> bool:
    """Whether a filter's value fits: ``*`` and ``?`` stand for other characters."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, value, re.DOTALL) is not None


def _invalid(message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    error: Exception = EC2ClientError("InvalidParameterValue", message)
    return error


def _install() -> None:
    from moto.ec2.responses.availability_zones_and_regions import (
        AvailabilityZonesAndRegions,
    )

    ours: tuple[Callable[[Any], Any], ...] = (
        describe_regions,
        describe_availability_zones,
    )
    for answer in ours:
        setattr(AvailabilityZonesAndRegions, answer.__name__, answer)
