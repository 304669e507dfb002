"""Key 1 on screen: what was planned beside what is received, objectives, and what measures them.

Idea
----
- tables (`plan_table`, `inbox_table`, `letters`, `level_table`, `objective_card`, `problem_list`)
  and pictures (`plan_and_inbox`, `measures`, `indicator_tree`) are for one cell;
- `PurposeSimulator` lets the learner predict, move, explain: what goes unanswered, and whose it
  was, when purposes get room in the plan or somebody to answer for them;
- `OwnIndicators` tells what an export of the learner's measures, level by level, and what an
  objective they type still lacks.

Measures come from :mod:`cinqcles.keys.purpose`, levels from :mod:`cinqcles.data.schema`; this
module arranges and draws them. Pictures are SVG: they hold more words than lines.
"""

from __future__ import annotations

import os
import tempfile
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler
from traitlets import TraitError

from cinqcles.data import Export, Report, read_export, write_youtube_export
from cinqcles.data.schema import field_of
from cinqcles.keys import purpose
from cinqcles.keys.purpose import (
    NOBODY,
    Estimate,
    Indicator,
    IndicatorTree,
    Level,
    Mismatch,
    Objective,
    Problem,
    Projection,
)
from cinqcles.messages import _, ngettext, number, percent
from cinqcles.views.controls import action, tick_boxes
from cinqcles.views.own_data import OwnData
from cinqcles.views.pictures import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAPER,
    PURPLE,
    Picture,
    heading,
    paragraph,
    quoted,
    shortened,
    status,
    styled,
    svg,
    words,
)
from cinqcles.views.simulator import Simulator
from cinqcles.worksheet.questions import parse_date, parse_quantity

PLANNED, ANSWERED, UNANSWERED, NOW = PURPLE, GREEN, ORANGE, BLUE

# ---------------------------------------------------------------------- words and numbers


def _share(value: Any) -> str:
    return percent(value, 0)


def _count(value: float) -> str:
    return number(value, 0)


def _distance(value: float) -> str:
    return number(value, 2)


def _between(estimate: Estimate, show: Callable[[float], str]) -> str:
    return _("de {low} à {high}").format(low=show(estimate.low), high=show(estimate.high))


def _names(names: Iterable[str]) -> str:
    """« a », « b » et « c »."""
    *first, last = map(quoted, names)
    return _("{first} et {last}").format(first=", ".join(first), last=last) if first else last


# ---------------------------------------------------------------------- what is planned, what comes


def by_topic(messages: pd.DataFrame) -> pd.DataFrame:
    """The same messages, those without a planned purpose going by their subject.

    So that each subject nobody planned for has its own line; the distance to the plan is the same.
    """
    return messages.assign(purpose=messages["purpose"].fillna(messages["subject"]))


def _prose(table: pd.DataFrame, caption: str, most_rem: int) -> Styler:
    """A table of sentences, each cell so wide at most."""
    return styled(table, caption).set_table_styles(
        [
            {
                "selector": "td",
                "props": f"text-align: left; max-width: {most_rem}rem; white-space: normal",
            },
            {"selector": "th.col_heading", "props": "text-align: left"},
        ],
        overwrite=False,
    )


def plan_table(planned: pd.Series, caption: str = "") -> Styler:
    """What the accounts were opened for, and the share of the effort each purpose gets."""
    table = pd.DataFrame({_("Part de l’effort prévue"): planned})
    table.index.name = None
    return styled(table, caption).format(_share)


def inbox_table(found: Mismatch, caption: str = "", *, counted: bool = True) -> Styler:
    """What was planned and what came: a line a purpose, or a subject nobody planned for.

    ``counted``: with what was received and went unanswered; without, only whose it is.
    """
    heads: dict[str, tuple[str, Callable[[Any], str]]] = {
        "planned_share": (_("Part prévue de l’effort"), _share),
        "owner": (_("Équipe responsable"), str),
    }
    if counted:
        heads |= {
            "received_share": (_("Part des messages reçus"), _share),
            "messages": (_("Messages reçus"), _count),
            "unanswered": (_("Sans réponse"), _count),
            "unanswered_share": (_("Sans réponse, sur les reçus"), _share),
        }
    table = found.by_purpose[list(heads)].rename(columns={c: h for c, (h, _f) in heads.items()})
    return styled(table, caption).format(dict(heads.values()), na_rep="–")


def letters(messages: pd.DataFrame, caption: str = "") -> Styler:
    """Messages to read: day, channel, text, and the team that should answer."""
    table = pd.DataFrame(
        {
            _("Reçu le"): messages["received_at"].dt.strftime("%d/%m/%Y"),
            _("Canal"): messages["channel"],
            _("Message"): messages["text"].map(escape),
            _("Équipe responsable"): messages["owner"].fillna(NOBODY),
        }
    )
    return _prose(table, caption, 28).hide(axis="index")


_WIDTH_PX = 820
_EDGE_PX = 8  # of the paper, which shows on a dark page
_BARS_PX = (230, 325)  # where bars begin, and how long the longest is
_ROW_PX, _TOP_PX = 46, 38
_FEW_SHARES = 0.6  # what the axis shows, unless a share is larger

_HATCHES = (
    '<defs><pattern id="planned" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
    f'<line x1="0" y1="0" x2="0" y2="6" stroke="{PLANNED}" stroke-width="3"/></pattern>'
    '<pattern id="unanswered" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="#ffffff"/><circle cx="3" cy="3" r="2.3" '
    f'fill="{UNANSWERED}"/></pattern></defs>'
)


