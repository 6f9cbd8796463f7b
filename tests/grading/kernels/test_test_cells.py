"""Plain nbgrader test cells, run fail-closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel, Limits, PlainTest


@pytest.fixture
def kernel(server: ForkServer) -> Iterator[Kernel]:
    """A kernel with a right answer and a wrong one."""
    with Kernel(server, limits=Limits(total_seconds=60)) as own:
        own.run("def square(x):\n    return x * x\n\ndef wrong(x):\n    return x + x")
        yield own


TEST = "assert square(3) == 9\nassert square(-2) == 4, 'negative'"
ATTACKS = {
    "an object that equals everything": (
        "class Same:\n    def __eq__(self, other): return True\n"
        "    __hash__ = None\nsquare = lambda x: Same()"
    ),
    "a number that equals everything": (
        "class Same(int):\n    def __eq__(self, other): return True\n"
        "square = lambda x: Same(1)"
    ),
    "one that says it's an int": (
        "class Meta(type):\n    def __getattribute__(cls, n): return getattr(int, n)\n"
        "class Same(metaclass=Meta):\n    __class__ = int\n"
        "    def __eq__(self, other): return True\n"
        "Same.__module__ = 'builtins'\nsquare = lambda x: Same()"
    ),
    "mock.ANY": "from unittest import mock\nsquare = lambda x: mock.ANY",
    "a mock": (
        "from unittest import mock\nm = mock.MagicMock()\n"
        "m.__eq__.return_value = True\nsquare = lambda x: m"
    ),
    "a transformer that drops asserts": (
        "import ast\nclass Drop(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return None\n"
        "get_ipython().ast_transformers.append(Drop())\nsquare = wrong"
    ),
    "a transformer that drops cells": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: [])\n"
        "square = wrong"
    ),
    "a patched run_cell": (
        "get_ipython().run_cell = lambda *a, **k: None\nsquare = wrong"
    ),
    "patched builtins": (
        "import builtins\nsquare = wrong\nclass E(Exception): pass\n"
        "builtins.AssertionError = E\n"
        "builtins.exec = builtins.eval = lambda *a, **k: None\n"
        "builtins.compile = lambda *a, **k: None"
    ),
    "leaving early": "import os\nsquare = lambda x: os._exit(0)",
    "leaving politely": "import sys\nsquare = lambda x: sys.exit(0)",
    "a parent that answers": (
        "import os, threading, time\nsquare = lambda x: time.sleep(0.2) or os._exit(0)"
    ),
    "a tracer": (
        "import sys\ndef trace(frame, event, arg):\n    return trace\n"
        "sys.settrace(trace)\nsquare = wrong"
    ),
    "a line that is jumped over": (
        "import sys\ndef square(x):\n    def trace(frame, event, arg):\n"
        "        if event == 'line': frame.f_lineno = frame.f_lineno + 1\n"
        "        return trace\n    sys.settrace(trace)\n"
        "    sys._getframe(1).f_trace = trace\n    return 9"
    ),
    "lines to every descriptor": (
        "import os, json\ndef square(x):\n    for fd in range(3, 64):\n"
        "        for line in (['done', {}], ['done', {'nonce': ''}],\n"
        "                     ['done', {'nonce': None, 'number': 2}]):\n"
        "            try: os.write(fd, json.dumps(line).encode() + b'\\n')\n"
        "            except OSError: pass\n    os._exit(0)"
    ),
    "lines by the parent": (
        "import os, json, threading\ndef spam():\n    while True:\n"
        "        for fd in range(3, 64):\n"
        "            try: os.write(fd, b'[\"done\", {}]\\n')\n"
        "            except OSError: pass\n"
        "threading.Thread(target=spam, daemon=True).start()\nsquare = wrong"
    ),
    "a module in the way": (
        "import sys, types\nsys.modules['marshal'] = types.ModuleType('marshal')\n"
        "sys.modules['marshal'].loads = lambda b: compile('', '', 'exec')\n"
        "square = wrong"
    ),
    "a signal": (
        "import signal, os\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(0))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01)\nsquare = wrong"
    ),
    "nothing at all": "del square",
    "a wrong answer": "square = wrong",
}


def test_a_right_answer_passes(kernel: Kernel) -> None:
    """All of its points, and nothing shown."""
    finding, ran = kernel.test(TEST, 5)
    assert finding.passed and finding.share == 1.0
    assert ran.outputs == [] and ran.end == ""


@pytest.mark.parametrize("name", ATTACKS)
def test_a_wrong_answer_does_not_pass(kernel: Kernel, name: str) -> None:
    """Whatever else it does: the cells after it are judged as they deserve."""
    # Where an attack ends the kernel, what ran before it counts.
    kernel.run("square = wrong")
    kernel.run(ATTACKS[name], timeout=10)
    finding, _ = kernel.test(TEST, 5, timeout=10)
    assert not finding.passed and finding.share == 0.0


def test_the_failing_line_is_told(kernel: Kernel) -> None:
    """With its message, and the learner's own line when it's there that it broke."""
    finding, ran = kernel.test("x = 1\nassert wrong(3) == 9, 'three'", 5)
    assert (finding.exception, finding.line) == ("AssertionError", 2)
    assert finding.message == "AssertionError: three"
    assert ran.outputs[0]["traceback"][0] == "line 2: assert wrong(3) == 9, 'three'"
    kernel.run("def square(x):\n    return 1 / 0")
    _, ran = kernel.test(TEST, 5)
    assert "  in square, line 2: return 1 / 0" in ran.outputs[0]["traceback"]


def test_a_hidden_line_is_not_shown(kernel: Kernel) -> None:
    """What a learner gets to read doesn't say which case it was."""
    source = (
        "assert True\n### BEGIN HIDDEN TESTS\nassert wrong(12) == 144\n"
        "### END HIDDEN TESTS"
    )
    test = PlainTest(source, 5, released="assert True")
    kernel.begin(test)
    ran = kernel.finish(test)
    assert "144" not in str(ran.outputs) and "hidden" in str(ran.outputs)


