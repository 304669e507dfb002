"""Key 2 on screen: who answers what, the way messages take, and what sharing one triage changes.

Idea
----
- tables (`team_table`, `delay_table`, `problem_table`…) and pictures (`flow`, `answered`) are for
  one cell;
- `OrganisationSimulator` lets the learner predict, move, explain: the same messages go through
  silos and through a shared triage, and what becomes of each is drawn from the channel to whoever
  answered, or to nobody;
- `OwnMessages` counts the messages of the learner's own export, and how many people they take.

Everything is worked out in :mod:`cinqcles.keys.coherence`; this module arranges and draws it. Flows
and curves are SVG, made in a few milliseconds, and a setting played once is kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from cinqcles.data import Export, Report, company
from cinqcles.data.schema import SCHEMA
from cinqcles.errors import MetricError
from cinqcles.keys import coherence
from cinqcles.keys.coherence import FloatArray
from cinqcles.keys.purpose import Problem
from cinqcles.messages import _, ngettext, number, percent
from cinqcles.views.own_data import OwnData
from cinqcles.views.pictures import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PAPER,
    Picture,
    image_tag,
    paragraph,
    quoted,
    styled,
    svg,
    words,
)
from cinqcles.views.simulator import Simulator
from cinqcles.worksheet.questions import parse_number

HOUR_S = 3600
PROMISE_S = 24 * HOUR_S
"""What the company promises its customers: an answer within the day."""

DARK_ORANGE = "#A34700"  # for texts, which need more contrast than areas

SILOS, SHARED = _("Silos"), _("Tri partagé")

_WEEK = pd.Timedelta(weeks=1)


# ---------------------------------------------------------------------- words and numbers


def lasting(seconds: float) -> str:
    """A duration as one says it: minutes, hours, then days; a dash for none.

    >>> lasting(1500), lasting(5400), lasting(30 * 3600), lasting(60 * 3600)
    ('25\\xa0min', '1\\xa0h\\xa030', '30\\xa0h', '2,5\\xa0jours')
    """
    if pd.isna(seconds):
        return "–"
    minutes = round(seconds / 60)
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return _("{n} min").format(n=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 10 and rest:  # noqa: PLR2004 - minutes are told for less than ten hours
        return _("{h} h {min}").format(h=hours, min=f"{rest:02d}")
    hours = round(seconds / HOUR_S)
    if hours < 48:  # noqa: PLR2004 - two days
        return _("{n} h").format(n=hours)
    return _("{n} jours").format(n=number(hours / 24, 1))


def _rounded(share: float, write: Callable[[float, int], str], less: str, more: str) -> str:
    """To the point, or to its decimal where rounding would make it nothing or all; no nearer."""
    if pd.isna(share):
        return "–"
    if share in (0, 1):
        return write(share, 0)
    for digits in (0, 1):
        text = write(share, digits)
        if text not in (write(0, digits), write(1, digits)):
            return text
    bound, told = (0.001, less) if share < 0.5 else (0.999, more)  # noqa: PLR2004 - half
    return told.format(n=write(bound, 1))


_LESS, _MORE = _("moins de {n}"), _("plus de {n}")


def _of_100(share: float) -> str:
    return _rounded(share, lambda part, digits: number(100 * part, digits), _LESS, _MORE)


def _messages_of_100(share: float) -> str:
    return ngettext("{n} message sur 100", "{n} messages sur 100", 100 * share).format(
        n=_of_100(share)
    )


def _share(share: float) -> str:
    return _rounded(share, percent, _LESS, _MORE)


def _short_share(share: float) -> str:
    """A share where there is little room: on a picture."""
    return _rounded(share, percent, "< {n}", "> {n}")


def _people(n: int) -> str:
    return ngettext("{n} personne", "{n} personnes", n).format(n=number(n))


# ---------------------------------------------------------------------- tables


def team_table(teams: pd.DataFrame, caption: str = "") -> Styler:
    """The teams of `company.teams`: how many, when, what each opens and is accountable for."""
    shown = pd.DataFrame(
        {
            _("Personnes"): teams["agents"].map(number),
            _("Horaires"): [
                _("{opens} h – {closes} h, {days} jours").format(
                    opens=team.opens_h, closes=team.closes_h, days=team.days
                )
                for team in teams.itertuples()
            ],
            _("Ouvre les messages de"): teams["channels"],
            _("Garante de"): teams["subjects"],
        }
    )
    shown.index = pd.Index(teams["team"])
    shown.index.name = None
    return _texts(styled(shown, caption))


def skill_table(table: coherence.RoutingTable, caption: str = "") -> Styler:
    """The teams of a routing table: how many, the channels they open, the subjects they know."""
    frame = pd.DataFrame(
        {
            _("Personnes"): [number(team.agents) for team in table.teams],
            _("Ouvre les messages de"): [
                ", ".join(c for c, opener in table.receives.items() if opener == team.name)
                for team in table.teams
            ],
            _("Sait répondre sur"): [", ".join(team.skills) for team in table.teams],
        },
        index=[team.name for team in table.teams],
    )
    return _texts(styled(frame, caption))


def route_table(table: coherence.RoutingTable, caption: str = "") -> Styler:
    """Who answers what: for each subject, who is accountable and who writes the reply."""
    frame = pd.DataFrame(
        {
            _("Équipe garante"): [", ".join(route.accountable) or "–" for route in table.routes],
            _("Équipes chargées de répondre"): [
                ", ".join(r.responsible) or "–" for r in table.routes
            ],
        },
        index=[route.subject for route in table.routes],
    )
    return _texts(styled(frame, caption))


def message_table(record: pd.DataFrame, caption: str = "") -> Styler:
    """Messages of `company.messages` to read, who is accountable, when they were answered."""
    waited = (record["answered_at"] - record["received_at"]).dt.total_seconds()
    frame = pd.DataFrame(
        {
            _("Message"): record["text"],
            _("Sujet"): record["subject"],
            _("Équipe garante"): record["owner"].fillna(_("personne")),
            _("Répondu en"): [_("jamais") if pd.isna(s) else lasting(s) for s in waited],
        }
    ).set_axis(record["channel"].tolist())
    return _texts(styled(frame, caption)).set_table_styles(
        [
            {"selector": "th.row_heading", "props": "min-width: 5rem"},
            {"selector": "td.col0", "props": "min-width: 20rem"},
        ],
        overwrite=False,
    )


def delay_table(delays: pd.DataFrame, caption: str = "", *, own: bool) -> Styler:
    """What `coherence.team_delays` finds: what teams see, and with ``own=False`` all the rest."""
    if own:
        shown = {
            _("Messages qu’elle ouvre et dont elle est garante"): delays["own"].map(number),
            _("La moitié des réponses en"): delays["own_p50_s"].map(lasting),
            _("Réponse dans les 24 h"): delays["own_within"].map(_share),
        }
    else:
        shown = {
            _("Tous les messages de ses canaux"): delays["opened"].map(number),
            _("Réponse dans les 24 h"): delays["opened_within"].map(_share),
            _("Sans réponse"): delays["opened_unanswered"].map(_share),
        }
    frame = pd.DataFrame(shown)
    frame.index.name = None
    return styled(frame, caption)


def problem_table(problems: Sequence[Problem], caption: str = "") -> Styler:
    """What `RoutingTable.problems` finds, and how to mend it."""
    frame = pd.DataFrame(
        {
            _("Ce qui manque"): [found.what for found in problems],
            _("Comment le réparer"): [found.mend for found in problems],
        },
        index=[found.about for found in problems],
    )
    return _texts(styled(frame, caption))


def hand_off_table(table: coherence.RoutingTable, caption: str = "") -> Styler:
    """How many times a message changes hands, a row a subject, a column a channel."""
    steps = table.hand_offs().steps.T
    steps.index.name = steps.columns.name = None
    nobody = _("personne")
    shown = steps.map(lambda n: nobody if pd.isna(n) else number(n))
    return styled(shown, caption).map(
        lambda text: "font-weight: 600; text-decoration: underline" if text == nobody else ""
    )


_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("answered_within", _("Réponse dans les 24 h"), _share),
    ("unanswered_share", _("Sans réponse"), _share),
    ("p50_s", _("Réponses : la moitié en"), lasting),
    ("p90_s", _("Réponses : 9 sur 10 en"), lasting),
    (
        "hand_offs_per_message",
        _("Changements de main par message"),
        lambda n: number(n, 1),
    ),
    ("highest_load", _("Charge de l’équipe la plus occupée"), _share),
)


def organisation_table(
    played: Mapping[str, coherence.Simulation], caption: str = "", limit_s: float = PROMISE_S
) -> Styler:
    """The figures of several organisations, a row each."""
    return styled(_figures({name: sim.summary(limit_s) for name, sim in played.items()}), caption)


def _figures(summaries: Mapping[str, pd.Series]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            label: [write(summary[name]) for summary in summaries.values()]
            for name, label, write in _FIGURES
        },
        index=list(summaries),
    )


def queue_table(
    queues: Mapping[str, coherence.ErlangC], within_s: float, caption: str = ""
) -> Styler:
    """What Erlang's formula says of several queues, a row each."""
    heads: dict[str, Callable[[coherence.ErlangC], str]] = {
        _("Personnes"): lambda q: number(q.agents),
        _("Messages par heure"): lambda q: number(q.arrivals_per_hour),
        _("Part du temps occupée"): lambda q: _share(q.occupancy),
        _("Doivent attendre"): lambda q: _share(q.waiting_probability),
        _("Attente moyenne (s)"): lambda q: number(q.mean_wait_s, 1),
        _("Pris en {n} s").format(n=number(within_s)): lambda q: _share(q.service_level(within_s)),
    }
    frame = pd.DataFrame(
        {head: [write(queue) for queue in queues.values()] for head, write in heads.items()},
        index=list(queues),
    )
    return styled(frame, caption)