def _bar(at: tuple[float, float], size: tuple[float, float], fill: str, edge: str) -> str:
    (x, y), (width, height) = at, size
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0):.1f}" height="{height}" fill="{fill}" '
        f'stroke="{edge}"/>'
    )


def _draw_plan(found: Mismatch, unanswered: pd.Series) -> bytes:
    """Two bars a purpose: what the plan gives it, what it receives, answered or not."""
    table = found.by_purpose
    left, length = _BARS_PX
    shares = table[["planned_share", "received_share"]].to_numpy()
    scale = length / (_FEW_SHARES if shares.max() <= _FEW_SHARES else 1)
    parts = [_HATCHES]
    key = (
        ("url(#planned)", PLANNED, _("prévu par le plan")),
        (ANSWERED, ANSWERED, _("reçu, avec réponse")),
        ("url(#unanswered)", UNANSWERED, _("reçu, sans réponse")),
    )
    for place, (fill, edge, name) in enumerate(key):
        x = left + 190 * place
        parts.append(_bar((x, 9), (22, 13), fill, edge))
        parts.append(words(x + 29, 20, "start", name, INK))
    columns = (table.index, shares, table["messages"], unanswered, table["owner"])
    for place, (name, (planned, received), messages, lost, owner) in enumerate(
        zip(*columns, strict=True)
    ):
        y = _TOP_PX + _ROW_PX * place
        parts.append(words(_EDGE_PX, y + 15, "start", shortened(name, 30), INK, bold=True))
        parts.append(
            words(_EDGE_PX, y + 31, "start", ("⚠ " if owner == NOBODY else "") + _whose(owner), INK)
        )
        parts.append(_bar((left, y + 3), (planned * scale, 13), "url(#planned)", PLANNED))
        told = _("{share} prévus").format(share=_share(planned)) if planned else _("non prévu")
        parts.append(words(left + planned * scale + 7, y + 14, "start", told, PLANNED))
        if not messages:
            parts.append(words(left + 7, y + 33, "start", _("aucun message"), INK))
            continue
        kept = received * scale * (1 - lost / messages)
        parts.append(_bar((left, y + 21), (kept, 15), ANSWERED, ANSWERED))
        rest = (received * scale - kept, 15)
        parts.append(_bar((left + kept, y + 21), rest, "url(#unanswered)", UNANSWERED))
        told = _("{share} reçus, dont {lost} sur {n} sans réponse").format(
            share=_share(received), lost=_count(lost), n=_count(messages)
        )
        parts.append(words(left + received * scale + 7, y + 33, "start", told, INK))
    return svg(_WIDTH_PX, _TOP_PX + _ROW_PX * len(table), "".join(parts))


def _whose(owner: Any) -> str:
    if pd.isna(owner):
        return _("aucun message")
    if owner == NOBODY:
        return _("personne n’en répond")
    return _("répond : {team}").format(team=owner)


def _tell_plan(found: Mismatch, unanswered: pd.Series) -> str:
    table = found.by_purpose
    first, asked, lost = (
        str(column.idxmax()) for column in (table["planned_share"], table["messages"], unanswered)
    )
    told = [
        _(
            "Le plan donne le plus de place à {name} : {planned} de l’effort, {received} des "
            "messages."
        ).format(
            name=quoted(first),
            planned=_share(table["planned_share"][first]),
            received=_share(table["received_share"][first]),
        )
    ]
    if asked != first:
        told.append(
            _(
                "On écrit surtout pour {name} : {received} des messages, {planned} de l’effort."
            ).format(
                name=quoted(asked),
                received=_share(table["received_share"][asked]),
                planned=_share(table["planned_share"][asked]),
            )
        )
    told.append(
        _("Le plus de messages sans réponse : {name}, {lost} sur {n} ({whose}).").format(
            name=quoted(lost),
            lost=_count(unanswered[lost]),
            n=_count(table["messages"][lost]),
            whose=_whose(table["owner"][lost]),
        )
    )
    return " ".join(told)


def plan_and_inbox(found: Mismatch, projected: Projection | None = None) -> Picture:
    """What is planned for each purpose and what comes, answered or not, with whose it is.

    ``projected``: the answers to expect with more owners, shown instead of those observed.
    """
    unanswered = _unanswered(found, projected)
    return Picture(_draw_plan(found, unanswered), _tell_plan(found, unanswered))


def _unanswered(found: Mismatch, projected: Projection | None) -> pd.Series:
    if projected is None:
        return found.by_purpose["unanswered"]
    return projected.by_purpose["expected"].reindex(found.by_purpose.index, fill_value=0.0)


# ---------------------------------------------------------------------- the four measures

_MEASURE_PX = 40
_SCALE_PX = (262, 320)


@dataclass(frozen=True)
class Situation:
    """The measures of key 1 at one moment: as found, but for the answers expected if any are.

    Attributes
    ----------
    found : Mismatch
    projected : Projection or None
    """

    found: Mismatch
    projected: Projection | None = None

    @property
    def estimates(self) -> dict[str, Estimate]:
        unanswered = self.found.unanswered if self.projected is None else self.projected.unanswered
        return {
            "distance": self.found.distance,
            "unplanned": self.found.unplanned,
            "unowned": self.found.unowned,
            "unanswered": unanswered,
        }


