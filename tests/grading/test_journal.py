"""The journal of results: whole lines, whatever happens."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.errors import WorkUnusable
from grader.grading.journal import NAME, Journal, results
from grader.grading.work_folder import claimed

WRITER = """
import sys
from pathlib import Path
from grader.grading.journal import Journal

with Journal(Path(sys.argv[1])) as journal:
    for number in range(len(journal), 10_000):
        journal.append(
            {"student": f"s{number}", "assignment": "hw1", "digest": str(number),
             "notebooks": {"toy": {"marks": [], "executed": {"cells": ["x" * 500]}}}}
        )
        print(number, flush=True)
"""
CLAIM = """
import sys
from pathlib import Path
from grader.grading.work_folder import claimed

with claimed(Path(sys.argv[1])):
    print("claimed", flush=True)
    sys.stdin.read()
"""


def _result(student: str, digest: str = "d", **more: Any) -> dict[str, Any]:
    return {
        "student": student,
        "assignment": "hw1",
        "digest": digest,
        "notebooks": {"toy": {"marks": [], "executed": {"cells": ["ä 😀"]}}},
        **more,
    }


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    """Also the executed notebook, which lies compressed in the line."""
    with Journal(tmp_path / NAME) as journal:
        journal.append(_result("anna"))
        journal.append(_result("ben"))
        assert list(journal.results()) == [_result("anna"), _result("ben")]
        assert journal.result("ben", "hw1") == _result("ben")
        assert journal.result("ben", "hw2") is None
    assert list(results(tmp_path / NAME)) == [_result("anna"), _result("ben")]


def test_the_last_result_of_a_submission_counts(tmp_path: Path) -> None:
    """The former one stays in the file: nothing is ever overwritten."""
    path = tmp_path / NAME
    with Journal(path) as journal:
        journal.append(_result("anna", "old"))
        journal.append(_result("anna", "new"))
    with Journal(path) as journal:
        assert journal.digest("anna", "hw1") == "new"
        assert len(journal) == 1
    assert len(path.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("lost", [1, 2, 40, 10_000])
def test_a_torn_last_line_is_no_result(tmp_path: Path, lost: int) -> None:
    """Wherever it is torn, the lines before count and the next one is whole.

    Only its newline missing is no loss: the line is whole.
    """
    path = tmp_path / NAME
    with Journal(path) as journal:
        journal.append(_result("anna"))
        whole = path.stat().st_size
        journal.append(_result("ben"))
    os.truncate(path, max(whole + 1, path.stat().st_size - lost))
    with Journal(path) as journal:
        assert journal.digest("anna", "hw1") == "d"
        assert (journal.digest("ben", "hw1") is None) == (lost > 1)
        journal.append(_result("cleo"))
    students = [result["student"] for result in results(path)]
    assert students == (["anna", "cleo"] if lost > 1 else ["anna", "ben", "cleo"])


def test_a_killed_writer_loses_nothing_it_was_told(tmp_path: Path) -> None:
    """Every result whose `append` returned is there after `kill -9`, none twice."""
    path = tmp_path / NAME
    told = -1
    for lines in (1, 3, 7):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                told = int(writer.stdout.readline())
            writer.kill()
        found = [int(result["digest"]) for result in results(path)]
        assert found == list(range(len(found)))
        assert len(found) > told


def test_a_full_disk_is_told_and_leaves_whole_lines(tmp_path: Path) -> None:
    """The run ends with one line; what was noted before counts."""
    path = tmp_path / NAME
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(path) as journal:
        journal.append(_result("anna"))
        # Python ignores SIGXFSZ, so a file at its limit fails as a full disk does.
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 9, before[1]))
        try:
            with pytest.raises(WorkUnusable, match="goes on from there"):
                journal.append(_result("ben"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        journal.append(_result("cleo"))
    assert [result["student"] for result in results(path)] == ["anna", "cleo"]


def test_an_index_is_all_that_is_kept_in_memory(tmp_path: Path) -> None:
    """A journal of 20 MB costs its reader a small part of that."""
    import tracemalloc

    path = tmp_path / NAME
    noise = os.urandom(1_000_000).hex()
    with path.open("w") as file:
        for number in range(10):
            line = _result(f"s{number}", problems=[noise])
            file.write(json.dumps(line) + "\n")
    tracemalloc.start()
    try:
        with Journal(path) as journal:
            assert sum(1 for _ in journal.results()) == 10
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_two_runs_don_t_write_into_one_folder(tmp_path: Path) -> None:
    """The second is told of the first; a run that was killed claims nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdout is not None and first.stdout.readline() == b"claimed\n"
        with (
            pytest.raises(WorkUnusable, match=rf"another run \(process {first.pid}\)"),
            claimed(tmp_path),
        ):
            pass
        first.kill()
        first.wait()
        with claimed(tmp_path) as folder:
            assert folder == tmp_path.resolve()


def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    """With its name, and the option that chooses another."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(WorkUnusable, match="choose another with --work"),
        claimed(tmp_path / "file" / "work"),
    ):
        pass
