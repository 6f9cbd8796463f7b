"""What formgrader's own template shows of a learner's cells."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from grader.grading import pipeline

WICKED = "<script>alert(1)</script><img src=x onerror='alert(1)'>"


@pytest.fixture(scope="module")
def exporter() -> Any:
    """As nbgrader's formgrader makes it, with the course's settings."""
    config = pipeline.with_settings(Config())
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers

    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return HTMLExporter(config=config)


def shown(exporter: Any, cell: Any) -> str:
    """The page of a notebook of one cell."""
    from nbformat.v4 import new_notebook

    about = {
        **dict.fromkeys(("student", "last_name", "first_name", "base_url"), ""),
        "notebook_id": "n",
        "assignment_id": "a",
        "submission_id": "s",
        "index": 0,
        "total": 1,
        "notebook_path": "n.ipynb",
    }
    html, _ = exporter.from_notebook_node(new_notebook(cells=[cell]), resources=about)
    return str(html)


@pytest.mark.parametrize("graded", [True, False])
def test_markdown_does_nothing(exporter: Any, graded: bool) -> None:
    """Neither as an answer nor as a cell more; what it says is there."""
    from nbformat.v4 import new_markdown_cell

    cell = new_markdown_cell(f"**Said.** {WICKED}")
    if graded:
        flags = {"grade": True, "solution": True, "locked": False, "task": False}
        cell.metadata["nbgrader"] = {"grade_id": "a", "points": 1, **flags}
    page = shown(exporter, cell)
    assert "<strong>Said.</strong>" in page
    assert "alert(1)" not in page


@pytest.mark.parametrize(
    "kind", ["text/html", "text/markdown", "image/svg+xml", "application/javascript"]
)
def test_outputs_do_nothing(exporter: Any, kind: str) -> None:
    """nbconvert's own setting sees to it; tags are shown as text, if at all."""
    from nbformat.v4 import new_code_cell, new_output

    output = new_output("display_data", {kind: f"<svg>{WICKED}</svg>"})
    page = shown(exporter, new_code_cell("1", outputs=[output]))
    assert "<script>alert" not in page and "<img src=x" not in page


def test_pictures_of_the_submission_are_shown(exporter: Any) -> None:
    """Files beside the notebook and attachments; addresses elsewhere are not."""
    from nbformat.v4 import new_markdown_cell

    cell = new_markdown_cell(
        "![a](drawing.png) ![b](attachment:b.png) ![c](http://example.com/c.png)",
        attachments={"b.png": {"image/png": "iVBORw0KGgo="}},
    )
    page = shown(exporter, cell)
    assert 'src="drawing.png"' in page
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in page
    assert "example.com" not in page
