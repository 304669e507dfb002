"""A learner's results as one page of HTML: answers, points, reasons, the trainer's words.

The page needs nothing beside it, and holds no script, no picture and no link that leaves it; its
content security policy forbids them all. Whatever is shown was written by somebody else, a hostile
copy maybe: it is text, escaped, of which the characters that nobody could see, or that would turn
the rest of the line around, are shown as « \ufffd ».
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cinqcles.messages import LANGUAGE, _, ngettext, number
from cinqcles.views.document import environment

LONGEST_CODE = 20_000  # characters: an answer has its own bound, a cell has none

# What turns letters around (Unicode's bidirectional controls): in a name, in code, it would lie.
_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NUMBERED = re.compile(r"(?P<name>Question \d+) \([^)]*\)\.\s+(?P<asked>.+)", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """One question of a copy, graded.

    Attributes:
        prompt: what was asked.
        answer: what was answered, a line or several; ``None`` without an answer.
        code: the code the learner wrote for it, if it asks for some.
        reason: why these points, a line or several.
        rubric: what the person who grades looks for; empty where none has to.
        comment: the trainer's words.
        score, points: earned, bonus included, and out of how many.
        bonus: points the trainer added.
        waits: whether a person has yet to grade it: ``score`` is provisional.
        by_hand: whether a person gave the points.
    """

    prompt: str
    answer: str | None
    code: str
    reason: str
    rubric: tuple[str, ...]
    comment: str
    score: float
    points: float
    bonus: float = 0
    waits: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class Sheet:
    """One worksheet of a learner, graded.

    Attributes:
        earned: the points of the questions, before the late penalty.
        score: those that count, the late penalty taken off.
        points: out of how many.
        problems: what the grader noted on the copy.
    """

    title: str
    earned: float
    penalty: float
    score: float
    points: float
    problems: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def waiting(self) -> int:
        """How many answers a person has yet to grade."""
        return sum(question.waits for question in self.questions)


def to_html(learner: str, sheets: Sequence[Sheet]) -> str:
    """A learner's page.

    The same results always give the same page: it says nothing of the day it was made.
    """
    page: str = _template().render(
        language=LANGUAGE,
        learner=learner,
        sheets=sheets,
        waiting=sum(sheet.waiting for sheet in sheets),
        words=_words(),
    )
    return page


def _words() -> dict[str, str]:
    return {
        "title": _("Vos résultats"),
        "whose": _("Copies de"),
        "sheets": _("Vos feuilles"),
        "sheet": _("Feuille"),
        "mark": _("Note"),
        "state": _("État"),
        "final": _("corrigée"),
        "partly": _("provisoire"),
        "provisional": _("Note provisoire"),
        "problems": _("À savoir sur votre copie"),
        "answer": _("Votre réponse"),
        "code": _("Votre code"),
        "results": _("Ce qu’il donne sur les exemples"),
        "reason": _("Explication"),
        "rubric": _("Ce qui est évalué"),
        "comment": _("Le mot de votre formateur"),
        "back": _("Retour en haut de la page"),
        "waits": _("En attente de votre formateur"),
        "by hand": _("points donnés par votre formateur"),
        "personal": _(
            "Cette page ne s’adresse qu’à vous\u00a0: elle contient vos réponses et vos notes. Une "
            "question sur un résultat\u00a0? Parlez-en à votre formateur."
        ),
    }


@cache
def _template() -> Any:
    made = environment(
        # Every text of the page goes through it, whoever wrote it.
        finalize=lambda value: _visible(value) if isinstance(value, str) else value,
    )
    made.filters |= {
        "number": number,
        "points": _points,
        "out_of": _out_of,
        "awaited": _awaited,
        "late": _late,
        "more": _more,
        "pending": _pending,
        "heading": _heading,
        "code": _code,
    }
    return made.get_template("feedback.html")


def _visible(text: str) -> str:
    return text.replace("\r\n", "\n").translate(_UNSEEN)


class _Unseen(dict[int, str]):
    """What stands for each character, worked out when it is met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        hidden = unicodedata.category(character) in {"Cc", "Cs"} or character in _TURNING
        shown = "\ufffd" if hidden else character
        self[code] = shown
        return shown


_UNSEEN = _Unseen({ord("\t"): "\t"} | {ord(c): "\n" for c in "\n\r\u2028\u2029"})


def _heading(prompt: str, place: int) -> tuple[str, str]:
    """The name of a question and what it asks: a worksheet's own prompts begin with their name."""
    found = _NUMBERED.fullmatch(prompt)
    if found is None:
        return _("Question {n}").format(n=place), prompt
    return found["name"], found["asked"]


def _code(code: str) -> str:
    if len(code) <= LONGEST_CODE:
        return code
    return (
        code[:LONGEST_CODE]
        + "\n"
        + _("[… la suite, {n} caractères, est dans votre copie]").format(
            n=number(len(code) - LONGEST_CODE)
        )
    )


def _points(score: float, points: float) -> str:
    return ngettext("{n} point sur {points}", "{n} points sur {points}", score).format(
        n=number(score), points=number(points)
    )


def _out_of(score: float, points: float) -> str:
    return _("{n} sur {points}").format(n=number(score), points=number(points))


def _awaited(n: int) -> str:
    return ngettext(
        "{n} réponse attend encore la lecture de votre formateur\u00a0: la note peut changer.",
        "{n} réponses attendent encore la lecture de votre formateur\u00a0: la note peut changer.",
        n,
    ).format(n=n)


def _late(penalty: float, earned: float) -> str:
    return _("{earned}, moins {penalty} de pénalité de retard.").format(
        earned=ngettext(
            "{n} point pour vos réponses", "{n} points pour vos réponses", earned
        ).format(n=number(earned)),
        penalty=ngettext("{n} point", "{n} points", penalty).format(n=number(penalty)),
    )


def _more(bonus: float) -> str:
    return ngettext("dont {n} point de bonus", "dont {n} points de bonus", bonus).format(
        n=number(bonus)
    )


def _pending(score: float, points: float) -> str:
    if not score:
        return _("(sur {points})").format(points=number(points))
    return ngettext(
        "({n} point sur {points} pour l’instant)", "({n} points sur {points} pour l’instant)", score
    ).format(n=number(score), points=number(points))
