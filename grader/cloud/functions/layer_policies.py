"""Who may use a layer version: Add- and RemoveLayerVersionPermission, GetPolicy."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.utilities.utils import get_partition

from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import conflict, missing
from grader.cloud.functions.layer_versions import layer_name, numbered
from grader.cloud.functions.layers import LayerRecord, find_layer
from grader.cloud.functions.updates import check_revision


def _record(call: Call) -> LayerRecord:
    record = numbered(call)
    if record is None:
        arn = (
            f"arn:{get_partition(call.region)}:lambda:{call.region}:{call.account}"
            f":layer:{layer_name(call)}:{call['VersionNumber']}"
        )
        raise missing(f"Layer version {arn} does not exist.")
    return record


def policy(arn: str) -> dict[str, Any] | None:
    """Return the policy document of a layer version, if it has one."""
    record = find_layer(arn)
    return _policy(record) if record is not None and record.statements else None


def _policy(record: LayerRecord) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Id": "default", "Statement": record.statements}


def _document(record: LayerRecord) -> str:
    return json.dumps(_policy(record), separators=(",", ":"))


@operation("AddLayerVersionPermission")
def add_layer_version_permission(call: Call) -> Members:
    """Let an account, an organization or everybody use a layer version.

    https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
    """
    record = _record(call)
    sid = call["StatementId"]
    if any(statement["Sid"] == sid for statement in record.statements):
        raise conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new"
            " statement id, or remove the existing statement."
        )
    _check(record, call)
    principal = call["Principal"]
    if principal.isdigit():
        principal = f"arn:{get_partition(call.region)}:iam::{principal}:root"
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal if principal == "*" else {"AWS": principal},
        "Action": call["Action"],
        "Resource": record.arn,
    }
    if "OrganizationId" in call:
        organization = {"aws:PrincipalOrgID": call["OrganizationId"]}
        statement["Condition"] = {"StringEquals": organization}
    record.statements.append(statement)
    record.policy_revision = str(uuid.uuid4())
    return {
        "Statement": json.dumps(statement, separators=(",", ":")),
        "RevisionId": record.policy_revision,
    }


def _check(record: LayerRecord, call: Call) -> None:
    check_revision(record.policy_revision, call.get("RevisionId"), "GetLayerPolicy")


@operation("GetLayerVersionPolicy")
def get_layer_version_policy(call: Call) -> Members:
    """Return a layer version's policy."""
    record = _record(call)
    if not record.statements:
        raise missing("No policy is associated with the given resource.")
    return {"Policy": _document(record), "RevisionId": record.policy_revision}


@operation("RemoveLayerVersionPermission")
def remove_layer_version_permission(call: Call) -> None:
    """Remove a statement from a layer version's policy."""
    record = _record(call)
    sid = call["StatementId"]
    kept = [statement for statement in record.statements if statement["Sid"] != sid]
    if len(kept) == len(record.statements):
        raise missing(f"Statement {sid} is not found in resource policy.")
    _check(record, call)
    record.statements[:] = kept
    record.policy_revision = str(uuid.uuid4())
