"""Key 1 on screen, without a browser: what is said, what moves it, what an export is told."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.keys import purpose
from cinqcles.keys.purpose import NOBODY, Indicator, IndicatorTree, Level, Mismatch, Objective
from cinqcles.views import purpose as show
from exports import EXPORTS, write
from front_end import all_widgets, alternative, images

SEEDS = range(6)


@cache
def inbox(seed: int) -> pd.DataFrame:
    return company.messages(seed)


@cache
def found_of(seed: int) -> Mismatch:
    return purpose.mismatch(company.planned_purposes(seed), show.by_topic(inbox(seed)))


def simulator(seed: int = 1) -> show.PurposeSimulator:
    return show.PurposeSimulator(company.planned_purposes(seed), inbox(seed), company.NOTICE)


@pytest.fixture
def sim() -> show.PurposeSimulator:
    return simulator()


def predict(sim: show.PurposeSimulator, topic: str) -> None:
    sim.controls["prediction"].value = topic
    sim.buttons["predict"].click()


def add(sim: show.PurposeSimulator, *topics: str) -> None:
    for name, box in sim._boxes.items():
        box.value = name in topics


def topics_of(seed: int, *, owned: bool) -> list[str]:
    """Topics without a planned purpose, with an owner or without, the most received first."""
    table = found_of(seed).by_purpose.iloc[3:]
    return list(table.index[(table["owner"] != NOBODY) == owned])


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- predict ---------------------------------------------------------------------------------


def test_nothing_is_shown_before_a_prediction(sim: show.PurposeSimulator) -> None:
    assert sim._after.layout.display == "none"
    sim.buttons["predict"].click()
    assert sim.told["prediction"] == "Choisissez d’abord un sujet dans la liste."
    assert sim._after.layout.display == "none"
    predict(sim, "réclamation")
    assert sim._after.layout.display == "flex"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_prediction_is_compared_with_what_an_owner_changes(seed: int) -> None:
    sim = simulator(seed)
    gains = {
        topic: found_of(seed).unanswered.value
        - purpose.if_owned(show.by_topic(inbox(seed)), [topic], resamples=100).unanswered.value
        for topic in topics_of(seed, owned=False)
    }
    best = max(gains, key=gains.__getitem__)
    predict(sim, best)
    assert sim.told["prediction"].startswith(f"✓ Vous aviez prédit «\u00a0{best}\u00a0»")
    assert sim.told["prediction"].endswith("C’est bien la plus forte baisse.")
    predict(sim, min(gains, key=gains.__getitem__))
    assert f"La plus forte baisse vient de «\u00a0{best}\u00a0»" in sim.told["prediction"]
    assert not sim.told["prediction"].startswith("✓")
    predict(sim, topics_of(seed, owned=True)[0])
    assert "qui a déjà un responsable" in sim.told["prediction"]


def test_a_prediction_is_about_the_year_whatever_the_period(sim: show.PurposeSimulator) -> None:
    predict(sim, topics_of(1, owned=False)[0])
    told = sim.told["prediction"]
    for _label, period in sim.controls["period"].options:
        sim.controls["period"].value = period
        assert sim.told["prediction"] == told


# --- move ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_room_in_the_plan_moves_the_distance_and_no_answer(seed: int) -> None:
    sim = simulator(seed)
    before = sim.now
    add(sim, *topics_of(seed, owned=False))
    assert sim.now.estimates["distance"].value < before.estimates["distance"].value - 0.1
    assert sim.now.estimates["unplanned"].value < before.estimates["unplanned"].value
    for name in ("unowned", "unanswered"):
        assert sim.now.estimates[name].value == before.estimates[name].value
    assert sim.now.projected is None


@pytest.mark.parametrize("seed", SEEDS)
def test_an_owner_moves_the_answers_and_not_the_distance(seed: int) -> None:
    sim = simulator(seed)
    ownerless = topics_of(seed, owned=False)
    add(sim, *ownerless)
    planned = sim.now.estimates["distance"].value
    sim.controls["owner"].value = "Service client"
    assert sim.now.estimates["distance"].value == planned
    assert sim.now.estimates["unowned"].value == 0
    unanswered = sim.now.estimates["unanswered"].value
    assert unanswered < 0.5 * sim.start.estimates["unanswered"].value
    expected = purpose.if_owned(show.by_topic(inbox(seed)), ownerless).unanswered.value
    assert unanswered == expected
    assert "en supposant qu’un responsable répond" in sim.told["measures"]
    owners = sim.now.found.by_purpose["owner"]
    assert set(owners[ownerless]) == {"Service client"}


def test_the_effort_is_shared_by_what_is_received(sim: show.PurposeSimulator) -> None:
    add(sim, "livraison", "réclamation")
    sim.controls["effort"].value = 40
    shares = sim.now.found.by_purpose["planned_share"]
    assert shares[["livraison", "réclamation"]].sum() == pytest.approx(0.4)
    messages = found_of(1).by_purpose["messages"]
    wanted = messages["livraison"] / messages["réclamation"]
    assert shares["livraison"] / shares["réclamation"] == pytest.approx(wanted)


def test_nothing_added_leaves_the_plan_whatever_the_effort(sim: show.PurposeSimulator) -> None:
    told = dict(sim.told)
    sim.controls["effort"].value = 90
    sim.controls["owner"].value = "Marketing"
    assert sim.told == told


def test_lines_stay_where_they_are(sim: show.PurposeSimulator) -> None:
    order = list(sim.now.found.by_purpose.index)
    add(sim, order[-1], order[4])
    for _label, period in sim.controls["period"].options:
        sim.controls["period"].value = period
        assert list(sim.now.found.by_purpose.index) == order


@pytest.mark.parametrize("seed", SEEDS)
def test_periods_cover_the_year_and_a_quiet_week_is_less_sure(seed: int) -> None:
    sim = simulator(seed)
    sizes = [len(frame) for frame in sim._periods.values()]
    assert sizes[0] == sum(sizes[1:5]) == 4000
    assert len(sizes) == 6
    assert sizes[5] <= min(sizes[1:5]) / 13
    widths = []
    for _label, period in sim.controls["period"].options:
        sim.controls["period"].value = period
        estimate = sim.now.estimates["unanswered"]
        widths.append(estimate.high - estimate.low)
    assert widths[5] > 3 * widths[0]


def test_a_topic_that_nobody_wrote_about_in_the_period() -> None:
    messages = inbox(1)
    quiet = messages["received_at"] < "2025-04-07"
    kept = messages[~quiet | (messages["subject"] != "livraison")]
    sim = show.PurposeSimulator(company.planned_purposes(1), kept)
    add(sim, "livraison")
    sim.controls["owner"].value = "Service client"
    sim.controls["period"].value = sim.controls["period"].options[1][1]
    assert sim.now.found.by_purpose["messages"]["livraison"] == 0
    assert sim.now.estimates["unowned"].value == sim.start.estimates["unowned"].value


def test_a_slider_and_its_field_hold_the_same_number(sim: show.PurposeSimulator) -> None:
    add(sim, "livraison")
    sim.controls["effort_typed"].value = 10
    assert sim.controls["effort"].value == 10
    assert sim.now.found.by_purpose["planned_share"]["livraison"] == pytest.approx(0.1)


def test_a_move_makes_no_widget(sim: show.PurposeSimulator) -> None:
    predict(sim, "livraison")
    before = set(widgets.widget._instances)
    add(sim, "livraison")
    for share in range(0, 100, 10):
        sim.controls["effort"].value = share
    assert set(widgets.widget._instances) == before


# --- explain ---------------------------------------------------------------------------------


def test_an_explanation_follows_what_was_moved(sim: show.PurposeSimulator) -> None:
    sim.buttons["explain"].click()
    assert sim.told["explanation"] == "Écrivez d’abord votre phrase, même très courte."
    sim.controls["why"].value = "Parce que personne ne répond."

    def explained() -> str:
        sim.buttons["explain"].click()
        return plain(sim.told["explanation"])

    assert "Le plan n’a pas changé : la distance reste à 0,85." in explained()
    assert "comme avant" in explained()
    add(sim, "livraison")
    assert "Avec votre plan, la distance passe de 0,85 à 0," in explained()
    assert "Aucun message n’a gagné de responsable" in explained()
    sim.controls["owner"].value = "Service client"
    assert "Un responsable est nommé : la part sans responsable passe de" in explained()
    add(sim, topics_of(1, owned=True)[0])
    assert "Aucun message n’a gagné de responsable" in explained()


# --- for everybody ---------------------------------------------------------------------------


def test_every_control_has_a_label(sim: show.PurposeSimulator) -> None:
    own = show.OwnIndicators(None, company.videos(seed=5, n=12))
    controls = [
        widget
        for widget in [*all_widgets(sim.widget), *all_widgets(own.widget)]
        if isinstance(widget, widgets.DOMWidget)
        and not isinstance(widget, widgets.HTML | widgets.Box)
    ]
    assert len(controls) > 20
    for control in controls:
        assert control.description.strip(), control


def test_every_image_says_in_french_what_is_read_on_it(sim: show.PurposeSimulator) -> None:
    predict(sim, "livraison")
    add(sim, "livraison", "réclamation")
    sim.controls["owner"].value = "Service client"
    assert [alternative(tag) for tag in images(sim.widget)] == [
        sim.told["measures"],
        sim.told["plan"],
    ]
    for name in ("measures", "plan", "prediction"):
        assert 'role="status"' in sim.area(name).value
        # A decimal point, or a space that a line may break, would be a slip.
        assert not re.search(r"\d\.\d|\x20[:?!%»€]|«\x20", sim.told[name])


def test_where_the_data_come_from_is_always_in_sight(sim: show.PurposeSimulator) -> None:
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert unescape(company.NOTICE) in unescape(texts)


# --- pictures and tables ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("difficulty", [1, 2, 3])
def test_pictures_carry_their_reading(seed: int, difficulty: int) -> None:
    messages = show.by_topic(company.messages(seed, difficulty, n=2000))
    found = purpose.mismatch(company.planned_purposes(seed, difficulty), messages)
    for picture in (
        show.plan_and_inbox(found),
        show.measures(show.Situation(found)),
        show.indicator_tree(company.dashboard(seed)),
    ):
        html = picture._repr_html_()
        assert alternative(html) == picture.told
        assert picture.image.startswith(b"<svg")
        assert not re.search(rb"\bnan\b", picture.image)
    assert show.plan_and_inbox(found).image.count(b"font-weight") == len(found.by_purpose)


def test_a_topic_by_its_subject_changes_no_distance() -> None:
    planned = company.planned_purposes(1)
    whole, split = purpose.mismatch(planned, inbox(1)), found_of(1)
    assert split.distance.value == pytest.approx(whole.distance.value)
    assert split.unplanned.value == whole.unplanned.value


def test_the_plan_says_who_is_first_asked_and_lost() -> None:
    assert plain(show.plan_and_inbox(found_of(1)).told) == (
        "Le plan donne le plus de place à « promouvoir les offres » : 47 % de l’effort, 6 % des "
        "messages. On écrit surtout pour « livraison » : 30 % des messages, 0 % de l’effort. Le "
        "plus de messages sans réponse : « livraison », 826 sur 1 184 (personne n’en répond)."
    )


def test_the_distance_is_read_aloud() -> None:
    assert plain(show.tell_distance(found_of(1))) == (
        "La distance entre le plan et les messages vaut **0,85** (intervalle à 95 % : de 0,84 à "
        "0,86). En clair : sur 100 messages, **88** devraient parler d’autre chose pour que la "
        "boîte ressemble au plan."
    )


def test_a_single_message_has_no_interval_and_is_drawn() -> None:
    messages = {"purpose": ["a"], "owner": [None], "answered_at": pd.to_datetime([None])}
    found = purpose.mismatch({"a": 1, "b": 1}, messages)
    assert b"nan" not in show.measures(show.Situation(found)).image
    assert "aucun message" in show.plan_and_inbox(found).image.decode()
    assert "nan" not in show.measures(show.Situation(found)).told


def test_names_that_a_markup_could_trip_on() -> None:
    name = "<script>alert('x')</script> & « b »"
    messages = {
        "purpose": [name, None],
        "owner": [name, "Com"],
        "answered_at": pd.to_datetime([None, "2025-01-01"]),
    }
    found = purpose.mismatch({name: 1}, messages)
    tree = IndicatorTree(
        objectives={name: [name]},  # type: ignore[dict-item]
        indicators=[Indicator(name=name, level=Level.INPUT)],  # type: ignore[arg-type]
    )
    for picture in (show.plan_and_inbox(found), show.indicator_tree(tree)):
        assert b"<script>" not in picture.image
        assert "<script>" not in picture._repr_html_()
    listed = show.problem_list(tree.problems())
    assert "<script>" not in listed.data
    assert "&lt;script&gt;" in listed.data


def test_tables_are_in_french_with_units() -> None:
    html = plain(show.inbox_table(found_of(1), "Titre").to_html())
    assert "1 184" in html
    assert "70 %" in html
    hidden = show.inbox_table(found_of(1), counted=False).to_html()
    assert "1\u202f184" not in hidden
    assert "Boutique en ligne" in hidden
    assert "47 %" in plain(show.plan_table(company.planned_purposes(1)).to_html())
    assert all(level.label in show.level_table().to_html() for level in Level)
    some = inbox(1).head(3).assign(text=["<b>a</b>", "b", "c"], owner=[None, "Com", None])
    letters = show.letters(some).to_html()
    assert "&lt;b&gt;a&lt;/b&gt;" in letters
    assert letters.count(NOBODY) == 2


def test_an_objective_is_shown_field_by_field() -> None:
    objective = Objective(
        name="Réponses", statement="Répondre <vite>", indicator="Délai", baseline=26.5, target=4,
        unit="h", deadline="2026-12-31", owner="Com",
    )  # fmt: skip
    html = show.objective_card(objective).to_html()
    assert "26,5" in html
    assert "31/12/2026" in html
    assert "Répondre &lt;vite&gt;" in html
    assert "Début" not in html


def test_problems_are_listed_and_their_absence_is_said() -> None:
    vague = show.problem_list(Objective.problems({"statement": "Être proches"}))
    assert vague.data.count("<li>") == 7
    assert "✓ Tout va bien." in show.problem_list([], "Tout va bien.").data
    assert "✓ Rien à corriger." in show.problem_list([]).data


def test_a_tree_says_what_is_to_be_mended() -> None:
    tree = company.dashboard(2)
    told = plain(show.indicator_tree(tree).told)
    assert "« Réclamations » : aucun indicateur" in told
    assert "Mesuré seulement par ce que l’on fait ou diffuse : « Réponses »." in told
    assert "Ne sert aucun objectif : « Abonnés » et « Mentions J’aime »." in told
    assert show.indicator_tree(tree).image.decode().count("✗") == 4
    assert show.indicator_tree(IndicatorTree()).image.startswith(b"<svg")


@pytest.mark.parametrize("seed", range(40))
def test_boxes_of_a_tree_do_not_overlap(seed: int) -> None:
    tree = company.dashboard(seed)
    boxes = list(show._boxes(tree, {p.about for p in tree.problems()}).values())
    assert len(boxes) == len(tree.indicators) + len(tree.objectives)
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = abs(one.middle - other.middle) >= (one.height + other.height) / 2
            assert one.x != other.x or apart


# --- the learner's own export ----------------------------------------------------------------


def own(source: Any = None) -> show.OwnIndicators:
    return show.OwnIndicators(source, company.videos(seed=5, n=12))


def fill(own: show.OwnIndicators, **fields: str) -> None:
    for name, value in fields.items():
        own.controls[name].value = value
    own.controls["check"].click()


COMPLETE = {
    "statement": "Répondre à tous les clients", "indicator": "", "other": "Réponses en 24 h",
    "level": "outcome", "baseline": "41,3", "target": "85", "unit": "%", "deadline": "31/12/2999",
    "owner": "Service client",
}  # fmt: skip


def test_without_an_export_the_sample_is_shown_as_such() -> None:
    found = own()
    assert found.told["source"] == f"Exemple synthétique. {company.NOTICE}"
    assert found.told["levels"].startswith("Exemple synthétique. Niveaux présents")
    assert {i.level for i in found.indicators} == {Level.OUTPUT, Level.OUT_TAKE}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_platform_s_measures_have_a_level(name: str, tmp_path: Path) -> None:
    found = own(write(name, tmp_path))
    assert found.told["source"].startswith("Vos données, lues dans «")
    assert found.indicators
    for indicator in found.indicators:
        assert indicator.level is not None or indicator.name == "Résultats"
        fill(found, indicator=indicator.name)
        assert found.told["objective"].startswith(
            "6 points à reprendre."
            if (indicator.level and indicator.level.rank > Level.OUTPUT.rank)
            else "7 points à reprendre."
        )


def test_what_an_export_lacks_is_said(tmp_path: Path) -> None:
    ads = own(write("google-ads.csv", tmp_path))
    assert plain(ads.told["levels"]) == (
        "Vos données. Niveaux présents : Moyens engagés, Diffusion, Réception, Effets. Niveaux "
        "absents : Activités, Impact."
    )
    posts = own(write("facebook.csv", tmp_path))
    assert "pas ce que cela a changé" in posts.told["levels"]
    html = " ".join(w.value for w in all_widgets(posts.widget) if isinstance(w, widgets.HTML))
    assert "<b>Couverture</b>\u00a0: personnes différentes touchées" in html


def test_a_file_that_does_not_fit_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_text("couleur,taille\nbleu,3\n")
    told = own(path).told["source"]
    assert told.startswith("⚠ ")
    assert told.endswith(company.NOTICE)


def test_an_upload_is_read(tmp_path: Path) -> None:
    path = write("ga4.csv", tmp_path)
    found = own()
    found._uploaded({"new": ({"name": "mien.csv", "content": memoryview(path.read_bytes())},)})
    assert found.told["source"] == "Vos données, lues dans «\u00a0mien.csv\u00a0»."
    assert Level.OUTCOME in {i.level for i in found.indicators}


@pytest.mark.parametrize("content", [None, b"couleur,taille\nbleu,3\n"])
def test_another_file_takes_nothing_of_what_was_typed(
    tmp_path: Path, content: bytes | None
) -> None:
    found = own()
    found.controls["indicator"].value = show._OTHER
    found.controls["other"].value = "Avis clients"
    found.controls["statement"].value = "Répondre à tous"
    found.controls["target"].value = "6 000 €"
    content = content or write("ga4.csv", tmp_path).read_bytes()
    found._uploaded({"new": ({"name": "mien.csv", "content": memoryview(content)},)})
    assert found.controls["statement"].value == "Répondre à tous"
    assert found.controls["other"].value == "Avis clients"
    assert found.controls["indicator"].value == show._OTHER
    assert found.controls["other"].layout.display is None
    assert found._typed(None)["target"] == 6000
    # A measure that the file now read has not: nothing is chosen in its place.
    found.controls["indicator"].value = found.indicators[0].name
    found._uploaded(
        {"new": ({"name": "a.csv", "content": write("facebook.csv", tmp_path).read_bytes()},)}
    )
    assert found.controls["indicator"].value in (
        show._NOT_CHOSEN,
        *(each.name for each in found.indicators),
    )


def test_a_complete_objective_can_be_checked() -> None:
    found = own()
    fill(found, **COMPLETE)
    assert found.told["objective"].startswith("✓ Votre objectif peut se vérifier.")
    assert "dit ce qui change" in found.told["objective"]
    assert found._verdict.value == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"baseline": ""}, "La valeur de départ manque."),
        ({"target": "beaucoup"}, "« Cible » : « beaucoup » ne se lit pas."),
        ({"target": "41,3"}, "La cible est égale à la valeur de départ (41,3)."),
        ({"deadline": "31/02/2999"}, "« Échéance » : « 31/02/2999 » ne se lit pas."),
        ({"deadline": "01/01/2020"}, "L’échéance (01/01/2020) ne vient pas après le début"),
        ({"owner": " "}, "Personne ne répond de cet objectif."),
        ({"other": ""}, "Rien ne mesure cet objectif."),
        ({"level": "?"}, "L’indicateur « Réponses en 24 h » n’a pas de niveau."),
        ({"level": "activity"}, "ne se mesure que par ce que vous faites ou diffusez"),
        ({"statement": "<i>x</i>" * 600}, "« Énoncé » attend un texte d’au plus 2000 caractères"),
    ],
)
def test_what_an_objective_lacks_is_said_once(changed: dict[str, str], said: str) -> None:
    found = own()
    fill(found, **COMPLETE | changed)
    assert found.told["objective"].startswith("1 point à reprendre.")
    assert said in plain(unescape(found._verdict.value))
    assert "<i>" not in found._verdict.value


def test_the_name_and_level_are_asked_only_where_the_file_does_not_tell(tmp_path: Path) -> None:
    found = own(write("meta-ads.csv", tmp_path))
    shown = lambda: [  # noqa: E731
        found.controls[name].layout.display != "none" for name in ("other", "level")
    ]
    assert shown() == [False, False]
    found.controls["indicator"].value = "Couverture"
    assert shown() == [False, False]
    found.controls["indicator"].value = "Résultats"
    assert shown() == [False, True]
    found.controls["indicator"].value = ""
    assert shown() == [True, True]


def test_an_advice_follows_the_level(tmp_path: Path) -> None:
    found = own(write("google-ads.csv", tmp_path))
    fill(found, indicator="Coût")
    told = plain(found.told["objective"])
    assert "« Coût » dépend de vous plus que du public." in told
    assert "Plus près du but, dans ce fichier : « Impr. », « Clics » et « Conversions »." in told
    assert "Impact : cherchez-le dans votre caisse" in told
    fill(found, indicator="Clics")
    assert "le public a réagi" in found.told["objective"]
    fill(found, indicator="Conversions")
    assert "ce fichier a" in found.told["objective"]
