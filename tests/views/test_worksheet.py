"""A worksheet in a notebook: what is shown, what is kept, what comes back."""

from __future__ import annotations

import asyncio
import builtins
import html
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import nbformat
import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from nbclient import NotebookClient
from pydantic import ValidationError

from cinqcles import Worksheet
from cinqcles.errors import WorksheetError
from cinqcles.views import questions
from cinqcles.views.controls import STYLE
from cinqcles.views.questions import RESULTS_MIME, QuestionView
from cinqcles.views.worksheet import REFERENCE_MIME, opened
from cinqcles.worksheet.answers import LONGEST_VALUE, MIME, Answer, Journal
from cinqcles.worksheet.identity import WELCOME, Register, seed_of, variant_of
from cinqcles.worksheet.questions import (
    Case,
    ChoiceField,
    DateField,
    NumberField,
    TextField,
    load_reference,
)
from front_end import Page, all_widgets, told

NAME = "feuille"
OPTIONS = {"a": "Alpha", "b": "Bêta <b>", "c": "Gamma"}
PAUSE_S = 0.05


def ask(ws: Worksheet) -> dict[str, QuestionView[Any]]:
    """A question of each kind."""
    return {
        "q1": ws.choice("q1", "Laquelle ?", OPTIONS),
        "q2": ws.multiple("q2", "Lesquelles ?", OPTIONS),
        "q3": ws.number("q3", "Combien ?", unit="€"),
        "q4": ws.ranking("q4", "Dans quel ordre ?", OPTIONS),
        "q5": ws.text("q5", "Pourquoi ?", min_words=3),
        "q6": ws.code("q6", "Écrivez.", lambda x: 2 * x, [((1,), 2), ((4,), 8)]),
        "q7": ws.classification("q7", "Qui ?", OPTIONS, {"x": "<i>", "y": "Ygrec"}),
        "q8": ws.allocation("q8", "Combien ?", OPTIONS, total=9000, step=100),
        "q9": ws.form("q9", "Remplissez.", FIELDS),
    }


FIELDS = [
    TextField(id="a", label="Énoncé", rows=2),
    NumberField(id="b", label="Cible", unit="h"),
    DateField(id="c", label="Échéance"),
    ChoiceField(id="d", label="Équipe <b>", options={"x": "<i>", "y": "Ygrec"}),
    TextField(id="e", label="Remarque", optional=True),
]

ANSWERS: dict[str, Any] = {
    "q1": "b",
    "q2": ["a", "c"],
    "q3": "1 234,5",
    "q4": ["c", "a", "b"],
    "q5": "Parce que\u2028c'est déjà « vu ».",
    "q6": [2, 8],
    "q7": {"a": "y", "b": "x", "c": "x"},
    "q8": {"a": 3000, "b": 1500.5, "c": 4499.5},
    "q9": {"a": "Répondre", "b": "2,5", "c": "31/12/2026", "d": "y"},
}


def click(view: Any) -> None:
    """Answer as :data:`ANSWERS`, by the controls."""
    match view:
        case questions.ChoiceView():
            view._boxes["b"].value = True
        case questions.MultipleView():
            view._boxes["a"].value = True
            view._boxes["c"].value = True
        case questions.NumberView() | questions.TextView():
            view._field.value = ANSWERS[view.question.id]
        case questions.RankingView():
            for place, item in enumerate(["c", "a", "b"], start=1):
                view._places[item].value = str(place)
        case questions.CodeView():
            view._test.click()
        case questions.ClassificationView():
            for item, category in ANSWERS["q7"].items():
                view._boxes[item][category].value = True
        case questions.AllocationView():
            for part, typed in {"a": "3 000", "b": "1500,50", "c": "4499.5 €"}.items():
                view._fields[part].value = typed
        case questions.FormView():
            view._boxes["d"]["y"].value = True
            for field in "abc":
                view._fields[field].value = ANSWERS["q9"][field]


def shown_value(view: Any) -> Any:
    """What the controls show."""
    return None if isinstance(view, questions.CodeView) else view._value()


def header(page: Page) -> widgets.VBox:
    view = page.outputs[0]["data"]["application/vnd.jupyter.widget-view+json"]
    found = _instances[view["model_id"]]
    assert isinstance(found, widgets.VBox)
    return found


def header_text(page: Page) -> str:
    return str(header(page).children[0].value).removeprefix(STYLE)


# An answer is data, in the notebook


