"""Every notebook of the course in a real JupyterLab: whole, in French, and open to everyone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from cinqcles.worksheet.identity import WELCOME, Register
from conftest import Lab
from copies import COURSE

LESSONS = sorted(file.stem for file in COURSE.glob("course/*.ipynb"))
WORKSHEETS = sorted(file.stem for file in COURSE.glob("exercises/*/*.ipynb"))
ENGLISH = re.compile(
    r"Traceback|Error displaying widget|Loading widget|Error creating|A Jupyter widget"
    r"|Upload \(|No file|Run Command|Javascript Error|Deprecat|Warning:|\bnan\b|\bNone\b"
)
FINISHED = """() => {
    const status = document.querySelector("#jp-main-statusbar").innerText;
    const rests = document.querySelector(".jp-OutputArea-output") && status.includes("| Inactif");
    window.resting = rests ? window.resting || Date.now() : 0;
    return rests && Date.now() - window.resting > 2000;
}"""
SHOTS = os.environ.get("CINQCLES_SCREENSHOTS")  # a folder, for who wants to look


@pytest.fixture(scope="module")
def mine(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all of them."""
    lab = Lab(tmp_path_factory.mktemp("cours") / "travail", {})
    # Who one is is asked once a workspace, by the first notebook that wants to know.
    Register(lab.folder / WELCOME).write("Ada")
    yield lab
    lab.kill()


def opened(page: Page, lab: Lab, file: str) -> Locator:
    """Open a notebook and make it usable, as a learner does."""
    page.goto(lab.url(file))
    page.get_by_text("Python 3 (ipykernel) | Inactif").wait_for()
    page.get_by_role("button", name="Tout afficher").click()
    # The status bar says « Inactif » before the restart too, and between two cells: all has run
    # once something is shown and it has said so for a while.
    page.wait_for_function(FINISHED, timeout=180_000)
    return page.locator(".jp-Notebook")


def read_to_the_end(page: Page, notebook: Locator) -> str:
    """All that a notebook shows, scrolled through: JupyterLab draws what is in view."""
    seen: list[str] = []
    scroller = notebook.locator(".jp-WindowedPanel-outer").first
    while True:
        seen.append(notebook.inner_text())
        moved = scroller.evaluate(
            "e => {const y = e.scrollTop; e.scrollBy(0, 500); return e.scrollTop - y}"
        )
        page.wait_for_timeout(120)
        assert (
            notebook.locator('[data-mime-type$="error"], [data-mime-type$="stderr"]').count() == 0
        )
        if moved < 1:
            return "\n".join(seen)


def predict(page: Page) -> None:
    """Go through the first step of each simulator in view, so that all of it is shown."""
    for button in page.get_by_role("button", name="Valider ma prédiction").all():
        simulator = page.locator(".cinqcles").filter(has=button).last
        for choice in simulator.get_by_label("Ma prédiction").all():
            if choice.evaluate("e => e.tagName") == "SELECT":
                choice.select_option(index=1)
            elif choice.get_attribute("type") == "text":
                choice.fill("50")
        button.click()


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical inside our widgets."""
    found = Axe().run(page, context={"include": [[".cinqcles"]]})
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def walk(page: Page, notebook: Locator, name: str) -> list[str]:
    """Show each widget in turn, and gather what is in somebody's way."""
    found: set[str] = set()
    assert page.locator(".cinqcles").count() > 0
    for number in range(page.locator(".cinqcles").count()):
        widget = page.locator(".cinqcles").nth(number)
        widget.scroll_into_view_if_needed()
        predict(page)
        look(page, f"{name}-{number:02d}")
        found.update(barriers(page))
    return sorted(found)


def test_a_click_in_the_first_moment_is_not_lost(mine: Lab, page: Page) -> None:
    page.goto(mine.url(f"course/{LESSONS[-1]}.ipynb"))
    page.get_by_role("button", name="Tout afficher").click()  # before there is a kernel
    page.wait_for_function(FINISHED, timeout=180_000)
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".cinqcles").count() > 0


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_from_top_to_bottom(name: str, mine: Lab, page: Page) -> None:
    notebook = opened(page, mine, f"course/{name}.ipynb")
    look(page, name)
    text = read_to_the_end(page, notebook)
    assert ENGLISH.findall(text) == []
    assert len(text) > 2_000
    assert walk(page, notebook, name) == []


@pytest.mark.parametrize("name", WORKSHEETS)
def test_a_worksheet_shows_its_questions(name: str, mine: Lab, page: Page) -> None:
    notebook = opened(page, mine, f"exercises/{name}/{name}.ipynb")
    look(page, name)
    text = read_to_the_end(page, notebook)
    assert ENGLISH.findall(text) == []
    assert "Question 1" in text
    assert walk(page, notebook, name) == []
