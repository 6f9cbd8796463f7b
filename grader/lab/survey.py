"""Drawing up an architecture, from the account itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.lab import doors, grants, triggers, watching
from grader.lab.architecture import Architecture
from grader.lab.deployed import look

if TYPE_CHECKING:
    from grader.lab.cloud import Cloud


def survey(cloud: Cloud) -> Architecture:
    """A Region: what calls what there, and what users, roles and functions may do.

    The log groups of functions are left out, unless something is made of them.
    """
    services = None
    if cloud.endpoint_url is not None:
        # The lab tells at once who has something; the others needn't be asked.
        services = frozenset(one.service for one in cloud.inventory())
    deployed = look(cloud, services)
    arrows = [
        *triggers.arrows(cloud, deployed),
        *doors.arrows(cloud, deployed),
        *watching.arrows(cloud, deployed),
        *grants.arrows(cloud, deployed),
    ]
    ends = [box for arrow in arrows for box in (arrow.source, arrow.target)]
    boxes = dict.fromkeys([*deployed.boxes.values(), *ends])
    return Architecture(cloud.region, tuple(boxes), tuple(arrows))
