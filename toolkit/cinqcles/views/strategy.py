"""The learner's own strategy, written piece by piece, read again at each change, never lost.

Idea
----
`StrategyEditor` shows one key at a time: its lines by their names, the one being written as a form,
and under them what ``Strategy.review`` finds to mend there. Each change is saved at once to a file
beside the notebook, all of it or nothing, and read back when the notebook is opened again; what
replaces much at once can be undone. The links to download carry the files themselves, so a page
left open still gives them when the server that made it is gone.

Names are what the sections of a strategy refer to each other by: an editor that let a name be
changed in one place only would break them. So a new name is taken everywhere.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Literal, cast

import ipywidgets as widgets
from pydantic import JsonValue

from cinqcles.data import company
from cinqcles.errors import CinqclesError, MetricError, WorksheetError
from cinqcles.keys.coherence import Route, Team, weekly
from cinqcles.keys.purpose import Form, FormError, Indicator, Level
from cinqcles.messages import _, ngettext, number
from cinqcles.strategy import (
    KEYS,
    Audience,
    Channel,
    Finding,
    Measurement,
    ObjectiveDraft,
    Strategy,
    Tool,
    tell,
)
from cinqcles.views import document
from cinqcles.views.controls import (
    STYLE,
    Shown,
    Upload,
    action,
    download_link,
    note,
    panel,
    tick_boxes,
)
from cinqcles.views.questions import QuestionView
from cinqcles.views.worksheet import _notebook_path
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.dossier import example
from cinqcles.worksheet.identity import WELCOME, workspace_of
from cinqcles.worksheet.questions import parse_date, parse_quantity

FILE = "ma-strategie.json"
FILE_BEFORE = "ma-strategie-avant.json"  # the one that another has replaced
LATE_S = 1.0  # what is typed may arrive this long after the click that followed it
TYPING_PAUSE_S = 0.4  # a text is taken when the typing stops this long
FILES_PAUSE_S = 1.5  # and the files are made again when nothing changed for this long
MOST_UNDONE = 20

Kind = Literal["text", "long", "number", "count", "date", "one", "several", "level", "hours"]


@dataclass(frozen=True)
class _Field:
    """How a field of a line is asked.

    ``of``: the section whose lines it names; ``label`` if the model's own title is not enough.
    """

    name: str
    kind: Kind = "text"
    of: str = ""
    label: str = ""


@dataclass(frozen=True)
class _Section:
    """A section of the strategy: its lines, and how one is asked."""

    key: int
    line: type[Form]
    title: str
    hint: str
    add: str
    fields: tuple[_Field, ...]
    named_by: str = "name"


_SECTIONS: dict[str, _Section] = {
    "objectives": _Section(
        1, ObjectiveDraft, _("Mes objectifs"),
        _("Ce qui doit changer, de combien, pour quand, et qui en répond. Deux ou trois "
          "suffisent."),
        _("Ajouter un objectif"),
        (
            _Field("name"), _Field("statement", "long"), _Field("indicator", "one", "indicators"),
            _Field("baseline", "number"), _Field("target", "number"), _Field("unit"),
            _Field("start", "date"), _Field("deadline", "date"), _Field("owner", "one", "teams"),
        ),
    ),
    "indicators": _Section(
        1, Indicator, _("Mes indicateurs"),
        _("Ce que vous comptez. Un indicateur peut en faire bouger un autre, plus près du but."),
        _("Ajouter un indicateur"),
        (_Field("name"), _Field("level", "level"), _Field("feeds", "several", "indicators")),
    ),
    "teams": _Section(
        2, Team, _("Les équipes"),
        _("Toutes celles qui répondent, même d’une seule personne."),
        _("Ajouter une équipe"),
        (
            _Field("name"), _Field("agents", "count", label=_("Effectif (personnes)")),
            _Field("skills", "several", "routes"), _Field("opening", "hours"),
        ),
    ),
    "routes": _Section(
        2, Route, _("Qui répond à quoi"),
        _("Les sujets dont votre public vous parle. À chacun, une équipe garante, et une seule."),
        _("Ajouter un sujet"),
        (
            _Field("subject"), _Field("accountable", "several", "teams"),
            _Field("responsible", "several", "teams"), _Field("consulted", "several", "teams"),
            _Field("informed", "several", "teams"),
        ),
        named_by="subject",
    ),
    "tools": _Section(
        3, Tool, _("Les outils et formats"),
        _("Seulement ceux qui servent un objectif. Aucun, c’est possible aussi."),
        _("Ajouter un outil"),
        (_Field("name"), _Field("objectives", "several", "objectives"), _Field("reason", "long")),
    ),
    "audiences": _Section(
        4, Audience, _("Les audiences"),
        _("Les personnes à qui vous voulez parler, et ce que vous savez d’elles."),
        _("Ajouter une audience"),
        (_Field("name"), _Field("description", "long")),
    ),
    "channels": _Section(
        4, Channel, _("Les canaux"),
        _("Là où sont votre public et vos ventes. Pour chacun, assez d’argent pour compter, ou "
          "rien."),
        _("Ajouter un canal"),
        (
            _Field("name"), _Field("audiences", "several", "audiences"),
            _Field("objectives", "several", "objectives"), _Field("opened_by", "one", "teams"),
            _Field("spend_eur", "number"), _Field("minimum_viable_eur", "number"),
            _Field("reason", "long"),
        ),
    ),
    "measurements": _Section(
        5, Measurement, _("Le plan de mesure"),
        _("Pour chaque indicateur d’un objectif : où lire le chiffre, quand, et qui le relève."),
        _("Ajouter une mesure"),
        (
            _Field("indicator", "one", "indicators"), _Field("source"), _Field("frequency"),
            _Field("owner", "one", "teams"),
        ),
        named_by="indicator",
    ),
}  # fmt: skip

_WIDE = {"description_width": "14rem"}
_DAYS = document.DAYS


def today() -> date:
    """The day it is where the notebook runs."""
    return datetime.now().astimezone().date()


def notice_of(strategy: Strategy) -> str:
    """What to say of where the data come from: that the case company's are synthetic."""
    return company.NOTICE if strategy.company == company.NAME else ""


