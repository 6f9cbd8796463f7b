"""Questions about buckets, tables and doors, asked after a solution was shown."""

from __future__ import annotations

from grader.checks.predictions import Option, question

TITLE = "One question about the solution"

question(
    "explain-share-a-photo",
    "June made a link for a week. An hour later she regrets it. How does she take it "
    "back?",
    (
        Option(
            "She deletes the link in AWS",
            "AWS has no list of links. A signature was computed, and nobody was asked.",
            "links-are-stored",
        ),
        Option(
            "She makes a new link with a shorter time",
            "That is another link. The first one is as good as before.",
            "new-link-ends-old",
        ),
        Option(
            "She can't; she has to take away the object, or the right of the keys that "
            "signed",
            "A link is as good as its signer's right. So make it short.",
            right=True,
        ),
    ),
    TITLE,
)

question(
    "explain-enquiries-by-email",
    "June has a new question: all enquiries of one day, of all customers. How well "
    "does your table answer it?",
    (
        Option(
            "Well: the sort key begins with the day",
            "The sort key orders one drawer. All customers are all drawers.",
            "sort-key-alone",
        ),
        Option(
            "Only with a scan: the question doesn't know the partition key",
            "It would need an index, or a second table, whose partition key is the "
            "day.",
            right=True,
        ),
        Option(
            "Well, with a filter on the day",
            "The filter comes after the reading, and it would read everything.",
            "filter-is-cheap",
        ),
    ),
    TITLE,
)

question(
    "explain-no-double-booking",
    "Why does the condition say attribute_not_exists(slot), although it is who that "
    "you want to protect?",
    (
        Option(
            "slot is in each item, so its absence means that there is no item",
            "The condition is about the item with this key. The key is always there, "
            "if an item is.",
            right=True,
        ),
        Option(
            "DynamoDB searches the whole table for the slot",
            "It looks at one item: the one with the key that is being put.",
            "conditions-search",
        ),
        Option(
            "Conditions can speak of keys only",
            "They can speak of any attribute of that item; yours also speaks of who.",
            "conditions-are-for-keys",
        ),
    ),
    TITLE,
)

question(
    "explain-health-and-hello",
    "Two stages, v1 and test, were deployed from the same API. You change an answer "
    "and deploy to test. What does v1 show?",
    (
        Option(
            "The new answer: it is one API",
            "It is one drawing. Each stage shows a photograph of its own.",
            "stages-share",
        ),
        Option(
            "Nothing until it is deployed, too",
            "It goes on showing what it showed.",
            "stages-go-dark",
        ),
        Option(
            "The old answer",
            "v1 changes when somebody deploys to v1, and not before.",
            right=True,
        ),
    ),
    TITLE,
)
