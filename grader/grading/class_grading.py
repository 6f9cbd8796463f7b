"""Grading a class: submissions in, marks in the gradebook, a report.

What a run has done is in its journal, so a run that ends goes on where it stopped.
"""

from __future__ import annotations

import base64
import difflib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.errors import MachineLacking, WrongUse
from grader.grading import gradebook, intake, pipeline, report
from grader.grading.bundle import Limits, make_bundle, needs_lab
from grader.grading.class_report import Report
from grader.grading.course import Course
from grader.grading.grade import result_digest
from grader.grading.gradebook import Gradebook
from grader.grading.intake import HandIn
from grader.grading.intake.files import Files
from grader.grading.journal import NAME as JOURNAL
from grader.grading.journal import Journal, Key
from grader.grading.progress import Progress
from grader.grading.release import generate
from grader.grading.work_folder import claimed
from grader.grading.workers.cluster import Cluster
from grader.grading.workers.lost import unread
from grader.grading.workers.pool import Pool
from grader.grading.workers.worker import GRADE
from grader.sandbox import Isolation, libraries, probe
from grader.sandbox.isolation import Tier

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Means:
    """With what a class is graded."""

    jobs: int = 0
    """Submissions at once on this machine; 0 for one per processor."""
    scheduler: str | None = None
    """Of a Dask cluster that grades instead of this machine."""
    require: Tier = "medium"
    """The least isolation that will do."""
    force: bool = False
    """Whether results of an earlier run don't count."""
    whole: bool = False
    """Whether the lessons' demonstrations run too, which no mark needs."""
    gradebook: str | None = None
    """Its address, else that of nbgrader_config.py, else a file in the work folder."""
    task: str = GRADE


def grade(
    course: Course,
    phases: Iterable[str] = (),
    *,
    submitted: Path,
    work: Path,
    students: Sequence[str] = (),
    means: Means = Means(),
    progress: Progress | None = None,
) -> Report:
    """Grade a class into `work`: journal, gradebook, feedback, report.

    Every submission gets a result, and none can stop the others.

    Raises: WrongUse, MachineLacking, WorkUnusable, ClusterUnusable, GradebookUnusable,
        ReleaseFailed.
    """
    names = course.phases(phases)
    if not submitted.exists():
        raise WrongUse(f"there is no folder {submitted}: say where with --submitted")
    if submitted.is_file() and not zipfile.is_zipfile(submitted):
        raise WrongUse(f"{submitted} is no folder, and no .zip that can be read")
    with claimed(work) as work:
        # A report on a big class has no memory to share with what was read for it.
        database = _graded(
            course, names, submitted, work, students, means, progress or Progress()
        )
    return report.report(work, names, course=course, database=database)


def _graded(
    course: Course,
    names: Sequence[str],
    submitted: Path,
    work: Path,
    students: Sequence[str],
    means: Means,
    progress: Progress,
) -> str:
    """Grade everything into a gradebook; answers with its address."""
    config = pipeline.settings(course)
    with Files() as files:
        hand_ins, remarks = _asked_for(
            course, names, submitted, students, files, progress
        )
        url = gradebook.address(means.gradebook, config, course.root, work)
        gradebook.prepare(url)
        isolation = None if means.scheduler else _isolation(means.require, progress)
        limits = _limits(config, whole=means.whole)
        bundles = {name: make_bundle(course, name, limits=limits) for name in names}
        with tempfile.TemporaryDirectory(prefix="release-") as folder:
            generate(course, names, into=Path(folder), gradebook=url)
        with (
            Journal(work / JOURNAL) as journal,
            gradebook.opened(
                url, config, autograded_folder=work / report.AUTOGRADED
            ) as book,
            _graders(bundles, isolation, means, len(hand_ins)) as graders,
            progress,
        ):
            # Whoever is refused has one line to read: what was asked for comes first.
            for remark in filter(None, [gradebook.unused(url, course.root), *remarks]):
                progress.say(remark)
            run = _Run(journal, book, files, bundles, isolation, progress, means.force)
            run.grade(hand_ins, graders)
            progress.summarise()
    return url


def _limits(config: Any, *, whole: bool) -> Limits:
    """What a submission may take; a cell never more than all of them together."""
    usual = Limits(whole=whole)
    cell = pipeline.cell_limit(config)
    if cell is None:
        return usual
    return replace(usual, cell=min(cell, usual.submission))


