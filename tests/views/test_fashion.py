"""The simulators of key 3, without a browser: what they say, what moves them."""

from __future__ import annotations

import math
import re
from functools import cache
from html import unescape
from typing import Any
from xml.etree import ElementTree

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.keys import fashion
from cinqcles.views import fashion as show
from cinqcles.views.simulator import Simulator

SEEDS = range(6)


def tools(seed: int = 5, difficulty: int = 3) -> company.Candidates:
    return company.tools(seed, difficulty)


def tool_simulator(seed: int = 5, difficulty: int = 3) -> show.ToolSimulator:
    return show.ToolSimulator(tools(seed, difficulty), company.NOTICE)


@cache
def adoption_simulator(seed: int = 5) -> show.AdoptionSimulator:
    return show.AdoptionSimulator(company.adoption(seed, 3), "Podcast de marque", company.NOTICE)


def pilot_simulator(seed: int = 5) -> show.PilotSimulator:
    tool = tools(seed).scores.index[0]
    return show.PilotSimulator(company.stakes(tool, seed, 3), tool, company.NOTICE)


def inside(widget: widgets.Widget) -> list[widgets.Widget]:
    children = getattr(widget, "children", ())
    return [widget, *(below for child in children for below in inside(child))]


def texts(widget: widgets.Widget) -> str:
    return unescape(" ".join(w.value for w in inside(widget) if isinstance(w, widgets.HTML)))


def predict(sim: Simulator, value: Any) -> str:
    sim.controls["prediction"].value = value
    sim.buttons["predict"].click()
    return sim.told["prediction"]


def plain(text: str) -> str:
    """A text with plain spaces, once it is sure that its own are well set."""
    assert not re.search(r"\d\.\d|\x20[:;?!%»€]|«\x20|nan|NaN", text), text
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- tools -----------------------------------------------------------------------------------


