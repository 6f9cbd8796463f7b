"""What the cloud has to say by itself, shown once after the cell that caused it."""

from __future__ import annotations

import sys

from grader.errors import GraderError, LabEnded
from grader.lab.connection import Connection


class Notices:
    """Asks after each cell of a notebook whether there is something to tell."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shell = None
        # A script has no cells: only a kernel has IPython loaded.
        ipython = sys.modules.get("IPython")
        if ipython is not None:
            self._shell = ipython.get_ipython()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self.tell)

    def tell(self, *cell: object) -> None:
        """Print what is waiting, or why boto3 got no answer: the lab has ended."""
        try:
            waiting = self._connection.post("/_lab/notices")["notices"]
        except LabEnded as ended:
            fault = getattr(cell[0], "error_in_exec", None) if cell else None
            if fault is not None and not isinstance(fault, GraderError):
                print(f"ℹ {ended}")
            return
        except GraderError:
            return
        for sentence in waiting:
            print(f"ℹ {sentence}")

    def stop(self) -> None:
        """Ask no more; a second time does nothing."""
        if self._shell is not None:
            self._shell.events.unregister("post_run_cell", self.tell)
            self._shell = None