def _texts(table: Styler) -> Styler:
    return table.set_table_styles(
        [
            {"selector": "td", "props": "text-align: left; white-space: normal; max-width: 22rem"},
            {"selector": "th.col_heading", "props": "text-align: left"},
        ],
        overwrite=False,
    )


# ---------------------------------------------------------------------- the way messages take


class _Way(NamedTuple):
    channel: str
    opened_by: str
    end: str  # the team that answered, or why nobody did: a name of `coherence.OUTCOMES`
    messages: int


class _Node(NamedTuple):
    top: float
    height: float


_FLOW_W, _LEFT_X, _MIDDLE_X, _RIGHT_X, _BAR = 396, 4, 140, 242, 8
_FLOW_H, _FLOW_TOP = 190, 48  # the height of all messages together; where columns begin
_HATCH = (
    '<pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/>'
    f'<rect width="3" height="6" fill="{ORANGE}"/></pattern>'
)
# White around each letter: names stay readable over the ribbons.
_HALO = f'<g stroke="{PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">'
_LOST = {
    "nobody": _("Pas de garante"),
    "abandoned": _("Client parti"),
    "pending": _("En attente"),
}


def flow(played: coherence.Simulation, table: coherence.RoutingTable) -> Picture:
    """The way messages took: channel, who opened them, who answered; thickness = messages.

    Parameters
    ----------
    played : what happened
    table : the routing it was played with, for who opens each channel and the order of teams
    """
    ways, teams = _ways(played, table), [team.name for team in table.teams]
    return Picture(_draw_flow(ways, teams), _tell_flow(ways))


