"""A question one asks oneself: ungraded, answered at once, as often as one likes.

A lesson reads::

    selfcheck.choice(
        "Par quoi divisez-vous… ?",
        {
            "reach": ("Par la portée", "La portée compte des personnes."),
            "followers": ("Par les abonnés", "Les abonnés n'ont pas tous vu la vidéo."),
        },
        answer="reach",
    )

Each option is its text and what someone who took it should read. The key is in the lesson, in
sight: this is for learning, and a graded question belongs to a worksheet. Answers are marked by
the same code (:mod:`cinqcles.worksheet.questions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets
from pydantic import JsonValue

from cinqcles.messages import _
from cinqcles.views.controls import (
    STYLE,
    Shown,
    action,
    panel,
    placed,
    tick_boxes,
    tick_table,
    ticked,
    typed_places,
)
from cinqcles.worksheet import questions as kinds


class SelfCheck(Shown):
    """One ungraded question with its feedback; the last line of a cell shows it.

    Attributes:
        question: what is asked, with its key.
        controls: the widgets to answer with.
        button: the one that gives the feedback.
        told: the feedback as it stands, empty before the first check.
    """

    def __init__(
        self,
        question: kinds.BaseQuestion,
        controls: Sequence[Any],
        value: Callable[[], JsonValue],
        remember: str = "",
        how: str = "",
        *,
        shown: Sequence[Any] | None = None,
    ) -> None:
        self.question = question
        self.controls = list(controls)
        self.button = action(_("Vérifier"))
        self.told = ""
        self._value = value
        self._remember = remember
        self._status = widgets.HTML()
        self._status.add_class("status")
        prompt = widgets.HTML(STYLE + escape(question.prompt))
        prompt.add_class("prompt")
        free = _("Pour vous seul : rien n’est noté, et vous pouvez recommencer. {how}")
        told = widgets.HTML(escape(free.format(how=how).strip()))
        told.add_class("status")
        shown = self.controls if shown is None else shown
        self.widget = panel([prompt, told, *shown, self.button, self._status])
        self.button.on_click(lambda _button: self.check())
        for control in self.controls:
            control.observe(lambda _change: self._say(""), "value")

    def check(self) -> None:
        """Mark the answer as it stands and say why, as a click on the button does."""
        value = self._value()
        missing = self.question.check(value)
        if missing is not None:
            self._say(missing)
            return
        mark = self.question.mark(value)
        right = mark.share == 1
        told = ("✓ " if right else "✗ ") + mark.reason
        if self._remember and right:
            told += " " + self._remember
        elif not right:
            told += ("\n" if "\n" in told else " ") + _("Essayez encore.")
        self._say(told)

    def _say(self, told: str) -> None:
        self.told = told
        lines = escape(told).replace("\n", "<br>")
        self._status.value = f'<span role="status">{lines}</span>'


def choice(
    prompt: str, options: Mapping[str, tuple[str, str]], answer: str, remember: str = ""
) -> SelfCheck:
    """One option among several.

    Args:
        prompt: the question.
        options: ``{id: (what is shown, what someone who took it should read)}``; the wrong ones
            are mistakes people really make.
        answer: the id of the right one.
        remember: said once the answer is right.
    """
    question = kinds.Choice(
        id="verification",
        prompt=prompt,
        options={option: label for option, (label, _why) in options.items()},
        why={option: why for option, (_label, why) in options.items()},
        answer=answer,
    )
    boxes = tick_boxes(question.options, only_one=True)
    return SelfCheck(
        question,
        list(boxes.values()),
        lambda: next((option for option, box in boxes.items() if box.value), None),
        remember,
        _("Une seule réponse."),
    )


def multiple(
    prompt: str,
    options: Mapping[str, tuple[str, str]],
    answer: Sequence[str],
    remember: str = "",
) -> SelfCheck:
    """Any number of options.

    Args:
        prompt: the question.
        options: ``{id: (what is shown, what someone who ticked it wrongly should read)}``.
        answer: the ids to tick, all of them.
        remember: said once everything is right.
    """
    question = kinds.Multiple(
        id="verification",
        prompt=prompt,
        options={option: label for option, (label, _why) in options.items()},
        why={option: why for option, (_label, why) in options.items()},
        answer=list(answer),
    )
    boxes = tick_boxes(question.options)
    return SelfCheck(
        question,
        list(boxes.values()),
        lambda: [option for option, box in boxes.items() if box.value] or None,
        remember,
        _("Une ou plusieurs réponses."),
    )


def number(
    prompt: str,
    answer: float,
    *,
    unit: str = "",
    tolerance: float = 0.01,
    mistakes: Mapping[float, str] | None = None,
    remember: str = "",
) -> SelfCheck:
    """A number to work out.

    Args:
        prompt: the question.
        answer: the right value, in ``unit``.
        unit: shown beside the field.
        tolerance: how far from the answer is still right, as a share of it.
        mistakes: ``{wrong value: the slip that leads to it}``.
        remember: said once the value is right.
    """
    question = kinds.Number(
        id="verification",
        prompt=prompt,
        unit=unit,
        tolerance=tolerance,
        answer=answer,
        mistakes=[kinds.Mistake(value=v, why=w) for v, w in (mistakes or {}).items()],
    )
    field = widgets.Text(
        description=_("Votre réponse (en {unit})").format(unit=unit)
        if unit
        else _("Votre réponse"),
        placeholder=_("un nombre"),
        style={"description_width": "initial"},
    )
    return SelfCheck(question, [field], lambda: field.value.strip() or None, remember)


def ranking(
    prompt: str,
    items: Mapping[str, str],
    answer: Sequence[str],
    *,
    why: str = "",
    remember: str = "",
) -> SelfCheck:
    """Items to put in order.

    Args:
        prompt: the question.
        items: ``{id: what is shown}``.
        answer: the ids in the right order, first one first.
        why: what someone whose order is wrong should read.
        remember: said once the order is right.
    """
    question = kinds.Ranking(
        id="verification", prompt=prompt, items=dict(items), answer=list(answer), why=why
    )
    shown, places = typed_places(question.items)
    return SelfCheck(
        question,
        list(places.values()),
        lambda: placed(places),
        remember,
        shown=shown,
    )


def classification(
    prompt: str,
    items: Mapping[str, tuple[str, str]],
    categories: Mapping[str, str],
    answer: Mapping[str, str],
    remember: str = "",
) -> SelfCheck:
    """Items to put each in a category.

    Args:
        prompt: the question.
        items: ``{id: (what is shown, what someone who misplaced it should read)}``.
        categories: ``{id: what is shown}``.
        answer: ``{item: category}``, for every item.
        remember: said once everything is well placed.
    """
    question = kinds.Classification(
        id="verification",
        prompt=prompt,
        items={item: label for item, (label, _why) in items.items()},
        why={item: why for item, (_label, why) in items.items()},
        categories=dict(categories),
        answer=dict(answer),
    )
    table, boxes = tick_table(question.items, question.categories)
    return SelfCheck(
        question,
        [box for row in boxes.values() for box in row.values()],
        lambda: ticked(boxes),
        remember,
        _("Une seule réponse par ligne."),
        shown=[table],
    )
