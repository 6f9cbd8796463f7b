"""nbgrader's pipeline on a course's folders, in this process."""

from __future__ import annotations

import logging
import math
import os
import sys
from pathlib import Path
from typing import Any

from grader.errors import WrongUse
from grader.grading.course import Course


def prepare_imports() -> None:
    """Let nbgrader, papermill and nbformat import in a quarter of the time.

    jsonschema imports rfc3987_syntax for its `iri` format check alone, and that
    compiles a grammar each time. Notebooks have no IRIs.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    find_programs()


def find_programs() -> None:
    """Put the environment's programs on PATH, also when it isn't activated.

    nbgrader calls alembic by name, and a terminal in JupyterLab should have `grader`.
    """
    here = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if here not in path.split(os.pathsep):
        os.environ["PATH"] = here + os.pathsep + path


def api(
    course: Course,
    *,
    gradebook: str | None = None,
    releases: Path | None = None,
    submitted: Path | None = None,
    work: Path | None = None,
) -> Any:
    """An NbGraderAPI configured as the course's `nbgrader_config.py` says.

    Raises: WrongUse where that file is wrong.

    Args:
        gradebook: its address, made if it isn't there; None notes nothing.
        releases: where learners' notebooks go, else the course's own folder.
        submitted: the class, else the sample class.
        work: where autograded notebooks and feedback go, else the course's own.
    """
    prepare_imports()
    from nbgrader.apps import NbGraderAPI

    config = settings(course)
    folder = work or course.work
    config.CourseDirectory.root = str(course.root)
    if gradebook is None:
        # As `nbgrader generate_assignment --no-db`: a new gradebook takes 2 s to make.
        config.GenerateAssignment.no_database = True
        config.SaveCells.enabled = False
    else:
        config.CourseDirectory.db_url = gradebook
    config.CourseDirectory.source_directory = str(course.solutions)
    config.CourseDirectory.release_directory = str(releases or course.notebooks)
    config.CourseDirectory.submitted_directory = str(submitted or course.submitted)
    config.CourseDirectory.autograded_directory = str(folder / "autograded")
    config.CourseDirectory.feedback_directory = str(folder / "feedback")
    return NbGraderAPI(config=config, log_level=logging.WARNING)


def settings(course: Course) -> Any:
    """What the course's `nbgrader_config.py` says, as a configuration of traitlets.

    Raises: WrongUse where that file is wrong.
    """
    prepare_imports()
    from traitlets.config.loader import PyFileConfigLoader

    file = course.root / "nbgrader_config.py"
    try:
        return PyFileConfigLoader(file.name, path=str(course.root)).load_config()
    except Exception as fault:  # it is a program of the instructor's
        raise WrongUse(f"{file} is wrong: {type(fault).__name__}: {fault}") from fault


def cell_limit(config: Any) -> float | None:
    """Seconds that one cell may take, by the instructor's own `c.Execute.timeout`.

    Infinite where nbgrader is told to wait for ever; None where it is told nothing.
    """
    for name in ("Execute", "ExecutePreprocessor"):
        # Looking a class up would make it: that is how traitlets writes one.
        if name in config and "timeout" in config[name]:
            said = config[name]["timeout"]
            return float(said) if said is not None and said > 0 else math.inf
    return None


def sqlite(file: Path) -> str:
    """The address of a gradebook in a file."""
    return f"sqlite:///{file.resolve()}"


def default_gradebook(root: Path) -> str:
    """The address of a course's gradebook, unless somebody says another."""
    return sqlite(Course(root).work / "gradebook.db")


def kernel_settings(config: Any) -> Any:
    """Put into a configuration how kernels are started."""
    # Other users of the machine can't listen in, and ipykernel doesn't warn of them.
    config.KernelManager.transport_encryption = "auto"
    return config


def with_settings(config: Any, root: Path | None = None) -> Any:
    """Put the course's settings of nbgrader into a configuration.

    `nbgrader_config.py` calls this, so that nbgrader's own commands, its formgrader
    and the `grader` command all grade in the same way.

    Args:
        root: the course, so that nbgrader finds the gradebook of `grader grade`.
    """
    prepare_imports()
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbgrader.preprocessors import (
        AssignLatePenalties,
        CheckCellMetadata,
        ClearOutput,
        LimitOutput,
        OverwriteCells,
        OverwriteKernelspec,
    )

    from grader.grading.autograding import ExecuteExamined, SaveMarks
    from grader.grading.feedback_export import FeedbackExporter
    from grader.grading.formgrader import markdown2html
    from grader.grading.restoring import RestoreCells

    config.CourseDirectory.course_id = "serverless-journey"
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "notebooks"
    config.CourseDirectory.submitted_directory = "data/submitted"
    config.CourseDirectory.autograded_directory = ".grading/autograded"
    config.CourseDirectory.feedback_directory = ".grading/feedback"
    config.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]
    config.ClearSolutions.code_stub = {
        "python": "# YOUR CODE HERE\nraise NotImplementedError"
    }
    config.Autograde.sanitize_preprocessors = [
        RestoreCells,
        ClearOutput,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        ExecuteExamined,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveMarks,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    kernel_settings(config)
    # A tag on a test cell must not keep it from running.
    config.Execute.skip_cells_with_tag = ""
    config.Execute.timeout = 120
    config.Execute.shutdown_kernel = "immediate"
    config.GenerateFeedback.exporter_class = FeedbackExporter
    # Formgrader shows what a learner's code wrote; it must not run in a browser.
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.filters = {"markdown2html": markdown2html}
    if root is not None:
        Course(root).work.mkdir(exist_ok=True)
        config.CourseDirectory.db_url = default_gradebook(root)
    return config
