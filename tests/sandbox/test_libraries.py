"""What a policy names so that Python programs run, and what it hides."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from grader.sandbox import Isolation, libraries
from grader.sandbox.isolation import Tier
from grader.sandbox.landlock import LISTING, READING, Rule, around
from tests.sandbox.conftest import Run


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


def _installed(folder: Path) -> Path:
    """A folder into which a library was installed, on the search path."""
    (folder / "toys-1.dist-info").mkdir(parents=True)
    (folder / "toys.py").write_text("NAME = 'toys'")
    (folder / "toys-1.dist-info" / "RECORD").write_text(
        "toys.py,sha256=abc,13\ntoys-1.dist-info/RECORD,,\n../../bin/toys,,\n"
    )
    return folder


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A search path that has nothing but what a test adds."""
    made: list[str] = []
    monkeypatch.setattr(sys, "path", made)
    monkeypatch.chdir("/")
    return made


def test_folders_of_libraries_elsewhere_are_seen(
    path: list[str], tmp_path: Path
) -> None:
    """What pip installed for a user, or into a folder of PYTHONPATH."""
    users = _installed(tmp_path / "home" / "site-packages")
    target = _installed(tmp_path / "target")
    (target / "__pycache__").mkdir()
    vendored = users / "toys" / "_vendor"
    vendored.mkdir(parents=True)
    path += [str(users), str(target), str(vendored), str(tmp_path / "nothing"), ""]
    assert libraries.added() == [str(users), str(target)]
    assert libraries.left_out() == []
    assert {str(users), str(target)} <= libraries.python().keys()
    environment = libraries.search_path("/first")
    assert environment == {"PYTHONPATH": f"/first:{users}:{target}"}


def test_folders_with_anything_else_are_left_out(
    path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's work beside libraries; a file; and what nothing was installed into."""
    mixed = _installed(tmp_path / "mixed")
    (mixed / "solutions").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    archive = tmp_path / "course.zip"
    archive.touch()
    path += [str(mixed), str(work), str(archive)]
    assert libraries.left_out() == path
    assert libraries.added() == []
    assert not libraries.python().keys() & set(path)


def test_neither_the_working_folder_nor_the_home_is_a_library(
    path: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever they are called, and whatever was installed into them."""
    here = _installed(tmp_path / "site-packages")
    home = _installed(tmp_path / "dist-packages")
    (home / "me").mkdir()
    path += [str(here), str(home)]
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home / "me"))
    assert libraries.left_out() == path


@pytest.mark.parametrize("tier", ["strong", "medium"])
def test_a_program_imports_what_was_added_and_sees_no_neighbour(
    path: list[str], tmp_path: Path, run: Run, strong: Isolation, tier: Tier
) -> None:
    """In either tier, read-only."""
    tmp_path.chmod(0o755)
    path.append(str(_installed(tmp_path / "target")))
    (tmp_path / "gradebook.db").write_text("marks")
    source = f"""
        import os, sys
        sys.path += os.environ["PYTHONPATH"].split(":")
        import toys
        print(toys.NAME)
        for name, mode in (("target/toys.py", "a"), ("gradebook.db", "r")):
            try:
                open(os.path.join({str(tmp_path)!r}, name), mode)
            except OSError as fault:
                print("refused")
    """
    ran = run(
        source,
        dataclasses.replace(strong, tier=tier),
        read_only=libraries.python(),
        environment=libraries.search_path(),
    )
    assert ran.stdout.split() == ["toys", "refused", "refused"], ran.stderr


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
