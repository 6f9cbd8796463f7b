"""Jupyter kernels in a sandbox, for programs that know nothing of it.

    JUPYTER_DEFAULT_PROVISIONER_NAME=sandbox-provisioner nbgrader autograde phase2

works with every program that starts kernels through jupyter_client, papermill among
them. The kernel sees copies of its notebook's neighbours, but no notebook: nbgrader
executes one that has the hidden tests in it.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Enum, Integer

from grader.errors import SandboxFailed
from grader.sandbox import libraries
from grader.sandbox.command import command
from grader.sandbox.isolation import TIERS, Isolation
from grader.sandbox.memory import Watch, program
from grader.sandbox.policy import HOME, Policy
from grader.sandbox.probing import probe

_KEPT = ("LANG", "LANGUAGE", "LC_ALL", "PATH", "PYTHONDONTWRITEBYTECODE", "TZ")
"""Of the environment; and what nbgrader and a kernelspec say."""
_CONNECTION = ".connection.json"
"""In the working folder."""
_SOCKETS = "/sockets"
_PACKAGE = str(Path(__file__).parent.parent)


@functools.cache
def _isolation() -> Isolation:
    """Found out once: a run mustn't become weaker in its middle."""
    return probe()


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox of its own."""

    require = Enum(
        TIERS, "medium", help="The weakest isolation to go on with.", config=True
    )
    memory = Integer(2048, help="MB, over all processes of a kernel.", config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._folder: Path | None = None
        self._watch = Watch()
        self._watched: int | None = None

    def _manager(self) -> Any:
        """The kernel manager, which has the say about transport and addresses."""
        return self.parent

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        isolation = _isolation()
        if not isolation.reaches(self.require):
            raise SandboxFailed(f"{isolation.line()}; {self.require} is required")
        if self._folder is None:
            # Short: a socket's path has at most 108 bytes.
            self._folder = Path(tempfile.mkdtemp(prefix="jupyter-"))
        if isolation.tier == "strong":
            (self._folder / "s").mkdir(exist_ok=True)
            self._manager().transport = "ipc"
            self._manager().ip = f"{self._folder}/s/k"
        # What the caller's environment holds is none of the kernel's business.
        said = {
            name: value
            for name, value in kwargs.pop("env", os.environ).items()
            if name in _KEPT or name.startswith("NBGRADER_")
        }
        launch: dict[str, Any] = await super().pre_launch(env=said, **kwargs)
        return launch

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        assert self._folder is not None
        isolation = _isolation()
        outside = os.path.realpath(self._manager().connection_file)
        connection = json.loads(Path(outside).read_text(encoding="utf-8"))
        policy = Policy(
            read_only={**libraries.python(), _PACKAGE: _PACKAGE},
            copied={
                f"{HOME}/{_CONNECTION}": str(self._folder / _CONNECTION),
                **libraries.caches(HOME),
                **_neighbours(kwargs.get("cwd")),
            },
            memory=self.memory,
            environment={
                **kwargs["env"],
                **libraries.search_path(str(Path(_PACKAGE).parent)),
            },
        )
        if isolation.tier == "strong":
            connection["ip"] = f"{_SOCKETS}/k"
            policy = replace(policy, sockets={_SOCKETS: str(self._folder / "s")})
        else:
            ports = [value for name, value in connection.items() if "_port" in name]
            policy = replace(
                policy,
                listens=tuple(ports),
                # Python looks for a package by listing the folder that it is in, and
                # the course's own folder isn't to be listed.
                copied={**policy.copied, f"{HOME}/.packages/grader": _PACKAGE},
                environment={
                    **policy.environment,
                    **libraries.search_path(".packages"),
                },
            )
        (self._folder / _CONNECTION).write_text(json.dumps(connection))
        argv = [_CONNECTION if word == outside else word for word in cmd]
        launch = {**kwargs, "env": {}, "cwd": "/"}
        found = await super().launch_kernel(command(policy, isolation, argv), **launch)
        assert self.process is not None
        self._watched = self.process.pid
        self._watch.add(self._watched, self.memory)
        return found

    async def send_signal(self, signum: int) -> None:
        """An interrupt is for the kernel alone, any other signal ends everything."""
        if self.process is None:
            return
        if signum != signal.SIGINT:
            self.process.send_signal(signum)
        elif (kernel := program(self.process.pid)) is not None:
            os.kill(kernel, signum)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart=restart)
        if self._watched is not None:
            self._watch.remove(self._watched)
        if not restart:
            self._watch.close()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None


def _neighbours(folder: str | os.PathLike[str] | None) -> dict[str, str]:
    """What lies beside a notebook, but for notebooks; nothing if nobody says where."""
    if folder is None:
        return {}
    return {
        f"{HOME}/{entry.name}": entry.path
        for entry in os.scandir(folder)
        if not entry.name.endswith(".ipynb") and not entry.name.startswith(".")
    }
