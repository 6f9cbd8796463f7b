"""Grading one submission: what is marked, and what nobody can forge."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import grader
from grader.errors import WrongUse
from grader.grading.bundle import make_bundle
from grader.grading.course import Course
from grader.grading.grade import grade, result_digest
from grader.grading.kernels import Kernel
from grader.grading.seats import Seat
from grader.grading.workshop import isolation
from grader.sandbox.isolation import Tier

Document = dict[str, Any]
Grade = Callable[..., Document]
WARNS = """\
import logging, sys, warnings

print("a line for the log", file=sys.stderr)
warnings.warn("old", stacklevel=1)
logging.warning("mind the gap")
"""
FORGED_PACKAGE = """\
import builtins, sys
import grader.lab, grader.lab.checking

def forged(*work, **options):
    print("right")

for name, module in list(sys.modules.items()):
    if name.startswith("grader") and hasattr(module, "check"):
        module.check = forged
builtins.check = check = forged
"""
FORGED_IMPORTS = """\
import builtins, sys, types

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("grader"):
            raise ImportError("no grader today")

def check(*work, **options):
    pass

sys.meta_path.insert(0, Finder())
honest = builtins.__import__

def forged(name, *rest):
    if name == "grader":
        return types.SimpleNamespace(
            lab=types.SimpleNamespace(check=check, start=lambda: None)
        )
    return honest(name, *rest)

builtins.__import__ = forged
"""
FAKE_LAB = """\
import http.server, os, threading

