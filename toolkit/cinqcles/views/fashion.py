"""Key 3 on screen: tools against objectives, a fashion along its curve, a pilot or a commitment.

Idea
----
- `tool_table`, `serves_table`, `objective_table`, `margin_table`, `method_table`, `pair_table` and
  the pictures `ranks`, `path`, `adoption`, `bets`, `tree` are for one cell;
- `FashionSimulator` asks one of three questions at a time, each with its prediction: which tool
  serves the objectives and how firmly it is first (`ToolSimulator`), where a fashion stands
  (`AdoptionSimulator`), whether to commit, to try or to leave it (`PilotSimulator`).

The learner's own tools and exports are in :mod:`cinqcles.views.own_tools`.

Everything is measured in :mod:`cinqcles.keys.fashion`; this module arranges and draws it. Pictures
are SVG: a slider is followed without delay, and texts stay sharp.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.ticker import MaxNLocator
from pandas.io.formats.style import Styler

from cinqcles.data import company
from cinqcles.errors import MetricError
from cinqcles.keys import fashion
from cinqcles.keys.purpose import Objective
from cinqcles.messages import _, euros, ngettext, number, percent
from cinqcles.views.controls import STYLE, Shown, panel
from cinqcles.views.pictures import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    Picture,
    quoted,
    shortened,
    styled,
    svg,
    words,
)
from cinqcles.views.simulator import Simulator

FIRST, FASHIONABLE, PREDICTED, RIVAL = BLUE, ORANGE, PURPLE, GREEN
FIRST_QUARTERS = 6
"""What is known when the adoption question is asked."""

_DASHES = {BLUE: "none", ORANGE: "9 5", PURPLE: "2 4", GREEN: "10 4 2 4", GREY: "none"}
_SMALL, _LARGE = 3, 10  # scenarios: how many times more will adopt than already have
_AHEAD = 4  # quarters drawn after the last one known


# ---------------------------------------------------------------------- words and numbers


def place(rank: int) -> str:
    """A place in a ranking of tools.

    >>> place(1), place(3)
    ('1er', '3e')
    """
    return _("1er") if rank == 1 else _("{n}e").format(n=rank)


def score(value: float, digits: int = 2) -> str:
    """A score, its decimals always written, so that two of them are compared at a glance.

    >>> score(0.7), score(0.696)
    ('0,70', '0,70')
    """
    decimal_sign = number(0.5, 1)[1]
    return f"{value:.{digits}f}".replace(".", decimal_sign)


def apart(values: Sequence[float], digits: int = 2) -> int:
    """How many decimals tell the first two scores apart, ``digits`` at least, 6 at most.

    >>> apart([0.7704, 0.7657]), apart([0.6630, 0.6629])
    (3, 4)
    """
    seen = range(digits, 7)
    return next((n for n in seen if len({score(value, n) for value in values[:2]}) > 1), digits)


def money(value: float) -> str:
    """Euros without cents, the sign a true minus."""
    return euros(value, 0).replace("-", "−")


def quarter(day: pd.Timestamp) -> str:
    """A quarter by its first day.

    >>> quarter(pd.Timestamp("2024-04-01"))
    'T2 2024'
    """
    return _("T{n} {year}").format(n=day.quarter, year=day.year)


def tenths(share: float) -> str:
    """A weight, or a bound of one: to a tenth, so that their difference is the margin that is told.

    >>> tenths(0.251), tenths(0.2)
    ('25,1\\xa0%', '20\\xa0%')
    """
    return percent(share, 0 if float(round(100 * share, 1)).is_integer() else 1)


def _of_100(share: float) -> str:
    return _("{n} fois sur 100").format(n=number(100 * share, 0))


def _listed(names: Sequence[Any]) -> str:
    """« a », « b » et « c »."""
    shown = [quoted(str(name)) for name in names]
    if len(shown) < 2:  # noqa: PLR2004
        return "".join(shown)
    return _("{first} et {last}").format(first=", ".join(shown[:-1]), last=shown[-1])


# ---------------------------------------------------------------------- how tools are ranked


@dataclass(frozen=True)
class Method:
    """A way to rank tools: its formula, its normalisation, and the name of both together."""

    label: str
    rank: Callable[..., fashion.Ranking]
    normalisation: fashion.Normalisation


METHODS: dict[str, Method] = {
    "sum-min-max": Method(_("somme pondérée, notes min–max"), fashion.weighted_sum, "min-max"),
    "sum-vector": Method(_("somme pondérée, notes vectorielles"), fashion.weighted_sum, "vector"),
    "topsis-vector": Method(_("TOPSIS, notes vectorielles"), fashion.topsis, "vector"),
    "topsis-min-max": Method(_("TOPSIS, notes min–max"), fashion.topsis, "min-max"),
}
"""The methods of the course, normalisation named."""

SUM = "sum-min-max"

Labels: TypeAlias = Mapping[Any, str]
"""The French name of each criterion."""


def rank(
    candidates: company.Candidates,
    method: str = SUM,
    *,
    weights: pd.Series | None = None,
    objectives: Sequence[str] | None = None,
) -> fashion.Ranking:
    """Candidates ranked, those that serve none of the objectives set apart.

    Parameters
    ----------
    method : a name in `METHODS`
    weights : by criterion; the company's own when None
    objectives : those retained, all of the company's when None; empty: no tool is set apart
    """
    chosen = METHODS[method]
    kept = list(candidates.serves) if objectives is None else list(objectives)
    return chosen.rank(
        candidates.scores,
        candidates.criteria["weight"] if weights is None else weights,
        directions=candidates.criteria["direction"],
        normalisation=chosen.normalisation,
        serves=candidates.serves[kept] if kept else None,
    )


# ---------------------------------------------------------------------- tables


def tool_table(
    candidates: company.Candidates, caption: str = "", *, weights: bool = False
) -> Styler:
    """Tools and what each is worth on each criterion, in its unit; the most cited ones first.

    Parameters
    ----------
    weights : whether heads give the company's weights too
    """
    order = candidates.press_mentions.sort_values(ascending=False).index
    head = _("{label} ({unit}), poids {weight}") if weights else _("{label} ({unit})")
    heads = {
        name: head.format(label=row["label"], unit=row["unit"], weight=tenths(row["weight"]))
        for name, row in candidates.criteria.iterrows()
    }
    cited = _("Citations dans la presse (par an)")
    shown = candidates.scores.loc[order].rename(columns=heads)
    shown.insert(0, cited, candidates.press_mentions[order])
    shown.index.name = None
    formats: dict[Any, Any] = dict.fromkeys(shown.columns, lambda value: number(value, 1))
    return styled(shown, caption).format(formats)


def serves_table(candidates: company.Candidates, caption: str = "") -> Styler:
    """Which objectives each tool serves, the most cited tools first."""
    order = candidates.press_mentions.sort_values(ascending=False).index
    shown = candidates.serves.loc[order].map(lambda serves: _("oui") if serves else "–")
    shown[_("En tout")] = candidates.serves.loc[order].sum(axis=1)
    shown.index.name = shown.columns.name = None
    return styled(shown, caption)


def objective_table(objectives: Sequence[Objective], caption: str = "") -> Styler:
    """The company's objectives, each with its indicator, from where to where."""
    heads = (_("Ce que l’on veut"), _("Indicateur"), _("Aujourd’hui"), _("Visé"))
    rows = {
        goal.name: (
            goal.statement,
            goal.indicator,
            _written(goal.baseline, goal.unit),
            _written(goal.target, goal.unit),
        )
        for goal in objectives
    }
    shown = pd.DataFrame.from_dict(rows, orient="index", columns=list(heads))
    left: Any = [{"selector": "th.col_heading, td", "props": "text-align: left"}]
    return styled(shown, caption).set_table_styles(left, overwrite=False)


