"""What several test files use: a small course with one notebook."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course


def pytest_configure(config: pytest.Config) -> None:
    """Give each process of tests temporary files of its own.

    Tests look at what a lab or a run leaves there, and others run beside them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So a shell starts what it doesn't wait for; programs under test inherit it,
        # and some have to end by this signal.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = getattr(config, "workerinput", {}).get("workerid")
    if worker is not None:
        folder = tempfile.mkdtemp(prefix=f"{worker}-")
        # Some tests start what runs as another user, in folders below this one.
        os.chmod(folder, 0o711)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: notebooks wait for their labs a lot."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes, so that no process waits for another."""
    items.sort(key=lambda item: item.path.name not in LONG)


LONG = ("test_course.py", "test_sample_class.py")
ROOT = Path(__file__).parent.parent
PHASE = "phase2"
NOTEBOOK = "greeting.ipynb"
SOLUTION = """\
def deploy_hello(cloud):
    ### BEGIN SOLUTION
    return "a secret answer"
    ### END SOLUTION
"""
TEST_CELL = """\
check("hello-python", deploy_hello)
### BEGIN HIDDEN TESTS
check("hello-python", deploy_hello, variation=True)
### END HIDDEN TESTS
"""


def cell(kind: str, number: int, source: str, **nbgrader: Any) -> dict[str, Any]:
    """A cell as nbformat 4.5 has it; with nbgrader's metadata if some is given."""
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": source,
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    if nbgrader:
        made["metadata"]["nbgrader"] = {
            "grade": False,
            "locked": False,
            "schema_version": 3,
            "solution": False,
            "task": False,
            **nbgrader,
        }
    return made


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    """A notebook for the kernel that every Jupyter has."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(scope="session")
def source() -> dict[str, Any]:
    """A solved notebook with one exercise; a test that changes it copies it first."""
    return notebook(
        cell("markdown", 0, "# Greeting"),
        cell("code", 1, "from grader.lab import check, start\n\ncloud = start()"),
        cell("code", 2, SOLUTION, grade_id="deploy-hello", solution=True),
        cell(
            "code",
            3,
            TEST_CELL,
            grade_id="hello-python",
            grade=True,
            locked=True,
            points=4,
        ),
    )


@pytest.fixture(scope="session")
def make_course(source: dict[str, Any]) -> Callable[[Path], Course]:
    """Writes a course of one notebook into a folder."""

    def make(folder: Path) -> Course:
        made = Course(folder)
        (made.solutions / PHASE).mkdir(parents=True)
        shutil.copy(ROOT / "nbgrader_config.py", made.root)
        (made.solutions / PHASE / NOTEBOOK).write_text(json.dumps(source))
        return made

    return make


@pytest.fixture
def course(tmp_path: Path, make_course: Callable[[Path], Course]) -> Course:
    """A course of one notebook in a folder of its own."""
    return make_course(tmp_path / "course")
