"""hello-python and hello-node: a function that greets."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase2_functions import (
    FUNCTION_MISCONCEPTIONS,
    Call,
    broken,
    call,
    runtime_of,
)
from grader.checks.probe import Probe

MISCONCEPTIONS = {
    **FUNCTION_MISCONCEPTIONS,
    "wrong-runtime": "You may think that Lambda sees the language in your code. It "
    "runs what Runtime names.",
    "print-is-return": "You may think that what a function prints is its answer. "
    "Prints go to the log; the answer is what the handler returns.",
    "answer-as-text": "You may think that you must turn the answer into JSON. Lambda "
    "does that: return the dictionary or object itself.",
    "name-is-always-there": "You may think that every event looks like yours. The "
    "caller decides what is in it.",
    "null-is-missing": "You may think that a default covers null. A default is for a "
    "key that is not there; null is there, and empty.",
    "id-from-elsewhere": "You may think that any new id will do. Lambda already gave "
    "this call an id, and its log lines carry it: it is in the context.",
    "one-id-for-all-calls": "You may think that code outside the handler runs at each "
    "call. It runs once, when the environment starts.",
}


@exercise(
    "hello-python",
    hints=(
        "Read the log of the failed call: the error is there, with its line. Then "
        "compare your Handler text with the name of your file in the zip and the name "
        "of your function in that file.",
        "def ____(event, context):\n"
        '    name = event.get("____") or "____"\n'
        '    return {"greeting": f"Hello, {____}!", "request_id": context.____}',
    ),
    explain_back="explain-hello-python",
    misconceptions=MISCONCEPTIONS,
)
def hello_python(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Your Python function greets by name and tells the id of the request."""
    name, runtime = runtime_of(probe, deploy(probe.cloud_argument()), "deploy_hello")
    if not runtime.startswith("python3."):
        raise _wrong_runtime("a Python runtime", runtime)
    _greets(probe, name, variation=variation)


@exercise(
    "hello-node",
    hints=(
        "Read the log of the failed call. If it says that a file couldn't be loaded, "
        "look at the file's name in the zip: a file with export in it is named .mjs. "
        "If it says callback, count the parameters of your handler.",
        "export const ____ = async (event, context) => ({\n"
        "  greeting: `Hello, ${event.____ ?? '____'}!`,\n"
        "  request_id: context.____,\n"
        "});",
    ),
    explain_back="explain-hello-node",
    misconceptions=MISCONCEPTIONS,
)
def hello_node(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """Your Node.js function greets by name and tells the id of the request."""
    name, runtime = runtime_of(
        probe, deploy(probe.cloud_argument()), "deploy_hello_node"
    )
    if not runtime.startswith("nodejs") or runtime in ("nodejs20.x", "nodejs22.x"):
        raise _wrong_runtime("nodejs24.x", runtime)
    _greets(probe, name, variation=variation)
    if variation:
        _greets_at_once(probe, name)


def _greets(probe: Probe, function: str, *, variation: bool) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "Amara"}, "Hello, Amara!"),
        ({"name": "Jonas"}, "Hello, Jonas!"),
        ({}, "Hello, stranger!"),
        ({"name": None}, "Hello, stranger!"),
    ]
    if variation:
        guest = probe.name("Guest")
        cases += [
            ({"name": guest}, f"Hello, {guest}!"),
            ({"name": "Zoë 🌂 Nakamura-O'Brien"}, "Hello, Zoë 🌂 Nakamura-O'Brien!"),
            ({"first_name": "Mei", "table": 4}, "Hello, stranger!"),
        ]
    earlier: list[Call] = []
    for event, greeting in cases:
        said = call(probe, function, event)
        _judged(said, greeting, earlier)
        earlier.append(said)


def _greets_at_once(probe: Probe, function: str) -> None:
    names = ["Ama", "Bo", "Cem", "Dee", "Eli", "Fay"]
    with ThreadPoolExecutor(len(names)) as callers:
        answers = callers.map(lambda one: call(probe, function, {"name": one}), names)
    for name, said in zip(names, answers, strict=True):
        _judged(said, f"Hello, {name}!", [])


