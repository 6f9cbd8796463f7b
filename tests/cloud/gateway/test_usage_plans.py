"""API keys and usage plans, by real requests on the lab's clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from grader.cloud.cloud import Cloud
from tests.cloud.gateway.conftest import Site

DAY = 86400
FORBIDDEN = (403, b'{"message":"Forbidden"}', "ForbiddenException")
THROTTLED = (429, b'{"message":"Too Many Requests"}', "TooManyRequestsException")
EXCEEDED = (429, b'{"message":"Limit Exceeded"}', "LimitExceededException")
OK = 200


@pytest.fixture(scope="module")
def moving() -> Iterator[Site]:
    """A cloud of the module's own, whose clock the tests move."""
    cloud = Cloud()
    cloud.start()
    with urllib3.PoolManager(retries=False) as http:
        yield Site(cloud, http)
    cloud.close()


@dataclass
class Keyed:
    """An API with GET /cats and GET /dogs that need a key, and one key."""

    site: Site
    api: str
    url: str
    key: str
    value: str

    @property
    def client(self) -> Any:
        return self.site.client("apigateway")

    @property
    def stage(self) -> str:
        return f"{self.api}:v1"

    def plan(self, *, method: dict[str, Any] | None = None, **limits: Any) -> str:
        """Create a plan of the stage, and give it the key."""
        stage: dict[str, Any] = {"apiId": self.api, "stage": "v1"}
        if method:
            stage["throttle"] = method
        plan: str = self.client.create_usage_plan(
            name=self.site.name("plan"), apiStages=[stage], **limits
        )["id"]
        self.client.create_usage_plan_key(
            usagePlanId=plan, keyId=self.key, keyType="API_KEY"
        )
        return plan

    def ask(self, path: str = "/cats", value: str | None = None) -> Any:
        """Ask with the key: 200, or the status, the body and the error's type."""
        headers = {"x-api-key": self.value if value is None else value}
        answer = self.site.request(
            f"{self.url}{path}", headers={k: v for k, v in headers.items() if v}
        )
        if answer.status == OK:
            return OK
        return answer.status, answer.body, answer.headers["x-amzn-ErrorType"]

    def update(self, plan: str, *patches: tuple[str, str, str]) -> dict[str, Any]:
        operations = [
            {"op": op, "path": path, **({"value": value} if value else {})}
            for op, path, value in patches
        ]
        answer: dict[str, Any] = self.client.update_usage_plan(
            usagePlanId=plan, patchOperations=operations
        )
        del answer["ResponseMetadata"]
        return answer

    def today(self) -> date:
        return datetime.fromtimestamp(self.site.cloud.clock.now(), UTC).date()

    def usage(self, plan: str, first: date, last: date) -> list[list[int]]:
        answer = self.client.get_usage(
            usagePlanId=plan, startDate=first.isoformat(), endDate=last.isoformat()
        )
        found: list[list[int]] = answer["items"][self.key]
        return found


@pytest.fixture
def keyed(moving: Site) -> Keyed:
    api, _ = moving.rest_api()
    for path in ("/cats", "/dogs"):
        where = moving.mock(api, path, "{}")
        patch = {"op": "replace", "path": "/apiKeyRequired", "value": "true"}
        moving.client("apigateway").update_method(**where, patchOperations=[patch])
    url = moving.deploy(api)
    made = moving.client("apigateway").create_api_key(
        name=moving.name("key"), enabled=True
    )
    return Keyed(moving, api, url, made["id"], made["value"])


def to_day(keyed: Keyed, weekday: int | None = None, day: int | None = None) -> None:
    """Go to noon of the next such day."""
    clock = keyed.site.cloud.clock
    clock.advance(DAY - clock.now() % DAY + DAY / 2)
    while (weekday is not None and keyed.today().weekday() != weekday) or (
        day is not None and keyed.today().day != day
    ):
        clock.advance(DAY)


