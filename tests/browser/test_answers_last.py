"""Contract 1 in a real JupyterLab: an answer given is an answer kept."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from conftest import Lab
from worksheet_page import (
    FILE,
    choose,
    expect_restored,
    open_and_run,
    question,
    run_all,
    save,
    saved,
)


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
