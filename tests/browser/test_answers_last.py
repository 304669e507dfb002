"""Contract 1 in a real JupyterLab: an answer given is an answer kept."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cinqcles.worksheet.answers import newest, read_notebook
from conftest import Lab
from copies import WORKSHEET

FILE = f"exercises/{WORKSHEET}/{WORKSHEET}.ipynb"


def open_and_run(page: Page, lab: Lab, file: str = FILE, learner: str | None = "Ada") -> None:
    """Open a notebook and run it, as a learner does: one click."""
    page.goto(lab.url(file))
    page.get_by_text("Python 3 (ipykernel) | Inactif").wait_for()
    run_all(page)
    if learner:
        field = page.locator(".jp-Stdin-input")
        field.fill(learner)
        field.press("Enter")
    question(page, "q1").get_by_role("checkbox").first.wait_for()


def run_all(page: Page) -> None:
    page.get_by_role("button", name="Tout afficher").click()


def question(page: Page, name: str) -> Any:
    number = name.removeprefix("q")
    return page.locator(".cinqcles", has_text=f"Question {number} ")


def choose(page: Page) -> None:
    question(page, "q1").get_by_label("Par la portée").check()


def save(page: Page, lab: Lab, file: str = FILE) -> None:
    before = (lab.folder / file).stat().st_mtime_ns
    page.get_by_role("button", name="Enregistrer").first.click()
    for _attempt in range(100):
        page.wait_for_timeout(100)
        written = (lab.folder / file).stat().st_mtime_ns != before
        if written and is_whole(lab.folder / file):
            return
    pytest.fail("JupyterLab did not save")


def is_whole(file: Path) -> bool:
    """Whether JupyterLab is done writing a notebook."""
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def saved(file: Path) -> dict[str, Any]:
    answers, problems = read_notebook(json.loads(file.read_text(encoding="utf-8")))
    assert problems == []
    return {name: answer.value for name, answer in newest(answers).items() if answer.revision}


def expect_restored(page: Page) -> None:
    expect(question(page, "q1").get_by_label("Par la portée")).to_be_checked()


def test_every_kind_of_answer_is_saved_and_restored(
    page: Page, lab: Callable[..., Lab], tmp_path: Path
) -> None:
    mine = lab()
    open_and_run(page, mine)
    choose(page)
    question(page, "q2").get_by_label("Votre réponse (en %)").fill("7,87")
    places = question(page, "q4").get_by_role("textbox")
    for place in range(4):
        places.nth(place).fill(str(4 - place))
    question(page, "q5").get_by_label("Au moins une vidéo").check()
    question(page, "q7").get_by_label("Votre réponse").fill("Je déconseille « tout sur le chat ».")
    question(page, "q6").get_by_role("button", name="Tester ma fonction").click()
    expect(question(page, "q7").get_by_role("status")).to_contain_text("Enregistré.")
    save(page, mine)
    given = saved(mine.folder / FILE)
    assert given["q1"] == "portee"
    assert given["q2"] == "7,87"
    assert len(given["q4"]) == 4
    assert given["q5"] == ["gain"]
    assert given["q7"] == "Je déconseille « tout sur le chat »."
    assert given["q6"] == [None, None]

    # The lone file, elsewhere, without its journal, on a server that knows nobody.
    mine.kill()
    elsewhere = tmp_path / "ailleurs"
    target = elsewhere / "exercises" / "recu-par-courriel.ipynb"
    target.parent.mkdir(parents=True)
    shutil.copy(mine.folder / FILE, target)
    other = lab(elsewhere)
    open_and_run(page, other, "exercises/recu-par-courriel.ipynb", learner=None)
    expect_restored(page)
    expect(question(page, "q2").get_by_label("Votre réponse (en %)")).to_have_value("7,87")
    for place in range(4):
        typed = question(page, "q4").get_by_role("textbox").nth(place)
        expect(typed).to_have_value(str(4 - place))
    expect(question(page, "q5").get_by_label("Au moins une vidéo")).to_be_checked()
    expect(question(page, "q7").get_by_label("Votre réponse")).to_have_value(
        "Je déconseille « tout sur le chat »."
    )


def test_closed_reopened_restarted_renamed(page: Page, lab: Callable[..., Lab]) -> None:
    mine = lab()
    open_and_run(page, mine)
    choose(page)
    expect(question(page, "q1").get_by_role("status")).to_have_text(
        "✓ Réponse complète, enregistrée."
    )
    save(page, mine)

    # The page closed and opened again: the widget lives on, and says that it must be run again.
    page.goto("about:blank")
    page.goto(mine.url(FILE))
    expect(question(page, "q1").get_by_role("status")).to_contain_text("La page a été rechargée")
    expect(question(page, "q1").get_by_role("checkbox").first).to_be_disabled()

    # The kernel restarted and the cells run again.
    run_all(page)
    expect(question(page, "q1").get_by_role("checkbox").first).to_be_enabled()
    expect_restored(page)

    # The file renamed, its kernel still running under the old name, then started anew.
    renamed = mine.folder / Path(FILE).with_name("ma copie.ipynb")
    save(page, mine)
    mine.kill()
    (mine.folder / FILE).rename(renamed)
    again = lab(mine.folder)
    open_and_run(page, again, str(renamed.relative_to(mine.folder)), learner=None)
    expect_restored(page)


def test_killed_before_any_save(page: Page, lab: Callable[..., Lab]) -> None:
    mine = lab()
    open_and_run(page, mine)
    save(page, mine)
    choose(page)
    time.sleep(0.2)
    mine.kill()
    assert "q1" not in saved(mine.folder / FILE)
    page.goto("about:blank")
    again = lab(mine.folder)
    open_and_run(page, again, learner=None)
    expect_restored(page)
