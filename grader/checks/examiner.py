"""The examiner: runs checks in the lab process and keeps their verdicts.

| request | answer |
|---|---|
| `GET /_lab/checks` | `{"exercises": [{name, task, work}], "predictions": [name]}` |
| `POST /_lab/checks/<name>` `{work, variation, region}` | the first message |
| `POST /_lab/checks/sessions/<id>` what came of a call, or `{}` | the next message |
| `GET /_lab/checks/<name>/hints` | `{hints: [rung 2, 3], explain_back, capstone}` |
| `GET /_lab/predictions/<name>` | the question and its options |
| `POST /_lab/predictions/<name>` `{answer}` | what is said about the answer |
| `GET /_lab/verdicts`, with the grader's token | `{"verdicts", "predictions"}` |

A piece of work is `{"callable": true, "name"}`, `{"value": json}` or
`{"unsendable": type}`. A message has `session` and one of `call` `{number, work, args,
kwargs, seconds}`, `working` (ask again) and `verdict`. A call is answered with its
`number` and one of `result` (JSON), `raised` `{type, message, traceback}`, `timed_out`
and `unsendable`. Instead of `args` and `kwargs` it may have `at_once`, the `args` of
several calls; then `answers` has what came of each.
Errors are `{"error": {"message"}}` with status 400, 403 or 404.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from grader import checks
from grader.checks import exercise as exercises
from grader.checks import predictions
from grader.checks.exercise import Exercise
from grader.checks.own_account import OwnAccount
from grader.checks.probe import Probe
from grader.checks.session import Session, Verdict
from grader.errors import WrongUse
from grader.lab.cloud import Cloud, Keys
from grader.lab.connection import Connection

PATHS = ("/_lab/checks", "/_lab/predictions", "/_lab/verdicts")
_LONG_POLL = 10.0
_RUNNING_AT_MOST = 32
_KEPT = 600.0
"""Seconds for which a verdict that nobody fetched can be fetched."""
_log = logging.getLogger(__name__)


class Addressed(Protocol):
    """What has an address: the cloud that is examined."""

    @property
    def endpoint_url(self) -> str:
        """Where the AWS APIs answer."""


class Examiner:
    """All checks of one lab process.

    Args:
        cloud: where the learner's work is.
        verdict_token: what a reader of `/_lab/verdicts` has to show; None shuts it.
        call_limit: seconds for one call of a learner's function.
        check_limit: seconds for a check as a whole.
        line: to the cloud's control API; else over its port.
        alone: called when a check is about to begin, and no other one runs.
    """

    def __init__(
        self,
        cloud: Addressed,
        *,
        verdict_token: str | None = None,
        call_limit: float = 60.0,
        check_limit: float = 300.0,
        line: Connection | None = None,
        alone: Callable[[], None] = lambda: None,
    ) -> None:
        self._alone = alone
        self._cloud = cloud
        self._line = line
        self._token = verdict_token
        self._call_limit = call_limit
        self._check_limit = check_limit
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._verdicts: list[Verdict] = []
        self._committed: dict[str, str] = {}

    def matches(self, path: str) -> bool:
        """Whether a request path is the examiner's."""
        return path.startswith(PATHS)

    def respond(self, request: Request) -> Response:
        """Answer one request under `/_lab/checks`, `/predictions` or `/verdicts`."""
        path = request.path.removeprefix("/_lab/").rstrip("/").split("/")
        try:
            checks.load()
            body = _body(request)
            match (request.method, *path):
                case ("GET", "checks"):
                    return _json(self._contents())
                case ("GET", "checks", name, "hints"):
                    return _json(_hints(exercises.find(name)))
                case ("POST", "checks", "sessions", session):
                    return self._go_on(session, body)
                case ("POST", "checks", name):
                    return _json(self._begin(exercises.find(name), body))
                case ("GET", "predictions", name):
                    return _json(predictions.find(name).shown())
                case ("POST", "predictions", name):
                    return _json(self._commit(predictions.find(name), body))
                case ("GET", "verdicts"):
                    return self._recorded(request)
                case _:
                    return _refusal(404, f"no {request.method} {request.path} here")
        except WrongUse as fault:
            return _refusal(400, str(fault))
        except Exception as fault:  # noqa: BLE001 - a kernel waits for an answer
            _log.exception("the examiner broke at %s", request.path)
            kind = type(fault).__name__
            return _refusal(
                500,
                "the examiner itself broke, which is our fault and costs you nothing; "
                f"please report it: {kind}: {fault}",
            )

    def _contents(self) -> dict[str, Any]:
        # Questions to explain a solution back are no predictions.
        after = {known.explain_back for known in exercises.exercises()}
        return {
            "exercises": [
                {"name": known.name, "task": known.task, "work": list(known.work)}
                for known in exercises.exercises()
            ],
            "predictions": [
                asked.name
                for asked in predictions.questions()
                if asked.name not in after
            ],
        }

    def _begin(self, exercise: Exercise, body: dict[str, Any]) -> dict[str, Any]:
        work = body.get("work")
        if not isinstance(work, list):
            raise WrongUse('a check needs {"work": […]}')
        _fitting(exercise, work)
        variation = body.get("variation") is True
        region = str(body.get("region") or "us-east-1")
        seed = secrets.randbelow(2**32)

        keys = Keys("examiner", "examiner")
        home = Cloud(self._cloud.endpoint_url, region, keys=keys, connection=self._line)

        def probe(deadline: float) -> Probe:
            made = Probe(home, seed=seed, deadline=deadline)
            return made.fresh() if variation else made

        with self._lock:
            for old in [s for s in self._sessions.values() if s.over(_KEPT)]:
                del self._sessions[old.id]
            running = [s for s in self._sessions.values() if not s.over()]
            if len(running) >= _RUNNING_AT_MOST:
                raise WrongUse(f"{_RUNNING_AT_MOST} checks are running already: wait")
        if not running:
            self._alone()
        session = Session(
            exercise,
            work,
            probe=probe,
            home=partial(OwnAccount, home) if variation else None,
            variation=variation,
            seed=seed,
            call_limit=self._call_limit,
            check_limit=self._check_limit,
            record=self._record,
        )
        with self._lock:
            self._sessions[session.id] = session
        return session.next_message(_LONG_POLL)

    def _go_on(self, session_id: str, body: dict[str, Any]) -> Response:
        with self._lock:
            session = self._sessions.get(session_id)
        if session is None:
            return _refusal(404, "that check is over: run its cell again")
        if body:
            session.answer(body)
        return _json(session.next_message(_LONG_POLL))

    def _record(self, verdict: Verdict) -> None:
        with self._lock:
            self._verdicts.append(verdict)
        if verdict.outcome == "broken":
            _log.error("the check %s broke:\n%s", verdict.check, verdict.traceback)

    def _commit(
        self, question: predictions.Question, body: dict[str, Any]
    ) -> dict[str, Any]:
        letter = question.chosen(body.get("answer"))
        with self._lock:
            first = self._committed.setdefault(question.name, letter)
        return {**question.feedback(first), "changed": first != letter}

    def _recorded(self, request: Request) -> Response:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._token is None or not hmac.compare_digest(
            shown.encode(), self._token.encode()
        ):
            return _refusal(403, "verdicts are for the grader only")
        with self._lock:
            return _json(
                {
                    "verdicts": [vars(verdict) for verdict in self._verdicts],
                    "predictions": dict(self._committed),
                }
            )


