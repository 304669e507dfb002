"""Read what a platform lets you download, whatever the language, the encoding or the spreadsheet
it went through on the way.

A platform is described by data (`cinqcles.data.schema`); everything else is shared by all of
them. Reading goes

    path or bytes -> tables of text, in bounded memory (`cinqcles.data.files`)
    -> header line, separator and platform: those under which most columns are recognised
    -> cells -> typed columns (`cinqcles.data.cells`)
    -> the platform's own total rows set apart -> `Export`.

Nothing is dropped in silence: what was ignored, could not be read or deserves a doubt is in the
`Report`, in the reader's words. A blank is missing, never zero.

pandas reads straight into numbers the columns that look like plain ones in the first rows; what
does not come out as plain numbers after all is read again as text and parsed with care, so that
speed never changes a value. A large file is read in a few parts, two at a time, as pandas itself
reads one; it is read in one piece if its quotes leave a doubt on where rows end.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import html
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import compress
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.data.cells import HUGE, Cells, Convention, day, decimal_sign, normalise, scaled
from cinqcles.data.files import (
    HEAD_BYTES,
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_ROWS,
    Source,
    Table,
    listed,
    open_tables,
    shown,
)
from cinqcles.data.schema import Column, Kind, Order, Platform, Shape
from cinqcles.errors import ExportError
from cinqcles.messages import _, ngettext, number

_PREAMBLE_LINES = 30
_SAMPLE_ROWS = 2_000  # read to tell how the file writes its numbers
_LARGE_BYTES = 4 * 2**20  # from here on it pays to know which texts repeat themselves
_WINDOW_BYTES = 2**18
_THREADS = 2  # a third gains little: making texts is one at a time
_PARTS = 4
_SHOWN_COLUMNS = 30

_TEXT_KINDS = frozenset({"id", "text"})
_NUMBER_KINDS = frozenset(
    {"milliseconds", "seconds", "hours", "share", "fraction", "count", "number"}
)
# What pandas may read straight into numbers (a test empties it: nothing else must change).
_NATIVE_KINDS = _NUMBER_KINDS - {"fraction"}


@dataclass(frozen=True)
class Report:
    """How a file was understood, for someone who has to trust the numbers that come out of it.

    ``recognised``: header of the file -> column of the frame; ``ignored``: headers left out;
    ``private``: headers left out because they hold a person's words or name; ``blanks``: header
    -> number of cells that say there is no value (``--``, ``< 10``); ``others``: the other
    tables of the file, and what to give as ``table=`` to read them; ``preamble``: the lines above
    the header; ``period``: first and last day they tell; ``doubts``: French sentences, each one
    thing to check. Shown as French text or HTML.
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
    private: tuple[str, ...] = ()
    blanks: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    preamble: tuple[str, ...] = ()
    period: tuple[pd.Timestamp, pd.Timestamp] | None = None

    def _sections(self) -> tuple[str, list[tuple[str, list[str]]]]:
        title = ngettext(
            "{platform}, {label} : {rows} ligne lue dans « {source} ».",
            "{platform}, {label} : {rows} lignes lues dans « {source} ».",
            self.rows,
        ).format(
            platform=self.platform, label=self.label, rows=number(self.rows), source=self.source
        )
        if self.period is not None:
            first, last = (f"{moment:%d/%m/%Y}" for moment in self.period)
            title += _(" Période annoncée : du {first} au {last}.").format(first=first, last=last)
        recognised = [f"« {shown(h)} » → {name}" for h, name in self.recognised.items()]
        sections = [
            (_("Colonnes reconnues ({n})").format(n=len(recognised)), recognised),
            (
                _("Colonnes laissées de côté ({n})").format(n=len(self.ignored)),
                _shortened(self.ignored),
            ),
            (
                _(
                    "Colonnes laissées de côté pour ne pas garder de textes ni de noms ({n}) ; "
                    "« keep_text=True » les garde"
                ).format(n=len(self.private)),
                _shortened(self.private),
            ),
            (
                _("Cellules qui disent qu’il n’y a pas de valeur, laissées vides"),
                [f"« {shown(h)} » : {number(n)}" for h, n in self.blanks.items()],
            ),
            (
                _("Autres tableaux du fichier, et comment les lire"),
                [f"« {shown(name)} » : {how}" for name, how in self.others.items()],
            ),
            (_("Lignes au-dessus de l’en-tête"), [shown(line, 100) for line in self.preamble]),
            (_("À vérifier"), list(self.doubts)),
        ]
        return title, [(heading, items) for heading, items in sections if items]

    def __str__(self) -> str:
        title, sections = self._sections()
        lines = [title]
        for heading, items in sections:
            lines.append(f"{heading} :")
            lines += [f"  – {item}" for item in items]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        title, sections = self._sections()
        parts = [f"<p><strong>{html.escape(title)}</strong></p>"]
        for heading, items in sections:
            rows = "".join(f"<li>{html.escape(item)}</li>" for item in items)
            parts.append(f"<p>{html.escape(heading)} :</p><ul>{rows}</ul>")
        return "".join(parts)


def _shortened(headers: Sequence[str]) -> list[str]:
    items = [f"« {shown(header)} »" for header in headers[:_SHOWN_COLUMNS]]
    if len(headers) > _SHOWN_COLUMNS:
        items.append(_("… et {n} de plus").format(n=len(headers) - _SHOWN_COLUMNS))
    return items


