"""What a question is, and how its answer is marked.

A question holds what the learner sees *and*, only where the source notebook was run, its key.
Each kind says three things about a value: ``check``, whether it is complete (told to the
learner at once); ``describe``, how to read it; ``mark``, what it is worth (told after grading).
Values are plain JSON: marking needs no kernel and no widget.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from cinqcles.messages import _, ngettext, number

LARGEST = 1e20  # no quantity of this course comes near; beyond, formatting and floats give way


class Mark(BaseModel):
    """What an answer is worth: a share of the points between 0 and 1, and why.

    ``review`` asks a person to look: the share is then only provisional, and never generous.
    """

    model_config = ConfigDict(frozen=True)

    share: float = Field(ge=0, le=1, allow_inf_nan=False)
    reason: str
    review: bool = False


class BaseQuestion(BaseModel):
    """What every kind of question has."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    prompt: str = Field(min_length=1)
    answer: JsonValue = None
    """The key. ``None`` everywhere but where the source notebook was run."""

    def check(self, value: JsonValue) -> str | None:
        """``None`` when the answer is complete, else a sentence saying what is missing."""
        raise NotImplementedError

    def describe(self, value: JsonValue) -> str:
        """The answer in words."""
        raise NotImplementedError

    def _worth(self, value: JsonValue) -> Mark:
        raise NotImplementedError

    def mark(self, value: JsonValue) -> Mark:
        """What an answer is worth against the key.

        An answer that is absent, or that is not of this kind, is worth nothing; it is never
        an error.
        """
        if value is None:
            return Mark(share=0, reason=_("Pas de réponse."))
        try:
            return self._worth(value)
        except (TypeError, ValueError):
            return Mark(
                share=0,
                reason=_("La réponse n'a pas la forme attendue pour cette question."),
                review=True,
            )


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return [_text(item) for item in value]


def _because(first: str, *rest: str) -> str:
    return " ".join(part.strip() for part in (first, *rest) if part.strip())


class Choice(BaseQuestion):
    """One option among several. Value: the option's id."""

    kind: Literal["choice"] = "choice"
    options: dict[str, str] = Field(min_length=2)
    why: dict[str, str] = {}
    """For each option, what a learner who took it should read."""

    def check(self, value: JsonValue) -> str | None:
        chosen = isinstance(value, str) and value in self.options
        return None if chosen else _("Choisissez une réponse.")

    def describe(self, value: JsonValue) -> str:
        return self.options[_text(value)]

    def _worth(self, value: JsonValue) -> Mark:
        chosen = _text(value)
        if chosen not in self.options:
            raise ValueError(chosen)
        right = chosen == self.answer
        verdict = _("C'est la bonne réponse.") if right else _("Ce n'est pas la bonne réponse.")
        return Mark(share=float(right), reason=_because(verdict, self.why.get(chosen, "")))


class Multiple(BaseQuestion):
    """Any number of options. Value: the list of the chosen ids.

    Share: right ones chosen / right ones − wrong ones chosen / whichever are fewer, right ones or
    wrong ones; not below 0. So ticking everything earns nothing, unless every option is right.
    """

    kind: Literal["multiple"] = "multiple"
    options: dict[str, str] = Field(min_length=2)
    why: dict[str, str] = {}

    def check(self, value: JsonValue) -> str | None:
        ticked = isinstance(value, list) and value
        return None if ticked else _("Cochez au moins une case.")

    def describe(self, value: JsonValue) -> str:
        return "\u00a0; ".join(self.options[option] for option in _texts(value))

    def _worth(self, value: JsonValue) -> Mark:
        chosen, key = set(_texts(value)), set(_texts(self.answer))
        if not chosen <= set(self.options):
            raise ValueError("unknown option")
        if not key:
            raise ValueError("no key")
        if not chosen:
            return Mark(share=0, reason=_("Pas de réponse."))
        hits, extra = len(chosen & key), len(chosen - key)
        told = [
            ngettext(
                "{hits} bonne case sur {all} cochée", "{hits} bonnes cases sur {all} cochées", hits
            ).format(hits=hits, all=len(key)),
        ]
        if extra:
            told.append(ngettext("{n} case de trop", "{n} cases de trop", extra).format(n=extra))
        reasons = [self.why.get(option, "") for option in self.options if option in chosen - key]
        wrong = len(set(self.options) - key)
        lost = extra / min(len(key), wrong) if extra else 0.0
        return Mark(
            share=max(0.0, hits / len(key) - lost),
            reason=_because(", ".join(told) + ".", *reasons),
        )


class Mistake(BaseModel):
    """A wrong number that a known slip leads to."""

    model_config = ConfigDict(frozen=True)

    value: float
    why: str
    share: float = Field(default=0, ge=0, lt=1)


