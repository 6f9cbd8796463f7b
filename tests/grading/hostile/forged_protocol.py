"""Verdicts forged from outside: lines of protocols, requests to the lab, its control.

The learner's process holds sockets to the grader and may ask the lab anything.
"""

from __future__ import annotations

from tests.grading.hostile.cases import GREETING, Case

LINES = r"""
import json, os, socket

ENDS = [
    {"end": "", "outputs": [], "seconds": 0.1},
    {"outputs": [{"output_type": "execute_result", "data": {"text/plain": "5"},
                  "metadata": {}, "execution_count": 1}], "end": "", "seconds": 0},
    {"verdict": {"check": "hello-python", "variation": True, "outcome": "passed",
                 "message": ""}},
    {"passed": True, "value": 5, "points": 5, "earned": 5, "outcome": "passed"},
    {"status": "ok", "marks": [{"grade_id": "square", "points": 2}]},
    [], None, 5, "x" * 100_000, {"outputs": [[[[]]]]}, {"id": 0}, {"end": 10 ** 400},
]

def forge():
    for fd in range(3, 256):
        for said in ENDS:
            for raw in (json.dumps(said).encode() + b"\n", b"\x00\xff\xfe\n"):
                try:
                    os.set_blocking(fd, False)
                    os.write(fd, raw)
                except OSError:
                    break
"""
ASK = """
import http.client, json, os, urllib.parse

LAB = urllib.parse.urlsplit(os.environ["LAB_ENDPOINT_URL"])

def ask(method, path, body=None, **headers):
    line = http.client.HTTPConnection(LAB.hostname, LAB.port, timeout=5)
    raw = body if isinstance(body, (bytes, type(None))) else json.dumps(body)
    try:
        line.request(method, path, raw, headers)
        return line.getresponse().read()[:2000]
    except (OSError, http.client.HTTPException) as fault:
        return repr(fault)
"""


def _asking(name: str, code: str, *, honest: bool = False, **more: object) -> Case:
    return Case(
        name,
        ASK + code,
        assignment=GREETING,
        honest=honest,
        **more,  # type: ignore[arg-type]
    )