@dataclass(frozen=True, eq=False)
class Export:
    """A platform's file, tidied.

    ``frame``: one row per post (or day, position, campaign…), columns named as in
    `cinqcles.data.schema.SCHEMA`; ``totals``: the platform's own total rows with the same
    columns, or None if the file has none; ``report``: how it was read. ``report.platform`` and
    ``report.shape`` say which kind of file it was.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame | None
    report: Report


def read(
    source: Source,
    platforms: Sequence[Platform],
    *,
    keep_text: bool = False,
    table: str | None = None,
    today: dt.date | None = None,
) -> Export:
    """Read a file (its path, or its content as bytes) as an export of one of ``platforms``.

    See `cinqcles.data.read_export` for the parameters.

    Raises
    ------
    ExportError
        Nothing there, not a file, over a limit of `cinqcles.data.files`, damaged, no known
        export, or one that several platforms could have given.
    """
    opened = open_tables(source)
    claims: list[list[_Candidate]] = []
    found_in: dict[_Candidate, Table] = {}
    unknown: list[_Candidate] = []
    errors = list(opened.errors)
    for found in opened.tables:
        try:
            seen = _recognise(found, platforms)
        except ExportError as error:
            errors.append(error)
            continue
        found_in |= dict.fromkeys(seen, found)
        best = _best([c for c in seen if c.shape is not None])
        claims += [best] if best else []
        unknown += [] if best else seen
    if not claims:
        if errors and not unknown:
            raise errors[0]
        raise _unknown(opened.name, unknown, platforms)
    # Two platforms may claim a plain table; another table of the same file then decides.
    sure = {claim[0].platform for claim in claims if len(claim) == 1}
    claims = [[c for c in claim if c.platform in sure] or claim for claim in claims]
    asked = [
        claim
        for claim in claims
        if table is None or table == claim[0].table.name or table in {_named(c) for c in claim}
    ]
    if not asked:
        raise ExportError(
            _(
                "« {name} » n’a pas de tableau « {table} ». Tableaux que l’on peut "
                "y lire : {known}."
            ).format(
                name=shown(opened.name),
                table=shown(str(table)),
                known=listed([_named(claim[0]) for claim in claims]),
            )
        )
    # One export is of one platform: the one that most of its columns speak for.
    spoken = {c.platform.name: 0 for claim in asked for c in claim}
    for claim in asked:
        for c in claim:
            spoken[c.platform.name] += len(c.matches)
    claim = min(
        asked,
        key=lambda claim: (
            -spoken[claim[0].platform.name],
            platforms.index(claim[0].platform),
            claim[0].preference,
            -len(claim[0].matches),
        ),
    )
    if len(claim) > 1:
        raise ExportError(
            _(
                "« {name} » peut venir de {platforms} : ses colonnes ({found}) ne permettent pas "
                "de trancher. Refaites l’export en ajoutant des colonnes."
            ).format(
                name=shown(opened.name),
                platforms=_(" ou de ").join(c.platform.name for c in claim),
                found=listed(claim[0].headers),
            )
        )
    chosen = claim[0]
    doubts: list[str] = []
    others: dict[str, str] = {}
    shown_source = shown(opened.name)
    if opened.holds_several:
        shown_source = f"{shown_source} › {shown(chosen.table.name)}"
    unread = [found.name for found in opened.tables if found is not found_in[chosen]]
    if unread:
        doubts.append(
            _("Le fichier contient plusieurs tableaux : « {read} » a été lu, pas {others}.").format(
                read=shown(chosen.table.name), others=listed(unread)
            )
        )
        shapes = [_named(other[0]) for other in claims]
        for other in claims:
            if other is not claim and other[0].shape:
                name = _named(other[0])
                asking = name if shapes.count(name) == 1 else other[0].table.name
                others[other[0].table.name] = f'{other[0].shape.label}, table="{asking}"'
    context = _Context(keep_text=keep_text, today=today or dt.date.today(), source=shown_source)  # noqa: DTZ011 - the reader's own day
    with warnings.catch_warnings():
        # A column that is numbers in one part of the file and text in another.
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        warnings.simplefilter("error", pd.errors.ParserWarning)  # cells that would be cut
        return _tidy(chosen, context, others, doubts)


# --- From text to known headers ------------------------------------------------------------------


class Match(NamedTuple):
    """What a header was recognised as: ``name`` is its column's, its currency filled in."""

    name: str
    column: Column
    language: str  # "" where the header says nothing of it
    how: Literal["exact", "pattern", "damaged"]


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


@lru_cache(maxsize=50_000)
def _match(header: str, platform: Platform) -> Match | None:
    exact, patterns = _lookup(platform)
    key = normalise(header)
    if key in exact:
        column, language = exact[key]
        return Match(column.name, column, language, "exact")
    for pattern, column, language in patterns:
        if found := pattern.fullmatch(key):
            how: Literal["exact", "pattern"] = "exact"
            if column.pattern == pattern.pattern:
                how = "pattern"
            return Match(column.name.format(**found.groupdict()), column, language, how)
    # UTF-8 taken for Windows text ("DurÃ©e"), or accents replaced by a question mark ("Dur?e").
    try:
        repaired = "" if header.isascii() else normalise(header.encode("cp1252").decode("utf-8"))
    except UnicodeError:
        repaired = ""
    if repaired in exact:
        column, language = exact[repaired]
        return Match(column.name, column, language, "damaged")
    if "?" in key or "\ufffd" in key:
        holes = re.compile(".".join(re.escape(part) for part in re.split("[?\ufffd]+", key)))
        near = [known for known in exact if holes.fullmatch(known)]
        if len(near) == 1:
            column, language = exact[near[0]]
            return Match(column.name, column, language, "damaged")
    return None


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A table seen through a platform: its best header line, and the shape found, if any.

    ``after``: bytes before the first row of cells; ``preamble``: lines above the header.
    ``matches``: position of a column -> what it is; ``again``: positions of other headers of a
    column already there.
    """

    platform: Platform
    table: Table
    encoding: str
    after: int
    separator: str
    headers: list[str]
    matches: dict[int, Match]
    again: dict[int, Match]
    shape: Shape | None
    preamble: tuple[str, ...]

    @property
    def preference(self) -> int:
        return self.platform.shapes.index(self.shape) if self.shape else len(self.platform.shapes)

    @property
    def score(self) -> tuple[bool, int, int]:
        """Exact headers before resembling ones; nothing known: the widest line, to be quoted."""
        exact = sum(match.how != "pattern" for match in self.matches.values())
        known = len(self.matches)
        return self.shape is not None, exact, known or -1_000_000 + len(self.headers)

    @property
    def french(self) -> bool:
        languages = [match.language for match in self.matches.values()]
        return languages.count("fr") > languages.count("en")


def _named(candidate: _Candidate) -> str:
    return candidate.shape.name if candidate.shape else ""


def _best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The best candidate, and those that are as good."""
    top = max((c.score for c in candidates), default=None)
    return [c for c in candidates if c.score == top]


_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_SEP_LINE = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)


def _recognise(table: Table, platforms: Sequence[Platform]) -> list[_Candidate]:
    """For each platform, the header line under which most of its columns are recognised."""
    for platform in platforms:
        if platform.stacked and (flat := _unstacked(table, platform)):
            table, platforms = flat, [platform]
    best: dict[Platform, _Candidate] = {}
    widest = 0
    for encoding in table.encodings:
        head = table.head(encoding, _PREAMBLE_LINES)
        preamble: list[str] = []
        separators = ",;\t"
        at = 0
        for _count in range(_PREAMBLE_LINES):
            line = _LINE.match(head, at)
            if line is None or at >= len(head):
                break
            if told := _SEP_LINE.fullmatch(line[1].strip()):
                separators = told[1]
            after = len(head[: line.end()].encode(encoding))
            for separator in separators:
                cells = line[1].count(separator) + 1
                widest = max(widest, cells)
                if cells > MAX_COLUMNS or (cells == 1 and separator != separators[0]):
                    continue
                headers = _cells(line[1], separator)
                for platform in platforms:
                    matches, again = _matches(headers, platform)
                    seen = _Candidate(
                        platform, table, encoding, after, separator, headers, matches, again,
                        _shape(headers, matches, platform, stacked=table.flattened),
                        tuple(preamble),
                    )  # fmt: skip
                    if platform not in best or seen.score > best[platform].score:
                        best[platform] = seen
            if line[1].strip() and not told:
                preamble.append(line[1].strip().strip('",;\t'))
            at = line.end()
    if widest > MAX_COLUMNS and all(seen.shape is None for seen in best.values()):
        raise ExportError(
            _(
                "« {name} » a {n} colonnes, c’est plus que le maximum lu ici ({limit}). Gardez "
                "les colonnes utiles lors de l’export."
            ).format(name=shown(table.name), n=number(widest), limit=number(MAX_COLUMNS))
        )
    return list(best.values())


