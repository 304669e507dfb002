"""« Ma copie »: what it says, what it gives away, what it takes back."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import nbformat
import pytest

from cinqcles import Worksheet
from cinqcles.messages import moment
from cinqcles.views import copy_panel
from cinqcles.views.copy_panel import CopyPanel
from cinqcles.views.questions import QuestionView
from cinqcles.worksheet.answers import MIME, Journal, read_notebook
from cinqcles.worksheet.copies import WIDGET_MIME
from front_end import Page, all_widgets

NAME = "feuille"
OPTIONS = {"a": "Alpha", "b": "Bêta", "c": "Gamma"}
ANSWERS: dict[str, Any] = {
    "q1": "b",
    "q2": ["a", "c"],
    "q3": "1 234,5",
    "q4": ["c", "a", "b"],
    "q5": "Parce que\u2028c’est « déjà vu »\u00a0: 😀 <b>",
    "q6": {"x": "a", "y": "b"},
    "q7": {"a": 30, "b": 70},
}


def ask(ws: Worksheet) -> dict[str, QuestionView[Any]]:
    """A question of each kind that is answered by its controls."""
    return {
        "q1": ws.choice("q1", "Laquelle ?", OPTIONS),
        "q2": ws.multiple("q2", "Lesquelles ?", OPTIONS),
        "q3": ws.number("q3", "Combien ?", unit="€"),
        "q4": ws.ranking("q4", "Dans quel ordre ?", OPTIONS),
        "q5": ws.text("q5", "Pourquoi ?", min_words=3),
        "q6": ws.classification("q6", "Où ?", {"x": "Ixe", "y": "Igrec"}, OPTIONS),
        "q7": ws.allocation("q7", "Combien ?", {"a": "Alpha", "b": "Bêta"}, 100, step=5),
    }


def answer_all(views: dict[str, QuestionView[Any]]) -> None:
    for name, view in views.items():
        view.answer = ANSWERS[name]


def values(views: dict[str, QuestionView[Any]]) -> dict[str, Any]:
    return {name: view.answer for name, view in views.items()}


def write_notebook(file: Path, names: list[str], code: str = "pass") -> None:
    """A released worksheet, as a learner receives it."""
    cells = [
        nbformat.v4.new_code_cell("ws = …"),
        nbformat.v4.new_code_cell(
            code, metadata={"nbgrader": {"grade_id": "f", "solution": True, "grade": False}}
        ),
    ]
    cells += [
        nbformat.v4.new_code_cell(f"{name} = …", metadata={"nbgrader": {"grade_id": name}})
        for name in names
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"cinqcles": {"worksheet": NAME}})
    nbformat.write(notebook, file)


@pytest.fixture
def copy_file(file: Path) -> Path:
    write_notebook(file, list(ANSWERS))
    return file


def state(panel: CopyPanel) -> str:
    text = html.unescape(re.sub("<br>", "\n", panel._state.value))
    return re.sub("<[^>]*>", "", text)


def told(panel: CopyPanel) -> list[str]:
    found = re.fullmatch(r'<div role="status">(.*)</div>', panel._told.value, re.DOTALL)
    assert found
    return [html.unescape(line) for line in found[1].split("<br>")]


def downloaded(panel: CopyPanel) -> bytes:
    """What a click on the link gives."""
    found = re.search(r'href="data:application/x-ipynb\+json;base64,([^"]*)"', panel._link.value)
    assert found
    return base64.b64decode(found[1])


def upload(panel: CopyPanel, content: bytes) -> list[str]:
    panel._upload.value = (
        {
            "name": "copie.ipynb",
            "type": "",
            "size": len(content),
            "content": memoryview(content),
            "last_modified": datetime.now(UTC),
        },
    )
    assert panel._upload.value == ()
    return told(panel)


# What it says


def test_it_counts_the_questions_as_they_come_and_the_answers_as_they_are_given(
    page: Page, copy_file: Path
) -> None:
    ws = Worksheet(NAME, learner="ada")
    assert state(ws.panel).startswith("0 réponse complète sur 0. \nAucune réponse pour l’instant.")
    views = ask(ws)
    assert state(ws.panel).splitlines()[0] == (
        "0 réponse complète sur 7. Il reste\u00a0: questions 1, 2, 3, 4, 5, 6 et 7."
    )
    views["q1"].answer = "a"
    views["q3"].answer = "douze"  # given, and not a number
    views["q4"].answer = ["a"]  # begun
    assert state(ws.panel).splitlines()[0] == (
        "1 réponse complète sur 7. Il reste\u00a0: questions 2, 3, 4, 5, 6 et 7."
    )
    answer_all({name: view for name, view in views.items() if name != "q5"})
    assert state(ws.panel).splitlines()[0] == (
        "6 réponses complètes sur 7. Il reste\u00a0: question 5."
    )
    views["q5"].answer = ANSWERS["q5"]
    assert state(ws.panel).splitlines()[0] == (
        "7 réponses complètes sur 7. Votre copie est prête à rendre."
    )
    views["q1"].answer = None
    assert "6 réponses complètes sur 7." in state(ws.panel)


def test_it_says_when_and_whether_the_file_holds_the_answers(page: Page, copy_file: Path) -> None:
    saved_at = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    os.utime(copy_file, (saved_at.timestamp(),) * 2)
    ws = Worksheet(NAME, learner="ada")
    ws.choice("q1", "Laquelle ?", OPTIONS).answer = "a"
    answered, saved = state(ws.panel).splitlines()[1].split(" Fichier ")
    assert re.match(r"Dernière réponse gardée à \d{1,2}\u00a0h\u00a0\d\d\b", answered)
    assert saved == (
        f"enregistré {moment(saved_at, zone=False)}\u00a0: vos dernières réponses y seront dans un "
        "instant."
    )
    assert "le 2 mars à " in saved
    page.save(copy_file)
    ws.panel.changed()
    assert state(ws.panel).endswith("\u00a0: il contient toutes vos réponses.")


def test_a_save_that_comes_later_is_seen_and_one_that_never_comes_is_said(
    page: Page, copy_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_panel, "PAUSE_S", 0.01)
    monkeypatch.setattr(copy_panel, "LOOKS_S", (0.05, 0.05, 0.05))

    async def work() -> None:
        ws = Worksheet(NAME, learner="ada")
        view = ws.choice("q1", "Laquelle ?", OPTIONS)
        view.answer = "a"
        await asyncio.sleep(0.04)
        assert "dans un instant" in state(ws.panel)
        page.save(copy_file)
        await asyncio.sleep(0.3)
        assert "il contient toutes vos réponses" in state(ws.panel)
        view.answer = "b"
        await asyncio.sleep(0.5)
        assert re.search(
            "⚠ Fichier enregistré .*, sans vos dernières réponses\u00a0: touches Ctrl \\+ S. La "
            "copie à télécharger, elle, les contient.",
            state(ws.panel),
        )
        assert ws.panel._timer is None or ws.panel._timer.when() < asyncio.get_running_loop().time()

    asyncio.run(work())


def test_answers_that_come_together_make_one_copy(
    page: Page, copy_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_panel, "PAUSE_S", 0.05)
    made: list[object] = []
    carry = CopyPanel._carry
    monkeypatch.setattr(CopyPanel, "_carry", lambda self, d: made.append(1) or carry(self, d))

    async def work() -> None:
        ws = Worksheet(NAME, learner="ada")
        answer_all(ask(ws))
        await asyncio.sleep(0.2)
        assert len(made) == 1
        assert values_in(downloaded(ws.panel)) == ANSWERS
        ws.panel.changed()
        await asyncio.sleep(0.2)
        assert len(made) == 1  # nothing is new: nothing is sent

    asyncio.run(work())


def test_without_a_file_the_menu_is_shown(page: Page, file: Path) -> None:
    ws = Worksheet(NAME, learner="ada")
    ws.choice("q1", "Laquelle ?", OPTIONS).answer = "a"
    assert ws.panel._link.value == ""
    assert state(ws.panel).endswith(
        "⚠ Le fichier de ce cahier n’a pas pu être lu\u00a0: touches Ctrl + S, puis menu Fichier, "
        "Télécharger."
    )


def test_without_a_server_there_is_nothing_but_whose_copy_it_is(page: Page) -> None:
    ws = Worksheet(NAME, learner="ada")
    answer_all(ask(ws))
    assert [type(each) for each in all_widgets(ws.panel._box)] == [
        widgets.VBox,
        *[widgets.HTML] * 2,
    ]
    assert (ws.panel._state.value, ws.panel._link.value) == ("", "")


def test_on_binder_it_warns(page: Page, copy_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warning = "⚠ Sur Binder, tout s’efface après une dizaine de minutes sans activité"
    assert warning not in Worksheet(NAME, learner="ada").panel._box.children[0].value
    monkeypatch.setenv("BINDER_SERVICE_HOST", "binder.example")
    assert warning in Worksheet(NAME, learner="ada").panel._box.children[0].value


def test_without_a_kernel_a_sentence_stands_for_it(page: Page, copy_file: Path) -> None:
    Worksheet(NAME, learner="O’Neil")
    shown, instead = (output["data"] for output in page.outputs)
    assert WIDGET_MIME in shown
    assert shown["text/plain"] == instead["text/plain"] == ""
    assert (
        "Copie de o&#x27;neil. Pour la compléter, cliquez sur ▶▶\u00a0Tout afficher."
        in instead["text/html"]
    )


# What it gives away


def values_in(content: bytes) -> dict[str, Any]:
    answers, problems = read_notebook(json.loads(content))
    assert problems == []
    return {answer.question: answer.value for answer in answers}


def test_the_download_is_the_notebook_with_the_answers_of_this_moment(
    page: Page, copy_file: Path
) -> None:
    ws = Worksheet(NAME, learner="Zoé Lefèvre")
    views = ask(ws)
    assert 'download="feuille-zoé-lefèvre.ipynb"' in ws.panel._link.value
    assert values_in(downloaded(ws.panel)) == dict.fromkeys(ANSWERS)
    answer_all(views)
    copy = nbformat.reads(downloaded(ws.panel).decode(), as_version=4)
    nbformat.validate(copy)
    assert values_in(downloaded(ws.panel)) == ANSWERS
    named = {cell.metadata.nbgrader.grade_id: cell for cell in copy.cells[1:]}
    for name in ANSWERS:
        assert [output.data[MIME]["question"] for output in named[name].outputs] == [name]
    assert [cell.source for cell in copy.cells[:2]] == ["ws = …", "pass"]
    assert MIME not in copy_file.read_text(encoding="utf-8")  # JupyterLab has saved nothing yet


def test_answers_whose_questions_are_not_yet_shown_go_along(page: Page, copy_file: Path) -> None:
    answer_all(ask(Worksheet(NAME, learner="ada")))
    again = Worksheet(NAME, learner="ada")
    assert values_in(downloaded(again.panel)) == ANSWERS


def test_somebody_elses_answers_do_not_go_along(page: Page, copy_file: Path) -> None:
    answer_all(ask(Worksheet(NAME, learner="bob")))
    page.save(copy_file)
    ws = Worksheet(NAME, learner="ada")
    assert "bob" in copy_file.read_text(encoding="utf-8")
    assert '"learner": "bob"' not in downloaded(ws.panel).decode()


# What it takes back


@pytest.fixture
def taken_away(page: Page, copy_file: Path) -> bytes:
    """Ada's copy, downloaded; of all she did, nothing is left here."""
    ws = Worksheet(NAME, learner="ada")
    answer_all(ask(ws))
    content = downloaded(ws.panel)
    ws._journal.path.unlink()
    page.clear()
    return content


