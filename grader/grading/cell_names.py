"""Which names of the notebook a cell binds, changes and reads, by its syntax alone."""

from __future__ import annotations

import ast
import builtins
import functools
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.grading.cell_syntax import text_and_tree

_EVERYTHING = frozenset(
    {"globals", "locals", "vars", "eval", "exec", "In", "Out"}
    | {"_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh"}
)
_CHANGES = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem"}
    | {"remove", "reverse", "setdefault", "sort", "update"}
)
"""Methods of lists, dicts and sets that change what their name stands for."""
_SHELL = "get_ipython"
_BUILTINS = frozenset(dir(builtins)) - _EVERYTHING
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_AT_ONCE = ("listcomp", "setcomp", "dictcomp", "genexpr")


@dataclass(frozen=True)
class Names:
    """The names of one cell that others may have to do with."""

    binds: Mapping[str, str | None] = field(default_factory=dict)
    """Those it binds whenever it runs; for an import also what is imported."""
    defines: frozenset[str] = frozenset()
    """Those among them that are functions and classes."""
    changes: frozenset[str] = frozenset()
    """Those it may bind, or whose value it may change."""
    reads: frozenset[str] = frozenset()
    """Those it reads while it runs, before it binds them itself."""
    calls: frozenset[str] = frozenset()
    """Those that its functions read, which may be called at any time."""
    uses: frozenset[str] = frozenset()
    """The same, with those that the cell binds itself."""
    opaque: bool = False
    """Nobody can tell what it binds: a magic, a star import, no Python."""
    reads_all: bool = False
    """It may read whatever there is."""


@functools.lru_cache(maxsize=4096)
def names(source: str) -> Names:
    """The names in a cell's source."""
    found = text_and_tree(source)
    if found is None:
        return Names(opaque=True)
    try:
        return _names(*found)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(opaque=True)


def _names(text: str, tree: ast.Module) -> Names:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scopes = symtable.symtable(text, "cell", "exec")
    walk = _Walk()
    walk.all_of(tree.body)
    inner = frozenset(_inner(scopes, reads=True))
    walk.changes |= set(_inner(scopes, reads=False))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if _SHELL in used:
        # A magic may use any name that stands in its text.
        walk.reads |= set(_words(tree)) - walk.binds.keys()
    return Names(
        binds=walk.binds,
        defines=frozenset(walk.defines),
        changes=frozenset(walk.changes - walk.binds.keys()),
        reads=frozenset(walk.reads) - _BUILTINS,
        calls=inner - walk.binds.keys() - _BUILTINS,
        uses=inner - _BUILTINS,
        opaque=walk.star or _SHELL in used,
        reads_all=bool((walk.reads | inner) & _EVERYTHING),
    )


class _Walk:
    """The statements of a cell, in the order in which they run."""

    def __init__(self) -> None:
        self.binds: dict[str, str | None] = {}
        self.defines: set[str] = set()
        self.changes: set[str] = set()
        self.reads: set[str] = set()
        self.star = False

    def all_of(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._one(statement)

    def _one(self, statement: ast.stmt) -> None:
        match statement:
            case ast.With() | ast.AsyncWith():
                # Its body runs once, like statements of the cell itself.
                self._nodes(statement.items)
                self.binds |= dict.fromkeys(_stored(statement.items))
                self.all_of(statement.body)
            case ast.For() | ast.AsyncFor():
                self._nodes([statement.iter])
                self._branch(statement.body, _stored([statement.target]))
                self._branch(statement.orelse)
            case ast.If() | ast.While():
                self._nodes([statement.test])
                self._branch(statement.body)
                self._branch(statement.orelse)
            case ast.Try() | ast.TryStar():
                self._branch([*statement.body, *statement.orelse])
                for handler in statement.handlers:
                    self._nodes(filter(None, [handler.type]))
                    self._branch(handler.body, filter(None, [handler.name]))
                self._branch(statement.finalbody)
            case ast.Match():
                self._nodes([statement.subject])
                for case in statement.cases:
                    bound = set(_stored([case.pattern]))
                    self._nodes(filter(None, [case.guard]))
                    self._branch(case.body, bound)
            case _:
                self._simple(statement)

    def _branch(self, body: Iterable[ast.stmt], bound: Iterable[str] = ()) -> None:
        """Statements that may run: what they bind is bound in them, and maybe after."""
        before = self.binds
        self.binds = {**before, **dict.fromkeys(bound)}
        self.all_of(body)
        self.changes |= self.binds.keys() - before.keys()
        self.binds = before

    def _simple(self, statement: ast.stmt) -> None:
        self._nodes([statement])
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self._imports(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            if statement.value is not None:
                self.binds |= dict.fromkeys(_stored([statement]))
        elif isinstance(
            statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            self.binds[statement.name] = None
            self.defines.add(statement.name)

    def _nodes(self, nodes: Iterable[ast.AST]) -> None:
        """Note what these read and change as they run, function bodies left out."""
        nodes = list(nodes)
        self.changes |= {*_stored(nodes), *_changed(nodes)}
        for node in _running(nodes):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if node.id not in self.binds:
                    self.reads.add(node.id)
            elif isinstance(node, ast.AugAssign):
                self.reads |= set(_owner(node.target)) - self.binds.keys()

    def _imports(self, statement: ast.Import | ast.ImportFrom) -> None:
        for alias in statement.names:
            if alias.name == "*":
                self.star = True
            elif isinstance(statement, ast.ImportFrom):
                name = alias.asname or alias.name
                self.binds[name] = f"{statement.module}:{alias.name}"
            else:
                name = alias.asname or alias.name.partition(".")[0]
                self.binds[name] = alias.name


def _running(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that run at once: of functions only decorators and defaults."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _COMPREHENSIONS):
            yield from _outside(node)
            continue
        yield node
        if isinstance(node, _FUNCTIONS):
            arguments = node.args
            waiting += [*arguments.defaults, *filter(None, arguments.kw_defaults)]
            waiting += getattr(node, "decorator_list", [])
        else:
            waiting += ast.iter_child_nodes(node)


def _outside(comprehension: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a comprehension but for the names that are its own."""
    parts = list(ast.iter_child_nodes(comprehension))
    own = {
        node.id
        for part in parts
        if isinstance(part, ast.comprehension)
        for node in ast.walk(part.target)
        if isinstance(node, ast.Name)
    }
    for node in _running(parts):
        if not (isinstance(node, ast.Name) and node.id in own):
            yield node


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in _running(nodes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (
                alias.asname or alias.name.partition(".")[0] for alias in node.names
            )
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            yield from filter(None, [node.name])


def _changed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names whose value an assignment to a part, or a method, changes."""
    for node in _running(nodes):
        if isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Store | ast.Del):
                yield from _owner(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _CHANGES:
            yield from _owner(node.func)


def _owner(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _inner(scope: symtable.SymbolTable, *, reads: bool) -> Iterator[str]:
    """The notebook's names that functions and classes in a cell read, or bind."""
    for child in scope.get_children():
        is_function = child.get_name() not in _AT_ONCE or scope.get_type() != "module"
        for symbol in child.get_symbols() if is_function else ():
            used = symbol.is_referenced() if reads else symbol.is_assigned()
            if symbol.is_global() and used:
                yield symbol.get_name()
        yield from _inner(child, reads=reads)


def _words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"[^\W\d]\w*", node.value)
