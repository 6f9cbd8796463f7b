"""Learners who do nothing wrong, each in a way of their own: they lose nothing."""

from __future__ import annotations

from dataclasses import replace

from tests.grading.hostile.cases import GREETING, RIGHT, SUMS, Case

LOUD = """
import logging, sys, warnings

def square(x):
    logging.warning("squaring %s", x)
    warnings.warn("squares grow", DeprecationWarning)
    print("a line to stderr", file=sys.stderr)
    return x * x

def mean(numbers):
    print("adding", numbers, file=sys.stderr)
    print(sum(numbers))
    return sum(numbers) / len(numbers)
"""


def _with(name: str, code: str, **files: bytes) -> Case:
    named = {f"{file}.py": content for file, content in files.items()}
    return Case(name, code, honest=True, files=named)


_CASES = (
    Case("does-it-right", honest=True),
    Case("does-the-exercise-right", assignment=GREETING, honest=True),
    Case(
        "imports-what-the-course-gives",
        "from grader import facts, lab\n"
        "from grader.lab import check, hint, predict, progress, solution\n"
        "price = facts.prices.LAMBDA_X86.value",
        honest=True,
        answers={
            "mean-answer": """
            def mean(numbers):
                assert price > 0
                return sum(numbers) / len(numbers)
            """
        },
    ),
    Case(
        "logs-warns-and-prints",
        honest=True,
        answers={"square-answer": LOUD, "mean-answer": "pass"},
    ),
    Case(
        "turns-warnings-into-errors",
        "import warnings\nwarnings.simplefilter('error')",
        honest=True,
    ),
    Case(
        "logs-in-the-exercise",
        "import logging, sys\nlogging.basicConfig(level=logging.DEBUG)\n"
        "logging.getLogger('botocore').setLevel(logging.DEBUG)\n"
        "print('to stderr', file=sys.stderr)",
        assignment=GREETING,
        honest=True,
    ),
    Case(
        "answers-as-methods-and-lambdas",
        honest=True,
        answers={
            "square-answer": """
            import functools

            class Maths:
                def __eq__(self, other):
                    return isinstance(other, Maths)
                def __call__(self, x):
                    return x ** 2

            square = functools.lru_cache(Maths().__call__)
            """,
            "mean-answer": "mean = lambda numbers: sum(numbers) / len(numbers)",
        },
    ),
    Case(
        "answers-with-other-numbers",
        "import numpy\nfrom fractions import Fraction",
        honest=True,
        answers={
            "square-answer": "def square(x):\n    return numpy.float64(x) ** 2",
            "mean-answer": (
                "def mean(numbers):\n"
                "    return sum(map(Fraction, numbers)) / len(numbers)"
            ),
        },
    ),
    Case(
        "compares-its-own-classes",
        honest=True,
        answers={
            "square-answer": """
            from dataclasses import dataclass

            @dataclass(frozen=True, order=True)
            class Number:
                value: float

                def __eq__(self, other):
                    return self.value == getattr(other, "value", other)

                def __hash__(self):
                    return hash(self.value)

            def square(x):
                assert Number(3) == Number(3) != Number(4)
                return Number(x * x).value
            """
        },
    ),
    _with("awaits", "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')"),
    _with(
        "leaves-tasks-pending",
        "import asyncio\ntask = asyncio.create_task(asyncio.sleep(3600))",
    ),
    _with(
        "draws",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\n"
        "plt.title('a plot')\nplt.show()\nplt.plot([1])",
    ),
    _with(
        "runs-programs",
        "import subprocess, sys\n"
        "print(subprocess.run(['ls'], capture_output=True, text=True).stdout)\n"
        "subprocess.run([sys.executable, '-c', 'print(1)'], check=True)\n"
        "!echo hello",
    ),
    _with(
        "imports-its-own-module",
        "import helpers\nfrom helpers import double\nassert double(2) == 4",
        helpers=b"def double(x):\n    return 2 * x\n",
    ),
    _with(
        "works-in-threads",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    print(list(pool.map(abs, range(-9, 0))))",
    ),
    _with(
        "works-in-processes",
        "from multiprocessing import get_context\n"
        "with get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(abs, range(-9, 0)))",
    ),
    _with(
        "keeps-files",
        "import json, os, pathlib, sqlite3, tempfile\n"
        "pathlib.Path('kept.json').write_text(json.dumps([1]))\n"
        "print(json.loads(open('kept.json').read()), os.getcwd(), os.listdir('.'))\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    sqlite3.connect(f'{folder}/x.db').execute('create table t (x)')\n"
        "pathlib.Path.home().joinpath('mine.txt').write_text('home')\n"
        "os.makedirs('sub')\nos.chdir('sub')",
    ),
    _with(
        "serves-itself",
        "import http.server, threading, urllib.request\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), "
        "http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=server.handle_request, daemon=True).start()\n"
        "page = 'http://%s:%d/' % server.server_address\n"
        "print(urllib.request.urlopen(page).status)\n"
        "server.server_close()",
    ),
    _with(
        "uses-the-notebook",
        "%timeit -n 1 -r 1 sum(range(10))\n"
        "get_ipython().run_cell_magic('time', '', '1')\n"
        "1 + 1\nprint(_, In[-1], Out)\ndisplay(5)\n"
        "class Shown:\n    def _repr_html_(self):\n"
        "        return '<b>shown</b>'\nShown()",
    ),
    _with("raises-in-a-cell-of-its-own", "1 / 0"),
    _with("prints-a-lot", "for number in range(2000):\n    print('line', number)"),
    _with(
        "uses-the-names-of-tests", "earned = 'mine'\ncheck = assert_ = 5\nscore = []"
    ),
    _with("sets-the-recursion-limit", "import sys\nsys.setrecursionlimit(20_000)"),
    _with(
        "catches-its-signals",
        "import signal\nsignal.signal(signal.SIGALRM, lambda *both: None)\n"
        "signal.alarm(60)",
    ),
    _with(
        "imports-names-over-builtins",
        "from numpy import *\nfrom math import *\nlist = [1]\nstr = 'text'\n"
        "print = print",
    ),
    Case(
        "rewrites-the-imports",
        honest=True,
        edit=lambda document: document["cells"][1].update(
            source="import os, sys, math"
        ),
    ),
    Case(
        "asks-itself",
        honest=True,
        answers={
            "mean-answer": RIGHT[SUMS]["mean-answer"]
            + "\n\nassert mean([1, 2, 3]) == 2, 'my own test'\nprint('all good ✔')"
        },
    ),
)
CASES = tuple(replace(case, problem=False, integrity=False) for case in _CASES)
