"""The grader's side in a real browser: nbgrader's formgrader, then the feedback page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Page, expect

from cinqcles.classroom.grade import grade
from copies import WORKSHEET, make_copy, record, submit

SCRIPTS = Path(sys.executable).parent
ESSAY = "Je garde le chat, mais j'investis dans les <b>modes d'emploi</b>.\nDécision en mars."


@pytest.fixture
def graded(course: Path) -> Path:
    """A course with one copy graded."""
    copy = make_copy("ada", {"q1": "abonnes", "q2": "12,5 %", "q5": ["gain"], "q7": ESSAY})
    assert record("ada", "q1", "x")["learner"] == "ada"
    submit(course, "ada", copy)
    grade(course, WORKSHEET)
    return course


@pytest.fixture
def formgrader(graded: Path, free_port: int) -> Iterator[str]:
    """The address of a JupyterLab in the course's folder."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            f"--ServerApp.port={free_port}",
            "--IdentityProvider.token=",
        ],
        cwd=graded,
        env=os.environ | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{free_port}"
    for _attempt in range(240):
        try:
            urlopen(f"{address}/api").close()
        except OSError:
            time.sleep(0.25)
        else:
            break
    yield address
    server.terminate()
    server.wait()


def read_feedback(page: Page, course: Path, *options: str) -> Path:
    """Make the feedback, and open it."""
    made = subprocess.run(
        [SCRIPTS / "nbgrader", "generate_feedback", WORKSHEET, *options],
        cwd=course,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    file = course / "feedback" / "ada" / WORKSHEET / f"{WORKSHEET}.html"
    page.goto(file.as_uri())
    return file


def test_a_person_grades_the_text_and_the_learner_reads_it(
    page: Page, formgrader: str, graded: Path
) -> None:
    # Before anybody has read the text, 0 is not its mark.
    read_feedback(page, graded)
    expect(page.locator(".total")).to_have_text("Note provisoire\u00a0: 1,5 point sur 20")
    expect(page.locator("header")).to_contain_text("1 question attend encore la lecture")
    expect(page.locator("section#q7 h2")).to_have_text("En attente de votre formateur, sur 4")

    page.goto(f"{formgrader}/formgrader/gradebook/{WORKSHEET}/{WORKSHEET}")
    page.get_by_role("link", name="Submission #1").click()
    shown = page.locator(".cinqcles-verdict")
    expect(shown).to_have_count(7)
    expect(shown.nth(0)).to_contain_text("Réponse\u00a0: Par le nombre d’abonnés du compte")
    expect(shown.nth(1)).to_contain_text("Réponse\u00a0: 12,5\u00a0%")
    expect(shown.nth(6)).to_contain_text("modes d'emploi</b>")
    expect(page.locator("body")).not_to_contain_text("schema_version")
    # The essay's own <b> is shown as typed; our markup is never shown as text.
    expect(page.locator("body")).not_to_contain_text(re.compile("</?(p|div|br|ul|strong)>"))

    # What is typed before nbgrader's page has fetched the grades is wiped when they arrive.
    page.wait_for_load_state("networkidle")
    box = page.locator(".nbgrader_cell", has_text="q7 = ws.text")
    box.locator("input.score").fill("3.5")
    box.locator("input.score").press("Tab")
    box.locator("textarea.comment").fill("Bien vu\u00a0; datez <i>la mesure</i>.")
    box.locator("textarea.comment").press("Tab")
    for _attempt in range(50):
        with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
            mark = gradebook.find_grade("q7", WORKSHEET, WORKSHEET, "ada")
            comment = gradebook.find_comment("q7", WORKSHEET, WORKSHEET, "ada")
            if mark.manual_score == 3.5 and comment.manual_comment:
                break
        page.wait_for_timeout(200)
    assert mark.manual_score == 3.5

    file = read_feedback(page, graded, "--force")
    expect(page.locator("h1")).to_have_text(
        "Clé 5 · Au-delà des apparences\u00a0: la feuille notée"
    )
    expect(page.locator(".total")).to_have_text("5 points sur 20")
    expect(page.locator("header")).not_to_contain_text("attend")
    expect(page.locator("section#q1")).to_contain_text("Par le nombre d’abonnés du compte")
    expect(page.locator("section#q1 h2")).to_have_text("0 sur 2")
    expect(page.locator("section#q7 h2")).to_have_text("3,5 sur 4")
    expect(page.locator("section#q7 .comment")).to_contain_text("datez <i>la mesure</i>")
    html = file.read_text(encoding="utf-8")
    assert "<b>modes" not in html
    for hidden in ("portee", "Case(", "hidden", "Traceback", "corrige", "une petite dépense"):
        assert hidden not in html
