"""Walls around programs that nobody vouches for.

    isolation = probe()
    with Network(isolation) as network:
        enter(Policy(...), isolation, network.descriptors)  # in a forked process

It knows nothing of the course: what a program may see is for its caller to say.
"""

from grader.sandbox.command import command
from grader.sandbox.entering import enter, enter_below
from grader.sandbox.isolation import Isolation
from grader.sandbox.memory import Watch
from grader.sandbox.network import Network
from grader.sandbox.policy import Policy
from grader.sandbox.probing import probe
from grader.sandbox.walls import prepare

__all__ = [
    "Isolation",
    "Network",
    "Policy",
    "Watch",
    "command",
    "enter",
    "enter_below",
    "prepare",
    "probe",
]
