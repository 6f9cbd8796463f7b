"""Compiling a plain nbgrader test cell on our side, so that it means what it says.

What is compiled here runs beside the learner's code, and is hardened against it:

* `assert` and the names of builtins mean Python's own, whatever a learner assigned;
* a comparison whose one side brings its own idea of equality fails;
* the counter of a cell that counts points is a name of its own (see `points`);
* what comes after the last line proves that it ran, and takes the cell's value.

From the first statement with a hidden line on, a cell is code of its own, which nobody
has before it is time; the counters go over from one part to the other.

The real objects take the places of constants when the code is loaded (`marked`), so
that there is no name under which a learner could replace them.
"""

from __future__ import annotations

import ast
import builtins
import marshal
import warnings
from collections.abc import Collection
from typing import Any

from grader.grading.kernels import points
from grader.grading.kernels.marks import COMPARE, KEEP, KEPT, REPORT, marked

TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
FILENAME = "<test>"
"""What a traceback calls the cell; no source is to be found under it."""
_SYMBOLS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_BUILTINS = frozenset(dir(builtins)) - {"__debug__", "None", "True", "False"}


def compiled(
    source: str,
    *,
    nonce: str,
    learners: Collection[str] = (),
    hidden: Collection[int] = (),
) -> tuple[bytes, ...]:
    """The marshalled code of a test cell; in two parts where some of it is hidden.

    Args:
        nonce: nobody knows it before the cell has run to its end.
        learners: names of builtins that the exercise has learners define themselves.
        hidden: the lines that learners don't have; 1 is the first.

    Raises:
        SyntaxError: the test cell itself is wrong.
    """
    tree = ast.parse(_plain(source), FILENAME)
    stored = bound_names(tree)
    counting = set() if points.needs_globals(tree) else points.counters(tree)
    _Hardened(_BUILTINS - stored - set(learners)).visit(tree)
    last = tree.body[-1] if tree.body else None
    value: ast.expr = ast.Constant(None)
    if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
        tree.body.pop()
        value = last.value
    report = ast.Expr(_call(REPORT, ast.Constant(nonce), value))
    tree.body.append(ast.copy_location(report, last) if last else report)
    ast.fix_missing_locations(tree)
    parts = _parted(tree, hidden)
    if len(parts) > 1:
        first, second = parts
        _hand_over(first, second, sorted(counting & bound_names(first)))
    return tuple(loadable(points.kept_local(part, counting, stored)) for part in parts)


def loadable(tree: ast.Module) -> bytes:
    """The marshalled code of a tree."""
    ast.fix_missing_locations(tree)
    with warnings.catch_warnings():
        # A constant that is called looks like a missing comma.
        warnings.simplefilter("ignore", SyntaxWarning)
        code = compile(tree, FILENAME, "exec", TOP_LEVEL_AWAIT, dont_inherit=True)
    return marshal.dumps(code)


def _parted(tree: ast.Module, hidden: Collection[int]) -> tuple[ast.Module, ...]:
    """What comes before the first statement with a hidden line, and the others."""
    for at, statement in enumerate(tree.body):
        if hidden and any(line in hidden for line in _lines(statement)):
            before, after = tree.body[:at], tree.body[at:]
            return ast.Module(before, []), ast.Module(after, [])
    return (tree,)


def _lines(statement: ast.stmt) -> range:
    """Those that a statement is on; a decorator stands above its function."""
    starts = [node.lineno for node in ast.walk(statement) if isinstance(node, ast.expr)]
    last = statement.end_lineno or statement.lineno
    return range(min([statement.lineno, *starts]), last + 1)


def _hand_over(first: ast.Module, second: ast.Module, counters: list[str]) -> None:
    """Give the second of two parts the counters of the first."""
    if counters:
        keep = _call(KEEP, *(ast.Name(name, ast.Load()) for name in counters))
        names = ast.Tuple(
            [ast.Name(name, ast.Store()) for name in counters], ast.Store()
        )
        first.body.append(ast.Expr(keep))
        second.body.insert(0, ast.Assign([names], _call(KEPT)))


def counts_points(source: str) -> bool:
    """Whether the value of a test cell's last line is a number of points."""
    return bool(points.counters(ast.parse(_plain(source), FILENAME)))


def bound_names(tree: ast.AST) -> set[str]:
    """Every name that a piece of code binds, at whatever level."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.arg(arg=name):
                found.add(name)
            case ast.alias(name=name, asname=other):
                found.add(other or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found


def _plain(source: str) -> str:
    """Without the shell's own syntax; IPython is asked only where it may be meant."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        manager: Any = TransformerManager
        plain: str = manager().transform_cell(source)
        return plain
    return source


class _Hardened(ast.NodeTransformer):
    def __init__(self, ours: Collection[str]) -> None:
        self._ours = ours
        """Builtins that are Python's own here."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._ours:
            return ast.copy_location(ast.Constant(marked(node.id)), node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        symbols = " , ".join(_SYMBOLS[type(each)] for each in node.ops)
        operands = (node.left, *node.comparators)
        return ast.copy_location(_call(COMPARE, ast.Constant(symbols), *operands), node)


def _call(name: str, *arguments: Any) -> ast.Call:
    return ast.Call(ast.Constant(marked(name)), list(arguments), [])
