"""What learners answer, for a synthetic cohort: right, or with mistakes that people make.

A reply to a question is drawn from its key: nothing here knows a worksheet. Numbers are typed as
French people type them. What a person would grade says that it is synthetic.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from random import Random
from typing import Any, cast

from pydantic import JsonValue

from cinqcles.messages import _, number
from cinqcles.worksheet.questions import (
    Allocation,
    BaseQuestion,
    Choice,
    ChoiceField,
    Classification,
    Code,
    DateField,
    Form,
    FormField,
    FreeText,
    Multiple,
    Number,
    NumberField,
    Plan,
    Ranking,
    parse_number,
)


class Level(Enum):
    """How well a learner does."""

    STRONG = "strong"
    AVERAGE = "average"
    WEAK = "weak"


CHANCES = {Level.STRONG: (0.88, 0.02), Level.AVERAGE: (0.62, 0.05), Level.WEAK: (0.35, 0.15)}
"""For each level, the chance to answer right, and the chance to leave a question out. Otherwise
there is a mistake."""


class Outcome(Enum):
    """What grading is to find of a reply."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"
    NONE = "none"
    PERSON = "person"


@dataclass(frozen=True)
class Reply:
    """An answer, and what grading is to find of it.

    Attributes:
        code: what is written in the cell above, for a question about code; ``None`` if nothing is.
    """

    value: JsonValue
    outcome: Outcome
    code: str | None = None


NO_REPLY = Reply(None, Outcome.NONE)
_STRATEGIES = 4  # of each level: one is slow to make


def reply(
    question: BaseQuestion,
    level: Level,
    random: Random,
    *,
    sure: bool = False,
    solution: str = "",
    day: date,
) -> Reply:
    """What a learner of this level answers.

    Args:
        question: with its key.
        sure: no question is left out.
        solution: the code that the source notebook has, for a question about code.
        day: when it is handed in, for a question about a strategy.
    """
    right, left_out = CHANCES[level]
    drawn = random.random()
    if drawn >= 1 - left_out and not sure:
        return NO_REPLY
    well = drawn < right
    value: JsonValue
    if isinstance(question, Code):
        return _code(question, solution, random, well=well)
    if isinstance(question, FreeText):
        value = _text(question, random, level if well else Level.WEAK)
    elif isinstance(question, Plan):
        strategy = _strategy(level if well else Level.WEAK, random.randrange(_STRATEGIES))
        value = {"day": day.isoformat(), "strategy": strategy}
    else:
        value = (_right if well else _mistaken)(question, random)
    return Reply(value, _outcome(question, value))


def _outcome(question: BaseQuestion, value: JsonValue) -> Outcome:
    mark = question.mark(value)
    if mark.review:
        return Outcome.PERSON
    if mark.share in (0, 1):
        return Outcome.RIGHT if mark.share else Outcome.WRONG
    return Outcome.PARTLY


