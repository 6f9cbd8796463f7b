"""What a Python program needs to see beside the system: for policies."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from grader.sandbox import landlock, system_files, users

_INSTALLED_INTO = ("site-packages", "dist-packages")
"""What folders are called into which nothing but libraries is installed."""
_BESIDE_LIBRARIES = {"__pycache__", "bin"}


def python() -> dict[str, str]:
    """This interpreter and all of its libraries, for `Policy.read_only`."""
    found: dict[str, str] = {}
    for folder in (*_prefixes(), *added()):
        if not _is_seen(folder, found):
            found[folder] = os.path.realpath(folder)
    return found


def added() -> list[str]:
    """Folders of libraries outside of the interpreter's environment.

    They come by PYTHONPATH, `pip install --user` or a `.pth` file; `left_out` has the
    others.
    """
    return [folder for folder in _elsewhere() if _is_for_libraries(folder)]


def left_out() -> list[str]:
    """What is on the search path and in no sandbox: it may hold more than libraries."""
    seen = added()
    return [folder for folder in _elsewhere() if not _is_seen(folder, seen)]


def search_path(*folders: str) -> dict[str, str]:
    """The environment in which an interpreter inside finds these, and the `added`."""
    found = [*folders, *added()]
    return {"PYTHONPATH": os.pathsep.join(found)} if found else {}


def _prefixes() -> tuple[str, ...]:
    return sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix


def _elsewhere() -> list[str]:
    """What is on the search path, but for the interpreter's own and this package's."""
    ours = str(Path(__file__).parents[2])
    return [
        entry
        for entry in dict.fromkeys(os.path.abspath(each) for each in sys.path if each)
        if os.path.exists(entry)
        and not _is_seen(entry, _prefixes())
        and (entry != ours or os.path.basename(entry) in _INSTALLED_INTO)
    ]


def _is_seen(path: str, folders: Iterable[str]) -> bool:
    return any(landlock.below(path, each) for each in (*system_files.FOLDERS, *folders))


def _is_for_libraries(folder: str) -> bool:
    """Whether a folder holds what was installed, and nobody's work."""
    private = (
        os.path.realpath(each) for each in (os.getcwd(), os.path.expanduser("~"))
    )
    if any(landlock.below(each, os.path.realpath(folder)) for each in private):
        return False
    if not os.path.isdir(folder) or (users.is_root() and not _is_for_all(folder)):
        return False
    if os.path.basename(folder) in _INSTALLED_INTO:
        return True
    # `pip install --target` says of each file whose it is.
    installed = {
        line.partition("/")[0].partition(",")[0]
        for record in Path(folder).glob("*.dist-info/RECORD")
        for line in record.read_text(encoding="utf-8").splitlines()
    }
    return bool(installed) and installed | _BESIDE_LIBRARIES >= set(os.listdir(folder))


def _is_for_all(folder: str) -> bool:
    """Whether other users may read it: a sandbox of root's has another user."""
    return os.stat(folder).st_mode & 0o005 == 0o005


def package(
    folder: Path, parts: Collection[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Some parts of a package, for `Policy.read_only`, and the others for `masked`.

    What isn't named is hidden even if the package is installed among the libraries.
    """
    read_only = {str(folder / part): str(folder / part) for part in parts}
    if not any(landlock.below(str(folder), known) for known in python()):
        return read_only, ()
    entries = (entry for entry in folder.iterdir() if entry.name not in parts)
    return read_only, tuple(str(entry) for entry in entries)


def caches(home: str) -> dict[str, str]:
    """What libraries once found out about this machine, for `Policy.copied`.

    matplotlib's list of fonts: without it the first plot takes a second longer.
    """
    elsewhere = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    known = os.environ.get("MPLCONFIGDIR", os.path.join(elsewhere, "matplotlib"))
    return {
        f"{home}/.cache/matplotlib/{path.name}": str(path)
        for path in Path(known).glob("fontlist-*.json")
    }