def test_the_kernel_never_sees_a_test(kernel: Kernel) -> None:
    """Neither its source nor its names are there for the cells that follow."""
    kernel.test("secret_case = 12\nassert square(secret_case) == 144", 5)
    ran = kernel.run("'secret_case' in globals() or any('144' in i for i in In[:-1])")
    assert ran.outputs[0]["data"]["text/plain"] == "False"


@pytest.mark.parametrize(
    ("last", "share"),
    [
        ("2", 0.4),
        ("2.5", 0.5),
        ("0", 0.0),
        ("5", 1.0),
        ("None", 1.0),
        ("'a text'", 1.0),
        ("square(2);", 1.0),
        ("float('nan')", 0.0),
        ("float('inf')", 0.0),
        ("-1", 0.0),
        ("6", 0.0),
        ("type('Five', (int,), {})(5)", 0.0),
        ("type('Five', (), {'__float__': lambda self: 5.0})()", 0.0),
        ("__import__('decimal').Decimal('2.5')", 0.5),
    ],
)
def test_partial_credit_is_an_honest_number(
    kernel: Kernel, last: str, share: float
) -> None:
    """Between nothing and all; what is no number counts as all, as in nbgrader."""
    finding, _ = kernel.test(f"x = 1\n{last}", 5)
    assert finding.share == share and finding.passed == (share > 0)


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("class V:\n  def __init__(s, x): s.x = x\n"
         "  def __eq__(s, o): return s.x == o.x", "assert V(1) == V(1) != V(2)"),
        ("from typing import NamedTuple\nclass P(NamedTuple):\n  x: int",
         "assert P(1) == (1,)"),
        ("import enum\nclass E(enum.IntEnum):\n  A = 1", "assert E.A == 1"),
        ("import numpy as np\na = np.array([1, 2])", "assert (a == [1, 2]).all()"),
        ("f = lambda: {'a': [1, {2}]}", "assert f() == {'a': [1, {2}]}"),
        ("f = lambda: 2", "assert 1 < f() < 3 and f() in (1, 2) and f() is not None"),
        ("sum = 5\nlist = [1]", "assert list == [1] or len(str(sum(range(3)))) == 1"),
        ("async def g(): return 3", "assert await g() == 3"),
        ("f = print", "import io, contextlib\nwith contextlib.redirect_stdout("
         "io.StringIO()) as s:\n  f('x')\nassert s.getvalue() == 'x\\n'"),
        ("f = lambda x: int(x)", "try:\n  f('a')\nexcept ValueError:\n  pass\n"
         "else:\n  raise AssertionError('no error')"),
        ("import warnings, logging", "warnings.warn('w')\nlogging.warning('l')"),
        ("x = 1", "def helper(n: int | None = None) -> list[int]:\n"
         "  return [i for i in range(n) if isinstance(i, (int, float))]\n"
         "assert helper(2) == [0, 1]"),
        ("x = 1", "%precision 3\nassert x == 1"),
        ("class C:\n  def __init__(s): s.items = {}", "c = C()\nassert c.items == {}"),
    ],
)  # fmt: skip
def test_an_honest_answer_loses_nothing(kernel: Kernel, answer: str, test: str) -> None:
    """Types of the learner's, warnings, names of builtins, what tests are made of."""
    assert kernel.run(answer).end == ""
    finding, _ = kernel.test(test, 5)
    assert finding.passed, finding.message


