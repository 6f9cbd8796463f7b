"""What learners predict about the ways in which events arrive: 2.6."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "status-of-an-event",
    "You invoke a function with InvocationType Event. Its code raises an error each "
    "time. Which status do you, the caller, get?",
    (
        Option(
            "202: accepted",
            "The event was put into Lambda's queue, and that is all you are told. What "
            "becomes of it stands in the log.",
            right=True,
        ),
        Option(
            "200, with the error in the answer",
            "That is how the error comes back to a caller who waits. Here nobody does.",
            "async-errors-reach-the-caller",
        ),
        Option(
            "500: the function failed",
            "When you get your answer, the function hasn't even begun.",
            "status-is-the-functions",
        ),
    ),
)

question(
    "which-door-rang",
    "A handler gets an event with a list named Records. Who sent it?",
    (
        Option(
            "S3: its events have Records",
            "They do. So do those of a queue and of a table's stream.",
            "records-are-s3",
        ),
        Option(
            "One can't tell from that: each record has an eventSource",
            "aws:s3, aws:sqs, aws:dynamodb. The list tells that there may be several; "
            "the record tells from where.",
            right=True,
        ),
        Option(
            "Lambda itself: every event is wrapped in Records",
            "An API's event has none, and neither has one of EventBridge. Lambda "
            "passes on what it gets.",
            "every-event-has-records",
        ),
    ),
)
