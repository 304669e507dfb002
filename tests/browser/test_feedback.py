"""A hostile copy, really graded, then its learner's page in a real Chromium: all of it is text."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import ClassVar

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from cinqcles.classroom.feedback import feedback
from cinqcles.classroom.grade import grade
from cinqcles.views.feedback import Sheet, to_html
from copies import WORKSHEET, cell_of, make_copy, submit

LEARNER = "o'hara@exemple"
ATTACKS = {
    "script": "<script>window.__owned = 1; alert(1)</script>",
    "image": "<img src='http://127.0.0.1:9/a.png' onerror='window.__owned = 1'>",
    "iframe": "<iframe src='javascript:parent.__owned = 1'></iframe>",
    "frame of text": "<iframe srcdoc='<script>parent.__owned = 1</script>'></iframe>",
    "svg": "<svg onload='window.__owned = 1'><script>window.__owned = 1</script></svg>",
    "link": "<a href='javascript:window.__owned = 1'>cliquez</a>",
    "refresh": "<meta http-equiv='refresh' content='0;url=http://127.0.0.1:9/'>",
    "base": "<base href='http://127.0.0.1:9/'><form action='/'><button>Envoyer</button></form>",
    "style": "<style>@import 'http://127.0.0.1:9/a.css'; body {background: url(http://127.0.0.1:9/)}",
    "markdown": "[cliquez](javascript:window.__owned=1) ![x](http://127.0.0.1:9/b.png)",
    "template": "{{ 7 * 7 }}{% include '/etc/passwd' %}",
}
ALL = "</style></code></pre></dd></section>" + "".join(ATTACKS.values())
ESSAY = f"{ALL}\n\x00\x1b[2J\u202eesrever\u202c\n" + "é" * 40_000
CODE = f'def cout_par_seconde(depense_eur, secondes):\n    """{ALL}\u202e"""\n    return {ALL!r}'


class Probe:
    """What a page does beyond being read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        page.on("request", lambda r: self.seen.append(f"request {r.url}"))
        page.on("dialog", lambda d: (self.seen.append(f"dialog {d.message}"), d.dismiss()))
        page.on("popup", lambda p: self.seen.append(f"popup {p.url}"))
        page.on("framenavigated", lambda f: self.seen.append(f"navigation {f.url}"))

    def done_by(self, file: Path) -> list[str]:
        """What happened while a page was opened, read to its end, and each of its links clicked."""
        self.page.goto(file.as_uri())
        for link in self.page.locator("a").all():
            link.click()
        self.page.mouse.wheel(0, 100_000)
        self.page.wait_for_timeout(500)
        own = (f"request {file.as_uri()}", f"navigation {file.as_uri()}")
        happened = [each for each in self.seen if not each.partition("#")[0].startswith(own)]
        if self.page.evaluate("window.__owned"):
            happened.append("script")
        self.seen.clear()
        return happened


@pytest.fixture
def graded(course: Path) -> Path:
    """A course with one copy, graded, that tries everything wherever a copy can hold something."""
    answers = {"q1": ALL, "q2": ALL, "q4": [ALL], "q5": [ALL], "q7": ESSAY}
    copy = make_copy(LEARNER, answers, CODE)
    data = {
        "text/html": ALL,
        "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{ALL}</svg>",
        "application/javascript": "window.__owned = 1",
        "text/markdown": ALL,
        "text/plain": ALL,
    }
    for each in copy.cells:
        if each.cell_type == "code":
            each.outputs.append(nbformat.v4.new_output("display_data", data=data))
            each.outputs.append(nbformat.v4.new_output("stream", name="stderr", text=ALL))
    cell_of(copy, "q3").source = ALL  # put back by the grader, which says so
    copy.cells.insert(0, nbformat.v4.new_markdown_cell(f"# {ALL}"))
    copy.cells.append(nbformat.v4.new_code_cell(ALL))
    copy.metadata["title"] = ALL
    copy.metadata["cinqcles"]["verdicts"] = {"q1": {"reason": ALL}}
    submit(course, LEARNER, copy)
    [result] = grade(course, WORKSHEET)
    assert result.score is not None, result.notes
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_comment("q7", WORKSHEET, WORKSHEET, LEARNER).manual_comment = ALL
        book.db.commit()
    return course


