"""Environments under handlers that behave badly, and without walls."""

from __future__ import annotations

import importlib.util
import json
import os
import threading
from pathlib import Path

import pytest

from grader.cloud import isolation
from tests.cloud.conftest import FORKED, PLAIN, SANDBOXED, Account, zipped

CLOUDS = (PLAIN, FORKED, SANDBOXED)


def processes_below(pid: int) -> set[int]:
    """The process ids of everything that a process started and that still lives."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found |= {int(child)} | processes_below(int(child))
    return found


def test_a_handler_that_forks_and_exits_leaves_nothing(account: Account) -> None:
    """The child outlives the handler's process, but not the environment."""
    name = account.deploy(
        "import os, time\n"
        "def handler(event, context):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(600)\n"
        "    os._exit(1)\n"
    )
    # The lab's second function brings up the warm runtime, which stays; and so do the
    # walls around a function's first environment.
    for _ in range(2):
        account.invoke(account.deploy("def handler(event, context):\n    pass\n"))
    for _ in range(3):
        before = processes_below(os.getpid())
        answer = account.invoke(name)
        assert answer.payload["errorType"] == "Runtime.ExitError"
        left = processes_below(os.getpid()) - before
        # The warm runtime may have come late: then so do the walls, once.
        if not left:
            break
    assert not left


def test_a_handler_that_prints_without_end_is_answered(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    for _ in range(100):\n"
        "        print('x' * (1 << 20))\n"
        "    return 'done'\n",
        Timeout=60,
    )
    assert account.invoke(name).payload == "done"
    lines = account.log_lines(name)
    assert sum(map(len, lines)) < 20 << 20
    assert any("The rest of it is dropped here" in line for line in lines)
    assert lines[-1].startswith("REPORT")


def test_a_handler_that_closes_its_output_still_answers(account: Account) -> None:
    name = account.deploy(
        "import os\n"
        "calls = []\n"
        "def handler(event, context):\n"
        "    if not calls:\n"
        "        os.close(1)\n"
        "        os.close(2)\n"
        "    calls.append(1)\n"
        "    return len(calls)\n"
    )
    assert [account.invoke(name).payload for _ in range(3)] == [1, 2, 3]


def test_a_handler_that_ignores_sigterm_ends_with_its_time(account: Account) -> None:
    name = account.deploy(
        "import signal, time\n"
        "def handler(event, context):\n"
        "    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "        signal.signal(number, signal.SIG_IGN)\n"
        "    while True:\n"
        "        time.sleep(1)\n",
        Timeout=1,
    )
    assert account.invoke(name).payload["errorType"] == "Sandbox.Timedout"


def test_nan_is_passed_on_and_told_of(account: Account) -> None:
    """Lambda hands on what the runtime answered; the lab says what is wrong with it."""
    account.cloud.notices.take()
    name = account.deploy("def handler(event, context):\n    return float('nan')\n")
    answer = account.aws_lambda.invoke(FunctionName=name)
    assert answer["Payload"].read() == b"NaN"
    (told,) = account.cloud.notices.take()[-1:]
    assert told.startswith(f"{name} answered NaN or Infinity.")


def test_two_hundred_concurrent_invocations_are_all_answered(
    account: Account,
) -> None:
    name = account.deploy(
        "def handler(event, context):\n    return event['number']\n", Timeout=60
    )
    answers: list[int] = []

    def call(number: int) -> None:
        found = account.aws_lambda.invoke(
            FunctionName=name, Payload=json.dumps({"number": number})
        )
        answers.append(json.loads(found["Payload"].read()))

    threads = [threading.Thread(target=call, args=(n,)) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(200))


def test_a_function_may_invoke_itself(account: Account) -> None:
    account.permit("lambda:InvokeFunction")
    name = account.deploy(
        "import boto3, json\n"
        "def handler(event, context):\n"
        "    left = event['left']\n"
        "    if not left:\n"
        "        return 'deep'\n"
        "    answer = boto3.client('lambda').invoke(\n"
        "        FunctionName=context.function_name,\n"
        "        Payload=json.dumps({'left': left - 1}))\n"
        "    return json.loads(answer['Payload'].read())\n",
        Timeout=60,
    )
    assert account.invoke(name, {"left": 4}).payload == "deep"


def test_init_may_take_ten_seconds_and_then_counts_as_invocation(
    account: Account,
) -> None:
    """An INIT beyond its time is repeated within the function's own timeout."""
    name = account.deploy(
        "import time\ntime.sleep(60)\ndef handler(event, context):\n    pass\n",
        Timeout=1,
    )
    answer = account.invoke(name)
    assert answer.payload["errorType"] == "Sandbox.Timedout"
    assert "Phase: init\tStatus: timeout\n" in answer.log
    assert "Phase: invoke\tStatus: timeout\n" in answer.log


