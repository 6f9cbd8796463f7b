"""What a line of a function's log tells of a failure, and what to do about it."""

from __future__ import annotations

import re

from grader.lab import reports

# Patterns and advice. The first match counts, so the more telling ones come first.
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-execution.html
ADVICE: tuple[tuple[str, str], ...] = (
    (
        r"Task timed out after",
        "The function was ended by its Timeout (3 s unless it is set). Look at what it "
        "waits for, then at Timeout in update_function_configuration.",
    ),
    (
        r"Runtime\.ImportModuleError",
        "The file or a module that the code imports isn't in the package. List the "
        "names in the zip: the handler's file belongs at its top, and what it imports "
        "beside it or in a layer.",
    ),
    (
        r"Runtime\.HandlerNotFound|Handler '.*' missing on module|is undefined or not "
        r"exported",
        "The file was found, the function in it wasn't. The handler is file.function: "
        "compare its second half with the name in the code.",
    ),
    (
        r"Runtime\.UserCodeSyntaxError",
        "The code doesn't parse. The message names the file and the line: quotes, "
        "brackets, colons, indentation. It is read by the Python or Node.js of this "
        "machine, which may be older than the declared runtime.",
    ),
    (
        r"Runtime\.CallbackHandlerDeprecated",
        "From Node.js 24 on, a handler has no callback: make it async, with at most "
        "two parameters, and return the answer.",
    ),
    (
        r"Runtime\.MarshalError",
        "The handler returned what can't become JSON, such as a set, bytes or a date. "
        "Return text, numbers, lists and dicts of them.",
    ),
    (
        r"Runtime\.OutOfMemory|signal: killed",
        "The function needed more memory than MemorySize. Compare Max Memory Used "
        "with Memory Size in cloud.reports(…).",
    ),
    (
        r"Runtime\.ExitError|Runtime exited",
        "The process of the function ended by itself, as after sys.exit or a crash. A "
        "handler returns; it never exits.",
    ),
    (
        r"AccessDenied|is not authorized to perform",
        "The function's role isn't allowed to do this. The message names the action "
        "and the resource: both have to be in a policy of the role.",
    ),
    (
        r"NoSuchKey",
        "The key that the code asks for isn't there. Keys in S3 events are "
        "URL-encoded: decode them with unquote_plus before use.",
    ),
    (
        r"KeyError: 'Records'",
        "The event has no Records: it isn't what S3 sends. Print it and compare.",
    ),
    (
        r"^\[ERROR\]|\tERROR\t|Traceback \(most recent call last\)|\"errorType\"",
        "The code raised an error. The first line says which, the lines below it "
        "where: look for a file of yours among them.",
    ),
)


def advice(message: str) -> str | None:
    """What a reader can do about a log line; None if it tells of no failure."""
    report = reports.parse(message)
    if report is not None or message.startswith(("START ", "END ")):
        # The line before a REPORT says more than its status does.
        return None
    for pattern, words in ADVICE:
        if re.search(pattern, message, re.MULTILINE):
            return words
    return None
