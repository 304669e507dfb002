"""What synthetic learners answer: right answers earn everything, mistakes are those people make."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

from cinqcles.classroom.reference import reference
from cinqcles.classroom.replies import CHANCES, NO_REPLY, Level, Outcome, Reply, reply
from cinqcles.worksheet.copies import read_document, written_code
from cinqcles.worksheet.questions import (
    Allocation,
    BaseQuestion,
    Choice,
    ChoiceField,
    Classification,
    Code,
    DateField,
    Expected,
    Form,
    FreeText,
    Mistake,
    Multiple,
    Number,
    NumberField,
    Plan,
    Ranking,
    TextField,
    same,
)
from copies import SOURCE

DAY = date(2026, 10, 2)
DRAWS = 400
LETTERS = {letter: letter.upper() for letter in "abcd"}

QUESTIONS: list[BaseQuestion] = [
    Choice(id="choice", prompt="?", options=LETTERS, answer="a"),
    Multiple(id="multiple", prompt="?", options=LETTERS, answer=["a", "c"]),
    Multiple(id="one-box", prompt="?", options=LETTERS, answer=["a"]),
    Multiple(id="all-boxes", prompt="?", options=LETTERS, answer=["a", "b", "c", "d"]),
    Number(id="number", prompt="?", unit="€", answer=1234.5),
    Number(id="share", prompt="?", unit="%", answer=0.0683, tolerance=0.001),
    Number(id="zero", prompt="?", answer=0),
    Ranking(id="ranking", prompt="?", items=LETTERS, answer=["b", "a", "d", "c"]),
    Classification(
        id="classes",
        prompt="?",
        items=LETTERS,
        categories={"x": "X", "y": "Y"},
        answer={"a": "x", "b": "x", "c": "y", "d": "y"},
    ),
    Allocation(
        id="split",
        prompt="?",
        parts=LETTERS,
        total=9000,
        step=100,
        answer={"a": 0.0, "b": 5234.61, "c": 3765.39, "d": 0.0},
    ),
    Form(
        id="form",
        prompt="?",
        fields=[
            ChoiceField(id="choice", label="Choix", options=LETTERS),
            NumberField(id="number", label="Nombre", unit="%"),
            DateField(id="date", label="Date"),
            TextField(id="text", label="Texte"),
        ],
        expects={
            "choice": Expected(among=["a", "b"]),
            "number": Expected(value=42.32),
            "date": Expected(least=date(2026, 1, 1), most=date(2026, 12, 31)),
            "text": Expected(words=3),
        },
        answer={"choice": "a", "number": 42.3, "date": "31/12/2026", "text": "en trois mots"},
    ),
]


def drawn(question: BaseQuestion, level: Level, **how: Any) -> list[Reply]:
    random = Random(question.id)  # noqa: S311 - drawn for a test
    return [reply(question, level, random, day=DAY, **how) for _draw in range(DRAWS)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_replies_are_right_as_often_as_their_level_says(question: BaseQuestion) -> None:
    for level, (right, left_out) in CHANCES.items():
        replies = drawn(question, level)
        found = Counter(each.outcome for each in replies)
        assert abs(found[Outcome.RIGHT] / DRAWS - right) < 0.08
        assert abs(found[Outcome.NONE] / DRAWS - left_out) < 0.05
        assert {each.value for each in replies if each.outcome is Outcome.NONE} <= {None}
        answered = drawn(question, level, sure=True)
        assert Outcome.NONE not in {each.outcome for each in answered}
        for each in answered:
            json.dumps(each.value)
            share = question.mark(each.value).share
            assert (share == 1) is (each.outcome is Outcome.RIGHT)
            if each.outcome is not Outcome.PERSON:
                question.describe(each.value)


def test_a_mistake_the_key_names_is_the_most_frequent() -> None:
    slip = Mistake(value=5678.9, why="Un rapport à l’envers.", share=0.5)
    question = Number(id="number", prompt="?", answer=1234.5, mistakes=[slip])
    replies = drawn(question, Level.WEAK, sure=True)
    reasons = Counter(
        question.mark(each.value).reason for each in replies if each.outcome is not Outcome.RIGHT
    )
    assert reasons.most_common(1)[0][0] == "Un rapport à l’envers."
    assert Outcome.PARTLY in {each.outcome for each in replies}


def test_numbers_are_typed_as_french_people_do() -> None:
    typed = {str(each.value) for each in drawn(QUESTIONS[4], Level.STRONG)}
    assert {"1 234,5", "1234,5", "1\u202f234,5", "1 234,5 €", "1 234.5"} <= typed
    weak = [each for each in drawn(QUESTIONS[4], Level.WEAK) if "environ" in str(each.value)]
    assert weak
    assert all(re.fullmatch(r"environ \S.*", str(each.value)) for each in weak)
    assert {each.outcome for each in weak} == {Outcome.PERSON}


def test_a_text_says_that_it_is_synthetic_and_is_long_as_its_level() -> None:
    question = FreeText(id="texte", prompt="?", min_words=60, answer="…")
    lengths = {}
    for level in (Level.STRONG, Level.WEAK):
        replies = drawn(question, level, sure=True)
        assert {each.outcome for each in replies} == {Outcome.PERSON}
        texts = [str(each.value) for each in replies]
        said = "[Texte synthétique, écrit par cinqcles simulate.] "
        assert all(text.startswith(said) for text in texts)
        lengths[level] = Counter(question.check(text) is None for text in texts)
    assert lengths[Level.STRONG][True] > 0.8 * DRAWS
    assert lengths[Level.WEAK][True] == 0


def test_a_strategy_is_whole_or_only_tempting() -> None:
    question = Plan(id="plan", prompt="?")
    found = {}
    for level in Level:
        for each in drawn(question, level, sure=True)[:20]:
            assert each.outcome is Outcome.PERSON
            strategy, day = question.read(each.value)
            assert day == DAY
            assert strategy.author == "Copie synthétique"
            found.setdefault(level, set()).add(len(strategy.review(day)))
    assert min(found[Level.STRONG]) == 0
    assert min(found[Level.AVERAGE]) > 0
    assert min(found[Level.WEAK]) > 0


def test_code_is_right_or_has_a_classic_mistake() -> None:
    question = reference(SOURCE, 0)["q6"]
    assert isinstance(question, Code)
    assert isinstance(question.answer, list)
    solution = written_code(read_document(SOURCE) or {"cells": []})["fonction"]
    arguments = [case.arguments for case in question.examples + question.hidden]

    def run(code: str) -> list[Any]:
        space: dict[str, Any] = {}
        exec(code, space)  # noqa: S102 - the course's own code, or nearly
        results = []
        for each in arguments:
            try:
                results.append(space["cout_par_seconde"](*each))
            except ZeroDivisionError:
                results.append(None)
        return results

    codes = {}
    for each in drawn(question, Level.WEAK, solution=solution):
        if each is not NO_REPLY:
            codes[each.code] = each.outcome
    by_outcome = Counter(codes.values())
    assert by_outcome == {
        Outcome.RIGHT: 1,
        Outcome.PARTLY: 2,  # the special case forgotten; always the same result
        Outcome.WRONG: 1,  # what is no Python
        Outcome.NONE: 1,  # never written
    }
    for code, outcome in codes.items():
        if outcome is Outcome.NONE:
            assert code is None
        elif outcome is Outcome.WRONG:
            with pytest.raises(SyntaxError):
                run(str(code))
        else:
            right = [same(*pair) for pair in zip(run(str(code)), question.answer, strict=True)]
            assert all(right) is (outcome is Outcome.RIGHT)
            assert any(right)