_MEASURES: dict[str, tuple[str, str, Callable[[float], str]]] = {
    "distance": (
        _("Distance entre plan et messages"), _("0 : comme prévu ; 1 : rien de commun"), _distance,
    ),
    "unplanned": (_("Sans but prévu"), _("part des messages reçus"), _share),
    "unowned": (_("Sans responsable"), _("part des messages reçus"), _share),
    "unanswered": (_("Sans réponse"), _("part des messages reçus"), _share),
}  # fmt: skip


def _draw_measures(now: Situation, start: Situation | None) -> bytes:
    """A line a measure, from 0 to 1: where it started, where it is, and its interval."""
    left, length = _SCALE_PX
    bottom = 8 + _MEASURE_PX * len(_MEASURES)
    parts = []
    for tick in range(6):
        x = left + length * tick / 5
        parts.append(
            f'<line x1="{x}" y1="8" x2="{x}" y2="{bottom}" stroke="#dddddd"/>'
            + words(x, bottom + 15, "middle", number(tick / 5, 1), INK)
        )
    for place, (name, (label, unit, show)) in enumerate(_MEASURES.items()):
        y = 8 + _MEASURE_PX * (place + 0.5)
        found = now.estimates[name]
        parts.append(words(_EDGE_PX, y - 3, "start", label, INK, bold=True))
        parts.append(words(_EDGE_PX, y + 12, "start", unit, "#555555"))
        if start is not None:
            x = left + length * start.estimates[name].value
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y}" r="7" fill="{PAPER}" stroke="{GREY}" '
                'stroke-width="2.5"/>'
            )
        told = show(found.value)
        if found.low == found.low:  # not NaN: a single message has no interval
            low, high = (left + length * bound for bound in (found.low, found.high))
            parts.append(
                f'<line x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}" stroke="{NOW}" '
                f'stroke-width="3"/><path d="M{low:.1f} {y - 6}v12M{high:.1f} {y - 6}v12" '
                f'stroke="{NOW}" stroke-width="2"/>'
            )
            told = _("{value} ({between})").format(value=told, between=_between(found, show))
        x = left + length * found.value
        parts.append(_bar((x - 4.5, y - 4.5), (9, 9), NOW, NOW))
        parts.append(words(left + length + 22, y + 4, "start", told, NOW, bold=True))
    if start is not None:
        y = bottom + 34
        parts.append(f'<circle cx="{left + 8}" cy="{y - 4}" r="6" fill="{PAPER}" stroke="{GREY}" '
                     'stroke-width="2.5"/>')  # fmt: skip
        parts.append(words(left + 22, y, "start", _("au départ"), INK))
        parts.append(_bar((left + 126, y - 8), (9, 9), NOW, NOW))
        legend = _("maintenant, avec son intervalle à 95 %")
        parts.append(words(left + 142, y, "start", legend, INK))
    return svg(_WIDTH_PX, bottom + (44 if start is not None else 22), "".join(parts))


def _tell_measures(now: Situation, start: Situation | None) -> str:
    told = []
    for name, (label, _unit, show) in _MEASURES.items():
        value = show(now.estimates[name].value)
        before = value if start is None else show(start.estimates[name].value)
        text = (
            _("{label} : {value} ({between})")
            if value == before
            else _("{label} : {value} au lieu de {before} ({between})")
        )
        between = _between(now.estimates[name], show)
        told.append(text.format(label=label, value=value, before=before, between=between))
    if now.projected is not None:
        told[-1] = _("{measure}, en supposant qu’un responsable répond").format(measure=told[-1])
    return _("{measures}.").format(measures=" ; ".join(told))


def measures(now: Situation, start: Situation | None = None) -> Picture:
    """How far the plan is from what comes, and what it leaves aside, each with its interval.

    ``start``: where the same measures were before, shown beside.
    """
    return Picture(_draw_measures(now, start), _tell_measures(now, start))


def tell_distance(found: Mismatch) -> str:
    """The distance and the total variation, read aloud (Markdown)."""
    return _(
        "La distance entre le plan et les messages vaut **{distance}** (intervalle à 95 % : "
        "{between}). En clair : sur 100 messages, **{moved}** devraient parler d’autre chose pour "
        "que la boîte ressemble au plan."
    ).format(
        distance=_distance(found.distance.value),
        between=_between(found.distance, _distance),
        moved=number(100 * found.total_variation.value, 0),
    )


# ---------------------------------------------------------------------- objectives


def objective_card(objective: Objective, caption: str = "") -> Styler:
    """An objective, field by field."""
    fields = type(objective).model_fields
    rows = {}
    for name, field in fields.items():
        value = getattr(objective, name)
        if value is None:
            continue
        shown = f"{value:%d/%m/%Y}" if isinstance(value, date) else value
        rows[field.title] = number(shown, 1) if isinstance(shown, float) else escape(str(shown))
    table = pd.DataFrame({_("Ce qui est écrit"): rows})
    return _prose(table, caption, 34)


def problem_list(problems: Sequence[Problem], nothing: str = "") -> HTML:
    """What is to be mended, one thing a line, with how; ``nothing`` is said when there is none."""
    if not problems:
        return HTML(status(_("✓ {nothing}").format(nothing=nothing or _("Rien à corriger."))))
    return HTML(_problems_html(problems))


def _problems_html(problems: Sequence[Problem]) -> str:
    lines = "".join(
        f"<li><b>✗ {escape(problem.what)}</b> {escape(problem.mend)}</li>" for problem in problems
    )
    return (
        '<ul style="max-width: 52rem; line-height: 1.5; margin: .3rem 0; padding: 0; '
        f'list-style: none">{lines}</ul>'
    )


