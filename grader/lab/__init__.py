"""The learner's side of the course, in the notebook's kernel.

from grader import lab
cloud = lab.start()
"""

from grader.lab.checking import check
from grader.lab.cloud import Cloud
from grader.lab.hints import hint, solution
from grader.lab.materials import material
from grader.lab.node_libraries import node_modules
from grader.lab.predictions import predict
from grader.lab.progress import progress
from grader.lab.starting import current, start

__all__ = [
    "Cloud",
    "check",
    "current",
    "hint",
    "material",
    "node_modules",
    "predict",
    "progress",
    "solution",
    "start",
]
