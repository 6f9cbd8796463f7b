"""What errors of functions tell of their causes."""

from __future__ import annotations

import pytest

from grader.checks.phase2_faults import cause_of, error_in, place_of

IMPORTS = "Runtime.ImportModuleError: "
INDEX = "Error: Cannot find module 'index' Require stack: - /var/runtime/index.mjs"
CJS = "Error: Cannot find module 'lodash' Require stack: - /var/task/index.cjs"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (f"{IMPORTS}Error: Cannot find module 'aws-sdk'", "version 3"),
        (IMPORTS + INDEX, "which is file.function"),
        (
            "Runtime.HandlerNotFound: index.hi is undefined or not exported",
            "export const",
        ),
        (
            "Runtime.HandlerNotFound: index.hi is not a function",
            "which is file.function",
        ),
        ("Runtime.MalformedHandlerName: Bad handler", "which is file.function"),
        ("Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has", "it is async"),
        ("TypeError: context.succeed is not a function", "returns its answer"),
        ("TypeError: s3.getObject is not a function", "send(new …Command"),
        (
            "TypeError: Class constructor Command cannot be invoked without 'new'",
            "the word new",
        ),
        ("Runtime.JSONStringifyError: Unable to stringify", "no BigInt"),
        ("SyntaxError: Unexpected token 'o', \"[object Promise]\" is not", "await"),
        (
            "TypeError: The first argument must be of type string. Received an instance"
            " of Promise",
            "await",
        ),
        (
            "TypeError: Cannot read … of undefined (reading 'transformToString')",
            "the line that fetches",
        ),
        ('SyntaxError: "[object Object]" is not valid JSON', "takes text"),
        ("SyntaxError: Expected property name in JSON at position 2", "callers may"),
        ("SyntaxError: Unexpected token 'export' (index.cjs, line 14)", ".mjs"),
        (
            "Runtime.UserCodeSyntaxError: SyntaxError: The module 'x' does not"
            " provide an export named 'default'",
            "without { }",
        ),
        ("SyntaxError: await is only valid in async functions", "needs async"),
        ("Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token ')'", "brackets"),
        (
            "Runtime.ExitError: RequestId: 1 Error: Runtime exited without providing a",
            "process.exit",
        ),
        ("Error: No value provided for input HTTP label: Key.", "capitals"),
        (
            "Error: Unable to calculate hash for flowing readable stream",
            "JSON.stringify",
        ),
        ("PermanentRedirect: The bucket you are attempting (status 301)", "Region"),
        ("NotFound: UnknownError (status 404) (resize.mjs, line 8)", "NotFound"),
        ("REPORT … Status: error Error Type: Runtime.OutOfMemory", "MemorySize"),
        ("object: [object Object]", "throw new Error"),
        ("ValidationException: … cannot be converted to a numeric value", "number as"),
        ("ValueError: no", "cloud.logs"),
    ],
)
def test_errors_lead_to_their_place(fault: str, words: str) -> None:
    """A SyntaxError may be one of the code, of a text, or of the kind of module."""
    assert words in place_of(fault)


@pytest.mark.parametrize(
    ("fault", "thought"),
    [
        (IMPORTS + INDEX, "handler-string"),
        (
            f"{IMPORTS}Unable to import module 'a.door': No module named 'a'",
            "handler-string",
        ),
        ("Runtime.MalformedHandlerName: Bad handler", "handler-string"),
        (IMPORTS + CJS, "not-in-the-zip"),
        (
            f"{IMPORTS}Unable to import module 'door': No module named 'requests'",
            "not-in-the-zip",
        ),
        (
            "Error: Cannot find package 'uuid' imported from /var/task/a.mjs",
            "not-in-the-zip",
        ),
        (
            "Error: Cannot find module '/var/task/b' imported from /var/task/a.mjs",
            "not-in-the-zip",
        ),
        ("SyntaxError: Cannot use import statement outside a module", "module-kind"),
        ("TypeError: context.done is not a function", "callbacks-on-24"),
        ("TypeError: … Received an instance of Promise", "promise-is-the-value"),
        ("ValueError: no", None),
    ],
)
def test_errors_tell_of_a_thought(fault: str, thought: str | None) -> None:
    """What isn't in the zip is told apart from a handler that isn't found."""
    assert (cause_of(fault) or (None,))[0] == thought


def test_the_last_error_of_a_log_is_told_with_its_place() -> None:
    """Of Node.js by type and status, with the innermost line in the zip."""
    stack = '"stack":["NotFound: no","    at f (file:///var/task/a.mjs:7:2)"]'
    error = (
        f'{{"errorType":"NotFound","errorMessage":"no","$metadata":'
        f'{{"httpStatusCode":404}},{stack}}}'
    )
    lines = ["START", f"2026-01-01T00:00:00Z\t1\tERROR\tInvoke Error \t{error}", "END"]
    assert error_in(lines) == "NotFound: no (status 404) (a.mjs, line 7)"
    assert error_in(["START", "END"]) == ""
