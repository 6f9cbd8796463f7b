"""Stages of REST APIs: what their settings do, and what they are refused for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.gateway.conftest import Site


@dataclass
class Stage:
    """A stage v1 with GET /cats and GET /dogs, mocked."""

    site: Site
    api: str
    url: str

    @property
    def client(self) -> Any:
        return self.site.client("apigateway")

    def status(self, path: str) -> int:
        return self.site.request(f"{self.url}{path}").status

    def patch(self, op: str, path: str, value: str | None = None) -> dict[str, Any]:
        patch = {"op": op, "path": path} | ({"value": value} if value else {})
        answer: dict[str, Any] = self.client.update_stage(
            restApiId=self.api, stageName="v1", patchOperations=[patch]
        )
        return answer

    def throttle(self, where: str, burst: int) -> dict[str, Any]:
        self.patch("replace", f"/{where}/throttling/rateLimit", "0.0")
        return self.patch("replace", f"/{where}/throttling/burstLimit", str(burst))


@pytest.fixture
def stage(site: Site) -> Stage:
    api, _ = site.rest_api()
    site.mock(api, "/cats", "{}")
    site.mock(api, "/dogs", "{}")
    return Stage(site, api, site.deploy(api))


def test_a_stages_throttle_is_each_methods(stage: Stage) -> None:
    """What */* says holds for every method by itself."""
    stage.throttle("*/*", 1)
    asked = [stage.status(path) for path in ("/cats", "/cats", "/dogs", "/dogs")]
    assert asked == [200, 429, 200, 429]


def test_a_methods_settings_stand_for_the_stages(stage: Stage) -> None:
    """A method with settings of its own doesn't ask the stage's; it can lose them."""
    stage.throttle("*/*", 1)
    stage.throttle("~1cats/GET", 2)
    assert [stage.status("/cats") for _ in range(3)] == [200, 200, 429]
    stage.patch("remove", "/~1cats/GET")
    shown = stage.patch("remove", "/*/*")
    assert shown.get("methodSettings", {}) == {}
    assert stage.status("/cats") == 200


def test_settings_begin_with_the_accounts_limits(stage: Stage) -> None:
    """moto shows 1,000 requests a second, as it was in 2016."""
    shown = stage.patch("replace", "/*/*/metrics/enabled", "true")
    settings = shown["methodSettings"]["*/*"]
    assert settings["metricsEnabled"] is True
    assert settings["throttlingRateLimit"] == 10_000
    assert settings["throttlingBurstLimit"] == 5_000


def test_a_variable_takes_part_at_once(site: Site) -> None:
    """Stage variables aren't of the deployment: no deployment is needed for them."""
    api, _ = site.rest_api()
    site.mock(api, "/", '{"door": "$stageVariables.door"}')
    url = site.deploy(api, variables={"door": "front"})
    stage = Stage(site, api, url)
    assert site.request(url).json() == {"door": "front"}
    stage.patch("replace", "/variables/door", "back")
    assert site.request(url).json() == {"door": "back"}
    stage.patch("remove", "/variables/door")
    assert site.request(url).json() == {"door": ""}


def refused(call: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**members)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


CANARY = (
    "NotImplementedException",
    "The local cloud doesn't model canary deployments of apigateway; real AWS does.",
)
CACHE = (
    "NotImplementedException",
    "The local cloud doesn't model caching of apigateway; real AWS does.",
)


def test_canaries_are_refused_loudly(stage: Stage) -> None:
    """moto takes them and sends them nothing."""
    client, canary = stage.client, {"percentTraffic": 10.0}
    deployed = {"restApiId": stage.api, "stageName": "v1", "canarySettings": canary}
    assert refused(client.create_deployment, **deployed) == CANARY
    deployment = client.get_deployments(restApiId=stage.api)["items"][0]["id"]
    created = deployed | {"stageName": "v2", "deploymentId": deployment}
    assert refused(client.create_stage, **created) == CANARY
    patched = refused(
        stage.patch, op="replace", path="/canarySettings/percentTraffic", value="10"
    )
    assert patched == CANARY


def test_caches_are_refused_loudly(stage: Stage) -> None:
    """moto says that there is one."""
    deployed = {"restApiId": stage.api, "stageName": "v1", "cacheClusterEnabled": True}
    assert refused(stage.client.create_deployment, **deployed) == CACHE
    patched = refused(
        stage.patch, op="replace", path="/cacheClusterEnabled", value="true"
    )
    assert patched == CACHE
