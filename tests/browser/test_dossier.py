"""From the entry test to a strategy handed in, in a real JupyterLab: by keyboard, never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from cinqcles.strategy import Strategy
from cinqcles.worksheet.answers import read_notebook
from cinqcles.worksheet.dossier import example
from cinqcles.worksheet.identity import WELCOME, Register
from cinqcles.worksheet.positioning import FormName, items
from conftest import Lab

DOSSIER = "course/06-dossier.ipynb"
SHEET = "exercises/dossier/dossier.ipynb"
KEPT = "course/ma-strategie.json"


def show_all(page: Page, lab: Lab, file: str) -> None:
    page.goto(lab.url(file))
    # A click that comes before the kernel's name is known opens a choice of kernels.
    expect(page.get_by_text("Python 3 (ipykernel) | ")).to_be_visible()
    page.get_by_role("button", name="Tout afficher").click()


def take_test(page: Page, form: FormName, wrong: str) -> None:
    """Answer a test, all right but for one question."""
    for place, (name, choice) in enumerate(items(form).items()):
        if name == wrong:
            page.get_by_label("Je ne sais pas", exact=True).nth(place).check()
        else:
            page.get_by_label(choice.options[str(choice.answer)], exact=True).first.check()
    page.get_by_role("button", name="Terminer le test").click()


def test_from_the_entry_test_to_the_progress(page: Page, lab: Callable[..., Lab]) -> None:
    mine = lab()
    show_all(page, mine, WELCOME)
    field = page.locator(".jp-Stdin-input")
    field.fill("Zoé Lefèvre")
    field.press("Enter")
    take_test(page, "A", "c4-1")
    said = page.get_by_text("Vous avez 9 bonnes réponses sur 10. La leçon à prendre")
    expect(said).to_be_visible()
    show_all(page, mine, DOSSIER)
    expect(page.get_by_text("est retrouvé\u00a0: 9 sur 10.")).to_be_visible()
    take_test(page, "B", "c2-1")
    told = "À l’entrée, 9 bonnes réponses sur 10\u00a0; à la sortie, 9."
    expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()
    expect(page.get_by_role("img", name=told)).to_be_visible()


def test_a_strategy_written_by_keyboard_survives_a_power_cut(
    page: Page, lab: Callable[..., Lab], tmp_path: Path
) -> None:
    mine = lab()
    Register(mine.folder / WELCOME).write("Zoé")
    show_all(page, mine, DOSSIER)
    page.get_by_role("button", name="+ Ajouter un objectif").focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Nom court")
    expect(name).to_be_visible()
    name.focus()
    # Typed as fast as can be, from one field to the next, then the server dies.
    typed = ["Réponses", "Répondre à tous dans la journée", "Réponses en 24 h", "41,5", "85", "%"]
    for text in [*typed, "", "31/12/2027", "SAV"]:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # « Terminé »
    expect(page.get_by_role("button", name="▸ Réponses")).to_be_visible()
    # On a slow machine the last letters arrive after the click that follows them.
    for _attempt in range(50):
        [objective] = Strategy.load(mine.folder / KEPT).objectives
        if objective.owner == "SAV":
            break
        page.wait_for_timeout(200)
    mine.kill()
    [objective] = Strategy.load(mine.folder / KEPT).objectives
    assert (objective.name, objective.baseline, objective.owner) == ("Réponses", 41.5, "SAV")
    assert str(objective.deadline) == "2027-12-31"

    again = lab(mine.folder)
    show_all(page, again, DOSSIER)
    expect(page.get_by_text("Votre dossier est repris de")).to_be_visible()
    expect(page.get_by_role("button", name="▸ Réponses")).to_be_visible()
    page.get_by_role("button", name="Partir de l’exemple Maison Liseron").click()
    expect(page.get_by_text("✓ La relecture ne trouve rien à redire").last).to_be_visible()
    # The links carry the files themselves: they still do when the server is gone.
    page.wait_for_function(
        "[...document.querySelectorAll('a[download=\"ma-strategie.json\"]')]"
        ".some(link => atob(link.href.split(',')[1]).includes('Pinterest'))"
    )
    again.kill()
    for label, start in (
        ("Télécharger ma stratégie (.json)", b"{"),
        ("Le document (PDF)", b"%PDF"),
        ("Le document (page web)", b"<!DOCTYPE html>"),
    ):
        with page.expect_download() as got:
            page.get_by_role("link", name=label).click()
        content = got.value.path().read_bytes()
        assert content.lstrip().startswith(start), label


def test_the_strategy_is_handed_in_from_the_worksheet(page: Page, lab: Callable[..., Lab]) -> None:
    mine = lab()
    Register(mine.folder / WELCOME).write("Zoé")
    plan = example()
    plan.save(mine.folder / KEPT)
    show_all(page, mine, SHEET)
    take = page.get_by_role("button", name="Remettre la stratégie de mon dossier")
    take.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("✓ Réponse complète, enregistrée.")).to_be_visible()
    page.wait_for_function(  # the link is made again once answers pause
        "[...document.querySelectorAll('a[download$=\".ipynb\"]')]"
        ".some(link => atob(link.href.split(',')[1]).includes('cinqcles-strategy'))"
    )
    with page.expect_download() as got:
        page.get_by_role("link", name="Télécharger ma copie").click()
    copy: dict[str, Any] = json.loads(got.value.path().read_bytes())
    [answer] = [each for each in read_notebook(copy)[0] if each.question == "q1"]
    assert isinstance(answer.value, dict)
    assert Strategy.from_json(json.dumps(answer.value["strategy"])) == plan
