"""TikTok Studio: daily overview, videos, viewers and followers.

TikTok Studio on a computer (tiktok.com/tiktokstudio), « Données analytiques », then « Télécharger
les données » in each tab, as CSV or XLSX: ``Overview``, ``Content``, ``Viewers``,
``FollowerHistory``, ``FollowerActivity``, ``FollowerGender``, ``FollowerTopTerritories``. File
names stay English; headers may follow the language of the account.

Traps
-----
- Dates have no year (``August 31``, « 19 avril »): the latest one takes the last year in which it
  is not to come. A file kept for more than a year is therefore dated wrong: say ``today``.
- A view is a start: a video that plays by itself and is swept away counts (TikTok Ads' own
  "Video views" leave replays out). Completion and watch time say what views do not.
- A daily like or share count may be negative: withdrawn ones are taken off.
- ``undefined`` is a missing value. Shares of a distribution are 0 to 1.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.messages import _

COLUMNS = (
    Column(
        "title", "text", "Video title", "Titre de la vidéo", ("Video description",), private=True
    ),
    Column("url", "text", "Video link", "Lien de la vidéo", ("Lien vidéo",), private=True),
    Column(
        "published_on",
        "date",
        "Post time",
        None,
        ("Posted date", "Heure de publication", "Date de publication"),
    ),
    Column("date", "date", "Date", "Date"),
    Column(
        "views",
        "count",
        "Video Views",
        "Vues de la vidéo",
        (
            "Total views",
            "Vues de vidéo",
            "Vues des vidéos",
            "Vues vidéo",
            "Total des vues",
            "Nombre total de vues",
        ),
    ),
    Column("profile_visits", "count", "Profile Views", "Vues du profil", ("Vues de profil",)),
    Column(
        "likes",
        "count",
        "Likes",
        "J’aime",
        (
            "Total likes",
            "Mentions J’aime",
            "Total des J’aime",
            "Total des mentions J’aime",
            "Nombre total de J’aime",
        ),
    ),
    Column(
        "comments",
        "count",
        "Comments",
        "Commentaires",
        ("Total comments", "Total des commentaires", "Nombre total de commentaires"),
    ),
    Column(
        "shares",
        "count",
        "Shares",
        "Partages",
        ("Total shares", "Total des partages", "Nombre total de partages"),
    ),
    Column(
        "saves",
        "count",
        "Add to favorites",
        None,
        ("Favorites", "Saves", "Total bookmarks", "Bookmarks", "Favoris", "Ajouts aux favoris"),
    ),
    Column("reach", "count", "Reached audience", None, ("Audience touchée",)),
    Column(
        "watch_time_s",
        "seconds",
        "Total play time",
        None,
        ("Total watch time", "Durée totale de lecture", "Durée de lecture totale"),
    ),
    Column(
        "average_view_duration_s",
        "seconds",
        "Average watch time",
        None,
        (
            "Average watch time (s)",
            "Durée moyenne de visionnage",
            "Durée de visionnage moyenne",
            "Temps de visionnage moyen",
        ),
    ),
    Column(
        "completed_view_share",
        "fraction",
        "Watched full video",
        None,
        (
            "Full video watched rate",
            "A regardé la vidéo en entier",
            "A regardé toute la vidéo",
            "Vidéo regardée en entier",
        ),
    ),
    Column("follows", "count", "New followers", None, ("Nouveaux followers", "Nouveaux abonnés")),
    Column("unique_viewers", "count", "Total Viewers", None, ("Total des spectateurs",)),
    Column("new_viewers", "count", "New Viewers", None, ("Nouveaux spectateurs",)),
    Column(
        "returning_viewers",
        "count",
        "Returning Viewers",
        None,
        ("Spectateurs récurrents", "Spectateurs de retour"),
    ),
    Column("followers", "count", "Followers", None, ("Abonnés",)),
    Column(
        "net_follows",
        "count",
        "Difference in followers from previous day",
        None,
        (
            "Différence de followers par rapport au jour précédent",
            "Différence d’abonnés par rapport au jour précédent",
            "Différence du nombre de followers par rapport à la veille",
            "Net followers",
        ),
    ),
    Column("hour", "count", "Hour", None, ("Heure",)),
    Column(
        "active_followers",
        "count",
        "Active followers",
        None,
        ("Followers actifs", "Abonnés actifs"),
    ),
    Column("gender", "text", "Gender", None, ("Genre", "Sexe")),
    Column("age", "text", "Age"),
    Column(
        "country",
        "text",
        "Top territories",
        None,
        ("Top countries", "Principaux territoires", "Territoires principaux"),
    ),
    Column("followers_share", "fraction", "Distribution", None, ("Répartition", "Percentage")),
)
"""Headers of TikTok Studio. French ones that are only likely are among ``also``."""

TIKTOK = Platform(
    name="TikTok",
    columns=COLUMNS,
    shapes=(
        Shape("videos", _("tableau par vidéo"), (("url", "published_on"), ("views",))),
        Shape(
            "daily",
            _("vue d’ensemble par jour"),
            (("date",), ("views",), ("profile_visits",)),
            without=("url", "published_on"),
        ),
        Shape(
            "daily",
            _("vue d’ensemble par jour"),
            (("date",), ("views",), ("profile_visits", "likes", "comments", "shares", "reach")),
            without=("url", "published_on"),
            strict=True,
        ),
        Shape(
            "viewers",
            _("spectateurs par jour"),
            (("date",), ("unique_viewers", "new_viewers", "returning_viewers")),
            strict=True,
        ),
        Shape(
            "followers",
            _("abonnés par jour"),
            (("date",), ("net_follows",)),
            strict=True,
        ),
        Shape("activity", _("abonnés présents, par heure"), (("hour",), ("active_followers",))),
        Shape(
            "audience",
            _("répartition des abonnés"),
            (("gender", "country", "age"), ("followers_share",)),
        ),
    ),
    keys=("url", "title", "date", "country", "gender", "age"),
    described=("title", "url", "published_on", "date", "hour", "gender", "age", "country"),
    how_to=_(
        "Pour refaire l’export : sur un ordinateur, dans TikTok Studio, ouvrez « Données "
        "analytiques », choisissez la période, puis « Télécharger les données » au format CSV "
        "(le nom des menus change souvent). Donnez ici le fichier obtenu, .zip ou .csv."
    ),
    id="",
    yearless=True,
)
