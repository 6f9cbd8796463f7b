"""Questions of phase 1's first half that are asked after a solution was shown."""

from __future__ import annotations

from grader.checks.predictions import Option, question

TITLE = "One question about the solution"

question(
    "explain-who-manages",
    "June's guest list, kept in a serverless database, was readable for everyone for a "
    "week. Who has to put it right?",
    (
        Option(
            "AWS: it is their database",
            "They run it and keep it safe from break-ins. Who may read it was decided "
            "in June's account.",
            "serverless-no-responsibility",
        ),
        Option(
            "June: who may see her data is her decision",
            "The data is yours on every step of the ladder, and so are the rules of "
            "who may see it.",
            right=True,
        ),
        Option(
            "Nobody: a database in the cloud is public by nature",
            "Nothing is public unless somebody opened it.",
            "cloud-is-public",
        ),
    ),
    TITLE,
)

question(
    "explain-find-table",
    "Next year AWS opens a new Region, and June makes a table there. Does your "
    "function find it?",
    (
        Option(
            "Yes, once the account may use that Region: the list is asked for anew",
            "That is why the list comes from describe_regions and not from your head.",
            right=True,
        ),
        Option(
            "No: the names of the Regions would have to be added",
            "Where in the solution are the names of Regions? Nowhere.",
            "regions-are-fixed",
        ),
        Option(
            "Yes: describe_table looks in every Region anyway",
            "It looks in the Region of its client, and only there.",
            "aws-is-one-place",
        ),
    ),
    TITLE,
)

question(
    "explain-make-bucket",
    "Your function runs for the second time, in a Region that isn't the oldest. "
    "create_bucket raises BucketAlreadyOwnedByYou. What does the function do?",
    (
        Option(
            "It takes another name and makes a second bucket",
            "Then there would be a new bucket every time somebody runs the program.",
            "new-name-each-time",
        ),
        Option(
            "It raises the error, so that somebody looks at it",
            "Nothing is wrong: what was wanted is there.",
            "second-call-fails",
        ),
        Option(
            "It returns the name: the bucket is there, and it is yours",
            "That a thing is there already is what you wanted, not a failure.",
            right=True,
        ),
    ),
    TITLE,
)

question(
    "explain-reception-policy",
    "Your policy allows GetItem and PutItem on one table. Mina asks for an item of a "
    "table that doesn't exist. What is she told?",
    (
        Option(
            "That there is no such table",
            "Only who may ask is told what there is.",
            "missing-comes-first",
        ),
        Option(
            "That she isn't authorized",
            "IAM decides first. So she can't even find out what there is.",
            right=True,
        ),
        Option(
            "Nothing: an empty answer",
            "A request that is refused is refused aloud.",
            "denied-is-empty",
        ),
    ),
    TITLE,
)

question(
    "explain-unblock-the-intern",
    "Tomorrow Ines is put into a group whose policy allows s3:* on everything. Can she "
    "upload to what is private?",
    (
        Option(
            "No: the deny holds, whatever else allows it",
            "That is what it was written for.",
            right=True,
        ),
        Option(
            "Yes: the group's policy is wider",
            "Wider or not, it is an allow, and a deny comes first.",
            "allow-beats-deny",
        ),
        Option(
            "Yes: the newest policy counts",
            "Policies have no age, as far as IAM is concerned.",
            "order-matters",
        ),
    ),
    TITLE,
)

question(
    "explain-role-for-lambda",
    "create_function says that the role cannot be assumed by Lambda. What do you look "
    "at?",
    (
        Option(
            "The permission policy: lambda:InvokeFunction is missing in it",
            "That is about calling functions. Nobody has got so far.",
            "trust-is-permission",
        ),
        Option(
            "The name of the role",
            "A role may have any name. Lambda goes by whom it trusts.",
            "name-of-the-role",
        ),
        Option(
            "The trust policy: its principal has to be the Lambda service",
            "To assume is to put on, and the trust policy says who may.",
            right=True,
        ),
    ),
    TITLE,
)
