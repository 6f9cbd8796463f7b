"""Functions of a warm runtime, beside the same ones of a new interpreter.

Whatever a function can see, say or do has to be the same: most tests deploy one
function twice and compare.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cloud.conftest import FORKED, SANDBOXED, Account, Answer, zipped

CLOUDS = (FORKED, SANDBOXED)
# Any variable of this kind may be meant for the interpreter: nothing is forked then.
_NOT_FORKED = {"Variables": {"PYTHON_OF_ITS_OWN": "yes"}}

# What differs between any two environments: ids, times and the like.
_OF_ITS_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{4}-\d\d-\d\dT[\d:.]+Z?|\d+(\.\d+)? ms"
    r"|\d+ MB|0x[0-9a-f]+|Root=[^ \"]+|127\.0\.0\.1:\d+|arn:\S+"
)


def told(answer: Answer) -> tuple[Any, ...]:
    """An answer without what no two have in common."""
    # A long log is cut off in front, by the lengths of times behind.
    log = _OF_ITS_OWN.sub("~", answer.log) if len(answer.log) < 4000 else ""
    return _plain(answer.payload), answer.error, log


def _plain(value: Any) -> Any:
    match value:
        case str():
            return _OF_ITS_OWN.sub("~", value)
        case list():
            return [_plain(each) for each in value]
        case dict():
            return {key: _plain(each) for key, each in value.items()}
    return value


def both(account: Account, code: str | dict[str, str], **settings: Any) -> list[Answer]:
    """The answers of a function that is executed, and of one that is forked."""
    executed = account.deploy(code, Environment=_NOT_FORKED, **settings)
    forked = account.deploy(code, **settings)
    return [account.invoke(name) for name in (executed, forked)]


def same(account: Account, code: str | dict[str, str], **settings: Any) -> Answer:
    """The answer of both, twice the same."""
    executed, forked = both(account, code, **settings)
    assert told(forked) == told(executed)
    return forked


# Modules that lie in a file: what an interpreter has built in is no news.
LOCATED = """
def located(modules):
    return sorted(name for name, module in modules
                  if getattr(getattr(module, "__spec__", None), "has_location", False))
"""
SEEN = (
    LOCATED
    + """
import sys
begin = list(sys.modules.items())
import builtins, gc, locale, os, resource, signal, threading

def handler(event, context):
    main = sys.modules["__main__"]
    return {
        "modules": located(begin),
        "path": sys.path,
        "argv": sys.argv,
        "orig_argv": sys.orig_argv,
        "flags": list(sys.flags),
        "executable": [sys.executable, sys.prefix, sys.exec_prefix],
        "finders": [repr(finder) for finder in sys.meta_path],
        "hooks": [type(hook).__name__ for hook in sys.path_hooks],
        "builtins": sorted(vars(builtins)),
        "main": sorted(vars(main)),
        "file": main.__file__,
        "environment": sorted(os.environ.items() - {
            (name, os.environ[name]) for name in os.environ
            if name.startswith(("AWS_A", "AWS_SE", "AWS_LAMBDA", "_X_AMZN", "PYTHON_"))
        }),
        "folder": os.getcwd(),
        # The parent is the first process of all, or outside.
        "processes": [os.getpid(), os.getppid() < 2, os.getpgid(0) == os.getsid(0)],
        "listed": sorted(os.listdir("/proc/self/task")),
        "signals": [repr(signal.getsignal(n)) for n in signal.valid_signals()],
        "limits": [resource.getrlimit(n) for n in range(16)],
        "umask": os.umask(0o22),
        "encoding": [sys.getdefaultencoding(), sys.getfilesystemencoding(),
                     locale.getlocale(), sys.stdout.encoding, sys.stdout.errors,
                     sys.stdout.line_buffering, sys.stderr.line_buffering],
        "streams": [type(sys.stdout).__name__, sys.stdin.fileno(), sys.stdin.read()],
        "threads": [each.name for each in threading.enumerate()],
        "hash": hasattr(sys, "ps1"),
        "collected": gc.isenabled(),
        "recursion": sys.getrecursionlimit(),
    }
