"""Whose file is it? What the names in folders and downloads say.

- nbgrader: ``<student>/<assignment>/<notebook>.ipynb``.
- Moodle: ``<full name>_<id>_assignsubmission_file/<file>``, with an underscore more up
  to 3.x, and without a folder where "Download submissions in folders" is off
  (github.com/moodle/moodle, mod/assign/classes/downloader.php). Underscores of a name
  become spaces there.
- Canvas: ``<name>[_LATE]_<user>_<attachment>_<file>``, the name in small letters
  without what isn't a letter, ``anon_<id>`` for both where marking is anonymous; a
  file of a name that was there before gets a number, ``-1``, before its first or last
  dot (github.com/instructure/canvas-lms, lib/content_zipper.rb and issues 606, 2310).
  What was typed into a form is ``<name>_<user>_text.html``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

_MOODLE = re.compile(r"(.+)_(\d+)_assignsubmission_([a-z]+)_?", re.DOTALL)
_MOODLE_FLAT = re.compile(r"(.+)_(\d+)_assignsubmission_([a-z]+)_(.+)", re.DOTALL)
_CANVAS = re.compile(
    r"(?:(\w+?)_)??(LATE_)?(anon_\w+?|\d+)_(?:(\d+)_(.+)|((?:text|link)\.html))",
    re.DOTALL,
)
_NUMBERED = re.compile(
    r"""(?: \s*\(\d+\) | -\d+ | [-_ ]?Copy\d* | \s*-\s*Copy )+ (?=$|\.)""",
    re.VERBOSE | re.IGNORECASE,
)
# Of paths, of nbgrader's globs, of the names in its exchange ("+"), and what would turn
# around or break the line that a name is shown in.
_NOT_IN_AN_ID = re.compile(
    r'[/\\:*?"<>|+\[\]\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]'
)
_ID_LETTERS, _ID_BYTES = 100, 180


@dataclass(frozen=True)
class Owner:
    """Who handed a file in, and what its path is below what they handed in."""

    student: str
    """An id as nbgrader takes it, which is the name of a folder."""
    inside: tuple[str, ...]
    assignment: str = ""
    """Empty where only the notebook itself can tell."""
    name: str = ""
    platform_id: str = ""
    """Of the learning platform, which wants it back with the marks."""
    late: bool = False
    order: int = 0
    """Of several files of one name, the highest is the last."""


def owner(parts: tuple[str, ...], assignments: Collection[str]) -> Owner | None:
    """Who handed a file in; None where its path says nothing about that.

    `parts` are those of its path, archives included with their ``.zip``.
    """
    return (
        _of_moodle(parts)
        or _of_nbgrader(parts, assignments)
        or _of_canvas(parts)
        or _of_a_folder(parts)
    )


def stem(name: str) -> str:
    """The name of a notebook's file without its ending, however that is written."""
    return re.sub(r"\.ipynb(\.(txt|json))?$", "", name, flags=re.IGNORECASE)


def is_notebook(name: str) -> bool:
    """Whether a file is meant as a notebook; browsers add .txt or .json."""
    return stem(name) != name


def unnumbered(stem: str) -> str:
    """A stem without what browsers, Canvas and Jupyter add to a second copy."""
    return _NUMBERED.sub("", stem)


def student_id(text: str) -> str:
    """A name as an id of nbgrader's and as a folder; "" if nothing is left of it.

    What had to be replaced or cut is told apart by a few digits of its hash.
    """
    wanted = unicodedata.normalize("NFC", text).strip()
    made = _NOT_IN_AN_ID.sub("-", wanted)
    if made.startswith("."):
        made = "-" + made.lstrip(".")
    if len(made) > _ID_LETTERS or len(made.encode()) > _ID_BYTES:
        made = made[:_ID_LETTERS].encode()[:_ID_BYTES].decode(errors="ignore")
    if not made.strip("-. "):
        return ""
    if made == wanted:
        return made
    digits = hashlib.sha256(wanted.encode(errors="surrogatepass")).hexdigest()
    return f"{made.rstrip()}~{digits[:8]}"


def _of_moodle(parts: tuple[str, ...]) -> Owner | None:
    for index, part in enumerate(parts):
        folder = _MOODLE.fullmatch(part)
        flat = _MOODLE_FLAT.fullmatch(part)
        if folder and index < len(parts) - 1:
            inside, match = parts[index + 1 :], folder
        elif flat:
            inside, match = (flat[4], *parts[index + 1 :]), flat
        else:
            continue
        name, number, kind = match[1], match[2], match[3]
        student = student_id(f"{name}_{number}")
        if kind != "file":
            # Text typed into a form: no notebook, but somebody's.
            inside = (kind, *inside)
        return Owner(student, inside, name=name, platform_id=number)
    return None


def _of_nbgrader(parts: tuple[str, ...], assignments: Collection[str]) -> Owner | None:
    for index, part in enumerate(parts[:-1]):
        if part not in assignments:
            continue
        if index:
            return Owner(
                _plain_id(parts[index - 1]), parts[index + 1 :], assignment=part
            )
        rest = parts[1:]
        if len(rest) > 1:
            return Owner(_plain_id(rest[0]), rest[1:], assignment=part)
        return Owner(_plain_id(stem(rest[0])), rest, assignment=part)
    return None


def _of_canvas(parts: tuple[str, ...]) -> Owner | None:
    for index, part in enumerate(parts):
        match = _CANVAS.fullmatch(part)
        if match is None or (not match[1] and not match[3].startswith("anon_")):
            continue
        name = match[1] or ""
        return Owner(
            student_id(f"{name}_{match[3]}" if name else match[3]),
            (match[5] or match[6], *parts[index + 1 :]),
            name=name,
            platform_id=match[3].removeprefix("anon_"),
            late=bool(match[2]),
            order=int(match[4] or 0),
        )
    return None


def _of_a_folder(parts: tuple[str, ...]) -> Owner | None:
    if len(parts) > 1:
        return Owner(_plain_id(parts[0]), parts[1:])
    named = is_notebook(parts[0]) or parts[0].lower().endswith(".zip")
    return Owner(_plain_id(stem(parts[0])), parts) if named else None


def _plain_id(part: str) -> str:
    return student_id(re.sub(r"\.zip$", "", part, flags=re.IGNORECASE))
