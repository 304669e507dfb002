"""« Ma copie », at the head of a worksheet: where it stands, to take it away, to bring it back.

The link to download carries the copy itself: a page left open still gives it when the server that
made it is gone. It is made again after each answer, of the notebook's file and the newest answers.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from pydantic import JsonValue

from cinqcles.errors import WorksheetError
from cinqcles.messages import _, moment, ngettext
from cinqcles.views.controls import STYLE, Upload, action, download_link, panel, show
from cinqcles.worksheet import copies
from cinqcles.worksheet.answers import MIME
from cinqcles.worksheet.identity import Register, on_binder
from cinqcles.worksheet.questions import Code

if TYPE_CHECKING:
    from cinqcles.views.worksheet import Worksheet

PAUSE_S = 0.2  # answers that come together make one copy
# When to look, after an answer, whether JupyterLab has saved it: four minutes in all.
LOOKS_S = (2, 3, 5, 5, 10, 10, 15, 30, 60, 100)
LONGEST_CODE = 5_000  # characters of a function shown back
MOST_LISTED = 20  # questions named, and sentences of what is left aside: a hostile file has more


class CopyPanel:
    """The panel of one worksheet.

    Without a Jupyter server there is no file to take away: it then only says whose copy it is.

    Args:
        others: whose answers the notebook also holds.
        register: where to write that somebody else sits here; ``None`` where that cannot be.
    """

    def __init__(self, worksheet: Worksheet, others: list[str], register: Register | None) -> None:
        self._worksheet = worksheet
        self._timer: asyncio.TimerHandle | None = None
        self._looks = 0
        self._document: copies.Document | None = None
        self._seen: tuple[Path, int, int] | None = None  # the file as it was read: which, when
        self._carried: object = None  # what the link was made from
        self._state = widgets.HTML()
        self._link = widgets.HTML()
        self._told = widgets.HTML()
        self._upload = Upload(description=_("Restaurer une copie"), accept=".ipynb")
        self._upload.observe(self._uploaded, "value")
        self._replaced: dict[str, JsonValue] = {}  # by the last copy brought back
        self._undo = action(_("Annuler la reprise"))
        self._undo.layout.display = "none"
        self._undo.on_click(lambda _button: self._tell(*self.undo()))
        head = widgets.HTML(STYLE + self._whose(others))
        checked = widgets.HTML(self._what_is_checked())
        children = [head, checked]
        if worksheet._journal:
            change, form = _somebody_else(register, self._tell) if register else ([], [])
            gestures = widgets.HBox(
                [self._link, self._upload, *change],
                layout=widgets.Layout(flex_flow="row wrap", align_items="center"),
            )
            children = [head, self._state, gestures, *form, self._told, self._undo, checked]
        for each in (head, checked, self._state, self._told):
            each.add_class("status")
        self._box = panel(children)
        self._box._view_count = 0
        self._box.observe(self._reloaded, "_view_count")
        self.changed()

    def show(self) -> None:
        """Display it."""
        asleep = _("Copie de {learner}. Pour la compléter, cliquez sur ▶▶\u00a0Tout afficher.")
        show(self._box, instead=asleep.format(learner=self._worksheet.learner))

    # What it says.

    def _title(self) -> str:
        return _("<strong>Ma copie</strong> · {learner} · feuille «\u00a0{name}\u00a0»").format(
            learner=escape(self._worksheet.learner), name=escape(self._worksheet.name)
        )

    def _whose(self, others: list[str]) -> str:
        lines = [self._title()]
        if others:
            lines.append(
                _(
                    "⚠ Ce fichier contient aussi les réponses de {others}\u00a0: elles ne sont pas "
                    "reprises ici."
                ).format(others=escape(", ".join(others)))
            )
        if on_binder():
            lines.append(
                _(
                    "⚠ Sur Binder, tout s’efface après une dizaine de minutes sans activité"
                    "\u00a0: téléchargez votre copie avant chaque pause."
                )
            )
        return "<br>".join(lines)

    def _what_is_checked(self) -> str:
        return _(
            "<strong>Vérifié tout de suite</strong>\u00a0: la forme de chaque réponse, son unité, "
            "ce qui manque. <strong>Noté plus tard</strong>, par votre formateur\u00a0: si c’est "
            "juste, avec une explication.<br><strong>À garder et à rendre</strong>\u00a0: un seul "
            "fichier, votre copie. Elle contient toutes vos réponses."
        )

    def _progress(self) -> str:
        views = self._worksheet.questions
        left = [name for name, view in views.items() if view.question.check(view.answer)]
        done = len(views) - len(left)
        told = ngettext(
            "{done} réponse complète sur {all}.", "{done} réponses complètes sur {all}.", done
        ).format(done=done, all=len(views))
        if left:
            more = _("Il reste\u00a0: {questions}.").format(questions=_listed(left))
        else:
            more = _("Votre copie est prête à rendre.") if views else ""
        return f"<strong>{told}</strong> {more}"

    def _saved(self, *, complete: bool) -> str:
        given = [answer.time for answer in self._worksheet._saved.values() if answer.revision]
        told = (
            _("Dernière réponse gardée {when}.").format(when=moment(max(given)))
            if given
            else _("Aucune réponse pour l’instant.")
        )
        if self._seen is None:
            more = _(
                "⚠ Le fichier de ce cahier n’a pas pu être lu\u00a0: touches Ctrl + S, puis menu "
                "Fichier, Télécharger."
            )
        elif not given:
            more = ""
        elif complete:
            more = _("Fichier enregistré {when}\u00a0: il contient toutes vos réponses.")
        elif self._looks < len(LOOKS_S):
            more = _(
                "Fichier enregistré {when}\u00a0: vos dernières réponses y seront dans un instant."
            )
        else:
            more = _(
                "⚠ Fichier enregistré {when}, sans vos dernières réponses\u00a0: touches Ctrl + S. "
                "La copie à télécharger, elle, les contient."
            )
        when = self._seen and moment(
            datetime.fromtimestamp(self._seen[1] / 1e9, UTC), zone=not given
        )
        return f"{told} {more.format(when=when)}"

    def _tell(self, *lines: str) -> None:
        # role=status: a screen reader says it when it changes.
        self._told.value = f'<div role="status">{"<br>".join(lines)}</div>'

    def _reloaded(self, change: Mapping[str, Any]) -> None:
        if (change["new"] or 0) > 1:  # the questions, too, wait to be shown again
            self._upload.disabled = True
            self._tell(
                _(
                    "⚠ La page a été rechargée. Pour continuer, cliquez sur "
                    "▶▶\u00a0Tout afficher, en haut du cahier. Vos réponses sont conservées."
                )
            )

    # What keeps it true.

    def changed(self) -> None:
        """A question was asked, or answered."""
        if self._worksheet._journal:
            self._looks = 0
            if not self._later(PAUSE_S):
                self._refresh()

    def _later(self, delay: float) -> bool:
        """Refresh in a while; ``False`` where nothing is left running to do it."""
        if self._timer:
            self._timer.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        self._timer = loop.call_later(delay, self._refresh)
        return True

    def _refresh(self) -> None:
        self._look()
        given = [answer for answer in self._worksheet._saved.values() if answer.revision]
        complete = self._document is not None and copies.holds(self._document, given)
        if not complete and self._looks < len(LOOKS_S):
            self._later(LOOKS_S[self._looks])
            self._looks += 1
        self._state.value = f"{self._progress()}<br>{self._saved(complete=complete)}"
        carried = (self._seen, *((a.question, a.age) for a in given), *self._worksheet.questions)
        if self._document is not None and carried != self._carried:
            self._carried = carried
            self._link.value = self._carry(self._document)

    def _look(self) -> None:
        """Read the notebook's file again, if JupyterLab has saved it since."""
        worksheet = self._worksheet
        path = worksheet._notebook and copies.find_notebook(worksheet._notebook, worksheet.name)
        if not path:
            return
        try:
            state = path.stat()
        except OSError:
            return
        seen = (path, state.st_mtime_ns, state.st_size)
        if seen != self._seen and (document := copies.read_document(path)):
            self._seen, self._document = seen, document

    def _carry(self, document: copies.Document) -> str:
        shown: dict[str, Mapping[str, Any]] = {
            name: {MIME: answer.model_dump(mode="json"), "text/plain": str(answer.value)}
            for name, answer in self._worksheet._saved.items()
        }
        shown |= {name: view._bundle() for name, view in self._worksheet.questions.items()}
        name = f"{self._worksheet.name}-{self._worksheet.learner}.ipynb".replace(" ", "-")
        address = copies.as_link(copies.fill(document, shown))
        return download_link(name, address, _("Télécharger ma copie"))

    # What comes back.

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self._tell(*self.restore(bytes(change["new"][0]["content"])))
            self._upload.value = ()  # the same file may be chosen again

    def restore(self, content: bytes) -> list[str]:
        """Answer every question as a copy did; what came of it, in lines of HTML.

        Answers that it replaces can be put back: see :meth:`undo`.
        """
        worksheet = self._worksheet
        try:
            document, answers, notes = copies.read_copy(
                content,
                worksheet=worksheet.name,
                learner=worksheet.learner,
                variant=worksheet.variant,
            )
        except WorksheetError as refused:
            return [f"⚠ {escape(str(refused))}"]
        outcome: dict[str, list[str]] = {"taken": [], "same": [], "unfit": [], "unknown": []}
        replaced: dict[str, JsonValue] = {}
        for name, answer in answers.items():
            view = worksheet.questions.get(name)
            if view is None:
                outcome["unknown"].append(name)
                continue
            if isinstance(view.question, Code):
                continue  # its answer is its code's doing
            before = view.answer
            try:
                fits = view.restore(answer.value)
            except WorksheetError:
                fits = False
            how = "unfit" if not fits else "same" if view.answer == before else "taken"
            if how == "taken" and before is not None:
                replaced[name] = before
            outcome[how].append(name)
        said = {
            "taken": _("✓ Repris de votre copie\u00a0: {questions}."),
            "same": _("Déjà pareil ici\u00a0: {questions}."),
            "unfit": _("⚠ Laissé de côté, d’une forme inattendue\u00a0: {questions}."),
            "unknown": _("⚠ Laissé de côté, absent de cette feuille\u00a0: {questions}."),
        }
        lines = [
            said[how].format(questions=_listed(names)) for how, names in outcome.items() if names
        ]
        if replaced:
            self._replaced = replaced
            lines.append(
                _(
                    "Vos réponses d’avant ont été remplacées\u00a0: {questions}. Pour les "
                    "remettre, cliquez sur «\u00a0Annuler la reprise\u00a0»."
                ).format(questions=_listed(replaced))
            )
        self._undo.layout.display = "flex" if replaced else "none"
        self._undo.description = _("Annuler la reprise")
        lines += [escape(note) for note in notes[:MOST_LISTED]]
        return lines + self._code_to_paste(document)

    def undo(self) -> list[str]:
        """Put back the answers that the last copy replaced; what came of it, in lines of HTML.

        A second time gives the copy's again: the button stays, and the keyboard on it.
        """
        for name, value in self._replaced.items():
            view = self._worksheet.questions[name]
            self._replaced[name] = view.answer
            view.restore(value)
        undo, again = _("Annuler la reprise"), _("Reprendre la copie")
        if self._undo.description == undo:
            self._undo.description = again
            told = _("✓ Vos réponses d’avant sont revenues\u00a0: {questions}.")
        else:
            self._undo.description = undo
            told = _("✓ Repris de votre copie\u00a0: {questions}.")
        return [told.format(questions=_listed(self._replaced))]

    def _code_to_paste(self, document: copies.Document) -> list[str]:
        views = self._worksheet.questions.values()
        if not any(isinstance(view.question, Code) for view in views):
            return []
        here = copies.written_code(self._document) if self._document else {}
        theirs = copies.written_code(document)
        return [
            _(
                "⚠ Votre code ne se reprend pas tout seul. Le voici\u00a0: recopiez-le dans sa "
                "cellule, puis testez-le.{code}"
            ).format(code=f"<pre>{escape(code[:LONGEST_CODE])}</pre>")
            for name, code in theirs.items()
            if name in here and code.strip() != here[name].strip()
        ]


