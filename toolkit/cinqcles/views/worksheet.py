"""A worksheet in a notebook: its questions as widgets, and their answers as outputs.

A source notebook reads::

    ws = Worksheet("cle5-apparences", learner=learner)
    q1 = ws.choice("q1", "Que mesure…", {"a": "…", "b": "…"})

Each question shows its widget and, under it, the answer as data (contract 1): every change is
first written to the journal, then shown in the notebook, which JupyterLab saves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import StdinNotImplementedError
from IPython.display import display
from pydantic import JsonValue

from cinqcles.errors import WorksheetError
from cinqcles.messages import _
from cinqcles.views.controls import STYLE, action, panel, table, tick_boxes
from cinqcles.views.copy_panel import CopyPanel
from cinqcles.views.questions import (
    AllocationView,
    ChoiceView,
    ClassificationView,
    CodeView,
    FormView,
    MultipleView,
    NumberView,
    QuestionView,
    RankingView,
    TextView,
)
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.answers import Answer, Journal, newest, read_saved
from cinqcles.worksheet.identity import (
    Register,
    hub_user,
    known_learner,
    learner_id,
    seed_of,
    variant_of,
)

__all__ = [
    "REFERENCE_MIME",
    "STYLE",
    "Worksheet",
    "action",
    "opened",
    "panel",
    "table",
    "tick_boxes",
    "who",
]

if TYPE_CHECKING:
    from cinqcles.views.strategy import StrategyView

REFERENCE_MIME = "application/vnd.cinqcles.reference+json"

_opened: dict[str, Worksheet] = {}


def opened(name: str) -> Worksheet:
    """The worksheet of this name that the notebook opened last."""
    return _opened[name]


class Worksheet:
    """A graded exercise, for one learner.

    Args:
        name: the worksheet's name, that of its folder.
        learner: whose copy it is. By default JupyterHub's user, the learner of the answers
            already in the notebook, or whoever answers the question asked once.
        variant: which numbers to draw; by default the learner's own.

    Attributes:
        seed: what to draw the data from, an integer.
    """

    _panel = CopyPanel

    def __init__(
        self, name: str, *, learner: str | None = None, variant: int | None = None
    ) -> None:
        self.name = name
        self.questions: dict[str, QuestionView[Any]] = {}
        self._notebook = _notebook_path()
        saved = [a for a in self._read() if a.worksheet == name]
        register = Register(self._notebook) if self._notebook else None
        self.learner = (
            learner_id(learner)
            if learner
            else known_learner(register, saved) or _ask_learner(register)
        )
        self.variant = variant_of(name, self.learner) if variant is None else variant
        self.seed = seed_of(name, self.variant)
        self._saved = newest(
            a for a in saved if (a.learner, a.variant) == (self.learner, self.variant)
        )
        others = sorted({a.learner for a in saved if a.learner != self.learner and a.revision})
        _opened[name] = self
        can_change = register if register and not learner and not hub_user() else None
        self.panel = self._panel(self, others, can_change)
        self.panel.show()

    def _read(self) -> list[Answer]:
        """Every answer kept in the notebook or in its journal, which ends up holding them all."""
        self._journal = None
        if not self._notebook:
            return []
        self._journal = Journal(self._notebook.parent, self.name)
        journal = self._journal.read()
        mine = [a for a in read_saved(self._notebook) if a.worksheet == self.name and a.revision]
        if missing := [a for a in mine if a not in journal]:
            with suppress(OSError):  # said as soon as an answer is given
                self._journal.append(*missing)
        return journal + missing

    def choice(self, id: str, prompt: str, options: Mapping[str, str]) -> ChoiceView:  # noqa: A002
        """Ask for one option: ``{option id: what is shown}``."""
        return ChoiceView(self, kinds.Choice(id=id, prompt=prompt, options=dict(options)))

    def multiple(self, id: str, prompt: str, options: Mapping[str, str]) -> MultipleView:  # noqa: A002
        """Ask for any number of options: ``{option id: what is shown}``."""
        return MultipleView(self, kinds.Multiple(id=id, prompt=prompt, options=dict(options)))

    def number(
        self,
        id: str,  # noqa: A002
        prompt: str,
        *,
        unit: str = "",
        tolerance: float = 0.01,
    ) -> NumberView:
        """Ask for a number in ``unit``, right within ``tolerance`` (a share of the value)."""
        return NumberView(self, kinds.Number(id=id, prompt=prompt, unit=unit, tolerance=tolerance))

    def ranking(self, id: str, prompt: str, items: Mapping[str, str]) -> RankingView:  # noqa: A002
        """Ask for an order of ``{item id: what is shown}``, first one first."""
        return RankingView(self, kinds.Ranking(id=id, prompt=prompt, items=dict(items)))

    def classification(
        self,
        id: str,  # noqa: A002
        prompt: str,
        items: Mapping[str, str],
        categories: Mapping[str, str],
    ) -> ClassificationView:
        """Ask for the category of each item: ``{item id: …}``, ``{category id: …}``."""
        return ClassificationView(
            self,
            kinds.Classification(
                id=id, prompt=prompt, items=dict(items), categories=dict(categories)
            ),
        )

    def allocation(
        self,
        id: str,  # noqa: A002
        prompt: str,
        parts: Mapping[str, str],
        total: float,
        *,
        unit: str = "€",
        step: float,
    ) -> AllocationView:
        """Ask to share ``total`` out over ``{part id: what is shown}``.

        Args:
            step: what the sliders move by; the total is a whole number of steps.
        """
        return AllocationView(
            self,
            kinds.Allocation(
                id=id, prompt=prompt, parts=dict(parts), total=total, unit=unit, step=step
            ),
        )

    def form(
        self,
        id: str,  # noqa: A002
        prompt: str,
        fields: Sequence[kinds.FormField],
    ) -> FormView:
        """Ask to fill in a short form.

        Args:
            fields: ``TextField``, ``NumberField``, ``DateField``, ``ChoiceField`` of
                :mod:`cinqcles.worksheet.questions`.
        """
        return FormView(self, kinds.Form(id=id, prompt=prompt, fields=list(fields)))

    def text(self, id: str, prompt: str, *, min_words: int = 1) -> TextView:  # noqa: A002
        """Ask for a text, graded by a person."""
        return TextView(self, kinds.FreeText(id=id, prompt=prompt, min_words=min_words))

    def strategy(self, id: str, prompt: str) -> StrategyView:  # noqa: A002
        """Ask for the whole strategy of the learner's dossier, graded by a person."""
        # Here, so that a worksheet without one loads neither Matplotlib nor the models.
        from cinqcles.views.strategy import StrategyView  # noqa: PLC0415

        return StrategyView(self, kinds.Plan(id=id, prompt=prompt))

    def code(
        self,
        id: str,  # noqa: A002
        prompt: str,
        function: Callable[..., Any],
        examples: Sequence[tuple[Sequence[JsonValue], JsonValue]],
    ) -> CodeView:
        """Test a function the learner wrote in the cell above.

        Args:
            function: calls the learner's function; give ``lambda x: theirs(x)``, so that a
                function not yet defined is said and not raised.
            examples: ``(arguments, expected result)``, shown to the learner.
        """
        cases = [kinds.Case(arguments=list(a), expects=expected) for a, expected in examples]
        return CodeView(self, kinds.Code(id=id, prompt=prompt, examples=cases), function)

    def reference(self) -> None:
        """Show every question with its key: for the grader, who runs the source notebook."""
        keyed = [view.keyed() for view in self.questions.values()]
        display({REFERENCE_MIME: kinds.dump_reference(keyed)}, raw=True)


def _notebook_path() -> Path | None:
    # jupyter-server tells a kernel which notebook it runs; papermill and nbclient do not, and
    # then nothing is written beside the file that is being checked.
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))
    return session if session.suffix == ".ipynb" and session.is_absolute() else None


def who() -> str:
    """The learner at work here, who is asked for an identifier if nothing tells."""
    notebook = _notebook_path()
    register = Register(notebook) if notebook else None
    return known_learner(register, read_saved(notebook) if notebook else []) or _ask_learner(
        register
    )


def _ask_learner(register: Register | None) -> str:
    question = _("Votre identifiant (celui que votre organisme vous a donné)\u00a0: ")
    while True:
        try:
            typed = input(question)
        except StdinNotImplementedError:
            return "anonyme"
        try:
            learner = learner_id(typed)
        except WorksheetError as refused:
            print(refused)  # noqa: T201 - the answer to what was typed just above
            continue
        if register:
            with suppress(OSError):  # a folder that cannot be written: it will be asked again
                register.write(learner)
        return learner
