"""The course's own files: what lies in `data/` for notebooks to use."""

from __future__ import annotations

import os
from pathlib import Path

from grader.errors import WrongUse

FOLDER_VARIABLE = "LAB_MATERIAL"
"""Where the files are instead: a machine that grades may have no course folder."""
_DATA = Path(__file__).parents[2] / "data"
_NOT_FOR_LEARNERS = "submitted"


def material(name: str) -> Path:
    """Where a file or folder of the course's own is, such as `"photos/seaside.jpg"`.

    Raises:
        WrongUse: there is none of this name; names those that are there.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or _DATA).resolve()
    found = (folder / name).resolve()
    if _is_ours(found, folder) and found.exists():
        return found
    raise WrongUse(
        f"the course has no {name!r}; it has {', '.join(names(folder)) or 'nothing'}"
    )


def names(folder: Path) -> list[str]:
    """The files in a course's `data/` that notebooks may use, relative to it."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and _is_ours(path, folder)
    )


def _is_ours(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder) if path.is_relative_to(folder) else None
    return inside is not None and inside.parts[:1] != (_NOT_FOR_LEARNERS,)
