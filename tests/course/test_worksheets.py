"""The worksheets over their variants: one right answer, and wrong ones that lose just their points.

A source notebook is run by papermill for eight variants, as the grader does; for the many more that
show it sound, its cells are run in this process: `CINQCLES_VARIANTS=1000` says how many.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import ipywidgets as widgets
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cinqcles.classroom.marking import mark_answers
from cinqcles.classroom.reference import reference
from cinqcles.views.worksheet import opened
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.answers import Answer
from cinqcles.worksheet.identity import VARIANTS
from copies import COURSE, record
from front_end import Page

SOURCES = {file.stem: file for file in sorted(COURSE.glob("solutions/*/*.ipynb"))}
SEEDS = int(os.environ.get("CINQCLES_VARIANTS", "100"))  # a thousand takes ten minutes
READABLE = re.compile(r"-?[\d\u202f]{1,10}(,\d{1,6})?")


@pytest.fixture
def page(shell: InteractiveShell) -> Iterator[Page]:
    before = shell.display_pub
    yield Page(shell)
    shell.display_pub = before


@cache
def compiled(name: str) -> tuple[Any, ...]:
    """The code cells of a source, parameters aside."""
    cells = nbformat.read(SOURCES[name], as_version=4).cells
    return tuple(
        compile(cell.source, f"{name}, cell {n}", "exec")
        for n, cell in enumerate(cells, start=1)
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    )


def keyed(name: str, variant: int) -> dict[str, kinds.BaseQuestion]:
    """The questions of a source with their keys, its cells run in this process."""
    scope = {"learner": "corrige", "variant": variant, "display": lambda *_: None}
    for cell in compiled(name):
        exec(cell, scope)  # noqa: S102 - the course's own notebook
    return {question: view.keyed() for question, view in opened(name).questions.items()}


def points_of(name: str) -> dict[str, float]:
    return {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in nbformat.read(SOURCES[name], as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def wrong_answers(question: kinds.BaseQuestion) -> Iterator[Any]:
    """Answers of a learner who is wrong on everything this question asks."""
    match question:
        case kinds.Choice():
            yield from (option for option in question.options if option != question.answer)
        case kinds.Multiple():
            yield [o for o in question.options if o not in cast(list[str], question.answer)]
        case kinds.Number():
            key = kinds.parse_number(question.answer, question.unit)
            yield from (m.value for m in question.mistakes if not m.share)
            yield 3.7 * key + 11
        case kinds.Ranking():
            yield list(reversed(cast(list[str], question.answer)))
        case kinds.Classification():
            key = cast(dict[str, str], question.answer)
            for shift in range(1, len(question.categories)):
                names = list(question.categories)
                yield {i: names[(names.index(c) + shift) % len(names)] for i, c in key.items()}
        case kinds.Allocation():
            equal = question.total / len(question.parts)
            yield question.naive or dict.fromkeys(question.parts, equal)
        case kinds.FreeText() | kinds.Form():
            yield None
        case kinds.Code():
            yield [{"error": "NameError"}] * len(question.examples)


def marked(name: str, key: dict[str, kinds.BaseQuestion], values: dict[str, Any]) -> dict[str, Any]:
    code = {q: values.pop(q) for q, question in key.items() if isinstance(question, kinds.Code)}
    verdicts = mark_answers(
        [
            Answer.model_validate(record("zoé", question, value, worksheet=name, variant=3))
            for question, value in values.items()
        ],
        key,
        worksheet=name,
        learner="zoé",
        variant=3,
        results=code,
    )
    return {question: verdict.mark for question, verdict in verdicts.items()}


@pytest.mark.parametrize("name", SOURCES)
def test_a_wrong_answer_loses_its_points_and_no_other(name: str) -> None:
    for variant in range(8):
        key = reference(SOURCES[name], variant)
        right = {question: q.answer for question, q in key.items()}
        full = marked(name, key, dict(right))
        for question, mark in full.items():
            assert mark.share == 1 or mark.review, (variant, question)
        for question in key:
            for value in wrong_answers(key[question]):
                marks = marked(name, key, right | {question: value})
                assert marks.pop(question).share == 0, (variant, question, value)
                assert marks == {q: m for q, m in full.items() if q != question}


@pytest.mark.parametrize("name", SOURCES)
def test_points_add_up(name: str) -> None:
    points = points_of(name)
    assert 10 <= sum(points.values()) <= 20
    key = reference(SOURCES[name], 0)
    code = sum(p for question, p in points.items() if isinstance(key[question], kinds.Code))
    assert code <= 0.2 * sum(points.values())


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 4))  # for several cores
@pytest.mark.parametrize("name", SOURCES)
def test_many_variants_have_one_right_answer_each(name: str, first: int, page: Page) -> None:
    for variant in range(first, first + SEEDS // 4):
        for question in keyed(name, variant).values():
            problems = list(unfit(question))
            assert problems == [], (variant, question.id)
        page.clear()
        widgets.Widget.close_all()


def unfit(question: kinds.BaseQuestion) -> Iterator[str]:
    """What would make a question unfair, whatever its kind."""
    own = question.mark(question.answer)
    if own.share != 1 and not own.review:
        yield "its key does not earn its points"
    if re.search(r"\bnan\b|\binf\b|None|<NA>", question.prompt):
        yield f"its prompt reads {question.prompt}"
    labels = [
        label
        for name in ("options", "items", "categories", "parts")
        for label in getattr(question, name, {}).values()
    ]
    if len(set(labels)) != len(labels):
        yield "two of its labels are the same"
    if isinstance(question, kinds.Number):
        key = kinds.parse_number(question.answer, question.unit)
        written = question.describe(question.answer).removesuffix(question.unit).strip()
        if not math.isfinite(key) or not READABLE.fullmatch(written):
            yield f"its key reads {written}"
        for mistake in question.mistakes:
            apart = abs(mistake.value - key)
            if not math.isfinite(mistake.value) or apart <= 2 * abs(key) * question.tolerance:
                yield f"a mistake, {mistake.value}, is too near its key, {key}"
    if isinstance(question, kinds.Multiple):
        ticked = set(cast(list[str], question.answer))
        if not 0 < len(ticked) < len(question.options):
            yield f"its key ticks {len(ticked)} of {len(question.options)}"
    if isinstance(question, kinds.Choice | kinds.Multiple):
        wrong = set(question.options) - set(cast(Any, question.answer))
        if isinstance(question, kinds.Choice):
            wrong = set(question.options) - {question.answer}
        if unexplained := wrong - set(question.why):
            yield f"nothing explains {sorted(unexplained)}"


def test_there_are_no_more_variants_than_were_tried() -> None:
    assert VARIANTS <= SEEDS
