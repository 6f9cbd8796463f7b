"""What the account's use would cost on AWS: `cloud.bill()`."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from grader.lab import tables
from grader.lab.pictures import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CENT = Decimal("0.01")
# Digits that a small amount, or a quantity, is shown with.
_DIGITS = 3
_NOTES = (
    "A simulated bill: nobody will send it. Prices are those of us-east-1 without "
    "volume discounts, whatever Region you use. What is kept (bytes, alarms, keys, "
    "secrets) is counted at each full hour of the lab's clock.",
    "Not counted: data transfer, support, taxes, provisioned concurrency, mail, "
    "storage classes other than Standard, high-resolution and composite alarms, "
    "CloudWatch's API calls. Log storage is counted uncompressed.",
    "Free each month, for every account, is what stands as free. New accounts get "
    "credits on top, which aren't counted.",
)


@dataclass(frozen=True)
class Line:
    """One line of a bill; quantities in `unit`, money in US dollars."""

    service: str
    what: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    cost: Decimal
    free: Decimal
    """How much of the quantity is always free."""
    covered: Decimal
    """How much of the cost that saves."""
    to_pay: Decimal
    as_of: str
    check: str
    """AWS's pricing page, where the price was read elsewhere."""


class Bill(tables.Listing[Line]):
    """The lines of one month, with their totals; shown as a table."""

    columns = ("service", "what", "quantity", "unit", "price", "cost", "free", "to pay")
    empty = "nothing that costs was used"

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        account: str = "",
        month: str = "",
        months: Sequence[str] = (),
        now: datetime | None = None,
    ) -> None:
        super().__init__(lines)
        self.account = account
        self.month = month
        self.months = list(months)
        """The months in which anything was used; `cloud.bill(month)` shows one."""
        self.now = now

    @property
    def cost(self) -> Decimal:
        """What everything costs, before anything is free."""
        return sum((line.cost for line in self), Decimal(0))

    @property
    def covered(self) -> Decimal:
        """What is always free."""
        return sum((line.covered for line in self), Decimal(0))

    @property
    def to_pay(self) -> Decimal:
        """What would be left to pay."""
        return sum((line.to_pay for line in self), Decimal(0))

    def of(self, service: str) -> list[Line]:
        """The lines of one service."""
        return [line for line in self if line.service == service]

    def plot(self) -> BillPicture:
        """What each service costs, as a picture."""
        return BillPicture(self)

    def row(self, item: Line) -> list[str]:
        """The cells of one line."""
        return [
            item.service,
            item.what,
            amount(item.quantity),
            item.unit,
            f"{item.price} {item.price_unit}" + ("*" if item.check else ""),
            money(item.cost),
            money(item.covered),
            money(item.to_pay),
        ]

    @property
    def _total(self) -> list[str]:
        sums = (self.cost, self.covered, self.to_pay)
        return ["total", "", "", "", "", *map(money, sums)]

    @property
    def title(self) -> str:
        """Whose bill this is, and until when."""
        until = f", until {self.now:%d %B, %H:%M} UTC" if self.now is not None else ""
        return f"Simulated bill of account {self.account} for {self.month}{until}"

    @property
    def summary(self) -> str:
        """The totals in one sentence."""
        paid = f"{cents(self.to_pay)} to pay"
        if self.to_pay and self.to_pay < _CENT:
            paid += f" (exactly {money(self.to_pay)})"
        free = f"{money(self.covered)} of {money(self.cost)} is always free"
        return f"{paid}; {free}."

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of the numbers."""
        pages = sorted({line.check for line in self if line.check})
        second_hand = [
            "* Read elsewhere than at AWS: check the pricing page. " + "  ".join(pages)
        ]
        return [*(second_hand if pages else []), *_NOTES]

    def __getitem__(self, index: Any) -> Any:
        # A slice is a list of lines: it has no totals of its own.
        return (
            list(self)[index]
            if isinstance(index, slice)
            else list.__getitem__(self, index)
        )

    def __repr__(self) -> str:
        if not self:
            return "\n".join([self.title, f"  {self.empty}"])
        rows = [self.row(line) for line in self]
        table = tables.as_text(self.columns, [*rows, self._total])
        return "\n".join([self.title, self.summary, "", table, "", *self.notes])

    def _repr_html_(self) -> str:
        title = f"<p><b>{html.escape(self.title)}</b></p>"
        if not self:
            return f"{title}<p>{html.escape(self.empty)}</p>"
        rows = [self.row(line) for line in self]
        table = tables.as_html(self.columns, [*rows, self._total])
        notes = "".join(
            f"<p><small>{html.escape(one)}</small></p>" for one in self.notes
        )
        return f"{title}<p>{html.escape(self.summary)}</p>{table}{notes}"


def from_wire(said: Mapping[str, Any]) -> Bill:
    """The bill that the lab made out."""
    lines = [
        Line(
            service=line["service"],
            what=line["what"],
            quantity=Decimal(line["quantity"]),
            unit=line["unit"],
            price=Decimal(line["price"]),
            price_unit=line["price_unit"],
            cost=Decimal(line["cost"]),
            free=Decimal(line["free"]),
            covered=Decimal(line["covered"]),
            to_pay=Decimal(line["to_pay"]),
            as_of=line["as_of"],
            check=line["check"],
        )
        for line in said["lines"]
    ]
    now = datetime.fromtimestamp(said["now"], UTC)
    return Bill(
        lines,
        account=said["account"],
        month=said["month"],
        months=said["months"],
        now=now if f"{now:%Y-%m}" == said["month"] else None,
    )


def cents(value: Decimal) -> str:
    """Dollars as they are paid: `$0.00`."""
    return f"${value.quantize(_CENT, ROUND_HALF_UP):,}"


def money(value: Decimal) -> str:
    """Dollars; an amount below a cent with its first digits, however small it is."""
    if not value or value >= _CENT:
        return cents(value)
    return f"${_short(value)}"


def amount(value: Decimal) -> str:
    """A quantity: whole if it is, else with its first digits."""
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}"
    return f"{value:.2f}" if value >= 100 else _short(value)


def _short(value: Decimal) -> str:
    place = Decimal(1).scaleb(value.adjusted() - _DIGITS + 1)
    text = format(value.quantize(min(place, Decimal(1)), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _said(to_pay: Decimal, covered: Decimal) -> str:
    free = f", {money(covered)} free" if covered else ""
    return f"{money(to_pay)} to pay{free}"


_PAID, _FREE = "#d55e00", "#56b4e9"


class BillPicture(Picture):
    """A bar for each service: what is free of it, and what is left to pay."""

    def __init__(self, bill: Bill) -> None:
        self._title = bill.title
        self._summary = bill.summary if bill else bill.empty
        self._sums: dict[str, tuple[Decimal, Decimal]] = {}
        for line in bill:
            covered, to_pay = self._sums.get(line.service, (Decimal(0), Decimal(0)))
            sums = covered + line.covered, to_pay + line.to_pay
            self._sums[line.service] = sums

    @property
    def text(self) -> str:
        """One line for each service."""
        lines = [
            f"  {service}: {_said(to_pay, covered)}"
            for service, (covered, to_pay) in self._sums.items()
        ]
        return "\n".join([self._title, self._summary, *lines])

    def _drawn(self) -> Figure:
        from matplotlib.figure import Figure

        services = list(self._sums)
        figure = Figure(figsize=(8, 1.4 + 0.4 * max(2, len(services))))
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        # Two dollar signs would make a formula of what is between them.
        title = f"{self._title}\n{self._summary}"
        axes.set_title(title, loc="left", fontsize=10, parse_math=False)
        places = range(len(services))
        free = [float(covered) for covered, _ in self._sums.values()]
        paid = [float(to_pay) for _, to_pay in self._sums.values()]
        edge = "#333333"
        axes.barh(places, paid, color=_PAID, edgecolor=edge, label="to pay")
        axes.barh(
            places,
            free,
            left=paid,
            color=_FREE,
            edgecolor=edge,
            hatch="///",
            label="free",
        )
        longest = max([*(a + b for a, b in zip(free, paid, strict=True)), 1e-12])
        for place, (covered, to_pay) in zip(places, self._sums.values(), strict=True):
            axes.text(
                float(covered + to_pay),
                place,
                f" {_said(to_pay, covered)}",
                va="center",
                fontsize=9,
                parse_math=False,
            )
        axes.set_yticks(places, services)
        axes.invert_yaxis()
        axes.set_xlim(0, longest * 1.6)
        axes.set_xlabel("US dollars")
        axes.spines[["top", "right"]].set_visible(False)
        if services:
            figure.legend(loc="outside lower right", ncols=2)
        else:
            axes.text(0.5, 0.5, "nothing", transform=axes.transAxes, ha="center")
        return figure
