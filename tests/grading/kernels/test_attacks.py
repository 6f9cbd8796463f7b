"""Cells that turn against their kernel harm their own outputs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel, Limits, PlainTest
from grader.sandbox import Isolation

CELLS = {
    "closed streams": "import os; os.close(1); os.close(2)",
    "streams that are gone": "import sys; sys.stdout = sys.stderr = None",
    "streams that break": (
        "import sys\nclass Bad:\n    def write(self, t): raise OSError\n"
        "    def flush(self): raise OSError\nsys.stdout = sys.stderr = Bad()"
    ),
    "streams that were closed": "import sys; sys.stdout.close(); sys.stderr.close()",
    "other descriptors over them": (
        "import os\nr, w = os.pipe()\nos.dup2(w, 1); os.dup2(w, 2); os.dup2(r, 0)"
    ),
    "every descriptor closed": "import os; os.closerange(0, 4096)",
    "another protocol": (
        "import os\nfor fd in range(3, 100):\n    try: os.write(fd, b'rubbish\\n'*99)\n"
        "    except OSError: pass"
    ),
    "a forged end": (
        "import os, json\nfor fd in range(3, 100):\n    try:\n"
        "        for n in range(9):\n"
        "            os.write(fd, json.dumps(['reply', {'run': n, 'count': 7}])"
        ".encode() + b'\\n')\n    except OSError: pass"
    ),
    "a child that goes on": "import os; os.fork()",
    "children that go on": "import os; os.fork(); os.fork()",
    "a child that answers first": (
        "import os, time\nif os.fork():\n    time.sleep(0.1)"
    ),
    "signal handlers": (
        "import signal\nfor n in range(1, 65):\n    try:"
        " signal.signal(n, lambda *a: None)\n    except (OSError, ValueError): pass"
    ),
    "a trace": "import faulthandler; faulthandler.dump_traceback(all_threads=True)",
    "hooks": (
        "import atexit, sys, gc\natexit.register(print, 'left')\n"
        "sys.excepthook = sys.unraisablehook = lambda *a: 1/0\n"
        "gc.callbacks.append(lambda *a: None)"
    ),
    "an exit in a thread": (
        "import threading, sys\nt = threading.Thread(target=sys.exit)\n"
        "t.start(); t.join()"
    ),
    "SystemExit": "raise SystemExit(4)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "an exception that breaks": (
        "class Bad(Exception):\n    def __str__(self): raise self\n"
        "    __repr__ = __str__\nraise Bad"
    ),
    "an exception without a story": "raise type('', (BaseException,), {})",
    "patched json": "import json; json.dumps = json.loads = lambda *a, **k: 'no'",
    "patched os": (
        "import os\nos.write = os.read = os.getpid = lambda *a: 1/0\nos._exit = print"
    ),
    "patched sockets": (
        "import socket, select\nsocket.socket.send = socket.socket.recv = None\n"
        "select.select = None"
    ),
    "patched builtins": (
        "import builtins\nfor n in ('open', 'print', 'len', 'isinstance', 'str'):\n"
        "    setattr(builtins, n, None)"
    ),
    "a patched shell": (
        "ip = get_ipython()\nip.run_cell_async = ip.showtraceback = None\n"
        "ip.kernel.do_execute = None"
    ),
    "a loop that is closed": (
        "import asyncio\nasyncio.get_event_loop().stop()\n"
        "asyncio.get_event_loop().call_soon(lambda: 1/0)"
    ),
    "modules that are gone": "import sys; sys.modules.clear()",
    "namespace that is gone": "globals().clear()",
    "limits": "import sys; sys.setrecursionlimit(60)",
    "recursion": "def f(): return f()\nf()",
    "a folder that is gone": (
        "import os\nd = os.getcwd()\nos.mkdir('x'); os.chdir('x'); os.rmdir('../x')"
    ),
    "itself stopped": "import os; os.kill(os.getpid(), 19)",
    "its group killed": "import os; os.killpg(0, 9)",
    "everybody terminated": "import os, signal; os.kill(-1, signal.SIGTERM)",
    "an alarm": "import signal; signal.alarm(1); signal.setitimer(0, 0.001)",
    "threads left behind": (
        "import threading\nfor _ in range(5):\n"
        "    threading.Thread(target=threading.Event().wait, daemon=False).start()"
    ),
    "a thread that prints for ever": (
        "import threading\ndef f():\n    while True: print('x' * 1000)\n"
        "threading.Thread(target=f, daemon=True).start()"
    ),
    "a process that prints for ever": ("import subprocess\nsubprocess.Popen(['yes'])"),
    "surrogates": "print('\\ud800'); display({'text/plain': '\\udfff'}, raw=True)",
    "a mimebundle of nonsense": (
        "class Bad:\n    def _repr_mimebundle_(self, **k):\n"
        "        return {'text/plain': {1: {2}}, 'x': b'', 3: None}\nBad()"
    ),
    "not a number": "display({'application/json': [float('nan'), 1e999]}, raw=True)",
    "deep": (
        "x = []\nfor _ in range(100000): x = [x]\n"
        "display({'application/json': x}, raw=True)"
    ),
}
HURT = (
    *("streams that break", "a patched shell", "a loop that is closed"),
    *("modules that are gone", "namespace that is gone"),
    *("a thread that prints for ever", "a process that prints for ever"),
)
"""Those after which it is the learner's own loss that cells show nothing."""


