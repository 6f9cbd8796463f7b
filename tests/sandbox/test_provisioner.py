"""Jupyter's kernels in sandboxes, by real kernels and by nbgrader itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_core.utils import ensure_event_loop

from grader.errors import SandboxFailed
from grader.sandbox import Isolation, probing, provisioner
from tests.conftest import cell, notebook

NAME = "sandbox-provisioner"
CLASS = "grader.sandbox.provisioner:SandboxProvisioner"
TEST_CELL = """\
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS
"""
HONEST = "def double(number):\n    return 2 * number"
THIEF = """\
from pathlib import Path
double = lambda number: 2 * number
for name in ("gradebook.db", "source/hw/a.ipynb", "submitted/ann/hw/a.ipynb"):
    try:
        print("READ", len(Path({course!r}, name).read_bytes()))
    except OSError as fault:
        print("KEPT", type(fault).__name__)
try:
    print("READ", open("a.ipynb").read())
except OSError as fault:
    print("KEPT", type(fault).__name__)
"""
AUTOGRADE = """
import sys
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
config = Config()
config.CourseDirectory.root = sys.argv[1]
config.ClearSolutions.code_stub = {"python": "..."}
api = NbGraderAPI(config=config)
for done in (api.generate_assignment("hw"), api.autograde("hw", "thief")):
    assert done["success"], done["log"]
"""


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Starts kernels in sandboxes, and gives a function that runs code in one.

    jupyter_client makes an event loop in each thread that calls it, and leaves it open.
    """
    entry = EntryPoint(NAME, CLASS, KernelProvisionerFactory.GROUP_NAME)
    monkeypatch.setitem(KernelProvisionerFactory.provisioners, NAME, entry)
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", NAME)
    started: list[tuple[KernelManager, Any]] = []

    def start(**options: Any) -> tuple[KernelManager, Callable[[str], str]]:
        manager, client = start_new_kernel(kernel_name="python3", **options)
        started.append((manager, client))

        def ran(code: str) -> str:
            said: list[str] = []

            def hear(message: dict[str, Any]) -> None:
                content = message["content"]
                said.append(content.get("text") or content.get("ename") or "")

            client.execute_interactive(code, output_hook=hear, timeout=60)
            return "".join(said)

        return manager, ran

    yield start
    for manager, client in started:
        client.stop_channels()
        if manager.has_kernel:
            manager.shutdown_kernel(now=True)
    ensure_event_loop().close()


def test_a_kernel_sees_its_neighbours_and_no_notebook(
    kernels: Callable[..., Any], tmp_path: Path
) -> None:
    """nbgrader executes a notebook that has the hidden tests in it, in that folder."""
    (tmp_path / "data.csv").write_text("1,2")
    (tmp_path / "a.ipynb").write_text("{}")
    _, ran = kernels(cwd=str(tmp_path))
    assert ran("print(open('data.csv').read())") == "1,2\n"
    assert ran("open('a.ipynb')") == "FileNotFoundError"
    assert ran(f"open({str(tmp_path / 'data.csv')!r})") == "FileNotFoundError"


def test_an_interrupt_reaches_a_kernel_and_its_end_leaves_nothing(
    kernels: Callable[..., Any], tmp_path: Path
) -> None:
    """The keeper and the reaper aren't meant; sockets and processes go with it."""
    manager, ran = kernels(cwd=str(tmp_path))
    sockets = Path(manager.ip).parent
    assert sockets.is_dir()

    def end_what_runs() -> None:
        manager.interrupt_kernel()
        ensure_event_loop().close()

    interrupt = threading.Timer(0.3, end_what_runs)
    interrupt.start()
    assert ran("while True: pass") == "KeyboardInterrupt"
    interrupt.join()
    assert ran("print(1)") == "1\n"
    keeper = manager.provisioner.process
    manager.shutdown_kernel(now=True)
    assert keeper.poll() is not None
    assert not sockets.exists()


def test_a_kernel_has_nothing_of_the_callers_environment(
    kernels: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """But for the language, the path, and what nbgrader tells its kernels."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a real one")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    _, ran = kernels(cwd=str(tmp_path))
    seen = ran("import os; print(sorted(os.environ))")
    assert "NBGRADER_EXECUTION" in seen
    assert "AWS" not in seen
    assert "a real one" not in ran("print(open('/proc/self/environ').read())")


def test_without_namespaces_a_kernel_runs_behind_landlock(
    kernels: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It listens on its five ports and reads its libraries, and little else."""
    medium = next(each for each in probing._candidates() if each.tier == "medium")
    monkeypatch.setattr(provisioner, "_isolation", lambda: medium)
    (tmp_path / "a.ipynb").write_text("{}")
    manager, ran = kernels(cwd=str(tmp_path))
    assert manager.transport == "tcp"
    assert ran(f"open({str(tmp_path / 'a.ipynb')!r})") == "PermissionError"
    assert ran("import grader.lab, matplotlib; print(1)") == "1\n"


def test_below_what_is_required_no_kernel_starts(
    kernels: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names what there is and what was asked for."""
    none = Isolation("none", "resource limits only", reason="it is old")
    monkeypatch.setattr(provisioner, "_isolation", lambda: none)
    with pytest.raises(SandboxFailed, match=r"NONE.*it is old.*medium is required"):
        kernels()


def test_nbgrader_grades_in_sandboxes_without_knowing(tmp_path: Path) -> None:
    """The thief of hidden tests and of others' work gets the file names alone."""
    course = tmp_path / "course"
    solution = {"grade_id": "double", "solution": True}
    test = {"grade_id": "test", "grade": True, "locked": True, "points": 2}
    for place, source in (
        ("source", f"### BEGIN SOLUTION\n{HONEST}\n### END SOLUTION"),
        ("submitted/ann", HONEST),
        ("submitted/thief", THIEF.format(course=str(course))),
    ):
        made = notebook(
            cell("code", 1, source, **solution), cell("code", 2, TEST_CELL, **test)
        )
        folder = course / place / "hw"
        folder.mkdir(parents=True)
        (folder / "a.ipynb").write_text(json.dumps(made))
    # Installed, the package says so itself.
    registered = tmp_path / "registered" / "course-0.dist-info"
    registered.mkdir(parents=True)
    (registered / "METADATA").write_text("Name: course\nVersion: 0\n")
    (registered / "entry_points.txt").write_text(
        f"[{KernelProvisionerFactory.GROUP_NAME}]\n{NAME} = {CLASS}\n"
    )
    path = os.pathsep.join([str(registered.parent), *sys.path])
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]]),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME,
        "HOME": str(tmp_path),
    }
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AUTOGRADE, str(course)],
        env=environment,
        cwd=tmp_path,
        check=True,
        timeout=120,
    )
    graded = json.loads((course / "autograded/thief/hw/a.ipynb").read_text())
    said = "".join(
        "".join(output.get("text", ""))
        for each in graded["cells"]
        for output in each.get("outputs", [])
    )
    assert said.split("\n") == ["KEPT FileNotFoundError"] * 4 + [""]