# ---------------------------------------------------------------------- indicators

_LEVELS: dict[Level, tuple[str, str, str]] = {
    Level.INPUT: (
        _("Qu’avons-nous dépensé ?"),
        _("heures de travail, budget"),
        _("Comptez vos heures, et relevez vos factures."),
    ),
    Level.ACTIVITY: (
        _("Qu’avons-nous fait ?"),
        _("publications, réponses envoyées"),
        _("Comptez ce que votre équipe publie et les réponses qu’elle envoie."),
    ),
    Level.OUTPUT: (
        _("Qui a pu le voir ?"),
        _("affichages, portée, vues"),
        _("Demandez les vues, les affichages ou la portée à votre plateforme."),
    ),
    Level.OUT_TAKE: (
        _("Qui a réagi ?"),
        _("clics, temps regardé, commentaires, abonnés"),
        _("Demandez les clics, le temps regardé ou les commentaires à votre plateforme."),
    ),
    Level.OUTCOME: (
        _("Qu’est-ce qui a changé ?"),
        _("clients qui ont eu leur réponse, devis demandés, inscriptions"),
        _(
            "Cherchez-le dans votre messagerie (réponses données), sur votre site (inscriptions, "
            "demandes), ou par une enquête."
        ),
    ),
    Level.IMPACT: (
        _("Qu’y a gagné l’organisation ?"),
        _("ventes, marge, dons, embauches"),
        _("Cherchez-le dans votre caisse, votre logiciel de gestion ou votre boutique en ligne."),
    ),
}
"""What each level answers, examples, and where to look when an export has nothing of it."""


def level_table(caption: str = "") -> Styler:
    """The six levels, from what is put in to what comes out."""
    table = pd.DataFrame(
        {
            _("Il répond à"): {level.label: asks for level, (asks, _e, _w) in _LEVELS.items()},
            _("Par exemple"): {level.label: such for level, (_a, such, _w) in _LEVELS.items()},
        }
    )
    return _prose(table, caption, 26)


_COLUMN_PX, _BOX_PX, _LANE_PX, _GAP_PX = 133, 116, 72, 12
_LINE_PX, _LINE_CHARACTERS = 14, 14
_HEAD_PX, _LEFT_PX = 30, 8


def indicator_tree(tree: IndicatorTree) -> Picture:
    """Indicators along the chain of effects, up to the objectives they tell about.

    What is to be mended has a dotted frame and a cross; a thick line goes from an indicator to
    the objective it measures, a thin one from an indicator to what it should make move.
    """
    return Picture(_draw_tree(tree), _tell_tree(tree))


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        return 12 + _LINE_PX * len(self.lines)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def _draw_tree(tree: IndicatorTree) -> bytes:
    flawed = {problem.about for problem in tree.problems()}
    boxes = _boxes(tree, flawed)
    parts = []
    for place, head in enumerate([*(level.label for level in Level), _("Objectifs")]):
        x = _LEFT_PX + _COLUMN_PX * place + _BOX_PX / 2
        parts.append(words(x, 18, "middle", head, INK, bold=True))
    measured = [(name, objective) for objective, ns in tree.objectives.items() for name in ns]
    for links, width in ((tree.links, 1.3), (measured, 3)):
        parts += [
            _link(boxes[start], boxes[end], width)
            for start, end in links
            if start in boxes and end in boxes
        ]
    for name, box in boxes.items():
        colour = UNANSWERED if name in flawed else (PLANNED if name in tree.objectives else NOW)
        dashes = ' stroke-dasharray="5 4"' if name in flawed else ""
        parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{_BOX_PX}" height="{box.height}" rx="5" '
            f'fill="{PAPER}" stroke="{colour}" stroke-width="2"{dashes}/>'
        )
        parts += [
            words(box.x + _BOX_PX / 2, box.y + 17 + _LINE_PX * row, "middle", line, INK)
            for row, line in enumerate(box.lines)
        ]
    bottom = max((box.y + box.height for box in boxes.values()), default=_HEAD_PX)
    width = _LEFT_PX + _COLUMN_PX * len(Level) + _BOX_PX + _EDGE_PX
    return svg(width, round(bottom + 6), "".join(parts))


def _boxes(tree: IndicatorTree, flawed: Collection[str]) -> dict[str, _Box]:
    """A box a name: a column a level, a lane an objective, and the idle indicators below."""
    lanes = list(tree.objectives)
    served = {objective: tree.serving(objective) for objective in lanes}

    def lane(name: str) -> float:
        found = [place for place, objective in enumerate(lanes) if name in served[objective]]
        return sum(found) / len(found) if found else len(lanes)

    columns = [
        sorted({i.name for i in tree.indicators if i.level is level}, key=lambda n: (lane(n), n))
        for level in Level
    ]
    boxes = {}
    for place, names in enumerate([*columns, lanes]):
        free = float(_HEAD_PX)
        for name in names:
            text = ("✗ " if name in flawed else "") + name
            lines = tuple(textwrap.wrap(shortened(text, 60), _LINE_CHARACTERS))
            box = _Box(_LEFT_PX + _COLUMN_PX * place, 0, lines)
            at = lanes.index(name) if names is lanes else lane(name)
            y = max(free, _HEAD_PX + _LANE_PX * (at + 0.5) - box.height / 2)
            boxes[name] = replace(box, y=y)
            free = y + box.height + _GAP_PX
    return boxes