def _ways(played: coherence.Simulation, table: coherence.RoutingTable) -> list[_Way]:
    # Channels beside each other when the same team opens them, so that fewer lines cross; with a
    # shared triage too, so that both pictures are read alike.
    places = {team.name: place for place, team in enumerate(table.teams)}
    receives = dict(
        sorted(table.receives.items(), key=lambda held: places.get(held[1] or "", len(places)))
    )
    return [
        _Way(
            channel,
            opened_by if isinstance(opened_by, str) else SHARED,
            answered_by if outcome == "answered" else outcome,
            int(n),
        )
        for channel, opened_by, outcome, answered_by, n in played.journeys(receives).to_numpy()
    ]


def _sums(ways: Sequence[_Way], *names: str) -> dict[Any, int]:
    """Messages by one column of the drawing, or by two."""
    sums: dict[Any, int] = {}
    for way in ways:
        key = tuple(getattr(way, name) for name in names)
        at = key if len(names) > 1 else key[0]
        sums[at] = sums.get(at, 0) + way.messages
    return sums


def _draw_flow(ways: Sequence[_Way], teams: Sequence[str]) -> bytes:
    total = sum(way.messages for way in ways)
    by_door, by_end = _sums(ways, "opened_by"), _sums(ways, "end")
    doors = [name for name in (*teams, SHARED) if name in by_door]
    by_channel = _sums(ways, "channel")
    columns = (
        _stacked(by_channel, by_channel, gap=4),
        _stacked(by_door, doors, gap=18),
        _stacked(by_end, [name for name in (*teams, *_LOST) if name in by_end], gap=10),
    )
    bottom = max(node.top + node.height for column in columns for node in column.values())
    parts = [f"<defs>{_HATCH}</defs>"]
    parts += _links(_sums(ways, "channel", "opened_by"), _LEFT_X + _BAR, _MIDDLE_X, columns[:2])
    parts += _links(_sums(ways, "opened_by", "end"), _MIDDLE_X + _BAR, _RIGHT_X, columns[1:])
    for x, head in (
        (_LEFT_X, _("Canal")),
        (_MIDDLE_X, _("Qui ouvre")),
        (_RIGHT_X, _("Qui répond")),
    ):
        parts.append(words(x, 16, "start", head, INK, bold=True))
    fills = (GREY, INK, BLUE)
    for x, fill, column in zip((_LEFT_X, _MIDDLE_X, _RIGHT_X), fills, columns, strict=True):
        for name, node in column.items():
            hatched = f'"url(#h)" stroke="{ORANGE}"'
            parts.append(
                f'<rect x="{x}" y="{node.top:.1f}" width="{_BAR}" '
                f'height="{max(node.height, 1):.1f}" '
                f"fill={hatched if name in _LOST else chr(34) + fill + chr(34)}/>"
            )
    parts.append(_HALO)
    for name, node in columns[0].items():
        parts.append(words(_LEFT_X + _BAR + 5, _middle(node), "start", name, INK))
    for name, node in columns[1].items():
        parts.append(words(_MIDDLE_X, round(node.top - 5, 1), "start", name, INK))
    for name, node in columns[2].items():
        lost, text = name in _LOST, f"{_short_share(by_end[name] / total)} {_LOST.get(name, name)}"
        colour = DARK_ORANGE if lost else INK
        parts.append(words(_RIGHT_X + _BAR + 5, _middle(node), "start", text, colour, bold=lost))
    parts.append("</g>")
    return svg(_FLOW_W, round(bottom + 12), f'<g font-size="11">{"".join(parts)}</g>')


def _middle(node: _Node) -> float:
    return round(node.top + node.height / 2 + 4, 1)


def _stacked(counts: Mapping[str, int], names: Iterable[str], gap: float) -> dict[str, _Node]:
    """A bar a name, one under the other, as tall as its messages; texts are given their room."""
    total = sum(counts.values())
    nodes, top = {}, float(_FLOW_TOP)
    for name in names:
        height = _FLOW_H * counts[name] / total
        room = max(0.0, 13 - gap - height)
        nodes[name] = _Node(top + room / 2, height)
        top += height + room + gap
    return nodes


def _links(
    sums: Mapping[tuple[str, str], int],
    x0: float,
    x1: float,
    columns: Sequence[Mapping[str, _Node]],
) -> list[str]:
    """The ribbons between two columns, each as thick as its messages."""
    left, right = ({name: node.top for name, node in column.items()} for column in columns)
    total = sum(sums.values())
    bend, parts = (x0 + x1) / 2, []
    places = [list(column) for column in columns]
    for pair in sorted(sums, key=lambda p: (places[0].index(p[0]), places[1].index(p[1]))):
        thick = _FLOW_H * sums[pair] / total
        y0, y1 = left[pair[0]], right[pair[1]]
        left[pair[0]] += thick
        right[pair[1]] += thick
        lost = pair[1] in _LOST
        fill = ORANGE if lost else GREY if x0 < _MIDDLE_X else BLUE
        dashes = f' stroke="{ORANGE}" stroke-dasharray="3 2" stroke-width=".7"' if lost else ""
        parts.append(
            f'<path d="M{x0} {y0:.1f}C{bend} {y0:.1f} {bend} {y1:.1f} {x1} {y1:.1f}'
            f"V{y1 + thick:.1f}C{bend} {y1 + thick:.1f} {bend} {y0 + thick:.1f} "
            f'{x0} {y0 + thick:.1f}Z" fill="{fill}" fill-opacity=".36"{dashes}/>'
        )
    return parts


