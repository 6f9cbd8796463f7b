"""Kernels that die, and what is left behind.

A cell that ends the kernel costs what it should have made; the others count.
"""

from __future__ import annotations

from tests.grading.hostile.cases import GREETING, Case, Document, named, own

DYING = {
    "exits-at-once": "import os\nos._exit(0)",
    "exits-kindly": "exit()",
    "exits-the-system": "import sys\nsys.exit(3)",
    "raises-the-end": "raise SystemExit",
    "kills-itself": "import os\nos.kill(os.getpid(), 9)",
    "kills-its-group": "import os\nos.killpg(0, 9)",
    "aborts": "import os\nos.abort()",
    "reads-address-zero": "import ctypes\nctypes.string_at(0)",
    "overflows-its-stack": (
        "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f():\n    f()\nf()"
    ),
    "becomes-another-program": "import os\nos.execv('/bin/true', ['true'])",
    "dies-later": (
        "import os, threading\nthreading.Timer(0.05, os._exit, (0,)).start()\n"
        "import time\ntime.sleep(1)"
    ),
    "stops-itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "breaks-its-shell": (
        "shell = get_ipython()\nshell.__class__ = type('X', (type(shell),), "
        "{'run_cell': None, 'user_ns': None})"
    ),
}


def _between(document: Document) -> None:
    """Put the dying cell between the two exercises, and drop it from the start."""
    cells = document["cells"]
    fatal = cells.pop(2)
    cells.insert(cells.index(named(document, "square")) + 1, fatal)


CASES = (
    *(
        Case(name, code, honest=True, edit=_between)
        for name, code in DYING.items()
        if name not in ("exits-kindly", "breaks-its-shell")
    ),
    Case("exits-kindly", DYING["exits-kindly"], honest=True),
    Case(
        "breaks-its-shell",
        DYING["breaks-its-shell"],
        honest=True,
        edit=_between,
        own_loss=True,
    ),
    Case(
        "dies-in-every-cell",
        honest=True,
        edit=lambda document: document["cells"].extend(
            own("import os\nos._exit(1)") for _ in range(20)
        ),
    ),
    Case(
        "dies-in-each-answer",
        answers={
            "square-answer": "import os\ndef square(x):\n    os._exit(0)",
            "mean-answer": "import os\ndef mean(x):\n    os.kill(os.getpid(), 11)",
        },
    ),
    Case(
        "dies-while-it-is-checked",
        assignment=GREETING,
        answers={
            "deploy-hello": "import os\ndef deploy_hello(cloud):\n    os._exit(0)"
        },
    ),
    Case(
        "leaves-a-daemon",
        """
        import os, time

        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 256)
                while True:
                    time.sleep(0.1)
            os._exit(0)
        """,
        honest=True,
    ),
    Case(
        "leaves-a-program-and-a-server",
        """
        import http.server, subprocess, sys, threading

        subprocess.Popen(["sleep", "600"], start_new_session=True)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=server.serve_forever).start()
        """,
        honest=True,
    ),
    Case(
        "leaves-shared-memory",
        """
        import ctypes
        from multiprocessing import shared_memory

        libc = ctypes.CDLL(None)
        libc.shmget(0x5A5A5A5A, 4096, 0o1666)
        libc.shmget(0x5A5A5A5A, 4096, 0o1666 | 0o1000)
        libc.semget(0x5A5A5A5A, 1, 0o1666 | 0o1000)
        libc.msgget(0x5A5A5A5A, 0o1666 | 0o1000)
        kept = shared_memory.SharedMemory(create=True, size=4096)
        import os
        for place in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue"):
            try:
                open(os.path.join(place, "hostile-trace"), "w").close()
            except OSError:
                pass
        """,
        honest=True,
    ),
    Case(
        "runs-on-after-the-end",
        """
        import atexit, signal, threading, time

        def linger(*anything):
            while True:
                time.sleep(0.1)

        atexit.register(linger)
        signal.signal(signal.SIGTERM, linger)
        signal.signal(signal.SIGINT, linger)
        threading.Thread(target=linger).start()
        """,
        honest=True,
    ),
)
