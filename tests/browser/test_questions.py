"""Classifying, sharing out and filling in, in a real JupyterLab: by keyboard alone and by mouse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page, expect

from cinqcles.worksheet.answers import newest, read_notebook
from conftest import Lab
from worksheet_page import run_all

FILE = "exercises/essai.ipynb"
CELLS = [
    "from cinqcles import Worksheet\nws = Worksheet('essai', learner='ada')",
    "teams = {'sav': 'Service client', 'com': 'Communication'}\n"
    "ws.classification('q1', 'Qui répond ?', {'a': 'Colis perdu', 'b': 'Presse'}, teams);",
    "parts = {'a': 'Instagram', 'b': 'TikTok', 'c': 'Lettre'}\n"
    "ws.allocation('q2', 'Répartissez le budget.', parts, total=9000, step=100);",
    "from cinqcles.worksheet.questions import ChoiceField, DateField, NumberField, TextField\n"
    "ws.form('q3', 'Écrivez l’objectif.', [TextField(id='a', label='Énoncé'), ChoiceField(id='b', "
    "label='Équipe', options=teams), NumberField(id='c', label='Cible', unit='h'), "
    "DateField(id='d', label='Échéance')]);",
]
THUMB = 16  # pixels: how wide Chromium draws a slider's handle


def open_and_run(page: Page, lab: Lab) -> None:
    file = lab.folder / FILE
    if not file.exists():
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3 (ipykernel)"}
        cells = [
            nbformat.v4.new_code_cell(cell, metadata={"jupyter": {"source_hidden": True}})
            for cell in CELLS
        ]
        file.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), file)
    page.goto(lab.url(FILE))
    run_all(page)
    question(page, "Écrivez l’objectif.").get_by_role("textbox").first.wait_for()


def question(page: Page, prompt: str) -> Any:
    return page.locator(".cinqcles", has_text=prompt)


def saved(page: Page, file: Path, name: str, value: Any) -> None:
    """Save until the notebook holds this answer: it is recorded once the typing pauses."""
    found = None
    for _attempt in range(60):
        page.get_by_role("button", name="Enregistrer").first.click()
        page.wait_for_timeout(500)
        try:
            answers, problems = read_notebook(json.loads(file.read_text(encoding="utf-8")))
        except ValueError:
            continue  # JupyterLab is writing it
        assert problems == []
        found = {question: answer.value for question, answer in newest(answers).items()}.get(name)
        if found == value:
            return
    raise AssertionError(f"{name} is {found!r}")


def amounts(page: Page) -> list[str]:
    return [
        field.input_value() for field in question(page, "Répartissez").get_by_role("textbox").all()
    ]


def test_the_keyboard_classifies_shares_out_and_fills_in(
    page: Page, lab: Callable[..., Lab]
) -> None:
    mine = lab()
    open_and_run(page, mine)
    keys = page.keyboard
    sorting = question(page, "Qui répond ?")
    expect(sorting.get_by_label("Communication : 2. Presse")).to_be_visible()
    sorting.get_by_label("Service client : 1. Colis perdu").focus()
    for key in ("Space", "Tab", "Tab", "Tab", "Space"):
        keys.press(key)
    expect(sorting.get_by_role("status")).to_have_text("✓ Réponse complète, enregistrée.")
    # On with the same key to the sliders, each followed by its field.
    keys.press("Tab")
    for amount in ("4 000", "1500,50", "3499,5"):
        keys.press("Tab")
        keys.type(amount, delay=40)
        keys.press("Tab")
    assert amounts(page) == ["4 000", "1500,50", "3499,5"]  # as typed, whatever the slider rounds
    status = question(page, "Répartissez").get_by_role("status")
    expect(status.first).to_have_text("Tout est réparti : 9\u202f000 €.")
    expect(status.last).to_have_text("✓ Réponse complète, enregistrée.")
    keys.press("Tab")  # the second of two buttons
    keys.press("Tab")
    for key in ("Répondre à tous", "Tab", "Space", "Tab", "Tab", "2,5", "Tab", "31/12/2026"):
        if key in {"Tab", "Space"}:
            keys.press(key)
        else:
            keys.type(key)
    form = question(page, "Écrivez l’objectif.")
    expect(form.get_by_label("Équipe : Service client")).to_be_checked()
    expect(form.get_by_role("status")).to_have_text("✓ Réponse complète, enregistrée.")

    file = mine.folder / FILE
    filled = {"a": "Répondre à tous", "b": "sav", "c": "2,5", "d": "31/12/2026"}
    saved(page, file, "q3", filled)
    saved(page, file, "q1", {"a": "sav", "b": "com"})
    saved(page, file, "q2", {"a": 4000, "b": 1500.5, "c": 3499.5})

    # Run again: everything comes back, amounts the way the course writes them.
    open_and_run(page, mine)
    first = question(page, "Répartissez").get_by_role("textbox").first
    expect(first).to_have_value("4\u202f000")
    expect(sorting.get_by_label("Communication : 2. Presse")).to_be_checked()
    assert amounts(page) == ["4\u202f000", "1\u202f500,5", "3\u202f499,5"]
    expect(form.get_by_label("Échéance (jj/mm/aaaa)")).to_have_value("31/12/2026")


def test_a_slider_stops_where_nothing_is_left(page: Page, lab: Callable[..., Lab]) -> None:
    mine = lab()
    open_and_run(page, mine)
    split = question(page, "Répartissez le budget.")

    def drag(part: int, share: float) -> None:
        track = split.get_by_role("slider").nth(part).bounding_box()
        assert track
        left, height = track["x"] + THUMB / 2, track["y"] + track["height"] / 2
        page.mouse.move(left, height)
        page.mouse.down()
        page.mouse.move(left + share * (track["width"] - THUMB), height, steps=30)
        page.mouse.up()

    split.scroll_into_view_if_needed()
    drag(0, 2 / 3)
    expect(split.get_by_role("textbox").nth(0)).to_have_value("6\u202f000")
    drag(1, 0.95)
    expect(split.get_by_role("textbox").nth(1)).to_have_value("3\u202f000")
    expect(split.get_by_role("slider").nth(1)).to_have_value("3000")
    expect(split.get_by_role("status").first).to_contain_text("diminuez d’abord une autre part.")
    assert amounts(page) == ["6\u202f000", "3\u202f000", ""]
    saved(page, mine.folder / FILE, "q2", {"a": 6000, "b": 3000})
