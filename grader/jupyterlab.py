"""JupyterLab, as `grader lab` starts it: it ends when it is told to.

A request that is still open then leaves a worker thread of anyio's, which waits for the
request's end, and Python would wait for the thread for ever.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Serve until SIGTERM or ctrl-C, with the arguments of this process."""
    from jupyterlab.labapp import main as serve

    try:
        serve()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    leave(0)


def leave(status: int) -> NoReturn:
    """End this process, whatever its other threads wait for.

    What has to be done at its end is done.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