def test_an_init_that_fails_once_is_repeated_in_the_invocation(
    account: Account, tmp_path: Path
) -> None:
    """The second attempt of INIT belongs to the invocation that it starts."""
    account.permit("s3:ListBucket", "s3:PutObject")
    s3 = account.client("s3")
    s3.create_bucket(
        Bucket="flags",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    name = account.deploy(
        "import boto3\n"
        "s3 = boto3.client('s3')\n"
        "if not s3.list_objects_v2(Bucket='flags').get('Contents'):\n"
        "    s3.put_object(Bucket='flags', Key='seen', Body=b'')\n"
        "    raise RuntimeError('first time')\n"
        "def handler(event, context):\n"
        "    return 'second time'\n",
        Timeout=30,
        MemorySize=256,
    )
    answer = account.invoke(name)
    assert answer.payload == "second time"
    assert "Phase: init\tStatus: error\tError Type: RuntimeError" in answer.log


def test_nobody_waits_for_the_end_of_an_environment_that_was_given_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends beside the start of the one that follows it."""
    name = account.deploy("def handler(event, context):\n    pass\n")
    account.invoke(name)
    account.cloud.clock.settle()
    pool = account.cloud.invoker._environments
    (old,) = (
        environment
        for environment, version in pool._idle.items()
        if (version.account, version.name) == (account.id, name)
    )
    answered, ended = threading.Event(), threading.Event()
    waited = []
    kill = old.kill

    def ending() -> None:
        waited.append(answered.wait(10))
        kill()
        ended.set()

    monkeypatch.setattr(old, "kill", ending)
    account.cloud.clock.advance(3 * 3600)
    account.invoke(name)
    answered.set()
    assert ended.wait(10)
    assert waited == [True]
    assert not old.alive
    assert sum("Init Duration" in line for line in account.log_lines(name)) == 2


def test_who_is_idle_can_be_ended_at_any_time(account: Account) -> None:
    """As on AWS: the next invocation is a cold start again, whichever it was."""
    name = account.deploy("def handler(event, context):\n    pass\n")
    for _ in range(2):
        account.invoke(name)
    account.cloud.clock.settle()
    account.cloud.environments.cool()
    account.invoke(name)
    lines = account.log_lines(name)
    reports = [line for line in lines if line.startswith("REPORT")]
    assert ["Init Duration" in line for line in reports] == [True, False, True]


def test_handlers_see_lab_time(account: Account) -> None:
    name = account.deploy(
        "import time, datetime\n"
        "def handler(event, context):\n"
        "    return [time.time(), datetime.datetime.now().timestamp(),\n"
        "        context.get_remaining_time_in_millis()]\n"
    )
    clock = account.cloud.clock
    for days in (0, 3, 400):
        clock.advance(days * 86400)
        seconds, stamp, left = account.invoke(name).payload
        assert abs(seconds - clock.now()) < 5
        assert abs(stamp - clock.now()) < 5
        assert 0 < left <= 3000


def test_node_handlers_see_lab_time(account: Account) -> None:
    name = account.deploy(
        {"app.mjs": "export const handler = async () => Date.now() / 1000;\n"},
        Runtime="nodejs24.x",
    )
    clock = account.cloud.clock
    for days in (0, 3):
        clock.advance(days * 86400)
        assert abs(account.invoke(name).payload - clock.now()) < 5


@pytest.fixture
def without_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = isolation.Namespaces((), "hidden by a test")
    monkeypatch.setattr(isolation, "namespaces", lambda: nothing)


@pytest.mark.usefixtures("without_namespaces")
@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        (
            "python3.13",
            {
                "app.py": "import boto3, both, os, time\n"
                "def handler(event, context):\n"
                "    return [os.listdir(os.environ['LAMBDA_TASK_ROOT']), both.x,\n"
                "        time.time()]\n"
            },
        ),
        (
            "nodejs24.x",
            {
                "app.mjs": "import fs from 'node:fs';\n"
                "import { createRequire } from 'node:module';\n"
                "const both = createRequire(import.meta.url)('both');\n"
                "export const handler = async () => [\n"
                "  fs.readdirSync(process.env.LAMBDA_TASK_ROOT), both.x,\n"
                "  Date.now() / 1000];\n"
            },
        ),
    ],
)
def test_without_namespaces_the_same_code_runs(
    account: Account, runtime: str, files: dict[str, str]
) -> None:
    layer = account.aws_lambda.publish_layer_version(
        LayerName="both",
        Content={
            "ZipFile": zipped(
                {
                    "python/both.py": "x = 'layer'\n",
                    "nodejs/node_modules/both/index.js": "exports.x = 'layer';\n",
                }
            )
        },
    )["LayerVersionArn"]
    name = account.deploy(
        files, Runtime=runtime, Layers=[layer], Timeout=10, MemorySize=256
    )
    account.cloud.clock.advance(86400)
    found, shared, now = account.invoke(name).payload
    assert (found, shared) == (list(files), "layer")
    assert abs(now - account.cloud.clock.now()) < 5


@pytest.mark.skipif(
    importlib.util.find_spec("runtime_client") is None,
    reason="there is no native client to hide",
)
def test_the_stand_in_serves_where_there_is_no_native_client(
    account: Account, tmp_path: Path
) -> None:
    """A layer hides awslambdaric's native client, as if it had no wheel here."""
    hiding = account.aws_lambda.publish_layer_version(
        LayerName="hiding",
        Content={
            "ZipFile": zipped(
                {"python/runtime_client.py": "raise ImportError('hidden')\n"}
            )
        },
    )["LayerVersionArn"]
    name = account.deploy(
        "import sys\n"
        "def handler(event, context):\n"
        "    if event.get('fail'):\n"
        "        raise KeyError('é')\n"
        "    return sys.modules['runtime_client'].__file__, event\n",
        Layers=[hiding],
    )
    where, event = account.invoke(name, {"name": "Zoë"}).payload
    assert os.path.basename(where) == "runtime_client_stand_in.py"
    assert event == {"name": "Zoë"}
    failed = account.invoke(name, {"fail": True})
    assert failed.payload["errorType"] == "KeyError"
    assert account.invoke(name).payload[1] == {}
