"""The same walls, put up by somebody who isn't root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import grader
from tests.sandbox.conftest import python_for_all

HERE = Path(__file__).parent
SOMEBODY = 65533
"""A user with no process but this test's: where there are no namespaces of users, all
that somebody runs count together."""


def test_an_unprivileged_user_has_the_same_walls() -> None:
    """Every other test of this folder passes as another user, if this one is root."""
    if os.geteuid() != 0:
        return  # this run is that one
    root = Path(tempfile.mkdtemp(prefix="unprivileged-"))
    try:
        # The course may lie in a folder that only root may enter.
        package = root / "grader"
        package.mkdir()
        course = Path(grader.__file__).parent
        for name in ("__init__.py", "errors.py", "sandbox"):
            _copy(course / name, package / name)
        _copy(HERE, root / "tests" / "sandbox")
        _copy(Path(pytest_ini()), root / "pyproject.toml")
        for path in (root, *root.rglob("*")):
            os.chown(path, SOMEBODY, SOMEBODY)
        ran = subprocess.run(
            [
                *(python_for_all(), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("--basetemp", str(root / "tmp"), "tests/sandbox"),
                # Jupyter's kernels need its libraries, which this user has elsewhere.
                *("--ignore", "tests/sandbox/test_provisioner.py"),
            ],
            cwd=root,
            env={"PATH": os.defpath, "PYTHONPATH": f"{root}:{_libraries()}"},
            user=SOMEBODY,
            group=SOMEBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr
    finally:
        shutil.rmtree(root)


def pytest_ini() -> str:
    """Its settings are the course's: warnings are errors there, too."""
    return str(HERE.parent.parent / "pyproject.toml")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored)
    else:
        shutil.copy(source, target)


def _libraries() -> str:
    import pytest

    return str(Path(pytest.__file__).parent.parent)
