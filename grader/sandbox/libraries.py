"""What a Python program needs to see beside the system: for policies."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path

from grader.sandbox import landlock, system_files


def python() -> dict[str, str]:
    """This interpreter and its environment's libraries, for `Policy.read_only`."""
    found: dict[str, str] = {}
    for folder in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix):
        if not any(
            landlock.below(folder, known) for known in (*system_files.FOLDERS, *found)
        ):
            found[folder] = os.path.realpath(folder)
    return found


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