def test_a_copy_brought_back_answers_everything(
    page: Page, copy_file: Path, taken_away: bytes
) -> None:
    ws = Worksheet(NAME, learner="ada")
    views = ask(ws)
    assert upload(ws.panel, taken_away) == [
        "✓ Repris de votre copie\u00a0: questions 1, 2, 3, 4, 5, 6 et 7."
    ]
    assert values(views) == ANSWERS
    assert {name: view._value() for name, view in views.items()} == ANSWERS
    assert page.values() == ANSWERS  # in the notebook
    assert {a.question: a.value for a in ws._journal.read()} == ANSWERS  # and on the disk
    assert "7 réponses complètes sur 7." in state(ws.panel)
    assert values(ask(Worksheet(NAME, learner="ada"))) == ANSWERS


def test_restoring_wins_over_newer_answers_and_loses_none(
    page: Page, copy_file: Path, taken_away: bytes
) -> None:
    ws = Worksheet(NAME, learner="ada")
    views = ask(ws)
    views["q1"].answer = "c"
    views["q2"].answer = ["a", "c"]
    assert upload(ws.panel, taken_away) == [
        "✓ Repris de votre copie\u00a0: questions 1, 3, 4, 5, 6 et 7.",
        "Déjà pareil ici\u00a0: question 2.",
        "Vos réponses d’avant ont été remplacées\u00a0: question 1. Pour les remettre, cliquez sur "
        "«\u00a0Annuler la reprise\u00a0».",
    ]
    assert views["q1"].answer == "b"
    assert [a.value for a in ws._journal.read() if a.question == "q1"] == ["c", "b"]
    assert ask(Worksheet(NAME, learner="ada"))["q1"].answer == "b"


