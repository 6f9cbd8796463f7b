"""What no submission may read, change, reach or end, and how the host knows.

Every secret is found out by the text `SECRET` in it: no output, message or feedback
may hold it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

SECRET = "bait-that-was-taken"
CANARY = "HOSTILE_CANARY"
"""A variable of the grader's environment, with a secret in it."""


class Baits:
    """The baits laid out in a folder of the host.

    `places` has what a case may name as `@name@`.
    """

    def __init__(self, folder: Path, course: Path) -> None:
        self.folder = folder
        self._files = files = {
            "gradebook": folder / "work" / "gradebook.db",
            "journal": folder / "work" / "journal.jsonl",
            "bundle": folder / "work" / "bundle.json",
            "another": folder / "submitted" / "anna" / "phase1" / "sums.ipynb",
            "credentials": folder / "home" / ".aws" / "credentials",
        }
        for name, path in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{SECRET}: {name}\n")
            path.chmod(0o666)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o777)
        self._before = self._contents()
        self.places = {
            **{name: str(path) for name, path in files.items()},
            "folder": str(folder),
            "home": str(folder / "home"),
            "course": str(course),
            "grader": str(os.getpid()),
            "package": str(Path(__file__).parents[3] / "grader"),
            "site": str(Path(socket.__file__).parent),
            "unix": str(folder / "bait.socket"),
            "abstract": f"bait-{os.getpid()}",
        }

    @contextmanager
    def laid(self) -> Iterator[None]:
        """Listen where nobody may connect, and run a process that nobody may end."""
        with ExitStack() as stack:
            tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            udp = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", 0))
            unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            unix.bind(self.places["unix"])
            os.chmod(self.places["unix"], 0o666)
            abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
            abstract.bind("\0" + self.places["abstract"])
            for listener in (unix, abstract):
                listener.listen()
            self.places["tcp"] = str(tcp.getsockname()[1])
            self.places["udp"] = str(udp.getsockname()[1])
            self._listening = [tcp, udp, unix, abstract]
            self._bystander = subprocess.Popen(
                [sys.executable, "-c", "import time; time.sleep(3600)"],
                env={CANARY: SECRET},
            )
            self.places["bystander"] = str(self._bystander.pid)
            stack.callback(self._bystander.wait)
            stack.callback(self._bystander.kill)
            yield

    def touched(self) -> list[str]:
        """What was done to the baits since the last question, in words."""
        found = []
        for listener in self._listening:
            listener.setblocking(False)
            try:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
            except BlockingIOError:
                continue
            found.append(f"{listener.family.name} {listener.type.name} was reached")
        if not psutil.pid_exists(self._bystander.pid):
            found.append("the bystander was ended")
        now = self._contents()
        found += [
            f"{path} changed"
            for path in sorted({*now, *self._before})
            if now.get(path) != self._before.get(path)
        ]
        self._before = now
        return found

    def _contents(self) -> dict[str, str]:
        return {
            str(path): f"{path.stat().st_mode} {path.read_text()}"
            for path in self._files.values()
            if path.is_file()
        }
