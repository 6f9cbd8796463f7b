"""The policy that a resource itself has, wherever its service keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.s3.models import s3_backends

from grader.cloud import s3
from grader.cloud.access.documents import Document, Policy, PolicyKind, read
from grader.cloud.access.hosts import is_the_labs_own
from grader.cloud.access.request import Request
from grader.cloud.access.sessions import find_role
from grader.cloud.access.stored_names import backend

# Its name may be that of another account's bucket, which isn't meant.
_NEW_BUCKET = "s3:CreateBucket"
_NOBODY = '{"Version": "2012-10-17", "Statement": []}'
_COLON = rb"(?::|%3A)"
_ACCOUNTS = re.compile(
    rb"arn" + _COLON + rb"aws" + (_COLON + rb"[\w-]*") * 2 + _COLON + rb"(\d{12})"
)


def policy_on(request: Request) -> Policy | None:
    """The policy of a resource, for sts:AssumeRole the role's trust policy."""
    action, arn = request.action, request.resource
    if action == _NEW_BUCKET:
        return None
    if action.startswith("sts:") and ":role/" in arn:
        return _trust(arn)
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] not in _KEPT or _closed(request):
        return None
    text = _KEPT[parts[2]](*parts[3:])
    kind: PolicyKind = "key" if parts[2] == "kms" else "resource"
    return Policy(f"the policy of {arn}", kind, _read(text), arn) if text else None


def _read(text: str) -> Document:
    """A policy's document; what moto kept without being one lets nobody do anything."""
    try:
        return read(text)
    except ValueError:
        return read(_NOBODY)


def owner_of(action: str, arn: str) -> str:
    """The account that owns a resource; empty where nobody does so far."""
    if action == _NEW_BUCKET:
        return ""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    if parts[2] == "s3" and not parts[4]:
        bucket = parts[5].partition("/")[0]
        partition_account = s3_backends.bucket_accounts.get(bucket)
        return str(partition_account[1]) if partition_account else ""
    return parts[4] if parts[4] != "aws" else ""


def _closed(request: Request) -> bool:
    """Whether Block Public Access keeps everybody else out of a bucket.

    Then its policy lets in no more than its own account and AWS's services.
    """
    principal = request.principal
    if not request.action.startswith("s3:") or principal.kind == "service":
        return False
    bucket = s3.find(request.resource.split(":", 5)[5].partition("/")[0])
    if bucket is None or principal.account == bucket.account_id:
        return False
    return s3.restricts(bucket)


def _trust(arn: str) -> Policy:
    """The trust policy of a role; one that trusts nobody where there is no role."""
    parts = arn.split(":", 5)
    role = find_role(parts[4], arn) if len(parts) == 6 else None
    text = _NOBODY
    if role is not None:
        document = role.assume_role_policy_document
        text = document if isinstance(document, str) else json.dumps(document)
    return Policy(f"the trust policy of {arn}", "trust", read(text), arn)


def _of_bucket(_region: str, _account: str, name: str) -> str | None:
    bucket = s3.find(name.partition("/")[0])
    text = bucket.policy if bucket is not None else None
    return text.decode() if isinstance(text, bytes) else text


def _of_lambda(region: str, account: str, name: str) -> str | None:
    # Imported late: functions ask here what their roles may do.
    from grader.cloud import functions

    kind, *rest = name.split(":")
    if kind == "function" and rest:
        qualifier = rest[1] if len(rest) > 1 else None
        found = functions.policy(account, region, rest[0], qualifier)
    elif kind == "layer" and len(rest) > 1:
        arn = f"arn:aws:lambda:{region}:{account}:{name}"
        found = functions.layer_policy(arn)
    else:
        return None
    return json.dumps(found) if found else None


