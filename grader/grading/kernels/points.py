"""Test cells that count points: their counters are out of a learner's reach.

Such a cell begins with `points = 0` and ends with `points`. What the learner's function
finds in its caller's globals isn't the counter then, and only a number is points.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_FUNCTION = "test"
# They look at names by their text, which a local name hasn't.
_BY_TEXT = frozenset({"exec", "eval", "globals", "locals", "vars", "get_ipython"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def counters(tree: ast.Module) -> set[str]:
    """The names that a cell sets to a number and that its last line makes points of."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return set()
    read = {node.id for node in ast.walk(tree.body[-1]) if isinstance(node, ast.Name)}
    return read & set(_numbered(tree))


def kept_local(tree: ast.Module, names: Collection[str], bound: set[str]) -> ast.Module:
    """The cell as a function whose only local names are the counters.

    Args:
        names: the counters.
        bound: every name that the cell binds.
    """
    if not names or not tree.body:
        return tree
    others = sorted(bound - set(names))
    body: list[ast.stmt] = [ast.Global(others)] if others else []
    make: type[ast.FunctionDef] | type[ast.AsyncFunctionDef] = ast.FunctionDef
    call: ast.expr = ast.Call(ast.Name(_FUNCTION, ast.Load()), [], [])
    if _awaits(tree):
        make, call = ast.AsyncFunctionDef, ast.Await(call)
    nothing = ast.arguments(
        posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    function = make(
        name=_FUNCTION, args=nothing, body=[*body, *tree.body], decorator_list=[]
    )
    return ast.Module([function, ast.Expr(call)], [])


def _numbered(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Constant(value=int() | float())
            ):
                yield name
            case ast.AnnAssign(
                target=ast.Name(id=name), value=ast.Constant(value=int() | float())
            ):
                yield name


def needs_globals(tree: ast.Module) -> bool:
    """Whether a cell works with its names in ways that local ones don't allow."""
    for node in ast.walk(tree):
        match node:
            case ast.Global() | ast.Nonlocal():
                return True
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return True
            case ast.Name(id=name) if name in _BY_TEXT:
                return True
    return False


def _awaits(node: ast.AST) -> bool:
    """Whether code awaits something itself, and not only in functions that it makes."""
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    return any(
        _awaits(child)
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, _SCOPES)
    )