def _cells(line: str, separator: str) -> list[str]:
    if line.count('"') % 2:
        return []  # a cell goes on below: not a header
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except (csv.Error, ValueError, TypeError):
        return []


def _matches(
    headers: Iterable[str], platform: Platform
) -> tuple[dict[int, Match], dict[int, Match]]:
    """Position -> match; the first of two headers for one column wins, an exact one before all."""
    found = {i: match for i, h in enumerate(headers) if (match := _match(h, platform))}
    order = sorted(found, key=lambda i: (found[i].how != "exact", i))
    taken: dict[str, int] = {}
    for i in order:
        taken.setdefault(found[i].name, i)
    first = sorted(taken.values())
    return {i: found[i] for i in first}, {i: found[i] for i in found if i not in first}


def _shape(
    headers: Sequence[str], matches: Mapping[int, Match], platform: Platform, *, stacked: bool
) -> Shape | None:
    names = {match.column.name for match in matches.values()}
    if not names - set(platform.described):
        return None
    known = len(matches) == sum(bool(h.strip()) for h in headers)
    for shape in platform.shapes:
        complete = all(names & set(group) for group in shape.needs)
        possible = shape.stacked == stacked and (known or not shape.strict)
        if complete and possible and not names & set(shape.without):
            return shape
    return None


def _unstacked(table: Table, platform: Platform) -> Table | None:
    """Blocks of ``title``, ``Date,Primary``, rows, put side by side under their titles."""
    if table.stop - table.start > HEAD_BYTES:
        return None
    head = table.head(table.encodings[0], table.stop - table.start)
    for separator in ",;\t":
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
        with suppress(csv.Error):
            if flat := _side_by_side(rows, table, platform):
                return flat
    return None


def _side_by_side(rows: Iterable[list[str]], table: Table, platform: Platform) -> Table | None:
    value = normalise(str(platform.stacked))
    title, block, top = "", -1, 0
    titles: list[str] = []
    days: dict[tuple[str, int], dict[int, str]] = {}
    times: Counter[tuple[int, str]] = Counter()
    above: list[str] = []
    for line, row in enumerate(rows, start=1):
        filled = [cell.strip() for cell in row if cell.strip()]
        if not filled:
            continue
        if len(filled) == 2 and normalise(filled[1]) == value:  # noqa: PLR2004 - a date, a value
            name = title if _match(title, platform) else filled[1]
            if name not in titles:
                titles.append(name)
            block, top = titles.index(name), line
        elif len(filled) == 1 and not _is_day(filled[0]):
            title = filled[0]
            if not title.startswith("sep="):
                above.append(title)
        elif titles:
            if len(filled) > 2:  # noqa: PLR2004
                raise _too_long(table.name, line - top, len(filled), 2)
            # A day that comes back in its block has a row of its own: nothing is written over.
            place = filled[0], times[block, filled[0]]
            times[block, filled[0]] += 1
            days.setdefault(place, {})[block] = "".join(filled[1:])
    if not titles:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([line] for line in above)
    writer.writerow(["Date", *titles])
    writer.writerows(
        [date, *(cells.get(i, "") for i in range(len(titles)))]
        for (date, _again), cells in days.items()
    )
    text = out.getvalue().encode()
    return Table(table.name, text, 0, len(text), ("utf-8",), flattened=True)


def _is_day(text: str) -> bool:
    orders: tuple[Order, Order] = ("dmy", "mdy")
    return any(day(text, Convention(order=order, yearless=True)) for order in orders)


def _unknown(name: str, seen: Sequence[_Candidate], platforms: Sequence[Platform]) -> ExportError:
    nearest = max(seen, key=lambda c: (c.score, -platforms.index(c.platform)))
    platform = nearest.platform
    names = {match.column.name for match in nearest.matches.values()}
    found = _("Colonnes trouvées : {found}.").format(found=listed(nearest.headers) or "–")
    if len(names) > 1 and 0 not in nearest.matches and not names & set(platform.keys):
        # Measures are there, but a row is not what it should be: another breakdown was exported.
        lines = [
            _(
                "« {name} » donne les chiffres de {platform} par « {dimension} » : ce découpage "
                "n’est pas lu ici."
            ).format(name=shown(name), platform=platform.name, dimension=shown(nearest.headers[0]))
        ]
    elif len(platforms) == 1:
        lines = [
            _("« {name} » n’est pas reconnu comme un export de {platform}.").format(
                name=shown(name), platform=platform.name
            )
        ]
    else:
        lines = [
            _(
                "« {name} » n’est pas reconnu : aucune des plateformes "
                "lues ici n’y retrouve ses colonnes."
            ).format(name=shown(name))
        ]
    lines.append(found)
    if names and len(platforms) > 1:
        missing = [
            _header(platform, group[0])
            for group in platform.shapes[0].needs
            if not names & set(group)
        ]
        lines.append(
            ngettext(
                "Au plus près : {platform}, dont {matched} est là.",
                "Au plus près : {platform}, dont {matched} sont là.",
                len(nearest.matches),
            ).format(
                platform=platform.name,
                matched=listed([nearest.headers[i] for i in nearest.matches]),
            )
        )
        if missing:
            lines.append(_("Il y manque {missing}.").format(missing=listed(missing)))
    by_key = {normalise(h): h for c in platform.columns for h in (c.en, c.fr, *c.also) if h}
    for header in nearest.headers[:_SHOWN_COLUMNS]:
        key = normalise(header)
        near = difflib.get_close_matches(key[:80], list(by_key), n=1, cutoff=0.75)
        if near and near[0] != key:
            lines.append(
                _("« {header} » ressemble à « {known} » : a-t-il été renommé ?").format(
                    header=shown(header), known=by_key[near[0]]
                )
            )
            break
    near_one = names or len(platforms) == 1
    lines.append(
        platform.how_to
        if near_one
        else _(
            "Donnez le fichier tel que la plateforme l’a produit (.csv, .xls, .xlsx ou .zip), sans "
            "l’ouvrir dans un tableur."
        )
    )
    lines += [
        _("Colonnes cherchées pour {platform}, par exemple : {expected}.").format(
            platform=each.name, expected=listed(_expected(each))
        )
        for each in ([platform] if near_one else platforms)
    ]
    return ExportError("\n".join(lines))


def _header(platform: Platform, name: str) -> str:
    column = next(c for c in platform.columns if c.name == name)
    return column.fr or column.en


def _expected(platform: Platform) -> list[str]:
    """A few headers of a platform's files: what a row is about, then measures."""
    measures = [c for c in platform.columns if c.kind in ("count", "hours")]
    return [c.fr or c.en for c in [*platform.columns[:1], *measures[:3]]]


