"""A whole worksheet without a mouse: from the page that opens to the copy downloaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from cinqcles.classroom.reference import reference
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.answers import newest, read_notebook
from cinqcles.worksheet.identity import variant_of
from conftest import Lab
from copies import COURSE
from worksheet_page import wait_for_kernel

WORKSHEET, LEARNER = "cle3-mode", "ada"
MOST_STOPS = 400

# What has the focus: the question it answers, what it is, and its name.
FOCUSED = """() => {
    const it = document.activeElement;
    const panel = it.closest('.cinqcles');
    const number = panel && panel.textContent.match(/Question (\\d+) /);
    return {
        question: number ? 'q' + number[1] : null,
        kind: it.tagName === 'INPUT' ? it.type : it.tagName.toLowerCase(),
        name: (it.labels?.length ? it.labels[0] : it).textContent.trim(),
    };
}"""


def tab_to(page: Page, reached: Callable[[dict[str, Any]], bool], key: str = "Tab") -> None:
    for _stop in range(MOST_STOPS):
        if reached(page.evaluate(FOCUSED)):
            return
        page.keyboard.press(key)
    raise AssertionError(f"out of the keyboard's reach; now on {page.evaluate(FOCUSED)}")


def ticks(question: kinds.BaseQuestion) -> set[str]:
    """The names of the boxes that the right answer ticks."""
    match question:
        case kinds.Choice():
            return {question.options[str(question.answer)]}
        case kinds.Multiple():
            return {question.options[option] for option in question.answer or ()}
        case kinds.Classification():
            rows = list(question.items)
            return {
                f"{question.categories[kind]}\u00a0: {rows.index(item) + 1}. {question.items[item]}"
                for item, kind in (question.answer or {}).items()
            }
    return set()


def typed(question: kinds.BaseQuestion, name: str) -> str:
    """What to type in the field of this name."""
    match question:
        case kinds.Number():
            return str(question.answer).replace(".", ",")
        case kinds.Ranking():
            order = [question.items[item] for item in question.answer or ()]
            return str(order.index(name) + 1)
        case kinds.FreeText():
            return "L’objectif d’abord, puis l’essai. " * question.min_words
    raise NotImplementedError(question.kind)


def test_a_whole_worksheet_by_keyboard_alone(page: Page, lab: Callable[..., Lab]) -> None:
    source = COURSE / "solutions" / WORKSHEET / f"{WORKSHEET}.ipynb"
    key = reference(source, variant_of(WORKSHEET, LEARNER))
    page.goto(lab().url(f"exercises/{WORKSHEET}/{WORKSHEET}.ipynb"))
    wait_for_kernel(page)
    tab_to(page, lambda at: at["name"] == "Tout afficher")
    page.keyboard.press("Enter")
    page.locator(".jp-Stdin-input").wait_for()
    page.keyboard.type(LEARNER)
    page.keyboard.press("Enter")
    page.locator(".cinqcles", has_text=f"Question {len(key)} ").wait_for()

    done = set()
    for _stop in range(MOST_STOPS):
        at = page.evaluate(FOCUSED)
        question = key.get(at["question"])
        if question and (place := (at["question"], at["name"])) not in done:
            done.add(place)
            if at["kind"] == "checkbox" and at["name"] in ticks(question):
                page.keyboard.press("Space")
            elif at["kind"] in {"text", "textarea"}:
                page.keyboard.type(typed(question, at["name"]))
        page.keyboard.press("Tab")
        if at["question"] == f"q{len(key)}" and at["kind"] in {"text", "textarea"}:
            break
    panel = page.locator(".cinqcles", has_text="Ma copie").first
    expect(panel).to_contain_text("Votre copie est prête à rendre.")

    tab_to(page, lambda at: at["name"] == "Télécharger ma copie", key="Shift+Tab")
    with page.expect_download() as got:
        page.keyboard.press("Enter")
    answers, problems = read_notebook(json.loads(got.value.path().read_bytes()))
    assert problems == []
    marks = {name: key[name].mark(each.value) for name, each in newest(answers).items()}
    assert {n: m.share for n, m in marks.items() if not m.review} == dict.fromkeys(
        (n for n, q in key.items() if not isinstance(q, kinds.FreeText)), 1
    )
