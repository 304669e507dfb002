"""A question in a notebook: its widget, and under it its answer as data (contract 1).

One view a kind of :mod:`cinqcles.worksheet.questions`. Every change is first written to the
journal, then shown in the notebook, which JupyterLab saves.
"""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ipywidgets as widgets
from IPython.display import display
from pydantic import JsonValue, ValidationError

from cinqcles.errors import WorksheetError
from cinqcles.messages import _
from cinqcles.views.controls import action, panel, tick_boxes
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.answers import MIME, Answer

if TYPE_CHECKING:
    from cinqcles.views.worksheet import Worksheet

RESULTS_MIME = "application/vnd.cinqcles.results+json"
TYPING_PAUSE_S = 0.4  # a text is recorded when the typing stops this long

Q = TypeVar("Q", bound=kinds.BaseQuestion)


class QuestionView(Generic[Q]):
    """A question in a notebook, from the moment it is asked.

    Attributes:
        question: what is asked; in a ``corrige`` cell, set its ``why``, ``mistakes``…
    """

    def __init__(self, worksheet: Worksheet, question: Q) -> None:
        self.question = question
        self._worksheet = worksheet
        self._journal = worksheet._journal
        self._pause: asyncio.TimerHandle | None = None
        self._filling = False
        self._on_disk = True
        self._last = worksheet._saved.get(question.id) or Answer(
            worksheet=worksheet.name,
            question=question.id,
            learner=worksheet.learner,
            variant=worksheet.variant,
            value=None,
            time=datetime.now(UTC),
            revision=0,
        )
        worksheet.questions[question.id] = self
        self._status = widgets.HTML()
        self._status.add_class("status")
        self._controls = self._build()
        prompt = widgets.HTML(escape(question.prompt))
        prompt.add_class("prompt")
        self._box = panel([prompt, *self._controls, self._status])
        self._fill(self._last.value)
        self._listen()
        self._tell()
        # A page reloaded over a living kernel shows the widget a second time, but JupyterLab
        # no longer links it to the cell's outputs: answers would miss the saved notebook.
        self._box._view_count = 0
        self._box.observe(self._reloaded, "_view_count")
        display(self._box)
        self._output = display(self._bundle(), raw=True, display_id=True)

    _typed = False  # whether the answer is typed, key by key

    # What each kind of question says for itself.

    def _build(self) -> list[widgets.Widget]:
        """The controls, empty."""
        raise NotImplementedError

    def _fill(self, value: JsonValue) -> None:
        """Put a value in the controls; one that does not fit is passed over."""
        raise NotImplementedError

    def _value(self) -> JsonValue:
        """The controls' value, ``None`` when they are empty."""
        raise NotImplementedError

    def _listen(self) -> None:
        for control in self._controls:
            control.observe(self._changed, "value")

    # What they share.

    @property
    def answer(self) -> JsonValue:
        """The answer as it stands; setting it answers, as a click would."""
        return self._last.value

    @answer.setter
    def answer(self, value: Any) -> None:
        self._record(_plain(value))
        self._filling = True
        self._fill(self._last.value)
        self._filling = False

    def keyed(self) -> Q:
        """The question, its current answer taken as the key."""
        self.question.answer = self._last.value
        return self.question

    def _reloaded(self, change: Mapping[str, Any]) -> None:
        if (change["new"] or 0) > 1:
            for control in self._controls:
                control.disabled = True
            self._say(
                _(
                    "⚠ La page a été rechargée. Pour continuer à répondre, relancez le "
                    "cahier\u00a0: bouton ▶▶ de la barre d'outils. Vos réponses sont conservées."
                )
            )

    def _changed(self, _change: object) -> None:
        if self._filling:
            return
        if self._pause:
            self._pause.cancel()
        if self._typed:
            # Recorded once the typing pauses: a text is not written out at every key.
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                pass
            else:
                self._pause = loop.call_later(TYPING_PAUSE_S, self._record_now)
                return
        self._record_now()

    def _record_now(self) -> None:
        try:
            self._record(self._value())
        except WorksheetError as refused:
            self._say(str(refused))

    def _record(self, value: JsonValue) -> None:
        if value == self._last.value:
            return
        changed = {
            "value": value,
            "time": datetime.now(UTC),
            "revision": self._last.revision + 1,
        }
        try:
            self._last = Answer.model_validate(self._last.model_dump() | changed)
        except ValidationError as error:
            raise WorksheetError(
                _(
                    "⚠ Cette réponse n'est pas enregistrée\u00a0: elle est trop longue, ou elle "
                    "contient un caractère illisible. La précédente est conservée."
                )
            ) from error
        # The cell may be run again: it then shows this answer.
        self._worksheet._saved[self.question.id] = self._last
        if self._journal:
            try:
                self._journal.append(self._last)
            except OSError:
                self._on_disk = False
            else:
                self._on_disk = True
        self._tell()
        self._output.update(self._bundle(), raw=True)

    def _tell(self) -> None:
        missing = self.question.check(self._last.value)
        if not self._on_disk:
            told = _(
                "⚠ Ce dossier ne peut pas être écrit (disque plein ou protégé)\u00a0: votre "
                "réponse n'est que dans le cahier. Enregistrez-le, ou téléchargez-le."
            )
        elif missing is None:
            told = _("✓ Réponse complète, enregistrée.")
        elif self._last.revision:
            told = _("Enregistré. {missing}").format(missing=missing)
        else:
            told = missing
        self._say(told)

    def _say(self, told: str) -> None:
        # role=status: a screen reader says it when it changes.
        self._status.value = f'<span role="status">{escape(told)}</span>'

    def _bundle(self) -> dict[str, Any]:
        value = self._last.value
        if value is None:
            readable = _("Pas encore de réponse.")
        else:
            try:
                readable = _("Votre réponse\u00a0: {answer}").format(
                    answer=self.question.describe(value)
                )
            except (KeyError, TypeError, ValueError):
                readable = _("Votre réponse\u00a0: {answer}").format(answer=value)
        return {MIME: self._last.model_dump(mode="json"), "text/plain": readable}


