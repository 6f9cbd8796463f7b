"""What learners predict about permissions and about finding faults: 2.11, 2.12."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "who-may-call-it",
    "A function's role allows s3:* on everything. May S3 therefore invoke the function "
    "when a file arrives?",
    (
        Option(
            "Yes: the role speaks of S3",
            "The role says what the function may do to S3. It says nothing of what S3 "
            "may do to the function.",
            "permission-is-one-thing",
        ),
        Option(
            "No: that is for the function's own policy to say",
            "Two questions, two documents. Who may call it: the policy on the "
            "function. What it may do: the policies of its role.",
            right=True,
        ),
        Option(
            "Yes: both belong to the same account",
            "Another service needs a permission, in your own account too.",
            "same-account-is-allowed",
        ),
    ),
)

question(
    "first-denial",
    "A role has no permissions at all. Its function reads a file, counts, and writes a "
    "report. How many denials does one run show?",
    (
        Option(
            "One: for the reading",
            "The code stops at its first error. So you find permissions one at a time, "
            "in the order in which the code needs them.",
            right=True,
        ),
        Option(
            "Two: for the reading and for the writing",
            "The code never gets to the writing: reading raised an error.",
            "all-denials-at-once",
        ),
        Option(
            "None: without permissions it isn't started",
            "Who may start it is another question. It starts, and is then refused.",
            "roles-start-functions",
        ),
    ),
)

question(
    "what-to-exercise",
    "A role has a star. You want to replace it by what is needed, from the audit. What "
    "do you let the functions do before you read it?",
    (
        Option(
            "What they do most: one letter, one note",
            "Then the policy allows what happens most, and the first deletion fails.",
            "only-what-ran-today",
        ),
        Option(
            "Nothing: reading their code is enough",
            "A good start. But code calls libraries, and libraries call AWS: the audit "
            "tells what really arrived.",
            "code-tells-all",
        ),
        Option(
            "All that they can do, also the rare and the failing ways",
            "Deleting, asking for what isn't there, an empty list: each may need an "
            "action of its own.",
            right=True,
        ),
    ),
)

question(
    "where-to-look-first",
    "A visitor reports: the page shows a 502. What do you look at first?",
    (
        Option(
            "The code, from its first line on",
            "There may be a thousand of them. Let the cloud tell you which one it was.",
            "read-everything",
        ),
        Option(
            "The network between the page and AWS",
            "Then there would be no answer at all. A 502 is an answer: something "
            "behind the API gave a bad one.",
            "502-is-the-network",
        ),
        Option(
            "Nothing: deploy it once more and see",
            "The same code in the same place does the same.",
            "deploy-again-helps",
        ),
        Option(
            "The end of the function's log at that moment",
            "Did it start? Did it raise? Did it end well? Three questions, one look, "
            "and most causes are out.",
            right=True,
        ),
    ),
)

question(
    "ran-into-the-timeout",
    "The log ends with Task timed out after 3.00 seconds. There is no traceback. Which "
    "line of the code raised an error?",
    (
        Option(
            "The last one that printed something",
            "It is a good place to begin to look. But it didn't raise anything.",
            "last-print-is-the-fault",
        ),
        Option(
            "None: Lambda ended it from outside, wherever it was",
            "So there is nothing to catch, and nothing after it is done. Ask what the "
            "code was waiting for.",
            right=True,
        ),
        Option(
            "The line that says return",
            "It was never reached.",
            "return-times-out",
        ),
    ),
)

question(
    "table-that-isnt-there",
    "A function says: Requested resource not found. You look, and the table is there, "
    "with this very name. What do you compare next?",
    (
        Option(
            "The Region in which you look, and the one in which the function looks",
            "The same name can be there in one Region and not in another. Each client "
            "belongs to one of them.",
            right=True,
        ),
        Option(
            "The permissions of the function's role",
            "A missing permission says AccessDenied. This sentence says: I looked, and "
            "there is none.",
            "not-found-is-denied",
        ),
        Option(
            "The table's capacity: it may be too busy",
            "A busy table says so, too, in other words.",
            "not-found-is-busy",
        ),
    ),
)

question(
    "eighth-patient",
    "A new API answers 500, Internal Server Error. You look for the function's log at "
    "that moment: there is none, not even a START line. What is it?",
    (
        Option(
            "The handler text is wrong",
            "Then there would be a log: INIT, and the error that it ended with.",
            "no-log-is-handler",
        ),
        Option(
            "The function returned something that is no HTTP answer",
            "Then it has run, and the log ends well. This one hasn't run.",
            "no-log-is-bad-answer",
        ),
        Option(
            "It timed out",
            "A function that is ended by its timeout has started, and its log says so.",
            "no-log-is-timeout",
        ),
        Option(
            "The API isn't permitted to invoke it",
            "No START means: it never began. Between the API and the function stands "
            "the function's policy.",
            right=True,
        ),
    ),
)