def _somebody_else(
    register: Register, tell: Callable[[str], None]
) -> tuple[list[widgets.Widget], list[widgets.Widget]]:
    """A button that says that somebody else sits here, and what it opens."""
    change = action(_("Ce n’est pas moi"))
    change.layout.align_self = "center"
    field = widgets.Text(
        description=_("Identifiant"),
        style={"description_width": "initial"},
        continuous_update=False,
    )
    confirm = action(_("Valider"))
    form = widgets.HBox([field, confirm], layout=widgets.Layout(display="none"))

    def open_form(_button: widgets.Button) -> None:
        form.layout.display = "flex"

    def save(_button: widgets.Button) -> None:
        try:
            register.write(field.value)
        except (WorksheetError, OSError) as refused:
            tell(escape(str(refused)))
            return
        tell(
            _(
                "C’est noté. Pour continuer avec vos propres données, cliquez sur "
                "▶▶\u00a0Tout afficher, en haut du cahier."
            )
        )

    change.on_click(open_form)
    confirm.on_click(save)
    return [change], [form]


def _rank(name: str) -> tuple[float, str]:
    digits = re.fullmatch(r"q(\d{1,6})", name)
    return (int(digits[1]), digits[1]) if digits else (math.inf, name[:40])


def _listed(names: Iterable[str]) -> str:
    """Questions by their numbers, as HTML."""
    shown = [escape(called) for _place, called in sorted(map(_rank, names))]
    if len(shown) > MOST_LISTED:
        shown = [*shown[:MOST_LISTED], "…"]
    listed = ", ".join(shown)
    if len(shown) > 1:
        listed = _("{some} et {last}").format(some=", ".join(shown[:-1]), last=shown[-1])
    return ngettext("question {listed}", "questions {listed}", len(shown)).format(listed=listed)
