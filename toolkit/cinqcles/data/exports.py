"""Read what a platform lets you download, whatever the language, the encoding or the spreadsheet
it went through on the way.

A platform is described by data (`Platform`: its columns with their English and French headers,
and the shapes its files take); everything else here is shared by all of them. Reading goes

    path or bytes -> members (a zip is opened in memory, never extracted) -> encoding
    -> header line and separator (those under which most columns are recognised)
    -> cells as text (`pandas.read_csv`) -> typed columns, one vectorised pass per column
    -> the platform's own total row set apart -> `Export`.

Nothing is dropped in silence: what was ignored, could not be read or deserves a doubt is in the
`Report`, in the reader's words. A blank is missing, never zero.

The limits below bound the memory a hostile or mistaken file can take; they are counted on what
is really read, never on the sizes a file declares.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import html
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.errors import ExportError
from cinqcles.messages import _, ngettext, number

MAX_BYTES = 128 * 2**20
"""Largest file read, and largest total taken out of a zip (bytes, uncompressed)."""
MAX_ROWS = 2_000_000
"""Most rows read from a table."""
MAX_COLUMNS = 1_000
"""Most columns in a table: the widest real export seen has 227."""
MAX_LINE_BYTES = 2**20
"""Every line longer than twice this is refused, before any parsing."""
MAX_CELL_CHARS = 50_000
"""Longest text kept in one cell: a spreadsheet's own limit is 32,767."""
MAX_MEMBERS = 100
"""Most files in a zip: YouTube puts three."""

_HEAD_BYTES = 4 * MAX_LINE_BYTES  # where the header line is looked for
_PREAMBLE_LINES = 30
_SAMPLE_ROWS = 2_000  # read to tell a decimal comma from a decimal point
_SHOWN_COLUMNS = 30

Source = str | os.PathLike[str] | bytes | bytearray | memoryview

Kind = Literal["id", "text", "date", "seconds", "hours", "share", "count", "number"]


@dataclass(frozen=True)
class Column:
    """One column of a platform: the name it takes here and the headers it is known by.

    ``kind`` says how its cells read: ``id`` and ``text`` stay text; ``date`` becomes a day;
    ``seconds`` reads ``H:MM:SS`` or a number of seconds; ``hours`` is converted to seconds;
    ``share`` is a percentage converted to a share (42 % is 0.42); ``count`` is a whole number;
    ``number`` anything else. ``{currency}`` in a header is a three-letter code, put in lower
    case into the ``{currency}`` of ``name``. ``fr=None``: French header not known. ``also``:
    other headers met. ``pattern``: tried on a normalised header once no exact match was found.
    """

    name: str
    kind: Kind
    en: str
    fr: str | None = None
    also: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Shape:
    """One kind of file a platform gives, told by the columns it holds.

    ``needs``: in each group, one column at least is present; ``without``: none of these is;
    ``strict``: every column of the file is known (for files too plain to be told otherwise).
    """

    name: str
    label: str
    needs: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    strict: bool = False


@dataclass(frozen=True)
class Platform:
    """What is needed to read a platform's files; ``shapes`` come in order of preference.

    ``keys``: the columns that say what a row is about, the first one present holding the word
    "Total" on the platform's total row. ``described``: columns that are not measures either.
    ``summed``: the count compared with the platform's own total. ``id_pattern``: what a whole
    identifier looks like. ``how_to``: how to export the file again, in French.
    """

    name: str
    columns: tuple[Column, ...]
    shapes: tuple[Shape, ...]
    keys: tuple[str, ...]
    described: tuple[str, ...]
    summed: str
    id_pattern: str
    how_to: str


@dataclass(frozen=True)
class Report:
    """How a file was understood, for someone who has to trust the numbers that come out of it.

    ``recognised``: header of the file -> column of the frame; ``ignored``: headers left out;
    ``doubts``: French sentences, each one thing to check. Shown as French text or HTML.
    """

    source: str
    platform: str
    shape: str
    label: str
    rows: int
    encoding: str
    separator: str
    recognised: Mapping[str, str]
    ignored: tuple[str, ...]
    doubts: tuple[str, ...]

    def _sections(self) -> tuple[str, list[tuple[str, list[str]]]]:
        title = ngettext(
            "{platform}, {label} : {rows} ligne lue dans « {source} ».",
            "{platform}, {label} : {rows} lignes lues dans « {source} ».",
            self.rows,
        ).format(
            platform=self.platform, label=self.label, rows=number(self.rows), source=self.source
        )
        sections = [
            (
                _("Colonnes reconnues ({n})").format(n=len(self.recognised)),
                [f"« {_shown(h)} » → {name}" for h, name in self.recognised.items()],
            )
        ]
        if self.ignored:
            left_out = [f"« {_shown(h)} »" for h in self.ignored[:_SHOWN_COLUMNS]]
            if len(self.ignored) > _SHOWN_COLUMNS:
                rest = len(self.ignored) - _SHOWN_COLUMNS
                left_out.append(_("… et {n} de plus").format(n=rest))
            sections.append(
                (_("Colonnes laissées de côté ({n})").format(n=len(self.ignored)), left_out)
            )
        if self.doubts:
            sections.append((_("À vérifier"), list(self.doubts)))
        return title, sections

    def __str__(self) -> str:
        title, sections = self._sections()
        lines = [title]
        for heading, items in sections:
            lines.append(f"{heading} :")
            lines += [f"  – {item}" for item in items]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title, sections = self._sections()
        parts = [f"<p><strong>{html.escape(title)}</strong></p>"]
        for heading, items in sections:
            rows = "".join(f"<li>{html.escape(item)}</li>" for item in items)
            parts.append(f"<p>{html.escape(heading)} :</p><ul>{rows}</ul>")
        return "".join(parts)


