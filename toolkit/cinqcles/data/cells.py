"""From the cells of one column, as text, to typed values.

A column is parsed once per different text (`Cells`), then spread over the rows: exports repeat
themselves, and going through a million cells one by one is slow. Nothing is guessed: a text that
does not read as its kind is missing, and counted.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from cinqcles.data.schema import Kind, Order

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´`′＇", "'") | {"\u200b": None, "\ufeff": None})


@lru_cache(maxsize=20_000)
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


@dataclass(frozen=True)
class Convention:
    """How a file writes its cells: see `Platform` for the meaning of each.

    ``decimal`` is the file's decimal sign.
    """

    decimal: str = "."
    order: Order | None = None
    yearless: bool = False
    whole_period: tuple[str, ...] = ()
    today: dt.date = dt.date.max


@dataclass(frozen=True, eq=False)
class Cells:
    """A column of text: ``texts[code]`` for each row, without surrounding spaces; -1: blank.

    Most often a text that comes back has the same code, but not always; of the moments of one
    day, the first stands for all.
    ``told_missing``: for each of the words that stand for a missing value ("--"), how often.
    """

    codes: npt.NDArray[np.integer[Any]]
    texts: list[str]
    told_missing: Mapping[str, int]

    @staticmethod
    def of(column: pd.Series, kind: Kind) -> Cells:
        """Cells from texts, where what is not a text is blank."""
        codes: npt.NDArray[np.integer[Any]]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            different = column.cat.categories.to_numpy(dtype=object)
        elif kind in ("id", "text"):
            # They are not parsed: telling the different ones spares nothing.
            codes = np.arange(len(column), dtype=np.int32)
            different = column.to_numpy(dtype=object, na_value="")
        elif kind == "date":
            # Rows next to each other most often have the same; the rest is for `_one_a_day`.
            every = column.to_numpy(dtype=object, na_value="")
            new = np.ones(len(every), dtype=np.bool_)
            new[1:] = every[1:] != every[:-1]
            codes, different = np.cumsum(new) - 1, every[new]
        else:
            codes, different = pd.factorize(column.to_numpy(dtype=object))
        texts = list(map(str.strip, different))
        if kind == "date":
            codes, texts = _one_a_day(codes, texts)
        words = _DASHES if kind in ("id", "text") else _MISSING
        if words is _DASHES and words.isdisjoint(texts):
            return Cells(codes, texts, {})
        longest = _LONGEST[words]
        if min(map(len, texts), default=longest + 1) > longest:
            return Cells(codes, texts, {})
        counts = np.bincount(codes[codes >= 0], minlength=len(texts))
        gone = np.zeros(len(texts) + 1, dtype=bool)
        told: dict[str, int] = {}
        for i in [i for i, text in enumerate(texts) if len(text) <= longest]:
            text = texts[i]
            if text in words or (words is _MISSING and _is_missing(text)):
                gone[i] = True
                if text:
                    told[text] = told.get(text, 0) + int(counts[i])
        if gone.any():
            codes = np.where(gone[codes], -1, codes)
        return Cells(codes, texts, told)

    @staticmethod
    def joined(parts: Sequence[Cells]) -> Cells:
        """The parts of a column, end to end."""
        if len(parts) == 1:
            return parts[0]
        codes = np.empty(sum(len(part.codes) for part in parts), dtype=np.intp)
        at = start = 0
        for part in parts:
            here = codes[at : at + len(part.codes)]
            here[:] = part.codes
            here += start
            here[part.missing] = -1
            at, start = at + len(here), start + len(part.texts)
        texts = list(chain.from_iterable(part.texts for part in parts))
        if len(texts) < len(codes) / 2:
            which, different = pd.factorize(np.array(texts, dtype=object))
            codes, texts = np.append(which, -1)[codes], different.tolist()
        told: Counter[str] = Counter()
        for part in parts:
            told.update(part.told_missing)
        return Cells(codes, texts, told)

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        return self.codes < 0

    def equal(self, wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Rows whose text is one of some."""
        if not wanted:
            return np.zeros(len(self.codes), dtype=np.bool_)
        those: npt.NDArray[np.bool_] = np.array([*(text in wanted for text in self.texts), False])
        return np.take(those, self.codes)

    def kept(self, rows: npt.NDArray[np.bool_]) -> Cells:
        return replace(self, codes=self.codes[rows])

    def as_text(self) -> ExtensionArray:
        if np.array_equal(self.codes, np.arange(len(self.texts))):
            return pd.array(np.array(self.texts, dtype=object), dtype="str", copy=False)
        return pd.array([*self.texts, None], dtype="str").take(self.codes)

    def as_numbers(self, kind: Kind, decimal: str) -> npt.NDArray[np.float64]:
        values: npt.NDArray[np.float64] = np.append(numbers(self.texts, kind, decimal), np.nan)
        return np.take(values, self.codes)

    def order(self, how: Convention) -> Order | None:
        """The order of slashed dates: the platform's, unless they deny it and fit the other one."""
        other: Order = "mdy" if how.order == "dmy" else "dmy"
        slashed = {text.partition(" ")[0] for text in self.texts if "/" in text[1:3]}

        def denied(order: Order) -> bool:
            return any(day(text, replace(how, order=order)) is None for text in slashed)

        return other if how.order and denied(how.order) and not denied(other) else how.order

    def as_days(
        self, how: Convention
    ) -> tuple[npt.NDArray[np.datetime64], Literal["", "ordered", "unordered"]]:
        """Days, and how the year of those that have none was told: by their order, or not."""
        days = [day(text, how) or (0, 0, 0) for text in (*self.texts, "")]
        years = np.array([year for year, _month, _day in days])
        month_days = np.array([100 * month + of_month for _year, month, of_month in days])
        which = self.codes
        if not ((years == 0) & (month_days > 0)).any():
            return _moments(years, month_days)[which], ""
        years, month_days = years[which], month_days[which]
        told = (years > 0) | (month_days == 0)
        years[~told], ordered = _years(month_days[~told], how.today)
        return _moments(years, month_days), "ordered" if ordered else "unordered"


