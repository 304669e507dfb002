"""X (formerly Twitter): posts and daily overview, in both generations of its analytics.

On a computer, x.com/i/account_analytics: « Contenu » or « Vue d’ensemble », then the download
button (accounts with a Premium subscription). Files are called ``account_analytics_content_…``
and ``account_overview_analytics``. Up to 2024 the former analytics gave
``tweet_activity_metrics_…`` by tweet or by day, still found in archives; its lower-case headers
are read too.

Traps
-----
- Ids have 19 digits: a spreadsheet rounds them. They are kept as text.
- Dates read ``Tue, Jul 14, 2026``, formerly ``2026-06-20 09:00 +0000`` (UTC). In the content file
  ``Date`` is the day of the post, in the overview it is the day described.
- *Impressions* are times shown, repeats counted. *Engagements* are every click, expand, like,
  answer… together, so their rate (by impressions) is not that of other platforms.
- Answers are ``comments``, bookmarks are ``saves``; reposts and shares (links copied, posts sent)
  differ.
- In the former files, promoted columns are the advertising part, ``-`` when there is none.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.messages import _

_MEASURES = (
    Column("impressions", "count", "Impressions", "Impressions"),
    Column("likes", "count", "Likes", None, ("favorites", "J’aime", "Mentions J’aime")),
    Column("interactions", "count", "Engagements", "Engagements", ("Engagement",)),
    Column(
        "engagement_rate_impressions", "fraction", "engagement rate", None, ("Taux d’engagement",)
    ),
    Column("saves", "count", "Bookmarks", None, ("Signets",)),
    Column("shares", "count", "Shares", None, ("Partages",)),
    Column(
        "follows", "count", "New follows", None, ("follows", "Nouveaux abonnements", "abonnements")
    ),
    Column("comments", "count", "Replies", None, ("Réponses",)),
    Column("reposts", "count", "Reposts", None, ("retweets", "Republications")),
    Column("profile_visits", "count", "Profile visits", None, ("Visites du profil",)),
    Column(
        "profile_clicks",
        "count",
        "user profile clicks",
        None,
        ("clics sur le profil de l’utilisateur",),
    ),
    Column("detail_expands", "count", "Detail Expands", None, ("Ouvertures des détails",)),
    Column(
        "link_clicks",
        "count",
        "URL Clicks",
        None,
        ("Link clicks", "Clics sur l’URL", "Clics sur le lien"),
    ),
    Column("hashtag_clicks", "count", "Hashtag Clicks", None, ("Clics sur le hashtag",)),
    Column("permalink_clicks", "count", "Permalink Clicks", None, ("Clics sur le permalien",)),
    Column("video_views", "count", "Video views", None, ("Vues de la vidéo", "Vues de vidéo")),
    Column("media_views", "count", "Media views", None, ("Vues du média", "Vues de média")),
    Column("media_engagements", "count", "media engagements", None, ("Engagements avec le média",)),
    Column("impressions_paid", "count", "promoted impressions"),
    Column("interactions_paid", "count", "promoted engagements"),
)

COLUMNS = (
    Column(
        "post_id",
        "id",
        "Post id",
        None,
        ("Tweet id", "Identifiant du post", "Identifiant du Tweet"),
    ),
    Column("published_on", "date", "Date", "Date", ("time", "Post date", "heure", "Date du post")),
    Column(
        "text",
        "text",
        "Post text",
        None,
        ("Tweet text", "Texte du post", "Texte du Tweet"),
        private=True,
    ),
    Column(
        "url",
        "text",
        "Post Link",
        None,
        ("Tweet permalink", "Lien du post", "Permalien du Tweet"),
        private=True,
    ),
    *_MEASURES,
)
"""Headers of the file by post. No French export was seen: its headers are guesses, in ``also``."""

_HOW_TO = _(
    "Pour refaire l’export : sur un ordinateur, ouvrez x.com/i/account_analytics (compte "
    "Premium), onglet « Contenu » ou « Vue d’ensemble », choisissez la période et cliquez sur le "
    "bouton de téléchargement (le nom des menus change souvent). Donnez ici le .csv obtenu, sans "
    "l’ouvrir dans un tableur, qui arrondit les identifiants."
)

X = Platform(
    name="X",
    columns=COLUMNS,
    shapes=(
        Shape(
            "posts",
            _("tableau par publication"),
            (("post_id",), ("text", "url"), ("impressions", "interactions", "likes")),
        ),
        Shape(
            "posts_numbers",
            _("tableau par publication, sans les textes"),
            (
                ("post_id",),
                ("impressions",),
                ("reposts", "saves", "interactions", "detail_expands", "permalink_clicks"),
            ),
        ),
    ),
    keys=("post_id", "url"),
    described=("post_id", "published_on", "text", "url"),
    how_to=_HOW_TO,
    id_pattern=r"\d{5,20}",
)

DAILY_COLUMNS = (
    Column("date", "date", "Date", "Date"),
    *_MEASURES,
    Column("unfollows", "count", "Unfollows", None, ("Désabonnements",)),
    Column("posts_published", "count", "Create Post", None, ("Tweets published", "Tweets publiés")),
    Column("video_views", "count", "Views"),
    Column("watch_time_s", "milliseconds", "Watch Time (ms)"),
    Column("average_view_duration_s", "milliseconds", "Average Watch Time (ms)"),
    Column("completed_view_share", "fraction", "Completion Rate"),
    Column("revenue", "number", "Estimated Revenue"),
)
"""Headers of the file by day."""

X_DAILY = Platform(
    name="X",
    columns=DAILY_COLUMNS,
    shapes=(
        Shape(
            "daily",
            _("vue d’ensemble par jour"),
            (
                ("date",),
                ("impressions", "interactions", "follows"),
                ("unfollows", "posts_published", "profile_visits", "saves", "reposts"),
            ),
        ),
        Shape(
            "videos",
            _("vidéos, par jour"),
            (("date",), ("watch_time_s", "average_view_duration_s")),
        ),
    ),
    keys=("date",),
    described=("date",),
    how_to=_HOW_TO,
    id="",
)