def page_of(course: Path) -> Path:
    made = feedback(course)
    assert made.left == []
    return course / "feedback" / LEARNER / f"resultats-{LEARNER}.html"


def barriers(page: Page) -> list[str]:
    """All that axe-core finds, however small."""
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("name", ["script", "image", "iframe", "svg", "link", "refresh"])
def test_the_probe_sees_what_is_not_text(page: Page, tmp_path: Path, name: str) -> None:
    bare = tmp_path / "nu.html"
    bare.write_text(f"<!DOCTYPE html><body>{ATTACKS[name]}", encoding="utf-8")
    assert Probe(page).done_by(bare) != []


def test_a_hostile_copy_is_read_and_does_nothing(page: Page, graded: Path) -> None:
    probe = Probe(page)
    file = page_of(graded)
    assert probe.done_by(file) == []
    assert len(page.frames) == 1
    assert page.locator("script, img, svg, iframe, form, base, link, object, embed").count() == 0
    assert page.locator("h1").all_inner_texts() == ["Vos résultats"]
    expect(page.locator("main")).to_contain_text("7 * 7")
    shown = page.locator("section", has=page.get_by_role("heading", name="Question 7")).last
    expect(shown.locator(".answer")).to_contain_text(ATTACKS["script"])
    expect(shown.locator(".answer")).to_contain_text("é" * 40_000)
    expect(shown.locator(".answer")).to_contain_text("\ufffd\ufffd[2J\ufffdesrever\ufffd")
    expect(shown.locator(".comment")).to_contain_text(ATTACKS["svg"])
    expect(page.locator("pre code")).to_contain_text(ATTACKS["iframe"])
    expect(page.get_by_text("La cellule «\u00a0q3\u00a0» a été modifiée")).to_be_visible()

    # nbgrader's own page of the same copy, with our template.
    done = subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "generate_feedback", WORKSHEET],
        cwd=graded,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    stock = graded / "feedback" / LEARNER / WORKSHEET / f"{WORKSHEET}.html"
    assert probe.done_by(stock) == []
    assert page.locator("script, img, svg, iframe, form, base, link, object, embed").count() == 0


class Listener(BaseHTTPRequestHandler):
    """Keeps the path of each request that does reach it."""

    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_error(404)

    def log_message(self, *_said: object) -> None:
        """Nothing in the tests' output."""


@pytest.fixture
def listener() -> Iterator[str]:
    """The address of a server that hears what is asked of it."""
    Listener.heard.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_policy_stops_what_would_have_slipped_in(
    page: Page, listener: str, tmp_path: Path
) -> None:
    sheet = Sheet("Clé 5", earned=0, penalty=0, score=0, points=2, problems=(), questions=())
    html = to_html("ada", [sheet]).replace("<main>", f"<main>{ALL}")
    html = html.replace("http://127.0.0.1:9/", f"{listener}/").replace("http-equiv='refresh'", "")
    policy = re.compile('<meta http-equiv="Content-Security-Policy"[^>]*>')
    for name, content in (("sans", policy.sub("", html, count=1)), ("avec", html)):
        file = tmp_path / f"{name}.html"
        file.write_text(content, encoding="utf-8")
        page.goto(file.as_uri())
        page.wait_for_timeout(500)
        assert page.locator("main img").count() > 0  # it did slip in
        assert bool(page.evaluate("window.__owned")) is (name == "sans")
        assert {"/a.png", "/a.css"} <= set(Listener.heard) or name == "avec"
        assert not Listener.heard or name == "sans"
        Listener.heard.clear()


def test_the_page_can_be_read_by_everybody(browser: Browser, graded: Path) -> None:
    file = page_of(graded)
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light")):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR"
        )
        page = context.new_page()
        page.goto(file.as_uri())
        assert barriers(page) == [], (width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        if width == 1280 and scheme == "light":
            pages = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
            sizes = {tuple(round(float(x) / 72 * 25.4) for x in p.mediabox[2:]) for p in pages}
            assert sizes == {(210, 297)}
            assert "Vos résultats" in pages[0].extract_text()
        context.close()
