"""hello-python and hello-node, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, answer, starter

Judge = Callable[..., Judged]
RUNTIMES = {"py": "python3.13", "mjs": "nodejs24.x", "cjs": "nodejs24.x"}


def deploys(
    lesson: dict[str, Any],
    path: str,
    *,
    file: str = "door",
    handler: str = "door.greet",
    runtime: str | None = None,
    returned: object = "greeter",
) -> Callable[[Any], object]:
    """A deploy function around one handler."""
    ending = path.rsplit(".", 1)[1]

    def deploy_hello(cloud: Any) -> object:
        lesson["make_function"](
            cloud,
            "greeter",
            Runtime=runtime or RUNTIMES[ending],
            Handler=handler,
            Role=lesson["make_role"](cloud),
            Code={"ZipFile": lesson["package"]({f"{file}.{ending}": answer(path)})},
        )
        return returned

    return deploy_hello


@pytest.mark.parametrize(
    ("check", "path"),
    [
        ("hello-python", "hello_python/right.py"),
        ("hello-python", "hello_python/right_otherwise.py"),
        ("hello-node", "hello_node/right.mjs"),
        ("hello-node", "hello_node/right_otherwise.cjs"),
    ],
)
def test_right_answers_pass(
    judge: Judge, lesson: dict[str, Any], check: str, path: str
) -> None:
    """Answers of different build pass, as shown and varied."""
    said = judge(check, deploys(lesson, f"phase2/{path}"))

    assert said.outcome == "passed", said.text


@pytest.mark.parametrize("check", ["hello-python", "hello-node"])
def test_starter_is_not_attempted(judge: Judge, check: str) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(check, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("check", "path", "misconception", "words"),
    [
        ("hello-python", "hello_python/prints.py", "print-is-return", "in the log"),
        ("hello-python", "hello_python/text.py", "answer-as-text", "one long text"),
        (
            "hello-python",
            "hello_python/name_expected.py",
            "name-is-always-there",
            "KeyError",
        ),
        (
            "hello-python",
            "hello_python/null_greeted.py",
            "null-is-missing",
            "Hello, None!",
        ),
        (
            "hello-python",
            "hello_python/id_made_up.py",
            "id-from-elsewhere",
            "isn't the id of that request",
        ),
        (
            "hello-python",
            "hello_python/id_of_first_call.py",
            "one-id-for-all-calls",
            "the same as in an earlier answer",
        ),
        ("hello-python", "hello_python/ascii_only.py", None, "Zo?"),
        (
            "hello-python",
            "hello_python/one_parameter.py",
            "two-parameters",
            "begins with def",
        ),
        ("hello-python", "hello_python/one_name.py", None, "each event brings its own"),
        ("hello-python", "hello_python/one_value.py", None, "one value"),
        ("hello-python", "hello_node/right.mjs", "wrong-runtime", "nodejs24.x"),
        (
            "hello-node",
            "hello_node/callback.mjs",
            "callbacks-on-24",
            "Runtime.CallbackHandlerDeprecated",
        ),
        ("hello-node", "hello_node/mixed.mjs", "module-kind", "ES module scope"),
        ("hello-node", "hello_node/logs.mjs", "print-is-return", "in the log"),
        (
            "hello-node",
            "hello_node/undefined_greeted.mjs",
            "null-is-missing",
            "Hello, undefined!",
        ),
        (
            "hello-node",
            "hello_node/null_greeted.mjs",
            "null-is-missing",
            "Hello, null!",
        ),
        ("hello-node", "hello_python/right.py", "wrong-runtime", "python3.13"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge,
    lesson: dict[str, Any],
    check: str,
    path: str,
    misconception: str | None,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(check, deploys(lesson, f"phase2/{path}"))

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_code_that_is_no_code_is_told_with_its_line(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """A missing colon is told as what it is, not as an error of the cloud."""

    def deploy_hello(cloud: Any) -> str:
        code = {"door.py": "def greet(event, context)\n    return {}\n"}
        lesson["make_function"](
            cloud,
            "greeter",
            Runtime="python3.13",
            Handler="door.greet",
            Role=lesson["make_role"](cloud),
            Code={"ZipFile": lesson["package"](code)},
        )
        return "greeter"

    said = judge("hello-python", deploy_hello)

    assert "it is no valid code" in said.text
    assert "(door.py, line 1)" in said.text


def test_callbacks_are_right_on_an_older_runtime_and_not_what_was_asked(
    judge: Judge, lesson: dict[str, Any]
) -> None:
    """hello-node asks for Node.js 24; a callback on 22 works and isn't it."""
    deploy = deploys(lesson, "phase2/hello_node/callback.mjs", runtime="nodejs22.x")

    assert judge("hello-node", deploy).misconception == "wrong-runtime"


