"""From what a learner hands over to tables of delimited text, in bounded memory.

A zip is opened in memory, never extracted; a workbook's sheets are written out as comma-separated
text, so that one reader serves them all. The limits below are counted on what is really read,
never on the sizes a file declares: they bound the memory and time a hostile or mistaken file can
take.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import itertools
import os
import re
import stat
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from cinqcles.errors import ExportError
from cinqcles.messages import _, number

MAX_BYTES = 256 * 2**20
"""Largest file read, and largest total taken out of a zip (bytes, uncompressed)."""
MAX_ROWS = 2_000_000
"""Most rows read from a table."""
MAX_COLUMNS = 1_000
"""Most columns in a table: the widest real export seen has 227."""
MAX_LINE_BYTES = 2**20
"""Longest line, give or take what is read at once: a longer one is refused before any parsing."""
MAX_CELL_CHARS = 50_000
"""Longest text kept in one cell: a spreadsheet's own limit is 32,767."""
MAX_MEMBERS = 100
"""Most files in a zip: YouTube puts three."""
MAX_WORKBOOK_BYTES = 64 * 2**20
"""Largest part of a workbook, uncompressed, and largest sheet once written as text."""
MAX_CELLS = 1_000_000
"""Most cells read from a workbook, blank ones within a row included."""

HEAD_BYTES = 4 * MAX_LINE_BYTES  # where the header line is looked for
_CHUNK_BYTES = 2**16  # what is decoded at once: larger blocks of memory are costly to get anew
_READ_BYTES = 2**18  # what is gone through at once
PART_BYTES = 2 * MAX_LINE_BYTES  # a table is not cut in smaller parts

Source = str | os.PathLike[str] | bytes | bytearray | memoryview


