from __future__ import annotations

import asyncio
import base64
import html
import json
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from cinqcles import Worksheet
from cinqcles.data import company
from cinqcles.keys.coherence import Team, weekly
from cinqcles.keys.purpose import Indicator, Level
from cinqcles.strategy import KEYS, Channel, ObjectiveDraft, Strategy
from cinqcles.views import strategy as views
from cinqcles.views.strategy import FILE, FILE_BEFORE, StrategyEditor, StrategyView, preview, review
from cinqcles.worksheet.dossier import example, tempting
from front_end import Page, all_widgets, told

TODAY = date(2026, 1, 10)
EXAMPLE, TEMPTING = example(day=TODAY), tempting(day=TODAY)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / FILE


@pytest.fixture
def editor(kept: Path, monkeypatch: pytest.MonkeyPatch) -> StrategyEditor:
    # Its files are made at each change here, where no event loop makes them wait: half a second
    # each time. `links` makes them.
    monkeypatch.setattr(StrategyEditor, "_files_later", lambda _self: None)
    return StrategyEditor(kept, TODAY)


def shown(editor: StrategyEditor) -> list[widgets.Widget]:
    """The widgets in sight: those of the page of the key turned to, and those around."""
    hidden = {
        w
        for page in editor._pages.values()
        if page.layout.display == "none"
        for w in all_widgets(page)
    }
    return [w for w in all_widgets(editor.widget) if w not in hidden]


def control(editor: StrategyEditor, label: str) -> Any:
    """The one control in sight with this label, as a screen reader says it."""
    found = [
        w
        for w in shown(editor)
        if html.unescape(re.sub("<[^>]+>", "", getattr(w, "description", ""))) == label
    ]
    assert len(found) == 1, (label, len(found))
    return found[0]


def press(editor: StrategyEditor, label: str) -> None:
    control(editor, label).click()


def text(editor: StrategyEditor) -> str:
    return html.unescape(" ".join(w.value for w in shown(editor) if isinstance(w, widgets.HTML)))


def on_disk(kept: Path) -> Strategy:
    return Strategy.load(kept)


def test_an_objective_is_written_field_by_field_and_kept(
    editor: StrategyEditor, kept: Path
) -> None:
    press(editor, "+ Ajouter un objectif")
    assert on_disk(kept).objectives == (ObjectiveDraft(),)
    for label, typed in {
        "Nom court": "Réponses",
        "Énoncé": "Répondre dans la journée",
        "Indicateur": "Réponses en 24 h",
        "Valeur de départ": "1\u202f041,5",
        "Cible": "85",
        "Unité": "%",
        "Début (jj/mm/aaaa)": "05/01/2026",
        "Échéance (jj/mm/aaaa)": "2026-12-31",
        "Responsable": "Service client",
    }.items():
        control(editor, label).value = typed
    written = ObjectiveDraft(
        name="Réponses", statement="Répondre dans la journée", indicator="Réponses en 24 h",
        baseline=1041.5, target=85, unit="%", start=date(2026, 1, 5),
        deadline=date(2026, 12, 31), owner="Service client",
    )  # fmt: skip
    assert editor.strategy.objectives == (written,)
    assert on_disk(kept) == editor.strategy
    assert editor.told == f"✓ Enregistré dans «\u00a0{FILE}\u00a0»."
    assert control(editor, "▾ Réponses")
    control(editor, "Cible").value = ""
    assert editor.strategy.objectives[0].target is None
    press(editor, "Terminé")
    assert control(editor, "▸ Réponses")


@pytest.mark.parametrize("key", KEYS)
def test_every_control_of_every_key_has_a_label(editor: StrategyEditor, key: int) -> None:
    editor.start_from_example()
    editor.turn_to(key)
    for section, what in views._SECTIONS.items():
        if what.key != key:
            continue
        editor.open(section, 0)
        labels = [
            re.sub("<[^>]+>", "", w.description)
            for w in shown(editor)
            if w.has_trait("disabled") and w is not editor._upload
        ]
        assert all(labels)
        assert len(labels) == len(set(labels)), "two controls would sound the same"
        titles = {
            html.escape(field.label or what.line.model_fields[field.name].title or "")
            for field in what.fields
        }
        said = " ".join([*labels, text(editor)])
        assert all(html.unescape(title) in said for title in titles)


