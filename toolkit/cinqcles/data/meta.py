"""Meta: Business Suite (posts and stories of Facebook and Instagram, daily series), and Meta Ads.

Meta Business Suite, « Statistiques » then « Contenu » then « Exporter les données » (the menus
move often) gives one CSV for Facebook, one for Instagram posts, one for stories; users pick their
columns, so a file has from 18 to more than 200 of them. « Statistiques » then « Résultats » gives
a small UTF-16 file by measure, made of a title and two columns, ``Date`` and ``Primary``.
Meta Ads Manager, « Rapports » then « Exporter », gives a CSV or an .xlsx.

Traps
-----
- Dates are month first even in French files; the ``Date`` of a lifetime export is ``Lifetime`` or
  ``Global``, not a day. Day and month only are kept of the publication time.
- *Views* replaced impressions as the main count. They count repeats, and every format: a photo
  shown twice has two views. Older files have impressions, or the *plays* of reels: other counts.
- Reach is people: it adds up neither over posts nor over days.
- Organic and boosted counts have names of their own, and are never taken for the whole.
- Facebook's reactions, comments and shares come with their sum (``interactions``); Instagram's
  likes are only likes. The same post may be in several files, and a reel may be typed as a video.
- A Facebook 3-second view, a ThruPlay (to the end, or 15 seconds) and a view differ.
- In Meta Ads, CTR and clicks marked "(all)" count every click, those on "See more" included; a
  *result* is whatever the campaign aims at, so results of two campaigns may not add up; rates are
  written as percentages without a sign.
"""

from __future__ import annotations

from cinqcles.data.schema import Column, Platform, Shape
from cinqcles.messages import _

