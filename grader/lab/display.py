"""Showing something in a notebook as HTML, and everywhere as plain text."""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """One thing to show, in both forms."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


class Code(str):
    """Words of a panel whose letters stand below each other: code, logs, tracebacks."""


def show(shown: Shown) -> None:
    """Display in a notebook, print elsewhere; never a cell's value, never stderr."""
    # A kernel has IPython loaded; a script that doesn't shouldn't pay for it.
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(shown)  # type: ignore[no-untyped-call]
    else:
        print(shown.text)


def panel(colour: str, title: str, paragraphs: list[tuple[str, str]]) -> Shown:
    """A title and labelled paragraphs; a label may be empty, newlines are kept."""
    text = [title]
    body = ""
    for label, words in paragraphs:
        lead = f"{label}: " if label else ""
        indent = "\n    " if lead else "\n  "
        text.append("  " + (lead + words).replace(": \n", ":\n").replace("\n", indent))
        body += (
            f'<div style="white-space:pre-wrap;margin-top:.3em{_font(words)}">'
            + (f"<b>{html.escape(label)}:</b> " if label else "")
            + f"{html.escape(words)}</div>"
        )
    return Shown(
        "\n".join(text),
        f'<div style="border-left:.3em solid {colour};padding:.2em .8em">'
        f"<b>{html.escape(title)}</b>{body}</div>",
    )


def _font(words: str) -> str:
    if not isinstance(words, Code):
        return ""
    return ";font-family:var(--jp-code-font-family,monospace);font-size:90%"


GOOD, BAD, OURS, PLAIN = "#2e7d32", "#c62828", "#ef6c00", "#1565c0"