def _right(question: BaseQuestion, random: Random) -> JsonValue:
    """The key, as a learner gives it."""
    if isinstance(question, Number):
        key = parse_number(question.answer, question.unit)
        return _typed(key, question.tolerance, question.unit, random)
    if isinstance(question, Form):
        key_of = cast(dict[str, JsonValue], question.answer)
        numbers = {f.id: f.unit for f in question.fields if isinstance(f, NumberField)}
        return {
            name: _typed(parse_number(typed, numbers[name]), 0.001, numbers[name], random)
            if name in numbers
            else typed
            for name, typed in key_of.items()
        }
    if isinstance(question, Allocation):
        # To the step where that is as good, as a slider gives it.
        split = cast(dict[str, float], question.answer)
        steps = {p: question.step * (amount // question.step) for p, amount in split.items()}
        steps[max(split, key=lambda p: split[p])] += question.total - sum(steps.values())
        return dict(steps if question.mark(dict(steps)).share == 1 else split)
    return question.answer


def _mistaken(question: BaseQuestion, random: Random) -> JsonValue:
    """An answer with a mistake that people make; by luck, it may be right all the same."""
    return _MISTAKEN[type(question)](question, random)


def _another_option(question: Choice, random: Random) -> JsonValue:
    return random.choice([option for option in question.options if option != question.answer])


def _ticked_wrongly(question: Multiple, random: Random) -> JsonValue:
    """One box too many, one too few, or both."""
    key = cast(list[str], question.answer)
    extra = [option for option in question.options if option not in key]
    how = random.choice(("more", "less", "both"))
    ticked = set(key)
    if extra and (how != "less" or len(key) == 1):
        ticked.add(random.choice(extra))
    if len(key) > 1 and (how != "more" or not extra):
        ticked.remove(random.choice(key))
    return [option for option in question.options if option in ticked]


def _slip(question: Number, random: Random) -> JsonValue:
    """A mistake that the key names, or else a classic one; once in a while, what is no number."""
    key = parse_number(question.answer, question.unit)
    named = [mistake.value for mistake in question.mistakes]
    value = _wrong_number(key, random)
    if named and _chance(random, 0.65):
        value = random.choice(named)
    typed = _typed(value, question.tolerance, question.unit, random)
    return _("environ {value}").format(value=typed) if _chance(random, 0.03) else typed


def _wrong_number(key: float, random: Random) -> float:
    """A percentage for a share, thousands forgotten, a comma out of place, a ratio upside down, or
    rounding too early."""
    slips = [100 * key, key / 100, 1000 * key, key / 1000, 10 * key, key / 10, float(f"{key:.1g}")]
    if key:
        slips.append(1 / key)
    return random.choice([slip for slip in slips if abs(slip - key) > 0.05 * abs(key)] or [key + 1])


def _chance(random: Random, share: float) -> bool:
    return random.random() < share


def _typed(value: float, tolerance: float, unit: str, random: Random) -> str:
    """A number as people type it: the French way or nearly, with enough digits to be right."""
    size = 2 * tolerance * abs(value)
    text = number(value, min(12, max(2, math.ceil(-math.log10(size)))) if size else 2)
    text = text.replace("\u202f", random.choice(("\u202f", " ", "")))
    if _chance(random, 0.15):
        text = text.replace(",", ".")
    return f"{text} {unit}" if unit and _chance(random, 0.25) else text


def _misordered(question: Ranking, random: Random) -> JsonValue:
    """Two neighbours swapped, mostly; or all upside down, or a place left empty."""
    order = cast(list[JsonValue], list(cast(list[str], question.answer)))
    if _chance(random, 0.65):
        first = random.randrange(len(order) - 1)
        order[first : first + 2] = order[first : first + 2][::-1]
    elif _chance(random, 0.7):
        order.reverse()
    else:
        order[-1] = None
    return order


def _misclassified(question: Classification, random: Random) -> JsonValue:
    """Some items moved; or some left, or all in one category."""
    placed = dict(cast(dict[str, str], question.answer))
    if _chance(random, 0.1):
        return dict.fromkeys(placed, random.choice(list(question.categories)))
    left = _chance(random, 0.2)
    for item in random.sample(list(placed), random.randint(1, max(1, len(placed) // 2))):
        if left:
            del placed[item]
        else:
            others = [each for each in question.categories if each != placed[item]]
            placed[item] = random.choice(others)
    return cast(JsonValue, placed)


def _misallocated(question: Allocation, random: Random) -> JsonValue:
    """Equal parts, everything on one, the split the key calls naive, half the way, or too much."""
    key, parts = cast(dict[str, float], question.answer), list(question.parts)
    equal = cast(dict[str, float], question.shared_out(None))
    naive = dict.fromkeys(parts, 0.0) | (question.naive or equal)
    alone = dict.fromkeys(parts, 0.0) | {random.choice(parts): question.total}
    half = {part: round((key.get(part, 0) + equal[part]) / 2) for part in parts}
    over = equal | {parts[0]: equal[parts[0]] + 10 * question.step}
    return cast(JsonValue, random.choice((equal, naive, alone, half, over)))


def _ill_filled(question: Form, random: Random) -> JsonValue:
    """A field or two wrong, or left empty."""
    right = cast(dict[str, JsonValue], _right(question, random))
    fields = {f.id: f for f in question.fields if f.id in right}
    for name in random.sample(list(fields), min(len(fields), random.randint(1, 2))):
        if _chance(random, 0.35) and len(right) > 1:
            del right[name]
        else:
            right[name] = _wrong_field(fields[name], right[name], random)
    return right


def _wrong_field(field: FormField, right: JsonValue, random: Random) -> JsonValue:
    if isinstance(field, ChoiceField):
        return random.choice([option for option in field.options if option != right])
    if isinstance(field, NumberField):
        wrong = _wrong_number(parse_number(right, field.unit), random)
        return _typed(wrong, 0.01, field.unit, random)
    if isinstance(field, DateField):
        return random.choice(("31/12/2020", "01/01/2035"))
    return _("à voir")


_MISTAKEN: dict[type[BaseQuestion], Callable[[Any, Random], JsonValue]] = {
    Choice: _another_option,
    Multiple: _ticked_wrongly,
    Number: _slip,
    Ranking: _misordered,
    Classification: _misclassified,
    Allocation: _misallocated,
    Form: _ill_filled,
}


def _code(question: Code, solution: str, random: Random, *, well: bool) -> Reply:
    """A function, and what its learner saw of it: the source's, or one with a classic mistake."""
    right = "\n".join(x for x in solution.splitlines() if not x.strip().startswith("###"))
    shown = cast(list[JsonValue], question.answer)[: len(question.examples)]
    if well:
        return Reply(shown, Outcome.RIGHT, right)
    how = random.choice(("special case", "constant", "syntax", "never written"))
    if how == "never written":
        return Reply([None] * len(shown), Outcome.NONE)
    if how == "syntax":
        unseen: list[JsonValue] = [{"error": "SyntaxError"} for _each in shown]
        return Reply(unseen, Outcome.WRONG, right.replace(":", "", 1))
    tree = ast.parse(right)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    ordinary = [step for step in function.body if not isinstance(step, ast.If)]
    if how == "special case" and 0 < len(ordinary) < len(function.body):
        function.body = ordinary
        # Whatever the others give: a result that a copy claims counts for nothing.
        return Reply([shown[0], *[None] * (len(shown) - 1)], Outcome.PARTLY, ast.unparse(tree))
    function.body = [ast.Return(ast.Constant(cast(Any, shown[0])))]
    everywhere = [shown[0]] * (len(question.examples) + len(question.hidden))
    code = ast.unparse(ast.fix_missing_locations(tree))
    return Reply(everywhere[: len(shown)], _outcome(question, everywhere), code)


def _text(question: FreeText, random: Random, level: Level) -> str:
    """A text of a learner's level, that says what it is."""
    said = [_("[Texte synthétique, écrit par cinqcles simulate.]")]
    if level is Level.WEAK:
        weak = [
            _("Je pense qu’il faut publier plus souvent, comme cela les gens nous verront."),
            _("Les chiffres sont plutôt bons, donc on peut continuer ainsi."),
            _("Il faut être partout, parce que nos concurrents y sont déjà."),
            _("La direction a raison, c’est ce qui plaît le plus en ce moment."),
        ]
        return " ".join(said + random.sample(weak, random.randint(1, 2)))
    said.append(
        random.choice(
            (
                _("Ma réponse est claire\u00a0: je ne suivrais pas cette idée telle quelle."),
                _("Revenons d’abord à l’objectif\u00a0: que doit-il changer, et pour qui\u00a0?"),
                _("Je comprends cette demande, mais elle part d’un moyen et non d’un but."),
            )
        )
    )
    reasons = [
        _(
            "Rapporté au total, et non à ceux qui ont répondu, le résultat passe de {a}\u00a0% à "
            "{b}\u00a0%."
        ).format(a=random.randint(55, 95), b=random.randint(8, 45)),
        _("Le chiffre que l’on voit d’abord monte, mais celui qui compte pour nous bouge peu."),
        _(
            "Dans mon tableau, l’écart entre le premier et le deuxième est de {n}\u00a0%\u00a0: "
            "c’est trop pour un hasard."
        ).format(n=random.randint(12, 60)),
        _("Plusieurs sujets ne sont à personne, et c’est là que les demandes se perdent."),
        _("Ce que nous payons n’apporte presque rien au-delà d’un certain montant."),
    ]
    ends = [
        _(
            "Je propose un essai de trois mois, avec une personne responsable, un indicateur "
            "relevé chaque lundi et une date de décision."
        ),
        _(
            "Ce que l’on ne sait pas encore\u00a0: si cela tient hors saison. Il faudra le mesurer "
            "de nouveau au printemps."
        ),
    ]
    random.shuffle(reasons)
    said += [reasons.pop(), ends[0]]
    if level is Level.STRONG:
        said += [reasons.pop(), ends[1]]
        while reasons and len(" ".join(said).split()) < question.min_words:
            said.append(reasons.pop())
    return " ".join(said)


@cache
def _strategy(level: Level, seed: int) -> JsonValue:
    """A strategy of a learner's level: whole, without its last steps, or only tempting."""
    from cinqcles.worksheet import dossier  # noqa: PLC0415 - numpy and pandas, for this alone

    made = dossier.tempting(seed) if level is Level.WEAK else dossier.example(seed)
    strategy: dict[str, JsonValue] = json.loads(made.to_json())
    strategy["author"] = _("Copie synthétique")
    if level is Level.AVERAGE:
        strategy |= {"measurements": [], "tools": []}
    return strategy