@dataclass(frozen=True, eq=False)
class Table:
    """Delimited text: a file, a file in a zip, a sheet of a workbook, or a section of a file.

    ``encodings`` come in order of likelihood, and each decodes the whole. A ``sheet``'s numbers
    have a decimal point and its dates are ISO. A ``flattened`` one was made of blocks.
    """

    name: str
    source: Path | bytes
    start: int
    stop: int
    encodings: tuple[str, ...]
    sheet: bool = False
    flattened: bool = False

    def head(self, encoding: str, lines: int) -> str:
        """The first lines, and maybe more; they are looked for in the first megabytes."""
        for size in (_CHUNK_BYTES, HEAD_BYTES):
            decoder = codecs.getincrementaldecoder(encoding)()
            text = decoder.decode(
                _slice(self.source, self.start, min(self.stop, self.start + size))
            )
            if text.count("\n") >= lines:
                break
        return text

    def text(self, encoding: str, offset: int) -> _Utf8:
        """What follows the first ``offset`` bytes, for pandas to read as a file."""
        return _Utf8(self, encoding, self.start + offset)

    def parts(self, encoding: str, offset: int, n: int) -> Iterator[Table]:
        """What follows the first ``offset`` bytes, cut in ``n`` or fewer where rows end.

        That is where a line ends after an even number of quotes, provided that every quote opens,
        closes or doubles: else a part may end inside a cell, which shows when it is parsed. Only
        UTF-8 is cut.
        """
        at = self.start + offset
        size = max(PART_BYTES, -((at - self.stop) // n))
        start, inside = at, False
        for chunk in self.text(encoding, offset) if encoding == "utf-8" else ():
            if at >= start + size and (end := _row_end(chunk, inside=inside)):
                yield replace(self, start=start, stop=at + end)
                start = at + end
            quotes = np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == ord('"'))
            inside ^= bool(quotes % 2)
            at += len(chunk)
        yield replace(self, start=start, stop=self.stop)


class _Utf8:
    """A text file's content as UTF-8 bytes, whatever its encoding.

    Not being one of ``io``'s classes, pandas takes its bytes as they come, which spares it
    decoding and encoding them again.
    """

    def __init__(self, table: Table, encoding: str, at: int) -> None:
        self._table, self._at = table, at
        self._recode: Callable[[bytes, bool], bytes] | None = None
        if encoding != "utf-8":
            decoder = codecs.getincrementaldecoder(encoding)()
            self._recode = lambda data, final: decoder.decode(data, final).encode()

    def read(self, size: int = -1) -> bytes:
        left = self._table.stop - self._at
        size = left if size < 0 else min(size, left)
        data = _slice(self._table.source, self._at, self._at + size)
        self._at += len(data)
        if self._recode is None:
            return data
        # An odd byte of UTF-16 alone gives no character, which pandas would take for the end.
        return self._recode(data, size == left) or (self.read(size) if size < left else b"")

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_READ_BYTES), b"")

    def lines(self) -> Iterator[str]:
        """Lines with their ends, as ``csv`` asks for."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        rest = ""
        for chunk in self:
            *whole, rest = io.StringIO(rest + decoder.decode(chunk), newline="").readlines() or [""]
            yield from whole
        yield from io.StringIO(rest, newline="")


def _row_end(chunk: bytes, *, inside: bool) -> int:
    """Where the row that goes on in ``chunk`` ends; 0 if that does not show soon."""
    end = 0
    for line in itertools.islice(io.BytesIO(chunk), 1_000):
        end += len(line)
        inside ^= bool(line.count(b'"') % 2)
        below = chunk[end : end + 3]
        # pandas would take a byte-order mark at the start of a part for the file's own.
        if len(below) == 3 and below != codecs.BOM_UTF8 and not inside:  # noqa: PLR2004
            return end
    return 0


def _slice(source: Path | bytes, start: int, stop: int) -> bytes:
    if isinstance(source, bytes):
        return source[start:stop]
    with source.open("rb") as file:
        file.seek(start)
        return file.read(max(0, stop - start))


@dataclass(frozen=True, eq=False)
class Opened:
    """What was found in a source; ``errors``: why some of it could not be opened."""

    name: str
    tables: tuple[Table, ...]
    holds_several: bool
    errors: tuple[ExportError, ...]


def open_tables(source: Source) -> Opened:
    """The tables of a file, given by its path or its content.

    Raises
    ------
    ExportError
        Nothing there, not a file, over a limit, damaged, or nothing that could be a table.
    """
    content: Path | bytes
    if isinstance(source, (bytes, bytearray, memoryview)):
        name, size = _("fichier transmis"), len(source)
        content = bytes(source[: MAX_BYTES + 1])
    else:
        content = Path(source)
        name = content.name or str(source)
        size = _size(content, name)
    if size > MAX_BYTES:
        raise _too_big(name)
    try:
        start = _slice(content, 0, 4096)
        packed = start.startswith((b"PK\x03\x04", b"PK\x05\x06"))
        if packed or start.startswith(_OLE):
            data = _slice(content, 0, MAX_BYTES)
        elif start.strip(_BLANK) or _slice(content, 4096, size).strip(_BLANK):
            return Opened(name, tuple(_texts(name, content, size)), holds_several=False, errors=())
        else:
            raise ExportError(
                _(
                    "Le fichier « {name} » est vide. Téléchargez-le de nouveau depuis la "
                    "plateforme, sur une période où il y a des données."
                ).format(name=shown(name))
            )
    except OSError as error:
        raise _unopened(str(content), error) from None
    if not packed:
        return Opened(name, tuple(_xls(name, data)), holds_several=True, errors=())
    return _unzipped(name, data)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BLANK = b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"


def _size(path: Path, name: str) -> int:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise ExportError(
            _(
                "Le fichier « {name} » est introuvable. Vérifiez son nom, et qu’il est bien dans "
                "le dossier du cours (panneau de gauche de JupyterLab)."
            ).format(name=shown(str(path)))
        ) from None
    except (OSError, ValueError) as error:
        raise _unopened(str(path), error) from None
    if stat.S_ISDIR(found.st_mode):
        raise ExportError(
            _(
                "« {name} » est un dossier. Indiquez le fichier qu’il contient : celui que la "
                "plateforme a produit (.zip, .csv, .xls ou .xlsx)."
            ).format(name=shown(name))
        )
    if not stat.S_ISREG(found.st_mode):
        raise ExportError(
            _(
                "« {name} » n’est pas un fichier ordinaire : indiquez un .csv, un classeur ou un "
                ".zip."
            ).format(name=shown(name))
        )
    return found.st_size


def _unopened(path: str, error: Exception) -> ExportError:
    return ExportError(
        _("Le fichier « {name} » ne peut pas être ouvert ({reason}).").format(
            name=shown(path), reason=shown(str(error))
        )
    )


def _too_big(name: str, limit: int | None = None) -> ExportError:
    return ExportError(
        _(
            "« {name} » est trop gros (plus de {limit} Mo une fois ouvert). Exportez une période "
            "plus courte."
        ).format(name=shown(name), limit=(limit or MAX_BYTES) // 2**20)
    )


# --- Archives ------------------------------------------------------------------------------------


def _unzipped(name: str, data: bytes) -> Opened:
    tables: list[Table] = []
    errors: list[ExportError] = []
    nested = False
    with _archive(name, data) as archive:
        infos = archive.infolist()
        if _is_workbook(infos):
            return Opened(name, tuple(_xlsx(name, archive)), holds_several=True, errors=())
        budget = MAX_BYTES
        for info in infos:
            base = info.filename.replace("\\", "/").rsplit("/", 1)[-1]
            kind = base.lower().rpartition(".")[2]
            nested |= kind == "zip"
            known = kind in ("csv", "tsv", "txt", "xls", "xlsx")
            if not known or base.startswith(("._", "~$")) or info.is_dir():
                continue
            content = _member(name, archive, info, budget)
            budget -= len(content)
            if not content.strip(_BLANK):
                continue
            # One unreadable file does not condemn the archive it is in.
            try:
                if content.startswith(_OLE):
                    tables += _xls(base, content)
                elif content.startswith(b"PK\x03\x04"):
                    with _archive(base, content) as workbook:
                        tables += _xlsx(base, workbook)
                else:
                    tables += _texts(base, content, len(content))
            except ExportError as error:
                errors.append(error)
    if not tables and errors:
        raise errors[0]
    if not tables and nested:
        raise ExportError(
            _(
                "L’archive « {name} » en contient une autre. Sortez-en le .zip qu’elle contient "
                "et donnez celui-là."
            ).format(name=shown(name))
        )
    if not tables:
        raise ExportError(
            _(
                "L’archive « {name} » ne contient aucun fichier .csv, .xls ou .xlsx. Donnez le "
                ".zip tel que la plateforme l’a produit."
            ).format(name=shown(name))
        )
    return Opened(name, tuple(tables), holds_several=True, errors=tuple(errors))


def _archive(name: str, data: bytes) -> zipfile.ZipFile:
    # Every entry of the central directory starts with this mark: counting it bounds what
    # `ZipFile` allocates, whatever number the archive declares.
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise ExportError(
            _(
                "L’archive « {name} » contient trop de fichiers (plus de {limit}). Donnez le .zip "
                "tel que la plateforme l’a produit."
            ).format(name=shown(name), limit=MAX_MEMBERS)
        )
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _unzippable(name) from None


def _member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: int) -> bytes:
    try:
        # Other methods (LZMA, BZIP2) reserve memory on the archive's word.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile
        with archive.open(info) as member:
            content = member.read(budget + 1)
    # RuntimeError: a password is asked; the others: a damaged or forged archive.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise _unzippable(name) from None
    if len(content) > budget:
        raise _too_big(name)
    return content


def _unzippable(name: str) -> ExportError:
    return ExportError(
        _(
            "« {name} » ne s’ouvre pas : le fichier est abîmé, incomplet ou protégé par un mot de "
            "passe. Téléchargez-le de nouveau."
        ).format(name=shown(name))
    )


# --- Workbooks -----------------------------------------------------------------------------------

_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(workbook|styles|sharedStrings)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
_THREE_DECIMALS = re.compile(r"-?\d{1,3}\.\d{3}")
_MAX_SETTINGS = 100_000  # elements of the parts that are read whole: styles, list of sheets
_MAX_DEPTH = 64


def _is_workbook(infos: Iterable[zipfile.ZipInfo]) -> bool:
    return any(info.filename == "[Content_Types].xml" for info in infos)


def _xlsx(name: str, archive: zipfile.ZipFile) -> list[Table]:
    """The sheets of a workbook, read from a copy that holds only checked, uncompressed parts."""
    import openpyxl  # noqa: PLC0415 - half a second, for those who bring a workbook

    checked = io.BytesIO()
    budget = 2 * MAX_WORKBOOK_BYTES
    with zipfile.ZipFile(checked, "w", zipfile.ZIP_STORED) as copy:
        for info in archive.infolist():
            if _PARTS.fullmatch(info.filename):  # no picture, macro or link to another workbook
                part = _member(name, archive, info, min(budget, MAX_WORKBOOK_BYTES))
                budget -= len(part)
                _check_part(name, info.filename.lower(), part)
                copy.writestr(info.filename, part)

    def sheets() -> Iterator[tuple[str, Iterator[list[str]]]]:
        book = openpyxl.load_workbook(checked, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a declared size would be believed
            rows = sheet.iter_rows()
            yield sheet.title, ([_xlsx_cell(cell) for cell in row] for row in rows)

    return _sheets(name, sheets())


def _check_part(name: str, path: str, part: bytes) -> None:
    """Refuse what would swell in memory: entities, endless elements, depth or text."""
    read_at_once = "sheets/" not in path and "sharedstrings" not in path
    limit = _MAX_SETTINGS if read_at_once else 4 * MAX_CELLS
    elements = depth = characters = 0

    def start(_tag: str, _attributes: object) -> None:
        nonlocal elements, depth, characters
        elements, depth, characters = elements + 1, depth + 1, 0
        if elements > limit or depth > _MAX_DEPTH:
            raise _too_many_cells(name)

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def text(piece: str) -> None:
        nonlocal characters
        characters += len(piece)
        if characters > MAX_CELL_CHARS:
            raise _not_a_workbook(name)

    def doctype(*_told: object) -> None:
        raise _not_a_workbook(name)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, ExportError):
            raise
        raise _not_a_workbook(name) from None


def _xlsx_cell(cell: Any) -> str:
    return "" if cell.value is None else _written(cell.value, cell.number_format)


def _xls(name: str, data: bytes) -> list[Table]:
    """The sheets of a workbook of before 2007."""
    import xlrd  # noqa: PLC0415 - only for those who bring such a workbook

    def sheets() -> Iterator[tuple[str, Iterator[list[str]]]]:
        if len(data) > MAX_WORKBOOK_BYTES:
            raise _too_big(name, MAX_WORKBOOK_BYTES)
        book = xlrd.open_workbook(
            file_contents=data,
            logfile=io.StringIO(),
            on_demand=True,
            ragged_rows=True,
            formatting_info=True,  # to tell 4.2 % from 0.042
        )
        for index, title in enumerate(book.sheet_names()):
            sheet = book.sheet_by_index(index)
            rows = ([_xls_cell(book, cell) for cell in sheet.row(i)] for i in range(sheet.nrows))
            yield title, rows
            book.unload_sheet(index)

    return _sheets(name, sheets())


def _xls_cell(book: Any, cell: Any) -> str:
    import xlrd  # noqa: PLC0415

    value = cell.value
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        value = bool(value)
    elif cell.ctype == xlrd.XL_CELL_ERROR:
        value = xlrd.error_text_from_code.get(value, "#?")
    elif cell.ctype == xlrd.XL_CELL_DATE and value >= 1:
        value = xlrd.xldate.xldate_as_datetime(value, book.datemode)
    elif cell.ctype == xlrd.XL_CELL_DATE:
        value = dt.timedelta(days=value)
    return _written(value, book.format_map[book.xf_list[cell.xf_index].format_key].format_str)


def _sheets(name: str, sheets: Iterator[tuple[str, Iterator[list[str]]]]) -> list[Table]:
    tables = []
    cells = size = 0
    # A forged or damaged workbook makes these libraries raise nearly anything, and warn.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for title, rows in sheets:
                out = io.StringIO()
                writer = csv.writer(out, lineterminator="\n")
                for row in rows:
                    cells += len(row) + 1
                    if cells > MAX_CELLS:
                        raise _too_many_cells(name)
                    writer.writerow(row)
                    if size + out.tell() > MAX_WORKBOOK_BYTES:
                        raise _too_big(name, MAX_WORKBOOK_BYTES)
                size += out.tell()
                text = out.getvalue().encode("utf-8", "replace")
                if text.strip(b'\n," '):
                    tables.append(Table(title, text, 0, len(text), ("utf-8",), sheet=True))
    except ExportError:
        raise
    except Exception:
        raise _not_a_workbook(name) from None
    if not tables:
        raise ExportError(
            _(
                "Le classeur « {name} » est vide. Téléchargez-le de nouveau depuis la plateforme, "
                "sur une période où il y a des données."
            ).format(name=shown(name))
        )
    return tables


def _written(value: object, style: str) -> str:
    """A cell as text: a decimal point, ISO dates, the percent sign its style shows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        text = f"{value * 100:.12g}%" if "%" in style else repr(value)
        # Beyond 15 digits a workbook has lost some: left as 1.2e+18, so that it shows.
        if text.endswith(".0") and len(text) < 18:  # noqa: PLR2004
            return text[:-2]
        # Three decimals alone could be taken for thousands.
        return text + "0" * bool(_THREE_DECIMALS.fullmatch(text))
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return " ".join(str(value).replace("\0", " ").split("\n"))


