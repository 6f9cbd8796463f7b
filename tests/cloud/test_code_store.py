"""Unpacked deployment packages and layers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from grader.cloud.aws_errors import AWSError
from grader.cloud.code_store import CodeStore


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_content_is_unpacked_once(tmp_path: Path) -> None:
    """However often it is asked for, it takes room once."""
    store = CodeStore(tmp_path, limit=10_000)
    wide = _zip(a=b"x" * 9_000)
    assert store.task("one", lambda: wide) == store.task("one", lambda: wide)


def test_no_more_is_unpacked_than_the_disk_may_hold(tmp_path: Path) -> None:
    """Small files count as blocks; what was unpacked before stays in use."""
    store = CodeStore(tmp_path, limit=3 * 4_096)
    first = store.task("one", lambda: _zip(a=b"", b=b""))
    with pytest.raises(AWSError, match="Code storage limit exceeded") as refused:
        store.opt(["layer", "other"], lambda layer: _zip(**{layer: b""}))
    assert refused.value.code == "CodeStorageExceededException"
    assert {one.name for one in first.iterdir()} == {"a", "b"}
    assert list(tmp_path.iterdir()) == [first]
    store.task("two", lambda: _zip(c=b""))


def test_a_zip_that_is_broken_inside_leaves_nothing(tmp_path: Path) -> None:
    """Neither on the disk nor in the way of a second try."""
    store = CodeStore(tmp_path)
    package = _zip(a=b"x" * 5_000, b=b"right").replace(b"right", b"wrong")
    for _ in range(2):
        with pytest.raises(zipfile.BadZipFile):
            store.task("one", lambda: package)
    assert list(tmp_path.iterdir()) == []