COLUMNS = (
    Column(
        "post_id",
        "id",
        "Post ID",
        "Identifiant de la publication",
        ("ID de la publication", "Story ID", "Identifiant de la story"),
    ),
    Column("page_id", "id", "Page ID", "ID de la Page", ("Identifiant de la Page",), private=True),
    Column(
        "account_id",
        "id",
        "Account ID",
        "ID du compte",
        ("Identifiant du compte",),
        private=True,
    ),
    Column(
        "account_name",
        "text",
        "Page name",
        "Nom de la page",
        ("Account name", "Nom du compte"),
        private=True,
    ),
    Column(
        "account_handle",
        "text",
        "Account username",
        "Nom de profil du compte",
        ("Nom d'utilisateur du compte",),
        private=True,
    ),
    Column("title", "text", "Title", "Titre", private=True),
    Column("text", "text", "Description", "Description", ("Caption", "Légende"), private=True),
    Column("url", "text", "Permalink", "Permalien", ("Permanent link",), private=True),
    Column("format", "text", "Post type", "Type de publication", ("Media type", "Format")),
    Column("is_crosspost", "count", "Is crosspost", "Est un crosspostage"),
    Column("is_share", "count", "Is share", "Est un partage"),
    Column("published_on", "date", "Publish time", "Heure de publication", ("Posted",)),
    Column("date", "date", "Date", "Date"),
    Column("duration_s", "seconds", "Duration (sec)", "Durée (s)", ("Durée (sec)",)),
    Column("views", "count", "Views", "Vues", ("Facebook views", "Instagram views")),
    Column(
        "views_organic",
        "count",
        "Views from Organic posts",
        "Vues de Publications organiques",
        ("Organic views", "Vues organiques"),
    ),
    Column(
        "views_paid",
        "count",
        "Views from Boosted posts",
        "Vues de Publications boostées",
        ("Vues de Publications sponsorisées", "Views from ads", "Vues issues de publicités"),
    ),
    Column(
        "unique_viewers",
        "count",
        "Viewers",
        "Spectateurs",
        ("Facebook viewers", "Instagram viewers", "Unique viewers", "Spectateurs uniques"),
    ),
    Column("impressions", "count", "Impressions", "Impressions", ("Facebook impressions",)),
    Column(
        "impressions_organic",
        "count",
        "Impressions from Organic posts",
        "Impressions de Publications organiques",
        ("Organic impressions", "Impressions organiques"),
    ),
    Column(
        "impressions_paid",
        "count",
        "Impressions from Boosted posts",
        "Impressions de Publications boostées",
        ("Paid impressions", "Impressions payées"),
    ),
    Column(
        "reach",
        "count",
        "Reach",
        "Couverture",
        (
            "Facebook reach",
            "Instagram reach",
            "Post reach",
            "People reached",
            "Accounts reached",
            "Portée",
            "Couverture Facebook",
            "Couverture Instagram",
            "Couverture sur Facebook",
            "Couverture sur Instagram",
            "Couverture de la publication",
            "Personnes touchées",
            "Comptes touchés",
        ),
    ),
    Column(
        "reach_organic",
        "count",
        "Reach from Organic posts",
        "Couverture de Publications organiques",
        ("Organic reach", "Couverture organique", "Portée organique"),
    ),
    Column(
        "reach_paid",
        "count",
        "Reach from Boosted posts",
        "Couverture de Publications boostées",
        ("Paid reach", "Couverture payée", "Portée payée"),
    ),
    Column(
        "interactions",
        "count",
        "Reactions, Comments and Shares",
        "Réactions, commentaires et partages",
        (
            "Content interactions",
            "Interactions avec le contenu",
            "Facebook content interactions",
            "Instagram content interactions",
            "Interactions",
        ),
    ),
    Column(
        "reactions",
        "count",
        "Reactions",
        "Réactions",
        ("Likes and reactions", "Mentions J’aime et réactions"),
    ),
    Column("likes", "count", "Likes", "Mentions J’aime", ("J’aime",)),
    Column("comments", "count", "Comments", "Commentaires"),
    Column("shares", "count", "Shares", "Partages"),
    Column("reposts", "count", "Reposts", None, ("Republications",)),
    Column("saves", "count", "Saves", "Enregistrements", ("Saved",)),
    Column(
        "follows",
        "count",
        "Follows",
        "Followers en plus",
        (
            "Facebook follows",
            "Instagram follows",
            "Nouveaux followers",
            "New followers",
            "Followers en plus sur Facebook",
            "Followers en plus sur Instagram",
            "Followers Facebook en plus",
            "Followers Instagram en plus",
        ),
    ),
    Column("unfollows", "count", "Unfollows", None, ("Followers en moins",)),
    Column(
        "clicks", "count", "Total clicks", "Total des clics", ("Clicks", "Nombre total de clics")
    ),
    Column(
        "link_clicks",
        "count",
        "Link clicks",
        "Clics sur un lien",
        (
            "Clics sur le lien",
            "Clics sur des liens",
            "Facebook link clicks",
            "Instagram link clicks",
            "Clics sur un lien Facebook",
            "Clics sur un lien Instagram",
        ),
    ),
    Column("other_clicks", "count", "Other Clicks", None, ("Autres clics",)),
    Column(
        "photo_clicks",
        "count",
        "Matched Audience Targeting Consumption (Photo Click)",
        None,
        ("Photo clicks", "Clics sur la photo", "Clics sur une photo"),
    ),
    Column(
        "negative_feedback",
        "count",
        "Negative feedback from users",
        None,
        ("Negative feedback", "Avis négatifs des utilisateurs", "Commentaires négatifs"),
    ),
    Column(
        "video_views_3s",
        "count",
        "3-second video views",
        "Vues de vidéo de 3 secondes",
        ("3-second views", "3-second video plays", "Vues de 3 secondes"),
    ),
    Column(
        "video_views_1min",
        "count",
        "1-minute video views",
        None,
        ("1-minute views",),
        pattern=r"vues (de video )?(d'une|d'1|de 1) minute",
    ),
    Column("plays", "count", "Plays", None, ("Reels plays", "Initial plays", "Lectures")),
    Column(
        "watch_time_s",
        "seconds",
        "Seconds viewed",
        None,
        ("Watch time (seconds)",),
        pattern=r"secondes (de visionnage|(regarde|visionne|vu)e?e?s)",
    ),
    Column(
        "average_view_duration_s",
        "seconds",
        "Average Seconds viewed",
        None,
        ("Average watch time (seconds)",),
        pattern=r"(secondes moyen\w*|(nombre )?moyen\w* de secondes) \w+",
    ),
    Column("replies", "count", "Replies", "Réponses"),
    Column(
        "profile_visits",
        "count",
        "Profile visits",
        "Visites de profil",
        (
            "Visites du profil",
            "Facebook visits",
            "Instagram profile visits",
            "Visites sur Facebook",
            "Visites Facebook",
            "Visites du profil Instagram",
            "Facebook Page visits",
            "Visites de la Page Facebook",
        ),
    ),
    Column(
        "sticker_taps",
        "count",
        "Sticker taps",
        "Appuis sur des stickers",
        ("Appuis sur les stickers",),
    ),
    Column("navigation", "count", "Navigation", "Navigation"),
    Column("value", "number", "Primary"),
    Column(
        "revenue_{currency}",
        "number",
        "Estimated earnings ({currency})",
        "Revenus estimés ({currency})",
    ),
)
"""Headers of Meta Business Suite. French ones that are only likely are among ``also``."""