def _tell_flow(ways: Sequence[_Way]) -> str:
    total = sum(way.messages for way in ways)
    by_end = _sums(ways, "end")
    answered_by = {name: n for name, n in by_end.items() if name not in _LOST}
    shared = all(way.opened_by == SHARED for way in ways)
    teams = [
        f"{name} {_share(n / total)}"
        for name, n in sorted(answered_by.items(), key=lambda item: -item[1])
    ]
    parts = [
        _("{name} : sur {n} messages, {share} reçoivent une réponse ({teams}).").format(
            name=SHARED if shared else SILOS,
            n=number(total),
            share=_share(sum(answered_by.values()) / total),
            teams=", ".join(teams) or _("aucune équipe"),
        )
    ]
    lost = [
        f"{_share(by_end[end] / total)} {_tell_lost(end, 100 * by_end[end] / total)}"
        for end in _LOST
        if end in by_end
    ]
    if lost:
        parts.append(_("Les autres restent sans réponse : {lost}.").format(lost=", ".join(lost)))
    passed = {
        pair: n
        for pair, n in _sums(ways, "opened_by", "end").items()
        if not shared and pair[1] not in _LOST and pair[0] != pair[1]
    }
    if passed:
        (giver, taker), most = max(passed.items(), key=lambda item: item[1])
        parts.append(
            ngettext(
                "Le passage de main le plus fréquent : de {giver} à {taker}, {n} message avec "
                "réponse.",
                "Le passage de main le plus fréquent : de {giver} à {taker}, {n} messages avec "
                "réponse.",
                most,
            ).format(giver=giver, taker=taker, n=number(most))
        )
    return " ".join(parts)


def _tell_lost(end: str, of_100: float) -> str:
    return {
        "nobody": ngettext("n’a pas d’équipe garante", "n’ont pas d’équipe garante", of_100),
        "abandoned": ngettext("a vu son client renoncer", "ont vu leur client renoncer", of_100),
        "pending": ngettext("attend encore", "attendent encore", of_100),
    }[end]


# ---------------------------------------------------------------------- answers, hour by hour


_DAYS = 4
CURVE_S = np.arange(0, _DAYS * 24 + 1, 1.0) * HOUR_S
_CURVE_W, _CURVE_H = 460, 282
_AXES = (48, 34, 448, 244)  # left, top, right, bottom


def answered(played: Mapping[str, coherence.Simulation], limit_s: float = PROMISE_S) -> Picture:
    """The share of all messages answered, hour by hour, for one or two organisations."""
    curves = {name: each.answered_within(CURVE_S) for name, each in played.items()}
    within = {name: each.answered_within(limit_s) for name, each in played.items()}
    return Picture(_draw_curves(curves, within, limit_s), _tell_curves(curves, within, limit_s))


def _draw_curves(
    curves: Mapping[str, FloatArray], within: Mapping[str, float], limit_s: float
) -> bytes:
    left, top, right, bottom = _AXES

    def x(seconds: float) -> float:
        return round(left + (right - left) * seconds / (_DAYS * 24 * HOUR_S), 1)

    def y(share: float) -> float:
        return round(bottom - (bottom - top) * share, 1)

    parts = []
    for share in np.linspace(0, 1, 6):
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y(share)}" y2="{y(share)}" '
                     'stroke="#dddddd"/>')  # fmt: skip
        parts.append(words(left - 6, y(share) + 4, "end", percent(share, 0), INK))
    for day in range(_DAYS + 1):
        text = ngettext("{n} jour", "{n} jours", day).format(n=day) if day else "0"
        anchor = "end" if day == _DAYS else "middle"
        parts.append(words(x(day * 24 * HOUR_S), bottom + 17, anchor, text, INK))
    parts.append(
        words((left + right) / 2, bottom + 34, "middle", _("temps écoulé depuis le message"), INK)
    )
    parts.append(
        f'<line x1="{x(limit_s)}" x2="{x(limit_s)}" y1="{top}" y2="{bottom}" stroke="{INK}" '
        'stroke-width="1.4"/>'
    )
    styles = ((ORANGE, DARK_ORANGE, "8 4"), (BLUE, BLUE, "none"))
    for i, (name, curve) in enumerate(curves.items()):
        colour, ink, dashes = styles[i]
        line = f'fill="none" stroke="{colour}" stroke-width="2.6" stroke-dasharray="{dashes}"'
        points = " ".join(f"{x(s)},{y(v)}" for s, v in zip(CURVE_S, curve, strict=True))
        at_x, at_y, share = 8 + 205 * i, _AXES[1] - 20, _short_share(within[name])
        parts.append(f'<polyline points="{points}" {line}/>')
        parts.append(f'<circle cx="{x(limit_s)}" cy="{y(within[name])}" r="5" fill="{colour}"/>')
        parts.append(f'<path d="M{at_x} {at_y - 4}h24" {line}/>')
        text = _("{name} : {share} en {limit}").format(
            name=name, share=share, limit=lasting(limit_s)
        )
        parts.append(words(at_x + 30, at_y, "start", text, ink, bold=True))
    return svg(_CURVE_W, _CURVE_H, "".join(parts))


def _tell_curves(
    curves: Mapping[str, FloatArray], within: Mapping[str, float], limit_s: float
) -> str:
    return " ".join(
        ngettext(
            "{name} : {in_time} message sur 100 a sa réponse en {limit}, {late} en {days} jours.",
            "{name} : {in_time} messages sur 100 ont leur réponse en {limit}, {late} en {days} "
            "jours.",
            100 * within[name],
        ).format(
            name=name,
            in_time=_of_100(within[name]),
            limit=lasting(limit_s),
            late=_of_100(curve[-1]),
            days=_DAYS,
        )
        for name, curve in curves.items()
    )