@dataclass(frozen=True, eq=False)
class Export:
    """A platform's file, tidied.

    ``frame``: one row per video (or day, or position), columns named with their units;
    ``totals``: the platform's own total row with the same columns, or None if the file has none;
    ``report``: how it was read. ``report.shape`` says which kind of file it was.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame | None
    report: Report


def read(source: Source, platforms: Sequence[Platform]) -> Export:
    """Read a file (its path, or its content as bytes) as an export of one of ``platforms``.

    Of the files in a zip, the one whose shape its platform prefers is read, then the one with
    the most recognised columns, then the first; the report says which.

    Raises
    ------
    ExportError
        Nothing there, not a file, over a limit of this module, damaged, or no known export.
    """
    name, members, inner = _members(source)
    candidates: list[_Candidate] = []
    failures: list[ExportError] = []
    for member, data in members:
        try:
            text = _decode(member, data)
            candidates += [_recognise(member, data, text, platform) for platform in platforms]
        except ExportError as error:
            failures.append(error)
    known = [c for c in candidates if c.shape is not None]
    if not known:
        if failures and not candidates:
            raise failures[0]
        raise _unknown(name, max(candidates, key=lambda c: len(c.matches)))
    best = min(known, key=lambda c: (c.preference, -len(c.matches)))
    doubts: list[str] = []
    others = [member for member in inner if member != best.member]
    if others:
        doubts.append(
            _("L’archive contient plusieurs fichiers : « {read} » a été lu, pas {others}.").format(
                read=_shown(best.member), others=_listed(others)
            )
        )
    shown_source = _shown(name) if not inner else f"{_shown(name)} › {_shown(best.member)}"
    return _tidy(best, shown_source, doubts)


# --- From a path to named bytes ------------------------------------------------------------------


def _members(source: Source) -> tuple[str, list[tuple[str, bytes]], list[str]]:
    """Name of the source, the text files to look at, and their names if they were in a zip."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        name, data = _("fichier transmis"), bytes(source[: MAX_BYTES + 1])
    else:
        name = Path(source).name or str(source)
        data = _file_bytes(Path(source), name)
    if len(data) > MAX_BYTES:
        raise _too_big(name)
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise ExportError(
            _(
                "Le fichier « {name} » est vide. Téléchargez-le de nouveau depuis la plateforme, "
                "sur une période où il y a des données."
            ).format(name=_shown(name))
        )
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        members = _unzipped(name, data)
        return name, members, [member for member, _data in members]
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _spreadsheet(name)
    return name, [(name, data)], []


