"""Every file of a class, on disk or in an archive, read without unpacking it.

An archive is a folder to whoever asks. What could do harm (paths that lead outside,
links, bombs) or can't be read is left out with a sentence of its own.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

FILE_LIMIT = 64_000_000
"""Bytes of one file."""
ARCHIVE_LIMIT = 256_000_000
"""Bytes that an archive inside an archive, or a learner's, may unpack to."""
ENTRIES_LIMIT = 5_000
"""Files in an archive inside an archive; a download of a whole class has more."""
DEPTH_LIMIT = 3
"""Archives inside each other."""
EMPTY_FOLDER = "there is nothing in the folder"
_OPEN_ARCHIVES = 8
_DRIVE = re.compile(r"[A-Za-z]:")
_OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_SYSTEMS_OWN = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_ARCHIVE = b"PK\x03\x04"
_SAYS_UTF8 = 0x800
# What reading a damaged archive raises, whichever of its parts is damaged.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)


@dataclass(frozen=True)
class Found:
    """A file: its parts below the class's folder, and where its bytes are."""

    parts: tuple[str, ...]
    origin: tuple[str, ...]
    """A file on disk, then a position in each archive on the way."""
    size: int
    modified: float
    """Seconds; an archive's local time counts as UTC, so only good for an order."""

    @property
    def shown(self) -> str:
        """Its path, as a sentence names it."""
        return shown("/".join(self.parts))


@dataclass(frozen=True)
class LeftOut:
    """Something that isn't read, and why."""

    parts: tuple[str, ...]
    reason: str
    within: tuple[str, ...] | None = None
    """The archive, where the name in it says nothing about whose it is."""

    @property
    def place(self) -> tuple[str, ...]:
        """The parts of a path that may tell whose it is."""
        return self.parts if self.within is None else self.within

    def __str__(self) -> str:
        return f"{shown('/'.join(self.parts))}: {self.reason}"


class Unreadable(Exception):
    """A file whose bytes can't be had; the message says why."""


