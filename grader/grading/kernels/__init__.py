"""The learner's kernel: cells run in a sandboxed process, without Jupyter's protocol.

    with warm_server() as server, Kernel(server) as kernel:
        ran = kernel.run("6 * 7", timeout=30)

The kernel is ipykernel's own, so outputs are what JupyterLab shows; only its sockets
are replaced. Nothing that comes from it is trusted, nothing decides a mark.
"""

from grader.grading.kernels.forks import Fork
from grader.grading.kernels.kernel import Kernel, Ran
from grader.grading.kernels.limits import Limits
from grader.grading.kernels.test_cells import Finding, PlainTest
from grader.grading.kernels.warm import MOTO, warm_server

__all__ = [
    "MOTO",
    "Finding",
    "Fork",
    "Kernel",
    "Limits",
    "PlainTest",
    "Ran",
    "warm_server",
]
