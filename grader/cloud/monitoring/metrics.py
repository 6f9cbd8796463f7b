"""What a metric is: a namespace, a name, and a set of dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metric:
    """The identity of a metric; ``dimensions`` are pairs sorted by name.

    Each combination of dimensions is a metric of its own: nothing adds them up.
    """

    namespace: str
    name: str
    dimensions: Dimensions = ()

    def described(self) -> dict[str, Any]:
        """Write the metric with AWS's member names."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [
                {"Name": name, "Value": value} for name, value in self.dimensions
            ],
        }


def dimensions(given: Iterable[Mapping[str, str]] | None) -> Dimensions:
    """Read dimensions from AWS's list of names and values."""
    return tuple(sorted((one["Name"], one["Value"]) for one in given or ()))


def metric(members: Mapping[str, Any]) -> Metric:
    """Read a metric from members in AWS's names."""
    return Metric(
        members["Namespace"],
        members["MetricName"],
        dimensions(members.get("Dimensions")),
    )
