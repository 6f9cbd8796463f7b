"""Becomes the warm runtime: the same program by another interpreter's options."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from grader.cloud import runtimes
from grader.cloud.environment_variables import Folders, interpreter_variables
from grader.cloud.warm_python import BARE

_PROGRAM = Path(__file__).with_name("program.py")


def main(arguments: list[str]) -> None:
    """``arguments`` are an option, and the two of a `ForkServer`."""
    *options, control, _ = arguments
    program = runtimes.program("python")
    command = runtimes.command("python", memory_size=0)[:-1]
    order = {
        "control": int(control),
        "libraries": {
            inside: outside
            for inside, outside in program.mounts.items()
            if inside.startswith("/var/runtime/")
        }
        | {
            f"{runtimes.LAB_TIME}/{name}": path
            for name, path in runtimes.lab_time_libraries().items()
        },
        "bootstrap": str(Path(program.mounts["/var/lab"]) / "bootstrap.py"),
        "bare": options == [BARE],
    }
    os.set_inheritable(int(control), True)
    # Streams like an environment's: pipes, which nobody reads here.
    reading, writing = os.pipe()
    os.close(reading)
    for stream in (1,):
        os.dup2(writing, stream)
    os.execve(
        command[0],
        [*command, str(_PROGRAM), json.dumps(order)],
        interpreter_variables("python", Folders()),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