def _not_a_workbook(name: str) -> ExportError:
    return ExportError(
        _(
            "Le classeur « {name} » ne s’ouvre pas : il est abîmé, incomplet ou protégé. "
            "Téléchargez-le de nouveau ou, dans le tableur, enregistrez la feuille au format "
            "« CSV UTF-8 »."
        ).format(name=shown(name))
    )


def _too_many_cells(name: str) -> ExportError:
    return ExportError(
        _(
            "Le classeur « {name} » a plus de {limit} cellules. Exportez une période plus courte, "
            "ou le même tableau en .csv."
        ).format(name=shown(name), limit=number(MAX_CELLS))
    )


# --- Text ----------------------------------------------------------------------------------------


def _texts(name: str, source: Path | bytes, size: int) -> list[Table]:
    """The table of a text file, or those of its sections if it is made of several."""
    start, encodings = _encoding(name, source)
    if size <= HEAD_BYTES and (sections := _sections(name, source, start, size, encodings[0])):
        return sections
    return [Table(name, source, start, size, encodings)]


def _encoding(name: str, source: Path | bytes) -> tuple[int, tuple[str, ...]]:
    """Size of the byte-order mark, and the encodings under which the whole file reads."""
    sample = _slice(source, 0, 4096)
    if sample.startswith(codecs.BOM_UTF8):
        start, likely = 3, ["utf-8"]
    elif sample.startswith(codecs.BOM_UTF16_LE):
        start, likely = 2, ["utf-16-le"]
    elif sample.startswith(codecs.BOM_UTF16_BE):
        start, likely = 2, ["utf-16-be"]
    elif sample[1::2].count(0) > len(sample) // 4:
        start, likely = 0, ["utf-16-le"]
    elif sample[0::2].count(0) > len(sample) // 4:
        start, likely = 0, ["utf-16-be"]
    else:
        # Excel saves "CSV" in the system's old encoding, Windows or Mac. Any byte is a Mac letter.
        start, likely = 0, ["utf-8", "cp1252", "mac_roman"]
    fitting = []
    for encoding in likely:
        if _decodes(_chunks(name, source, start), encoding):
            fitting.append(encoding)
            if encoding == "utf-8":
                break  # strict enough to be believed alone
    if not fitting:
        raise ExportError(
            _(
                "« {name} » n’est pas un fichier texte : on y attend un tableau .csv, un classeur "
                "(.xls, .xlsx), ou le .zip qui le contient."
            ).format(name=shown(name))
        )
    return start, tuple(fitting)


