"""What an account keeps now, and pays for by the hour: bytes, alarms, keys, secrets.

Only backends that some request has made are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.base_backend import BackendDict

from grader.facts import dynamodb as limits

Levels = Iterator[tuple[str, int]]

_PER_ITEM = limits.ITEM_OVERHEAD.value


def levels() -> Counter[tuple[str, str]]:
    """Measure everything that every account keeps, by account and meter."""
    found: Counter[tuple[str, str]] = Counter()
    for account, backend, measure in _backends():
        for meter, amount in measure(backend):
            found[account, meter] += amount
    return found


def reporting(begin: float, end: float) -> Counter[tuple[str, str]]:
    """Count custom metrics that got data in an hour, by account and meter."""
    found: Counter[tuple[str, str]] = Counter()
    for backends in list(BackendDict._instances):
        if backends.service_name != "cloudwatch":
            continue
        for account, regions in list(backends.items()):
            for backend in list(regions.values()):
                number = backend.metrics.custom_reporting(begin, end)
                found[account, "cloudwatch.metrics"] += number
    return found


def _backends() -> Iterator[tuple[str, Any, Callable[[Any], Levels]]]:
    for backends in list(BackendDict._instances):
        measure = _MEASURES.get(backends.service_name)
        if measure is None:
            continue
        for account, regions in list(backends.items()):
            for backend in list(regions.values()):
                yield account, backend, measure


def _s3(backend: Any) -> Levels:
    for bucket in list(backend.buckets.values()):
        for _, versions in list(bucket.keys._iterlists()):
            for key in list(versions):
                # Delete markers have no storage class, and no bytes.
                if getattr(key, "storage_class", "") == "STANDARD":
                    yield "s3.storage", key.size
        for upload in list(bucket.multiparts.values()):
            yield "s3.storage", sum(part.size for part in list(upload.parts.values()))


def _dynamodb(backend: Any) -> Levels:
    from grader.cloud.dynamodb import items
    from grader.cloud.dynamodb.tables import measured

    with items.lock:
        for table in backend.tables.values():
            for number, size in measured(table).values():
                yield "dynamodb.storage", size + number * _PER_ITEM
            if table.billing_mode == "PROVISIONED":
                for one in (table, *table.global_indexes):
                    for kind in ("read", "write"):
                        units = one.throughput[f"{kind.title()}CapacityUnits"]
                        yield f"dynamodb.provisioned-{kind}s", units


def _logs(backend: Any) -> Levels:
    for group in list(backend.groups.values()):
        yield "logs.storage", group.message_bytes()


def _cloudwatch(backend: Any) -> Levels:
    for alarm in list(backend.alarms.values()):
        # Composite alarms have a rule, and another price.
        if alarm.rule is None:
            yield "cloudwatch.alarms", 1


def _kms(backend: Any) -> Levels:
    for key in list(backend.keys.values()):
        own = not any(alias.startswith("alias/aws/") for alias in key.aliases)
        if own and key.key_state != "PendingDeletion":
            yield "kms.keys", 1


def _secrets(backend: Any) -> Levels:
    for secret in list(dict.values(backend.secrets)):
        if not secret.is_deleted():
            yield "secretsmanager.secrets", 1


_MEASURES: dict[str, Callable[[Any], Levels]] = {
    "s3": _s3,
    "dynamodb": _dynamodb,
    "logs": _logs,
    "cloudwatch": _cloudwatch,
    "kms": _kms,
    "secretsmanager": _secrets,
}