def _fitting(exercise: Exercise, work: list[dict[str, Any]]) -> None:
    """Refuse work of the wrong number or kind, saying which call was meant."""
    meant = f'check("{exercise.name}", {", ".join(exercise.work)})'
    if len(work) != len(exercise.work):
        pieces = "piece" if len(exercise.work) == 1 else "pieces"
        raise WrongUse(
            f"this exercise takes {len(exercise.work)} {pieces} of work, like {meant}; "
            f"it got {len(work)}"
        )
    for name, given in zip(exercise.work, work, strict=True):
        if name not in exercise.functions:
            if "value" not in given:
                got = given.get("unsendable") or f"the function {given.get('name')}"
                raise WrongUse(f"{name} has to be data, like {meant}; it got {got}")
        elif not given.get("callable"):
            raise WrongUse(_no_function(name, given, meant))


def _no_function(name: str, given: dict[str, Any], meant: str) -> str:
    value = given.get("value")
    if isinstance(value, str) and value.isidentifier():
        return (
            f"give the function itself, without quotes and without brackets after it: "
            f"{meant}; it got the text {value!r}"
        )
    got = given.get("unsendable") or f"a value of type {type(value).__name__}"
    return (
        f"{name} has to be your function itself, without brackets after it: {meant}; "
        f"it got {'None' if value is None and 'value' in given else got}"
    )


def _hints(exercise: Exercise) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "task": exercise.task,
        "hints": list(exercise.hints),
        "explain_back": exercise.explain_back,
        "capstone": exercise.capstone,
    }


def _body(request: Request) -> dict[str, Any]:
    raw = request.get_data()
    try:
        said = json.loads(raw) if raw else {}
    except ValueError:
        raise WrongUse("the body is no JSON") from None
    if not isinstance(said, dict):
        raise WrongUse("the body has to be a JSON object")
    return said


def _json(said: dict[str, Any]) -> Response:
    return Response(json.dumps(said), 200, content_type="application/json")


def _refusal(status: int, message: str) -> Response:
    error = json.dumps({"error": {"message": message}})
    return Response(error, status, content_type="application/json")
