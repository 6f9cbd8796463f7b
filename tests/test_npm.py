"""What npm installs for functions in Node.js: what its locks say, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader import npm
from grader.npm import Packages

every_lock = pytest.mark.parametrize(
    "packages", npm.ALL, ids=[one.sign for one in npm.ALL]
)


@every_lock
def test_a_newer_lock_asks_for_another_installation(
    packages: Packages, tmp_path: Path
) -> None:
    """What is there counts while it was made of this very lock."""
    here = replace(packages, folder=tmp_path)
    assert not here.up_to_date()
    (tmp_path / "node_modules" / packages.sign).mkdir(parents=True)
    lock = packages.locked / "package-lock.json"
    (tmp_path / lock.name).write_bytes(lock.read_bytes())
    assert here.up_to_date()
    (tmp_path / lock.name).write_bytes(lock.read_bytes() + b"older")
    assert not here.up_to_date()


@every_lock
def test_a_lock_names_no_addresses(packages: Packages) -> None:
    """Any registry can serve it."""
    assert "://" not in (packages.locked / "package-lock.json").read_text()


@every_lock
def test_a_lock_is_of_what_is_asked_for(packages: Packages) -> None:
    """Whoever changes package.json renews the lock beside it."""
    asked = json.loads((packages.locked / "package.json").read_text())
    locked = json.loads((packages.locked / "package-lock.json").read_text())
    assert locked["packages"][""]["dependencies"] == asked["dependencies"]


@every_lock
def test_nothing_locked_runs_when_it_is_installed(packages: Packages) -> None:
    """A package with a script of its own would be half installed without it."""
    locked = json.loads((packages.locked / "package-lock.json").read_text())
    assert [
        name for name, one in locked["packages"].items() if one.get("hasInstallScript")
    ] == []


@pytest.mark.parametrize("unknown", ["nope", "--help-me"])
def test_it_takes_no_arguments(
    unknown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who names a package isn't left to believe that it was installed."""
    with pytest.raises(SystemExit) as ended:
        npm.main([unknown])
    assert ended.value.code == 2
    assert f"unrecognized arguments: {unknown}" in capsys.readouterr().err


def test_what_cant_be_fetched_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line: what is missing, what that means, and what to run later."""
    nobody = tmp_path / "lock"
    nobody.mkdir()
    (nobody / "package.json").write_text('{"dependencies": {"nobody": "1.0.0"}}')
    (nobody / "package-lock.json").write_text("{}")
    here = replace(npm.JIMP, locked=nobody, folder=tmp_path / "installed")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    assert not here.install()
    said = capsys.readouterr().err
    assert said.startswith("The image library jimp could not be installed (")
    assert "Learners can't resize images in Node.js until" in said
    assert "python -m grader.npm" in said
    assert not here.up_to_date()
