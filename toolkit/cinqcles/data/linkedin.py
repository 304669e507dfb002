"""LinkedIn: the analytics of a company page (content, visitors, followers).

A page's administrator view, « Statistiques » then « Contenu », « Visiteurs » or « Abonnés », then
« Exporter » gives an .xls or .xlsx workbook. Content: a sheet of daily metrics and a sheet
``All posts``, both with a row of explanations above the header. Followers: ``New followers`` by
day and a sheet by location, job function, seniority, industry and company size. Visitors: by
day, and the same breakdowns.

Traps
-----
- Dates are month first. Reactions and clicks may be negative: withdrawn ones are taken off.
- The daily sheet splits organic, sponsored and total; only the total has the plain name here.
- LinkedIn's engagement rate has no denominator in its header: recompute yours from counts, and
  name what you divide by; tools that divide by followers rank posts otherwise.
- A video view is 2 seconds with half of the video on screen, or a click.
- Reposts were called shares: same column here (``reposts``).
- In ``New followers`` the « Total followers » of a day are those gained that day (``follows``); by
  location or job, they are all the followers there are (``followers``).
- The export of a personal profile puts two lists side by side in one sheet: it is not read.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Kind, Platform, Shape
from cinqcles.messages import _


def _split(
    name: str,
    kind: Kind,
    en: tuple[str, ...],
    fr: tuple[str, ...],
    *,
    names: tuple[str, str, str] | None = None,
) -> tuple[Column, ...]:
    """The organic, sponsored and total columns of one measure, under each of its headers."""
    organic, paid, total = names or (f"{name}_organic", f"{name}_paid", name)
    return tuple(
        Column(
            column,
            kind,
            f"{en[0]} ({in_english})",
            None,
            (
                *(f"{word} ({in_english})" for word in en[1:]),
                *(f"{word} ({ending})" for word in fr for ending in in_french),
            ),
        )
        for column, in_english, in_french in (
            (organic, "organic", ("organique", "organiques")),
            (paid, "sponsored", ("sponsorisé", "sponsorisés", "sponsorisée", "sponsorisées")),
            (total, "total", ("total", "totaux", "totale", "totales")),
        )
    )


COLUMNS = (
    Column(
        "title",
        "text",
        "Post title",
        None,
        ("Titre du post", "Titre de la publication", "Update title"),
        private=True,
    ),
    Column(
        "url",
        "text",
        "Post link",
        None,
        ("Lien du post", "Lien de la publication", "Lien vers le post", "Update link"),
        private=True,
    ),
    Column("date", "date", "Date", "Date"),
    Column(
        "delivery",
        "text",
        "Post type",
        None,
        ("Type de post", "Type de publication", "Update type"),
    ),
    Column("campaign_name", "text", "Campaign name", None, ("Nom de la campagne",)),
    Column("author", "text", "Posted by", None, ("Publié par",), private=True),
    Column("published_on", "date", "Created date", None, ("Date de création",)),
    Column("period_start", "date", "Campaign start date", None, ("Date de début de campagne",)),
    Column("period_end", "date", "Campaign end date", None, ("Date de fin de campagne",)),
    Column("format", "text", "Content Type", None, ("Type de contenu",)),
    Column("impressions", "count", "Impressions", "Impressions"),
    Column(
        "views",
        "count",
        "Views",
        None,
        (
            "Views (Excluding offsite video views)",
            "Views (excluding off-site video views)",
            "Video views",
            "Vues",
            "Vues (hors vues de vidéo hors site)",
            "Vues de vidéo",
        ),
    ),
    Column("offsite_views", "count", "Offsite Views", None, ("Off-site views", "Vues hors site")),
    Column("clicks", "count", "Clicks", None, ("Clics",)),
    Column(
        "click_through_rate",
        "fraction",
        "Click through rate (CTR)",
        None,
        ("Click-through rate (CTR)", "Taux de clics (CTR)", "Taux de clics"),
    ),
    Column("likes", "count", "Likes", None, ("J’aime",)),
    Column("reactions", "count", "Reactions", None, ("Réactions",)),
    Column("comments", "count", "Comments", None, ("Commentaires",)),
    Column("reposts", "count", "Reposts", None, ("Shares", "Republications", "Partages")),
    Column("follows", "count", "Follows", None, ("Abonnements",)),
    Column("platform_engagement_rate", "fraction", "Engagement rate", None, ("Taux d’engagement",)),
    *_split("impressions", "count", ("Impressions",), ("Impressions",)),
    Column(
        "reach_organic",
        "count",
        "Unique impressions (organic)",
        None,
        ("Impressions uniques (organique)", "Impressions uniques (organiques)"),
    ),
    *_split("clicks", "count", ("Clicks",), ("Clics",)),
    *_split("reactions", "count", ("Reactions",), ("Réactions",)),
    *_split("comments", "count", ("Comments",), ("Commentaires",)),
    *_split("reposts", "count", ("Reposts", "Shares"), ("Republications", "Partages")),
    *_split("platform_engagement_rate", "fraction", ("Engagement rate",), ("Taux d’engagement",)),
    Column(
        "follows_organic",
        "count",
        "Organic followers",
        None,
        ("Abonnés organiques", "Followers organiques"),
    ),
    Column(
        "follows_paid",
        "count",
        "Sponsored followers",
        None,
        ("Abonnés sponsorisés", "Followers sponsorisés"),
    ),
    Column("follows_invited", "count", "Auto-invited followers", None, ("Abonnés invités",)),
    Column(
        "follows",
        "count",
        "Total followers",
        None,
        ("Total des abonnés", "Nombre total d’abonnés", "New followers", "Nouveaux abonnés"),
    ),
    Column(
        "page_views",
        "count",
        "Total page views (total)",
        None,
        ("Total page views", "Total des vues de page (total)"),
    ),
    Column("page_views_desktop", "count", "Total page views (desktop)"),
    Column("page_views_mobile", "count", "Total page views (mobile)"),
    Column(
        "visitors",
        "count",
        "Total unique visitors (total)",
        None,
        ("Total unique visitors", "Total des visiteurs uniques (total)"),
    ),
    Column("visitors_desktop", "count", "Total unique visitors (desktop)"),
    Column("visitors_mobile", "count", "Total unique visitors (mobile)"),
)
"""Headers of a company page. No French export was seen: its headers are guesses, in ``also``."""

_HOW_TO = _(
    "Pour refaire l’export : sur votre Page LinkedIn, en vue administrateur, ouvrez "
    "« Statistiques », puis « Contenu », « Visiteurs » ou « Abonnés », et cliquez sur "
    "« Exporter » (le nom des menus change souvent). Donnez ici le classeur obtenu (.xls ou "
    ".xlsx), sans l’enregistrer de nouveau."
)
_DAILY = tuple(
    f"{name}{part}"
    for name in ("impressions", "clicks", "reactions", "comments", "reposts")
    for part in ("_organic", "_paid")
)

LINKEDIN = Platform(
    name="LinkedIn",
    columns=COLUMNS,
    shapes=(
        Shape(
            "posts",
            _("tableau par publication"),
            (
                ("published_on", "delivery", "url", "title"),
                ("impressions", "clicks", "likes", "reactions"),
                ("published_on", "delivery", "author", "reposts", "offsite_views", "views"),
            ),
            without=("date",),
        ),
        Shape(
            "daily",
            _("publications, par jour"),
            (("date",), _DAILY),
        ),
        Shape(
            "followers",
            _("nouveaux abonnés, par jour"),
            (("date",), ("follows_organic", "follows_paid", "follows_invited")),
        ),
        Shape(
            "visitors",
            _("visiteurs de la Page, par jour"),
            (("date",), ("page_views_desktop", "page_views_mobile", "visitors_desktop")),
        ),
    ),
    keys=("url", "title", "date", "published_on"),
    described=(
        "date",
        "title",
        "url",
        "delivery",
        "campaign_name",
        "author",
        "published_on",
        "period_start",
        "period_end",
        "format",
    ),
    how_to=_HOW_TO,
    id="",
    dates_en="mdy",
    dates_fr="mdy",
)

AUDIENCE_COLUMNS = (
    Column("city", "text", "Location", None, ("Lieu", "Localisation")),
    Column("country", "text", "Country/Region", None, ("Pays/région",)),
    Column("job_function", "text", "Job function", None, ("Fonction", "Fonction professionnelle")),
    Column("seniority", "text", "Seniority", None, ("Niveau hiérarchique", "Ancienneté")),
    Column("industry", "text", "Industry", None, ("Secteur", "Secteur d’activité")),
    Column("company_size", "text", "Company size", None, ("Taille de l’entreprise",)),
    Column("followers", "count", "Total followers", None, ("Total des abonnés",)),
    Column("page_views", "count", "Total views", None, ("Total des vues",)),
)
"""Headers of the breakdown sheets of the followers and visitors workbooks."""

LINKEDIN_AUDIENCE = Platform(
    name="LinkedIn",
    columns=AUDIENCE_COLUMNS,
    shapes=(
        Shape(
            "audience",
            _("répartition des abonnés ou des visiteurs"),
            (
                ("city", "country", "job_function", "seniority", "industry", "company_size"),
                ("followers", "page_views"),
            ),
            strict=True,
        ),
    ),
    keys=("city", "country", "job_function", "seniority", "industry", "company_size"),
    described=("city", "country", "job_function", "seniority", "industry", "company_size"),
    how_to=_HOW_TO,
    id="",
)