# --- From known headers to typed columns ---------------------------------------------------------


@dataclass(frozen=True)
class _Context:
    keep_text: bool
    today: dt.date
    source: str


def _tidy(
    seen: _Candidate, context: _Context, others: Mapping[str, str], doubts: list[str]
) -> Export:
    platform, headers = seen.platform, seen.headers
    # A second header of a column fills its blanks, unless it only looks like one.
    again = {i: match for i, match in seen.again.items() if match.how != "pattern"}
    columns = {i: match.column for i, match in (seen.matches | again).items()}
    private = {i for i, c in columns.items() if c.private and not context.keep_text}
    kinds = {i: column.kind for i, column in columns.items() if i not in private}
    # Private or not, what a row is about tells the totals: read where public keys do not.
    keys = [i for i, column in columns.items() if column.name in platform.keys]
    first = min(keys, key=lambda i: platform.keys.index(columns[i].name), default=-1)
    if first in private:
        kinds |= {i: columns[i].kind for i in keys}
    width = len(headers)
    if surplus := _surplus(seen):
        kinds[width] = "text"
    plan = _planned(seen, width + surplus, kinds)
    how = Convention(
        decimal=plan.decimal,
        order=platform.dates_fr if seen.french else platform.dates_en,
        yearless=platform.yearless,
        whole_period=platform.whole_period,
        today=context.today,
    )
    read, rows = _read_and_counted(seen, plan, kinds)
    if first in read and _absent(read[first]).any() and (hidden := set(keys) - set(read)):
        read |= _read_texts(seen, plan, {i: columns[i].kind for i in hidden})
    read = _without_headers(seen, read, doubts)
    blank = _blank(read)
    total = _totals(seen, read, blank, width if surplus else None, doubts)
    kept = _kept(seen, blank | total)
    typing = _Typing(seen, how, int((~blank).sum()), doubts)
    frame: dict[str, _Values] = {}
    totals: dict[str, _Values] = {}
    recognised: dict[str, str] = {}
    ids: Cells | None = None
    for i, match in seen.matches.items():
        if i in private:
            continue
        name = match.name
        if name == platform.id and isinstance(column := read[i], Cells):
            ids = column.kept(kept)
        values = typing.typed(read.pop(i), i, kinds[i])
        recognised[headers[i]] = name
        for j in [j for j in again if again[j].name == name]:
            other = typing.typed(read.pop(j), j, kinds[j])
            if typing.fills(other, values, j, name):
                values = _filled(values, other)
                recognised[headers[j]] = name
        frame[name] = _rows(values, kept, kinds[i])
        totals[name] = _rows(values, total, kinds[i])
    doubts += [
        _("« {header} » répète une colonne déjà lue ({name}) : ignoré.").format(
            header=shown(headers[j]), name=match.name
        )
        for j, match in seen.again.items()
        if j not in private and headers[j] not in recognised
    ]
    export = pd.DataFrame(frame, copy=False)
    their_totals = pd.DataFrame(totals, copy=False) if total.any() else None
    doubts += _doubts(seen, export, their_totals, ids)
    doubts += _doubts_on_rows(rows, plan)
    doubts += typing.on_dates
    shape = seen.shape or platform.shapes[0]
    report = Report(
        source=context.source,
        platform=platform.name,
        shape=shape.name,
        label=shape.label,
        rows=len(export),
        encoding=seen.encoding,
        separator=seen.separator,
        recognised=recognised,
        ignored=tuple(
            h
            for i, h in enumerate(headers)
            if h.strip() and h not in recognised and i not in private
        ),
        doubts=tuple(doubts),
        private=tuple(headers[i] for i in sorted(private)),
        blanks=typing.blanks,
        others=others,
        preamble=seen.preamble,
        period=_period(seen.preamble, how),
    )
    return Export(export, their_totals, report)


def _blank(read: Mapping[int, _Read]) -> npt.NDArray[np.bool_]:
    columns = iter(read.values())
    blank = _absent(next(columns))
    for column in columns:
        if blank.any():
            blank = blank & _absent(column)
    return blank