class Fake(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        verdict = dict(check="hello-python", variation=False, outcome="passed",
                       message="", expected=None, observed=None, look=None,
                       explanation=None, traceback=None, unattempted=False)
        said = json.dumps({"session": "a", "verdict": verdict}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

import json
server = http.server.HTTPServer(("127.0.0.1", 0), Fake)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["LAB_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
"""
FLIPPED_REQUESTS = """\
import http.client

request = http.client.HTTPConnection.request

def changed(self, method, url, body=None, headers={}, **rest):
    if body and b'"variation": true' in body:
        body = body.replace(b'"variation": true', b'"variation": false')
        headers = {**headers, "Content-Length": str(len(body))}
    return request(self, method, url, body, headers, **rest)

http.client.HTTPConnection.request = changed
"""
STOPS_THE_LAB = """\
import os, urllib.request
cloud.stop()
for path in ("stop", "shutdown", "verdicts"):
    try:
        urllib.request.urlopen(os.environ["LAB_ENDPOINT_URL"] + "/_lab/" + path, b"{}")
    except Exception as refusal:
        print(refusal)
"""
READS = f"""\
import os
folder = {str(Path(grader.__file__).parents[1])!r}
names = ("solutions", "data", "grader/checks", "grader/grading", ".git")
print("seen:", [name for name in names if os.path.exists(os.path.join(folder, name))])
print(sorted(os.environ))
"""
NO_TRANSFORMERS = "get_ipython().input_transformers_cleanup.append(lambda lines: [])"
ENDS = "import os\n\nos._exit(0)"


pytestmark = pytest.mark.usefixtures("temporary")


@pytest.fixture
def bundle(solved_course: Course) -> Document:
    return make_bundle(solved_course, "phase2")


@pytest.fixture
def submission(bundle: Document) -> Callable[..., Document]:
    """A learner's notebook with an answer, and perhaps cells around the test."""

    def make(
        answer: str = "", *, before: str = "", after: str = "", **more: Any
    ) -> Document:
        cells = []
        for cell in bundle["notebooks"]["greeting"]["cells"]:
            made = {
                "cell_type": cell["cell_type"],
                "id": cell["id"],
                "metadata": {"nbgrader": {"grade_id": cell["grade_id"]}},
                "source": cell.get("released", cell["source"]),
            }
            if cell["solution"] and answer:
                made["source"] = answer
            if cell["grade"] and before:
                cells.append({"cell_type": "code", "metadata": {}, "source": before})
            cells.append(made)
        if after:
            cells.append({"cell_type": "code", "metadata": {}, "source": after})
        text = json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})
        return {
            "student": "anna",
            "assignment": "phase2",
            "timestamp": None,
            "notebooks": {"greeting": _encoded(text.encode())},
            "files": {},
            **more,
        }

    return make


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _mark(result: Document) -> Document:
    (mark,) = result["notebooks"]["greeting"]["marks"]
    found: Document = mark
    return found


def _output(result: Document) -> str:
    return json.dumps(result["notebooks"]["greeting"]["executed"])


def test_right_work_earns_its_points(
    bundle: Document, submission: Any, answer: str
) -> None:
    """Whatever it writes to stderr; the result is JSON, and says of what it is."""
    given = submission(WARNS + answer)
    result = json.loads(json.dumps(grade(given, bundle)))
    mark = _mark(result)
    assert (mark["outcome"], mark["points"], mark["maximum"]) == ("passed", 4, 4)
    assert [(one["variation"], one["outcome"]) for one in mark["checks"]] == [
        (False, "passed"),
        (True, "passed"),
    ]
    assert (result["status"], result["problems"], result["integrity"]) == (
        *("graded", [], []),
    )
    assert result["digest"] == result_digest(given, bundle)
    assert result["isolation"]["tier"] in ("strong", "medium", "none")
    assert "mind the gap" in _output(result)


def test_no_cell_sees_a_hidden_variation(
    bundle: Document, submission: Any, answer: str
) -> None:
    """What a function keeps of it, in every place it has, no later cell can print."""
    before = (
        "import boto3, os\nhonest, kept = deploy_hello, []\n"
        "boto3.client('s3').create_bucket(Bucket='kept-accounts')\n"
        "def deploy_hello(cloud):\n"
        "    kept.append(cloud.account)\n"
        "    os.environ['KEPT'] = ' '.join(kept)\n"
        "    with open('kept', 'a') as file:\n        file.write(cloud.account + ' ')\n"
        "    boto3.client('s3').put_object(Bucket='kept-accounts', Key=cloud.account)\n"
        "    return honest(cloud)"
    )
    after = (
        "found = boto3.client('s3').list_objects_v2(Bucket='kept-accounts')\n"
        "print([len(kept), len(os.environ['KEPT'].split()), found['KeyCount'],\n"
        "       len(open('kept').read().split())])"
    )
    result = grade(submission(answer, before=before, after=after), bundle)
    assert _mark(result)["outcome"] == "passed"
    assert "[1, 1, 1, 1]" in _output(result)


def test_only_hidden_calls_are_decided_while_what_is_hidden_runs(
    bundle: Document, submission: Any, answer: str
) -> None:
    """A function that a hidden variation calls can't have a visible check say more."""
    before = (
        "from grader.lab import check\nhonest, accounts = deploy_hello, []\n"
        "def deploy_hello(cloud):\n"
        "    accounts.append(cloud.account)\n"
        "    if len(accounts) == 2:\n"
        "        try:\n"
        "            check('hello-python', lambda own: f'it is {cloud.account}')\n"
        "        except Exception:\n            pass\n"
        "    return honest(cloud)"
    )
    mark = _mark(grade(submission(answer, before=before), bundle))
    assert "it is" not in mark["message"] and mark["variation"] is not None
    assert "it is" not in str(mark["observed"])


def test_a_lab_that_ends_costs_no_answer_before_it(
    bundle: Document, submission: Any, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is hidden of it runs in another lab."""
    seats: list[Seat] = []
    made, run = Seat.__init__, Kernel.run

    def make(seat: Seat, *args: Any) -> None:
        made(seat, *args)
        seats.append(seat)

    def ran(kernel: Kernel, source: str, *args: Any, **more: Any) -> Any:
        if source == "'the end of the lab'":
            (lab,) = (one.lab for one in seats if one.kernel is kernel)
            assert lab is not None
            psutil.Process(lab.pid).kill()
        return run(kernel, source, *args, **more)

    monkeypatch.setattr(Seat, "__init__", make)
    monkeypatch.setattr(Kernel, "run", ran)
    result = grade(submission(answer, after="'the end of the lab'"), bundle)
    assert _mark(result)["outcome"] == "passed"


def test_a_stub_was_not_attempted(bundle: Document, submission: Any) -> None:
    """That is not a failure, and the next rung of the hints comes with it."""
    mark = _mark(grade(submission(), bundle))
    assert (mark["outcome"], mark["points"]) == ("unattempted", 0)
    assert "isn't written yet" in mark["message"]
    assert "Handler" in mark["hint"]


def test_wrong_work_is_told_what_came_back(
    bundle: Document, submission: Any, answer: str
) -> None:
    """Message, observation and place to look are the examiner's."""
    wrong = answer.replace("Hello, {name}!", "Hello")
    mark = _mark(grade(submission(wrong), bundle))
    assert (mark["outcome"], mark["points"]) == ("failed", 0)
    assert mark["message"] and mark["look"]


@pytest.mark.parametrize(
    "before",
    [
        "def check(*work, **options):\n    print('right')",
        FORGED_PACKAGE,
        FORGED_IMPORTS,
        FAKE_LAB,
        FLIPPED_REQUESTS,
        NO_TRANSFORMERS,
        ENDS,
        "check('hello-python', print)",
        "get_ipython().run_cell_async = get_ipython().run_cell = lambda *a, **b: None",
    ],
)
def test_nothing_in_the_kernel_makes_wrong_work_right(
    bundle: Document, submission: Any, answer: str, before: str
) -> None:
    """No verdict but the examiner's counts, whatever the cell shows."""
    wrong = answer.replace("Hello, {name}!", "Hello")
    result = grade(submission(wrong, before=before), bundle)
    mark = _mark(result)
    assert mark["points"] == 0
    assert mark["outcome"] in ("failed", "no verdict")


@pytest.mark.parametrize("before", [FORGED_PACKAGE, FAKE_LAB, STOPS_THE_LAB, READS])
def test_tricks_cost_right_work_nothing(
    bundle: Document, submission: Any, answer: str, before: str
) -> None:
    """Who is right is right; what the trick could reach is nothing."""
    result = grade(submission(answer, before=before), bundle)
    assert _mark(result)["points"] == 4
    if before == READS:
        assert "seen: []" in _output(result)
        assert "TOKEN" not in _output(result)


@pytest.mark.parametrize("tier", ["medium", "none"])
def test_marks_are_the_same_behind_other_walls(
    bundle: Document, submission: Any, answer: str, tier: Tier
) -> None:
    """Where there are no namespaces, and where there is nothing at all."""
    walls = dataclasses.replace(isolation(), tier=tier)
    bundle["data"]["a/given.txt"] = _encoded(b"given")
    bundle["digest"] = tier
    reads = "from grader import lab\nprint(lab.material('a/given.txt').read_text())"
    result = grade(submission(answer, before=reads), bundle, isolation=walls)
    assert _mark(result)["points"] == 4
    assert result["isolation"]["tier"] == tier
    assert "given\\n" in _output(result)


def test_the_rest_is_marked_after_a_kernel_died(
    bundle: Document, submission: Any, answer: str
) -> None:
    """What ran before runs again in a new kernel; the instructor is told."""
    result = grade(submission(answer, before=ENDS), bundle)
    assert _mark(result)["points"] == 4
    assert [note["kind"] for note in result["problems"]] == ["lost kernel"]


def test_a_cell_without_end_is_ended(solved_course: Course, submission: Any) -> None:
    """Its mark is nothing, and the message says why."""
    from grader.grading.bundle import Limits

    # Long for every other cell, also where nothing gets a processor; waiting is free.
    bundle = make_bundle(solved_course, "phase2", limits=Limits(cell=8.0))
    endless = (
        "import time\ndef deploy_hello(cloud):\n    while True:\n        time.sleep(1)"
    )
    result = grade(submission(endless), bundle)
    mark = _mark(result)
    assert (mark["points"], mark["outcome"]) == (0, "failed")
    assert "took too long" in mark["message"]
    assert "time limit" in [note["kind"] for note in result["problems"]]


def test_used_up_time_is_told_once(solved_course: Course, submission: Any) -> None:
    """However many cells a submission had left when its time was over."""
    from grader.grading.bundle import Limits

    bundle = make_bundle(solved_course, "phase2", limits=Limits(submission=1.0))
    result = grade(submission("while True:\n    pass"), bundle)
    assert [note["kind"] for note in result["problems"]] == ["time limit"]
    assert "more cell" in result["problems"][0]["message"]


def test_a_claim_without_the_examiner_is_told(
    bundle: Document, submission: Any, answer: str
) -> None:
    """A test cell that ends well and was never examined is no accident."""
    result = grade(submission(answer, before=NO_TRANSFORMERS), bundle)
    assert _mark(result)["outcome"] == "no verdict"
    kinds = {note["kind"] for note in result["integrity"]}
    assert kinds == {"attempt", "forged verdict"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<<<<<<< HEAD\n>>>>>>> main", "conflict markers"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_an_unreadable_file_is_a_result(
    bundle: Document, submission: Any, data: bytes, said: str
) -> None:
    """No points, and a message for the learner and the instructor alike."""
    result = grade(submission(notebooks={"greeting": _encoded(data)}), bundle)
    mark = _mark(result)
    assert result["status"] == "unreadable"
    assert (mark["points"], mark["outcome"]) == (0, "no verdict")
    assert said in mark["message"]
    assert said in result["problems"][-1]["message"]
    assert result["notebooks"]["greeting"]["executed"] is None


def test_nothing_handed_in_is_a_result(bundle: Document, submission: Any) -> None:
    """It is told; the gradebook gives nothing for it."""
    result = grade(submission(notebooks={}), bundle)
    assert (result["status"], result["notebooks"]) == ("graded", {})
    assert [note["kind"] for note in result["problems"]] == ["missing file"]


def test_script_in_an_output_is_gone(
    bundle: Document, submission: Any, answer: str
) -> None:
    """What is kept is harmless in an instructor's browser."""
    shows = (
        "from IPython.display import HTML, Javascript, display\n"
        "display(HTML('<b>bold</b><script>alert(1)</script>'))\n"
        "display(Javascript('alert(2)'))"
    )
    result = grade(submission(answer, before=shows), bundle)
    outputs = [
        output
        for cell in result["notebooks"]["greeting"]["executed"]["cells"]
        for output in cell.get("outputs", [])
    ]
    text = json.dumps(outputs)
    assert "<b>bold</b>" in text
    assert "alert" not in text


def test_the_executed_notebook_is_a_good_one(
    bundle: Document, submission: Any, answer: str
) -> None:
    """nbformat and nbgrader take it, with ids, metadata and hidden tests."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    given = submission(answer, before="1 + 1")
    executed = grade(given, bundle)["notebooks"]["greeting"]["executed"]
    notebook = nbformat.from_dict(copy.deepcopy(executed))
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert len({cell["id"] for cell in executed["cells"]}) == 5
    assert "variation=True" in executed["cells"][-1]["source"]


def test_files_beside_the_notebook_are_there(
    bundle: Document, submission: Any, answer: str
) -> None:
    """The learner's where the course has none of the name; none lies elsewhere."""
    bundle["files"]["ours.txt"] = _encoded(b"ours")
    bundle["data"]["a/given.txt"] = _encoded(b"given")
    bundle["digest"] = "another"
    files = {
        "ours.txt": _encoded(b"theirs"),
        "sub/mine.txt": _encoded(b"mine"),
        "../outside.txt": _encoded(b"outside"),
        "broken.txt": "é",
    }
    reads = (
        "import os\nfrom grader import lab\n"
        "print(open('ours.txt').read(), open('sub/mine.txt').read(),\n"
        "      os.path.exists('../outside.txt'), os.path.exists('broken.txt'),\n"
        "      lab.material('a/given.txt').read_text())"
    )
    result = grade(submission(answer, before=reads, files=files), bundle)
    assert "ours mine False False given" in _output(result)


def test_a_bundle_of_another_version_is_wrong_use(
    bundle: Document, submission: Any
) -> None:
    """That is the instructor's to mend, and no learner's."""
    with pytest.raises(WrongUse):
        grade(submission(), {**bundle, "version": 0})


def test_nothing_is_left_behind(
    bundle: Document, submission: Any, answer: str, temporary: Path
) -> None:
    """Neither a process nor a file of a submission outlives its grading."""
    grade(submission(answer), bundle)  # the warm processes have their own
    before = _traces(temporary)
    leaves = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(4567)'],\n"
        "                 start_new_session=True)\n"
        "open('/tmp/mine.txt', 'w').write('mine')"
    )
    assert _mark(grade(submission(answer, before=leaves), bundle))["points"] == 4
    assert _traces(temporary) == before


def _traces(temporary: Path) -> tuple[list[str], set[str]]:
    """The processes that a learner left, and what lies in the temporary folder."""
    left = [
        line
        for process in psutil.process_iter(["cmdline"])
        if "time.sleep(4567)" in (line := " ".join(process.info["cmdline"] or ()))
    ]
    return left, {path.name for path in temporary.iterdir()}


def test_all_of_a_lesson_runs_where_a_part_was_too_little(
    solved_course: Course, submission: Any, answer: str
) -> None:
    """A demonstration may need what another one did to the cloud, by no name."""
    path = solved_course.solutions / "phase2" / "greeting.ipynb"
    document = json.loads(path.read_text())
    first = document["cells"][1]
    makes = "cloud.client('s3').create_bucket(Bucket='lesson')"
    uses = "cloud.client('s3').head_bucket(Bucket='lesson')\nCODE = 'Hello'"
    document["cells"][2:2] = [
        {**copy.deepcopy(first), "id": "makes", "source": makes},
        {**copy.deepcopy(first), "id": "uses", "source": uses},
    ]
    path.write_text(json.dumps(document))
    bundle = make_bundle(solved_course, "phase2")
    cells = bundle["notebooks"]["greeting"]["cells"]
    given = submission(answer)
    document = json.loads(base64.b64decode(given["notebooks"]["greeting"]))
    document["cells"][2:2] = [
        {"cell_type": "code", "metadata": {}, "source": cell["source"]}
        for cell in cells[2:4]
    ]
    document["cells"][4]["source"] = (
        answer.replace(
            "def deploy_hello(cloud):", "def deploy_hello(cloud):\n    print(CODE)"
        )
        .replace("CODE = (", "TEXT = (")
        .replace('"hello.py", CODE', '"hello.py", TEXT')
    )
    text = json.dumps(document).encode()
    given["notebooks"]["greeting"] = _encoded(text)
    assert _mark(grade(given, bundle))["points"] == 4
