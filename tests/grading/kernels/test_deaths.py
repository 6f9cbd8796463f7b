"""Kernels that die, and those that take their place."""

from __future__ import annotations

import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel


def text(kernel: Kernel, source: str) -> str:
    ran = kernel.run(source)
    return "".join(output.get("text", "") for output in ran.outputs)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("import os; os._exit(3)", "exit status 3"),
        ("exit()", "exit status 0"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL"),
        (
            "import threading; threading.Thread(target=os._exit, args=(4,)).start()\n"
            "import time; time.sleep(30)",
            "exit status 4",
        ),
        ("f = lambda x: min([x], key=f)\nsys.setrecursionlimit(10**9); f(1)", "SEGV"),
    ],
)
def test_the_cells_after_a_death_run_as_if_it_had_not_been(
    kernel: Kernel, source: str, note: str
) -> None:
    """What came before is there again, and what killed isn't run a second time."""
    kernel.run("import os, sys; x = 6")
    ran = kernel.run(source)
    assert ran.end == "died" and note in ran.note
    assert text(kernel, "print(x * 7)") == "42\n"
    assert kernel.deaths == 1


def test_what_was_printed_before_the_death_is_kept(kernel: Kernel) -> None:
    """It may be all that explains it."""
    assert text(kernel, "print('here'); import os; os._exit(1)") == "here\n"


def test_after_too_many_deaths_no_cell_runs(kernel: Kernel) -> None:
    """Four kernels are enough for anybody."""
    for _ in range(4):
        assert kernel.run("import os; os._exit(1)").end == "died"
    assert kernel.run("1").end == "lost"


def test_an_interrupt_ends_a_cell_that_takes_too_long(kernel: Kernel) -> None:
    """Its kernel lives on, with all that it knew."""
    kernel.run("x = 6")
    ran = kernel.run("while True: pass", timeout=0.2)
    assert ran.end == "timeout"
    assert ran.outputs[-1]["ename"] == "KeyboardInterrupt"
    assert text(kernel, "print(x)") == "6\n"
    assert kernel.deaths == 0


def test_a_cell_that_swallows_the_interrupt_is_killed(kernel: Kernel) -> None:
    """It gets some grace, then its kernel is replaced."""
    kernel.run("import time")
    loop = "while True:\n  try: time.sleep(60)\n  except BaseException: pass"
    assert kernel.run(loop, timeout=0.2).end == "timeout"
    assert text(kernel, "print(1)") == "1\n"
    assert kernel.deaths == 1


def test_nothing_of_a_kernel_is_left(server: ForkServer) -> None:
    """Neither a process nor a folder, also of a kernel that was stopped."""
    import os

    import psutil

    with Kernel(server) as kernel:
        folder = kernel.run("import os; os.getcwd()").outputs[0]["data"]["text/plain"]
        kernel.run("import subprocess; subprocess.Popen(['sleep', '60'])")
        kernel.run("os.kill(os.getpid(), 19)", timeout=0.2)
    assert not os.path.exists(folder.strip("'"))
    assert psutil.Process(server.pid).children(recursive=True) == []
