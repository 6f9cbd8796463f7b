"""The `check` that examined test cells find, whatever a learner did to the package."""

from __future__ import annotations

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel, warm_server
from grader.grading.pristine import NAME

_SPOILT = f"""
import sys
from grader import lab
from grader.lab import connection, starting
starting.attach = connection.Connection = lab.check = {NAME} = None
"""
# Nobody answers there, and the package says so in its own words.
_ATTACHES = f"{NAME}('http://127.0.0.1:9')"


def _said(kernel: Kernel) -> str:
    kernel.run(_SPOILT)
    ran = kernel.run(_ATTACHES, again=False, examined=True)
    return str(ran.outputs[-1]["evalue"])


def test_it_is_none_of_the_learner_s_modules(server: ForkServer) -> None:
    """Neither in a forked kernel nor, which takes longer, in one of its own."""
    with warm_server(warm=False) as cold:
        for each in (server, cold):
            with Kernel(each) as kernel:
                assert "no lab answers" in _said(kernel)


def test_the_learner_s_modules_stay_theirs(kernel: Kernel) -> None:
    _said(kernel)
    ran = kernel.run("print(lab.check, sys.modules['grader.lab'] is lab)")
    assert ran.outputs[-1]["text"] == "None True\n"