class MultipleView(QuestionView[kinds.Multiple]):
    def _build(self) -> list[widgets.Widget]:
        self._boxes = tick_boxes(self.question.options)
        return list(self._boxes.values())

    def _fill(self, value: JsonValue) -> None:
        chosen = value if isinstance(value, list) else []
        for option, tick in self._boxes.items():
            tick.value = option in chosen

    def _value(self) -> JsonValue:
        return [option for option, tick in self._boxes.items() if tick.value] or None


class ChoiceView(QuestionView[kinds.Choice]):
    def _build(self) -> list[widgets.Widget]:
        self._boxes = tick_boxes(self.question.options, only_one=True)
        how = widgets.HTML(escape(_("Une seule réponse.")))
        how.add_class("status")
        return [how, *self._boxes.values()]

    def _listen(self) -> None:
        for tick in self._boxes.values():
            tick.observe(self._changed, "value")

    def _fill(self, value: JsonValue) -> None:
        for option, tick in self._boxes.items():
            tick.value = option == value

    def _value(self) -> JsonValue:
        return next((option for option, tick in self._boxes.items() if tick.value), None)


class NumberView(QuestionView[kinds.Number]):
    _typed = True

    def _build(self) -> list[widgets.Widget]:
        unit = self.question.unit
        self._field = widgets.Text(
            description=_("Votre réponse (en {unit})").format(unit=unit)
            if unit
            else _("Votre réponse"),
            placeholder=_("un nombre"),
            style={"description_width": "initial"},
        )
        return [self._field]

    def _fill(self, value: JsonValue) -> None:
        if isinstance(value, int | float):
            try:
                value = self.question.describe(value).removesuffix(self.question.unit).strip()
            except (TypeError, ValueError):
                value = None
        self._field.value = value if isinstance(value, str) else ""

    def _value(self) -> JsonValue:
        return self._field.value.strip() or None