def _file_bytes(path: Path, name: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ExportError(
            _(
                "Le fichier « {name} » est introuvable. Vérifiez son nom, et qu’il est bien dans "
                "le dossier du cours (panneau de gauche de JupyterLab)."
            ).format(name=_shown(str(path)))
        ) from None
    except (OSError, ValueError) as error:
        raise ExportError(
            _("Le fichier « {name} » ne peut pas être ouvert ({reason}).").format(
                name=_shown(str(path)), reason=_shown(str(error))
            )
        ) from None
    if stat.S_ISDIR(mode):
        raise ExportError(
            _(
                "« {name} » est un dossier. Indiquez le fichier qu’il contient : le .zip "
                "téléchargé, ou le .csv que vous en avez sorti."
            ).format(name=_shown(name))
        )
    raise ExportError(
        _("« {name} » n’est pas un fichier ordinaire : indiquez un .csv ou un .zip.").format(
            name=_shown(name)
        )
    )


def _unzipped(name: str, data: bytes) -> list[tuple[str, bytes]]:
    # Every entry of the central directory starts with this mark: counting it bounds what
    # `ZipFile` allocates, whatever number the archive declares.
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ExportError(
            _(
                "L’archive « {name} » contient trop de fichiers (plus de {limit}). Donnez le .zip "
                "tel que la plateforme l’a produit."
            ).format(name=_shown(name), limit=MAX_MEMBERS)
        )
    members: list[tuple[str, bytes]] = []
    budget = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if any(info.filename == "[Content_Types].xml" for info in infos):
                raise _spreadsheet(name)
            for info in infos:
                base = info.filename.replace("\\", "/").rsplit("/", 1)[-1]
                text = base.lower().endswith((".csv", ".tsv", ".txt"))
                if not text or base.startswith("._") or info.is_dir():
                    continue
                # Other methods (LZMA, BZIP2) reserve memory on the archive's word.
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise zipfile.BadZipFile
                with archive.open(info) as member:
                    content = member.read(budget + 1)
                budget -= len(content)
                if budget < 0:
                    raise _too_big(name)
                members.append((base, content))
    # RuntimeError: a password is asked; the others: a damaged or forged archive.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        if isinstance(error, ExportError):
            raise
        raise ExportError(
            _(
                "L’archive « {name} » ne s’ouvre pas : elle est abîmée, incomplète ou protégée "
                "par un mot de passe. Téléchargez-la de nouveau."
            ).format(name=_shown(name))
        ) from None
    members = [(base, content) for base, content in members if content.strip()]
    if not members:
        raise ExportError(
            _(
                "L’archive « {name} » ne contient aucun fichier .csv. Donnez le .zip tel que la "
                "plateforme l’a produit."
            ).format(name=_shown(name))
        )
    return members


def _too_big(name: str) -> ExportError:
    return ExportError(
        _(
            "« {name} » est trop gros (plus de {limit} Mo une fois ouvert). Exportez une période "
            "plus courte."
        ).format(name=_shown(name), limit=MAX_BYTES // 2**20)
    )


def _spreadsheet(name: str) -> ExportError:
    return ExportError(
        _(
            "« {name} » est un classeur (Excel ou équivalent). Donnez plutôt le fichier .zip ou "
            ".csv de départ ou, dans le tableur, enregistrez la feuille au format "
            "« CSV UTF-8 »."
        ).format(name=_shown(name))
    )


def _binary(name: str) -> ExportError:
    return ExportError(
        _(
            "« {name} » n’est pas un fichier texte : on y attend un tableau .csv, ou le .zip qui "
            "le contient."
        ).format(name=_shown(name))
    )


# --- From bytes to text --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Text:
    encodings: tuple[str, ...]  # in order of likelihood; all decode the whole file
    start: int  # bytes of byte-order mark


def _decode(name: str, data: bytes) -> _Text:
    """Which encodings fit, without ever holding the whole text beside its bytes."""
    step = MAX_LINE_BYTES
    for at in range(0, len(data) - step + 1, step):
        if data.find(b"\n", at, at + step) < 0 and data.find(b"\r", at, at + step) < 0:
            raise ExportError(
                _(
                    "« {name} » contient une ligne de plus de {limit} Mo : ce n’est pas un "
                    "tableau que l’on peut lire. Téléchargez-le de nouveau."
                ).format(name=_shown(name), limit=MAX_LINE_BYTES // 2**20)
            )
    sample = data[:4096]
    if data.startswith(codecs.BOM_UTF8):
        text = _Text(("utf-8",), 3)
    elif data.startswith(codecs.BOM_UTF16_LE):
        text = _Text(("utf-16-le",), 2)
    elif data.startswith(codecs.BOM_UTF16_BE):
        text = _Text(("utf-16-be",), 2)
    elif sample[1::2].count(0) > len(sample) // 4:
        text = _Text(("utf-16-le",), 0)
    elif sample[0::2].count(0) > len(sample) // 4:
        text = _Text(("utf-16-be",), 0)
    elif b"\0" in data:
        raise _binary(name)
    elif _decodes(data, "utf-8"):
        return _Text(("utf-8",), 0)
    else:
        # Excel saves "CSV" in the system's old encoding: Windows or Mac. Any byte is a Mac letter.
        return _Text(("cp1252", "mac_roman") if _decodes(data, "cp1252") else ("mac_roman",), 0)
    if not _decodes(data[text.start :], text.encodings[0]):
        raise _binary(name)
    return text


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(data), MAX_LINE_BYTES):
            if "\0" in decoder.decode(data[at : at + MAX_LINE_BYTES]):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


# --- From text to known headers ------------------------------------------------------------------

Match = tuple[str, str, Literal["exact", "pattern", "damaged"]]  # column, language, how

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′＇", "'") | {"\u200b": None, "\ufeff": None})


def normalise(header: str) -> str:
    """The form under which two spellings of a header meet: no accent, case or fancy space.

    >>> normalise("  Taux\\u00a0de clics PAR impression\\u202f(%)")
    'taux de clics par impression (%)'
    >>> normalise("Mentions J’aime") == normalise("mentions j'aime")
    True
    """
    text = unicodedata.normalize("NFKD", header[:300].translate(_APOSTROPHES))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


@cache
def _lookup(
    platform: Platform,
) -> tuple[dict[str, tuple[Column, str]], list[tuple[re.Pattern[str], Column, str]]]:
    exact: dict[str, tuple[Column, str]] = {}
    patterns: list[tuple[re.Pattern[str], Column, str]] = []
    for column in platform.columns:
        headers = [(column.en, "en"), *([(column.fr, "fr")] if column.fr else [])]
        # Of the two languages, an unlisted header says nothing.
        headers += [(header, "") for header in column.also]
        for header, language in headers:
            key = normalise(header)
            if "{currency}" in key:
                template = re.escape(key).replace(r"\{currency\}", r"(?P<currency>[a-z]{3})")
                patterns.append((re.compile(template), column, language))
            elif key in exact:
                exact[key] = (exact[key][0], "")  # the same word in both languages
            else:
                exact[key] = (column, language)
    patterns += [
        (re.compile(column.pattern), column, "") for column in platform.columns if column.pattern
    ]
    return exact, patterns


def _match(header: str, platform: Platform) -> Match | None:
    exact, patterns = _lookup(platform)
    key = normalise(header)
    if key in exact:
        column, language = exact[key]
        return column.name, language, "exact"
    for pattern, column, language in patterns:
        if found := pattern.fullmatch(key):
            how: Literal["exact", "pattern"] = "exact"
            if column.pattern == pattern.pattern:
                how = "pattern"
            return column.name.format(**found.groupdict()), language, how
    # UTF-8 taken for Windows text ("DurÃ©e"), or accents replaced by a question mark ("Dur?e").
    try:
        repaired = normalise(header.encode("cp1252").decode("utf-8"))
    except UnicodeError:
        repaired = ""
    if repaired in exact:
        return exact[repaired][0].name, exact[repaired][1], "damaged"
    if key and ("?" in key or "\ufffd" in key):
        holes = ".".join(re.escape(part) for part in re.split("[?\ufffd]+", key))
        near = [known for known in exact if re.fullmatch(holes, known)]
        if len(near) == 1:
            return exact[near[0]][0].name, exact[near[0]][1], "damaged"
    return None


@dataclass(frozen=True)
class _Candidate:
    """A file seen through a platform: its best header line, and the shape found, if any."""

    platform: Platform
    member: str
    data: bytes
    encoding: str
    offset: int  # of the header line, in bytes
    separator: str
    headers: list[str]
    matches: dict[int, Match]
    shape: Shape | None

    @property
    def preference(self) -> int:
        return self.platform.shapes.index(self.shape) if self.shape else len(self.platform.shapes)


_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_SEP_LINE = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)


def _recognise(member: str, data: bytes, text: _Text, platform: Platform) -> _Candidate:
    """The header line is the one under which most columns are recognised."""
    best: tuple[tuple[bool, int, int], _Candidate] | None = None
    widest = 0
    for encoding in text.encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        head = decoder.decode(data[text.start : text.start + _HEAD_BYTES])
        separators = ",;\t"
        at = 0
        for _count in range(_PREAMBLE_LINES):
            line = _LINE.match(head, at)
            if line is None or at >= len(head):
                break
            if told := _SEP_LINE.fullmatch(line[1].strip()):
                separators = told[1]
            for separator in separators:
                cells = line[1].count(separator) + 1
                if cells > MAX_COLUMNS:
                    widest = max(widest, cells)
                    continue
                headers = _cells(line[1], separator)
                matches = _matches(headers, platform)
                shape = _shape(headers, matches, platform)
                # Nothing known: the widest line is the likeliest header, to be quoted back.
                score = (shape is not None, len(matches), 0 if matches else len(headers))
                if best is None or score > best[0]:
                    offset = text.start + len(head[:at].encode(encoding))
                    candidate = _Candidate(
                        platform, member, data, encoding, offset, separator, headers, matches, shape
                    )
                    best = (score, candidate)
            at = line.end()
    if best is None or (widest and best[1].shape is None):
        raise ExportError(
            _(
                "« {name} » a {n} colonnes, c’est plus que le maximum lu ici ({limit}). Gardez "
                "les colonnes utiles lors de l’export."
            ).format(name=_shown(member), n=number(widest), limit=number(MAX_COLUMNS))
        )
    return best[1]


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except (csv.Error, ValueError, TypeError):
        return []


def _matches(headers: Iterable[str], platform: Platform) -> dict[int, Match]:
    """Position -> match; the first of two headers for one column wins, an exact one before all."""
    found = {i: match for i, h in enumerate(headers) if (match := _match(h, platform))}
    order = sorted(found, key=lambda i: (found[i][2] != "exact", i))
    taken: dict[str, int] = {}
    for i in order:
        taken.setdefault(found[i][0], i)
    return {i: found[i] for i in sorted(taken.values())}


def _shape(
    headers: Sequence[str], matches: Mapping[int, Match], platform: Platform
) -> Shape | None:
    names = {name for name, _language, _how in matches.values()}
    if not names - set(platform.described):
        return None
    for shape in platform.shapes:
        complete = all(names & set(group) for group in shape.needs)
        known = len(matches) == sum(bool(h.strip()) for h in headers)
        if complete and not names & set(shape.without) and (known or not shape.strict):
            return shape
    return None


def _unknown(name: str, seen: _Candidate) -> ExportError:
    platform = seen.platform
    lines = []
    names = {column for column, _language, _how in seen.matches.values()}
    if len(names) > 1 and 0 not in seen.matches and not names & set(platform.keys):
        # Measures are there, but a row is not a video: another breakdown was exported.
        lines.append(
            _("« {name} » donne les chiffres par « {dimension} », et non par vidéo.").format(
                name=_shown(name), dimension=_shown(seen.headers[0])
            )
        )
    else:
        lines.append(
            _("« {name} » n’est pas reconnu comme un export de {platform}.").format(
                name=_shown(name), platform=platform.name
            )
        )
    expected = [c.fr or c.en for c in platform.columns[:1]] + [
        c.fr or c.en for c in platform.columns if c.kind in ("count", "hours")
    ][:3]
    lines.append(
        _("Colonnes cherchées (par exemple, en français ou en anglais) : {expected}.").format(
            expected=_listed(expected)
        )
    )
    lines.append(_("Colonnes trouvées : {found}.").format(found=_listed(seen.headers) or "–"))
    by_key = {normalise(h): h for c in platform.columns for h in (c.en, c.fr, *c.also) if h}
    for header in seen.headers[:_SHOWN_COLUMNS]:
        key = normalise(header)
        near = difflib.get_close_matches(key[:80], list(by_key), n=1, cutoff=0.75)
        if near and near[0] != key:
            lines.append(
                _("« {header} » ressemble à « {known} » : a-t-il été renommé ?").format(
                    header=_shown(header), known=by_key[near[0]]
                )
            )
            break
    lines.append(platform.how_to)
    return ExportError("\n".join(lines))


# --- From known headers to typed columns ---------------------------------------------------------


def _parse(seen: _Candidate) -> tuple[list[str], pd.DataFrame]:
    """Header cells, and the cells below them as text (missing where blank)."""
    handle = io.BytesIO(seen.data)
    handle.seek(seen.offset)
    try:
        # The header line is read as a row: its width is then the limit of the rows below.
        table = pd.read_csv(
            handle,
            sep=seen.separator,
            header=None,
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            nrows=MAX_ROWS + 2,
            encoding=seen.encoding,
            engine="c",
        )
    except (ValueError, OverflowError, csv.Error) as error:  # ParserError is a ValueError
        raise _malformed(seen.member, str(error)) from None
    if len(table) > MAX_ROWS + 1:
        raise ExportError(
            _("« {name} » a plus de {limit} lignes. Exportez une période plus courte.").format(
                name=_shown(seen.member), limit=number(MAX_ROWS)
            )
        )
    headers = ["" if pd.isna(cell) else str(cell) for cell in table.iloc[0]]
    return headers, table.iloc[1:].reset_index(drop=True)


def _malformed(name: str, error: str) -> ExportError:
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", error):
        expected, line, got = found.groups()
        return ExportError(
            _(
                "« {name} » : la ligne {line} sous l’en-tête a {got} cellules au lieu de "
                "{expected}. Une virgule ou un guillemet en trop a décalé le tableau : repartez "
                "du fichier d’origine, sans le réenregistrer."
            ).format(name=_shown(name), line=int(line) - 1, got=got, expected=expected)
        )
    return ExportError(
        _(
            "« {name} » est incomplet ou abîmé : un guillemet ouvert n’est jamais refermé, ou la "
            "fin manque. Téléchargez-le de nouveau."
        ).format(name=_shown(name))
    )


def _tidy(seen: _Candidate, source: str, doubts: list[str]) -> Export:
    platform = seen.platform
    headers, raw = _parse(seen)
    matches = _matches(headers, platform)
    if (shape := _shape(headers, matches, platform)) is None:
        raise _malformed(seen.member, "")
    names = {i: name for i, (name, _language, _how) in matches.items()}
    raw = raw[list(names)].rename(columns=names)
    blank = raw.isna().all(axis=1)
    raw = raw[~blank].reset_index(drop=True)

    languages = [language for _name, language, _how in matches.values()]
    french = languages.count("fr") > languages.count("en")
    kinds = {name: _kind(name, platform) for name in names.values()}
    header_of = {name: headers[i] for i, name in names.items()}
    decimal, sure = _decimal(raw, kinds, seen.separator)
    columns: dict[str, pd.Series] = {}
    for name, kind in kinds.items():
        cells = _stripped(raw[name])
        values = _CONVERT[kind](cells, _Convention(decimal, french))
        if kind in ("id", "text"):
            if max((len(text) for text in cells.dropna()), default=0) > MAX_CELL_CHARS:
                raise _malformed(seen.member, "")
        else:
            unread = cells.notna() & values.isna()
            if unread.any():
                doubts.append(_unread(header_of[name], cells[unread], len(cells)))
        columns[name] = values
    frame = pd.DataFrame(columns)

    key = next(name for name in platform.keys if name in frame)
    is_total = np.fromiter((_is_total(text) for text in _listed_cells(raw[key])), bool, len(raw))
    totals = frame[is_total].reset_index(drop=True) if is_total.any() else None
    frame = frame[~is_total].reset_index(drop=True)
    if frame.empty:
        raise ExportError(
            _(
                "« {name} » a bien les colonnes attendues mais aucune ligne de données. Exportez "
                "une période où des vidéos ont été vues."
            ).format(name=_shown(seen.member))
        )
    doubts += _doubts(
        seen, matches=matches, headers=headers, frame=frame, totals=totals, shape=shape
    )
    if not sure:
        doubts.append(
            _(
                "Rien dans le fichier ne dit si la virgule sépare les décimales ou les milliers : "
                "elle a été lue comme {sense}. Comparez une valeur avec la plateforme."
            ).format(sense=_("une décimale") if decimal == "," else _("un séparateur de milliers"))
        )
    if french and "date" in kinds.values():
        numeric = [n for n, k in kinds.items() if k == "date" and raw[n].str.contains("/").any()]
        doubts.extend(
            _("Les dates de « {header} » ont été lues dans l’ordre jour/mois/année.").format(
                header=_shown(header_of[name])
            )
            for name in numeric
        )
    report = Report(
        source=source,
        platform=platform.name,
        shape=shape.name,
        label=shape.label,
        rows=len(frame),
        encoding=seen.encoding,
        separator=seen.separator,
        recognised={headers[i]: name for i, name in names.items()},
        ignored=tuple(h for i, h in enumerate(headers) if i not in names and h.strip()),
        doubts=tuple(doubts),
    )
    return Export(_whole(frame, kinds), None if totals is None else _whole(totals, kinds), report)


def _kind(name: str, platform: Platform) -> Kind:
    for column in platform.columns:
        template = re.escape(column.name).replace(r"\{currency\}", "[a-z]{3}")
        if re.fullmatch(template, name):
            return column.kind
    raise KeyError(name)


def _unread(header: str, cells: pd.Series, of: int) -> str:
    return ngettext(
        "« {header} » : {n} cellule sur {of} illisible, laissée vide (« {example} »).",
        "« {header} » : {n} cellules sur {of} illisibles, laissées vides (par exemple "
        "« {example} »).",
        len(cells),
    ).format(
        header=_shown(header), n=number(len(cells)), of=number(of), example=_shown(cells.iloc[0])
    )


def _doubts(
    seen: _Candidate,
    *,
    matches: Mapping[int, Match],
    headers: Sequence[str],
    frame: pd.DataFrame,
    totals: pd.DataFrame | None,
    shape: Shape,
) -> list[str]:
    """What a careful reader would want to check in this file, as French sentences."""
    doubts = []
    if seen.encoding in ("cp1252", "mac_roman"):
        doubts.append(
            _(
                "Le fichier a été réenregistré par un tableur (encodage {encoding}) : des accents "
                "ou des émojis des titres ont pu être perdus. Préférez le fichier d’origine."
            ).format(encoding=seen.encoding)
        )
    found = set(matches)
    for i in sorted(found):
        name, _language, how = matches[i]
        if how == "pattern":
            doubts.append(
                _("« {header} » a été reconnu par ressemblance comme {name}.").format(
                    header=_shown(headers[i]), name=name
                )
            )
    damaged = [headers[i] for i in sorted(found) if matches[i][2] == "damaged"]
    if damaged:
        doubts.append(
            _(
                "Les accents du fichier sont abîmés ({headers}) : les colonnes ont été reconnues "
                "malgré cela, mais les titres peuvent rester illisibles."
            ).format(headers=_listed(damaged))
        )
    taken = {name for name, _language, _how in matches.values()}
    for i, header in enumerate(headers):
        again = _match(header, seen.platform) if i not in found else None
        if again and again[0] in taken:
            doubts.append(
                _("« {header} » répète une colonne déjà lue ({name}) : ignoré.").format(
                    header=_shown(header), name=again[0]
                )
            )
    if "video_id" in frame:
        ids = frame["video_id"].dropna()
        odd = ids[~ids.str.fullmatch(seen.platform.id_pattern)]
        if len(odd):
            doubts.append(
                ngettext(
                    "{n} identifiant n’a pas la forme attendue (« {example} ») : un tableur "
                    "l’a peut-être transformé.",
                    "{n} identifiants n’ont pas la forme attendue (par exemple « {example} ») : "
                    "un tableur les a peut-être transformés.",
                    len(odd),
                ).format(n=number(len(odd)), example=_shown(odd.iloc[0]))
            )
        repeated = int(ids.duplicated().sum()) if "date" not in frame else 0
        if repeated:
            doubts.append(
                ngettext(
                    "{n} ligne répète une vidéo déjà lue ; elle a été gardée.",
                    "{n} lignes répètent une vidéo déjà lue ; elles ont été gardées.",
                    repeated,
                ).format(n=number(repeated))
            )
    summed = seen.platform.summed
    if shape.name == "table" and totals is None:
        doubts.append(
            _(
                "Le fichier n’a pas de ligne « Total » : la somme des lignes peut différer de "
                "ce qu’affiche {platform}."
            ).format(platform=seen.platform.name)
        )
    elif totals is not None and summed in frame:
        total, rows = float(totals[summed].iloc[0]), float(frame[summed].sum())
        if np.isfinite(total) and total != rows:
            doubts.append(
                _(
                    "Total affiché par {platform} : {total} vues ; somme des lignes : {rows}. "
                    "C’est normal (le total compte aussi des vidéos absentes du tableau) : rien "
                    "n’a été corrigé."
                ).format(platform=seen.platform.name, total=number(total), rows=number(rows))
            )
    return doubts


# --- Cells ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Convention:
    decimal: str
    french: bool


_MISSING = frozenset({"", "-", "–", "—", "--"})


def _listed_cells(cells: pd.Series) -> list[object]:
    listed: list[object] = cells.to_numpy(dtype=object).tolist()
    return listed


def _stripped(cells: pd.Series) -> pd.Series:
    """Cells without surrounding spaces; blank ones and dashes are missing."""
    # As a list: going through a column of text cell by cell is ten times slower.
    texts = [text.strip() if isinstance(text, str) else "" for text in _listed_cells(cells)]
    texts_or_none = [None if text in _MISSING else text for text in texts]
    return pd.Series(texts_or_none, index=cells.index, dtype=object)


# What may surround or space out a number: French thousands, percent and currency signs.
_NOISE = "\u202f\u00a0\u2009\u2007 %€$'’"
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}
_GROUPED_COUNT = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+")
_UNIT = "\x1f"