def _written(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{number(value, 1)}\u00a0{unit}"


def score_table(ranking: fashion.Ranking, labels: Labels, caption: str = "") -> Styler:
    """Each tool's marks from 0 to 1, the weights in the heads, and its score; best first."""
    heads = {
        name: _("{label} (poids {weight})").format(
            label=labels[name], weight=percent(ranking.weights[name])
        )
        for name in ranking.weights.index
    }
    shown = ranking.normalised.loc[ranking.table.index].rename(columns=heads)
    shown[_("Score")] = ranking.table["score"]
    shown.index.name = None
    return styled(shown, caption).format(lambda value: score(float(str(value))))


def margin_table(ranking: fashion.Ranking, labels: Labels, caption: str = "") -> Styler:
    """How far each weight may move before the first tool changes."""
    margins = fashion.weight_margins(ranking)
    rows = {
        labels[name]: (
            tenths(row["weight"]),
            _("de {low} à {high}").format(low=tenths(row["low"]), high=tenths(row["high"])),
            _("rien ne change") if math.isinf(row["margin"]) else _points(row["margin"]),
            _listed([t for t in (row["overtaken_below"], row["overtaken_above"]) if t]) or "–",
        )
        for name, row in margins.iterrows()
    }
    heads = (
        _("Poids choisi"),
        _("Le premier le reste"),
        _("Plus petit écart qui change tout"),
        _("Qui passe alors devant"),
    )
    return styled(pd.DataFrame.from_dict(rows, orient="index", columns=list(heads)), caption)


def _points(share: float) -> str:
    points = round(100 * share, 1)
    # French counts from 2 on as many.
    return ngettext("{n} point", "{n} points", max(1, int(points))).format(n=number(points, 1))


def method_table(candidates: company.Candidates, caption: str = "") -> Styler:
    """Who comes first and second by each method, with their scores."""
    rows = {}
    for name, method in METHODS.items():
        table = rank(candidates, name).table
        two = table["score"].head(2)
        digits = apart(two.tolist(), 3)
        told = [f"{tool} ({score(value, digits)})" for tool, value in two.items()]
        # The difference of what is shown, so that a reader who subtracts finds it.
        first, second = two.round(digits)
        rows[method.label] = (told[0], told[1], score(first - second, digits))
    heads = (_("Premier"), _("Deuxième"), _("Écart"))
    return styled(pd.DataFrame.from_dict(rows, orient="index", columns=list(heads)), caption)


def pair_table(found: fashion.Ahp, caption: str = "") -> Styler:
    """Judgements by pairs as they are said: 3, or 1/3."""

    def said(value: float) -> str:
        return number(value, 1) if value >= 1 else f"1/{number(1 / value, 1)}"

    shown = found.judgements.map(said)
    shown[_("Poids qui en sort")] = found.weights.map(lambda weight: percent(weight, 0))
    return styled(shown, caption)


# ---------------------------------------------------------------------- a plot in SVG

_WIDTH = 880
_CLIP = "dessin"


class _Plot:
    """Axes, lines and marks in an SVG; texts are as sharp as the page's, and quick to make."""

    def __init__(
        self,
        size: tuple[float, float],
        x: tuple[float, float],
        y: tuple[float, float],
        margins: tuple[float, float, float, float] = (62, 16, 20, 46),
    ) -> None:
        """``margins``: left, top, right, bottom."""
        self.width, self.height = size
        self._x, self._y = x, y
        self.left, self.top = margins[0], margins[1]
        self.right, self.bottom = self.width - margins[2], self.height - margins[3]
        self.parts = [
            f'<clipPath id="{_CLIP}"><rect x="{self.left}" y="{self.top}" '
            f'width="{self.right - self.left}" height="{self.bottom - self.top}"/></clipPath>'
        ]

    def x(self, value: float) -> float:
        low, high = self._x
        return round(self.left + (value - low) / (high - low) * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        low, high = self._y
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - self.top), 1)

    def axes(
        self,
        x_ticks: Sequence[tuple[float, str]],
        y_ticks: Sequence[tuple[float, str]],
        names: tuple[str, str],
    ) -> None:
        """Grid, ticks, and the names of both axes: the second is written above its axis."""
        for value, label in y_ticks:
            at = self.y(value)
            self.parts.append(
                f'<line x1="{self.left}" y1="{at}" x2="{self.right}" y2="{at}" stroke="#dddddd"/>'
            )
            self.parts.append(words(self.left - 8, at + 4, "end", label, INK))
        for value, label in x_ticks:
            self.parts.append(words(self.x(value), self.bottom + 17, "middle", label, INK))
        self.parts.append(
            f'<line x1="{self.left}" y1="{self.bottom}" x2="{self.right}" y2="{self.bottom}" '
            f'stroke="{INK}"/>'
        )
        self.parts.append(
            words((self.left + self.right) / 2, self.bottom + 36, "middle", names[0], INK)
        )
        self.parts.append(words(6, self.top - 14, "start", names[1], INK))

    def band(self, low: float, high: float, colour: str) -> None:
        left, right = self.x(low), self.x(high)
        self.parts.append(
            f'<rect x="{left}" y="{self.top}" width="{max(right - left, 1):.1f}" '
            f'height="{self.bottom - self.top}" fill="{colour}" fill-opacity="0.12"/>'
        )

    def line(self, x: npt.ArrayLike, y: npt.ArrayLike, colour: str, width: float = 2.4) -> None:
        points = " ".join(
            f"{self.x(a)},{self.y(b)}" for a, b in zip(np.asarray(x), np.asarray(y), strict=True)
        )
        self.parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-dasharray="{_DASHES[colour]}" clip-path="url(#{_CLIP})"/>'
        )

    def bar(self, x: float, y: float, width: float, colour: str) -> None:
        left, right, at = self.x(x - width / 2), self.x(x + width / 2), self.y(y)
        self.parts.append(
            f'<rect x="{left}" y="{at}" width="{right - left:.1f}" '
            f'height="{self.bottom - at:.1f}" fill="{colour}"/>'
        )

    def mark(self, x: float, label: str, colour: str = INK, row: int = 0) -> None:
        """A vertical line, and a label beside it where there is room."""
        at = self.x(x)
        late = at > self.right - 170
        self.parts.append(
            f'<line x1="{at}" y1="{self.top}" x2="{at}" y2="{self.bottom}" stroke="{colour}" '
            'stroke-width="1.4"/>'
        )
        self.parts.append(
            words(
                at + (-6 if late else 6),
                self.top + 13 + 16 * row,
                "end" if late else "start",
                label,
                colour,
                bold=True,
            )
        )

    def dot(self, x: float, y: float, colour: str) -> None:
        if not self._y[0] <= y <= self._y[1]:
            return
        self.parts.append(
            f'<circle cx="{self.x(x)}" cy="{self.y(y)}" r="6" fill="{colour}" stroke="#ffffff" '
            'stroke-width="1.5"/>'
        )

    def legend(self, entries: Sequence[tuple[str, str]], top: float, columns: int = 2) -> None:
        """``(text, colour)`` in rows from ``top`` on: a line as drawn, then its text."""
        wide = (self.width - self.left) / columns
        for n, (text, colour) in enumerate(entries):
            x, y = self.left + wide * (n % columns), top + 19 * (n // columns)
            self.parts.append(
                f'<line x1="{x}" y1="{y - 4}" x2="{x + 38}" y2="{y - 4}" stroke="{colour}" '
                f'stroke-width="{1.6 if colour == GREY else 3}" '
                f'stroke-dasharray="{_DASHES[colour]}"/>'
            )
            ink = INK if colour == GREY else colour
            self.parts.append(words(x + 46, y, "start", text, ink, bold=colour != GREY))

    def image(self) -> bytes:
        return svg(self.width, self.height, "".join(self.parts))


def _nice(low: float, high: float, bins: int = 5) -> list[float]:
    ticks = MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in ticks]


