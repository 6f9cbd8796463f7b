"""nbgrader's settings for this course; the package has them and their reasons."""

from pathlib import Path

from grader.grading.pipeline import with_settings

c = get_config()  # noqa: F821 (nbgrader provides it)
with_settings(c, Path(__file__).parent)
