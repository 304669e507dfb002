"""A worksheet in a real JupyterLab, and what a learner does there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cinqcles.worksheet.answers import newest, read_notebook
from conftest import Lab
from copies import WORKSHEET

FILE = f"exercises/{WORKSHEET}/{WORKSHEET}.ipynb"


def open_and_run(page: Page, lab: Lab, file: str = FILE, learner: str | None = "Ada") -> None:
    """Open a notebook and run it, as a learner does: one click."""
    page.goto(lab.url(file))
    run_all(page)
    if learner:
        field = page.locator(".jp-Stdin-input")
        field.fill(learner)
        field.press("Enter")
    question(page, "q1").get_by_role("checkbox").first.wait_for()


def wait_for_kernel(page: Page) -> None:
    """Wait until there is a kernel to start anew; it need not be ready."""
    page.get_by_text(re.compile(r"Python 3 \(ipykernel\) \| (?!Initialisation)")).wait_for()


def run_all(page: Page) -> None:
    """Click on « ▶▶ Tout afficher »."""
    wait_for_kernel(page)
    page.get_by_role("button", name="Tout afficher").click()


def question(page: Page, name: str) -> Locator:
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
