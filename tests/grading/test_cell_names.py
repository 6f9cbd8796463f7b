"""What a cell binds, changes and reads."""

from __future__ import annotations

import pytest

from grader.grading.cell_names import Names, names


def _reads(source: str) -> set[str]:
    return set(names(source).reads)


@pytest.mark.parametrize(
    ("source", "binds"),
    [
        ("a = b = 1", {"a", "b"}),
        ("(a, [b, *c]) = d", {"a", "b", "c"}),
        ("a: int = 1", {"a"}),
        ("a: int", set()),
        ("a += 1", {"a"}),
        ("def f(x): y = 1", {"f"}),
        ("async def f(): pass", {"f"}),
        ("class A:\n    x = 1", {"A"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b as c", {"c"}),
        ("with open(p) as f:\n    text = f.read()", {"f", "text"}),
        ("if x:\n    a = 1", set()),
        ("[a for a in b]", set()),
    ],
)
def test_what_a_cell_always_binds(source: str, binds: set[str]) -> None:
    """Assignments, imports and definitions; not what only some runs bind."""
    assert set(names(source).binds) == binds


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("a.b = 1", {"a"}),
        ("a['b'].c[1] += 1", {"a"}),
        ("del a.b", {"a"}),
        ("del a", {"a"}),
        ("a.append(1)", {"a"}),
        ("a['b'].update(c=1)", {"a"}),
        ("a.invoke(1)", set()),
        ("for a in b:\n    c = a", {"a", "c"}),
        ("if (a := f()):\n    b = 1\nelse:\n    c = 1", {"a", "b", "c"}),
        (
            "try:\n    a = 1\nexcept E as e:\n    b = 1\nfinally:\n    c = 1",
            set("aebc"),
        ),
        ("match a:\n    case [b, *c]:\n        d = 1", {"b", "c", "d"}),
        ("def f():\n    global a\n    a = 1", {"a"}),
        ("print(a := 1)", {"a"}),
    ],
)
def test_what_a_cell_may_change(source: str, changes: set[str]) -> None:
    """Parts of values, methods of containers, and bindings in branches."""
    assert names(source).changes == changes


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("a = b", {"b"}),
        ("a = 1\nprint(a)", set()),
        ("print(a)\na = 1", {"a"}),
        ("a = a + 1", {"a"}),
        ("a += 1", {"a"}),
        ("for a in b:\n    print(a, c)", {"b", "c"}),
        ("for a in b:\n    pass\nprint(a)", {"a", "b"}),
        ("[a + c for a in b if d]", {"b", "c", "d"}),
        ("try:\n    f()\nexcept E as e:\n    print(e)", {"f", "E"}),
        ("def f(x=a):\n    return b", {"a"}),
        ("@a\ndef f(): pass", {"a"}),
        ("class A(B):\n    x = c", {"B", "c"}),
        ("f'{a!r:{b}}'", {"a", "b"}),
        ("await a", {"a"}),
        ("print(len(a))", {"a"}),
        ("%timeit f(a)", {"f", "a", "timeit"}),
    ],
)
def test_what_a_cell_reads_while_it_runs(source: str, reads: set[str]) -> None:
    """Names of the notebook, unless the cell has bound them before."""
    assert _reads(source) - {"get_ipython", "run_line_magic"} == reads


def test_what_functions_read_is_told_apart() -> None:
    """They may be called at any time; their own names are nobody's business."""
    source = "def f(a):\n    b = a\n    return [g(b, c) for c in d]"
    assert names(source).calls == {"g", "d"}
    assert names("f = lambda a: a + b").calls == {"b"}
    assert names("b = 1\nf = lambda a: a + b").calls == set()


@pytest.mark.parametrize(
    "source",
    [
        *("f(", "from a import *", "%matplotlib inline", "!ls", "a\0b", "(" * 500),
        *("a" + ".b" * 5000, "a = 1\n" * 20_000),
    ],
)
def test_what_nobody_can_tell_is_opaque(source: str) -> None:
    """Broken cells, magics and star imports may bind anything."""
    assert names(source).opaque


@pytest.mark.parametrize("source", ["globals()", "eval(text)", "print(_)", "In[3]"])
def test_a_cell_may_read_everything(source: str) -> None:
    """Then nothing can be left out."""
    assert names(source).reads_all


def test_no_output_of_a_cell_is_not_the_last_one() -> None:
    """A loop's `_` is its own."""
    assert names("for _ in range(3):\n    print(_)") == Names(changes=frozenset({"_"}))
