"""The simulator of key 5, without a browser: what it says, what moves it, what it leaves behind."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import matplotlib._pylab_helpers as pyplot_figures
import numpy as np
import pandas as pd
import pytest

from cinqcles.data import company, write_youtube_export
from cinqcles.errors import MetricError
from cinqcles.keys import attention
from cinqcles.views import attention as show
from front_end import all_widgets, alternative, images

SEEDS = range(6)


def curves_of(frame: pd.DataFrame, seed: int = 5) -> dict[str, attention.RetentionCurve]:
    found = {}
    for _row, video in frame.iterrows():
        seen = company.viewings(video, seed=seed, n=200)
        found[video["video_id"]] = attention.retention_curve(
            seen["viewing_s"], seen["still_watching"]
        )
    return found


@cache
def curves_of_seed(seed: int) -> dict[str, attention.RetentionCurve]:
    return curves_of(company.videos(seed=seed, n=12))


def simulator(seed: int = 5) -> show.RankingSimulator:
    frame = company.videos(seed=seed, n=12)
    return show.RankingSimulator(frame, curves_of_seed(seed), notice=company.NOTICE)


@pytest.fixture
def sim() -> show.RankingSimulator:
    return simulator()


def predict(sim: show.RankingSimulator, row: int) -> None:
    sim.controls["prediction"].value = row
    sim.buttons["predict"].click()


# --- predict ---------------------------------------------------------------------------------


def test_nothing_is_shown_before_a_prediction(sim: show.RankingSimulator) -> None:
    assert sim._after.layout.display == "none"
    sim.buttons["predict"].click()
    assert sim.told["prediction"] == "Choisissez d’abord une vidéo dans la liste."
    assert sim._after.layout.display == "none"
    predict(sim, 3)
    assert sim._after.layout.display == "flex"


def test_the_list_of_videos_opens_on_an_invitation(sim: show.RankingSimulator) -> None:
    # With index None, a browser shows an empty list.
    assert sim.controls["prediction"].index == 0
    assert sim.controls["prediction"].label == "Choisissez une vidéo"


def test_a_prediction_is_compared_with_the_ranking(sim: show.RankingSimulator) -> None:
    first = int(sim.ranks["after"].to_numpy().argmin())
    title = sim.ranks["title"][first]
    predict(sim, first)
    assert sim.told["prediction"] == (
        f"✓ Vous aviez prédit « {title} » : elle est bien la première selon "
        "« Coût d’une heure regardée »."
    )
    last = int(sim.ranks["after"].to_numpy().argmax())
    predict(sim, last)
    assert sim.told["prediction"] == (
        f"Vous aviez prédit « {sim.ranks['title'][last]} » : selon « Coût d’une heure regardée », "
        f"elle est 12e sur 12. La première est « {title} »."
    )


# --- move ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_every_criterion_can_be_chosen_and_says_who_is_first(seed: int) -> None:
    sim = simulator(seed)
    offered = [name for _label, name in sim.controls["criterion"].options]
    assert set(offered) == set(show.CRITERIA) - {"likes"}
    for name in offered:
        sim.controls["criterion"].value = name
        assert sorted(sim.ranks["after"]) == list(range(1, 13))
        first = sim.ranks.loc[sim.ranks["after"].idxmin(), "title"]
        assert f"« {first} »" in sim.told["ranks"]
        assert show.CRITERIA[name].label in sim.told["ranks"]


def test_ranks_agree_with_the_metric(sim: show.RankingSimulator) -> None:
    frame = company.videos(seed=5, n=12)
    cost = attention.cost_per_engaged_second(frame["cost_eur"], frame["watch_time_s"])
    assert list(sim.ranks["after"]) == list(cost.rank().astype(int))
    assert list(sim.ranks["before"]) == list(frame["likes"].rank(ascending=False).astype(int))


def test_a_cheaper_favourite_climbs(sim: show.RankingSimulator) -> None:
    liked = int(sim.ranks["before"].to_numpy().argmin())
    before, told = sim.ranks["after"][liked], sim.told["ranks"]
    sim.controls["cost"].value = 5
    assert sim.ranks["after"][liked] < before
    assert sim.told["ranks"] != told
    sim.controls["cost"].value = 100
    assert sim.told["ranks"] == told


def test_the_mark_moves_the_curves_and_their_reading(sim: show.RankingSimulator) -> None:
    drawn, told = sim._areas["retention_image"].value, sim.told["retention"]
    assert told.startswith("À 7 s : ")
    assert sim.controls["mark_s"].value == show.CLAIM_S
    sim.controls["mark_s"].value = 30
    assert sim.told["retention"].startswith("À 30 s : ")
    assert sim._areas["retention_image"].value != drawn
    sim.controls["mark_s"].value = 7
    assert sim._areas["retention_image"].value == drawn


def test_the_mark_ranks_videos_when_it_is_the_criterion(sim: show.RankingSimulator) -> None:
    sim.controls["criterion"].value = "kept"
    at_7 = list(sim.ranks["after"])
    sim.controls["mark_s"].value = 20
    assert list(sim.ranks["after"]) != at_7


def test_a_video_that_is_over_is_said_to_be_over() -> None:
    frame = company.videos(seed=5, n=12)
    sim = show.RankingSimulator(frame, curves_of_seed(5), criterion="cost_kept")
    sim.controls["mark_s"].value = 60
    assert "est finie" in sim.told["retention"]
    assert "n’est plus mesurable" in sim.told["ranks"]


def test_a_slider_and_its_field_hold_the_same_number(sim: show.RankingSimulator) -> None:
    for name in ("mark_s", "cost"):
        sim.controls[f"{name}_typed"].value = 10
        assert sim.controls[name].value == 10
    assert sim.told["retention"].startswith("À 10 s : ")


# --- explain ---------------------------------------------------------------------------------


def test_an_explanation_comes_after_one_s_own(sim: show.RankingSimulator) -> None:
    sim.buttons["explain"].click()
    assert sim.told["explanation"] == "Écrivez d’abord votre phrase, même très courte."
    sim.controls["why"].value = "Parce que le temps compte."
    sim.buttons["explain"].click()
    assert sim.told["explanation"].startswith("Une explication possible. « ")
    assert " dépensés. « " in sim.told["explanation"]


# --- for everybody ---------------------------------------------------------------------------


def test_every_control_has_a_label(sim: show.RankingSimulator) -> None:
    own = show.OwnVideos(None, company.videos(seed=5, n=12))
    controls = [
        widget
        for widget in [*all_widgets(sim.widget), *all_widgets(own.widget)]
        if isinstance(widget, widgets.DOMWidget)
        and not isinstance(widget, widgets.HTML | widgets.Box)
    ]
    assert len(controls) > 12
    for control in controls:
        assert control.description.strip(), control


def test_every_image_says_in_french_what_is_read_on_it(sim: show.RankingSimulator) -> None:
    predict(sim, 0)
    alternatives = [alternative(tag) for tag in images(sim.widget)]
    assert alternatives == [sim.told["ranks"], sim.told["retention"]]
    for name in ("ranks", "retention"):
        assert 'role="status"' in sim._areas[name].value
        # A decimal point, or a space that a line may break, would be a slip.
        assert not re.search(r"\d\.\d|\x20[:;?!%»€]|«\x20", sim.told[name])


def test_where_the_data_come_from_is_always_in_sight(sim: show.RankingSimulator) -> None:
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert unescape(company.NOTICE) in unescape(texts)


def test_no_figure_is_left_behind(sim: show.RankingSimulator) -> None:
    for mark in range(1, 60, 3):
        sim.controls["mark_s"].value = mark
    assert not pyplot_figures.Gcf.figs


# --- pictures --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_pictures_carry_their_reading(seed: int) -> None:
    frame = company.videos(seed=seed, n=12)
    curves = dict(zip(frame["title"], curves_of_seed(seed).values(), strict=True))
    rate = (frame["conversions"] / frame["views"]).rename("commandes par vue")
    found = attention.simpson_reversals(frame["likes"], rate, frame["format"], smallest_group=5)
    three = {title: curves[title] for title in list(curves)[:3]}
    for picture in (
        show.slopes(frame, "cost_hour"),
        show.retention(three),
        show.scatter_by_group(frame["likes"], rate, frame["format"], found),
    ):
        html = picture._repr_html_()
        assert alternative(html) == picture.told
        assert 'role="status"' in html
        assert picture.image.startswith((b"\x89PNG", b"<svg"))
    assert "Le signe s’inverse dans chaque groupe." in picture.told
    assert not pyplot_figures.Gcf.figs


def test_titles_that_a_font_or_a_markup_could_trip_on() -> None:
    frame = company.videos(seed=5, n=6)
    frame["title"] = ["🧼 soldes $5 à $10", "a<b & c", "日本語", "_x^2$", "", "é" * 200]
    curves = dict(zip(frame["title"], curves_of(frame).values(), strict=True))
    three = {title: curves[title] for title in ("🧼 soldes $5 à $10", "日本語", "_x^2$")}
    assert show.retention(three).image
    assert b"a&lt;b &amp; c" in show.slopes(frame, "cost_hour").image
    assert alternative(show.slopes(frame, "cost_hour")._repr_html_())


def test_the_table_of_a_mark_admits_what_it_cannot_say() -> None:
    everybody = attention.retention_curve([30.0, 30.0], [True, True])
    html = show.retention_table({"Fidèles": everybody}).to_html()
    assert "100\u00a0%" in html
    assert "pas avant la fin" in html


@pytest.mark.parametrize("link", [-0.9, 0.9, 0.1])
def test_a_link_is_read_with_its_interval(link: float) -> None:
    found = attention.RankComparison(link, link - 0.15, link + 0.15, 12, 0, "spearman", 0.95, 200)
    verdict = {-0.9: "s’opposent", 0.9: "se ressemblent", 0.1: "on ne peut pas dire"}[link]
    assert verdict in show.tell_link(found)


def test_too_few_videos_are_refused_in_a_sentence() -> None:
    with pytest.raises(MetricError, match="Il n’y a pas de quoi comparer deux classements"):
        show.RankingSimulator(company.videos(seed=5, n=12).head(1))


def test_many_videos_keep_the_most_viewed_and_say_so() -> None:
    sim = show.RankingSimulator(company.videos(seed=5, n=30), notice="Essai.")
    assert len(sim.ranks) == show.MOST_DRAWN
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert "Essai. Les 12 vidéos les plus vues, sur 30, sont classées ici." in texts


# --- the learner's own videos ----------------------------------------------------------------


def own(source: Any = None) -> show.OwnVideos:
    return show.OwnVideos(source, company.videos(seed=5, n=12))


def test_without_an_export_the_sample_is_shown_as_such() -> None:
    found = own()
    assert found.told["source"] == f"Exemple synthétique. {company.NOTICE}"
    assert found.simulator is not None
    assert found.simulator.criterion == "seconds_per_view"
    assert "mark_s" not in found.simulator.controls
    assert "cost" not in found.simulator.controls


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_export_is_ranked(tmp_path: Path, language: Any) -> None:
    path = write_youtube_export(company.videos(seed=9, n=8), tmp_path / "mien.csv", language)
    found = own(path)
    assert found.told["source"].startswith("Vos vidéos, lues dans « mien.csv")
    assert found.simulator is not None
    assert set(found.simulator.ranks["title"]) == set(company.videos(seed=9, n=8)["title"])


def test_an_upload_is_ranked(tmp_path: Path) -> None:
    path = write_youtube_export(company.videos(seed=9, n=8), tmp_path / "mien.csv")
    found = own()
    found._uploaded({"new": ({"name": "mien.csv", "content": memoryview(path.read_bytes())},)})
    assert found.told["source"] == "Vos vidéos, lues dans « mien.csv »."


def test_a_wrong_path_is_explained_and_the_sample_stands_in() -> None:
    found = own("nimporte.csv")
    assert found.told["source"].startswith("⚠ Le fichier « nimporte.csv » est introuvable.")
    assert "En attendant, voici l’exemple. Exemple synthétique." in found.told["source"]
    assert found.simulator is not None


def test_an_export_without_likes_starts_from_the_views(tmp_path: Path) -> None:
    path = tmp_path / "sans-jaime.csv"
    path.write_text(
        "Contenu,Titre de la vidéo,Vues,Durée moyenne d’une vue\n"
        "dQw4w9WgXcQ,Une,100,0:00:10\naaaaaaaaaaa,Deux,50,0:00:40\nbbbbbbbbbbb,,10,0:00:20\n"
    )
    found = own(path)
    assert found.simulator is not None
    assert found.simulator.start == "views"
    assert "n’a pas de colonne « J’aime »" in found.told["missing"]
    assert "Faute de colonnes, ces critères manquent : " in found.told["missing"]
    assert list(found.simulator.ranks["title"]) == ["Une", "Deux", "bbbbbbbbbbb"]
    assert list(found.simulator.ranks["after"]) == [3, 1, 2]
    found.controls["cost"].value = "10"
    assert found.told["cost"] == "La colonne du temps regardé manque dans cet export."


@pytest.mark.parametrize(
    "text",
    [
        "Date,Vues\n2025-01-01,3\n2025-01-02,5\n",
        "Contenu,Vues\ndQw4w9WgXcQ,5\n",
        "Contenu,Titre de la vidéo\ndQw4w9WgXcQ,Une\naaaaaaaaaaa,Deux\n",
        "n’importe quoi",
        "",
    ],
)
def test_a_file_that_does_not_fit_is_explained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "autre.csv"
    path.write_text(text)
    told = own(path).told["source"]
    assert told.startswith("⚠ ")
    assert told.endswith(company.NOTICE)


def test_a_typed_cost_gives_the_price_of_an_hour() -> None:
    found = own()
    assert found.told["cost"].startswith("Sans coût, l’analyse porte sur l’attention seule.")
    found.controls["cost"].value = "1 234,50 €"
    hours = company.videos(seed=5, n=12)["watch_time_s"].sum() / 3600
    price = f"{1234.5 / hours:.2f}".replace(".", ",")
    assert f"une heure d’attention vous coûte {price}\u00a0€" in found.told["cost"]
    found.controls["cost"].value = "beaucoup"
    assert found.told["cost"].startswith("« beaucoup » n’est pas lu comme un montant.")
    found.controls["cost"].value = "-3"
    assert "-3" in found.told["cost"]


def test_missing_values_are_not_zero() -> None:
    frame = company.videos(seed=5, n=12)
    frame["likes"] = frame["likes"].astype(float)
    frame.loc[0, "likes"] = np.nan
    assert show.ranking(frame, "likes")[0] == 12
    assert show.ranking(frame, "engagement_views")[0] == 12