# ---------------------------------------------------------------------- a ranking


@dataclass(frozen=True)
class Marked:
    """The tools to tell from the others: what everyone talks about, what was predicted."""

    fashionable: str | None = None
    predicted: str | None = None


_BAR_PX, _NAME_PX = 28, 330
_HATCHES = {
    ORANGE: '<path d="M0,8 L8,0" stroke="#ffffff" stroke-width="2.5"/>',
    PURPLE: '<circle cx="4" cy="4" r="1.8" fill="#ffffff"/>',
}


def ranks(ranking: fashion.Ranking, marked: Marked | None = None, method: str = SUM) -> Picture:
    """Tools from the first to the last, a bar a score; those set apart are named below.

    Parameters
    ----------
    method : what the ranking was made with, a name in `METHODS`
    """
    marked = marked or Marked()
    return Picture(_draw_ranks(ranking, marked), _tell_ranks(ranking, marked, METHODS[method]))


def _draw_ranks(ranking: fashion.Ranking, marked: Marked) -> bytes:
    rows = []
    told: str
    first, scores, places = (
        ranking.winners, ranking.table["score"].to_dict(), ranking.table["rank"].to_dict(),
    )  # fmt: skip
    digits = apart(list(scores.values()))
    for tool in [*ranking.table.index, *ranking.vetoed.index]:
        share = None
        told = _("écarté : ne sert aucun objectif retenu")
        if tool in scores:
            share = scores[tool]
            told = f"{place(places[tool])} · {score(share, digits)}"
        colour = (
            FIRST if tool in first
            else FASHIONABLE if tool == marked.fashionable
            else PREDICTED if tool == marked.predicted
            else GREY
        )  # fmt: skip
        tag = _(" (le plus cité)") if tool == marked.fashionable else ""
        star = "★ " if tool == marked.predicted else ""
        rows.append(Bar(f"{star}{shortened(str(tool), 42 - len(tag))}{tag}", share, told, colour))
    return bars(rows)


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart: its name, its length from 0 to 1 (None: no bar), what it says."""

    name: str
    share: float | None
    told: str
    colour: str = GREY


def bars(rows: Sequence[Bar]) -> bytes:
    """Horizontal bars, as SVG; each colour has its own pattern, and its own bold name."""
    wide = _WIDTH - _NAME_PX - 160
    parts = [
        f'<pattern id="trame{colour[1:]}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour}"/>{drawn}</pattern>'
        for colour, drawn in _HATCHES.items()
    ]
    for n, row in enumerate(rows):
        y = 8 + _BAR_PX * n
        plain = row.colour == GREY
        ink = INK if plain else row.colour
        parts.append(words(_NAME_PX - 10, y + 17, "end", row.name, ink, bold=not plain))
        long = -8.0
        if row.share is not None:
            filled = f"url(#trame{row.colour[1:]})" if row.colour in _HATCHES else row.colour
            long = max(wide * row.share, 1)
            parts.append(
                f'<rect x="{_NAME_PX}" y="{y + 3}" width="{long:.1f}" height="{_BAR_PX - 8}" '
                f'fill="{"#c6c6c6" if plain else filled}" stroke="{ink}"/>'
            )
        at = round(_NAME_PX + long + 8, 1)
        parts.append(words(at, y + 17, "start", row.told, ink, bold=not plain))
    return svg(_WIDTH, 14 + _BAR_PX * len(rows), "".join(parts))


def _tell_ranks(ranking: fashion.Ranking, marked: Marked, method: Method) -> str:
    table = ranking.table
    first, n = ranking.winners, len(table)
    digits = apart(table["score"].tolist())
    best = score(table["score"].iloc[0], digits)
    after = table[table["rank"] > 1]
    if len(first) > 1:
        told = [_("{tools} sont ex æquo en tête ({best}).").format(tools=_listed(first), best=best)]
    elif after.empty:
        told = [_("{tool} reste seul : rien à comparer.").format(tool=quoted(first[0]))]
    else:
        told = [
            _("{tool} est premier sur {n} ({best}), devant {second} ({value}).").format(
                tool=quoted(first[0]),
                n=n,
                best=best,
                second=quoted(str(after.index[0])),
                value=score(after["score"].iloc[0], digits),
            )
        ]
    told[0] = _("Méthode : {method}. {told}").format(method=method.label, told=told[0])
    cited = marked.fashionable
    if cited in table.index and cited not in first:
        row = table.T.to_dict()[cited]
        told.append(
            _("Le plus cité, {tool}, est {rank} ({value}).").format(
                tool=quoted(str(cited)),
                rank=place(int(row["rank"])),
                value=score(row["score"], digits),
            )
        )
    if out := ranking.vetoed.index.tolist():
        told.append(
            ngettext(
                "{tools} est écarté : il ne sert aucun objectif retenu.",
                "{tools} sont écartés : ils ne servent aucun objectif retenu.",
                len(out),
            ).format(tools=_listed(out))
        )
    return " ".join(told)


# ---------------------------------------------------------------------- how firm it is


def path(
    ranking: fashion.Ranking, criterion: str, label: str, marked: Marked | None = None
) -> Picture:
    """The scores of all tools as one weight goes from 0 to 100 %, and where the first one changes.

    Parameters
    ----------
    criterion, label : the criterion whose weight moves, and its French name
    """
    lines, margin = path_lines(ranking, criterion), margin_of(ranking, criterion)
    drawn = _draw_path(ranking, criterion, label, marked or Marked(), lines, margin)
    return Picture(drawn, tell_margin(ranking, label, margin))


def path_lines(ranking: fashion.Ranking, criterion: str) -> pd.DataFrame:
    """`fashion.weight_path` at as many weights as the drawing needs: straight lines need two."""
    straight = ranking.method == "weighted sum"
    return fashion.weight_path(ranking, criterion, np.linspace(0, 1, 2 if straight else 41))


def margin_of(ranking: fashion.Ranking, criterion: str) -> dict[Any, Any] | None:
    """The margin of a criterion, None where there is none: a tie, or all the weight on it."""
    if len(ranking.winners) > 1:
        return None
    row = fashion.weight_margins(ranking).loc[criterion].to_dict()
    return None if math.isnan(row["margin"]) else row


def _draw_path(  # noqa: PLR0917 - what is drawn, then what was computed of it
    ranking: fashion.Ranking,
    criterion: str,
    label: str,
    marked: Marked,
    lines: pd.DataFrame,
    margin: Mapping[Any, Any] | None,
) -> bytes:
    followed: dict[Any, tuple[str, str]] = {
        ranking.winners[0]: (_("{tool} : premier"), FIRST),
    }
    if margin is not None:
        for tool in (margin["overtaken_above"], margin["overtaken_below"]):
            if tool is not None:
                spare = RIVAL if RIVAL not in {c for _t, c in followed.values()} else PREDICTED
                followed.setdefault(tool, (_("{tool} : peut passer devant"), spare))
    if marked.fashionable in lines.columns:
        followed.setdefault(marked.fashionable, (_("{tool} : le plus cité"), FASHIONABLE))
    texts = [
        (text.format(tool=shortened(str(tool), 30)), colour)
        for tool, (text, colour) in followed.items()
    ]
    if len(followed) < lines.shape[1]:
        texts.append((_("les autres outils"), GREY))
    rows = -(-len(texts) // 2)
    plot = _Plot((_WIDTH, 290 + 19 * rows), (0, 1), (0, 1), (62, 30 + 19 * rows, 20, 46))
    plot.axes(
        [(n / 10, percent(n / 10, 0)) for n in range(0, 11, 2)],
        [(n / 4, score(n / 4)) for n in range(5)],
        (_("poids de {label}").format(label=quoted(label)), _("score")),
    )
    plot.legend(texts, 16)
    if margin is not None:
        plot.band(margin["low"], margin["high"], FIRST)
    for tool in [t for t in lines.columns if t not in followed]:
        plot.line(lines.index, lines[tool], GREY, 1)
    for tool in reversed(followed):
        plot.line(lines.index, lines[tool], followed[tool][1])
    weight = float(ranking.weights[criterion])
    plot.mark(weight, _("poids choisi : {weight}").format(weight=tenths(weight)))
    plot.dot(weight, float(ranking.table["score"].iloc[0]), FIRST)
    return plot.image()


def tell_margin(ranking: fashion.Ranking, label: str, margin: Mapping[Any, Any] | None) -> str:
    """How far a weight may move before the first tool changes, in words; see `margin_of`."""
    if len(ranking.winners) > 1:
        return _("Deux outils sont ex æquo en tête : le moindre changement de poids les sépare.")
    tool = quoted(str(ranking.winners[0]))
    if margin is None:
        return _(
            "{label} a tout le poids : un seul critère décide, et {tool} y est le meilleur."
        ).format(label=quoted(label), tool=tool)
    told = _("Le poids de {label} vaut {weight}.").format(
        label=quoted(label), weight=tenths(margin["weight"])
    )
    if math.isinf(margin["margin"]):
        return _("{told} De 0 à 100 %, {tool} reste premier : ce poids ne décide de rien.").format(
            told=told, tool=tool
        )
    parts = [
        side.format(bound=tenths(bound), other=quoted(str(other)))
        for side, bound, other in (
            (_("au-dessous de {bound}, {other} passe devant"), margin["low"],
             margin["overtaken_below"]),
            (_("au-dessus de {bound}, {other} passe devant"), margin["high"],
             margin["overtaken_above"]),
        )
        if other is not None
    ]  # fmt: skip
    return _("{told} {tool} reste premier de {low} à {high} ; {parts}.").format(
        told=told,
        tool=tool,
        low=tenths(margin["low"]),
        high=tenths(margin["high"]),
        parts=_(" ; ").join(parts),
    )


def tell_shares(shares: pd.Series) -> str:
    """Who wins under weights drawn at random, in words: the two who win most."""
    most = shares.sort_values(ascending=False).head(2)
    told = [
        _("{tool} gagne {times}").format(tool=quoted(str(tool)), times=_of_100(share))
        for tool, share in most.items()
        if share >= 0.005  # noqa: PLR2004 - what rounds to 0 of 100
    ]
    return _("Avec des poids tirés au hasard, {told}.").format(told=_(" et ").join(told))


def tell_reversals(ranking: fashion.Ranking) -> str:
    """Whether the presence of one tool decides between two others, in words."""
    found = fashion.rank_reversals(ranking)
    odd = found[~found["stable"]]
    if odd.empty:
        return _("Retirer un outil, ou le mettre deux fois, n’inverse l’ordre d’aucun autre.")
    top = ranking.winners[0]
    at_top = odd[[any(pair[0] == top for pair in pairs) for pairs in odd["reversed"]]]
    row = (at_top if len(at_top) else odd).iloc[0]
    ahead, behind = row["reversed"][0]
    change = (
        _("Retirer {tool} de la liste")
        if row["change"] == "removed"
        else _("Mettre {tool} deux fois dans la liste")
    )
    return _(
        "{change} suffit à faire passer {behind} devant {ahead}, alors que rien n’a changé chez "
        "eux."
    ).format(
        change=change.format(tool=quoted(str(row["tool"]))),
        behind=quoted(str(behind)),
        ahead=quoted(str(ahead)),
    )


# ---------------------------------------------------------------------- a fashion


@dataclass(frozen=True)
class Outlook:
    """What may be said of a fashion after some quarters: a fit, or why not, and two futures."""

    fit: fashion.BassFit | None
    refusal: str
    futures: tuple[fashion.BassCurve, ...]


def outlook(frame: pd.DataFrame, known: int) -> Outlook:
    """What the first ``known`` quarters of an adoption allow to say."""
    observed = frame["adopters"].iloc[:known]
    try:
        return Outlook(fashion.fit_bass(observed), "", ())
    except MetricError as refused:
        total = float(observed.sum())
        futures = tuple(fashion.bass_scenario(observed, m * total) for m in (_SMALL, _LARGE))
        return Outlook(None, str(refused), futures)


def adoption(frame: pd.DataFrame, known: int | None = None, *, cumulative: bool = False) -> Picture:
    """The adoption of a tool, quarter by quarter, and what its first quarters allow to say.

    Parameters
    ----------
    frame : as `cinqcles.data.company.adoption` gives
    known : how many quarters are looked at, all of them when None
    cumulative : adopters since the start, instead of new ones
    """
    known = len(frame) if known is None else known
    found = outlook(frame, known)
    return Picture(
        _draw_adoption(frame, known, found, cumulative=cumulative),
        _tell_adoption(frame, known, found, cumulative=cumulative),
    )


def _draw_adoption(frame: pd.DataFrame, known: int, found: Outlook, *, cumulative: bool) -> bytes:
    values = frame["cumulative_adopters" if cumulative else "adopters"].to_numpy(dtype=float)
    curves = [(found.fit.curve, GREEN)] if found.fit else []
    texts = [(_("courbe ajustée aux trimestres connus"), GREEN)] if found.fit else []
    colours = (PURPLE, ORANGE)
    for curve, colour, times in zip(found.futures, colours, (_SMALL, _LARGE), strict=False):
        curves.append((curve, colour))
        texts.append((_("si le total finit multiplié par {n}").format(n=times), colour))
    last = len(frame) + _AHEAD
    top = 1.25 * values.max()
    plot = _Plot((_WIDTH, 340), (0.3, last + 0.7), (0, top), (62, 56, 20, 46))
    plot.axes(
        [(n + 1, quarter(day)) for n, day in enumerate(frame["quarter"]) if n % 3 == 0],
        [(tick, number(tick, 0)) for tick in _nice(0, top) if 0 <= tick <= top],
        (
            _("trimestre"),
            _("entreprises équipées depuis le début")
            if cumulative
            else _("nouvelles entreprises par trimestre"),
        ),
    )
    plot.legend(texts, 18)
    for n in range(known):
        plot.bar(n + 1, values[n], 0.7, "#9fc5e0")
    if known < last:
        unknown = _("pas encore connu →")
        plot.parts.append(
            words(plot.x(known + 0.6) + 6, plot.bottom - 8, "start", unknown, "#555555")
        )
    said: list[float] = []  # where a curve has told its most
    for curve, colour in curves:
        table = curve.periods(last)
        drawn = table["cumulative" if cumulative else "adoptions"]
        plot.line(drawn.index, drawn, colour)
        outside = drawn.index[drawn > top]
        if len(outside):  # a scale that held it all would flatten what is known
            most = _("jusqu’à {most}").format(most=number(drawn.max(), 0))
            left = min([plot.x(outside[0]) + 6, plot.right - 110, *(each - 110 for each in said)])
            said.append(left)
            plot.parts.append(words(left, plot.top - 5, "start", most, colour, bold=True))
    if found.fit:
        peak = found.fit.estimates.loc["peak_time"].to_dict()
        # A peak time is counted from the launch; the bar of the first quarter stands at 1.
        plot.band(peak["low"] + 0.5, peak["high"] + 0.5, GREEN)
        plot.mark(peak["estimate"] + 0.5, _("sommet"), GREEN)
    return plot.image()


def _tell_adoption(frame: pd.DataFrame, known: int, found: Outlook, *, cumulative: bool) -> str:
    seen = frame.iloc[:known]
    now = quarter(seen["quarter"].iloc[-1])
    told = _(
        "{now}, {n} trimestres connus : {new} nouvelles entreprises au dernier, {total} en tout."
    )
    parts = [
        told.format(
            now=now,
            n=known,
            new=number(seen["adopters"].iloc[-1], 0),
            total=number(seen["cumulative_adopters"].iloc[-1], 0),
        )
    ]
    if cumulative:
        parts.append(_("Un total ne peut que monter : il ne dit jamais si une mode s’essouffle."))
    if found.fit:
        peak = found.fit.estimates.loc["peak_time"].to_dict()
        reached = found.fit.reached
        when = frame["quarter"].iloc[min(max(math.ceil(peak["estimate"]) - 1, 0), len(frame) - 1)]
        parts.append(
            _(
                "Le sommet est passé, vers le {when} ({n} trimestres après le lancement, de {low} "
                "à {high} à 95 % de confiance). {share} des entreprises qui l’adopteront l’ont "
                "déjà fait (de {least} à {most})."
            ).format(
                when=quarter(when),
                n=number(peak["estimate"], 1),
                low=number(peak["low"], 1),
                high=number(peak["high"], 1),
                share=percent(reached["estimate"], 0),
                least=percent(reached["low"], 0),
                most=percent(reached["high"], 0),
            )
        )
        strongest = quarter(seen["quarter"].iloc[int(seen["adopters"].to_numpy().argmax())])
        if strongest != quarter(when):
            parts.append(
                _(
                    "Ce sommet est celui de la courbe ajustée ; le trimestre le plus fort, le "
                    "{strongest}, tient aussi au hasard."
                ).format(strongest=strongest)
            )
    else:
        small, large = (
            curve.periods(known + _AHEAD)["adoptions"].iloc[-1] for curve in found.futures
        )
        parts.append(
            _(
                "Le calcul refuse de prédire : le sommet n’est peut-être pas passé. Deux avenirs "
                "suivent le même passé : dans un an, {small} nouvelles entreprises par trimestre, "
                "ou {large}."
            ).format(small=number(small, 0), large=number(large, 0))
        )
    return " ".join(parts)


# ---------------------------------------------------------------------- pilot or commit

_BEST = {
    "none": _("de ne rien faire"),
    "pilot": _("d’essayer d’abord"),
    "commit": _("de s’engager tout de suite"),
}
BETS: dict[str, str] = {
    "none": _("ne rien faire"),
    "pilot": _("essayer d’abord (pilote)"),
    "commit": _("s’engager tout de suite"),
}
_BET_COLOURS = {"none": GREY, "pilot": BLUE, "commit": ORANGE}
_ODDS = np.linspace(0, 1, 41)


def stake_table(stakes: company.Stakes, caption: str = "") -> Styler:
    """What is at stake, a line a figure."""
    rows = {
        _("S’engager pour un an : coût et temps de travail"): money(stakes["commit_cost_eur"]),
        _("Ce que l’outil rapporte s’il convient"): money(stakes["success_payoff_eur"]),
        _("Ce qu’il rapporte s’il ne convient pas"): money(stakes["failure_payoff_eur"]),
        _("Chances qu’il convienne, avant tout essai"): percent(stakes["success_probability"], 0),
        _("Essayer d’abord : coût du pilote"): money(stakes["pilot_cost_eur"]),
        _("Le pilote dit vrai"): _of_100(stakes["sensitivity"]),
        _("Part du gain qui reste après l’essai"): percent(stakes["kept_share"], 0),
    }
    shown = pd.DataFrame.from_dict(rows, orient="index", columns=[_("Valeur")])
    return styled(shown, caption)


def bets(stakes: company.Stakes) -> Picture:
    """What each decision is worth on average, as the chances of success go from 0 to 100 %."""
    decision = fashion.pilot_or_commit(**stakes)
    return Picture(_draw_bets(stakes, decision, _lines(stakes)), _tell_bets(stakes, decision))


def _lines(stakes: company.Stakes) -> pd.DataFrame:
    rest: dict[str, Any] = {k: v for k, v in stakes.items() if k != "success_probability"}
    return fashion.pilot_path(_ODDS, **rest)


def _draw_bets(
    stakes: company.Stakes, decision: fashion.PilotDecision, lines: pd.DataFrame
) -> bytes:
    low, high = float(lines.to_numpy().min()), float(lines.to_numpy().max())
    ticks = _nice(low, high, 6)
    plot = _Plot((_WIDTH, 340), (0, 1), (ticks[0], ticks[-1]), (78, 56, 20, 46))
    plot.axes(
        [(n / 10, percent(n / 10, 0)) for n in range(0, 11, 2)],
        [(tick, money(tick)) for tick in ticks],
        (_("chances que l’outil convienne, avant tout essai"), _("gain moyen (€)")),
    )
    plot.legend([(BETS[name], _BET_COLOURS[name]) for name in BETS], 18, columns=3)
    if decision.pilot_range:
        plot.band(*decision.pilot_range, BLUE)
    for name in ("none", "commit", "pilot"):
        plot.line(lines.index, lines[name], _BET_COLOURS[name])
    odds = stakes["success_probability"]
    plot.mark(odds, percent(odds, 0))
    for name in ("none", "commit", "pilot"):
        plot.dot(odds, decision.expected_eur[name], _BET_COLOURS[name])
    return plot.image()


def _tell_bets(stakes: company.Stakes, decision: fashion.PilotDecision) -> str:
    worth = {str(name): money(value) for name, value in decision.expected_eur.items()}
    told = _(
        "Avec {odds} de chances, essayer d’abord vaut {pilot} en moyenne, s’engager tout de suite "
        "{commit}, ne rien faire {none} : le mieux est {best}."
    ).format(
        odds=percent(stakes["success_probability"], 0),
        best=_BEST[decision.best],
        **worth,
    )
    if decision.pilot_range is None:
        return _("{told} Quelles que soient les chances, ce pilote n’est jamais le mieux.").format(
            told=told
        )
    low, high = decision.pilot_range
    digits = 0 if math.ceil(100 * low) <= math.floor(100 * high) else 1
    # Rounded inwards: at both of the chances told, the pilot is the best indeed.
    steps = 100 * 10**digits
    low, high = math.ceil(steps * low) / steps, math.floor(steps * high) / steps
    return _(
        "{told} L’essai est le mieux entre {low} et {high} de chances : au-dessous, on laisse ; "
        "au-dessus, on s’engage."
    ).format(told=told, low=percent(low, digits), high=percent(high, digits))


def tree(stakes: company.Stakes) -> Picture:
    """The decision as a tree: what the pilot may say, and what one then does."""
    decision = fashion.pilot_or_commit(**stakes)
    return Picture(_draw_tree(stakes, decision), _tell_tree(decision))


_TREE_ROWS = (36, 92, 148, 204)


def _draw_tree(stakes: company.Stakes, decision: fashion.PilotDecision) -> bytes:
    said = decision.signs.to_dict(orient="index")
    yes, no, commit, leave = _TREE_ROWS
    pilot = (yes + no) / 2
    parts: list[str] = []

    def link(start: tuple[float, float], end: tuple[float, float], *, best: bool) -> None:
        parts.append(
            f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" '
            f'stroke="{BLUE if best else GREY}" stroke-width="{3.5 if best else 1.3}" '
            f'stroke-dasharray="{"none" if best else "5 4"}"/>'
        )

    def box(x: float, y: float, wide: float, text: str, *, best: bool) -> None:
        colour = BLUE if best else GREY
        parts.append(
            f'<rect x="{x}" y="{y - 17}" width="{wide}" height="34" rx="6" fill="#ffffff" '
            f'stroke="{colour}" stroke-width="{2.5 if best else 1.2}"/>'
        )
        parts.append(words(x + wide / 2, y + 4, "middle", text, INK, bold=best))

    worth, best = decision.expected_eur, decision.best
    start = (110, 120)
    branches = (
        ("pilot", pilot, _("Essayer : {cost}").format(cost=money(stakes["pilot_cost_eur"]))),
        ("commit", commit, _("S’engager : {cost}").format(cost=money(stakes["commit_cost_eur"]))),
        ("none", leave, _("Ne rien faire")),
    )
    for name, y, _text in branches:
        link(start, (180, y), best=name == best)
    box(10, start[1], 100, _("Aujourd’hui"), best=True)
    for name, y, text in branches:
        tick = "✓ " if name == best else ""
        box(180, y, 190, text, best=name == best)
        value = _("{tick}gain moyen {worth}").format(tick=tick, worth=money(worth[name]))
        at = (385, y - 12 if name == "pilot" else y + 4)
        if name != "pilot":
            ink = BLUE if name == best else INK
            parts.append(words(at[0], at[1], "start", value, ink, bold=name == best))
    for name, y in (("good", yes), ("bad", no)):
        link((370, pilot), (420, y), best=best == "pilot")
        sign = _("il dit oui") if name == "good" else _("il dit non")
        box(
            420, y, 200,
            f"{sign} : {_of_100(said[name]['probability'])}".replace(" :", "\u00a0:"),
            best=best == "pilot",
        )  # fmt: skip
        does = _("on s’engage") if said[name]["commit"] else _("on s’arrête")
        parts.append(words(630, y + 4, "start", f"→ {does}", INK, bold=best == "pilot"))
    tick = "✓ " if best == "pilot" else ""
    value = _("{tick}gain moyen {worth}").format(tick=tick, worth=money(worth["pilot"]))
    ink = BLUE if best == "pilot" else INK
    parts.append(words(735, pilot + 4, "start", value, ink, bold=best == "pilot"))
    return svg(_WIDTH + 30, 236, "".join(parts))


def _tell_tree(decision: fashion.PilotDecision) -> str:
    parts = []
    for name, text in (
        ("good", _("Le pilote dirait oui {times}")),
        ("bad", _("Il dirait non {times}")),
    ):
        row = decision.signs.loc[name].to_dict()
        told = text.format(times=_of_100(row["probability"]))
        if not pd.isna(row["success"]):
            then = _("on s’engagerait") if row["commit"] else _("on s’arrêterait")
            told = _("{told} ; l’outil conviendrait alors {times}, et {then}").format(
                told=told, times=_of_100(row["success"]), then=then
            )
        parts.append(told + ".")
    told = (
        _(
            "Savoir d’avance si l’outil convient vaudrait {most} au plus ; ce pilote ajoute "
            "{worth} à la meilleure décision immédiate."
        )
        if decision.pilot_value_eur >= 0
        else _(
            "Savoir d’avance si l’outil convient vaudrait {most} au plus ; ce pilote retire "
            "{worth} à la meilleure décision immédiate."
        )
    )
    parts.append(
        told.format(
            most=money(decision.perfect_information_eur), worth=money(abs(decision.pilot_value_eur))
        )
    )
    return " ".join(parts)


# ---------------------------------------------------------------------- predict, move, explain


class ToolSimulator(Simulator):
    """Which tool serves the objectives, and how firmly it is first.

    Parameters
    ----------
    candidates : the tools to choose from
    notice : where the data come from, always in sight

    Attributes
    ----------
    controls : ``prediction``, ``objective``, ``criterion``, ``weight`` (and ``weight_typed``),
        ``method``, ``why``
    told : of the ``prediction``, the ``ranks``, the ``margin`` and the ``explanation``
    ranking : as drawn
    """

    def __init__(self, candidates: company.Candidates, notice: str = "") -> None:
        super().__init__()
        self._candidates = candidates
        self._labels: dict[Any, str] = candidates.criteria["label"].to_dict()
        self._shares: dict[tuple[str, str], pd.Series] = {}
        self._lines: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._filling = False
        self._build(notice)
        self._fill_weight()
        self.redraw()

    def _build(self, notice: str) -> None:
        tools = sorted(self._candidates.scores.index)
        self.predict_among(
            _("Choisissez un outil"),
            [(tool, tool) for tool in tools],
            _("Choisissez d’abord un outil dans la liste."),
        )
        # An objective that fewer than two tools serve leaves nothing to compare.
        served = [name for name, tools in self._candidates.serves.items() if tools.sum() > 1]
        objectives = [
            (_("Tous les objectifs de l’entreprise"), "all"),
            *[(str(name), str(name)) for name in served],
            (_("Aucun : ne regarder que les outils"), "none"),
        ]
        weight = self.slider(
            "weight", (_("Son poids (%)"), _("ou tapez le poids")), 20, (0, 100, 1)
        )
        moving = [
            self.choices("objective", _("Objectif retenu"), objectives),
            self.choices("criterion", _("Critère"), [(v, k) for k, v in self._labels.items()]),
            weight,
            self.choices("method", _("Méthode"), [(m.label, name) for name, m in METHODS.items()]),
            self.area("ranks_image"),
            self.area("ranks"),
            self.area("margin_image"),
            self.area("margin"),
        ]
        self.controls["criterion"].observe(self._other_criterion, "value")
        for name in ("objective", "weight", "method"):
            self.controls[name].observe(self._moved, "value")
        self.assemble(
            notice,
            _(
                "L’entreprise a quatre objectifs et des poids qu’elle a choisis. Le plus cité de "
                "ces outils est {tool}. Lequel sera premier ?"
            ).format(tool=quoted(self._candidates.fashionable)),
            moving,
            why=_("En une phrase : ce premier est-il solide, et pourquoi ?"),
            begin=_("Ce premier est solide (ou fragile) parce que…"),
        )

    def _other_criterion(self, _change: object) -> None:
        self._fill_weight()
        self.redraw()

    def _fill_weight(self) -> None:
        """The weight of another criterion starts from the company's own."""
        self._filling = True
        weight = self._candidates.criteria["weight"][self.controls["criterion"].value]
        self.controls["weight"].value = round(100 * weight)
        self._filling = False

    def _moved(self, _change: object) -> None:
        if not self._filling:
            self.redraw()

    @property
    def weights(self) -> pd.Series:
        """The company's weights, but the one moved; not moved, it is the company's, unrounded."""
        criterion, asked = self.controls["criterion"].value, self.controls["weight"].value
        own: pd.Series = self._candidates.criteria["weight"]
        if asked == round(100 * own[criterion]):
            return own
        return fashion.reweighted(own, criterion, asked / 100)

    def _objectives(self) -> list[str] | None:
        chosen = self.controls["objective"].value
        return {"all": None, "none": []}.get(chosen, [chosen])

    def redraw(self) -> None:
        objective, method = self.controls["objective"].value, self.controls["method"].value
        criterion = self.controls["criterion"].value
        self.ranking = rank(
            self._candidates, method, weights=self.weights, objectives=self._objectives()
        )
        # Shares do not depend on the weights chosen: drawn once for each objective and method.
        if (objective, method) not in self._shares:
            self._shares[objective, method] = fashion.win_shares(self.ranking)
        marked = Marked(self._candidates.fashionable, self.predicted)
        drawn = ranks(self.ranking, marked, method)
        self.draw("ranks", drawn.image, drawn.told)
        # Nor do the lines along a weight depend on that weight.
        label, setting = self._labels[criterion], (objective, method, criterion)
        if setting not in self._lines:
            own = rank(self._candidates, method, objectives=self._objectives())
            self._lines[setting] = path_lines(own, criterion)
        margin = margin_of(self.ranking, criterion)
        told = [
            tell_margin(self.ranking, label, margin),
            tell_shares(self._shares[objective, method]),
            tell_reversals(self.ranking),
        ]
        firm = _draw_path(self.ranking, criterion, label, marked, self._lines[setting], margin)
        self.draw("margin", firm, " ".join(told))
        self.follow_prediction()

    def tell_prediction(self) -> str:
        first = _listed(self.ranking.winners)
        tool = quoted(str(self.predicted))
        if self.predicted in self.ranking.winners:
            return _("✓ Vous aviez prédit {tool} : avec ces réglages, il est bien premier.").format(
                tool=tool
            )
        if self.predicted in self.ranking.vetoed.index:
            return _(
                "Vous aviez prédit {tool} : il ne sert aucun objectif retenu, il est écarté avant "
                "tout calcul. Le premier est {first}."
            ).format(tool=tool, first=first)
        return _(
            "Vous aviez prédit {tool} : avec ces réglages, il est {rank} sur {n}. Le premier est "
            "{first}."
        ).format(
            tool=tool,
            rank=place(self.ranking.table["rank"][self.predicted]),
            n=len(self.ranking.table),
            first=first,
        )

    def explanation(self) -> str:
        first = self.ranking.winners[0]
        most = self.ranking.contributions.loc[first].idxmax()
        told = _(
            "{tool} doit surtout sa place à {criterion}, bien noté et de poids {weight}."
        ).format(
            tool=quoted(str(first)),
            criterion=quoted(self._labels[str(most)]),
            weight=tenths(self.ranking.weights[most]),
        )
        share = self._shares[self.controls["objective"].value, self.controls["method"].value][first]
        firm = (
            _(
                "Mais il ne sert aucun objectif de l’entreprise : remettez le veto avant de "
                "conclure."
            )
            if not self._candidates.serves.loc[first].any()
            else _("Il gagne avec presque tous les poids possibles : le classement est solide.")
            if share > 0.8  # noqa: PLR2004
            else _(
                "Il ne gagne qu’avec une partie des poids possibles : dire qu’il est premier, "
                "c’est dire ce qui compte pour vous."
            )
        )
        so = _(
            "Un poids est un choix, pas une mesure : annoncez-le avant de calculer, et dites "
            "jusqu’où il peut bouger."
        )
        return f"{told} {firm} {so}"