def _link(start: _Box, end: _Box, width: float) -> str:
    x1, y1, x2, y2 = start.x + _BOX_PX, start.middle, end.x, end.middle
    bend = min(40.0, (x2 - x1) / 2)
    return (
        f'<path d="M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} '
        f'{x2:.1f} {y2:.1f}" fill="none" stroke="#555555" stroke-width="{width}"/>'
    )


def _tell_tree(tree: IndicatorTree) -> str:
    told = []
    for objective in tree.objectives:
        served = tree.serving(objective)
        told.append(
            _("{objective} : {names}").format(objective=quoted(objective), names=_names(served))
            if served
            else _("{objective} : aucun indicateur").format(objective=quoted(objective))
        )
    found = tree.problems()
    idle = [problem.about for problem in found if problem.code == "no_objective"]
    own = [problem.about for problem in found if problem.code == "vanity"]
    text = _("Ce qui renseigne chaque objectif. {objectives}.").format(objectives=" ; ".join(told))
    if own:
        text += " " + _("Mesuré seulement par ce que l’on fait ou diffuse : {names}.").format(
            names=_names(own)
        )
    if idle:
        text += " " + _("Ne sert aucun objectif : {names}.").format(names=_names(idle))
    return text


# ---------------------------------------------------------------------- predict, move, explain


class PurposeSimulator(Simulator):
    """Predict where an owner changes most, give the plan room and purposes an owner, explain.

    Parameters
    ----------
    planned : Series
        The weight of each planned purpose.
    messages : DataFrame
        A row a message: ``received_at``, ``purpose``, ``subject``, ``owner``, ``answered_at``.
    notice : str
        Where the data come from, always in sight.

    Raises
    ------
    MetricError
        As ``mismatch`` and ``if_owned``.

    Attributes
    ----------
    controls : ``prediction``, ``period``, ``added`` (a list: one box a topic without a purpose),
        ``effort`` (with ``effort_typed``), ``owner``, ``why``
    told : of the ``prediction``, the ``plan``, the ``measures`` and the ``explanation``
    now, start : Situation, as the controls stand, and with the plan and the roles as they were
    """

    def __init__(self, planned: pd.Series, messages: pd.DataFrame, notice: str = "") -> None:
        super().__init__()
        self._planned = planned
        self._messages = by_topic(messages)
        self._periods = _periods(self._messages)
        self._year = purpose.mismatch(planned, self._messages)
        received = self._year.by_purpose["messages"]
        self._topics = received.drop(planned.index)
        self._gains = purpose.if_owned(self._messages, ()).by_purpose["gain"]
        self._measured = cache(self._measure)
        self._projected = cache(self._project)
        self._build(notice, received.index, sorted(messages["owner"].dropna().unique()))
        self.redraw()

    # What is on screen.

    def _build(self, notice: str, names: Iterable[str], teams: Sequence[str]) -> None:
        self.predict_among(
            _("Choisissez un sujet"),
            [(name, name) for name in sorted(names)],
            _("Choisissez d’abord un sujet dans la liste."),
        )
        period = self.choices(
            "period",
            _("Période"),
            [(name, name) for name in self._periods],
            next(iter(self._periods)),
        )
        boxes = tick_boxes({name: name for name in self._topics.index})
        for box in boxes.values():
            box.layout.margin = "0 1.6rem 0 0"
        self._boxes = boxes
        self.controls["added"] = list(boxes.values())
        labels = (_("Part de l’effort qui leur revient (%)"), _("ou tapez le pourcentage"))
        effort = self.slider("effort", labels, 50, (0, 100, 5))
        owner = self.choices(
            "owner",
            _("Qui en répond"),
            [(_("Comme aujourd’hui (aucun responsable de plus)"), "")]
            + [(_("{team}, désormais").format(team=team), team) for team in teams],
        )
        for control in (period, owner, self.controls["effort"], *boxes.values()):
            control.observe(lambda _change: self.redraw(), "value")
        self.assemble(
            notice,
            _(
                "Vous ne pouvez nommer un responsable que pour un seul sujet de plus. Lequel fera "
                "le plus baisser le nombre de messages sans réponse, sur l’année ?"
            ),
            [
                period,
                paragraph(
                    _("Sujets ajoutés au plan ; les deux réglages suivants portent sur eux :")
                ),
                widgets.HBox(
                    list(boxes.values()),
                    layout=widgets.Layout(flex_flow="row wrap", max_width="52rem"),
                ),
                effort,
                owner,
                paragraph(
                    _(
                        "L’effort se partage entre les sujets ajoutés selon les messages de "
                        "l’année. Hypothèse : un message qui reçoit un responsable ne se perd pas "
                        "plus souvent que ceux qui en ont déjà un. Cette équipe en a-t-elle le "
                        "temps ? C’est la question de la clé 2."
                    )
                ),
                self.area("measures_image"),
                self.area("measures"),
                self.area("plan_image"),
                self.area("plan"),
            ],
            why=_(
                "En une phrase : pourquoi un plan qui ressemble aux messages ne suffit-il pas à "
                "leur répondre ?"
            ),
            begin=_("Un plan ne suffit pas parce que…"),
        )

    # What they show.

    @property
    def _added(self) -> tuple[str, ...]:
        return tuple(name for name, box in self._boxes.items() if box.value)

    @property
    def start(self) -> Situation:
        """The period chosen, with the plan and the roles as they were."""
        return Situation(self._measured(self.controls["period"].value, (), 0, ""))

    def _measure(self, period: str, added: tuple[str, ...], effort: int, owner: str) -> Mismatch:
        plan = self._planned
        if added:
            plan = purpose.make_room(plan, self._topics[list(added)], effort / 100)
        # In a fixed order, so that lines stay where they are.
        plan = plan.reindex([*self._planned.index, *self._topics.index], fill_value=0.0)
        messages = self._periods[period]
        if owner:
            ownerless = messages["purpose"].isin(added) & messages["owner"].isna()
            messages = messages.assign(owner=messages["owner"].mask(ownerless, owner))
        return purpose.mismatch(plan, messages)

    def _project(self, period: str, added: tuple[str, ...]) -> Projection:
        messages = self._periods[period]
        received = set(messages["purpose"])
        return purpose.if_owned(messages, [name for name in added if name in received])

    def redraw(self) -> None:
        period, owner, added = (
            self.controls["period"].value,
            self.controls["owner"].value,
            self._added,
        )
        if not added:
            self.now = self.start
        else:
            self.now = Situation(
                self._measured(period, added, self.controls["effort"].value, owner),
                self._projected(period, added) if owner else None,
            )
        shown = measures(self.now, self.start)
        self.draw("measures", shown.image, shown.told)
        shown = plan_and_inbox(self.now.found, self.now.projected)
        self.draw("plan", shown.image, shown.told)
        self.follow_prediction()

    def tell_prediction(self) -> str:
        best, mine = str(self._gains.idxmax()), self._gains[self.predicted]
        before = self._year.unanswered.value
        after = {
            name: _of_100(before - self._gains[name] / self._year.n)
            for name in (best, self.predicted)
        }
        told = (
            _(
                "✓ Vous aviez prédit {mine} : lui nommer un responsable ferait passer de {before} "
                "à {after} les messages sans réponse, sur 100. C’est bien la plus forte baisse."
            )
            if self.predicted == best
            else _(
                "Vous aviez prédit {mine}, qui a déjà un responsable : en nommer un ne changerait "
                "rien. La plus forte baisse vient de {best} : de {before} à {least} messages sans "
                "réponse, sur 100."
            )
            if not mine
            else _(
                "Vous aviez prédit {mine} : lui nommer un responsable ferait passer de {before} à "
                "{after} les messages sans réponse, sur 100. La plus forte baisse vient de "
                "{best} : de {before} à {least}."
            )
        )
        return told.format(
            mine=quoted(self.predicted),
            best=quoted(best),
            before=_of_100(before),
            after=after[self.predicted],
            least=after[best],
        )

    def explanation(self) -> str:
        now, start = self.now.estimates, self.start.estimates
        told = []
        if now["distance"] != start["distance"]:
            told.append(
                _("Avec votre plan, la distance passe de {before} à {after}.").format(
                    before=_distance(start["distance"].value),
                    after=_distance(now["distance"].value),
                )
            )
        else:
            told.append(
                _("Le plan n’a pas changé : la distance reste à {value}.").format(
                    value=_distance(now["distance"].value)
                )
            )
        if now["unowned"] == start["unowned"]:
            told.append(
                _(
                    "Aucun message n’a gagné de responsable : {unanswered} des messages restent "
                    "sans réponse, comme avant."
                ).format(unanswered=_share(now["unanswered"].value))
            )
        else:
            told.append(
                _(
                    "Un responsable est nommé : la part sans responsable passe de {unowned} à "
                    "{left}, et l’on attend {after} de messages sans réponse, au lieu de {before}."
                ).format(
                    unowned=_share(start["unowned"].value),
                    left=_share(now["unowned"].value),
                    after=_share(now["unanswered"].value),
                    before=_share(start["unanswered"].value),
                )
            )
        told.append(
            _(
                "Un plan dit où va l’effort ; il ne répond à personne. Il faut les deux : un but "
                "pour ce que les gens demandent, et quelqu’un pour en répondre."
            )
        )
        return " ".join(told)


