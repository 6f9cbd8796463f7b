"""What learners predict in the sections on tables, streams and rules of phase 2."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "price-into-a-table",
    'The body is {"price": 12.5}. Your function gives what json.loads made of it to '
    "table.put_item. What happens?",
    (
        Option(
            "12.5 is stored",
            "So one would think. But in Python 12.5 is a float, and boto3 doesn't take "
            "floats for DynamoDB.",
            "float-in-a-table",
        ),
        Option(
            "12 is stored: DynamoDB keeps whole numbers",
            "It keeps decimals, with up to 38 digits. The trouble is earlier.",
            "numbers-are-whole",
        ),
        Option(
            "boto3 refuses, before anything is sent",
            "It says so in its message: use Decimal instead.",
            right=True,
        ),
        Option(
            'The text "12.5" is stored',
            "Nobody made a text of it. The types in the table are the types of the "
            "values that you give.",
            "number-as-text",
        ),
    ),
)

question(
    "who-fetches-the-records",
    "A bucket needed a permission on the function: S3 called it. What does a table's "
    "stream need, so that your function gets its records?",
    (
        Option(
            "The same: a permission for dynamodb.amazonaws.com on the function",
            "DynamoDB calls nobody. It writes the changes into the stream, and there "
            "they lie.",
            "stream-calls-the-function",
        ),
        Option(
            "A role of the function's that may read the stream, because Lambda comes "
            "and fetches",
            "Lambda polls the stream with your function's own role. So the permission "
            "is on that side.",
            right=True,
        ),
        Option(
            "Nothing: it is the same account",
            "Nothing is allowed between two services, either, until somebody says so.",
            "same-account-is-enough",
        ),
    ),
)

question(
    "behind-a-bad-record",
    "Three customers register: Ada, one whose record makes your function fail, and "
    "Zoë. The mapping has its usual settings. Who has been greeted after an hour?",
    (
        Option(
            "Ada and Zoë: the bad record is skipped",
            "A queue may do that. A stream is in order, so nothing behind the bad "
            "record comes before it.",
            "failures-are-skipped",
        ),
        Option(
            "Nobody: a mapping with an error is switched off",
            "It stays on, and goes on trying.",
            "errors-disable-the-mapping",
        ),
        Option(
            "Ada, again and again: the whole batch is tried each time, and Zoë waits",
            "The batch is the unit. What went well in it is done again with the rest, "
            "until the records expire after a day.",
            right=True,
        ),
    ),
)

question(
    "pattern-of-a-rule",
    'A rule\'s pattern is {"source": "juniper.bookings"}. What does put_rule say?',
    (
        Option(
            "It takes it: events of that source fit",
            "So it looks. But the value of a field in a pattern is a list of what may "
            "stand there.",
            "values-are-texts",
        ),
        Option(
            "It refuses: the value has to be a list",
            "Every leaf of a pattern is a list, also with one entry. One of its "
            "entries has to fit.",
            right=True,
        ),
        Option(
            "It takes it, and nothing ever fits",
            "That would be hard to find. EventBridge reads patterns when they are "
            "written, and says so.",
            "patterns-are-read-late",
        ),
    ),
)

question(
    "rule-without-permission",
    "The rule is there, its target is your function, and you have forgotten the "
    "permission. Who tells you?",
    (
        Option(
            "put_targets, as S3 did with the notification",
            "S3 tries whether it may. EventBridge doesn't.",
            "missing-permission-is-loud",
        ),
        Option(
            "put_events: its answer has FailedEntryCount",
            "That counts entries that the bus didn't take. This one it took.",
            "sender-hears-of-it",
        ),
        Option(
            "Nobody, unless you look: a metric counts it",
            "FailedInvocations, of the rule. The quietest mistake of this phase.",
            right=True,
        ),
    ),
)