_STORIES = ("navigation", "sticker_taps", "replies")
_POST = ("published_on", "url", "format", "is_crosspost", "account_name", "account_handle")

META = Platform(
    name="Meta Business Suite",
    columns=COLUMNS,
    shapes=(
        Shape("stories", _("stories"), (_POST, _STORIES)),
        Shape(
            "facebook",
            _("publications Facebook"),
            (
                ("post_id", "url"),
                _POST,
                ("page_id", "is_crosspost", "is_share", "reactions", "negative_feedback"),
            ),
            without=("account_id", "account_handle"),
        ),
        Shape(
            "instagram",
            _("publications Instagram"),
            (
                ("post_id",),
                _POST,
                ("account_id", "account_handle", "likes", "saves", "follows"),
            ),
            without=("page_id",),
        ),
        Shape(
            "posts",
            _("publications Facebook ou Instagram"),
            (("post_id",), ("published_on", "url"), ("views", "reach", "impressions")),
        ),
        Shape("daily", _("séries par jour"), (("date",),), strict=True, stacked=True),
    ),
    keys=("post_id", "url", "published_on", "date"),
    described=(
        "post_id",
        "page_id",
        "account_id",
        "account_name",
        "account_handle",
        "title",
        "text",
        "url",
        "format",
        "is_crosspost",
        "is_share",
        "published_on",
        "date",
        "duration_s",
    ),
    how_to=_(
        "Pour refaire l’export : dans Meta Business Suite, ouvrez « Statistiques », puis "
        "« Contenu », choisissez Facebook ou Instagram et cliquez sur « Exporter les données » "
        "(le nom des menus change souvent). Donnez ici le fichier .csv obtenu, sans l’ouvrir dans "
        "un tableur."
    ),
    id_pattern=r"\d{5,25}(_\d{5,25})?",
    dates_en="mdy",
    dates_fr="mdy",
    whole_period=("lifetime", "global"),
    stacked="Primary",
)

