"""How a platform is described, and the one vocabulary all of them are read into.

A platform is data: its columns with the headers they are known by (`Column`), the kinds of file
it gives (`Shape`), and how it writes dates and totals (`Platform`). `SCHEMA` gives every column
name a reader may produce, with its unit and meaning: the same notion has the same name on every
platform, and two notions never share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cinqcles.messages import _

Kind = Literal[
    "id", "text", "date", "milliseconds", "seconds", "hours", "share", "fraction", "count", "number"
]

Order = Literal["dmy", "mdy"]


@dataclass(frozen=True)
class Column:
    """One column of a platform: the name it takes here and the headers it is known by.

    Parameters
    ----------
    name : one of `SCHEMA`; ``{currency}`` in it is a three-letter code, in lower case, read
        where ``{currency}`` stands in the header
    kind : how its cells read. ``id`` and ``text`` stay text; ``date`` becomes a day; ``seconds``
        reads ``H:MM:SS``, ``1h 2m 3s`` or a number of seconds; ``milliseconds`` and ``hours`` are
        converted to seconds; ``share`` is a percentage converted to a share, with or without its
        sign (42 and 42 % are 0.42); ``fraction`` is a share already (0.42, but 42 % is 0.42 too);
        ``count`` is a whole number, possibly negative; ``number`` anything else
    en, fr : headers in each language; ``fr=None``: not known. Case, accents, kinds of spaces and
        of apostrophes do not matter
    also : other headers met
    pattern : regular expression tried on a normalised header (no accent, lower case) once no
        exact match was found
    private : a person's words or name, or what leads to them: left out unless asked for
    """

    name: str
    kind: Kind
    en: str
    fr: str | None = None
    also: tuple[str, ...] = ()
    pattern: str | None = None
    private: bool = False


@dataclass(frozen=True)
class Shape:
    """One kind of file a platform gives, told by the columns it holds.

    Parameters
    ----------
    name : what ``table=`` takes; two shapes of a platform with one name are two rules for it
    label : what it is, in French ("tableau par vidéo")
    needs : in each group, one column at least is present
    without : none of these is
    strict : every column of the file is known (for files too plain to be told otherwise)
    stacked : made of blocks (see `Platform.stacked`), and what such files alone may be
    totalled : the platform puts a total row in these files, so that its absence is worth telling
    """

    name: str
    label: str
    needs: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    strict: bool = False
    stacked: bool = False
    totalled: bool = False


@dataclass(frozen=True, eq=False)
class Platform:
    """What is needed to read a platform's files.

    Parameters
    ----------
    name : as the learner knows it
    columns, shapes : shapes come in order of preference
    keys : the columns that say what a row is about. A total row is told by the first of them
        that is not blank on it
    described : columns that are not measures either: a file with nothing else is no export
    how_to : how to export the file again, in French
    id : the column that holds the identifier of a row, when rows have one
    id_pattern : what a whole identifier looks like
    summed : the count compared with the platform's own total, if any
    totals : regular expression of a total row's label, normalised as headers are
    dates_en, dates_fr : order of ``03/04/2024`` in a file with English or French headers; None:
        such dates are left unread, never guessed
    yearless : dates may have no year (``August 31``)
    whole_period : what stands in a date cell for "the whole period", normalised (``lifetime``)
    stacked : header of the value column in files made of blocks ``title``, ``Date,Primary``,
        rows: the title, which must be a known header, then names the value
    """

    name: str
    columns: tuple[Column, ...]
    shapes: tuple[Shape, ...]
    keys: tuple[str, ...]
    described: tuple[str, ...]
    how_to: str
    id: str = "post_id"
    id_pattern: str = r"\d+"
    summed: str | None = None
    totals: str = r"(grand )?tota(l|ux)"
    dates_en: Order | None = None
    dates_fr: Order | None = None
    yearless: bool = False
    whole_period: tuple[str, ...] = ()
    stacked: str | None = None


Standing = Literal["", "input", "activity", "output", "out-take", "outcome", "impact", "varies"]


class Field(NamedTuple):
    """A column of the tidy schema: the unit of its values, what they count, and what that shows.

    ``level``: where the measure stands in the chain of effects, by the names of
    `cinqcles.keys.purpose.Level`. A ratio and a cost per something stand where that something
    does. ``varies``: it depends on what the account counts. Empty: the column says what a row is
    about, and measures nothing.
    """

    unit: str
    meaning: str
    level: Standing = ""


_NONE = _("sans unité")

SCHEMA: Mapping[str, Field] = {
    # What a row is about.
    "post_id": Field(_NONE, _("identifiant de la publication, gardé comme texte")),
    "video_id": Field(_NONE, _("identifiant de la vidéo (YouTube), gardé comme texte")),
    "page_id": Field(_NONE, _("identifiant de la Page Facebook")),
    "account_id": Field(_NONE, _("identifiant du compte")),
    "account_name": Field(_NONE, _("nom du compte ou de la Page")),
    "account_handle": Field(_NONE, _("nom de profil du compte")),
    "author": Field(_NONE, _("personne qui a publié")),
    "published_on": Field(_("jour"), _("jour de publication")),
    "date": Field(_("jour"), _("jour que les chiffres de la ligne décrivent")),
    "hour": Field(_("heure"), _("heure du jour, de 0 à 23")),
    "period_start": Field(_("jour"), _("premier jour de la période que la ligne décrit")),
    "period_end": Field(_("jour"), _("dernier jour de cette période")),
    "title": Field(_NONE, _("titre")),
    "text": Field(_NONE, _("texte de la publication")),
    "url": Field(_NONE, _("lien vers la publication")),
    "format": Field(_NONE, _("type de publication, dans les mots de la plateforme")),
    "delivery": Field(_NONE, _("publication organique ou sponsorisée")),
    "is_crosspost": Field(_NONE, _("1 si la publication vient d’une autre Page")),
    "is_share": Field(_NONE, _("1 si la publication en partage une autre")),
    "duration_s": Field(_("secondes"), _("durée de la vidéo")),
    "position_share": Field(_("part"), _("position dans la vidéo, de 0 (début) à 1 (fin)")),
    "campaign_name": Field(_NONE, _("nom de la campagne")),
    "campaign_type": Field(_NONE, _("type de campagne")),
    "ad_set_name": Field(_NONE, _("nom de l’ensemble de publicités")),
    "ad_group_name": Field(_NONE, _("nom du groupe d’annonces")),
    "ad_name": Field(_NONE, _("nom de la publicité")),
    "keyword": Field(_NONE, _("mot clé acheté")),
    "search_term": Field(_NONE, _("mots tapés dans le moteur de recherche")),
    "status": Field(_NONE, _("état (activé, en veille…)")),
    "currency_code": Field(_NONE, _("monnaie des montants sans monnaie dans leur nom")),
    "result_type": Field(_NONE, _("action que la plateforme compte comme un résultat")),
    "age": Field(_NONE, _("tranche d’âge")),
    "gender": Field(_NONE, _("genre")),
    "country": Field(_NONE, _("pays ou territoire")),
    "city": Field(_NONE, _("ville ou région")),
    "device": Field(_NONE, _("type d’appareil")),
    "job_function": Field(_NONE, _("fonction professionnelle")),
    "seniority": Field(_NONE, _("niveau hiérarchique")),
    "industry": Field(_NONE, _("secteur d’activité")),
    "company_size": Field(_NONE, _("taille de l’entreprise")),
    "page_path": Field(_NONE, _("adresse de la page du site")),
    "page_title": Field(_NONE, _("titre de la page du site")),
    "landing_page": Field(_NONE, _("première page de la session")),
    "channel": Field(_NONE, _("canal d’où vient la session")),
    "source_medium": Field(_NONE, _("source et support d’où vient la session")),
    "source": Field(_NONE, _("source d’où vient la session")),
    "medium": Field(_NONE, _("support d’où vient la session")),
    "first_user_channel": Field(_NONE, _("canal de la toute première visite de l’utilisateur")),
    "first_user_source_medium": Field(_NONE, _("source et support de cette première visite")),
    "event_name": Field(_NONE, _("nom de l’événement")),
    "label": Field(_NONE, _("ce que la ligne décrit (page, site d’origine, pays…)")),
    # Seen.
    "views": Field(_("vues"), _("vues, au sens que leur donne la plateforme"), "output"),
    "views_organic": Field(_("vues"), _("vues sans publicité"), "output"),
    "views_paid": Field(_("vues"), _("vues obtenues par la publicité"), "output"),
    "video_views": Field(_("vues"), _("vues de vidéo, comptées à part des affichages"), "output"),
    "video_views_2s": Field(_("vues"), _("lectures continues d’au moins 2 secondes"), "output"),
    "video_views_3s": Field(_("vues"), _("lectures d’au moins 3 secondes"), "output"),
    "video_views_1min": Field(_("vues"), _("lectures d’au moins une minute"), "out-take"),
    "video_views_25": Field(_("vues"), _("lectures qui atteignent 25 % de la vidéo"), "out-take"),
    "video_views_50": Field(_("vues"), _("lectures qui atteignent 50 % de la vidéo"), "out-take"),
    "video_views_75": Field(_("vues"), _("lectures qui atteignent 75 % de la vidéo"), "out-take"),
    "video_views_95": Field(_("vues"), _("lectures qui atteignent 95 % de la vidéo"), "out-take"),
    "completed_views": Field(
        _("vues"), _("lectures qui atteignent la fin de la vidéo"), "out-take"
    ),
    "thruplays": Field(
        _("vues"), _("ThruPlays : lectures complètes ou d’au moins 15 secondes"), "out-take"
    ),
    "plays": Field(_("lectures"), _("démarrages de la vidéo"), "output"),
    "media_views": Field(_("vues"), _("vues des images et vidéos jointes"), "output"),
    "offsite_views": Field(_("vues"), _("vues de la vidéo hors de la plateforme"), "output"),
    "page_views": Field(_("pages vues"), _("pages vues, répétitions comprises"), "out-take"),
    "page_views_desktop": Field(_("pages vues"), _("pages vues sur ordinateur"), "out-take"),
    "page_views_mobile": Field(_("pages vues"), _("pages vues sur mobile"), "out-take"),
    "unique_page_views": Field(
        _("visites"), _("visites où la page a été vue, une fois par visite"), "out-take"
    ),
    "engaged_views": Field(_("vues"), _("vues intentionnelles (YouTube)"), "out-take"),
    "premium_views": Field(_("vues"), _("vues d’abonnés à YouTube Premium"), "output"),
    "impressions": Field(_("affichages"), _("affichages à l’écran"), "output"),
    "impressions_organic": Field(_("affichages"), _("affichages sans publicité"), "output"),
    "impressions_paid": Field(_("affichages"), _("affichages obtenus par la publicité"), "output"),
    "reach": Field(_("personnes"), _("personnes différentes touchées"), "output"),
    "reach_organic": Field(_("personnes"), _("personnes touchées sans publicité"), "output"),
    "reach_paid": Field(_("personnes"), _("personnes touchées par la publicité"), "output"),
    "frequency": Field(
        _("affichages par personne"), _("affichages divisés par la couverture"), "output"
    ),
    "unique_viewers": Field(_("personnes"), _("spectateurs différents"), "output"),
    "new_viewers": Field(_("personnes"), _("spectateurs nouveaux sur la période"), "output"),
    "returning_viewers": Field(_("personnes"), _("spectateurs déjà venus"), "out-take"),
    "casual_viewers": Field(_("personnes"), _("spectateurs occasionnels"), "output"),
    "regular_viewers": Field(_("personnes"), _("spectateurs réguliers"), "out-take"),
    "average_views_per_viewer": Field(_("vues par personne"), _("vues par spectateur"), "out-take"),
    "shown_in_feed": Field(_("affichages"), _("affichages dans le fil des Shorts"), "output"),
    "visitors": Field(
        _("personnes"),
        _("visiteurs différents (ne s’additionnent pas d’un jour à l’autre)"),
        "out-take",
    ),
    "visitors_desktop": Field(_("personnes"), _("visiteurs différents sur ordinateur"), "out-take"),
    "visitors_mobile": Field(_("personnes"), _("visiteurs différents sur mobile"), "out-take"),
    "active_users": Field(
        _("personnes"), _("utilisateurs actifs (ne s’additionnent pas)"), "out-take"
    ),
    "new_users": Field(_("personnes"), _("utilisateurs venus pour la première fois"), "out-take"),
    "returning_users": Field(_("personnes"), _("utilisateurs déjà venus"), "out-take"),
    "total_users": Field(_("personnes"), _("utilisateurs, actifs ou non"), "out-take"),
    "visits": Field(_("visites"), _("visites du site (Matomo)"), "out-take"),
    "sessions": Field(_("sessions"), _("sessions sur le site (GA4)"), "out-take"),
    "engaged_sessions": Field(
        _("sessions"),
        _("sessions de plus de 10 secondes, de deux pages ou avec événement clé"),
        "out-take",
    ),
    "entrances": Field(_("visites"), _("visites commencées par cette page"), "out-take"),
    "exits": Field(_("visites"), _("visites terminées sur cette page"), "out-take"),
    "bounces": Field(_("visites"), _("visites d’une seule page"), "out-take"),
    "bounce_rate": Field(
        _("part"), _("part des visites sans suite, au sens de l’outil"), "out-take"
    ),
    "exit_rate": Field(
        _("part"), _("sorties divisées par les vues uniques de la page"), "out-take"
    ),
    "engaged_session_share": Field(
        _("part"), _("sessions avec engagement divisées par sessions"), "out-take"
    ),
    "views_per_user": Field(
        _("vues par personne"), _("pages vues par utilisateur actif"), "out-take"
    ),
    "engaged_sessions_per_user": Field(
        _("sessions par personne"), _("sessions avec engagement par utilisateur actif"), "out-take"
    ),
    "events_per_user": Field(
        _("événements par personne"), _("événements par utilisateur actif"), "varies"
    ),
    "events_per_session": Field(_("événements par session"), _("événements par session"), "varies"),
    "actions_per_visit": Field(_("actions par visite"), _("actions par visite"), "out-take"),
    # Watched.
    "watch_time_s": Field(_("secondes"), _("temps regardé, toutes vues ensemble"), "out-take"),
    "average_view_duration_s": Field(
        _("secondes par vue"), _("durée moyenne d’une vue"), "out-take"
    ),
    "completed_view_share": Field(
        _("part"), _("part des vues qui vont jusqu’à la fin"), "out-take"
    ),
    "viewed_25_share": Field(
        _("part"), _("part des vues qui atteignent 25 % de la vidéo"), "out-take"
    ),
    "viewed_50_share": Field(
        _("part"), _("part des vues qui atteignent 50 % de la vidéo"), "out-take"
    ),
    "viewed_75_share": Field(
        _("part"), _("part des vues qui atteignent 75 % de la vidéo"), "out-take"
    ),
    "view_rate": Field(_("part"), _("vues divisées par affichages"), "out-take"),
    "engagement_time_s": Field(_("secondes"), _("temps passé, page au premier plan"), "out-take"),
    "average_engagement_time_s": Field(
        _("secondes par personne"),
        _("temps moyen par utilisateur actif, page au premier plan"),
        "out-take",
    ),
    "average_engagement_time_per_session_s": Field(
        _("secondes par session"), _("le même temps, par session"), "out-take"
    ),
    "visit_time_s": Field(_("secondes"), _("temps passé, toutes visites ensemble"), "out-take"),
    "average_visit_duration_s": Field(
        _("secondes par visite"), _("durée moyenne d’une visite"), "out-take"
    ),
    "average_time_on_page_s": Field(
        _("secondes par vue"), _("temps moyen passé sur la page"), "out-take"
    ),
    "average_percentage_viewed": Field(
        _("part"),
        _("part de la vidéo regardée par vue ; dépasse 1, soit 100 %, si l’on revoit des passages"),
        "out-take",
    ),
    "stayed_to_watch": Field(
        _("part"), _("part des vues qui continuent après le début"), "out-take"
    ),
    "viewed_vs_swiped_away": Field(
        _("part"), _("part des Shorts affichés qui sont regardés"), "out-take"
    ),
    "audience_share": Field(
        _("part"),
        _("part des vues présentes à cette position ; dépasse 1, soit 100 %, avec les retours"),
        "out-take",
    ),
    "value": Field(_NONE, _("mesure nommée par le titre du fichier"), "varies"),
    # Done.
    "likes": Field(_("mentions"), _("mentions « J’aime »"), "out-take"),
    "dislikes": Field(_("mentions"), _("mentions « Je n’aime pas »"), "out-take"),
    "likes_vs_dislikes": Field(
        _("part"), _("part des « J’aime » parmi les deux mentions"), "out-take"
    ),
    "reactions": Field(
        _("réactions"), _("réactions de toute sorte, « J’aime » compris"), "out-take"
    ),
    "reactions_organic": Field(_("réactions"), _("réactions sans publicité"), "out-take"),
    "reactions_paid": Field(_("réactions"), _("réactions obtenues par la publicité"), "out-take"),
    "comments": Field(_("commentaires"), _("commentaires reçus"), "out-take"),
    "comments_organic": Field(_("commentaires"), _("commentaires sans publicité"), "out-take"),
    "comments_paid": Field(
        _("commentaires"), _("commentaires obtenus par la publicité"), "out-take"
    ),
    "replies": Field(_("réponses"), _("réponses privées à une story"), "out-take"),
    "shares": Field(_("partages"), _("partages"), "out-take"),
    "reposts": Field(
        _("republications"), _("republications auprès de ses propres abonnés"), "out-take"
    ),
    "reposts_organic": Field(_("republications"), _("republications sans publicité"), "out-take"),
    "reposts_paid": Field(
        _("republications"), _("republications obtenues par la publicité"), "out-take"
    ),
    "saves": Field(_("enregistrements"), _("enregistrements"), "out-take"),
    "interactions": Field(
        _("interactions"), _("somme d’interactions, telle que la plateforme la définit"), "out-take"
    ),
    "interactions_paid": Field(
        _("interactions"), _("interactions obtenues par la publicité"), "out-take"
    ),
    "interaction_rate": Field(_("part"), _("interactions divisées par affichages"), "out-take"),
    "engagement_rate_impressions": Field(
        _("part"), _("interactions divisées par affichages, selon la plateforme"), "out-take"
    ),
    "platform_engagement_rate": Field(
        _("part"),
        _("taux d’engagement de la plateforme, calcul non documenté : recalculez le vôtre"),
        "out-take",
    ),
    "platform_engagement_rate_organic": Field(_("part"), _("le même, sans publicité"), "out-take"),
    "platform_engagement_rate_paid": Field(_("part"), _("le même, pour la publicité"), "out-take"),
    "clicks": Field(_("clics"), _("clics de toute sorte"), "out-take"),
    "clicks_organic": Field(_("clics"), _("clics sans publicité"), "out-take"),
    "clicks_paid": Field(_("clics"), _("clics obtenus par la publicité"), "out-take"),
    "other_clicks": Field(
        _("clics"), _("clics ailleurs que sur un lien, une photo ou une vidéo"), "out-take"
    ),
    "photo_clicks": Field(_("clics"), _("clics sur une photo"), "out-take"),
    "hashtag_clicks": Field(_("clics"), _("clics sur un mot-dièse"), "out-take"),
    "permalink_clicks": Field(
        _("clics"), _("clics sur le lien permanent (X, sur ordinateur)"), "out-take"
    ),
    "profile_clicks": Field(
        _("clics"), _("clics sur le nom, la photo ou le profil de l’auteur"), "out-take"
    ),
    "detail_expands": Field(_("clics"), _("ouvertures du détail de la publication"), "out-take"),
    "outbound_clicks": Field(_("clics"), _("clics qui quittent la plateforme"), "out-take"),
    "sticker_taps": Field(_("appuis"), _("appuis sur un sticker de la story"), "out-take"),
    "navigation": Field(
        _("appuis"), _("passages d’une story à l’autre, retours et sorties"), "out-take"
    ),
    "link_clicks": Field(_("clics"), _("clics sur un lien"), "out-take"),
    "unique_link_clicks": Field(
        _("personnes"), _("personnes qui ont cliqué sur un lien"), "out-take"
    ),
    "link_click_through_rate": Field(_("part"), _("clics sur un lien par affichage"), "out-take"),
    "landing_page_views": Field(
        _("chargements"), _("chargements de la page de destination après un clic"), "out-take"
    ),
    "media_engagements": Field(
        _("interactions"), _("interactions avec les images et vidéos jointes"), "out-take"
    ),
    "negative_feedback": Field(_("signalements"), _("masquages et signalements"), "out-take"),
    "messaging_conversations": Field(
        _("conversations"), _("conversations par message commencées"), "outcome"
    ),
    "click_through_rate": Field(
        _("part"), _("clics (ou vues, sur YouTube) par affichage"), "out-take"
    ),
    # Followed.
    "followers": Field(_("personnes"), _("abonnés à ce jour"), "out-take"),
    "follows": Field(_("personnes"), _("abonnements gagnés"), "out-take"),
    "follows_organic": Field(_("personnes"), _("abonnements gagnés sans publicité"), "out-take"),
    "follows_paid": Field(_("personnes"), _("abonnements gagnés par la publicité"), "out-take"),
    "follows_invited": Field(_("personnes"), _("abonnements gagnés sur invitation"), "out-take"),
    "unfollows": Field(_("personnes"), _("abonnements perdus"), "out-take"),
    "net_follows": Field(_("personnes"), _("abonnements gagnés moins perdus"), "out-take"),
    "followers_share": Field(_("part"), _("part des abonnés dans ce groupe"), "out-take"),
    "active_followers": Field(_("personnes"), _("abonnés présents à cette heure"), "out-take"),
    "profile_visits": Field(_("visites"), _("visites du profil ou de la Page"), "out-take"),
    "page_likes": Field(_("mentions"), _("mentions « J’aime » de la Page"), "out-take"),
    "posts_published": Field(_("publications"), _("publications du jour"), "activity"),
    "subscribers": Field(_("personnes"), _("abonnés gagnés moins perdus (YouTube)"), "out-take"),
    "subscribers_gained": Field(_("personnes"), _("abonnés gagnés (YouTube)"), "out-take"),
    "subscribers_lost": Field(_("personnes"), _("abonnés perdus (YouTube)"), "out-take"),
    # Paid and earned.
    "cost_{currency}": Field(_("argent"), _("dépense, dans la monnaie du nom"), "input"),
    "cost": Field(_("argent"), _("dépense, dans la monnaie du compte"), "input"),
    "budget": Field(_("argent"), _("budget, dans la monnaie du compte"), "input"),
    "results": Field(_("résultats"), _("actions choisies comme objectif de la campagne"), "varies"),
    "cost_per_result": Field(
        _("argent"), _("coût par résultat, dans la monnaie du compte"), "varies"
    ),
    "cost_per_result_{currency}": Field(_("argent"), _("coût par résultat"), "varies"),
    "cpc": Field(_("argent"), _("coût par clic, dans la monnaie du compte"), "out-take"),
    "cpc_{currency}": Field(_("argent"), _("coût par clic"), "out-take"),
    "cost_per_link_click": Field(
        _("argent"), _("coût par clic sur un lien, dans la monnaie du compte"), "out-take"
    ),
    "cost_per_link_click_{currency}": Field(
        _("argent"), _("coût par clic sur un lien"), "out-take"
    ),
    "cost_per_thruplay_{currency}": Field(_("argent"), _("coût par ThruPlay"), "out-take"),
    "cost_per_interaction_{currency}": Field(
        _("argent"), _("coût par interaction avec la publication"), "out-take"
    ),
    "cost_per_landing_page_view_{currency}": Field(
        _("argent"), _("coût par page de destination chargée"), "out-take"
    ),
    "cost_per_purchase_{currency}": Field(_("argent"), _("coût par achat"), "impact"),
    "cost_per_lead_{currency}": Field(_("argent"), _("coût par prospect"), "outcome"),
    "cost_per_conversion": Field(
        _("argent"), _("coût par conversion, dans la monnaie du compte"), "outcome"
    ),
    "cost_per_interaction": Field(
        _("argent"), _("coût par interaction, dans la monnaie du compte"), "out-take"
    ),
    "cpv": Field(_("argent"), _("coût par vue, dans la monnaie du compte"), "output"),
    "cpm": Field(_("argent"), _("coût pour mille affichages, dans la monnaie du compte"), "output"),
    "roas": Field(_NONE, _("valeur des conversions divisée par la dépense"), "impact"),
    "conversions": Field(_("conversions"), _("actions voulues par l’annonceur"), "outcome"),
    "all_conversions": Field(
        _("conversions"), _("conversions, y compris celles que l’annonceur ne vise pas"), "outcome"
    ),
    "conversion_rate": Field(
        _("part"), _("conversions par clic (publicité) ou par visite (site)"), "outcome"
    ),
    "converting_visits": Field(_("visites"), _("visites avec au moins une conversion"), "outcome"),
    "conversion_value": Field(
        _("argent"), _("valeur des conversions, dans la monnaie du compte"), "impact"
    ),
    "conversion_value_{currency}": Field(_("argent"), _("valeur des conversions"), "impact"),
    "revenue": Field(_("argent"), _("revenu, dans la monnaie du compte"), "impact"),
    "purchases": Field(_("achats"), _("achats"), "impact"),
    "leads": Field(_("prospects"), _("prospects"), "outcome"),
    "registrations": Field(_("inscriptions"), _("inscriptions terminées"), "outcome"),
    "adds_to_cart": Field(_("ajouts"), _("ajouts au panier"), "outcome"),
    "checkouts": Field(_("paiements"), _("paiements commencés"), "outcome"),
    "content_views": Field(
        _("vues"), _("vues de fiche produit ou de contenu sur le site"), "out-take"
    ),
    "event_count": Field(_("événements"), _("événements de toute sorte sur le site"), "varies"),
    "key_events": Field(
        _("événements"), _("événements clés, ceux qui comptent pour l’entreprise"), "outcome"
    ),
    "key_event_rate": Field(_("part"), _("part des sessions avec un événement clé"), "outcome"),
    "actions": Field(
        _("actions"),
        _("pages vues, téléchargements, liens suivis et recherches (Matomo)"),
        "out-take",
    ),
    "max_actions": Field(_("actions"), _("actions de la visite la plus longue"), "out-take"),
    "revenue_{currency}": Field(_("argent"), _("revenu estimé, dans la monnaie du nom"), "impact"),
    "cpm_{currency}": Field(_("argent"), _("coût pour mille affichages"), "output"),
    "rpm_{currency}": Field(_("argent"), _("revenu pour mille vues"), "impact"),
}
"""Every column a reader may produce. A blank cell is missing, never zero."""


def field_of(column: str) -> Field:
    """What `SCHEMA` says of a column of a frame, whatever the currency in its name.

    Raises
    ------
    KeyError
        No reader gives such a column.

    Examples
    --------
    >>> field_of("cost_per_lead_eur").level
    'outcome'
    """
    return SCHEMA[column] if column in SCHEMA else SCHEMA[f"{column[:-3]}{{currency}}"]
