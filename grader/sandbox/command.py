"""A sandbox around a program that is started by its command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.errors import SandboxFailed
from grader.sandbox import reaper
from grader.sandbox.entering import enter
from grader.sandbox.isolation import Isolation
from grader.sandbox.policy import Policy

_DESCRIPTORS = ("network", "keep")


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
    parser.add_argument("program", help="a path inside")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        order = json.loads(options.order)
        policy = Policy.from_json(json.dumps(order["policy"]))
        isolation = Isolation.from_json(order["isolation"])
        network, keep = ([int(each) for each in order[name]] for name in _DESCRIPTORS)
        owner = int(order["owner"])
    except (KeyError, TypeError, ValueError) as fault:
        why = f"{type(fault).__name__}: {fault}"
        parser.exit(2, f"{parser.prog}: no order of grader.sandbox.command ({why})\n")
    try:
        enter(policy, isolation, network, keep=keep, owner=owner)
    except SandboxFailed as fault:
        parser.exit(reaper.NOT_STARTED, f"{fault}\n")
    for descriptor in keep:
        os.set_inheritable(descriptor, True)
    argv = [options.program, *options.arguments]
    try:
        os.execvp(argv[0], argv)
    except OSError as fault:
        os.write(2, f"{argv[0]}: {fault}\n".encode())
        os._exit(127)
