"""What notebooks pack into functions in Node.js."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader import lab, npm
from grader.errors import LabError


def test_jimp_lies_in_the_folder_with_all_that_it_needs() -> None:
    """The folder goes into a zip as it is."""
    folder = lab.node_modules()
    assert folder.name == "node_modules"
    assert (folder / "jimp" / "package.json").is_file()
    assert (folder / "@jimp" / "core" / "package.json").is_file()


def test_what_isnt_installed_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set-up without a connection to npm leaves the rest of the course as it is."""
    monkeypatch.setattr(npm, "JIMP", replace(npm.JIMP, folder=tmp_path))
    with pytest.raises(LabError, match=r"jimp isn't installed: run `python -m grader"):
        lab.node_modules()