def _one_a_day(
    codes: npt.NDArray[np.integer[Any]], texts: list[str]
) -> tuple[npt.NDArray[np.integer[Any]], list[str]]:
    """The first text of each day: its time, which changes nothing to it, is there to be quoted."""
    tails = {text[10:] for text in texts}
    times = set(filter(_AT.fullmatch, tails))
    days = texts
    if times == tails:
        days = [text[:10] for text in texts]
    elif times:
        days = [text[:10] if text[10:] in times else text for text in texts]
    which, _days = pd.factorize(np.array(days, dtype=object))
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(which), prepend=-1))
    return np.append(which, -1)[codes], [texts[i] for i in firsts]


_DASHES = frozenset({"", "-", "–", "—", "--"})
_MISSING = _DASHES | {"undefined", "n/a", "n/d", "#n/a"}
_CENSORED = re.compile(r"[<>] ?\d{1,3}([.,]\d+)?\s?%?")


_LONGEST = {_DASHES: 2, _MISSING: 12}  # characters; longer texts are not looked at


def _is_missing(text: str) -> bool:
    """A word for "no value", or a value the platform hides: ``< 10``."""
    return text.casefold() in _MISSING or _CENSORED.fullmatch(text) is not None


# --- Numbers -------------------------------------------------------------------------------------

# What may surround or space out a number: French thousands, percent and currency signs.
_NOISE = "\u202f\u00a0\u2009\u2007 %€$£'’"
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"),
}
_GROUPED_COUNT = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+")
_UNIT = "\x1f"
HUGE = 1e300
"""Numbers from here on are nobody's, and would overflow: they are left unread."""