class Files(AbstractContextManager["Files"]):
    """The files of a class; keeps a few archives open between reads."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, ...], zipfile.ZipFile] = OrderedDict()

    def __exit__(self, *ended: object) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def walk(self, place: Path) -> Iterator[Found | LeftOut]:
        """Everything in a folder, or in one archive."""
        if place.is_file():
            yield from self._archive((), (str(place),))
            return
        for folder, names, files in os.walk(place):
            above = Path(folder).relative_to(place).parts
            for name in sorted(names):
                parts = (*above, name)
                if (Path(folder) / name).is_symlink():
                    yield LeftOut(parts, "it is a link")
                elif reason := _hidden(parts):
                    yield LeftOut(parts, reason)
            names[:] = sorted(
                name
                for name in names
                if not _hidden((name,)) and not (Path(folder) / name).is_symlink()
            )
            for name in sorted(files):
                yield from self._on_disk((*above, name), Path(folder) / name)
            if above and not names and all(is_of_the_system((it,)) for it in files):
                yield LeftOut(above, EMPTY_FOLDER, (*above, ""))

    def read(self, found: Found) -> bytes:
        """The bytes of a file.

        Raises: Unreadable.
        """
        try:
            if len(found.origin) == 1:
                return _read_file(Path(found.origin[0]))
            archive = self._opened(found.origin[:-1])
            return archive.read(archive.infolist()[int(found.origin[-1])])
        except _DAMAGE as fault:
            raise Unreadable(_reason(fault)) from fault

    def _on_disk(self, parts: tuple[str, ...], path: Path) -> Iterator[Found | LeftOut]:
        try:
            about = path.lstat()
        except OSError as fault:
            yield LeftOut(parts, _reason(fault))
            return
        if stat.S_ISLNK(about.st_mode):
            yield LeftOut(parts, "it is a link")
        elif not stat.S_ISREG(about.st_mode):
            yield LeftOut(parts, "it is no file")
        else:
            found = Found(parts, (str(path),), about.st_size, about.st_mtime)
            yield from self._file(found)

    def _file(self, found: Found) -> Iterator[Found | LeftOut]:
        name = found.parts[-1].lower()
        if reason := _hidden(found.parts):
            yield LeftOut(found.parts, reason)
        elif name.endswith(".zip") or self._is_disguised(found):
            yield from self._archive(found.parts, found.origin)
        elif name.endswith(_OTHER_ARCHIVES):
            yield LeftOut(found.parts, "only .zip archives are read")
        elif found.size > FILE_LIMIT:
            yield LeftOut(found.parts, _too_large(found.size, FILE_LIMIT))
        else:
            yield found

    def _is_disguised(self, found: Found) -> bool:
        """Whether an archive is called a notebook, which is all that a form takes."""
        if not found.parts[-1].lower().endswith(".ipynb"):
            return False
        try:
            return self._begins(found.origin, _ARCHIVE)
        except _DAMAGE:
            return False

    def _begins(self, origin: tuple[str, ...], with_: bytes) -> bool:
        if len(origin) == 1:
            return _read_file(Path(origin[0]), limit=len(with_)) == with_
        archive = self._opened(origin[:-1])
        with archive.open(archive.infolist()[int(origin[-1])]) as file:
            return file.read(len(with_)) == with_

    def _archive(
        self, parts: tuple[str, ...], origin: tuple[str, ...]
    ) -> Iterator[Found | LeftOut]:
        if len(origin) > DEPTH_LIMIT:
            yield LeftOut(parts, f"archives are {DEPTH_LIMIT} deep at most")
            return
        try:
            entries = self._opened(origin).infolist()
        except _DAMAGE as fault:
            # Of a whole class the name says nothing about whose it is.
            named = parts or (Path(origin[0]).name,)
            yield LeftOut(named, _reason(fault), parts)
            return
        if parts and all(
            entry.is_dir() or is_of_the_system(tuple(entry.filename.split("/")))
            for entry in entries
        ):
            yield LeftOut(parts, "there is nothing in the archive")
        size = sum(entry.file_size for entry in entries)
        # What an instructor downloads is as large as the class; it lies on the disk.
        if len(origin) > 1 and (size > ARCHIVE_LIMIT or len(entries) > ENTRIES_LIMIT):
            yield LeftOut(
                parts,
                f"it would unpack to {size} bytes in {len(entries)} files; "
                f"{ARCHIVE_LIMIT} in {ENTRIES_LIMIT} are read",
            )
            return
        for position, entry in enumerate(entries):
            name = _name(entry).replace("\\", "/")
            inside = tuple(part for part in name.split("/") if part not in ("", "."))
            if entry.is_dir():
                continue
            if reason := _astray(name):
                # An archive of one's own tells whose it is, a whole class's doesn't.
                within = parts if len(parts) > 1 else ()
                yield LeftOut((*parts, *inside), reason, within)
            elif reason := _refused(entry):
                yield LeftOut((*parts, *inside), reason)
            else:
                found = Found(
                    (*parts, *inside),
                    (*origin, str(position)),
                    entry.file_size,
                    _modified(entry),
                )
                yield from self._file(found)

    def _opened(self, origin: tuple[str, ...]) -> zipfile.ZipFile:
        if origin in self._open:
            self._open.move_to_end(origin)
            return self._open[origin]
        if len(origin) == 1:
            archive = zipfile.ZipFile(origin[0])
        else:
            outer = self._opened(origin[:-1])
            entry = outer.infolist()[int(origin[-1])]
            if entry.file_size > FILE_LIMIT:
                raise ValueError(_too_large(entry.file_size, FILE_LIMIT))
            archive = zipfile.ZipFile(io.BytesIO(outer.read(entry)))
        if _is_tail(archive):
            raise zipfile.BadZipFile("its end is missing")
        self._open[origin] = archive
        if len(self._open) > _OPEN_ARCHIVES:
            self._open.popitem(last=False)[1].close()
        return archive


def _is_tail(archive: zipfile.ZipFile) -> bool:
    """Whether only an archive in it is whole, of one that was cut off behind that."""
    entries, file = archive.infolist(), archive.fp
    if not entries or file is None or min(each.header_offset for each in entries) == 0:
        return False
    file.seek(0)
    return file.read(len(_ARCHIVE)) == _ARCHIVE


def shown(text: str) -> str:
    """A name that a learner chose, fit for a line in a terminal."""
    plain = "".join(each if each.isprintable() else "�" for each in text)
    return plain if len(plain) <= 160 else f"{plain[:100]}…{plain[-50:]}"


def is_of_the_system(parts: tuple[str, ...]) -> bool:
    """Whether a file is what a system or an editor leaves behind."""
    return any(
        part in _SYSTEMS_OWN
        or part.startswith("__pycache__")
        or (part.startswith(".") and part != "..")
        for part in parts
    )


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; macOS writes UTF-8 and doesn't say so."""
    if entry.flag_bits & _SAYS_UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _hidden(parts: tuple[str, ...]) -> str:
    return "a system or an editor left it there" if is_of_the_system(parts) else ""


def _astray(name: str) -> str:
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is absolute"
    if ".." in name.split("/"):
        return "its name leads out of the archive"
    return ""


def _refused(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x1:
        return "it is encrypted: a password is needed"
    mode = entry.external_attr >> 16
    if mode and stat.S_ISLNK(mode):
        return "it is a link"
    return ""


def _modified(entry: zipfile.ZipInfo) -> float:
    import calendar

    try:
        return float(calendar.timegm((*entry.date_time, 0, 0, 0)))
    except ValueError:
        return 0.0


def _read_file(path: Path, *, limit: int = FILE_LIMIT + 1) -> bytes:
    # A link that was put there meanwhile isn't followed.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "rb") as file:
        read = file.read(limit)
    if len(read) > FILE_LIMIT:
        raise ValueError(_too_large(len(read), FILE_LIMIT))
    return read


def _too_large(size: int, limit: int) -> str:
    return f"it has {size} bytes, and {limit} are read at most"


def _reason(fault: BaseException) -> str:
    if isinstance(fault, zipfile.BadZipFile):
        return f"the archive is broken ({fault})"
    if isinstance(fault, OSError) and fault.strerror:
        return f"it can't be read: {fault.strerror}"
    return f"it can't be read: {str(fault) or type(fault).__name__}"