def test_a_question_shows_its_widget_and_under_it_its_answer(page: Page) -> None:
    ws = Worksheet(NAME, learner="Zoé")
    ws.choice("q1", "Laquelle ?", OPTIONS)
    # The panel and what stands for it without a kernel; the widget, the answer.
    assert len(page.outputs) == 4
    widget, answer = page.outputs[2:]
    assert "application/vnd.jupyter.widget-view+json" in widget["data"]
    assert widget["data"]["text/plain"] == ""  # and no Python, where widgets are not shown
    assert answer["display_id"]
    assert answer["data"]["text/plain"] == "Pas encore de réponse."
    assert answer["data"]["text/html"].endswith(
        '<div class="cinqcles-asleep"><strong class="mathjax_ignore">Laquelle ?</strong>'
        '<div class="mathjax_ignore">Pas encore de réponse.</div></div>'
    )
    record = Answer.model_validate(answer["data"][MIME])
    assert (record.worksheet, record.question, record.learner) == (NAME, "q1", "zoé")
    assert (record.variant, record.value, record.revision) == (variant_of(NAME, "zoé"), None, 0)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_click_updates_the_answer_where_it_stands(page: Page, name: str) -> None:
    view = ask(Worksheet(NAME, learner="ada"))[name]
    before = len(page.outputs)
    click(view)
    assert len(page.outputs) == before
    assert page.values()[name] == ANSWERS[name]
    assert view.answer == ANSWERS[name]
    assert {k: v for k, v in page.values().items() if k != name} == dict.fromkeys(
        set(ANSWERS) - {name}
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_setting_an_answer_answers_as_a_click_would(page: Page, name: str) -> None:
    view = ask(Worksheet(NAME, learner="ada"))[name]
    view.answer = ANSWERS[name]
    assert page.values()[name] == ANSWERS[name]
    assert page.updates == 1
    assert shown_value(view) == (None if name == "q6" else ANSWERS[name])


def test_the_answer_reads_as_a_sentence(page: Page) -> None:
    for view in ask(Worksheet(NAME, learner="ada")).values():
        click(view)
    assert [data["text/plain"] for data in page.bundles()] == [
        "Votre réponse\u00a0: Bêta <b>",
        "Votre réponse\u00a0: Alpha\u00a0; Gamma",
        "Votre réponse\u00a0: 1\u202f234,5\u00a0€",
        "Votre réponse\u00a0: 1. Gamma\u00a0; 2. Alpha\u00a0; 3. Bêta <b>",
        "Votre réponse\u00a0: Parce que\u2028c'est déjà « vu ».",
        "Votre réponse\u00a0: (1) → 2\u00a0; (4) → 8",
        "Votre réponse\u00a0:\n1. Alpha → Ygrec\n2. Bêta <b> → <i>\n3. Gamma → <i>",
        "Votre réponse\u00a0:\nAlpha\u00a0: 3\u202f000\u00a0€\n"
        "Bêta <b>\u00a0: 1\u202f500,5\u00a0€\nGamma\u00a0: 4\u202f499,5\u00a0€",
        "Votre réponse\u00a0:\nÉnoncé\u00a0: Répondre\nCible\u00a0: 2,5\u00a0h\n"
        "Échéance\u00a0: 31/12/2026\nÉquipe <b>\u00a0: Ygrec",
    ]


def test_every_change_has_its_revision_and_its_time(page: Page) -> None:
    view = Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS)
    for value in ("a", "b", "b", "a"):
        view.answer = value
    record = Answer.model_validate(page.bundles()[0][MIME])
    assert (record.value, record.revision, page.updates) == ("a", 3, 3)
    assert abs(record.time - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_answer_can_be_taken_back(page: Page) -> None:
    ws = Worksheet(NAME, learner="ada")
    ticks, number = ws.multiple("q2", "?", OPTIONS), ws.number("q3", "?")
    ticks._boxes["a"].value = True
    ticks._boxes["a"].value = False
    number._field.value = "3"
    number._field.value = "  "
    assert page.values() == {"q2": None, "q3": None}
    assert told(ticks) == "Enregistré. Cochez au moins une case."
    assert told(number) == "Enregistré. Tapez un nombre."


def test_what_is_checked_at_once_is_said(page: Page) -> None:
    views_ = ask(Worksheet(NAME, learner="ada"))
    assert [told(view) for view in views_.values()] == [
        "Choisissez une réponse.",
        "Cochez au moins une case.",
        "Tapez un nombre.",
        "Il reste 3 places à remplir.",
        "Écrivez votre réponse.",
        "Écrivez votre fonction dans la cellule au-dessus, puis testez-la.",
        "Choisissez une catégorie pour chacune des 3 lignes.",
        "Répartissez 9\u202f000\u00a0€.",
        "À remplir\u00a0: «\u00a0Énoncé\u00a0», «\u00a0Cible\u00a0», «\u00a0Échéance\u00a0», "
        "«\u00a0Équipe <b>\u00a0».",
    ]
    views_["q3"].answer = "douze"
    assert told(views_["q3"]) == (
        "Enregistré. «\u00a0douze\u00a0» n’est pas lu comme un nombre. "
        "Écrivez par exemple 1\u202f234,5\u00a0€."
    )
    for view in views_.values():
        click(view)
        assert told(view) == "✓ Réponse complète, enregistrée."


def test_a_place_given_twice_is_told_and_kept(page: Page, file: Path) -> None:
    view = Worksheet(NAME, learner="ada").ranking("q4", "Dans quel ordre ?", OPTIONS)
    typed = dict(zip(OPTIONS, ["2", "2", "premier"], strict=False))
    for item, place in typed.items():
        view._places[item].value = place
        view._record_now()
    assert page.values() == {"q4": typed}
    assert told(view) == (
        f"Enregistré. «\u00a0premier\u00a0» n’est pas une place\u00a0: tapez un nombre de 1 à "
        f"{len(OPTIONS)}. La place 2 est donnée à plusieurs lignes."
    )
    page.save(file)
    again = Worksheet(NAME, learner="ada").ranking("q4", "Dans quel ordre ?", OPTIONS)
    assert {item: again._places[item].value for item in typed} == typed


# What can be an answer


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float64(1.5), 1.5),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array([1, 2]), [1, 2]),
        (pd.Series(["a", "b"]), ["a", "b"]),
        (pd.Index(["a", "b"]), ["a", "b"]),
        (("a", np.int64(1), None), ["a", 1, None]),
    ],
)
def test_numpy_and_pandas_values_are_answers(page: Page, value: Any, kept: Any) -> None:
    view = Worksheet(NAME, learner="ada").number("q3", "Combien ?")
    view.answer = value
    assert view.answer == kept
    assert type(view.answer) is type(kept)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (np.float64("nan"), "nan"),
        ([1.0, [-math.inf]], "-inf"),
        (1j, "1j"),
        ({"a": 1}, "{'a': 1}"),
        ({1}, "{1}"),
        (b"a", "b'a'"),
        (pd.Timestamp("2026-01-01"), "Timestamp('2026-01-01 00:00:00')"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(page: Page, value: Any, written: str) -> None:
    view = Worksheet(NAME, learner="ada").number("q3", "Combien ?")
    with pytest.raises(WorksheetError) as refused:
        view.answer = value
    assert str(refused.value) == (
        f"La valeur {written} ne peut pas être une réponse\u00a0: donnez un nombre, un texte ou "
        "une liste."
    )
    assert page.values() == {"q3": None}


@pytest.mark.parametrize("typed", ["x" * LONGEST_VALUE, "emoji coupé \ud83d"])
def test_a_text_that_cannot_be_kept_is_said_and_the_last_one_stays(
    page: Page, file: Path, typed: str
) -> None:
    view = Worksheet(NAME, learner="ada").text("q5", "Pourquoi ?")
    view._field.value = "Parce que."
    view._field.value = typed
    assert told(view) == (
        "⚠ Cette réponse n’est pas enregistrée\u00a0: elle est trop longue, ou elle contient un "
        "caractère illisible. La précédente est conservée."
    )
    assert page.values() == {"q5": "Parce que."}
    view._field.value = "Parce que oui."
    assert page.values() == {"q5": "Parce que oui."}
    assert told(view) == "✓ Réponse complète, enregistrée."
    assert [a.value for a in Journal(file.parent, NAME).read()] == ["Parce que.", "Parce que oui."]


# What comes back


def test_without_a_notebook_nothing_is_written(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for session in (None, "", "console-1-4f2a", "feuille.ipynb", str(tmp_path / "script.py")):
        if session is not None:
            monkeypatch.setenv("JPY_SESSION_NAME", session)
        for view in ask(Worksheet(NAME)).values():
            click(view)
    assert list(tmp_path.iterdir()) == []


def test_a_change_is_in_the_journal_before_anything_is_saved(page: Page, file: Path) -> None:
    views_ = ask(Worksheet(NAME, learner="ada"))
    for view in views_.values():
        click(view)
    journal = Journal(file.parent, NAME).read()
    assert {a.question: a.value for a in journal} == ANSWERS
    assert {a.learner for a in journal} == {"ada"}


@pytest.mark.parametrize("kept", ["journal", "notebook", "both"])
def test_answers_come_back(page: Page, file: Path, kept: str) -> None:
    for view in ask(Worksheet(NAME, learner="ada")).values():
        click(view)
    if kept != "journal":
        page.save(file)
    if kept == "notebook":
        Journal(file.parent, NAME).path.unlink()
    page.clear()
    again = ask(Worksheet(NAME, learner="ada"))
    assert page.values() == ANSWERS
    assert page.updates == 0
    assert {name: view.answer for name, view in again.items()} == ANSWERS
    shown = {name: shown_value(view) for name, view in again.items()}
    assert shown == ANSWERS | {"q6": None}
    assert all(told(view) == "✓ Réponse complète, enregistrée." for view in again.values())


def test_the_newest_of_notebook_and_journal_comes_back(page: Page, file: Path) -> None:
    view = Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS)
    view.answer = "a"
    page.save(file)
    view.answer = "b"  # never saved: the browser died
    assert Worksheet(NAME, learner="ada").choice("q1", "?", OPTIONS).answer == "b"


def test_a_notebook_brought_from_elsewhere_fills_the_journal_once(page: Page, file: Path) -> None:
    Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS).answer = "a"
    page.save(file)
    journal = Journal(file.parent, NAME)
    before = journal.read()
    journal.path.unlink()
    for _ in range(3):
        Worksheet(NAME, learner="ada")
    assert journal.read() == before


