"""A warm process that has imported everything and forks children on order.

    server = ForkServer("package.module:function", preload=["package.module"])
    child = server.fork({"any": "JSON"}, fds=[3])
    child.wait()

A fork costs some milliseconds where a new interpreter and its imports take seconds.
Linux only. Where a warm process can't fork, `warm=False` runs the same function in a
new interpreter each time: slower, and otherwise the same.
"""

from grader.forkserver.birth import NOTHING, written
from grader.forkserver.child import Birth, Child
from grader.forkserver.client import Borrowed, ForkServer, kept

__all__ = ["NOTHING", "Birth", "Borrowed", "Child", "ForkServer", "kept", "written"]