COUNTING = """\
points = 0
if square(3) == 9:
    points += 2
if square(-2) == 4:
    points += 3
points
"""


@pytest.mark.parametrize(
    "value", ["5", "True", "'5'", "None", "float('nan')", "-1", "10**400", "object()"]
)
def test_points_are_counted_out_of_reach(kernel: Kernel, value: str) -> None:
    """Neither the caller's globals nor a thread reaches the counter of a test cell."""
    kernel.run(
        "import sys, threading, time\n"
        "def square(x):\n"
        "    names = sys._getframe(1).f_globals\n"
        "    def press():\n"
        f"        for _ in range(1000): names['points'] = {value}\n"
        "    threading.Thread(target=press).start()\n"
        "    press()\n"
        "    sys._getframe(1).f_locals['points'] = 5\n"
        "    return 0"
    )
    finding, _ = kernel.test(COUNTING, 5)
    assert not finding.passed and finding.share == 0.0


@pytest.mark.parametrize(
    ("test", "share"),
    [
        (COUNTING, 1.0),
        ("points = 0\npoints += 'no number'", 0.0),
        ("points = 0\npoints = 'no number'\npoints", 0.0),
        ("points: int = 0\npoints += 1\npoints / 2", 0.1),
        ("def ask(): return 2\npoints = 0\npoints += by_name()\npoints", 0.4),
        ("points = 0\nfor points in (1, 2): pass\nimport math\npoints", 0.4),
        ("points = 0\ndef add():\n  global points\n  points += 1\nadd()\npoints", 0.2),
        ("points = 0\npoints += [points + 1 for _ in 'ab'][0]\npoints", 0.2),
        ("points = 0\nasync def two(): return 2\npoints += await two()\npoints", 0.4),
        ("points = 0\nimport asyncio\nasync def two(): return 2\n"
         "points += asyncio.run(two())\npoints", 0.4),
        ("from math import *\npoints = 0\npoints += floor(2.5)\npoints", 0.4),
    ],
)  # fmt: skip
def test_points_are_counted(kernel: Kernel, test: str, share: float) -> None:
    """However a cell counts; its other names are there for the learner's functions."""
    kernel.run("def by_name(): return ask()")
    finding, _ = kernel.test(test, 5)
    assert finding.share == share, finding.message


def test_a_builtin_may_be_the_exercise(kernel: Kernel) -> None:
    """Where learners are to write their own `round`, theirs is tested."""
    kernel.run("def round(x): return 'mine'")
    test = "assert round(1.5) == 'mine'"
    assert not kernel.test(test, 5)[0].passed
    assert kernel.test(test, 5, learners={"round"})[0].passed


def test_a_comparison_of_its_own_may_hide_in_a_list(kernel: Kernel) -> None:
    """Nested values decide for themselves just as well."""
    kernel.run("class Same:\n  def __eq__(s, o): return True\n  __hash__ = None")
    for value, expected in (
        ("[Same()]", "[9]"),
        ("{'a': (Same(),)}", "{'a': (9,)}"),
        ("[[Same()]]", "[[9]]"),
    ):
        assert not kernel.test(f"assert {value} == {expected}", 5)[0].passed
    assert not kernel.test("assert 9 in [Same()]", 5)[0].passed


def test_what_a_test_shows_is_kept(kernel: Kernel) -> None:
    """Streams and displays of the fork are the cell's outputs."""
    _, ran = kernel.test("print('said')\ndisplay({'text/plain': 'p'}, raw=True)", 5)
    assert [output["output_type"] for output in ran.outputs] == [
        "stream",
        "display_data",
    ]


def test_a_test_that_takes_too_long_leaves_the_kernel_alive(kernel: Kernel) -> None:
    """Only the fork is killed."""
    kernel.run("def square(x):\n    while True: pass")
    finding, ran = kernel.test(TEST, 5, timeout=0.3)
    assert ran.end == "timeout" and not finding.passed
    assert kernel.deaths == 0
    assert kernel.test("assert wrong(1) == 2", 5)[0].passed


def test_a_test_runs_after_its_kernel_has_died(kernel: Kernel) -> None:
    """In the next one, in which the answers are there again."""
    kernel.run("import os; os._exit(1)")
    assert kernel.test(TEST, 5)[0].passed