def _bare(texts: list[str]) -> list[str]:
    """Numbers without spaces or signs of unit, all at once: one long string is far quicker."""
    joined = _UNIT.join(texts)
    if joined.count(_UNIT) != len(texts) - 1:
        joined = _UNIT.join(text.replace(_UNIT, "?") for text in texts)
    for sign in _NOISE:
        joined = joined.replace(sign, "")
    return joined.replace("\u2212", "-").split(_UNIT)


def _parsed(texts: list[str], decimal: str, *, whole: bool = False) -> npt.NDArray[np.float64]:
    """The numbers written in ``texts``; NaN where there is none."""
    if not texts:
        return np.empty(0)
    bare = _bare(texts)
    if whole and any("," in t or "." in t for t in bare):
        bare = [
            t.replace(",", "").replace(".", "") if _GROUPED_COUNT.fullmatch(t) else t for t in bare
        ]
    thousands = "." if decimal == "," else ","
    grouped = _GROUPED[thousands]
    if any(thousands in t for t in bare):
        bare = [
            (t.replace(thousands, "") if grouped.fullmatch(t) else "?") if thousands in t else t
            for t in bare
        ]
    if decimal == ",":
        bare = [t.replace(",", ".") for t in bare]
    values = pd.to_numeric(np.array(bare, dtype=object), errors="coerce")
    numbers = np.array(values, dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    if whole:
        numbers[numbers != np.floor(numbers)] = np.nan
    return numbers


def _decimal(raw: pd.DataFrame, kinds: Mapping[str, Kind], separator: str) -> tuple[str, bool]:
    """The decimal sign of the file, by the evidence of its first rows, and whether it is sure."""
    votes = {",": 0, ".": 0}
    ambiguous = False
    for name, kind in kinds.items():
        if kind not in ("share", "hours", "count", "number"):
            continue
        for text in _bare([str(t) for t in raw[name].head(_SAMPLE_ROWS).dropna()]):
            signs = [c for c in text if c in ",."]
            if not signs:
                continue
            last, after = signs[-1], len(text) - text.rindex(signs[-1]) - 1
            if len(set(signs)) == 2:  # noqa: PLR2004 - both signs: the last one is the decimal
                votes[last] += 1
            elif len(signs) > 1:
                votes["." if last == "," else ","] += 1
            elif after != 3 or text.lstrip("+-").startswith("0") or text.index(last) > 3:  # noqa: PLR2004 - a group of thousands
                votes[last] += 1
            elif kind != "count":
                ambiguous = True
    if votes[","] != votes["."]:
        return max(votes, key=lambda sign: votes[sign]), True
    return ("," if separator == ";" else "."), not ambiguous


def _numeric(cells: pd.Series, parse: Callable[[list[str]], npt.NDArray[np.float64]]) -> pd.Series:
    present = cells.notna().to_numpy()
    out = np.full(len(cells), np.nan)
    out[present] = parse(cells[present].tolist())
    return pd.Series(out, index=cells.index)


def _number(cells: pd.Series, how: _Convention) -> pd.Series:
    return _numeric(cells, lambda texts: _parsed(texts, how.decimal))


def _count(cells: pd.Series, how: _Convention) -> pd.Series:
    return _numeric(cells, lambda texts: _parsed(texts, how.decimal, whole=True))


def _share(cells: pd.Series, how: _Convention) -> pd.Series:
    return _number(cells, how) / 100


def _hours(cells: pd.Series, how: _Convention) -> pd.Series:
    return _number(cells, how) * 3600


_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:[.,]\d{1,9})?)")