class AdoptionSimulator(Simulator):
    """Where a fashion stands, as its quarters become known one after the other.

    Parameters
    ----------
    frame : as `cinqcles.data.company.adoption` gives
    tool : the tool that spreads
    notice : where the data come from, always in sight

    Attributes
    ----------
    controls : ``prediction`` (in how many quarters the highest one comes: ``(least, most)``, or
        None for "one cannot know yet"), ``known`` (and ``known_typed``), ``view``, ``why``
    told : of the ``prediction``, the ``adoption`` and the ``explanation``
    """

    _CANNOT_KNOW = "cannot know"

    def __init__(self, frame: pd.DataFrame, tool: str, notice: str = "") -> None:
        super().__init__()
        self._frame = frame
        # Fitting takes longer than a slider may wait: all are made now.
        self._outlooks = {n: outlook(frame, n) for n in range(FIRST_QUARTERS, len(frame) + 1)}
        seen = frame["adopters"].iloc[:FIRST_QUARTERS]
        self.predict_among(
            _("Choisissez une réponse"),
            [
                (_("Il est déjà passé"), (-FIRST_QUARTERS, 0)),
                (_("Dans un ou deux trimestres"), (1, 2)),
                (_("Dans trois ou quatre trimestres"), (3, 4)),
                (_("Dans cinq trimestres ou plus"), (5, len(frame))),
                (_("On ne peut pas encore le savoir"), self._CANNOT_KNOW),
            ],
            _("Choisissez d’abord une réponse dans la liste."),
        )
        views = [
            (_("Nouvelles entreprises, par trimestre"), False),
            (_("Total depuis le début"), True),
        ]
        labels = (_("Trimestres connus"), _("ou tapez leur nombre"))
        known = self.slider("known", labels, FIRST_QUARTERS, (FIRST_QUARTERS, len(frame), 1))
        moving = [
            known,
            self.choices("view", _("Ce que l’on regarde"), views),
            self.area("adoption_image"),
            self.area("adoption"),
        ]
        for name in ("known", "view"):
            self.controls[name].observe(lambda _change: self.redraw(), "value")
        self.assemble(
            notice,
            _(
                "{tool} se répand chez vos confrères : {counts} nouvelles entreprises aux {n} "
                "premiers trimestres. Quand viendra le sommet ?"
            ).format(
                tool=quoted(tool),
                counts=", ".join(number(count, 0) for count in seen),
                n=FIRST_QUARTERS,
            ),
            moving,
            why=_("En une phrase : à partir de quand pouvait-on savoir, et pourquoi pas avant ?"),
            begin=_("On ne pouvait pas savoir avant parce que…"),
        )
        self.redraw()

    def redraw(self) -> None:
        known, cumulative = self.controls["known"].value, self.controls["view"].value
        found = self._outlooks[known]
        self.draw(
            "adoption",
            _draw_adoption(self._frame, known, found, cumulative=cumulative),
            _tell_adoption(self._frame, known, found, cumulative=cumulative),
        )
        self.follow_prediction()

    def tell_prediction(self) -> str:
        at = int(self._frame["adopters"].to_numpy().argmax())
        later = at + 1 - FIRST_QUARTERS
        happened = ngettext(
            "Le trimestre le plus fort a été le {when}, {n} trimestre plus tard.",
            "Le trimestre le plus fort a été le {when}, {n} trimestres plus tard.",
            later,
        ).format(when=quarter(self._frame["quarter"].iloc[at]), n=later)
        if self.predicted == self._CANNOT_KNOW:
            verdict = _("✓ Vous aviez raison de ne pas conclure : le calcul refuse, lui aussi.")
        elif self.predicted[0] <= later <= self.predicted[1]:
            verdict = _(
                "C’est bien ce que vous aviez prédit, mais par chance : avec six trimestres, "
                "aucun calcul ne pouvait le dire."
            )
        else:
            verdict = _(
                "Vous aviez prédit autre chose, et rien ne pouvait vous détromper : avec six "
                "trimestres, aucun calcul ne pouvait le dire."
            )
        return f"{happened} {verdict}"

    def explanation(self) -> str:
        first = next((n for n, found in self._outlooks.items() if found.fit), None)
        since = (
            _("Ici, le calcul ne répond jamais : la baisse n’est pas assez nette.")
            if first is None
            else _(
                "Ici, le calcul répond à partir du {n}e trimestre, la baisse une fois nette."
            ).format(n=first)
        )
        why = _(
            "Une mode s’accélère parce que l’on imite ceux qui l’ont déjà, puis elle ralentit "
            "faute de gens à convaincre. Avant le sommet, un petit marché bientôt épuisé et un "
            "grand à peine commencé dessinent la même montée."
        )
        return f"{why} {since}"