def test_a_blank_copy_given_again_does_not_hide_the_answers(page: Page, file: Path) -> None:
    Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS).answer = "a"
    page.clear()
    page.save(file)
    assert Worksheet(NAME, learner="ada").choice("q1", "?", OPTIONS).answer == "a"


@pytest.mark.parametrize("name", ANSWERS)
def test_running_the_cell_again_keeps_the_answer(page: Page, name: str) -> None:
    # Without a journal, and without running the cell of the worksheet again.
    ws = Worksheet(NAME, learner="ada")
    click(ask(ws)[name])
    page.clear()
    view = ask(ws)[name]
    assert view.answer == ANSWERS[name]
    assert page.values()[name] == ANSWERS[name]
    assert shown_value(view) == (None if name == "q6" else ANSWERS[name])


def test_a_code_question_shows_its_results_again(page: Page) -> None:
    ws = Worksheet(NAME, learner="ada")
    ask(ws)["q6"].answer = [2, 9]
    table = ask(ws)["q6"]._controls[1].value
    assert "<td>1</td><td>2</td><td>2</td><td>✓ juste</td>" in table
    assert "<td>4</td><td>8</td><td>9</td><td>✗ à revoir</td>" in table


@pytest.mark.parametrize(
    "value",
    [
        *(True, 3, -0.5, 1e300, 10**400, "", "z", "x" * 1000, [], {}, {"a": 1}, {"error": 3}),
        *({"a": "z", "z": "x"}, {"a": {"x": None}}, {"a": [1], "b": True, "c": None}),
        *({"a": 1e300, "d": 10**400}, {"a": "x", "b": -1}, {"a": "9" * 60, "d": ["y"]}),
        *([None], [[]], [{}], ["z"], ["a"] * 50, [["a"], {"b": 1}, None], [{"error": []}], [1e300]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_notebook_tampered_with_still_opens(page: Page, file: Path, value: Any) -> None:
    for view in ask(Worksheet(NAME, learner="ada")).values():
        click(view)
    page.save(file)
    document = json.loads(file.read_text("utf-8"))
    for output in document["cells"][0]["outputs"]:
        if MIME in output["data"]:
            output["data"][MIME] |= {"value": value, "time": "2030-01-01T00:00:00Z"}
    file.write_text(json.dumps(document), encoding="utf-8")
    page.clear()
    again = ask(Worksheet(NAME, learner="ada"))
    assert page.values() == dict.fromkeys(ANSWERS, value)
    for name, view in again.items():
        click(view)
        assert view.answer in (ANSWERS[name], value)


def test_answers_to_other_numbers_do_not_come_back(page: Page, file: Path) -> None:
    Worksheet(NAME, learner="ada", variant=1).number("q3", "?").answer = 3
    assert Worksheet(NAME, learner="ada", variant=2).number("q3", "?").answer is None
    assert Worksheet(NAME, learner="ada", variant=1).number("q3", "?").answer == 3


def test_answers_to_another_worksheet_do_not_come_back(page: Page, file: Path) -> None:
    Worksheet("autre", learner="ada", variant=1).number("q3", "?").answer = 3
    page.save(file)
    assert Worksheet(NAME, learner="ada", variant=1).number("q3", "?").answer is None


def test_a_folder_that_cannot_be_written_is_said_and_the_notebook_has_the_answer(
    page: Page, file: Path
) -> None:
    (file.parent / ".cinqcles").write_text("un fichier, là où il faut un dossier")
    view = Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS)
    view._boxes["a"].value = True
    assert page.values() == {"q1": "a"}
    assert told(view) == (
        "⚠ Ce dossier ne peut pas être écrit (disque plein ou protégé)\u00a0: votre réponse n’est "
        "que dans le cahier. Enregistrez-le, ou téléchargez-le."
    )
    page.save(file)
    again = Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS)
    assert again.answer == "a"
    (file.parent / ".cinqcles").unlink()
    again._boxes["b"].value = True
    assert told(again) == "✓ Réponse complète, enregistrée."


# Who is at work


def say(*replies: str) -> tuple[list[str], Callable[[str], str]]:
    """Someone who answers what is asked, and the questions they heard."""
    heard: list[str] = []
    left = list(replies)

    def reply(question: str) -> str:
        heard.append(question)
        return left.pop(0)

    return heard, reply


def test_the_learner_is_asked_once(page: Page, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, reply = say(" ZOÉ ")
    monkeypatch.setattr(builtins, "input", reply)
    assert Worksheet(NAME).learner == "zoé"
    assert Worksheet(NAME).learner == "zoé"
    assert Worksheet("autre").learner == "zoé"
    assert heard == ["Votre identifiant (celui que votre organisme vous a donné)\u00a0: "]
    assert (file.parents[1] / ".cinqcles" / "learner.json").exists()


def test_a_refused_identifier_is_asked_again(
    page: Page, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard, reply = say("", "../ada", "ada")
    monkeypatch.setattr(builtins, "input", reply)
    assert Worksheet(NAME).learner == "ada"
    assert len(heard) == 3
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(". Utilisez")[0] for line in said] == [
        "Identifiant refusé\u00a0: «\u00a0\u00a0»",
        "Identifiant refusé\u00a0: «\u00a0../ada\u00a0»",
    ]


def test_with_nobody_to_ask_the_copy_is_anonymous(page: Page) -> None:
    ws = Worksheet(NAME)
    assert ws.learner == "anonyme"
    assert ws.seed == seed_of(NAME, variant_of(NAME, "anonyme"))


def test_the_learner_is_asked_even_where_nothing_can_be_written(
    page: Page, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file.parents[1] / ".cinqcles").write_text("un fichier")
    monkeypatch.setattr(builtins, "input", say("ada")[1])
    assert Worksheet(NAME).learner == "ada"


def test_the_hub_knows_its_user(page: Page, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "Ada")
    assert Worksheet(NAME).learner == "ada"
    labels = [getattr(each, "description", "") for each in all_widgets(header(page))]
    assert "Restaurer une copie" in labels
    assert "Ce n’est pas moi" not in labels  # nothing to change: the hub vouches


def test_the_learner_given_wins(page: Page, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert Worksheet(NAME, learner="Corrige", variant=7).learner == "corrige"
    assert opened(NAME).variant == 7
    with pytest.raises(WorksheetError):
        Worksheet(NAME, learner="../ada")


def test_a_file_brought_from_elsewhere_says_whose_it_is(page: Page, file: Path) -> None:
    Worksheet(NAME, learner="zoé").choice("q1", "?", OPTIONS).answer = "a"
    page.save(file)
    Journal(file.parent, NAME).path.unlink()
    assert Worksheet(NAME).learner == "zoé"


def test_the_header_says_whose_copy_it_is_and_what_is_checked(page: Page) -> None:
    Worksheet(NAME, learner="Jeanne d’Arc")
    assert header_text(page) == (
        "<strong>Ma copie</strong> · jeanne d&#x27;arc · feuille «\u00a0feuille\u00a0»"
    )
    assert header(page).children[-1].value == (
        "<strong>Vérifié tout de suite</strong>\u00a0: la forme de chaque réponse, son unité, ce "
        "qui manque. <strong>Noté plus tard</strong>, par votre formateur\u00a0: si c’est juste, "
        "avec une explication.<br><strong>À garder et à rendre</strong>\u00a0: un seul fichier, "
        "votre copie. Elle contient toutes vos réponses."
    )


def test_someone_elses_answers_do_not_come_back_and_it_is_said(page: Page, file: Path) -> None:
    for learner in ("bob", "zoé"):
        Worksheet(NAME, learner=learner).choice("q1", "?", OPTIONS).answer = "a"
    Worksheet(NAME, learner="léo").choice("q1", "?", OPTIONS)  # who answered nothing
    page.save(file)
    page.clear()
    view = Worksheet(NAME, learner="ada").choice("q1", "?", OPTIONS)
    assert view.answer is None
    assert page.values() == {"q1": None}
    assert header_text(page).endswith(
        "<br>⚠ Ce fichier contient aussi les réponses de bob, zoé\u00a0: elles ne sont pas "
        "reprises ici."
    )


def test_a_forged_name_cannot_inject_a_script(page: Page, file: Path) -> None:
    Worksheet(NAME, learner="bob").choice("q1", "?", OPTIONS).answer = "a"
    page.save(file)
    Journal(file.parent, NAME).path.unlink()
    file.write_text(file.read_text("utf-8").replace("bob", "<script>"), encoding="utf-8")
    page.clear()
    Worksheet(NAME, learner="ada")
    assert "<script>" not in header_text(page)
    assert "&lt;script&gt;" in header_text(page)


def test_someone_else_can_sit_down(page: Page, file: Path) -> None:
    register = Register(file)
    register.write("bob")
    assert Worksheet(NAME).learner == "bob"
    _text, _state, gestures, form, said, _undo, _checked = header(page).children
    change = gestures.children[-1]
    field, confirm = form.children
    assert (change.description, field.description, confirm.description) == (
        "Ce n’est pas moi",
        "Identifiant",
        "Valider",
    )
    assert form.layout.display == "none"
    change.click()
    assert form.layout.display == "flex"
    field.value = "<i>"
    confirm.click()
    assert said.value.startswith(
        '<div role="status">Identifiant refusé\u00a0: «\u00a0&lt;i&gt;\u00a0».'
    )
    field.value = "Ada"
    confirm.click()
    assert said.value == (
        '<div role="status">C’est noté. Pour continuer avec vos propres données, cliquez sur '
        "▶▶\u00a0Tout afficher, en haut du cahier.</div>"
    )
    assert Worksheet(NAME).learner == "ada"


# Typing


def typing(*keys: tuple[str, float]) -> int:
    """Type, with a pause after each state of the field; how many changes were recorded."""

    async def at_work() -> int:
        view = Worksheet(NAME, learner="ada").text("q5", "Pourquoi ?")
        for typed, pause_s in keys:
            view._field.value = typed
            await asyncio.sleep(pause_s)
        return view._last.revision

    return asyncio.run(at_work())


def test_a_text_is_recorded_when_the_typing_pauses(
    page: Page, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "TYPING_PAUSE_S", PAUSE_S)
    assert typing(("P", 0), ("Pa", 0), ("Par", 4 * PAUSE_S)) == 1
    assert page.values() == {"q5": "Par"}
    assert [a.value for a in Journal(file.parent, NAME).read()] == ["Par"]


def test_two_pauses_are_two_records(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "TYPING_PAUSE_S", PAUSE_S)
    assert typing(("Parce", 4 * PAUSE_S), ("Parce que", 4 * PAUSE_S)) == 2
    assert page.values() == {"q5": "Parce que"}


def test_before_the_pause_nothing_is_recorded(page: Page) -> None:
    assert typing(("Parce que", 0)) == 0
    assert page.values() == {"q5": None}


def test_a_choice_does_not_wait(page: Page) -> None:
    async def at_work() -> None:
        Worksheet(NAME, learner="ada").choice("q1", "?", OPTIONS)._boxes["a"].value = True

    asyncio.run(at_work())
    assert page.values() == {"q1": "a"}


# A function the learner writes


def code(function: Callable[..., Any], *examples: tuple[list[Any], Any]) -> questions.CodeView:
    return Worksheet(NAME, learner="ada").code("q6", "Écrivez.", function, examples)


def unbound(x: float) -> float:
    if x > 10**9:
        y = x
    return y


def fails(_x: float) -> float:
    raise ValueError("x" * 300)


def anonymous(_x: float) -> float:
    raise NameError("perdu")


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda x: cout(x), {"error": "«\u00a0cout\u00a0» n’existe pas encore."}),  # type: ignore[name-defined]  # noqa: F821, PLW0108
        (lambda x: x / 0, {"error": "ZeroDivisionError: division by zero"}),
        (lambda _x, _y: 0, {"error": "TypeError: "}),
        (fails, {"error": "ValueError: " + "x" * 188}),
        (unbound, {"error": "UnboundLocalError: "}),
        (anonymous, {"error": "NameError: perdu"}),
        (lambda x: np.float64(x) / 2, 0.5),
        (lambda x: np.array([x, x]), [1, 1]),
        (lambda x: pd.Series([x]).mean(), 1.0),
        (lambda x: np.float64(x) > 0, True),
        (lambda _x: None, None),
        (
            lambda _x: math.nan,
            {
                "error": "La valeur nan ne peut pas être une réponse\u00a0: donnez un nombre, un "
                "texte ou une liste."
            },
        ),
        (
            lambda x: {x},
            {
                "error": "La valeur {1} ne peut pas être une réponse\u00a0: donnez un nombre, un "
                "texte ou une liste."
            },
        ),
    ],
)
def test_whatever_the_function_does_is_a_result(
    page: Page, function: Callable[..., Any], result: Any
) -> None:
    (got,) = code(function, ([1], 1)).results([Case(arguments=[1])])
    if isinstance(result, dict):
        assert isinstance(got, dict)
        assert str(got["error"]).startswith(result["error"])
        assert len(str(got["error"])) <= 200
    else:
        assert got == result
        assert type(got) is type(result)


