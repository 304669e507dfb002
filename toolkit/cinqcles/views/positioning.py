"""The entry test and the exit test on screen, and the progress from one to the other.

Each is an ungraded worksheet of one question, so its answers last as those of a graded one do
(contract 1): in the notebook's outputs, and in a journal beside it. ``00-bienvenue`` and
``06-dossier`` stand in the same folder, which is how the second finds what the first recorded; a
``00-bienvenue.ipynb`` brought from another machine will do too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
from pydantic import JsonValue

from cinqcles.messages import _, day, ngettext, number
from cinqcles.strategy import KEYS
from cinqcles.views.controls import STYLE, Shown, Upload, action, note, panel, tick_boxes
from cinqcles.views.copy_panel import CopyPanel
from cinqcles.views.pictures import BLUE, GREY, INK, ORANGE, Picture, status, svg, words
from cinqcles.views.questions import QuestionView
from cinqcles.views.worksheet import Worksheet
from cinqcles.worksheet import positioning
from cinqcles.worksheet.answers import Answer, Journal, newest, read_notebook, read_saved
from cinqcles.worksheet.positioning import PER_KEY, FormName, Positioning, Result

ENTRY, EXIT = "entree", "sortie"
WELCOME = "00-bienvenue.ipynb"
LARGEST_NOTEBOOK = 20_000_000  # bytes
_QUESTION = "test"
_FORMS: dict[str, FormName] = {ENTRY: "A", EXIT: "B"}


def entry_test(learner: str | None = None) -> TestView:
    """Ask the ten questions of the entry test; its result tells where to take care.

    Args:
        learner: who answers; by default whoever is known to be at work here, who is else asked.
    """
    return TestView(_Test(ENTRY, learner=learner), _asked(ENTRY))


def exit_test(learner: str | None = None) -> TestView:
    """Ask the ten questions of the exit test; each is explained once the test is handed in."""
    return TestView(_Test(EXIT, learner=learner), _asked(EXIT))


def _asked(name: str) -> Positioning:
    prompt = {
        ENTRY: _("Test d’entrée : dix questions pour savoir d’où vous partez"),
        EXIT: _("Test de sortie : dix questions pour savoir où vous en êtes"),
    }[name]
    return Positioning(id=_QUESTION, prompt=prompt, form=_FORMS[name])


class _TestPanel(CopyPanel):
    def _title(self) -> str:
        name = _("test d’entrée") if self._worksheet.name == ENTRY else _("test de sortie")
        return _("<strong>Ma copie</strong> · {learner} · {name}").format(
            learner=escape(self._worksheet.learner), name=name
        )

    def _what_is_checked(self) -> str:
        return _(
            "Ce test ne compte pas dans votre note. Chaque réponse est enregistrée dès que vous la "
            "donnez ; vous pouvez vous arrêter, et reprendre plus tard."
        )

    def _progress(self) -> str:
        views = self._worksheet.questions.values()
        return "<br>".join(view.question.check(view.answer) or _("Test terminé.") for view in views)


class _Test(Worksheet):
    _panel = _TestPanel


class TestView(QuestionView[Positioning]):
    """A test, from its first question to its result.

    Attributes:
        finished: called when the test is handed in.
    """

    __test__ = False  # not one of pytest's

    def _build(self) -> list[widgets.Widget]:
        self.finished: list[Callable[[], None]] = []
        self._asked = positioning.items(self.question.form)
        self._boxes = {
            name: tick_boxes(choice.options, only_one=True) for name, choice in self._asked.items()
        }
        self._verdicts = {name: widgets.HTML() for name in self._asked}
        self._finish = action(_("Terminer le test"))
        self._result = widgets.HTML()
        told = _(
            "Une seule réponse par question. Une fois le test terminé, vos réponses ne changent "
            "plus."
        )
        controls: list[widgets.Widget] = [note(told)]
        for n, (name, choice) in enumerate(self._asked.items(), 1):
            asked = widgets.HTML(f"<strong>{n}. {escape(choice.prompt)}</strong>")
            asked.add_class("status")
            self._verdicts[name].add_class("status")
            controls += [asked, *self._boxes[name].values(), self._verdicts[name]]
        return [*controls, self._finish, self._result]

    def _listen(self) -> None:
        for boxes in self._boxes.values():
            for box in boxes.values():
                box.observe(self._changed, "value")
        self._finish.on_click(self._hand_in)

    def _fill(self, value: JsonValue) -> None:
        given = positioning.answers(value)
        for name, boxes in self._boxes.items():
            for option, box in boxes.items():
                box.value = given.get(name) == option
        if positioning.is_finished(value):
            self._close()

    def restore(self, value: JsonValue) -> bool:
        if self.result:
            return False  # a test handed in is not taken back
        held = super().restore(value)
        if held and positioning.is_finished(value):
            self._hand_in()
        return held

    def _value(self) -> JsonValue:
        given: dict[str, JsonValue] = {
            name: option
            for name, boxes in self._boxes.items()
            for option, box in boxes.items()
            if box.value
        }
        return {"answers": given, "finished": False} if given else None

    def _hand_in(self, _button: object = None) -> None:
        value = self._value()
        if len(positioning.answers(value)) < len(self._asked):
            self._tell()
            return
        self.answer = {"answers": positioning.answers(value), "finished": True}
        for call in self.finished:
            call()

    def _given(self, value: Any) -> JsonValue:
        return json.loads(json.dumps(value))  # type: ignore[no-any-return]

    @property
    def result(self) -> Result | None:
        """The scores, once the test is handed in."""
        return positioning.result(self.question.form, self._last.value, self._last.time)

    def _close(self) -> None:
        for boxes in self._boxes.values():
            for box in boxes.values():
                box.disabled = True
        self._finish.disabled = True
        if self.result is None:
            return
        if self.question.form == "B":
            self._explain()
        told = tell_entry(self.result) if self.question.form == "A" else tell_exit(self.result)
        self._result.value = _score_table(self.result) + status(told)

    def _explain(self) -> None:
        given = positioning.answers(self._last.value)
        for name, choice in self._asked.items():
            right = given[name] == choice.answer
            told = choice.why[given[name]]
            if not right:
                told += " " + _("La bonne réponse : « {right} ». {why}").format(
                    right=choice.options[str(choice.answer)], why=choice.why[str(choice.answer)]
                )
            mark = "✓ " if right else "✗ "
            self._verdicts[name].value = f"<p>{escape(mark + told.strip())}</p>"


def tell_entry(result: Result) -> str:
    """Where to take care, in a sentence or two: never which answers were right."""
    care = [key for key, score in result.scores.items() if score < PER_KEY]
    scored = _("Vous avez {n} bonnes réponses sur {all}.").format(
        n=result.total, all=PER_KEY * len(KEYS)
    )
    if not care:
        return scored + " " + _(
            "Vous partez de haut : dans chaque leçon, allez droit au simulateur et aux limites."
        )  # fmt: skip
    if len(care) == len(KEYS):
        return (
            scored + " " + _("Chaque leçon vous apportera quelque chose : suivez-les dans l’ordre.")
        )
    return scored + " " + ngettext(
        "La leçon à prendre avec le plus de soin : {lessons}.",
        "Les leçons à prendre avec le plus de soin : {lessons}.",
        len(care),
    ).format(lessons=", ".join(_lesson(key) for key in care))  # fmt: skip


def tell_exit(result: Result) -> str:
    """The score on leaving, and the lessons worth another look."""
    again = [key for key, score in result.scores.items() if score < PER_KEY]
    scored = _("Vous avez {n} bonnes réponses sur {all}.").format(
        n=result.total, all=PER_KEY * len(KEYS)
    )
    if not again:
        return scored + " " + _("Tout est juste.")
    return scored + " " + ngettext(
        "La leçon à relire : {lessons}.", "Les leçons à relire : {lessons}.", len(again)
    ).format(lessons=", ".join(_lesson(key) for key in again))  # fmt: skip


def _lesson(key: int) -> str:
    return _("{n} ({name})").format(n=key, name=KEYS[key])


def _score_table(result: Result) -> str:
    rows = "".join(
        f'<tr><th scope="row">{key}. {escape(KEYS[key])}</th><td>{score} / {PER_KEY}</td></tr>'
        for key, score in result.scores.items()
    )
    caption = _("Votre résultat, le {day}").format(day=day(result.time.astimezone()))
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>"
        f'<th scope="col">{escape(_("Clé"))}</th><th scope="col">{escape(_("Score"))}</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


# ---------------------------------------------------------------------- progress


class Progress(Shown):
    """What changed between the entry test and the exit test, key by key.

    Nothing is shown that was not answered: where one of the two is missing, it says which, and how
    to bring it.

    Args:
        leaving: the exit test; its result appears here as soon as it is handed in.

    Attributes:
        told: what is said, as it stands.
        table: the two scores of each key and their difference, once both are known.
    """

    def __init__(self, leaving: TestView) -> None:
        self.told = ""
        self.table: pd.DataFrame | None = None
        self._leaving = leaving
        self._learner = leaving._worksheet.learner
        self._notebook = leaving._worksheet._notebook
        self._brought: list[Answer] = []
        self.upload = Upload(
            description=_("Charger mon cahier de bienvenue (.ipynb)"), accept=".ipynb"
        )
        self.upload.observe(self._uploaded, "value")
        self._shown = widgets.HTML()
        self.widget = panel([widgets.HTML(STYLE), self._shown, self.upload])
        leaving.finished.append(self.refresh)
        self.refresh()

    def refresh(self, why: str = "") -> None:
        """Show what there is, after a word on the file just brought."""
        self.table = None
        entry, started = self._entry()
        leaving = self._leaving.result
        self.upload.layout.display = "none" if entry else "flex"
        if entry and leaving:
            self.table = positioning.progress(entry, leaving)
            picture = draw_progress(self.table)
            self.told = picture.told
            self._shown.value = picture._repr_html_() + _progress_table(self.table)
            return
        lines = [why] if why else []
        if entry:
            lines.append(
                _("Votre test d’entrée du {day} est retrouvé : {n} sur {all}.").format(
                    day=day(entry.time.astimezone()), n=entry.total, all=PER_KEY * len(KEYS)
                )
            )
        elif started:
            lines.append(
                _(
                    "Votre test d’entrée est commencé, mais pas terminé. Terminez-le dans le "
                    "cahier de bienvenue, puis affichez de nouveau celui-ci."
                )
            )
        else:
            lines.append(
                _(
                    "Votre test d’entrée n’est pas sur cette machine. Si vous l’avez fait "
                    "ailleurs, chargez le cahier 00-bienvenue.ipynb que vous aviez téléchargé. "
                    "Si vous ne l’avez pas fait, il n’y a rien à comparer : seul votre résultat "
                    "de sortie compte."
                )
            )
        if not leaving:
            lines.append(_("Terminez le test de sortie, ci-dessus : la comparaison viendra ici."))
        self.told = " ".join(lines)
        self._shown.value = status(self.told)

    def _entry(self) -> tuple[Result | None, bool]:
        """The result of the entry test, and whether one was at least started."""
        found = list(self._brought)
        if self._notebook:
            folder = self._notebook.parent
            found += Journal(folder, ENTRY).read()
            if (folder / WELCOME).exists():
                found += read_saved(folder / WELCOME)
        last = newest(self._mine(found)).get(_QUESTION)
        if last is None:
            return None, False
        return positioning.result(_FORMS[ENTRY], last.value, last.time), True

    def _mine(self, found: list[Answer]) -> list[Answer]:
        return [
            each
            for each in found
            if each.worksheet == ENTRY and each.learner == self._learner and each.revision
        ]

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            return
        content = bytes(change["new"][0]["content"])
        self.upload.value = ()  # so that the same file may be brought again
        try:
            if len(content) > LARGEST_NOTEBOOK:
                raise ValueError("too large")
            document = json.loads(content)
            found = read_notebook(document)[0] if isinstance(document, dict) else []
        except (ValueError, RecursionError):
            self.refresh(_("⚠ Ce fichier ne se lit pas comme un cahier du cours."))
            return
        entries = [each for each in found if each.worksheet == ENTRY and each.revision]
        mine = self._mine(entries)
        if mine:
            self._brought = mine
            if self._notebook:
                with suppress(OSError):  # it is then brought again another time
                    Journal(self._notebook.parent, ENTRY).append(*mine)
            self.refresh()
        elif entries:
            self.refresh(
                _(
                    "⚠ Le test d’entrée de ce cahier est celui de « {other} », et vous êtes "
                    "« {learner} » : il n’est pas repris."
                ).format(other=entries[-1].learner, learner=self._learner)
            )
        else:
            self.refresh(_("⚠ Ce cahier ne contient pas de test d’entrée."))


_LABEL_PX, _POINT_PX, _PROGRESS_ROW_PX = 250, 170, 58


def draw_progress(table: pd.DataFrame) -> Picture:
    """Two bars a key, entry above exit.

    Args:
        table: as :func:`cinqcles.worksheet.positioning.progress` gives.
    """
    width = _LABEL_PX + PER_KEY * _POINT_PX + 130
    height = 70 + _PROGRESS_ROW_PX * len(table)
    parts = [
        f'<rect x="{_LABEL_PX}" y="16" width="18" height="12" fill="#ffffff" stroke="{ORANGE}" '
        'stroke-width="2" stroke-dasharray="4 2"/>',
        words(_LABEL_PX + 26, 27, "start", _("à l’entrée"), INK),
        f'<rect x="{_LABEL_PX + 150}" y="16" width="18" height="12" fill="{BLUE}"/>',
        words(_LABEL_PX + 176, 27, "start", _("à la sortie"), INK),
    ]
    bottom = height - 26
    for point in range(PER_KEY + 1):
        x = _LABEL_PX + point * _POINT_PX
        parts.append(
            f'<line x1="{x}" y1="40" x2="{x}" y2="{bottom}" stroke="#dddddd" stroke-width="1"/>'
        )
        parts.append(words(x, bottom + 18, "middle", number(point), GREY))
    for row, (key, scores) in enumerate(table.iterrows()):
        y = 48 + _PROGRESS_ROW_PX * row
        parts.append(
            words(_LABEL_PX - 12, y + 26, "end", f"{key}. {KEYS[int(str(key))]}", INK, bold=True)
        )
        ends = [_LABEL_PX + _POINT_PX * int(scores[name]) for name in ("entry", "exit")]
        styles = (
            f'fill="#ffffff" stroke="{ORANGE}" stroke-width="2" stroke-dasharray="4 2"',
            f'fill="{BLUE}"',
        )
        for place, (end, style) in enumerate(zip(ends, styles, strict=True)):
            top = y + 2 + 21 * place
            if end > _LABEL_PX:
                parts.append(
                    f'<rect x="{_LABEL_PX}" y="{top}" width="{end - _LABEL_PX}" height="16" '
                    f"{style}/>"
                )
            score = scores["exit" if place else "entry"]
            parts.append(words(end + 8, top + 13, "start", f"{score} / {PER_KEY}", INK))
    return Picture(svg(width, height, "".join(parts)), tell_progress(table))


def tell_progress(table: pd.DataFrame) -> str:
    """The reading of :func:`draw_progress`."""
    most = PER_KEY * len(table)
    told = [
        _("À l’entrée, {entry} bonnes réponses sur {all} ; à la sortie, {exit}.").format(
            entry=table["entry"].sum(), exit=table["exit"].sum(), all=most
        )
    ]
    for label, keys in (
        (_("En progrès : {keys}."), table.index[table["change"] > 0]),
        (_("Sans changement : {keys}."), table.index[table["change"] == 0]),
        (_("En recul : {keys}."), table.index[table["change"] < 0]),
    ):
        if len(keys):
            told.append(label.format(keys=", ".join(f"{key}. {KEYS[key]}" for key in keys)))
    return " ".join(told)


def _progress_table(table: pd.DataFrame) -> str:
    def row(name: str, entry: int, leaving: int, most: int) -> str:
        change = leaving - entry
        sign = "+" if change > 0 else "−" if change < 0 else ""
        cells = (f"{entry} / {most}", f"{leaving} / {most}", f"{sign}{abs(change)}")
        return (
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{each}</td>" for each in cells)
            + "</tr>"
        )

    before, after = table["entry"].tolist(), table["exit"].tolist()
    rows = [
        row(f"{key}. {KEYS[key]}", entry, leaving, PER_KEY)
        for key, entry, leaving in zip(table.index.tolist(), before, after, strict=True)
    ]
    rows.append(row(_("Ensemble"), sum(before), sum(after), PER_KEY * len(table)))
    heads = (_("Clé"), _("À l’entrée"), _("À la sortie"), _("Différence"))
    return (
        f"<table><caption>{escape(_('Votre progrès, clé par clé'))}</caption><thead><tr>"
        + "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
