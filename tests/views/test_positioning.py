from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

from cinqcles.strategy import KEYS
from cinqcles.views import positioning as views
from cinqcles.views.positioning import Progress, TestView, entry_test, exit_test
from cinqcles.worksheet.answers import Journal
from cinqcles.worksheet.identity import WELCOME, Register
from cinqcles.worksheet.positioning import DONT_KNOW, PER_KEY, items, key_of
from front_end import Page, all_widgets, told

NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The welcome notebook at work; :func:`open_dossier` goes on with the last lesson."""
    file = tmp_path / WELCOME
    file.parent.mkdir()
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    return file


def open_dossier(lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson.with_name("06-dossier.ipynb")))


def answer(view: TestView, wrong: tuple[str, ...] = ()) -> None:
    """Tick every answer, right but for some."""
    for name, choice in items(view.question.form).items():
        option = DONT_KNOW if name in wrong else str(choice.answer)
        view._boxes[name][option].value = True


def shown(view: TestView) -> str:
    return html.unescape(
        " ".join(w.value for w in all_widgets(view._box) if isinstance(w, widgets.HTML))
    )


def test_ten_questions_each_with_five_labelled_boxes(page: Page) -> None:
    view = entry_test("Zoé")
    boxes = [w for w in all_widgets(view._box) if isinstance(w, widgets.Checkbox)]
    assert len(boxes) == 10 * 5
    assert all(box.description for box in boxes)
    for n, choice in enumerate(items("A").values(), 1):
        assert f"<strong>{n}. {choice.prompt}</strong>" in shown(view)
    assert told(view).startswith("Il reste 10 questions")


def test_a_test_is_handed_in_whole_then_kept_as_it_is(page: Page) -> None:
    view = entry_test("Zoé")
    answer(view)
    view._boxes["c1-1"][DONT_KNOW].value = True
    view._boxes["c1-1"][DONT_KNOW].value = False
    view._finish.click()
    assert view.result is None
    assert told(view).startswith("Enregistré. Il reste 1 question\u00a0: n°\u00a01.")
    answer(view, wrong=("c1-1", "c5-2"))
    assert page.values()["test"]["finished"] is False
    view._finish.click()
    assert view.result is not None
    assert view.result.scores == {1: 1, 2: 2, 3: 2, 4: 2, 5: 1}
    assert page.values()["test"]["finished"] is True
    boxes = [w for w in all_widgets(view._box) if isinstance(w, widgets.Checkbox | widgets.Button)]
    assert all(box.disabled for box in boxes)
    assert told(view) == "✓ Réponse complète, enregistrée."


def test_the_entry_test_says_where_to_take_care_and_no_answer(page: Page) -> None:
    view = entry_test("Zoé")
    answer(view, wrong=("c1-1", "c5-2"))
    view._finish.click()
    said = shown(view)
    assert (
        "Vous avez 8 bonnes réponses sur 10. Les leçons à prendre avec le plus de soin\u00a0: "
        "1 (Pourquoi), 5 (Au-delà des apparences)."
    ) in said
    assert "✗" not in said
    assert not any(verdict.value for verdict in view._verdicts.values())
    for key in KEYS:
        assert f">{key}. {KEYS[key]}</th><td>{1 if key in (1, 5) else 2} / {PER_KEY}</td>" in said


def test_the_exit_test_explains_each_answer_once_it_is_handed_in(page: Page) -> None:
    view = exit_test("Zoé")
    answer(view, wrong=("c2-2",))
    view._boxes["c4-1"]["a"].value = True  # a mistake, and not a doubt
    asked = items("B")
    assert not any(choice.why[str(choice.answer)] in shown(view) for choice in asked.values())
    view._finish.click()
    said = shown(view)
    for name, choice in asked.items():
        assert choice.why[str(choice.answer)] in said, name
    assert asked["c4-1"].why["a"] in said
    assert said.count("✗ ") == 2
    assert f"✗ La bonne réponse\u00a0: «\u00a0{asked['c2-2'].options['c']}\u00a0»." in said
    assert "Les leçons à relire\u00a0: 2 (Cohérence), 4 (Au bon endroit)." in said


@pytest.mark.parametrize("ask", [entry_test, exit_test])
def test_a_perfect_score_is_told_without_an_empty_list(page: Page, ask: Any) -> None:
    view = ask("Zoé")
    answer(view)
    view._finish.click()
    assert "Vous avez 10 bonnes réponses sur 10." in shown(view)
    assert "\u00a0: ." not in shown(view)


def test_answers_last_and_a_finished_test_stays_finished(page: Page, lesson: Path) -> None:
    view = entry_test("Zoé")
    view._boxes["c1-1"]["b"].value = True
    again = entry_test("Zoé")
    assert again._boxes["c1-1"]["b"].value is True
    answer(again)
    again._finish.click()
    last = entry_test("Zoé")
    assert last.result is not None
    assert last.result.total == 10
    assert last._finish.disabled
    assert entry_test("Ada").result is None


def test_a_copy_brings_a_test_back_once(page: Page) -> None:
    view = entry_test("Zoé")
    answer(view)
    part = {"answers": {"c1-1": "a"}, "finished": False}
    whole = {"answers": page.values()["test"]["answers"], "finished": True}
    again = entry_test("Ada")
    assert again.restore(part)
    assert again._boxes["c1-1"]["a"].value is True
    assert again.result is None
    assert not again.restore({"answers": {"c1-1": "zzz"}, "finished": True})
    assert again.restore(whole)
    assert again.result is not None
    assert again.result.total == 10
    assert again._finish.disabled
    assert "10 bonnes réponses sur 10" in shown(again)
    assert not again.restore(part)
    assert again.result.total == 10


def test_its_panel_says_that_it_is_not_graded(page: Page, lesson: Path) -> None:
    entry_test("Zoé")
    [panel] = [
        w
        for w in _instances.values()
        if getattr(w, "children", ())
        and any("Ma copie" in str(getattr(child, "value", "")) for child in w.children)
    ][-1:]
    said = html.unescape(" ".join(str(getattr(w, "value", "")) for w in all_widgets(panel)))
    assert "<strong>Ma copie</strong> · zoé · test d’entrée" in said
    assert "Ce test ne compte pas dans votre note." in said
    assert "Il reste 10 questions" in said
    assert "formateur" not in said


def test_progress_waits_for_both_tests_and_follows_the_second(
    page: Page, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Register(lesson).write("Zoé")
    entry = entry_test()
    answer(entry, wrong=("c1-1", "c1-2", "c5-2"))
    open_dossier(lesson, monkeypatch)
    leaving = exit_test()
    progress = Progress(leaving)
    assert progress.told.startswith("Votre test d’entrée est commencé, mais pas terminé.")
    entry._finish.click()
    progress.refresh()
    assert progress.told.endswith(
        "Terminez le test de sortie, ci-dessus\u00a0: la comparaison viendra ici."
    )
    assert "est retrouvé\u00a0: 7 sur 10." in progress.told
    assert progress.upload.layout.display == "none"
    answer(leaving, wrong=("c4-2",))
    leaving._finish.click()
    assert progress.table is not None
    assert progress.table["change"].tolist() == [2, 0, 0, -1, 1]
    assert progress.told == (
        "À l’entrée, 7 bonnes réponses sur 10\u00a0; à la sortie, 9. En progrès\u00a0: "
        "1. Pourquoi, 5. Au-delà des apparences. Sans changement\u00a0: 2. Cohérence, "
        "3. Pas de mode. En recul\u00a0: 4. Au bon endroit."
    )
    assert f'alt="{progress.told}"' in html.unescape(progress._shown.value)
    assert "<td>7 / 10</td><td>9 / 10</td><td>+2</td>" in progress._shown.value
    assert "<td>2 / 2</td><td>1 / 2</td><td>−1</td>" in progress._shown.value


def test_the_entry_test_may_be_in_the_saved_notebook_only(
    page: Page, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_test("Zoé")
    answer(entry)
    entry._finish.click()
    page.save(lesson)
    Journal(lesson.parent, views.ENTRY).path.unlink()
    open_dossier(lesson, monkeypatch)
    assert "10 sur 10" in Progress(exit_test("Zoé")).told


def bring(progress: Progress, content: bytes) -> None:
    progress.upload.value = (
        {"name": "x.ipynb", "type": "", "size": len(content), "content": content,
         "last_modified": NOW},
    )  # fmt: skip


def test_an_entry_test_taken_elsewhere_is_brought_in_its_notebook(
    page: Page, lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    entry = entry_test("Zoé")
    answer(entry, wrong=("c3-1",))
    entry._finish.click()
    elsewhere = tmp_path / "ailleurs.ipynb"
    page.save(elsewhere)

    open_dossier(lesson, monkeypatch)
    progress = Progress(exit_test("Zoé"))
    missing = "Votre test d’entrée n’est pas sur cette machine."
    assert progress.told.startswith(missing)
    assert "il n’y a rien à comparer" in progress.told
    assert progress.upload.layout.display == "flex"
    for content, why in [
        (b"pas du JSON", "⚠ Ce fichier ne se lit pas comme un cahier du cours."),
        (b"[" * 100_000, "⚠ Ce fichier ne se lit pas comme un cahier du cours."),
        (b"\xff", "⚠ Ce fichier ne se lit pas comme un cahier du cours."),
        (b'{"cells": 3}', "⚠ Ce cahier ne contient pas de test d’entrée."),
        (b"[1]", "⚠ Ce cahier ne contient pas de test d’entrée."),
    ]:
        bring(progress, content)
        assert progress.told.startswith(f"{why} {missing}")
    with monkeypatch.context() as small:
        small.setattr(views, "LARGEST_NOTEBOOK", 10)
        bring(progress, elsewhere.read_bytes())
    assert progress.told.startswith("⚠ Ce fichier ne se lit pas")
    bring(progress, elsewhere.read_bytes())
    assert "est retrouvé\u00a0: 9 sur 10." in progress.told
    # It is there for good.
    assert "9 sur 10" in Progress(exit_test("Zoé")).told

    other = Progress(exit_test("Ada"))
    assert other.told.startswith(missing)
    bring(other, elsewhere.read_bytes())
    assert other.told.startswith(
        "⚠ Le test d’entrée de ce cahier est celui de «\u00a0zoé\u00a0», et vous êtes "
        "«\u00a0ada\u00a0»\u00a0: il n’est pas repris. "
    )
    assert other.table is None


def test_a_forged_entry_shows_nothing_of_its_own(page: Page, lesson: Path) -> None:
    record = {
        "schema_version": 1, "worksheet": "entree", "question": "test", "learner": "zoé",
        "variant": 0, "time": "2026-01-10T10:00:00Z", "revision": 3,
        "value": {"answers": {"c1-1": "<script>"}, "finished": True, "scores": {"1": 99}},
    }  # fmt: skip
    journal = Journal(lesson.parent, views.ENTRY)
    journal.path.parent.mkdir()
    journal.path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    progress = Progress(exit_test("Zoé"))
    assert progress.told.startswith("Votre test d’entrée est commencé, mais pas terminé.")
    assert "script" not in progress._shown.value


def test_nothing_is_asked_nor_kept_outside_a_notebook(page: Page) -> None:
    progress = Progress(exit_test())
    assert progress.told.startswith("Votre test d’entrée n’est pas sur cette machine.")
    assert {key_of(name) for name in items("A")} == set(KEYS)