def test_a_function_not_written_yet_is_said(page: Page) -> None:
    view = code(lambda x: cout(x), ([1], 1))  # type: ignore[name-defined]  # noqa: F821, PLW0108
    view._test.click()
    assert told(view) == (
        "Enregistré. Votre fonction s’arrête sur une erreur\u00a0: «\u00a0cout\u00a0» n’existe pas "
        "encore."
    )


def test_the_results_are_a_table_with_headers(page: Page) -> None:
    view = code(lambda x: "<i>" if x else None, ([True], "juste"), ([0.5, "a"], 0.5))
    assert view._table.value.startswith(
        '<table><thead><tr><th scope="col">Valeurs données</th>'
        '<th scope="col">Résultat attendu</th><th scope="col">Votre résultat</th>'
        '<th scope="col">Verdict</th></tr></thead>'
    )
    view._test.click()
    assert (
        "<tr><td>vrai</td><td>juste</td><td>&lt;i&gt;</td><td>✗ à revoir</td></tr>"
        "<tr><td>0,5\u00a0; a</td><td>0,5</td><td>erreur</td><td>✗ à revoir</td></tr>"
    ) in view._table.value


def test_a_number_out_of_all_proportion_is_shown(page: Page) -> None:
    view = code(lambda _x: 10**400, ([1], 1))
    view._test.click()
    assert "<td>un nombre démesuré</td><td>✗ à revoir</td>" in view._table.value
    assert view.answer == [10**400]