def test_a_restore_is_undone_in_one_click(page: Page, copy_file: Path, taken_away: bytes) -> None:
    ws = Worksheet(NAME, learner="ada")
    views = ask(ws)
    undo = ws.panel._undo
    assert undo.layout.display == "none"
    views["q1"].answer = "c"
    upload(ws.panel, taken_away)
    assert undo.layout.display == "flex"
    undo.click()
    assert views["q1"].answer == "c"
    assert views["q3"].answer == ANSWERS["q3"]  # there was none here: it stays
    assert "✓ Vos réponses d’avant sont revenues\u00a0: question 1." in ws.panel._told.value
    assert ask(Worksheet(NAME, learner="ada"))["q1"].answer == "c"
    assert undo.description == "Reprendre la copie"  # the keyboard is still on it
    undo.click()
    assert views["q1"].answer == "b"
    assert undo.description == "Annuler la reprise"
    upload(ws.panel, taken_away)  # it replaces nothing: there is nothing to put back
    assert undo.layout.display == "none"


def test_restoring_twice_changes_nothing_more(
    page: Page, copy_file: Path, taken_away: bytes
) -> None:
    ws = Worksheet(NAME, learner="ada")
    ask(ws)
    upload(ws.panel, taken_away)
    before = ws._journal.read()
    assert upload(ws.panel, taken_away) == [
        "Déjà pareil ici\u00a0: questions 1, 2, 3, 4, 5, 6 et 7."
    ]
    assert ws._journal.read() == before


