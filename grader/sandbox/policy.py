"""What a sandboxed process sees and may use."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

HOME = "/home/learner"
"""Where the working folder is: a path that no course is likely to have."""


@dataclass(frozen=True)
class Policy:
    """Everything that a sandbox has; what isn't named here isn't there.

    System programs and libraries, devices without effect and its own `/proc` come
    with every sandbox. Sizes are in MB (of 2²⁰ bytes), paths are absolute.
    """

    read_only: Mapping[str, str] = field(default_factory=dict)
    """Path inside to path on the host, files or folders."""
    masked: tuple[str, ...] = ()
    """Paths inside `read_only` folders that are hidden."""
    copied: Mapping[str, str] = field(default_factory=dict)
    """Path below `folder` to path on the host: copied, and then its own."""
    sockets: Mapping[str, str] = field(default_factory=dict)
    """Path inside to the host's folder: for Unix sockets, and for no files.

    Outside of what is writable, because rights add up: its disk is the host's.
    """
    folder: str = HOME
    """Its working folder: writable, of its own, empty at first."""
    place: str = ""
    """Where that lies on the host if there are no namespaces; else with other
    temporary files. Whoever kills the sandbox's reaper, too, has to empty it."""
    disk: int = 256
    """Of the working folder, of `/tmp` and of `/dev/shm`, each."""
    memory: int = 2048
    """Over all of its processes; each gets an error for more data than that."""
    reserved: int = 0
    """Data that a process may reserve beyond it, and not use: Node 24 takes 600."""
    processes: int = 64
    """Threads count, too."""
    cpu: int = 600
    """Seconds, of each process."""
    file_size: int = 128
    files: int = 512
    """Open at once, in each process."""
    ports: tuple[int, ...] = ()
    """On 127.0.0.1, to connect to where there are no namespaces."""
    listens: tuple[int, ...] = ()
    """Ports to listen on where there are no namespaces."""
    hostname: str = "sandbox"
    environment: Mapping[str, str] = field(default_factory=dict)
    """All of it, but for HOME, TMPDIR and JPY_PARENT_PID, which are set."""

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """The policy that `to_json` wrote."""
        values = json.loads(text)
        for name in ("listens", "masked", "ports"):
            values[name] = tuple(values[name])
        return cls(**values)