def test_the_first_tool_is_the_one_the_key_finds() -> None:
    sim = tool_simulator()
    c = tools()
    found = fashion.weighted_sum(
        c.scores,
        c.criteria["weight"],
        directions=c.criteria["direction"],
        normalisation="min-max",
        serves=c.serves,
    )
    first, second = found.table.index[:2]
    assert plain(sim.told["ranks"]).startswith(
        f"Méthode : somme pondérée, notes min–max. « {first} » est premier sur 9 "
    )
    assert f"devant « {second} »" in plain(sim.told["ranks"])
    assert plain(sim.told["ranks"]).endswith(
        f"« {c.fashionable} » est écarté : il ne sert aucun objectif retenu."
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_prediction_is_compared_with_the_ranking(seed: int) -> None:
    sim = tool_simulator(seed, 1)
    sim.buttons["predict"].click()
    assert sim.told["prediction"] == "Choisissez d’abord un outil dans la liste."
    first, cited = sim.ranking.winners[0], tools(seed, 1).fashionable
    assert plain(predict(sim, first)) == (
        f"✓ Vous aviez prédit « {first} » : avec ces réglages, il est bien premier."
    )
    # The most cited one serves none of the objectives.
    assert plain(predict(sim, cited)) == (
        f"Vous aviez prédit « {cited} » : il ne sert aucun objectif retenu, il est écarté avant "
        f"tout calcul. Le premier est « {first} »."
    )
    sim.controls["objective"].value = "none"
    rank = int(sim.ranking.table.loc[cited, "rank"])  # type: ignore[arg-type]
    assert plain(sim.told["prediction"]) == (
        f"Vous aviez prédit « {cited} » : avec ces réglages, il est {rank}e sur 6. Le premier est "
        f"« {first} »."
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_veto_the_most_cited_wins_and_is_said_to_serve_nothing(seed: int) -> None:
    sim = tool_simulator(seed)
    predict(sim, sim.ranking.winners[0])
    cited = tools(seed).fashionable
    assert sim.ranking.vetoed.index.tolist() == [cited]
    assert "aucun objectif" not in sim.explanation()
    sim.controls["objective"].value = "none"
    assert sim.ranking.winners == [cited]
    assert "Mais il ne sert aucun objectif de l’entreprise" in plain(sim.explanation())


@pytest.mark.parametrize("seed", SEEDS)
def test_an_objective_sets_tools_apart(seed: int) -> None:
    sim = tool_simulator(seed)
    serves = tools(seed).serves
    offered = [value for _label, value in sim.controls["objective"].options]
    assert offered[0] == "all"
    assert offered[-1] == "none"
    for objective in offered[1:-1]:
        sim.controls["objective"].value = objective
        assert set(sim.ranking.table.index) == set(serves.index[serves[objective]])
        assert set(sim.ranking.vetoed.index) == set(serves.index[~serves[objective]])


def test_a_weight_starts_from_the_company_s_and_moves_the_others_in_proportion() -> None:
    sim = tool_simulator()
    own = tools().criteria["weight"]
    for criterion in own.index:
        sim.controls["criterion"].value = criterion
        assert sim.controls["weight"].value == round(100 * own[criterion])
        # Not moved: the company's weights, not rounded.
        assert sim.ranking.weights.to_dict() == pytest.approx(own.to_dict())
    sim.controls["weight_typed"].value = 60
    assert sim.controls["weight"].value == 60
    moved = sim.ranking.weights
    assert moved[criterion] == pytest.approx(0.6)
    others = own.drop(criterion)
    assert (moved.drop(criterion) / others).std() == pytest.approx(0)


def test_beyond_its_margin_a_weight_changes_the_winner() -> None:
    sim = tool_simulator()
    first = sim.ranking.winners[0]
    margins = fashion.weight_margins(sim.ranking)
    tight = margins["margin"].idxmin()
    row = margins.loc[tight]
    sim.controls["criterion"].value = tight
    assert f"« {first} » reste premier de " in plain(sim.told["margin"])
    below = row["weight"] - row["low"] < row["high"] - row["weight"]
    beyond = row["low"] - 0.02 if below else row["high"] + 0.02
    sim.controls["weight"].value = round(100 * float(beyond))
    assert sim.ranking.winners == [row["overtaken_below" if below else "overtaken_above"]]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_setting_has_something_to_say(seed: int) -> None:
    sim = tool_simulator(seed)
    for _label, method in sim.controls["method"].options:
        sim.controls["method"].value = method
        for weight in (0, 37, 100):
            sim.controls["weight"].value = weight
            assert show.METHODS[method].label in sim.told["ranks"]
            for name in ("ranks", "margin"):
                plain(sim.told[name])
    assert "a tout le poids" in sim.told["margin"]


def test_lines_are_those_of_the_company_s_weights_wherever_one_comes_from() -> None:
    there, back = tool_simulator(), tool_simulator()
    # With all the weight on one criterion, the others have no proportions left to draw.
    there.controls["weight"].value = 100
    for sim in (there, back):
        sim.controls["method"].value = "topsis-vector"
        sim.controls["weight"].value = 40
    assert there._areas["margin_image"].value == back._areas["margin_image"].value


def test_ties_are_told() -> None:
    c = tools(5, 1)
    twins = c.scores.copy()
    twins.iloc[1] = twins.iloc[0]
    twins.iloc[:2] = [1000, 1, 1, 60, 60]
    same = company.Candidates(twins, c.criteria, c.serves | True, c.press_mentions)
    sim = show.ToolSimulator(same)
    assert "sont ex æquo en tête" in sim.told["ranks"]
    assert "le moindre changement de poids les sépare" in sim.told["margin"]
    both = sim.ranking.winners
    assert "il est bien premier" in predict(sim, both[1])


# --- adoption --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("cannot know", "✓ Vous aviez raison de ne pas conclure"),
        ((-6, 0), "Vous aviez prédit autre chose"),
    ],
)
def test_a_peak_is_not_to_be_guessed(answer: Any, told: str) -> None:
    sim = adoption_simulator()
    frame = company.adoption(5, 3)
    at = int(frame["adopters"].to_numpy().argmax())
    assert plain(predict(sim, answer)).startswith(
        f"Le trimestre le plus fort a été le {show.quarter(frame['quarter'][at])}, {at - 5} "
        f"trimestres plus tard. {told}"
    )


