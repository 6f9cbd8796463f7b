"""Solved, forged and broken versions of a notebook with one real exercise."""

from __future__ import annotations

import copy
import json
import os
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.grading.bundle import make_bundle
from grader.grading.course import Course
from grader.grading.workshop import workshop

PHASE = "phase2"
NOTEBOOK = "greeting.ipynb"
ANSWER = """\
import io
import json
import zipfile

CODE = (
    "def greet(event, context):\\n"
    "    name = event.get('name') or 'stranger'\\n"
    "    request = context.aws_request_id\\n"
    "    return {'greeting': f'Hello, {name}!', 'request_id': request}\\n"
)


def deploy_hello(cloud):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = cloud.client("iam").create_role(
        RoleName="hello-role", AssumeRolePolicyDocument=json.dumps(trust)
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("hello.py", CODE)
    cloud.client("lambda").create_function(
        FunctionName="hello",
        Runtime="python3.13",
        Handler="hello.greet",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package.getvalue()},
    )
    return "hello"
"""

TOY = Path(__file__).with_name("toy")

Document = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def _no_lab_of_other_tests() -> Iterator[None]:
    """Notebooks find no lab that other tests of this process have started."""
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith(("AWS_", "LAB_"))]:
            patched.delenv(name)
        yield


@pytest.fixture(scope="session")
def toy() -> Course:
    """The toy course: plain test cells, partial credit, a sentence, a task."""
    return Course(TOY)


@pytest.fixture(scope="session")
def _toy_bundle(toy: Course) -> Document:
    return make_bundle(toy, "toy")


@pytest.fixture
def toy_bundle(_toy_bundle: Document) -> Document:
    """The bundle of the toy."""
    return copy.deepcopy(_toy_bundle)


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where temporary files of a file's tests are; its warm processes end with them."""
    tmp_path_factory.getbasetemp()  # elsewhere: other files' tests need it too
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        os.chmod(folder, 0o711)  # sandboxes have other users where we are root
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)
        workshop().close()


@pytest.fixture
def answer() -> str:
    """The learner's cell, done right."""
    return ANSWER


@pytest.fixture
def solved(source: Document) -> Document:
    """The notebook with a right answer in its answer cell, and both checks."""
    made = copy.deepcopy(source)
    body = textwrap.indent(ANSWER, "    ")
    # A solution region has to be the whole body, so the real answer is nested.
    made["cells"][2]["source"] = (
        "def deploy_hello(cloud):\n    ### BEGIN SOLUTION\n"
        f"{body}\n    return deploy_hello(cloud)\n    ### END SOLUTION\n"
    )
    return made


@pytest.fixture
def solved_course(course: Course, solved: Document) -> Course:
    """The small course with a real solution."""
    (course.solutions / PHASE / NOTEBOOK).write_text(json.dumps(solved))
    return course


@pytest.fixture
def submit(solved_course: Course, tmp_path: Path) -> Callable[..., Path]:
    """Writes a student's notebook into a class: the release, changed as asked."""
    from grader.grading.release import release

    release(solved_course)
    released = (solved_course.notebooks / PHASE / NOTEBOOK).read_text()
    folder = tmp_path / "class"

    def write(
        student: str, *, answer: str | None = None, before: str = "", text: str = ""
    ) -> Path:
        """`before` is a cell of the learner's ahead of the test; `text` the file."""
        document = json.loads(released)
        if answer is not None:
            document["cells"][2]["source"] = answer
        if before:
            extra = copy.deepcopy(document["cells"][1])
            extra |= {"id": "extra", "source": before}
            document["cells"].insert(3, extra)
        target = folder / student / PHASE / NOTEBOOK
        target.parent.mkdir(parents=True)
        target.write_text(text or json.dumps(document))
        return folder

    return write
