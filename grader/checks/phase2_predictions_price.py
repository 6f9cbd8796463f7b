"""What learners predict about what a call costs and how many run at once: 2.4, 2.5."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "billed-for-3-2-ms",
    "A warm call takes 3.2 ms, as its REPORT line says. For how long are you charged?",
    (
        Option(
            "3.2 ms",
            "Almost. Lambda counts whole milliseconds, and rounds up.",
            "no-rounding",
        ),
        Option(
            "4 ms",
            "Up to the next whole millisecond. It was the next 100 ms for years, and "
            "old pages still say so.",
            right=True,
        ),
        Option(
            "100 ms",
            "Many pages say so, and they were right once. Today a millisecond counts.",
            "blocks-of-100-ms",
        ),
        Option(
            "For the hour: the environment stays there and waits",
            "It waits at AWS's cost. You pay for requests, and for the time in which "
            "your code runs or starts.",
            "idle-costs",
        ),
    ),
)

question(
    "double-memory-for-work",
    "A function calculates without a pause and has 128 MB. You give it 256 MB, and "
    "with them twice the processor. What happens to its duration and to its price?",
    (
        Option(
            "Half the duration, about the same price",
            "Twice the price per second, for half the seconds. So for real work more "
            "memory is often free speed, until a whole processor is reached.",
            right=True,
        ),
        Option(
            "The same duration, twice the price",
            "That is so for a function that waits. This one works, and gets twice the "
            "processor to work with.",
            "memory-is-only-memory",
        ),
        Option(
            "Half the duration, half the price",
            "A second with 256 MB costs twice as much as one with 128 MB.",
            "memory-is-free",
        ),
        Option(
            "Nothing, as long as it doesn't need the memory",
            "Memory is the one dial that Lambda has: the processor's share turns with "
            "it.",
            "unused-memory-does-nothing",
        ),
    ),
)

question(
    "environments-for-a-weekend",
    "100 people a second ask the price, and each answer takes 200 ms. How many "
    "environments run at once, about?",
    (
        Option(
            "100: one for each of them",
            "After a fifth of a second an environment is free again, and serves the "
            "next.",
            "one-environment-per-caller",
        ),
        Option(
            "1: it serves all, one after the other",
            "One at a time and 200 ms each makes five a second. The other 95 don't "
            "queue up.",
            "one-environment-many-requests",
        ),
        Option(
            "20: 100 a second times 0.2 seconds",
            "Calls a second times seconds a call: that is how many are in progress at "
            "any moment. Make them twice as fast, and half as many will do.",
            right=True,
        ),
    ),
)

question(
    "reserved-one",
    "One place is reserved for a function: 1. One call is in progress. A second caller "
    "invokes it and waits for an answer. What does this caller get?",
    (
        Option(
            "An answer, a moment later: the call waits in line",
            "For callers who wait there is no line. Lambda says no at once, and the "
            "caller may ask again.",
            "synchronous-calls-queue",
        ),
        Option(
            "An answer: Lambda starts a second environment",
            "It would, if it weren't told that one is all there may be.",
            "reserved-is-a-minimum",
        ),
        Option(
            "An error with the status 429",
            "TooManyRequestsException: throttled. The function didn't run, and nothing "
            "is charged.",
            right=True,
        ),
        Option(
            "The first call is ended to make room",
            "What runs, runs. It is the newcomer who is sent away.",
            "newcomers-push-out",
        ),
    ),
)

question(
    "reserved-zero",
    "You reserve 0 places for a function. Three callers invoke it and wait. What do "
    "they get?",
    (
        Option(
            "Answers: 0 means that nothing is reserved",
            "Nothing reserved is another state: delete_function_concurrency leads "
            "there. 0 is a number, and it is kept.",
            "zero-means-unlimited",
        ),
        Option(
            "ResourceNotFoundException, as if it were deleted",
            "It is there, with its code and its settings. It may not run, that is all.",
            "zero-deletes",
        ),
        Option(
            "429, each of them",
            "No place is there to be had. For events in Lambda's queue it is worse: "
            "they are given up at once, without another try.",
            right=True,
        ),
    ),
)