def _of_100(share: float) -> str:
    return number(100 * share, 0)


_QUARTERS = 4


def _periods(messages: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The whole of the messages, each quarter of their weeks, and the week with the fewest."""
    first = messages["received_at"].min().normalize()
    week = (messages["received_at"] - first).dt.days // 7
    by_week = week.value_counts().sort_index()
    length = -(-len(by_week) // _QUARTERS)
    quietest = by_week.idxmin()
    spans = {_("Toute l’année"): (0, len(by_week))}
    starts = range(0, len(by_week), length)
    spans |= {_span(first, at, at + length): (at, at + length) for at in starts}
    label = _("La semaine la plus calme ({span})").format(span=_span(first, quietest, quietest + 1))
    spans[label] = (quietest, quietest + 1)
    return {
        name: messages[week.between(start, end - 1)].reset_index(drop=True)
        for name, (start, end) in spans.items()
    }


def _span(first: pd.Timestamp, start: int, end: int) -> str:
    days = first + pd.Timedelta(weeks=start), first + pd.Timedelta(weeks=end, days=-1)
    return _("du {first} au {last}").format(first=f"{days[0]:%d/%m}", last=f"{days[1]:%d/%m}")


# ---------------------------------------------------------------------- the learner's own export

_OTHER = ""  # the indicator is not in the export
_NOT_CHOSEN = "?"
_FIELDS = ("statement", "baseline", "target", "unit", "deadline", "owner")
_HINTS = {
    "statement": _("ce qui doit changer, et pour qui"),
    "baseline": _("sa valeur aujourd’hui"),
    "target": _("la valeur à atteindre"),
    "unit": _("%, €, heures, messages…"),
    "deadline": _("31/12/2027"),
    "owner": _("une équipe ou une personne"),
}


_ASKED = {"indicator", "other", "level", *_FIELDS}


class OwnIndicators(OwnData):
    """What an export of the learner's measures, and what an objective they type still lacks.

    Parameters
    ----------
    export : path of an export of any platform known, or None for the sample
    sample : DataFrame, videos of the fictional company

    Attributes
    ----------
    controls : ``upload``, ``sample``, the fields of the objective (``statement``, ``indicator``,
        ``other``, ``level``, ``baseline``, ``target``, ``unit``, ``deadline``, ``owner``) and
        ``check``
    told : ``source`` (whose data these are), ``levels`` (what they measure), ``objective`` (what
        the objective lacks)
    indicators : the measures of the export, as Indicator; those whose level the file does not tell
        have none
    """

    def __init__(self, export: str | os.PathLike[str] | None, sample: pd.DataFrame) -> None:
        self._sample = sample
        self.indicators: list[Indicator] = []
        self._meanings: dict[str, str] = {}
        super().__init__(export)

    def read(self, source: str | os.PathLike[str] | bytes) -> Export:
        export = read_export(source)
        self._report = export.report
        return export

    def sample(self) -> tuple[pd.DataFrame, Report | None]:
        # Written and read back, so that the sample goes the whole way of a real export.
        with tempfile.TemporaryDirectory() as folder:
            path = write_youtube_export(self._sample, Path(folder) / _("exemple-synthetique.csv"))
            export = self.read(path)
        return export.frame, export.report

    def show(self, frame: pd.DataFrame, notice: str) -> Sequence[widgets.Widget]:
        headers = {name: header for header, name in self._report.recognised.items()}
        self.indicators, self._meanings = [], {}
        for column in map(str, frame.columns):
            field = field_of(column)
            if not field.level:
                continue
            name = " ".join(headers.get(column, column).split())[:100]
            level = None if field.level == "varies" else Level(field.level)
            self.indicators.append(Indicator(name=name, level=level))
            self._meanings[name] = field.meaning
        self.tell("levels", self._tell_levels(notice))
        return [
            widgets.HTML(self._levels_html()),
            self.area("levels"),
            heading(_("Votre objectif, et ce qui lui manque")),
            *self._form(),
        ]

    # What the export measures.

    def _at(self, level: Level | None) -> list[str]:
        return [indicator.name for indicator in self.indicators if indicator.level is level]

    def _levels_html(self) -> str:
        heads = (_("Niveau"), _("Il répond à"), _("Ce que ce fichier mesure"))
        rows = [
            (level.label, asks, self._held(level) or f"<i>{escape(_('Rien.'))} {escape(where)}</i>")
            for level, (asks, _examples, where) in _LEVELS.items()
        ]
        if self._at(None):
            rows.append((_("À vous de dire"), _("Que compte votre compte ?"), self._held(None)))
        body = "".join(
            f"<tr><td>{escape(label)}</td><td>{escape(asks)}</td><td>{held}</td></tr>"
            for label, asks, held in rows
        )
        top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"

    def _held(self, level: Level | None) -> str:
        """The measures of a level and what they count, as HTML."""
        return "<br>".join(
            f"<b>{escape(name)}</b>\u00a0: {escape(self._meanings[name])}"
            for name in self._at(level)
        )

    def _tell_levels(self, notice: str) -> str:
        held = [level for level in Level if self._at(level)]
        missing = [level.label for level in Level if level not in held]
        told = _("{notice} Niveaux présents : {held}.").format(
            notice=notice, held=", ".join(level.label for level in held) or _("aucun")
        )
        if missing:
            told += " " + _("Niveaux absents : {missing}.").format(missing=", ".join(missing))
        if not (Level.OUTCOME in held or Level.IMPACT in held):
            told += " " + _(
                "Ce fichier dit ce qui a été diffusé ou reçu, pas ce que cela a changé : un "
                "objectif demande un indicateur de plus, venu d’ailleurs."
            )
        return told

    # The objective one types.

    def _form(self) -> Sequence[widgets.Widget]:
        """The fields, with what was typed in them: a file only changes the measures offered."""
        typed = {name: control.value for name, control in self.controls.items() if name in _ASKED}
        style = {"description_width": "13rem"}

        def wide(most: str = "44rem") -> widgets.Layout:  # one each: some are hidden at times
            return widgets.Layout(width="auto", max_width=most, flex="0 0 auto")

        offered = [
            (_("{name} ({level})").format(name=i.name, level=_level_name(i.level)), i.name)
            for i in self.indicators
        ]
        self.controls["indicator"] = widgets.Dropdown(
            description=_("Indicateur"),
            options=[
                (_("Choisissez ce qui le mesure"), _NOT_CHOSEN),
                *offered,
                (_("Un autre, que ce fichier n’a pas"), _OTHER),
            ],
            style=style,
            layout=wide(),
        )
        self.controls["other"] = widgets.Text(
            description=_("Nom de cet indicateur"), style=style, layout=wide()
        )
        self.controls["level"] = widgets.Dropdown(
            description=_("Ce qu’il montre"),
            options=[
                (_("Choisissez son niveau"), _NOT_CHOSEN),
                *(
                    (f"{level.label} : {asks}", level.value)
                    for level, (asks, *_r) in _LEVELS.items()
                ),
            ],
            style=style,
            layout=wide(),
        )
        for name in _FIELDS:
            self.controls[name] = widgets.Text(
                description=str(Objective.model_fields[name].title),
                placeholder=_HINTS[name],
                style=style,
                layout=wide() if name == "statement" else wide("26rem"),
            )
        for name, value in typed.items():
            with suppress(TraitError):  # a measure of another file
                self.controls[name].value = value
        self.controls["check"] = action(_("Voir ce qui manque"))
        self.controls["check"].on_click(lambda _button: self._check())
        self.controls["indicator"].observe(lambda _change: self._ask_more(), "value")
        self._ask_more()
        self.tell("objective", "")
        self._verdict = widgets.HTML()
        order = ("statement", "indicator", "other", "level", *_FIELDS[1:])
        return [
            paragraph(
                _("Écrivez un objectif à vous, même incomplet. Rien n’est noté ni enregistré.")
            ),
            *(self.controls[name] for name in order),
            self.controls["check"],
            self._verdict,
            self.area("objective"),
        ]

    def _ask_more(self) -> None:
        """Ask for the name and the level of an indicator only where the file does not tell."""
        chosen = self.controls["indicator"].value
        unsure = chosen == _OTHER or chosen in self._at(None)
        self.controls["other"].layout.display = None if chosen == _OTHER else "none"
        self.controls["level"].layout.display = None if unsure else "none"

    @property
    def _measure(self) -> Indicator | None:
        """The indicator chosen or typed; None while there is none."""
        chosen = self.controls["indicator"].value
        name = self.controls["other"].value.strip()[:100] if chosen == _OTHER else chosen
        if chosen == _NOT_CHOSEN or not name:
            return None
        known = next((i for i in self.indicators if i.name == name), Indicator(name=name))
        level = self.controls["level"].value
        if known.level is None and level != _NOT_CHOSEN:
            return Indicator(name=name, level=Level(level))
        return known

    def _check(self) -> None:
        measure = self._measure
        found = [*self._unreadable(), *Objective.problems(self._typed(measure))]
        found = list({problem.about: problem for problem in reversed(found)}.values())[::-1]
        if measure is not None:
            found += self._tree(measure).problems()
        self._verdict.value = _problems_html(found) if found else ""
        told = (
            ngettext("{n} point à reprendre.", "{n} points à reprendre.", len(found)).format(
                n=len(found)
            )
            if found
            else _("✓ Votre objectif peut se vérifier.")
        )
        self.tell("objective", f"{told} {self._advice(measure)}".strip())

    def _typed(self, measure: Indicator | None) -> dict[str, Any]:
        """The fields as typed; what cannot be read is left out, and said by `_unreadable`."""
        unread = {problem.about for problem in self._unreadable()}
        fields: dict[str, Any] = {
            name: _read_field(name, self.controls[name].value)
            for name in _FIELDS
            if name not in unread
        }
        # What the form does not ask: a short name, and that the work begins today.
        return fields | {
            "name": _("Mon objectif"),
            "indicator": measure.name if measure else None,
            "start": datetime.now().astimezone().date(),
        }

    def _unreadable(self) -> list[Problem]:
        found = []
        for name in _FIELDS:
            try:
                _read_field(name, self.controls[name].value)
            except ValueError:
                example = number(12.5) if name != "deadline" else _HINTS["deadline"]
                found.append(
                    Problem(
                        "type",
                        name,
                        _("« {title} » : « {typed} » ne se lit pas.").format(
                            title=Objective.model_fields[name].title,
                            typed=self.controls[name].value.strip()[:40],
                        ),
                        _("Écrivez par exemple {example}.").format(example=example),
                    )
                )
        return found

    def _tree(self, measure: Indicator) -> IndicatorTree:
        return IndicatorTree(objectives={_("Mon objectif"): (measure.name,)}, indicators=(measure,))

    def _advice(self, measure: Indicator | None) -> str:
        """Where to look next, given the level of what measures the objective."""
        if measure is None or measure.level is None:
            return ""
        later = [i.name for i in self.indicators if i.level and i.level.rank > measure.level.rank]
        if measure.level.rank <= Level.OUT_TAKE.rank:
            told = (
                _("{name} montre que le public a réagi, pas encore que quelque chose a changé.")
                if measure.level is Level.OUT_TAKE
                else _("{name} dépend de vous plus que du public.")
            ).format(name=quoted(measure.name))
            ahead = (
                _("Plus près du but, dans ce fichier : {names}.").format(names=_names(later[:4]))
                if later
                else _("Ce fichier n’a rien de plus près du but.")
            )
            wanted = [level for level in (Level.OUTCOME, Level.IMPACT) if not self._at(level)]
            where = [
                _("{level} : {where}").format(
                    level=level.label, where=purpose.continued(_LEVELS[level][2])
                )
                for level in wanted
            ]
            return " ".join([told, ahead, *where])
        earlier = [i.name for i in self.indicators if i.level and i.level.rank < measure.level.rank]
        told = _("{name} dit ce qui change : c’est ce qu’un objectif demande.").format(
            name=quoted(measure.name)
        )
        if earlier:
            told += " " + _(
                "Pour comprendre d’où vient ce changement, ce fichier a {names}."
            ).format(names=_names(earlier[:4]))
        return told


def _level_name(level: Level | None) -> str:
    return _("niveau à préciser") if level is None else level.label


def _read_field(name: str, typed: str) -> Any:
    """What a field of the objective says; None for nothing.

    Raises
    ------
    ValueError
        It is no number, or no day.
    """
    text = typed.strip()
    if not text:
        return None
    if name in ("baseline", "target"):
        return parse_quantity(text)
    return parse_date(text) if name == "deadline" else text