def _chunks(name: str, source: Path | bytes, start: int) -> Iterator[bytes]:
    file = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    with file:
        file.seek(start)
        line = 0  # bytes of the one that goes on
        while chunk := file.read(_CHUNK_BYTES):
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line = len(chunk) - end - 1 if end >= 0 else line + len(chunk)
            if line > MAX_LINE_BYTES:
                raise ExportError(
                    _(
                        "« {name} » contient une ligne de plus de {limit} Mo : ce n’est pas un "
                        "tableau que l’on peut lire. Téléchargez-le de nouveau."
                    ).format(name=shown(name), limit=MAX_LINE_BYTES // 2**20)
                )
            yield chunk


def _decodes(chunks: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sections(name: str, source: Path | bytes, start: int, size: int, encoding: str) -> list[Table]:
    """The parts of a report that is several tables, each under a block of ``#`` lines."""
    data = _slice(source, start, size)
    if encoding != "utf-8" or not data.lstrip().startswith(b"#"):
        return []
    starts, in_rows = [0], False
    for line in re.finditer(rb"[^\n]*\n?", data):
        comment = not line[0].strip() or line[0].startswith(b"#")
        if comment and in_rows:
            starts.append(line.start())
        in_rows = not comment
    bounds = [*starts, len(data)]
    parts = [(a, b) for a, b in itertools.pairwise(bounds) if _has_rows(data[a:b])]
    return [
        Table(
            name if i == 1 else _("{name}, tableau {n}").format(name=name, n=i),
            source, start + a, start + b, (encoding,),
        )
        for i, (a, b) in enumerate(parts, 1)
    ][:MAX_MEMBERS]  # fmt: skip


def _has_rows(part: bytes) -> bool:
    return any(line.strip() and not line.startswith(b"#") for line in part.splitlines())


# --- Words ---------------------------------------------------------------------------------------


def shown(text: str, limit: int = 60) -> str:
    """A cell fit to be shown: one line, no control character, not too long."""
    clean = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    clean = " ".join(clean.split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def listed(texts: Sequence[str], limit: int = 8) -> str:
    quoted = [f"« {shown(text)} »" for text in texts[:limit]]
    return ", ".join(quoted) + (", …" if len(texts) > limit else "")
