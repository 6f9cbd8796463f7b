"""Workers on this machine: replaced, patient, and gone with their run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.errors import MachineLacking
from grader.grading.workers.pool import Pool
from grader.grading.workers.worker import Worker

TASK = "tests.grading.workers.tasks:grade"
ROOT = Path(__file__).parents[3]
BUNDLE = {"assignment": "hw1", "digest": "b1", "limits": {"submission": 60}}
TIER = {"tier": "strong"}
RUN = """
import sys
from grader.grading.workers.pool import Pool
from tests.grading.workers.test_pool import BUNDLE, TASK, submission

with Pool({"hw1": BUNDLE}, None, jobs=2, task=TASK) as pool:
    for result in pool.graded(
        submission(f"s{number}", hang=sys.argv[1]) for number in range(4)
    ):
        pass
"""

Result = dict[str, Any]


def submission(student: str, **files: Any) -> dict[str, Any]:
    """One whose files tell the worker what to do."""
    return {
        "student": student,
        "assignment": "hw1",
        "timestamp": None,
        "notebooks": {},
        "files": {name.replace("_", "-"): str(value) for name, value in files.items()},
        "resubmissions": [],
    }


@pytest.fixture(autouse=True)
def _tests_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), path])))


@contextlib.contextmanager
def _pool(jobs: int = 2, **options: Any) -> Iterator[Pool]:
    with Pool({"hw1": BUNDLE}, TIER, jobs=jobs, task=TASK, **options) as pool:
        yield pool


def _by_student(results: Iterator[Result]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for result in results:
        assert result["student"] not in found
        found[result["student"]] = result
    return found


def test_each_submission_gets_one_result() -> None:
    """Workers are kept; each result has the tier that was pinned for the run."""
    with _pool() as pool:
        found = _by_student(pool.graded(submission(f"s{n}") for n in range(20)))
    assert set(found) == {f"s{number}" for number in range(20)}
    assert len({result["worker"] for result in found.values()}) <= 2
    assert all(result["isolation"] == TIER for result in found.values())
    assert all(result["bundle"] == "b1" for result in found.values())


def test_workers_are_numbered_and_replaced_in_their_place(tmp_path: Path) -> None:
    """Each says to the labs that it starts which processor is theirs."""
    with _pool() as pool:
        order = [
            *(submission(f"s{number}") for number in range(9)),
            submission("unlucky", die_once=tmp_path / "died"),
            *(submission(f"t{number}") for number in range(9)),
        ]
        found = _by_student(pool.graded(order)).values()
    assert {result["number"] for result in found} <= {"0", "1"}
    workers = {(result["worker"], result["number"]) for result in found}
    assert len(workers) == len({result["worker"] for result in found}) <= 3


def test_submissions_are_taken_when_a_worker_is_free() -> None:
    """A class of any size needs the memory of a few submissions."""
    taken = 0

    def every() -> Iterator[Result]:
        nonlocal taken
        for number in range(30):
            taken += 1
            yield submission(f"s{number}")

    with _pool() as pool:
        for done, _ in enumerate(pool.graded(every()), start=1):
            assert taken <= done + 3
    assert taken == 30


def test_who_a_worker_died_of_is_tried_once_more(tmp_path: Path) -> None:
    """The second time it goes well; the others never noticed."""
    with _pool() as pool:
        found = _by_student(
            pool.graded(
                [
                    submission("unlucky", die_once=tmp_path / "died"),
                    *(submission(f"s{number}") for number in range(5)),
                ]
            )
        )
    assert len(found) == 6
    assert all(result["status"] == "graded" for result in found.values())


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("die", "the process that graded it ended (killed by SIGKILL)"),
        ("break", "grading itself broke: RuntimeError: a fault of ours"),
    ],
)
def test_what_fails_twice_is_a_result_with_a_problem(
    tmp_path: Path, what: str, reason: str
) -> None:
    """Two tries, then a result that says why; nobody else is affected."""
    notes = tmp_path / "notes"
    with _pool() as pool:
        found = _by_student(
            pool.graded(
                [
                    submission("anna"),
                    submission("bad", note=notes, **{what: 1}),
                    submission("cleo"),
                ]
            )
        )
    assert found["bad"]["status"] == "unreadable"
    assert found["bad"]["problems"] == [
        {"kind": "worker", "cell": None, "message": reason}
    ]
    assert found["bad"]["isolation"] == TIER
    assert notes.read_text().splitlines() == ["bad", "bad"]
    assert found["anna"]["status"] == found["cleo"]["status"] == "graded"


def test_who_takes_much_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that never answers costs its submission, not the run."""
    from grader.grading.workers import worker

    monkeypatch.setattr(worker, "_MARGIN", -59.5)  # of the bundle's 60 seconds
    with _pool(jobs=1) as pool:
        found = _by_student(
            pool.graded([submission("slow", hang=tmp_path / "n"), submission("anna")])
        )
    assert "didn't end in time" in found["slow"]["problems"][0]["message"]
    assert found["anna"]["status"] == "graded"


def test_workers_that_can_t_start_end_the_run() -> None:
    """Nothing is gained by trying that for every submission."""
    with (
        Pool({"hw1": BUNDLE}, None, jobs=1, task="no.such.module:grade") as pool,
        pytest.raises(MachineLacking, match="No module named 'no'"),
    ):
        list(pool.graded([submission("anna")]))


def test_ending_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Neither processes nor folders, and at once: not when the work is done."""
    notes = tmp_path / "notes"

    def every() -> Iterator[Result]:
        yield submission("slow", hang=notes)
        _lines(notes, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), _pool() as pool:
        list(pool.graded(every()))
    worker, child, folder = notes.read_text().split()
    assert not psutil.pid_exists(int(worker))
    assert not psutil.pid_exists(int(child))
    assert not Path(folder).exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_leaves_no_worker(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Workers see it, take down what they started, and remove their folders."""
    notes = tmp_path / "notes"
    with subprocess.Popen([sys.executable, "-c", RUN, str(notes)], cwd=ROOT) as run:
        lines = _lines(notes, 2)
        run.send_signal(number)
        run.wait()
    for line in lines:
        worker, child, folder = line.split()
        for pid in (worker, child):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(int(pid)).wait(20)
        assert not Path(folder).exists()


def _lines(file: Path, count: int) -> list[str]:
    """Waits for a file's lines, which come from other processes."""
    import select

    poll = select.poll()
    for _ in range(600):
        if file.exists() and len(file.read_text().splitlines()) >= count:
            return file.read_text().splitlines()
        poll.poll(50)
    raise AssertionError(f"{file} never had {count} lines")


def test_a_worker_is_outside_of_the_runs_process_group() -> None:
    """Ctrl-C reaches the run alone, which ends its workers in order."""
    worker = Worker(TASK)
    try:
        assert os.getpgid(worker.pid) == worker.pid
    finally:
        worker.close()
    assert not psutil.pid_exists(worker.pid)