class Number(BaseQuestion):
    """A number with its unit. Value: the number, or the text typed for it.

    Right within ``tolerance``, a share of the key; a mistake listed in ``mistakes`` is named.
    """

    kind: Literal["number"] = "number"
    unit: str = ""
    tolerance: float = Field(default=0.01, gt=0, lt=0.5)
    mistakes: list[Mistake] = []

    def check(self, value: JsonValue) -> str | None:
        if value is None or value == "":
            return _("Tapez un nombre.")
        try:
            parse_number(value, self.unit)
        except TypeError:
            return _("Tapez un nombre.")
        except ValueError:
            return _(
                "«\u00a0{typed}\u00a0» n'est pas lu comme un nombre. Écrivez par exemple {example}."
            ).format(
                typed=value[:40] if isinstance(value, str) else "…", example=self.describe(1234.5)
            )
        return None

    def describe(self, value: JsonValue) -> str:
        parsed = parse_number(value, self.unit)
        digits = 2 if abs(parsed) >= 1 else 6
        return f"{number(parsed, digits)}\u00a0{self.unit}".strip()

    def _worth(self, value: JsonValue) -> Mark:
        if value == "":
            return Mark(share=0, reason=_("Pas de réponse."))
        given, key = parse_number(value, self.unit), parse_number(self.answer, self.unit)
        if self._near(given, key):
            return Mark(share=1, reason=_("C'est la bonne valeur."))
        for mistake in self.mistakes:
            if self._near(given, mistake.value):
                return Mark(share=mistake.share, reason=mistake.why)
        return Mark(share=0, reason=_("Ce n'est pas la valeur attendue."))

    def _near(self, given: float, key: float) -> bool:
        return math.isclose(given, key, rel_tol=0, abs_tol=max(abs(key) * self.tolerance, 1e-12))


class Ranking(BaseQuestion):
    """Items put in order, first one first. Value: the list of their ids.

    Share: (pairs in the right order − pairs in the wrong order) / all pairs, not below 0
    (Kendall's τ): one swap of neighbours costs little, an order drawn at random earns nothing
    on average.
    """

    kind: Literal["ranking"] = "ranking"
    items: dict[str, str] = Field(min_length=2)
    why: str = ""

    def check(self, value: JsonValue) -> str | None:
        places = value if isinstance(value, list) else []
        chosen = [place for place in places if isinstance(place, str)]
        twice = [item for item in self.items if chosen.count(item) > 1]
        if twice:
            return _("«\u00a0{item}\u00a0» occupe deux places.").format(item=self.items[twice[0]])
        left = len(self.items) - len(chosen)
        if left > 0:
            return ngettext(
                "Il reste {n} place à remplir.", "Il reste {n} places à remplir.", left
            ).format(n=left)
        return None

    def describe(self, value: JsonValue) -> str:
        if not isinstance(value, list):
            raise TypeError("a list is expected")
        return "\u00a0; ".join(
            f"{place}. {self.items[_text(item)] if item is not None else '…'}"
            for place, item in enumerate(value, start=1)
        )

    def _worth(self, value: JsonValue) -> Mark:
        if self.check(value) is not None:
            return Mark(share=0, reason=_("Le classement n'est pas complet."))
        given, key = _texts(value), _texts(self.answer)
        if set(given) != set(key):
            raise ValueError("unknown item")
        pairs = list(combinations(key, 2))
        right = sum(given.index(first) < given.index(second) for first, second in pairs)
        if right == len(pairs):
            return Mark(share=1, reason=_("Tout est dans le bon ordre."))
        return Mark(
            share=max(0.0, (2 * right - len(pairs)) / len(pairs)),
            reason=_because(
                ngettext(
                    "{right} paire sur {all} est dans le bon ordre.",
                    "{right} paires sur {all} sont dans le bon ordre.",
                    right,
                ).format(right=right, all=len(pairs)),
                self.why,
            ),
        )


class FreeText(BaseQuestion):
    """A text read and graded by a person. Value: the text."""

    kind: Literal["text"] = "text"
    min_words: int = Field(default=1, ge=1)
    rubric: list[str] = []
    """What the person who grades looks for, one line a criterion with its points."""

    def check(self, value: JsonValue) -> str | None:
        words = len(value.split()) if isinstance(value, str) else 0
        if words == 0:
            return _("Écrivez votre réponse.")
        if words < self.min_words:
            return ngettext(
                "{words} mot pour l'instant\u00a0; visez-en au moins {least}.",
                "{words} mots pour l'instant\u00a0; visez-en au moins {least}.",
                words,
            ).format(words=words, least=self.min_words)
        return None

    def describe(self, value: JsonValue) -> str:
        return _text(value)

    def _worth(self, value: JsonValue) -> Mark:
        if not _text(value).strip():
            return Mark(share=0, reason=_("Pas de réponse."))
        return Mark(
            share=0, reason=_("Cette réponse est lue et notée par votre formateur."), review=True
        )


class Case(BaseModel):
    """One call of the learner's function: its arguments, and what the case is about.

    ``expects`` is shown to the learner: give it for an example, never for a hidden case.
    """

    model_config = ConfigDict(frozen=True)

    arguments: list[JsonValue]
    expects: JsonValue = None
    about: str = ""


