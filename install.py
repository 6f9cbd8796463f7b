"""Build .venv from requirements.lock: all the set-up that `make` needs.

It runs on the machine's own Python with nothing installed, and starts on old ones
too, so that it can say what is missing. A second run finds the stamp and returns.
"""

import glob
import hashlib
import os
import subprocess
import sys

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "installed")
LOCK = os.path.join(HERE, "requirements.lock")


def complaint():
    """What this machine lacks, in one line with how to get it; None if nothing."""
    if sys.version_info[:2] < OLDEST:
        return (
            "Python %d.%d or newer is needed and %s is %d.%d: get one from "
            "python.org or your package manager, then say e.g. "
            "`make lab PYTHON=python3.13`."
        ) % (OLDEST[0], OLDEST[1], sys.executable, *sys.version_info[:2])
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        return (
            "%s has no module %r: on Debian and Ubuntu run "
            "`sudo apt install python3-venv`, then try again."
        ) % (sys.executable, error.name)
    return None


def fingerprint():
    """What an installation depends on; it differs when .venv has to be renewed."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml", "install.py", *npm_locks()):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    # A virtual environment breaks when it is moved.
    digest.update(("%s %s" % (HERE, sys.version)).encode())
    return digest.hexdigest()


def npm_locks():
    """The locks of what is fetched for functions in Node.js."""
    found = glob.glob(os.path.join(HERE, "grader", "npm_locks", "*", "*-lock.json"))
    return sorted(os.path.relpath(path, HERE) for path in found)


def installed():
    """Whether .venv is already what requirements.lock says."""
    try:
        with open(STAMP) as file:
            return file.read() == fingerprint()
    except OSError:
        return False


def python():
    """The environment's interpreter."""
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(VENV, folder, name)


def say(text):
    print(text)
    sys.stdout.flush()


def pip(arguments, total):
    """Run pip, and show how many of `total` packages it has looked at."""
    command = [python(), "-m", "pip", "--disable-pip-version-check"]
    process = subprocess.Popen(
        command + arguments,
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    seen, lines = 0, []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("Collecting "):
            seen += 1
            if sys.stdout.isatty():
                sys.stdout.write("\r  fetching %d of about %d " % (seen, total))
                sys.stdout.flush()
            elif seen % 40 == 0:
                say("  fetching %d of about %d" % (seen, total))
        elif line.startswith("Installing collected packages") and total:
            if sys.stdout.isatty():
                sys.stdout.write("\r")
            say("  unpacking and compiling (a minute)        ")
    if process.wait() != 0:
        say("\n".join(lines[-12:]))
        return False
    return True


def works(version):
    """Whether .venv is one of this Python and wasn't moved."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.check_output([python(), "-c", question])
        # Programs in there name their interpreter by its whole path.
        with open(os.path.join(os.path.dirname(python()), "pip")) as pip:
            return answer.decode().strip() == version and VENV in pip.read(1000)
    except (OSError, subprocess.CalledProcessError):
        return False


def packages():
    """How many packages the lock names."""
    with open(LOCK) as file:
        return sum(1 for line in file if "==" in line)


def install():
    """Build or renew .venv; return whether it worked."""
    version = "%d.%d" % sys.version_info[:2]
    say("Setting up .venv with Python %s (once, some minutes)" % version)
    if os.path.exists(STAMP):
        os.remove(STAMP)
    # What is there is kept if it works here: a renewal takes seconds then.
    keep = [] if works(version) else ["--clear"]
    if subprocess.call([sys.executable, "-m", "venv", *keep, VENV]) != 0:
        say("%s could not make %s: see the lines above." % (sys.executable, VENV))
        return False
    ours = ["--no-deps", "--no-build-isolation", "--editable", "."]
    if not (
        pip(["install", "--requirement", "requirements.lock"], packages())
        and pip(["install", *ours], 0)
    ):
        say(
            "The packages could not be installed: the first set-up needs the "
            "internet and 1 GB of disk. Run the same command again to go on."
        )
        return False
    say("  fetching libraries for functions in Node.js")
    # It says itself what can't be had; everything else works without.
    subprocess.call([python(), "-m", "grader.npm"], cwd=HERE)
    with open(STAMP, "w") as file:
        file.write(fingerprint())
    say("Set up.")
    return True


def main():
    problem = complaint()
    if problem:
        say(problem)
        return 2
    if installed() or install():
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main())