# ---------------------------------------------------------------------- predict, move, explain


REINFORCEMENT = 2
"""People added to the team that the learner chooses."""

CLOSE_ENOUGH = 5
"""Messages out of 100 between a prediction that is said to be right and what happens."""

_HOURS: dict[str, tuple[str, dict[str, Any]]] = {
    "today": (_("horaires actuels"), {}),
    "evening": (_("tous jusqu’à 20 h, du lundi au vendredi"), {"closes_h": 20}),
    "weekend": (
        _("tous jusqu’à 20 h, samedi et dimanche compris"),
        {"closes_h": 20, "weekdays": range(7)},
    ),
}


@dataclass(frozen=True)
class _Shown:
    """What is kept of a setting once played."""

    messages: int
    presence_h: float
    summary: pd.Series
    curve: FloatArray
    ways: list[_Way]
    busiest: str


class _Setting(NamedTuple):
    """What the controls say; at first, the company of today, which the prediction is about."""

    team: str = ""
    hours: str = "today"
    load: int = 1
    owners: bool = False


class OrganisationSimulator(Simulator):
    """Predict how many messages silos answer in time, move the organisation, explain.

    The same messages go through the silos of today and through one shared triage.

    Parameters
    ----------
    today, shared : RoutingTable
        Who answers what now, and with an owner for each subject.
    months : sequence of DataFrame
        What to play, as `coherence.simulate` takes it: an ordinary load, then heavier ones.
    notice : str
        Where the data come from, always in sight.
    hand_off_delay_s : float
        Opening time lost each time a message changes hands.

    Attributes
    ----------
    controls : ``prediction``, ``team``, ``hours``, ``load`` (with ``load_typed``, a field for the
        same number), ``owners``, ``why``
    told : of the ``prediction``, the ``answered`` curves, the ``silos``, the ``shared`` triage and
        the ``explanation``
    """

    def __init__(
        self,
        today: coherence.RoutingTable,
        shared: coherence.RoutingTable,
        months: Sequence[pd.DataFrame],
        notice: str = "",
        hand_off_delay_s: float = 60 * company.HAND_OFF_MIN,
    ) -> None:
        super().__init__()
        self._today, self._shared, self._months = today, shared, months
        self._delay_s = hand_off_delay_s
        # A week more, so that the last messages have time to be answered.
        last = max(month["received_at"].max() for month in months)
        self._until = last.normalize() + pd.Timedelta(days=1) + _WEEK
        self._teams = [team.name for team in today.teams]
        self._played: dict[tuple[coherence.Organisation, _Setting], _Shown] = {}
        self._build(notice)
        self.redraw()

    def _build(self, notice: str) -> None:
        self.predict_number(
            _("Ma prédiction (messages sur 100)"),
            (0, 100),
            _("un nombre de 0 à 100"),
            _("Tapez d’abord un nombre de 0 à 100."),
        )
        nobody = (_("personne : les effectifs actuels"), "")
        controls: list[widgets.Widget] = [
            self.choices(
                "team",
                _("Renfort de {people}").format(people=_people(REINFORCEMENT)),
                [nobody, *((_("à {team}").format(team=quoted(t)), t) for t in self._teams)],
            ),
            self.choices(
                "hours", _("Horaires"), [(label, name) for name, (label, _how) in _HOURS.items()]
            ),
            self.slider(
                "load",
                (_("Messages : multipliés par"), _("ou tapez le nombre")),
                1,
                (1, len(self._months), 1),
            ),
        ]
        self.controls["owners"] = widgets.Checkbox(
            description=_("En silos, désigner une équipe garante pour chaque sujet"),
            indent=False,
        )
        for name in _Setting._fields:
            self.controls[name].observe(lambda _change: self.redraw(), "value")
        self.assemble(
            notice,
            _(
                "Avec les silos d’aujourd’hui, sur 100 messages reçus, combien auront une réponse "
                "dans les 24 heures ?"
            ),
            [
                *controls,
                self.controls["owners"],
                _beside(self.area("figures"), self.area("answered_image")),
                self.area("answered"),
                _beside(self.area("silos_image"), self.area("shared_image")),
                self.area("silos"),
                self.area("shared"),
            ],
            why=_("En une phrase : qu’est-ce qui fait vraiment monter la part des réponses ?"),
            begin=_("Les réponses arrivent à temps quand…"),
        )

    # What is played.

    def _setting(self) -> _Setting:
        return _Setting(*(self.controls[name].value for name in _Setting._fields))

    def _table(
        self, organisation: coherence.Organisation, setting: _Setting
    ) -> coherence.RoutingTable:
        table = self._shared if setting.owners or organisation == "pooled" else self._today
        if organisation == "silos":
            # Owners may be named, but teams still pass messages on as they do today.
            table = table.model_copy(update={"may_hand_to": self._today.may_hand_to})
        reinforcement = {setting.team: REINFORCEMENT} if setting.team else None
        return table.reinforced(reinforcement, **_HOURS[setting.hours][1])

    def _play(self, organisation: coherence.Organisation, setting: _Setting) -> _Shown:
        if organisation == "pooled":  # which has owners already
            setting = setting._replace(owners=False)
        if (organisation, setting) not in self._played:
            table = self._table(organisation, setting)
            played = coherence.simulate(
                table,
                self._months[setting.load - 1],
                organisation=organisation,
                hand_off_delay_s=self._delay_s,
                until=self._until,
            )
            self._played[organisation, setting] = _Shown(
                len(played.messages),
                played.presence_h_per_week,
                played.summary(PROMISE_S),
                played.answered_within(CURVE_S),
                _ways(played, table),
                str(played.teams["load"].idxmax()),
            )
        return self._played[organisation, setting]

    @property
    def summary(self) -> pd.DataFrame:
        """`Simulation.summary` of both organisations, as the controls stand."""
        return pd.DataFrame(
            {name: shown.summary for name, shown in self._both(self._setting()).items()}
        )

    def _both(self, setting: _Setting) -> dict[str, _Shown]:
        return {SILOS: self._play("silos", setting), SHARED: self._play("pooled", setting)}

    # What is shown.

    def redraw(self) -> None:
        both = self._both(self._setting())
        curves = {name: shown.curve for name, shown in both.items()}
        within = {name: shown.summary["answered_within"] for name, shown in both.items()}
        self.draw(
            "answered",
            _draw_curves(curves, within, PROMISE_S),
            _tell_curves(curves, within, PROMISE_S),
        )
        for name, shown in zip(("silos", "shared"), both.values(), strict=True):
            self.draw(name, _draw_flow(shown.ways, self._teams), _tell_flow(shown.ways))
        self.area("figures").value = _figures_html(both)

    def tell_prediction(self) -> str:
        """What was predicted, beside what was asked: today's silos, whatever was moved since."""
        silos, shared = (
            shown.summary["answered_within"] for shown in self._both(_Setting()).values()
        )
        told = (
            _(
                "✓ Vous aviez prédit {asked} sur 100 : les silos d’aujourd’hui, avant tout "
                "réglage, répondent dans les 24 heures à {silos}. Le tri partagé, à {shared}."
            )
            if abs(self.predicted - 100 * silos) <= CLOSE_ENOUGH
            else _(
                "Vous aviez prédit {asked} sur 100 : les silos d’aujourd’hui, avant tout "
                "réglage, répondent dans les 24 heures à {silos}. Le tri partagé, à {shared}."
            )
        )
        return told.format(
            asked=number(self.predicted),
            silos=_messages_of_100(silos),
            shared=_of_100(shared),
        )

    def explanation(self) -> str:
        setting = self._setting()
        silos = self._play("silos", setting)
        nobody, lost, load = (
            silos.summary[name] for name in ("nobody_share", "abandoned_share", "highest_load")
        )
        parts = []
        if setting.owners:
            orphans = self._play("silos", setting._replace(owners=False)).summary["nobody_share"]
            parts.append(
                ngettext(
                    "Désigner une équipe garante pour chaque sujet ouvre la voie à {n} message "
                    "sur 100 qui, sans elle, reste sans réponse, quel que soit l’effectif.",
                    "Désigner une équipe garante pour chaque sujet ouvre la voie à {n} messages "
                    "sur 100 qui, sans elle, restent sans réponse, quel que soit l’effectif.",
                    100 * orphans,
                ).format(n=_of_100(orphans))
            )
        elif nobody > 0:
            parts.append(
                ngettext(
                    "En silos, {n} message sur 100 porte sur un sujet sans équipe garante : il "
                    "reste sans réponse, quels que soient l’effectif et les horaires.",
                    "En silos, {n} messages sur 100 portent sur un sujet sans équipe garante : "
                    "ils restent sans réponse, quels que soient l’effectif et les horaires.",
                    100 * nobody,
                ).format(n=_of_100(nobody))
            )
        parts.append(
            ngettext(
                "Entre silos, un message change de main {n} fois en moyenne, et chaque fois il "
                "attend {delay} d’ouverture ; pendant ce temps, {lost} client sur 100 renonce.",
                "Entre silos, un message change de main {n} fois en moyenne, et chaque fois il "
                "attend {delay} d’ouverture ; pendant ce temps, {lost} clients sur 100 renoncent.",
                100 * lost,
            ).format(
                n=number(silos.summary["hand_offs_per_message"], 1),
                delay=lasting(self._delay_s),
                lost=_of_100(lost),
            )
        )
        parts.append(
            (
                _(
                    "Ce ne sont pas les bras qui manquent : l’équipe la plus occupée, {team}, ne "
                    "passe que {load} de ses heures sur les messages."
                )
                if load < _BUSY
                else _(
                    "L’équipe la plus occupée, {team}, passe {load} de ses heures sur les messages."
                )
            ).format(team=silos.busiest, load=_share(load))
        )
        parts.append(
            _(
                "Le tri partagé garde les mêmes personnes : le message va droit à qui sait "
                "répondre. Ce qu’il ne change pas : {closed}, quand tout est fermé."
            ).format(closed=_closed(self._table("pooled", setting).teams))
        )
        return " ".join(parts)