def _seconds(cells: pd.Series, how: _Convention) -> pd.Series:
    codes, uniques = pd.factorize(cells)
    texts = [str(text) for text in uniques]
    values = _parsed(texts, how.decimal)
    values[values < 0] = np.nan
    for i, text in enumerate(texts):
        if clock := _CLOCK.fullmatch(text):
            hours, minutes, seconds = clock.groups()
            values[i] = (
                int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
            )
    return pd.Series(np.append(values, np.nan)[codes], index=cells.index)


_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january janvier", "february fevrier", "march mars", "april avril", "may mai",
        "june juin", "july juillet", "august aout", "september septembre", "october octobre",
        "november novembre", "december decembre",
    )
)  # fmt: skip
_TIME = r"(?:[ t,]+(?:a |at )?\d{1,2}:\d{2}.{0,20})?"
_ISO_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})" + _TIME)
_EN_DATE = re.compile(r"(?P<m>[a-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME)
_FR_DATE = re.compile(r"(?P<d>\d{1,2})(?:er)? (?P<m>[a-z]{3,9})\.? (?P<y>\d{4})" + _TIME)
_FR_SHORT_DATE = re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})" + _TIME)


def _month(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    near = [i for i, names in enumerate(_MONTHS, 1) if any(n.startswith(word) for n in names)]
    return near[0] if len(near) == 1 else None


def _iso(text: str, french: bool) -> str | None:
    key = normalise(text)
    # 03/04/2024 is only read where the file says in which order: no guess elsewhere.
    for pattern in (_ISO_DATE, _EN_DATE, _FR_DATE, *([_FR_SHORT_DATE] if french else [])):
        if found := pattern.fullmatch(key):
            month = _month(found["m"])
            return f"{found['y']}-{month:02d}-{int(found['d']):02d}" if month else None
    return None


def _date(cells: pd.Series, how: _Convention) -> pd.Series:
    codes, uniques = pd.factorize(cells)
    days = [_iso(str(text), how.french) for text in uniques]
    values = pd.to_datetime(pd.Series(days, dtype=object), format="%Y-%m-%d", errors="coerce")
    values = pd.concat([values, pd.Series([pd.NaT])], ignore_index=True)
    return pd.Series(values.to_numpy(dtype="datetime64[s]")[codes], index=cells.index)


def _text(cells: pd.Series, how: _Convention) -> pd.Series:  # noqa: ARG001 - one signature for all
    return cells.astype("str")


_CONVERT: Mapping[Kind, Callable[[pd.Series, _Convention], pd.Series]] = {
    "id": _text,
    "text": _text,
    "date": _date,
    "seconds": _seconds,
    "hours": _hours,
    "share": _share,
    "count": _count,
    "number": _number,
}


def _whole(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Counts as integers where none is missing (and all fit)."""
    safe = 2.0**53
    counts = [
        name
        for name, kind in kinds.items()
        if kind == "count" and frame[name].notna().all() and (frame[name].abs() < safe).all()
    ]
    return frame.astype(dict.fromkeys(counts, np.int64))


def _is_total(text: object) -> bool:
    # The first test is only there to be quick.
    return (
        isinstance(text, str)
        and "ot" in text[:20].casefold()
        and normalise(text).rstrip(" :") in ("total", "totaux")
    )


# --- Words ---------------------------------------------------------------------------------------


def _shown(text: str, limit: int = 60) -> str:
    """A cell fit to be shown: one line, no control character, not too long."""
    clean = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _listed(texts: Sequence[str], limit: int = 8) -> str:
    shown = [f"« {_shown(text)} »" for text in texts[:limit]]
    return ", ".join(shown) + (", …" if len(texts) > limit else "")
