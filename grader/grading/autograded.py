"""Executed notebooks as files, where nbgrader's formgrader and feedback look."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.errors import GradebookUnusable


def write(
    folder: Path, result: Mapping[str, Any], beside: Mapping[str, bytes] | None = None
) -> None:
    """Replace what is below `folder` for a result's student and assignment.

    Args:
        beside: other files of the submission, by their names below its folder.

    Raises: GradebookUnusable.
    """
    target = folder / _part(result["student"]) / _part(result["assignment"])
    fresh = target.with_name(f".{target.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, content in (beside or {}).items():
            _write_beside(fresh, name, content)
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
        shutil.rmtree(target, ignore_errors=True)
        os.replace(fresh, target)
    except OSError as fault:
        raise GradebookUnusable(
            f"{target} can't be written: {fault.strerror or fault}"
        ) from fault


def _write_beside(folder: Path, name: str, content: bytes) -> None:
    parts = name.split("/")
    target = folder.joinpath(*(_part(part) for part in parts))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _part(name: str) -> str:
    if name in ("", ".", "..") or Path(name).name != name:
        raise GradebookUnusable(f"{name!r} is no name of a file or folder")
    return name