def test_a_lucky_guess_is_called_one() -> None:
    sim = adoption_simulator()
    later = int(company.adoption(5, 3)["adopters"].to_numpy().argmax()) - 5
    ranges = [v for _label, v in sim.controls["prediction"].options if isinstance(v, tuple)]
    lucky = next(r for r in ranges if r[0] <= later <= r[1])
    assert "mais par chance" in predict(sim, lucky)


def test_it_refuses_until_the_peak_is_past() -> None:
    sim = adoption_simulator()
    frame = company.adoption(5, 3)
    answers = {}
    for known in range(show.FIRST_QUARTERS, len(frame) + 1):
        sim.controls["known"].value = known
        told = plain(sim.told["adoption"])
        assert f"{known} trimestres connus" in told
        answers[known] = "Le sommet est passé" in told
        assert answers[known] != ("Le calcul refuse de prédire" in told)
    assert not answers[6]
    assert answers[len(frame)]
    peak = fashion.fit_bass(frame["adopters"]).estimates.loc["peak_time", "estimate"]
    assert f"({peak:.1f} trimestres après".replace(".", ",") in told


@pytest.mark.parametrize("seed", range(12))
def test_a_curve_that_peaks_beside_the_strongest_quarter_says_why(seed: int) -> None:
    frame = company.adoption(seed, 3)
    told = plain(show.adoption(frame).told)
    strongest = show.quarter(frame["quarter"][frame["adopters"].idxmax()])
    differ = f"vers le {strongest} " not in told
    assert differ == (
        "Ce sommet est celui de la courbe ajustée ; le trimestre le plus fort, le "
        f"{strongest}, tient aussi au hasard." in told
    )


def test_a_total_never_says_that_a_fashion_ends() -> None:
    sim = adoption_simulator()
    sim.controls["view"].value = True
    assert "Un total ne peut que monter" in sim.told["adoption"]
    sim.controls["view"].value = False
    assert "Un total" not in sim.told["adoption"]


def test_a_series_that_says_nothing_is_drawn_all_the_same() -> None:
    frame = company.adoption(5, 1).head(8)
    drawn = show.adoption(frame)
    assert "Le calcul refuse de prédire" in drawn.told
    assert drawn.image.startswith(b"<svg")


# --- pilot -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pilot_is_the_best_to_begin_with(seed: int) -> None:
    sim = pilot_simulator(seed)
    assert plain(predict(sim, "pilot")).startswith(
        "✓ Vous aviez prédit « essayer d’abord (pilote) » : avec ces réglages, c’est bien le mieux"
    )
    assert "le mieux est d’essayer d’abord." in predict(sim, "commit") + sim.told["bets"]


def test_what_each_decision_is_worth_is_the_key_s() -> None:
    sim = pilot_simulator()
    sim.controls["success_probability"].value = 55
    sim.controls["right_typed"].value = 90
    sim.controls["kept_share"].value = 70
    stakes = sim.stakes
    assert (stakes["sensitivity"], stakes["specificity"]) == (0.9, 0.9)
    worth = fashion.pilot_or_commit(**stakes).expected_eur
    for name in ("pilot", "commit", "none"):
        assert show.money(worth[name]) in sim.told["bets"]
    low, high = fashion.pilot_or_commit(**stakes).pilot_range or (0, 0)
    # At both of the chances told, the pilot is the best indeed.
    least, most = math.ceil(100 * low), math.floor(100 * high)
    assert f"entre {least} % et {most} % de chances" in plain(sim.told["bets"])


def test_a_useless_pilot_is_not_praised() -> None:
    sim = pilot_simulator()
    for name, value in (("success_probability", 30), ("right", 60), ("kept_share", 30)):
        sim.controls[name].value = value
    decision = fashion.pilot_or_commit(**sim.stakes)
    assert decision.pilot_value_eur < 0
    less = show.money(-decision.pilot_value_eur)
    assert f"ce pilote retire {less} à la meilleure décision" in sim.told["tree"]
    assert sim.explanation().endswith(f"il retire {less} à la meilleure décision immédiate.")