class _Run:
    """One pass over a class."""

    def __init__(
        self,
        journal: Journal,
        book: Gradebook,
        files: Files,
        bundles: Mapping[str, Mapping[str, Any]],
        isolation: Isolation | None,
        progress: Progress,
        force: bool,
    ) -> None:
        self._journal = journal
        self._book = book
        self._recorded = book.recorded()
        self._files = files
        self._bundles = bundles
        self._isolation = isolation.to_json() if isolation else None
        self._progress = progress
        self._force = force
        self._waiting: dict[Key, tuple[HandIn, str, tuple[str, ...]]] = {}

    def grade(self, hand_ins: Sequence[HandIn], graders: Pool | Cluster) -> None:
        self._progress.expect(len(hand_ins))
        for result in graders.graded(self._submissions(_in_fair_order(hand_ins, self))):
            hand_in, its_digest, problems = self._waiting.pop(
                (result["student"], result["assignment"])
            )
            self._settle(hand_in, its_digest, problems, result)

    def has_result(self, hand_in: HandIn) -> bool:
        """Whether an earlier run graded something of this student's."""
        return self._journal.digest(hand_in.student, hand_in.assignment) is not None

    def _submissions(self, hand_ins: Iterable[HandIn]) -> Iterator[dict[str, Any]]:
        """What has to be graded; what has a result already is recorded, if it isn't."""
        for hand_in in hand_ins:
            submission, problems = hand_in.read(self._files)
            key = (hand_in.student, hand_in.assignment)
            its_digest = result_digest(submission, self._bundles[hand_in.assignment])
            if not self._force and self._journal.digest(*key) == its_digest:
                self._progress.keep()
                if self._recorded.get(key) != its_digest:
                    result = self._journal.result(*key)
                    assert result is not None
                    self._book.record(result, _contents(submission))
            elif not submission["notebooks"]:
                why = [("file", problem) for problem in problems]
                self._settle(
                    hand_in, its_digest, (), unread(submission, why, self._isolation)
                )
            else:
                self._waiting[key] = hand_in, its_digest, problems
                yield submission

    def _settle(
        self, hand_in: HandIn, its_digest: str, problems: Sequence[str], result: Result
    ) -> None:
        """Note a result, then record it: whatever ends the run, it isn't lost."""
        whole = {
            **result,
            "digest": its_digest,
            "about": {
                "name": hand_in.name,
                "platform_id": hand_in.platform_id,
                "late": hand_in.late,
                "resubmissions": list(hand_in.resubmissions),
            },
            "problems": [
                *({"kind": "file", "cell": None, "message": each} for each in problems),
                *result["problems"],
            ],
        }
        self._journal.append(whole)
        self._book.record(whole, _contents(hand_in.read(self._files)[0]))
        self._progress.count(whole)


def _isolation(required: Tier, progress: Progress) -> Isolation:
    found = probe()
    progress.say(found.line())
    for folder in libraries.left_out():
        progress.say(
            f"submissions don't see {folder}: more than libraries may be in there; "
            "pip install what they need"
        )
    if not found.reaches(required):
        raise MachineLacking(
            f"submissions aren't run: {required} isolation is required and this "
            f"machine has {found.tier}; see above, or accept that with --require "
            f"{found.tier}"
        )
    return found


def _asked_for(
    course: Course,
    names: Sequence[str],
    submitted: Path,
    students: Sequence[str],
    files: Files,
    progress: Progress,
) -> tuple[list[HandIn], tuple[str, ...]]:
    """What has to be graded, and a sentence on each thing that isn't part of it."""
    taken = intake.take_in(
        submitted, intake.wanted(course, names), files, known=course.phases()
    )
    if not taken.hand_ins:
        for remark in taken.remarks:
            progress.say(remark)
        raise WrongUse(
            f"nothing to grade in {submitted}: it should hold "
            f"<student>/<phase>/<notebook>.ipynb of {', '.join(sorted(names))}, "
            "or a download of Moodle or Canvas"
        )
    there = sorted({hand_in.student for hand_in in taken.hand_ins})
    for student in students:
        if student not in there:
            near = difflib.get_close_matches(student, there, 3) or there[:5]
            raise WrongUse(
                f"there is no submission of {student} in {submitted}, but of "
                f"{', '.join(near)}"
            )
    asked = [
        each for each in taken.hand_ins if not students or each.student in students
    ]
    return asked, taken.remarks


def _graders(
    bundles: Mapping[str, Mapping[str, Any]],
    isolation: Isolation | None,
    means: Means,
    submissions: int,
) -> AbstractContextManager[Pool | Cluster]:
    if means.scheduler:
        return Cluster(means.scheduler, bundles, means.require, task=means.task)
    return Pool(
        bundles,
        isolation.to_json() if isolation else None,
        jobs=min(means.jobs or _usual_jobs(bundles.values()), submissions),
        task=means.task,
    )


def _in_fair_order(hand_ins: Sequence[HandIn], run: _Run) -> list[HandIn]:
    """Who has no result yet comes first, then who handed in first."""
    return sorted(
        hand_ins,
        key=lambda each: (run.has_result(each), each.timestamp.iso or "~"),
    )


def _contents(submission: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: base64.b64decode(text) for name, text in submission["files"].items()}


def _usual_jobs(bundles: Iterable[Mapping[str, Any]]) -> int:
    """As many as there are processors; one more where none is at work on several.

    A notebook without a lab waits every now and then. With one, its kernel, the lab and
    its functions do that for each other, and more of them stand in each other's way:
    with three on two processors a lesson took a tenth longer than with two.
    """
    return _processors() + (not any(map(needs_lab, bundles)))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