@pytest.mark.parametrize("strategy", [EXAMPLE, TEMPTING], ids=["example", "tempting"])
def test_opening_every_line_of_a_strategy_changes_nothing(
    editor: StrategyEditor, strategy: Strategy
) -> None:
    editor._start(strategy)
    for section, what in views._SECTIONS.items():
        editor.turn_to(what.key)
        for place in range(len(getattr(strategy, section))):
            editor.open(section, place)
            editor.open(section, place)
    assert editor.strategy == strategy


def test_what_cannot_be_read_is_said_and_the_value_before_kept(
    editor: StrategyEditor, kept: Path
) -> None:
    editor._start(
        Strategy(
            channels=[Channel(name="Blog", spend_eur=100)],
            objectives=[ObjectiveDraft(name="A", deadline="2026-12-31")],
            teams=[Team(name="SAV", agents=2)],
            budget_eur=500,
        )
    )
    keeps = " La valeur précédente est gardée."
    for key, section, label, typed, said in [
        (4, "channels", "Dépense (€)", "cent", "ne se lit pas. Écrivez par exemple 1\u202f234,5."),
        (4, "channels", "Dépense (€)", "-3", "ne peut pas être négatif (reçu\u00a0: -3)"),
        (1, "objectives", "Échéance (jj/mm/aaaa)", "demain", "Écrivez par exemple 31/12/2026."),
        (1, "objectives", "Nom court", "x" * 101, "«\u00a0Nom court\u00a0»"),
        (2, "teams", "Effectif (personnes)", "0", "Une équipe compte au moins une personne"),
        (2, "teams", "Effectif (personnes)", "1,5", "Il faut un nombre entier"),
        (2, "teams", "Effectif (personnes)", "", "ne se lit pas"),
        (2, "teams", "Nom", "", "Un nom compte de 1 à 100 caractères"),
    ]:  # fmt: skip
        before = editor.strategy
        editor.turn_to(key)
        editor._open = None
        editor.open(section, 0)
        control(editor, label).value = typed
        assert said.casefold() in text(editor).casefold(), label
        assert keeps in text(editor)
        assert editor.strategy == before == on_disk(kept)
    editor.turn_to(4)
    control(editor, "Budget (€), pour tous les canaux").value = "beaucoup"
    assert editor.told.startswith("⚠ «\u00a0beaucoup\u00a0» ne se lit pas.")
    assert editor.strategy.budget_eur == 500
    control(editor, "Budget (€), pour tous les canaux").value = "7\u202f400 "
    assert on_disk(kept).budget_eur == 7400


def test_a_new_name_is_taken_wherever_the_old_one_was(editor: StrategyEditor) -> None:
    editor._start(EXAMPLE)
    editor.open("objectives", 0)
    name = control(editor, "Nom court")
    for typed in ("Répons", "", "D", "Délais"):  # as one types it, emptied on the way
        name.value = typed
    assert [tool.objectives for tool in editor.strategy.tools] == [
        tuple("Délais" if each == "Réponses" else each for each in tool.objectives)
        for tool in EXAMPLE.tools
    ]
    assert all("Délais" in channel.objectives for channel in editor.strategy.channels)
    assert editor.strategy.review(TODAY) == ()
    editor.turn_to(2)
    editor.open("teams", 0)
    control(editor, "Nom").value = "Com"
    editor.open("routes", 0)
    control(editor, "Sujet").value = "colis"
    assert "colis" in {subject for team in editor.strategy.teams for subject in team.skills}
    assert editor.strategy.review(TODAY) == ()


