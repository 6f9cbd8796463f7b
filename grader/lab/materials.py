"""The course's own files: what lies in `data/` for notebooks to use."""

from __future__ import annotations

from pathlib import Path

from grader.errors import WrongUse

_DATA = Path(__file__).parents[2] / "data"
_NOT_FOR_LEARNERS = "submitted"


def material(name: str) -> Path:
    """Where a file or folder of the course's own is, such as `"photos/seaside.jpg"`.

    Raises:
        WrongUse: there is none of this name; names those that are there.
    """
    found = (_DATA / name).resolve()
    if _is_ours(found) and found.exists():
        return found
    there = sorted(
        path.relative_to(_DATA).as_posix()
        for path in _DATA.rglob("*")
        if path.is_file() and _is_ours(path)
    )
    raise WrongUse(
        f"the course has no {name!r}; it has {', '.join(there) or 'nothing'}"
    )


def _is_ours(path: Path) -> bool:
    inside = path.relative_to(_DATA) if path.is_relative_to(_DATA) else None
    return inside is not None and inside.parts[:1] != (_NOT_FOR_LEARNERS,)