def _judged(said: Call, greeting: str, earlier: list[Call]) -> None:
    """A call has the right answer; `earlier` ones may shine through a wrong one."""
    if said.error is not None:
        raise _on_error(said)
    answer = said.payload
    if not isinstance(answer, dict):
        raise _no_object(said)
    if answer.get("greeting") != greeting:
        raise _wrong_greeting(said, greeting, earlier)
    if "request_id" not in answer:
        raise Failed(
            f"I sent {said.sent}; the greeting is right, and there is no request_id.",
            expected=f"request_id {said.request_id}, as in the log of this call",
            observed=json.dumps(answer, ensure_ascii=False),
            look="the keys of what the handler returns, and the context: awsRequestId "
            "in Node.js, where what is undefined doesn't get into the answer at all",
            misconception="id-from-elsewhere",
        )
    given = answer["request_id"]
    if given != said.request_id:
        made_once = given in [one.payload["request_id"] for one in earlier]
        raise Failed(
            f"I sent {said.sent}; the greeting is right, the request_id isn't the id "
            "of that request.",
            expected=f"request_id {said.request_id}, as in the log of this call",
            observed=f"request_id {given!r}"
            + (", the same as in an earlier answer" if made_once else ""),
            look="the context: aws_request_id in Python, awsRequestId in Node",
            misconception="one-id-for-all-calls" if made_once else "id-from-elsewhere",
        )


_DICTIONARY = "a dictionary (in JavaScript: an object)"


def _on_error(said: Call) -> Failed:
    if "name" not in said.event and "'name'" in said.fault:
        return Failed(
            f"I sent {said.sent}, an event without a name; your function raised an "
            "error.",
            expected="Hello, stranger!",
            observed=said.fault,
            look="how the handler takes the name out of the event",
            misconception="name-is-always-there",
        )
    return broken(said)


def _no_object(said: Call) -> Failed:
    expected = f'{_DICTIONARY} with the keys "greeting" and "request_id"'
    if isinstance(said.payload, str) and _is_object(said.payload):
        return Failed(
            f"I sent {said.sent}; the answer is one long text with JSON in it.",
            expected=expected,
            observed=repr(said.payload),
            look="what the handler returns: no json.dumps, no JSON.stringify",
            misconception="answer-as-text",
        )
    if said.payload is None and "Hello" in said.log:
        return Failed(
            f"I sent {said.sent}; the greeting is in the log, but the answer is empty.",
            expected=expected,
            observed="null",
            look="the handler's last line: it prints, and returns nothing",
            misconception="print-is-return",
        )
    empty = said.payload is None
    return Failed(
        f"I sent {said.sent}; the answer is "
        + ("empty." if empty else "one value, and not two with their names."),
        expected=expected,
        observed=json.dumps(said.payload, ensure_ascii=False),
        look="what the handler returns, and whether it returns at all"
        if empty
        else "what the handler returns: both values, each under its key",
        misconception="print-is-return" if empty else None,
    )


def _wrong_greeting(said: Call, greeting: str, earlier: list[Call]) -> Failed:
    answer = said.payload
    text = str(answer.get("greeting"))
    if "greeting" not in answer:
        return Failed(
            f"I sent {said.sent}; the answer has no greeting.",
            expected=f'"greeting": "{greeting}"',
            observed=json.dumps(answer, ensure_ascii=False),
            look="the keys of what the handler returns: greeting and request_id, "
            "spelt like that, side by side (statusCode and body are for an API)",
        )
    thought, look = _thought(text, said.event.get("name"), earlier)
    return Failed(
        f"I sent {said.sent}; the greeting isn't the one I expected.",
        expected=f'"greeting": "{greeting}"',
        observed=json.dumps(answer, ensure_ascii=False),
        look=look,
        misconception=thought,
    )


def _thought(text: str, name: object, earlier: list[Call]) -> tuple[str | None, str]:
    """The thought behind a wrong greeting of somebody, and where to look."""
    if "[object Promise]" in text:
        return "promise-is-the-value", "where the name comes from: it needs await"
    if "{" in text:
        return None, 'the quotes around the greeting: `…` in JavaScript, f"…" in Python'
    if name is not None:
        return None, (
            "the words around the name: comma, space, exclamation mark"
            if str(name) in text
            else "where the handler takes the name from: each event brings its own"
        )
    others = [one.event["name"] for one in earlier if one.event.get("name")]
    if any(other in text for other in others):
        return "one-id-for-all-calls", (
            "what your file keeps outside the handler: that was the name in an earlier "
            "event"
        )
    look = "what happens in your handler when there is no name, or when it is null"
    null = any(word in text for word in ("None", "null", "undefined"))
    return "null-is-missing" if null else None, look


def _wrong_runtime(wanted: str, runtime: str) -> Failed:
    return Failed(
        f"The function that I found runs on {runtime}.",
        expected=wanted,
        observed=runtime,
        look="Runtime in create_function",
        misconception="wrong-runtime",
    )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
