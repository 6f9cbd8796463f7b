"""health-and-hello, with right answers, wrong ones, and none."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "health-and-hello"
ASKED = '{"statusCode": 200}'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class Builder:
    """One way to build the door; what is wrong with it is said by its settings."""

    def __init__(
        self,
        *,
        as_json: Callable[[Any], str] = json.dumps,
        permits: bool = True,
        integrates: bool = True,
        deploys_first: bool = False,
        deploys: bool = True,
        stage: str = "v1",
        saving_deploys: bool = False,
        saves: bool = True,
        publishes_to: str | None = "v1",
        catch_all: bool = False,
        proxy: bool = False,
        content_type: str = "application/json",
    ) -> None:
        self.has = locals()

    def __getattr__(self, name: str) -> Any:
        return self.has[name]

    def open(self, cloud: Any, function_arn: str, status: str) -> Any:
        gateway = cloud.client("apigateway")
        api = gateway.create_rest_api(name="front-door")["id"]
        if self.deploys_first:
            self._mock(gateway, api, "hours", status)
            gateway.create_deployment(restApiId=api, stageName=self.stage)
        self._mock(gateway, api, "health", status)
        self._behind(cloud, api, "hello", function_arn)
        if self.catch_all:
            self._behind(cloud, api, "{proxy+}", function_arn)
        if self.deploys and not self.deploys_first:
            gateway.create_deployment(restApiId=api, stageName=self.stage)
        return api

    def change(self, cloud: Any, api: str, status: str) -> None:
        if not self.saves:
            return
        gateway = cloud.client("apigateway")
        health = self._at(gateway, api, "/health")
        template = {self.content_type: self.as_json({"status": status})}
        gateway.put_integration_response(
            **health, statusCode="200", responseTemplates=template
        )
        if self.saving_deploys:
            gateway.create_deployment(restApiId=api, stageName="v1")

    def publish(self, cloud: Any, api: str) -> None:
        if self.publishes_to:
            cloud.client("apigateway").create_deployment(
                restApiId=api, stageName=self.publishes_to
            )

    def _path(self, gateway: Any, api: str, word: str) -> dict[str, Any]:
        root = self._at(gateway, api, "/")["resourceId"]
        made = gateway.create_resource(restApiId=api, parentId=root, pathPart=word)
        at = {"restApiId": api, "resourceId": made["id"], "httpMethod": "GET"}
        gateway.put_method(**at, authorizationType="NONE")
        return at

    def _at(self, gateway: Any, api: str, path: str) -> dict[str, Any]:
        found = gateway.get_resources(restApiId=api)["items"]
        at = next(one["id"] for one in found if one["path"] == path)
        return {"restApiId": api, "resourceId": at, "httpMethod": "GET"}

    def _mock(self, gateway: Any, api: str, word: str, status: str) -> None:
        at = self._path(gateway, api, word)
        asked = {"application/json": ASKED}
        said = {self.content_type: self.as_json({"status": status})}
        gateway.put_integration(**at, type="MOCK", requestTemplates=asked)
        gateway.put_method_response(**at, statusCode="200")
        gateway.put_integration_response(**at, statusCode="200", responseTemplates=said)

    def _behind(self, cloud: Any, api: str, word: str, arn: str) -> None:
        at = self._path(cloud.client("apigateway"), api, word)
        path = f"arn:aws:apigateway:{cloud.region}:lambda:path/2015-03-31/functions"
        if self.integrates:
            cloud.client("apigateway").put_integration(
                **at,
                type="AWS_PROXY",
                integrationHttpMethod="POST",
                uri=f"{path}/{arn}/invocations",
            )
        if self.permits:
            cloud.client("lambda").add_permission(
                FunctionName=arn,
                StatementId=f"from-{at['resourceId']}",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
                SourceArn=f"arn:aws:execute-api:{cloud.region}:{cloud.account}:{api}/*",
            )

    @property
    def work(self) -> tuple[Callable[..., Any], ...]:
        return self.open, self.change, self.publish


def opened_by_steps(cloud: Any, function_arn: str, status: str) -> str:
    """A stage of its own, made from a deployment that names none."""
    api: str = Builder(deploys=False).open(cloud, function_arn, status)
    gateway = cloud.client("apigateway")
    made = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="v1", deploymentId=made)
    return api


def changed_by_patch(cloud: Any, api: str, status: str) -> None:
    """A patch of the template, whose content type has a slash in it."""
    gateway = cloud.client("apigateway")
    at = Builder()._at(gateway, api, "/health")
    template = "/responseTemplates/application~1json"
    change = {
        "op": "replace",
        "path": template,
        "value": json.dumps({"status": status}),
    }
    gateway.update_integration_response(
        **at, statusCode="200", patchOperations=[change]
    )


def published_by_stage(cloud: Any, api: str) -> None:
    """A snapshot first, and then the stage is told to show it."""
    gateway = cloud.client("apigateway")
    made = gateway.create_deployment(restApiId=api)["id"]
    change = {"op": "replace", "path": "/deploymentId", "value": made}
    gateway.update_stage(restApiId=api, stageName="v1", patchOperations=[change])


@pytest.mark.parametrize(
    "work",
    [
        Builder().work,
        (opened_by_steps, changed_by_patch, published_by_stage),
    ],
    ids=["in one go", "by steps and patches"],
)
def test_right_answers_pass(judge: Judge, work: tuple[Any, ...]) -> None:
    """A snapshot that a stage shows, whichever calls make it."""
    said = judge(CHECK, *work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter, starter, Builder().publish)

    assert (said.outcome, said.unattempted) == ("failed", True)


def by_hand(said: dict[str, str]) -> str:
    return f'{{"status": "{said["status"]}"}}'


@pytest.mark.parametrize(
    ("mistake", "misconception", "words"),
    [
        ({"deploys": False}, "saving-is-deploying", "no stage v1"),
        ({"deploys_first": True}, "saving-is-deploying", "403 from the door"),
        ({"stage": "prod"}, "stage-by-itself", "stages: prod"),
        ({"saving_deploys": True}, "changing-deploys", "was there already"),
        ({"publishes_to": None}, "saving-is-deploying", "called publish"),
        ({"publishes_to": "v2"}, "stage-by-itself", "stages: v1, v2"),
        ({"saves": False}, None, "what the API has saved"),
        ({"permits": False}, "doors-run-code", "I got 500"),
        ({"catch_all": True}, "catch-all", "/nope"),
        ({"as_json": by_hand}, "text-by-hand", "no JSON"),
        ({"content_type": "text/plain"}, None, "content-type"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, mistake: dict[str, Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, *Builder(**mistake).work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_door_needs_no_function_for_its_health(judge: Judge, cloud: Any) -> None:
    """A second function behind /health is told as one too many."""
    right = Builder()

    def with_a_function(cloud: Any, function_arn: str, status: str) -> Any:
        functions, iam = cloud.client("lambda"), cloud.client("iam")
        role = iam.create_role(RoleName="second", AssumeRolePolicyDocument=TRUST)
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr("second.py", "def answer(event, context): ...")
        functions.create_function(
            FunctionName="second",
            Runtime="python3.13",
            Handler="second.answer",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": memory.getvalue()},
        )
        return right.open(cloud, function_arn, status)

    said = judge(CHECK, with_a_function, right.change, right.publish)
    cloud.client("lambda").delete_function(FunctionName="second")
    cloud.client("iam").delete_role(RoleName="second")

    assert said.misconception == "doors-need-functions", said.text


def test_change_is_no_new_door(judge: Judge) -> None:
    """Visitors know one address, and another API has another."""
    right = Builder()

    def over_again(cloud: Any, api: str, status: str) -> None:
        cloud.client("apigateway").delete_rest_api(restApiId=api)
        cloud.client("apigateway").create_rest_api(name="front-door")

    said = judge(CHECK, right.open, over_again, right.publish)

    assert said.misconception == "new-door-each-time", said.text


@pytest.mark.parametrize(
    ("returned", "words"),
    [(None, "the id of the API"), ("a1b2c3d4e5", "there is none")],
)
def test_id_that_isnt_one_is_told(
    judge: Judge, returned: str | None, words: str
) -> None:
    """What open_front_door returns has to be the id of a REST API."""
    right = Builder()
    said = judge(CHECK, lambda *given: returned, right.change, right.publish)

    assert said.outcome == "failed"
    assert words in said.text
