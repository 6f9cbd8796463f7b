"""Outputs as they are kept."""

from __future__ import annotations

from typing import Any

import pytest

from grader.grading.examined_cells import Finding
from grader.grading.outputs import decided, kept

STDERR = {"output_type": "stream", "name": "stderr", "text": "a warning"}
VALUE = {"output_type": "execute_result", "data": {"text/plain": "5"}, "metadata": {}}
ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}


def _shown(**data: Any) -> dict[str, Any]:
    kinds = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": kinds, "metadata": {"a": 1}}


@pytest.mark.parametrize(
    ("data", "safe"),
    [
        (
            {"text_html": "<b onclick='f()'>x</b><script>f()</script>"},
            {"text/html": "<b>x</b>"},
        ),
        ({"text_html": ["<i>", "x</i>"]}, {"text/html": "<i>x</i>"}),
        ({"text_plain": "<x>"}, {"text/plain": "<x>"}),
        ({"image_png": "aGFsbG8="}, {"image/png": "aGFsbG8="}),
        ({"image_png": '"><script>'}, None),
        ({"application_javascript": "f()"}, None),
        ({"text_plain": 7}, None),
        (
            {"application_json": [[1], "a"], "text_plain": "<JSON>"},
            {"text/plain": "<JSON>"},
        ),
        ({"text_html": ["a", 1]}, None),
    ],
)
def test_only_what_is_harmless_is_kept(data: Any, safe: Any) -> None:
    """Text, pictures, and markup without what acts."""
    found = [output["data"] for output in kept([_shown(**data)])]
    assert found == ([] if safe is None else [safe])


def test_streams_and_errors_are_kept_as_they_are() -> None:
    """They are text, and shown as such."""
    assert kept([STDERR, ERROR]) == [STDERR, ERROR]


def test_right_work_has_no_error_and_no_value() -> None:
    """nbgrader would take points for stderr, and a value for partial credit."""
    found = decided([STDERR, VALUE, ERROR], Finding(True, ""))
    assert found == [{**STDERR, "name": "stdout"}]


def test_other_work_has_an_error() -> None:
    """Its own, or else what was found."""
    assert decided([VALUE, ERROR], Finding(False, "no")) == [ERROR]
    (made,) = decided([VALUE], Finding(False, "not yet"))
    assert (made["output_type"], made["evalue"]) == ("error", "not yet")
