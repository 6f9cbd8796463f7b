"""What stands in for `grade` where only the way of a submission is tested.

A submission's `files` say what becomes of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.grading.workers.worker import NUMBER


def grade(
    submission: Mapping[str, Any],
    bundle: Mapping[str, Any],
    *,
    isolation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A result without a notebook, or what the submission asks for."""
    files = submission["files"]
    if "note" in files:
        _note(Path(files["note"]), submission["student"])
    if "die" in files:
        os.kill(os.getpid(), signal.SIGKILL)
    if "die-once" in files and _is_first(Path(files["die-once"])):
        sys.stderr.write("out of luck\n")
        sys.stderr.flush()
        os._exit(3)
    if "break" in files:
        raise RuntimeError("a fault of ours")
    if "hang" in files:
        child = subprocess.Popen(["sleep", "600"])
        Path(tempfile.mkdtemp()).joinpath("left").touch()
        _note(Path(files["hang"]), f"{os.getpid()} {child.pid} {tempfile.gettempdir()}")
        try:
            time.sleep(600)
        finally:
            child.kill()
            child.wait()
    return {
        "version": 1,
        "student": submission["student"],
        "assignment": submission["assignment"],
        "digest": "",
        "timestamp": submission["timestamp"],
        "status": "graded",
        "isolation": dict(isolation or {}),
        "seconds": 0.0,
        "problems": [],
        "integrity": [],
        "notebooks": {},
        "bundle": bundle["digest"],
        "worker": os.getpid(),
        "number": os.environ.get(NUMBER),
    }


def _note(file: Path, line: str) -> None:
    with file.open("a") as notes:
        notes.write(f"{line}\n")


def _is_first(file: Path) -> bool:
    try:
        file.open("x").close()
    except FileExistsError:
        return False
    return True


def mark(
    submission: Mapping[str, Any],
    bundle: Mapping[str, Any],
    *,
    isolation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A result of the toy: full marks, but nothing for who wrote "wrong"."""
    import base64

    from tests.grading.gradebooks import graded

    _note(Path(os.environ["GRADED"]), submission["student"])
    result = graded(dict(bundle), submission["student"])
    text = base64.b64decode(submission["notebooks"]["toy"]).decode()
    if "waits" in text:
        time.sleep(600)
    for each in result["notebooks"]["toy"]["marks"]:
        if "wrong" in text and each["outcome"] == "passed":
            each.update(points=0.0, outcome="failed")
    return {
        **result,
        "timestamp": submission["timestamp"],
        "isolation": dict(isolation or {}),
    }