class PilotSimulator(Simulator):
    """Commit now, try first, or leave it: as chances, pilot and delay go.

    Parameters
    ----------
    stakes : as `cinqcles.data.company.stakes` gives
    tool : the tool that one hesitates about
    notice : where the data come from, always in sight

    Attributes
    ----------
    controls : ``prediction`` ("none", "pilot" or "commit"), ``success_probability``, ``right`` and
        ``kept_share`` in percent (each with ``_typed``), ``why``
    told : of the ``prediction``, the ``tree``, the ``bets`` and the ``explanation``
    decision : as drawn
    """

    def __init__(self, stakes: company.Stakes, tool: str, notice: str = "") -> None:
        super().__init__()
        self._stakes, self._tool = stakes, tool
        self._settings: tuple[float, float] | None = None
        self.predict_among(
            _("Choisissez une décision"),
            [(label[:1].upper() + label[1:], name) for name, label in BETS.items()],
            _("Choisissez d’abord une décision dans la liste."),
        )
        sliders = (
            ("success_probability", _("Chances qu’il convienne (%)"), (0, 100, 5)),
            ("right", _("Le pilote dit vrai (% des fois)"), (50, 100, 5)),
            ("kept_share", _("Gain qui reste après l’essai (%)"), (50, 100, 5)),
        )
        moving: list[widgets.Widget] = []
        for name, label, bounds in sliders:
            start = stakes["sensitivity"] if name == "right" else stakes[name]  # type: ignore[literal-required]
            labels = (label, _("ou tapez le pourcentage"))
            moving.append(self.slider(name, labels, round(100 * start), bounds))
            self.controls[name].observe(lambda _change: self.redraw(), "value")
        moving += [self.area(name) for name in ("tree_image", "tree", "bets_image", "bets")]
        self.assemble(
            notice,
            _(
                "Un an avec {tool} coûte {cost}, travail compris. S’il convient ({odds} de "
                "chances), il rapporte {win} ; sinon, {lose}. Un pilote coûte {pilot}, dit vrai "
                "{right}, et retarde : il reste {kept} du gain. Que faire ?"
            ).format(
                tool=quoted(tool),
                cost=money(stakes["commit_cost_eur"]),
                odds=percent(stakes["success_probability"], 0),
                win=money(stakes["success_payoff_eur"]),
                lose=money(stakes["failure_payoff_eur"]),
                pilot=money(stakes["pilot_cost_eur"]),
                right=_of_100(stakes["sensitivity"]),
                kept=percent(stakes["kept_share"], 0),
            ),
            moving,
            why=_("En une phrase : quand un essai ne sert-il à rien ?"),
            begin=_("Un essai ne sert à rien quand…"),
        )
        self.redraw()

    @property
    def stakes(self) -> company.Stakes:
        """The stakes, as the controls stand."""
        odds, right, kept = (
            self.controls[name].value / 100
            for name in ("success_probability", "right", "kept_share")
        )
        return {
            **self._stakes,
            "success_probability": odds,
            "sensitivity": right,
            "specificity": right,
            "kept_share": kept,
        }

    def redraw(self) -> None:
        stakes = self.stakes
        self.decision = fashion.pilot_or_commit(**stakes)
        # The lines do not depend on the chances: kept while these move.
        settings = (stakes["sensitivity"], stakes["kept_share"])
        if settings != self._settings:
            self._settings, self._drawn = settings, _lines(stakes)
        self.draw("tree", _draw_tree(stakes, self.decision), _tell_tree(self.decision))
        self.draw(
            "bets",
            _draw_bets(stakes, self.decision, self._drawn),
            _tell_bets(stakes, self.decision),
        )
        self.follow_prediction()

    def tell_prediction(self) -> str:
        best = self.decision.best
        told = (
            _("✓ Vous aviez prédit {mine} : avec ces réglages, c’est bien le mieux ({worth}).")
            if self.predicted == best
            else _(
                "Vous aviez prédit {mine} ({mine_worth}) : avec ces réglages, le mieux est {best} "
                "({worth})."
            )
        )
        worth = self.decision.expected_eur
        return told.format(
            mine=quoted(BETS[self.predicted]),
            mine_worth=money(worth[self.predicted]),
            best=_BEST[best],
            worth=money(worth[best]),
        )

    def explanation(self) -> str:
        signs = self.decision.signs
        if signs["commit"].all() or not signs["commit"].any() or not signs["probability"].all():
            so = _(
                "Ici, on ferait la même chose qu’il dise oui ou non : ce pilote n’apprend rien "
                "d’utile, il ne fait que coûter et retarder."
            )
        elif self.decision.pilot_value_eur < 0:
            so = _(
                "Ici, un « non » du pilote ferait renoncer, mais l’essai coûte plus qu’il "
                "n’évite : il retire {worth} à la meilleure décision immédiate."
            ).format(worth=money(-self.decision.pilot_value_eur))
        else:
            so = _(
                "Ici, un « non » du pilote fait renoncer, et évite une perte moyenne de {loss}."
            ).format(loss=money(-signs["expected_eur"]["bad"]))
        why = _(
            "Un essai vaut par les décisions qu’il change. Quand les chances sont très faibles ou "
            "très fortes, quand il se trompe souvent ou que l’attente fait tout perdre, mieux vaut "
            "décider sans lui."
        )
        return f"{why} {so}"


