"""Deployment packages and layers, unpacked once per content for all environments."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.cloud.functions import code_storage

_BLOCK = 4096
"""Bytes that the smallest file takes on a disk."""


class CodeStore:
    """Keeps unpacked zips below one folder, named by the hash of what they hold.

    Nothing of it goes before the folder does, so ``limit`` is how many bytes may be
    unpacked in all; None for any number.
    """

    def __init__(self, folder: Path, *, limit: int | None = None) -> None:
        self._folder = folder
        self._limit = limit
        self._unpacked_bytes = 0
        self._lock = threading.Lock()

    def task(self, code_sha256: str, fetch: Callable[[], bytes]) -> Path:
        """The folder to show as ``/var/task``; ``fetch`` gives the zip's bytes.

        Raises: AWSError when there is no room for it, as with ``opt``.
        """
        return self._unpacked(["task", code_sha256], lambda: [fetch()])

    def opt(self, layers: Sequence[str], fetch: Callable[[str], bytes]) -> Path:
        """The folder to show as ``/opt``: the layers one over the other, in order."""
        return self._unpacked(
            ["opt", *layers], lambda: [fetch(layer) for layer in layers]
        )

    def _unpacked(self, name: list[str], fetch: Callable[[], list[bytes]]) -> Path:
        digest = hashlib.sha256("\n".join(name).encode()).hexdigest()
        target = self._folder / f"{name[0]}-{digest[:32]}"
        with self._lock:
            if not target.exists():
                self._unpack(fetch(), target)
        return target

    def _unpack(self, contents: Sequence[bytes], target: Path) -> None:
        size = sum(map(_size, contents))
        if self._limit is not None and self._unpacked_bytes + size > self._limit:
            raise code_storage.exceeded(
                "While graded, what functions have in their packages and layers may"
                f" take {self._limit:,} bytes of disk in all, and this one would take"
                " more: deploy fewer or smaller ones."
            )
        growing = target.with_suffix(".part")
        growing.mkdir(parents=True)
        try:
            for content in contents:
                _extract(content, growing)
            growing.rename(target)
        except BaseException:
            shutil.rmtree(growing, ignore_errors=True)
            raise
        self._unpacked_bytes += size


def _size(content: bytes) -> int:
    """What a zip takes on the disk, in bytes; nothing more comes out than it states."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(max(member.file_size, _BLOCK) for member in archive.infolist())


def _extract(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            # extract() keeps names such as ../x inside the folder.
            path = archive.extract(member, folder)
            mode = (member.external_attr >> 16) & 0o777
            # A zip written without modes (as Windows does) stays readable. What its
            # owner may, whoever runs the function may: in a sandbox that is another.
            mode = mode or (0o755 if member.is_dir() else 0o644)
            owners = mode & 0o700
            os.chmod(path, mode | owners >> 3 | owners >> 6)