@pytest.fixture
def kernel(server: ForkServer, isolation: Isolation) -> Iterator[Kernel]:
    """A walled-in kernel with little patience."""
    limits = Limits(
        cell_seconds=2, grace=0.5, cell_output=20_000, flood=2_000_000, replacements=9
    )
    with Kernel(server, None, isolation, limits=limits) as own:
        yield own


@pytest.mark.parametrize("name", CELLS)
def test_the_cells_after_it_still_get_their_outputs(kernel: Kernel, name: str) -> None:
    """In the same kernel or in the next one; all of it is a valid notebook."""
    kernel.run("before = 6")
    attack = kernel.run(CELLS[name])
    last = [kernel.run("before * 7") for _ in range(3)][-1]
    cell = nbformat.v4.new_code_cell(CELLS[name], outputs=attack.outputs)
    text = json.dumps(nbformat.v4.new_notebook(cells=[cell]), allow_nan=False)
    nbformat.validate(nbformat.reads(text, 4))
    text.encode()
    assert len(text) < 60_000
    results = [output for output in last.outputs if "data" in output]
    if name in HURT:
        return
    assert [result["data"]["text/plain"] for result in results] == ["42"]
    assert kernel.test("assert before == 6", 1)[0].passed


def test_a_flood_is_cut_and_stopped(kernel: Kernel) -> None:
    """What is kept is small, says what was cut, and the cell doesn't go on."""
    ran = kernel.run("while True: print('x' * 1000)")
    assert ran.end == "output"
    text = ran.outputs[0]["text"]
    assert text.startswith("x") and len(str(ran.outputs)) < 30_000
    assert any("bytes of output were cut" in o.get("text", "") for o in ran.outputs)


def test_a_flood_of_displays_is_stopped(kernel: Kernel) -> None:
    """Messages count as streams do."""
    ran = kernel.run("while True: display({'text/html': 'x' * 100000}, raw=True)")
    assert ran.end == "output" and len(str(ran.outputs)) < 30_000


def test_one_huge_line_is_cut(kernel: Kernel) -> None:
    """An honest mistake: the cell ends as it should, and the rest is left out."""
    ran = kernel.run("print('x' * 1_000_000)\n1")
    assert ran.end == "" and len(str(ran.outputs)) < 30_000
    assert kernel.run("1").outputs[0]["data"] == {"text/plain": "1"}


def test_a_submission_has_an_output_limit_of_its_own(
    server: ForkServer, isolation: Isolation
) -> None:
    """Many cells below the limit don't make a notebook that nobody can open."""
    limits = Limits(cell_output=10_000, total_output=25_000)
    with Kernel(server, None, isolation, limits=limits) as own:
        kept = [len(str(own.run("print('x' * 9000)").outputs)) for _ in range(5)]
    assert kept[0] > 9000 and kept[-1] < 200


