"""What the checks of phase 2 ask of a deployed function."""

from __future__ import annotations

import base64
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed
from grader.checks.probe import Probe, quoted


@dataclass(frozen=True)
class Call:
    """One synchronous invocation as its caller sees it."""

    event: Any
    request_id: str
    payload: Any
    error: Mapping[str, Any] | None
    """`errorType` and `errorMessage` when the function failed."""
    log: str

    @property
    def sent(self) -> str:
        """The event as the learner would write it."""
        return json.dumps(self.event, ensure_ascii=False)

    @property
    def fault(self) -> str:
        """The error in one line, empty when there was none."""
        if self.error is None:
            return ""
        kind = self.error.get("errorType", "an error")
        said = f"{kind}: {self.error.get('errorMessage', 'without a message')}"
        return said + _place(self.error)


def _place(error: Mapping[str, Any]) -> str:
    """Where in the learner's own files it happened, as far as a stack tells."""
    frames = [str(frame) for frame in error.get("stackTrace") or []]
    # Node.js has the innermost frame first, Python last.
    frames = frames[::-1] or [str(frame) for frame in error.get("trace") or []]
    for frame in frames:
        if found := _IN_TASK.search(frame):
            return f" ({found['file']}, line {found['line']})"
    return ""


def named_parts(returned: Any, wanted: Iterable[str], name: str) -> Mapping[str, str]:
    """The texts in the dictionary that a deploy of this name returns."""
    parts = returned if isinstance(returned, dict) else {}
    missing = [
        part
        for part in wanted
        if not isinstance(parts.get(part), str) or not parts[part]
    ]
    if missing:
        raise Failed(
            f"I called {name}, and it returned something else than the task asks for.",
            expected=f"a dictionary with a text for each of {', '.join(missing)}",
            observed=quoted(returned),
            look=f"the last lines of {name}",
            misconception="deploy-without-names",
        )
    return parts


def call(probe: Probe, function: str, event: Any) -> Call:
    """Invoke and wait for the answer, whatever it is."""
    answer = probe.client("lambda").invoke(
        FunctionName=function, LogType="Tail", Payload=json.dumps(event).encode()
    )
    payload = json.loads(answer["Payload"].read() or b"null")
    failed = "FunctionError" in answer
    error = payload if isinstance(payload, dict) else {"errorMessage": str(payload)}
    return Call(
        event=event,
        request_id=answer["ResponseMetadata"]["RequestId"],
        payload=None if failed else payload,
        error=error if failed else None,
        log=base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace"),
    )


def runtime_of(probe: Probe, returned: Any, entry: str) -> tuple[str, str]:
    """The name that a deploy function returned, and its function's runtime.

    Raises:
        Failed: it returned no name, or no function has that name.
    """
    if not isinstance(returned, str) or not returned:
        raise Failed(
            f"I called {entry}; it returned {returned!r}.",
            expected="the name of the function that it deployed, as text",
            observed=repr(returned),
            look=f"the last line of {entry}: return the FunctionName you gave",
            misconception="deploy-without-return" if returned is None else None,
        )
    client = probe.client("lambda")
    try:
        found = client.get_function_configuration(FunctionName=returned)
    except client.exceptions.ResourceNotFoundException:
        there = [one["FunctionName"] for one in client.list_functions()["Functions"]]
        raise Failed(
            f"{entry} returned {returned!r}, but no function has that name in "
            f"{probe.region}.",
            expected=f"a Lambda function named {returned!r}",
            observed=f"functions that are there: {', '.join(there) or 'none'}",
            look="every client inside the function comes from the argument: "
            'cloud.client("lambda")',
            misconception="client-of-another-cloud",
        ) from None
    return returned, str(found.get("Runtime", "no runtime"))