def _kept(seen: _Candidate, left_out: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    if left_out.all():
        raise ExportError(
            _(
                "« {name} » a bien les colonnes attendues mais aucune ligne de données. Exportez "
                "une période où il s’est passé quelque chose."
            ).format(name=shown(seen.table.name))
        )
    return ~left_out


def _doubts_on_rows(rows: _Rows, plan: _Plan) -> list[str]:
    doubts = []
    if rows.short:
        doubts.append(
            ngettext(
                "{n} ligne a moins de cellules que l’en-tête : les dernières ont été laissées "
                "vides.",
                "{n} lignes ont moins de cellules que l’en-tête : les dernières ont été laissées "
                "vides.",
                rows.short,
            ).format(n=number(rows.short))
        )
    if not plan.sure:
        doubts.append(
            _(
                "Rien dans le fichier ne dit si la virgule sépare les décimales ou les milliers : "
                "elle a été lue comme {sense}. Comparez une valeur avec la plateforme."
            ).format(
                sense=_("une décimale") if plan.decimal == "," else _("un séparateur de milliers")
            )
        )
    return doubts


@dataclass
class _Typing:
    """Columns as they are read -> typed values, and what is to be told about them."""

    seen: _Candidate
    how: Convention
    rows: int
    doubts: list[str]
    on_dates: list[str] = field(default_factory=list)
    blanks: dict[str, int] = field(default_factory=dict)

    def typed(self, column: _Read, at: int, kind: Kind) -> _Values:
        header = self.seen.headers[at]
        if not isinstance(column, Cells):
            return column
        if kind in _TEXT_KINDS:
            if max(map(len, column.texts), default=0) > MAX_CELL_CHARS:
                raise _malformed(self.seen)
            return column.as_text()
        if column.told_missing:
            self.blanks[header] = sum(column.told_missing.values())
        values: _Values
        if kind == "date":
            values = self._days(column, header)
        else:
            values = column.as_numbers(kind, self.how.decimal)
        unread = pd.isna(values) & ~column.missing
        if kind == "date" and self.how.whole_period and unread.any():
            texts = {column.texts[code] for code in np.unique(column.codes[unread])}
            whole = [text for text in texts if normalise(text) in self.how.whole_period]
            unread &= ~column.equal(whole)
        if unread.any():
            first = column.texts[column.codes[np.argmax(unread)]]
            self.doubts.append(_unread(header, first, int(unread.sum()), self.rows))
        return values

    def _days(self, column: Cells, header: str) -> npt.NDArray[np.datetime64]:
        how, orders = self.how, {"dmy": _("jour/mois/année"), "mdy": _("mois/jour/année")}
        days, yearless = column.as_days(how)
        if np.isnat(days[~column.missing]).any() and (order := column.order(how)) != how.order:
            how = replace(how, order=order)
            days, yearless = column.as_days(how)
        slashed = any("/" in text[1:3] for text in column.texts)
        if how.order and slashed:
            told = _("Les dates de « {header} » ont été lues dans l’ordre {order}.")
            if how.order != self.how.order:
                told = _(
                    "Les dates de « {header} » ont été lues dans l’ordre {order}, le seul possible "
                    "pour certaines, et non dans celui que la plateforme suit d’ordinaire. "
                    "Vérifiez-en une."
                )
            self.on_dates.append(told.format(header=shown(header), order=orders[how.order]))
        if self.seen.table.sheet and slashed and any("-" in text[4:5] for text in column.texts):
            self.on_dates.append(
                _(
                    "« {header} » mêle de vraies dates et des dates restées du texte : le tableur "
                    "en a peut-être lu une partie en échangeant le jour et le mois. Repartez du "
                    "fichier d’origine, sans l’ouvrir dans un tableur."
                ).format(header=shown(header))
            )
        if yearless and not np.isnat(days).all():
            first, last = (pd.Timestamp(moment) for moment in (np.nanmin(days), np.nanmax(days)))
            how_known = {
                "ordered": _("la plus récente prend la dernière année possible"),
                "unordered": _(
                    "elles ne se suivent pas : chacune prend la dernière année possible"
                ),
            }[yearless]
            self.on_dates.append(
                _(
                    "Les dates de « {header} » n’ont pas d’année ; {how}. Elles vont ainsi du "
                    "{first:%d/%m/%Y} au {last:%d/%m/%Y}."
                ).format(header=shown(header), how=how_known, first=first, last=last)
            )
        return days

    def fills(self, other: _Values, values: _Values, at: int, name: str) -> bool:
        """Whether a second header of a column has values where the first has none, and no other."""
        here, there = pd.notna(values), pd.notna(other)
        gained = int(np.count_nonzero(~here & there))
        both = here & there
        if not gained or (values[both] != other[both]).any():
            return False
        self.doubts.append(
            ngettext(
                "« {header} » complète une colonne déjà lue ({name}) : {n} cellule.",
                "« {header} » complète une colonne déjà lue ({name}) : {n} cellules.",
                gained,
            ).format(header=shown(self.seen.headers[at]), name=name, n=number(gained))
        )
        return True


def _unread(header: str, example: str, n: int, of: int) -> str:
    return ngettext(
        "« {header} » : {n} cellule sur {of} illisible, laissée vide (« {example} »).",
        "« {header} » : {n} cellules sur {of} illisibles, laissées vides (par exemple "
        "« {example} »).",
        n,
    ).format(header=shown(header), n=number(n), of=number(of), example=shown(example))


def _filled(values: _Values, other: _Values) -> _Values:
    filled = values.copy()
    blank = pd.isna(values)
    filled[blank] = other[blank]
    return filled


def _rows(values: _Values, rows: npt.NDArray[np.bool_], kind: Kind) -> _Values:
    """Some of the rows; counts as integers where none is missing and all fit."""
    some = values if rows.all() else values[rows]
    return some.astype(np.int64, copy=False) if kind == "count" and _fit(some) else some


def _fit(counts: npt.NDArray[np.float64 | np.int64]) -> bool:
    """Whether they are the same as integers and as floats; not if one is missing."""
    return bool(counts.min(initial=0) > -(2.0**53) and counts.max(initial=0) < 2.0**53)


def _without_headers(
    seen: _Candidate, read: dict[int, _Read], doubts: list[str]
) -> dict[int, _Read]:
    """Files put end to end repeat their header line among the rows."""
    headers = {i: seen.headers[i].strip() for i in read if i < len(seen.headers)}
    texts = {i: column for i, column in read.items() if isinstance(column, Cells)}
    quickest = sorted(texts, key=lambda i: len(texts[i].texts))
    if not texts or not all(headers.get(i, "") in texts[i].texts for i in quickest):
        return read
    columns = [column.equal([headers.get(i, "")]) for i, column in texts.items()]
    columns += [_absent(column) for i, column in read.items() if i not in texts]
    again: npt.NDArray[np.bool_] = np.logical_and.reduce(columns)
    repeated = int(again.sum())
    if not repeated:
        return read
    doubts.append(
        ngettext(
            "{n} ligne répète l’en-tête, comme dans des fichiers mis bout à bout : elle a été "
            "écartée.",
            "{n} lignes répètent l’en-tête, comme dans des fichiers mis bout à bout : elles ont "
            "été écartées.",
            repeated,
        ).format(n=number(repeated))
    )
    return {
        i: column.kept(~again) if isinstance(column, Cells) else column[~again]
        for i, column in read.items()
    }


def _surplus(seen: _Candidate) -> bool:
    """Whether the first row has one cell more than the header, to say that it is a total."""
    head = seen.table.text(seen.encoding, seen.after).read(2**16).decode(errors="replace")
    first = _cells((head.lstrip("\r\n").splitlines() or [""])[0], seen.separator)
    return len(first) == len(seen.headers) + 1 and _is_total(first[-1], seen.platform)


# A column as it is read: text to be parsed, or numbers that need no parsing.
_Read = Cells | npt.NDArray[np.float64 | np.int64]
# A typed column: numbers, days, or pandas' text.
_Values = Any


def _absent(column: _Read) -> npt.NDArray[np.bool_]:
    return column.missing if isinstance(column, Cells) else np.isnan(column)


@dataclass(frozen=True)
class _Plan:
    """How to read columns: the file's decimal sign, and the type to ask pandas for.

    ``types``: by position, ``object`` for text, ``"category"`` for text that repeats itself;
    none for what looks like plain numbers. ``whole``: reading every column costs less than
    counting the cells of each row beforehand.
    """

    width: int
    decimal: str
    sure: bool
    types: Mapping[int, Any]
    whole: bool = False

    def of_texts(self, columns: Iterable[int]) -> _Plan:
        return replace(self, types=dict.fromkeys(columns, object), whole=False)


def _planned(seen: _Candidate, width: int, kinds: Mapping[int, Kind]) -> _Plan:
    """Look at the first rows, and at some in the middle of a large file."""
    every = {i: kinds.get(i, "text") for i in range(width)}
    as_text = _Plan(width, ".", True, {}).of_texts(every)
    sample = _read_table(seen, as_text, every)
    texts = {i: [t for t in sample[i].tolist() if isinstance(t, str)] for i in every}
    decimal, sure = decimal_sign(
        [(kind, texts[i]) for i, kind in kinds.items() if kind in _NUMBER_KINDS - {"seconds"}],
        seen.separator,
    )
    number = re.compile(rf"[+-]?\d+(\{decimal}\d+)?")
    plain = {
        i
        for i, kind in kinds.items()
        if kind in _NATIVE_KINDS and all(map(number.fullmatch, texts[i]))
    }
    types: dict[int, Any] = dict.fromkeys(every.keys() - plain, object)
    plan = _Plan(width, decimal, sure or seen.table.sheet, types)
    size = seen.table.stop - seen.table.start
    if size < _LARGE_BYTES or seen.encoding != "utf-8":
        return plan
    window = seen.table.text(seen.encoding, seen.after + size // 2).read(_WINDOW_BYTES)
    lines = window[window.find(b"\n") + 1 : window.rfind(b"\n") + 1]
    middle = replace(seen.table, source=lines, start=0, stop=len(lines))
    try:
        more = _read_table(replace(seen, table=middle, after=0), as_text, every)
    except ExportError:  # in the middle of a cell, maybe
        return plan
    for i in types:
        known, later = set(texts[i]), [t for t in more[i].tolist() if isinstance(t, str)]
        again, both = sum(text in known for text in later), known.union(later)
        repeats = len(both) < len(more[i]) / 10 or again > len(later) / 2
        # pandas would take categories that are all numbers for numbers.
        if repeats and pd.to_numeric(pd.Series(list(both)), errors="coerce").isna().all():
            types[i] = "category"
    return replace(plan, whole=all(types[i] == "category" for i in every.keys() - kinds.keys()))


def _read_and_counted(
    seen: _Candidate, plan: _Plan, kinds: Mapping[int, Kind]
) -> tuple[dict[int, _Read], _Rows]:
    """Columns, and what is to be told of the rows.

    Parts of the table are read in threads: pandas and NumPy leave Python to the others meanwhile.
    None is believed before those above it.

    Raises
    ------
    ExportError
        A row has cells that no header covers, there are too many rows, or a quote never closes.
    """
    parts = (
        replace(seen, table=part, after=0)
        for part in seen.table.parts(seen.encoding, seen.after, _PARTS)
    )
    rows = _Rows(len(seen.headers), plan.width)
    done: list[dict[int, _Read | None]] = []
    pool = ThreadPoolExecutor(_THREADS)
    try:
        for counted, read in pool.map(lambda part: _counted_and_read(part, plan, kinds), parts):
            if counted is None:
                done = []
                break
            rows.extend(counted)
            _refuse_rows(seen, rows)
            done.append(read)
        if not done:
            rows = _rows_by_cells(seen, plan.width)
            _refuse_rows(seen, rows)
            done = [_read_columns(seen, replace(plan, whole=False), kinds)]
        joined = pool.map(lambda i: _joined([read.pop(i) for read in done]), kinds)
        columns = dict(zip(kinds, joined, strict=True))
    finally:
        pool.shutdown(cancel_futures=True)
    again = {i: kind for i, kind in kinds.items() if columns[i] is None}
    texts = _read_texts(seen, plan, again)
    return {i: texts[i] if column is None else column for i, column in columns.items()}, rows


def _counted_and_read(
    part: _Candidate, plan: _Plan, kinds: Mapping[int, Kind]
) -> tuple[_Rows | None, dict[int, _Read | None]]:
    """The rows of a part, and its columns if the rows are all right.

    No rows if quotes are unusual or pandas does not parse the part: only the whole then tells.
    Of the whole of a table pandas refuses the rows that are too long, and none is too short if
    the last column has no blank: then there is nothing to count.
    """
    if plan.whole:
        with suppress(ExportError, TypeError):
            table = _read_table(part, plan, range(plan.width), MAX_ROWS)
            last = table[plan.width - 1]
            if last.notna().all() and len(last) < MAX_ROWS:
                rows = _Rows(plan.width, plan.width, len(last))
                return rows, _read_as(table, plan, kinds)
    counted = _rows_by_bytes(part, plan.width)
    if counted is None or counted.long or counted.count > MAX_ROWS:
        return counted, {}
    try:
        return counted, _read_columns(part, replace(plan, whole=False), kinds)
    except ExportError:
        return None, {}


def _joined(parts: Sequence[_Read | None]) -> _Read | None:
    """The parts of a column, end to end; None if they were not read alike."""
    texts = [part for part in parts if isinstance(part, Cells)]
    plain = [part for part in parts if isinstance(part, np.ndarray)]
    if len(texts) == len(parts):
        return Cells.joined(texts)
    return np.concatenate(plain) if len(plain) == len(parts) else None


def _read_texts(seen: _Candidate, plan: _Plan, kinds: Mapping[int, Kind]) -> Mapping[int, _Read]:
    if not kinds:
        return {}
    table = _read_table(seen, plan.of_texts(kinds), kinds, MAX_ROWS)
    return {i: Cells.of(table.pop(i), kind) for i, kind in kinds.items()}


def _read_columns(
    seen: _Candidate, plan: _Plan, kinds: Mapping[int, Kind]
) -> dict[int, _Read | None]:
    """Columns as planned; None for those that are something else, whose texts are needed."""
    try:
        return _read_as(_read_table(seen, plan, kinds, MAX_ROWS), plan, kinds)
    except TypeError:  # categories that pandas takes for numbers in some parts of the file only
        return dict.fromkeys(kinds)


def _read_as(
    table: dict[int, pd.Series], plan: _Plan, kinds: Mapping[int, Kind]
) -> dict[int, _Read | None]:
    read: dict[int, _Read | None] = {}
    for i, kind in kinds.items():
        column = table.pop(i)
        category = plan.types.get(i) == "category"
        texts = column.cat.categories if category else column
        as_text = plan.types.get(i) is object or isinstance(texts.dtype, pd.StringDtype)
        if as_text or (category and texts.empty):
            read[i] = Cells.of(column, kind)
        else:
            read[i] = _plain(column, kind)
    return read


def _plain(column: pd.Series, kind: Kind) -> npt.NDArray[np.float64 | np.int64] | None:
    """Numbers as pandas read them, if parsing their texts would give no other.

    Counts are integers where none is missing and all fit.
    """
    integers = str(column.dtype) in ("Int64", "UInt64")
    # "1.000" is a thousand where only whole numbers can be: its text is needed.
    if not integers and (str(column.dtype) != "Float64" or kind == "count"):
        return None
    if kind == "count" and str(column.dtype) == "Int64" and not column.hasnans:
        counts = column.to_numpy(dtype=np.int64)
        if _fit(counts):
            return counts
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    least, most = np.fmin.reduce(values, initial=0), np.fmax.reduce(values, initial=0)
    if max(-least, most) >= HUGE or (kind == "seconds" and least < 0):
        return None
    return scaled(values, kind)


def _read_table(
    seen: _Candidate, plan: _Plan, columns: Iterable[int], rows: int = _SAMPLE_ROWS
) -> dict[int, pd.Series]:
    """Columns by position, as planned; missing where blank."""
    content: Any = seen.table.text(seen.encoding, seen.after)
    try:
        frame: pd.DataFrame = pd.read_csv(
            content,
            sep=seen.separator,
            header=None,
            names=[str(i) for i in range(plan.width)],
            usecols=None if plan.whole else [str(i) for i in columns],
            index_col=False,
            dtype={str(i): plan.types[i] for i in columns if i in plan.types},
            keep_default_na=False,
            na_values=[""],
            decimal=plan.decimal,
            nrows=rows,
            encoding="utf-8",
            engine="c",
            dtype_backend="numpy_nullable",
        )
    except pd.errors.EmptyDataError:
        return {i: pd.Series(dtype="str") for i in columns}
    except (ValueError, OverflowError, pd.errors.ParserWarning):  # ParserError is a ValueError
        raise _malformed(seen) from None
    return {i: frame[str(i)] for i in columns}


def _malformed(seen: _Candidate) -> ExportError:
    return ExportError(
        _(
            "« {name} » est incomplet ou abîmé : un guillemet ouvert n’est jamais refermé, ou la "
            "fin manque. Téléchargez-le de nouveau."
        ).format(name=shown(seen.table.name))
    )


# --- Rows with too many or too few cells ---------------------------------------------------------


@dataclass
class _Rows:
    """What is counted of a table's rows: all, those too short, and the first too long."""

    expected: int
    limit: int
    count: int = 0
    short: int = 0
    long: tuple[int, int] | None = None  # its rank and width

    def add(self, widths: npt.NDArray[np.intp]) -> None:
        over = np.flatnonzero(widths > self.limit)
        if self.long is None and over.size:
            self.long = self.count + int(over[0]) + 1, int(widths[over[0]])
        self.short += int((widths < self.expected).sum())
        self.count += len(widths)

    def extend(self, below: _Rows) -> None:
        if self.long is None and below.long is not None:
            self.long = self.count + below.long[0], below.long[1]
        self.short += below.short
        self.count += below.count


def _too_long(name: str, line: int, got: int, expected: int) -> ExportError:
    return ExportError(
        _(
            "« {name} » : la ligne {line} sous l’en-tête a {got} cellules au lieu de "
            "{expected}. Une virgule ou un guillemet en trop a décalé le tableau : repartez "
            "du fichier d’origine, sans le réenregistrer."
        ).format(name=shown(name), line=line, got=got, expected=expected)
    )


def _refuse_rows(seen: _Candidate, rows: _Rows) -> None:
    """pandas pads short rows and, of chosen columns, cuts long ones: both are looked for."""
    name = shown(seen.table.name)
    if rows.long is not None:
        raise _too_long(seen.table.name, *rows.long, rows.expected)
    if rows.count > MAX_ROWS:
        raise ExportError(
            _("« {name} » a plus de {limit} lignes. Exportez une période plus courte.").format(
                name=name, limit=number(MAX_ROWS)
            )
        )


_NOTHING = np.empty(0, dtype=np.intp)


def _rows_by_bytes(seen: _Candidate, limit: int) -> _Rows | None:
    """Count without going through the lines; None if quotes or line ends are unusual.

    A separator or line end is inside a cell when an odd number of quotes come before it, provided
    that every quote that opens or closes a cell touches its border or another quote.
    """
    rows = _Rows(len(seen.headers), limit)
    border = np.zeros(256, dtype=np.bool_)
    border[[ord(seen.separator), *b'\r\n"']] = True
    unmarked = bytes(set(range(256)) - {ord(seen.separator), *b'\n"'})
    inside = False  # of a quoted cell
    before = ord("\n")
    cells, solid = 0, False  # of the row that goes on in the next chunk
    for chunk in seen.table.text(seen.encoding, seen.after):
        if before == ord("\r") and chunk[0] != ord("\n"):
            return None
        alone = b"\r" in chunk and chunk.count(b"\r") - chunk.count(b"\r\n")
        if alone and not (alone == 1 and chunk.endswith(b"\r")):
            return None
        if before == ord('"') and not inside and not border[chunk[0]]:
            return None
        data = np.frombuffer(chunk, dtype=np.uint8)
        marks = np.frombuffer(chunk.translate(None, delete=unmarked), dtype=np.uint8)
        quotes = np.flatnonzero(data == ord('"')) if b'"' in chunk else _NOTHING
        from_inside = inside
        if inside or quotes.size:
            opening, closing = quotes[inside::2], quotes[1 - inside :: 2]
            previous = data[opening - 1]
            if opening.size and opening[0] == 0:
                previous[0] = before
            following = data[closing[closing < len(data) - 1] + 1]
            if not border[previous].all() or not border[following].all():
                return None
            quote = marks == ord('"')
            outside = np.cumsum(quote, dtype=np.uint8) & 1 == inside  # 256 is even: it may wrap
            marks = marks[outside & ~quote]
            inside = bool((quotes.size + inside) % 2)
        before = chunk[-1]
        ends = np.flatnonzero(marks == ord("\n"))
        widths = np.diff(ends, prepend=-1 - cells)
        if (widths == 1).any():
            # A line of spaces is no row.
            lines = np.flatnonzero(data == ord("\n"))
            lines = lines[(np.searchsorted(quotes, lines) + from_inside) % 2 == 0]
            printed = np.diff(np.cumsum(data > ord(" "))[lines], prepend=-int(solid))
            widths = widths[(printed > 0) | (widths > 1)]
        rows.add(widths)
        cells = marks.size - int(ends[-1]) - 1 if ends.size else cells + marks.size
        on_this_line = bool(chunk[chunk.rfind(b"\n") + 1 :].strip())
        solid = inside or on_this_line or (solid and not ends.size)
    if inside:
        return None
    if cells or solid:
        rows.add(np.array([cells + 1]))
    return rows


def _rows_by_cells(seen: _Candidate, limit: int) -> _Rows:
    rows = _Rows(len(seen.headers), limit)
    lines = seen.table.text(seen.encoding, seen.after).lines()
    try:
        widths = [
            len(r)
            for r in csv.reader(lines, delimiter=seen.separator)
            if len(r) > 1 or (r and r[0].strip())
        ]
    except csv.Error:
        raise _malformed(seen) from None
    rows.add(np.array(widths, dtype=np.intp))
    return rows


# --- Totals, doubts, period ----------------------------------------------------------------------


def _is_total(text: str, platform: Platform) -> bool:
    return bool(re.fullmatch(platform.totals, normalise(text).rstrip(" :")))


def _totals(
    seen: _Candidate,
    read: Mapping[int, _Read],
    blank: npt.NDArray[np.bool_],
    surplus: int | None,
    doubts: list[str],
) -> npt.NDArray[np.bool_]:
    """Rows whose first key that is not blank says that they are a total, or the one without a key.

    Of rows without a key, only one by itself, above or below all others, is a total; it is told.
    """
    platform = seen.platform
    position = {match.column.name: i for i, match in seen.matches.items()}
    keys = [key for key in platform.keys if key in position]
    unnamed = ~blank
    total = np.zeros(len(blank), dtype=np.bool_)
    for key in keys:
        if unnamed.any():
            column = read[position[key]]
            total = total | (unnamed & _told_total(column, platform))
            unnamed = unnamed & _absent(column)
    if surplus is not None:
        total = total | (~blank & _told_total(read[surplus], platform))
    unnamed = unnamed & ~total
    if not keys or not unnamed.any():
        return total
    rows = np.flatnonzero(~blank)
    n, header = int(unnamed.sum()), shown(seen.headers[position[keys[0]]])
    if n == 1 and len(rows) > 1 and not total.any() and (unnamed[rows[0]] or unnamed[rows[-1]]):
        where = _("première") if unnamed[rows[0]] else _("dernière")
        doubts.append(
            _(
                "La {where} ligne n’a pas de « {header} » : elle a été prise pour le total, et "
                "mise à part."
            ).format(where=where, header=header)
        )
        return unnamed
    doubts.append(
        ngettext(
            "{n} ligne n’a pas de « {header} » : elle a été gardée.",
            "{n} lignes n’ont pas de « {header} » : elles ont été gardées.",
            n,
        ).format(n=number(n), header=header)
    )
    return total


def _told_total(column: _Read, platform: Platform) -> npt.NDArray[np.bool_]:
    if not isinstance(column, Cells):
        return np.zeros(len(column), dtype=np.bool_)
    told: list[str] = []
    for texts, joined in _lots(column.texts):
        # The first tests are only there to be quick.
        if ("t" in joined or "T" in joined) and ("ot" in joined or "OT" in joined):
            likely = [text for text in texts if "ot" in text or "OT" in text]
            told += [text for text in likely if _is_total(text, platform)]
    return column.equal(told)


def _doubts(
    seen: _Candidate, frame: pd.DataFrame, totals: pd.DataFrame | None, ids: Cells | None
) -> list[str]:
    """What a careful reader would want to check in this file, as French sentences."""
    platform, headers = seen.platform, seen.headers
    doubts = []
    if seen.encoding in ("cp1252", "mac_roman"):
        doubts.append(
            _(
                "Le fichier a été réenregistré par un tableur (encodage {encoding}) : des accents "
                "ou des émojis des titres ont pu être perdus. Préférez le fichier d’origine."
            ).format(encoding=seen.encoding)
        )
    doubts += [
        _("« {header} » a été reconnu par ressemblance comme {name}.").format(
            header=shown(headers[i]), name=match.name
        )
        for i, match in seen.matches.items()
        if match.how == "pattern"
    ]
    damaged = [headers[i] for i, match in seen.matches.items() if match.how == "damaged"]
    if damaged:
        doubts.append(
            _(
                "Les accents du fichier sont abîmés ({headers}) : les colonnes ont été reconnues "
                "malgré cela, mais les titres peuvent rester illisibles."
            ).format(headers=listed(damaged))
        )
    if ids is not None:
        by_day = "date" in frame and bool(frame["date"].notna().any())
        doubts += _doubts_on_ids(ids, platform, by_day=by_day)
    summed = platform.summed
    if totals is None:
        if seen.shape and seen.shape.totalled:
            doubts.append(
                _(
                    "Le fichier n’a pas de ligne « Total » : la somme des lignes peut différer de "
                    "ce qu’affiche {platform}."
                ).format(platform=platform.name)
            )
    elif summed in frame:
        total, rows = float(totals[summed].iloc[0]), float(frame[summed].sum())
        if np.isfinite(total) and total != rows:
            header = next(headers[i] for i, match in seen.matches.items() if match.name == summed)
            doubts.append(
                _(
                    "« {header} » : total affiché par {platform}, {total} ; somme des lignes, "
                    "{rows}. {sense}"
                ).format(
                    header=shown(header),
                    platform=platform.name,
                    total=number(total),
                    rows=number(rows),
                    sense=_(
                        "C’est normal (le total compte aussi des lignes absentes du tableau) : "
                        "rien n’a été corrigé."
                    )
                    if total > rows
                    else _(
                        "Un total plus petit que la somme de ses lignes n’en est peut-être pas "
                        "un : vérifiez que la ligne mise à part n’est pas une ligne comme les "
                        "autres."
                    ),
                )
            )
    return doubts


def _doubts_on_ids(ids: Cells, platform: Platform, *, by_day: bool) -> list[str]:
    doubts = []
    times = np.bincount(ids.codes[~ids.missing], minlength=len(ids.texts))
    present = ids.texts if times.all() else list(compress(ids.texts, times.tolist()))
    odd = []
    if not _all_match(platform.id_pattern, present):
        whole = re.compile(platform.id_pattern, re.ASCII).fullmatch
        odd = [i for i, text in enumerate(ids.texts) if times[i] and not whole(text)]
    if odd:
        n = int(times[odd].sum())
        doubts.append(
            ngettext(
                "{n} identifiant n’a pas la forme attendue (« {example} ») : un tableur l’a "
                "peut-être transformé.",
                "{n} identifiants n’ont pas la forme attendue (par exemple « {example} ») : un "
                "tableur les a peut-être transformés.",
                n,
            ).format(n=number(n), example=shown(ids.texts[odd[0]]))
        )
    repeated = 0 if by_day else int(times.sum()) - _different(present)
    if repeated:
        doubts.append(
            ngettext(
                "{n} ligne répète un identifiant déjà lu ; elle a été gardée.",
                "{n} lignes répètent un identifiant déjà lu ; elles ont été gardées.",
                repeated,
            ).format(n=number(repeated))
        )
    return doubts


def _all_match(pattern: str, texts: Sequence[str]) -> bool:
    """Whether each of the texts, all of it, is as the pattern says: thousands at once."""
    whole = re.compile(f"(?:(?:{pattern})\n)*+(?:{pattern})", re.ASCII).fullmatch
    return all(
        joined.count("\n") == len(some) - 1 and whole(joined) for some, joined in _lots(texts)
    )


def _lots(texts: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Thousands of texts at a time, and one a line: far quicker to search than each by itself."""
    for at in range(0, len(texts), 10_000):
        some = texts[at : at + 10_000]
        yield some, "\n".join(some)


def _different(texts: Sequence[str]) -> int:
    """How many different texts there are; quicker than a set where their hashes all differ."""
    hashes = np.sort(np.fromiter(map(hash, texts), np.int64, len(texts)))
    return len(texts) if (hashes[1:] != hashes[:-1]).all() else len(set(texts))


_BOUND = re.compile(r"[# ]*(?:start date|end date|date de debut|date de fin) ?: ?(.*)")
_RANGE = re.compile(r"[^0-9a-z]*(.{6,40}?) (?:-|–|—|to|au) (.{6,40}?)[^0-9a-z]*")


def _period(preamble: Iterable[str], how: Convention) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last day that the lines above the header tell."""
    bounds: list[pd.Timestamp] = []
    for line in preamble:
        key = normalise(line)
        found = _BOUND.fullmatch(key) or _RANGE.fullmatch(key)
        days = [day(part.removeprefix("du "), how) for part in found.groups()] if found else []
        if days and all(days):
            bounds += [pd.Timestamp(*told) for told in days if told and told[0]]
    return (min(bounds), max(bounds)) if len(bounds) > 1 else None