def test_a_function_cannot_alter_the_examples(page: Page) -> None:
    def greedy(values: list[int]) -> int:
        total = sum(values)
        values.clear()
        return total

    view = code(greedy, ([[1, 2]], 3))
    for _ in range(2):
        assert view.results(view.question.examples) == [3]


def test_hidden_cases_are_shown_to_the_grader_only(page: Page) -> None:
    view = code(lambda x: x + 1, ([1], 2))
    view.show_results([{"arguments": [1]}, {"arguments": [41], "about": "caché"}])
    assert page.bundles(RESULTS_MIME) == [{RESULTS_MIME: [2, 42]}]
    assert page.values() == {"q6": None}


# The grader's side


def test_the_reference_holds_every_question_with_its_key(page: Page) -> None:
    ws = Worksheet(NAME, learner="corrige", variant=1)
    views_ = ask(ws)
    for name, view in views_.items():
        view.answer = ANSWERS[name]
    views_["q6"].question.hidden = [Case(arguments=[10])]
    ws.reference()
    (shown,) = page.bundles(REFERENCE_MIME)
    reference = load_reference(shown[REFERENCE_MIME])
    assert {name: question.answer for name, question in reference.items()} == ANSWERS | {
        "q6": [2, 8, 20]
    }
    assert list(shown) == [REFERENCE_MIME]
    assert opened(NAME) is ws


