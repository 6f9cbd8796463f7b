"""What learners of phase 1 predict about buckets, tables and front doors."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "folders-in-a-bucket",
    'The bucket holds three objects. You put one more, with the key "a/b/c.txt". How '
    "many objects and how many folders are there then?",
    (
        Option(
            "4 objects and 2 folders: a, and b in it",
            "It looks like that in AWS's web page. S3 itself has no folders: the "
            "slashes are letters of the key.",
            "prefix-is-a-folder",
        ),
        Option(
            "None of it: the folder a/b has to be made first",
            "There is nothing to make. The key is stored as you gave it.",
            "folders-come-first",
        ),
        Option(
            "4 objects and no folder",
            "One more name in a flat list. What looks like a folder is a prefix.",
            right=True,
        ),
        Option(
            "6 objects: a, a/b and a/b/c.txt are new",
            "Some programs put an empty object for each folder. put_object puts one.",
            "folders-are-objects",
        ),
    ),
)

question(
    "same-key-again",
    'There is an object with the key "prices.txt". You put another one with the same '
    "key, and nothing else was set up. What happens?",
    (
        Option(
            "The new object takes the place of the old one, without a question",
            "A put means: let this be what the key stands for. Nothing asks, and the "
            "old bytes are gone.",
            right=True,
        ),
        Option(
            "S3 refuses: the key is taken",
            "It would, if you asked for it: a put can carry the condition IfNoneMatch. "
            "By itself, it replaces.",
            "overwrite-asks-first",
        ),
        Option(
            'S3 keeps both, the new one as "prices (1).txt"',
            "That is what a browser does with downloads. In a bucket, a key is one "
            "object.",
            "both-are-kept",
        ),
        Option(
            "For some minutes, readers get the old one",
            "That was so in S3's early years, and it is still told. Today a read after "
            "a write gets what was written.",
            "reads-are-late",
        ),
    ),
)

question(
    "delete-with-versions",
    "Versioning is on. Somebody calls delete_object for the kiss, with the key and "
    "nothing else. What is left of the photo?",
    (
        Option(
            "Nothing: deleted is deleted",
            "Without versioning, yes. With it, a delete without a version id removes "
            "no version.",
            "delete-removes-versions",
        ),
        Option(
            "All of it, and get_object still gives it",
            "It is all there, but a get without a version id finds the newest entry, "
            "and that one now says: deleted.",
            "delete-does-nothing",
        ),
        Option(
            "Only the version before, if there was one",
            "The newest version is kept, too. Something is put on top of it.",
            "delete-removes-the-newest",
        ),
        Option(
            "All of it, and get_object answers as if it were gone",
            "A delete marker lies on top. Remove the marker, and the photo is back.",
            right=True,
        ),
    ),
)

question(
    "draft-after-its-days",
    "The bucket keeps versions. A rule says that objects under drafts/ expire after 30 "
    "days, and the draft is older now. What is left of it?",
    (
        Option(
            "Nothing: its bytes are gone, and you don't pay for them any more",
            "That is what an expiry does in a bucket without versions. Here, it does "
            "what your delete did.",
            "expiry-removes-versions",
        ),
        Option(
            "Its bytes, under a delete marker: it isn't listed, and it is still stored",
            "An expiry is a delete without a version id. The bytes go by a rule for "
            "versions that are no longer current, and its days begin now.",
            right=True,
        ),
        Option(
            "All of it: versioning protects from rules, too",
            "It protects the bytes. The object is expired all the same, and isn't "
            "listed.",
            "versioning-stops-rules",
        ),
        Option(
            "All of it, until somebody runs the rule",
            "Nobody has to. S3 looks once a day.",
            "rules-are-run-by-hand",
        ),
    ),
)

question(
    "policy-for-everybody",
    "The bucket is new. As the account's administrator, you put a bucket policy on it "
    "that lets everybody read. What happens?",
    (
        Option(
            "Everybody can read: an administrator may do everything",
            "An administrator may switch the block off, and then do it. As long as it "
            "is on, it holds for everybody.",
            "administrators-pass-blocks",
        ),
        Option(
            "S3 refuses to store the policy",
            "Block Public Access refuses policies that would make a bucket public.",
            right=True,
        ),
        Option(
            "The policy is stored, and one object after the other has to be opened",
            "A bucket policy speaks of all objects at once. Opening single ones is "
            "what ACLs did.",
            "each-object-is-opened",
        ),
        Option(
            "S3 asks you to confirm it",
            "A web page might. An API answers yes or no.",
            "overwrite-asks-first",
        ),
    ),
)

question(
    "link-for-another-key",
    "Ada has a presigned URL for kiss.jpg. She replaces kiss by cake in it, and opens "
    "it within the hour. cake.jpg is in the same bucket. What does she get?",
    (
        Option(
            "The cake: the link opens the bucket",
            "It opens one object. The key is among the things that were signed.",
            "links-open-buckets",
        ),
        Option(
            "The kiss: the signature decides what comes",
            "The signature doesn't name anything. It proves that nobody changed what "
            "the address says.",
            "signatures-name-objects",
        ),
        Option(
            "403: the signature doesn't fit this address",
            "AWS computes the signature for what it was asked, and it differs.",
            right=True,
        ),
        Option(
            "404: for her, there is no cake",
            "S3 doesn't get as far as looking for it. First it checks the signature.",
            "hidden-means-404",
        ),
    ),
)

question(
    "link-after-its-hour",
    "The link was good for an hour. Then somebody opens it again. Which status comes "
    "back?",
    (
        Option(
            "200: the photo is still there",
            "It is, but the link lent a right, and the right was for an hour.",
            "links-last",
        ),
        Option(
            "403: no longer allowed",
            "The photo is there, and this link doesn't open it any more.",
            right=True,
        ),
        Option(
            "404: not found",
            "404 is for what isn't there. The photo is; it is the permission that "
            "ended.",
            "expired-is-missing",
        ),
        Option(
            "200, and it asks for a password",
            "There is no password anywhere in this. A link is valid, or it isn't.",
            "links-fall-back",
        ),
    ),
)

question(
    "float-in-a-table",
    "You put an item whose price is the float 12.5. What happens?",
    (
        Option(
            "The table holds 12.5",
            "It would look right, and 0.1 + 0.2 wouldn't. boto3 doesn't let it come so "
            "far.",
            "floats-are-decimals",
        ),
        Option(
            "The table holds 12: prices are whole numbers there",
            "Its numbers can have 38 digits, also behind the point.",
            "numbers-are-whole",
        ),
        Option(
            "The table holds the text 12.5",
            "A text would be stored if you gave one. You gave a number.",
            "numbers-become-texts",
        ),
        Option(
            "boto3 refuses the float",
            "A float can't say 12.10 exactly. DynamoDB's numbers can, and boto3 wants "
            "you to say which one you mean.",
            right=True,
        ),
    ),
)

question(
    "attribute-that-is-new",
    "The table was made without a word about an attribute named who. You put an item "
    "that has one. What does DynamoDB do?",
    (
        Option(
            "It refuses: the table has no such column",
            "That is how databases with columns work. A DynamoDB table insists on its "
            "key, and on nothing else.",
            "tables-have-columns",
        ),
        Option(
            "It stores the item without it",
            "It stores what it gets. It never leaves something out.",
            "unknown-is-dropped",
        ),
        Option(
            "It gives all other items an empty who",
            "Items don't know of each other. An attribute is a matter of one item.",
            "items-are-alike",
        ),
        Option(
            "It stores the item as it is",
            "Each item has the attributes that it was given.",
            right=True,
        ),
    ),
)

question(
    "put-the-same-key",
    "There is an item with a title and a price. You put one with the same key and a "
    "new title, without a price. What does the table hold then?",
    (
        Option(
            "The new title and no price",
            "A put replaces the whole item, as it does in S3.",
            right=True,
        ),
        Option(
            "The new title and the old price",
            "That would be merging. update_item does so; put_item replaces.",
            "put-merges",
        ),
        Option(
            "Both items",
            "Two items can't have the same key. It is an item's address.",
            "keys-repeat",
        ),
        Option(
            "The old item, and you get an error",
            "Only if you ask for that, with a condition. You will.",
            "put-is-insert",
        ),
    ),
)

question(
    "scan-for-three",
    "The table has about 500 items. You scan it, with a filter that fits three of "
    "them. For how many items do you pay?",
    (
        Option(
            "3: what comes back",
            "The filter works on what was read already, and reading is what costs.",
            "filter-is-cheap",
        ),
        Option(
            "10: the drawers that hold the three",
            "A scan doesn't know where they lie. The key says nothing of Cleo.",
            "scan-knows-the-drawer",
        ),
        Option(
            "All of them",
            "A scan reads the whole table, every time, whatever the filter leaves.",
            right=True,
        ),
        Option(
            "1: it was one request",
            "A request costs by what it reads, in steps of 4 KB.",
            "requests-cost-alike",
        ),
    ),
)

question(
    "query-of-many",
    "A query fits 60 items of 1.5 MB in all. What does one call of query return?",
    (
        Option(
            "All 60: a query finds what there is",
            "It finds them. But one answer holds up to 1 MB.",
            "one-page-is-all",
        ),
        Option(
            "An error: that is too much",
            "No error, and that makes it dangerous: the answer looks complete.",
            "too-much-is-an-error",
        ),
        Option(
            "The newest 50",
            "There is no such number unless you give a Limit. What counts is size.",
            "pages-have-a-number",
        ),
        Option(
            "As many as fit into 1 MB, and a bookmark",
            "The bookmark is LastEvaluatedKey. As long as there is one, there is more.",
            right=True,
        ),
    ),
)

question(
    "look-then-write",
    "Ada and Ben call book_carefully for the same slot at the same moment. It looks "
    "whether the slot is free, and then writes. What happens?",
    (
        Option(
            "One gets the slot, the other one is told that it is taken",
            "Only if the second looks after the first has written. Who sees to that?",
            "check-then-write-is-safe",
        ),
        Option(
            "Both are told that it is theirs; one is in the table",
            "Both looked while it was free. The second write went over the first.",
            right=True,
        ),
        Option(
            "Both are told that it is theirs; both are in the table",
            "Both wrote to the same key, and a key holds one item.",
            "keys-repeat",
        ),
        Option(
            "DynamoDB refuses the second write",
            "It would if it had been told under which condition to write.",
            "put-is-insert",
        ),
    ),
)

question(
    "item-after-its-time",
    "The item's time to live ended half an hour ago. Somebody reads it with get_item. "
    "Is it there?",
    (
        Option(
            "No: it went when its time was over",
            "TTL gives no such promise. Items go some time later, within a few days.",
            "ttl-is-exact",
        ),
        Option(
            "No: an expired item isn't shown, although it is stored",
            "It is shown as long as it is there. Who cares about the minute compares "
            "the moment.",
            "expired-is-hidden",
        ),
        Option(
            "It can well be",
            "TTL tidies up when it has time. Until then the item is read like any "
            "other.",
            right=True,
        ),
        Option(
            "Yes: somebody has to delete it",
            "Nobody has to. It takes a while, and it is free.",
            "ttl-is-a-note",
        ),
    ),
)

question(
    "door-without-a-deployment",
    "The API has a path /hours with an answer of its own. Nobody has deployed it. What "
    "does a visitor get?",
    (
        Option(
            "The opening hours: every call that you made was successful",
            "They changed the drawing. No stage shows it yet.",
            "saving-is-deploying",
        ),
        Option(
            "403, Forbidden: there is no such stage",
            "To the outside, nothing of this API exists yet.",
            right=True,
        ),
        Option(
            "An empty answer, because no function is behind it",
            "A MOCK integration needs no function. But it has to be deployed.",
            "doors-need-functions",
        ),
    ),
)

question(
    "path-without-a-deployment",
    "The API is deployed in the stage v1. You add GET /prices, and don't deploy again. "
    "What does GET /prices return?",
    (
        Option(
            "200 and the prices: the stage is live already",
            "The stage is live, and it shows the photograph that was taken before.",
            "saving-is-deploying",
        ),
        Option(
            "404, Not Found",
            "A sensible thought: it isn't there. A REST API uses another number for "
            "that.",
            "missing-is-404",
        ),
        Option(
            "500, because the path is only half there",
            "It isn't there by half. In the photograph, it isn't there at all.",
            "half-deployed",
        ),
        Option(
            "403, with a message that sounds like a login problem",
            "In the deployed snapshot there is no such path, and this is how a REST "
            "API says so.",
            right=True,
        ),
    ),
)

question(
    "missing-authentication-token",
    "You visit a REST API and get 403 with MissingAuthenticationTokenException. Nobody "
    "has set up a login. What do you look at first?",
    (
        Option(
            "Your keys: the request has to be signed",
            "A method with authorizationType NONE asks nobody for keys.",
            "403-is-a-login",
        ),
        Option(
            "Path, method and stage, and when the API was last deployed",
            "It means: in the deployed API, there is no such method on such a path.",
            right=True,
        ),
        Option(
            "The policies of your user",
            "A visitor isn't a user of your account, and no policy was asked.",
            "403-is-iam",
        ),
        Option(
            "The permission on the function behind it",
            "Without that, the door would answer 500. It never got so far.",
            "403-is-the-function",
        ),
    ),
)

question(
    "door-without-its-function",
    "The function behind /hello doesn't let the door in any more. The API stays as it "
    "is deployed. What do GET /hours, a MOCK, and GET /hello answer?",
    (
        Option(
            "Both answer as before: API Gateway has your code now",
            "API Gateway has no code of yours. It calls the function each time.",
            "doors-run-code",
        ),
        Option(
            "/hours as before, /hello with 500",
            "The door answers /hours by itself. For /hello it depends on what is "
            "behind it, and can't get there.",
            right=True,
        ),
        Option(
            "Both answer 500: an API is as good as its function",
            "An API can have many things behind it, and some paths with nothing.",
            "one-door-one-function",
        ),
        Option(
            "/hours as before, /hello with 403",
            "Nobody refuses the visitor. It is the door that is refused, and it says: "
            "something went wrong here.",
            "403-is-the-function",
        ),
    ),
)
