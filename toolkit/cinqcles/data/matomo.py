"""Matomo (formerly Piwik): visits by day, pages, sources and any other report of a site.

Under any report, the export icon, format CSV or TSV, « Aplatir » for pages. The CSV is UTF-16 by
default, with headers in the language of the interface, or the raw names (``nb_visits``) when
"translate column names" is unticked.

Traps
-----
- A *visit* ends after 30 minutes without an action; *unique visitors* do not add up over days.
- In a report of pages, « Vues » are pages seen and « Vues uniques » the visits that saw the page:
  the raw file calls the latter ``nb_visits`` and the former ``nb_hits``.
- Rates are written ``45%`` (or 0.45 in raw files), times in seconds or as ``00:01:10``.
- A bounce is a visit of one page, however long it was read: not GA4's bounce.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.messages import _

COLUMNS = (
    Column("label", "text", "Label", "Nom", ("Libellé", "Étiquette")),
    Column("date", "date", "Date", "Date"),
    Column(
        "page_path",
        "text",
        "Page URL",
        "URL de la page",
        ("metadata_url", "Metadata: url"),
    ),
    Column("visitors", "count", "Unique visitors", "Visiteurs uniques", ("nb_uniq_visitors",)),
    Column("total_users", "count", "Users", "Utilisateurs", ("nb_users",)),
    Column("visits", "count", "Visits", "Visites", ("nb_visits",)),
    Column("actions", "count", "Actions", "Actions", ("nb_actions",)),
    Column(
        "page_views",
        "count",
        "Pageviews",
        "Vues",
        ("nb_hits", "nb_pageviews", "Page views", "Total pageviews", "Pages vues", "Vues de page"),
    ),
    Column(
        "unique_page_views",
        "count",
        "Unique Pageviews",
        "Vues uniques",
        ("nb_uniq_pageviews", "Vues de page uniques", "Pages vues uniques"),
    ),
    Column(
        "actions_per_visit",
        "number",
        "Actions per Visit",
        "Actions par visite",
        ("nb_actions_per_visit",),
    ),
    Column(
        "max_actions",
        "count",
        "Maximum actions in one visit",
        "Nombre maximum d’actions en une visite",
        ("max_actions",),
    ),
    Column("bounces", "count", "Bounces", "Rebonds", ("bounce_count", "entry_bounce_count")),
    Column("bounce_rate", "fraction", "Bounce Rate", "Taux de rebond", ("bounce_rate",)),
    Column(
        "visit_time_s",
        "seconds",
        "Total time spent by visitors (in seconds)",
        "Temps total passé par les visiteurs (en secondes)",
        ("sum_visit_length", "sum_time_spent"),
    ),
    Column(
        "average_visit_duration_s",
        "seconds",
        "Avg. Time on Website",
        "Temps moyen sur le site",
        (
            "avg_time_on_site",
            "Avg. Visit Duration (in seconds)",
            "Avg. Visit Duration",
            "Durée moyenne des visites (en secondes)",
            "Durée moyenne de la visite (en secondes)",
        ),
    ),
    Column(
        "average_time_on_page_s",
        "seconds",
        "Avg. time on page",
        "Temps moyen sur la page",
        ("avg_time_on_page",),
    ),
    Column("entrances", "count", "Entrances", "Entrées", ("entry_nb_visits",)),
    Column("exits", "count", "Exits", "Sorties", ("exit_nb_visits",)),
    Column("exit_rate", "fraction", "Exit rate", "Taux de sortie", ("exit_rate",)),
    Column("conversions", "count", "Conversions", "Conversions", ("nb_conversions",)),
    Column(
        "converting_visits",
        "count",
        "Visits with Conversions",
        "Visites avec Conversions",
        ("nb_visits_converted",),
    ),
    Column(
        "conversion_rate", "fraction", "Conversion Rate", "Taux de conversion", ("conversion_rate",)
    ),
    Column("revenue", "number", "Revenue", "Revenu"),
)
"""Headers of Matomo's reports, in both languages and raw."""

_VISITED = ("visits", "visitors", "actions")
# "Visits" alone may come from any tool.
_DETAILED = ("visitors", "actions", "bounces", "bounce_rate", "average_visit_duration_s")

MATOMO = Platform(
    name="Matomo",
    columns=COLUMNS,
    shapes=(
        Shape(
            "pages",
            _("pages du site"),
            (
                ("label", "page_path"),
                ("page_views", "unique_page_views"),
                (
                    "unique_page_views",
                    "average_time_on_page_s",
                    "exit_rate",
                    "bounce_rate",
                    "visits",
                    "entrances",
                ),
            ),
        ),
        Shape("report", _("rapport par ligne (sources, pays, appareils…)"), (("label",), _VISITED)),
        Shape(
            "daily", _("visites par jour"), (("date",), ("visits",), _DETAILED), without=("label",)
        ),
        Shape(
            "summary",
            _("résumé d’une période"),
            (("visits",), _DETAILED),
            strict=True,
        ),
    ),
    keys=("label", "page_path", "date"),
    described=("label", "date", "page_path"),
    how_to=_(
        "Pour refaire l’export : dans Matomo, sous le rapport voulu, cliquez sur l’icône "
        "d’export, choisissez CSV et « Toutes » les lignes (le nom des menus change selon la "
        "version). Donnez ici le fichier obtenu, sans l’ouvrir dans un tableur."
    ),
    id="",
)