class FashionSimulator(Shown):
    """Three questions before following a fashion, one at a time.

    Parameters
    ----------
    candidates, frame, stakes : of the company, as its tables give them
    tool : the tool the stakes are about
    notice : where the data come from, always in sight

    Attributes
    ----------
    controls : ``question``, which of the ``parts`` is shown
    parts : dict of `Simulator`, by name: ``tools``, ``adoption``, ``pilot``
    """

    def __init__(
        self,
        candidates: company.Candidates,
        frame: pd.DataFrame,
        stakes: company.Stakes,
        tool: str,
        notice: str = "",
    ) -> None:
        self.parts: dict[str, Simulator] = {
            "tools": ToolSimulator(candidates, notice),
            "adoption": AdoptionSimulator(frame, candidates.fashionable, notice),
            "pilot": PilotSimulator(stakes, tool, notice),
        }
        questions = (
            _("1. Quel outil est premier pour nos objectifs, et l’est-il nettement ?"),
            _("2. Cette mode commence-t-elle, ou finit-elle ?"),
            _("3. S’engager, essayer d’abord, ou laisser ?"),
        )
        chosen = widgets.Dropdown(
            description=_("La question"),
            options=list(zip(questions, self.parts, strict=True)),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="auto", max_width="44rem"),
        )
        self.controls = {"question": chosen}
        self._shown = widgets.VBox([self.parts["tools"].widget])
        chosen.observe(lambda change: self._show(change["new"]), "value")
        self.widget = widgets.VBox([panel([widgets.HTML(STYLE), chosen]), self._shown])

    def _show(self, name: str) -> None:
        self._shown.children = [self.parts[name].widget]
