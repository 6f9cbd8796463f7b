"""A cell's outputs as they are kept: harmless for whoever looks at them later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.grading.examined_cells import Finding
from grader.grading.sanitising import harmless, picture

Output = dict[str, Any]
"""One output as nbformat 4 has it."""
_PLAIN = ("text/plain", "text/latex")
_MARKUP = ("text/html", "text/markdown")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def kept(outputs: Iterable[Output]) -> list[Output]:
    """Outputs without script, frames and anything else that acts in a browser."""
    return [made for output in outputs if (made := _kept(output))]


def decided(outputs: Iterable[Output], finding: Finding) -> list[Output]:
    """A test cell's outputs with what was found in place of what it claims.

    A cell whose work is right has no error, no stderr and no value afterwards; any
    other has an error. That is what nbgrader makes its marks of.
    """
    rest = [output for output in outputs if output["output_type"] != "execute_result"]
    if finding.passed:
        return [
            {**output, "name": "stdout"} if output.get("name") == "stderr" else output
            for output in rest
            if output["output_type"] != "error"
        ]
    if not any(output["output_type"] == "error" for output in rest):
        rest.append(error("CheckFailed", finding.message))
    return rest


def error(name: str, message: str) -> Output:
    """An error output that says what was found."""
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": [f"{name}: {message}"],
    }


def _kept(output: Output) -> Output | None:
    if "data" not in output:
        return output
    data = {
        kind: safe
        for kind, value in output["data"].items()
        if (safe := _safe(kind, value)) is not None
    }
    return {**output, "data": data, "metadata": {}} if data else None


def _safe(kind: str, value: Any) -> str | None:
    # A notebook's file has texts as lists of lines; JSON may be any list.
    lines = value if isinstance(value, list) else [value]
    if not all(isinstance(line, str) for line in lines):
        return None
    text = "".join(lines)
    if kind in _PLAIN:
        return text
    if kind in _MARKUP:
        return harmless(text)
    if kind in _PICTURES and picture(kind, text):
        return text
    return None
