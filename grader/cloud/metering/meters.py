"""What AWS charges for, in which units, and how much of it is always free.

Prices are those of us-east-1, whatever Region is used, without volume discounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grader.facts import prices
from grader.facts.fact import Fact

_KB, _GB = 1024, 1024**3


@dataclass(frozen=True)
class Allowance:
    """What is free each month, perhaps of several meters together."""

    name: str
    amount: Fact[Decimal]
    # Units that are there all month: the amount is one of units, not of unit-hours.
    all_month: bool = False


@dataclass(frozen=True)
class Meter:
    """One line of a bill.

    ``scale`` is how much of what is counted makes one ``unit``. What is ``hourly`` is
    counted once each hour, and a unit is as much all month long. The price is for
    ``per`` units.
    """

    service: str
    what: str
    unit: str
    price: Fact[Decimal]
    scale: int = 1
    per: int = 1
    hourly: bool = False
    free: Allowance | None = None


_GB_SECONDS = Allowance("Lambda GB-seconds", prices.FREE_LAMBDA_GB_SECONDS)
_LOGS = Allowance("CloudWatch Logs", prices.FREE_LOGS)
_MILLION, _THOUSAND, _TEN_THOUSAND = 1_000_000, 1_000, 10_000
# Lambda counts MB and ms; its GB has 1,024 MB.
_MB_MS = _KB * 1000
# DynamoDB counts halves of units, and provisioned units by the hour.
_HALVES = 2

METERS = {
    "lambda.requests": Meter(
        "Lambda",
        "requests",
        "requests",
        prices.LAMBDA_REQUESTS,
        per=_MILLION,
        free=Allowance("Lambda requests", prices.FREE_LAMBDA_REQUESTS),
    ),
    "lambda.x86_64": Meter(
        "Lambda",
        "compute time with INIT (x86)",
        "GB-seconds",
        prices.LAMBDA_X86,
        scale=_MB_MS,
        free=_GB_SECONDS,
    ),
    "lambda.arm64": Meter(
        "Lambda",
        "compute time with INIT (arm64)",
        "GB-seconds",
        prices.LAMBDA_ARM64,
        scale=_MB_MS,
        free=_GB_SECONDS,
    ),
    "apigateway.rest": Meter(
        "API Gateway",
        "REST API requests",
        "requests",
        prices.REST_API_REQUESTS,
        per=_MILLION,
    ),
    "apigateway.http": Meter(
        "API Gateway",
        "HTTP API requests",
        "requests",
        prices.HTTP_API_REQUESTS,
        per=_MILLION,
    ),
    "s3.writes": Meter(
        "S3",
        "PUT, COPY, POST and LIST requests",
        "requests",
        prices.S3_WRITES,
        per=_THOUSAND,
    ),
    "s3.reads": Meter(
        "S3", "GET and other requests", "requests", prices.S3_READS, per=_THOUSAND
    ),
    "s3.storage": Meter(
        "S3", "storage", "GB-months", prices.S3_STORAGE, scale=_GB, hourly=True
    ),
    "dynamodb.writes": Meter(
        "DynamoDB",
        "on-demand writes",
        "write units",
        prices.DYNAMODB_WRITES,
        scale=_HALVES,
        per=_MILLION,
    ),
    "dynamodb.reads": Meter(
        "DynamoDB",
        "on-demand reads",
        "read units",
        prices.DYNAMODB_READS,
        scale=_HALVES,
        per=_MILLION,
    ),
    "dynamodb.provisioned-writes": Meter(
        "DynamoDB",
        "provisioned writes",
        "unit-hours",
        prices.PROVISIONED_WRITES,
        free=Allowance(
            "DynamoDB write capacity", prices.FREE_PROVISIONED_CAPACITY, all_month=True
        ),
    ),
    "dynamodb.provisioned-reads": Meter(
        "DynamoDB",
        "provisioned reads",
        "unit-hours",
        prices.PROVISIONED_READS,
        free=Allowance(
            "DynamoDB read capacity", prices.FREE_PROVISIONED_CAPACITY, all_month=True
        ),
    ),
    "dynamodb.storage": Meter(
        "DynamoDB",
        "storage",
        "GB-months",
        prices.DYNAMODB_STORAGE,
        scale=_GB,
        hourly=True,
        free=Allowance("DynamoDB storage", prices.FREE_DYNAMODB_STORAGE),
    ),
    "logs.ingested": Meter(
        "CloudWatch",
        "log bytes ingested",
        "GB",
        prices.LOG_INGESTION,
        scale=_GB,
        free=_LOGS,
    ),
    "logs.storage": Meter(
        "CloudWatch",
        "log storage",
        "GB-months",
        prices.LOG_STORAGE,
        scale=_GB,
        hourly=True,
        free=_LOGS,
    ),
    "cloudwatch.metrics": Meter(
        "CloudWatch",
        "custom metrics",
        "metric-months",
        prices.CUSTOM_METRICS,
        hourly=True,
        free=Allowance("CloudWatch metrics", prices.FREE_METRICS),
    ),
    "cloudwatch.alarms": Meter(
        "CloudWatch",
        "alarms",
        "alarm-months",
        prices.ALARMS,
        hourly=True,
        free=Allowance("CloudWatch alarms", prices.FREE_ALARMS),
    ),
    "sqs.requests": Meter(
        "SQS",
        "requests",
        "requests",
        prices.SQS_REQUESTS,
        per=_MILLION,
        free=Allowance("SQS requests", prices.FREE_SQS_REQUESTS),
    ),
    "sns.publishes": Meter(
        "SNS",
        "publishes",
        "publishes",
        prices.SNS_PUBLISHES,
        per=_MILLION,
        free=Allowance("SNS publishes", prices.FREE_SNS_PUBLISHES),
    ),
    "events.custom": Meter(
        "EventBridge", "custom events", "events", prices.EVENTS, per=_MILLION
    ),
    "secretsmanager.secrets": Meter(
        "Secrets Manager", "secrets", "secret-months", prices.SECRETS, hourly=True
    ),
    "secretsmanager.calls": Meter(
        "Secrets Manager", "calls", "calls", prices.SECRET_CALLS, per=_TEN_THOUSAND
    ),
    "kms.keys": Meter("KMS", "keys", "key-months", prices.KMS_KEYS, hourly=True),
    "kms.requests": Meter(
        "KMS",
        "requests",
        "requests",
        prices.KMS_REQUESTS,
        per=_TEN_THOUSAND,
        free=Allowance("KMS requests", prices.FREE_KMS_REQUESTS),
    ),
}
