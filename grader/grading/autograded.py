"""Executed notebooks as files, where nbgrader's formgrader and feedback look."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from grader.errors import GradebookUnusable

# A file where a folder has to be, or the other way round; too long; not on this disk.
_OF_NAMES = (
    *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
    *(errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ),
)


def write(
    folder: Path, result: Mapping[str, Any], beside: Mapping[str, bytes] | None = None
) -> None:
    """Replace what is below `folder` for a result's student and assignment.

    Args:
        beside: other files of the submission, by their names below its folder; those
            that can't have theirs are left out.

    Raises: GradebookUnusable.
    """
    target = folder / _part(result["student"]) / _part(result["assignment"])
    fresh = target.with_name(f".{target.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        if result["timestamp"]:
            at = datetime.fromisoformat(result["timestamp"])
            # As nbgrader writes them itself.
            (fresh / "timestamp.txt").write_text(f"{at:%Y-%m-%d %H:%M:%S.%f %Z}")
        for stem, notebook in result["notebooks"].items():
            if notebook.get("executed") is not None:
                text = json.dumps(
                    notebook["executed"], indent=1, sort_keys=True, ensure_ascii=False
                )
                (fresh / f"{_part(stem)}.ipynb").write_bytes(
                    f"{text}\n".encode("utf-8", "replace")
                )
        for name, content in (beside or {}).items():
            _write_beside(fresh, name, content)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(fresh, target)
    except OSError as fault:
        raise GradebookUnusable(
            f"{target} can't be written: {fault.strerror or fault}"
        ) from fault


def _write_beside(folder: Path, name: str, content: bytes) -> None:
    """Write a file, if its name can be had here: it came out of somebody's archive.

    nbgrader takes every notebook in the folder for one of its own.
    """
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts
    if not path.parts or outside or path.parts[0].lower().endswith(".ipynb"):
        return
    target = folder / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
    except ValueError:
        pass  # a NUL, half of a surrogate pair
    except OSError as fault:
        if fault.errno not in _OF_NAMES:
            raise


def _part(name: str) -> str:
    if name in ("", ".", "..") or Path(name).name != name:
        raise GradebookUnusable(f"{name!r} is no name of a file or folder")
    return name