class Code(BaseQuestion):
    """A function the learner writes. Value: what it returned for each case, visible ones first.

    ``answer`` holds what the source notebook's function returned: hidden cases and right
    results are known to the grader only, and the comparison is made in the grader's process.
    A result is a number, a text, a boolean, a list or ``None``; a call that failed is
    ``{"error": "…"}``.
    """

    kind: Literal["code"] = "code"
    examples: list[Case] = Field(min_length=1)
    hidden: list[Case] = []

    def check(self, value: JsonValue) -> str | None:
        results = value if isinstance(value, list) else []
        if not results or results[0] is None:
            return _("Écrivez votre fonction dans la cellule au-dessus, puis testez-la.")
        failed = [r["error"] for r in results if isinstance(r, dict) and "error" in r]
        if failed:
            return _("Votre fonction s'arrête sur une erreur\u00a0: {error}").format(
                error=failed[0]
            )
        return None

    def describe(self, value: JsonValue) -> str:
        results = value if isinstance(value, list) else []
        return "\u00a0; ".join(
            f"({', '.join(shown(a) for a in case.arguments)}) → {shown(result)}"
            for case, result in zip(self.examples, results, strict=False)
        )

    def _worth(self, value: JsonValue) -> Mark:
        if not isinstance(value, list) or not isinstance(self.answer, list):
            raise TypeError("a list is expected")
        cases = self.examples + self.hidden
        if len(self.answer) != len(cases):
            raise ValueError("no key")
        right = [same(given, key) for given, key in zip(value, self.answer, strict=False)]
        right += [False] * (len(cases) - len(right))  # a result that is missing is not ``None``
        shown = len(self.examples)
        missed = [c.about for c, ok in zip(cases, right, strict=True) if not ok and c.about]
        if all(right):
            return Mark(share=1, reason=_("Tous les cas donnent le bon résultat."))
        return Mark(
            share=sum(right) / len(right),
            reason=_because(
                _(
                    "Exemples donnés\u00a0: {seen} sur {examples}. Autres cas\u00a0: "
                    "{others} sur {hidden}."
                ).format(
                    seen=sum(right[:shown]),
                    examples=shown,
                    others=sum(right[shown:]),
                    hidden=len(self.hidden),
                ),
                _("À revoir\u00a0: {cases}.").format(cases=", ".join(missed)) if missed else "",
            ),
        )


def shown(value: JsonValue) -> str:
    """A function's argument or result, in words."""
    if isinstance(value, bool):
        return _("vrai") if value else _("faux")
    if isinstance(value, int | float):
        return number(value, 4) if abs(value) < LARGEST else _("un nombre démesuré")
    if isinstance(value, dict):
        return _("erreur")
    return _("rien") if value is None else str(value)


def same(given: JsonValue, key: JsonValue) -> bool:
    """Whether a result is the one expected; numbers within rounding."""
    if isinstance(given, bool) or isinstance(key, bool):
        return given is key
    if isinstance(given, int | float) and isinstance(key, int | float):
        return abs(given) < LARGEST and math.isclose(given, key, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(given, list) and isinstance(key, list):
        return len(given) == len(key) and all(map(same, given, key))
    return type(given) is type(key) and given == key


Question = Annotated[
    Choice | Multiple | Number | Ranking | FreeText | Code, Field(discriminator="kind")
]

_reference: TypeAdapter[list[Question]] = TypeAdapter(list[Question])


def dump_reference(questions: Sequence[BaseQuestion]) -> str:
    """Questions with their keys, as JSON: for the grader only."""
    return _reference.dump_json(cast(list[Question], list(questions))).decode()


def load_reference(text: str | bytes) -> dict[str, BaseQuestion]:
    """What :func:`dump_reference` wrote, by question id."""
    return {question.id: question for question in _reference.validate_json(text)}


_SPACES = re.compile(r"[\s\u00a0\u202f'’_]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")


def parse_number(value: JsonValue, unit: str = "") -> float:
    """The number a person wrote, the French way or the English one.

    Spaces and apostrophes between thousands are passed over; a comma or a dot is the decimal
    sign, and where both are there the last one is. The unit may be written or not.

    Raises:
        TypeError: it is neither a number nor a text.
        ValueError: it is not one finite number, below :data:`LARGEST`.

    >>> parse_number("1 234,56 €", "€")
    1234.56
    >>> parse_number("−0.5")
    -0.5
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("a number is expected")
    if isinstance(value, str):
        value = _parsed(value, unit)
    if not abs(value) < LARGEST:  # so neither is NaN
        raise ValueError("not a finite number")
    return float(value)


def _parsed(typed: str, unit: str) -> float:
    text = _SPACES.sub("", typed.replace("−", "-").replace("–", "-")).casefold()
    text = text.removesuffix(_SPACES.sub("", unit).casefold())
    if "." in text and "," in text:
        thousands = "." if text.rindex(",") > text.rindex(".") else ","
        text = text.replace(thousands, "")
    if len(text) > 40 or not _NUMBER.fullmatch(text):  # noqa: PLR2004 - longer is no quantity
        raise ValueError("not a number")
    return float(text.replace(",", "."))
