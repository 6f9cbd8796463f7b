from __future__ import annotations

import html
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from grader.errors import LabError
from grader.lab import Cloud
from grader.lab.bill import Bill, Line, amount, cents, money

NUMBERS = ("quantity", "price", "cost", "free", "covered", "to_pay")


def line(service: str, what: str = "requests", **numbers: str) -> Line:
    values: dict[str, Any] = {
        "unit": "requests",
        "price_unit": "USD per million",
        "as_of": "2026-11-25",
        "check": "",
        **dict.fromkeys(NUMBERS, Decimal(0)),
    }
    for name, value in numbers.items():
        values[name] = Decimal(value) if name in NUMBERS else value
    return Line(service, what, **values)


TAKEN = Bill(
    [
        line("Lambda", quantity="3", cost="0.0000006", covered="0.0000006"),
        line(
            "S3",
            "storage",
            quantity="0.000000157",
            cost="0.0000000036",
            to_pay="0.0000000036",
            check="https://aws.amazon.com/s3/pricing/",
        ),
    ],
    account="123456789012",
    month="2026-11",
    now=datetime(2026, 11, 25, 14, 5, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "$0.00"),
        ("0.0000000036", "$0.0000000036"),
        ("0.00001234567", "$0.0000123"),
        ("0.0099999", "$0.01"),
        ("0.01", "$0.01"),
        ("12.345", "$12.35"),
        ("1234567.891", "$1,234,567.89"),
    ],
)
def test_money_below_a_cent_is_shown_in_full(value: str, shown: str) -> None:
    """What would round to nothing is shown with its first digits."""
    assert money(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("3", "3"),
        ("1E+3", "1000"),
        ("0.5", "0.5"),
        ("0.000000157432", "0.000000157"),
        ("1234.5678", "1234.57"),
        ("12.3456", "12.3"),
    ],
)
def test_quantities_are_short(value: str, shown: str) -> None:
    """Whole numbers are whole, others have a few digits."""
    assert amount(Decimal(value)) == shown


def test_what_is_paid_is_in_cents() -> None:
    """An invoice has no smaller unit, and rounds half a cent up."""
    assert [cents(Decimal(one)) for one in ("0.0049", "0.005")] == ["$0.00", "$0.01"]


def test_totals_are_of_all_lines() -> None:
    """Cost, what is free of it, and what is left to pay."""
    assert TAKEN.cost == Decimal("0.0000006036")
    assert TAKEN.covered == Decimal("0.0000006")
    assert TAKEN.to_pay == Decimal("0.0000000036")
    assert [one.what for one in TAKEN.of("S3")] == ["storage"]


def test_a_tiny_bill_says_both() -> None:
    """What would be paid, and what that is before it is rounded."""
    assert TAKEN.summary == (
        "$0.00 to pay (exactly $0.0000000036); "
        "$0.0000006 of $0.000000604 is always free."
    )


def test_a_bill_reads_the_same_in_both_forms() -> None:
    """Title, sum, rows and notes are in the text and in HTML."""
    text, page = repr(TAKEN), html.unescape(TAKEN._repr_html_())
    assert text.startswith(
        "Simulated bill of account 123456789012 for 2026-11, "
        "until 25 November, 14:05 UTC\n"
    )
    for part in (TAKEN.title, TAKEN.summary, *TAKEN.notes):
        assert part in text
        assert part in page
    for cell in ("Lambda", "0.000000157", "$0.0000000036", "total"):
        assert cell in text
        assert f">{cell}</td>" in page


def test_a_bill_says_what_it_isnt() -> None:
    """It is simulated, and leaves things out."""
    said = " ".join(TAKEN.notes)
    for part in ("A simulated bill", "us-east-1", "data transfer, support, taxes"):
        assert part in said


def test_second_hand_prices_have_a_mark() -> None:
    """A star, and the page that knows; without such a price there is no note."""
    assert [TAKEN.row(one)[4].endswith("*") for one in TAKEN] == [False, True]
    page = "check the pricing page. https://aws.amazon.com/s3/pricing/"
    assert TAKEN.notes[0].endswith(page)
    assert "check the pricing page" not in repr(Bill(TAKEN[:1]))


def test_a_picture_says_all_in_words() -> None:
    """A line for each service; the sums are in words, not in colours alone."""
    picture = TAKEN.plot()
    assert picture.text.splitlines()[2:] == [
        "  Lambda: $0.00 to pay, $0.0000006 free",
        "  S3: $0.0000000036 to pay",
    ]
    axes = picture.figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Lambda", "S3"]
    assert [text.get_text().strip() for text in axes.texts] == [
        one.partition(": ")[2] for one in picture.text.splitlines()[2:]
    ]
    hatches = [bar.patches[0].get_hatch() for bar in axes.containers]
    assert hatches == [None, "///"]


def test_dollars_are_no_formulas() -> None:
    """Two dollar signs would make mathematics of the words between them."""
    axes = TAKEN.plot().figure.axes[0]
    every = [*axes.texts, axes.title, axes._left_title]
    assert not any(text.get_parse_math() for text in every if text.get_text())


def test_an_empty_bill_says_so(cloud: Cloud) -> None:
    """Nothing used: no table, and a picture without bars."""
    taken = Bill(account="123456789012", month="2026-11")
    assert repr(taken).splitlines()[1] == "  nothing that costs was used"
    assert "<table" not in taken._repr_html_()
    assert taken.plot().text.endswith("nothing that costs was used")
    assert "img" in taken.plot()._repr_html_()


def test_the_bill_of_an_account(cloud: Cloud) -> None:
    """What an account did is on its bill, and on no other account's."""
    cloud.client("sqs").create_queue(QueueName="orders")
    queue = cloud.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="tea")
    taken = cloud.bill()
    assert [(one.service, one.quantity) for one in taken] == [("SQS", 3)]
    assert (taken.account, taken.months) == (cloud.account, [taken.month])
    assert taken.to_pay == 0
    assert list(cloud.fresh().bill()) == []


def test_another_months_bill(cloud: Cloud) -> None:
    """A month that is over, or hasn't come, has a bill of its own."""
    cloud.client("sqs").create_queue(QueueName="orders")
    assert (cloud.bill("2020-01").month, list(cloud.bill("2020-01"))) == ("2020-01", [])


def test_a_real_account_is_billed_by_aws() -> None:
    """The lab doesn't know what a real account did."""
    with pytest.raises(LabError, match="Cost Explorer"):
        Cloud(None, "us-east-1").bill()