# ---------------------------------------------------------------------- the review, read


@dataclass(frozen=True)
class Review:
    """What is left to mend in a strategy, key by key, as a cell shows it.

    Attributes
    ----------
    findings : as ``Strategy.review`` gives them
    told : the same in a sentence
    """

    findings: tuple[Finding, ...]

    @property
    def told(self) -> str:
        return tell(self.findings) if self.findings else f"✓ {tell(())}"

    def __repr__(self) -> str:
        return "\n".join([self.told, *map(str, self.findings)])

    def _repr_html_(self) -> str:
        by_key = "".join(
            f"<h4>{escape(_('Clé {n} – {name}').format(n=key, name=KEYS[key]))}</h4>"
            + findings_list(found)
            for key in KEYS
            if (found := [each for each in self.findings if each.key == key])
        )
        return (
            f'{STYLE}<div class="cinqcles"><p role="status">{escape(self.told)}</p>{by_key}</div>'
        )


def review(strategy: Strategy, day: date | None = None) -> Review:
    """Read a strategy again, as of a day: today unless told otherwise."""
    return Review(strategy.review(day or today()))


def findings_list(found: Iterable[Finding]) -> str:
    """Findings as a list in HTML, those that block before advice."""
    ordered = sorted(found, key=lambda each: each.severity == "advice")
    said = {"blocking": _("À régler :"), "advice": _("Conseil :")}
    items = "".join(
        f"<li><strong>{escape(said[each.severity])}</strong> {escape(str(each))}</li>"
        for each in ordered
    )
    return f"<ul>{items}</ul>"


@dataclass(frozen=True)
class Preview:
    """A page of HTML in a frame, as a cell shows it."""

    page: str

    def _repr_html_(self) -> str:
        # Without a word allowed to it, by `sandbox`, the page can run nothing.
        return (
            f'<iframe title="{escape(_("Aperçu du document"))}" sandbox '
            f'srcdoc="{escape(self.page)}" style="width: 100%; max-width: 60rem; height: 34rem; '
            'border: 1px solid #bbb; background: #fff"></iframe>'
        )


def preview(strategy: Strategy, day: date | None = None, *, reviewed: bool = True) -> Preview:
    """The document, in a frame within the notebook, with what its review finds or without."""
    notice = notice_of(strategy)
    return Preview(document.to_html(strategy, day or today(), notice, reviewed=reviewed))