def test_a_question_with_a_bad_id_is_refused(page: Page) -> None:
    with pytest.raises(ValidationError):
        Worksheet(NAME, learner="ada").text("Question 1", "?")


# Reading it


def test_every_control_has_a_name(page: Page) -> None:
    for view in ask(Worksheet(NAME, learner="ada")).values():
        for widget in all_widgets(view._box):
            if isinstance(widget, widgets.RadioButtons):
                assert widget._options_labels == tuple(OPTIONS.values())
            elif isinstance(widget, widgets.ValueWidget | widgets.Button) and not isinstance(
                widget, widgets.HTML
            ):
                assert widget.description


def test_the_words_of_the_controls(page: Page) -> None:
    names = [
        widget.description
        for view in ask(Worksheet(NAME, learner="ada")).values()
        for widget in all_widgets(view._box)
        if getattr(widget, "description", "")
    ]
    assert names == [
        *OPTIONS.values(),  # of the choice
        *OPTIONS.values(),  # of the multiple choice
        "Votre réponse (en €)",
        *OPTIONS.values(),  # of the ranking
        "Votre réponse",
        "Tester ma fonction",
        *(  # of the classification; HTML, of which the item is said and not seen
            f'{team}<span class="said">\u00a0: {row}. {html.escape(item)}</span>'
            for row, item in enumerate(OPTIONS.values(), start=1)
            for team in ("&lt;i&gt;", "Ygrec")
        ),
        *(name for part in OPTIONS.values() for name in (part, f"{part} (en €)")),
        "Partager le reste entre les parts à 0",
        "Tout remettre à 0",
        "Énoncé",
        "Cible (en h)",
        "Échéance (jj/mm/aaaa)",
        *(
            f'<span class="said">Équipe &lt;b&gt;\u00a0: </span>{team}'
            for team in ("&lt;i&gt;", "Ygrec")
        ),
        "Remarque (facultatif)",
    ]


