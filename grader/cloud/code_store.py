"""Deployment packages and layers, unpacked once per content for all environments."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path


class CodeStore:
    """Keeps unpacked zips below one folder, named by the hash of what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def task(self, code_sha256: str, fetch: Callable[[], bytes]) -> Path:
        """The folder to show as ``/var/task``; ``fetch`` gives the zip's bytes."""
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
                growing = target.with_suffix(".part")
                growing.mkdir(parents=True)
                for content in fetch():
                    _extract(content, growing)
                growing.rename(target)
        return target


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
