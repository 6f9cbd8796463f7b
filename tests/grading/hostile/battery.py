"""All cases, graded one after the other in a process of their own, as in a class.

`python -m tests.grading.hostile.battery TIER COURSE BAITS RESULTS [CASE …]` writes a
line of JSON for each case, with its result and the baits that were touched, and in the
end one with what was left behind. The tier is the one to be pinned, or `best`.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import ctypes
import dataclasses
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import psutil

from grader import sandbox
from grader.grading.bundle import Limits, make_bundle
from grader.grading.course import Course
from grader.grading.grade import grade
from grader.grading.workshop import workshop
from grader.sandbox import Isolation
from tests.grading.hostile.baits import CANARY, SECRET, Baits
from tests.grading.hostile.cases import GREETING, STEMS, SUMS, Case
from tests.grading.hostile.every_case import CASES

_OUTPUT = {"output": 100_000, "outputs": 1_000_000}
LIMITS = {
    SUMS: Limits(cell=2, submission=8, **_OUTPUT),
    # A check deploys and calls functions, and a machine may have much to do.
    GREETING: Limits(cell=20, submission=60, **_OUTPUT),
}
PATIENT = Limits(cell=20, submission=60, **_OUTPUT)
"""For who does nothing wrong, however busy the machine is."""
Tier = Literal["best", "strong", "medium"]
SHARED = (
    *(Path("/"), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/dev/mqueue")),
    *(Path(__file__).parents[3], Path(__file__).parents[3] / "grader", Path("/etc")),
)
"""Where a submission would leave a trace, if it could write there."""
_KEY = str(0x5A5A5A5A)
"""Of what a case makes there."""
_SUBREAPER = 36


def main(tier: Tier, course: str, folder: str, results: str, *names: str) -> int:
    """Grade the cases of these names, or all."""
    # Orphans of a sandbox become ours, so that none is overlooked.
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    os.environ[CANARY] = SECRET
    baits = Baits(Path(folder), Path(course))
    os.environ["TMPDIR"] = tempfile.tempdir = str(baits.folder / "tmp")
    Path(tempfile.tempdir).mkdir()
    Path(tempfile.tempdir).chmod(0o1777)
    os.chdir(baits.folder)
    chosen = [case for case in CASES if not names or case.name in names]
    isolation = _isolation(tier)
    with baits.laid():
        before = _there()
        worker = multiprocessing.get_context("fork").Process(
            target=_work,
            args=(Course(Path(course)), chosen, baits, isolation, Path(results)),
        )
        worker.start()
        worker.join()
        _bury(int(baits.places["bystander"]))
        left = {kind: sorted(now - before[kind]) for kind, now in _there().items()}
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Path(results).open("a") as file:
        last = {"left": left, "cpu": used.ru_utime + used.ru_stime}
        print(json.dumps(last), file=file)
    return worker.exitcode or 0


def _isolation(tier: Tier) -> Isolation:
    found = sandbox.probe()
    if found.tier == "none":
        raise SystemExit(f"this is dangerous where nothing is isolated: {found}")
    return found if tier == "best" else dataclasses.replace(found, tier=tier)


def _work(
    course: Course,
    chosen: list[Case],
    baits: Baits,
    isolation: Isolation,
    results: Path,
) -> None:
    # As a worker of a class does: the next one's seat is ready before this one ends.
    workshop().seats.expect_more()
    with results.open("w") as file:
        for told in _graded(course, chosen, baits, isolation):
            print(json.dumps(told), file=file, flush=True)
    # As a worker that ends by itself; multiprocessing's processes leave this out.
    atexit._run_exitfuncs()


def _bury(bystander: int) -> None:
    """Give what was killed a moment to end, and take its exit status."""
    others = psutil.Process().children(recursive=True)
    psutil.wait_procs([each for each in others if each.pid != bystander], timeout=5)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _graded(
    course: Course, chosen: list[Case], baits: Baits, isolation: Isolation
) -> Iterator[dict[str, Any]]:
    bundles = {
        (name, patient): make_bundle(course, name, limits=PATIENT if patient else usual)
        for name, usual in LIMITS.items()
        for patient in (False, True)
    }
    for case in chosen:
        submission = _submission(case, course, baits)
        started = time.perf_counter()
        bundle = bundles[case.assignment, case.problem is False]
        result = grade(submission, bundle, isolation=isolation)
        yield {
            "case": case.name,
            "seconds": round(time.perf_counter() - started, 2),
            "result": result,
            "touched": baits.touched(),
        }


def _submission(case: Case, course: Course, baits: Baits) -> dict[str, Any]:
    stem = STEMS[case.assignment]
    released = course.notebooks / case.assignment / f"{stem}.ipynb"
    raw = case.notebook(json.loads(released.read_text()), baits.places)
    return {
        "student": case.name,
        "assignment": case.assignment,
        "timestamp": None,
        "notebooks": {case.stem or stem: _encoded(raw)},
        "files": {name: _encoded(content) for name, content in case.files.items()},
        "resubmissions": [],
    }


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _there() -> dict[str, set[str]]:
    """What a sandbox could leave behind, by kind."""
    return {
        "processes": {
            f"{child.pid} {child.name()}"
            for child in psutil.Process().children(recursive=True)
        },
        "files": {str(path) for path in Path(tempfile.gettempdir()).rglob("*")},
        "traces": {
            str(path) for folder in SHARED for path in folder.glob("*hostile?trace*")
        },
        "mounts": set(Path("/proc/self/mountinfo").read_text().splitlines()),
        **{
            f"System V's {kind}": {
                line
                for line in Path("/proc/sysvipc", kind).read_text().splitlines()
                if line.split()[0] == _KEY  # a database may have others
            }
            for kind in ("shm", "sem", "msg")
        },
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))  # type: ignore[arg-type]