# ---------------------------------------------------------------------- the editor


class StrategyEditor(Shown):
    """A strategy to write, on screen.

    Args:
        path: the file it is kept in; by default ``ma-strategie.json`` beside the notebook.
            Without a notebook nothing is kept.
        day: the day of the review; by default the day it is.

    Attributes:
        strategy: as it stands.
        told: the last thing said about saving.
    """

    def __init__(self, path: Path | None = None, day: date | None = None) -> None:
        notebook = _notebook_path()
        self.path = path or (notebook.parent / FILE if notebook else None)
        self.strategy = Strategy()
        self.told = ""
        self._day = day
        self._before: list[Strategy] = []
        self._open: tuple[str, int] | None = None
        self._typing: asyncio.TimerHandle | None = None
        self._waiting: tuple[widgets.Widget, Callable[[], None]] | None = None
        self._files_timer: asyncio.TimerHandle | None = None
        self._build()
        self._load_at_start()

    # What it is made of.

    def _build(self) -> None:
        self._status = widgets.HTML()
        self._notice = widgets.HTML()
        self._summary = widgets.HTML()
        self._links = [widgets.HTML() for _file in range(3)]
        self._upload = Upload(description=_("Ouvrir un fichier (.json)"), accept=".json")
        self._upload.observe(self._uploaded, "value")
        self._actions = {
            "example": action(_("Partir de l’exemple Maison Liseron")),
            "blank": action(_("Partir d’une page blanche")),
            "undo": action(_("Annuler")),
        }
        self._actions["example"].on_click(lambda _button: self.start_from_example())
        self._actions["blank"].on_click(lambda _button: self.start_blank())
        self._actions["undo"].on_click(lambda _button: self.undo())
        row = widgets.Layout(flex_flow="row wrap")
        self._scalars = {
            "company": self._text(_("Entreprise")),
            "author": self._text(_("Votre nom, pour la couverture")),
            "budget_eur": self._text(_("Budget (€), pour tous les canaux")),
        }
        for name, field in self._scalars.items():
            field.observe(
                lambda _change, name=name, field=field: self._soon(
                    field, lambda: self._scalar(name)
                ),
                "value",
            )
        self._lines = {name: widgets.VBox() for name in _SECTIONS}
        self._adds = {name: action("+ " + section.add) for name, section in _SECTIONS.items()}
        for name, button in self._adds.items():
            button.on_click(lambda _button, name=name: self.add(name))
        self._found = {key: widgets.HTML() for key in KEYS}
        self._keys = {key: action("") for key in KEYS}
        self._pages = {key: self._page(key) for key in KEYS}
        for key, button in self._keys.items():
            button.on_click(lambda _button, key=key: self.turn_to(key))
        head = widgets.HTML(f"{STYLE}<strong>{escape(_('Mon dossier'))}</strong>")
        self.widget = panel(
            [
                head,
                widgets.HBox([self._upload, *self._actions.values()], layout=row),
                self._status,
                self._notice,
                widgets.HBox(list(self._keys.values()), layout=row),
                *self._pages.values(),
                self._summary,
                widgets.HBox(self._links, layout=row),
            ]
        )

    def _page(self, key: int) -> widgets.VBox:
        parts: list[widgets.Widget] = [
            _heading(_("Clé {n} – {name}").format(n=key, name=KEYS[key]), "h3")
        ]
        if key == 1:
            parts += [self._scalars["company"], self._scalars["author"]]
        for name, section in _SECTIONS.items():
            if section.key == key:
                parts += [
                    _heading(section.title),
                    note(section.hint),
                    self._lines[name],
                    self._adds[name],
                ]
        if key == 4:  # noqa: PLR2004 - the key of the budget
            parts += [
                _heading(_("Le budget")),
                self._scalars["budget_eur"],
            ]
        page = widgets.VBox([*parts, self._found[key]])
        page.add_class("fields")
        return page

    @staticmethod
    def _text(label: str, *, long: bool = False, options: Sequence[str] = ()) -> Any:
        kind: Any = widgets.Textarea if long else widgets.Text
        more: dict[str, Any] = {"rows": 3} if long else {}
        if options:
            kind, more = widgets.Combobox, {"options": tuple(options), "ensure_option": False}
        return kind(
            description=label,
            style=_WIDE,
            layout=widgets.Layout(width="auto", max_width="48rem"),
            **more,
        )

    # What one does with it.

    def turn_to(self, key: int) -> None:
        """Show the page of a key."""
        self._flush()
        for each, page in self._pages.items():
            page.layout.display = "flex" if each == key else "none"
            self._keys[each].button_style = "primary" if each == key else ""

    def add(self, section: str) -> None:
        """Add a line to a section, and open it."""
        self._flush()
        lines = getattr(self.strategy, section)
        what = _SECTIONS[section]
        blank: dict[str, Any] = {}
        if what.line is Team:
            blank = {"name": self._free(section, _("Équipe")), "agents": 1}
        elif what.line is Route:
            blank = {"subject": self._free(section, _("Sujet"))}
        try:
            more: dict[str, Any] = {section: (*lines, what.line(**blank))}
            self._change(self.strategy.replace(**more))
        except FormError as error:
            self._say(str(error), warn=True)
            return
        self.open(section, len(lines))

    def _free(self, section: str, name: str) -> str:
        taken = set(self._names(section))
        return next(f"{name} {n}" for n in range(1, 200) if f"{name} {n}" not in taken)

    def remove(self, section: str, place: int) -> None:
        """Take a line out of a section; it can be undone."""
        self._flush()
        self._remember()
        lines = list(getattr(self.strategy, section))
        del lines[place]
        self._open = None
        fewer: dict[str, Any] = {section: lines}
        self._change(self.strategy.replace(**fewer))
        self._show_lines(section)
        self._say(_("Ligne retirée. « Annuler » la remet."))

    def open(self, section: str, place: int) -> None:
        """Open a line to write it, or close it if it was open."""
        self._flush()
        before, self._open = self._open, (section, place)
        if before == self._open:
            self._open = None
        for name in {section, *((before[0],) if before else ())}:
            self._show_lines(name)

    def start_blank(self) -> None:
        """Start from nothing; what was there can be brought back."""
        self._start(Strategy())

    def start_from_example(self) -> None:
        """Start from the worked example of the case company, whose data are synthetic."""
        self._start(example(day=self._day or today()))

    def read(self, content: bytes) -> None:
        """Open a strategy that was downloaded."""
        try:
            strategy = Strategy.from_json(content)
        except MetricError as error:
            self._say(str(error), warn=True)
            return
        self._start(strategy)

    def undo(self) -> None:
        """Bring back what was there before the last line removed or strategy opened."""
        self._flush()
        if self._before:
            self._open = None
            self._change(self._before.pop())
            self._show()

    # What follows.

    def _start(self, strategy: Strategy) -> None:
        self._flush()
        before, kept = self.strategy, ""
        if before != Strategy():
            self._remember()
        if self.path and before not in (Strategy(), strategy, example(day=self._day or today())):
            # « Annuler » ends with the page; the file does not, and writes over no other.
            aside = _free(self.path.with_name(FILE_BEFORE))
            with suppress(MetricError):
                before.save(aside)
                kept = aside.name
        self._open = None
        self._change(strategy)
        self._show()
        if before not in (Strategy(), strategy):
            told = [
                self.told,
                _("Ce qui était là est remplacé\u00a0; «\u00a0Annuler\u00a0» le ramène."),
            ]
            if kept:
                told.append(_("Il est aussi gardé dans «\u00a0{name}\u00a0».").format(name=kept))
            self._say(" ".join(told))

    def _remember(self) -> None:
        self._before = [*self._before, self.strategy][-MOST_UNDONE:]

    def _load_at_start(self) -> None:
        unreadable = ""
        if self.path and self.path.exists():
            try:
                self.strategy = Strategy.load(self.path)
            except MetricError as error:
                aside = self.path.with_name(f"{self.path.stem}.illisible{self.path.suffix}")
                unreadable = _("{why} Il est gardé sous le nom « {name} ».").format(
                    why=error, name=aside.name
                )
                try:
                    self.path.replace(aside)
                except OSError:
                    self.path = None  # rather nothing kept than this file written over
        self._show()
        self.turn_to(1)
        self._read_again()
        self._make_files()
        if unreadable:
            self._say(unreadable, warn=True)
        elif self.strategy != Strategy():
            self._say(_("Votre dossier est repris de « {name} ».").format(name=FILE))
        elif self.path:
            self._say(
                _("Chaque changement sera enregistré dans « {name} », à côté de ce cahier.").format(
                    name=FILE
                )
            )

    def _change(self, strategy: Strategy) -> None:
        """Take a strategy as the one that stands: save it, and read it again."""
        self.strategy = strategy
        if self.path is None:
            self._say(
                _("⚠ Rien n’est enregistré ici : téléchargez votre stratégie avant de partir.")
            )
        else:
            try:
                strategy.save(self.path)
            except MetricError as error:
                self._say(str(error), warn=True)
            else:
                self._say(_("✓ Enregistré dans « {name} ».").format(name=self.path.name))
        self._read_again()
        self._files_later()

    def _read_again(self) -> None:
        found = review(self.strategy, self._day)
        for key, button in self._keys.items():
            mine = [each for each in found.findings if each.key == key]
            blocking = sum(each.severity == "blocking" for each in mine)
            # Nothing to find fault with where nothing is written is not a key well done.
            written = any(
                getattr(self.strategy, name)
                for name, section in _SECTIONS.items()
                if section.key == key
            )
            state = (
                ngettext("{n} à régler", "{n} à régler", blocking).format(n=blocking)
                if blocking
                else "✓"
                if written
                else _("rien encore")
            )
            button.description = f"{key}. {KEYS[key]} · {state}"
            self._found[key].value = (
                f"<h4>{escape(_('Ce qui reste à régler'))}</h4>{findings_list(mine)}"
                if mine
                else f"<p>{escape(_('✓ Rien à redire sur cette clé.'))}</p>"
                if written
                else ""
            )
        self._summary.value = f'<p role="status"><strong>{escape(found.told)}</strong></p>'
        self._actions["undo"].disabled = not self._before
        notice = notice_of(self.strategy)
        self._notice.value = f"<em>{escape(notice)}</em>" if notice else ""

    def _say(self, told: str, *, warn: bool = False) -> None:
        self.told = f"⚠ {told}" if warn else told
        lines = escape(self.told).replace("\n", "<br>")
        self._status.value = f'<p role="status">{lines}</p>'

    def _soon(self, field: widgets.Widget, do: Callable[[], None]) -> None:
        """Take what is typed in a field once the typing pauses, or before anything else is done."""
        if self._showing:
            return
        if self._waiting and self._waiting[0] is not field:
            self._flush()
        if self._typing:
            self._typing.cancel()
        self._waiting = (field, do)
        self._typing = self._later(TYPING_PAUSE_S, self._flush)

    def _later(self, seconds: float, do: Callable[[], None]) -> asyncio.TimerHandle | None:
        """Do it in a while, or at once where no event loop makes anything wait."""
        try:
            return asyncio.get_running_loop().call_later(seconds, do)
        except RuntimeError:
            do()
            return None

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting:
            waiting[1]()

    # The files to take away.

    def _files_later(self) -> None:
        if self._files_timer:
            self._files_timer.cancel()
        self._files_timer = self._later(FILES_PAUSE_S, self._make_files)

    def _make_files(self) -> None:
        day, notice = self._day or today(), notice_of(self.strategy)
        made: tuple[tuple[str, str, str, Callable[[], bytes]], ...] = (
            (FILE, "application/json", _("Télécharger ma stratégie (.json)"),
             lambda: self.strategy.to_json().encode()),
            ("ma-strategie.pdf", "application/pdf", _("Le document (PDF)"),
             lambda: document.to_pdf(self.strategy, day, notice)),
            ("ma-strategie.html", "text/html", _("Le document (page web)"),
             lambda: document.to_html(self.strategy, day, notice).encode()),
        )  # fmt: skip
        for link, (name, kind, label, make) in zip(self._links, made, strict=True):
            try:
                address = f"data:{kind};base64,{base64.b64encode(make()).decode()}"
            except CinqclesError as error:  # too long a strategy, no renderer for a PDF
                link.value = f"<p>{escape(str(error))}</p>"
            else:
                link.value = download_link(name, address, label)

    # The lines, and the one that is open.

    _showing = False

    def _show(self) -> None:
        """Show the strategy that stands, from nothing."""
        self._showing = True
        for name, field in self._scalars.items():
            value = getattr(self.strategy, name)
            field.value = _written(value)
        self._showing = False
        for section in _SECTIONS:
            self._show_lines(section)

    def _names(self, section: str) -> list[str]:
        named_by = _SECTIONS[section].named_by
        names = (getattr(line, named_by) for line in getattr(self.strategy, section))
        return list(dict.fromkeys(name for name in names if name))

    def _called(self, section: str, place: int) -> str:
        line = getattr(self.strategy, section)[place]
        return getattr(line, _SECTIONS[section].named_by) or _("n° {n}, sans nom").format(
            n=place + 1
        )

    def _show_lines(self, section: str) -> None:
        shown: list[widgets.Widget] = []
        for place in range(len(getattr(self.strategy, section))):
            opened = self._open == (section, place)
            button = action(f"{'▾' if opened else '▸'} {self._called(section, place)}")
            button.on_click(lambda _button, place=place: self.open(section, place))
            shown.append(button)
            if opened:
                shown.append(self._form(section, place, button))
        self._lines[section].children = tuple(shown)

    def _form(self, section: str, place: int, head: widgets.Button) -> widgets.VBox:
        line = getattr(self.strategy, section)[place]
        wrong = widgets.HTML()
        named_by = _SECTIONS[section].named_by
        # The last name it had: a name is often emptied before another one is typed.
        known_as = [getattr(line, named_by)]
        mine = [line]

        refused: dict[str, str] = {}

        def change(title: str, field: str, value: Any) -> None:
            lines = list(getattr(self.strategy, section))
            # What is typed may arrive after the click that followed it: by then another line may
            # stand there.
            if lines[place : place + 1] != mine:
                return
            before = lines[place]
            try:
                lines[place] = type(before)(**dict(before) | {field: value})
                strategy = self.strategy.replace(**{section: lines})
                if field == named_by and value:
                    strategy, known_as[0] = strategy.renamed(section, known_as[0], value), value
            except FormError as error:
                refuse(title, str(error))
                return
            refuse(title, "")
            self._change(strategy)
            mine[0] = getattr(strategy, section)[place]
            if self._open == (section, place):
                head.description = f"▾ {self._called(section, place)}"
            else:
                self._show_lines(section)

        def refuse(title: str, why: str) -> None:
            """Say what is not taken, until it is mended: what is seen is then not what is kept."""
            refused[title] = why
            told = _("⚠ {why} La valeur précédente est gardée.")
            named = _("« {title} » : {why}")
            wrong.value = "".join(
                '<p role="status">{}</p>'.format(
                    escape(
                        told.format(why=why if title in why else named.format(title=title, why=why))
                    )
                )
                for title, why in refused.items()
                if why
            )

        def settle() -> None:
            self._flush()
            if left := [f"« {title} »" for title, why in refused.items() if why]:
                told = _("Corrigez d’abord {fields}, ou remettez la valeur précédente.")
                self._say(told.format(fields=", ".join(left)), warn=True)
            elif self._open == (section, place):
                self.open(section, place)

        def finish(_button: widgets.Button) -> None:
            self._flush()
            # The end of what is typed may arrive after the click that followed it.
            if any(refused.values()):
                self._later(LATE_S, settle)
            else:
                self.open(section, place)

        asked = []
        for field in _SECTIONS[section].fields:
            title = field.label or type(line).model_fields[field.name].title or field.name
            value = getattr(line, field.name)
            asked.append(
                self._ask(field, title, value, partial(change, title), partial(refuse, title))
            )
        done, drop = action(_("Terminé")), action(_("Retirer cette ligne"))
        done.on_click(finish)
        drop.on_click(lambda _button: self.remove(section, place))
        return widgets.VBox(
            [*asked, wrong, widgets.HBox([done, drop])],
            layout=widgets.Layout(margin="0 0 1rem 1.5rem"),
        )

    def _ask(
        self,
        field: _Field,
        title: str,
        value: Any,
        change: Callable[[str, Any], None],
        refuse: Callable[[str], None],
    ) -> widgets.Widget:
        match field.kind:
            case "several":
                return self._ticks(field, title, value, change)
            case "level":
                options = [(_("à choisir"), None), *((level.label, level) for level in Level)]
                asked = widgets.Dropdown(
                    description=title, options=options, value=value, style=_WIDE,
                    layout=widgets.Layout(width="28rem", max_width="100%"),
                )  # fmt: skip
                asked.observe(lambda event: change(field.name, event["new"]), "value")
                return asked
            case "hours":
                return _hours(title, value, lambda opening: change(field.name, opening), refuse)
            case _:
                return self._typed(field, title, value, change, refuse)

    def _typed(
        self,
        field: _Field,
        title: str,
        value: Any,
        change: Callable[[str, Any], None],
        refuse: Callable[[str], None],
    ) -> widgets.Widget:
        label = _("{title} (jj/mm/aaaa)").format(title=title) if field.kind == "date" else title
        options = self._names(field.of) if field.kind == "one" else ()
        asked = self._text(label, long=field.kind == "long", options=options)
        asked.value = _written(value)

        def take() -> None:
            try:
                change(field.name, _parsed(field.kind, asked.value))
            except ValueError as why:
                refuse(str(why))

        asked.observe(lambda _change: self._soon(asked, take), "value")
        return asked

    def _ticks(
        self, field: _Field, title: str, value: Sequence[str], change: Callable[[str, Any], None]
    ) -> widgets.Widget:
        """A box for each line that can be named, and for each name that no line has."""
        names = list(dict.fromkeys([*self._names(field.of), *value]))
        head = widgets.HTML(escape(title), layout=widgets.Layout(width="14rem"))
        if not names:
            missing = _("Rien à cocher pour l’instant : remplissez d’abord « {section} ».")
            told = note(missing.format(section=_SECTIONS[field.of].title))
            return widgets.HBox([head, told])
        boxes = tick_boxes(
            {
                name: f'<span class="said">{escape(title)}\u00a0: </span>{escape(name)}'
                for name in names
            }
        )
        for name, box in boxes.items():
            box.description_allow_html = True
            box.value = name in value

        def ticked(_change: Mapping[str, Any]) -> None:
            # In the order they were ticked: the first team named is the preferred one.
            chosen = [name for name in self_order if boxes[name].value]
            self_order[:] = chosen + [name for name in names if name not in chosen]
            change(field.name, chosen)

        self_order = [*value, *(name for name in names if name not in value)]
        for box in boxes.values():
            box.observe(ticked, "value")
        row = widgets.Layout(flex_flow="row wrap", flex="1 1 20rem")
        return widgets.HBox([head, widgets.HBox(list(boxes.values()), layout=row)])

    def _scalar(self, name: str) -> None:
        kind: Kind = "number" if name == "budget_eur" else "text"
        try:
            value = _parsed(kind, self._scalars[name].value)
            self._change(self.strategy.replace(**{name: value}))
        except ValueError as why:  # a FormError is one
            self._say(_("{why} La valeur précédente est gardée.").format(why=why), warn=True)

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            content = bytes(change["new"][0]["content"])
            self._upload.value = ()  # so that the same file may be opened again
            self.read(content)


