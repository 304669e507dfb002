"""YouTube Studio: its column catalogue, the reader of its exports, and a writer of the same format.

In YouTube Studio, « Données analytiques » then « Mode avancé » then the download arrow give a zip:
a table by video, daily totals, and a chart by video and day. The table has a "Total" row that is
not the sum of the others. Times are in seconds (``Duration``), ``H:MM:SS`` (average view duration)
or hours (watch time); the average percentage viewed may exceed 100 (replays).

Since 31 March 2025 a view of a Short is any start or replay; the former count is "engaged views".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pandas as pd

from cinqcles.data.exports import Export, read
from cinqcles.data.files import Source
from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.errors import ExportError
from cinqcles.messages import _

COLUMNS = (
    Column("video_id", "id", "Content", "Contenu", ("Video", "Vidéo")),
    Column("title", "text", "Video title", "Titre de la vidéo", private=True),
    Column("published_on", "date", "Video publish time", "Heure de publication de la vidéo"),
    Column("date", "date", "Date", "Date"),
    Column("duration_s", "seconds", "Duration", "Durée"),
    Column("engaged_views", "count", "Engaged views", "Vues intentionnelles"),
    Column("views", "count", "Views", "Vues"),
    Column("watch_time_s", "hours", "Watch time (hours)", "Durée de visionnage (heures)"),
    Column(
        "average_view_duration_s",
        "seconds",
        "Average view duration",
        "Durée moyenne d'une vue",
        ("Durée moyenne de visionnage",),
    ),
    Column(
        "average_percentage_viewed",
        "share",
        "Average percentage viewed (%)",
        "Pourcentage moyen de vidéo regardé (%)",
        ("Pourcentage moyen regardé (%)",),
    ),
    Column("stayed_to_watch", "share", "Stayed to watch (%)", "Ont continué de regarder (%)"),
    Column("subscribers", "count", "Subscribers", "Abonnés"),
    Column("subscribers_gained", "count", "Subscribers gained", None, ("Nouveaux abonnés",)),
    Column("subscribers_lost", "count", "Subscribers lost"),
    Column("impressions", "count", "Impressions", "Impressions"),
    Column(
        "click_through_rate",
        "share",
        "Impressions click-through rate (%)",
        "Taux de clics par impression (%)",
    ),
    Column("likes", "count", "Likes", "J'aime"),
    Column("dislikes", "count", "Dislikes"),
    Column("likes_vs_dislikes", "share", "Likes (vs. dislikes) (%)"),
    Column("comments", "count", "Comments added", "Commentaires ajoutés"),
    Column("shares", "count", "Shares", "Partages"),
    Column("unique_viewers", "count", "Unique viewers", "Spectateurs uniques"),
    Column(
        "average_views_per_viewer",
        "number",
        "Average views per viewer",
        "Nombre moyen de vues par spectateur",
    ),
    Column("new_viewers", "count", "New viewers", "Nouveaux spectateurs"),
    Column("returning_viewers", "count", "Returning viewers"),
    Column("casual_viewers", "count", "Casual viewers", None, ("Spectateurs occasionnels",)),
    Column("regular_viewers", "count", "Regular viewers", None, ("Spectateurs réguliers",)),
    Column("premium_views", "count", "YouTube Premium views"),
    Column("shown_in_feed", "count", "Shown in feed"),
    Column("viewed_vs_swiped_away", "share", "Viewed (vs. swiped away) (%)"),
    Column(
        "revenue_{currency}",
        "number",
        "Estimated revenue ({currency})",
        None,
        ("Your estimated revenue ({currency})", "Revenus estimés ({currency})"),
    ),
    Column("cpm_{currency}", "number", "CPM ({currency})"),
    Column("rpm_{currency}", "number", "RPM ({currency})"),
    Column(
        "position_share",
        "share",
        "Video position (%)",
        pattern=r"position\b.*\b(video|lecture)\b.*\(%\)",
    ),
    Column(
        "audience_share",
        "share",
        "Absolute audience retention (%)",
        pattern=r"(?!.*relati)(.*\b(retention|fidelisation)\b.*)\(%\)",
    ),
)
"""Headers seen in real exports. Where the French one is None it has not been seen."""

YOUTUBE = Platform(
    name="YouTube Studio",
    columns=COLUMNS,
    shapes=(
        Shape(
            "table",
            _("tableau par vidéo"),
            (("video_id", "title"),),
            without=("date",),
            totalled=True,
        ),
        Shape("chart", _("graphique par vidéo et par jour"), (("date",), ("video_id", "title"))),
        Shape("daily", _("totaux par jour"), (("date",),), strict=True),
        Shape("retention", _("courbe de rétention"), (("position_share",), ("audience_share",))),
    ),
    keys=("video_id", "date", "title", "position_share"),
    described=("video_id", "title", "published_on", "date", "duration_s", "position_share"),
    summed="views",
    id="video_id",
    dates_fr="dmy",
    id_pattern=r"[A-Za-z0-9_-]{11}",
    how_to=_(
        "Pour refaire l’export : dans YouTube Studio, ouvrez « Données analytiques », puis "
        "« Mode avancé », onglet « Contenu » ; cliquez sur la flèche de téléchargement et "
        "choisissez le format .csv. Donnez ici le .zip obtenu, sans l’ouvrir dans un tableur."
    ),
)


def read_youtube(source: Source) -> Export:
    """Read an export of YouTube Studio: the zip as downloaded, or one of its CSV files.

    Parameters
    ----------
    source : path or bytes
        A ``.zip`` or ``.csv``, in English or French, possibly saved again by a spreadsheet; or
        its content, as an upload widget gives it.

    Returns
    -------
    Export
        ``frame`` has, of `COLUMNS`, those present in the file. Names ending in ``_s`` are
        seconds; ``average_percentage_viewed``, ``stayed_to_watch``, ``click_through_rate`` and
        names ending in ``_share`` are shares (0.42, possibly above 1); ``published_on`` and
        ``date`` are days; ``video_id`` is text; counts are integers, or floats where some are
        missing (a blank is missing, not zero). ``report.shape`` is ``"table"`` (a row a video),
        ``"chart"`` (a video and a day), ``"daily"`` (a day) or ``"retention"``
        (``position_share`` from 0 to 1, ``audience_share`` which replays may push above 1: this
        is not a survival curve).
        ``totals`` is YouTube's own total row, which is not the sum of the rows.

    Raises
    ------
    ExportError
        The file is missing, empty, damaged, too big, or not an export of YouTube Studio.

    Examples
    --------
    >>> csv = "Content,Views,Watch time (hours)\\nTotal,120,2\\ndQw4w9WgXcQ,100,1.5\\n"
    >>> export = read_youtube(csv.encode())
    >>> export.frame.to_dict("records")
    [{'video_id': 'dQw4w9WgXcQ', 'views': 100, 'watch_time_s': 5400.0}]
    >>> int(export.totals["views"].iloc[0])
    120
    """
    return read(source, [YOUTUBE], keep_text=True)


_MONTHS = {
    "en": (
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ),
    "fr": (
        "janv.", "févr.", "mars", "avr.", "mai", "juin",
        "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ),
}  # fmt: skip
_WRITTEN = (
    "video_id", "title", "published_on", "duration_s", "average_view_duration_s",
    "average_percentage_viewed", "views", "watch_time_s", "subscribers", "impressions",
    "click_through_rate", "likes", "comments", "shares",
)  # fmt: skip


def write_youtube_export(
    frame: pd.DataFrame, path: str | os.PathLike[str], language: Literal["en", "fr"] = "fr"
) -> Path:
    """Write videos as the table YouTube Studio exports, so that a lesson has a sample to read.

    Parameters
    ----------
    frame : DataFrame
        A row a video: ``video_id, title, published_on, duration_s, views, watch_time_s,
        impressions, likes, comments, shares, subscribers``. The average view duration,
        percentage viewed and click-through rate (views / impressions) are computed.
    path : path of the CSV file to write
    language : ``"fr"`` (« Informations relatives aux tableaux.csv ») or ``"en"``

    Returns
    -------
    Path
        ``path``. As in the real file: UTF-8, comma, decimal point, "Total" row first, average
        view duration cut to the second, watch time in hours with four decimals.

    Raises
    ------
    ExportError
        A column is missing, or ``language`` is another one.
    """
    sums = ["views", "watch_time_s", "subscribers", "impressions", "likes", "comments", "shares"]
    needed = {"video_id", "title", "published_on", "duration_s", *sums}
    missing = sorted(needed - set(frame.columns))
    if missing or language not in _MONTHS:
        raise ExportError(
            _("Impossible d’écrire cet export : il manque {missing}.").format(
                missing=", ".join(missing) or _("une langue connue (« fr » ou « en »)")
            )
        )
    rows = frame[[*sorted(needed)]].astype({"published_on": object})
    total = pd.DataFrame([{"video_id": "Total", **rows[sums].sum().to_dict()}])
    rows = pd.concat([total.astype(object), rows.astype(object)], ignore_index=True)
    seconds_offered = float((frame["duration_s"] * frame["views"]).sum())
    lines = [
        {
            "video_id": row["video_id"],
            "title": "" if pd.isna(row["title"]) else row["title"],
            "published_on": _day(row["published_on"], language),
            "duration_s": "" if pd.isna(row["duration_s"]) else int(row["duration_s"]),
            "average_view_duration_s": _clock(row["watch_time_s"] / row["views"]),
            "average_percentage_viewed": _percentage(
                row["watch_time_s"],
                seconds_offered if pd.isna(row["duration_s"]) else row["duration_s"] * row["views"],
            ),
            "views": int(row["views"]),
            "watch_time_s": f"{row['watch_time_s'] / 3600:.4f}",
            "subscribers": int(row["subscribers"]),
            "impressions": int(row["impressions"]),
            "click_through_rate": _percentage(row["views"], row["impressions"]),
            "likes": int(row["likes"]),
            "comments": int(row["comments"]),
            "shares": int(row["shares"]),
        }
        for row in rows.to_dict("records")
    ]
    headers = {c.name: c.en if language == "en" else c.fr for c in COLUMNS}
    table = pd.DataFrame(lines, columns=list(_WRITTEN)).rename(columns=headers)
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return Path(path)


def _day(day: pd.Timestamp | float | None, language: str) -> str:
    if not isinstance(day, pd.Timestamp) or pd.isna(day):
        return ""
    month = _MONTHS[language][day.month - 1]
    return f"{month} {day.day}, {day.year}" if language == "en" else f"{day.day} {month} {day.year}"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _percentage(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}" if whole else ""
