"""Too much of everything: time, memory, processes, disk, output.

Limits are small in these tests, so a bomb takes a second or two. What was right
before and after the bomb's own cell earns its marks.
"""

from __future__ import annotations

from tests.grading.hostile.cases import GREETING, Case

FUNCTION = '''
import io, json, textwrap, zipfile

def deploy(cloud, code, **settings):
    trust = {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
        "Principal": {{"Service": "lambda.amazonaws.com"}},
        "Action": "sts:AssumeRole"}}]}}
    role = cloud.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("{name}", textwrap.dedent(code))
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="hello", Handler="hello.greet", Role=role["Role"]["Arn"],
        Code={{"ZipFile": package.getvalue()}}, **settings)
    return "hello"

CODE = """{code}"""

def deploy_hello(cloud):
    return deploy(cloud, CODE, Runtime="{runtime}", {settings})
'''


def in_python(name: str, body: str, settings: str = "Timeout=2", **more: bool) -> Case:
    """A case whose function, in Python, runs a body instead of greeting."""
    lines = "".join(f"\n    {line}" for line in body.strip().splitlines())
    code = f"def greet(event, context):{lines}\n    return {{}}"
    made = FUNCTION.format(
        name="hello.py", code=code, runtime="python3.13", settings=settings
    )
    return Case(name, assignment=GREETING, answers={"deploy-hello": made}, **more)


def in_node(name: str, body: str, settings: str = "Timeout=2") -> Case:
    """A case whose function, in Node.js, runs a body instead of greeting."""
    code = f"exports.greet = async (event) => {{ {body} }};"
    made = FUNCTION.format(
        name="hello.js", code=code, runtime="nodejs24.x", settings=settings
    )
    return Case(name, assignment=GREETING, answers={"deploy-hello": made})