# ---------------------------------------------------------------------- handed in


class StrategyView(QuestionView[kinds.Plan]):
    """A question answered by a whole strategy, brought from the lesson or from a file."""

    def _build(self) -> list[widgets.Widget]:
        self._take = action(_("Remettre la stratégie de mon dossier"))
        self._upload = Upload(description=_("Remettre un fichier (.json)"), accept=".json")
        self._shown = widgets.HTML()
        return [
            widgets.HBox([self._take, self._upload], layout=widgets.Layout(flex_flow="row wrap")),
            self._shown,
        ]

    def _listen(self) -> None:
        self._take.on_click(lambda _button: self.take())
        self._upload.observe(self._uploaded, "value")

    def take(self) -> None:
        """Hand in the strategy kept by the lesson, as it stands now."""
        notebook = self._worksheet._notebook
        folder = workspace_of(notebook) if notebook else None
        if folder is None:
            self._say(_("⚠ Le dossier du cours n’est pas ici : remettez votre fichier .json."))
            return
        try:
            self.hand_in(Strategy.load(folder / Path(WELCOME).parent / FILE))
        except MetricError as error:
            self._say(
                _(
                    "⚠ {why} Écrivez votre stratégie dans la leçon « Le dossier », ou remettez "
                    "votre fichier .json."
                ).format(why=error)
            )

    def hand_in(self, strategy: Strategy, day: date | None = None) -> None:
        """Hand in a strategy, dated of a day: today unless told otherwise."""
        value = {"day": (day or today()).isoformat(), "strategy": json.loads(strategy.to_json())}
        try:
            self.answer = value
        except WorksheetError as refused:
            self._say(str(refused))

    def _given(self, value: Any) -> JsonValue:
        if isinstance(value, Strategy):
            value = {"day": today().isoformat(), "strategy": json.loads(value.to_json())}
        return cast(JsonValue, value)

    def _fill(self, value: JsonValue) -> None:
        self._held: JsonValue = None
        try:
            strategy, day = self.question.read(value)
        except (TypeError, ValueError):
            self._shown.value = ""
            return
        self._held = value
        found = Review(strategy.review(day))
        self._shown.value = (
            f"<p><strong>{escape(found.told)}</strong></p>{findings_list(found.findings)}"
        )

    def _value(self) -> JsonValue:
        return self._held

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            return
        content = bytes(change["new"][0]["content"])
        self._upload.value = ()  # so that the same file may be brought again
        try:
            self.hand_in(Strategy.from_json(content))
        except MetricError as error:
            self._say(f"⚠ {error}")


