"""Classes as they come: folders and archives."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.grading.intake import Intake, Wanted, take_in
from grader.grading.intake.files import Files

TOY = Wanted("hw1", {"toy": frozenset({"put", "table"})})
NOTEBOOK = json.dumps(
    {"cells": [{"metadata": {"nbgrader": {"grade_id": "put"}}, "source": ""}]}
).encode()

Content = Mapping[str, bytes]


def zipped(files: Content) -> bytes:
    """An archive with these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Intake]:
    """Takes a class in that consists of the given files, in a folder or an archive."""

    def make(
        files: Content, *asked: Wanted, download: bool = False, read: bool = False
    ) -> Intake:
        place = tmp_path / "class"
        if download:
            place = tmp_path / "submissions.zip"
            place.write_bytes(zipped(files))
        else:
            for name, content in files.items():
                target = place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        with Files() as opened:
            return take_in(place, asked or (TOY,), opened, known=("hw1", "hw2"))

    return make
