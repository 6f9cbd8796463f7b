"""Archives that would do harm, or can't be read."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grading.intake import Intake, take_in
from grader.grading.intake import files as files_module
from grader.grading.intake.files import Files
from tests.grading.intake.conftest import NOTEBOOK, TOY, zipped

Take = Callable[..., Intake]


def _zip_of(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../mallory/hw1/toy.ipynb", "its name leads out of the archive"),
        ("/etc/hw1/toy.ipynb", "its name is absolute"),
        ("C:\\hw1\\toy.ipynb", "its name is absolute"),
        ("lena\\..\\..\\hw1\\toy.ipynb", "its name leads out of the archive"),
    ],
)
def test_names_that_lead_elsewhere(take: Take, name: str, reason: str) -> None:
    """Such an entry is refused by name; the others of the archive count."""
    archive = zipped({name: NOTEBOOK, "lena/hw1/toy.ipynb": NOTEBOOK})
    intake = take({"class.zip": archive})
    assert [each.student for each in intake.hand_ins if each.notebooks] == ["lena"]
    assert any(reason in remark for remark in intake.remarks)


def test_links_aren_t_followed(tmp_path: Path) -> None:
    """Neither one in an archive nor one in a folder leads to another's file."""
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    folder = tmp_path / "class"
    (folder / "lena" / "hw1").mkdir(parents=True)
    (folder / "lena" / "hw1" / "toy.ipynb").symlink_to(secret)
    (folder / "noor").symlink_to(tmp_path)
    link = zipfile.ZipInfo("ben/hw1/toy.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (folder / "more.zip").write_bytes(_zip_of((link, str(secret).encode())))
    with Files() as files:
        intake = take_in(folder, [TOY], files)
    assert all(not each.notebooks for each in intake.hand_ins)
    problems = [problem for each in intake.hand_ins for problem in each.problems]
    told = [*intake.remarks, *problems]
    assert sum("it is a link" in sentence for sentence in told) == 3


def test_a_bomb_isn_t_unpacked(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would unpack to too much is told with its size, and costs no memory."""
    monkeypatch.setattr(files_module, "ARCHIVE_LIMIT", 1_000_000)
    bomb = zipped({f"{number}.bin": bytes(200_000) for number in range(6)})
    assert len(bomb) < 5_000
    intake = take(
        {"lena/hw1/work.zip": bomb, "noor/hw1/toy.ipynb": NOTEBOOK}, download=True
    )
    assert [bool(each.notebooks) for each in intake.hand_ins] == [False, True]
    assert "it would unpack to 1200000 bytes" in intake.hand_ins[0].problems[0]


def test_a_file_that_is_too_large(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file has a limit too, wherever it lies."""
    monkeypatch.setattr(files_module, "FILE_LIMIT", 1_000)
    intake = take({"lena/hw1/toy.ipynb": bytes(2_000)})
    assert "it has 2000 bytes, and 1000 are read" in intake.hand_ins[0].problems[0]


def test_archives_in_archives_end(take: Take) -> None:
    """Some levels are read; what lies deeper is told."""
    archive = zipped({"toy.ipynb": NOTEBOOK})
    for _ in range(5):
        archive = zipped({"inner.zip": archive})
    intake = take({"lena/hw1/work.zip": archive})
    assert "archives are 3 deep at most" in intake.hand_ins[0].problems[0]


def test_an_entry_that_lies_about_its_size(take: Take) -> None:
    """Reading it is an error of that submission, and of no other."""
    written = bytearray(zipped({"toy.ipynb": bytes(100_000)}))
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        position = written.index(sign) + at
        written[position : position + 4] = struct.pack("<I", 10)
    intake = take({"lena/hw1/work.zip": bytes(written)})
    with Files() as files:
        submission, problems = intake.hand_ins[0].read(files)
    assert submission["notebooks"] == {}
    assert "work.zip/toy.ipynb" in problems[0]


def test_encrypted_and_broken_archives(take: Take) -> None:
    """Each is a submission that can't be read, with its cause."""
    encrypted = bytearray(zipped({"toy.ipynb": NOTEBOOK}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(sign) + at] |= 1
    whole = zipped({"toy.ipynb": NOTEBOOK})
    intake = take(
        {
            "anna/hw1/work.zip": bytes(encrypted),
            "ben/hw1/work.zip": whole[: len(whole) // 2],
            "cleo/hw1/work.zip": b"",
            "dora/hw1/work.rar": b"Rar!",
        }
    )
    reasons = [each.problems[0] for each in intake.hand_ins]
    assert "a password is needed" in reasons[0]
    assert "the archive is broken" in reasons[1]
    assert "the archive is broken" in reasons[2]
    assert "only .zip archives are read" in reasons[3]


def test_a_download_that_was_cut_off_is_no_class(tmp_path: Path) -> None:
    """The archive of a learner's at its end isn't taken for all of it."""
    own = zipped({"toy.ipynb": NOTEBOOK})
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.writestr("lena/hw1/toy.ipynb", NOTEBOOK * 99)
        archive.writestr("noor/hw1/work.zip", own)
    whole = (tmp_path / "cut.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: whole.index(own) + len(own)])
    with Files() as files:
        taken = take_in(tmp_path / "cut.zip", (TOY,), files)
    assert taken.hand_ins == ()
    [told] = taken.remarks
    assert told == "left out: cut.zip: the archive is broken (its end is missing)"


def test_an_archive_that_is_called_a_notebook_is_read(take: Take) -> None:
    """A form that takes notebooks only got one."""
    own = zipped({"toy.ipynb": NOTEBOOK})
    for download in (False, True):
        intake = take({"lena/hw1/toy.ipynb": own}, download=download)
        [hand_in] = intake.hand_ins
        assert hand_in.notebooks["toy"].shown == "lena/hw1/toy.ipynb/toy.ipynb"


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_in_an_archive_that_says_no_encoding(
    tmp_path: Path, encoding: str
) -> None:
    """macOS writes UTF-8 and doesn't say so, Windows its own."""
    name = "Jürgen_7_assignsubmission_file/toy.ipynb".encode(encoding)
    plain = "x" * len(name)
    archive = zipped({plain: NOTEBOOK}).replace(plain.encode(), name)
    (tmp_path / "class.zip").write_bytes(archive)
    with Files() as files:
        [hand_in] = take_in(tmp_path / "class.zip", (TOY,), files).hand_ins
    assert hand_in.name == "Jürgen"


def test_one_name_twice_in_an_archive(take: Take) -> None:
    """The later entry counts, and the other one is told."""
    later = NOTEBOOK + b"  "
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = _zip_of(
            (zipfile.ZipInfo("toy.ipynb"), NOTEBOOK),
            (zipfile.ZipInfo("toy.ipynb"), later),
        )
    intake = take({"lena/hw1/work.zip": archive})
    assert intake.hand_ins[0].notebooks["toy"].size == len(later)
    assert len(intake.remarks) == 1


def test_names_that_collide_in_case(take: Take) -> None:
    """Neither is lost, also where a disk would keep only one of them."""
    archive = zipped({"TOY.ipynb": NOTEBOOK + b" ", "toy.ipynb": NOTEBOOK})
    intake = take({"lena/hw1/work.zip": archive})
    notebooks = intake.hand_ins[0].notebooks
    assert notebooks["toy"].size == len(NOTEBOOK)
    assert notebooks["TOY"].size == len(NOTEBOOK) + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_a_pipe_isn_t_opened(tmp_path: Path) -> None:
    """Opening one would wait for a writer that never comes."""
    (tmp_path / "lena" / "hw1").mkdir(parents=True)
    os.mkfifo(tmp_path / "lena" / "hw1" / "toy.ipynb")
    with Files() as files:
        intake = take_in(tmp_path, [TOY], files)
    assert "it is no file" in intake.hand_ins[0].problems[0]


def test_open_archives_are_few(tmp_path: Path) -> None:
    """A class of many archives doesn't exhaust the process's descriptors."""
    for number in range(40):
        (tmp_path / f"s{number:02}.zip").write_bytes(zipped({"toy.ipynb": NOTEBOOK}))
    before = len(os.listdir("/proc/self/fd"))
    with Files() as files:
        intake = take_in(tmp_path, [TOY], files)
        assert len(os.listdir("/proc/self/fd")) < before + 12
        for each in intake.hand_ins:
            assert each.read(files)[0]["notebooks"]
    assert len(intake.hand_ins) == 40
