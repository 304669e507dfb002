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
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import ipywidgets as widgets
from IPython.display import display
from pydantic import JsonValue, ValidationError

from cinqcles.errors import WorksheetError
from cinqcles.messages import _, number
from cinqcles.views.controls import (
    Slider,
    action,
    asleep,
    fields,
    inputs,
    note,
    panel,
    placed,
    said,
    show,
    tick_boxes,
    tick_table,
    ticked,
    typed_places,
)
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
        show(self._box)
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
        for control in inputs(self._controls):
            control.observe(self._changed, "value")

    def _given(self, value: Any) -> JsonValue:
        """An answer set by code, as JSON."""
        return _plain(value)

    # What they share.

    @property
    def answer(self) -> JsonValue:
        """The answer as it stands; setting it answers, as a click would."""
        return self._last.value

    @answer.setter
    def answer(self, value: Any) -> None:
        self._record(self._given(value))
        self._filling = True
        self._fill(self._last.value)
        self._filling = False

    def restore(self, value: JsonValue) -> bool:
        """Answer as a copy did, as far as the controls can hold it; whether they can.

        What is recorded is what they then show: nothing that could not have been clicked or typed.
        """
        if self._pause:
            self._pause.cancel()
        self._filling = True
        self._fill(value)
        held = self._value()
        if held is None:
            self._fill(self._last.value)
        self._filling = False
        if held is not None:
            self._record(held)
        return held is not None

    def keyed(self) -> Q:
        """The question, its current answer taken as the key."""
        self.question.answer = self._last.value
        return self.question

    def _reloaded(self, change: Mapping[str, Any]) -> None:
        if (change["new"] or 0) > 1:
            for control in inputs(self._controls):
                control.disabled = True
            self._say(
                _(
                    "⚠ La page a été rechargée. Pour continuer à répondre, cliquez sur "
                    "▶▶\u00a0Tout afficher, en haut du cahier. Vos réponses sont conservées."
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
                    "⚠ Cette réponse n’est pas enregistrée\u00a0: elle est trop longue, ou elle "
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
                "réponse n’est que dans le cahier. Enregistrez-le, ou téléchargez-le."
            )
        elif missing is None:
            told = _("✓ Réponse complète, enregistrée.")
        elif self._last.revision:
            told = _("Enregistré. {missing}").format(missing=missing)
        else:
            told = missing
        self._say(told)
        self._worksheet.panel.changed()

    def _say(self, told: str) -> None:
        # role=status: a screen reader says it when it changes.
        lines = escape(told).replace("\n", "<br>")
        self._status.value = f'<span role="status">{lines}</span>'

    def _bundle(self) -> dict[str, Any]:
        value = self._last.value
        if value is None:
            readable = _("Pas encore de réponse.")
        else:
            try:
                answer: Any = self.question.describe(value)
            except (KeyError, TypeError, ValueError):
                answer = value
            readable = _("Votre réponse\u00a0: {answer}").format(answer=answer)
            if isinstance(answer, str) and "\n" in answer:
                readable = readable.replace(f" {answer}", f"\n{answer}")
        lines = escape(readable).replace("\n", "<br>")
        # « de $5 à $10 » is no formula.
        asked = f'<strong class="mathjax_ignore">{escape(self.question.prompt)}</strong>'
        said = f'<div class="mathjax_ignore">{lines}</div>'
        page = asleep(f"{asked}{said}") if value is None else asleep(asked, said)
        return {
            MIME: self._last.model_dump(mode="json"),
            "text/html": page,
            "text/plain": readable,
        }


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
        return [note(_("Une seule réponse.")), *self._boxes.values()]

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
    def _build(self) -> list[widgets.Widget]:
        shown, self._places = typed_places(self.question.items)
        return shown

    def _fill(self, value: JsonValue) -> None:
        typed = value if isinstance(value, dict) else {}
        if isinstance(value, list):
            typed = {
                item: str(rank) for rank, item in enumerate(value, start=1) if isinstance(item, str)
            }
        for item, place in self._places.items():
            text = typed.get(item)
            place.value = text if isinstance(text, str) else ""

    def _value(self) -> JsonValue:
        return placed(self._places)


class MappingView(QuestionView[Q]):
    """A question whose answer is a mapping; code may give it as a dict or a pandas Series."""

    def _given(self, value: Any) -> JsonValue:
        try:
            given = {} if value is None else dict(value)
        except (TypeError, ValueError):
            given = {None: None}
        if not all(isinstance(name, str) for name in given):
            raise WorksheetError(
                _(
                    "La valeur {value} ne peut pas être une réponse\u00a0: donnez un dictionnaire, "
                    'par exemple {{"a": …}}.'
                ).format(value=repr(value)[:80])
            )
        return {str(name): _plain(item) for name, item in given.items()} or None


class ClassificationView(MappingView[kinds.Classification]):
    def _build(self) -> list[widgets.Widget]:
        table, self._boxes = tick_table(self.question.items, self.question.categories)
        return [note(_("Une seule réponse par ligne.")), table]

    def _fill(self, value: JsonValue) -> None:
        chosen = value if isinstance(value, dict) else {}
        for item, row in self._boxes.items():
            for category, box in row.items():
                box.value = chosen.get(item) == category

    def _value(self) -> JsonValue:
        return ticked(self._boxes)


class AllocationView(MappingView[kinds.Allocation]):
    """A slider and a field for each part.

    Nobody's part moves but the one that is being moved: a slider stops where nothing is left.
    What is typed is never corrected: beyond the total, the line under the parts says so.
    """

    _typed = True

    def _build(self) -> list[widgets.Widget]:
        asked = self.question
        # Sliders count whole numbers, which come back from the browser as they went.
        self._grain = 1 if asked.step.is_integer() else asked.step
        self._sliders, self._fields, rows = {}, {}, []
        for part, label in asked.parts.items():
            self._sliders[part] = Slider(
                description=label,
                max=round(asked.total / self._grain),
                step=round(asked.step / self._grain),
                layout=widgets.Layout(width="auto", flex="1 1 20rem"),
            )
            self._fields[part] = widgets.Text(
                description=_("{part} (en {unit})").format(part=label, unit=asked.unit)
                if asked.unit
                else label,
                placeholder="0",
                layout=widgets.Layout(width="7rem", flex="none"),
            )
            self._fields[part].add_class("unlabelled")
            rows.append(
                widgets.HBox(
                    [self._sliders[part], self._fields[part], widgets.HTML(escape(asked.unit))]
                )
            )
        self._share_out = action(_("Partager le reste entre les parts à 0"))
        self._clear = action(_("Tout remettre à 0"))
        self._left = widgets.HTML()
        how = note(
            _(
                "Déplacez les curseurs, ou tapez les montants. Un curseur s’arrête quand il ne "
                "reste plus rien."
            )
        )
        return [how, fields([*rows, self._left, widgets.HBox([self._share_out, self._clear])])]

    def _listen(self) -> None:
        for part in self.question.parts:
            self._sliders[part].observe(partial(self._slid, part), "value")
            self._fields[part].observe(partial(self._wrote, part), "value")
        self._share_out.on_click(lambda _b: self._set(self.question.shared_out(self._value())))
        self._clear.on_click(lambda _b: self._set(None))

    def _fill(self, value: JsonValue) -> None:
        amounts = self.question.readable(value)
        given = value if isinstance(value, dict) else {}
        for part, field in self._fields.items():
            typed = given.get(part)
            field.value = (
                typed
                if isinstance(typed, str)
                else number(amounts[part])
                if part in amounts
                else ""
            )
            self._sliders[part].value = self._on_scale(amounts.get(part, 0))
        self._weigh()

    def _value(self) -> JsonValue:
        typed = {part: f.value.strip() for part, f in self._fields.items() if f.value.strip()}
        amounts = self.question.readable(typed)
        if len(amounts) == len(typed) and not any(amounts.values()):
            return None
        return {part: amounts.get(part, text) for part, text in typed.items()}

    def _on_scale(self, amount: float) -> int:
        """Where an amount is on its slider, to the nearest step."""
        steps = round(min(max(amount, 0.0), self.question.total) / self.question.step)
        return steps * round(self.question.step / self._grain)

    def _set(self, value: Any) -> None:
        self._filling = True
        self._fill(value)
        self._filling = False
        self._changed(None)

    def _slid(self, part: str, change: Mapping[str, Any]) -> None:
        if self._filling:
            return
        moved, before = change["new"] * self._grain, change["old"] * self._grain
        most = max(self.question.most(part, self._value()), before)
        stopped = moved > most
        amount = min(moved, most)
        self._filling = True
        self._sliders[part].value = self._on_scale(amount)
        self._fields[part].value = number(amount)
        self._filling = False
        self._weigh(
            _("Pour augmenter «\u00a0{part}\u00a0», diminuez d’abord une autre part.").format(
                part=self.question.parts[part]
            )
            if stopped
            else ""
        )
        self._changed(change)

    def _wrote(self, part: str, change: Mapping[str, Any]) -> None:
        if self._filling:
            return
        self._filling = True
        amount = self.question.readable({part: change["new"]}).get(part, 0)
        self._sliders[part].value = self._on_scale(amount)
        self._filling = False
        self._weigh()
        self._changed(change)

    def _weigh(self, more: str = "") -> None:
        told = f"{self.question.balance(self._value())} {more}".strip()
        self._left.value = f'<strong role="status">{escape(told)}</strong>'


class FormView(MappingView[kinds.Form]):
    _typed = True

    def _build(self) -> list[widgets.Widget]:
        self._fields: dict[str, Any] = {}
        self._boxes: dict[str, dict[str, Any]] = {}
        return [fields([self._row(field) for field in self.question.fields])]

    def _row(self, field: kinds.FormField) -> widgets.Widget:
        label = field.label
        if field.kind == "choice":
            # A box says aloud which question it answers.
            names = {o: said(name, before=label) for o, name in field.options.items()}
            self._boxes[field.id] = tick_boxes(names, only_one=True, html=True)
            asked = widgets.HTML(escape(label), layout=widgets.Layout(width="14rem"))
            options = widgets.HBox(
                list(self._boxes[field.id].values()),
                layout=widgets.Layout(flex_flow="row wrap", flex="1 1 20rem"),
            )
            return widgets.HBox([asked, options])
        if field.kind == "number" and field.unit:
            label = _("{label} (en {unit})").format(label=label, unit=field.unit)
        if field.kind == "date":
            label = _("{label} (jj/mm/aaaa)").format(label=label)
        if field.optional:
            label = _("{label} (facultatif)").format(label=label)
        rows = field.rows if field.kind == "text" else 1
        self._fields[field.id] = (widgets.Text if rows == 1 else widgets.Textarea)(
            description=label,
            style={"description_width": "14rem"},
            layout=widgets.Layout(
                width="auto" if field.kind == "text" else "24rem", max_width="calc(100% - 4px)"
            ),
        )
        if rows > 1:
            self._fields[field.id].rows = rows
        return self._fields[field.id]

    def _fill(self, value: JsonValue) -> None:
        given = value if isinstance(value, dict) else {}
        for name, text in self._fields.items():
            text.value = _typed_text(given.get(name))
        for name, boxes in self._boxes.items():
            for option, box in boxes.items():
                box.value = given.get(name) == option

    def _value(self) -> JsonValue:
        typed: dict[str, JsonValue] = {}
        for field in self.question.fields:
            if field.id in self._boxes:
                chosen = ticked({field.id: self._boxes[field.id]})
                typed |= chosen or {}
            elif text := self._fields[field.id].value.strip():
                typed[field.id] = text
        return typed or None


def _typed_text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return number(value, 6) if abs(value) < kinds.LARGEST else ""


class TextView(QuestionView[kinds.FreeText]):
    _typed = True

    def _build(self) -> list[widgets.Widget]:
        self._field = widgets.Textarea(
            description=_("Votre réponse"),
            style={"description_width": "initial"},
            layout=widgets.Layout(width="calc(100% - 4px)", height="9rem"),
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
            return {"error": _("«\u00a0{name}\u00a0» n’existe pas encore.").format(name=error.name)}
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