def test_an_answer_that_the_copy_has_not_stays(page: Page, copy_file: Path) -> None:
    first = Worksheet(NAME, learner="ada")
    ask(first)["q1"].answer = "b"
    content = downloaded(first.panel)
    ws = Worksheet(NAME, learner="ada")
    views = ask(ws)
    views["q2"].answer = ["b"]
    assert upload(ws.panel, content) == ["Déjà pareil ici\u00a0: question 1."]
    assert views["q2"].answer == ["b"]


def test_somebody_elses_copy_is_refused(page: Page, copy_file: Path, taken_away: bytes) -> None:
    ws = Worksheet(NAME, learner="bob", variant=0)
    views = ask(ws)
    assert upload(ws.panel, taken_away) == [
        "⚠ Cette copie est celle de «\u00a0ada\u00a0», et vous travaillez ici sous l’identifiant "
        "«\u00a0bob\u00a0». Rien n’a été repris. Si cette copie est la vôtre, corrigez d’abord "
        "votre identifiant\u00a0: bouton «\u00a0Ce n’est pas moi\u00a0»."
    ]
    assert values(views) == dict.fromkeys(ANSWERS)
    assert ws._journal.read() == []


def hostile(taken_away: bytes, changes: dict[str, Any]) -> bytes:
    """The copy, some values of which were written by hand."""
    copy = json.loads(taken_away)
    for cell in copy["cells"]:
        for output in cell["outputs"]:
            record = output["data"][MIME]
            if record["question"] in changes:
                record["value"] = changes[record["question"]]
    return json.dumps(copy).encode()


def test_values_that_no_control_could_give_are_left_aside(
    page: Page, copy_file: Path, taken_away: bytes
) -> None:
    ws = Worksheet(NAME, learner="ada")
    views = ask(ws)
    odd: dict[str, Any] = {
        "q1": ["<script>"],
        "q2": {"a": 1},
        "q3": [[]],
        "q4": "c",
        "q5": 12,
        "q6": [1],
        "q7": "tout",
    }
    assert upload(ws.panel, hostile(taken_away, odd)) == [
        "⚠ Laissé de côté, d’une forme inattendue\u00a0: questions 1, 2, 3, 4, 5, 6 et 7."
    ]
    assert values(views) == dict.fromkeys(ANSWERS)
    assert ws._journal.read() == []
    upload(ws.panel, hostile(taken_away, {"q2": ["a", "zzz"], "q1": "zzz"}))
    assert views["q2"].answer == ["a"]  # what could have been ticked
    assert views["q1"].answer is None