def test_settings_at_their_ends_have_something_to_say() -> None:
    sim = pilot_simulator()
    predict(sim, "none")
    for odds in (0, 100):
        for right in (50, 100):
            for kept in (50, 100):
                for name, value in (("success_probability", odds), ("right", right),
                                    ("kept_share", kept)):  # fmt: skip
                    sim.controls[name].value = value
                for told in (*sim.told.values(), sim.explanation()):
                    plain(told)
    sim.controls["right"].value = 50
    assert "n’est jamais le mieux" in sim.told["bets"]
    assert "n’apprend rien d’utile" in sim.explanation()


# --- together --------------------------------------------------------------------------------


def whole(seed: int = 5) -> show.FashionSimulator:
    c = tools(seed)
    tool = c.scores.index[0]
    return show.FashionSimulator(
        c, company.adoption(seed, 3), company.stakes(tool, seed, 3), tool, company.NOTICE
    )


def test_one_question_is_asked_at_a_time() -> None:
    sim = whole()
    assert [value for _label, value in sim.controls["question"].options] == list(sim.parts)
    for name, part in sim.parts.items():
        sim.controls["question"].value = name
        shown = inside(sim.widget)
        assert part.widget in shown
        assert [p for p in sim.parts.values() if p.widget in shown] == [part]
        # Few enough to take in at a glance, the question and the explanation apart.
        moving = [n for n in part.controls if not n.endswith("_typed")]
        assert len(set(moving) - {"prediction", "why"}) <= 4


def test_nothing_is_shown_before_a_prediction_and_all_can_be_used() -> None:
    for part in whole().parts.values():
        assert part._after.layout.display == "none"
        part.buttons["predict"].click()
        assert part.told["prediction"].startswith("Choisissez d’abord")
        predict(part, part.controls["prediction"].options[1][1])
        assert part._after.layout.display == "flex"
        part.buttons["explain"].click()
        assert part.told["explanation"] == "Écrivez d’abord votre phrase, même très courte."
        part.controls["why"].value = "Parce que."
        part.buttons["explain"].click()
        assert plain(part.told["explanation"]).startswith("Une explication possible. ")
        assert unescape(company.NOTICE) in texts(part.widget)


def test_every_control_has_a_label_and_every_picture_its_reading() -> None:
    sim = whole()
    for part in sim.parts.values():
        predict(part, part.controls["prediction"].options[1][1])
        for widget in inside(part.widget):
            if isinstance(widget, widgets.HTML | widgets.Box) or not hasattr(widget, "description"):
                continue
            assert widget.description.strip()
        images = re.findall(r'<img alt="([^"]*)"', " ".join(
            w.value for w in inside(part.widget) if isinstance(w, widgets.HTML)
        ))  # fmt: skip
        assert len(images) in (1, 2)
        assert set(map(unescape, images)) <= set(part.told.values())


# --- pictures and tables ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_pictures_are_sound_drawings_with_their_reading(seed: int) -> None:
    c = tools(seed, 1 + seed % 3)
    ranking = show.rank(c)
    marked = show.Marked(c.fashionable, c.scores.index[1])
    criterion = ranking.weights.index[0]
    stakes = company.stakes(ranking.winners[0], seed, 1 + seed % 3)
    for picture in (
        show.ranks(ranking, marked),
        show.path(ranking, criterion, "Coût annuel", marked),
        show.adoption(company.adoption(seed), 7),
        show.adoption(company.adoption(seed), cumulative=True),
        show.bets(stakes),
        show.tree(stakes),
    ):
        root = ElementTree.fromstring(picture.image)  # noqa: S314 - our own drawing
        written = "".join(root.itertext())
        assert len(written) > 40
        assert plain(picture.told)
        for number in re.findall(r'"(-?[\d.]+|nan|inf)"', picture.image.decode()):
            assert np.isfinite(float(number))