def _written(value: Any) -> str:
    """A value as one types it."""
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return number(value, 6) if isinstance(value, int | float) else str(value)


def _free(file: Path) -> Path:
    """A name beside this one that no file has."""
    names = (file, *(file.with_stem(f"{file.stem}-{n}") for n in range(2, 1_000)))
    return next((name for name in names if not name.exists()), file)


def _parsed(kind: Kind, typed: str) -> Any:
    """What was typed, as the model wants it; a ``ValueError`` says in a sentence why it is not."""
    text = typed.strip()
    if kind in ("text", "long", "one"):
        return text
    if not text and kind != "count":
        return None
    try:
        if kind == "date":
            return parse_date(text)
        value = parse_quantity(text)
    except (TypeError, ValueError):
        like = "31/12/2026" if kind == "date" else number(1234.5)
        raise ValueError(
            _("« {typed} » ne se lit pas. Écrivez par exemple {like}.").format(
                typed=text[:40], like=like
            )
        ) from None
    if kind == "count" and value.is_integer():
        return int(value)
    return value


def _hours(
    title: str,
    opening: Sequence[Any],
    change: Callable[[Any], None],
    refuse: Callable[[str], None],
) -> widgets.Widget:
    """The days and hours of a team; hours that differ from day to day are shown, and kept until
    others are typed."""
    days = sorted({each.weekday for each in opening})
    same = {(each.opens_h, each.closes_h) for each in opening}
    opens, closes = next(iter(same)) if len(same) == 1 else (None, None)
    fields = [
        StrategyEditor._text(_("Ouvre à (heure)")),
        StrategyEditor._text(_("Ferme à (heure)")),
    ]
    for field, value in zip(fields, (opens, closes), strict=True):
        field.value, field.continuous_update = _written(value), False
    boxes = tick_boxes({str(day): name for day, name in enumerate(_DAYS)})
    for day, box in boxes.items():
        box.value = int(day) in days

    def take(_change: object) -> None:
        chosen = [int(day) for day, box in boxes.items() if box.value]
        try:
            starts, ends = (_parsed("number", field.value) for field in fields)
            if starts is None or ends is None:
                return  # half a line: the other half is being typed
            change(weekly(starts, ends, chosen))
        except ValueError as why:
            refuse(str(why))

    for control in (*fields, *boxes.values()):
        control.observe(take, "value")
    head = widgets.HTML(escape(title), layout=widgets.Layout(width="14rem"))
    row = widgets.Layout(flex_flow="row wrap", flex="1 1 20rem")
    asked: list[widgets.Widget] = [
        *fields,
        widgets.HBox([head, widgets.HBox(list(boxes.values()), layout=row)]),
    ]
    if opening and len(same) != 1:
        told = "\u00a0; ".join(document.hours(opening))
        asked.insert(0, note(_("{title} : {told}.").format(title=title, told=told)))
    return widgets.VBox(asked)


def _heading(title: str, tag: str = "h4") -> widgets.HTML:
    return widgets.HTML(f'<{tag} style="margin: .6rem 0 0">{escape(title)}</{tag}>')