@pytest.mark.parametrize("check", ["hello-python", "hello-node"])
def test_handler_text_that_leads_nowhere_is_named(
    judge: Judge, lesson: dict[str, Any], check: str
) -> None:
    """A Handler that names no function of the file is told by its rule."""
    path = {"hello-python": "hello_python/right.py"}.get(check, "hello_node/right.mjs")
    said = judge(check, deploys(lesson, f"phase2/{path}", handler="door.handler"))

    assert said.misconception == "handler-string", said.text


@pytest.mark.parametrize("check", ["hello-python", "hello-node"])
def test_file_that_isnt_in_the_zip_is_named(
    judge: Judge, lesson: dict[str, Any], check: str
) -> None:
    """A Handler that names no file of the zip is told by the same rule."""
    path = {"hello-python": "hello_python/right.py"}.get(check, "hello_node/right.mjs")
    said = judge(check, deploys(lesson, f"phase2/{path}", handler="gate.greet"))

    assert said.misconception == "handler-string", said.text


@pytest.mark.parametrize(
    ("returned", "misconception"),
    [(None, "deploy-without-return"), ("another", "client-of-another-cloud")],
)
def test_deploy_has_to_return_the_name(
    judge: Judge, lesson: dict[str, Any], returned: object, misconception: str
) -> None:
    """Without the name of a function that is there, nothing can be invoked."""
    path = "phase2/hello_python/right.py"
    said = judge("hello-python", deploys(lesson, path, returned=returned))

    assert said.misconception == misconception


def test_function_in_the_learners_own_account_is_not_the_answer(
    judge: Judge, lesson: dict[str, Any], cloud: Any
) -> None:
    """A deploy that ignores its argument passes at home and fails in the variation."""
    deploy = deploys(lesson, "phase2/hello_python/right.py")
    said = judge("hello-python", lambda _given: deploy(cloud))

    assert (said.misconception, said.hidden) == ("client-of-another-cloud", True)


HANDLER = """
export const greet = async (event, context) => {
  const name = event.name ?? "stranger";
  return { greeting: `Hello, ${name}!`, request_id: context.awsRequestId };
};
"""
PROMISED = ("event.name ??", "(async () => event.name)() ??")
KEPT = (
    "export const greet = async (event, context) => {\n  const name = event.name",
    'let name = "stranger";\nexport const greet = async (event, context) => {\n'
    "  name = event.name ?? name",
)


@pytest.mark.parametrize(
    ("change", "misconception", "words"),
    [
        (("const greet =", "default"), "handler-string", "whether it is exported"),
        (("\nexport", 'import "./words";\nexport'), "not-in-the-zip", "names it whole"),
        (
            ("return {", "return context.succeed({ ...{"),
            None,
            "quotes, brackets",
        ),
        (("event.name", "JSON.parse(event).name"), "unhandled-error", "object already"),
        (PROMISED, "promise-is-the-value", "needs await"),
        (("`Hello, ${name}!`", "'Hello, ${name}!'"), None, "the quotes around"),
        (("awsRequestId", "aws_request_id"), "id-from-elsewhere", "no request_id"),
        (KEPT, "one-id-for-all-calls", "an earlier event"),
    ],
)
def test_mistakes_in_javascript_lead_to_their_place(
    judge: Judge,
    lesson: dict[str, Any],
    change: tuple[str, str],
    misconception: str | None,
    words: str,
) -> None:
    """Whoever writes Node.js is told of what they wrote, in its own words."""
    assert change[0] in HANDLER
    code = HANDLER.replace(*change)

    def deploy_hello_node(cloud: Any) -> str:
        lesson["make_function"](
            cloud,
            "greeter",
            Runtime="nodejs24.x",
            Handler="door.greet",
            Role=lesson["make_role"](cloud),
            Code={"ZipFile": lesson["package"]({"door.mjs": code})},
        )
        return "greeter"

    said = judge("hello-node", deploy_hello_node)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
