"""Operations on usage plans that moto doesn't have, or not whole.

Follows the API Gateway V1 API reference and its page "Patch operations". moto takes
stages that don't exist, cuts rates to whole numbers, ignores methods' own throttles,
deletes plans that are in use and has neither GetUsage nor UpdateUsage.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from grader.cloud.gateway import api_keys
from grader.cloud.gateway.rest_requests import Asked
from grader.cloud.gateway.service_answers import (
    bad_request,
    invalid_value,
    not_found,
    not_modelled,
    without_nulls,
)
from grader.cloud.gateway.throttles import PERIODS, today

Members = dict[str, Any]
_METHOD_LIMIT = re.compile(
    r"/apiStages/(?P<stage>[^/]+)/throttle"
    r"(?:/(?P<path>[^/]*)/(?P<method>[A-Z]+)(?:/(?P<limit>rateLimit|burstLimit))?)?"
)
_STAGE_THROTTLE = "/apiStages/<apidId:stageName>/throttle"
_ONE_METHOD = f"{_STAGE_THROTTLE}/<resourcePath>/<httpMethod>"
_LIMITS: dict[str, Callable[[str], float]] = {"rateLimit": float, "burstLimit": int}
_REMOVABLE = ("/apiStages", "/quota", "/throttle", "/productCode")
_REPLACEABLE = {
    "/name": "name",
    "/description": "description",
    "/productCode": "product_code",
}


def check_quota(quota: Members | None) -> None:
    """Refuse a quota that can't be meant, or that isn't modelled."""
    if quota is None:
        return
    if quota.get("period") not in PERIODS:
        raise invalid_value(quota.get("period"), "quota.period", PERIODS)
    if quota.get("offset"):
        raise not_modelled("apigateway", "a quota's offset")


def check_create_usage_plan(asked: Asked) -> None:
    """moto takes APIs and stages that don't exist."""
    for one in asked.members.get("apiStages") or []:
        _check_stage(asked, one.get("apiId"), one.get("stage"))
    check_quota(asked.members.get("quota"))


def check_delete_usage_plan(asked: Asked) -> None:
    """moto deletes a plan that stages still have."""
    plan = _plan(asked)
    if plan.api_stages:
        first = plan.api_stages[0]
        raise bad_request(
            f"Cannot delete Usage Plan {plan.id} because there are API Stages"
            f" associated with it, including {first['apiId']}:{first['stage']}"
        )


def _check_stage(asked: Asked, api_id: Any, stage: Any) -> None:
    api = asked.backend.apis.get(api_id)
    if api is None:
        raise not_found(
            f"Invalid API identifier specified {asked.current_account}:{api_id}"
        )
    if stage not in api.stages:
        raise not_found(f"API Stage not found: {api_id}:{stage}")


def _plan(asked: Asked) -> Any:
    return asked.backend.usage_plans[asked.uri_match["usageplanId"]]


def update_usage_plan(asked: Asked) -> Members:
    """Apply patches, and give the plan in moto's form."""
    plan = _plan(asked)
    for patch in asked.members.get("patchOperations") or []:
        _patch(asked, plan, patch["op"], patch["path"], patch.get("value"))
    shown: Members = without_nulls(plan.to_json())
    return shown


def _patch(asked: Asked, plan: Any, op: str, path: str, value: Any) -> None:
    of_method = _METHOD_LIMIT.fullmatch(path)
    group, _, limit = path[1:].partition("/")
    if path == "/apiStages" and op in ("add", "remove"):
        _patch_stages(asked, plan, op, str(value))
    elif of_method is not None:
        _patch_method(plan, op, of_method, value)
    elif op == "remove" and path in ("/quota", "/throttle"):
        setattr(plan, group, {})
    elif op == "remove" and path == "/productCode":
        plan.product_code = None
    elif op in ("add", "replace") and path in _REPLACEABLE:
        setattr(plan, _REPLACEABLE[path], value)
    elif op in ("add", "replace") and group == "throttle" and limit in _LIMITS:
        plan.throttle[limit] = _LIMITS[limit](value)
    elif op in ("add", "replace") and path.startswith("/quota/"):
        number = value if limit == "period" else int(value)
        changed = {"period": "DAY", **plan.quota, limit: number}
        check_quota(changed)
        plan.quota = changed
    else:
        allowed = [*_REMOVABLE, _ONE_METHOD, _STAGE_THROTTLE]
        if op != "remove":
            limits = [f"/throttle/{name}" for name in _LIMITS]
            quota = [f"/quota/{name}" for name in ("limit", "offset", "period")]
            own = [f"{_ONE_METHOD}/{name}" for name in _LIMITS]
            allowed = [*_REPLACEABLE, *quota, *limits, *own]
        raise bad_request(
            f"Invalid patch path  '{path}' specified for op '{op}'. Must be one of:"
            f" [{', '.join(allowed)}]"
        )


