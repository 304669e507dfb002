"""An export of each platform, as a learner would bring it: the fictional company's own figures.

Synthetic, under real headers. Written for whoever tries a lesson or a worksheet on « vos données ».
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from cinqcles.data import company, write_youtube_export
from tables import table, xlsx

Row = dict[str, Any]


def _posts() -> pd.DataFrame:
    return company.posts(seed=3, n=40)


def _weeks() -> pd.DataFrame:
    return company.spending(seed=3)


def _rows(frame: pd.DataFrame, row: Callable[[Any], Row]) -> list[Row]:
    return [row(line) for line in frame.itertuples()]


def _csv(rows: list[Row]) -> str:
    return table(list(rows[0]), *rows)


def youtube() -> bytes:
    with TemporaryDirectory() as folder:
        file = write_youtube_export(company.videos(seed=3, n=10), Path(folder) / "tableau.csv")
        return file.read_bytes()


def facebook() -> bytes:
    rows = _rows(
        _posts(),
        lambda p: {
            "Identifiant de la publication": f"1220938475{p.Index:08d}",
            "ID de la Page": "61564880291097",
            "Nom de la page": "Maison Liseron",
            "Titre": p.title,
            "Durée (s)": 0,
            "Heure de publication": f"{p.published_at:%m/%d/%Y %H:%M}",
            "Permalien": f"https://www.facebook.com/1/posts/{p.Index}",
            "Type de publication": "Photos" if p.format == "photo" else "Vidéos",
            "Date": "Global",
            "Vues": p.impressions,
            "Couverture": p.reach,
            "Réactions, commentaires et partages": p.likes + p.comments + p.shares,
            "Réactions": p.likes,
            "Commentaires": p.comments,
            "Partages": p.shares,
            "Total des clics": p.clicks,
        },
    )
    return _csv(rows).encode("utf-8-sig")


def instagram() -> bytes:
    rows = _rows(
        _posts(),
        lambda p: {
            "Post ID": f"179{p.Index:014d}",
            "Account ID": "178414",
            "Account username": "maison.liseron",
            "Description": p.title,
            "Duration (sec)": 0,
            "Publish time": f"{p.published_at:%m/%d/%Y %H:%M}",
            "Permalink": f"https://www.instagram.com/p/{p.Index}",
            "Post type": "IG reel" if "vidéo" in p.format else "IG image",
            "Date": "Lifetime",
            "Views": p.impressions,
            "Reach": p.reach,
            "Likes": p.likes,
            "Shares": p.shares,
            "Follows": p.Index % 4,
            "Comments": p.comments,
            "Saves": p.saves,
        },
    )
    return _csv(rows).encode("utf-8-sig")


def meta_daily() -> bytes:
    days = pd.date_range("2026-01-01", periods=60)
    lines = [f'"{day:%Y-%m-%d}T00:00:00","{100 + 7 * i % 90}"' for i, day in enumerate(days)]
    text = 'sep=,\n"Couverture"\n"Date","Primary"\n' + "\n".join(lines) + "\n"
    return b"\xff\xfe" + text.encode("utf-16-le")


def meta_ads() -> bytes:
    by_channel = _weeks().groupby("channel", as_index=False)[["spend_eur", "orders"]].sum()
    rows = _rows(
        by_channel,
        lambda c: {
            "Début des rapports": "2025-01-06",
            "Fin des rapports": "2026-01-04",
            "Nom de la campagne": f"Campagne {c.channel}",
            "Résultats": c.orders,
            "Indicateur de résultats": "actions:offsite_conversion.fb_pixel_purchase",
            "Montant dépensé (EUR)": round(c.spend_eur, 2),
            "Couverture": 1000 + 10 * c.orders,
            "Impressions": 4000 + 50 * c.orders,
            "Clics sur un lien": 3 * c.orders,
            "ThruPlays": 2 * c.orders,
        },
    )
    return _csv(rows).encode()


def tiktok() -> bytes:
    days = pd.date_range("2026-06-01", periods=40)
    rows: Iterable[list[Any]] = (
        [f"{day:%B} {day.day}", 500 + 13 * i, 20 + i, 40 + i, 3, 2] for i, day in enumerate(days)
    )
    headers = ["Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares"]
    return table(headers, *rows).encode()


def linkedin() -> bytes:
    headers = [
        "Post title", "Post link", "Post type", "Created date", "Impressions", "Clicks",
        "Click through rate (CTR)", "Likes", "Comments", "Reposts", "Follows", "Engagement rate",
        "Content Type",
    ]  # fmt: skip
    note = "All dates and times are in UTC."
    posts = [
        [
            p.title, f"https://www.linkedin.com/feed/update/{p.Index}", "Organic",
            f"{p.published_at:%m/%d/%Y}", p.impressions, p.clicks, p.clicks / p.impressions,
            p.likes, p.comments, p.shares, 1, 0.03, "Video" if "vidéo" in p.format else "Image",
        ]
        for p in _posts().itertuples()
    ]  # fmt: skip
    return xlsx(All_posts=[[note], headers, *posts])


def x() -> bytes:
    rows = _rows(
        _posts(),
        lambda p: {
            "Post id": f"20359336112{p.Index:08d}",
            "Date": f"{p.published_at:%a, %b} {p.published_at.day}, {p.published_at.year}",
            "Post text": p.title,
            "Post Link": f"https://x.com/liseron/status/{p.Index}",
            "Impressions": p.impressions,
            "Likes": p.likes,
            "Engagements": p.likes + p.comments + p.shares + p.clicks,
            "Bookmarks": p.saves,
            "Shares": p.shares,
            "New follows": 0,
            "Replies": p.comments,
            "Reposts": p.shares,
            "URL Clicks": p.clicks,
        },
    )
    return _csv(rows).encode()


def google_ads() -> bytes:
    by_channel = _weeks().groupby("channel", as_index=False)[["spend_eur", "orders"]].sum()
    lines = [
        f"Campagne {c.channel};Search;{50 * c.orders};{3 * c.orders};"
        f"{c.spend_eur:.2f};{c.orders}".replace(".", ",")
        for c in by_channel.itertuples()
    ]
    head = "Rapport sur les campagnes\n1 septembre 2026 - 30 septembre 2026\n"
    columns = "Campagne;Type de campagne;Impr.;Clics;Coût;Conversions\n"
    return (head + columns + "\n".join(lines) + "\n").encode("utf-8-sig")


def ga4() -> bytes:
    return (
        b"# ----------------------------------------\n# Acquisition de trafic\n"
        b"# Start date: 20260101\n# End date: 20260131\n"
        b"Session source / medium,Sessions,Engaged sessions,Engagement rate,Key events\n"
        b"instagram / social,120,60,0.5,6\nfacebook / social,80,30,0.375,2\n"
    )


def matomo() -> bytes:
    headers = [
        "Label", "Unique visitors", "Visits", "Actions", "Maximum actions in one visit",
        "Total time spent by visitors (in seconds)", "Bounces", "Conversion Rate",
    ]  # fmt: skip
    rows = (["Instagram", 80, 100, 250, 9, 12340, 40, "1.5%"], ["TikTok", 8, 9, 10, 2, 99, 7, "0%"])
    return table(headers, *rows).encode("utf-16")


EXPORTS: dict[str, Callable[[], bytes]] = {
    "youtube.csv": youtube,
    "facebook.csv": facebook,
    "instagram.csv": instagram,
    "meta-jour.csv": meta_daily,
    "meta-ads.csv": meta_ads,
    "tiktok.csv": tiktok,
    "linkedin.xlsx": linkedin,
    "x.csv": x,
    "google-ads.csv": google_ads,
    "ga4.csv": ga4,
    "matomo.csv": matomo,
}
"""File name -> what makes its content."""


def write(name: str, folder: Path) -> Path:
    """Write the export of this name in a folder."""
    file = folder / name
    file.write_bytes(EXPORTS[name]())
    return file