def numbers(texts: Sequence[str], kind: Kind, decimal: str) -> npt.NDArray[np.float64]:
    """The values written in ``texts``, in the units of the tidy schema; NaN where there is none.

    >>> numbers(["42 %", "1 234,5", "=1+1"], "number", ",").tolist()
    [42.0, 1234.5, nan]
    """
    values = scaled(_parsed(texts, decimal, whole=kind == "count"), kind)
    if kind == "fraction":
        return np.where(["%" in text for text in texts], values / 100, values)
    if kind == "seconds":
        values[values < 0] = np.nan
        for i, text in enumerate(texts):
            if np.isnan(values[i]):
                values[i] = _clock(text)
    return values


def scaled(values: npt.NDArray[np.float64], kind: Kind) -> npt.NDArray[np.float64]:
    """Numbers as written -> in the units of the tidy schema."""
    if kind == "hours":
        return values * 3600
    if kind == "milliseconds":
        return values / 1000
    return values / 100 if kind == "share" else values


def bare(texts: Sequence[str]) -> list[str]:
    """Numbers without spaces or signs of unit, all at once: one long string is far quicker."""
    joined = _UNIT.join(texts)
    if joined.count(_UNIT) != len(texts) - 1:
        joined = _UNIT.join(text.replace(_UNIT, "?") for text in texts)
    for sign in _NOISE:
        joined = joined.replace(sign, "")
    return joined.replace("\u2212", "-").split(_UNIT)


def _parsed(texts: Sequence[str], decimal: str, *, whole: bool) -> npt.NDArray[np.float64]:
    if not texts:
        return np.empty(0)
    cells = bare(texts)
    if whole and any("," in t or "." in t for t in cells):
        cells = [
            t.replace(",", "").replace(".", "") if _GROUPED_COUNT.fullmatch(t) else t for t in cells
        ]
    thousands = "." if decimal == "," else ","
    if any(thousands in t for t in cells):
        grouped = _GROUPED[thousands]
        cells = [
            (t.replace(thousands, "") if grouped.fullmatch(t) else "?") if thousands in t else t
            for t in cells
        ]
    if decimal == ",":
        cells = [t.replace(",", ".") for t in cells]
    values = pd.to_numeric(np.array(cells, dtype=object), errors="coerce")
    parsed = np.array(values, dtype=np.float64)
    parsed[~(np.abs(parsed) < HUGE)] = np.nan
    if whole:
        parsed[parsed != np.floor(parsed)] = np.nan
    return parsed


def decimal_sign(columns: Iterable[tuple[Kind, Iterable[str]]], separator: str) -> tuple[str, bool]:
    """The decimal sign of a file, by the evidence of some of its cells, and whether it is sure."""
    votes = {",": 0, ".": 0}
    ambiguous = False
    for kind, texts in columns:
        for text in bare([t for t in texts if any(c.isdigit() for c in t)]):
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


_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:[.,]\d{1,9})?)")
_UNITS = re.compile(
    r"(?:(\d{1,6}) ?(?:h|hr|hrs) ?:?)? ?(?:(\d{1,6}) ?(?:m|min|mins) ?:?)? ?"
    r"(?:(\d{1,6}(?:[.,]\d{1,9})?) ?(?:s|sec|secs))?"
)


def _clock(text: str) -> float:
    """Seconds in ``1:02:03``, ``02:03.5`` or ``1h 2m 3s``; NaN for anything else."""
    key = normalise(text)
    found = _CLOCK.fullmatch(key) or (_UNITS.fullmatch(key) if key else None)
    if found is None:
        return np.nan
    hours, minutes, seconds = found.groups()
    return (
        int(hours or 0) * 3600 + int(minutes or 0) * 60 + float((seconds or "0").replace(",", "."))
    )


# --- Days ----------------------------------------------------------------------------------------

