"""Key 4 on screen: its tables, its pictures, its simulator, and where the learner's own money goes.

Idea
----
- `place_table`, `plan_table`, `fit_table` and the pictures `average_and_marginal`, `compare_splits`
  are for one cell;
- `SplitSimulator` lets the learner predict, move, explain: it shares a weekly budget out over
  channels, and sets the learner's split against an equal one and the best one;
- `OwnSpread` says on how many places the learner's own spend (or audience) rests, what a result
  cost there, and what such averages cannot say.

Everything is counted in :mod:`cinqcles.keys.placement`; this module arranges and draws it. Amounts
shown to a learner are *all included*: the fixed cost of a channel and its spend. What it takes to
enter a channel, fixed cost and minimum viable spend, is called its « ticket d’entrée ».
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.io.formats.style import Styler

from cinqcles.data import Report
from cinqcles.errors import MetricError
from cinqcles.keys import placement
from cinqcles.messages import _, euros, ngettext, number, percent
from cinqcles.views.controls import action
from cinqcles.views.own_data import OwnData
from cinqcles.views.pictures import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    Picture,
    heading,
    image_tag,
    paragraph,
    quoted,
    shortened,
    styled,
    svg,
    words,
)
from cinqcles.views.simulator import Simulator
from cinqcles.worksheet.questions import parse_number

OWN, EQUAL, BEST = ORANGE, GREY, BLUE
_SOFT = "#444444"
_STEP = 10
_SAMPLES = 81  # points of a drawn curve


# ---------------------------------------------------------------------- words and numbers


def _orders(value: float) -> str:
    n = number(value, 0 if round(value, 1) >= 10 else 1)  # noqa: PLR2004 - two figures are enough
    return ngettext("{n} commande", "{n} commandes", value).format(n=n)


def per_hundred(rate: float) -> str:
    """What 100 € bring, from what one does: read as a price per kilo is, whatever one buys.

    >>> per_hundred(0.0183)
    '1,8'
    """
    return number(100 * rate, 1)


def _count(value: float) -> str:
    return number(value, 0)


def _whole(value: float) -> str:
    return euros(value, 0)


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    if len(names) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(names)
    return _("{first} et {last}").format(first=", ".join(names[:-1]), last=names[-1])


# ---------------------------------------------------------------------- tables

_HEADS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "users": (_("Utilisateurs (personnes)"), _count),
    "target_users": (_("Dont cible (personnes)"), _count),
    "followers": (_("Abonnés de notre compte"), _count),
    "minimum_spend_eur": (_("Minimum viable (€ par semaine)"), _count),
    "fixed_cost_eur": (_("Coût fixe (€ par semaine)"), _count),
    "entry_eur": (_("Ticket d’entrée (€ par semaine)"), _count),
    "reach_share": (_("Part de la cible qui y est"), lambda v: percent(v, 0)),
    "composition": (_("Part de cible parmi les utilisateurs"), lambda v: percent(v, 0)),
    "affinity_index": (_("Indice d’affinité (100 : comme ailleurs)"), _count),
    "spend_eur": (_("Dépense de l’année (€)"), _count),
    "min": (_("Semaine la plus faible (€)"), _count),
    "max": (_("Semaine la plus forte (€)"), _count),
    "orders": (_("Commandes de l’année"), _count),
    "average": (_("Commandes pour 100 €, en moyenne"), per_hundred),
    "paid_eur": (_("Montant tout compris (€)"), _count),
    "response": (_("Commandes attendues par semaine"), lambda v: number(v, 1)),
    "response_more": (_("Avec 500 € de plus"), lambda v: number(v, 1)),
    "marginal": (_("Commandes pour 100 € de plus"), per_hundred),
}


def place_table(frame: pd.DataFrame, columns: Sequence[str], caption: str = "") -> Styler:
    """Channels as a table to read: French headers with their units, a caption.

    Parameters
    ----------
    frame : DataFrame indexed by channel
    columns : names of its columns, among those this module knows how to write
    caption : what the table shows
    """
    shown = frame[list(columns)].rename(columns={name: _HEADS[name][0] for name in columns})
    shown.index.name = None
    formats: dict[Any, Any] = {_HEADS[name][0]: _HEADS[name][1] for name in columns}
    return styled(shown, caption).format(formats, na_rep="–")


def plan_table(plan: placement.Plan, caption: str = "") -> Styler:
    """A split, channel by channel: what is paid, what it takes to enter, what comes of it."""
    table = plan.table.assign(
        paid_eur=plan.paid_eur, entry_eur=[channel.entry_eur for channel in plan.channels]
    )
    columns = ["paid_eur", "entry_eur", "response", "marginal"]
    shown = table[columns].rename(columns={name: _HEADS[name][0] for name in columns})
    shown[_("Remarque")] = [_remark(row) for _name, row in table.iterrows()]
    formats: dict[Any, Any] = {_HEADS[name][0]: _HEADS[name][1] for name in columns}
    return styled(shown, caption).format(formats, na_rep="–")


def _remark(row: pd.Series) -> str:
    if row["spend_eur"] == 0:
        return _("laissé de côté")
    if row["wasted"]:
        return _("sous le ticket d’entrée : rien")
    return _BEYOND[row["beyond"]]


_BEYOND = {
    "": "",
    "above": _("plus que jamais essayé"),
    "below": _("moins que jamais essayé"),
}


def response_table(
    channels: Sequence[placement.Channel], paid_eur: Sequence[float], caption: str = ""
) -> Styler:
    """What amounts bring on each channel, all included: its curve, to be read without one.

    Parameters
    ----------
    channels : with their curves
    paid_eur : amounts, euros a week, in order
    """
    rows = {_("Ticket d’entrée"): [_whole(channel.entry_eur) for channel in channels]}
    rows |= {
        _whole(paid): [number(channel.brings([paid])[0], 1) for channel in channels]
        for paid in paid_eur
    }
    return styled(pd.DataFrame(rows, index=[channel.name for channel in channels]), caption)


def fit_table(
    fits: Mapping[str, placement.ChannelFit],
    spend_eur: Mapping[str, float] | pd.Series,
    caption: str = "",
) -> Styler:
    """How far the estimated curves can be trusted at some spends.

    Parameters
    ----------
    fits : channel -> its fit
    spend_eur : channel -> the weekly spend asked about, fixed cost left out
    """
    rows = {}
    for name, spend in _by_name(spend_eur).items():
        fit = fits[name]
        low, high = fit.curve.observed_eur or (np.nan, np.nan)
        response, least, most = fit.band([spend]).iloc[0]
        rows[name] = {
            _("Dépense essayée (€ par semaine)"): _("{low} à {high}").format(
                low=_count(low), high=_count(high)
            ),
            _("Dépense proposée (€ par semaine)"): _count(spend),
            _("Commandes attendues"): number(response, 1),
            _("Intervalle, à {share} de confiance").format(share=percent(fit.confidence, 0)): _(
                "{low} à {high}"
            ).format(low=number(least, 1), high=number(most, 1)),
            _("Remarque"): _BEYOND[fit.curve.beyond(spend)] or _("dans ce qui a été essayé"),
        }
    return styled(pd.DataFrame.from_dict(rows, orient="index"), caption)


def _by_name(spend_eur: Mapping[str, float] | pd.Series) -> dict[str, float]:
    return {str(name): float(spend) for name, spend in spend_eur.items()}


# ---------------------------------------------------------------------- pictures


class _Scale(NamedTuple):
    """From euros and responses to the pixels of a plot."""

    left: float
    top: float
    width: float
    height: float
    most_eur: float
    most_response: float

    def x(self, spend: float) -> float:
        return round(self.left + self.width * spend / self.most_eur, 1)

    def y(self, response: float) -> float:
        return round(self.top + self.height * (1 - response / self.most_response), 1)

    def points(self, spends: npt.ArrayLike, responses: npt.ArrayLike) -> str:
        x = self.left + self.width * np.asarray(spends) / self.most_eur
        y = self.top + self.height * (1 - np.asarray(responses) / self.most_response)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _line(points: str, colour: str, width: float = 2.2, dashes: str = "none") -> str:
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _axes(scale: _Scale) -> str:
    left, bottom = scale.left, scale.top + scale.height
    return _line(f"{left},{scale.top} {left},{bottom} {left + scale.width},{bottom}", "#999999", 1)


def _curve(
    scale: _Scale, curve: placement.Curve, spends: npt.NDArray[np.float64], shift: float = 0
) -> str:
    """A curve, dashed where nobody ever spent; ``shift``, what was paid before the first euro."""
    observed = curve.observed_eur or (0.0, np.inf)
    # The dashed line runs under the plain one, so that they meet.
    seen = spends[(spends >= observed[0]) & (spends <= observed[1])]
    drawn = _line(scale.points(spends + shift, curve.response(spends)), GREEN, 1.6, "3 3")
    if len(seen) > 1:
        drawn += _line(scale.points(seen + shift, curve.response(seen)), GREEN, 2.6)
    return drawn


_PANEL_PX = (340, 250)
_TANGENT_SHARE = 0.22  # of the axis, on each side of the point


def average_and_marginal(
    fits: Mapping[str, placement.ChannelFit],
    spend_eur: Mapping[str, float] | pd.Series,
    most_eur: float,
) -> Picture:
    """The response curves of a few channels, side by side: what a euro brought, on average, and
    what one more would bring.

    Parameters
    ----------
    fits : channel -> its fit, drawn with its band
    spend_eur : channel -> the weekly spend where both are read
    most_eur : end of the horizontal axes, in euros a week
    """
    width, height = _PANEL_PX
    asked = _by_name(spend_eur)
    spends = np.linspace(0, most_eur, _SAMPLES)
    bands = {name: fits[name].band(spends) for name in asked}
    # The bands of curves nobody saw the end of run off the picture, and are cut there.
    top = 1.25 * max(float(band["response"].max()) for band in bands.values())
    parts, told = [], []
    for n, (name, spend) in enumerate(asked.items()):
        curve = fits[name].curve
        scale = _Scale(n * width + 44, 34, width - 70, height - 102, most_eur, top)
        here, slope = curve.response(spend), curve.marginal(spend)
        band = bands[name].clip(upper=top)
        around = scale.points(
            np.concatenate([spends, spends[::-1]]),
            np.concatenate([band["low"], band["high"][::-1]]),
        )
        reach = _TANGENT_SHARE * most_eur
        ends = np.array([max(spend - reach, 0), spend + reach])
        x, y, bottom = scale.x(spend), scale.y(here), height - 68
        parts += [
            words(scale.left, 20, "start", name, INK, bold=True),
            f'<polygon points="{around}" fill="{GREEN}" fill-opacity="0.16"/>',
            _axes(scale),
            _curve(scale, curve, spends),
            _line(scale.points([0, spend], [0, here]), _SOFT, 1.8, "2 4"),
            _line(scale.points(ends, here + slope * (ends - spend)), OWN, 3),
            f'<circle cx="{x}" cy="{y}" r="6" fill="{OWN}"/>',
            words(x, bottom + 16, "middle", _whole(spend), INK),
            words(scale.left, bottom + 16, "middle", "0", _SOFT),
            words(scale.left - 6, scale.top + 4, "end", _count(top), _SOFT),
            words(scale.left, height - 28, "start", _("moyenne : {n} pour 100 €").format(
                n=per_hundred(here / spend)), _SOFT),
            words(scale.left, height - 9, "start", _("100 € de plus : {n}").format(
                n=per_hundred(slope)), OWN, bold=True),
        ]  # fmt: skip
        told.append(
            _(
                "{channel} : à {spend} par semaine, {orders}, soit {average} pour 100 € en "
                "moyenne ; mais 100 € de plus n’en rapporteraient que {marginal}."
            ).format(
                channel=name,
                spend=_whole(spend),
                orders=_orders(here),
                average=per_hundred(here / spend),
                marginal=per_hundred(slope),
            )
        )
    return Picture(svg(width * len(asked), height, "".join(parts)), " ".join(told))


_BARS_PX = (148, 210, 590)  # end of the labels, length of the longest bar, the whole
_BAR_ROW_PX = 30


def compare_splits(plans: Mapping[str, placement.Plan]) -> Picture:
    """What several splits of a budget bring, as bars, the best one first or last as given.

    Parameters
    ----------
    plans : what is shown -> the split
    """
    return Picture(_draw_splits(plans), _tell_splits(plans))


def _draw_splits(plans: Mapping[str, placement.Plan], own: str = "") -> bytes:
    start, longest, width = _BARS_PX
    most = max(plan.response for plan in plans.values()) or 1.0
    parts = []
    for n, (label, plan) in enumerate(plans.items()):
        y, length = 6 + _BAR_ROW_PX * n, round(longest * plan.response / most, 1)
        best, fill = plan.response == most, OWN if label == own else EQUAL
        text = _orders(plan.response)
        if plan.wasted_eur:
            text += _(" · {lost} sans effet").format(lost=_whole(plan.wasted_eur))
        parts += [
            words(start - 10, y + 15, "end", label, INK, bold=best),
            f'<rect x="{start}" y="{y}" width="{length}" height="20" '
            f'fill="{BEST if best and label != own else fill}"/>',
            words(start + length + 8, y + 15, "start", text, INK, bold=best),
        ]
    return svg(width, 10 + _BAR_ROW_PX * len(plans), "".join(parts))


def _tell_splits(plans: Mapping[str, placement.Plan]) -> str:
    return _("Par semaine : {parts}.").format(
        parts="\u00a0; ".join(
            _("{label}, {orders}").format(label=label, orders=_orders(plan.response))
            + (
                _(" (dont {lost} dépensés sans effet)").format(lost=_whole(plan.wasted_eur))
                if plan.wasted_eur
                else ""
            )
            for label, plan in plans.items()
        )
    )


# ---------------------------------------------------------------------- predict, move, explain

_ROW_PX = (470, 76)
_PLOT_PX = (8, 4, 262, 51)  # left, top, width, height of a channel's plot


class SplitSimulator(Simulator):
    """Predict which channel deserves most, share the budget out, explain the best split.

    Parameters
    ----------
    channels : of different names, with their curves; six of them fit on a screen
    budget_eur : float, euros a week
    notice : str
        Where the data come from, always in sight.

    Raises
    ------
    MetricError
        `cinqcles.keys.placement.allocate` refuses the channels or the budget.

    Attributes
    ----------
    controls : ``prediction``, ``budget``, ``careful``, one a channel by its name (each of these and
        ``budget`` with ``_typed``, a field for the same number), ``why``
    buttons : ``predict``, ``equal``, ``none``, ``best``, ``explain``
    told : of the ``prediction``, what is ``left``, the ``split``, the ``explanation``, and of each
        channel by its name
    best, equal, own : the three splits
    """

    def __init__(
        self, channels: Sequence[placement.Channel], budget_eur: float, notice: str = ""
    ) -> None:
        super().__init__()
        self._channels = list(channels)
        self._names = [channel.name for channel in self._channels]
        self._budget = round(budget_eur)
        self._solved: dict[tuple[int, bool], placement.Allocation] = {}
        self._backgrounds: dict[str, str] = {}
        self._given = dict.fromkeys(self._names, 0)
        self._held: str | None = None  # the channel that asked for more than there was
        self._quiet = False
        self._revealed = False
        self._solve()
        self._build(notice)
        self._share_equally()

    # What is on screen.

    def _build(self, notice: str) -> None:
        self.predict_among(
            _("Choisissez un canal"),
            [(name, name) for name in self._names],
            _("Choisissez d’abord un canal dans la liste."),
        )
        hundreds = 100
        bounds = tuple(round(self._budget * x / hundreds) * hundreds for x in (0.5, 2))
        moving: list[widgets.Widget] = [
            self.slider(
                "budget",
                (_("Budget de la semaine"), _("ou tapez le budget (€)")),
                self._budget,
                (min(bounds[0], self._budget), max(bounds[1], self._budget), hundreds),
            )
        ]
        self.controls["budget"].observe(self._budget_moved, "value")
        self.controls["careful"] = widgets.Checkbox(
            description=_("Meilleur partage prudent : jamais plus que ce qui a déjà été essayé"),
            indent=False,
        )
        self.controls["careful"].observe(self._care_taken, "value")
        self.buttons = {
            "equal": action(_("Partager également")),
            "none": action(_("Tout reprendre")),
            "best": action(_("Montrer le meilleur partage")),
        }
        self.buttons["equal"].on_click(lambda _button: self._share_equally())
        self.buttons["none"].on_click(lambda _button: self._set(dict.fromkeys(self._names, 0)))
        self.buttons["best"].on_click(lambda _button: self._reveal())
        buttons = dict(self.buttons)
        moving += [
            self.controls["careful"],
            widgets.HBox(list(buttons.values()), layout=widgets.Layout(flex_flow="row wrap")),
            self.area("left"),
            self.area("split_image"),
            *(self._row(name) for name in self._names),
            self.area("split"),
        ]
        self.assemble(
            notice,
            _("Du meilleur partage de ce budget, quel canal recevra la plus grande part ?"),
            moving,
            why=_("En une phrase : pourquoi le meilleur partage n’est-il pas partout ?"),
            begin=_("Le meilleur partage laisse des canaux de côté parce que…"),
        )
        self.buttons |= buttons

    def _row(self, name: str) -> widgets.HBox:
        """A channel: its slider, its field, and its curve beside them."""
        moved = self.slider(
            name,
            (name, _("{channel}, en euros").format(channel=name)),
            0,
            (0, self._budget, _STEP),
            allowed=partial(self._allowed, name),
        )
        moved.layout = widgets.Layout(width="19.5rem", align_items="center", overflow="visible")
        slider, field = self.controls[name], self.controls[f"{name}_typed"]
        slider.add_class("short")
        slider.layout = widgets.Layout(width="13.5rem")
        field.layout = widgets.Layout(width="5rem")
        field.add_class("unlabelled")
        for control in (slider, field):
            control.observe(lambda _change: self._moved(name), "value")
        # Six rows and the bars above them are to be seen at once on a small laptop.
        self.area(f"{name}_image").layout.margin = "0"
        return widgets.HBox(
            [moved, self.area(f"{name}_image")],
            layout=widgets.Layout(flex_flow="row wrap", align_items="center", margin="0"),
        )

    # What the controls do.

    @property
    def given(self) -> dict[str, int]:
        """The learner's split: euros a week by channel, all included."""
        return {name: self.controls[name].value for name in self._names}

    @property
    def left_eur(self) -> int:
        """What is left to give."""
        return int(self._budget - sum(self.given.values()))

    def _allowed(self, name: str, value: int) -> int:
        """What a channel may have: nothing is taken from another one unasked."""
        if self._quiet:
            return value
        others = sum(self._given.values()) - self._given[name]
        most = max(self._budget - others, 0)
        if value > most:
            self._held = name
        return min(value, most)

    def _moved(self, name: str) -> None:
        if self._quiet:
            return
        moved = self._given != self.given
        if moved or self._held:
            self._tell_left()
            self._held = None
        if moved:
            self._evaluate()
            self._draw_row(name)
            self._tell_split()

    def _set(self, amounts: Mapping[str, int]) -> None:
        """Give all channels their amounts at once."""
        self._quiet = True
        for name, amount in amounts.items():
            for control in (self.controls[name], self.controls[f"{name}_typed"]):
                control.max = max(self._budget, control.value)
            self.controls[name].value = amount
            for control in (self.controls[name], self.controls[f"{name}_typed"]):
                control.max = self._budget
        self._quiet = False
        self.redraw()

    def _share_equally(self) -> None:
        each = self._budget // len(self._names) // _STEP * _STEP
        self._set(dict.fromkeys(self._names, each))

    def _reveal(self) -> None:
        self._revealed = True
        paid = self.best.paid_eur
        self._set({name: int(paid[name] // _STEP * _STEP) for name in self._names})

    def _budget_moved(self, change: Mapping[str, Any]) -> None:
        kept = {
            name: int(amount * change["new"] / change["old"] // _STEP * _STEP)
            for name, amount in self.given.items()
        }
        self._budget = change["new"]
        self._backgrounds.clear()
        self._solve()
        self._set(kept)

    def _care_taken(self, _change: object) -> None:
        self._solve()
        self.redraw()

    def _solve(self) -> None:
        """The best split and the equal one; each is sought once."""
        careful = "careful" in self.controls and self.controls["careful"].value
        asked = (self._budget, careful)
        if asked not in self._solved:
            allowed = placement.within_observed(self._channels) if careful else self._channels
            self._solved[asked] = placement.allocate(allowed, self._budget)
        self.best = self._solved[asked]
        self.equal = placement.evaluate(
            self._channels, placement.equal_split(self._channels, self._budget), self._budget
        )

    # What they show.

    def redraw(self) -> None:
        self._evaluate()
        for name in self._names:
            self._draw_row(name)
        self._tell_left()
        self._tell_split()
        self.follow_prediction()

    def _evaluate(self) -> None:
        self._given = self.given
        spends = placement.after_fixed_costs(self._channels, self.given)
        self.own = placement.evaluate(self._channels, spends, self._budget)

    def _scale(self) -> _Scale:
        # One scale for all: what a channel brings is seen against what the others do.
        most = max(channel.brings([self._budget])[0] for channel in self._channels)
        return _Scale(*_PLOT_PX, self._budget, 1.1 * most or 1.0)

    def _background(self, channel: placement.Channel) -> str:
        """What a channel's plot shows whatever the split; drawn once for a budget."""
        if channel.name not in self._backgrounds:
            scale, entry = self._scale(), min(channel.entry_eur, self._budget)
            bottom, end = scale.top + scale.height, scale.x(entry)
            spends = np.linspace(0, max(self._budget - channel.fixed_cost_eur, 1), _SAMPLES)
            viable = spends[spends >= channel.minimum_spend_eur]
            parts = [
                f'<rect x="{scale.left}" y="{scale.top}" width="{round(end - scale.left, 1)}" '
                f'height="{scale.height}" fill="#e4e4e4"/>',
                f'<line x1="{end}" y1="{scale.top}" x2="{end}" y2="{bottom}" stroke="{_SOFT}" '
                'stroke-width="1.4"/>',
                _axes(scale),
                _curve(scale, channel.curve, viable, channel.fixed_cost_eur)
                if len(viable) > 1
                else "",
                words(
                    scale.left if end < scale.left + 60 else end,
                    bottom + 18,
                    "start" if end < scale.left + 60 else "middle",
                    _("ticket : {entry}").format(entry=_whole(channel.entry_eur)),
                    _SOFT,
                ),
            ]
            self._backgrounds[channel.name] = "".join(parts)
        return self._backgrounds[channel.name]

    def _draw_row(self, name: str) -> None:
        channel = self._channels[self._names.index(name)]
        scale, row = self._scale(), self.own.table.T[name]
        paid, equal = self.given[name], self.equal.paid_eur[name]
        marks = [_square(scale.x(equal), scale.y(self.equal.table["response"][name]))]
        best = self.best.paid_eur[name]
        if self._revealed:
            brought = self.best.table["response"][name]
            marks.append(_star(scale.x(best), scale.y(brought)))
        x, y = scale.x(paid), scale.y(float(row["response"]))
        marks.append(f'<circle cx="{x}" cy="{y}" r="6" fill="{OWN}" stroke="#fff"/>')
        lines = self._say_row(channel, paid, row)
        if self._revealed:
            lines.append(_("★ meilleur partage : {best}").format(best=_whole(best)))
        texts = [
            words(284, 16 + 17 * n, "start", line, INK, bold=n == 0) for n, line in enumerate(lines)
        ]
        told = self.told[name] = _("{channel} : {lines}.").format(
            channel=name, lines="\u00a0; ".join(lines)
        )
        drawn = "".join([self._background(channel), *marks, *texts])
        self.area(f"{name}_image").value = image_tag(svg(*_ROW_PX, drawn), told)

    def _say_row(self, channel: placement.Channel, paid: float, row: pd.Series) -> list[str]:
        first = _("{paid} → {orders}").format(paid=_whole(paid), orders=_orders(row["response"]))
        if paid == 0:
            return [_("rien : laissé de côté")]
        if paid < channel.entry_eur:
            return [first, _("✗ sous le ticket d’entrée")]
        second = _("100 € de plus : +{n}").format(n=per_hundred(row["marginal"]))
        untried = _("⚠ plus que jamais essayé")
        return [first, second, *([untried] if row["beyond"] == "above" else [])]

    def _tell_left(self) -> None:
        told = _("Budget : {budget}. Il reste {left} à donner.")
        if not self.left_eur:
            told = _("Budget : {budget}. Tout est donné.")
        left = told.format(budget=_whole(self._budget), left=_whole(self.left_eur))
        if self._held:
            left += " " + _(
                "{channel} s’arrête là : pour lui donner plus, reprenez d’abord à un autre."
            ).format(channel=self._held)
        self.tell("left", left)

    def _tell_split(self) -> None:
        plans = {
            _("Votre partage"): self.own,
            _("Partage égal"): self.equal,
            _("Meilleur partage"): self.best,
        }
        drawn = _draw_splits(plans, own=next(iter(plans)))
        self.area("split_image").value = image_tag(drawn, _tell_splits(plans))
        self.tell("split", " ".join(part for part in self._reading() if part))

    def _reading(self) -> list[str]:
        """What the learner's split shows, sentence by sentence."""
        if not any(self.given.values()):
            return [_("Rien n’est donné : rien n’est commandé.")]
        share = self.own.response / self.best.response if self.best.response else 1.0
        told = [
            _(
                "Votre partage : {own} par semaine, {share} du meilleur ({best}) ; le partage "
                "égal : {equal}."
            ).format(
                own=_orders(self.own.response),
                share=percent(share, 0),
                best=_orders(self.best.response),
                equal=_orders(self.equal.response),
            ),
            self._tell_lost(),
        ]
        if self.own.active:
            found = placement.concentration(self.own.paid_eur)
            told.append(
                ngettext(
                    "Vous payez {n} canal, {k} en nombre effectif.",
                    "Vous payez {n} canaux, {k} en nombre effectif.",
                    len(self.own.active),
                ).format(n=len(self.own.active), k=number(found.effective_channels, 1))
            )
        told.append(self._tell_margins())
        table = self.own.table
        untried = list(table.index[(table["response"] > 0) & (table["beyond"] != "")])
        if untried:
            told.append(
                _("Hors de ce qui a déjà été essayé, donc à vérifier : {names}.").format(
                    names=_listed(untried)
                )
            )
        return told

    def _tell_lost(self) -> str:
        short = [
            channel.name
            for channel in self._channels
            if 0 < self.given[channel.name] < channel.entry_eur
        ]
        if not short:
            return ""
        return _("Sous leur ticket d’entrée, donc sans effet : {names}.").format(
            names=_listed(short)
        )

    def _tell_margins(self) -> str:
        alive = self.own.table.loc[self.own.table["response"] > 0, "marginal"]
        if len(alive) < 2:  # noqa: PLR2004 - nothing to compare
            return ""
        most, least = str(alive.idxmax()), str(alive.idxmin())
        if per_hundred(alive[most]) == per_hundred(alive[least]):
            return _(
                "Sur tous les canaux qui répondent, 100 € de plus rapportent autant ({n}) : entre "
                "eux, il n’y a plus rien à gagner à déplacer."
            ).format(n=per_hundred(alive[most]))
        return _(
            "100 € de plus rapportent {high} sur {most}, {low} sur {least} : déplacez de {least} "
            "vers {most}."
        ).format(
            high=per_hundred(alive[most]), most=most, low=per_hundred(alive[least]), least=least
        )

    def tell_prediction(self) -> str:
        paid = self.best.paid_eur
        first, kept = str(paid.idxmax()), len(self.best.active)
        told = (
            _(
                "✓ Vous aviez prédit {predicted} : le meilleur partage lui donne bien le plus, "
                "{most} sur {budget}."
            )
            if self.predicted == first
            else _(
                "Vous aviez prédit {predicted} : le meilleur partage ne lui donne rien. C’est "
                "{first} qui reçoit le plus, {most} sur {budget}."
            )
            if paid[self.predicted] == 0
            else _(
                "Vous aviez prédit {predicted} : le meilleur partage lui donne {amount}. C’est "
                "{first} qui reçoit le plus, {most} sur {budget}."
            )
        ).format(
            predicted=self.predicted,
            amount=_whole(paid[self.predicted]),
            first=first,
            most=_whole(paid[first]),
            budget=_whole(self._budget),
        )
        return f"{told} " + ngettext(
            "Il ne garde que {n} canal sur {all}.", "Il garde {n} canaux sur {all}.", kept
        ).format(n=kept, all=len(self._names))

    def explanation(self) -> str:
        best, kept = self.best, list(self.best.active)
        entries = sum(channel.entry_eur for channel in self._channels)
        told = [
            _("Entrer partout coûterait {entries} par semaine, pour un budget de {budget}.").format(
                entries=_whole(entries), budget=_whole(self._budget)
            )
        ]
        if self.equal.wasted_eur:
            told.append(
                _("Le partage égal reste donc à la porte : il paie {lost} sans effet.").format(
                    lost=_whole(self.equal.wasted_eur)
                )
            )
        told.append(
            _(
                "Le meilleur partage n’entre que sur {kept}, et donne à chacun jusqu’à ce que "
                "100 € de plus y rapportent autant ({n})."
            ).format(kept=_listed(kept), n=per_hundred(best.marginal_return))
            if (best.table["status"] == "interior").any()
            else _(
                "Le meilleur partage n’entre que sur {kept}, jusqu’au plafond de chacun."
            ).format(kept=_listed(kept))
        )
        gain = best.response - self.equal.response
        told.append(
            _("Il y gagne {gain} par semaine sur le partage égal, avec le même argent.").format(
                gain=_orders(gain)
            )
        )
        return " ".join(told)


def _square(x: float, y: float) -> str:
    return (
        f'<rect x="{x - 6}" y="{y - 6}" width="12" height="12" fill="#fff" fill-opacity="0.7" '
        f'stroke="{_SOFT}" stroke-width="2"/>'
    )


def _star(x: float, y: float) -> str:
    return (
        f'<text x="{x}" y="{y + 8}" text-anchor="middle" font-size="24" fill="{BEST}" '
        'stroke="#fff" stroke-width="0.6">★</text>'
    )


# ---------------------------------------------------------------------- where one's own money goes

# What may be compared, with its plural; in order of preference.
_PLACES: dict[str, tuple[str, str]] = {
    "channel": (_("canal"), _("canaux")),
    "campaign_name": (_("campagne"), _("campagnes")),
    "ad_set_name": (_("ensemble de publicités"), _("ensembles de publicités")),
    "ad_group_name": (_("groupe d’annonces"), _("groupes d’annonces")),
    "ad_name": (_("publicité"), _("publicités")),
    "keyword": (_("mot clé"), _("mots clés")),
    "search_term": (_("recherche"), _("recherches")),
    "source_medium": (_("source et support"), _("sources et supports")),
    "source": (_("source"), _("sources")),
    "medium": (_("support"), _("supports")),
    "first_user_channel": (_("canal de première visite"), _("canaux de première visite")),
    "first_user_source_medium": (_("source de première visite"), _("sources de première visite")),
    "format": (_("type de publication"), _("types de publication")),
    "delivery": (_("mode de diffusion"), _("modes de diffusion")),
    "campaign_type": (_("type de campagne"), _("types de campagne")),
    "device": (_("appareil"), _("appareils")),
    "age": (_("tranche d’âge"), _("tranches d’âge")),
    "gender": (_("genre"), _("genres")),
    "country": (_("pays"), _("pays")),
    "city": (_("ville"), _("villes")),
    "job_function": (_("fonction"), _("fonctions")),
    "seniority": (_("niveau hiérarchique"), _("niveaux hiérarchiques")),
    "industry": (_("secteur"), _("secteurs")),
    "company_size": (_("taille d’entreprise"), _("tailles d’entreprise")),
    "landing_page": (_("page d’arrivée"), _("pages d’arrivée")),
    "page_path": (_("page"), _("pages")),
    "page_title": (_("page"), _("pages")),
    "label": (_("ligne"), _("lignes")),
    "event_name": (_("événement"), _("événements")),
}
_EACH = "post"  # each row a place of its own
_POSTS = (_("publication"), _("publications"))

# What may be added up, money first; then what came of it, the closest to business first.
_AMOUNTS = {
    "sessions": _("sessions"),
    "visits": _("visites"),
    "views": _("vues"),
    "impressions": _("affichages"),
    "video_views": _("vues de vidéo"),
    "plays": _("lectures"),
    "reach": _("personnes touchées, répétitions comprises"),
    "page_views": _("pages vues"),
    "unique_page_views": _("visites de page"),
    "active_users": _("utilisateurs"),
    "total_users": _("utilisateurs"),
    "visitors": _("visiteurs"),
    "followers": _("abonnés"),
    "clicks": _("clics"),
    "interactions": _("interactions"),
    "reactions": _("réactions"),
    "likes": _("mentions J’aime"),
    "event_count": _("événements"),
}
_RESULTS = {
    "purchases": _("achats"),
    "conversions": _("conversions"),
    "leads": _("prospects"),
    "registrations": _("inscriptions"),
    "key_events": _("événements clés"),
    "converting_visits": _("visites avec conversion"),
    "results": _("résultats"),
    "messaging_conversations": _("conversations"),
    "link_clicks": _("clics sur un lien"),
    "clicks": _("clics"),
}
_MOST_BARS = 8
_OWN_ROWS = 6
_OWN_COLUMNS = {
    "name": (_("Canal"), "9rem"),
    "spent": (_("Dépense (€)"), "7rem"),
    "results": (_("Résultats"), "6rem"),
}


class _Counted(NamedTuple):
    """What is added up in an export: the rows, the places, the amount and the results."""

    frame: pd.DataFrame
    places: dict[str, tuple[str, str]]
    amount: str
    results: str | None
    left_out: int


class OwnSpread(OwnData):
    """On how many places the learner's own spend, or audience, rests.

    An export of any platform will do where something can be compared: campaigns with their costs,
    channels with their visits, posts with their views. Totals taken from several exports may be
    typed instead.

    Parameters
    ----------
    export : path of an export, or None for the sample
    sample : DataFrame of the fictional company: ``channel``, ``spend_eur``, ``orders``

    Attributes
    ----------
    controls : ``upload``, ``sample``, ``by`` (what to compare), ``minimum``, and of the row n to
        type, ``name_n``, ``spent_n``, ``results_n``, then ``typed``, which analyses them
    told : ``source``, ``spread`` (how concentrated), ``cost`` (what a result cost), ``under`` (who
        is below the minimum), ``next`` (what an average cannot say), ``typed``
    """

    def __init__(self, export: str | os.PathLike[str] | None, sample: pd.DataFrame) -> None:
        self._sample = sample.rename(columns={"spend_eur": "cost_eur", "orders": "purchases"})
        super().__init__(export)

    # What is on screen.

    def build(self) -> Sequence[widgets.Widget]:
        wide = {"description_width": "initial"}
        self.controls["by"] = widgets.Dropdown(
            description=_("Comparer par"), options=[("…", "")], style=wide
        )
        self.controls["minimum"] = widgets.Text(
            description=_("Minimum viable de chacun, sur la période"),
            placeholder=_("facultatif"),
            style=wide,
            layout=widgets.Layout(width="auto", max_width="28rem"),
            continuous_update=False,
        )
        rows = [
            widgets.HBox(
                [
                    widgets.HTML(escape(head), layout=widgets.Layout(width=width))
                    for head, width in _OWN_COLUMNS.values()
                ]
            )
        ]
        for n in range(1, _OWN_ROWS + 1):
            fields = []
            for name, (head, width) in _OWN_COLUMNS.items():
                field = self.controls[f"{name}_{n}"] = widgets.Text(
                    description=_("{head}, ligne {n}").format(head=head, n=n),
                    layout=widgets.Layout(width=width),
                )
                field.add_class("unlabelled")
                fields.append(field)
            rows.append(widgets.HBox(fields))
        self.controls["typed"] = action(_("Analyser mes totaux"))
        self.controls["typed"].on_click(lambda _button: self._analyse_typed())
        self.controls["by"].observe(lambda _change: self._count(), "value")
        self.controls["minimum"].observe(lambda _change: self._tell_under(), "value")
        return (
            heading(_("Ou tapez vos totaux")),
            paragraph(
                _(
                    "Plusieurs plateformes ? Prenez le total de chaque export sur la même "
                    "période, un canal par ligne. Le résultat est celui que vous suivez : "
                    "commandes, demandes de devis, inscriptions… le même partout."
                )
            ),
            *rows,
            self.controls["typed"],
            self.area("typed"),
            heading(_("Ce que disent ces chiffres")),
        )

    def sample(self) -> tuple[pd.DataFrame, Report | None]:
        return self._sample, None

    # What is read.

    def _analyse_typed(self) -> None:
        try:
            frame = self._typed_rows()
            self._show(frame, _("Vos totaux, tapés ci-dessus."), _("Vos totaux."), None)
        except MetricError as refused:
            self.tell("typed", f"⚠ {refused}")
            return
        self.tell("typed", "")
        self.controls["sample"].layout.display = "flex"

    def _typed_rows(self) -> pd.DataFrame:
        rows = []
        for n in range(1, _OWN_ROWS + 1):
            name, spent, results = (
                self.controls[f"{field}_{n}"].value.strip()
                for field in ("name", "spent", "results")
            )
            if not any((name, spent, results)):
                continue
            rows.append(
                {
                    "channel": name or _("Canal {n}").format(n=n),
                    "cost_eur": _amount(spent, _("la dépense {n}").format(n=n)),
                    "results": _amount(results, _("le résultat {n}").format(n=n))
                    if results
                    else np.nan,
                }
            )
        if len(rows) < 2:  # noqa: PLR2004 - nothing to compare
            raise MetricError(_("Remplissez au moins deux lignes : un canal et sa dépense."))
        return pd.DataFrame(rows)

    def show(self, frame: pd.DataFrame, notice: str) -> Sequence[widgets.Widget]:
        found = _counted(frame)
        self._found, self._notice = found, notice
        by = self.controls["by"]
        by.options = [(one, name) for name, (one, _many) in found.places.items()]
        by.layout.display = "flex" if len(found.places) > 1 else "none"
        self.controls["minimum"].layout.display = (
            "flex" if found.amount.startswith("cost") else "none"
        )
        self._count()
        names = ("left_out", "spread_image", "spread", "cost", "under", "next")
        shown = [self.area(name) for name in names]
        return [self.controls["by"], *shown[:4], self.controls["minimum"], *shown[4:]]

    # What is told.

    def _count(self) -> None:
        frame, places, amount, results, left_out = self._found
        by = self.controls["by"].value
        if by not in places:
            return
        self._spread = placement.spread(
            _named(frame, by), frame[amount], None if results is None else frame[results]
        )
        self._plural = places[by][1]
        self.tell(
            "left_out",
            ngettext(
                "{n} ligne sans montant est laissée de côté.",
                "{n} lignes sans montant sont laissées de côté.",
                left_out,
            ).format(n=number(left_out))
            if left_out
            else "",
        )
        results_in_words = _RESULTS[results] if results else ""
        image = _draw_shares(self._spread.table, self._unit(), results_in_words)
        self.draw("spread", image, self._tell_spread())
        self._tell_cost()
        self._tell_under()
        self.tell("next", self._tell_next())

    def _money(self) -> bool:
        return self._found.amount.startswith("cost")

    def _unit(self) -> str:
        amount = self._found.amount
        return _("dépense") if amount.startswith("cost") else _AMOUNTS[amount]

    def _written(self, value: float, digits: int = 0) -> str:
        """An amount, with its currency where it is money."""
        amount = self._found.amount
        if amount == "cost_eur":
            return euros(value, digits)
        if self._money():
            currency = amount.removeprefix("cost").strip("_").upper()
            return f"{number(value, digits)} {currency}".strip()
        return f"{number(value, digits)} {_AMOUNTS[amount]}"

    def _tell_spread(self) -> str:
        table, found = self._spread.table, self._spread.concentration
        return _(
            "{notice} {total} sur {n} {places}. La plus grande part, {share}, va à {first}. En "
            "nombre effectif, tout repose sur {k} {places} (indice HHI : {hhi})."
        ).format(
            notice=self._notice,
            total=self._written(float(table["amount"].sum()))
            + (_(" (dans la monnaie du compte)") if self._found.amount == "cost" else ""),
            n=number(len(table)),
            places=self._plural,
            share=percent(float(table["share"].iloc[0]), 0),
            first=quoted(shortened(str(table.index[0]), 60)),
            k=number(found.effective_channels, 1),
            hhi=number(found.hhi, 2),
        )

    def _tell_cost(self) -> None:
        table = self._spread.table
        known = table.dropna() if "per_result" in table else table.head(0)
        if known.empty:
            self.tell(
                "cost",
                _("Cet export ne compte pas de résultat : le coût d’un résultat ne s’y lit pas.")
                if self._money()
                else "",
            )
            return
        best, worst = known["per_result"].idxmin(), known["per_result"].idxmax()
        names = {
            "results": _RESULTS[str(self._found.results)],
            "best": quoted(shortened(str(best), 60)),
            "worst": quoted(shortened(str(worst), 60)),
        }
        if not self._money():
            rates = known["rate"]
            told = _("{results} pour 100 {unit} : {high} sur {best}, {low} sur {worst}.").format(
                unit=self._unit(),
                high=per_hundred(rates.max()),
                low=per_hundred(rates.min()),
                **names,
            )
            self.tell("cost", told[0].upper() + told[1:])
            return
        costs = known["per_result"]
        told = _("Coût d’un résultat ({results}) : {low} sur {best}, {high} sur {worst}.").format(
            low=self._written(float(costs.min()), 2),
            high=self._written(float(costs.max()), 2),
            **names,
        )
        if not np.isnan(self._spread.per_result):
            told += " " + _("Tout ensemble, total sur total : {all}.").format(
                all=self._written(self._spread.per_result, 2)
            )
        self.tell("cost", told)

    def _tell_next(self) -> str:
        if self._money():
            return _(
                "Ce que cette moyenne ne dit pas : ce que rapporterait le prochain euro. Le "
                "meilleur passé peut être saturé. Pour le savoir, faites varier une dépense à la "
                "fois pendant quelques semaines, et tracez la courbe."
            )
        return _(
            "Ce que ces parts ne disent pas : ce que chaque {places} vous a coûté, et ce que "
            "rapporterait d’en faire plus. Mettez en face le temps ou l’argent que vous y passez."
        ).format(places=self._found.places[self.controls["by"].value][0])

    def _tell_under(self) -> None:
        typed = self.controls["minimum"].value.strip()
        if not self._money():
            self.tell("under", "")
            return
        if not typed:
            self.tell(
                "under",
                _("Tapez le minimum au-dessous duquel, chez vous, il ne se passe rien."),
            )
            return
        try:
            minimum = _amount(typed, _("le minimum viable"))
            under = self._spread.under(minimum)
        except MetricError as refused:
            self.tell("under", f"⚠ {refused}")
            return
        if under.empty:
            told = _("Rien n’est dépensé sous {minimum}.").format(minimum=self._written(minimum))
        else:
            told = _(
                "Sous {minimum} : {n} {places} sur {all}, pour {sum} en tout ({names}). Regroupez, "
                "ou fermez."
            ).format(
                minimum=self._written(minimum),
                n=number(len(under)),
                places=self._plural,
                all=number(len(self._spread.table)),
                sum=self._written(float(under.sum())),
                names=_listed([shortened(str(name), 40) for name in under.index[:5]])
                + (_("…") if len(under) > 5 else ""),  # noqa: PLR2004 - as many as named
            )
        self.tell("under", told)


def _amount(typed: str, name: str) -> float:
    try:
        return parse_number(typed, "€")
    except (TypeError, ValueError):
        raise MetricError(
            _("{name} ({typed}) n’est pas lu comme un nombre. Écrivez par exemple 1200.").format(
                name=name[0].upper() + name[1:], typed=quoted(shortened(typed, 30))
            )
        ) from None


def _counted(frame: pd.DataFrame) -> _Counted:
    """What can be compared in an export, and added up.

    Raises
    ------
    MetricError
        Nothing can.
    """
    columns = [str(column) for column in frame]
    money = [column for column in columns if re.fullmatch(r"cost(_[a-z]{3})?", column)]
    money.sort(key=lambda column: column != "cost_eur")
    amount = next((c for c in [*money, *_AMOUNTS] if c in columns and frame[c].sum() > 0), None)
    if amount is None:
        raise MetricError(
            _(
                "Cet export n’a ni dépense, ni vues, ni visites à répartir : cette analyse ne peut "
                "rien en dire. Choisissez un export avec une ligne par campagne, par canal ou par "
                "publication."
            )
        )
    kept = frame[frame[amount].ge(0).fillna(value=False).astype(bool)].reset_index(drop=True)
    places = {name: words for name, words in _PLACES.items() if _differs(kept, name)}
    if {"post_id", "video_id", "published_on"} & set(kept) and len(kept) > 1:
        places[_EACH] = _POSTS
    if not places:
        raise MetricError(
            _(
                "Cet export ne compare pas d’endroits : il n’a qu’une ligne par jour, ou une seule "
                "ligne en tout. Choisissez un export avec une ligne par campagne, par canal ou par "
                "publication."
            )
        )
    return _Counted(kept, places, amount, _results(kept, amount), len(frame) - len(kept))


def _differs(frame: pd.DataFrame, name: str) -> bool:
    return name in frame and len(frame[name].dropna().unique()) > 1


def _results(frame: pd.DataFrame, amount: str) -> str | None:
    """The column of what came of the amounts, if all its rows count the same thing."""
    if not (amount.startswith("cost") or amount in ("sessions", "visits")):
        return None
    for name in _RESULTS:
        if name not in frame or not frame[name].sum() > 0 or (frame[name] < 0).any():
            continue
        if name == "results" and _differs(frame, "result_type"):  # not all of one kind
            continue
        return name
    return None


def _named(frame: pd.DataFrame, by: str) -> pd.Series:
    """The place of each row, in words."""
    if by != _EACH:
        return frame[by].astype(object).where(frame[by].notna(), _("(sans nom)")).astype(str)
    titles = frame["title"] if "title" in frame else pd.Series(pd.NA, index=frame.index)
    dates = frame.get("published_on", pd.Series(pd.NaT, index=frame.index))
    return pd.Series(
        [
            _("{n}. {title}").format(n=n, title=title)
            if isinstance(title, str) and title.strip()
            else _("{n}. du {day}").format(n=n, day=f"{day:%d/%m/%Y}")
            if pd.notna(day)
            else _("ligne {n}").format(n=n)
            for n, (title, day) in enumerate(zip(titles, dates, strict=True), start=1)
        ],
        index=frame.index,
    )


_SHARES_PX = (190, 270, 560)  # end of the names, length of a whole, the whole picture


def _draw_shares(table: pd.DataFrame, unit: str, results: str) -> bytes:
    """The share of the amounts of each place, and of the results under it."""
    start, longest, width = _SHARES_PX
    shown, both = table.head(_MOST_BARS), "results_share" in table
    drawn = ["share", "results_share"] if both else ["share"]
    most = np.nanmax(shown[drawn].to_numpy(dtype=float)) or 1.0
    row_px = 40 if both else 26
    parts = [
        f'<rect x="{start}" y="8" width="12" height="12" fill="{BLUE}"/>',
        words(start + 18, 19, "start", _("part : {unit}").format(unit=unit), INK),
    ]
    if both:
        at = start + 170
        parts += [
            f'<rect x="{at}" y="8" width="12" height="12" fill="#fff" stroke="{OWN}" '
            'stroke-width="2"/>',
            words(at + 18, 19, "start", _("part : {unit}").format(unit=results), INK),
        ]
    for n, (name, row) in enumerate(shown.iterrows()):
        y = 32 + row_px * n
        length = round(longest * row["share"] / most, 1)
        parts += [
            words(start - 10, y + 14, "end", shortened(str(name), 26), INK),
            f'<rect x="{start}" y="{y + 2}" width="{length}" height="15" fill="{BLUE}"/>',
            words(start + length + 8, y + 14, "start", percent(row["share"], 0), INK),
        ]
        if both:
            known = pd.notna(row["results_share"])
            length = round(longest * row["results_share"] / most, 1) if known else 0
            text = percent(row["results_share"], 0) if known else _("non connu")
            parts += [
                f'<rect x="{start}" y="{y + 19}" width="{length}" height="12" fill="#fff" '
                f'stroke="{OWN}" stroke-width="2"/>',
                words(start + length + 8, y + 30, "start", text, OWN),
            ]
    height = 36 + row_px * len(shown)
    if len(table) > len(shown):
        rest = _("… et {n} de plus, {share} en tout").format(
            n=number(len(table) - len(shown)),
            share=percent(float(table["share"].iloc[len(shown) :].sum()), 0),
        )
        parts.append(words(start, height + 8, "start", rest, _SOFT))
        height += 20
    return svg(width, height, "".join(parts))