def test_boxes_tick_what_is_named_in_the_order_it_was(editor: StrategyEditor) -> None:
    teams = [Team(name=name, agents=1, skills=["panne"]) for name in ("A", "B", "C")]
    editor._start(Strategy(teams=teams, routes=[{"subject": "panne", "responsible": ["C", "Z"]}]))
    editor.turn_to(2)
    editor.open("routes", 0)
    role = "Équipes chargées de répondre\u00a0: {}"
    assert [control(editor, role.format(n)).value for n in "ABCZ"] == [False, False, True, True]
    control(editor, role.format("A")).value = True
    assert editor.strategy.routes[0].responsible == ("C", "Z", "A")
    control(editor, role.format("Z")).value = False
    assert editor.strategy.routes[0].responsible == ("C", "A")
    editor.open("teams", 0)
    control(editor, "Sujets qu’elle sait traiter\u00a0: panne").value = False
    assert editor.strategy.teams[0].skills == ()


def test_where_there_is_nothing_to_tick_it_says_what_to_fill_in(editor: StrategyEditor) -> None:
    editor.turn_to(3)
    press(editor, "+ Ajouter un outil")
    assert (
        "Rien à cocher pour l’instant\u00a0: remplissez d’abord «\u00a0Mes objectifs\u00a0»."
        in text(editor)
    )


def test_hours_are_days_and_two_times(editor: StrategyEditor) -> None:
    lunch = weekly(9, 12) + weekly(14, 18)
    editor._start(
        Strategy(teams=[Team(name="SAV", agents=1), Team(name="B", agents=1, opening=lunch)])
    )
    editor.turn_to(2)
    editor.open("teams", 0)
    assert control(editor, "Ouvre à (heure)").value == "9"
    control(editor, "Ouvre à (heure)").value = "8,5"
    control(editor, "vendredi").value = False
    assert editor.strategy.teams[0].opening == weekly(8.5, 18, range(4))
    control(editor, "Ferme à (heure)").value = "8"
    assert "doit venir après l’ouverture" in text(editor)
    assert editor.strategy.teams[0].opening == weekly(8.5, 18, range(4))

    editor.open("teams", 1)
    assert "Horaires\u00a0: lundi à vendredi\u00a0: 9\u00a0h" in text(editor)
    control(editor, "Ouvre à (heure)").value = "10"
    assert editor.strategy.teams[1].opening == lunch  # until both are typed
    control(editor, "Ferme à (heure)").value = "17"
    assert editor.strategy.teams[1].opening == weekly(10, 17)


def test_a_level_is_chosen_in_a_list(editor: StrategyEditor) -> None:
    editor._start(Strategy(indicators=[Indicator(name="Ventes")]))
    editor.open("indicators", 0)
    asked = control(editor, "Niveau")
    assert [label for label, _level in asked.options] == [
        "à choisir", "Moyens engagés", "Activités", "Diffusion", "Réception", "Effets", "Impact",
    ]  # fmt: skip
    asked.value = Level.IMPACT
    assert editor.strategy.indicators[0].level is Level.IMPACT
    asked.value = None
    assert editor.strategy.indicators[0].level is None


def test_the_review_follows_key_by_key_blocking_first(editor: StrategyEditor) -> None:
    editor._start(TEMPTING.replace(teams=[*TEMPTING.teams, Team(name="Stage", agents=1)]))
    found = editor.strategy.review(TODAY)
    for key in KEYS:
        editor.turn_to(key)
        mine = [each for each in found if each.key == key]
        blocking = [each for each in mine if each.severity == "blocking"]
        assert control(editor, f"{key}. {KEYS[key]} · {len(blocking)} à régler")
        said = text(editor)
        assert all(str(each) in said for each in mine)
        assert not [each for each in found if each.key != key and str(each) in said]
        kinds = re.findall("<strong>(À régler|Conseil)", said)
        assert kinds == sorted(kinds, key=["À régler", "Conseil"].index)
    assert "La relecture trouve" in said
    editor._start(Strategy())
    assert control(editor, "1. Pourquoi · 1 à régler")
    assert control(editor, "2. Cohérence · rien encore")
    assert "✓ Rien à redire" not in text(editor)
    editor._start(Strategy(teams=EXAMPLE.teams))  # what is not started is not well done
    for key in (3, 5):
        assert control(editor, f"{key}. {KEYS[key]} · rien encore")
        editor.turn_to(key)
        assert "✓ Rien à redire" not in text(editor)
    editor._start(EXAMPLE)
    editor.turn_to(1)
    assert "✓ Rien à redire sur cette clé." in text(editor)
    assert control(editor, "1. Pourquoi · ✓")


