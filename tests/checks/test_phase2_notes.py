"""notes-api, with right answers behind each door, wrong ones, and none."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
Deploy = Callable[[Any, str], object]
CHECK = "notes-api"
ROUTES = ["POST /notes", "GET /notes", "GET /notes/{id}", "DELETE /notes/{id}"]


def make(
    lesson: dict[str, Any],
    cloud: Any,
    bucket: str,
    code: dict[str, str],
    **settings: Any,
) -> str:
    """The function behind the door; returns its ARN."""
    role = lesson["make_role"](cloud, "notes")
    lesson["allow"](
        cloud,
        "notes",
        ["s3:*Object", "s3:ListBucket", "dynamodb:*Item", "dynamodb:Scan"],
        "*",
    )
    settings = {"Runtime": "python3.13", "Handler": "notes.handler", **settings}
    arn = lesson["make_function"](
        cloud,
        "notes",
        Role=role,
        Timeout=20,
        Environment={"Variables": {"BUCKET": bucket, "TABLE": "notes"}},
        Code={"ZipFile": lesson["package"](code)},
        **settings,
    )
    return str(arn)


def behind_http_api(
    lesson: dict[str, Any],
    *changes: tuple[str, str],
    routes: list[str] = ROUTES,
    shelf: str = "shelf_in_a_bucket.py",
) -> Deploy:
    """The Python answer behind an HTTP API, with pieces of its text exchanged."""
    text = answer("phase2/notes/right.py")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)

    def deploy_notes(cloud: Any, bucket: str) -> object:
        code = {"notes.py": text, "shelf.py": answer(f"phase2/notes/{shelf}")}
        arn = make(lesson, cloud, bucket, code)
        api = lesson["open_http_api"](cloud, "notes", arn, routes)
        lesson["let_api_in"](cloud, "notes", api)
        return cloud.url(api)

    return deploy_notes


def behind_rest_api(lesson: dict[str, Any], *changes: tuple[str, str]) -> Deploy:
    """The answer that reads version 1.0 events, behind a REST API."""
    text = answer("phase2/notes/right_behind_rest.py")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)

    def deploy_notes(cloud: Any, bucket: str) -> object:
        arn = make(lesson, cloud, bucket, {"notes.py": text})
        api = lesson["open_rest_api"](cloud, "notes", arn)
        lesson["let_api_in"](cloud, "notes", api)
        return cloud.url(api)

    return deploy_notes


def behind_function_url(lesson: dict[str, Any]) -> Deploy:
    """The Node.js answer with a table, behind a function URL."""
    code = {"notes.mjs": answer("phase2/notes/right.mjs")}

    def deploy_notes(cloud: Any, bucket: str) -> object:
        dynamodb = cloud.client("dynamodb")
        if "notes" not in dynamodb.list_tables()["TableNames"]:
            dynamodb.create_table(
                TableName="notes",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
        make(lesson, cloud, bucket, code, Runtime="nodejs24.x")
        functions = cloud.client("lambda")
        open_to_all = {"FunctionName": "notes", "Principal": "*"}
        functions.add_permission(
            **open_to_all,
            StatementId="use-the-url",
            Action="lambda:InvokeFunctionUrl",
            FunctionUrlAuthType="NONE",
        )
        functions.add_permission(
            **open_to_all,
            StatementId="invoke-by-url",
            Action="lambda:InvokeFunction",
            InvokedViaFunctionUrl=True,
        )
        made = functions.create_function_url_config(
            FunctionName="notes", AuthType="NONE"
        )
        return made["FunctionUrl"]

    return deploy_notes


DOORS = [behind_http_api, behind_rest_api, behind_function_url]


@pytest.mark.parametrize("door", DOORS)
def test_right_answers_pass(
    judge: Judge, lesson: dict[str, Any], door: Callable[..., Deploy]
) -> None:
    """HTTP API, REST API or function URL; a bucket or a table; Python or Node.js."""
    said = judge(CHECK, door(lesson))

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("changes", "misconception", "words"),
    [
        ([('"body": json.dumps(body)', '"body": body')], "body-not-text", "normally"),
        (
            [
                (
                    'return {"statusCode": status, "headers": headers, '
                    '"body": json.dumps(body)}',
                    'return {"status": status, **body}',
                )
            ],
            "status-in-body",
            "I got 200",
        ),
        (
            [('json.loads(body)["text"]', 'body["text"]'), ("TypeError, ", "")],
            "body-is-an-object",
            "string indices must be integers",
        ),
        (
            [("(ValueError, TypeError, KeyError)", "KeyError")],
            "callers-send-json",
            "JSONDecodeError",
        ),
        (
            [("        body = base64.b64decode(body)", "        pass")],
            "body-is-plain",
            "I got 400",
        ),
        (
            [('"application/json"', '"text/plain"')],
            "type-by-itself",
            "content-type: text/plain",
        ),
        (
            [(" if note else answer(404, NO_NOTE)", "")],
            "missing-is-empty",
            "I got 200",
        ),
        (
            [("answer(201, note)", "answer(200, note)")],
            "any-good-status",
            "I got 200",
        ),
        (
            [("answer(201, note)", 'answer(201, {**note, "id": 7})')],
            "ids-are-numbers",
            "isn't a text",
        ),
        (
            [("uuid.uuid4()", "uuid.uuid5()")],
            "error-is-the-api",
            "(notes.py, line 37)",
        ),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    changes: list[tuple[str, str]],
    misconception: str,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, behind_http_api(lesson, *changes))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_a_route_that_is_missing_is_named(judge: Judge, lesson: dict[str, Any]) -> None:
    """The API's own 404 doesn't say that a note is gone."""
    routes = [route.replace("GET /notes/{id}", "GET /note/{id}") for route in ROUTES]
    said = judge(CHECK, behind_http_api(lesson, routes=routes))

    assert said.misconception == "api-without-function", said.text
    assert "it has no route for that" in said.text


@pytest.mark.parametrize(
    ("change", "misconception", "words"),
    [
        (("return answer(201, note)", "answer(201, note)"), "answer-by-itself", "null"),
        (("json.loads(body)", "{'text': 0}"), "body-is-an-object", "I got 400"),
    ],
)
def test_first_answers_that_are_wrong_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    change: tuple[str, str],
    misconception: str,
    words: str,
) -> None:
    """Nothing returned isn't a status; a good note refused is a body not read."""
    said = judge(CHECK, behind_http_api(lesson, change))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize("shelf", ["shelf_in_memory.py", "shelf_in_tmp.py"])
