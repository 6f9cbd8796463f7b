"""What learners of phase 1 predict before they watch, pay, and clean up."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "lines-with-error",
    "Three plain lines, three JSON lines. The pattern is the word ERROR. Which lines "
    "come back?",
    (
        Option(
            "Only the JSON line whose level is ERROR",
            "The pattern is a word, and knows nothing of levels. Look at what else "
            "contains it.",
            "word-is-level",
        ),
        Option(
            "The two lines that report an error",
            "Those two, and one more: a line with good news has the word in it.",
            "search-understands",
        ),
        Option(
            "All three lines that contain the word",
            "A word finds a word, wherever it stands, spelled as you typed it.",
            right=True,
        ),
        Option(
            "None: a JSON line can't be searched for a word",
            "It is text like any other, so a word can be found in it.",
            "json-is-not-text",
        ),
    ),
)

question(
    "how-long-logs-last",
    "You make a log group and set nothing. How long are its lines kept?",
    (
        Option(
            "For ever, until somebody deletes them",
            "That is the default. It costs little each month, and never stops.",
            right=True,
        ),
        Option(
            "30 days",
            "A good choice, but it has to be yours. Nobody makes it for you.",
            "logs-expire",
        ),
        Option(
            "Until the program that wrote them is gone",
            "A log group knows nothing of its writers. It outlives them.",
            "logs-go-along",
        ),
        Option(
            "Until the group has reached its size limit",
            "There is no such limit. It grows as long as somebody writes.",
            "logs-are-a-ring",
        ),
    ),
)

question(
    "alarm-without-data",
    "The metric has no value at all, and the alarm looks at it. Which state is it in?",
    (
        Option(
            "OK: nothing is above the threshold",
            "For June that would be right. The alarm doesn't know June, and says "
            "honestly that it can't tell.",
            "no-data-is-zero",
        ),
        Option(
            "ALARM: something must be wrong",
            "It can be told to think so, with TreatMissingData='breaching'. By itself "
            "it doesn't.",
            "no-data-is-trouble",
        ),
        Option(
            "INSUFFICIENT_DATA: it can't tell",
            "No value is not the value zero. What it should mean is for you to say.",
            right=True,
        ),
        Option(
            "None: it can't be made before the metric has a value",
            "An alarm can be there first. It waits.",
            "metric-comes-first",
        ),
    ),
)

question(
    "what-costs-while-you-sleep",
    "The studio is closed for a month. Which of these still costs something on AWS, "
    "beyond any free amount?",
    (
        Option(
            "A Lambda function that nobody calls",
            "It is paid per call and per millisecond. No call, no cost.",
            "functions-cost-standing-by",
        ),
        Option(
            "The photos in the bucket, and the lines in the log group",
            "What is kept is paid by size and time, whether somebody looks or not.",
            right=True,
        ),
        Option(
            "The IAM users and roles",
            "IAM costs nothing. A forgotten key is a risk, though.",
            "users-cost",
        ),
        Option(
            "Nothing: nobody does anything",
            "Nobody does anything, and yet something is kept for you.",
            "idle-is-free",
        ),
    ),
)

question(
    "delete-the-bucket",
    "With versioning on, one photo was stored and then deleted. You delete the bucket. "
    "What happens?",
    (
        Option(
            "It works: there is no object in it any more",
            "list_objects shows none, and there are two things in it all the same.",
            "objects-are-all",
        ),
        Option(
            "It works, and S3 deletes whatever is left in it",
            "S3 never does that. Deleting a name must not cost anybody a photo.",
            "bucket-takes-all",
        ),
        Option(
            "S3 asks whether you are sure",
            "The console may ask you. The API never asks: it does, or it refuses.",
            "apis-ask",
        ),
        Option(
            "S3 refuses: the bucket isn't empty",
            "The photo's old version is there, and the delete marker on top of it.",
            right=True,
        ),
    ),
)
