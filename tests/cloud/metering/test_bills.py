from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal

import pytest

from grader.cloud.metering.bills import bill
from grader.cloud.metering.meters import METERS
from grader.facts import prices

GB = Decimal(1024**3)
NOVEMBER = "2026-11"
CENT = Decimal("0.01")


def line(used: dict[str, int], what: str, month: str = NOVEMBER) -> dict[str, Decimal]:
    """Return the numbers of one line of a bill."""
    found = next(one for one in bill(used, month)["lines"] if one["what"] == what)
    return {
        part: Decimal(found[part])
        for part in ("quantity", "free", "cost", "covered", "to_pay")
    }


def test_what_was_not_used_has_no_line() -> None:
    """A bill of nothing is empty, and costs exactly nothing."""
    assert bill({"sqs.requests": 0}, NOVEMBER) == {
        "lines": [],
        "cost": "0",
        "covered": "0",
        "to_pay": "0",
    }


def test_the_allowance_covers_first() -> None:
    """What is above the allowance is left to pay."""
    priced = line({"lambda.requests": 3_000_000}, "requests")
    assert priced == {
        "quantity": Decimal(3_000_000),
        "free": Decimal(1_000_000),
        "cost": Decimal("0.60"),
        "covered": Decimal("0.20"),
        "to_pay": Decimal("0.40"),
    }


def test_memory_makes_gb_seconds() -> None:
    """1,024 MB for a second are a GB-second."""
    used = {"lambda.x86_64": 512 * 2_000}
    assert line(used, "compute time with INIT (x86)")["quantity"] == 1


def test_architectures_share_an_allowance() -> None:
    """What x86 takes of the free GB-seconds, arm64 doesn't have any more."""
    used = {"lambda.x86_64": 300_000 * 1024_000, "lambda.arm64": 300_000 * 1024_000}
    assert line(used, "compute time with INIT (x86)")["free"] == 300_000
    assert line(used, "compute time with INIT (arm64)")["free"] == 100_000


@pytest.mark.parametrize(("month", "hours"), [("2026-11", 720), ("2026-12", 744)])
def test_a_full_month_of_a_secret(month: str, hours: int) -> None:
    """A secret that was there all month costs its price, however long the month was."""
    priced = line({"secretsmanager.secrets": hours}, "secrets", month)
    assert (priced["quantity"], priced["cost"]) == (1, Decimal("0.40"))


def test_an_hour_of_a_table_is_shown_in_full() -> None:
    """What rounds to nothing isn't nothing."""
    priced = line({"s3.storage": 1000}, "storage")
    exact = Decimal(1000) / GB / 720 * Decimal("0.023")
    assert priced["to_pay"] > 0
    assert abs(priced["to_pay"] / exact - 1) < Decimal("1e-15")


def test_free_units_are_there_all_month() -> None:
    """25 provisioned units are free in each hour of the month, not 25 unit-hours."""
    used = {"dynamodb.provisioned-reads": 30 * 720}
    priced = line(used, "provisioned reads")
    assert (priced["free"], priced["to_pay"]) == (25 * 720, Decimal("0.4680"))


def test_every_price_says_where_to_check_it() -> None:
    """A line whose price was read elsewhere names AWS's page."""
    used = dict.fromkeys(METERS, 1)
    for one in bill(used, NOVEMBER)["lines"]:
        assert one["check"].startswith("https://aws.amazon.com/") or not one["check"]
        assert one["as_of"] <= "2026-11-25"


def priced_anew(used: dict[str, int]) -> tuple[Decimal, Decimal]:
    """Price a November in another way: the cost, and what is left to pay of it."""

    def million(fact: Decimal) -> Decimal:
        return fact / 1_000_000

    n = {name: Decimal(number) for name, number in used.items()}
    gb_hours = GB * 720
    kept_free = prices.FREE_LOGS.value
    groups = [
        # Amounts with their prices, and what is free of all of them.
        ([(n["lambda.requests"], million(prices.LAMBDA_REQUESTS.value))], 1_000_000),
        (
            [
                (n["lambda.x86_64"] / 1_024_000, prices.LAMBDA_X86.value),
                (n["lambda.arm64"] / 1_024_000, prices.LAMBDA_ARM64.value),
            ],
            400_000,
        ),
        ([(n["apigateway.rest"], million(prices.REST_API_REQUESTS.value))], 0),
        ([(n["apigateway.http"], million(prices.HTTP_API_REQUESTS.value))], 0),
        ([(n["s3.writes"], prices.S3_WRITES.value / 1000)], 0),
        ([(n["s3.reads"], prices.S3_READS.value / 1000)], 0),
        ([(n["s3.storage"] / gb_hours, prices.S3_STORAGE.value)], 0),
        ([(n["dynamodb.writes"] / 2, million(prices.DYNAMODB_WRITES.value))], 0),
        ([(n["dynamodb.reads"] / 2, million(prices.DYNAMODB_READS.value))], 0),
        ([(n["dynamodb.provisioned-writes"], prices.PROVISIONED_WRITES.value)], 18_000),
        ([(n["dynamodb.provisioned-reads"], prices.PROVISIONED_READS.value)], 18_000),
        ([(n["dynamodb.storage"] / gb_hours, prices.DYNAMODB_STORAGE.value)], 25),
        (
            [
                (n["logs.ingested"] / GB, prices.LOG_INGESTION.value),
                (n["logs.storage"] / gb_hours, prices.LOG_STORAGE.value),
            ],
            kept_free,
        ),
        ([(n["cloudwatch.metrics"] / 720, prices.CUSTOM_METRICS.value)], 10),
        ([(n["cloudwatch.alarms"] / 720, prices.ALARMS.value)], 10),
        ([(n["sqs.requests"], million(prices.SQS_REQUESTS.value))], 1_000_000),
        ([(n["sns.publishes"], million(prices.SNS_PUBLISHES.value))], 1_000_000),
        ([(n["events.custom"], million(prices.EVENTS.value))], 0),
        ([(n["secretsmanager.secrets"] / 720, prices.SECRETS.value)], 0),
        ([(n["secretsmanager.calls"], prices.SECRET_CALLS.value / 10_000)], 0),
        ([(n["kms.keys"] / 720, prices.KMS_KEYS.value)], 0),
        ([(n["kms.requests"], prices.KMS_REQUESTS.value / 10_000)], 20_000),
    ]
    cost = to_pay = Decimal(0)
    for amounts, free in groups:
        left = Decimal(free)
        for amount, price in amounts:
            cost += amount * price
            to_pay += max(Decimal(0), amount - left) * price
            left = max(Decimal(0), left - amount)
    return cost, to_pay


@pytest.mark.parametrize("seed", range(40))
def test_random_months_agree_to_the_cent(seed: int) -> None:
    """Another computation comes to the same cost, and leaves as much to pay."""
    chance = random.Random(seed)
    used = {name: int(10 ** chance.uniform(0, 14)) for name in METERS}
    made_out = bill(used, NOVEMBER)
    sums = Decimal(made_out["cost"]), Decimal(made_out["to_pay"])
    assert [to_the_cent(one) for one in sums] == [
        to_the_cent(one) for one in priced_anew(used)
    ]
    lines = made_out["lines"]
    assert sum(Decimal(one["to_pay"]) for one in lines) == pytest.approx(
        sums[1], rel=Decimal("1e-15"), abs=0
    )


def to_the_cent(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
