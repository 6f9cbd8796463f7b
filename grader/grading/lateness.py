"""What a late submission loses, by the plugin that nbgrader's settings name.

As nbgrader's step AssignLatePenalties: per notebook, never below 0 and never more than
the notebook's score. Due dates and extensions are the gradebook's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from grader.errors import GradebookUnusable

Penalty = Callable[[str, float, float], float | None]
"""Of a student, a notebook's score, and the seconds that it is late."""


def penalties(config: Any) -> Penalty:
    """The configured plugin (nbgrader's own does nothing unless it is told to).

    The result raises GradebookUnusable when the plugin breaks.
    """
    from nbgrader.preprocessors import AssignLatePenalties

    step = AssignLatePenalties(config=config)
    step.init_plugin()
    return functools.partial(_penalty, step.plugin_inst)


def _penalty(
    plugin: Any, student: str, score: float, seconds_late: float
) -> float | None:
    try:
        asked = plugin.late_submission_penalty(student, score, seconds_late)
        return None if asked is None else min(max(0.0, float(asked)), score)
    except Exception as fault:  # the instructor's own code
        raise GradebookUnusable(
            f"{type(plugin).__name__}, the plugin for late submissions in "
            f"nbgrader_config.py, broke on {student}: {type(fault).__name__}: {fault}"
        ) from fault
