"""The `grader` command.

Exit status: 0 good; 1 work not right, or not full marks; 2 wrong use or environment.
Each command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from grader.errors import GraderError, WrongUse

GOOD, NOT_RIGHT, WRONG = 0, 1, 2
MOST_JOBS = 256

# Folders in which Jupyter looks for settings.
_SETTINGS = "JUPYTER_CONFIG_PATH"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers with its exit status."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    # Only `lab` has somebody else's options behind its own.
    if rest and options.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    before = signal.signal(signal.SIGTERM, _end)
    try:
        return int(options.run(options))
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("grader: stopped", file=sys.stderr)
        return WRONG
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: FrameType | None) -> None:
    # Like ctrl-C, so that kernels, labs and temporary folders go too.
    raise KeyboardInterrupt


def lab(options: argparse.Namespace) -> int:
    """Open JupyterLab on the learners' notebooks, or on the whole course."""
    import os

    from grader.grading import course, pipeline

    here = course.find()
    folder = here.notebooks
    folder.mkdir(exist_ok=True)
    if options.instructor:
        # nbgrader looks for its settings where JupyterLab is started.
        folder = here.root
        os.chdir(folder)
    pipeline.find_programs()
    # JupyterLab refuses to start as root, which is what one is in a container. It
    # listens on this machine only, and asks for its token.
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and not os.geteuid() else []
    # A learner without a network isn't asked about news: settings of ours, first.
    ours, theirs = Path(__file__).parent / "jupyter", os.environ.get(_SETTINGS)
    os.environ[_SETTINGS] = os.pathsep.join(filter(None, [str(ours), theirs]))
    # This process becomes JupyterLab, so a signal to it ends all kernels too.
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-m",
            "grader.jupyterlab",
            *as_root,
            *options.rest,
            str(folder),
        ],
    )


def run(options: argparse.Namespace) -> int:
    """Run notebooks from end to end and print the scoreboard."""
    from grader.grading import course
    from grader.grading.execution import run as run_notebook
    from grader.grading.scoreboard import is_full, scoreboard

    here = course.find()
    folder = here.solutions if options.solutions else here.notebooks
    notebooks = [
        notebook
        for phase in here.phases(options.phases)
        for notebook in course.notebooks_in(folder / phase)
    ]
    if not notebooks:
        return _wrong(f"there are no notebooks in {folder}: run `grader release` first")
    runs = [run_notebook(notebook, region=options.region) for notebook in notebooks]
    print(scoreboard(runs))
    return GOOD if is_full(runs) else NOT_RIGHT


def release(options: argparse.Namespace) -> int:
    """Make notebooks/ from solutions/."""
    from grader.grading import course
    from grader.grading.release import release as make

    made = make(course.find(), options.phases)
    for name in made.written:
        print(f"written    {name}")
    for name in made.unchanged:
        print(f"unchanged  {name}")
    for name in made.extra:
        print(f"left       {name}, which isn't from solutions/: delete it if it is old")
    return GOOD


def grade(options: argparse.Namespace) -> int:
    """Grade a class and write the report."""
    from grader.grading import course
    from grader.grading.class_grading import Means
    from grader.grading.class_grading import grade as grade_class
    from grader.grading.report import PAGE, SHEET

    here = course.find()
    work = options.work or here.work
    made = grade_class(
        here,
        [*options.phases, *(options.assignment or [])],
        submitted=options.submitted or here.submitted,
        work=work,
        students=options.student or [],
        means=Means(
            jobs=_jobs(options.jobs),
            scheduler=options.scheduler,
            require=options.require,
            force=options.force,
            whole=options.whole,
            gradebook=options.gradebook,
        ),
    )
    print(f"\n{made}\n\nReport: {work / PAGE} and {work / SHEET}")
    return NOT_RIGHT if made.troubles else GOOD


def report(options: argparse.Namespace) -> int:
    """Print and write the report of a class that was graded."""
    from grader.grading import course, gradebook, pipeline, similarity_page
    from grader.grading.report import PAGE, SHEET
    from grader.grading.report import report as make

    here = course.find()
    work, phases = options.work or here.work, here.phases(options.phases)
    if options.similarity:
        print(similarity_page.summary(similarity_page.compare(work, phases, here)))
        print(f"\nPassages side by side: {work / similarity_page.PAGE}")
        return GOOD
    config = pipeline.settings(here)
    database = gradebook.address(options.gradebook, config, here.root, work)
    made = make(work, phases, course=here, database=database)
    print(f"{made}\n\nReport: {work / PAGE} and {work / SHEET}")
    return NOT_RIGHT if made.troubles else GOOD


