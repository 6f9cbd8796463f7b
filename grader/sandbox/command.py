"""A sandbox around a program that is started by its command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.sandbox.entering import enter
from grader.sandbox.isolation import Isolation
from grader.sandbox.policy import Policy


def command(
    policy: Policy,
    isolation: Isolation,
    argv: Sequence[str],
    *,
    network: Sequence[int] = (),
    keep: Sequence[int] = (),
) -> list[str]:
    """The command line that runs `argv` in a sandbox; its first word is a path inside.

    Whoever starts it passes the descriptors of `network` and `keep` on. The process
    is the keeper of `enter`: it ends like the program, and with this process.
    """
    order = {
        "policy": json.loads(policy.to_json()),
        "isolation": isolation.to_json(),
        "network": list(network),
        "keep": list(keep),
        "owner": os.getpid(),
    }
    # Isolated and without site: that is half of an interpreter's start.
    start = [sys.executable, "-I", "-S", str(Path(__file__).with_name("__main__.py"))]
    return [*start, json.dumps(order), *argv]


def main(arguments: Sequence[str]) -> None:
    """`python -m grader.sandbox ORDER PROGRAM [ARGUMENT …]`; doesn't return."""
    parser = argparse.ArgumentParser(prog="python -m grader.sandbox")
    parser.add_argument("order", help="JSON, as grader.sandbox.command writes it")
    parser.add_argument("argv", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    order = json.loads(options.order)
    enter(
        Policy.from_json(json.dumps(order["policy"])),
        Isolation.from_json(order["isolation"]),
        order["network"],
        keep=order["keep"],
        owner=order["owner"],
    )
    for descriptor in order["keep"]:
        os.set_inheritable(descriptor, True)
    try:
        os.execvp(options.argv[0], options.argv)
    except OSError as fault:
        os.write(2, f"{options.argv[0]}: {fault}\n".encode())
        os._exit(127)
