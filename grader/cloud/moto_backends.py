"""moto's storage of one account and Region, where it's asked for with every event."""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BackendDict


def backend_of(backends: BackendDict[Any], account: str, region: str) -> Any:
    """What ``backends[account][region]`` gives, but not by moto's look-up if it can.

    That makes sure of each account and Region anew, which takes ten times as long.
    """
    regions = dict.get(backends, account)
    found = None if regions is None else dict.get(regions, region)
    return found or backends[account][region]