ADS_COLUMNS = (
    Column("campaign_name", "text", "Campaign name", "Nom de la campagne"),
    Column(
        "ad_set_name",
        "text",
        "Ad set name",
        "Nom de l’ensemble de publicités",
        ("Ad Set",),
    ),
    Column("ad_name", "text", "Ad name", "Nom de la publicité"),
    Column("period_start", "date", "Reporting starts", "Début des rapports"),
    Column("period_end", "date", "Reporting ends", "Fin des rapports"),
    Column("date", "date", "Day", "Jour"),
    Column("age", "text", "Age", "Âge"),
    Column("gender", "text", "Gender", "Genre", ("Sexe",)),
    Column("country", "text", "Country", "Pays"),
    Column("results", "count", "Results", "Résultats", ("Result",)),
    Column(
        "result_type",
        "text",
        "Result indicator",
        "Indicateur de résultats",
        ("Result type", "Type de résultat", "Indicateur de résultat"),
    ),
    Column(
        "cost_{currency}", "number", "Amount spent ({currency})", "Montant dépensé ({currency})"
    ),
    Column("cost", "number", "Amount spent", "Montant dépensé"),
    Column("impressions", "count", "Impressions", "Impressions"),
    Column("reach", "count", "Reach", "Couverture", ("Portée",)),
    Column("frequency", "number", "Frequency", "Répétition", ("Fréquence",)),
    Column("views", "count", "Views", None, ("Vues",)),
    Column("clicks", "count", "Clicks (all)", "Clics (tous)"),
    Column(
        "link_clicks",
        "count",
        "Link clicks",
        "Clics sur un lien",
        ("Clics sur le lien", "Clics sur lien"),
    ),
    Column(
        "unique_link_clicks",
        "count",
        "Unique link clicks",
        "Clics uniques sur un lien",
        ("Clics uniques sur le lien",),
    ),
    Column("outbound_clicks", "count", "Outbound clicks", None, ("Clics sortants",)),
    Column(
        "landing_page_views",
        "count",
        "Landing page views",
        "Vues de page de destination",
        ("Vues de la page de destination",),
    ),
    Column("click_through_rate", "share", "CTR (all)", "CTR (tous)"),
    Column(
        "link_click_through_rate",
        "share",
        "CTR (link click-through rate)",
        "CTR (taux de clics sur le lien)",
        ("CTR (taux de clics sur un lien)",),
    ),
    Column(
        "cpm_{currency}",
        "number",
        "CPM (cost per 1,000 impressions) ({currency})",
        "CPM (Coût pour 1 000 impressions) ({currency})",
        ("CPM ({currency})", "CPM (coût pour 1000 impressions) ({currency})"),
    ),
    Column(
        "cpm",
        "number",
        "CPM (cost per 1,000 impressions)",
        "CPM (Coût pour 1 000 impressions)",
        ("CPM",),
    ),
    Column("cpc_{currency}", "number", "CPC (all) ({currency})", "CPC (tous) ({currency})"),
    Column("cpc", "number", "CPC (all)", "CPC (tous)"),
    Column(
        "cost_per_link_click_{currency}",
        "number",
        "CPC (cost per link click) ({currency})",
        "CPC (coût par clic sur un lien) ({currency})",
        ("CPC (coût par clic sur le lien) ({currency})",),
    ),
    Column(
        "cost_per_link_click",
        "number",
        "CPC (cost per link click)",
        "CPC (coût par clic sur un lien)",
        ("CPC (coût par clic sur le lien)",),
    ),
    Column(
        "cost_per_result_{currency}",
        "number",
        "Cost per result ({currency})",
        "Coût par résultat ({currency})",
        ("Cost per results ({currency})",),
    ),
    Column(
        "cost_per_result", "number", "Cost per result", "Coût par résultat", ("Cost per results",)
    ),
    Column(
        "cost_per_thruplay_{currency}",
        "number",
        "Cost per ThruPlay ({currency})",
        "Coût par ThruPlay ({currency})",
    ),
    Column(
        "cost_per_interaction_{currency}",
        "number",
        "Cost per post engagement ({currency})",
        "Coût par interaction avec une publication ({currency})",
        ("Coût par interaction avec la publication ({currency})",),
    ),
    Column(
        "cost_per_landing_page_view_{currency}",
        "number",
        "Cost per landing page view ({currency})",
        "Coût par vue de page de destination ({currency})",
    ),
    Column(
        "cost_per_purchase_{currency}",
        "number",
        "Cost per purchase ({currency})",
        "Coût par achat ({currency})",
    ),
    Column(
        "cost_per_lead_{currency}",
        "number",
        "Cost per lead ({currency})",
        "Coût par prospect ({currency})",
    ),
    Column(
        "interactions",
        "count",
        "Post engagements",
        "Interactions avec la publication",
        ("Post engagement", "Interactions avec les publications"),
    ),
    Column("reactions", "count", "Post reactions", "Réactions à une publication"),
    Column("comments", "count", "Post comments", "Commentaires sur la publication"),
    Column("shares", "count", "Post shares", "Partages de publications"),
    Column("saves", "count", "Post saves", None, ("Enregistrements de publications",)),
    Column("page_likes", "count", "Facebook likes", "J’aime sur Facebook", ("Page likes",)),
    Column("follows", "count", "Instagram follows", "Followers sur Instagram"),
    Column("profile_visits", "count", "Instagram profile visits", "Visites du profil Instagram"),
    Column(
        "messaging_conversations",
        "count",
        "Messaging conversations started",
        "Conversations par messages démarrées",
    ),
    Column(
        "video_views_2s",
        "count",
        "2-second continuous video plays",
        None,
        ("Lectures continues de vidéo de 2 secondes", "Lectures de vidéo continues de 2 secondes"),
    ),
    Column("video_views_3s", "count", "3-second video plays", "Lectures de vidéo de 3 secondes"),
    Column("thruplays", "count", "ThruPlays", "ThruPlays", ("ThruPlay",)),
    Column("plays", "count", "Video plays", None, ("Lectures de vidéo",)),
    *(
        Column(
            name,
            "count",
            f"Video plays at {quarter}%",
            None,
            (
                f"Lectures de vidéo à {quarter} %",
                f"Lectures de vidéo à {quarter}%",
                f"Lectures de vidéo jusqu’à {quarter} %",
            ),
        )
        for name, quarter in (
            ("video_views_25", 25),
            ("video_views_50", 50),
            ("video_views_75", 75),
            ("video_views_95", 95),
            ("completed_views", 100),
        )
    ),
    Column(
        "average_view_duration_s",
        "seconds",
        "Video average play time",
        None,
        ("Durée moyenne de lecture de la vidéo", "Durée de lecture moyenne de la vidéo"),
    ),
    Column(
        "purchases",
        "count",
        "Purchases",
        "Achats",
        ("Website purchases", "Achats sur le site web"),
    ),
    Column("leads", "count", "Leads", "Prospects"),
    Column("registrations", "count", "Registrations completed", "Inscriptions terminées"),
    Column("adds_to_cart", "count", "Adds to cart", "Ajouts au panier"),
    Column("checkouts", "count", "Checkouts initiated", "Paiements initiés"),
    Column("content_views", "count", "Content views", "Vues de contenu"),
    Column(
        "conversion_value",
        "number",
        "Purchases conversion value",
        None,
        ("Purchase conversion value", "Valeur de conversion des achats"),
    ),
    Column(
        "conversion_value_{currency}",
        "number",
        "Purchases conversion value ({currency})",
        None,
        ("Valeur de conversion des achats ({currency})",),
    ),
    Column(
        "roas",
        "number",
        "Purchase ROAS (return on ad spend)",
        "ROAS (retour sur les dépenses publicitaires) des achats",
        ("Purchase ROAS", "Retour sur les dépenses publicitaires (ROAS) des achats"),
    ),
)
"""Headers of Meta Ads Manager, of which users pick a few dozen."""

META_ADS = Platform(
    name="Meta Ads",
    columns=ADS_COLUMNS,
    shapes=(
        Shape(
            "ads",
            _("publicités"),
            (
                ("campaign_name", "ad_set_name", "ad_name"),
                (
                    "cost_{currency}",
                    "cost",
                    "period_start",
                    "result_type",
                    "clicks",
                    "link_clicks",
                    "thruplays",
                ),
            ),
        ),
        Shape(
            "account",
            _("compte publicitaire"),
            (("period_start", "date"), ("cost_{currency}", "cost")),
        ),
    ),
    keys=("campaign_name", "ad_set_name", "ad_name"),
    described=(
        "campaign_name",
        "ad_set_name",
        "ad_name",
        "period_start",
        "period_end",
        "date",
        "age",
        "gender",
        "country",
        "result_type",
    ),
    how_to=_(
        "Pour refaire l’export : dans le Gestionnaire de publicités de Meta, choisissez la "
        "période et les colonnes, puis « Rapports » et « Exporter les données du tableau » (le "
        "nom des menus change souvent). Donnez ici le fichier .csv ou .xlsx obtenu."
    ),
    id="",
    summed="impressions",
)