def test_nothing_of_a_hostile_file_is_html(page: Page, copy_file: Path, taken_away: bytes) -> None:
    copy = json.loads(taken_away)
    for n, cell in enumerate(copy["cells"]):
        for output in cell["outputs"]:
            output["data"][MIME]["question"] = f"<script>{n}"
    ws = Worksheet(NAME, learner="ada")
    ask(ws)
    upload(ws.panel, json.dumps(copy).encode())
    assert "<script>" not in ws.panel._told.value
    assert (
        "⚠ Laissé de côté, absent de cette feuille\u00a0: questions <script>" in told(ws.panel)[0]
    )
    upload(ws.panel, taken_away.replace(b'"ada"', b'"<script>"'))
    assert "<script>" not in ws.panel._told.value


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"{", b'{"cells": []}', b" " * 8_000_001])
def test_what_is_not_a_copy_is_said(page: Page, copy_file: Path, content: bytes) -> None:
    ws = Worksheet(NAME, learner="ada")
    ask(ws)
    (said,) = upload(ws.panel, content)
    assert said.startswith("⚠ Ce ")
    assert "Rien n’a été repris" in said


def test_code_is_shown_to_be_pasted_and_never_run(page: Page, copy_file: Path) -> None:
    written = "def f(x):\n    return x < 2  # é"
    write_notebook(copy_file, ["q1", "q6"], code=written)
    first = Worksheet(NAME, learner="ada")
    first.choice("q1", "?", OPTIONS).answer = "a"
    first.code("q6", "Écrivez.", lambda x: x, [((1,), 1)])._test.click()
    content = downloaded(first.panel)
    first._journal.path.unlink()
    write_notebook(copy_file, ["q1", "q6"])
    ws = Worksheet(NAME, learner="ada")
    ws.choice("q1", "?", OPTIONS)
    code = ws.code("q6", "Écrivez.", lambda x: x, [((1,), 1)])
    assert upload(ws.panel, content) == [
        "✓ Repris de votre copie\u00a0: question 1.",
        "⚠ Votre code ne se reprend pas tout seul. Le voici\u00a0: recopiez-le dans sa cellule, "
        f"puis testez-le.<pre>{written}</pre>",
    ]
    assert "x &lt; 2" in ws.panel._told.value
    assert code.answer is None


def test_a_page_reloaded_waits_to_be_shown_again(page: Page, copy_file: Path) -> None:
    ws = Worksheet(NAME, learner="ada")
    ws.panel._box._view_count = 1
    assert not ws.panel._upload.disabled
    ws.panel._box._view_count = 2
    assert ws.panel._upload.disabled
    assert told(ws.panel) == [
        "⚠ La page a été rechargée. Pour continuer, cliquez sur ▶▶\u00a0Tout afficher, en haut du "
        "cahier. Vos réponses sont conservées."
    ]


def test_what_is_being_typed_does_not_undo_what_is_restored(
    page: Page, copy_file: Path, taken_away: bytes
) -> None:
    async def work() -> None:
        ws = Worksheet(NAME, learner="ada")
        view = ask(ws)["q5"]
        view._field.value = "Je tapais"
        upload(ws.panel, taken_away)
        await asyncio.sleep(0.6)
        assert view.answer == ANSWERS["q5"]

    asyncio.run(work())


def test_a_folder_that_cannot_be_written_still_gives_a_copy(page: Page, copy_file: Path) -> None:
    (copy_file.parent / ".cinqcles").write_text("un fichier")
    ws = Worksheet(NAME, learner="ada")
    ask(ws)["q1"].answer = "b"
    assert values_in(downloaded(ws.panel))["q1"] == "b"


def test_the_times_are_those_of_the_answers(page: Page, copy_file: Path) -> None:
    ws = Worksheet(NAME, learner="ada")
    ask(ws)["q1"].answer = "b"
    (answer,) = Journal(copy_file.parent, NAME).read()
    old = answer.model_copy(update={"time": answer.time - timedelta(days=400)})
    ws._saved["q1"] = old
    ws.panel.changed()
    assert "Dernière réponse gardée le " in state(ws.panel)
