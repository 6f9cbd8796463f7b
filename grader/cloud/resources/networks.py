"""Machines and networks. Each Region's default VPC is AWS's and isn't listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.resources.resource import Readers, Resource

_DEFAULT_GROUP = "default"


def _ec2(backend: Any) -> Iterator[Resource]:
    for reservation in list(backend.reservations.values()):
        for instance in list(reservation.instances):
            # It is shown for an hour after its end, and costs nothing any more.
            if instance.state != "terminated":
                yield Resource("instance", instance.id, instance.state)
    for vpc in list(backend.vpcs.values()):
        if not vpc.is_default:
            yield Resource("vpc", vpc.id, vpc.cidr_block)
    for subnets in list(backend.subnets.values()):
        for subnet in list(subnets.values()):
            if not subnet.default_for_az:
                yield Resource("subnet", subnet.id, subnet.cidr_block)
    for groups in list(backend.groups.values()):
        for group in list(groups.values()):
            if group.name != _DEFAULT_GROUP:
                yield Resource("security group", group.id, group.name)
    for table in list(backend.route_tables.values()):
        if table.main_association_id is None:
            yield Resource("route table", table.id)
    for address in list(backend.addresses):
        yield Resource("elastic ip", address.allocation_id, address.public_ip)
    for kind, held in (
        ("volume", backend.volumes),
        ("network interface", backend.enis),
        ("vpc endpoint", backend.vpc_end_points),
        ("nat gateway", backend.nat_gateways),
        ("internet gateway", backend.internet_gateways),
        ("key pair", backend.key_pairs),
        ("launch template", backend.launch_templates),
    ):
        for name, found in list(held.items()):
            if getattr(found, "state", None) != "deleted":
                yield Resource(kind, name)


READERS: Readers = {"ec2": _ec2}