def test_the_day_of_the_review_is_todays(kept: Path) -> None:
    now = datetime.now(UTC).astimezone().date()
    assert abs((views.today() - now).days) <= 1
    assert StrategyEditor(kept)._day is None


def test_lines_are_removed_and_brought_back(editor: StrategyEditor, kept: Path) -> None:
    editor._start(EXAMPLE)
    editor.turn_to(4)
    editor.open("channels", 2)
    press(editor, "Retirer cette ligne")
    assert editor.told == "Ligne retirée. «\u00a0Annuler\u00a0» la remet."
    assert len(on_disk(kept).channels) == len(EXAMPLE.channels) - 1
    press(editor, "Annuler")
    assert editor.strategy == EXAMPLE == on_disk(kept)
    assert control(editor, "Annuler").disabled
    press(editor, "Partir d’une page blanche")
    assert editor.strategy == Strategy()
    press(editor, "Partir de l’exemple Maison Liseron")
    assert editor.strategy == EXAMPLE
    assert company.NOTICE in text(editor)
    press(editor, "Annuler")
    assert editor.strategy == EXAMPLE  # what was there before the blank page


def test_a_strategy_replaced_can_be_found_again(editor: StrategyEditor, kept: Path) -> None:
    mine = Strategy(company="À moi")
    editor._start(mine)
    before = kept.with_name(FILE_BEFORE)
    assert not before.exists()
    press(editor, "Partir de l’exemple Maison Liseron")
    assert on_disk(kept) == EXAMPLE
    assert on_disk(before) == mine
    assert editor.told == (
        f"✓ Enregistré dans «\u00a0{FILE}\u00a0». Ce qui était là est remplacé\u00a0; "
        f"«\u00a0Annuler\u00a0» le ramène. Il est aussi gardé dans «\u00a0{FILE_BEFORE}\u00a0»."
    )
    press(editor, "Partir de l’exemple Maison Liseron")
    assert on_disk(before) == mine  # nothing was lost this time
    press(editor, "Partir d’une page blanche")
    assert on_disk(before) == mine  # not the example, which is nobody's work
    editor._start(Strategy(company="À moi aussi"))
    press(editor, "Partir d’une page blanche")
    assert on_disk(before) == mine
    second = before.with_stem(f"{before.stem}-2")
    assert on_disk(second) == Strategy(company="À moi aussi")
    assert editor.told.endswith(f"Il est aussi gardé dans «\u00a0{second.name}\u00a0».")


def test_what_is_refused_is_said_until_it_is_mended(editor: StrategyEditor) -> None:
    editor._start(Strategy(objectives=[ObjectiveDraft(name="A", target=85, unit="%")]))
    editor.open("objectives", 0)
    control(editor, "Cible").value = "beaucoup"
    control(editor, "Énoncé").value = "Répondre"
    said = "«\u00a0Cible\u00a0»\u00a0: «\u00a0beaucoup\u00a0» ne se lit pas."
    assert said in text(editor)  # something else was taken since
    press(editor, "Terminé")
    assert editor.told == (
        "⚠ Corrigez d’abord «\u00a0Cible\u00a0», ou remettez la valeur précédente."
    )
    for typed, meant in (("42 %", 42), ("6 000 €", 6000), ("4 800 euros", 4800)):
        control(editor, "Cible").value = typed
        assert editor.strategy.objectives[0].target == meant
    assert said not in text(editor)
    press(editor, "Terminé")
    assert control(editor, "▸ A")


def test_what_arrives_late_goes_to_its_own_line_or_nowhere(editor: StrategyEditor) -> None:
    audiences = [{"name": name} for name in ("A", "B", "C")]
    editor._start(Strategy(audiences=audiences))
    editor.turn_to(4)
    editor.open("audiences", 0)
    late = control(editor, "Nom")
    press(editor, "Terminé")
    late.value = "A2"
    assert [each.name for each in editor.strategy.audiences] == ["A2", "B", "C"]
    assert control(editor, "▸ A2")
    editor.open("audiences", 0)
    late = control(editor, "Nom")
    press(editor, "Retirer cette ligne")
    late.value = "A3"
    assert [each.name for each in editor.strategy.audiences] == ["B", "C"]
    editor.open("audiences", 1)
    late = control(editor, "Nom")
    press(editor, "Retirer cette ligne")
    late.value = "C2"
    assert [each.name for each in editor.strategy.audiences] == ["B"]


