"""In the kernel: ipykernel's kernel, whose messages go where we want them."""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from traitlets.config import Config

Tell = Callable[[str, dict[str, Any]], None]
"""Takes a message's type and content, as Jupyter's protocol names them.

https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""
PLOTS = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
"""As ipykernel has it. matplotlib reads it once, when it's imported."""


class Told(Session):
    """A session that hands its messages over instead of sending them."""

    tell: Tell | None = None

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        message: dict[str, Any] = (
            self.msg(msg_or_type, content, parent)
            if isinstance(msg_or_type, str)
            else msg_or_type
        )
        # As with ipykernel, a forked child has nothing to show.
        if self.tell is not None and os.getpid() == self.pid:
            self.tell(message["msg_type"], message["content"])
        return message


class _NoProfile(ProfileDir):
    """No start-up files and no history of whoever grades."""

    def check_dirs(self) -> None:
        pass

    def _location_changed(self, change: Any) -> None:
        pass


def new_kernel() -> Any:
    """An IPythonKernel that can be forked: no sockets, threads or files."""
    os.environ |= PLOTS
    settings = Config()
    settings.HistoryManager.enabled = False  # it would start a thread
    kernel: Any
    # Nobody debugs here, and the debugger changes how code runs.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        kernel = IPythonKernel(  # type: ignore[no-untyped-call]
            config=settings,
            session=Told(key=b""),
            profile_dir=_NoProfile(location=os.devnull),
            log=logging.getLogger("ipykernel"),
            user_ns=None,
        )
    finally:
        del sys.modules["debugpy"]
    kernel.shell.system = functools.partial(_system, kernel.shell)
    # Some libraries, and IPython's own %matplotlib, ask it for the kernel.
    IPKernelApp.instance().kernel = kernel
    kernel.log.addHandler(logging.NullHandler())
    kernel.log.propagate = False
    return kernel


def _system(shell: Any, command: str) -> None:
    """Run what follows a cell's `!`: IPython gives it a terminal, and here is none."""
    with subprocess.Popen(
        shell.var_expand(command, depth=1),
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            # Through sys.stdout, which %%capture and others may have replaced.
            for line in process.stdout:
                print(line, end="", flush=True)
        except BaseException:
            process.kill()
            raise
    shell.user_ns["_exit_code"] = process.returncode
    if getattr(shell, "system_raise_on_error", False) and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def warm_up(kernel: Any) -> None:
    """Have it do in advance what takes long the first time.

    Nothing of it is shown, and its cells and counts begin as if it hadn't been.
    """
    try:
        raise KeyError("an example")
    except KeyError:
        kind, error, story = sys.exc_info()
    kernel.shell.InteractiveTB.structured_traceback(kind, error, story)
    cell = kernel.shell.transform_cell("%time x = 1\n!true\n")
    kernel.shell.compile.ast_parse(cell)
    kernel.shell.display_formatter.format({"an": ["example", 1.0]})


def wake(kernel: Any, tell: Tell) -> None:
    """Let a kernel live in this process, inside a running event loop."""
    from tornado.ioloop import IOLoop

    kernel.session.tell = tell
    kernel.session.pid = os.getpid()
    kernel.io_loop = IOLoop.current()
    # ipykernel asks which thread may handle an interrupt.
    kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    os.environ |= PLOTS
    kernel.shell.init_environment()
