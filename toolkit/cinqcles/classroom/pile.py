"""What was received, file by file: a folder, a zip, a folder of zips, a zip of zips.

Nothing is extracted: a member of an archive is read in memory, under bounds counted on what really
comes out of it, and its name is only ever shown. Links are not followed. What cannot be read is
handed over too, with the reason: one bad file never hides the others.
"""

from __future__ import annotations

import io
import json
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cinqcles.errors import CopyError
from cinqcles.messages import _, number

LARGEST_COPY = 256 * 2**20  # bytes; a copy carries answers, and at worst floods of output
MOST_VALUES = 4_000_000  # in a copy, as JSON: what a small file may ask of the memory
LARGEST_ARCHIVE = 8 * 2**30  # bytes taken out of one archive, all its files together
MOST_MEMBERS = 50_000  # in an archive, those of the archives stored in it included
DEEPEST = 2  # Moodle's zip holds the zips in which people send their work; no more

# What systems and tools leave beside people's files.
_LEFTOVERS = {
    *(".ipynb_checkpoints", ".cinqcles", "__macosx", ".ds_store", "thumbs.db", "desktop.ini"),
    "submission_secret.txt",  # nbgrader's
}
_OTHER_ARCHIVES = {".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz"}
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError),
    *(RuntimeError, OverflowError),
)
_LONGEST_SHOWN = 120


@dataclass(frozen=True)
class Received:
    """A file of a pile.

    Attributes:
        parts: its path inside the pile, folder by folder, the names of archives included. Hostile.
        content: its bytes; empty if it was refused.
        refused: why it was not read.
    """

    parts: tuple[str, ...]
    content: bytes = b""
    refused: str | None = None

    @property
    def name(self) -> str:
        """Its path, fit to be shown: control characters escaped, the middle cut if too long."""
        path = "/".join(self.parts)
        if len(path) > _LONGEST_SHOWN:
            path = f"{path[: _LONGEST_SHOWN // 2]}…{path[-_LONGEST_SHOWN // 2 :]}"
        return escaped(path) or _("(sans nom)")


