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
import __future__

import ast
import builtins
import marshal
import warnings
from collections.abc import Collection
from typing import Any

from grader.grading.cell_syntax import lines
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
    borrowed: str = "",
) -> tuple[bytes, ...]:
    """The marshalled code of a test cell; in two parts where some of it is hidden.

    Args:
        nonce: nobody knows it before the cell has run to its end.
        learners: names of builtins that the exercise has learners define themselves.
        hidden: the lines of `plain` that learners don't have; 1 is the first.
        borrowed: statements that run ahead of what is hidden, each as far as it gets.

    Raises:
        SyntaxError: the test cell itself is wrong.
    """
    tree = ast.parse(plain(source), FILENAME)
    flags = _future(tree)
    _lend(tree, borrowed, hidden)
    stored = bound_names(tree)
    counting = set() if points.needs_globals(tree) else points.counters(tree)
    _Hardened(_BUILTINS - stored - set(learners)).visit(tree)
    last = tree.body[-1] if tree.body else None
    value: ast.expr = ast.Constant(None)
    if isinstance(last, ast.Expr) and has_value(source):
        tree.body.pop()
        value = last.value
    report = ast.Expr(_call(REPORT, ast.Constant(nonce), value))
    tree.body.append(ast.copy_location(report, last) if last else report)
    ast.fix_missing_locations(tree)
    parts = _parted(tree, hidden)
    if len(parts) > 1:
        first, second = parts
        _hand_over(first, second, sorted(counting & bound_names(first)))
    local = [points.kept_local(part, counting, stored) for part in parts]
    return tuple(loadable(part, flags) for part in local)


def _future(tree: ast.Module) -> int:
    """Take what comes `from __future__` out: as the compiler's flags, it's for all."""
    flags = 0
    for statement in tree.body.copy():
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            tree.body.remove(statement)
            for feature in statement.names:
                flags |= getattr(__future__, feature.name).compiler_flag
    return flags


def loadable(tree: ast.Module, flags: int = 0) -> bytes:
    """The marshalled code of a tree; `flags` are more of the compiler's."""
    ast.fix_missing_locations(tree)
    with warnings.catch_warnings():
        # A constant that is called looks like a missing comma.
        warnings.simplefilter("ignore", SyntaxWarning)
        flags |= TOP_LEVEL_AWAIT
        code = compile(tree, FILENAME, "exec", flags, dont_inherit=True)
    return marshal.dumps(code)


def _parted(tree: ast.Module, hidden: Collection[int]) -> tuple[ast.Module, ...]:
    """What comes before the first statement with a hidden line, and the others."""
    at = _first(tree, hidden)
    if at is None:
        return (tree,)
    return ast.Module(tree.body[:at], []), ast.Module(tree.body[at:], [])


def _first(tree: ast.Module, hidden: Collection[int]) -> int | None:
    """Where the first statement with a hidden line is."""
    for at, statement in enumerate(tree.body):
        if hidden and any(line in hidden for line in lines(statement)):
            return at
    return None


def _lend(tree: ast.Module, borrowed: str, hidden: Collection[int]) -> None:
    """Put statements of other cells ahead of what is hidden, on its first line."""
    at = _first(tree, hidden)
    if at is None:
        return
    line = min(hidden)
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    lent: list[ast.stmt] = [
        ast.Try([statement], [handler], [], [])
        for statement in ast.parse(borrowed).body
    ]
    for statement in lent:
        ast.fix_missing_locations(statement)
        for node in ast.walk(statement):
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler):
                node.lineno = node.end_lineno = line
    tree.body[at:at] = lent


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
    return bool(points.counters(ast.parse(plain(source), FILENAME)))


def has_value(source: str) -> bool:
    """Whether a test cell's last line is an expression, which may be worth points."""
    body = ast.parse(plain(source), FILENAME).body
    shown = not source.rstrip().endswith(";")
    return bool(body) and isinstance(body[-1], ast.Expr) and shown


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


def plain(source: str) -> str:
    """Without the shell's own syntax; IPython is asked only where it may be meant."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        manager: Any = TransformerManager
        text: str = manager().transform_cell(source)
        return text
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
