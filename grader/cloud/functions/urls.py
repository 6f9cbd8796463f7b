"""Function URLs: Create-, Get-, Update-, Delete- and ListFunctionUrlConfigs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.cloud.functions import (
    constraints,
    names,
    pages,
    service_model,
    storage,
)
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import conflict, missing
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.names import LATEST
from grader.cloud.functions.stored_function import StoredFunction


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


@dataclass
class UrlRecord:
    """A function URL as it is stored. ``qualifier`` is an alias or None."""

    url_id: str
    qualifier: str | None
    auth_type: str
    invoke_mode: str
    cors: dict[str, Any] | None
    created: str = field(default_factory=_now)
    modified: str = ""


@dataclass(frozen=True)
class UrlConfig:
    """A function URL: where it leads and who may use it.

    ``cors`` has the members of Lambda's ``Cors`` shape, or is None.
    """

    url_id: str
    account: str
    region: str
    function: str
    qualifier: str | None
    auth_type: str
    cors: Mapping[str, Any] | None
    invoke_mode: str


def url_config(url_id: str) -> UrlConfig | None:
    """Find a function URL by the first label of its host name."""
    for backend in storage.backends():
        for name in backend.names():
            latest = backend.latest(name)
            for record in latest.record.urls.values() if latest else ():
                if record.url_id == url_id:
                    return UrlConfig(
                        url_id,
                        backend.account_id,
                        backend.region_name,
                        name,
                        record.qualifier,
                        record.auth_type,
                        record.cors,
                        record.invoke_mode,
                    )
    return None


def _place(call: Call) -> tuple[StoredFunction, str | None]:
    """Return the function and alias that are to get a URL.

    Raises:
        AWSError: ResourceNotFoundException; ValidationException for a version
            that is part of the name, as the model has it for a Qualifier.
    """
    name = named(call)
    qualifier = name.qualifier
    if qualifier is not None and (qualifier == LATEST or qualifier.isdigit()):
        pattern = service_model.constraint("FunctionUrlQualifier")["pattern"]
        raise constraints.violation(
            qualifier,
            "qualifier",
            f"Member must satisfy regular expression pattern: {pattern}",
        )
    latest = call.backend.latest(name.name)
    if latest is None or (
        qualifier is not None and qualifier not in call.backend.aliases(name.name)
    ):
        raise missing("Function does not exist")
    return latest, qualifier


def _existing(call: Call) -> tuple[StoredFunction, UrlRecord]:
    name = named(call)
    latest = call.backend.latest(name.name)
    record = latest.record.urls.get(name.qualifier or LATEST) if latest else None
    if latest is None or record is None:
        raise missing("The resource you requested does not exist.")
    return latest, record


def _drawn(function: StoredFunction, record: UrlRecord) -> dict[str, Any]:
    host = f"{record.url_id}.lambda-url.{function.region}.on.aws"
    drawn: dict[str, Any] = {
        "FunctionUrl": f"https://{host}/",
        "FunctionArn": names.function_arn(
            function.account_id,
            function.region,
            function.function_name,
            record.qualifier,
        ),
        "AuthType": record.auth_type,
        "CreationTime": record.created,
        "InvokeMode": record.invoke_mode,
    }
    if record.cors:
        drawn["Cors"] = record.cors
    return drawn


@operation("CreateFunctionUrlConfig")
def create_function_url_config(call: Call) -> Members:
    """Give a function or an alias an HTTPS address.

    moto gives one per function only, whatever the qualifier.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
    """
    function, qualifier = _place(call)
    urls = function.record.urls
    if (qualifier or LATEST) in urls:
        raise conflict(
            "Failed to create function url config for [functionArn ="
            f" {named(call).arn}]. Error message:  FunctionUrlConfig exists for this"
            " Lambda function"
        )
    seed = f"{named(call).arn} {_now()}"
    record = UrlRecord(
        url_id=_url_id(seed),
        qualifier=qualifier,
        auth_type=call["AuthType"],
        invoke_mode=call.get("InvokeMode", "BUFFERED"),
        cors=call.get("Cors"),
    )
    record.modified = record.created
    urls[qualifier or LATEST] = record
    return _drawn(function, record)


def _url_id(seed: str) -> str:
    """Make an id as AWS's look: 32 small letters and digits."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    digits = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(digits[number >> 5 * place & 31] for place in range(32))


@operation("GetFunctionUrlConfig")
def get_function_url_config(call: Call) -> Members:
    """Describe a function's or alias's URL."""
    function, record = _existing(call)
    return {**_drawn(function, record), "LastModifiedTime": record.modified}


@operation("UpdateFunctionUrlConfig")
def update_function_url_config(call: Call) -> Members:
    """Change a URL; what the caller leaves out stays as it is."""
    function, record = _existing(call)
    record.auth_type = call.get("AuthType", record.auth_type)
    record.invoke_mode = call.get("InvokeMode", record.invoke_mode)
    if "Cors" in call:
        record.cors = call["Cors"]
    record.modified = _now()
    return {**_drawn(function, record), "LastModifiedTime": record.modified}


@operation("DeleteFunctionUrlConfig")
def delete_function_url_config(call: Call) -> None:
    """Take a function's or alias's URL away."""
    function, record = _existing(call)
    del function.record.urls[record.qualifier or LATEST]


@operation("ListFunctionUrlConfigs")
def list_function_url_configs(call: Call) -> Members:
    """List the URLs of a function and of its aliases. moto has no such operation."""
    function = unqualified(call)
    drawn = [
        {**_drawn(function, record), "LastModifiedTime": record.modified}
        for record in function.record.urls.values()
    ]
    return pages.page(call, "FunctionUrlConfigs", drawn)