def refused(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    told = error.value.response
    return (
        told["ResponseMetadata"]["HTTPStatusCode"],
        told["Error"]["Code"],
        told["Error"]["Message"],
    )


def test_a_key_without_a_plan_opens_nothing(keyed: Keyed) -> None:
    """A key counts by a usage plan of the stage, and only while it is enabled."""
    assert keyed.ask() == FORBIDDEN
    keyed.plan()
    assert (keyed.ask(), keyed.ask(value=""), keyed.ask(value="guessed")) == (
        OK,
        FORBIDDEN,
        FORBIDDEN,
    )
    off = {"op": "replace", "path": "/enabled", "value": "false"}
    keyed.client.update_api_key(apiKey=keyed.key, patchOperations=[off])
    assert keyed.ask() == FORBIDDEN


def test_a_plan_is_of_its_stages(keyed: Keyed) -> None:
    """Another stage of the same API is another thing; one can be added and taken."""
    keyed.plan()
    keyed.client.create_deployment(restApiId=keyed.api, stageName="beta")
    beta = Keyed(
        keyed.site,
        keyed.api,
        keyed.site.url(keyed.api, "beta").rstrip("/"),
        keyed.key,
        keyed.value,
    )
    assert (keyed.ask(), beta.ask()) == (OK, FORBIDDEN)
    plan = keyed.client.get_usage_plans(keyId=keyed.key)["items"][0]["id"]
    keyed.update(plan, ("add", "/apiStages", f"{keyed.api}:beta"))
    assert beta.ask() == OK
    keyed.update(plan, ("remove", "/apiStages", keyed.stage))
    assert (keyed.ask(), beta.ask()) == (FORBIDDEN, OK)


def test_the_burst_comes_back_with_the_rate(keyed: Keyed) -> None:
    """A bucket of two, which gets one more in a hundred seconds of lab time."""
    keyed.plan(throttle={"burstLimit": 2, "rateLimit": 0.01})
    assert [keyed.ask() for _ in range(3)] == [OK, OK, THROTTLED]
    keyed.site.cloud.clock.advance(101)
    assert [keyed.ask() for _ in range(2)] == [OK, THROTTLED]


def test_a_plans_throttle_is_for_all_its_methods(keyed: Keyed) -> None:
    """Each key has one bucket in a plan."""
    keyed.plan(throttle={"burstLimit": 2, "rateLimit": 0.0})
    asked = [keyed.ask(path) for path in ("/cats", "/dogs", "/cats")]
    assert asked == [OK, OK, THROTTLED]


def test_keys_dont_share_a_plans_limits(keyed: Keyed) -> None:
    """What one key uses, another still has."""
    plan = keyed.plan(
        throttle={"burstLimit": 1, "rateLimit": 0.0},
        quota={"limit": 1, "period": "DAY"},
    )
    other = keyed.client.create_api_key(name=keyed.site.name("key"), enabled=True)
    keyed.client.create_usage_plan_key(
        usagePlanId=plan, keyId=other["id"], keyType="API_KEY"
    )
    assert (keyed.ask(), keyed.ask()) == (OK, THROTTLED)
    assert keyed.ask(value=other["value"]) == OK


def test_a_methods_own_throttle_stands_for_the_plans(keyed: Keyed) -> None:
    """moto keeps it and ignores it; the other method has the plan's."""
    keyed.plan(
        method={"/cats/GET": {"burstLimit": 1, "rateLimit": 0.0}},
        throttle={"burstLimit": 2, "rateLimit": 0.0},
    )
    assert [keyed.ask("/cats") for _ in range(2)] == [OK, THROTTLED]
    assert [keyed.ask("/dogs") for _ in range(3)] == [OK, OK, THROTTLED]


def test_a_methods_throttle_can_be_patched(keyed: Keyed) -> None:
    """moto knows no such path."""
    plan = keyed.plan()
    where = f"/apiStages/{keyed.stage}/throttle/~1cats/GET"
    shown = keyed.update(
        plan,
        ("replace", f"{where}/rateLimit", "0.5"),
        ("replace", f"{where}/burstLimit", "1"),
    )
    assert shown["apiStages"][0]["throttle"] == {
        "/cats/GET": {"rateLimit": 0.5, "burstLimit": 1}
    }
    assert [keyed.ask() for _ in range(2)] == [OK, THROTTLED]
    shown = keyed.update(plan, ("remove", where, ""))
    assert shown["apiStages"][0]["throttle"] == {}
    assert keyed.ask() == OK


def test_a_rate_can_be_less_than_one(keyed: Keyed) -> None:
    """moto fails at "0.5", and cuts 1.5 to 1."""
    plan = keyed.plan()
    shown = keyed.update(plan, ("replace", "/throttle/rateLimit", "0.5"))
    assert shown["throttle"] == {"rateLimit": 0.5}


@pytest.mark.parametrize(
    ("period", "weekday", "day", "days"),
    [("DAY", None, None, 1), ("WEEK", 5, None, 2), ("MONTH", None, 28, 5)],
)
def test_a_quota_begins_anew(
    keyed: Keyed, period: str, weekday: int | None, day: int | None, days: int
) -> None:
    """What is used up comes back with the next period, not a moment before."""
    to_day(keyed, weekday, day)
    keyed.plan(quota={"limit": 2, "period": period})
    assert [keyed.ask() for _ in range(3)] == [OK, OK, EXCEEDED]
    clock = keyed.site.cloud.clock
    clock.advance((days - 1) * DAY)
    if period != "MONTH":
        assert keyed.ask() == EXCEEDED
    clock.advance(DAY)
    assert keyed.ask() == OK


def test_what_is_throttled_costs_no_quota(keyed: Keyed) -> None:
    """A request that isn't let in isn't counted."""
    plan = keyed.plan(
        throttle={"burstLimit": 1, "rateLimit": 0.0},
        quota={"limit": 5, "period": "MONTH"},
    )
    assert [keyed.ask() for _ in range(2)] == [OK, THROTTLED]
    assert keyed.usage(plan, keyed.today(), keyed.today()) == [[1, 4]]


def test_usage_is_told_by_day_and_period(keyed: Keyed) -> None:
    """What is left goes down within a week, and comes back with the next."""
    to_day(keyed, weekday=5)
    plan = keyed.plan(quota={"limit": 10, "period": "WEEK"})
    clock, saturday = keyed.site.cloud.clock, keyed.today()
    for number in (2, 1, 3):
        for _ in range(number):
            assert keyed.ask() == OK
        clock.advance(DAY)
    told = keyed.usage(plan, saturday, saturday + timedelta(days=2))
    assert told == [[2, 8], [1, 7], [3, 7]]


def test_usage_without_a_quota_has_no_end(keyed: Keyed) -> None:
    """What is left is -1."""
    plan = keyed.plan()
    keyed.ask()
    assert keyed.usage(plan, keyed.today(), keyed.today()) == [[1, -1]]


def test_a_key_can_be_given_more(keyed: Keyed) -> None:
    """UpdateUsage sets what is left of the present period; moto has none."""
    to_day(keyed, weekday=1)
    plan = keyed.plan(quota={"limit": 1, "period": "WEEK"})
    assert [keyed.ask() for _ in range(2)] == [OK, EXCEEDED]
    patch = {"op": "replace", "path": "/remaining", "value": "2"}
    told = keyed.client.update_usage(
        usagePlanId=plan, keyId=keyed.key, patchOperations=[patch]
    )
    assert told["items"] == {keyed.key: [[1, 2]]}
    assert [keyed.ask() for _ in range(3)] == [OK, OK, EXCEEDED]
    keyed.site.cloud.clock.advance(7 * DAY)
    assert [keyed.ask() for _ in range(2)] == [OK, EXCEEDED]


def test_a_plan_in_use_stays(keyed: Keyed) -> None:
    """moto deletes it."""
    plan = keyed.plan()
    assert refused(keyed.client.delete_usage_plan, usagePlanId=plan) == (
        400,
        "BadRequestException",
        f"Cannot delete Usage Plan {plan} because there are API Stages associated"
        f" with it, including {keyed.stage}",
    )
    keyed.update(plan, ("remove", "/apiStages", keyed.stage))
    keyed.client.delete_usage_plan(usagePlanId=plan)


@pytest.mark.parametrize(
    ("op", "path", "value", "message"),
    [
        (
            "remove",
            "/apiStages/x:v1",
            "",
            "Invalid patch path  '/apiStages/x:v1' specified for op 'remove'. Must be"
            " one of: [/apiStages, /quota, /throttle, /productCode,"
            " /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>,"
            " /apiStages/<apidId:stageName>/throttle]",
        ),
        ("remove", "/apiStages", "x:v1", "Invalid API Stage specified"),
    ],
)
def test_a_patch_has_to_name_what_is_there(
    keyed: Keyed, op: str, path: str, value: str, message: str
) -> None:
    """moto ignores the first, and fails at the second."""
    plan = keyed.plan()
    patch = {"op": op, "path": path, **({"value": value} if value else {})}
    told = refused(
        keyed.client.update_usage_plan, usagePlanId=plan, patchOperations=[patch]
    )
    assert told == (400, "BadRequestException", message)


@pytest.mark.parametrize(
    ("quota", "status"),
    [
        ({"limit": 1, "period": "YEAR"}, 400),
        ({"limit": 1, "period": "WEEK", "offset": 2}, 501),
    ],
)
def test_a_quota_that_isnt_modelled_is_refused(
    keyed: Keyed, quota: dict[str, Any], status: int
) -> None:
    """AWS's pages contradict each other about what an offset does."""
    told = refused(keyed.client.create_usage_plan, name="plan", quota=quota)
    assert told[0] == status
