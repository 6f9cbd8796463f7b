"""The tree of files that a sandboxed process sees instead of the machine's.

Built in a mount namespace of its own from an empty file system, into which what the
policy names is bound read-only; then the machine's tree is taken away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from grader.sandbox import system_calls, system_files
from grader.sandbox.policy import Policy
from grader.sandbox.users import User

_STAGE = "/tmp"
"""Where the new root is mounted at first: a folder that every machine has."""
_HOST = "/.host"
_EMPTY_FOLDER, _EMPTY_FILE = "/.empty", "/.nothing"
_QUIET = system_calls.MS_NOSUID | system_calls.MS_NODEV


def build(policy: Policy, user: User, *, proc: bool) -> None:
    """Replace this process's root, in its own mount namespace, and go to the folder.

    Raises:
        OSError: a path on the host doesn't exist, or mounting isn't allowed.
    """
    os.umask(0o022)
    mounts = _mounts(policy, user)
    links = _links()
    system_calls.mount("none", "/", flags=system_calls.MS_REC | system_calls.MS_PRIVATE)
    system_calls.mount("sandbox", _STAGE, "tmpfs", _QUIET, "size=4m,mode=755")
    os.mkdir(_STAGE + _HOST)
    system_calls.pivot_root(_STAGE, _STAGE + _HOST)
    os.chdir("/")
    os.mkdir(_EMPTY_FOLDER, 0o555)
    Path(_EMPTY_FILE).touch(0o444)
    for path, text in system_files.written(
        user.uid, user.gid, hostname=policy.hostname, home=policy.folder
    ).items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_text(text)
    for path, target in links.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    # By depth: what lies in another mount comes after it.
    for path in sorted(mounts, key=lambda path: (path.count("/"), path)):
        mounts[path](path)
    for path in policy.masked:
        _hide(path)
    for path, source in policy.copied.items():
        copy(_HOST + os.path.abspath(source), path)
        give(path, user)
    if proc:
        os.makedirs("/proc", exist_ok=True)
        system_calls.mount("proc", "/proc", "proc", _QUIET | system_calls.MS_NOEXEC)
    system_calls.detach(_HOST)
    os.rmdir(_HOST)
    system_calls.make_read_only("/", with_mounts_below=False)
    os.chdir(policy.folder)


def _mounts(policy: Policy, user: User) -> dict[str, Callable[[str], None]]:
    """How each path inside comes to be; the host's paths are resolved beforehand."""
    found: dict[str, Callable[[str], None]] = {}
    for path in (*system_files.FOLDERS, *system_files.SETTINGS):
        if os.path.exists(path) and not (
            path in system_files.FOLDERS and os.path.islink(path)
        ):
            found[path] = partial(_bind, os.path.realpath(path))
    for path, source in policy.read_only.items():
        found[path] = partial(_bind, _readable(source))
    for path in system_files.DEVICES:
        found[path] = partial(_bind, path, read_only=False)
    for path, source in policy.sockets.items():
        give(source, user)
        found[path] = partial(_bind, _resolved(source), read_only=False)
    ours = f"mode=700,uid={user.uid},gid={user.gid}"
    for path, mode in (
        (policy.folder, ours),
        ("/tmp", "mode=1777"),
        ("/dev/shm", "mode=1777"),
    ):
        found[path] = partial(_memory, f"size={policy.disk}m,nr_inodes=65536,{mode}")
    return found


def _resolved(path: str) -> str:
    """A path of the host's without links: inside, they would lead elsewhere."""
    found = os.path.realpath(path)
    if not os.path.exists(found):
        raise FileNotFoundError(f"there is no {path} on this machine")
    return found


def _readable(path: str) -> str:
    """The same, if the sandbox's own user may read it; below it, that isn't checked."""
    found = _resolved(path)
    needed = 0o005 if os.path.isdir(found) else 0o004
    if os.geteuid() == 0 and os.stat(found).st_mode & needed != needed:
        raise PermissionError(f"{path} can't be read by other users: chmod o+rX it")
    return found


def _links() -> dict[str, str]:
    links = {
        path: os.readlink(path) for path in system_files.FOLDERS if os.path.islink(path)
    }
    return links | system_files.DEVICE_LINKS


def _bind(source: str, path: str, *, read_only: bool = True) -> None:
    source = _HOST + source
    if os.path.isdir(source):
        os.makedirs(path, exist_ok=True)
    elif not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).touch()
    system_calls.mount(source, path, flags=system_calls.MS_BIND | system_calls.MS_REC)
    if read_only:
        system_calls.make_read_only(path, with_mounts_below=True)


def _memory(options: str, path: str) -> None:
    os.makedirs(path, exist_ok=True)
    system_calls.mount("sandbox", path, "tmpfs", _QUIET, options)


def _hide(path: str) -> None:
    """Something empty over it; what isn't there needn't be hidden."""
    if os.path.isdir(path):
        system_calls.mount(_EMPTY_FOLDER, path, flags=system_calls.MS_BIND)
    elif os.path.exists(path):
        system_calls.mount(_EMPTY_FILE, path, flags=system_calls.MS_BIND)


def copy(source: str, path: str) -> None:
    """Links stay links: followed, they could lead to what isn't the learner's."""
    if os.path.isdir(source):
        shutil.copytree(source, path, symlinks=True, dirs_exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path, follow_symlinks=False)


def give(path: str, user: User) -> None:
    """Let a user own a folder and all that is in it; for root alone."""
    if os.geteuid() != 0:
        return
    os.chown(path, user.uid, user.gid, follow_symlinks=False)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = os.path.join(folder, name)
            os.chown(entry, user.uid, user.gid, follow_symlinks=False)
