"""What learners predict about the family of services that run their code: 2.0."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "where-lambda-does-not-fit",
    "June has four wishes. For which of them is a Lambda function the wrong place?",
    (
        Option(
            "A thumbnail for each photo that arrives: forty one day, none the next",
            "Short work, now and then, started by an event: that is what functions are "
            "for.",
            "rare-work-needs-a-server",
        ),
        Option(
            "A page that ten people look at on a quiet day, and ten thousand on a loud "
            "one",
            "Nobody has to guess how many will come: environments appear with the "
            "calls and go with them.",
            "scaling-needs-a-plan",
        ),
        Option(
            "A film of three hours, to be converted in one go",
            "A call of a function ends after 15 minutes at the latest. Long work in "
            "one piece belongs elsewhere.",
            right=True,
        ),
        Option(
            "An e-mail every evening at eight",
            "A minute of work a day: a server would wait for it the other 1,439.",
            "schedules-need-a-server",
        ),
    ),
)