def test_a_hundred_lines_at_most(editor: StrategyEditor) -> None:
    editor._start(Strategy(audiences=[{"name": str(n)} for n in range(100)]))
    editor.turn_to(4)
    press(editor, "+ Ajouter une audience")
    assert "au plus 100 lignes" in editor.told
    assert len(editor.strategy.audiences) == 100


def test_new_teams_and_subjects_have_names_of_their_own(editor: StrategyEditor) -> None:
    editor.turn_to(2)
    for _again in range(2):
        press(editor, "+ Ajouter une équipe")
        press(editor, "+ Ajouter un sujet")
    assert [team.name for team in editor.strategy.teams] == ["Équipe 1", "Équipe 2"]
    assert [route.subject for route in editor.strategy.routes] == ["Sujet 1", "Sujet 2"]


# Never lost


def test_it_is_resumed_where_it_was(kept: Path) -> None:
    StrategyEditor(kept, TODAY)._start(EXAMPLE)
    again = StrategyEditor(kept, TODAY)
    assert again.strategy == EXAMPLE
    assert again.told == f"Votre dossier est repris de «\u00a0{FILE}\u00a0»."
    assert control(again, "Entreprise").value == company.NAME


def test_the_file_is_beside_the_notebook(page: Page, file: Path) -> None:
    assert StrategyEditor(day=TODAY).path == file.parent / FILE


def test_without_a_notebook_it_says_that_nothing_is_kept(page: Page) -> None:
    editor = StrategyEditor(day=TODAY)
    editor._start(EXAMPLE)
    assert editor.path is None
    assert editor.told == (
        "⚠ Rien n’est enregistré ici\u00a0: téléchargez votre stratégie avant de partir."
    )


def test_a_damaged_file_is_set_aside_and_not_written_over(kept: Path) -> None:
    kept.write_text("{", encoding="utf-8")
    editor = StrategyEditor(kept, TODAY)
    assert editor.told.startswith("⚠ Ce fichier ne se lit pas")
    assert "Il est gardé sous le nom «\u00a0ma-strategie.illisible.json\u00a0»." in editor.told
    editor._start(EXAMPLE)
    assert on_disk(kept) == EXAMPLE
    assert kept.with_name("ma-strategie.illisible.json").read_text(encoding="utf-8") == "{"


def test_a_disk_that_refuses_is_said(editor: StrategyEditor, kept: Path) -> None:
    kept.mkdir()
    control(editor, "Entreprise").value = "Liseron"
    assert editor.told.startswith("⚠ La stratégie n’a pas pu être enregistrée")
    assert editor.strategy.company == "Liseron"


def test_what_is_typed_is_taken_once_the_typing_pauses_or_something_else_is_done(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "TYPING_PAUSE_S", 0.05)

    async def typing() -> None:
        editor = StrategyEditor(kept, TODAY)
        field = control(editor, "Entreprise")
        for typed in ("L", "Li", "Liseron"):
            field.value = typed
            assert not kept.exists()
        control(editor, "Votre nom, pour la couverture").value = "Ada"  # without a pause between
        await asyncio.sleep(0.2)
        assert on_disk(kept).company == "Liseron"
        assert on_disk(kept).author == "Ada"
        field.value = "Liseron SA"
        editor.turn_to(2)
        assert on_disk(kept).company == "Liseron SA"
        editor._files_timer.cancel()  # type: ignore[union-attr]

    asyncio.run(typing())


def upload(editor: StrategyEditor, content: bytes) -> None:
    editor._upload.value = (
        {"name": "x.json", "type": "", "size": len(content), "content": content,
         "last_modified": datetime(2026, 1, 10, tzinfo=UTC)},
    )  # fmt: skip


