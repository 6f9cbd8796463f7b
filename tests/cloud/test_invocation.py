"""Invoke: what a function finds, what it answers, and how it fails."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time

import pytest
from botocore.exceptions import ClientError

from grader.cloud import isolation
from tests.cloud.conftest import Account, zipped

ECHO = "def handler(event, context):\n    return event\n"


def test_the_handler_runs_and_its_result_is_the_payload(account: Account) -> None:
    answer = account.invoke(account.deploy(ECHO), {"name": "Zoë"})
    assert (answer.status, answer.payload, answer.error) == (200, {"name": "Zoë"}, None)


def test_no_payload_is_an_empty_event(account: Account) -> None:
    name = account.deploy(ECHO)
    answer = account.aws_lambda.invoke(FunctionName=name)
    assert json.loads(answer["Payload"].read()) == {}


def test_module_state_is_kept_between_invocations(account: Account) -> None:
    name = account.deploy(
        "calls = []\n"
        "def handler(event, context):\n"
        "    calls.append(1)\n"
        "    return len(calls)\n"
    )
    assert [account.invoke(name).payload for _ in range(3)] == [1, 2, 3]


def test_a_raised_error_is_reported_and_keeps_the_environment_warm(
    account: Account,
) -> None:
    name = account.deploy(
        "calls = []\n"
        "def handler(event, context):\n"
        "    calls.append(1)\n"
        "    if event: raise ValueError('no ' + event['why'])\n"
        "    return len(calls)\n"
    )
    answer = account.invoke(name, {"why": "milk"})
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "ValueError"
    assert answer.payload["errorMessage"] == "no milk"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.payload["requestId"])
    assert "line 4, in handler" in answer.payload["stackTrace"][0]
    assert "[ERROR] ValueError: no milk" in answer.log
    assert account.invoke(name).payload == 2


@pytest.mark.parametrize(
    ("files", "handler", "error_type", "message"),
    [
        (
            {"app.py": "import not_there\n"},
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'not_there'",
        ),
        (
            {"app.py": "x = 1\n"},
            "app.handler",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'app'",
        ),
        (
            {"app.py": "def handler(:\n"},
            "app.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
    ],
)
def test_a_failed_init_is_the_runtimes_own_error(
    account: Account,
    files: dict[str, str],
    handler: str,
    error_type: str,
    message: str,
) -> None:
    answer = account.invoke(account.deploy(files, Handler=handler))
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == error_type
    assert answer.payload["errorMessage"] == message
    assert "Phase: init\tStatus: error\tError Type: " + error_type in answer.log
    assert "Phase: invoke\tStatus: error\tError Type: " + error_type in answer.log


def test_a_failed_init_is_repeated_at_the_next_invocation(account: Account) -> None:
    name = account.deploy("raise RuntimeError('no luck')\n")
    for _ in range(2):
        assert account.invoke(name).payload["errorMessage"] == "no luck"
    starts = [one for one in account.log_lines(name) if one.startswith("INIT_START")]
    assert len(starts) == 2


def test_what_cannot_be_json_is_a_marshal_error(account: Account) -> None:
    name = account.deploy("def handler(event, context):\n    return {1, 2}\n")
    answer = account.invoke(name)
    assert answer.payload["errorType"] == "Runtime.MarshalError"
    assert answer.payload["errorMessage"] == (
        "Unable to marshal response: Object of type set is not JSON serializable"
    )


def test_a_timeout_kills_the_environment(account: Account) -> None:
    name = account.deploy(
        "import time\n"
        "calls = []\n"
        "def handler(event, context):\n"
        "    calls.append(1)\n"
        "    time.sleep(event.get('sleep', 0))\n"
        "    return len(calls)\n",
        Timeout=1,
    )
    assert account.invoke(name).payload == 1
    answer = account.invoke(name, {"sleep": 30})
    request_id = re.search(r"START RequestId: (\S+)", answer.log)
    assert request_id is not None
    assert answer.error == "Unhandled"
    assert answer.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id.group(1)} "
        "Error: Task timed out after 1.00 seconds",
    }
    assert "Status: timeout" in answer.log
    assert account.invoke(name).payload == 1


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("sys.exit(4)", "Runtime exited with error: exit status 4"),
    ],
)
def test_an_exit_is_told_as_lambda_does(
    account: Account, statement: str, reason: str
) -> None:
    name = account.deploy(
        f"import os, sys\ndef handler(event, context):\n    {statement}\n"
    )
    answer = account.invoke(name)
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert answer.payload["errorMessage"].endswith(f" Error: {reason}")


def test_more_than_the_memory_size_ends_the_environment(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    held = bytearray(b'x' * (event['mb'] << 20))\n"
        "    return len(held)\n",
        Timeout=30,
        MemorySize=192,
    )
    assert account.invoke(name, {"mb": 50}).payload == 50 << 20
    answer = account.invoke(name, {"mb": 400})
    assert answer.payload["errorType"] == "Runtime.OutOfMemory"
    assert "Runtime exited with error: signal: killed" in answer.payload["errorMessage"]
    assert "Memory Size: 192 MB\tMax Memory Used: 192 MB" in answer.log


def test_max_memory_used_is_measured(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    held = bytearray(b'x' * (event['mb'] << 20))\n",
        MemorySize=512,
    )
    used = [
        int(re.findall(r"Max Memory Used: (\d+) MB", account.invoke(name, e).log)[0])
        for e in ({"mb": 1}, {"mb": 100})
    ]
    assert 5 < used[0] < 60
    assert used[1] - used[0] > 90


def test_children_of_a_handler_count_as_its_memory(account: Account) -> None:
    name = account.deploy(
        "import subprocess, sys\n"
        "def handler(event, context):\n"
        "    code = 'import time; x = bytes([7]) * (300 << 20); time.sleep(20)'\n"
        "    subprocess.run([sys.executable, '-c', code])\n",
        Timeout=20,
        MemorySize=128,
    )
    assert account.invoke(name).payload["errorType"] == "Runtime.OutOfMemory"


def test_the_environment_holds_what_lambda_documents(account: Account) -> None:
    name = account.deploy(
        "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
        Environment={"Variables": {"SHOP": "Juniper Street"}},
    )
    found = account.invoke(name).payload
    stream = found.pop("AWS_LAMBDA_LOG_STREAM_NAME")
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert found.pop(variable)
    assert found.pop("_X_AMZN_TRACE_ID").startswith("Root=1-")
    assert re.fullmatch(r"127\.0\.0\.1:\d+", found.pop("AWS_LAMBDA_RUNTIME_API"))
    task = found["LAMBDA_TASK_ROOT"]
    assert found.pop("LD_LIBRARY_PATH").endswith("/opt/lib")
    assert found.pop("PATH").startswith("/var/lang/bin:")
    assert found.pop("PYTHONPATH") == found.pop("LAMBDA_RUNTIME_DIR")
    assert found.pop("PWD", task) == found.pop("LAMBDA_TASK_ROOT")
    assert found == {
        "_HANDLER": "app.handler",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "SHLVL": "0",
        "AWS_ENDPOINT_URL": account.cloud.endpoint_url,
        "SHOP": "Juniper Street",
    }


def test_a_function_acts_as_its_execution_role(account: Account) -> None:
    name = account.deploy(
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n",
        Timeout=20,
    )
    identity = account.invoke(name).payload
    assert identity == f"arn:aws:sts::123456789012:assumed-role/execution/{name}"


def test_the_context_is_lambdas(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    return [context.function_name, context.function_version,\n"
        "        context.invoked_function_arn, context.memory_limit_in_mb,\n"
        "        context.aws_request_id, context.get_remaining_time_in_millis()]\n",
        Timeout=7,
    )
    function, version, arn, memory, request_id, left = account.invoke(name).payload
    assert (function, version, memory) == (name, "$LATEST", "128")
    assert arn == f"arn:aws:lambda:eu-west-1:123456789012:function:{name}"
    assert f"START RequestId: {request_id}" in account.log_lines(name)[1]
    assert 5000 < left <= 7000


@pytest.mark.skipif(
    not isolation.namespaces().available, reason="no namespaces on this machine"
)
def test_the_walls_show_what_lambda_shows(account: Account) -> None:
    name = account.deploy(
        "import os, shutil\n"
        "def refused(path):\n"
        "    try:\n"
        "        open(path, 'w').close()\n"
        "    except OSError as error:\n"
        "        return os.strerror(error.errno)\n"
        "def handler(event, context):\n"
        "    open('/tmp/mine', 'w').close()\n"
        "    return {'task': os.getcwd(), 'tmp': os.listdir('/tmp'),\n"
        "        'size': shutil.disk_usage('/tmp').total >> 20,\n"
        "        'write': [refused(p) for p in ('/var/task/x', '/opt/x', '/x')],\n"
        "        'home': os.path.exists(event['secret']), 'pids': len(\n"
        "            [p for p in os.listdir('/proc') if p.isdigit()])}\n",
        EphemeralStorage={"Size": 600},
    )
    found = account.invoke(name, {"secret": os.path.abspath(__file__)}).payload
    assert found == {
        "task": "/var/task",
        "tmp": ["mine"],
        "size": 600,
        "write": ["Read-only file system"] * 3,
        "home": False,
        "pids": 2,
    }


def test_the_machine_keeps_its_settings(account: Account) -> None:
    """Root's functions have no capability, but that alone doesn't keep root out."""
    name = account.deploy(
        "def handler(event, context):\n"
        "    try:\n"
        "        open('/proc/sys/vm/swappiness', 'r+').close()\n"
        "    except OSError as error:\n"
        "        return 'refused'\n"
    )
    isolated = isolation.namespaces().available
    assert (account.invoke(name).payload == "refused") or not isolated


def test_an_idle_environment_is_frozen(account: Account) -> None:
    """A thread that the handler left running makes no progress in between."""
    name = account.deploy(
        "import threading, time\n"
        "ticks = []\n"
        "def tick():\n"
        "    while True:\n"
        "        ticks.append(time.perf_counter())\n"
        "        time.sleep(0.001)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "def handler(event, context):\n"
        "    time.sleep(0.05)\n"
        "    gaps = [b - a for a, b in zip(ticks, ticks[1:])]\n"
        "    return max(gaps, default=0)\n"
    )
    account.invoke(name)
    began = time.perf_counter()
    other = account.deploy("import time\ndef handler(e, c):\n    time.sleep(0.4)\n")
    account.invoke(other)
    away = time.perf_counter() - began
    assert account.invoke(name).payload > 0.4
    assert away > 0.4


def test_concurrent_requests_get_environments_of_their_own(account: Account) -> None:
    name = account.deploy(
        "import os, time\n"
        "def handler(event, context):\n"
        "    time.sleep(0.5)\n"
        "    return os.environ['AWS_LAMBDA_LOG_STREAM_NAME']\n",
        Timeout=30,
    )
    streams: list[str] = []
    threads = [
        threading.Thread(target=lambda: streams.append(account.invoke(name).payload))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(streams)) == 4
    assert account.invoke(name).payload in streams


def test_changed_code_and_settings_start_new_environments(account: Account) -> None:
    name = account.deploy("def handler(event, context):\n    return 'old'\n")
    assert account.invoke(name).payload == "old"
    account.aws_lambda.update_function_code(
        FunctionName=name,
        ZipFile=zipped(
            {"app.py": "import os\ndef handler(e, c):\n    return os.environ['WHO']\n"}
        ),
    )
    account.aws_lambda.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"WHO": "new"}}
    )
    assert account.invoke(name).payload == "new"


def test_layers_lie_over_one_another_in_opt(account: Account) -> None:
    arns = []
    for number in (1, 2):
        layer = account.aws_lambda.publish_layer_version(
            LayerName=f"layer-{number}",
            Content={
                "ZipFile": zipped(
                    {
                        "python/both.py": f"number = {number}\n",
                        f"python/only{number}.py": "",
                    }
                )
            },
        )
        arns.append(layer["LayerVersionArn"])
    name = account.deploy(
        "import both, only1, only2\n"
        "def handler(event, context):\n    return both.number\n",
        Layers=arns,
    )
    assert account.invoke(name).payload == 2


def test_qualifiers_run_the_version_they_name(account: Account) -> None:
    name = account.deploy("def handler(event, context):\n    return 'one'\n")
    account.aws_lambda.publish_version(FunctionName=name)
    account.aws_lambda.update_function_code(
        FunctionName=name,
        ZipFile=zipped({"app.py": "def handler(event, context):\n    return 'two'\n"}),
    )
    account.aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    for qualifier, payload, version in (
        ("$LATEST", "two", "$LATEST"),
        ("1", "one", "1"),
        ("live", "one", "1"),
    ):
        answer = account.invoke(name, Qualifier=qualifier)
        assert (answer.payload, answer.version) == (payload, version)


def test_an_alias_with_weights_runs_both_versions(account: Account) -> None:
    name = account.deploy(
        "import os\n"
        "def handler(event, context):\n"
        "    return os.environ['AWS_LAMBDA_FUNCTION_VERSION']\n"
    )
    account.aws_lambda.publish_version(FunctionName=name)
    account.aws_lambda.update_function_configuration(FunctionName=name, Timeout=9)
    account.aws_lambda.publish_version(FunctionName=name)
    account.aws_lambda.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    seen = [account.invoke(name, Qualifier="live") for _ in range(40)]
    assert {answer.payload for answer in seen} == {"1", "2"}
    assert all(answer.payload == answer.version for answer in seen)


def test_a_function_that_does_not_exist_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError) as error:
        account.invoke("nobody")
    assert error.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Function not found: "
        "arn:aws:lambda:eu-west-1:123456789012:function:nobody",
    }


def test_a_dry_run_runs_nothing(account: Account) -> None:
    name = account.deploy(ECHO)
    answer = account.invoke(name, InvocationType="DryRun")
    assert (answer.status, answer.payload) == (204, None)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.log_lines(name)


def test_reserved_concurrency_throttles(account: Account) -> None:
    name = account.deploy(ECHO)
    account.aws_lambda.put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=0
    )
    with pytest.raises(ClientError) as error:
        account.invoke(name)
    answer = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert answer["Error"]["Code"] == "TooManyRequestsException"
    assert answer["Error"]["Message"] == "Rate Exceeded."
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_tail_is_the_last_four_kilobytes(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n"
        "    for number in range(1000): print('line', number)\n"
    )
    log = account.invoke(name).log
    assert len(log.encode()) == 4096
    assert log.rstrip().split("\n")[-1].startswith("REPORT RequestId: ")


def test_log_lines_come_in_the_order_of_writing(account: Account) -> None:
    name = account.deploy(
        "import logging, sys\n"
        "def handler(event, context):\n"
        "    print('one')\n"
        "    logging.getLogger().error('two\\nlines')\n"
        "    print('three', file=sys.stderr)\n"
        "    sys.stdout.write('four')\n"
    )
    account.invoke(name)
    lines = account.log_lines(name)
    kinds = [line.split()[0].split("\t")[0] for line in lines]
    assert kinds[0] == "INIT_START"
    assert kinds[1] == "START"
    assert lines[2] == "one\n"
    assert re.fullmatch(r"\[ERROR\]\t\S+Z\t[0-9a-f-]{36}\ttwo\nlines\n", lines[3])
    assert lines[4] == "three\n"
    assert lines[5] == "four"
    assert kinds[6:] == ["END", "REPORT"]


def test_report_has_lambdas_form_and_init_once(account: Account) -> None:
    name = account.deploy(ECHO)
    cold, warm = account.invoke(name).log, account.invoke(name).log
    shape = (
        r"REPORT RequestId: [0-9a-f-]{36}\tDuration: (\d+\.\d\d) ms\t"
        r"Billed Duration: (\d+) ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t"
    )
    first = re.search(shape + r"Init Duration: (\d+\.\d\d) ms\t\n", cold)
    second = re.search(shape + r"\n", warm)
    assert first is not None and second is not None
    duration, billed, init = (float(text) for text in first.groups())
    assert 0 <= billed - (duration + init) < 1
    assert 0 <= float(second.group(2)) - float(second.group(1)) < 1


def test_json_logs_are_platform_events(account: Account) -> None:
    name = account.deploy(
        "import logging\n"
        "def handler(event, context):\n"
        "    logging.getLogger().warning('look')\n",
        LoggingConfig={"LogFormat": "JSON"},
    )
    account.invoke(name)
    events = [json.loads(line) for line in account.log_lines(name)]
    kinds = [event.get("type") or event["message"] for event in events]
    assert kinds == [
        "platform.initStart",
        "platform.start",
        "look",
        "platform.report",
    ]
    assert events[3]["record"]["metrics"]["memorySizeMB"] == 128


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"hello", "Unrecognized token 'hello'"),
        (b'{"a": ', "Unexpected end-of-input"),
        (b"NaN", "Unrecognized token 'NaN'"),
    ],
)
def test_an_event_that_is_not_json_is_refused(
    account: Account, payload: bytes, reason: str
) -> None:
    with pytest.raises(ClientError) as error:
        account.aws_lambda.invoke(FunctionName=account.deploy(ECHO), Payload=payload)
    answer = error.value.response
    assert answer["Error"]["Code"] == "InvalidRequestContentException"
    assert answer["Error"]["Message"].startswith(
        "Could not parse request body into json: "
        f"Could not parse payload into json: {reason}"
    )


@pytest.mark.parametrize(
    ("kind", "limit", "message"),
    [
        (
            "RequestResponse",
            6291456,
            "Request must be smaller than 6291456 bytes for the InvokeFunction "
            "operation",
        ),
        (
            "Event",
            1048576,
            "1048578 byte payload is too large for the Event invocation type "
            "(limit 1048576 bytes)",
        ),
    ],
)
def test_an_event_that_is_too_large_is_refused(
    account: Account, kind: str, limit: int, message: str
) -> None:
    with pytest.raises(ClientError) as error:
        account.aws_lambda.invoke(
            FunctionName=account.deploy(ECHO),
            InvocationType=kind,
            Payload=b'"' + b"x" * limit + b'"',
        )
    answer = error.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert answer["Error"]["Message"] == message


def test_six_megabytes_go_in_and_come_out(account: Account) -> None:
    name = account.deploy(ECHO, Timeout=30, MemorySize=512)
    answer = account.aws_lambda.invoke(
        FunctionName=name, Payload=b'"' + b"x" * (6 * 2**20 - 2) + b'"'
    )
    assert len(answer["Payload"].read()) == 6 * 2**20


def test_an_answer_that_is_too_large_is_an_error(account: Account) -> None:
    name = account.deploy(
        "def handler(event, context):\n    return 'x' * (7 << 20)\n", MemorySize=512
    )
    answer = account.invoke(name)
    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert (
        "exceeded maximum allowed payload size (6291556 bytes)."
        in (answer.payload["errorMessage"])
    )


def test_the_machines_other_interpreter_is_told_once(account: Account) -> None:
    account.cloud.notices.take()
    for _ in range(2):
        account.invoke(account.deploy(ECHO, Runtime="python3.10"))
    version = ".".join(map(str, sys.version_info[:3]))
    assert account.cloud.notices.take() == [
        f"Functions that declare python3.10 are executed by Python {version} "
        "on this machine."
    ]
