"""What AWS charges in us-east-1 before any volume discount, and what is always free.

Prices are exact decimals, in US dollars. AWS's pricing pages fill their numbers in with
a script, so most of these were read elsewhere, or in a copy of unknown age, and are
marked as second-hand: whoever shows one says to check the pricing page too. ``as_of``
is the day of which a source speaks, or on which it was read if it has no date.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from grader.facts.fact import Fact

_PAGES = "https://aws.amazon.com/"
_LAMBDA = _PAGES + "lambda/pricing/"
_DYNAMODB = _PAGES + "dynamodb/pricing/on-demand/"
_CLOUDWATCH = _PAGES + "cloudwatch/pricing/"
_SECRETS = _PAGES + "secrets-manager/pricing/"
_READ = date(2026, 11, 25)


def _read(
    value: str, unit: str, source: str, as_of: date, page: str = ""
) -> Fact[Decimal]:
    """Make a price; one with a ``page`` was read elsewhere, at ``source``."""
    return Fact(
        Decimal(value), unit, source, as_of=as_of, second_hand=bool(page), page=page
    )


LAMBDA_REQUESTS = _read("0.20", "USD per million requests", _LAMBDA, date(2026, 9, 20))
LAMBDA_X86 = _read(
    "0.0000166667",
    "USD per GB-second",
    "https://app.unpkg.com/artillery@2.0.28/files/lib/platform/aws-lambda/prices.js",
    _READ,
    _LAMBDA,
)
LAMBDA_ARM64 = _read(
    "0.0000133334",
    "USD per GB-second",
    "https://app.unpkg.com/artillery@2.0.28/files/lib/platform/aws-lambda/prices.js",
    _READ,
    _LAMBDA,
)
FREE_LAMBDA_REQUESTS = _read("1000000", "requests a month", _LAMBDA, date(2026, 9, 20))
FREE_LAMBDA_GB_SECONDS = _read(
    "400000", "GB-seconds a month", _LAMBDA, date(2026, 9, 20)
)

_API_GATEWAY = (
    "https://docs.aws.amazon.com/whitepapers/latest/"
    "best-practices-api-gateway-private-apis-integration/cost-optimization.html"
)
REST_API_REQUESTS = _read(
    "3.50", "USD per million requests", _API_GATEWAY, date(2026, 9, 20)
)
HTTP_API_REQUESTS = _read(
    "1.00", "USD per million requests", _API_GATEWAY, date(2026, 9, 20)
)
HTTP_API_METERED_SIZE = Fact(512 * 1024, "bytes", _API_GATEWAY)

_S3 = ("https://cloudburn.io/blog/amazon-s3-pricing", date(2026, 3, 13))
_S3_PAGE = _PAGES + "s3/pricing/"
S3_STORAGE = _read("0.023", "USD per GB-month", *_S3, _S3_PAGE)
S3_WRITES = _read("0.005", "USD per thousand requests", *_S3, _S3_PAGE)
S3_READS = _read("0.0004", "USD per thousand requests", *_S3, _S3_PAGE)

_ON_DEMAND = (
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    _READ,
)
DYNAMODB_WRITES = _read(
    "0.625", "USD per million write request units", *_ON_DEMAND, _DYNAMODB
)
DYNAMODB_READS = _read(
    "0.125", "USD per million read request units", *_ON_DEMAND, _DYNAMODB
)
PROVISIONED_WRITES = _read(
    "0.00065", "USD per write capacity unit-hour", *_ON_DEMAND, _DYNAMODB
)
PROVISIONED_READS = _read(
    "0.00013", "USD per read capacity unit-hour", *_ON_DEMAND, _DYNAMODB
)
_COPY = (_PAGES + "dynamodb/pricing/", _READ, _PAGES + "dynamodb/pricing/")
DYNAMODB_STORAGE = _read("0.25", "USD per GB-month", *_COPY)
FREE_DYNAMODB_STORAGE = _read("25", "GB a month", *_COPY)
FREE_PROVISIONED_CAPACITY = _read("25", "units of each kind, all month", *_COPY)

_WATCHED = ("https://cloudburn.io/blog/amazon-cloudwatch-pricing", date(2026, 2, 1))
LOG_INGESTION = _read("0.50", "USD per GB", *_WATCHED, _CLOUDWATCH)
LOG_STORAGE = _read("0.03", "USD per GB-month", *_WATCHED, _CLOUDWATCH)
CUSTOM_METRICS = _read("0.30", "USD per metric-month", *_WATCHED, _CLOUDWATCH)
ALARMS = _read("0.10", "USD per alarm-month", *_WATCHED, _CLOUDWATCH)
FREE_LOGS = _read("5", "GB a month", _CLOUDWATCH, _READ, _CLOUDWATCH)
FREE_METRICS = _read("10", "metrics a month", _CLOUDWATCH, _READ, _CLOUDWATCH)
FREE_ALARMS = _read("10", "alarms a month", _CLOUDWATCH, _READ, _CLOUDWATCH)

_QUEUES = ("https://cloudburn.io/blog/amazon-sqs-pricing", date(2026, 3, 14))
SQS_REQUESTS = _read(
    "0.40", "USD per million requests", *_QUEUES, _PAGES + "sqs/pricing/"
)
FREE_SQS_REQUESTS = _read(
    "1000000", "requests a month", *_QUEUES, _PAGES + "sqs/pricing/"
)
SNS_PUBLISHES = _read(
    "0.50",
    "USD per million publishes",
    "https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols/",
    date(2026, 6, 13),
    _PAGES + "sns/pricing/",
)
FREE_SNS_PUBLISHES = _read(
    "1000000",
    "publishes a month",
    "https://gist.github.com/pizofreude/f33f99c532855f7e9a73b7b022009f0c",
    date(2026, 3, 6),
    _PAGES + "sns/pricing/",
)
EVENTS = _read(
    "1.00",
    "USD per million custom events",
    "https://cloudburn.io/blog/amazon-eventbridge-pricing",
    date(2026, 3, 13),
    _PAGES + "eventbridge/pricing/",
)
SECRETS = _read("0.40", "USD per secret-month", _SECRETS, date(2026, 9, 20))
SECRET_CALLS = _read("0.05", "USD per ten thousand calls", _SECRETS, date(2026, 9, 20))

_KEYS = ("https://www.wring.co/blog/aws-kms-pricing-guide", date(2026, 3, 15))
KMS_KEYS = _read("1.00", "USD per key-month", *_KEYS, _PAGES + "kms/pricing/")
KMS_REQUESTS = _read(
    "0.03", "USD per ten thousand requests", *_KEYS, _PAGES + "kms/pricing/"
)
FREE_KMS_REQUESTS = _read("20000", "requests a month", *_KEYS, _PAGES + "kms/pricing/")

# A message to SQS or SNS, and an event, is charged for each chunk of so many bytes.
CHARGED_CHUNK = Fact(64 * 1024, "bytes", _PAGES + "eventbridge/pricing/")
