"""The tools and their fashion: what they promise holds for every seed and difficulty."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from cinqcles.data.company import HOUR_EUR, Candidates, adoption, adoption_truth, stakes, tools
from cinqcles.data.company.setting import OBJECTIVES
from cinqcles.errors import CinqclesError, MetricError
from cinqcles.keys.fashion import (
    fit_bass,
    pilot_or_commit,
    topsis,
    vetoed,
    weight_margins,
    weighted_sum,
)

BLOCKS = [range(start, start + 100) for start in range(0, 1000, 100)]
Floats = npt.NDArray[np.float64]


def by_id(seeds: range) -> str:
    return f"seeds {seeds.start}-{seeds.stop - 1}"


def naive_weighted_sum(x: Floats, weights: Floats, costs: npt.NDArray[np.bool_]) -> Floats:
    z = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    return np.asarray(np.where(costs, 1 - z, z) @ weights)


def naive_topsis(x: Floats, weights: Floats, costs: npt.NDArray[np.bool_]) -> Floats:
    v = x / np.sqrt((x**2).sum(axis=0)) * weights
    best = np.where(costs, v.min(axis=0), v.max(axis=0))
    worst = np.where(costs, v.max(axis=0), v.min(axis=0))
    to_best = np.sqrt(((v - best) ** 2).sum(axis=1))
    to_worst = np.sqrt(((v - worst) ** 2).sum(axis=1))
    return np.asarray(to_worst / (to_best + to_worst))


def winners(method: object, c: Candidates, by: float) -> set[int]:
    """Who wins, of the useful tools, when one weight at a time is this much heavier or lighter."""
    assert callable(method)
    kept = c.scores[c.serves.any(axis=1)]
    x, weights = kept.to_numpy(float), c.criteria["weight"].to_numpy()
    costs = (c.criteria["direction"] == "cost").to_numpy()
    found = set()
    for place in range(len(weights)):
        for factor in (1, 1 - by, 1 + by):
            moved = weights.copy()
            moved[place] *= factor
            found.add(int(method(x, moved / moved.sum(), costs).argmax()))
    return found


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_fashion_is_no_reason_to_buy_for_any_seed(seeds: range) -> None:
    for seed in seeds:
        difficulty = 1 + seed % 3
        c = tools(seed, difficulty)
        n = 4 + 2 * difficulty
        # Sound.
        assert c.scores.shape == (n, 5)
        assert c.scores.index.is_unique
        assert c.scores.index.equals(c.serves.index)
        assert c.scores.index.equals(c.press_mentions.index)
        assert c.scores.columns.equals(c.criteria.index)
        assert tuple(c.serves) == OBJECTIVES
        x, weights = c.scores.to_numpy(float), c.criteria["weight"].to_numpy()
        assert (x >= [1_500, 1.5, 2, 6, 5]).all()
        assert (x <= [12_000, 12, 16, 48, 40]).all()
        assert abs(weights.sum() - 1) < 1e-9
        assert weights.min() > 0.08
        assert weights.max() < 0.35
        # The fashionable tool stands out in the press, and nowhere else.
        at = c.scores.index.get_loc(c.fashionable)
        mentions = np.sort(c.press_mentions.to_numpy())
        assert mentions[0] >= 1
        assert mentions[-1] >= 1.5 * mentions[-2]
        served = c.serves.to_numpy().sum(axis=1)
        assert served[at] == 0
        assert np.delete(served, at).min() >= 1
        costs = (c.criteria["direction"] == "cost").to_numpy()
        for method in (naive_weighted_sum, naive_topsis):
            scores = method(x, weights, costs)
            # Once the veto has set the fashionable one apart.
            after = np.sort(method(np.delete(x, at, axis=0), weights, costs))[::-1]
            if difficulty == 3:
                # Without it, the fashionable one comes first.
                assert scores[at] - np.delete(scores, at).max() > 0.02  # type: ignore[operator]
            else:
                assert (scores > scores[at]).sum() >= n / 2  # type: ignore[operator]
                assert scores.argmax() != at
            # The leaders are far above the others, one or two of them.
            leaders = 2 if difficulty == 3 else 1
            assert after[leaders - 1] - after[leaders] >= (0.04, 0.15, 0.04, 0.1)[difficulty]
        scores = naive_weighted_sum(x, weights, costs)
        assert np.diff(np.sort(scores)).min() > 0
        # The winner is robust when the lesson is obvious, fragile when it is subtle.
        if difficulty == 1:
            assert len(winners(naive_weighted_sum, c, 0.5)) == 1
            assert len(winners(naive_topsis, c, 0.5)) == 1
        if difficulty == 3:
            assert len(winners(naive_weighted_sum, c, 0.25)) == 2
            assert len(winners(naive_topsis, c, 0.5)) == 2


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_the_fashion_has_passed_for_every_seed(seeds: range) -> None:
    for seed in seeds:
        difficulty = 1 + seed % 3
        frame, truth = adoption(seed, difficulty), adoption_truth(seed, difficulty)
        adopters = frame["adopters"].to_numpy()
        assert 7 < truth.peak_quarter < 12
        assert len(frame) == int(np.ceil(truth.peak_quarter)) + 7 - difficulty
        assert adopters.min() > 10
        assert 6 <= adopters.argmax() < len(frame) - 2
        assert adopters[-1] < 0.8 * adopters.max()
        assert 0.7 * truth.market < adopters.sum() < 1.05 * truth.market
        assert (frame["cumulative_adopters"] == frame["adopters"].cumsum()).all()
        assert frame["quarter"].iloc[-1] == pd.Timestamp("2025-10-01")


@pytest.mark.parametrize("seed", range(9))
def test_the_keys_own_models_agree(seed: int) -> None:
    difficulty = 1 + seed % 3
    c = tools(seed, difficulty)
    weights, directions = c.criteria["weight"], c.criteria["direction"]
    summed = weighted_sum(c.scores, weights, directions=directions, normalisation="min-max")
    close = topsis(c.scores, weights, directions=directions, normalisation="vector")
    for ranking in (summed, close):
        if difficulty == 3:
            assert ranking.winners == [c.fashionable]
        else:
            assert ranking.table.loc[c.fashionable, "rank"] > len(c.scores) / 2
    assert vetoed(c.serves).index.tolist() == [c.fashionable]
    kept = weighted_sum(
        c.scores, weights, directions=directions, normalisation="min-max", serves=c.serves
    )
    margin = weight_margins(kept)["margin"].min()
    assert margin < 0.08 if difficulty == 3 else margin > 0.12


@pytest.mark.parametrize("seed", range(9))
def test_the_adoption_curve_is_found_back_once_its_peak_is_past(seed: int) -> None:
    difficulty = 1 + seed % 3
    adopters = adoption(seed, difficulty)["adopters"].to_numpy()
    found = fit_bass(adopters).estimates["estimate"]
    truth = adoption_truth(seed, difficulty)
    assert found["peak_time"] == pytest.approx(truth.peak_quarter, rel=0.08)
    assert found["market"] == pytest.approx(truth.market, rel=0.15)
    with pytest.raises(MetricError):
        fit_bass(adopters[:6])


def test_the_peak_is_that_of_the_bass_curve() -> None:
    truth = adoption_truth(0)
    t = np.linspace(0, 30, 3_001)
    decay = np.exp(-(truth.p + truth.q) * t)
    share = (1 - decay) / (1 + truth.q / truth.p * decay)
    assert t[np.diff(share).argmax()] == pytest.approx(truth.peak_quarter, abs=0.02)


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_a_pilot_is_worth_it_for_any_seed(seeds: range) -> None:
    for seed in seeds:
        difficulty = 1 + seed % 3
        scores = tools(seed, difficulty).scores
        tool = scores.index[seed % len(scores)]
        found = stakes(tool, seed, difficulty)
        cost = found["commit_cost_eur"]
        year = (
            scores.loc[tool, "annual_cost_eur"] + 52 * HOUR_EUR * scores.loc[tool, "hours_per_week"]
        )
        assert abs(cost - year) <= 50
        assert 0.35 <= found["success_probability"] <= 0.45
        assert 0 <= found["failure_payoff_eur"] < cost < found["success_payoff_eur"]
        # By hand: what a success and a failure leave, then the three bets.
        win, gain = found["success_probability"], found["success_payoff_eur"] - cost
        lose, loss = 1 - win, found["failure_payoff_eur"] - cost
        right = found["sensitivity"]
        assert right == found["specificity"] == (0.9, 0.85, 0.8)[difficulty - 1]
        commit = win * gain + lose * loss
        assert win * (1 - right) * gain + lose * right * loss < 0  # a bad sign stops it
        pilot = 0.9 * (win * right * gain + lose * (1 - right) * loss) - found["pilot_cost_eur"]
        assert 0.05 * cost < commit < 0.18 * cost
        assert pilot > commit + 0.08 * cost


def test_the_pilot_is_what_the_key_advises() -> None:
    for seed in range(9):
        difficulty = 1 + seed % 3
        for tool in tools(seed, difficulty).scores.index:
            assert pilot_or_commit(**stakes(tool, seed, difficulty)).best == "pilot"


def test_stakes_are_those_of_a_tool_of_the_table() -> None:
    with pytest.raises(CinqclesError, match="« Pigeon » n’est pas dans la table des outils"):
        stakes("Pigeon")
    with pytest.raises(CinqclesError, match="Demandez une difficulté de 1, 2 ou 3"):
        stakes("Pigeon", 0, 4)


def test_criteria_say_their_unit_and_direction() -> None:
    criteria = tools().criteria
    assert criteria["direction"].to_dict() == {
        "annual_cost_eur": "cost",
        "hours_per_week": "cost",
        "setup_weeks": "cost",
        "target_reach_pct": "benefit",
        "requests_handled_pct": "benefit",
    }
    assert criteria["unit"].tolist() == [
        "€ par an", "heures par semaine", "semaines", "% de la cible", "% des messages",
    ]  # fmt: skip
    assert criteria["label"].tolist() == [
        "Coût annuel", "Temps de travail", "Mise en place", "Part de la cible touchée",
        "Demandes traitées",
    ]  # fmt: skip


def test_every_idle_name_is_the_fashionable_one_for_some_seed() -> None:
    assert {tools(seed).fashionable for seed in range(60)} == {
        "Podcast de marque", "Filtre en réalité augmentée", "Boutique en monde virtuel",
        "Mascotte virtuelle", "Jetons à collectionner",
    }  # fmt: skip


def test_a_tool_serves_what_its_name_says() -> None:
    # First what it is for, always served; then what it may serve besides.
    sense = {
        "Agent conversationnel": ["Réponses", "Commandes"],
        "Vidéos courtes de tendance": ["Attention", "Commandes"],
        "Vente en direct vidéo": ["Commandes", "Attention"],
        "Lettre d’information": ["Commandes", "Attention"],
        "Boîte de réception partagée": ["Réponses", "Réclamations"],
        "Publicité vers messagerie": ["Commandes"],
        "Foire aux questions": ["Réponses", "Réclamations"],
        "Avis vérifiés": ["Commandes", "Réclamations"],
        "Programme de parrainage": ["Commandes"],
        "Groupe d’entraide": ["Réponses", "Réclamations"],
        "Réponses types": ["Réponses", "Réclamations"],
        "Catalogue en ligne": ["Commandes", "Réponses"],
        "Sous-titrage des vidéos": ["Attention"],
    }
    seen: dict[str, set[str]] = {name: set() for name in sense}
    for seed in range(120):
        c = tools(seed, 1 + seed % 3)
        for name, row in c.serves.drop(c.fashionable).iterrows():
            served = set(row.index[row])
            assert sense[str(name)][0] in served
            seen[str(name)] |= served
    assert seen == {name: set(goals) for name, goals in sense.items()}


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_the_subtle_list_is_one_where_the_veto_decides(seeds: range) -> None:
    for seed in seeds:
        c = tools(seed, 3)
        ways = c.criteria["direction"]
        for rank, scale in ((weighted_sum, "min-max"), (weighted_sum, "vector"),
                            (topsis, "min-max"), (topsis, "vector")):  # fmt: skip
            free, kept = (
                rank(c.scores, c.criteria["weight"], directions=ways, normalisation=scale, serves=s)  # type: ignore[operator]
                for s in (None, c.serves)
            )
            assert free.winners == [c.fashionable]
            assert c.fashionable not in kept.table.index


def test_same_seed_same_tools() -> None:
    first, again, other = tools(5, 2), tools(5, 2), tools(6, 2)
    pd.testing.assert_frame_equal(first.scores, again.scores)
    pd.testing.assert_frame_equal(first.serves, again.serves)
    assert not first.scores.equals(other.scores)
    assert tools().scores.equals(tools(0, 1).scores)
    assert adoption().equals(adoption(0, 1))
    assert not adoption(0).equals(adoption(1))


def digest(frame: pd.DataFrame | pd.Series) -> str:
    text = frame.to_csv(lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_numbers_do_not_change_from_one_release_to_the_next() -> None:
    # Marking recomputes a learner's data from the seed: a change here breaks handed-in copies.
    candidates = tools(0, 3)
    assert digest(candidates.scores) == "3f9d1ac4e0b64c44"
    assert digest(candidates.criteria) == "f6337da61de98a41"
    assert digest(candidates.serves) == "146f955130f8ddf8"
    assert digest(candidates.press_mentions) == "0e1e6d51af3f0559"
    assert digest(adoption(0, 2)) == "8ab6c7a454834db8"
    assert stakes("Catalogue en ligne", 0, 3) == {
        "success_probability": 0.35,
        "success_payoff_eur": 64_500,
        "failure_payoff_eur": 2_700,
        "commit_cost_eur": 21_400,
        "pilot_cost_eur": 1_470,
        "sensitivity": 0.8,
        "specificity": 0.8,
        "kept_share": 0.9,
    }


@pytest.mark.parametrize("table", [tools, adoption, adoption_truth])
def test_every_table_refuses_an_unknown_difficulty(table: object) -> None:
    assert callable(table)
    with pytest.raises(CinqclesError, match="Demandez une difficulté de 1, 2 ou 3"):
        table(0, 0)
