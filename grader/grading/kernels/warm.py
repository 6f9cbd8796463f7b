"""The warm process that kernels are forked from."""

from __future__ import annotations

from collections.abc import Iterable

from grader.forkserver import ForkServer, kept
from grader.grading.kernels import shell

PRELOAD = ("boto3", "grader.lab", "matplotlib.pyplot")
"""What nearly every notebook of the course imports."""
_PROGRAM = "grader.grading.kernels.program"
_LOOP = "tornado.platform.asyncio"
"""What each kernel would import when it asks for its loop."""
MOTO = "grader.moto_rehearsal:rehearse"
"""Prepares for notebooks that bring a moto of their own."""


def warm_server(
    preload: Iterable[str] = PRELOAD,
    *,
    prepare: Iterable[str] = (),
    warm: bool = True,
) -> ForkServer:
    """The process that kernels are forked from; one per worker.

    Args:
        preload: modules that notebooks import, beyond IPython.
        prepare: `package.module:function` of what notebooks do first.
        warm: otherwise each kernel is a new interpreter: slower, the same outputs.
    """
    return ForkServer(
        f"{_PROGRAM}:live",
        preload=(_PROGRAM, _LOOP, *preload),
        rehearse=f"{_PROGRAM}:rehearse",
        prepare=(
            "grader.sandbox:prepare",
            f"{_PROGRAM}:prepare",
            f"{_PROGRAM}:prepare_check",
            *prepare,
        ),
        environment={**kept(), **shell.PLOTS},
        warm=warm,
    )
