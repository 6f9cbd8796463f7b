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
    "what-the-picture-shows",
    "The picture is drawn from what is in the account. The page is all that is there. "
    "What will you see?",
    (
        Option(
            "A server, and the page on it",
            "There is none of June's. AWS starts her program when somebody asks for "
            "the page, and nobody rents a computer for it.",
            "there-is-a-server",
        ),
        Option(
            "Nothing: so far there was only one page",
            "The page stands on two things that somebody made, and they are there.",
            "a-page-is-nothing",
        ),
        Option(
            "An address, and the program behind it",
            "An API is the address, a function is the program. You will build both.",
            right=True,
        ),
        Option(
            "This notebook, and an arrow to the page",
            "The notebook is outside: it asks the cloud, as a browser would.",
            "the-notebook-is-the-cloud",
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

question(
    "who-notices-a-typo",
    "You write s3.list_objects_v2(Bukket=...) and mean Bucket. Who notices?",
    (
        Option(
            "Nobody: an unknown parameter is ignored, and you get all buckets",
            "Good manners in a person, dangerous in a program. Neither boto3 nor AWS "
            "ignores what it doesn't know.",
            "unknown-parameters-are-ignored",
        ),
        Option(
            "AWS, with an error answer",
            "It would, if it ever got the request.",
            "every-error-comes-from-aws",
        ),
        Option(
            "boto3, before anything is sent",
            "boto3 knows the parameters of every operation. So a slip of the pen costs "
            "no request and has no request id.",
            right=True,
        ),
    ),
)

question(
    "twelve-hundred-objects",
    "A bucket holds 1,200 photos. You call list_objects_v2 once, without further "
    "wishes. What do you get?",
    (
        Option(
            "All 1,200",
            "With a million photos, that would be one very long answer. AWS cuts long "
            "lists into pages.",
            "lists-are-complete",
        ),
        Option(
            "A page of them, and a sign that there is more",
            "The sign is easy to overlook, because nothing fails.",
            right=True,
        ),
        Option(
            "An error: too many objects",
            "No error, and that is what makes it dangerous.",
            "cut-lists-are-errors",
        ),
    ),
)

question(
    "nobody-said-anything",
    "A new user, about whom no rule has been written, asks for an item of a table in "
    "her own account. What happens?",
    (
        Option(
            "She is refused: nobody has said yes",
            "Whatever isn't allowed is denied. A new user can do nothing at all.",
            right=True,
        ),
        Option(
            "She gets it: nobody has said no",
            "That would be an open house with a list of those who may not come in. IAM "
            "has it the other way round.",
            "no-rule-is-a-yes",
        ),
        Option(
            "She gets it, because it is her own account",
            "The account is June's. Being in it is no permission.",
            "same-account-is-allowed",
        ),
        Option(
            "She is asked for a password first",
            "She has signed her request: IAM knows who she is. The question is what "
            "she may do.",
            "denied-is-not-signed-in",
        ),
    ),
)

question(
    "name-as-resource",
    'A statement has "Resource": "desk-enquiries", the name of the table. What comes '
    "of it?",
    (
        Option(
            "It allows the table of this name in your Region",
            "Which service, which Region, which account? A name says none of it.",
            "name-is-an-arn",
        ),
        Option(
            "It allows everything of this name: tables, buckets, functions",
            "Then a word would open doors that you never thought of.",
            "name-is-a-pattern",
        ),
        Option(
            "The policy is refused: a resource is an ARN, or a star",
            "MalformedPolicyDocument. A policy that says nothing clear isn't kept.",
            right=True,
        ),
    ),
)

question(
    "allow-and-deny",
    "Ines's group has a policy that allows s3:* on everything. Ines herself has one "
    "that denies s3:DeleteObject. Can she delete a file?",
    (
        Option(
            "Yes: s3:* is the stronger one, it covers everything",
            "There is no stronger and weaker among them. A deny ends the question.",
            "allow-beats-deny",
        ),
        Option(
            "Yes: the group's policy was there first",
            "Neither age nor order matters. All statements are read, then one deny is "
            "enough.",
            "order-matters",
        ),
        Option(
            "It depends: the policy of the user counts more than that of the group",
            "They count the same. It is the deny that counts more, wherever it stands.",
            "user-beats-group",
        ),
        Option(
            "No: one deny is enough, wherever it stands",
            "Not the order, not the place, not the star: a deny comes before each "
            "allow.",
            right=True,
        ),
    ),
)

question(
    "simulated-deletion",
    "You ask IAM to simulate that Ines deletes the file. What happens to the file?",
    (
        Option(
            "It is deleted if her policies allow it",
            "That would be a try. A simulation reads the policies and touches nothing.",
            "simulating-is-doing",
        ),
        Option(
            "Nothing, whatever the verdict is",
            "IAM only reads the policies, and says what it would say.",
            right=True,
        ),
        Option(
            "It is moved away, and comes back",
            "There is no such thing. Nothing is touched at all.",
            "simulation-undoes",
        ),
    ),
)

question(
    "permission-to-assume",
    "A role trusts the Lambda service. Ines has a policy that allows her "
    "sts:AssumeRole on this role. Can she put it on?",
    (
        Option(
            "Yes: her policy allows exactly that",
            "It allows her to ask. The role has a say, too.",
            "attached-is-enough",
        ),
        Option(
            "No: the role has to trust her as well",
            "The trust policy says who may put the role on, and she isn't in it.",
            right=True,
        ),
        Option(
            "Yes, but she could do nothing with it",
            "Whoever wears the role can do what the role may. That is why the door is "
            "guarded.",
            "roles-are-empty",
        ),
        Option(
            "No: roles are only for programs",
            "People wear them as well: with Identity Center, all the time.",
            "roles-are-for-programs",
        ),
    ),
)

question(
    "what-helps-against-a-deny",
    "Mina reads: is not authorized to perform: s3:PutObject … with an explicit deny in "
    "an identity-based policy. What helps?",
    (
        Option(
            "A policy that allows her s3:PutObject on this object",
            "She may have one already. No allow reaches past a deny.",
            "allow-beats-deny",
        ),
        Option(
            "A policy that allows her everything",
            "It wouldn't help either, and it would open all the rest.",
            "star-helps",
        ),
        Option(
            "Finding the statement that denies, and asking whether it means her",
            "It was written by somebody, for a reason. Narrow it, or leave it.",
            right=True,
        ),
        Option(
            "Trying again in a minute",
            "A new rule takes a few seconds to hold. This rule is there and holds.",
            "denials-pass",
        ),
    ),
)
