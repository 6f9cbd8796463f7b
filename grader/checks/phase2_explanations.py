"""Questions of phase 2 that are asked after a solution was shown."""

from __future__ import annotations

from grader.checks.predictions import Option, question

TITLE = "One question about the solution"

question(
    "explain-hello-python",
    "Your handler has another name than lambda_handler. How does Lambda know which "
    "function to call?",
    (
        Option(
            "From the Handler text: file, dot, function",
            "And it is looked up when an environment starts, not when you deploy.",
            right=True,
        ),
        Option(
            "It calls the first function in the file",
            "The order in the file plays no part.",
            "first-function",
        ),
        Option(
            "Every function with the parameters event and context is a handler",
            "The parameters' names are yours. Only the Handler text counts.",
            "parameters-make-a-handler",
        ),
    ),
    TITLE,
)

question(
    "explain-hello-node",
    "Why is the file named .mjs and not .js?",
    (
        Option(
            ".mjs is a faster kind of JavaScript",
            "It is the same language and the same speed.",
            "mjs-is-faster",
        ),
        Option(
            ".mjs says that it is an ES module, so export and import work in it",
            'The other way is a package.json with "type": "module" beside it.',
            right=True,
        ),
        Option(
            "Lambda only takes .mjs",
            "It takes .js and .cjs too. The ending says which kind of module it is.",
            "lambda-needs-mjs",
        ),
    ),
    TITLE,
)

question(
    "explain-no-leaking-baskets",
    "Your function is idle for a week. Then two customers come at the same moment. How "
    "often is the till opened?",
    (
        Option(
            "Not at all: it is open since last week",
            "Lambda gives environments up that nobody uses.",
            "environments-stay",
        ),
        Option(
            "Once",
            "Two calls at the same moment need two environments.",
            "one-environment-many-requests",
        ),
        Option(
            "Twice",
            "Two calls, two new environments, one till in each.",
            right=True,
        ),
    ),
    TITLE,
)

question(
    "explain-word-count",
    "The same event comes twice. For which kind of function would that be a problem?",
    (
        Option(
            "One that writes a report to a key made from the file's key",
            "The second report replaces the first, word for word. That is safe.",
            "overwriting-is-a-problem",
        ),
        Option(
            "One that adds the words to a running total",
            "The total would count the file twice. Phase 3 shows what to do.",
            right=True,
        ),
        Option(
            "None: S3 sends each event once",
            "At least once, is what S3 promises.",
            "delivered-once",
        ),
    ),
    TITLE,
)

question(
    "explain-notes-api",
    "A caller gets a 502. The function's log shows a normal end. Where is the fault?",
    (
        Option(
            "In the network between the API and the function",
            "That is the last thing it will ever be.",
            "502-is-the-network",
        ),
        Option(
            "In what the function returned",
            "The API could make no HTTP answer of it. Look at statusCode and body.",
            right=True,
        ),
        Option(
            "In the API: it has to be deployed again",
            "The API passed the request on and got an answer. It couldn't use it.",
            "error-is-the-api",
        ),
    ),
    TITLE,
)