def _of_queue(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.sqs.models", "sqs", account, region)
    queue = stored.queues.get(name) if stored is not None else None
    return queue.policy if queue is not None else None


def _of_topic(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.sns.models", "sns", account, region)
    arn = f"arn:aws:sns:{region}:{account}:{name}"
    topic = stored.topics.get(arn) if stored is not None else None
    return topic.policy if topic is not None else None


def _of_secret(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.secretsmanager.models", "secretsmanager", account, region)
    for secret in list(stored.secrets.values()) if stored is not None else []:
        if str(secret.arn).partition(":secret:")[2] == name.partition(":")[2]:
            return str(secret.policy) if secret.policy else None
    return None


def _of_key(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.kms.models", "kms", account, region)
    key = stored.keys.get(name.partition("/")[2]) if stored is not None else None
    return str(key.policy) if key is not None and key.policy else None


def _of_event_bus(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.events.models", "events", account, region)
    kind, _, bus = name.partition("/")
    if stored is None or kind != "event-bus":
        return None
    found = stored.event_buses.get(bus)
    return found.policy if found is not None else None


def _of_log_group(region: str, account: str, name: str) -> str | None:
    """What all policies of a Region's log groups say; their statements name groups."""
    stored = backend("moto.logs.models", "logs", account, region)
    statements: list[Any] = []
    for policy in list(stored.resource_policies.values()) if stored is not None else []:
        try:
            found = json.loads(policy.policy_document)["Statement"]
        except (ValueError, KeyError, TypeError):
            continue
        statements += found if isinstance(found, list) else [found]
    if not statements:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _of_table(region: str, account: str, name: str) -> str | None:
    stored = backend("moto.dynamodb.models", "dynamodb", account, region)
    if stored is None:
        return None
    table = "/".join(name.split("/")[:2])
    found = stored.resource_policies.get(f"arn:aws:dynamodb:{region}:{account}:{table}")
    return str(found.policy_doc) if found is not None else None


_KEPT: Mapping[str, Callable[[str, str, str], str | None]] = {
    "dynamodb": _of_table,
    "events": _of_event_bus,
    "kms": _of_key,
    "lambda": _of_lambda,
    "logs": _of_log_group,
    "s3": _of_bucket,
    "secretsmanager": _of_secret,
    "sns": _of_topic,
    "sqs": _of_queue,
}


def may_refuse(
    account: str, region: str, service: str, environ: Mapping[str, Any], data: bytes
) -> bool:
    """Whether a resource could refuse an administrator of an account.

    Nobody's identity policies count here. What does are trust policies, denying
    resource policies, and whatever belongs to another account. `data` is the body.
    """
    if service == "sts":
        return True
    if service == "s3":
        return _bucket_may_refuse(account, environ)
    texts = _TEXTS.get(service)
    if texts is None:
        return False
    if any(found != account.encode() for found in _ACCOUNTS.findall(data)):
        return True
    return any("Deny" in text for text in texts(account, region))


def _bucket_may_refuse(account: str, environ: Mapping[str, Any]) -> bool:
    if not is_the_labs_own(environ):
        return True
    names = [environ["PATH_INFO"].split("/", 2)[1]]
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        names.append(source.lstrip("/").partition("/")[0])
    buckets = [s3.find(name) for name in names if name]
    return any(
        bucket is not None
        and (bucket.policy is not None or bucket.account_id != account)
        for bucket in buckets
    )


def _of_keys(account: str, region: str) -> Iterator[str]:
    """What denies, and what leaves the account out: a key's policy has to allow."""
    stored = backend("moto.kms.models", "kms", account, region)
    for key in list(stored.keys.values()) if stored is not None else []:
        policy = str(key.policy)
        yield policy if f":{account}:root" in policy else "Deny"


def _texts_of(module: str, service: str, held: str) -> Callable[..., Iterator[str]]:
    """Lists the policies of a service's resources in an account and Region."""

    def texts(account: str, region: str) -> Iterator[str]:
        stored = backend(module, service, account, region)
        for one in list(getattr(stored, held).values()) if stored is not None else []:
            yield str(getattr(one, "policy", None) or getattr(one, "policy_doc", ""))

    return texts


_TEXTS: Mapping[str, Callable[[str, str], Iterator[str]]] = {
    "dynamodb": _texts_of("moto.dynamodb.models", "dynamodb", "resource_policies"),
    "events": _texts_of("moto.events.models", "events", "event_buses"),
    "kms": _of_keys,
    "secretsmanager": _texts_of(
        "moto.secretsmanager.models", "secretsmanager", "secrets"
    ),
    "sns": _texts_of("moto.sns.models", "sns", "topics"),
    "sqs": _texts_of("moto.sqs.models", "sqs", "queues"),
}
