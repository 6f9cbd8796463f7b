"""What `make` sets up: one lock, one environment, one complaint per thing missing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"


@pytest.fixture
def install() -> ModuleType:
    """install.py as a module."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _locked() -> list[Requirement]:
    return [Requirement(line) for line in LOCK.read_text().splitlines()]


def test_the_lock_holds_exact_versions_and_no_address() -> None:
    """Each line is name==version with at most a marker: any index can serve it."""
    line = re.compile(r"[a-z0-9-]+==[0-9][A-Za-z0-9.]*( ; [a-z_ ()<>=!.0-9'*A-Z]+)?")
    assert [
        text for text in LOCK.read_text().splitlines() if not line.fullmatch(text)
    ] == []


def test_the_lock_satisfies_what_the_package_asks_for() -> None:
    """Each dependency of the package and of its dev extra is locked, in its range."""
    project = _project()
    asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    locked = {(pin.name, str(pin.specifier).removeprefix("==")) for pin in _locked()}
    for text in asked:
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        versions = [version for pinned, version in locked if pinned == name]
        assert versions, f"{name} isn't locked: make lock"
        assert all(wanted.specifier.contains(version) for version in versions), text


def test_conda_and_make_install_the_same() -> None:
    """environment.yml adds only Python, pip and make to the lock and the package."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert conda == [f"python {_project()['requires-python']}", "pip", "make"]
    assert pip == {"pip": ["--requirement requirements.lock", "--editable ."]}


def test_ci_runs_what_everybody_runs() -> None:
    """.ci/run is executable and its last command is make test."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "make test"


def test_every_target_sets_up_first() -> None:
    """Each target that uses the environment builds it on the way."""
    for target in ("lab", "test", "course", "grade", "bench", "lint"):
        plan = subprocess.run(
            ["make", "--dry-run", target],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        uses = [number for number, line in enumerate(plan) if ".venv/bin" in line]
        assert uses, target
        assert any("install.py" in line for line in plan[: uses[0]]), target


def test_an_old_python_is_told_what_to_get(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line names the Python found, the one needed and how to choose another."""
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 18))
    complaint = install.complaint()
    assert "Python 3.11 or newer" in complaint
    assert "is 3.9" in complaint
    assert "make lab PYTHON=" in complaint
    assert "\n" not in complaint


def test_a_python_without_venv_is_told_what_to_get(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian splits venv off; the line names its package."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "apt install python3-venv" in install.complaint()


def test_a_missing_python_is_told_in_one_line() -> None:
    """make says how to name another interpreter when there is none of that name."""
    ran = subprocess.run(
        ["make", "set-up", "PYTHON=no-such-python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "There is no no-such-python here" in ran.stdout


@pytest.mark.parametrize(
    "changed", ["requirements.lock", "grader/npm_locks/jimp/package-lock.json"]
)
def test_a_changed_lock_renews_the_environment(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """An installation is recognised by its stamp, until what it was made of changes."""
    for name in ("install.py", "pyproject.toml", "requirements.lock", changed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(install, "HERE", str(tmp_path))
    monkeypatch.setattr(install, "STAMP", str(tmp_path / "installed"))
    assert not install.installed()
    (tmp_path / "installed").write_text(install.fingerprint())
    assert install.installed()
    with (tmp_path / changed).open("a") as lock:
        lock.write("another==1.0\n")
    assert not install.installed()


def test_a_moved_environment_is_built_anew(
    install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its programs still name the interpreter of the old place."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    old, new = tmp_path / "old", tmp_path / "new"
    subprocess.run([sys.executable, "-m", "venv", str(old)], check=True)
    monkeypatch.setattr(install, "VENV", str(old))
    assert install.works(version)
    assert not install.works("3.99")
    old.rename(new)
    monkeypatch.setattr(install, "VENV", str(new))
    assert not install.works(version)
