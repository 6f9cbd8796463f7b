"""Questions about the solutions of sections 1.8 and 1.9."""

from __future__ import annotations

from grader.checks.predictions import Option, question

TITLE = "One question about the solution"

question(
    "explain-alarm-on-errors",
    "The alarm has Period=300 and EvaluationPeriods=1. A colleague writes Period=60 "
    "and EvaluationPeriods=5, with the same threshold of 3. When does hers ring?",
    (
        Option(
            "At the same moments as ours: five times 60 is 300",
            "The seconds are the same. What is summed within them isn't.",
            "periods-add-up",
        ),
        Option(
            "When each of five minutes in a row has three errors or more",
            "The threshold holds for each period. Hers needs fifteen errors.",
            right=True,
        ),
        Option(
            "When five minutes in a row have one error or more",
            "The threshold is 3, and it holds for each of the five periods.",
            "threshold-over-all",
        ),
    ),
    TITLE,
)

question(
    "explain-teardown",
    "Why does the solution delete object versions, and not objects?",
    (
        Option(
            "Deleting an object in a versioned bucket adds a delete marker, and "
            "removes nothing",
            "The bucket would have more in it than before.",
            right=True,
        ),
        Option(
            "It is faster",
            "It may be slower: there can be many versions of each object.",
            "versions-are-faster",
        ),
        Option(
            "Objects can only be deleted by who stored them",
            "Whoever has s3:DeleteObject may delete them.",
            "owner-deletes",
        ),
    ),
    TITLE,
)
