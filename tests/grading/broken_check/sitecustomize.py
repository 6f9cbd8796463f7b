"""Gives a check a fault of ours, in a lab process that finds this on its path."""

from __future__ import annotations

import dataclasses
import sys

# A lab process of its own, or the warm process that labs are forked from.
if any("grader.process" in argument for argument in sys.orig_argv):
    from grader import checks
    from grader.checks import exercise

    def _breaks(*_work: object, variation: bool) -> None:
        raise ZeroDivisionError("ours")

    checks.load()
    _known = exercise._EXERCISES
    _known["hello-python"] = dataclasses.replace(_known["hello-python"], check=_breaks)