TIME = (
    Case("loops-for-ever", "while True:\n    pass", honest=True, problem=True),
    Case(
        "loops-in-the-answer",
        honest=True,
        answers={"square-answer": "def square(x):\n    while True:\n        pass"},
        marks={"square": 0},
        problem=True,
    ),
    Case(
        "catches-every-interrupt",
        """
        import signal, time

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
        """,
        honest=True,
        problem=True,
    ),
    Case("computes-without-end-in-c", "10 ** 10 ** 9", honest=True, problem=True),
    Case(
        "matches-without-end",
        "import re\nre.match('(a|a)*b', 'a' * 60)",
        honest=True,
        problem=True,
    ),
    Case(
        "awaits-for-ever",
        "import asyncio\nawait asyncio.Event().wait()",
        honest=True,
        problem=True,
    ),
    Case("sleeps-for-an-hour", "import time\ntime.sleep(3600)", honest=True),
    Case("asks-for-input", "name = input('Your name? ')", honest=True),
    Case(
        "many-cells-that-take-their-time",
        edit=lambda document: document["cells"].extend(
            {
                "cell_type": "code",
                "execution_count": None,
                "id": f"slow-{number}",
                "metadata": {},
                "outputs": [],
                "source": "import time\ntime.sleep(1.5)",
            }
            for number in range(200)
        ),
        honest=True,
        # The time of a submission as a whole is limited as well.
        own_loss=True,
    ),
)
MEMORY = (
    Case("takes-all-memory", "kept = bytearray(64 << 30)", honest=True),
    Case(
        "takes-memory-bit-by-bit",
        "kept = []\nwhile True:\n    kept.append(b'x' * 10_000_000)",
        honest=True,
    ),
    Case(
        "takes-memory-that-is-shared",
        """
        import mmap, os

        kept = []
        while True:
            block = mmap.mmap(-1, 50_000_000)
            for at in range(0, 50_000_000, 4096):
                block[at] = 1
            kept.append(block)
        """,
        honest=True,
    ),
    Case(
        "takes-memory-in-many-processes",
        """
        import os, time

        for _ in range(40):
            if os.fork() == 0:
                kept = b"x" * 60_000_000
                time.sleep(60)
                os._exit(0)
        time.sleep(60)
        """,
        honest=True,
    ),
    Case(
        "takes-memory-in-files",
        """
        import os

        for folder in ("/dev/shm", "/tmp", "."):
            try:
                with open(os.path.join(folder, "full"), "wb") as file:
                    while True:
                        file.write(bytes(10_000_000))
            except OSError as fault:
                print(fault)
        kept = os.memfd_create("full")
        try:
            for _ in range(400):
                os.write(kept, bytes(10_000_000))
        except OSError as fault:
            print(fault)
        """,
        honest=True,
        own_loss=True,
    ),
    in_python(
        "a-function-takes-all-memory", "kept = [b'x' * 10_000_000 for _ in range(400)]"
    ),
    in_node(
        "a-node-function-takes-all-memory",
        "const kept = []; while (true) kept.push(Buffer.alloc(10_000_000, 1));",
    ),
)
PROCESSES = (
    Case(
        "forks-for-ever",
        """
        import os, time

        until = time.monotonic() + 1
        while time.monotonic() < until:
            try:
                os.fork()
            except OSError:
                pass
        """,
        honest=True,
        own_loss=True,
    ),
    Case(
        "a-fork-bomb-of-the-shell",
        "import os\nos.system('bomb() { bomb | bomb & }; bomb; sleep 1')",
        honest=True,
        own_loss=True,
    ),
    Case(
        "starts-a-thousand-threads",
        """
        import threading, time

        for _ in range(1000):
            try:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except RuntimeError:
                break
        """,
        honest=True,
        own_loss=True,
    ),
    in_python(
        "a-function-forks-for-ever",
        "import os\nfor _ in range(500):\n    try:\n        os.fork()\n"
        "    except OSError:\n        pass",
    ),
    in_python("a-function-never-returns", "while True: pass"),
    in_python(
        "a-function-leaves-a-daemon",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(600)\n    os._exit(0)",
    ),
    in_python("a-function-kills-its-environment", "import os; os.kill(-1, 9)"),
    in_python(
        "a-function-prints-without-end",
        "import sys\nwhile True: print('x' * 100_000)",
    ),
)
DISK = (
    Case(
        "makes-a-million-files",
        """
        import os

        try:
            for number in range(200_000):
                open(f"file-{number}", "w").close()
        except OSError as fault:
            print(fault)
        """,
        honest=True,
        own_loss=True,
    ),
    Case(
        "makes-odd-files",
        r"""
        import os

        def attempt(act, *arguments):
            try:
                act(*arguments)
            except OSError as fault:
                print(fault)

        attempt(os.mkfifo, "pipe.ipynb")
        attempt(os.symlink, "loop", "loop")
        attempt(os.makedirs, "/".join(["d"] * 500))
        attempt(os.mkdir, b"\xff\n\x1b[2J")
        with open("sparse", "wb") as file:
            attempt(os.truncate, "sparse", 1 << 40)
        """,
        honest=True,
    ),
)
OUTPUT = (
    Case("prints-one-long-line", "print('x' * 100_000_000)", honest=True),
    Case("prints-for-ever", "while True:\n    print('more')", honest=True),
    Case(
        "prints-past-python",
        "import os\nfor _ in range(1000):\n    os.write(1, b'x' * 100_000)\n"
        "    os.write(2, b'y' * 100_000)",
        honest=True,
    ),
    Case(
        "displays-a-great-page",
        "from IPython.display import HTML, display\n"
        "display(HTML('<p>' + 'x' * 50_000_000))",
        honest=True,
    ),
    Case(
        "displays-a-million-things",
        "for number in range(1_000_000):\n    display(number)",
        honest=True,
    ),
    Case(
        "shows-a-great-value",
        "class Great:\n    def __repr__(self):\n"
        "        return 'x' * 100_000_000\nGreat()",
        honest=True,
    ),
    Case(
        "raises-a-great-error",
        "raise ValueError('x' * 50_000_000)",
        honest=True,
    ),
    Case(
        "raises-great-errors-in-the-answer",
        answers={
            "square-answer": "def square(x):\n    raise ValueError('x' * 20_000_000)",
            "mean-answer": "def mean(x):\n    return mean(x)",
        },
    ),
    Case(
        "prints-what-is-no-text",
        r"""
        import os, sys

        print("\ud800", "\0", "\x1b[2J\x1b]0;title\x07", "\u202e")
        os.write(1, b"\xff\xfe\x00\x80")
        sys.stdout.buffer.write(b"\xff") if hasattr(sys.stdout, "buffer") else None
        """,
        honest=True,
    ),
    Case(
        "displays-what-is-no-output",
        r"""
        from IPython.display import display

        deep = []
        for _ in range(5000):
            deep = [deep]
        for data in ({"text/plain": 5}, {"text/html": ["a", "b"]}, {"image/png": b"x"},
                     {"": ""}, {"x" * 100_000: ""}, {"application/json": float("nan")},
                     {"application/json": deep}, {5: 5}, {"text/plain": "\ud800"}, {}):
            for metadata in ({}, {"text/plain": deep}, {"x": float("inf")}):
                try:
                    display(data, raw=True, metadata=metadata)
                except Exception as fault:
                    print(type(fault))
        display(raw=True, display_id="\ud800", metadata=None)
        """,
        honest=True,
    ),
)
CASES = (*TIME, *MEMORY, *PROCESSES, *DISK, *OUTPUT)
