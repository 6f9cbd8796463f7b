"""Some cases as a class that `grader grade` grades, for whoever runs this.

`python -m tests.grading.hostile.classroom TIER FOLDER RESULTS CASE …` writes what
`battery` writes; whose baits were touched is known of all cases together. Where the
tier is medium, the command is run without namespaces, as in a container.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.grading.journal import NAME, results
from tests.grading.hostile.baits import CANARY, SECRET, Baits
from tests.grading.hostile.battery import _SUBREAPER, _bury, _submission, _there
from tests.grading.hostile.cases import STEMS
from tests.grading.hostile.every_case import CASES
from tests.grading.hostile.released import released_course

COMMAND = """
import sys
from grader import cli
from grader.sandbox import seccomp, system_calls
if sys.argv.pop(1) == "medium":
    system_calls.prctl(system_calls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.hold_to(seccomp.program({"unshare": seccomp.refused()}))
sys.exit(cli.main(["grade", *sys.argv[1:]]))
"""


def main(tier: str, place: str, written: str, *names: str) -> int:
    """Grade the cases of these names; returns the command's exit status."""
    # Orphans of a sandbox become ours, so that none is overlooked.
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    folder = Path(place)
    course = released_course(folder / "course")
    baits = Baits(folder / "baits", course.root)
    temporary = folder / "tmp"
    temporary.mkdir()
    os.environ |= {CANARY: SECRET, "TMPDIR": str(temporary)}
    os.environ["HOME"] = baits.places["home"]
    tempfile.tempdir = str(temporary)
    with baits.laid():
        for case in CASES:
            if case.name in names:
                _hand_in(_submission(case, course, baits), folder / "class")
        before = _there()
        ran = subprocess.run(
            [
                *(sys.executable, "-P", "-c", COMMAND, tier, "--require", tier),
                *("--submitted", str(folder / "class"), "--jobs", "1"),
            ],
            cwd=course.root,
            check=False,
        )
        _bury(int(baits.places["bystander"]))
        left = {kind: sorted(now - before[kind]) for kind, now in _there().items()}
        last = {"left": left, "touched": baits.touched()}
    lines = [
        {"case": each["student"], "result": each, "touched": []}
        for each in results(course.work / NAME)
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in [*lines, last])
    Path(written).write_text(text)
    return ran.returncode


def _hand_in(submission: dict[str, object], place: Path) -> None:
    assignment = str(submission["assignment"])
    target = place / str(submission["student"]) / assignment
    target.mkdir(parents=True)
    notebooks = submission["notebooks"]
    assert isinstance(notebooks, dict)
    (raw,) = notebooks.values()
    (target / f"{STEMS[assignment]}.ipynb").write_bytes(base64.b64decode(raw))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