def test_notes_that_go_with_their_environment_are_named(
    judge: Judge, lesson: dict[str, Any], shelf: str
) -> None:
    """A variable or a file of one environment is no place for a note."""
    said = judge(CHECK, behind_http_api(lesson, shelf=shelf))

    assert said.misconception == "memory-lasts", said.text
    assert "new environment" in said.text


def test_dictionary_as_body_behind_a_rest_api_is_named(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """A 502 with a clean log is told as what it is: the function's own answer."""
    said = judge(
        CHECK, behind_rest_api(lesson, ("json.dumps(body, ensure_ascii=False)", "body"))
    )

    assert said.misconception == "body-not-text", said.text
    assert "I got 502" in said.text


def test_a_server_that_is_no_function_is_named(judge: Judge) -> None:
    """Right answers of a program in the kernel are not those of a function."""
    notes: dict[str, dict[str, str]] = {}

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"]))
            note = {"id": str(len(notes)), "text": json.loads(sent)["text"]}
            notes[note["id"]] = note
            self.answer(201, note)

        def do_GET(self) -> None:
            self.answer(200, notes[self.path.rpartition("/")[2]])

        def answer(self, status: int, body: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever).start()

    def deploy_notes(cloud: Any, bucket: str) -> str:
        return f"http://127.0.0.1:{server.server_port}"

    said = judge(CHECK, deploy_notes)
    server.shutdown()
    server.server_close()

    assert said.misconception == "served-elsewhere", said.text


def test_unknown_method_that_passes_is_named(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """Behind a catch-all resource, PUT must not be answered like a GET."""
    said = judge(
        CHECK,
        behind_rest_api(lesson, ('case "GET", [name]:', 'case "GET" | "PUT", [name]:')),
    )

    assert (said.misconception, said.hidden) == ("unknown-method-passes", True)


def test_api_that_may_not_invoke_is_named(judge: Judge, lesson: dict[str, Any]) -> None:
    """Without the function's permission, a 500 comes and nothing runs."""

    def deploy_notes(cloud: Any, bucket: str) -> object:
        code = {"notes.py": answer("phase2/notes/right.py")}
        arn = make(lesson, cloud, bucket, code)
        return cloud.url(lesson["open_http_api"](cloud, "notes", arn, ROUTES))

    said = judge(CHECK, deploy_notes)

    assert said.misconception == "api-without-function", said.text


def test_api_without_a_route_is_named(judge: Judge, lesson: dict[str, Any]) -> None:
    """The API's own 404 is told apart from the function's."""
    said = judge(CHECK, behind_http_api(lesson, routes=["GET /hello"]))

    assert said.misconception == "api-without-function", said.text


def test_deploy_has_to_return_the_address(judge: Judge, lesson: dict[str, Any]) -> None:
    """Without an address nothing can be asked."""
    deploy = behind_http_api(lesson)

    def deploy_notes(cloud: Any, bucket: str) -> None:
        deploy(cloud, bucket)

    assert judge(CHECK, deploy_notes).misconception == "deploy-without-address"