def _closed(teams: Iterable[coherence.Team]) -> str:
    """When no team is open, as one says it: nights, and the days off of the weekend."""
    open_days = {opening.weekday for team in teams for opening in team.opening}
    saturday, sunday = (day in open_days for day in (5, 6))
    if not sunday:
        return _("la nuit et le dimanche") if saturday else _("la nuit et le week-end")
    return _("la nuit") if saturday else _("la nuit et le samedi")


_BUSY = 0.5


def _beside(*children: widgets.Widget) -> widgets.HBox:
    """Side by side where the screen is wide enough, one under the other elsewhere."""
    return widgets.HBox(list(children), layout=widgets.Layout(flex_flow="row wrap", width="100%"))


def _figures_html(both: Mapping[str, _Shown]) -> str:
    """The figures as a table; made by hand, as a Styler takes longer than a slider can wait."""
    rows = [
        (label, [write(shown.summary[name]) for shown in both.values()])
        for name, label, write in _FIGURES
    ]
    present = [number(shown.presence_h, 0) for shown in both.values()]
    rows.append((_("Heures de présence par semaine"), present))
    narrow, whole = "padding: .15rem .4rem", "white-space: nowrap"
    heads = "".join(
        f'<th scope="col" style="{narrow}; {whole}">{escape(name)}</th>' for name in both
    )
    lines = "".join(
        f'<tr><th scope="row" style="font-weight: 400; {narrow}">{escape(label)}</th>'
        + "".join(f'<td style="{narrow}; {whole}">{escape(text)}</td>' for text in texts)
        + "</tr>"
        for label, texts in rows
    )
    caption = _("{n} messages en quatre semaines").format(n=number(both[SILOS].messages))
    return (
        '<table style="width: 20.5rem; line-height: 1.3"><caption style="text-align: left; '
        f'font-weight: 600">{escape(caption)}</caption><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


# ---------------------------------------------------------------------- the learner's own messages


_COUNTED = ("messaging_conversations", "comments", "replies")
"""What an export may count of the messages people send, each once."""

_DAYS_OF = ("date", "published_on", "period_start")

_PROMISED, _WITHIN_MIN = 0.8, 60
_LIMITS = _(
    "Limites : ce calcul (formule d’Erlang) suppose que tout arrive pendant les heures "
    "d’ouverture, que chacun sait répondre à tout et que personne ne renonce. Et un export "
    "compte les commentaires, rarement les messages privés : corrigez le nombre ci-dessus."
)
_MOST_WEEKS = 53
_BARS_W, _BARS_H = 640, 210


class OwnMessages(OwnData):
    """The learner's own messages, week by week, and the people they take.

    Parameters
    ----------
    export : path of an export of any platform, or None for the sample
    inbox : DataFrame, a year of messages of the fictional company

    Attributes
    ----------
    controls : ``upload``, ``sample``, and to be typed: ``weekly`` (filled in from the export),
        ``minutes``, ``hours``, ``people``
    told : ``source`` (whose data these are), ``weeks`` (what the export counts), ``staffing`` (what
        the typed figures ask for)
    """

    whose, read_in = _("Vos messages"), _("lus dans « {name} »")

    def __init__(self, export: str | os.PathLike[str] | None, inbox: pd.DataFrame) -> None:
        self._inbox = inbox
        self._weeks = pd.Series(dtype=float)
        super().__init__(export)

    def build(self) -> Sequence[widgets.Widget]:
        for name, label, value in (
            ("weekly", _("Messages auxquels répondre, par semaine"), ""),
            ("minutes", _("Minutes pour répondre à un message"), "8"),
            ("hours", _("Heures par semaine où quelqu’un répond"), "35"),
            ("people", _("Personnes qui répondent pendant ces heures"), "1"),
        ):
            self.controls[name] = widgets.Text(
                value=value,
                description=label,
                style={"description_width": "initial"},
                layout=widgets.Layout(width="auto", max_width="28rem"),
                continuous_update=False,
            )
            self.controls[name].observe(lambda _change: self._redraw(), "value")
        return ()

    def read(self, source: str | os.PathLike[str] | bytes) -> Export:
        export = super().read(source)
        _dated_counts(export.frame)
        return export

    def sample(self) -> tuple[pd.DataFrame, Report | None]:
        return pd.DataFrame({"date": self._inbox["received_at"], "comments": 1}), None

    def show(self, frame: pd.DataFrame, notice: str) -> Sequence[widgets.Widget]:
        days, counts, names = _dated_counts(frame)
        self._weeks = coherence.messages_by_week(days, counts)
        self._notice = notice
        told = _("{notice} Comptés : {names}.").format(notice=notice, names=", ".join(names))
        if days.name == "published_on":
            told += " " + _(
                "Ce fichier donne la date des publications, pas celle des messages : chaque "
                "message est compté la semaine de la publication."
            )
        self._counted = told
        average = _few(self._weeks.mean())
        if self.controls["weekly"].value == average:
            self._redraw()
        else:
            self.controls["weekly"].value = average
        typed = [self.controls[name] for name in ("weekly", "minutes", "hours", "people")]
        return [
            self.area("weeks_image"), self.area("weeks"), *typed, self.area("staffing"),
            paragraph(_LIMITS),
        ]  # fmt: skip

    def _redraw(self) -> None:
        if self._weeks.empty:  # before anything is read
            return
        capacity = None
        try:
            weekly, minutes, hours, people = (
                self._typed(name) for name in ("weekly", "minutes", "hours", "people")
            )
            if people != int(people):
                raise MetricError(_("Tapez un nombre entier de personnes."))
            found, peak = (
                coherence.staffing(
                    n, hours, minutes, int(people), service_level=_PROMISED, within_min=_WITHIN_MIN
                )
                for n in (weekly, self._weeks.max())
            )
        except MetricError as refused:
            self.tell("staffing", str(refused))
        else:
            capacity = found.capacity_per_week
            self.tell("staffing", self._tell_staffing(found, peak, weekly))
        told = _tell_weeks(self._weeks, capacity)
        self.tell("weeks", f"{self._counted} {told}")
        image = _draw_weeks(self._weeks, capacity)
        self.area("weeks_image").value = image_tag(image, told)

    def _typed(self, name: str) -> float:
        typed = self.controls[name].value.strip()
        try:
            return parse_number(typed)
        except ValueError:
            raise MetricError(
                _(
                    "« {label} » : {typed} n’est pas lu comme un nombre. Tapez par exemple 8."
                ).format(label=self.controls[name].description, typed=quoted(typed[:40]))
            ) from None

    def _tell_staffing(
        self, found: coherence.Staffing, peak: coherence.Staffing, weekly: float
    ) -> str:
        if not weekly:
            return _(
                "Sans message, il ne faut personne pour répondre. Tapez le nombre de messages que "
                "vous recevez par semaine."
            )
        parts = [
            ngettext(
                "{weekly} message par semaine occupe {load} à plein temps, sans autre tâche.",
                "{weekly} messages par semaine occupent {load} à plein temps, sans autre tâche.",
                round(weekly, 1),
            ).format(weekly=_few(weekly), load=_persons(found.offered_load)),
            _(
                "Avec {people}, la file s’allongerait sans fin : il en faut au moins {needed} pour "
                "que {promised} des messages soient pris en une heure d’ouverture."
            ).format(
                people=_people(found.people),
                needed=number(found.needed),
                promised=percent(_PROMISED, 0),
            )
            if pd.isna(found.in_time)
            else _(
                "Avec {people}, {share} des messages sont pris en une heure d’ouverture ; il faut "
                "{needed} pour en prendre {promised}."
            ).format(
                people=_people(found.people),
                share=_share(found.in_time),
                needed=_people(found.needed),
                promised=percent(_PROMISED, 0),
            ),
        ]
        if found.needed_apart > found.needed:
            parts.append(
                _(
                    "Partagés entre deux équipes qui ne s’entraident pas, les mêmes messages en "
                    "demandent {apart}."
                ).format(apart=number(found.needed_apart))
            )
        if peak.needed > found.needed:
            parts.append(
                _("Votre semaine la plus chargée en demande {needed}.").format(
                    needed=number(peak.needed)
                )
            )
        return " ".join(parts)


def _few(n: float) -> str:
    """A number with the decimals that matter: the smaller, the more of them."""
    return number(n, 0 if n >= 10 else 1 if n >= 1 else 2)  # noqa: PLR2004


def _persons(load: float) -> str:
    least = 0.01
    told = _few(load) if load >= least or not load else _LESS.format(n=number(least))
    return ngettext("{n} personne", "{n} personnes", round(load, 1)).format(n=told)


def _dated_counts(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series, list[str]]:
    """The day and the messages of each row, and what was counted.

    Raises
    ------
    MetricError
        The export counts no message, or does not say when.
    """
    counted = [name for name in _COUNTED if name in frame and frame[name].notna().any()]
    if not counted:
        raise MetricError(
            _(
                "Ce fichier est bien lu, mais il ne compte ni commentaires, ni conversations. "
                "Donnez un export de publications, ou tapez simplement vos chiffres ci-dessous."
            )
        )
    dated = [name for name in _DAYS_OF if name in frame and frame[name].notna().any()]
    if not dated:
        raise MetricError(
            _(
                "Ce fichier compte des messages, mais ne dit pas quel jour : on ne peut pas les "
                "ranger par semaine. Tapez simplement vos chiffres ci-dessous."
            )
        )
    total = frame[counted].sum(axis=1, min_count=1)
    return frame[dated[0]], total, [SCHEMA[name].meaning for name in counted]


def _draw_weeks(weeks: pd.Series, capacity: float | None) -> bytes:
    shown = weeks.tail(_MOST_WEEKS)
    left, top, right, bottom = 52, 30, _BARS_W - 8, _BARS_H - 30
    highest = max(float(shown.max()), 1.0)
    drawn = capacity is not None and capacity <= 3 * highest
    scale = max(highest, capacity or 0) if drawn else highest
    step = (right - left) / len(shown)
    parts = []
    for share in (0, 0.5, 1):
        y = round(bottom - (bottom - top) * share, 1)
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#dddddd"/>')
        parts.append(words(left - 6, y + 4, "end", number(scale * share, 0), INK))
    for i, value in enumerate(shown):
        height = round((bottom - top) * float(value) / scale, 1)
        parts.append(
            f'<rect x="{left + i * step + 0.1 * step:.1f}" y="{bottom - height:.1f}" '
            f'width="{0.8 * step:.1f}" height="{height}" fill="{BLUE}"/>'
        )
    parts.append(words(left, 16, "start", _("messages par semaine"), INK, bold=True))
    for at, anchor, x in ((0, "start", left), (-1, "end", right)):
        parts.append(words(x, bottom + 18, anchor, f"{shown.index[at]:%d/%m/%Y}", INK))
    if drawn and capacity is not None:
        y = round(bottom - (bottom - top) * capacity / scale, 1)
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="{ORANGE}" '
            'stroke-width="2.4" stroke-dasharray="8 4"/>'
        )
        parts.append(
            words(right, y - 5, "end", _("ce que vos heures permettent"), DARK_ORANGE, bold=True)
        )
    return svg(_BARS_W, _BARS_H, "".join(parts))


