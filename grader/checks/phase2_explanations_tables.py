"""Questions about the solutions of phase 2's tables, streams and rules."""

from __future__ import annotations

from grader.checks.phase2_explanations import TITLE
from grader.checks.predictions import Option, question

question(
    "explain-prices-with-decimals",
    "A price list has 250 items of 40 bytes. You scan it without a Limit. How many "
    "answers does it take, and what changes when it has 60,000?",
    (
        Option(
            "One, and then three: a page holds 1 MB",
            "So code that doesn't look for LastEvaluatedKey works for years, and then "
            "loses everything behind the first megabyte.",
            right=True,
        ),
        Option(
            "One, and then one: a scan reads the whole table",
            "A scan reads a page. Whether there is more says LastEvaluatedKey.",
            "scan-is-everything",
        ),
        Option(
            "Three, and then six hundred: a page holds 100 items",
            "A hundred was our own Limit. Without one, bytes are counted.",
            "pages-are-counted-in-items",
        ),
    ),
    TITLE,
)

question(
    "explain-welcome-new-customers",
    "A record fails again and again. MaximumRetryAttempts isn't set. When does the "
    "next customer of the same shard get her welcome?",
    (
        Option(
            "At once: the bad record is put aside",
            "That is how a queue with a dead-letter queue works. A stream keeps order.",
            "failures-are-skipped",
        ),
        Option(
            "When the record is too old for the stream, after a day",
            "Minus one means: until it expires. Hence the three settings.",
            right=True,
        ),
        Option(
            "After three attempts",
            "Those are the retries of an asynchronous call. A stream's mapping has "
            "none of that limit, unless you set one.",
            "retries-are-three",
        ),
    ),
    TITLE,
)

question(
    "explain-big-bookings",
    "Somebody deletes the permission from the function. The rule is still there. Where "
    "do you notice?",
    (
        Option(
            "put_events answers with an error",
            "It answers that the bus has the event. What rules do with it comes later.",
            "sender-hears-of-it",
        ),
        Option(
            "In the function's log",
            "The function was never called, so it has nothing to log.",
            "missing-permission-is-loud",
        ),
        Option(
            "In the metric FailedInvocations of the rule, and in its dead-letter "
            "queue, if it has one",
            "Both are about the delivery, and so about the rule, not about the "
            "function.",
            right=True,
        ),
    ),
    TITLE,
)
