"""What a policy names so that Python programs run, and what it hides."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from grader.sandbox import libraries
from grader.sandbox.landlock import LISTING, READING, Rule, around


def test_python_and_its_libraries_are_where_they_are_outside() -> None:
    """By the paths that the interpreter has in its own search path."""
    seen = libraries.python()
    for prefix in (sys.prefix, sys.base_prefix):
        assert prefix in seen or prefix.startswith("/usr")
    assert all(os.path.samefile(inside, outside) for inside, outside in seen.items())


def test_an_installed_package_is_masked_but_for_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the libraries it would be seen as a whole."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    package = tmp_path / "lib" / "course"
    for name in ("lab", "checks"):
        (package / name).mkdir(parents=True)
    (package / "solutions.py").touch()
    seen, masked = libraries.package(package, ["lab"])
    assert seen == {str(package / "lab"): str(package / "lab")}
    assert sorted(masked) == [str(package / "checks"), str(package / "solutions.py")]


def test_a_package_elsewhere_shows_its_parts_alone(tmp_path: Path) -> None:
    """There is nothing to mask where nothing is seen."""
    (tmp_path / "checks").mkdir()
    seen, masked = libraries.package(tmp_path, ["lab"])
    assert list(seen) == [str(tmp_path / "lab")]
    assert masked == ()


def test_lists_of_fonts_are_brought_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else of matplotlib's folder, which may hold a user's settings."""
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    (tmp_path / "fontlist-v1.json").touch()
    (tmp_path / "matplotlibrc").touch()
    assert libraries.caches("/home/learner") == {
        "/home/learner/.cache/matplotlib/fontlist-v1.json": str(
            tmp_path / "fontlist-v1.json"
        )
    }


def test_rules_go_around_what_is_hidden(tmp_path: Path) -> None:
    """Landlock's rules only add: every neighbour of what is hidden is named."""
    (tmp_path / "open").mkdir()
    (tmp_path / "part" / "secret").mkdir(parents=True)
    (tmp_path / "part" / "file").touch()
    (tmp_path / "way-in").symlink_to(tmp_path / "part" / "secret")
    rules = set(around(str(tmp_path), [str(tmp_path / "part" / "secret")]))
    assert rules == {
        Rule(str(tmp_path), LISTING),
        Rule(str(tmp_path / "open"), READING),
        Rule(str(tmp_path / "part"), LISTING),
        Rule(str(tmp_path / "part" / "file"), READING),
    }
