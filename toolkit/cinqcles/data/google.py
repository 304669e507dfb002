"""Google Ads reports, and Google Analytics 4 (GA4).

Google Ads: « Campagnes » (or keywords, search terms…), download button, « .csv », « .csv (Excel) »
(UTF-16 and tabs) or .xlsx. A title, a line with the period, the header, the rows, then totals.
GA4: any report, « Partager ce rapport », « Télécharger le fichier », CSV. Comment lines in ``#``
give the property and the period.

Traps
-----
- Google Ads: « Total: Campaigns », « Total : compte »… are totals of several scopes, kept apart
  and never to be added. ``--`` is missing. Costs have no currency in their header: see
  ``currency_code``.
- Google Ads: a (TrueView) *view* is 30 seconds, or the whole ad if shorter, or an interaction; it
  is none of the other platforms' views. *Interactions* are the main action of each format.
- Conversions may be fractions (shared between clicks) and rise for weeks after the click.
  Costs per conversion and rates: aggregate counts and costs, then divide.
- GA4: users are people (devices, really) and do not add up over days, pages or channels; sessions
  nearly do; a session is *engaged* beyond 10 seconds, two pages or a key event. Key events were
  called conversions. *Views* are pages seen (``page_views``). Rates are from 0 to 1, times in
  seconds, days written 20260131.
- GA4's « Grand total » is not the sum of the rows for users, and adds a row, or a column.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.messages import _

ADS_COLUMNS = (
    Column("campaign_name", "text", "Campaign", "Campagne"),
    Column(
        "status",
        "text",
        "Campaign status",
        None,
        (
            "Ad group status",
            "Keyword status",
            "Campaign state",
            "Ad group state",
            "Status",
            "État de la campagne",
            "État du groupe d’annonces",
            "État du mot clé",
            "État",
        ),
    ),
    Column("campaign_type", "text", "Campaign type", "Type de campagne"),
    Column("ad_group_name", "text", "Ad group", None, ("Groupe d’annonces",)),
    Column(
        "keyword",
        "text",
        "Keyword",
        None,
        ("Search keyword", "Mot clé", "Mot clé pour le Réseau de Recherche", "Mot-clé"),
    ),
    Column("search_term", "text", "Search term", None, ("Terme de recherche",)),
    Column("account_name", "text", "Account", None, ("Account name", "Compte"), private=True),
    Column("date", "date", "Day", None, ("Jour",)),
    Column("period_start", "date", "Month", None, ("Week", "Mois", "Semaine")),
    Column("device", "text", "Device", None, ("Appareil",)),
    Column(
        "currency_code",
        "text",
        "Currency code",
        None,
        ("Currency", "Code de devise", "Code de la devise", "Code devise"),
    ),
    Column("budget", "number", "Budget", None, ("Budget quotidien",)),
    Column("impressions", "count", "Impr.", "Impr.", ("Impressions",)),
    Column("clicks", "count", "Clicks", "Clics"),
    Column("interactions", "count", "Interactions", "Interactions"),
    Column("interaction_rate", "share", "Interaction rate", None, ("Taux d’interaction",)),
    Column("click_through_rate", "share", "CTR", "CTR", ("Taux de clics (CTR)",)),
    Column("cost", "number", "Cost", "Coût"),
    Column("cost_{currency}", "number", "Cost ({currency})", None, ("Coût ({currency})",)),
    Column("cpc", "number", "Avg. CPC", "CPC moy."),
    Column("cost_per_interaction", "number", "Avg. cost", "Coût moy."),
    Column("cpm", "number", "Avg. CPM", None, ("CPM moy.",)),
    Column("conversions", "number", "Conversions", "Conversions", ("Conv.",)),
    Column("conversion_rate", "share", "Conv. rate", None, ("Taux de conv.",)),
    Column("cost_per_conversion", "number", "Cost / conv.", "Coût/conv.", ("Coût / conv.",)),
    Column(
        "conversion_value",
        "number",
        "Conv. value",
        None,
        ("Conversion value", "Valeur de conv.", "Valeur conv."),
    ),
    Column(
        "roas",
        "number",
        "Conv. value / cost",
        None,
        ("Valeur de conv. / coût", "Valeur de conv./coût", "Valeur conv./coût"),
    ),
    Column("all_conversions", "number", "All conv.", None, ("Toutes les conv.",)),
    Column(
        "views",
        "count",
        "Views",
        None,
        ("TrueView views", "Video views", "Vues", "Vues TrueView", "Vues de la vidéo"),
    ),
    Column(
        "view_rate",
        "share",
        "View rate",
        None,
        ("TrueView view rate", "Taux de vue", "Taux de vues", "Taux de vues TrueView"),
    ),
    Column(
        "cpv",
        "number",
        "Avg. CPV",
        None,
        ("TrueView avg. CPV", "CPV moy.", "CPV moy. TrueView"),
    ),
    *(
        Column(
            name,
            "share",
            f"Video played to {quarter}%",
            None,
            (
                f"Video played to: {quarter}%",
                f"Vidéo lue à {quarter} %",
                f"Vidéo lue à {quarter}%",
                f"Vidéo visionnée à {quarter} %",
            ),
        )
        for name, quarter in (
            ("viewed_25_share", 25),
            ("viewed_50_share", 50),
            ("viewed_75_share", 75),
            ("completed_view_share", 100),
        )
    ),
)
"""Headers of Google Ads reports. French ones that are only likely are among ``also``."""

_SPENT = (
    "cost",
    "cost_{currency}",
    "clicks",
    "impressions",
    "conversions",
    "interactions",
    "views",
)
_BOUGHT = ("cost", "cost_{currency}", "cpc", "clicks", "impressions", "cost_per_conversion", "cpv")

GOOGLE_ADS = Platform(
    name="Google Ads",
    columns=ADS_COLUMNS,
    shapes=(
        Shape("search_terms", _("termes de recherche"), (("search_term",), _SPENT)),
        Shape("keywords", _("mots clés"), (("keyword",), _SPENT)),
        Shape("ad_groups", _("groupes d’annonces"), (("ad_group_name",), _SPENT)),
        Shape("campaigns", _("campagnes"), (("campaign_name",), _BOUGHT)),
        Shape(
            "account",
            _("compte"),
            (("date", "period_start", "device"), ("cost", "cost_{currency}")),
        ),
    ),
    # Totals stand in the first column, whichever it is; the name is then "--".
    keys=(
        "search_term",
        "keyword",
        "ad_group_name",
        "campaign_name",
        "status",
        "date",
        "period_start",
        "device",
    ),
    described=(
        "status",
        "campaign_name",
        "campaign_type",
        "ad_group_name",
        "keyword",
        "search_term",
        "account_name",
        "date",
        "period_start",
        "device",
        "currency_code",
        "budget",
    ),
    how_to=_(
        "Pour refaire l’export : dans Google Ads, ouvrez « Campagnes », choisissez la période et "
        "les colonnes, puis le bouton « Télécharger » et le format .csv (le nom des menus change "
        "souvent). Ajoutez la colonne « Code de devise » si les montants ne sont pas en euros."
    ),
    id="",
    summed="clicks",
    totals=r"(grand )?tota(l|ux)( ?:.*)?",
)

GA4_COLUMNS = (
    Column(
        "page_path",
        "text",
        "Page path and screen class",
        "Chemin de la page et classe de l’écran",
        (
            "Page path",
            "Page path + query string",
            "Page location",
            "Page path + query string and screen class",
            "Chemin de la page",
            "Chemin de la page et classe d’écran",
            "Emplacement de la page",
        ),
    ),
    Column("date", "date", "Date", "Date"),
    Column(
        "page_title",
        "text",
        "Page title and screen class",
        None,
        (
            "Page title",
            "Page title and screen name",
            "Titre de la page et classe de l’écran",
            "Titre de la page et nom de l’écran",
            "Titre de la page",
        ),
    ),
    Column(
        "landing_page",
        "text",
        "Landing page + query string",
        "Page de destination + chaîne de requête",
        ("Landing page", "Page de destination"),
    ),
    Column(
        "channel",
        "text",
        "Session primary channel group (Default Channel Group)",
        None,
        (
            "Session default channel group",
            "Session primary channel group",
            "Default channel group",
            "Session default channel grouping",
            "Groupe de canaux principal de la session (groupe de canaux par défaut)",
            "Groupe de canaux principal de la session",
            "Groupe de canaux par défaut pour la session",
            "Groupe de canaux par défaut de la session",
            "Groupe de canaux par défaut",
            "Groupe de canaux",
        ),
    ),
    Column(
        "first_user_channel",
        "text",
        "First user primary channel group (Default Channel Group)",
        None,
        (
            "First user default channel group",
            "Groupe de canaux par défaut pour le premier utilisateur",
            "Premier groupe de canaux principal de l’utilisateur (groupe de canaux par défaut)",
        ),
    ),
    Column(
        "source_medium",
        "text",
        "Session source / medium",
        None,
        (
            "Source / medium",
            "Source/Support de la session",
            "Source / Support de la session",
            "Source et support de la session",
            "Source/Support",
        ),
    ),
    Column(
        "first_user_source_medium",
        "text",
        "First user source / medium",
        None,
        ("Premier(e) source/support de l’utilisateur",),
    ),
    Column("source", "text", "Session source", None, ("Source de la session",)),
    Column("medium", "text", "Session medium", None, ("Support de la session",)),
    Column("campaign_name", "text", "Session campaign", None, ("Campagne de la session",)),
    Column("event_name", "text", "Event name", None, ("Nom de l’événement",)),
    Column("country", "text", "Country", None, ("Pays",)),
    Column("city", "text", "City", None, ("Ville", "Region")),
    Column(
        "device",
        "text",
        "Device category",
        None,
        ("Catégorie de l’appareil", "Catégorie d’appareil"),
    ),
    Column("active_users", "count", "Active users", "Utilisateurs actifs"),
    Column("new_users", "count", "New users", "Nouveaux utilisateurs"),
    Column("returning_users", "count", "Returning users", None, ("Utilisateurs connus",)),
    Column(
        "total_users",
        "count",
        "Total users",
        None,
        ("Users", "Nombre total d’utilisateurs", "Total des utilisateurs", "Utilisateurs"),
    ),
    Column("sessions", "count", "Sessions", "Sessions"),
    Column("engaged_sessions", "count", "Engaged sessions", "Sessions avec engagement"),
    Column("engaged_session_share", "fraction", "Engagement rate", "Taux d’engagement"),
    Column("bounce_rate", "fraction", "Bounce rate", "Taux de rebond"),
    Column("page_views", "count", "Views", "Vues"),
    Column(
        "views_per_user",
        "number",
        "Views per active user",
        "Vues par utilisateur actif",
        ("Views per user",),
    ),
    Column(
        "engaged_sessions_per_user",
        "number",
        "Engaged sessions per active user",
        "Sessions avec engagement par utilisateur actif",
        ("Engaged sessions per user",),
    ),
    Column(
        "average_engagement_time_s",
        "seconds",
        "Average engagement time per active user",
        "Durée d’engagement moyenne par utilisateur actif",
        ("Average engagement time", "Durée d’engagement moyenne"),
    ),
    Column(
        "average_engagement_time_per_session_s",
        "seconds",
        "Average engagement time per session",
        "Durée d’engagement moyenne par session",
    ),
    Column("engagement_time_s", "seconds", "User engagement", None, ("Engagement utilisateur",)),
    Column("event_count", "count", "Event count", "Nombre d’événements"),
    Column("events_per_session", "number", "Events per session", None, ("Événements par session",)),
    Column(
        "events_per_user",
        "number",
        "Event count per active user",
        None,
        ("Event count per user", "Nombre d’événements par utilisateur actif"),
    ),
    Column("key_events", "number", "Key events", "Événements clés", ("Conversions",)),
    Column(
        "key_event_rate",
        "fraction",
        "Session key event rate",
        None,
        ("Taux d’événements clés par session", "Taux d’événement clé de la session"),
    ),
    Column("revenue", "number", "Total revenue", "Revenu total", ("Revenus totaux",)),
)
"""Headers of GA4 reports. French ones that are only likely are among ``also``."""

_VISITED = (
    "active_users",
    "new_users",
    "total_users",
    "sessions",
    "engaged_sessions",
    "page_views",
    "event_count",
    "key_events",
    "average_engagement_time_s",
)
# Sessions alone, by day, may come from any tool.
_DAILY = tuple(name for name in _VISITED if name not in ("sessions", "total_users"))

GA4 = Platform(
    name="Google Analytics 4",
    columns=GA4_COLUMNS,
    shapes=(
        Shape("pages", _("pages du site"), (("page_path", "page_title", "landing_page"), _VISITED)),
        Shape(
            "channels",
            _("canaux et sources"),
            (
                (
                    "channel",
                    "source_medium",
                    "source",
                    "medium",
                    "first_user_channel",
                    "first_user_source_medium",
                    "campaign_name",
                ),
                _VISITED,
            ),
        ),
        Shape(
            "events",
            _("événements"),
            (("event_name",), ("event_count", "key_events", "total_users")),
        ),
        Shape(
            "audience",
            _("pays, villes ou appareils"),
            (("country", "city", "device"), _VISITED),
        ),
        Shape("daily", _("chiffres par jour"), (("date",), _DAILY), strict=True),
    ),
    keys=(
        "page_path",
        "page_title",
        "landing_page",
        "channel",
        "source_medium",
        "source",
        "medium",
        "first_user_channel",
        "first_user_source_medium",
        "campaign_name",
        "event_name",
        "country",
        "city",
        "device",
        "date",
    ),
    described=(
        "date",
        "page_path",
        "page_title",
        "landing_page",
        "channel",
        "first_user_channel",
        "source_medium",
        "first_user_source_medium",
        "source",
        "medium",
        "campaign_name",
        "event_name",
        "country",
        "city",
        "device",
    ),
    how_to=_(
        "Pour refaire l’export : dans Google Analytics, ouvrez un rapport, choisissez la période, "
        "puis « Partager ce rapport », « Télécharger le fichier » et « Télécharger au format "
        "CSV » (le nom des menus change souvent). Donnez ici le .csv obtenu."
    ),
    id="",
    totals=r"(grand )?tota(l|ux)( general)?",
)
