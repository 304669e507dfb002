"""« Ma copie » in a real JupyterLab: taken away from a server that dies, brought back elsewhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from playwright.sync_api import Locator, Page, expect

from cinqcles.worksheet.copies import WIDGET_MIME
from conftest import CINQCLES, Lab
from copies import WORKSHEET
from worksheet_page import FILE, choose, expect_restored, open_and_run, question, save, saved

ESSAY = "Je déconseille « tout sur le chat » :\nles <b>vues</b> n’y sont pas."


def panel(page: Page) -> Locator:
    return page.locator(".cinqcles", has_text="Ma copie").first


def answer_three(page: Page) -> None:
    choose(page)
    question(page, "q2").get_by_label("Votre réponse (en %)").fill("7,87")
    question(page, "q7").get_by_label("Votre réponse").fill(ESSAY)
    expect(panel(page)).to_contain_text("2 réponses complètes sur 7.")
    expect(question(page, "q7").get_by_role("status")).to_contain_text("Enregistré.")
    page.wait_for_timeout(1000)  # for the link to hold the text, as it does by the time one clicks


def download(page: Page, to: Path) -> Path:
    with page.expect_download() as downloading:
        panel(page).get_by_role("link", name="Télécharger ma copie").click()
    copy = to / downloading.value.suggested_filename
    downloading.value.save_as(copy)
    return copy


def restore(page: Page, copy: Path) -> None:
    with page.expect_file_chooser() as choosing:
        panel(page).get_by_role("button", name="Restaurer une copie").click()
    choosing.value.set_files(copy)


def grades(course: Path, copy: Path) -> dict[str, Any]:
    """What a copy earns, collected and graded as an instructor does."""
    shutil.rmtree(course / "submitted", ignore_errors=True)
    for command in (["collect", WORKSHEET, str(copy)], ["grade", WORKSHEET, "--again"]):
        subprocess.run([CINQCLES, *command], cwd=course, check=True, capture_output=True)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(WORKSHEET, WORKSHEET, "ada")
        return {g.name: (g.auto_score, bool(g.needs_manual_grade)) for g in notebook.grades}


def test_a_copy_taken_from_a_server_that_died_comes_back_elsewhere(
    page: Page, lab: Callable[..., Lab], course: Path, tmp_path: Path
) -> None:
    mine = lab()
    open_and_run(page, mine)
    answer_three(page)
    mine.kill()  # as Binder does: the page alone is left
    copy = download(page, tmp_path)
    assert copy.name == f"{WORKSHEET}-ada.ipynb"
    nbformat.validate(nbformat.read(copy, as_version=4))
    given = {"q1": "portee", "q2": "7,87", "q7": ESSAY}
    assert saved(copy) == given

    # Another machine, which knows nothing of it.
    page.goto("about:blank")
    other = lab(tmp_path / "ailleurs")
    open_and_run(page, other)
    restore(page, copy)
    expect(panel(page)).to_contain_text("✓ Repris de votre copie : questions 1, 2 et 7.")
    expect(panel(page)).to_contain_text("2 réponses complètes sur 7.")
    expect_restored(page)
    expect(question(page, "q2").get_by_label("Votre réponse (en %)")).to_have_value("7,87")
    expect(question(page, "q7").get_by_label("Votre réponse")).to_have_value(ESSAY)
    save(page, other)
    file = other.folder / FILE
    assert saved(file) == given
    expect(panel(page)).to_contain_text("il contient toutes vos réponses")

    restored = grades(course, copy)
    assert restored == grades(course, file)
    assert restored["q1"] == (2.0, False)
    assert restored["q7"][1]  # left to a person


def test_a_saved_copy_without_a_kernel_is_read_in_french(
    page: Page, lab: Callable[..., Lab], tmp_path: Path
) -> None:
    mine = lab()
    open_and_run(page, mine)
    answer_three(page)
    save(page, mine)
    assert WIDGET_MIME in (mine.folder / FILE).read_text(encoding="utf-8")
    page.goto("about:blank")
    mine.kill()

    # Where it was made, JupyterLab trusts it, and tries to show widgets that are no more.
    again = lab(mine.folder)
    page.goto(again.url(FILE))
    page.get_by_text("Error displaying widget").first.wait_for(state="attached")
    expect_readable(page)
    page.goto("about:blank")
    again.kill()

    # Where it is brought, JupyterLab does not trust it, and shows what stands for them.
    elsewhere = lab(mine.folder, JUPYTER_DATA_DIR=str(tmp_path / "data"))
    page.goto(elsewhere.url(FILE))
    page.get_by_text("Python 3 (ipykernel) | Inactif").wait_for()
    expect_readable(page)


def expect_readable(page: Page) -> None:
    notebook = page.locator(".jp-Notebook")
    for read in (
        "Copie de ada. Pour la compléter, cliquez sur ▶▶ Tout afficher.",
        "Votre réponse : Par la portée : le nombre de personnes touchées",
        "Votre réponse : 7,87 %",
        "les <b>vues</b> n’y sont pas.",
    ):
        expect(notebook.get_by_text(read).first).to_be_visible()
    expect(notebook.get_by_text(re.compile(r"^Question 1 \(2 points\)")).first).to_be_visible()
    english = notebook.get_by_text(re.compile("widget|VBox|children=|Error", re.IGNORECASE))
    expect(english.filter(visible=True)).to_have_count(0)


def test_the_settings_that_learners_get_are_taken_by_jupyterlab(
    page: Page, lab: Callable[..., Lab]
) -> None:
    mine = lab()
    page.goto(mine.url(FILE))
    page.get_by_text("Python 3 (ipykernel) | Inactif").wait_for()
    toolbar = page.locator(".jp-NotebookPanel-toolbar")
    shown = toolbar.locator("[data-jp-item-name]").evaluate_all(
        "items => items.filter(i => i.offsetWidth).map(i => i.dataset.jpItemName)"
    )
    assert shown == [
        *("save", "restart-and-run", "run", "interrupt", "spacer", "executionProgress"),
    ]
    expect(toolbar.get_by_text("Tout afficher")).to_be_visible()
    # Typed beside a field, nothing deletes, cuts, changes or restarts anything.
    cells = page.locator(".jp-Cell")
    kinds = cells.evaluate_all("cells => cells.map(c => c.className.match(/jp-\\w+Cell/)[0])")
    cells.first.locator("h1").click()
    for key in "ddxvabmyr1300":
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert kinds == cells.evaluate_all(
        "cells => cells.map(c => c.className.match(/jp-\\w+Cell/)[0])"
    )
    expect(page.get_by_text("Python 3 (ipykernel) | Inactif")).to_be_visible()
    assert json.loads((mine.folder / FILE).read_text(encoding="utf-8"))["cells"]
