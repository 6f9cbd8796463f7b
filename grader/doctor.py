"""What this machine has of what the course needs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.lab import tables

OLDEST = (3, 11)
DISK_NEEDED = 1.0
"""GB: notebooks, functions' packages, and the /tmp of execution environments."""
AGAIN = "run make lab again: it installs what is missing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    found: str
    todo: str = ""
    required: bool = True


def examine() -> list[Finding]:
    """Look at everything; nothing is changed."""
    looks: list[Callable[[], Finding]] = [
        _python,
        _node,
        _node_libraries,
        _runtime_client,
        _namespaces,
        _isolation,
        _libraries,
        _port,
        _disk,
        _nbgrader,
        _kernel,
    ]
    return [look() for look in looks]


def is_well(findings: list[Finding]) -> bool:
    """Whether everything that is required is there."""
    return all(finding.well for finding in findings if finding.required)


def shown(findings: list[Finding]) -> str:
    """A table; the last column says what to do about what is missing."""
    rows = [
        [each.what, _mark(each), each.found, "" if each.well else each.todo]
        for each in findings
    ]
    return tables.as_text(("what", "is it well?", "found", "what to do"), rows)


def _mark(finding: Finding) -> str:
    if finding.well:
        return "yes"
    return "NO" if finding.required else "no, but it goes on"


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(
        "Python",
        sys.version_info[:2] >= OLDEST,
        found,
        f"install Python {OLDEST[0]}.{OLDEST[1]} or newer, then make lab PYTHON=…",
    )


def _node() -> Finding:
    from grader.cloud.runtimes import program

    what = "Node.js, for functions in it"
    try:
        return Finding(what, True, program("nodejs24.x").executed_by)
    except (KeyError, OSError, subprocess.SubprocessError) as fault:
        return Finding(what, False, str(fault), AGAIN)


def _node_libraries() -> Finding:
    from grader import npm

    lacking = [one for one in npm.ALL if not one.up_to_date()]
    return Finding(
        "libraries for Node.js",
        not lacking,
        f"not as locked: {', '.join(one.sign for one in lacking)}"
        if lacking
        else f"{', '.join(one.sign for one in npm.ALL)}, as locked",
        f"{'; '.join(one.without for one in lacking)}; when online, run {npm.AGAIN}",
        required=False,
    )


def _runtime_client() -> Finding:
    what = "AWS's runtime client"
    try:
        version = importlib.metadata.version("awslambdaric")
    except importlib.metadata.PackageNotFoundError:
        return Finding(what, False, "no awslambdaric", AGAIN)
    native = importlib.util.find_spec("runtime_client") is not None
    kind = "with its native client" if native else "with our stand-in for its client"
    return Finding(what, True, f"awslambdaric {version}, {kind}")


def _namespaces() -> Finding:
    from grader.cloud.isolation import namespaces

    found = namespaces()
    return Finding(
        "walls around functions",
        found.available,
        found.reason,
        "functions see your files; on Linux: install bubblewrap and allow user "
        "namespaces",
        required=False,
    )


def _isolation() -> Finding:
    from grader.sandbox import probe

    found = probe()
    why = f"; not stronger because {found.reason}" if found.reason else ""
    return Finding(
        "walls when grading",
        found.tier == "strong",
        f"{found.tier.upper()}: {found.detail}{why}",
        found.cure or "grade the work of people you trust, or in a virtual machine",
        required=False,
    )


def _libraries() -> Finding:
    from grader.sandbox import libraries

    left_out = libraries.left_out()
    return Finding(
        "libraries when grading",
        not left_out,
        f"not seen: {', '.join(left_out)}" if left_out else "all are seen",
        "more than libraries may be in there: pip install what submissions need",
        required=False,
    )


def _port() -> Finding:
    what = "a free port on 127.0.0.1"
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return Finding(what, True, f"such as {server.getsockname()[1]}")
    except OSError as fault:
        return Finding(what, False, str(fault), "let programs listen on 127.0.0.1")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return Finding(
        "disk",
        free >= DISK_NEEDED,
        f"{free:.1f} GB free",
        f"make {DISK_NEEDED:g} GB of room",
    )


def _nbgrader() -> Finding:
    what = "nbgrader, for instructors"
    try:
        version = importlib.metadata.version("nbgrader")
    except importlib.metadata.PackageNotFoundError:
        return Finding(what, False, "not installed", AGAIN)
    # It calls alembic when it makes a gradebook.
    alembic = importlib.util.find_spec("alembic") is not None
    return Finding(what, alembic, version if alembic else "no alembic", AGAIN)


def _kernel() -> Finding:
    what = "Jupyter kernel"
    try:
        version = importlib.metadata.version("ipykernel")
    except importlib.metadata.PackageNotFoundError:
        return Finding(what, False, "no ipykernel", AGAIN)
    return Finding(what, True, f"ipykernel {version}")
