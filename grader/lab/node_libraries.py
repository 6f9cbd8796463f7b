"""The libraries that a notebook packs into functions in Node.js."""

from __future__ import annotations

from pathlib import Path

from grader import npm
from grader.errors import LabError


def node_modules() -> Path:
    """The folder that npm filled when the course was set up: jimp, and what it needs.

    Raises:
        LabError: it couldn't be fetched then; says how to do it now.
    """
    found = npm.JIMP.node_modules()
    if found is None:
        raise LabError(
            f"{npm.JIMP.name} isn't installed: run `{npm.AGAIN}` in the course's "
            "folder, with its Python and a connection to the internet"
        )
    return found