def test_a_file_is_opened_or_refused_in_words(editor: StrategyEditor, kept: Path) -> None:
    upload(editor, EXAMPLE.to_json().encode())
    assert editor.strategy == EXAMPLE == on_disk(kept)
    for content in (b"{", b"[]", b'{"format": "cinqcles-strategy", "version": 1, "x": 1}'):
        upload(editor, content)
        assert editor.told.startswith("⚠ Ce")
        assert editor.strategy == EXAMPLE
    assert editor._upload.value == ()


# To take away


def carried(editor: StrategyEditor) -> str:
    return "".join(link.value for link in editor._links)


def links(editor: StrategyEditor) -> dict[str, bytes]:
    editor._make_files()
    found = re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', carried(editor))
    return {name: base64.b64decode(content) for name, content in found}


def test_the_files_carry_what_stands(editor: StrategyEditor) -> None:
    editor._start(EXAMPLE)
    files = links(editor)
    assert list(files) == [FILE, "ma-strategie.pdf", "ma-strategie.html"]
    assert Strategy.from_json(files[FILE]) == EXAMPLE
    assert files["ma-strategie.pdf"].startswith(b"%PDF")
    page = files["ma-strategie.html"].decode()
    assert html.escape(company.NOTICE) in page
    control(editor, "Entreprise").value = "Ma <b>boîte</b>"
    files = links(editor)
    assert Strategy.from_json(files[FILE]).company == "Ma <b>boîte</b>"
    page = files["ma-strategie.html"].decode()
    assert "Ma &lt;b&gt;boîte&lt;/b&gt;" in page
    assert "synthétiques" not in page


