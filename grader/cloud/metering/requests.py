"""Which of the requests that moto answers are charged for, and as how many."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flask import Request, Response

from grader.cloud.moto_lookups import account_of_key
from grader.facts import prices

Charge = tuple[str, str, int]
"""The account that pays, the meter, and the amount."""

_CHUNK = prices.CHARGED_CHUNK.value
# Listings cost as much as writes; about anything else, a GET is a read.
_LISTINGS = frozenset(
    {"list-type", "versions", "uploads", "prefix", "delimiter"}
    | {"encoding-type", "marker", "max-keys"}
)


def charge(service: str, request: Request, response: Response) -> Charge | None:
    """Say what a request to a service costs whom; None where it is free."""
    meter = _METERS.get(service)
    charged = meter(request, response) if meter is not None else None
    if charged is None:
        return None
    name, amount = charged
    return _payer(service, request), name, amount


def _payer(service: str, request: Request) -> str:
    if service == "s3":
        # Who owns the bucket pays, whoever asks.
        owner = _buckets().get(_bucket_and_key(request)[0])
        if owner is not None:
            return str(owner[1])
    return account_of_key(_access_key(request))


def _access_key(request: Request) -> str:
    signed = request.headers.get("Authorization", "").partition("Credential=")[2]
    found = signed or request.args.get("X-Amz-Credential", "")
    return found.partition("/")[0]


def _buckets() -> Mapping[str, tuple[str, str]]:
    from moto.s3.models import s3_backends

    owners: Mapping[str, tuple[str, str]] = s3_backends.bucket_accounts
    return owners


def _bucket_and_key(request: Request) -> tuple[str, str]:
    """Read them off the host, or off the path."""
    host, path = request.host.partition(".")[0], request.path.lstrip("/")
    if host in _buckets():
        return host, path
    bucket, _, key = path.partition("/")
    return bucket, key


def _s3(request: Request, response: Response) -> tuple[str, int] | None:
    if request.method in ("DELETE", "OPTIONS") or "delete" in request.args:
        return None
    if request.method in ("PUT", "POST"):
        return "s3.writes", 1
    asked = set(request.args)
    listing = not _bucket_and_key(request)[1] and (not asked or asked & _LISTINGS)
    if request.method == "GET" and listing:
        return "s3.writes", 1
    return "s3.reads", 1


def _sqs(request: Request, response: Response) -> tuple[str, int] | None:
    size = max(len(request.get_data()), response.calculate_content_length() or 0)
    return "sqs.requests", _chunks(size)


def _sns(request: Request, response: Response) -> tuple[str, int] | None:
    action = request.form.get("Action", "")
    if not action.startswith("Publish"):
        return None
    # The body is gone where Flask has read a form of it.
    size = sum(len(value.encode()) for value in request.form.values())
    return "sns.publishes", _chunks(size)


def _events(request: Request, response: Response) -> tuple[str, int] | None:
    if not _target(request).endswith(".PutEvents"):
        return None
    entries = json.loads(request.get_data() or b"{}").get("Entries") or []
    sizes = (len(json.dumps(entry).encode()) for entry in entries)
    return "events.custom", sum(map(_chunks, sizes))


def _secrets(request: Request, response: Response) -> tuple[str, int] | None:
    return "secretsmanager.calls", 1


def _kms(request: Request, response: Response) -> tuple[str, int] | None:
    return "kms.requests", 1


def _logs(request: Request, response: Response) -> tuple[str, int] | None:
    if not _target(request).endswith(".PutLogEvents") or response.status_code >= 400:
        return None
    events = json.loads(request.get_data() or b"{}").get("logEvents") or []
    sizes = (len(event.get("message", "").encode()) for event in events)
    return "logs.ingested", sum(sizes)


def _target(request: Request) -> str:
    return request.headers.get("X-Amz-Target", "")


def _chunks(size: int) -> int:
    return max(1, -(-size // _CHUNK))


_METERS: dict[str, Callable[[Request, Response], tuple[str, int] | None]] = {
    "events": _events,
    "kms": _kms,
    "logs": _logs,
    "s3": _s3,
    "secretsmanager": _secrets,
    "sns": _sns,
    "sqs": _sqs,
}
