"""Gives a check a fault of ours, in a lab process that finds this on its path."""

from __future__ import annotations

import dataclasses
import sys

if "grader.process" in sys.orig_argv:
    from grader import checks
    from grader.checks import exercise

    def _breaks(*_work: object, variation: bool) -> None:
        raise ZeroDivisionError("ours")

    checks.load()
    _known = exercise._EXERCISES
    _known["hello-python"] = dataclasses.replace(_known["hello-python"], check=_breaks)
