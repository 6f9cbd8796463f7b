"""What a learner's function can't do to a notebook, at a real kernel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

Run = Callable[[str], str]


@pytest.fixture(scope="module")
def kernel(
    examined_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A kernel that has found a lab with the exercises of these tests."""
    folder = tmp_path_factory.mktemp("notebook")
    manager = KernelManager(transport="ipc", ip=str(folder / "kernel"))
    manager.start_kernel(
        cwd=str(folder), env={**os.environ, "LAB_ENDPOINT_URL": examined_url}
    )
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run(kernel: Any) -> Run:
    """Runs a cell; answers with all that it showed."""

    def run(code: str) -> str:
        shown: list[str] = []
        stream = ""  # of the newest message; a kernel may send a line in pieces

        def note(message: dict[str, Any]) -> None:
            nonlocal stream
            content = message["content"]
            before, stream = stream, content.get("name", "")
            if message["msg_type"] == "error":
                shown.append(f"{content['ename']}: {content['evalue']}")
            elif message["msg_type"] == "stream" and before == stream:
                shown[-1] += content["text"]
            elif message["msg_type"] == "stream":
                shown.append(f"{stream}: {content['text']}")
            elif message["msg_type"] in ("display_data", "execute_result"):
                shown.append(content["data"]["text/plain"])

        kernel.execute_interactive(code, output_hook=note, timeout=60)
        return "\n".join(shown)

    run("from grader.lab import check, start\ncloud = start()")
    return run


def checked(run: Run, body: str) -> str:
    """What a check of a function with this body shows."""
    return run(f"def work(number):\n    {body}\ncheck('double-it', work)")


def is_well(run: Run) -> bool:
    """Whether the notebook goes on: it shows what is printed, and can check."""
    return run("print(1 + 1)") == "stdout: 2\n" and "✔" in checked(
        run, "return number * 2"
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("exit()", "it raised SystemExit"),
        ("import sys; sys.exit('bye')", "it raised SystemExit: bye"),
        ("print('x' * 10_000_000)", "and 9990001 more characters"),
        ("import sys; sys.stdout.close(); print('x')", "I sent 4; I got None"),
        ("import sys; sys.stdout = sys.stderr = None", "I sent 4; I got None"),
        ("import os; os.close(1); os.close(2)", "I sent 4; I got None"),
        ("import os; os.chdir('/'); return 5", "I sent 4; I got 5"),
        ("check('double-it', work)", "a check runs in this notebook already"),
        ("get_ipython().run_cell('1/0')", "I sent 4; I got None"),
    ],
)
def test_a_function_cant_end_the_notebook(run: Run, body: str, told: str) -> None:
    """Whatever it does is told as its own, and the next cell runs as ever."""
    said = checked(run, body)
    assert told in said
    assert "CheckFailed: double-it isn't right yet" in said
    assert is_well(run)


def test_a_thread_that_goes_on_disturbs_nobody(run: Run) -> None:
    """What a function left running goes on, and its output is no part of a check."""
    said = checked(
        run,
        "import threading\n"
        "    def later():\n"
        "        go.wait()\n"
        "        print('later')\n"
        "    global go, left\n"
        "    go = threading.Event()\n"
        "    left = threading.Thread(target=later)\n"
        "    left.start()\n"
        "    return number * 2",
    )
    assert "✔" in said
    assert "later" in run("go.set()\nleft.join()")
    assert is_well(run)


def test_a_check_before_its_cell_is_pythons_own_error(run: Run) -> None:
    """A function that isn't defined yet is named."""
    assert "NameError: name 'not_yet' is not defined" in run(
        "check('double-it', not_yet)"
    )
    assert is_well(run)
