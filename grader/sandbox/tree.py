"""The tree of files that a sandboxed process sees instead of the machine's.

Built in a mount namespace of its own from an empty file system, into which what the
policy names is bound read-only; then the machine's tree is taken away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from grader.errors import SandboxFailed
from grader.sandbox import system_calls, system_files
from grader.sandbox.policy import Policy
from grader.sandbox.users import User

_STAGE = "/tmp"
"""Where the new root is mounted at first: a folder that every machine has."""
_HOST = "/.host"
_EMPTY_FOLDER, _EMPTY_FILE = "/.empty", "/.nothing"
_QUIET = system_calls.MS_NOSUID | system_calls.MS_NODEV


@dataclass(frozen=True)
class Mount:
    """Something that appears at a path inside.

    `source` is on the host and has no links in it; of `memory`, it's the options.
    """

    path: str
    source: str
    kind: Literal["read-only", "writable", "memory"] = "read-only"


def build(policy: Policy, user: User, *, proc: bool) -> None:
    """Replace this process's root, in its own mount namespace, and go to the folder.

    Raises:
        OSError: a path on the host doesn't exist, or mounting isn't allowed.
    """
    os.umask(0o022)
    # By depth: what lies in another mount comes after it.
    mounts = sorted(_mounts(policy, user), key=lambda mount: mount.path.count("/"))
    links = _links()
    system_calls.mount("none", "/", flags=system_calls.MS_REC | system_calls.MS_PRIVATE)
    system_calls.mount("sandbox", _STAGE, "tmpfs", _QUIET, "size=4m,mode=755")
    os.mkdir(_STAGE + _HOST)
    system_calls.pivot_root(_STAGE, _STAGE + _HOST)
    os.chdir("/")
    folders = Folders()
    folders.make(_EMPTY_FOLDER)
    os.mknod(_EMPTY_FILE, 0o444)
    for path, text in system_files.written(
        user.uid, user.gid, hostname=policy.hostname, home=policy.folder
    ).items():
        folders.make(os.path.dirname(path))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    for path, target in links.items():
        folders.make(os.path.dirname(path))
        os.symlink(target, path)
    for mount in mounts:
        _put(mount, folders)
    for path in policy.masked:
        _hide(path)
    copy_into(policy.folder, policy, user, host=_HOST)
    if proc:
        folders.make("/proc")
        # Without those of others: the first process may have the machine's network.
        system_calls.mount(
            "proc", "/proc", "proc", _QUIET | system_calls.MS_NOEXEC, "hidepid=2"
        )
    system_calls.detach(_HOST)
    os.rmdir(_HOST)
    system_calls.make_read_only("/", with_mounts_below=False)
    os.chdir(policy.folder)


class Folders:
    """Makes folders, each once: asking the disk each time took half of the time."""

    def __init__(self) -> None:
        self._made = {"/"}

    def make(self, path: str) -> None:
        if path not in self._made:
            self.make(os.path.dirname(path))
            if not os.path.isdir(path):
                os.mkdir(path)
            self._made.add(path)


def _mounts(policy: Policy, user: User) -> Iterator[Mount]:
    for path in system_files.FOLDERS:
        if os.path.isdir(path) and not os.path.islink(path):
            yield Mount(path, path)
    for path in system_files.SETTINGS:
        if os.path.exists(path):
            yield Mount(path, _resolved(path))
    for path, source in policy.read_only.items():
        yield Mount(path, _readable(source, user))
    for path in system_files.DEVICES:
        yield Mount(path, path, "writable")
    for path, source in policy.sockets.items():
        give(source, user)
        yield Mount(path, _resolved(source), "writable")
    options = f"size={policy.disk}m,nr_inodes=65536"
    ours = f"mode=700,uid={user.uid},gid={user.gid}"
    yield Mount(policy.folder, f"{options},{ours}", "memory")
    for path in ("/tmp", "/dev/shm"):
        yield Mount(path, f"{options},mode=1777", "memory")


def _resolved(path: str) -> str:
    """A path of the host's without links: inside, they would lead elsewhere."""
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as fault:
        raise FileNotFoundError(f"there is no {path} on this machine") from fault
    try:
        # The kernel has just followed them: to do that here takes ten times as long.
        return os.readlink(f"/proc/self/fd/{file}")
    finally:
        os.close(file)


def _readable(path: str, user: User) -> str:
    """The same, if the sandbox's own user may read it; below it, that isn't checked."""
    found = _resolved(path)
    needed = 0o005 if os.path.isdir(found) else 0o004
    if user.other and os.stat(found).st_mode & needed != needed:
        raise PermissionError(f"{path} can't be read by other users: chmod o+rX it")
    return found


def _links() -> dict[str, str]:
    links = {
        path: os.readlink(path) for path in system_files.FOLDERS if os.path.islink(path)
    }
    return links | system_files.DEVICE_LINKS


def _put(mount: Mount, folders: Folders) -> None:
    if mount.kind == "memory":
        folders.make(mount.path)
        system_calls.mount("sandbox", mount.path, "tmpfs", _QUIET, mount.source)
        return
    source = _HOST + mount.source
    if os.path.isdir(source):
        folders.make(mount.path)
    else:
        folders.make(os.path.dirname(mount.path))
        if not os.path.exists(mount.path):
            os.mknod(mount.path, 0o444)
    bind = system_calls.MS_BIND | system_calls.MS_REC
    system_calls.mount(source, mount.path, flags=bind)
    if mount.kind == "read-only":
        system_calls.make_read_only(mount.path, with_mounts_below=True)


def _hide(path: str) -> None:
    """Something empty over it; what isn't there needn't be hidden."""
    if os.path.isdir(path):
        system_calls.mount(_EMPTY_FOLDER, path, flags=system_calls.MS_BIND)
    elif os.path.exists(path):
        system_calls.mount(_EMPTY_FILE, path, flags=system_calls.MS_BIND)


def copy_into(folder: str, policy: Policy, user: User, *, host: str = "") -> None:
    """Fill a working folder with what the policy wants copied.

    Links stay links: followed, they could lead to what isn't the learner's.

    Raises:
        OSError: something isn't there, or is more than fits.
        SandboxFailed: something isn't for the working folder.
    """
    for path, source in policy.copied.items():
        inside = os.path.relpath(path, policy.folder)
        if inside.startswith(".."):
            raise SandboxFailed(f"{path} isn't below {policy.folder}")
        target = os.path.join(folder, inside)
        source = host + os.path.abspath(source)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target, follow_symlinks=False)
    if policy.copied:
        give(folder, user)


def give(path: str, user: User) -> None:
    """Let a user own a folder and all that is in it; for root alone."""
    if not user.other:
        return
    os.chown(path, user.uid, user.gid, follow_symlinks=False)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = os.path.join(folder, name)
            os.chown(entry, user.uid, user.gid, follow_symlinks=False)
