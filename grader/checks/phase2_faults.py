"""Errors of functions: found in logs, with what they tell of their causes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

IN_TASK = re.compile(r"/var/task/(?P<file>[^\":]+)(?:\", line |:)(?P<line>\d+)")
"""A line of a file in the zip, as stacks of Python and of Node.js tell of it."""
MODULE_KIND = (
    "not defined in ES module scope",
    "Unexpected token 'export'",
    "Cannot use import statement outside a module",
)
"""What Node.js says of a file that is of the other kind of module."""
_PROMISE = ("[object Promise]", "instance of Promise", "(reading 'transformTo")
_CALLBACK = tuple(f"context.{name} is not" for name in ("succeed", "done", "fail"))
_ERROR = ("Invoke Error", "Init Error", "Task timed out", "Status: error")
_NO_ERROR = re.compile(r"(?:object|string|number|boolean|undefined): ")
"""How Node.js's runtime tells of something thrown that is no Error."""
_UNIMPORTED = re.compile(r"import module '([^']+)': No module named '([^']+)'")


def _is_error(line: str) -> bool:
    """Whether a log line tells that a function failed, in Python or in Node.js."""
    return line.startswith("[ERROR]") or any(sign in line for sign in _ERROR)


def error_in(lines: Iterable[str]) -> str:
    """The last error that log lines tell of, in one line with its place; or nothing."""
    errors = [line for line in lines if _is_error(line)]
    # A report only says that there was one.
    telling = [line for line in errors if "REPORT" not in line.split(" ")[0]]
    if not errors:
        return ""
    error = (telling or errors)[-1]
    said = _told_by_node(error) or error.partition("\nTraceback")[0]
    said = " ".join(said.split())
    places = list(IN_TASK.finditer(error))
    if not places:
        return said[:300]
    # Node.js has the innermost frame first, Python last.
    at = places[0] if "\\n    at " in error or '"stack"' in error else places[-1]
    return f"{said[:300]} ({at['file']}, line {at['line']})"


def _told_by_node(line: str) -> str:
    """Type, message and HTTP status of the error that a line of Node.js has as JSON."""
    _, found, text = line.partition("\t{")
    try:
        error = json.loads("{" + text if found else "")
    except ValueError:
        return ""
    said = f"{error.get('errorType')}: {error.get('errorMessage')}"
    status = (error.get("$metadata") or {}).get("httpStatusCode")
    return f"{said} (status {status})" if status else said


def is_of_handler(fault: str) -> bool:
    """Whether Lambda didn't find the handler: not its file, or not its function."""
    if "HandlerNotFound" in fault or "MalformedHandlerName" in fault:
        return True
    if "ImportModuleError" not in fault:
        return False
    if found := _UNIMPORTED.search(fault):
        module, missing = found[1].replace("/", "."), found[2]
        return f"{module}.".startswith(f"{missing}.")
    # A file of the zip that imports another one stands in the stack of Node.js.
    return "Cannot find module" in fault and "/var/task/" not in fault


def is_of_import(fault: str) -> bool:
    """Whether something that the code imports isn't there."""
    signs = ("ImportModuleError", "Cannot find package", "Cannot find module")
    return any(sign in fault for sign in signs) and not is_of_handler(fault)


def is_of_syntax(fault: str) -> bool:
    """Whether a file is no valid code; JSON and names are told of like that, too."""
    told = "UserCodeSyntaxError" in fault or fault.startswith("SyntaxError: ")
    return told and "JSON" not in fault and "export named" not in fault


def cause_of(fault: str) -> tuple[str, str] | None:
    """The thought behind an error, and where to look; None where many are possible."""
    if any(sign in fault for sign in MODULE_KIND):
        return "module-kind", place_of(fault)
    if is_of_handler(fault):
        return "handler-string", place_of(fault)
    if "CallbackHandlerDeprecated" in fault or any(one in fault for one in _CALLBACK):
        return "callbacks-on-24", place_of(fault)
    if is_of_import(fault):
        return "not-in-the-zip", place_of(fault)
    if any(sign in fault for sign in _PROMISE):
        return "promise-is-the-value", place_of(fault)
    return None


