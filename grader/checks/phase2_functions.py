"""What the checks of phase 2 ask of a deployed function."""

from __future__ import annotations

import base64
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed
from grader.checks.phase2_faults import (
    IN_TASK,
    MODULE_KIND,
    cause_of,
    is_of_handler,
    is_of_import,
    is_of_syntax,
    place_of,
)
from grader.checks.probe import Probe, quoted, read_answer


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
        if found := IN_TASK.search(frame):
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
    payload = read_answer(function, answer["Payload"].read())
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
            look="the name that you return, beside the FunctionName that you gave; and "
            'every client comes from the argument: cloud.client("lambda")',
            misconception="client-of-another-cloud",
        ) from None
    return returned, str(found.get("Runtime", "no runtime"))


def renew(probe: Probe, functions: Iterable[str]) -> None:
    """Have Lambda retire every environment, as a new deployment does."""
    client = probe.client("lambda")
    for name in functions:
        found = client.get_function_configuration(FunctionName=name)
        for memory in (found["MemorySize"] + 1, found["MemorySize"]):
            client.update_function_configuration(FunctionName=name, MemorySize=memory)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)


def broken(said: Call) -> Failed:
    """How a call that ended in an error is told to its author."""
    fault = said.fault
    if is_of_handler(fault):
        return Failed(
            f"I invoked it with {said.sent}; Lambda couldn't find your handler.",
            expected="Handler names a file in the zip and a function in that file",
            observed=fault,
            look=place_of(fault),
            misconception="handler-string",
        )
    if is_of_import(fault):
        return Failed(
            f"I invoked it with {said.sent}; Lambda couldn't import what your code "
            "needs.",
            expected="everything that your code imports, in the zip or in the runtime",
            observed=fault,
            look=place_of(fault),
            misconception="not-in-the-zip",
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
    if is_of_syntax(fault):
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
    thought, look = cause_of(fault) or ("unhandled-error", place_of(fault))
    return Failed(
        f"I invoked it with {said.sent}; your function raised an error.",
        expected="an answer, without an error",
        observed=fault,
        look=look,
        misconception=thought,
    )


_OLDER_PYTHON = (
    f". This machine runs it on Python {platform.python_version()}: before 3.12, an "
    "f-string in double quotes can't have double quotes inside its braces"
)

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
    "promise-is-the-value": "You may think that an async function gives its value. It "
    "gives a promise; await waits for the value.",
    "lambda-waits": "You may think that Lambda waits for what your function has begun. "
    "It waits for what an async handler awaits, and for nothing else.",
    "ended-by-timeout": "You may think that Lambda waits as long as your code takes. "
    "It ends a call at the function's Timeout, three seconds unless you set another.",
    "unhandled-error": "You may think that an error means the cloud is broken. Your "
    "code ran and raised it; its log names the line.",
}