def test_without_a_renderer_the_rest_is_there(
    editor: StrategyEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    editor._start(EXAMPLE)
    assert list(links(editor)) == [FILE, "ma-strategie.html"]
    assert "Cette machine ne sait pas préparer de PDF." in carried(editor)


def test_the_files_are_made_again_after_a_change(kept: Path) -> None:
    editor = StrategyEditor(kept, TODAY)
    before = carried(editor)
    control(editor, "Entreprise").value = "Liseron"
    assert carried(editor) != before


def test_too_long_a_strategy_is_said(editor: StrategyEditor, kept: Path) -> None:
    long = [
        {"name": str(n), "reason": "x" * 2000, "objectives": ["y" * 100] * 20} for n in range(100)
    ]
    editor._start(EXAMPLE.replace(tools=long, channels=long))
    assert editor.told.startswith("⚠ Cette stratégie est trop longue")
    assert FILE not in links(editor)
    assert "Cette stratégie est trop longue" in carried(editor)
    assert not kept.exists()


def test_names_are_never_markup(editor: StrategyEditor) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    content = re.sub(
        r'("(?:name|subject|statement)": )"[^"]*"', rf"\1{json.dumps(hostile)}", EXAMPLE.to_json()
    )
    editor.read(content.encode())
    assert editor.strategy.objectives[0].name == hostile
    for section, what in views._SECTIONS.items():
        editor.turn_to(what.key)
        editor.open(section, 0)
        for w in all_widgets(editor.widget):
            if isinstance(w, widgets.HTML) or getattr(w, "description_allow_html", False):
                assert "<img" not in (w.value if isinstance(w, widgets.HTML) else w.description)


# In a cell


def test_a_review_reads_in_a_cell() -> None:
    found = review(TEMPTING, TODAY)
    shown = html.unescape(found._repr_html_())
    assert f"La relecture trouve {len(found.findings)} points à régler." in shown
    assert all(str(each) in shown for each in found.findings)
    assert [int(n) for n in re.findall(r"Clé (\d)", shown)] == [1, 2, 3, 4, 5]
    assert str(found.findings[0]) in repr(found)
    assert (
        review(EXAMPLE, TODAY).told
        == "✓ La relecture ne trouve rien à redire\u00a0: tout se tient."
    )
    advised = EXAMPLE.replace(teams=[*EXAMPLE.teams, Team(name="Stage", agents=1)])
    assert review(advised, TODAY).told == "La relecture trouve 1 conseil."
    both = advised.replace(company="")
    assert review(both, TODAY).told == "La relecture trouve 1 point à régler et 1 conseil."


def test_a_preview_is_the_document_shut_in_a_frame() -> None:
    shown = preview(EXAMPLE, TODAY)._repr_html_()
    assert shown.startswith('<iframe title="Aperçu du document" sandbox srcdoc="')
    assert html.escape(html.escape(company.NOTICE)) in shown
    assert "Annexe" in shown
    assert "Annexe" not in preview(EXAMPLE, TODAY, reviewed=False).page


# Handed in


@pytest.fixture
def handed(page: Page, file: Path) -> StrategyView:
    view = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    assert isinstance(view, StrategyView)
    return view


def test_the_strategy_of_the_dossier_is_handed_in_at_once(
    handed: StrategyView, page: Page, file: Path
) -> None:
    assert told(handed) == "Remettez votre stratégie."
    handed._take.click()
    assert told(handed).startswith("⚠ La stratégie «")
    assert told(handed).endswith("ou remettez votre fichier .json.")
    TEMPTING.save(file.parents[1] / "course" / FILE)
    handed._take.click()
    assert told(handed) == "✓ Réponse complète, enregistrée."
    value = page.values()["q1"]
    assert value["day"] == views.today().isoformat()
    assert Strategy.from_json(json.dumps(value["strategy"])) == TEMPTING
    said = html.unescape(handed._shown.value)
    found = TEMPTING.review(views.today())
    assert f"La relecture trouve {len(found)} points à régler." in said
    assert all(str(each) in said for each in found)
    [bundle] = page.bundles()
    assert TEMPTING.outline() in bundle["text/plain"]
    # Handed in again, the last one counts.
    EXAMPLE.save(file.parents[1] / "course" / FILE)
    handed._take.click()
    assert Strategy.from_json(json.dumps(page.values()["q1"]["strategy"])) == EXAMPLE


def test_it_lasts_with_the_day_it_was_handed_in(page: Page, file: Path) -> None:
    first = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    first.hand_in(EXAMPLE, date(2026, 1, 10))
    again = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    assert again.answer == first.answer
    assert again.answer["day"] == "2026-01-10"  # type: ignore[call-overload, index]
    assert "tout se tient" in again._shown.value


def test_a_file_is_handed_in_or_refused_in_words(handed: StrategyView) -> None:
    def bring(content: bytes) -> None:
        handed._upload.value = (
            {"name": "x.json", "type": "", "size": len(content), "content": content,
             "last_modified": datetime(2026, 1, 10, tzinfo=UTC)},
        )  # fmt: skip

    bring(b"{")
    assert told(handed).startswith("⚠ Ce fichier ne se lit pas")
    assert handed.answer is None
    bring(EXAMPLE.to_json().encode())
    assert told(handed) == "✓ Réponse complète, enregistrée."
    before = handed.answer
    bring(EXAMPLE.replace(
        tools=[{"name": str(n), "reason": "mot " * 400} for n in range(60)]
    ).to_json().encode())  # fmt: skip
    assert "elle est trop longue" in told(handed)
    assert handed.answer == before
    bring(Strategy().to_json().encode())
    assert "Votre stratégie est encore vide." in told(handed)


def test_outside_a_workspace_a_file_is_asked_for(page: Page) -> None:
    view = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    view._take.click()
    assert told(view) == (
        "⚠ Le dossier du cours n’est pas ici\u00a0: remettez votre fichier .json."
    )


def test_a_copy_brings_it_back(page: Page, file: Path) -> None:
    first = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    first.hand_in(EXAMPLE, date(2026, 1, 10))
    kept = first.answer
    first.hand_in(TEMPTING, date(2026, 1, 11))
    assert first.restore(kept)
    assert first.answer == kept
    assert not first.restore({"day": "2026-01-10", "strategy": 3})
    assert first.answer == kept
    assert "tout se tient" in first._shown.value


def test_a_key_may_be_a_strategy(page: Page) -> None:
    view = Worksheet("feuille", learner="zoé").strategy("q1", "Remettez.")
    view.answer = EXAMPLE
    assert view.keyed().sound()
