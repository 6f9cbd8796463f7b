"""The three walls inside the package: who may import what."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader

PACKAGE = Path(grader.__file__).parent
NOTEBOOK_THINGS = ("IPython", "ipykernel", "jupyter", "nbclient", "nbconvert")
FORBIDDEN = {
    "lab": ("grader.cloud", "moto"),
    "cloud": (
        *("grader.lab", "grader.checks", "grader.grading", "nbgrader", "nbformat"),
        *("papermill", *NOTEBOOK_THINGS),
    ),
    "grading": ("grader.cloud", "grader.process", "awslambdaric", "boto3", "moto"),
    "sandbox": ("grader.lab", "grader.cloud", "grader.checks", "grader.grading"),
    "forkserver": ("grader.lab", "grader.cloud", "grader.checks", "grader.grading"),
}
LOADED = """
import importlib, json, pkgutil, sys
import grader.{part} as part
for module in pkgutil.walk_packages(part.__path__, part.__name__ + "."):
    if "runtime_interface" not in module.name:
        importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def _modules(part: str) -> Iterator[Path]:
    yield from sorted((PACKAGE / part).rglob("*.py"))


def _imported(source: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: a relative import hides its target"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _below(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in packages)


@pytest.mark.parametrize("part", FORBIDDEN)
def test_a_part_names_nothing_from_behind_its_wall(part: str) -> None:
    """No import statement, not even one inside a function, crosses a wall."""
    crossing = [
        f"{source.relative_to(PACKAGE)}: {module}"
        for source in _modules(part)
        for module in _imported(source)
        if _below(module, FORBIDDEN[part])
    ]
    assert crossing == []


@pytest.mark.parametrize(
    ("part", "heavy"),
    [
        ("lab", ("grader.cloud", "moto", "nbgrader", "papermill")),
        ("cloud", ("grader.lab", "grader.checks", "grader.grading", "nbgrader")),
        ("grading", ("grader.cloud", "moto", "awslambdaric")),
    ],
)
def test_importing_a_part_loads_nothing_from_behind_its_wall(
    part: str, heavy: tuple[str, ...]
) -> None:
    """What a part imports doesn't bring the forbidden in by a detour either."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(part=part)],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(ran.stdout.splitlines()[-1])
    assert [name for name in loaded if _below(name, heavy)] == []
