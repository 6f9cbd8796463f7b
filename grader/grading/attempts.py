"""What a submission's code names that no exercise needs.

Information for the instructor and never a verdict: none of it works, and a learner may
name such a thing out of curiosity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.grading.cell_syntax import parsed
from grader.grading.graded import Note
from grader.grading.repairing import RepairedCell

_TEXTS = {
    "gradebook.db": "the gradebook",
    "solutions/": "the folder of solutions",
    "/submitted/": "other submissions",
    "/_lab/verdicts": "the examiner's verdicts",
    "/_lab/": "the lab's own interface",
    "!!python/": "programs in a template",
    "docker.sock": "programs outside",
    "LAB_VERDICT_TOKEN": "the examiner's verdicts",
    "/proc/1/": "other processes",
    "grader.checks": "the checks",
}
"""Parts of texts in the code, and what they stand for."""
_NAMES = {
    "input_transformers_cleanup": "touches how cells are read",
    "input_transformers_post": "touches how cells are read",
    "ast_transformers": "touches how cells are compiled",
    "run_cell": "touches how cells are run",
    "run_cell_async": "touches how cells are run",
    "do_execute": "touches how cells are run",
    "settrace": "touches how code is run",
    "setprofile": "touches how code is run",
    "showtraceback": "touches how errors are shown",
    "meta_path": "touches how modules are imported",
    "path_hooks": "touches how modules are imported",
    "_getframe": "reaches for its callers",
    "f_back": "reaches for its callers",
    "get_objects": "reaches for objects of others",
    "get_referrers": "reaches for objects of others",
    "getppid": "reaches for other processes",
    "killpg": "reaches for other processes",
}
"""Names by which the notebook's own machinery is reached."""
_MODULES = {
    "grader.checks": "imports the checks",
    "grader.grading": "imports the grader",
    "ctypes": "reaches into memory",
}
_REPLACED = frozenset({"grader", "lab", "checking", "builtins", "http"})
"""Modules whose parts belong to the course or to everybody."""


@dataclass(frozen=True)
class _Known:
    """What names mean in a notebook."""

    modules: frozenset[str]
    """Those that are imported."""
    functions: frozenset[str]
    """Those that it defines, classes among them."""


def attempts(cells: Iterable[RepairedCell]) -> tuple[Note, ...]:
    """Notes on what the learner's own code names."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    trees = [(cell, parsed(cell.source)) for cell in code]
    known = _known(tree for _, tree in trees if tree)
    found = [
        Note("attempt", cell.name, f"Its code {said}")
        for cell, tree in trees
        if tree and cell.is_written and not cell.is_test
        for said in _said(tree, known)
    ]
    return tuple(dict.fromkeys(found))


def _known(trees: Iterable[ast.Module]) -> _Known:
    modules, functions = set(), set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules |= {
                    alias.asname or alias.name.partition(".")[0] for alias in node.names
                }
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                functions.add(node.name)
    return _Known(frozenset(modules - functions), frozenset(functions))


def _said(tree: ast.Module, known: _Known) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield from _named(text)
            case ast.Import(names=names):
                yield from _imported([alias.name for alias in names])
            case ast.ImportFrom(module=module, names=names):
                bound = [alias.name for alias in names]
                yield from _imported([f"{module}.{name}" for name in bound])
                yield from (
                    f"{_NAMES[name]} ({name})" for name in bound if name in _NAMES
                )
            case ast.Attribute(attr=name) if name in _NAMES:
                yield f"{_NAMES[name]} ({name})"
            case ast.Attribute(ctx=ast.Store()) if _dotted(node)[0] in _REPLACED:
                yield _replacing(_dotted(node))
            case ast.Assign(targets=[*targets], value=value):
                if _is_function(value, known):
                    for target in targets:
                        yield from _patched(_dotted(target), known)
            case ast.Call(
                func=ast.Name(id="setattr"),
                args=[owner, ast.Constant(value=str(name)), value],
            ) if _is_function(value, known):
                yield from _patched([*_dotted(owner), name], known)


def _named(text: str) -> Iterator[str]:
    found = [part for part in _TEXTS if part in text]
    for part in found:
        if not any(part in other and part != other for other in found):
            yield f"names {_TEXTS[part]} ({part})"


def _imported(modules: Sequence[str]) -> Iterator[str]:
    for name, said in _MODULES.items():
        if any(f"{module}.".startswith(f"{name}.") for module in modules):
            yield f"{said} ({name})"


def _is_function(value: ast.expr, known: _Known) -> bool:
    if isinstance(value, ast.Name):
        return value.id in known.functions
    return isinstance(value, ast.Lambda)


def _patched(names: Sequence[str], known: _Known) -> Iterator[str]:
    """A function of a library's that becomes one of the learner's."""
    first, *rest = names
    if rest and first in known.modules and first not in _REPLACED:
        yield _replacing(names)


def _replacing(names: Sequence[str]) -> str:
    return f"replaces {'.'.join(names)[:100]}"


def _dotted(node: ast.expr) -> list[str]:
    """The names of `a.b.c`; the first is empty where that isn't a name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return parts[::-1]
