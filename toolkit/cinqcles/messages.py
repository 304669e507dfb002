"""The message catalogue: every text a learner or an instructor reads goes through here.

The source language is French: a French sentence is its own message id, so the French course
needs no compiled catalogue. Another language is a ``locale/<code>/LC_MESSAGES/cinqcles.mo``
beside this file, picked with the environment variable ``CINQCLES_LANG``.

Numbers and dates are formatted for the same language by Babel, with the spaces French
typography asks for.
"""

from __future__ import annotations

import decimal
import gettext
import os
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import format_currency, format_decimal, format_percent

LANGUAGE = os.environ.get("CINQCLES_LANG", "fr")

_catalogue = gettext.translation(
    "cinqcles", Path(__file__).parent / "locale", languages=[LANGUAGE], fallback=True
)
_ = _catalogue.gettext


def ngettext(one: str, several: str, n: float) -> str:
    """The message for a count: in French, 0 and 1 are singular."""
    if isinstance(_catalogue, gettext.GNUTranslations):
        return _catalogue.ngettext(one, several, int(n))
    return several if abs(n) >= 2 else one  # noqa: PLR2004 - the French rule itself


def _written(write: Callable[..., str], value: float, **how: object) -> str:
    # A float may have 309 digits before the point, and decimal's usual 28 are then refused.
    with decimal.localcontext(prec=400):
        return write(value, locale=LANGUAGE, **how)


def number(value: float, digits: int = 2) -> str:
    """A number as the reader writes it, rounded to at most ``digits`` decimals.

    >>> number(1234.5)
    '1\\u202f234,5'
    """
    return _written(format_decimal, round(value, digits) + 0.0, decimal_quantization=False)


def euros(value: float, digits: int = 2) -> str:
    """An amount in euros: without decimals where it is whole.

    >>> euros(1234.5), euros(1234)
    ('1\\u202f234,50\\xa0€', '1\\u202f234\\xa0€')
    """
    if float(round(value, digits)).is_integer():
        digits = 0
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "\u00a0¤"
    return _written(format_currency, value, currency="EUR", format=pattern, currency_digits=False)


def percent(share: float, digits: int = 1) -> str:
    """A share between 0 and 1 as a percentage.

    >>> percent(0.0683)
    '6,8\\xa0%'
    """
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "\u00a0%"
    return _written(format_percent, share, format=pattern)


def moment(time: datetime, *, zone: bool = True) -> str:
    """When something happened, as the clock on the wall says it; the day too, if not today.

    A machine lent by Binder lives in universal time, wherever the learner is: it is then the time
    in Paris, which ``zone`` says.
    """
    from babel.dates import format_datetime  # noqa: PLC0415 - slow to load, and rarely needed

    local, where = time.astimezone(), ""
    if not local.utcoffset():
        try:
            local, where = time.astimezone(ZoneInfo("Europe/Paris")), _("(heure de Paris)")
        except ZoneInfoNotFoundError:
            where = _("(temps universel)")
    today = local.date() == datetime.now(local.tzinfo).date()
    pattern = _("'à' H\u00a0'h'\u00a0mm") if today else _("'le' d MMMM 'à' H\u00a0'h'\u00a0mm")
    return f"{format_datetime(local, pattern, locale=LANGUAGE)} {where if zone else ''}".strip()


def day(value: date) -> str:
    """A date in words.

    >>> day(date(2026, 1, 1))
    '1er janvier 2026'
    """
    from babel.dates import format_date  # noqa: PLC0415 - slow to load, and rarely needed

    written = format_date(value, format="long", locale=LANGUAGE)
    # In French, the first of a month, and it alone, is an ordinal.
    return re.sub(r"^1 ", "1er ", written) if LANGUAGE.startswith("fr") else written


def month_named(word: str) -> int:
    """The number of a month, from its name: whole or cut short, with its accents or without.

    Raises:
        ValueError: no month is so called, or more than one.

    >>> month_named("décembre"), month_named("Fev")
    (12, 2)
    """
    from babel.dates import get_month_names  # noqa: PLC0415 - slow to load, and rarely needed

    names = get_month_names("wide", locale=LANGUAGE)
    near = [n for n, name in names.items() if _unaccented(name).startswith(_unaccented(word))]
    if len(near) != 1:
        raise ValueError(f"{word!r} is not one month")
    return int(near[0])


def _unaccented(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