def test_a_prompt_is_text_and_not_markup(page: Page) -> None:
    view = Worksheet(NAME, learner="ada").text("q5", "a < b & <script>")
    assert view._box.children[0].value == "a &lt; b &amp; &lt;script&gt;"


def test_a_page_reloaded_over_a_living_kernel_says_what_to_do(page: Page) -> None:
    view = Worksheet(NAME, learner="ada").choice("q1", "Laquelle ?", OPTIONS)
    view._box._view_count = 1
    assert not view._boxes["a"].disabled
    view._box._view_count = 2
    assert view._boxes["a"].disabled
    assert told(view) == (
        "⚠ La page a été rechargée. Pour continuer à répondre, cliquez sur ▶▶\u00a0Tout "
        "afficher, en haut du cahier. Vos réponses sont conservées."
    )


# In a real kernel


def test_a_real_kernel_keeps_the_answers_in_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / WELCOME).touch()
    file = tmp_path / "feuille.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    cells = [
        "from cinqcles import Worksheet\nws = Worksheet('feuille', learner='ada')",
        "q1 = ws.choice('q1', 'Laquelle ?', {'a': 'Alpha', 'b': 'Bêta'})",
        "q3 = ws.number('q3', 'Combien ?', unit='€')",
        "q1.answer = 'b'",
        "import asyncio\n"
        "q3._field.value = '1 234,5'\n"
        f"await asyncio.sleep({questions.TYPING_PAUSE_S * 2})",
    ]
    run = NotebookClient(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]),
        kernel_name="python3",
        timeout=60,
    ).execute()
    outputs = [[o for o in cell.outputs if MIME in o.get("data", {})] for cell in run.cells]
    shown = [(o.data[MIME]["value"], o.data["text/plain"]) for cell in outputs for o in cell]
    # Given in later cells, they are in the cells of their questions.
    assert [len(cell) for cell in outputs] == [0, 1, 1, 0, 0]
    assert shown == [
        ("b", "Votre réponse\u00a0: Bêta"),
        ("1 234,5", "Votre réponse\u00a0: 1\u202f234,5\u00a0€"),
    ]
    assert [o for cell in run.cells for o in cell.outputs if o.output_type == "stream"] == []
    assert [a.value for a in Journal(tmp_path, NAME).read()] == ["b", "1 234,5"]
