"""What learners predict in the first half of phase 1, before they run a cell."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "who-can-reach-it",
    "June's page answered your request. You send its address to a friend, who opens it "
    "on a phone. What does the friend see?",
    (
        Option(
            "The same greeting: an address is an address",
            "The address leads to the cloud on your computer. Your friend's phone "
            "would look for it on the phone.",
            "the-lab-is-the-internet",
        ),
        Option(
            "A question for a password",
            "Nothing that is on your computer is asked, so nothing can ask back.",
            "addresses-have-passwords",
        ),
        Option(
            "Nothing: this cloud can be reached from this computer only",
            "127.0.0.1 is the name that every computer has for itself.",
            right=True,
        ),
    ),
)

question(
    "what-serverless-means",
    "What does it say about a service that it is called serverless?",
    (
        Option(
            "There are servers, and looking after them isn't your work",
            "Somebody's computer runs your code. You never see it, never update it, "
            "and never pay for its waiting.",
            right=True,
        ),
        Option(
            "There are no servers: the code runs in the network",
            "Code always runs on a computer. The name only says whose problem it is.",
            "serverless-has-no-servers",
        ),
        Option(
            "There is nothing left that you are responsible for",
            "The data and the program are yours on every step of the ladder but the "
            "last, and the data is yours there too.",
            "serverless-no-responsibility",
        ),
        Option(
            "The servers are yours, but small",
            "Then somebody would have to switch them on, and that would be you.",
            "serverless-is-small-servers",
        ),
    ),
)

question(
    "a-zone-fails",
    "June keeps her enquiries in a DynamoDB table. One Availability Zone of the Region "
    "loses its power. What about her table?",
    (
        Option(
            "It is gone until the power is back",
            "That would be so for a machine that you had put into that zone. DynamoDB "
            "keeps each record in several zones.",
            "a-table-is-in-one-zone",
        ),
        Option(
            "It goes on working: DynamoDB keeps each record in several zones",
            "By itself, and without being asked. Not every service does: a rented "
            "machine is in one zone.",
            right=True,
        ),
        Option(
            "It moves to another Region",
            "Nothing leaves a Region unless you copy it. That is a promise.",
            "regions-back-each-other-up",
        ),
        Option(
            "It depends on whether June has made a table in every zone",
            "A table belongs to a Region. There is no way to ask for a zone.",
            "zones-are-chosen",
        ),
    ),
)

question(
    "table-elsewhere",
    "A table is made in a Region in Europe. Then you ask your own Region, another one, "
    "for the list of its tables. Is the new table in it?",
    (
        Option(
            "Yes: it is the same account",
            "The account is the same, and yet each Region keeps its own list.",
            "aws-is-one-place",
        ),
        Option(
            "Yes, after a few seconds, when the Regions have told each other",
            "They don't talk about such things, neither now nor later.",
            "regions-are-copies",
        ),
        Option(
            "list_tables fails, because it needs to know the Region",
            "It knows the Region: the client has one.",
            "calls-name-their-region",
        ),
        Option(
            "No: a table belongs to one Region, and so does a client",
            "You see a table through a client of its Region, and through no other.",
            right=True,
        ),
    ),
)

question(
    "bucket-list-elsewhere",
    "A bucket is made in a Region in Europe. Then you ask your own Region, another "
    "one, for the list of your buckets. Is the new bucket in it?",
    (
        Option(
            "No, as with the table",
            "A good rule, and S3 is its best known exception: the list of buckets is "
            "the account's.",
            "buckets-are-listed-by-region",
        ),
        Option(
            "Yes: all buckets of the account are in the list, wherever they are",
            "The list is one. The bucket itself is in Europe all the same.",
            right=True,
        ),
        Option(
            "Yes, because buckets aren't in any Region",
            "They are in the list, yes. But each bucket is in one Region, and its "
            "files with it.",
            "buckets-are-nowhere",
        ),
    ),
)