"""
)


def test_a_function_sees_nothing_of_the_warm_process(account: Account) -> None:
    executed, forked = both(account, SEEN)
    seen, modules = forked.payload, executed.payload.pop("modules")
    # Those that C code imports aren't known to come along.
    assert set(seen.pop("modules")) <= set(modules)
    assert told(forked) == told(executed)
    assert seen["folder"] == "/var/task" and seen["argv"] == ["/var/lab/bootstrap.py"]


@pytest.mark.parametrize(
    "imported",
    ["boto3", "botocore", "botocore.session, six", "http.client", "dateutil.tz"],
)
def test_an_import_brings_along_what_it_always_does(
    account: Account, imported: str
) -> None:
    """No module more, and no attribute of a package either."""
    executed, forked = both(
        account,
        "import sys\n"
        f"import {imported}\n"
        f"{LOCATED}\n"
        "def handler(event, context):\n"
        "    modules = dict(sys.modules)\n"
        "    return [located(modules.items()), sorted(\n"
        "        [name, sorted(key for key in vars(module)\n"
        "                      if f'{name}.{key}' in modules),\n"
        "         getattr(module, '__file__', None), repr(module.__spec__),\n"
        "         getattr(module, '__cached__', None)]\n"
        "        for name, module in modules.items()\n"
        "        if name.partition('.')[0] in ('boto3', 'botocore', 'six'))]\n",
    )
    assert set(forked.payload.pop(0)) <= set(executed.payload.pop(0))
    assert told(forked) == told(executed)


def test_a_client_works_as_always(account: Account) -> None:
    account.permit("s3:*", "dynamodb:*")
    account.client("s3").create_bucket(
        Bucket="things",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    answer = same(
        account,
        "import boto3\n"
        "from boto3.dynamodb.conditions import Key\n"
        "def handler(event, context):\n"
        "    s3 = boto3.client('s3')\n"
        "    s3.put_object(Bucket='things', Key='a', Body=b'b')\n"
        "    body = boto3.resource('s3').Object('things', 'a').get()['Body'].read()\n"
        "    try:\n"
        "        table = boto3.resource('dynamodb').Table('none')\n"
        "        table.query(KeyConditionExpression=Key('a').eq('b'))\n"
        "    except boto3.client('dynamodb').exceptions.ClientError as error:\n"
        "        return [body.decode(), str(error), type(error).__name__]\n",
        Timeout=30,
    )
    assert answer.payload[0] == "b"
    assert answer.payload[2] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "code",
    [
        "import nothing_of_that_name\n",
        "def handler(event, context)\n    pass\n",
        "raise ValueError('at first')\n",
        "import sys\nsys.exit(3)\n",
        "import os\nos._exit(4)\n",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n",
        "raise KeyboardInterrupt\n",
        "no_handler = 1\n",
        "def handler(event, context):\n    return 1 / 0\n",
        "def handler(event, context):\n    raise SystemExit(7)\n",
        "def handler(event, context):\n    return {1, 2}\n",
        "import boto3\ndef handler(event, context):\n    boto3.client('nothing')\n",
        "import boto3\n"
        "def handler(event, context):\n    boto3.client('s3').list_objects()\n",
        "import logging, warnings\n"
        "def handler(event, context):\n"
        "    logging.getLogger().setLevel('INFO')\n"
        "    logging.info('said')\n"
        "    warnings.warn('careful')\n"
        "    print('printed')\n",
    ],
)
def test_what_goes_wrong_reads_the_same(account: Account, code: str) -> None:
    """Payload, stack trace, exit status and log, of INIT and of the invocation."""
    same(account, code)


@pytest.mark.parametrize(
    "files",
    [
        {"boto3.py": "mine = 'mine'\n"},
        {"boto3/__init__.py": "mine = 'mine'\n"},
        {"inspect.py": "mine = 'mine'\n"},
        {"other/boto3/__init__.py": "import six\nmine = 'mine'\n", "six.py": ""},
    ],
)
def test_what_a_function_brings_comes_first(
    account: Account, files: dict[str, str]
) -> None:
    name = next(iter(files)).split("/")[-2 if "/" in next(iter(files)) else 0]
    module = name.removesuffix(".py")
    answer = same(
        account,
        {
            "app.py": "import sys\nsys.path.insert(0, '/var/task/other')\n"
            f"import {module}\n"
            f"def handler(event, context):\n    return {module}.mine\n",
            **files,
        },
    )
    assert answer.payload == "mine"


def test_a_library_of_its_own_is_everybodys(account: Account) -> None:
    """What comes with the runtime uses it, too; also from a folder named later."""
    answer = same(
        account,
        {
            "app.py": "import sys\nsys.path.insert(0, '/var/task/other')\n"
            "import dateutil.tz\n"
            "def handler(event, context):\n"
            "    return sys.modules['six'].mine\n",
            "other/six.py": "mine = 'mine'\nstring_types = integer_types = ()\n"
            "PY2 = PY3 = text_type = binary_type = None\n"
            "def add_metaclass(metaclass):\n    return lambda cls: cls\n",
        },
    )
    assert "six" in str(answer.payload) or answer.payload == "mine"


def test_a_layer_comes_before_the_runtime(account: Account) -> None:
    account.aws_lambda.publish_layer_version(
        LayerName="urllib3",
        Content={"ZipFile": zipped({"python/urllib3.py": "mine = 'mine'\n"})},
    )
    code = "import urllib3\ndef handler(event, context):\n    return urllib3.mine\n"
    arn = f"arn:aws:lambda:{account.region}:{account.id}:layer:urllib3:1"
    assert same(account, code, Layers=[arn]).payload == "mine"


def test_variables_that_an_interpreter_reads_at_its_start_hold(
    account: Account,
) -> None:
    name = account.deploy(
        "import sys, time\n"
        "def handler(event, context):\n    return [time.tzname, sys.flags.utf8_mode]\n",
        Environment={"Variables": {"TZ": "EST5EDT", "PYTHONUTF8": "1"}},
    )
    assert account.invoke(name).payload == [["EST", "EDT"], 1]


def test_a_library_in_cpp_was_linked_by_the_warm_process(account: Account) -> None:
    """What linking it changes is the parent's memory, and that of all its children.

    To link it anew takes as long as all else of the runtime's client.
    """
    name = account.deploy(
        "def handler(event, context):\n"
        "    shared, library = 0, False\n"
        "    with open('/proc/self/smaps') as areas:\n"
        "        for line in areas:\n"
        "            if '-' in line.split()[0]:\n"
        "                library = 'libstdc++' in line\n"
        "            elif library and line.startswith('Shared_Dirty:'):\n"
        "                shared += int(line.split()[1])\n"
        "    return shared\n"
    )
    assert account.invoke(name).payload > 0


def test_two_environments_throw_different_dice(account: Account) -> None:
    """Also those of one parent, who share all that it had."""
    code = (
        "import random, uuid, tempfile, secrets\n"
        "def handler(event, context):\n"
        "    return [random.random(), str(uuid.uuid1()), tempfile.mktemp(),\n"
        "            secrets.token_hex()]\n"
    )
    thrown = [account.invoke(account.deploy(code)).payload for _ in range(2)]
    assert all(one != other for one, other in zip(*thrown, strict=True))


@pytest.mark.parametrize(
    "work",
    ["pass", "import boto3", "import boto3; boto3.client('s3')", "bytearray(40 << 20)"],
)
def test_memory_is_what_the_function_uses(account: Account, work: str) -> None:
    """Not what it shares with its parent; give or take what an allocator does."""
    code = f"kept = []\ndef handler(event, context):\n    {work}\n"
    logs = [answer.log for answer in both(account, code)]
    used = [int(re.findall(r"Max Memory Used: (\d+) MB", log)[0]) for log in logs]
    assert abs(used[0] - used[1]) <= 15


def test_too_much_memory_ends_a_forked_one_too(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    kept = []\n"
        "    while True:\n"
        "        kept.append(bytearray(1 << 20))\n"
    )
    assert account.invoke(name).payload["errorType"] == "Runtime.OutOfMemory"


@pytest.mark.parametrize("said", ["-1", "1 << 40"])
def test_a_function_cannot_talk_its_memory_away(account: Account, said: str) -> None:
    """It has the file open in which its process says what isn't the function's."""
    name = account.deploy(
        "import os, struct\n"
        "def handler(event, context):\n"
        "    for fd in map(int, os.listdir('/proc/self/fd')):\n"
        "        try:\n"
        f"            os.pwrite(fd, struct.pack('<q', {said}), 0)\n"
        "        except OSError:\n"
        "            pass\n"
        "    kept = bytearray(200 << 20)\n"
        "    for at in range(0, len(kept), 4096):\n"
        "        kept[at] = 1\n"
        "    while True:\n"
        "        pass\n"
    )
    assert account.invoke(name).payload["errorType"] == "Runtime.OutOfMemory"
