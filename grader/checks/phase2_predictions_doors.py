"""What learners predict about buckets and APIs that invoke functions: 2.7, 2.8."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "no-permission",
    "You tell the bucket to invoke the function, but nobody gave S3 the permission to. "
    "Where does the error appear?",
    (
        Option(
            "At once: S3 refuses to store the notification",
            "S3 tries the permission when you set the notification, and refuses.",
            right=True,
        ),
        Option(
            "At the upload: put_object fails",
            "Whoever uploads has nothing to do with what happens afterwards.",
            "uploader-sees-errors",
        ),
        Option(
            "In the function's log",
            "A function that isn't invoked writes no log.",
            "log-without-a-run",
        ),
        Option(
            "Nowhere: the function belongs to the same account, so it runs",
            "One account or not: another service needs your function's permission.",
            "same-account-is-allowed",
        ),
    ),
)

question(
    "key-in-the-event",
    "You upload a file with the key incoming/my photo é.txt. Which key does the "
    "function find in the event?",
    (
        Option(
            "incoming/my photo é.txt",
            "That is the key in the bucket. In the event it is URL-encoded.",
            "key-not-decoded",
        ),
        Option(
            "incoming/my%20photo%20é.txt",
            "Encoded, yes. But S3 writes a space as a plus, and encodes é too.",
            "spaces-only",
        ),
        Option(
            "incoming/my+photo+%C3%A9.txt",
            "The space is a plus, the é its two bytes. unquote_plus undoes both.",
            right=True,
        ),
        Option(
            "my photo é.txt, without the prefix",
            "There are no folders in a bucket: incoming/ is a part of the key.",
            "prefix-is-a-folder",
        ),
    ),
)

question(
    "uploader-and-error",
    "The function raises an error for a certain file. What does the program that "
    "uploads this file see?",
    (
        Option(
            "A good upload, as always",
            "S3 stored the object and said so. What happens next is between S3 and "
            "your function.",
            right=True,
        ),
        Option(
            "The error of the function",
            "The upload was over before the function began. Nobody waits for it.",
            "async-errors-reach-the-caller",
        ),
        Option(
            "A slow upload, because Lambda tries again",
            "Lambda does try again, up to two more times. But the upload doesn't wait.",
            "uploads-wait-for-functions",
        ),
    ),
)

question(
    "own-trigger",
    "A function runs for every new object in a bucket, and writes its report into the "
    "same bucket. Nobody set a prefix. You upload one file. How often does it run?",
    (
        Option(
            "Once",
            "Its report is a new object too, and new objects invoke it.",
            "own-trigger",
        ),
        Option(
            "Twice: for the file and for the report",
            "And for the report of the report, and for the report of that.",
            "loops-end-by-themselves",
        ),
        Option(
            "Again and again, until somebody or something stops it",
            "Each run causes the next one, and each one is charged. AWS looks for such "
            "loops and stops them after about sixteen turns; don't rely on it.",
            right=True,
        ),
    ),
)

question(
    "body-in-the-event",
    'A phone posts {"text": "call Ada"} with the content type application/json. What '
    'is event["body"] in your function?',
    (
        Option(
            "A dictionary with the key text",
            "The API doesn't read what it passes on, whatever the content type says.",
            "body-is-an-object",
        ),
        Option(
            "A text, with the JSON in it",
            "You read it yourself, with json.loads or JSON.parse.",
            right=True,
        ),
        Option(
            "call Ada",
            "The API knows nothing of your key text.",
            "body-is-the-value",
        ),
    ),
)

question(
    "dict-as-body",
    "The handler returns a statusCode of 200 and a body that is a dictionary, not a "
    "text. The function runs well. What does the caller of the REST API get?",
    (
        Option(
            "200 and the dictionary as JSON",
            "Sensible, but no: a REST API turns nothing into JSON. The body has to be "
            "text already.",
            "body-not-text",
        ),
        Option(
            "200 and an empty body",
            "The API doesn't drop what it can't read. It gives up on the whole answer.",
            "body-is-dropped",
        ),
        Option(
            "The function's error message",
            "There is no error in the function: look at its log.",
            "error-is-the-api",
        ),
        Option(
            "502, although the function returned normally",
            "The API couldn't make an HTTP answer of it. So a 502 points at what your "
            "function returned, not at the network.",
            right=True,
        ),
    ),
)

question(
    "one-permission",
    "A function URL is open to everyone (AuthType NONE), and everyone is allowed "
    "lambda:InvokeFunctionUrl. Is that enough?",
    (
        Option(
            "Yes: 200",
            "It was, until October 2025. New URLs need a second permission.",
            "one-permission-is-enough",
        ),
        Option(
            "No: 403",
            "The caller may use the URL, and not yet invoke the function behind it. "
            "Both have to be allowed.",
            right=True,
        ),
        Option(
            "No: 404, because the URL isn't published",
            "The URL is there. It knows you, and sends you away.",
            "urls-are-published",
        ),
    ),
)
