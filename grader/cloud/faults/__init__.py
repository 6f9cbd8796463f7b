"""Faults on demand: what AWS does now and then, when it is asked for.

Off unless somebody asks, for one account at a time, and the same at each run.
"""

from grader.cloud.faults.faults import Faults

__all__ = ["Faults"]