def _tell_weeks(weeks: pd.Series, capacity: float | None) -> str:
    mean = weeks.mean()
    told = _(
        "En {weeks}, du {first} au {last} : {mean} par semaine en moyenne, {most} la semaine du "
        "{when}, la plus chargée."
    ).format(
        weeks=ngettext("{n} semaine", "{n} semaines", len(weeks)).format(n=number(len(weeks))),
        first=f"{weeks.index[0]:%d/%m/%Y}",
        last=f"{weeks.index[-1]:%d/%m/%Y}",
        mean=ngettext("{n} message", "{n} messages", round(mean, 1)).format(n=_few(mean)),
        most=number(weeks.max(), 0),
        when=f"{weeks.idxmax():%d/%m/%Y}",
    )
    if capacity is None:
        return told
    over = int((weeks > capacity).sum())
    if not over:
        most = _("Vos heures permettent d’en traiter {capacity} ; aucune semaine ne dépasse.")
        return f"{told} {most.format(capacity=number(capacity, 0))}"
    return told + " " + ngettext(
        "Vos heures permettent d’en traiter {capacity} ; {n} semaine dépasse.",
        "Vos heures permettent d’en traiter {capacity} ; {n} semaines dépassent.",
        over,
    ).format(capacity=number(capacity, 0), n=number(over))  # fmt: skip