_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january janvier enero", "february fevrier febrero", "march mars marzo",
        "april avril abril", "may mai mayo", "june juin junio", "july juillet julio",
        "august aout agosto", "september septembre septiembre", "october octobre octubre",
        "november novembre noviembre", "december decembre diciembre",
    )
)  # fmt: skip
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim)[a-z]*[.,]* )?"
_TIME = r"(?:[ t,]+(?:a |at )?\d{1,2}:\d{2}.{0,20})?"
_AT = re.compile(r"[ T]\d\d:\d\d(:\d\d)?")  # a time that changes nothing to the day
_ISO = re.compile(r"(?P<y>\d{4})(?P<sep>[-/]?)(?P<m>\d{2})(?P=sep)(?P<d>\d{2})" + _TIME)
_MONTH_FIRST = re.compile(
    _WEEKDAY + r"(?P<m>[a-z]{3,10})\.? (?P<d>\d{1,2})(?:,? (?P<y>\d{4}))?" + _TIME
)
_DAY_FIRST = re.compile(
    _WEEKDAY
    + r"(?P<d>\d{1,2})(?:er)? (?:de )?(?P<m>[a-z]{3,10})\.?(?:,? (?:de )?(?P<y>\d{4}))?"
    + _TIME
)
_SLASHED = {
    "dmy": re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})" + _TIME),
    "mdy": re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})" + _TIME),
}


def day(text: str, how: Convention) -> tuple[int, int, int] | None:
    """Year (0: not written), month and day; None where ``text`` is not a date of ``how``.

    >>> day("Tue, Jul 14, 2026", Convention())
    (2026, 7, 14)
    >>> day("03/04/2024", Convention()) is None  # in which order?
    True
    """
    key = normalise(text)
    patterns = [_ISO, _MONTH_FIRST, _DAY_FIRST]
    if how.order:
        patterns.append(_SLASHED[how.order])
    for pattern in patterns:
        if found := pattern.fullmatch(key):
            year, month, of_month = found["y"], _month(found["m"]), int(found["d"])
            known = int(year) >= 1000 if year else how.yearless  # noqa: PLR2004
            if month is None or not 1 <= of_month <= 31 or not known:  # noqa: PLR2004
                return None
            return int(year or 0), month, of_month
    return None


def _month(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 12 else None  # noqa: PLR2004
    near = [i for i, names in enumerate(_MONTHS, 1) if any(n.startswith(word) for n in names)]
    return near[0] if len(near) == 1 else None


def _moments(
    years: npt.NDArray[np.int_], month_days: npt.NDArray[np.int_]
) -> npt.NDArray[np.datetime64]:
    out = np.full(len(years), np.datetime64("NaT", "s"))
    known = np.flatnonzero(month_days)
    days, which = np.unique(years[known] * 10_000 + month_days[known], return_inverse=True)
    real = pd.to_datetime(pd.Series(days).astype("str"), format="%Y%m%d", errors="coerce")
    out[known] = real.to_numpy(dtype="datetime64[s]")[which]
    return out


def _years(month_days: npt.NDArray[np.int_], today: dt.date) -> tuple[npt.NDArray[np.int_], bool]:
    """Years of ``100 * month + day`` in the order of the rows, and whether that order told them.

    The newest date takes the latest year that does not put it after ``today``; going back, the
    year before starts where a December follows a January. Rows in neither order each take the
    latest year possible, which is told.
    """
    steps = np.diff(month_days)
    # More than half a year at once is a change of year: December 31 comes before January 1.
    forward = np.where(abs(steps) > 600, -steps, steps)  # noqa: PLR2004
    newest_first = month_days if (forward < 0).sum() > (forward > 0).sum() else month_days[::-1]
    back = np.diff(newest_first)
    rolls = back > 600  # noqa: PLR2004
    limit = 100 * today.month + today.day
    if ((back > 0) & ~rolls).any():
        return np.where(month_days > limit, today.year - 1, today.year), False
    newest = today.year - int(newest_first[0] > limit)
    years = newest - np.append(0, np.cumsum(rolls))
    # The 29th of February settles the year that the rows agree on.
    leap_days = years[newest_first == 229]  # noqa: PLR2004
    if len(leap_days):
        years = years - next((n for n in range(9) if all(_is_leap(y - n) for y in leap_days)), 0)
    return years if newest_first is month_days else years[::-1], True


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
