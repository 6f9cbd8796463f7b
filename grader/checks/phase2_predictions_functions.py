"""What learners predict about functions and their environments: 2.1 to 2.3."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "handler-text",
    "The file in the zip is hello.py, and the function in it is greet. Which handler "
    "text leads Lambda there?",
    (
        Option(
            "lambda_handler",
            "That is the function's name in most examples. It is no rule.",
            "handler-is-a-fixed-name",
        ),
        Option(
            "hello.greet",
            "The file without its ending, a dot, the function. The same in Node.js.",
            right=True,
        ),
        Option(
            "greet",
            "The zip may hold many files: which one is it in?",
            "handler-is-a-function",
        ),
        Option(
            "hello.py",
            "That is the file. Which function in it?",
            "handler-is-a-file",
        ),
    ),
)

question(
    "event-without-a-name",
    'The handler reads event["name"]. You invoke it with an empty event, {}. What do '
    "you, the caller, get?",
    (
        Option(
            'The text "Hello, None!"',
            'event["name"] doesn\'t make up a value: in Python a missing key is an '
            'error. event.get("name") would have given None.',
            "missing-key-is-none",
        ),
        Option(
            "boto3 raises the same KeyError in your notebook",
            "The error happened on another machine. Your call itself went well, so "
            "boto3 has nothing to raise.",
            "remote-errors-are-raised-here",
        ),
        Option(
            "Status 200 and an answer that describes the error",
            "Lambda did its work: it ran your code and reports what came of it. "
            "Always look at FunctionError.",
            right=True,
        ),
        Option(
            "Nothing: the function is broken until it is deployed again",
            "An error ends one call. The next one runs as if nothing had been.",
            "error-breaks-the-function",
        ),
    ),
)

question(
    "callback-on-node-24",
    "A Node.js handler has three parameters (event, context, callback) and answers "
    "with callback(null, ...). What does it do on nodejs24.x?",
    (
        Option(
            "It works: callbacks are the classic way",
            "They were, up to Node.js 22. From 24 on the runtime refuses them.",
            "callbacks-on-24",
        ),
        Option(
            "It answers null, because nobody waits for the callback",
            "A good thought: that is what would happen if it ran. But Lambda tells you "
            "louder.",
            "callbacks-are-ignored",
        ),
        Option(
            "Lambda refuses it before it runs, with an error that says so",
            "The runtime counts the parameters when it loads the file. Three means "
            "callback, and it stops there.",
            right=True,
        ),
        Option(
            "create_function refuses the zip",
            "create_function doesn't read your code. The file is loaded later, when "
            "an environment starts.",
            "create-reads-the-code",
        ),
    ),
)

question(
    "zipped-folder",
    "Somebody zipped the folder postcards instead of the files in it: the zip holds "
    "postcards/quotes.py. The handler text is quotes.quote. What happens when it is "
    "invoked?",
    (
        Option(
            "It runs: Lambda looks through all folders of the zip",
            "It looks where the handler text says, from the top of the zip on. There "
            "is no quotes.py at the top.",
            "folders-are-searched",
        ),
        Option(
            "create_function had refused the zip before",
            "create_function takes any zip. What is in it shows when it has to run.",
            "create-reads-the-code",
        ),
        Option(
            "An error: no module named quotes",
            "The zip is unpacked as it is. What lies in a folder there lies in a "
            "folder here.",
            right=True,
        ),
    ),
)

question(
    "counter-after-five",
    "visits = 0 stands outside the handler, visits = visits + 1 inside. You invoke the "
    "function five times, one call after the other. What does the fifth answer?",
    (
        Option(
            "1: every call starts from nothing",
            "Each call would then have to load the file again. Lambda keeps the "
            "environment and calls the handler once more.",
            "globals-reset-each-call",
        ),
        Option(
            "5: the same environment served all five",
            "It was free each time, so Lambda used it again. You may see this; you may "
            "not rely on it.",
            right=True,
        ),
        Option(
            "5, and it would on any day: Lambda keeps variables",
            "Almost. It is 5 now, because one environment was free each time. Nobody "
            "promises that.",
            "globals-are-kept",
        ),
    ),
)

question(
    "counter-in-parallel",
    "Now three calls at the same moment, each half a second long. One environment is "
    "warm and has counted to 5. Which numbers come back, in some order?",
    (
        Option(
            "6, 7, 8",
            "One environment would have to serve three calls at once, or one after the "
            "other. Lambda does neither: it starts more environments.",
            "one-environment-many-requests",
        ),
        Option(
            "6, 1, 1",
            "One call went to the warm environment, the two others got new ones. Each "
            "environment has its own variable.",
            right=True,
        ),
        Option(
            "6, 6, 6",
            "New environments aren't copies of the old one. They load your file from "
            "the start.",
            "environments-are-copies",
        ),
        Option(
            "1, 1, 1",
            "Two of them are new. The third call found the one that was waiting.",
            "globals-reset-each-call",
        ),
    ),
)

question(
    "ticks-while-frozen",
    "The clock ticks a hundred times a second, and the first call, a tenth of a second "
    "long, told about 10 ticks. Two seconds pass. What does the second call tell?",
    (
        Option(
            "About 220",
            "That would be a computer that runs all the time, and somebody would have "
            "to pay for it.",
            "functions-run-between-calls",
        ),
        Option(
            "About 20",
            "Ten in each call, and none between them: the environment stood still, and "
            "the clock with it.",
            right=True,
        ),
        Option(
            "About 10: the second call starts from the beginning",
            "The environment was kept, and what it had counted too. It was frozen, not "
            "thrown away.",
            "globals-reset-each-call",
        ),
    ),
)