def doctor(options: argparse.Namespace) -> int:
    """Check this machine."""
    from grader.doctor import examine, is_well, shown

    findings = examine()
    print(shown(findings))
    return GOOD if is_well(findings) else WRONG


def cloud(options: argparse.Namespace) -> int:
    """Run the local cloud alone until SIGTERM or ctrl-C."""
    from grader.process import run_cloud

    return int(run_cloud(options.port))


def _wrong(message: str) -> int:
    print(f"grader: {message}", file=sys.stderr)
    return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="grader", description="Serverless Journey: the course and its local cloud."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    added = commands.add_parser(
        "lab",
        help="open the course in JupyterLab",
        description="Open the course in JupyterLab. Further options are JupyterLab's, "
        "such as --no-browser --port 8899.",
    )
    added.add_argument(
        "--instructor",
        action="store_true",
        help="open the whole course, with nbgrader's formgrader",
    )
    added.set_defaults(run=lab)

    added = commands.add_parser("run", help="run notebooks and print the scoreboard")
    added.add_argument("--solutions", action="store_true", help="run the solved ones")
    added.add_argument(
        "--region",
        type=_region,
        metavar="NAME",
        help="where the notebooks work, such as eu-west-1 (us-east-1)",
    )
    _add_phases(added)
    added.set_defaults(run=run)

    added = commands.add_parser("release", help="make notebooks/ from solutions/")
    _add_phases(added)
    added.set_defaults(run=release)

    added = commands.add_parser(
        "grade",
        help="grade a class and write the report",
        description="Grade a class. A run that was stopped goes on where it stopped.",
    )
    added.add_argument(
        "--submitted",
        type=Path,
        metavar="DIR",
        help="the class: DIR/<student>/<phase>/<notebook>.ipynb, or a download of "
        "Moodle or Canvas, also as a .zip (the sample class)",
    )
    added.add_argument(
        "--assignment",
        action="append",
        metavar="NAME",
        help="phase2, say; as often as you like (all phases)",
    )
    added.add_argument(
        "--student",
        action="append",
        metavar="NAME",
        help="this student's work only; as often as you like",
    )
    added.add_argument(
        "--jobs",
        metavar="N",
        help="submissions at once (as many as processors; one more "
        "where no check needs a lab)",
    )
    added.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on the Dask cluster of this scheduler, tcp://10.0.0.5:8786, say",
    )
    added.add_argument(
        "--require",
        choices=("strong", "medium", "none"),
        default="medium",
        help="the least isolation of learners' code that will do (medium)",
    )
    added.add_argument(
        "--force", action="store_true", help="grade again what was graded before"
    )
    added.add_argument(
        "--whole",
        action="store_true",
        help="run the lessons' demonstrations too, which no mark needs",
    )
    _add_work(added)
    _add_gradebook(added)
    _add_phases(added)
    added.set_defaults(run=grade)

    added = commands.add_parser("report", help="the report of a class that was graded")
    added.add_argument(
        "--similarity",
        action="store_true",
        help="write which submissions share unusual code instead",
    )
    _add_work(added)
    _add_gradebook(added)
    _add_phases(added)
    added.set_defaults(run=report)

    added = commands.add_parser("doctor", help="check this machine")
    added.set_defaults(run=doctor)

    added = commands.add_parser("cloud", help="run the local cloud alone")
    added.add_argument(
        "--port", type=_port, default=0, metavar="N", help="on 127.0.0.1 (any free one)"
    )
    added.set_defaults(run=cloud)
    return parser


def _add_phases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("phases", nargs="*", metavar="phase", help="phase2 … (all)")


def _add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        help="where the gradebook, feedback and report are (.grading)",
    )


def _add_gradebook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--gradebook",
        metavar="URL",
        help="nbgrader's gradebook, such as postgresql+pg8000://user@host/name (that "
        "of nbgrader_config.py, or a file in the folder of --work)",
    )


def _jobs(text: str | None) -> int:
    """How many submissions at once; 0 where nobody said.

    Raises: WrongUse.
    """
    if text is None:
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise WrongUse(f"--jobs {text} is no number from 1 to {MOST_JOBS}")
    return int(text)


def _region(text: str) -> str:
    from grader.facts.regions import ENABLED_BY_DEFAULT

    if text not in ENABLED_BY_DEFAULT.value:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no Region that every account has: "
            f"{', '.join(sorted(ENABLED_BY_DEFAULT.value))}"
        )
    return text


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
