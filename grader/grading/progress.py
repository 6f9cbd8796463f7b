"""How a run is going: a bar in a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

from grader.grading.graded import SETTLED

_EVERY = 30.0
"""Seconds between two lines in a log."""


class Progress(AbstractContextManager["Progress"]):
    """Says what a run has done so far and how long it will take; problems as they come.

    Use as a context; `stream` is a terminal or not.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._done = self._total = self._kept = self._troubled = 0
        self._began = self._told = 0.0

    def __exit__(self, *ended: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def say(self, sentence: str) -> None:
        """A line of its own, above the bar."""
        if self._bar is not None:
            self._bar.write(sentence, file=self._stream)
        else:
            print(sentence, file=self._stream, flush=True)

    def expect(self, submissions: int) -> None:
        """How many there are."""
        self._total = submissions
        self._began = self._told = time.monotonic()
        if self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=submissions,
                file=self._stream,
                dynamic_ncols=True,
                bar_format="grading {percentage:3.0f}% |{bar}| {n_fmt} of {total_fmt}, "
                "{elapsed} so far, {remaining} to go",
            )

    def summarise(self) -> None:
        """What was done, when all of it is."""
        took = _time(time.monotonic() - self._began)
        kept = f", {self._kept} were graded before" if self._kept else ""
        troubled = f", {self._troubled} with problems" if self._troubled else ""
        self.say(f"graded {self._done} in {took}{troubled}{kept}")

    def keep(self) -> None:
        """One has its result from an earlier run, which says nothing of the speed."""
        self._kept += 1
        self._total -= 1
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()

    def count(self, result: Mapping[str, Any]) -> None:
        """One more has a result."""
        problems = result["problems"]
        for problem in problems:
            word = "mended" if problem["kind"] in SETTLED else "problem"
            where = f", {problem['cell']}" if problem.get("cell") else ""
            who = f"{result['student']}, {result['assignment']}{where}"
            self.say(shown(f"{word}: {who}: {problem['message']}"))
        self._done += 1
        self._troubled += any(each["kind"] not in SETTLED for each in problems)
        if self._bar is not None:
            self._bar.update()
            return
        now = time.monotonic()
        if now - self._told > _EVERY:
            self._told = now
            left = (now - self._began) / self._done * (self._total - self._done)
            self.say(f"graded {self._done} of {self._total}, {_time(left)} to go")


def shown(text: str) -> str:
    """What a learner may have written, as one line that a terminal shows as it is."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain if len(plain) <= 400 else f"{plain[:400]}…"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
