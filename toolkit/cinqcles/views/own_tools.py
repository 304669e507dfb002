"""Key 3 on the learner's own matter: tools they hesitate about, formats they have tried.

Idea
----
- `OwnTools` is a form: up to three objectives, up to five tools. Those that serve no objective are
  set apart, the others are ranked, and one reads how far the weights may move;
- `OwnFormats` reads an export, and compares what each type of post gave for the objective chosen.
  The first says nothing of what happened, the second nothing of what was never tried.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

from cinqcles.data import SCHEMA, Export, Report
from cinqcles.errors import MetricError
from cinqcles.keys import fashion
from cinqcles.messages import _, ngettext, number
from cinqcles.views.controls import STYLE, Shown, action, note, panel
from cinqcles.views.fashion import FIRST, SUM, Bar, bars, margin_of, ranks, tell_margin
from cinqcles.views.own_data import OwnData
from cinqcles.views.pictures import (
    GREY,
    ORANGE,
    heading,
    image_tag,
    quoted,
    shortened,
    status,
)
from cinqcles.worksheet.questions import parse_number

_WIDE = {"description_width": "initial"}
MOST_GOALS, MOST_TOOLS = 3, 5
_SHOWN_TOOLS = 4
_FEW_POSTS = 5

# ---------------------------------------------------------------------- tools, typed


@dataclass(frozen=True)
class _Column:
    """What is asked of a tool, or weighed: its label, its bounds, whether more is better."""

    label: str
    low: float
    high: float
    direction: str


_COLUMNS = {
    "use": _Column(_("utilité (0 à 10)"), 0, 10, "benefit"),
    "cost": _Column(_("coût par an (€)"), 0, 10_000_000, "cost"),
    "hours": _Column(_("heures par semaine"), 0, 168, "cost"),
}
_WEIGHED = {
    "use": _("Importance de l’utilité (0 à 10)"),
    "cost": _("Importance du coût (0 à 10)"),
    "hours": _("Importance du temps (0 à 10)"),
}

_EXAMPLE_GOALS = (
    _("Répondre aux clients dans la journée"),
    _("Remplir les ateliers du samedi"),
)
_EXAMPLE_TOOLS = (
    (_("Boîte de réception partagée"), "1", "8", "900", "3"),
    (_("Lettre d’information"), "2", "6", "400", "2"),
    (_("Vidéos verticales"), "2", "5", "1800", "5"),
    (_("Filtre en réalité augmentée"), _("aucun"), "7", "300", "1"),
)
_EXAMPLE_WEIGHTS = {"use": "5", "cost": "3", "hours": "2"}


class OwnTools(Shown):
    """Tools the learner hesitates about, set against their own objectives.

    It opens on an example, labelled as such, which one types over.

    Attributes
    ----------
    controls : dict of fields: ``goal_1``…, ``tool_1``…, ``serves_1``…, ``use_1``…, ``cost_1``…,
        ``hours_1``…, ``weight_use``, ``weight_cost``, ``weight_hours``
    buttons : ``compare``, ``more`` (one more tool), ``clear``
    told : ``result``, what the comparison says, or what is missing
    ranking : the last one made, None before
    """

    def __init__(self) -> None:
        self.controls: dict[str, Any] = {}
        self.told: dict[str, str] = {}
        self.ranking: fashion.Ranking | None = None
        self._result, self._image = widgets.HTML(), widgets.HTML()
        self._tools: list[list[widgets.Text]] = []
        self.buttons = {
            "compare": action(_("Comparer")),
            "more": action(_("Ajouter un outil")),
            "clear": action(_("Effacer l’exemple")),
        }
        self.widget = panel(
            [
                widgets.HTML(STYLE),
                note(
                    _(
                        "Un exemple inventé remplit les champs : remplacez-le par vos mots. Rien "
                        "n’est enregistré ni envoyé : notez ailleurs ce que vous voulez garder."
                    )
                ),
                heading(_("Vos objectifs")),
                *self._goals(),
                heading(_("Vos outils ou formats")),
                note(
                    _(
                        "Pour les objectifs servis, tapez leurs numéros (1, ou 1 et 3), ou "
                        "« aucun ». L’utilité est votre avis, de 0 à 10."
                    )
                ),
                self._rows(),
                self.buttons["more"],
                heading(_("Ce qui compte pour vous")),
                self._weights(),
                widgets.HBox([self.buttons["compare"], self.buttons["clear"]]),
                self._image,
                self._result,
            ]
        )
        self.buttons["compare"].on_click(lambda _button: self.compare())
        self.buttons["more"].on_click(lambda _button: self._one_more())
        self.buttons["clear"].on_click(lambda _button: self._clear())
        self.compare()

    # What is on screen.

    def _field(self, name: str, label: str, value: str, width: str) -> widgets.Text:
        self.controls[name] = widgets.Text(
            description=label,
            value=value,
            style=_WIDE,
            layout=widgets.Layout(width=width, max_width="98%", flex="0 1 auto"),
        )
        return self.controls[name]

    def _goals(self) -> list[widgets.Text]:
        given = [*_EXAMPLE_GOALS, *[""] * MOST_GOALS][:MOST_GOALS]
        return [
            self._field(f"goal_{n}", _("Objectif {n}").format(n=n), goal, "38rem")
            for n, goal in enumerate(given, start=1)
        ]

    def _rows(self) -> widgets.GridBox:
        heads = (_("Outil ou format"), _("objectifs servis"), *(c.label for c in _COLUMNS.values()))
        cells: list[widgets.Widget] = [widgets.HTML(escape(h[:1].upper() + h[1:])) for h in heads]
        for head in cells:
            head.add_class("head")
        given = [*_EXAMPLE_TOOLS, *[("",) * 5] * MOST_TOOLS][:MOST_TOOLS]
        for n, values in enumerate(given, start=1):
            row = [
                self._field(
                    f"{name}_{n}", _("Outil {n} : {what}").format(n=n, what=what), value, "auto"
                )
                for name, what, value in zip(
                    ("tool", "serves", *_COLUMNS), (_("nom"), *heads[1:]), values, strict=True
                )
            ]
            for field in row:
                field.add_class("unlabelled")
                field.layout.display = "flex" if n <= _SHOWN_TOOLS else "none"
            self._tools.append(row)
            cells += row
        columns = "minmax(8rem, 2.4fr) repeat(4, minmax(3.8rem, 1fr))"
        grid = widgets.GridBox(
            cells, layout=widgets.Layout(grid_template_columns=columns, max_width="52rem")
        )
        grid.add_class("ticks")
        return grid

    def _weights(self) -> widgets.HBox:
        fields = [
            self._field(f"weight_{name}", label, _EXAMPLE_WEIGHTS[name], "15.5rem")
            for name, label in _WEIGHED.items()
        ]
        return widgets.HBox(fields, layout=widgets.Layout(flex_flow="row wrap"))

    def _one_more(self) -> None:
        hidden = [row for row in self._tools if row[0].layout.display == "none"]
        for field in hidden[0] if hidden else ():
            field.layout.display = "flex"
        if len(hidden) <= 1:
            self.buttons["more"].layout.display = "none"

    def _clear(self) -> None:
        for name, field in self.controls.items():
            if not name.startswith("weight_"):
                field.value = ""
        self._image.value = ""
        self._tell(_("Écrivez vos objectifs, puis vos outils, et cliquez sur « Comparer »."))

    def _tell(self, told: str) -> None:
        self.told["result"] = told
        self._result.value = status(told)

    # What it does.

    def compare(self) -> None:
        """Compare what is typed, as a click on the button does."""
        self.ranking = None
        self._image.value = ""
        try:
            goals = self._read_goals()
            tools, serves = self._read_tools(goals)
            weights = {
                name: self._number(f"weight_{name}", 0, 10, self._label(f"weight_{name}"))
                for name in _COLUMNS
            }
            ranking = fashion.weighted_sum(
                tools,
                weights,
                directions={name: column.direction for name, column in _COLUMNS.items()},
                normalisation="min-max",
                serves=serves,
            )
        except MetricError as refused:
            self._tell(_("⚠ {why}").format(why=refused))
            return
        self.ranking = ranking
        drawn = ranks(ranking, method=SUM)
        self._image.value = image_tag(drawn.image, drawn.told)
        self._tell(" ".join([drawn.told, *self._cautions(ranking)]))

    def _cautions(self, ranking: fashion.Ranking) -> list[str]:
        if len(ranking.table) == 1:
            return []
        told = []
        if len(ranking.winners) == 1:
            margins = fashion.weight_margins(ranking)["margin"]
            if margins.notna().any():
                tight = str(margins.idxmin())
                margin = margin_of(ranking, tight)
                told.append(tell_margin(ranking, _COLUMNS[tight].label.split(" (")[0], margin))
        if len(ranking.table) == 2:  # noqa: PLR2004
            told.append(
                _(
                    "Avec deux outils, chaque note min–max vaut 0 ou 1 : le meilleur d’un cheveu y "
                    "prend tout. Ajoutez un outil, ou regardez les chiffres eux-mêmes."
                )
            )
        told.append(
            _(
                "L’utilité est un avis : demandez la même note à une autre personne avant de "
                "décider."
            )
        )
        return told

    def _label(self, name: str) -> str:
        return str(self.controls[name].description)

    def _read_goals(self) -> dict[str, str]:
        """The objectives that are written, by number."""
        typed = {str(n): self.controls[f"goal_{n}"].value.strip() for n in range(1, MOST_GOALS + 1)}
        goals = {n: goal for n, goal in typed.items() if goal}
        if not goals:
            raise MetricError(
                _(
                    "Pas encore d’objectif. Commencez par lui : que voulez-vous obtenir, mesuré "
                    "comment, pour quand ? L’outil vient après."
                )
            )
        return goals

    def _read_tools(self, goals: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows, serves = {}, {}
        for n in range(1, MOST_TOOLS + 1):
            tool = self.controls[f"tool_{n}"].value.strip()
            others = [self.controls[f"{name}_{n}"].value.strip() for name in ("serves", *_COLUMNS)]
            if not tool and not any(others):
                continue
            if not tool or tool in rows:
                raise MetricError(
                    _("Outil {n} : donnez-lui un nom, différent des autres.").format(n=n)
                )
            serves[tool] = self._read_serves(n, goals)
            rows[tool] = {
                name: self._number(
                    f"{name}_{n}", column.low, column.high, self._label(f"{name}_{n}")
                )
                for name, column in _COLUMNS.items()
            }
        if len(rows) < 2:  # noqa: PLR2004
            raise MetricError(
                _("Il faut au moins deux outils pour comparer. Ne rien changer en est un.")
            )
        return (
            pd.DataFrame.from_dict(rows, orient="index"),
            pd.DataFrame.from_dict(serves, orient="index"),
        )

    def _read_serves(self, n: int, goals: dict[str, str]) -> dict[str, bool]:
        typed = self.controls[f"serves_{n}"].value.strip()
        numbers = set(re.findall(r"\d+", typed))
        none = typed.casefold() in {_("aucun"), "0", "-", "–"}
        if not none and (not numbers or not numbers <= set(goals)):
            raise MetricError(
                _(
                    "{label} : « {typed} » n’est pas lu. Tapez un ou plusieurs numéros parmi "
                    "{known}, ou « aucun »."
                ).format(label=self._label(f"serves_{n}"), typed=typed[:40], known=", ".join(goals))
            )
        return {goal: not none and key in numbers for key, goal in goals.items()}

    def _number(self, name: str, low: float, high: float, label: str) -> float:
        typed = self.controls[name].value.strip()
        try:
            value = parse_number(typed, "€")
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            what = (
                _("« {typed} » n’est pas lu.").format(typed=typed[:40])
                if typed
                else _("rien n’est écrit.")
            )
            raise MetricError(
                _("{label} : {what} Tapez un nombre de {low} à {high}.").format(
                    label=label, what=what, low=number(low), high=number(high)
                )
            )
        return value


# ---------------------------------------------------------------------- formats, read


@dataclass(frozen=True)
class Aim:
    """An objective that an export can be asked about: what counts for it, what it is brought to."""

    label: str
    results: tuple[str, ...]
    efforts: tuple[str, ...]


_PER_COST = ("cost_eur", "cost")
_PER_SEEN = ("reach", "impressions", "views")

AIMS: dict[str, Aim] = {
    "visit": Aim(
        _("Faire venir sur notre site"),
        ("link_clicks", "outbound_clicks", "clicks"),
        (*_PER_SEEN, *_PER_COST),
    ),
    "sell": Aim(
        _("Vendre, ou obtenir des contacts"),
        ("purchases", "conversions", "key_events", "leads", "results"),
        (*_PER_COST, "sessions", "visits", "clicks", *_PER_SEEN),
    ),
    "watch": Aim(
        _("Faire regarder"), ("watch_time_s", "completed_views", "thruplays"),
        ("views", "impressions", "reach", *_PER_COST),
    ),
    "follow": Aim(_("Gagner des abonnés"), ("follows", "subscribers"), _PER_SEEN),
    "talk": Aim(
        _("Faire poser des questions"),
        ("messaging_conversations", "comments", "replies"),
        (*_PER_SEEN, *_PER_COST),
    ),
    "share": Aim(_("Faire recommander par d’autres"), ("shares", "reposts"), _PER_SEEN),
    "stay": Aim(
        _("Intéresser les visiteurs du site"), ("engaged_sessions", "actions"),
        ("sessions", "visits"),
    ),
}  # fmt: skip
"""The objectives of `OwnFormats`. Likes are no objective: see key 5."""

KINDS = (
    "format", "campaign_type", "channel", "source_medium", "campaign_name", "label", "delivery",
)  # fmt: skip
"""The columns that tell a kind of post, or of traffic, from another; the first found is used."""

_EFFORTS = {
    "cost_eur": (100, _("pour 100 € dépensés")),
    "cost": (100, _("pour 100 dépensés (monnaie du compte)")),
    "reach": (1000, _("pour 1 000 personnes touchées")),
    "impressions": (1000, _("pour 1 000 affichages")),
    "views": (1000, _("pour 1 000 vues")),
    "sessions": (100, _("pour 100 sessions")),
    "visits": (100, _("pour 100 visites")),
    "clicks": (100, _("pour 100 clics")),
}


@dataclass(frozen=True)
class Measured:
    """An aim as an export can measure it: its columns."""

    aim: Aim
    result: str
    effort: str


def measurable(frame: pd.DataFrame) -> dict[str, Measured]:
    """The aims whose result and effort this table counts, for two kinds of post at least."""
    kind = kind_of(frame)
    found = {}
    for name, aim in AIMS.items():
        for result in (column for column in aim.results if column in frame):
            effort = next((column for column in aim.efforts if column in frame), None)
            if kind is None or effort is None or effort == result:
                continue
            try:
                table = fashion.yields(frame[result], frame[effort], frame[kind])
            except MetricError:
                continue
            if table["rate"].notna().sum() > 1 and table["results"].any():
                found[name] = Measured(aim, result, effort)
                break
    return found


def kind_of(frame: pd.DataFrame) -> str | None:
    """The column that tells kinds of post apart, None when there is none."""
    return next((c for c in KINDS if c in frame and len(frame[c].dropna().unique()) > 1), None)


class OwnFormats(OwnData):
    """What each type of post gave for the objective chosen, in the learner's own export.

    Parameters
    ----------
    export : path of an export of any platform, or None for the sample
    sample : DataFrame, posts of the fictional company

    Attributes
    ----------
    controls : ``upload``, ``sample``, ``objective``
    told : ``source`` (whose data these are), ``formats`` (what is read), ``limits`` (what the
        export cannot say)
    """

    def __init__(self, export: str | os.PathLike[str] | None, sample: pd.DataFrame) -> None:
        self._sample = sample
        super().__init__(export)

    def build(self) -> Sequence[widgets.Widget]:
        self.controls["objective"] = widgets.Dropdown(
            description=_("Mon objectif"),
            options=[("–", "")],
            style=_WIDE,
            layout=widgets.Layout(width="auto", max_width="36rem"),
        )
        self.controls["objective"].observe(lambda _change: self._redraw(), "value")
        return (self.controls["objective"],)

    def read(self, source: str | os.PathLike[str] | bytes) -> Export:
        export = super().read(source)
        if not measurable(export.frame):
            raise MetricError(
                _(
                    "Ce fichier ({platform}, {label}) se lit, mais ne permet pas de comparer des "
                    "formats : il faudrait une colonne qui dit le type, le canal ou la campagne, "
                    "avec au moins deux valeurs, et des résultats à côté. La liste des "
                    "publications de Meta Business Suite ou de LinkedIn en a une."
                ).format(platform=export.report.platform, label=export.report.label)
            )
        return export

    def sample(self) -> tuple[pd.DataFrame, Report | None]:
        return self._sample, None

    def show(self, frame: pd.DataFrame, notice: str) -> Sequence[widgets.Widget]:
        self._frame, self._notice = frame, notice
        self._measured = measurable(frame)
        objective = self.controls["objective"]
        objective.options = [(m.aim.label, name) for name, m in self._measured.items()]
        objective.value = next(iter(self._measured))
        self._redraw()
        return (self.area("formats_image"), self.area("formats"), self.area("limits"))

    def _redraw(self) -> None:
        measured = self._measured.get(self.controls["objective"].value)
        kind = kind_of(self._frame)
        if measured is None or kind is None:
            return
        columns = (self._frame[name] for name in (measured.result, measured.effort, kind))
        table = fashion.yields(*columns)
        known = table.dropna(subset="rate")
        best = known["rate"].idxmax()
        used = most_used(table)
        amounts = _amounts(measured, known["rate"])
        told = _tell_formats(known, amounts, measured, used=used, best=str(best))
        rows = [
            Bar(
                shortened(str(name), 40),
                float(row["rate"] / known["rate"].max()),
                _("{n} ({posts})").format(n=amounts[name], posts=_posts(int(row["posts"]))),
                FIRST if name == best else ORANGE if name == used else GREY,
            )
            for name, row in known.sort_values("rate", ascending=False).head(10).iterrows()
        ]
        self.area("formats_image").value = image_tag(bars(rows), told)
        self.tell("formats", f"{self._notice} {told}")
        self.tell("limits", self._limits(table, per_cost=measured.effort in _PER_COST))

    def _limits(self, table: pd.DataFrame, *, per_cost: bool) -> str:
        told = []
        if not per_cost:
            told.append(_("ni ce que chacun a coûté, en argent et en heures"))
        told.append(_("ni ce qu’auraient donné les formats et les outils jamais essayés"))
        told.append(
            _(
                "ni si le format y est pour quelque chose : le sujet, le jour, la publicité et "
                "le hasard changent aussi les chiffres"
            )
        )
        few = [str(name) for name, n in table["posts"].items() if n < _FEW_POSTS]
        caution = ""
        if table["posts"].max() == 1:
            caution = _(
                " Chaque ligne est déjà une somme : on ne voit pas si l’écart tient à une seule "
                "publication."
            )
        elif few:
            caution = ngettext(
                " {names} : moins de {least} lignes, trop peu pour conclure.",
                " {names} : moins de {least} lignes chacun, trop peu pour conclure.",
                len(few),
            ).format(names=", ".join(map(quoted, few[:4])), least=_FEW_POSTS)
        return _("Ce que cet export ne dit pas : {told}.{caution}").format(
            told=_(" ; ").join(told), caution=caution
        )


def most_used(table: pd.DataFrame) -> str:
    """The kind with the most posts; where a line is a kind, the one that got the most effort."""
    return str(table.sort_values(["posts", "effort"], ascending=False).index[0])


def _posts(n: int) -> str:
    return ngettext("{n} ligne", "{n} lignes", n).format(n=number(n))


def _amounts(measured: Measured, rates: pd.Series) -> dict[Any, str]:
    """Rates as they are shown: brought to 100 or 1,000, in hours where seconds are counted, with
    as many decimals as tell them apart."""
    per, _label = _EFFORTS[measured.effort]
    shown = rates * per / (3600 if measured.result == "watch_time_s" else 1)
    digits = 1 if shown.max() >= 1 else 3
    return {name: number(amount, digits) for name, amount in shown.items()}


def _tell_formats(
    table: pd.DataFrame, rates: Mapping[Any, str], measured: Measured, *, used: str, best: str
) -> str:
    counted = (
        _("heures regardées") if measured.result == "watch_time_s"
        else SCHEMA[measured.result].meaning
    )  # fmt: skip
    _per, label = _EFFORTS[measured.effort]
    posts = table["posts"].to_dict()
    told = _("Indicateur : {counted}, {per}.").format(counted=counted, per=label)
    if used not in rates:
        return _("{told} {best} donne le plus : {rate}.").format(
            told=told, best=quoted(best), rate=rates[best]
        )
    if used == best:
        return _(
            "{told} Le plus employé, {used} ({posts}), est aussi celui qui donne le plus : {rate}."
        ).format(told=told, used=quoted(used), posts=_posts(posts[used]), rate=rates[used])
    return _(
        "{told} Le plus employé est {used} ({posts}), qui donne {rate} ; {best} ({best_posts}) "
        "donne {best_rate}."
    ).format(
        told=told,
        used=quoted(used),
        posts=_posts(posts[used]),
        rate=rates[used],
        best=quoted(best),
        best_posts=_posts(posts[best]),
        best_rate=rates[best],
    )
