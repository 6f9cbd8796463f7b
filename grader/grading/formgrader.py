"""What nbgrader's formgrader shows of learners' Markdown: nothing that acts.

nbconvert makes outputs harmless when `HTMLExporter.sanitize_html` says so; the Markdown
in formgrader's own template it doesn't.
"""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from grader.grading.sanitising import harmless


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of this name, for `HTMLExporter.filters`."""
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    made = MarkdownWithMath(renderer=renderer).render(source)
    return harmless(made, files=True)
