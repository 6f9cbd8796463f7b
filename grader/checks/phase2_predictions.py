"""What learners of phase 2 predict before they run a cell."""

from __future__ import annotations

from grader.checks.predictions import Option, question

question(
    "handler-text",
    "The file in the zip is hello.py, and the function in it is greet. Which handler "
    "text leads Lambda there?",
    (
        Option(
            "lambda_handler",
            "That is the function's name in most examples. It is no rule.",
            "handler-is-a-fixed-name",
        ),
        Option(
            "hello.greet",
            "The file without its ending, a dot, the function. The same in Node.js.",
            right=True,
        ),
        Option(
            "greet",
            "The zip may hold many files: which one is it in?",
            "handler-is-a-function",
        ),
        Option(
            "hello.py",
            "That is the file. Which function in it?",
            "handler-is-a-file",
        ),
    ),
)

question(
    "event-without-a-name",
    'The handler reads event["name"]. You invoke it with an empty event, {}. What do '
    "you, the caller, get?",
    (
        Option(
            'The text "Hello, None!"',
            'event["name"] doesn\'t make up a value: in Python a missing key is an '
            'error. event.get("name") would have given None.',
            "missing-key-is-none",
        ),
        Option(
            "boto3 raises the same KeyError in your notebook",
            "The error happened on another machine. Your call itself went well, so "
            "boto3 has nothing to raise.",
            "remote-errors-are-raised-here",
        ),
        Option(
            "Status 200 and an answer that describes the error",
            "Lambda did its work: it ran your code and reports what came of it. "
            "Always look at FunctionError.",
            right=True,
        ),
        Option(
            "Nothing: the function is broken until it is deployed again",
            "An error ends one call. The next one runs as if nothing had been.",
            "error-breaks-the-function",
        ),
    ),
)

question(
    "callback-on-node-24",
    "A Node.js handler has three parameters (event, context, callback) and answers "
    "with callback(null, ...). What does it do on nodejs24.x?",
    (
        Option(
            "It works: callbacks are the classic way",
            "They were, up to Node.js 22. From 24 on the runtime refuses them.",
            "callbacks-on-24",
        ),
        Option(
            "It answers null, because nobody waits for the callback",
            "A good thought: that is what would happen if it ran. But Lambda tells you "
            "louder.",
            "callbacks-are-ignored",
        ),
        Option(
            "Lambda refuses it before it runs, with an error that says so",
            "The runtime counts the parameters when it loads the file. Three means "
            "callback, and it stops there.",
            right=True,
        ),
        Option(
            "create_function refuses the zip",
            "create_function doesn't read your code. The file is loaded later, when "
            "an environment starts.",
            "create-reads-the-code",
        ),
    ),
)

question(
    "counter-after-five",
    "visits = 0 stands outside the handler, visits = visits + 1 inside. You invoke the "
    "function five times, one call after the other. What does the fifth answer?",
    (
        Option(
            "1: every call starts from nothing",
            "Each call would then have to load the file again. Lambda keeps the "
            "environment and calls the handler once more.",
            "globals-reset-each-call",
        ),
        Option(
            "5: the same environment served all five",
            "It was free each time, so Lambda used it again. You may see this; you may "
            "not rely on it.",
            right=True,
        ),
        Option(
            "5, and it would on any day: Lambda keeps variables",
            "Almost. It is 5 now, because one environment was free each time. Nobody "
            "promises that.",
            "globals-are-kept",
        ),
    ),
)

question(
    "counter-in-parallel",
    "Now three calls at the same moment, each half a second long. One environment is "
    "warm and has counted to 5. Which numbers come back, in some order?",
    (
        Option(
            "6, 7, 8",
            "One environment would have to serve three calls at once, or one after the "
            "other. Lambda does neither: it starts more environments.",
            "one-environment-many-requests",
        ),
        Option(
            "6, 1, 1",
            "One call went to the warm environment, the two others got new ones. Each "
            "environment has its own variable.",
            right=True,
        ),
        Option(
            "6, 6, 6",
            "New environments aren't copies of the old one. They load your file from "
            "the start.",
            "environments-are-copies",
        ),
        Option(
            "1, 1, 1",
            "Two of them are new. The third call found the one that was waiting.",
            "globals-reset-each-call",
        ),
    ),
)

question(
    "ticks-while-frozen",
    "The clock ticks a hundred times a second, and the first call, a tenth of a second "
    "long, told about 10 ticks. Two seconds pass. What does the second call tell?",
    (
        Option(
            "About 220",
            "That would be a computer that runs all the time, and somebody would have "
            "to pay for it.",
            "functions-run-between-calls",
        ),
        Option(
            "About 20",
            "Ten in each call, and none between them: the environment stood still, and "
            "the clock with it.",
            right=True,
        ),
        Option(
            "About 10: the second call starts from the beginning",
            "The environment was kept, and what it had counted too. It was frozen, not "
            "thrown away.",
            "globals-reset-each-call",
        ),
    ),
)

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
