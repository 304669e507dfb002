"""Every platform whose exports are read, and the one function that reads them."""

from __future__ import annotations

import datetime as dt

from cinqcles.data.exports import Export, read
from cinqcles.data.files import Source
from cinqcles.data.google import GA4, GOOGLE_ADS
from cinqcles.data.linkedin import LINKEDIN, LINKEDIN_AUDIENCE
from cinqcles.data.matomo import MATOMO
from cinqcles.data.meta import META, META_ADS
from cinqcles.data.schema import Platform
from cinqcles.data.tiktok import TIKTOK
from cinqcles.data.x import X_DAILY, X
from cinqcles.data.youtube import YOUTUBE

PLATFORMS: tuple[Platform, ...] = (
    YOUTUBE,
    META,
    META_ADS,
    TIKTOK,
    LINKEDIN,
    LINKEDIN_AUDIENCE,
    X,
    X_DAILY,
    GOOGLE_ADS,
    GA4,
    MATOMO,
)
"""In the order in which an unknown file is told about them."""


def read_export(
    source: Source,
    *,
    keep_text: bool = False,
    table: str | None = None,
    today: dt.date | None = None,
) -> Export:
    """Read an export of any platform of `PLATFORMS`, which is recognised by its columns.

    Parameters
    ----------
    source : path or bytes
        What the platform gave: a ``.csv``, ``.xls`` or ``.xlsx``, or the ``.zip`` of them, in
        English or French, possibly saved again by a spreadsheet; or its content, as an upload
        widget gives it.
    keep_text : bool
        Keep texts of posts, names and links too (columns that are ``private`` in the
        platform's catalogue). By default they are not even read, and the report says so.
    table : str, optional
        Which table to read when the file holds several: ``report.others`` tells what to give
        (the name of a shape, of a file in the zip or of a sheet). By default, the one its
        platform prefers, most often the posts.
    today : date, optional
        No date without a year is put after it; by default, the current day.

    Returns
    -------
    Export
        ``frame``: one row per post, day, campaign…, the same column name for the same notion on
        every platform; `cinqcles.data.schema.SCHEMA` gives units and meanings. Days are
        ``datetime64``, durations seconds, rates shares (0.42), identifiers text, counts integers
        (or floats where one is missing: a blank is missing, not zero).
        ``totals``: the platform's own total rows. ``report``: what was recognised, ignored, kept
        out and doubtful, to be shown as it is.

    Raises
    ------
    ExportError
        The file is missing, empty, damaged, too big, of no known platform (the message says what
        was looked for and how to export again), or such that two platforms may have given it.

    Examples
    --------
    >>> csv = "Content,Video title,Views,Watch time (hours)\\naaaaaaaaaa1,Savon,100,1.5\\n"
    >>> export = read_export(csv.encode())
    >>> export.report.platform
    'YouTube Studio'
    >>> export.frame.to_dict("records")
    [{'video_id': 'aaaaaaaaaa1', 'views': 100, 'watch_time_s': 5400.0}]
    """
    return read(source, PLATFORMS, keep_text=keep_text, table=table, today=today)