def escaped(text: str) -> str:
    """A text of unknown origin without what would act on a terminal."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text
    )


def received(source: Path) -> Iterator[Received]:
    """Every file of a pile, those that systems leave excepted.

    Args:
        source: a file, whatever its name, a ``.zip``, or a folder and those inside it.
    """
    if source.is_dir():
        yield from _in_folder(source)
    elif source.suffix.lower() == ".zip":
        yield from _in_zip_file(source, ())
    else:
        yield _file(source, (source.name,))


def read_copy(content: bytes) -> dict[str, Any]:
    """A file as a notebook.

    Raises:
        CopyError: it is not a notebook; the message says what it is.
    """
    if not content:
        raise CopyError(_("Le fichier est vide. Demandez à l’apprenant de le renvoyer."))
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise CopyError(
            _(
                "Le fichier contient trop de données pour une copie (plus de {n} valeurs). "
                "Demandez à l’apprenant d’en enlever l’affichage sans fin, et de le renvoyer."
            ).format(n=number(MOST_VALUES))
        )
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CopyError(
            _(
                "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: le contenu n’est pas du JSON. "
                "Demandez à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
            )
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise CopyError(
            _(
                "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: c’est du JSON, mais sans cellules. "
                "Demandez à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
            )
        )
    return document


def _in_folder(folder: Path) -> Iterator[Received]:
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, ())]
    while waiting:  # not a recursion: folders may be nested deeper than Python goes
        here, parts = waiting.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield Received(parts or (here.name,), refused=_unreadable(error))
            continue
        for entry in entries:
            path, inside = Path(entry.path), (*parts, entry.name)
            if _left_over(entry.name):
                continue
            if entry.is_symlink():
                yield Received(inside, refused=_link())
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((path, inside))
            elif not entry.is_file(follow_symlinks=False):
                yield Received(inside, refused=_("Ce n’est pas un fichier ordinaire."))
            elif path.suffix.lower() == ".zip":
                yield from _in_zip_file(path, inside)
            elif why := _not_a_copy(entry.name):
                yield Received(inside, refused=why)
            else:
                yield _file(path, inside)


def _file(path: Path, parts: tuple[str, ...]) -> Received:
    try:
        with path.open("rb") as file:
            return _checked(parts, file.read(LARGEST_COPY + 1))
    except OSError as error:
        return Received(parts, refused=_unreadable(error))


def _checked(parts: tuple[str, ...], content: bytes) -> Received:
    if len(content) > LARGEST_COPY:
        return Received(parts, refused=_too_big())
    if content.startswith(b"PK\x03\x04"):
        why = _(
            "C’est une archive zip, pas un cahier\u00a0: donnez-lui un nom en .zip pour qu’elle "
            "soit ouverte."
        )
        return Received(parts, refused=why)
    return Received(parts, content)


def _not_a_copy(name: str) -> str | None:
    """Why a file is not worth reading, by its name."""
    suffix = Path(name).suffix.lower()
    if suffix == ".ipynb" or name == "timestamp.txt":
        return None
    if suffix in _OTHER_ARCHIVES:
        return _("C’est une archive, mais pas un .zip\u00a0: décompressez-la vous-même.")
    return _("Ce n’est pas un cahier (.ipynb).")


def _left_over(name: str) -> bool:
    return name.casefold() in _LEFTOVERS or name.startswith("._")


def _unreadable(error: OSError) -> str:
    return _("Le fichier est illisible\u00a0: {error}.").format(error=error.strerror or error)


def _link() -> str:
    return _("C’est un lien vers un autre endroit\u00a0: il n’est pas suivi.")


def _too_big() -> str:
    return _("Le fichier dépasse la limite de {limit} Mo.").format(limit=LARGEST_COPY // 2**20)


# --- Archives ------------------------------------------------------------------------------------


@dataclass
class _Allowance:
    """How many bytes may still come out of an archive."""

    left: int


def _in_zip_file(path: Path, parts: tuple[str, ...]) -> Iterator[Received]:
    try:
        with path.open("rb") as file:
            yield from _in_zip(file, parts, _Allowance(LARGEST_ARCHIVE), depth=1)
    except OSError as error:
        yield Received(parts or (path.name,), refused=_unreadable(error))


def _in_zip(
    file: IO[bytes], parts: tuple[str, ...], allowance: _Allowance, depth: int
) -> Iterator[Received]:
    """The files of an archive; those of the archives in it last, and the largest last.

    So that, where the allowance runs out, it does on what is least likely to be a copy.
    """
    try:
        _check_members(file)
        archive = zipfile.ZipFile(file)
    except CopyError as error:
        yield Received(parts or (Path(file.name).name,), refused=str(error))
        return
    except _BROKEN:
        why = _(
            "L’archive ne s’ouvre pas\u00a0: elle est abîmée, incomplète, ou n’est pas un zip. "
            "Téléchargez-la de nouveau."
        )
        yield Received(parts or (Path(file.name).name,), refused=why)
        return
    with archive:
        members = [(_name_of(info), info) for info in archive.infolist()]
        members.sort(key=lambda member: (member[0].lower().endswith(".zip"), member[1].file_size))
        for name, info in members:
            inside = _split(name)
            if name.endswith(("/", "\\")) or any(map(_left_over, inside)):
                continue
            whole = (*parts, *inside)
            try:
                _check_name(name, inside)
                content = _member(archive, info, inside[-1], allowance)
            except CopyError as error:
                yield Received(whole, refused=str(error))
                continue
            if not inside[-1].lower().endswith(".zip"):
                yield _checked(whole, content)
            elif depth == DEEPEST:
                why = _("Trop d’archives l’une dans l’autre\u00a0: sortez-la de celle où elle est.")
                yield Received(whole, refused=why)
            else:
                # Sent by one person: it may hold what one copy may.
                share = _Allowance(min(LARGEST_COPY, allowance.left))
                before = share.left
                yield from _in_zip(io.BytesIO(content), whole, share, depth + 1)
                allowance.left -= before - share.left


def _check_members(file: IO[bytes]) -> None:
    """Refuse an archive of too many files before ``zipfile`` makes an object of each.

    Every entry of the list of files starts with this mark, whatever number the archive declares.
    """
    mark, found, tail = b"PK\x01\x02", 0, b""
    while chunk := file.read(2**20):
        found += (tail + chunk).count(mark)
        tail = chunk[-len(mark) + 1 :]
        if found > MOST_MEMBERS:
            raise CopyError(
                _("L’archive contient trop de fichiers (plus de {limit}).").format(
                    limit=MOST_MEMBERS
                )
            )
    file.seek(0)


def _name_of(info: zipfile.ZipInfo) -> str:
    """A member's name, its accents mended where the archive does not say how it is written."""
    if info.flag_bits & 0x800:  # in UTF-8, and says so
        return info.filename
    # What zipfile takes for MS-DOS's is often a Mac's UTF-8, or Windows's own.
    raw = info.filename.encode("cp437", "replace")
    with suppress(UnicodeDecodeError):
        return raw.decode()
    with suppress(UnicodeDecodeError):
        windows = raw.decode("cp1252")
        if not _is_french(info.filename) and _is_french(windows):
            return windows
    return info.filename


def _is_french(name: str) -> bool:
    return all(c.isascii() or (c.isalpha() and c < "\u0180") for c in name)


def _split(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[/\\]", name) if part not in ("", ".")) or (name,)


def _check_name(name: str, parts: tuple[str, ...]) -> None:
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or ".." in parts:
        raise CopyError(_("Son nom, dans l’archive, vise un autre dossier\u00a0: il est refusé."))


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, allowance: _Allowance
) -> bytes:
    """The bytes of a member, or why it is not read."""
    if stat.S_ISLNK(info.external_attr >> 16):
        raise CopyError(_link())
    if not name.lower().endswith(".zip") and (why := _not_a_copy(name)):
        raise CopyError(why)
    if info.flag_bits & 0x1:
        raise CopyError(_("Le fichier est protégé par un mot de passe."))
    most = min(LARGEST_COPY, allowance.left)
    taken = min(info.file_size, most)  # zipfile never reads more than is declared
    try:
        # Other methods (LZMA, BZIP2) reserve memory on the archive's word.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile
        with archive.open(info) as member:
            content = member.read(most + 1)
        taken = min(len(content), most)
    except _BROKEN:
        raise CopyError(_("Le fichier est abîmé dans l’archive.")) from None
    finally:
        allowance.left -= taken
    if len(content) > most == LARGEST_COPY:
        raise CopyError(_too_big())
    if len(content) > most:
        raise CopyError(
            _("L’archive est trop grosse une fois ouverte\u00a0: ce fichier n’est pas lu.")
        )
    return content
