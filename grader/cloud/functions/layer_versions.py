"""PublishLayerVersion, GetLayerVersion, DeleteLayerVersion and the lists."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from moto.utilities.utils import get_partition

from grader.cloud.functions import downloads, packages, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import failure, invalid, missing
from grader.cloud.functions.layers import LayerRecord, find_layer
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import timestamp


@operation("PublishLayerVersion")
def publish_layer_version(call: Call) -> Members:
    """Add a version to a layer, or make a new layer.

    moto gives no address for the content and takes any bytes.
    https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
    """
    return _with_content(call, publish(call.backend, call.parameters))


def publish(backend: FunctionsBackend, wanted: Mapping[str, Any]) -> LayerRecord:
    """Check and store a layer version.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    account, region = backend.account_id, backend.region_name
    name = str(wanted["LayerName"]).rpartition(":")[2]
    package = packages.package_of(
        account, region, wanted["Content"], "PublishLayerVersion"
    )
    records = backend.layer_records.setdefault(name, [])
    record = LayerRecord(
        account=account,
        region=region,
        name=name,
        version=len(records) + 1,
        package=package,
        sha256=base64.b64encode(hashlib.sha256(package).digest()).decode(),
        created=timestamp(),
        description=wanted.get("Description", ""),
        runtimes=wanted.get("CompatibleRuntimes", []),
        architectures=wanted.get("CompatibleArchitectures", []),
        license=wanted.get("LicenseInfo", ""),
        layer_arn=f"arn:{get_partition(region)}:lambda:{region}:{account}:layer:{name}",
    )
    records.append(record)
    return record


def layer_name(call: Call) -> str:
    """Return the layer's name, which the caller may give as an ARN."""
    return str(call["LayerName"]).rpartition(":")[2]


def _listed(record: LayerRecord) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "LayerVersionArn": record.arn,
        "Version": record.version,
        "Description": record.description,
        "CreatedDate": record.created,
    }
    if record.runtimes:
        listed["CompatibleRuntimes"] = record.runtimes
    if record.architectures:
        listed["CompatibleArchitectures"] = record.architectures
    if record.license:
        listed["LicenseInfo"] = record.license
    return listed


def _with_content(call: Call, record: LayerRecord) -> dict[str, Any]:
    return {
        **_listed(record),
        "LayerArn": record.layer_arn,
        "Content": {
            "Location": downloads.layer_location(call.endpoint, record),
            "CodeSha256": record.sha256,
            "CodeSize": len(record.package),
        },
    }


@operation("GetLayerVersion")
def get_layer_version(call: Call) -> Members:
    """Describe a layer version with where its content can be downloaded."""
    _check_number(call)
    record = numbered(call)
    if record is None:
        raise missing("The resource you requested does not exist.")
    return _with_content(call, record)


def _check_number(call: Call) -> None:
    if call["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1.")


def numbered(call: Call) -> LayerRecord | None:
    """Return the layer version of a call's LayerName and VersionNumber."""
    for record in call.backend.layer_records.get(layer_name(call), []):
        if record.version == call["VersionNumber"] and not record.deleted:
            return record
    return None


@operation("GetLayerVersionByArn")
def get_layer_version_by_arn(call: Call) -> Members:
    """Describe a layer version, also another account's that shares it."""
    record = find_layer(call["Arn"])
    if record is None or record.deleted:
        raise missing("The resource you requested does not exist.")
    if record.account != call.account and not _shared(record, call.account):
        raise failure(
            "AccessDeniedException",
            f"User: arn:aws:iam::{call.account}:root is not authorized to perform:"
            f" lambda:GetLayerVersion on resource: {record.arn} because no"
            " resource-based policy allows the lambda:GetLayerVersion action",
        )
    return _with_content(call, record)


def _shared(record: LayerRecord, account: str) -> bool:
    principals = [statement["Principal"] for statement in record.statements]
    return any(
        principal == "*" or account in str(principal.get("AWS"))
        for principal in principals
    )


@operation("DeleteLayerVersion")
def delete_layer_version(call: Call) -> None:
    """Delete a layer version; functions that have it keep it."""
    _check_number(call)
    record = numbered(call)
    if record is not None:
        record.deleted = True


def _compatible(call: Call, record: LayerRecord) -> bool:
    runtime, architecture = (
        call.get("CompatibleRuntime"),
        call.get("CompatibleArchitecture"),
    )
    return (
        not record.deleted
        and (runtime is None or runtime in record.runtimes)
        and (architecture is None or architecture in record.architectures)
    )


@operation("ListLayerVersions")
def list_layer_versions(call: Call) -> Members:
    """List a layer's versions, newest first."""
    records = call.backend.layer_records.get(layer_name(call), [])
    found = [_listed(one) for one in reversed(records) if _compatible(call, one)]
    return pages.page(call, "LayerVersions", found)


@operation("ListLayers")
def list_layers(call: Call) -> Members:
    """List layers with the latest version of each that matches."""
    found = []
    for name, records in sorted(call.backend.layer_records.items()):
        matching = [one for one in records if _compatible(call, one)]
        if matching:
            found.append(
                {
                    "LayerName": name,
                    "LayerArn": matching[-1].layer_arn,
                    "LatestMatchingVersion": _listed(matching[-1]),
                }
            )
    return pages.page(call, "Layers", found)