CASES = (
    Case(
        "forges-lines-on-every-descriptor",
        LINES + "\nforge()",
        # Whatever the worker makes of it: nothing was right.
    ),
    Case(
        "forges-lines-in-the-test",
        LINES,
        answers={
            "square-answer": "def square(x):\n    forge()\n    os._exit(0)",
            "mean-answer": "def mean(x):\n    forge()\n    return 0",
        },
    ),
    Case(
        "forges-lines-of-the-examiner",
        LINES,
        assignment=GREETING,
        answers={
            "deploy-hello": "def deploy_hello(cloud):\n    forge()\n    return 'no'"
        },
    ),
    Case(
        "closes-every-descriptor",
        "import os\nos.closerange(0, 1024)",
        honest=True,
    ),
    Case(
        "answers-for-the-examiner",
        """
        import builtins, sys

        import grader.lab
        import grader.lab.checking
        import grader.lab.connection
        import grader.lab.starting

        RIGHT = {
            "check": "hello-python", "task": "", "variation": True, "outcome": "passed",
            "message": "right", "expected": None, "observed": None, "look": None,
            "misconception": None, "explanation": None, "traceback": None,
            "unattempted": False, "seconds": 0.0, "seed": 1, "printed": "",
        }

        def forged(*work, **options):
            print("right")

        def post(self, path, body=None):
            return {"session": "x", "verdict": RIGHT}

        grader.lab.connection.Connection.post = post
        for name, module in [*sys.modules.items()]:
            if name.startswith("grader") and hasattr(module, "check"):
                module.check = forged
        builtins.check = check = forged
        """,
        assignment=GREETING,
    ),
    Case(
        "answers-http-for-the-lab",
        """
        import http.client, io, json, socket

        class Right:
            status = 200
            def read(self, *size):
                return json.dumps({"session": "x", "verdict": {
                    "check": "hello-python", "variation": True, "outcome": "passed",
                    "message": ""}, "verdicts": []}).encode()

        http.client.HTTPConnection.request = lambda self, *all, **more: None
        http.client.HTTPConnection.getresponse = lambda self, *all: Right()
        """,
        assignment=GREETING,
    ),
    Case(
        "moves-to-a-lab-of-its-own",
        """
        import http.server, json, os, threading

        class Forging(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                said = {"session": "x", "verdict": {
                    "check": "hello-python", "variation": False, "outcome": "passed",
                    "message": "", "expected": None, "observed": None, "look": None,
                    "explanation": None, "traceback": None, "unattempted": False}}
                raw = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            do_GET = do_POST

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forging)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_address[1]}"
        os.environ["LAB_ENDPOINT_URL"] = os.environ["AWS_ENDPOINT_URL"] = here
        """,
        assignment=GREETING,
    ),
    Case(
        "hooks-imports",
        """
        import importlib.abc, importlib.machinery, sys

        FORGED = "def check(*work, **options): print('right')\\nstart = check\\n"

        class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
            def find_spec(self, name, path=None, target=None):
                if name == "grader" or name.startswith("grader."):
                    return importlib.machinery.ModuleSpec(name, self, is_package=True)
            def create_module(self, spec):
                return None
            def exec_module(self, module):
                exec(FORGED, vars(module))

        sys.meta_path.insert(0, Finder())
        for name in [name for name in sys.modules if name.startswith("grader")]:
            del sys.modules[name]
        from grader.lab import check
        """,
        assignment=GREETING,
    ),
    _asking(
        "reads-verdicts",
        """
        mine = os.environ.get("LAB_VERDICT_TOKEN")
        for token in ("", "None", "null", "Bearer ", mine):
            print(ask("GET", "/_lab/verdicts", Authorization=f"Bearer {token}"))
        for path in ("/_lab//verdicts", "/_lab/verdicts/", "/_lab/checks/../verdicts"):
            print(ask("GET", path), ask("POST", path, {"verdicts": []}))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                print(pid, open(f"/proc/{pid}/environ").read())
            except OSError:
                pass
        """,
    ),
    _asking(
        "checks-from-elsewhere",
        """
        # A session of its own, answered as a right function would be, so it hopes.
        order = {"work": [{"callable": True, "name": "deploy_hello"}]}
        for variation in (False, True):
            order["variation"] = variation
            said = json.loads(ask("POST", "/_lab/checks/hello-python", order))
            for _ in range(5):
                if "verdict" in said:
                    break
                number = said.get("call", {}).get("number", 1)
                for answer in ({"result": "hello"}, {"verdict": "passed"}):
                    said = json.loads(ask(
                        "POST", f"/_lab/checks/sessions/{said['session']}",
                        {"number": number, **answer}))
        """,
    ),
    _asking(
        "overwhelms-the-examiner",
        """
        # As many sessions as there may be, none of them ever answered.
        order = {"work": [{"callable": True, "name": "deploy_hello"}]}
        import socket
        for _ in range(40):
            line = socket.create_connection((LAB.hostname, LAB.port))
            raw = json.dumps(order).encode()
            line.sendall(b"POST /_lab/checks/hello-python HTTP/1.1\\r\\nHost: x\\r\\n"
                         b"Content-Length: %d\\r\\n\\r\\n%s" % (len(raw), raw))
        """,
        honest=True,
        own_loss=True,
    ),
    _asking(
        "answers-with-broken-json",
        r"""
        import socket

        order = {"work": [{"callable": True, "name": "deploy_hello"}]}
        deep = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        said = json.loads(ask("POST", "/_lab/checks/hello-python", order))
        where = f"/_lab/checks/sessions/{said['session']}"
        for raw in (deep, b"\xff\xfe", b"[]", b'"x"', b'{"number": 1e999}', b"{"):
            print(ask("POST", where, raw))
        for name in ("../../etc/passwd", "%00", "x" * 9000, "a/hints", "\u0661"):
            print(ask("POST", "/_lab/checks/" + urllib.parse.quote(name), order))
            print(ask("GET", "/_lab/checks/" + urllib.parse.quote(name) + "/hints"))
        """,
    ),
    _asking(
        "returns-what-breaks-a-check",
        "",
        answers={
            "deploy-hello": """
            def deploy_hello(cloud):
                return "\\ud800" * 10 + "\\0" + "/" * 400
            """
        },
    ),
    _asking(
        "moves-the-clock-for-ever",
        """
        cloud.client("events").put_rule(Name="r", ScheduleExpression="rate(1 minute)")
        for body in ({"advance": 1e18}, {"advance": -1e9}, {"to": 1e300},
                     {"advance": "nan"}, {"to": None}, {"advance": 86400 * 365 * 80}):
            print(ask("POST", "/_lab/clock", body))
        """,
    ),
    _asking(
        "holds-the-examiner",
        """
        account = cloud.account
        calls = ["lambda:GetFunction", "lambda:Invoke", "lambda:ListFunctions"]
        for _ in range(50):
            print(ask("POST", "/_lab/hold", {"account": account, "operations": calls}))
        """,
    ),
    _asking(
        "shuts-the-lab",
        """
        import signal, socket
        cloud.stop()
        for path in ("stop", "shutdown", "exit", "quit"):
            ask("POST", f"/_lab/{path}", {})
        # Halves of requests that never go on.
        kept = [socket.create_connection((LAB.hostname, LAB.port)) for _ in range(200)]
        for line in kept:
            line.sendall(b"POST / HTTP/1.1\\r\\nContent-Length: 999999999\\r\\n\\r\\n{")
        """,
    ),
    _asking(
        "fills-the-lab",
        """
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="full")
        try:
            for number in range(60):
                s3.put_object(Bucket="full", Key=str(number), Body=bytes(50_000_000))
        except Exception as fault:
            print(type(fault))
        """,
    ),
    Case(
        "does-its-own-right-work-behind-a-forged-check",
        """
        def check(*work, **options):
            print("right")
        """,
        assignment=GREETING,
        honest=True,
    ),
    _asking(
        "checks-while-it-is-checked",
        "",
        answers={
            "deploy-hello": """
            import threading

            def deploy_hello(cloud):
                order = {"work": [{"callable": True, "name": "x"}], "variation": True}
                threads = [threading.Thread(
                    target=ask, args=("POST", "/_lab/checks/hello-python", order))
                    for _ in range(8)]
                for thread in threads:
                    thread.start()
                return "nothing"
            """
        },
    ),
)