class RankingView(QuestionView[kinds.Ranking]):
    # Places are typed, and not chosen in lists: while a list has the focus, JupyterLab takes
    # every letter for a shortcut of its own.
    def _build(self) -> list[widgets.Widget]:
        last = len(self.question.items)
        how = widgets.HTML(
            escape(
                _(
                    "Tapez une place pour chaque ligne, chacune différente\u00a0: 1 pour la "
                    "première, {last} pour la dernière."
                ).format(last=last)
            )
        )
        how.add_class("status")
        self._places = {
            item: widgets.Text(
                description=label,
                placeholder=_("1 à {last}").format(last=last),
                style={"description_width": "28rem"},
                layout=widgets.Layout(width="33rem", max_width="100%"),
            )
            for item, label in self.question.items.items()
        }
        return [how, *self._places.values()]

    def _listen(self) -> None:
        for place in self._places.values():
            place.observe(self._changed, "value")

    def _fill(self, value: JsonValue) -> None:
        chosen = value if isinstance(value, list) else []
        for item, place in self._places.items():
            place.value = str(chosen.index(item) + 1) if item in chosen else ""

    def _value(self) -> JsonValue:
        chosen: list[JsonValue] = [None] * len(self._places)
        typed = {item: place.value.strip() for item, place in self._places.items()}
        for place in range(len(chosen)):
            chosen[place] = next((i for i, text in typed.items() if text == str(place + 1)), None)
        return chosen if any(chosen) else None


class TextView(QuestionView[kinds.FreeText]):
    _typed = True

    def _build(self) -> list[widgets.Widget]:
        self._field = widgets.Textarea(
            description=_("Votre réponse"),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="100%", height="9rem"),
        )
        return [self._field]

    def _fill(self, value: JsonValue) -> None:
        self._field.value = value if isinstance(value, str) else ""

    def _value(self) -> JsonValue:
        return self._field.value if self._field.value.strip() else None


class CodeView(QuestionView[kinds.Code]):
    def __init__(
        self, worksheet: Worksheet, question: kinds.Code, function: Callable[..., Any]
    ) -> None:
        self._function = function
        super().__init__(worksheet, question)

    def _build(self) -> list[widgets.Widget]:
        self._test = action(_("Tester ma fonction"))
        self._table = widgets.HTML()
        return [self._test, self._table]

    def _listen(self) -> None:
        self._test.on_click(self._changed)

    def _fill(self, value: JsonValue) -> None:
        results = value if isinstance(value, list) else []
        rows = "".join(
            "<tr><td>{call}</td><td>{expected}</td><td>{got}</td><td>{verdict}</td></tr>".format(
                call=escape("\u00a0; ".join(map(kinds.shown, case.arguments))),
                expected=escape(kinds.shown(case.expects)),
                got=escape(kinds.shown(result)) if results else "",
                verdict=""
                if not results
                else _("✓ juste")
                if kinds.same(result, case.expects)
                else _("✗ à revoir"),
            )
            for case, result in zip(
                self.question.examples,
                [*results, *[None] * len(self.question.examples)],
                strict=False,
            )
        )
        heads = (_("Valeurs données"), _("Résultat attendu"), _("Votre résultat"), _("Verdict"))
        self._table.value = (
            "<table><thead><tr>"
            + "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
            + f"</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _value(self) -> JsonValue:
        results = self.results(self.question.examples)
        self._fill(results)
        return results

    def results(self, cases: Sequence[kinds.Case]) -> list[JsonValue]:
        """What the function gives for each case; a call that fails is ``{"error": …}``."""
        return [_call(self._function, case.arguments) for case in cases]

    def show_results(self, cases: Sequence[Mapping[str, Any]]) -> None:
        """Show results for the grader, who has cases the learner has not seen."""
        results = self.results([kinds.Case.model_validate(case) for case in cases])
        display({RESULTS_MIME: results}, raw=True)

    def keyed(self) -> kinds.Code:
        self.question.answer = self.results([*self.question.examples, *self.question.hidden])
        return self.question


def _call(function: Callable[..., Any], arguments: list[JsonValue]) -> JsonValue:
    try:
        return _plain(function(*copy.deepcopy(arguments)))
    except WorksheetError as error:
        return {"error": str(error)}
    except Exception as error:  # whatever the learner's code raises is its result
        if isinstance(error, NameError) and error.name:
            return {"error": _("«\u00a0{name}\u00a0» n'existe pas encore.").format(name=error.name)}
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def _plain(value: Any) -> JsonValue:
    """A Python or NumPy value as JSON.

    Raises:
        WorksheetError: it cannot be one.
    """
    if hasattr(value, "tolist"):  # NumPy scalars and arrays, pandas Series and Index
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise WorksheetError(
        _(
            "La valeur {value} ne peut pas être une réponse\u00a0: donnez un nombre, un texte ou "
            "une liste."
        ).format(value=repr(value)[:80])
    )