def broken(said: Call) -> Failed:
    """How a call that ended in an error is told to its author."""
    fault = said.fault
    if "HandlerNotFound" in fault or "Runtime.ImportModuleError" in fault:
        return Failed(
            f"I invoked it with {said.sent}; Lambda couldn't find your handler.",
            expected="Handler names a file in the zip and a function in that file",
            observed=fault,
            look="Handler is file.function: hello.greet is the function greet in "
            "the file hello.py or hello.mjs",
            misconception="handler-string",
        )
    if any(sign in fault for sign in MODULE_KIND):
        return Failed(
            f"I invoked it with {said.sent}; Node couldn't load the file.",
            expected="one kind of module: export and import in a file that ends "
            "in .mjs",
            observed=fault,
            look="the file's name in the zip, and how the handler is exported",
            misconception="module-kind",
        )
    if "Runtime.UserCodeSyntaxError" in fault or fault.startswith("SyntaxError: "):
        return Failed(
            f"I invoked it with {said.sent}; Lambda couldn't read your file: it is no "
            "valid code.",
            expected="a file without syntax errors",
            observed=fault,
            look="the line that the message names, and the one before it: quotes, "
            "brackets, colons, indentation" + _OLDER_PYTHON * ("f-string" in fault),
        )
    if "positional argument" in fault and "but 2 were given" in fault:
        return Failed(
            f"I invoked it with {said.sent}; your handler doesn't take what Lambda "
            "gives it.",
            expected="a handler with two parameters: event and context",
            observed=fault,
            look="the line that begins with def",
            misconception="two-parameters",
        )
    if "Sandbox.Timedout" in fault or "Task timed out" in fault:
        return Failed(
            f"I invoked it with {said.sent}; Lambda ended the call, because it took "
            "too long.",
            expected="an answer within the function's Timeout",
            observed=fault,
            look="what the handler waits for: a sleep, a loop, something that isn't "
            "there",
            misconception="ended-by-timeout",
        )
    if "CallbackHandlerDeprecated" in fault:
        return Failed(
            f"I invoked it with {said.sent}; the Node.js 24 runtime refused the "
            "handler before running it.",
            expected="an async handler with at most two parameters: event, context",
            observed=fault,
            look="section 2.2, the function that fails on purpose",
            misconception="callbacks-on-24",
        )
    return Failed(
        f"I invoked it with {said.sent}; your function raised an error.",
        expected="an answer, without an error",
        observed=fault,
        look="the log of this call, line by line: the error names its line",
        misconception="unhandled-error",
    )


def cause_of(fault: str) -> tuple[str, str] | None:
    """The thought behind an error that kept a handler from running, and where to look.

    For functions whose caller doesn't wait; `broken` tells it of the others.
    """
    if any(sign in fault for sign in MODULE_KIND):
        return (
            "module-kind",
            "the file's name in the zip, and how the handler is exported: export and "
            "import want a file that ends in .mjs",
        )
    if "HandlerNotFound" in fault:
        return (
            "handler-string",
            "Handler, which is file.function, beside the function's name in the file",
        )
    if "CallbackHandlerDeprecated" in fault:
        return (
            "callbacks-on-24",
            "the handler's parameters: it is async, takes event and context, and "
            "returns its answer, as section 2.2 shows",
        )
    if "ImportModuleError" in fault:
        return (
            "not-in-the-zip",
            "the names in the zip: the file that Handler names, and every file that "
            "your code imports",
        )
    return None


def is_error(line: str) -> bool:
    """Whether a log line tells that a function failed, in Python or in Node.js."""
    return line.startswith("[ERROR]") or any(sign in line for sign in _ERROR)


def error_in(lines: Iterable[str]) -> str:
    """The last error that log lines tell of, in one line with its place; or nothing."""
    errors = [line for line in lines if is_error(line)]
    # A report only says that there was one.
    telling = [line for line in errors if "REPORT" not in line.split(" ")[0]]
    if not errors:
        return ""
    error = (telling or errors)[-1]
    said = _told_by_node(error) or error.partition("\nTraceback")[0]
    said = " ".join(said.split())
    places = list(_IN_TASK.finditer(error))
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


_ERROR = ("Invoke Error", "Init Error", "Task timed out", "Status: error")
_IN_TASK = re.compile(r"/var/task/(?P<file>[^\":]+)(?:\", line |:)(?P<line>\d+)")
_OLDER_PYTHON = (
    f". This machine runs it on Python {platform.python_version()}: before 3.12, an "
    "f-string in double quotes can't have double quotes inside its braces"
)
MODULE_KIND = (
    "not defined in ES module scope",
    "Unexpected token 'export'",
    "Cannot use import statement outside a module",
)
"""What Node.js says of a file that is of the other kind of module."""

FUNCTION_MISCONCEPTIONS = {
    "deploy-without-return": "You may think that deploying is all. The check needs "
    "the function's name too, so your function returns it.",
    "client-of-another-cloud": "You may think that there is one cloud only. A client "
    "belongs to one account and one Region: use the `cloud` that you are given.",
    "handler-string": "You may think that the handler has a fixed name. Lambda finds "
    "it by the Handler text that you give: file, dot, function.",
    "two-parameters": "You may think that a handler takes what it needs. Lambda always "
    "calls it with two things: the event and the context.",
    "callbacks-on-24": "You may think that a Node handler answers through a callback. "
    "From Node.js 24 on, it is async and returns its answer.",
    "module-kind": "You may think that export and module.exports can be mixed. A file "
    "is an ES module or a CommonJS module; .mjs says ES module.",
    "not-in-the-zip": "You may think that what your computer has is there as well. A "
    "function has what is in its zip, and what its runtime brings.",
    "ended-by-timeout": "You may think that Lambda waits as long as your code takes. "
    "It ends a call at the function's Timeout, three seconds unless you set another.",
    "unhandled-error": "You may think that an error means the cloud is broken. Your "
    "code ran and raised it; its log names the line.",
}