def test_a_submission_has_a_time_limit_of_its_own(
    server: ForkServer, isolation: Isolation
) -> None:
    """Many slow cells below the limit of one don't hold up a class."""
    limits = Limits(total_seconds=0.5)
    with Kernel(server, None, isolation, limits=limits) as own:
        own.run("import time")
        assert own.run("time.sleep(30)").end == "total"
        assert own.run("1").end == "total"


def test_too_much_memory_ends_the_kernel(
    server: ForkServer, isolation: Isolation
) -> None:
    """Also memory that no limit of a process sees; the next cell has a new kernel."""
    import dataclasses

    from grader.grading.kernels import sandboxes

    policy = dataclasses.replace(sandboxes.policy(), memory=400)
    with Kernel(server, policy, isolation) as own:
        shared = "import mmap\nm = mmap.mmap(-1, 800_000_000)\n"
        ran = own.run(shared + "for i in range(0, len(m), 4096): m[i] = 1")
        assert ran.end == "memory"
        assert own.run("1").outputs[0]["data"] == {"text/plain": "1"}


def test_files_of_a_submission_are_not_our_libraries(
    server: ForkServer, isolation: Isolation
) -> None:
    """They are there to be read and imported, but the library of a name comes first."""
    fakes = ("boto3.py", "grader.py", "json.py", "IPython.py", "matplotlib.py")
    files = dict.fromkeys(fakes, b"raise SystemExit('fake')")
    files |= {"own.py": b"x = 'own'", "data/in/here.txt": b"text"}
    with Kernel(server, None, isolation, files=files) as own:
        ran = own.run(
            "import boto3, json, own, IPython, colorsys\nfrom grader import lab\n"
            "own.x, open('data/in/here.txt').read(), 'fake' in str(boto3.__file__)"
        )
    assert ran.outputs[0]["data"]["text/plain"] == "('own', 'text', False)"


def test_walls_are_up_before_the_first_cell(kernel: Kernel) -> None:
    """Neither solutions nor checks nor the grader's own files are to be seen."""
    import grader

    package = Path(grader.__file__).parent
    for path in (package / "checks", package.parent / "solutions", "/etc/ssh"):
        ran = kernel.run(f"import os; os.path.exists({str(path)!r})")
        assert ran.outputs[0]["data"]["text/plain"] == "False", path


def test_nothing_is_left_of_any_kernel(server: ForkServer) -> None:
    """The warm process has no children but the kernels that run."""
    assert psutil.Process(server.pid).children(recursive=True) == []


def test_a_name_that_no_disk_takes_is_left_out(server: ForkServer) -> None:
    """The kernel starts without that file, and has the others."""
    names = ("nul\0byte", "x" * 300, "", ".", "taken", "taken/below", "fine")
    with Kernel(server, files=dict.fromkeys(names, b"here")) as own:
        ran = own.run("import os\nprint(sorted(os.listdir()))")
    assert ran.outputs[0]["text"] == "['fine', 'taken']\n"


FILLING = """\
kept = []
for size in {sizes}:
    try:
        while True:
            kept.append(bytes(size))
    except MemoryError:
        pass
len(kept)"""


@pytest.mark.parametrize(
    "sizes", [(10_000_000,), (10_000_000, 1_000_000), (10_000_000, 1_000_000, 100_000)]
)
def test_a_full_kernel_hears_its_next_cells(
    server: ForkServer, isolation: Isolation, sizes: tuple[int, ...]
) -> None:
    """Its own program finds memory that cells can't fill, and so does a test."""
    with Kernel(server, None, isolation) as own:
        assert own.run(FILLING.format(sizes=sizes)).end == ""
        for number in range(3):
            ran = own.run(f"f = lambda: {number}")
            assert (ran.end, ran.outputs) == ("", [])
        test = PlainTest("assert f() == 2", 1)
        own.begin(test)
        own.reveal()
        own.finish(test)
        assert test.finding.passed
        assert own.run("len(kept) > 50").outputs[0]["data"]["text/plain"] == "True"