def _patch_stages(asked: Asked, plan: Any, op: str, value: str) -> None:
    api_id, _, stage = value.partition(":")
    found = _stage_of(plan, value)
    if op == "remove":
        if found is None:
            raise bad_request("Invalid API Stage specified")
        plan.api_stages.remove(found)
    elif found is None:
        _check_stage(asked, api_id, stage)
        plan.api_stages.append({"apiId": api_id, "stage": stage})


def _stage_of(plan: Any, name: str) -> Members | None:
    for one in plan.api_stages:
        if f"{one['apiId']}:{one['stage']}" == name:
            found: Members = one
            return found
    return None


def _patch_method(plan: Any, op: str, where: re.Match[str], value: Any) -> None:
    stage = _stage_of(plan, where["stage"])
    if stage is None:
        raise bad_request("Invalid API Stage specified")
    throttles = stage.setdefault("throttle", {})
    path, method, limit = where["path"], where["method"], where["limit"]
    if method is None:
        if op != "remove":
            raise not_modelled("apigateway", "a whole throttle in one patch")
        del stage["throttle"]
        return
    name = f"{path.replace('~1', '/')}/{method}"
    if op == "remove":
        throttles.pop(name, None)
    elif limit is not None:
        throttles.setdefault(name, {})[limit] = _LIMITS[limit](value)


def get_usage(asked: Asked) -> Members:
    """Count the requests of each key and day, and what was left on it."""
    parameter = asked._get_param
    first, last = (
        date.fromisoformat(parameter(name)) for name in ("startDate", "endDate")
    )
    plan = _plan(asked)
    keys = asked.backend.usage_plan_keys.get(plan.id, {})
    wanted = parameter("keyId")
    shown = [key for key in keys if wanted in (None, key)]
    return _usage(plan, shown, first, last)


def update_usage(asked: Asked) -> Members:
    """Give a key more requests, or fewer, for the rest of the present period."""
    plan, key = _plan(asked), asked.uri_match["keyId"]
    if key not in asked.backend.usage_plan_keys.get(plan.id, {}):
        raise not_found("Invalid API Key identifier specified")
    limit, period = api_keys.limit_of(plan)
    for patch in asked.members.get("patchOperations") or []:
        if (patch["op"], patch["path"]) != ("replace", "/remaining"):
            raise bad_request(
                f"Invalid patch path  '{patch['path']}' specified for op"
                f" '{patch['op']}'. Must be one of: [/remaining]"
            )
        if limit is None:
            raise bad_request(f"Usage Plan {plan.id} does not have a quota")
        name = api_keys.usage_key(plan.id, key)
        api_keys.quota.extend(name, int(patch["value"]), limit=limit, period=period)
    return _usage(plan, [key], today(), today())


def _usage(plan: Any, keys: list[str], first: date, last: date) -> Members:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    limit, period = api_keys.limit_of(plan)

    def on(key: str, day: date) -> list[int]:
        name = api_keys.usage_key(plan.id, key)
        left = -1
        if limit is not None:
            left = api_keys.quota.left(name, day, limit=limit, period=period)
        return [api_keys.quota.used(name, day), left]

    return {
        "usagePlanId": plan.id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "values": {key: [on(key, day) for day in days] for key in keys},
    }
