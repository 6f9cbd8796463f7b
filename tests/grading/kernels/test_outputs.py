"""Outputs are ipykernel's own: the same cells run in both, one after the other."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import nbclient
import nbformat
import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel

CELLS = {
    "result": "[1, 'a']",
    "nothing": "x = 5",
    "silenced": "x;",
    "streams in order": (
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c', end='')\n"
        "print('d', file=sys.stderr)\ndisplay(7)\nprint('e')\n8"
    ),
    "not a line": "print('no end', end='')",
    "bytes": "sys.stdout.write('é\\U0001f600\\n');",
    "a subprocess of the shell's": "!echo from the shell",
    "a subprocess that is captured": "%%capture kept\n!echo kept; echo more >&2",
    "what the subprocess said": "kept.stdout.splitlines(), _exit_code",
    "what a subprocess says": "lines = !echo one; echo two\nlines",
    "a thread": (
        "import threading\nt = threading.Thread(target=print, args=('threaded',))\n"
        "t.start(); t.join()\nprint('main')"
    ),
    "a forked child": (
        "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\n"
        "os.waitpid(pid, 0)[1]"
    ),
    "rich": (
        "class Rich:\n    def _repr_html_(self): return '<b>rich</b>'\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'application/json': {'a': [1, None]}}, {'x': {'y': 1}}\n"
        "    def __repr__(self): return 'Rich()'\nRich()"
    ),
    "display": "from IPython.display import HTML, Image\ndisplay(HTML('<i>'))",
    "metadata": (
        "display({'text/plain': 'p', 'text/latex': '$x$'}, raw=True,"
        " metadata={'text/plain': {'k': 1}})"
    ),
    "an image": (
        "from PIL import Image as P\nimport io\nb = io.BytesIO()\n"
        "P.new('RGB', (2, 2)).save(b, 'PNG')\nImage(b.getvalue(), width=3)"
    ),
    "an update": (
        "h = display('first', display_id='a name')\nprint('x')\nh.update('second')"
    ),
    "an update of a cell before": "h.update('third'); display('again', display_id='z')",
    "cleared": (
        "from IPython.display import clear_output\nprint('gone')\nclear_output()\n"
        "print('here')"
    ),
    "cleared when the next comes": (
        "for i in range(3):\n    clear_output(wait=True)\n    print(i)"
    ),
    "a figure": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('t')\nplt.show()"
    ),
    "a figure at the end": "fig, ax = plt.subplots()\nax.bar([1, 2], [3, 4])",
    "a figure, inline": "%matplotlib inline\nplt.plot([3, 1]);",
    "which backend": "plt.get_backend()",
    "traceback": "def f(n):\n    return 1 / n\n\nf(0)",
    "chained": (
        "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('bad') from e"
    ),
    "syntax": "def f(:\n    pass",
    "traceback of a library": "import json\njson.loads('{')",
    "an exception group": "raise ExceptionGroup('g', [ValueError(1), KeyError('k')])",
    "a name that isn't there": "undefined_name",
    "a repr that fails": (
        "class Bad:\n    def __repr__(self): raise RuntimeError('no repr')\nBad()"
    ),
    "sys.exit": "sys.exit(3)",
    "an assertion": "assert x == 6, 'x is %d' % x",
    "input": "input('name? ')",
    "getpass": "import getpass\ngetpass.getpass()",
    "capture": "%%capture got\nprint('kept')\ndisplay(1)",
    "what was captured": "got.stdout, len(got.outputs)",
    "writefile": "%%writefile made.txt\nhello",
    "bash": "%%bash\ncat made.txt\necho wrong >&2",
    "a magic that isn't there": "%nosuchmagic",
    "help": "len?",
    "await": "import asyncio\nawait asyncio.sleep(0, 'awaited')",
    "asyncio.run": (
        "c = asyncio.sleep(0)\ntry:\n    asyncio.run(c)\nfinally:\n    c.close()"
    ),
    "a task": (
        "async def later():\n    await asyncio.sleep(0)\n    return 'later'\n"
        "task = asyncio.create_task(later())"
    ),
    "a task of a cell before": "await task",
    "async that fails": "async def g():\n    raise OSError('async')\nawait g()",
    "warnings": "import warnings\nwarnings.warn('careful')",
    "logging": "import logging\nlogging.warning('logged')",
    "history": "In[1], Out[1], _ih[2], _i",
    "underscore": "41",
    "underscore of the cell before": "_ + 1",
    "the shell": "type(get_ipython()).__name__, get_ipython().kernel is not None",
    "main": "__name__, type(sys.modules['__main__']).__name__",
    "a class": "import pickle\nclass C: pass\ntype(pickle.loads(pickle.dumps(C())))",
    "multiprocessing": (
        "import multiprocessing as mp\nwith mp.get_context('fork').Pool(1) as p:\n"
        "    print(p.map(abs, [-1, 2]))"
    ),
    "print from a child": (
        "p = mp.get_context('fork').Process(target=print, args=('child',))\n"
        "p.start(); p.join()"
    ),
    "tqdm": "from tqdm import tqdm\nfor _ in tqdm(range(2), bar_format='{n}'): pass",
    "pip": "%env NOT_THERE",
    "sys.path": "sys.path[-1] in ('', sys.path[0]) or True",
    "stdin": "sys.stdin.read()",
    "isatty": "sys.stdout.isatty(), sys.stdout.encoding.lower()",
    "a long line": "print('x' * 70000)",
    "a table": "import inspect\ninspect.getsource(f)",
    "doctest": (
        "def d():\n    '''\n    >>> 1 + 1\n    3\n    '''\nimport doctest\n"
        "doctest.run_docstring_examples(d, globals())"
    ),
    "post hooks": (
        "def after(*a): print('after')\n"
        "get_ipython().events.register('post_run_cell', after)"
    ),
    "unhooked": "get_ipython().events.unregister('post_run_cell', after)",
    "transformer": "%autocall 0\n%precision 2\n3.14159",
    "timeit": "%timeit -n1 -r1 -q 1",
    "capture_output": (
        "from IPython.utils.capture import capture_output\n"
        "with capture_output() as c:\n    print(1)\nc.stdout"
    ),
    "redirect": (
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as s:\n"
        "    print('caught')\ns.getvalue()"
    ),
    "excepthook in a thread": (
        "t = threading.Thread(target=lambda: 1 / 0, name='worker')\nt.start(); t.join()"
    ),
}
CHANGING = (
    (r"0x[0-9a-f]{6,}", "0x…"),
    (r"ipykernel_\d+", "ipykernel_…"),
    (r"/tmp/\S*?/(?=\d+\.py|made)", "/tmp/…/"),
    (r"/\d{5,}\.py", "/….py"),
)


def settled(value: Any) -> Any:
    """Without what differs from one run of ipykernel to the next."""
    if isinstance(value, str):
        for pattern, same in CHANGING:
            value = re.sub(pattern, same, value)
        return value
    if isinstance(value, list):
        return [settled(item) for item in value]
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items()}
    return value


def merged(outputs: list[Any]) -> list[dict[str, Any]]:
    """Between two displays, ipykernel sends a stream in pieces and loses the order."""
    found: list[dict[str, Any]] = []
    streams: dict[str, dict[str, Any]] = {}
    for output in outputs:
        one = settled(dict(output))
        if one["output_type"] == "stream":
            # Its subprocesses have a terminal, which ends lines in its own way.
            one["text"] = one["text"].replace("\r\n", "\n")
        if one["output_type"] != "stream":
            streams = {}
        elif one["name"] in streams:
            streams[one["name"]]["text"] += one["text"]
            continue
        else:
            streams[one["name"]] = one
        found.append(one)
    return found


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Outputs by ipykernel, over ZMQ and nbclient."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder = tmp_path_factory.mktemp("theirs")
    client = nbclient.NotebookClient(
        notebook,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    # ipykernel behaves otherwise when it thinks that pytest tests it.
    client.execute(env={k: v for k, v in os.environ.items() if "PYTEST" not in k})
    return {name: cell.outputs for name, cell in zip(CELLS, cells, strict=True)}


@pytest.fixture(scope="module")
def ours(server: ForkServer) -> Iterator[dict[str, Any]]:
    """Outputs by the forked kernel."""
    home = {"HOME": os.environ["HOME"]}  # tracebacks call it ~
    with Kernel(server, environment=home) as kernel:
        yield {name: kernel.run(source).outputs for name, source in CELLS.items()}


@pytest.mark.parametrize("name", CELLS)
def test_outputs_are_ipykernels(
    name: str, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """Every output of an honest cell, in its order."""
    assert merged(ours[name]) == merged(theirs[name])


def test_streams_keep_their_order(kernel: Kernel) -> None:
    """Also among each other, and with what a subprocess writes to the descriptors."""
    outputs = kernel.run(
        "import os, sys\nprint(1)\nos.system('echo 2')\nprint(3, file=sys.stderr)\n"
        "print(4)\ndisplay(5)\nos.system('echo 6 >&2')\nprint(7)"
    ).outputs
    assert texts(outputs) == ["1\n2\n", "3\n", "4\n", "5", "6\n", "7\n"]


def test_what_others_wrote_comes_before_what_follows(kernel: Kernel) -> None:
    """On the other pipe too: many times, as the grader may happen to be quick."""
    outputs = kernel.run(
        "import os\nfor _ in range(100):\n    os.write(2, b'a library\\n')\n"
        "    print('then Python')\n    os.write(2, b'again\\n')\n    display(8)"
    ).outputs
    turn = ["a library\n", "then Python\n", "again\n", "8"]
    assert texts(outputs) == 100 * turn


def texts(outputs: list[Any]) -> list[str]:
    """What outputs say, in their order."""
    return [output.get("text") or output["data"]["text/plain"] for output in outputs]
