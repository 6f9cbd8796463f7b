"""What exists in an account."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.lab import tables
from grader.lab.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Resource:
    """One resource, by the name that its service's own calls take."""

    service: str
    kind: str
    name: str
    region: str
    """`global` where a service has no Regions."""
    detail: str = ""


class Inventory(tables.Listing[Resource]):
    """Resources by service and Region; shown as a table."""

    columns = ("service", "kind", "name", "region", "detail")
    empty = "nothing exists here"

    def __init__(self, resources: Iterable[Resource] = (), *, note: str = "") -> None:
        """`note` says what the list leaves out."""
        super().__init__(resources)
        self.note = note

    def names(self, kind: str) -> list[str]:
        """The names of one kind of resource."""
        return [resource.name for resource in self if resource.kind == kind]

    def plot(self) -> InventoryPicture:
        """How many there are of each kind, as a picture."""
        return InventoryPicture(self)

    def __repr__(self) -> str:
        return "\n".join(filter(None, [super().__repr__(), self.note]))

    def _repr_html_(self) -> str:
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return super()._repr_html_() + note


def of_lab(resources: Iterable[Mapping[str, str]]) -> Inventory:
    """The inventory that the lab tells: of every Region."""
    return Inventory(Resource(**found) for found in resources)


_HATCHES = ("", "///", "...", "xxx", "---", "ooo", "\\\\\\", "+++")
# Wong's palette, which colour-blind readers tell apart; the hatch differs too.
_FILLS = (
    *("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00"),
    *("#0072b2", "#bbbbbb"),
)


class InventoryPicture(Picture):
    """A bar for each kind of resource, in parts for the Regions."""

    def __init__(self, inventory: Inventory) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter(
            (found.service, found.kind, found.region) for found in inventory
        )
        self._note = inventory.note

    @property
    def text(self) -> str:
        """One line for each kind and Region."""
        lines = [
            f"  {number} {kind} ({service}) in {region}"
            for (service, kind, region), number in sorted(self._counts.items())
        ]
        total = f"Resources in this account: {sum(self._counts.values())}"
        return "\n".join([total, *lines, *filter(None, [self._note])])

    def _drawn(self) -> Figure:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        kinds = sorted({(service, kind) for service, kind, _ in self._counts})
        regions = sorted({region for _, _, region in self._counts})
        figure = Figure(figsize=(8, 1.2 + 0.32 * max(2, len(kinds))))
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        axes.set_title(f"{sum(self._counts.values())} resources", loc="left")
        places = range(len(kinds))
        ends = [0] * len(kinds)
        for at, region in enumerate(regions):
            numbers = [self._counts[*kind, region] for kind in kinds]
            axes.barh(
                places,
                numbers,
                left=ends,
                label=region,
                color=_FILLS[at % len(_FILLS)],
                hatch=_HATCHES[at % len(_HATCHES)],
                edgecolor="#333333",
            )
            ends = [end + number for end, number in zip(ends, numbers, strict=True)]
        for place, end in zip(places, ends, strict=True):
            axes.text(end, place, f" {end}", va="center")
        axes.set_yticks(places, [f"{service}: {kind}" for service, kind in kinds])
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlim(0, max([1, *ends]) * 1.08)
        axes.spines[["top", "right"]].set_visible(False)
        if len(regions) > 1:
            figure.legend(loc="outside right upper", title="Region")
        if not kinds:
            axes.text(0.5, 0.5, "nothing", transform=axes.transAxes, ha="center")
        return figure