def place_of(fault: str) -> str:
    """Where to look for the cause of an error."""
    if "HandlerNotFound" in fault:
        return _HANDLER + _EXPORT * ("not exported" in fault)
    for sign, place in _PLACES.items():
        if sign in fault:
            return place
    if is_of_handler(fault):
        return _HANDLER
    if is_of_import(fault):
        return _ZIP
    if is_of_syntax(fault):
        return _SYNTAX
    if _NO_ERROR.match(fault):
        return "what your code throws: throw new Error(…) tells its line"
    return "the line of your file that is named here; cloud.logs(…) has all of it"


_HANDLER = (
    "Handler, which is file.function: hello.greet is the function greet in the file "
    "hello.py or hello.mjs, at the top of the zip"
)
_EXPORT = (
    "; and whether it is exported by that name: export const greet in a .mjs file, "
    "exports.greet in a .cjs file"
)
_ZIP = (
    "the names in the zip: every file that your code imports has to be in the package"
)
_SYNTAX = (
    "the line that the message names, and the one before it: quotes, brackets, colons, "
    "indentation"
)
_PLACES = {
    "Task timed out": "what the handler waits for, and Timeout in create_function",
    "Runtime.OutOfMemory": "MemorySize in create_function: 128 MB, unless you set it",
    "'aws-sdk'": "the import: aws-sdk is version 2, which runtimes since Node.js 18 "
    "don't have; version 3 has a package for each service, like @aws-sdk/client-s3",
    "Cannot find package": "the names in the zip: the folder node_modules, with this "
    "package in it, lies beside your file",
    "Cannot find module '/var/task/": f"{_ZIP}, and an import in a .mjs file names it "
    'whole: "./words.mjs"',
    "does not provide an export named": "the import: a name in { } is spelt as it is "
    "exported, and one without { } is the default export",
    "CallbackHandlerDeprecated": "the handler's parameters: it is async, takes event "
    "and context, and returns its answer, as section 2.2 shows",
    **dict.fromkeys(
        _CALLBACK,
        "how the handler answers: it returns its answer, as section 2.2 shows",
    ),
    "JSONStringifyError": "what the handler returns: JSON has no BigInt, and nothing "
    "that contains itself",
    **dict.fromkeys(
        ("Runtime exited", "Runtime.ExitError"),
        "what ends the process: process.exit, an error in something that nobody "
        "waits for, or a promise that never gets its value",
    ),
    **dict.fromkeys(
        ("Unexpected value type", "NUMBER_VALUE cannot", "to a numeric value"),
        'the values of the item: each with its type, a text as { S: "…" } and a number '
        'as text, { N: "12.5" }',
    ),
    "ConditionalCheckFailedException": "how your code tells that the item was there: "
    "in Node.js by the error's name, in Python by its class",
    "is not authorized to perform": "the action and the resource in that sentence: is "
    "it the one that you mean, and which statement of the role allows it?",
    **dict.fromkeys(
        _PROMISE, "what the line reads: a promise, which needs await before it"
    ),
    "(reading 'transformTo": "the line that fetches the object: send(…) gives a "
    "promise, which needs await before it",
    "is not valid JSON": "what the line reads: JSON.parse takes text. An event is an "
    "object already; the body of a request is text",
    "in JSON at": "what the line reads: callers may send text that isn't JSON",
    "await is only valid": "the line with the handler: it needs async",
    "cannot be invoked without 'new'": "the word new, which stands before the name "
    "of a class, such as a command",
    "is not a function": "what stands before the brackets in that line: is it spelt "
    "like this? A client of the AWS SDK sends commands: send(new …Command({ … }))",
    "No value provided for input": "the names in the command: Bucket, Key and Body, "
    "with capitals as in boto3",
    "calculate hash for flowing": "the Body that PutObjectCommand is given: it is text "
    "or bytes. A promise needs await before it, an object JSON.stringify around it",
    "PermanentRedirect": "the Region of the client: without one of yours, it takes the "
    "function's own",
    "NotFound: UnknownError": "how your code tells that there is no such object: the "
    "error's name is NotFound, and its $metadata.httpStatusCode is 404",
    **dict.fromkeys(
        MODULE_KIND,
        "the file's name in the zip: export and import want .mjs, require and "
        "exports want .cjs",
    ),
    "'httpMethod'": "the table of the three doors: your event is of version 2.0",
    "'routeKey'": "the table of the three doors: only an HTTP API's event has it",
    "'rawPath'": "the table of the three doors: your event is of version 1.0",
    "'requestContext'": "the event: print it, and compare",
}