def test_names_that_a_markup_could_trip_on() -> None:
    c = tools(5, 1)
    odd = dict(zip(c.scores.index[:2], ["<b>a & b", "é" * 200], strict=True))
    renamed = company.Candidates(
        c.scores.rename(index=odd), c.criteria, c.serves.rename(index=odd) | True,
        c.press_mentions.rename(index=odd),
    )  # fmt: skip
    sim = show.ToolSimulator(renamed)
    assert "&lt;b&gt;a &amp; b" in show.ranks(sim.ranking).image.decode()
    ElementTree.fromstring(show.ranks(sim.ranking).image)  # noqa: S314


def test_tables_say_their_units_and_the_weights() -> None:
    c = tools(5, 1)
    html = show.tool_table(c, company.NOTICE).to_html()
    assert "Coût annuel (€ par an)" in html
    assert "Maison Liseron" in html
    ranking = show.rank(c)
    labels = c.criteria["label"].to_dict()
    html = show.score_table(ranking, labels).to_html()
    assert show.score(ranking.table["score"].iloc[0]) in html
    assert "(poids " in html
    margins = show.margin_table(ranking, labels).to_html()
    assert " points" in margins
    assert "de 0\u00a0% à " in margins
    assert ">oui<" in show.serves_table(c).to_html()
    methods = show.method_table(c).to_html()
    for method in show.METHODS.values():
        assert method.label in methods
    goals = show.objective_table(company.objectives(5)).to_html()
    assert "Commandes pour 100\u00a0€ dépensés" in goals


def test_weights_may_be_read_before_ranking() -> None:
    c = tools(5)
    html = show.tool_table(c, weights=True).to_html()
    for row in c.criteria.to_dict(orient="records"):
        weight = show.tenths(row["weight"])
        assert f"{row['label']} ({row['unit']}), poids {weight}" in html


def scores_in(text: str) -> list[float]:
    return [float(found.replace(",", ".")) for found in re.findall(r"\((\d,\d+)\)", text)]


def test_a_gap_is_the_difference_of_the_scores_shown() -> None:
    for seed in range(60):
        for first, second, gap in show.method_table(tools(seed)).data.itertuples(index=False):  # type: ignore[attr-defined]
            ahead, behind = scores_in(first + second)
            assert ahead > behind
            assert float(gap.replace(",", ".")) == pytest.approx(ahead - behind, abs=1e-9)


def test_two_scores_close_together_are_told_apart() -> None:
    for seed in range(60):
        best, *others = scores_in(show.ranks(show.rank(tools(seed))).told)
        assert all(other < best for other in others)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_margin_is_the_difference_of_what_is_shown(seed: int) -> None:
    ranking = show.rank(tools(seed))
    tight = fashion.weight_margins(ranking)["margin"].idxmin()
    told = plain(show.path(ranking, str(tight), "Temps").told)
    written = [float(n.replace(",", ".")) for n in re.findall(r"([\d,]+) %", told)]
    table = plain(show.margin_table(ranking, {k: k for k in ranking.weights.index}).to_html())
    least = min(float(n.replace(",", ".")) for n in re.findall(r">([\d,]+) points?<", table))
    weight, low, high = written[:3]
    assert least == pytest.approx(min(weight - low, high - weight), abs=0.051)


def test_a_weight_that_changes_nothing_is_said_so() -> None:
    best = pd.DataFrame({"a": [9.0, 1], "b": [9.0, 2]}, index=["x", "y"])
    ranking = fashion.weighted_sum(
        best, {"a": 1, "b": 1}, directions={"a": "benefit", "b": "benefit"},
        normalisation="min-max",
    )  # fmt: skip
    labels = {"a": "Écoute", "b": "Prix"}
    assert "ce poids ne décide de rien" in show.path(ranking, "a", "Écoute").told
    assert "rien ne change" in show.margin_table(ranking, labels).to_html()


def test_judgements_are_written_as_they_are_said() -> None:
    names = ["portée", "accord", "coût"]
    found = fashion.ahp(pd.DataFrame([[1, 1 / 3, 5], [3, 1, 7], [1 / 5, 1 / 7, 1]], names, names))
    html = show.pair_table(found).to_html()
    assert ">1/3<" in html
    assert "65\u00a0%" in html
