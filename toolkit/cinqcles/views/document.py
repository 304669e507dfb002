"""A strategy as a document that one hands to a manager: a page of HTML, or a PDF.

Idea
----
Both come from one template (``templates/document.html``), so what is read on screen is what is
printed. A draft is a document too: what is not written yet says « à compléter », and what
``Strategy.review`` still finds is listed at the end.

Everything a learner wrote is text: the template escapes it, and the PDF's renderer is given no
means to fetch anything. The PDF carries its own typeface (Source Sans 3, in ``fonts/``), so that it
looks the same wherever it was made; the HTML, a light file, prefers it where it is installed.

The renderer, PlutoPrint, is one wheel without anything to install beside it, on Linux (x86-64),
Windows and macOS (Apple silicon). Elsewhere `to_pdf` says how to print the HTML instead.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cinqcles.errors import CinqclesError
from cinqcles.keys.coherence import Opening
from cinqcles.messages import LANGUAGE, _, day, euros, ngettext, number
from cinqcles.strategy import KEYS, Channel, Finding, ObjectiveDraft, Strategy
from cinqcles.views.pictures import BLUE, GREY, INK, ORANGE, Picture, shortened

_FONTS = resources.files("cinqcles.views") / "fonts"
_NONE = "–"  # nothing, and nothing is missing
_NOWHERE = "file:///strategie.html"  # what links within the page are relative to
_SHORT = 10  # rows: a table of that many is kept in one piece
_MOST_BARS = 20
_LONGEST_LABEL = 34


@dataclass(frozen=True)
class Table:
    """Rows of cells, each a text or several, empty while it is not written.

    Attributes
    ----------
    caption, heads : what it shows, and the name of each column
    rows : a row a line; its first cell names the line
    numbers : the columns whose cells are numbers, set to the right
    empty : what to say instead of a table without rows
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str | tuple[str, ...], ...], ...]
    numbers: frozenset[int] = frozenset()
    empty: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the document.

    Attributes
    ----------
    anchor : its id
    title, lead : its heading and the sentence that says what it answers
    parts : tables, pictures, lists of findings, in order
    fresh : whether it starts on a page of its own
    """

    anchor: str
    title: str
    lead: str
    parts: tuple[Any, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Findings:
    """What is left to mend about one key, blocking first."""

    title: str
    findings: tuple[Finding, ...]


def to_html(strategy: Strategy, today: date, notice: str = "", *, reviewed: bool = True) -> str:
    """The strategy as one page of HTML that needs nothing beside it.

    Parameters
    ----------
    strategy : Strategy, finished or not
    today : date, the document's, and that of the review it ends with
    notice : a sentence for the cover: that the data are synthetic, for instance
    reviewed : whether it says how far the strategy is, on the cover and in an annex

    Raises
    ------
    MetricError
        If ``today`` is not a date.
    """
    found = strategy.review(today)
    blocking = sum(each.severity == "blocking" for each in found)
    page: str = _template().render(
        language=LANGUAGE,
        strategy=strategy,
        title=_("Stratégie de réseaux sociaux"),
        facts=[
            (_("Entreprise"), strategy.company),
            (_("Établie par"), strategy.author),
            (_("Le"), day(today)),
        ],
        state=_state(blocking, len(found) - blocking) if reviewed else "",
        ready=not blocking,
        notice=notice,
        figures=_figures(strategy),
        sections=[
            *(
                replace(each, title=f"{n}. {each.title}", fresh=n == 1 or _is_long(each))
                for n, each in enumerate(_sections(strategy), 1)
            ),
            *([_annex(found)] if reviewed else []),
        ],
        contents=_("Sommaire"),
        most_rows=_SHORT,
        todo=_("à compléter"),
        severities={"blocking": _("À régler :"), "advice": _("Conseil :")},
    )
    return page


def to_pdf(strategy: Strategy, today: date, notice: str = "") -> bytes:
    """The same document as a PDF, on A4 pages.

    Parameters and ``Raises`` are those of `to_html`; moreover:

    Raises
    ------
    CinqclesError
        If there is no renderer for this machine, or it fails.
    """
    try:
        import plutoprint  # noqa: PLC0415 - a native library, loaded once it is used
    except ImportError as error:
        raise CinqclesError(
            _(
                "Cette machine ne sait pas préparer de PDF. Téléchargez la page HTML, ouvrez-la "
                "dans votre navigateur, puis imprimez-la en choisissant « Enregistrer au "
                "format PDF »."
            )
        ) from error

    # The typeface has no narrow no-break space; the other one is as unbreakable.
    page = to_html(strategy, today, notice).replace("\u202f", "\u00a0")
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4)
    book.custom_resource_fetcher = _only_data(plutoprint)
    stream = io.BytesIO()
    try:
        book.load_html(page, user_style=_typeface(), base_url=_NOWHERE)
        for kind, value in (
            (plutoprint.PDF_METADATA_TITLE, _title(strategy)),
            (plutoprint.PDF_METADATA_AUTHOR, strategy.author),
        ):
            book.set_metadata(kind, value)
        book.write_to_pdf_stream(stream)
    except plutoprint.Error as error:
        raise CinqclesError(
            _(
                "Le PDF n’a pas pu être préparé ({why}). Téléchargez la page HTML : tout y est, et "
                "votre navigateur sait l’imprimer."
            ).format(why=error)
        ) from error
    return stream.getvalue()


def _title(strategy: Strategy) -> str:
    title = _("Stratégie de réseaux sociaux")
    return f"{title} – {strategy.company}" if strategy.company else title


def _only_data(plutoprint: Any) -> Any:
    """What gives the renderer nothing but what stands in the page itself."""
    default = plutoprint.default_resource_fetcher

    class OnlyData(plutoprint.ResourceFetcher):  # type: ignore[misc]
        def fetch_url(self, url: str) -> Any:
            if not url.startswith("data:"):
                raise ValueError(url)
            return default.fetch_url(url)

    return OnlyData()


@cache
def _typeface() -> str:
    rules = []
    for file in ("400-normal", "400-italic", "600-normal"):
        weight, style = file.split("-")
        content = base64.b64encode((_FONTS / f"source-sans-3-{file}.ttf").read_bytes()).decode()
        rules.append(
            f"@font-face {{font-family: 'Source Sans 3'; font-weight: {weight}; "
            f"font-style: {style}; src: url(data:font/ttf;base64,{content})}}"
        )
    return "\n".join(rules)


def environment(**options: Any) -> Environment:
    """How this toolkit's pages are made: what is said in them is escaped, nothing missing."""
    return Environment(
        loader=PackageLoader("cinqcles.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )


@cache
def _template() -> Any:
    made = environment()
    made.filters["source"] = _source
    made.filters["height"] = _height
    return made.get_template("document.html")


def _height(image: bytes, width: int = 640) -> int:
    """How high a picture is when it is that wide."""
    wide, high = re.findall(rb'(?:width|height)="([\d.]+)pt"', image)[:2]
    return round(width * float(high) / float(wide))


def _source(image: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(image).decode()}"


# ---------------------------------------------------------------------- the cover


def _state(blocking: int, advice: int) -> str:
    if blocking:
        return ngettext(
            "Version de travail : {n} point reste à régler (voir l’annexe).",
            "Version de travail : {n} points restent à régler (voir l’annexe).",
            blocking,
        ).format(n=blocking)
    if advice:
        return ngettext(
            "Version complète ; {n} conseil figure en annexe.",
            "Version complète ; {n} conseils figurent en annexe.",
            advice,
        ).format(n=advice)
    return _("Version complète.")


def _figures(strategy: Strategy) -> list[tuple[str, str]]:
    counted = (
        (len(strategy.objectives), _("objectif"), _("objectifs")),
        (len(strategy.audiences), _("audience"), _("audiences")),
        (len(strategy.channels), _("canal"), _("canaux")),
        (len(strategy.routes), _("sujet réparti"), _("sujets répartis")),
    )
    shown = [(number(n), ngettext(one, several, n)) for n, one, several in counted]
    budget = "" if strategy.budget_eur is None else euros(strategy.budget_eur)
    return [*shown, (budget, _("de budget"))]


# ---------------------------------------------------------------------- the sections


def _sections(strategy: Strategy) -> Iterator[Section]:
    yield Section(
        "objectifs",
        _("Nos objectifs"),
        _("Pourquoi nous sommes présents : ce qui doit changer, de combien, et pour quand."),
        (_objectives(strategy),),
    )
    yield Section(
        "audiences",
        _("À qui nous parlons"),
        _("Les personnes que nous voulons atteindre, et ce que nous savons d’elles."),
        (
            Table(
                _("Audiences"),
                (_("Audience"), _("Ce que nous en savons")),
                tuple((each.name, each.description) for each in strategy.audiences),
                empty=_("Aucune audience n’est encore décrite."),
            ),
        ),
    )
    yield Section(
        "organisation",
        _("Notre organisation"),
        _("Qui répond à quoi : chaque sujet a une équipe qui en rend compte, et une seule."),
        (_teams(strategy), _routes(strategy)),
    )
    yield Section(
        "canaux",
        _("Nos canaux et nos outils"),
        _("Où nous sommes, pour qui et pourquoi là plutôt qu’ailleurs."),
        (_channels(strategy), _tools(strategy)),
    )
    yield Section(
        "budget",
        _("Notre budget"),
        _("Assez pour compter là où nous sommes, plutôt qu’un peu partout."),
        (_budget(strategy), *([budget_picture(strategy)] if _spending(strategy) else [])),
    )
    yield Section(
        "mesure",
        _("Ce que nous mesurons"),
        _("Les chiffres qui diront si nous avançons, et la personne qui les relève."),
        (_indicators(strategy), _plan(strategy)),
    )


def _objectives(strategy: Strategy) -> Table:
    return Table(
        _("Objectifs"),
        (_("Objectif"), _("Indicateur"), _("Aujourd’hui"), _("Cible"), _("Échéance"),
         _("Responsable")),
        tuple(
            (
                (each.name, each.statement),
                each.indicator,
                _measure(each.baseline, each.unit),
                _measure(each.target, each.unit),
                _deadline(each),
                each.owner,
            )
            for each in strategy.objectives
        ),
        numbers=frozenset((2, 3)),
        empty=_("Aucun objectif n’est encore écrit."),
    )  # fmt: skip


def _measure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number(value, 6)}\u00a0{unit}".strip()


def _deadline(objective: ObjectiveDraft) -> str:
    if objective.deadline is None:
        return ""
    if objective.start is None:
        return f"{objective.deadline:%d/%m/%Y}"
    return _("du {start:%d/%m/%Y} au {deadline:%d/%m/%Y}").format(
        start=objective.start, deadline=objective.deadline
    )


def _teams(strategy: Strategy) -> Table:
    return Table(
        _("Équipes"),
        (_("Équipe"), _("Effectif"), _("Horaires"), _("Sujets qu’elle sait traiter")),
        tuple(
            (each.name, number(each.agents), hours(each.opening), _several(each.skills) or _NONE)
            for each in strategy.teams
        ),
        numbers=frozenset((1,)),
        empty=_("Aucune équipe n’est encore décrite."),
    )


def _routes(strategy: Strategy) -> Table:
    return Table(
        _("Qui répond à quoi"),
        (_("Sujet"), _("Équipe garante"), _("Répond"), _("Consultée"), _("Informée")),
        tuple(
            (
                each.subject,
                _several(each.accountable),
                _several(each.responsible),
                _several(each.consulted) or _NONE,
                _several(each.informed) or _NONE,
            )
            for each in strategy.routes
        ),
        empty=_("Aucun sujet n’est encore réparti."),
    )


def _channels(strategy: Strategy) -> Table:
    return Table(
        _("Canaux"),
        (_("Canal"), _("Audiences visées"), _("Objectifs servis"), _("Ouvre les messages"),
         _("Pourquoi ce canal")),
        tuple(
            (each.name, _several(each.audiences), _several(each.objectives), each.opened_by,
             each.reason)
            for each in strategy.channels
        ),
        empty=_("Aucun canal n’est encore choisi."),
    )  # fmt: skip


def _tools(strategy: Strategy) -> Table:
    return Table(
        _("Outils et formats"),
        (_("Outil"), _("Objectifs servis"), _("Pourquoi cet outil")),
        tuple((each.name, _several(each.objectives), each.reason) for each in strategy.tools),
        empty=_("Aucun outil particulier n’est prévu."),
    )


def _budget(strategy: Strategy) -> Table:
    rows = [
        (
            each.name,
            _amount(each.spend_eur),
            _NONE if each.spend_eur == 0 else _amount(each.minimum_viable_eur),
        )
        for each in strategy.channels
    ]
    if strategy.channels:
        rows.append((_("Total prévu"), euros(strategy.spent_eur), _NONE))
    if strategy.left_eur is not None:
        rows.append((_("Reste disponible"), euros(strategy.left_eur), _NONE))
    return Table(
        _("Dépense par canal"),
        (_("Canal"), _("Dépense prévue"), _("Minimum viable")),
        tuple(rows),
        numbers=frozenset((1, 2)),
        empty=_("Aucune dépense n’est encore prévue."),
    )


def _indicators(strategy: Strategy) -> Table:
    return Table(
        _("Indicateurs"),
        (_("Indicateur"), _("Ce qu’il montre"), _("Ce qu’il fait bouger")),
        tuple(
            (each.name, each.level.label if each.level else "", _several(each.feeds) or _NONE)
            for each in strategy.indicators
        ),
        empty=_("Aucun indicateur n’est encore choisi."),
    )


def _plan(strategy: Strategy) -> Table:
    return Table(
        _("Plan de mesure"),
        (_("Indicateur"), _("Où le lire"), _("Quand"), _("Qui le relève")),
        tuple(
            (each.indicator, each.source, each.frequency, each.owner)
            for each in strategy.measurements
        ),
        empty=_("Rien ne dit encore qui relève quoi."),
    )


def _annex(found: Sequence[Finding]) -> Section:
    # Blocking before advice; the review goes key by key already, and sorting keeps its order.
    ordered = sorted(found, key=lambda each: (each.key, each.severity == "advice"))
    return Section(
        "annexe",
        _("Annexe – Ce qui reste à régler"),
        _("Ce que trouve la relecture automatique du cours, clé par clé.")
        if found
        else _("La relecture automatique du cours ne trouve rien : tout se tient."),
        tuple(
            Findings(_("Clé {n} – {name}").format(n=key, name=KEYS[key]), tuple(group))
            for key, group in groupby(ordered, key=lambda each: each.key)
        ),
        fresh=bool(found),
    )


def _is_long(section: Section) -> bool:
    first = section.parts[0]
    return isinstance(first, Table) and len(first.rows) > _SHORT


def _several(names: Iterable[str]) -> str:
    return ", ".join(names)


def _amount(value: float | None) -> str:
    return "" if value is None else euros(value)


DAYS = (
    _("lundi"), _("mardi"), _("mercredi"), _("jeudi"), _("vendredi"), _("samedi"), _("dimanche"),
)  # fmt: skip


def hours(opening: Iterable[Opening]) -> tuple[str, ...]:
    r"""When a team works, a line for each set of hours.

    >>> from cinqcles.keys.coherence import weekly
    >>> hours(weekly(9, 12.5) + weekly(10, 12, [5]))
    ('lundi à vendredi\xa0: 9\xa0h\xa0–\xa012\xa0h\xa030', 'samedi\xa0: 10\xa0h\xa0–\xa012\xa0h')
    """
    by_hours: dict[tuple[float, float], list[int]] = {}
    for each in opening:
        by_hours.setdefault((each.opens_h, each.closes_h), []).append(each.weekday)
    return tuple(
        _("{days} : {opens} – {closes}").format(
            days=_week(sorted(set(days))), opens=_clock(opens), closes=_clock(closes)
        )
        for (opens, closes), days in sorted(by_hours.items(), key=lambda item: min(item[1]))
    )


def _week(days: list[int]) -> str:
    in_a_row = days == list(range(days[0], days[-1] + 1))
    if in_a_row and len(days) > 2:  # noqa: PLR2004 - two days are named, not joined
        return _("{first} à {last}").format(first=DAYS[days[0]], last=DAYS[days[-1]])
    return ", ".join(DAYS[each] for each in days)


def _clock(hour: float) -> str:
    whole, minutes = divmod(round(hour * 60), 60)
    return _("{h} h {m:02d}").format(h=whole, m=minutes) if minutes else f"{whole}\u00a0h"


# ---------------------------------------------------------------------- the budget, drawn


def _spending(strategy: Strategy) -> list[Channel]:
    return [each for each in strategy.channels if each.spend_eur][:_MOST_BARS]


def budget_picture(strategy: Strategy) -> Picture:
    """What each channel receives, beside the least that would be felt there.

    Parameters
    ----------
    strategy : Strategy, with at least one channel that costs something; the first 20 are drawn
    """
    drawn = _spending(strategy)
    labels = [shortened(each.name or _("sans nom"), _LONGEST_LABEL) for each in drawn]
    typeface = FontProperties(fname=str(_FONTS / "source-sans-3-400-normal.ttf"), size=11)
    height = 0.9 + 0.36 * len(drawn)
    figure = Figure(figsize=(6.7, height))
    canvas: Any = FigureCanvasSVG(figure)
    axes = figure.add_axes((0.3, 0.42 / height, 0.56, 1 - 0.9 / height))
    rows = range(len(drawn))
    spends = [each.spend_eur or 0 for each in drawn]
    axes.barh(rows, spends, height=0.56, color=BLUE)
    axes.set_xlim(0, 1.08 * max([*spends, *(each.minimum_viable_eur or 0 for each in drawn)]))
    for row, each in enumerate(drawn):
        if each.minimum_viable_eur:
            axes.vlines(
                each.minimum_viable_eur, row - 0.42, row + 0.42, color=ORANGE, linewidth=2.6
            )
        axes.text(
            1.02, row, _amount(each.spend_eur), transform=axes.get_yaxis_transform(),
            va="center", fontproperties=typeface, color=INK,
        )  # fmt: skip
    axes.set_yticks(rows, labels, fontproperties=typeface, color=INK)
    axes.set_ylim(len(drawn) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _at: euros(value)))
    for label in axes.get_xticklabels():
        label.set(fontproperties=typeface, color=INK)
    axes.tick_params(length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(GREY)
    axes.legend(
        handles=[
            Patch(color=BLUE, label=_("dépense prévue")),
            Patch(color=ORANGE, label=_("minimum pour produire un effet")),
        ],
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, prop=typeface,
        borderaxespad=0.2, handlelength=1, handleheight=0.8,
    )  # fmt: skip
    buffer = io.BytesIO()
    canvas.print_svg(buffer, metadata={"Date": None})
    image = buffer.getvalue()
    return Picture(image[image.index(b"<svg") :], _tell_budget(strategy, drawn))


def _tell_budget(strategy: Strategy, drawn: Sequence[Channel]) -> str:
    told = _("Dépense prévue : {channels}.").format(
        channels="\u00a0; ".join(
            f"{each.name or _('sans nom')} {_amount(each.spend_eur)}" for each in drawn
        )
    )
    below = [
        each.name or _("sans nom")
        for each in drawn
        if each.minimum_viable_eur and (each.spend_eur or 0) < each.minimum_viable_eur
    ]
    if below:
        told += " " + _("Sous le minimum qui produit un effet : {channels}.").format(
            channels=", ".join(below)
        )
    if strategy.left_eur is not None and strategy.left_eur >= 0:
        told += " " + _("Reste disponible : {left}.").format(left=euros(strategy.left_eur))
    elif strategy.left_eur is not None:
        told += " " + _("Budget dépassé de {over}.").format(over=euros(-strategy.left_eur))
    return told
