"""health-and-hello: a REST API, and the stage that shows what was deployed of it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.given_functions import given_function
from grader.checks.probe import Probe, quoted
from grader.lab.answers import Answer

STAGE = "v1"
GREETING = """\
def answer(event, context):
    return {"statusCode": 200, "body": WORDS + event["httpMethod"]}
"""


@exercise(
    "health-and-hello",
    hints=(
        "Ask of each answer who gave it: the door itself (403 without a word of yours, "
        "or a MOCK), or the function behind it. A 403 says that the deployed API has "
        "no such path: which of your calls takes the snapshot, and did it come last? A "
        "500 says that the door couldn't use what is behind it.",
        "answer_itself(cloud, health, {____: status})\n"
        "pass_on(cloud, add_path(cloud, api, ____), ____)\n"
        "____(cloud, api)                          # the snapshot, last\n\n"
        "# to change it: the words alone, and no ____\n"
        'say(cloud, get_of(cloud, api, "____"), {____: ____})',
    ),
    explain_back="explain-health-and-hello",
    misconceptions={
        "saving-is-deploying": "You may think that what is saved is live. A stage "
        "shows the snapshot of the last deployment; changes wait for the next one.",
        "changing-deploys": "You may think that a change should be seen at once. "
        "Saving and showing are two steps, so that several changes go live together.",
        "stage-by-itself": "You may think that any stage will do. An address names "
        "its stage, and visitors of v1 see what was deployed to v1.",
        "doors-need-functions": "You may think that an answer needs code. A MOCK "
        "integration answers by itself, and costs no function.",
        "doors-run-code": "You may think that the API runs your function by itself. It "
        "passes a request on, if an integration says where to, and if the function "
        "permits it.",
        "text-by-hand": "You may think that JSON is text between quotes. A quote or a "
        "line break inside has to be written differently: json.dumps knows how.",
        "catch-all": "You may think that an answer to everything is friendly. What "
        "isn't there should look like what isn't there.",
        "new-door-each-time": "You may think that one can start over. Another API has "
        "another address, and visitors don't know it.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def health_and_hello(
    probe: Probe,
    open_front_door: Work,
    change_health: Work,
    publish: Work,
    *,
    variation: bool,
) -> None:
    """Your door answers /health itself, passes /hello on, and changes when deployed."""
    words = probe.name("Good morning")
    before = _functions(probe)
    with given_function(probe, f"WORDS = {words!r}\n{GREETING}") as (name, arn):
        status = 'offen für "alle"\nbis 18 Uhr' if variation else "open"
        door = Door(probe, _api(open_front_door(probe.cloud_argument(), arn, status)))
        try:
            door.health(status)
            door.hello(words, name)
            door.nothing_else()
            _no_other_function(probe, before | {name})
            for new in ("closed for lunch", "back at two")[: 1 + variation]:
                change_health(probe.cloud_argument(), door.api, new)
                door.unchanged(status, new)
            publish(probe.cloud_argument(), door.api)
            door.published(new)
            door.hello(words, name)
        finally:
            door.remove()


def _api(returned: Any) -> str:
    if not isinstance(returned, str) or not returned:
        raise Failed(
            f"I called open_front_door; it returned {quoted(returned)}.",
            expected="the id of the API, as text",
            observed=quoted(returned),
            look="the last line of open_front_door",
            misconception="print-is-return" if returned is None else None,
        )
    return returned


def _functions(probe: Probe) -> set[str]:
    pages = probe.client("lambda").get_paginator("list_functions").paginate()
    return {one["FunctionName"] for page in pages for one in page["Functions"]}


def _no_other_function(probe: Probe, known: set[str]) -> None:
    others = sorted(_functions(probe) - known)
    if others:
        raise Failed(
            "The door answers, and your function has made another function for it.",
            expected="/health from the door itself",
            observed=f"a new function: {others[0]}",
            look="the integration of /health: its type is MOCK",
            misconception="doors-need-functions",
        )


class Door:
    """A REST API, as its visitors see it."""

    def __init__(self, probe: Probe, api: str) -> None:
        self.probe = probe
        self.api = api
        stages = self._stages()
        if STAGE not in stages:
            raise Failed(
                f"I called open_front_door; its API has no stage {STAGE}.",
                expected=f"a deployment to the stage {STAGE}",
                observed=f"stages: {', '.join(stages) or 'none'}",
                look="the last step of open_front_door: which call takes the snapshot, "
                "and for which stage?",
                misconception="stage-by-itself" if stages else "saving-is-deploying",
            )
        self.address = probe.url(api, STAGE)

    def health(self, status: str) -> None:
        """Whether /health is right from the start."""
        answer = self._get("/health")
        if answer.status == 403:
            raise self._not_deployed("/health", answer)
        if self._status(answer) != status:
            raise self._wrong_health(answer, status)
        if answer.headers.get_content_type() != "application/json":
            raise Failed(
                "I visited GET /health; it is JSON, but the answer doesn't say so.",
                expected="content-type: application/json",
                observed=str(answer.headers.get("content-type")),
                look="responseTemplates: its key is the content type",
            )

    def hello(self, words: str, function: str) -> None:
        """Whether /hello comes from the given function, and so from a run of it."""
        runs = len(self.probe.reports(function))
        answer = self._get("/hello")
        self.probe.settle()
        if answer.status == 403:
            raise self._not_deployed("/hello", answer)
        ran = len(self.probe.reports(function)) - runs
        if answer.status != 200 or answer.text != f"{words}GET" or ran != 1:
            raise Failed(
                f"I visited GET /hello; I got {answer.status}, and the given function "
                f"ran {ran} time(s).",
                expected=f"200 and {words}GET, which is what the function answers",
                observed=_seen(answer),
                look="the integration of /hello: AWS_PROXY, POST, and the ARN that was "
                "given; and the permission on the function",
                misconception=None if ran else "doors-run-code",
            )

    def nothing_else(self) -> None:
        """Whether a path that isn't there is answered as one."""
        answer = self._get("/nope")
        kind = answer.headers.get("x-amzn-errortype", "")
        if (answer.status, kind) != (403, "MissingAuthenticationTokenException"):
            raise Failed(
                f"I visited GET /nope, which nobody asked for; I got {answer.status}.",
                expected="403, MissingAuthenticationTokenException",
                observed=_seen(answer),
                look="the paths of your API: is there one for everything?",
                misconception="catch-all",
            )

    def unchanged(self, old: str, new: str) -> None:
        """Whether visitors see the old text while a new one is saved."""
        called = f"I called change_health(cloud, api, {quoted(new)})"
        saved = self._saved()
        if saved is None:
            raise Failed(
                f"{called}; the API {self.api} has no GET /health any more.",
                expected="the same API, with another text",
                observed="no such API, or no such path in it",
                look="change_health: it changes the API that it is given",
                misconception="new-door-each-time",
            )
        answer = self._get("/health")
        if self._status(answer) == new:
            raise Failed(
                f"{called} and visited /health; the new text was there already.",
                expected=f"the text that is published: {quoted(old)}",
                observed=_seen(answer),
                look="change_health: does one of its calls deploy?",
                misconception="changing-deploys",
            )
        if self._status(answer) != old:
            raise self._wrong_health(answer, old)
        if self._status_in(saved) != new:
            raise Failed(
                f"{called}, and looked at what the API has saved for GET /health.",
                expected=json.dumps({"status": new}),
                observed=saved,
                look="change_health: what does it save, and for which method of which "
                "path?",
            )

    def published(self, new: str) -> None:
        """Whether the new text is visible after publish."""
        answer = self._get("/health")
        if self._status(answer) == new:
            return
        told = f"I saved the text {quoted(new)} with change_health, called publish and "
        told += f"visited /health; I got {answer.status}."
        raise Failed(
            told,
            expected=json.dumps({"status": new}),
            observed=f"{_seen(answer)}; stages: {', '.join(self._stages())}",
            look=f"publish: it takes a snapshot, and has the stage {STAGE} show it",
            misconception="stage-by-itself"
            if len(self._stages()) > 1
            else "saving-is-deploying",
        )

    def remove(self) -> None:
        """Close the door: the function behind it goes, too."""
        gateway = self.probe.client("apigateway")
        with contextlib.suppress(gateway.exceptions.NotFoundException):
            gateway.delete_rest_api(restApiId=self.api)

    def _get(self, path: str) -> Answer:
        return self.probe.http("GET", self.address + path)

    def _stages(self) -> list[str]:
        gateway = self.probe.client("apigateway")
        try:
            found = gateway.get_stages(restApiId=self.api)["item"]
        except gateway.exceptions.NotFoundException:
            raise Failed(
                f"I looked for the REST API {self.api!r}, and there is none.",
                expected="a REST API in the account and Region that I gave you",
                observed=", ".join(
                    f"{one['id']} ({one['name']})"
                    for one in gateway.get_rest_apis()["items"]
                )
                or "no REST API at all",
                look="what open_front_door returns: the id, from create_rest_api",
            ) from None
        return sorted(one["stageName"] for one in found)

    def _saved(self) -> str | None:
        """The text that is saved for /health, deployed or not."""
        gateway = self.probe.client("apigateway")
        try:
            found = gateway.get_resources(restApiId=self.api, limit=500)["items"]
        except gateway.exceptions.NotFoundException:
            return None
        for resource in found:
            if resource["path"] == "/health":
                tried = gateway.test_invoke_method(
                    restApiId=self.api, resourceId=resource["id"], httpMethod="GET"
                )
                return str(tried["body"])
        return None

    @staticmethod
    def _status(answer: Answer) -> Any:
        return Door._status_in(answer.text) if answer.status == 200 else None

    @staticmethod
    def _status_in(text: str) -> Any:
        try:
            said = json.loads(text)
        except ValueError:
            return None
        return said.get("status") if isinstance(said, dict) else None

    def _wrong_health(self, answer: Answer, status: str) -> Failed:
        try:
            json.loads(answer.text)
        except ValueError:
            by_hand = answer.status == 200
        else:
            by_hand = False
        return Failed(
            f"I visited GET /health; I got {answer.status}{', and no JSON' * by_hand}.",
            expected=json.dumps({"status": status}, ensure_ascii=False),
            observed=_seen(answer),
            look="how the text becomes JSON"
            if by_hand
            else "the three calls of a MOCK: integration, method response, integration "
            "response",
            misconception="text-by-hand" if by_hand else None,
        )

    def _not_deployed(self, path: str, answer: Answer) -> Failed:
        return Failed(
            f"I visited GET {path} in the stage {STAGE}; I got 403 from the door.",
            expected="200",
            observed=_seen(answer),
            look="the order of your steps: what came after the deployment isn't in it; "
            "and the spelling of the path",
            misconception="saving-is-deploying",
        )


def _seen(answer: Answer) -> str:
    kind = answer.headers.get("x-amzn-errortype", "")
    return f"HTTP {answer.status} {kind} {answer.text[:200]}".replace("  ", " ").strip()
