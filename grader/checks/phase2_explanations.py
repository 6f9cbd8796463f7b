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
    "explain-repair-the-zip",
    "The library rates is on your computer, and import rates works there. What does "
    "Lambda import?",
    (
        Option(
            "Your computer's rates: it came along when you deployed",
            "What comes along is what is in the zip, and nothing else.",
            "imports-on-my-machine",
        ),
        Option(
            "The newest rates from the package index",
            "Lambda installs nothing. Whoever makes the zip does.",
            "lambda-installs",
        ),
        Option(
            "What is in the zip, beside what its runtime brings",
            "So a package is complete, or it fails at its first call.",
            right=True,
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
    "explain-monthly-cost",
    "Nobody calls a function for a whole month. Its code is stored, its settings "
    "stand. What does it cost in that month?",
    (
        Option(
            "Nothing: no requests, no milliseconds",
            "Both amounts are zero, and so is the bill. A server would cost the same "
            "as ever.",
            right=True,
        ),
        Option(
            "Its memory, for 720 hours",
            "Memory is charged for the milliseconds in which a call or an INIT runs.",
            "idle-costs",
        ),
        Option(
            "The free amount, which is then used up",
            "What isn't used isn't charged, and the free amount begins anew each "
            "month.",
            "free-is-a-fee",
        ),
    ),
    TITLE,
)

question(
    "explain-summarise-events",
    "A record of a stream has no NewImage. What has happened?",
    (
        Option(
            "The event is damaged",
            "It is complete. There was nothing to put into a new image.",
            "events-are-damaged",
        ),
        Option(
            "An item was deleted",
            "There is no new item, so there is no picture of it. Keys tells which one "
            "it was.",
            right=True,
        ),
        Option(
            "An item was written with the same values as before",
            "Then nothing changed, and a stream tells of changes.",
            "same-values-are-a-change",
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

question(
    "explain-shrink-the-role",
    "You take PutObject on reports/ out of the role. The next letter arrives. What "
    "happens?",
    (
        Option(
            "Nothing: the bucket may no longer invoke the function",
            "It still may: that stands in the function's policy, which nobody touched.",
            "permission-is-one-thing",
        ),
        Option(
            "The upload is refused",
            "The upload has been over for a while when the function begins.",
            "uploader-sees-errors",
        ),
        Option(
            "The function runs, reads the letter, and fails at the report",
            "It is invoked as before. What its code may do is asked at each single "
            "call that it makes.",
            right=True,
        ),
    ),
    TITLE,
)
