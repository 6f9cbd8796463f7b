"""One warm process for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.forkserver import ForkServer
from grader.grading.kernels import Kernel, Limits, warm_server
from grader.sandbox import Isolation, probe


@pytest.fixture(scope="package")
def server() -> Iterator[ForkServer]:
    """Forks kernels."""
    with warm_server() as warm:
        yield warm


@pytest.fixture(scope="package")
def isolation() -> Isolation:
    """The walls of this machine."""
    return probe()


@pytest.fixture
def kernel(server: ForkServer) -> Iterator[Kernel]:
    """A kernel of the test's own, with little patience."""
    limits = Limits(cell_seconds=20, grace=2, cell_output=20_000, flood=2_000_000)
    with Kernel(server, limits=limits) as own:
        yield own
