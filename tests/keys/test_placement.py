"""Key 4: audience, curves, allocation, concentration, fits. Spaces in messages are U+00A0."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import t as student

from cinqcles.data import company
from cinqcles.errors import MetricError
from cinqcles.keys import placement
from cinqcles.keys.placement import (
    Allocation,
    Channel,
    Coverage,
    Hill,
    Logistic,
    after_fixed_costs,
    allocate,
    audience_fit,
    channels_of,
    combined_coverage,
    concentration,
    equal_split,
    evaluate,
    fit_history,
    fit_response,
    geometric_adstock,
    spread,
    within_observed,
)


def message(call) -> str:
    """What a learner reads, with its non-breaking spaces made plain to be read here."""
    with pytest.raises(MetricError) as error:
        call()
    text = str(error.value)
    assert all(text[i - 1] == "\u00a0" for i, c in enumerate(text) if c in ":;?!»")
    assert all(text[i + 1] == "\u00a0" for i, c in enumerate(text) if c == "«")
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --------------------------------------------------------------------------- audience


def test_audience_fit() -> None:
    names = ["instagram", "forum", "new"]
    found = audience_fit(
        pd.Series([300, 60, 0], index=names),
        pd.Series([1000, 100, 0], index=names),
        target_size=600,
        population=4000,
    )
    expected = pd.DataFrame(
        {
            "reach_share": [0.5, 0.1, 0.0],
            "composition": [0.3, 0.6, np.nan],
            "affinity_index": [200.0, 400.0, np.nan],
        },
        index=names,
    )
    pd.testing.assert_frame_equal(found, expected)
    # The whole population on a channel, and nobody but the target: the two ends of the index.
    ends = audience_fit([600, 600], [4000, 600], target_size=600, population=4000)
    assert ends["affinity_index"].tolist() == pytest.approx([100, 4000 / 6])
    assert ends["reach_share"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("target", "users", "size", "population", "expected"),
    [
        ([3], [2], 5, 9, "L’audience du canal dans la cible (3) dépasse l’audience du canal (2)"),
        (
            [6],
            [7],
            5,
            9,
            "L’audience du canal dans la cible (6) dépasse l’effectif de la cible (5)",
        ),
        ([1], [9.5], 5, 9, "L’audience du canal (9,5) dépasse l’effectif de la population (9)"),
        (
            [0],
            [5],
            5,
            9,
            "L’audience du canal hors de la cible (5) dépasse la population hors de la cible (4)",
        ),
    ],
)
def test_a_part_is_not_larger_than_its_whole(target, users, size, population, expected) -> None:
    end = " : c’est impossible. Vérifiez que les deux viennent de la même source."
    labelled = (pd.Series([0, *part], index=["a", "b"]) for part in (target, users))
    for columns, where in (((target, users), 0), (labelled, "b")):
        found = message(lambda c=columns: audience_fit(*c, target_size=size, population=population))
        assert found == f"{expected} (index {where}){end}"


def test_the_target_is_in_the_population() -> None:
    assert message(lambda: audience_fit([1], [2], target_size=9, population=5)) == (
        "L’effectif de la cible (9) dépasse l’effectif de la population (5) : c’est impossible. "
        "Vérifiez que les deux viennent de la même source."
    )
    assert audience_fit([2], [2], target_size=5, population=5)["affinity_index"].item() == 100
    assert message(lambda: audience_fit([0], [2], target_size=0, population=5)) == (
        "L’effectif de la cible doit être un nombre plus grand que 0, et vaut 0. Corrigez cette "
        "valeur."
    )
    assert message(lambda: audience_fit([0], [2], target_size=1, population=-5)) == (
        "L’effectif de la population doit être un nombre plus grand que 0, et vaut -5. Corrigez "
        "cette valeur."
    )


def test_combined_coverage() -> None:
    found = combined_coverage([0.5, 0.25])
    assert found == Coverage(low=0.5, independent=0.625, high=0.75)
    assert combined_coverage([0.75, 0.75]).high == 1
    assert combined_coverage(pd.Series([1.0, 0.0])) == Coverage(1, 1, 1)
    assert message(lambda: combined_coverage([0.5, 50])) == (
        "La part de la cible touchée (50) dépasse la cible entière (1) (index 1) : c’est "
        "impossible. Vérifiez que les deux viennent de la même source."
    )


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_coverage_is_ordered(shares) -> None:
    found = combined_coverage(shares)
    assert found.low == max(shares)
    assert found.low - 1e-12 <= found.independent <= found.high + 1e-12 <= 1 + 1e-12
    assert combined_coverage(shares[::-1]).independent == pytest.approx(found.independent)


# --------------------------------------------------------------------------- adstock


def test_adstock_published_values() -> None:
    # Robyn's manual: 100 with theta = 0.7 leaves 70, then 49. Meridian: a weighted mean.
    stock = geometric_adstock([100, 0, 0], 0.7, convention="recursive")
    assert stock == pytest.approx([100, 70, 49])
    mean = geometric_adstock([80, 40, 0, 0], 0.5, convention="normalised", window_weeks=3)
    assert mean == pytest.approx(np.array([80, 80, 40, 10]) / 1.75)
    assert geometric_adstock([5, 1], 0, convention="recursive").tolist() == [5, 1]
    only = geometric_adstock([5, 1], 0.9, convention="normalised", window_weeks=1)
    assert only.tolist() == [5, 1]


spends = st.lists(st.floats(0, 1e4), min_size=1, max_size=40)


@given(spend=spends, decay=st.floats(0, 0.95), window=st.integers(1, 12))
def test_adstock_agrees_with_its_definition(spend, decay, window) -> None:
    stock, stocks = 0.0, []
    for x in spend:
        stock = x + decay * stock
        stocks.append(stock)
    found = geometric_adstock(spend, decay, convention="recursive")
    assert found.tolist() == pytest.approx(stocks, abs=1e-9)
    means = [
        sum(decay**s * spend[t - s] for s in range(min(window, t + 1)))
        / sum(decay**s for s in range(window))
        for t in range(len(spend))
    ]
    found = geometric_adstock(spend, decay, convention="normalised", window_weeks=window)
    assert found.tolist() == pytest.approx(means, abs=1e-9)
    assert len(found) == len(spend)


def test_a_steady_spend_under_both_conventions() -> None:
    steady = pd.Series(np.full(60, 100.0), index=pd.date_range("2025-01-06", periods=60, freq="W"))
    mean = geometric_adstock(steady, 0.5, convention="normalised", window_weeks=8)
    stock = geometric_adstock(steady, 0.5, convention="recursive")
    assert mean.iloc[-1] == pytest.approx(100)
    assert stock.iloc[-1] == pytest.approx(200)
    pd.testing.assert_index_equal(mean.index, steady.index)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"decay": 1, "convention": "recursive"},
            "La part d’effet conservée d’une semaine à l’autre (decay) est un nombre de 0 à 1 "
            "exclu, et vaut 1. Pour 40 %, écrivez 0.4.",
        ),
        (
            {"decay": -0.1, "convention": "recursive"},
            "La part d’effet conservée (decay) doit être un nombre positif ou nul, et vaut -0,1. "
            "Corrigez cette valeur.",
        ),
        (
            {"decay": 0.5, "convention": "robyn"},
            'La convention « robyn » n’existe pas : choisissez convention="normalised" (moyenne '
            'des dernières semaines : Meridian, pymc-marketing) ou convention="recursive" '
            "(cumul : Robyn).",
        ),
        (
            {"decay": 0.5, "convention": "normalised"},
            "La convention « normalised » demande le nombre de semaines où l’effet se prolonge. "
            "Ajoutez par exemple window_weeks=8.",
        ),
        (
            {"decay": 0.5, "convention": "recursive", "window_weeks": 8},
            "La convention « recursive » n’oublie rien : retirez window_weeks=….",
        ),
        (
            {"decay": 0.5, "convention": "normalised", "window_weeks": 0},
            "window_weeks est un nombre entier, au moins 1, et vaut 0.",
        ),
        (
            {"decay": 0.5, "convention": "normalised", "window_weeks": 2.0},
            "window_weeks est un nombre entier, au moins 1, et vaut 2.0.",
        ),
        (
            {"decay": 0.5, "convention": "normalised", "window_weeks": True},
            "window_weeks est un nombre entier, au moins 1, et vaut True.",
        ),
    ],
)
def test_adstock_options(options, expected) -> None:
    assert message(lambda: geometric_adstock([1, 2], **options)) == expected


@pytest.mark.parametrize(
    ("spend", "expected"),
    [
        (
            [1, np.nan],
            "Valeur manquante : la dépense est vide (index 1). Une case vide n’est pas un zéro : "
            "indiquez sa valeur, ou 0 s’il n’y a rien eu.",
        ),
        (
            pd.Series([1, None], index=["a", "b"], dtype="Int64"),
            "Valeur manquante : la dépense est vide (index b). Une case vide n’est pas un zéro : "
            "indiquez sa valeur, ou 0 s’il n’y a rien eu.",
        ),
        ([-1.5, 2], "Valeur impossible : la dépense vaut -1,5 (index 0). Corrigez-la."),
        ([1, np.inf], "Valeur impossible : la dépense vaut ∞ (index 1). Corrigez-la."),
        (
            ["1 200"],
            "Colonne illisible : la dépense contient autre chose que des nombres. Convertissez la "
            "colonne en nombres.",
        ),
        (
            pd.Series(["12"]),
            "Colonne illisible : la dépense contient autre chose que des nombres. Convertissez la "
            "colonne en nombres.",
        ),
        (
            [True, False],
            "Colonne illisible : la dépense contient autre chose que des nombres. Convertissez la "
            "colonne en nombres.",
        ),
        (
            pd.to_datetime(pd.Series(["2025-01-01"])),
            "Colonne illisible : la dépense contient autre chose que des nombres. Convertissez la "
            "colonne en nombres.",
        ),
        (
            [[1, 2]],
            "Colonne illisible : la dépense a 2 dimensions, et non une. Donnez une seule colonne.",
        ),
        (
            3,
            "Colonne illisible : la dépense a 0 dimensions, et non une. Donnez une seule colonne.",
        ),
        (
            [],
            "Colonne vide : la dépense n’a aucune ligne. Vérifiez le filtre appliqué à votre "
            "tableau.",
        ),
    ],
)
def test_a_column_of_spends_is_complete(spend, expected) -> None:
    assert message(lambda: geometric_adstock(spend, 0.5, convention="recursive")) == expected


def test_columns_of_the_same_rows() -> None:
    assert message(lambda: audience_fit([1], [1, 2], target_size=1, population=9)) == (
        "Longueurs différentes : l’audience du canal dans la cible (1) et l’audience du canal "
        "(2). Prenez les deux colonnes dans le même tableau."
    )
    left, right = pd.Series([1, 1]), pd.Series([1, 1], index=[1, 0])
    assert message(lambda: audience_fit(left, right, target_size=1, population=9)) == (
        "Lignes différentes : l’audience du canal dans la cible et l’audience du canal n’ont pas "
        "le même index, ou pas dans le même ordre. Prenez les deux colonnes dans le même tableau."
    )
    assert len(audience_fit(left, [1, 1], target_size=1, population=9)) == 2


# --------------------------------------------------------------------------- curves

CURVES = [
    Hill(100, 500),
    Hill(100, 500, slope=0.6),
    Hill(100, 500, slope=2.5),
    Logistic(80, rate_per_eur=0.003),
]


def test_curve_values_by_hand() -> None:
    hill = Hill(90, half_saturation_eur=200, slope=2)
    assert hill.response(400) == pytest.approx(90 * 16 / 20)
    assert hill.marginal(200) == pytest.approx(90 * 2 / 200 / 4)
    assert hill.inflexion_eur == pytest.approx(200 / math.sqrt(3))
    logistic = Logistic(90, rate_per_eur=math.log(3) / 200)
    assert logistic.response(200) == pytest.approx(45)
    assert logistic.response(400) == pytest.approx(90 * 8 / 10)
    assert logistic.marginal(0) == pytest.approx(90 * math.log(3) / 400)
    assert logistic.half_saturation_eur == pytest.approx(200)
    assert logistic.inflexion_eur == 0
    assert Hill(90, 200).inflexion_eur == Hill(90, 200, 0.5).inflexion_eur == 0
    assert type(hill.response(400)) is float
    # Meridian's and pymc-marketing's writings of the same curve.
    for x in (1.0, 150.0, 900.0):
        assert hill.response(x) == pytest.approx(90 / (1 + (x / 200) ** -2))
        assert hill.response(x) == pytest.approx(90 * (1 - 200**2 / (200**2 + x**2)))
        e = math.exp(-logistic.rate_per_eur * x)
        assert logistic.response(x) == pytest.approx(90 * (1 - e) / (1 + e))


def test_curves_at_their_ends() -> None:
    assert Hill(90, 200, 0.5).marginal(0) == math.inf
    assert Hill(90, 200, 1).marginal(0) == 0.45
    assert Hill(90, 200, 3).marginal(0) == 0
    assert Hill(90, 200, 1).marginal(1e-310) == 0.45  # its inverse is more than floats hold
    for curve in CURVES:
        assert curve.response(0) == 0
        assert curve.response(1e300) == pytest.approx(curve.maximum)
        assert curve.marginal(1e300) == pytest.approx(0)


def test_curves_follow_what_they_are_given() -> None:
    spend = pd.Series([0, 500], index=["a", "b"])
    pd.testing.assert_series_equal(
        Hill(100, 500).response(spend), pd.Series([0.0, 50.0], index=["a", "b"])
    )
    assert isinstance(Hill(100, 500).response([1, 2]), np.ndarray)
    assert message(lambda: Hill(100, 500).response(-1)) == (
        "Valeur impossible : la dépense vaut -1 (index 0). Corrigez-la."
    )


def test_conversions_from_and_to_the_scales_of_other_tools() -> None:
    robyn = Hill.from_robyn(100, alpha=2, gamma=0.3, largest_spend_eur=5000, observed_eur=(1, 2))
    assert robyn == Hill(100, 1500, 2, (1, 2))
    assert robyn.robyn_gamma(5000) == 0.3
    scaled = Logistic.from_scaled(100, 4, largest_spend_eur=1000, observed_eur=(1, 2))
    assert scaled == Logistic(100, 0.004, (1, 2))
    assert scaled.scaled_lam(500) == 2
    named = (
        "La plus grande dépense de l’historique doit être un nombre plus grand que 0, et vaut 0."
    )
    for call in (
        lambda: Hill.from_robyn(100, alpha=2, gamma=0.3, largest_spend_eur=0),
        lambda: robyn.robyn_gamma(0),
        lambda: Logistic.from_scaled(100, 4, largest_spend_eur=0),
        lambda: scaled.scaled_lam(0),
    ):
        assert message(call) == f"{named} Corrigez cette valeur."
    assert message(lambda: Hill.from_robyn(1, alpha=2, gamma=0, largest_spend_eur=1)) == (
        "Gamma doit être un nombre plus grand que 0, et vaut 0. Corrigez cette valeur."
    )
    assert message(lambda: Logistic.from_scaled(1, 0, largest_spend_eur=1)) == (
        "Lam doit être un nombre plus grand que 0, et vaut 0. Corrigez cette valeur."
    )


def test_beyond_what_was_observed() -> None:
    curve = Hill(100, 500, observed_eur=(50, 800))
    assert [curve.beyond(x) for x in (0, 49, 50, 800, 801)] == ["", "below", "", "", "above"]
    assert Hill(100, 500).beyond(1e9) == ""
    assert Logistic(100, 1, observed_eur=(0, 1)).beyond(2) == "above"
    assert message(lambda: curve.beyond(-1)) == (
        "La dépense doit être un nombre positif ou nul, et vaut -1. Corrigez cette valeur."
    )
    assert Hill(100, 500, observed_eur=(50, 50)).beyond(50) == ""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: Hill(0, 1), "Le maximum de la courbe doit être un nombre plus grand que 0, et v"),
        (
            lambda: Hill(1, -1),
            "La demi-saturation doit être un nombre plus grand que 0, et vaut -1",
        ),
        (lambda: Hill(1, 1, 0), "La pente de la courbe doit être un nombre plus grand que 0, et v"),
        (lambda: Logistic(-2, 1), "Le maximum de la courbe doit être un nombre plus grand que 0, "),
        (lambda: Logistic(1, 0), "Le taux de la courbe doit être un nombre plus grand que 0, et v"),
        (lambda: Hill("4", 1), "Le maximum de la courbe doit être un nombre, et vaut '4'. Corrige"),
        (lambda: Hill(True, 1), "Le maximum de la courbe doit être un nombre, et vaut True. Corri"),
        (lambda: Hill(math.inf, 1), "Le maximum de la courbe doit être un nombre plus grand que 0"),
        (
            lambda: Hill(math.nan, 1),
            "Le maximum de la courbe doit être un nombre plus grand que 0, et vaut une valeur manq",
        ),
        (
            lambda: Hill(1, 1, observed_eur=(-1, 2)),
            "La dépense observée doit être un nombre positif ou nul, et vaut -1. Corrigez cette v",
        ),
        (
            lambda: Logistic(1, 1, observed_eur=(900, 20)),
            "La plage observée va de la plus petite à la plus grande dépense, et a reçu 900 € "
            "puis 20 €. Inversez-les.",
        ),
    ],
)
def test_impossible_curves(call, expected) -> None:
    assert message(call).startswith(expected)


@pytest.mark.parametrize("curve", CURVES)
@given(x=st.floats(0.1, 5000))
def test_derivatives_and_inverse_of_the_curves(curve, x) -> None:
    h = 1e-4 * x
    slope = (curve.response(x + h) - curve.response(x - h)) / (2 * h)
    assert curve.marginal(x) == pytest.approx(slope, rel=1e-5, abs=1e-12)
    bend = (curve.marginal(x + h) - curve.marginal(x - h)) / (2 * h)
    at = np.array([x])
    assert curve._bend(at, *curve._parameters)[0] == pytest.approx(bend, rel=1e-4, abs=1e-9)
    found = curve._spend_at(np.array([curve.marginal(x)]), *np.array([curve._parameters]).T)[0]
    if x >= curve.inflexion_eur * (1 + 1e-3):
        assert found == pytest.approx(x, rel=1e-6)
    assert found >= curve.inflexion_eur * (1 - 1e-9)


@pytest.mark.parametrize("curve", CURVES)
def test_a_marginal_never_met_is_at_the_inflexion(curve) -> None:
    found = curve._spend_at(np.array([1e6]), *np.array([curve._parameters]).T)[0]
    assert found == pytest.approx(curve.inflexion_eur, abs=1e-3)
    if curve.inflexion_eur:
        steps = np.linspace(1, 3 * curve.inflexion_eur, 2000)
        assert steps[curve.marginal(steps).argmax()] == pytest.approx(curve.inflexion_eur, rel=1e-2)


# --------------------------------------------------------------------------- channels and plans


def test_channel_messages() -> None:
    curve = Hill(100, 500)
    assert message(lambda: Channel(" ", curve)) == (
        "Un canal demande un nom, et a reçu ' '. Écrivez par exemple Channel(\"instagram\", …)."
    )
    assert message(lambda: Channel(3, curve)) == (
        'Un canal demande un nom, et a reçu 3. Écrivez par exemple Channel("instagram", …).'
    )
    assert message(lambda: Channel("x", 3)) == (
        "La courbe du canal « x » doit être une courbe Hill(…) ou Logistic(…), et c’est int."
    )
    for field, words in {
        "minimum_spend_eur": "La dépense minimale viable",
        "fixed_cost_eur": "Le coût fixe",
        "at_least_eur": "La dépense imposée",
    }.items():
        assert message(lambda field=field: Channel("x", curve, **{field: -1})) == (
            f"{words} du canal « x » doit être un nombre positif ou nul, et vaut -1. Corrigez "
            "cette valeur."
        )
    assert message(lambda: Channel("x", curve, at_most_eur=0)) == (
        "Le plafond du canal « x » doit être un nombre plus grand que 0, et vaut 0. Corrigez "
        "cette valeur."
    )
    assert message(lambda: Channel("x", curve, 300, 10, 400, 399)) == (
        "Bornes impossibles pour le canal « x » : le plafond (399 €) est sous le minimum à "
        "dépenser (400 €). Relevez at_most_eur, ou baissez minimum_spend_eur ou at_least_eur."
    )
    assert Channel("x", curve, 300, 10, 400, 400).entry_eur == 410
    assert Channel("x", curve, 300, 10).entry_eur == 310
    assert Channel("x", curve).entry_eur == 0


def test_channels_of_a_table() -> None:
    table = pd.DataFrame(
        {
            "audience": [1, 2],
            "minimum_spend_eur": [200, np.nan],
            "fixed_cost_eur": [50.0, 60.0],
            "at_most_eur": [np.nan, 900],
        },
        index=["instagram", "tiktok"],
    )
    curves = {"tiktok": Logistic(1, 1), "instagram": Hill(1, 1), "x": Hill(2, 2)}
    assert channels_of(table, curves) == [
        Channel("instagram", Hill(1, 1), 200, 50),
        Channel("tiktok", Logistic(1, 1), 0, 60, at_most_eur=900),
    ]
    assert channels_of(table[["audience"]].assign(at_least_eur=[3, 4]), curves)[1] == (
        Channel("tiktok", Logistic(1, 1), at_least_eur=4)
    )
    assert message(lambda: channels_of(table, {"x": Hill(1, 1), "y": Hill(1, 1)})) == (
        "Le canal « instagram » n’a pas de courbe de réponse. Courbes données : x, y."
    )
    assert message(lambda: channels_of(table, {})) == (
        "Le canal « instagram » n’a pas de courbe de réponse. Courbes données : –."
    )


THREE = (
    Channel("instagram", Hill(100, 500, observed_eur=(100, 600)), 200, 50, at_most_eur=900),
    Channel("tiktok", Logistic(80, math.log(3) / 400), 0, 100, at_least_eur=150),
    Channel("forum", Hill(10, 100)),
)


def test_evaluate_says_what_is_paid_and_what_it_brings() -> None:
    found = evaluate(THREE, {"instagram": 1000, "tiktok": 100}, 1500)
    table = found.table
    assert table["spend_eur"].tolist() == [1000, 100, 0]
    assert table["fixed_cost_eur"].tolist() == [50, 100, 0]
    assert table["response"].tolist() == pytest.approx(
        [100 * 2 / 3, THREE[1].curve.response(100), 0]
    )
    assert table["marginal"].tolist() == pytest.approx(
        [100 * 500 / 1500**2, THREE[1].curve.marginal(100), 0.1]
    )
    assert table["wasted"].tolist() == [False, False, False]
    assert table["beyond"].tolist() == ["above", "", ""]
    assert table["breach"].tolist() == ["over", "under", ""]
    assert found.cost_eur == 1250
    assert found.leftover_eur == 250
    assert found.active == ("instagram", "tiktok")
    assert found.extrapolated == ("instagram",)
    assert found.response == pytest.approx(table["response"].sum())
    assert found.wasted_eur == 0
    assert table.index.tolist() == ["instagram", "tiktok", "forum"]


def test_below_the_minimum_nothing_comes() -> None:
    found = evaluate(THREE, pd.Series({"instagram": 199.99, "forum": 0, "tiktok": 150}), 300)
    instagram = found.table.loc["instagram"]
    assert (instagram["response"], instagram["marginal"], instagram["wasted"]) == (0, 0, True)
    assert found.wasted_eur == pytest.approx(249.99)
    assert found.leftover_eur == pytest.approx(-199.99)
    assert found.table["breach"].tolist() == ["", "", ""]
    at = evaluate(THREE, {"instagram": 200}, 300).table.loc["instagram"]
    assert (at["response"], at["wasted"]) == (pytest.approx(100 * 200 / 700), False)
    assert at["breach"] == ""
    assert evaluate(THREE, {"instagram": 900}, 300).table.loc["instagram", "breach"] == ""
    out = evaluate(THREE, {}, 300).table
    assert out["marginal"].isna().tolist() == [True, True, False]
    assert out["breach"].tolist() == ["", "under", ""]


def test_evaluate_messages() -> None:
    assert message(lambda: evaluate(THREE, {"instagran": 1}, 300)) == (
        "Le canal « instagran » n’existe pas. Vouliez-vous dire « instagram » ?"
    )
    assert message(lambda: evaluate(THREE, {"zzz": 1}, 300)) == (
        "Le canal « zzz » n’existe pas. Canaux connus : instagram, tiktok, forum."
    )
    assert message(lambda: evaluate(THREE, {"forum": -1}, 300)) == (
        "La dépense du canal « forum » doit être un nombre positif ou nul, et vaut -1. Corrigez "
        "cette valeur."
    )
    assert message(lambda: evaluate(THREE, {}, math.nan)) == (
        "Le budget doit être un nombre plus grand que 0, et vaut une valeur manquante. Corrigez "
        "cette valeur."
    )
    assert message(lambda: evaluate([], {}, 1)) == ("Aucun canal : donnez au moins un Channel(…).")
    assert message(lambda: allocate([THREE[0], THREE[1], THREE[0]], 1)) == (
        "Le canal « instagram » apparaît deux fois. Donnez à chacun un nom différent."
    )


def test_equal_split_pays_fixed_costs_first() -> None:
    found = equal_split(THREE, 3600)
    assert found.to_dict() == {"instagram": 900, "tiktok": 1100, "forum": 1200}
    assert equal_split(THREE, 240).to_dict() == {"instagram": 30, "tiktok": 0, "forum": 80}
    assert found.name == "spend_eur"
    assert message(lambda: equal_split(THREE, 0)) == (
        "Le budget doit être un nombre plus grand que 0, et vaut 0. Corrigez cette valeur."
    )


def test_amounts_paid_all_included() -> None:
    spends = after_fixed_costs(THREE, {"instagram": 250, "tiktok": 99})
    assert spends.to_dict() == {"instagram": 200, "tiktok": 0, "forum": 0}
    assert spends.name == "spend_eur"
    assert evaluate(THREE, spends, 300).paid_eur.to_dict() == {
        "instagram": 250, "tiktok": 0, "forum": 0,
    }  # fmt: skip
    assert message(lambda: after_fixed_costs(THREE, {"forun": 1})) == (
        "Le canal « forun » n’existe pas. Vouliez-vous dire « forum » ?"
    )
    assert message(lambda: after_fixed_costs(THREE, {"forum": -1})) == (
        "Le montant du canal « forum » doit être un nombre positif ou nul, et vaut -1. Corrigez "
        "cette valeur."
    )


@given(paid=st.lists(st.floats(0, 2000), min_size=1, max_size=5), which=st.sampled_from(THREE))
def test_what_an_amount_brings_is_what_evaluate_says(paid, which) -> None:
    brought = which.brings(pd.Series(paid, index=[f"w{n}" for n in range(len(paid))]))
    assert brought.index[0] == "w0"
    for amount, found in zip(paid, brought, strict=True):
        spends = after_fixed_costs([which], {which.name: amount})
        assert found == pytest.approx(evaluate([which], spends, 2000).response)


def test_what_an_amount_brings_starts_at_the_minimum() -> None:
    assert THREE[0].brings([249.99, 250]).tolist() == [0, pytest.approx(100 * 200 / 700)]
    assert isinstance(THREE[0].brings([0]), np.ndarray)
    assert message(lambda: THREE[0].brings([-1])) == (
        "Valeur impossible : le montant vaut -1 (index 0). Corrigez-la."
    )


def test_within_what_was_observed() -> None:
    rare = Channel("rare", Hill(10, 100, observed_eur=(1, 50)), minimum_spend_eur=80)
    free = Channel("libre", Hill(10, 100, observed_eur=(1, 50)))
    careful = within_observed([*THREE, rare, free])
    assert [channel.at_most_eur for channel in careful] == [600, None, None, 80, 50]
    assert [channel.name for channel in careful[:3]] == ["instagram", "tiktok", "forum"]
    assert within_observed([replace(free, at_most_eur=20)])[0].at_most_eur == 20
    assert allocate(careful[3:], 500).extrapolated == ("rare",)
    assert allocate(careful[4:], 500).extrapolated == ()


# --------------------------------------------------------------------------- allocation


def naive(channels: list[Channel], budget: float) -> float:
    """Every subset, on a grid of the spends, zoomed around its best point."""
    best = 0.0 if all(c.at_least_eur == 0 for c in channels) else -math.inf
    for size in range(1, len(channels) + 1):
        for subset in itertools.combinations(channels, size):
            if any(c.at_least_eur > 0 and c not in subset for c in channels):
                continue
            money = budget - sum(c.fixed_cost_eur for c in subset)
            low = np.array([max(c.minimum_spend_eur, c.at_least_eur) for c in subset])
            high = np.array([money if c.at_most_eur is None else c.at_most_eur for c in subset])
            high = np.minimum(high, money)
            if low.sum() > money or (low > high).any():
                continue
            start, end = low.copy(), high.copy()
            for _zoom in range(8):
                axes = [np.linspace(a, b, 61) for a, b in zip(start[:-1], end[:-1], strict=True)]
                grid = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
                last = np.minimum(money - sum(grid), high[-1]) if grid else high[-1:].copy()
                kept = last >= low[-1]
                grid = [column[kept] for column in grid] + [last[kept]]
                if not kept.any():
                    break
                value = sum(c.curve.response(x) for c, x in zip(subset, grid, strict=True))
                best = max(best, float(value.max()))
                at = np.array([column[value.argmax()] for column in grid])
                width = (end - start) / 8
                start, end = np.maximum(at - width, low), np.minimum(at + width, high)
    return best


def some_channels(seed: int, n: int) -> list[Channel]:
    rng = np.random.default_rng(seed)
    made = []
    for k in range(n):
        top, half = rng.uniform(50, 300), rng.uniform(200, 1500)
        kind = rng.integers(4)
        curve = Logistic(top, 1.1 / half) if kind == 0 else Hill(top, half, [1, 0.7, 2.5][kind - 1])
        made.append(
            Channel(
                f"c{k}",
                curve,
                minimum_spend_eur=rng.choice([0, rng.uniform(20, 300)]),
                fixed_cost_eur=rng.choice([0, rng.uniform(0, 120)]),
                at_least_eur=rng.choice([0, 0, 0, 40]),
                at_most_eur=rng.choice([None, rng.uniform(350, 900)]),
            )
        )
    return made


def check(found: Allocation) -> None:
    """What every allocation obeys, worked out again from its table."""
    table = found.table
    assert found.leftover_eur >= -2e-12 * found.budget_eur
    assert not table["wasted"].any()
    assert (table["breach"] == "").all()
    assert found.certificate.kkt_residual < 1e-9
    assert 0 <= found.certificate.gap <= 1e-10
    assert found.certificate.subsets == 2 ** len(table)
    interior = table.loc[table["status"] == "interior", "marginal"]
    assert interior.tolist() == pytest.approx([found.marginal_return] * len(interior), rel=1e-9)
    at_ceiling = table["status"].isin(["maximum", "off"]).all()
    assert at_ceiling or found.leftover_eur == pytest.approx(0, abs=1e-9 * found.budget_eur)


@pytest.mark.parametrize("seed", range(16))
def test_allocation_agrees_with_a_naive_search(seed) -> None:
    n = 2 + seed % 2
    channels = some_channels(seed, n)
    for budget in (500.0, 1500.0):
        found = allocate(channels, budget)
        check(found)
        reference = naive(channels, budget)
        assert found.response >= reference * (1 - 1e-9)
        assert found.response <= reference * (1 + 1e-4)


def test_water_filling_has_a_closed_form_for_slope_one() -> None:
    # M κ / (κ + x)² = μ for all: x = √(Mκ/μ) − κ, and the sum of the x is the budget.
    tops, halves = np.array([100, 60, 200, 90.0]), np.array([400, 300, 1500, 250.0])
    channels = [Channel(f"c{k}", Hill(tops[k], halves[k])) for k in range(4)]
    found = allocate(channels, 3000)
    root = (3000 + halves.sum()) / np.sqrt(tops * halves).sum()
    assert found.marginal_return == pytest.approx(root**-2, rel=1e-12)
    assert found.table["spend_eur"].tolist() == pytest.approx(
        root * np.sqrt(tops * halves) - halves, rel=1e-12
    )
    assert found.table["status"].tolist() == ["interior"] * 4
    check(found)


def test_equal_logistic_channels_share_alike() -> None:
    found = allocate([Channel(name, Logistic(50, 0.002)) for name in "abc"], 900)
    assert found.table["spend_eur"].tolist() == pytest.approx([300] * 3)


def test_a_channel_may_end_where_its_curve_accelerates() -> None:
    # The concave one is saturated by a hundred euros; the rest does not reach the inflexion (794).
    channels = [Channel("slow", Hill(100, 1000, 3)), Channel("quick", Logistic(30, 0.05))]
    found = allocate(channels, 500)
    check(found)
    spend = found.table.loc["slow", "spend_eur"]
    assert 300 < spend < channels[0].curve.inflexion_eur - 300
    assert found.table["status"].tolist() == ["interior", "interior"]
    splits = np.linspace(0, 500, 200_001)
    true = channels[0].curve.response(splits) + channels[1].curve.response(500 - splits)
    assert found.response == pytest.approx(true.max(), rel=1e-9)
    assert spend == pytest.approx(splits[true.argmax()], abs=0.01)
    assert found.certificate.steps > found.certificate.solved


def test_an_s_shaped_channel_at_its_minimum_is_kept_for_its_commitment() -> None:
    channels = [
        Channel("slow", Hill(100, 1000, 3), at_least_eur=50),
        Channel("quick", Hill(300, 100)),
    ]
    found = allocate(channels, 200)
    assert found.table["spend_eur"].tolist() == [50, 150]
    assert found.table["status"].tolist() == ["minimum", "interior"]
    check(found)


def test_a_fixed_cost_and_a_minimum_close_a_channel() -> None:
    here, there = Hill(100, 500), Hill(90, 500)
    free = allocate([Channel("x", here), Channel("y", there)], 600)
    assert free.active == ("x", "y")
    dear = allocate([Channel("x", here), Channel("y", there, fixed_cost_eur=300)], 600)
    assert dear.active == ("x",)
    assert dear.table.loc["y", ["spend_eur", "fixed_cost_eur", "status"]].tolist() == [0, 0, "off"]
    assert math.isnan(dear.table.loc["y", "marginal"])
    least = allocate([Channel("x", here), Channel("y", there, minimum_spend_eur=590)], 600)
    assert least.active == ("x",)
    # The minimum is met exactly where it binds.
    bound = allocate([Channel("x", here), Channel("y", there, minimum_spend_eur=310)], 600)
    assert bound.table["spend_eur"].tolist() == [290, 310]
    assert bound.table["status"].tolist() == ["interior", "minimum"]
    for found in (free, dear, least, bound):
        check(found)


def test_ceilings_leave_money_over() -> None:
    channels = [
        Channel("x", Hill(100, 500), at_most_eur=300),
        Channel("y", Hill(9, 50), 0, 20, 0, 80),
    ]
    found = allocate(channels, 1000)
    assert found.table["spend_eur"].tolist() == [300, 80]
    assert found.table["status"].tolist() == ["maximum", "maximum"]
    assert found.leftover_eur == 600
    assert found.marginal_return == 0
    assert found.certificate.kkt_residual == 0
    check(found)
    one = allocate([Channel("x", Hill(100, 500), at_most_eur=300), Channel("y", Hill(9, 50))], 1000)
    assert one.table["spend_eur"].tolist() == [300, 700]
    assert one.table["status"].tolist() == ["maximum", "interior"]
    check(one)


def test_a_budget_that_opens_nothing_buys_nothing() -> None:
    found = allocate([Channel("x", Hill(100, 500), 200, 50)], 249.99)
    assert (found.response, found.active, found.leftover_eur) == (0, (), 249.99)
    assert found.marginal_return == 0
    assert found.certificate.feasible == 1
    assert found.certificate.subsets == 2
    just = allocate([Channel("x", Hill(100, 500), 200, 50)], 250)
    assert just.table["spend_eur"].tolist() == [200]
    assert just.table["status"].tolist() == ["minimum"]
    assert just.certificate.feasible == 2
    assert just.marginal_return == pytest.approx(Hill(100, 500).marginal(200))


def test_what_one_more_euro_brings() -> None:
    # The budget is the only ceiling: all of it goes to one, the other is free to enter.
    rich, poor = Channel("x", Hill(100, 500)), Channel("y", Hill(1, 500))
    found = allocate([rich, poor], 300)
    assert found.table["status"].tolist() == ["interior", "off"]
    assert found.marginal_return == pytest.approx(Hill(100, 500).marginal(300))
    check(found)
    # At its ceiling with nothing left over: the next euro opens the other.
    found = allocate([replace(rich, at_most_eur=300), poor], 300)
    assert found.table["status"].tolist() == ["maximum", "off"]
    assert found.marginal_return == pytest.approx(0.002)
    check(found)


@pytest.mark.parametrize("slope", [0.5, 1, 3])
def test_a_channel_too_dear_for_the_budget_is_left_out(slope) -> None:
    dear = Channel("x", Hill(100, 500, slope), fixed_cost_eur=500)
    for budget in (400, 500):
        found = allocate([dear], budget)
        assert (found.active, found.leftover_eur) == ((), budget)
        check(found)
        assert allocate([dear, Channel("y", Hill(1, 50))], budget).active == ("y",)
    assert allocate([dear], 501).active == ("x",)


def test_sums_that_differ_by_their_last_digits() -> None:
    channels = [Channel("x", Hill(9, 1), 0.1), Channel("y", Hill(9, 1), 0.2)]
    assert 0.1 + 0.2 > 0.3
    found = allocate(channels, 0.3)
    assert found.active == ("x", "y")
    assert found.certificate.feasible == 4
    committed = [replace(c, at_least_eur=c.minimum_spend_eur) for c in channels]
    assert allocate(committed, 0.3).table["spend_eur"].tolist() == [0.1, 0.2]


def test_commitments_that_cost_more_than_the_budget() -> None:
    channels = [
        Channel("x", Hill(100, 500), 200, 50, at_least_eur=1),
        Channel("y", Hill(100, 500), at_least_eur=100),
        Channel("z", Hill(100, 500), minimum_spend_eur=100),
    ]
    assert message(lambda: allocate(channels, 349)) == (
        "Le budget (349 €) ne suffit pas aux dépenses imposées (at_least_eur), coûts fixes et "
        "minimums viables compris : x (250 €), y (100 €). Augmentez le budget, ou levez une "
        "obligation."
    )
    found = allocate(channels, 350)
    assert found.table["spend_eur"].tolist() == [200, 100, 0]
    assert found.certificate.feasible == 1


def test_more_than_twelve_channels_are_refused() -> None:
    channels = [Channel(f"c{k}", Hill(100 + k, 500)) for k in range(13)]
    assert message(lambda: allocate(channels, 100)) == (
        "13 canaux, c’est trop pour essayer toutes les combinaisons : allocate en accepte 12 au "
        "plus. Regroupez des canaux, ou écartez d’abord ceux où votre cible n’est pas."
    )
    found = allocate(channels[:12], 5000)
    check(found)
    assert found.certificate.feasible == 4096
    assert found.certificate.solved < 100
    assert message(lambda: allocate(channels[:2], -5)) == (
        "Le budget doit être un nombre plus grand que 0, et vaut -5. Corrigez cette valeur."
    )


@pytest.mark.parametrize("slope", [1, 3])
def test_twelve_channels_alike(slope) -> None:
    # k of them share the budget: the best k is known.
    channels = [
        Channel(f"c{k}", Hill(100, 500, slope), minimum_spend_eur=100, fixed_cost_eur=60)
        for k in range(12)
    ]
    found = allocate(channels, 3000)
    check(found)
    each = [k * Hill(100, 500, slope).response(3000 / k - 60) for k in range(1, 13)]
    assert found.response == pytest.approx(max(each))
    assert len(found.active) == 1 + int(np.argmax(each))
    assert found.certificate.solved <= 24


def test_price_bounds_hold_for_every_choice() -> None:
    channels = some_channels(7, 4)
    problem = placement._Problem(tuple(channels), 1200.0)
    prices = problem.prices()
    surplus = problem.surplus(prices)
    assert (np.diff(prices) > 0).all()
    best = placement._Best(problem)
    best.response = -1.0
    nodes = problem.enumerate(prices, surplus, best)
    assert len(nodes.bound) > 8
    spends, value, line = problem.relax(nodes)
    assert (value + line.sum(axis=1) <= nodes.bound).all()
    assert (spends >= nodes.low).all()
    assert (spends <= nodes.high).all()
    # Cut where the line was met: both halves are bounded by what the line gave.
    below, above = best.take(nodes)
    flattered = line.any(axis=1)
    assert flattered.any()
    for half in (below, above):
        assert half.bound.tolist() == (value + line.sum(axis=1))[flattered].tolist()
    met = line[flattered] > 0
    assert (met.sum(axis=1) == 1).all()
    assert below.high[met].tolist() == above.low[met].tolist() == spends[flattered][met].tolist()
    assert (below.low == nodes.low[flattered]).all()
    assert (above.high == nodes.high[flattered]).all()


def three_channels(seed: int) -> list[Channel]:
    """One commitment at most, of 420 € at most: it fits every budget below."""
    first, *others = some_channels(seed, 3)
    return [first, *(replace(channel, at_least_eur=0) for channel in others)]


several = st.integers(0, 10_000).map(three_channels)


@settings(max_examples=8, deadline=None)
@given(channels=several, budget=st.floats(420, 4000), more=st.floats(1, 2000))
def test_a_larger_budget_never_brings_less(channels, budget, more) -> None:
    least, most = (allocate(channels, b) for b in (budget, budget + more))
    check(least)
    assert most.response >= least.response * (1 - 1e-9)


@settings(max_examples=8, deadline=None)
@given(channels=several, budget=st.floats(420, 4000), scale=st.floats(0.01, 100), data=st.data())
def test_neither_order_nor_units_change_the_split(channels, budget, scale, data) -> None:
    found = allocate(channels, budget)
    order = data.draw(st.permutations(channels))
    other = allocate(
        [replace(c, curve=replace(c.curve, maximum=scale * c.curve.maximum)) for c in order], budget
    )
    assert other.response == pytest.approx(scale * found.response)
    assert other.table["spend_eur"][found.table.index].tolist() == pytest.approx(
        found.table["spend_eur"].tolist(), rel=1e-6, abs=1e-6 * budget
    )


@settings(max_examples=8, deadline=None)
@given(channels=several, budget=st.floats(420, 4000), data=st.data())
def test_no_split_that_keeps_the_rules_does_better(channels, budget, data) -> None:
    channels = [replace(c, at_least_eur=0) for c in channels]
    found = allocate(channels, budget)
    assert found.response >= evaluate(channels, equal_split(channels, budget), budget).response * (
        1 - 1e-9
    )
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=3, max_size=3)))
    money = budget * weights / weights.sum()
    own = {
        c.name: min(max(x - c.fixed_cost_eur, 0), c.at_most_eur or math.inf)
        for c, x in zip(channels, money, strict=True)
    }
    table = found.compare(own).table
    assert (table["gain"] >= -1e-9 * found.response).all()


def test_compare_states_gain_waste_and_extrapolation() -> None:
    channels = [
        Channel("x", Hill(100, 500, observed_eur=(10, 450)), minimum_spend_eur=400),
        Channel("y", Hill(10, 100), fixed_cost_eur=100),
    ]
    found = allocate(channels, 500)
    assert found.table["spend_eur"].tolist() == [500, 0]
    comparison = found.compare({"x": 450, "y": 50})
    table = comparison.table
    assert table.index.tolist() == ["optimal", "equal", "own"]
    assert table["response"].tolist() == pytest.approx([50, 6, 45000 / 950 + 500 / 150])
    assert table["cost_eur"].tolist() == [500, 500, 600]
    assert table["leftover_eur"].tolist() == [0, 0, -100]
    assert table["wasted_eur"].tolist() == [0, 250, 0]
    assert table["gain"].tolist() == pytest.approx([0, 44, 50 - 45000 / 950 - 500 / 150])
    assert table["gain_share"].tolist()[:2] == pytest.approx([0, 44 / 6])
    assert table["extrapolated"].tolist() == [("x",), (), ()]
    assert comparison.plans["optimal"] is found
    assert found.compare().table.index.tolist() == ["optimal", "equal"]
    none = found.compare({}).table.loc["own"]
    assert none["response"] == 0
    assert math.isnan(none["gain_share"])
    assert none["gain"] == 50


# --------------------------------------------------------------------------- concentration


def test_concentration_published_values() -> None:
    found = concentration(pd.Series([30, 30, 20, 20], index=list("abcd")))
    assert found.hhi_points == pytest.approx(2600)
    assert found.hhi == pytest.approx(0.26)
    assert found.shares.to_dict() == {"a": 0.3, "b": 0.3, "c": 0.2, "d": 0.2}
    # Robyn's simulated weekly data, shares printed to three digits.
    robyn = concentration([0.619, 0.213, 0.085, 0.053, 0.031])
    assert robyn.hhi == pytest.approx(0.4389, abs=5e-4)
    assert robyn.effective_channels == pytest.approx(2.28, abs=5e-3)
    assert concentration([0, 7]).hhi == 1
    assert isinstance(concentration([1]).shares, np.ndarray)
    assert message(lambda: concentration([0, 0])) == (
        "Aucune dépense : toutes valent 0, et une concentration n’a pas de sens. Indiquez au "
        "moins une dépense."
    )


def test_a_spread_adds_up_before_it_divides() -> None:
    found = spread(["a", "b", "a", "c"], [100, 50, 50, 0], [5, 0, 1, 4])
    assert found.table.index.tolist() == ["a", "b", "c"]
    assert found.table["amount"].tolist() == [150, 50, 0]
    assert found.table["share"].tolist() == [0.75, 0.25, 0]
    assert found.table["results"].tolist() == [6, 0, 4]
    assert found.table["results_share"].tolist() == [0.6, 0, 0.4]
    assert found.table["per_result"].tolist() == [25, pytest.approx(np.nan, nan_ok=True), 0]
    assert found.table["rate"].tolist() == [0.04, 0, pytest.approx(np.nan, nan_ok=True)]
    assert found.concentration.hhi == pytest.approx(0.75**2 + 0.25**2)
    assert (found.per_result, found.rate) == (20, 0.05)
    assert found.under(100).to_dict() == {"b": 50}
    assert found.under(50).empty
    assert list(spread(["a"], [1]).table) == ["amount", "share"]
    assert math.isnan(spread(["a"], [1]).per_result)


def test_a_result_that_is_not_known_is_not_a_zero() -> None:
    found = spread(["a", "a", "b", None], [10, 10, 20, 5], [1, np.nan, 4, 1])
    assert found.table["results"].isna().tolist() == [True, False, False]
    assert found.table["results_share"].tolist()[1] == 0.8
    assert math.isnan(found.per_result)
    assert found.table.index.isna().sum() == 1
    nothing = spread(["a", "b"], [1, 2], [0, 0])
    assert nothing.table["results_share"].isna().all()
    assert math.isnan(nothing.per_result)
    assert nothing.rate == 0
    unknown = spread(["a", "b"], [1, 2], [np.nan, np.nan]).table
    assert unknown[["results_share", "per_result", "rate"]].isna().all(axis=None)


def test_spreads_that_mean_nothing() -> None:
    assert message(lambda: spread(["a", "b"], [1, np.nan])) == (
        "Valeur manquante : le montant est vide (index 1). Une case vide n’est pas un zéro : "
        "indiquez sa valeur, ou 0 s’il n’y a rien eu."
    )
    assert message(lambda: spread(["a", "b"], [1, 2], [1, -3])) == (
        "Valeur impossible : le résultat vaut -3 (index 1). Corrigez-la."
    )
    assert message(lambda: spread(["a"], [1, 2])) == (
        "Longueurs différentes : le lieu (1) et le montant (2). Prenez les deux colonnes dans le "
        "même tableau."
    )
    assert message(lambda: spread(["a"], [0])).startswith("Aucune dépense : toutes valent 0")
    assert message(lambda: spread(["a"], [1]).under(-1)) == (
        "Le minimum viable doit être un nombre positif ou nul, et vaut -1. Corrigez cette valeur."
    )


@given(spend=st.lists(st.floats(1, 1e6), min_size=1, max_size=12), k=st.floats(1e-3, 1e3))
def test_concentration_is_bounded_and_without_unit(spend, k) -> None:
    found = concentration(spend)
    assert 1 / len(spend) - 1e-12 <= found.hhi <= 1 + 1e-12
    assert concentration(k * np.array(spend)).hhi == pytest.approx(found.hhi)
    assert concentration([*spend[::-1], 0]).effective_channels == pytest.approx(
        found.effective_channels
    )


# --------------------------------------------------------------------------- fitting


def synthetic(seed: int, noise: float = 0.25) -> tuple[pd.DataFrame, pd.Series]:
    """pymc-marketing's example: adstock .4 and .2 over 8 weeks, lam 4 and 3, two channels."""
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(size=(2, 179))
    weeks = pd.date_range("2022-01-03", periods=179, freq="W-MON")
    spend = pd.DataFrame(
        {
            "x1": 1000 * np.where(first > 0.9, first, first / 2),
            "x2": 500 * np.where(second > 0.8, second, 0),
        },
        index=weeks,
    )
    response = 3 + rng.normal(0, noise, 179)
    for name, top, lam, decay, largest in (("x1", 3, 4, 0.4, 1000), ("x2", 2, 3, 0.2, 500)):
        curve = Logistic.from_scaled(top, lam, largest_spend_eur=largest)
        carried = geometric_adstock(spend[name], decay, convention="normalised", window_weeks=8)
        response = response + curve.response(carried)
    return spend, response


def test_fit_recovers_known_curves() -> None:
    spend, response = synthetic(1)
    fit = fit_response(
        spend, response, shape="logistic", convention="normalised", window_weeks=8, starts=2
    )
    truth = {"x1": (3, 1000 * math.log(3) / 4, 0.4), "x2": (2, 500 * math.log(3) / 3, 0.2)}
    for name, (top, half, decay) in truth.items():
        found = fit.channels[name]
        table = found.parameters
        assert table.index.tolist() == ["maximum", "half_saturation_eur", "decay"]
        assert (table["low"] < table["estimate"]).all()
        assert (table["estimate"] < table["high"]).all()
        for parameter, value in zip(table.index, (top, half, decay), strict=True):
            low, high = table.loc[parameter, ["low", "high"]]
            middle, reach = (low + high) / 2, (high - low) / 2
            assert abs(value - middle) < 1.5 * reach, (name, parameter)
        assert found.decay == pytest.approx(decay, abs=0.06)
        assert found.curve.maximum == pytest.approx(top, rel=0.25)
        assert found.curve.half_saturation_eur == pytest.approx(half, rel=0.4)
        assert table.loc["maximum", "estimate"] == pytest.approx(found.curve.maximum)
        carried = geometric_adstock(
            spend[name], found.decay, convention="normalised", window_weeks=8
        )
        assert found.curve.observed_eur == pytest.approx((carried.min(), carried.max()))
        assert found.curve.observed_eur[1] < spend[name].max()
    assert fit.baseline == pytest.approx(3, abs=0.2)
    assert fit.baseline_interval[0] < 3 < fit.baseline_interval[1]
    assert fit.residual_sd == pytest.approx(0.25, rel=0.15)
    assert fit.r_squared == pytest.approx(
        1 - ((response - fit.fitted) ** 2).sum() / ((response - response.mean()) ** 2).sum()
    )
    assert fit.weeks == 179
    assert fit.channels["x1"].identified
    pd.testing.assert_index_equal(fit.fitted.index, response.index)
    assert list(fit.curves) == ["x1", "x2"]
    assert allocate(channels_of(pd.DataFrame(index=["x1", "x2"]), fit.curves), 800).response > 0


@pytest.mark.parametrize("convention", ["normalised", "recursive"])
def test_fit_without_noise_is_exact_under_both_conventions(convention) -> None:
    rng = np.random.default_rng(2)
    spend = rng.uniform(0, 1000, 60)
    window = 8 if convention == "normalised" else None
    carried = geometric_adstock(spend, 0.5, convention=convention, window_weeks=window)
    # What a recursive stock is to a steady spend: twice as much, with a decay of ½.
    truth = Hill(60, 300 if window else 600, slope=1.7)
    fit = fit_response(
        spend.tolist(),
        (20 + truth.response(carried)).tolist(),
        shape="hill",
        convention=convention,
        window_weeks=window,
        starts=2,
    )
    found = fit.channels["spend_eur"]
    assert found.parameters["estimate"].to_dict() == pytest.approx(
        {"maximum": 60, "half_saturation_eur": 300, "slope": 1.7, "decay": 0.5}, rel=1e-4
    )
    assert (found.curve.slope, found.curve.half_saturation_eur) == pytest.approx((1.7, 300), 1e-4)
    assert fit.baseline == pytest.approx(20, rel=1e-4)
    assert fit.r_squared == pytest.approx(1)
    assert fit.doubts == ()
    assert fit.residual_sd == pytest.approx(0, abs=1e-4)
    assert fit.fitted.shape == (60,)
    band = found.band([0, 300, 900])
    assert band.index.tolist() == [0, 300, 900]
    assert band.index.name == "spend_eur"
    assert band["response"].tolist() == pytest.approx([0, 30, found.curve.response(900)], rel=1e-3)


def one_channel(seed: int, noise: float = 2.0, weeks: int = 60) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    spend = pd.Series(rng.uniform(0, 1000, weeks), name="tiktok")
    carried = geometric_adstock(spend, 0.4, convention="normalised", window_weeks=8)
    return spend, 20 + Logistic(50, 0.004).response(carried) + rng.normal(0, noise, weeks)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    truth = {"maximum": 50, "half_saturation_eur": math.log(3) / 0.004, "decay": 0.4}
    held, banded = [], []
    for seed in range(20):
        fit = fit_response(
            *one_channel(seed), shape="logistic", convention="normalised", window_weeks=8, starts=1
        ).channels["tiktok"]
        table = fit.parameters
        held += [table["low"][k] <= v <= table["high"][k] for k, v in truth.items()]
        band = fit.band([300, 500])
        at = Logistic(50, 0.004).response([300, 500])
        banded += ((band["low"] <= at) & (at <= band["high"])).tolist()
    assert np.mean(held) >= 0.87
    assert np.mean(banded) >= 0.85


def test_an_interval_ends_where_no_other_curve_does_nearly_as_well() -> None:
    rng = np.random.default_rng(8)
    spend = rng.uniform(0, 1000, 52)
    response = np.maximum(Hill(100, 400).response(spend) + rng.normal(0, 3, 52), 0)
    # A window of one week: nothing is carried over, and the decay changes nothing.
    fit = fit_response(
        spend, response, shape="hill", convention="normalised", window_weeks=1, baseline=False
    )

    def error(half: float, top: float, slope: float) -> float:
        return float(((top / (1 + (half / spend) ** slope) - response) ** 2).sum())

    def least(half: float) -> float:
        found = minimize(lambda v: error(half, *v), [100, 1], method="Nelder-Mead")
        return float(found.fun)

    table = fit.channels["spend_eur"].parameters
    best = error(*table.loc[["half_saturation_eur", "maximum", "slope"], "estimate"])
    quantile = student.ppf(0.975, 52 - 4)
    for end in ("low", "high"):
        worse = least(float(table[end]["half_saturation_eur"]))
        # The end is searched to within 2 % of the way.
        assert math.sqrt((worse / best - 1) * 48) == pytest.approx(quantile, rel=0.03)


def test_what_is_said_to_be_identified_is() -> None:
    held = []
    for seed in range(8):
        truth = company.response_truth(seed=seed)
        fits = fit_history(
            company.spending(seed=seed), shape="hill", convention="normalised", window_weeks=8
        )
        for name, fit in fits.items():
            curve = truth.curves[name]
            known = [curve.maximum, curve.half_saturation_eur, curve.slope]
            table = fit.parameters.iloc[:3]
            middle = sum(fit.curve.observed_eur) / 2
            band = fit.band([middle]).iloc[0]
            if fit.identified:
                held += ((table["low"] <= known) & (known <= table["high"])).tolist()
                held.append(band["low"] <= curve.response(middle) <= band["high"])
    assert len(held) >= 4 * 6
    assert np.mean(held) >= 0.85


def test_confidence_and_seed() -> None:
    spend, response = one_channel(3)
    options = {"shape": "logistic", "convention": "normalised", "window_weeks": 8, "starts": 1}
    wide, narrow, again = (
        fit_response(spend, response, confidence=c, **options).channels["tiktok"]
        for c in (0.95, 0.5, 0.95)
    )
    widths = [fit.parameters["high"] - fit.parameters["low"] for fit in (wide, narrow)]
    assert (widths[0] > 2 * widths[1]).all()
    bands = [fit.band([500]).iloc[0] for fit in (wide, narrow)]
    assert bands[0]["low"] < bands[1]["low"] < bands[1]["high"] < bands[0]["high"]
    pd.testing.assert_frame_equal(wide.parameters, again.parameters)
    np.testing.assert_array_equal(wide.draws, again.draws)
    # The draws are spread as the intervals say.
    for draws, (_name, row) in zip(wide.draws.T, wide.parameters.iterrows(), strict=True):
        low, high = np.quantile(draws, [0.025, 0.975])
        assert high - low == pytest.approx(row["high"] - row["low"], rel=0.1)
    assert wide.confidence == 0.95
    assert fit_response(spend, response, **options).channels["tiktok"].confidence == 0.95


def test_what_is_attributed_needs_no_baseline() -> None:
    rng = np.random.default_rng(3)
    spend = pd.Series(np.exp(rng.normal(6, 0.5, 52)), name="tiktok")
    truth = Hill(80, 400)
    orders = truth.response(spend.to_numpy()) * (1 + 0.03 * rng.uniform(-1, 1, 52))
    options = {"shape": "hill", "convention": "normalised", "window_weeks": 4}
    free, held = (fit_response(spend, orders, baseline=b, **options) for b in (True, False))
    assert (held.baseline, held.baseline_interval) == (0, (0, 0))
    wide, close = (fit.channels["tiktok"].band([300, 600]) for fit in (free, held))
    assert ((close["high"] - close["low"]) < 0.5 * (wide["high"] - wide["low"])).all()
    assert ((close["low"] < truth.response([300, 600])).to_numpy()).all()
    assert ((close["high"] > truth.response([300, 600])).to_numpy()).all()
    history = pd.DataFrame(
        {"week": range(52), "channel": "tiktok", "spend_eur": spend, "orders": orders}
    )
    found = fit_history(history, baseline=False, **options)["tiktok"]
    pd.testing.assert_frame_equal(found.parameters, held.channels["tiktok"].parameters)
    # A year is then long enough for one more channel.
    weeks = 8
    assert fit_response(spend[:weeks], orders[:weeks], baseline=False, **options).weeks == weeks
    assert message(lambda: fit_response(spend[:weeks], orders[:weeks], **options)).startswith(
        "Historique trop court : 8 semaines pour 5 inconnues, et il en faut au moins 10."
    )


def plain(doubts: tuple[str, ...]) -> list[str]:
    return [doubt.replace("\u00a0", " ").replace("\u202f", " ") for doubt in doubts]


def test_a_spend_that_never_varied_is_said() -> None:
    rng = np.random.default_rng(0)
    spend = pd.Series(500 + rng.uniform(-20, 20, 60), name="tiktok")
    fit = fit_response(
        spend, 50 + rng.normal(0, 2, 60), shape="logistic", convention="recursive", starts=1
    )
    found = fit.channels["tiktok"]
    spread = spend.std(ddof=0) / spend.mean()
    said = plain(found.doubts)
    assert said[0] == (
        f"La dépense de « tiktok » n’a presque pas varié (écart-type : {100 * spread:.1f} % de la "
        "moyenne) : l’historique ne montre pas sa courbe. Faites-la varier quelques semaines."
    ).replace(f"{100 * spread:.1f}", f"{100 * spread:.1f}".replace(".", ","))
    low, high = found.parameters.loc["half_saturation_eur", ["low", "high"]]
    assert high > 10 * low
    assert said[1].startswith("La demi-saturation de « tiktok » n’est connue qu’entre ")
    assert not found.identified
    assert fit.doubts == found.doubts
    flat = fit_response(
        [500] * 30, rng.normal(50, 2, 30), shape="logistic", convention="recursive", starts=1
    )
    assert plain(flat.doubts)[0].startswith("La dépense de « spend_eur » n’a presque pas varié")


def straight(seed: int, rate: float) -> placement.ChannelFit:
    rng = np.random.default_rng(seed)
    spend = pd.Series(rng.uniform(0, 100, 80), name="tiktok")
    response = 5 + Logistic(100, rate).response(spend) + rng.normal(0, 0.5, 80)
    fit = fit_response(spend, response, shape="logistic", convention="recursive", starts=1)
    return fit.channels["tiktok"]


def in_euros(value: float) -> str:
    return f"{value:,.0f} €".replace(",", " ")


def test_a_history_that_stays_on_the_straight_part_is_said() -> None:
    found = straight(6, 0.002)
    low, high = found.parameters.loc["half_saturation_eur", ["low", "high"]]
    assert high > 10 * low
    assert plain(found.doubts) == [
        f"La demi-saturation de « tiktok » n’est connue qu’entre {in_euros(low)} et "
        f"{in_euros(high)} par semaine : sa courbe reste à préciser. Allongez l’historique, avec "
        "des dépenses plus variées."
    ]
    found = straight(5, 0.016)
    low, high = found.parameters.loc["half_saturation_eur", ["low", "high"]]
    reached = found.curve.observed_eur[1]
    assert high < reached < 2 * high < 20 * low
    assert plain(found.doubts) == [
        "« tiktok » n’a peut-être pas assez dépassé sa demi-saturation (jusqu’à "
        f"{in_euros(high)} par semaine, dont il faudrait observer le double ; au plus "
        f"{in_euros(reached)} observés) : son maximum est extrapolé. Essayez de plus fortes "
        "dépenses avant de compter dessus."
    ]
    assert straight(5, 0.04).identified


def test_spends_that_vary_together_are_said() -> None:
    spend, response = one_channel(4)
    twin = spend + np.random.default_rng(9).uniform(0, 50, 60)
    fit = fit_response(
        pd.DataFrame({"tiktok": spend, "reels": twin}),
        response,
        shape="logistic",
        convention="normalised",
        window_weeks=8,
        starts=1,
    )
    together = np.corrcoef(spend, twin)[0, 1]
    for name, other in (("tiktok", "reels"), ("reels", "tiktok")):
        assert plain(fit.channels[name].doubts)[0] == (
            f"Les dépenses de « {name} » et de « {other} » varient ensemble (corrélation : "
            + f"{together:.2f}".rstrip("0").rstrip(".").replace(".", ",")
            + ") : leurs effets ne se distinguent pas. Faites varier l’une sans l’autre."
        )
    assert fit.doubts == fit.channels["tiktok"].doubts + fit.channels["reels"].doubts


OPTIONS = {"shape": "logistic", "convention": "recursive"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: fit_response([1, 2], [1, 2], shape="line", convention="recursive"),
            'La courbe « line » n’existe pas : choisissez shape="hill" ou shape="logistic".',
        ),
        (
            lambda: fit_response([1, 2], [1, 2], shape="hill", convention="normalised"),
            "La convention « normalised » demande le nombre de semaines où l’effet se prolonge. "
            "Ajoutez par exemple window_weeks=8.",
        ),
        (
            lambda: fit_response([1, 2], [1, 2], **OPTIONS, confidence=95),
            "La confiance est une part entre 0 et 1, et vaut 95. Pour 95 %, écrivez "
            "confidence=0.95.",
        ),
        (
            lambda: fit_response([1, 2], [1, 2], **OPTIONS, confidence=1),
            "La confiance est une part entre 0 et 1, et vaut 1. Pour 95 %, écrivez "
            "confidence=0.95.",
        ),
        (
            lambda: fit_response([1, 2], [1, 2], **OPTIONS, confidence=0),
            "La confiance est une part entre 0 et 1, et vaut 0. Pour 95 %, écrivez "
            "confidence=0.95.",
        ),
        (
            lambda: fit_response([1, 2], [1, 2], **OPTIONS, starts=0),
            "starts est un nombre entier, au moins 1, et vaut 0.",
        ),
        (
            lambda: fit_response([0, 0], [1, 2], **OPTIONS),
            "Rien à apprendre : la dépense « spend_eur » vaut 0 toutes les semaines. Retirez ce "
            "canal de l’historique.",
        ),
        (
            lambda: fit_response([1, 2], [3, 3], **OPTIONS),
            "Rien à apprendre : la réponse a la même valeur toutes les semaines. Vérifiez que "
            "vous avez choisi la bonne colonne.",
        ),
        (
            lambda: fit_response([1.0, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7], **OPTIONS),
            "Historique trop court : 7 semaines pour 4 inconnues, et il en faut au moins 8. "
            "Allongez l’historique, étudiez moins de canaux à la fois, ou prenez "
            'shape="logistic".',
        ),
        (
            lambda: fit_response(
                pd.DataFrame({"a": [1, 2], "b": [1, 2]}),
                [1, 2],
                shape="hill",
                convention="recursive",
            ),
            "Historique trop court : 2 semaines pour 9 inconnues, et il en faut au moins 18. "
            "Allongez l’historique, étudiez moins de canaux à la fois, ou prenez "
            'shape="logistic".',
        ),
        (
            lambda: fit_response(pd.DataFrame({1: [1, 2], "1": [1, 2]}), [1, 2], **OPTIONS),
            "Le tableau des dépenses demande une colonne par canal, de noms différents, et a : "
            "1, 1.",
        ),
        (
            lambda: fit_response(pd.DataFrame(index=[0, 1]), [1, 2], **OPTIONS),
            "Le tableau des dépenses demande une colonne par canal, de noms différents, et a : –.",
        ),
        (
            lambda: fit_response(pd.Series([1, 2], name="x"), [1, 2, 3], **OPTIONS),
            "Longueurs différentes : la dépense « x » (2) et la réponse (3). Prenez les deux "
            "colonnes dans le même tableau.",
        ),
        (
            lambda: fit_response([1, 2], [1, np.nan], **OPTIONS),
            "Valeur manquante : la réponse est vide (index 1). Une case vide n’est pas un zéro : "
            "indiquez sa valeur, ou 0 s’il n’y a rien eu.",
        ),
    ],
)
def test_histories_that_cannot_be_fitted(call, expected) -> None:
    assert message(call) == expected


def test_the_shortest_history_is_fitted() -> None:
    spend, response = one_channel(6, weeks=8)
    assert fit_response(spend, response, **OPTIONS, starts=1).weeks == 8


def long_history() -> pd.DataFrame:
    rows = []
    for name, seed in (("tiktok", 1), ("instagram", 2)):
        spend, orders = one_channel(seed, noise=0.5)
        rows.append(
            pd.DataFrame({"week": range(60), "channel": name, "spend_eur": spend, "orders": orders})
        )
    return pd.concat(rows, ignore_index=True)


def test_a_long_history_is_fitted_channel_by_channel() -> None:
    history = long_history().sample(frac=1, random_state=0)
    options = {"convention": "normalised", "window_weeks": 8, "starts": 1, "confidence": 0.9}
    fits = fit_history(history, shape="logistic", **options)
    assert list(fits) == ["instagram", "tiktok"]
    alone = fit_response(*one_channel(1, noise=0.5), shape="logistic", **options)
    pd.testing.assert_frame_equal(
        fits["tiktok"].parameters, alone.channels["tiktok"].parameters, rtol=1e-6
    )
    assert fits["tiktok"].name == "tiktok"
    assert fits["tiktok"].confidence == 0.9
    assert fit_history(history, shape="logistic", convention="recursive")["tiktok"].confidence == (
        0.95
    )
    renamed = history.rename(columns={"orders": "visites"})
    again = fit_history(renamed, response="visites", shape="logistic", **options, seed=5)
    pd.testing.assert_frame_equal(
        again["instagram"].parameters, fits["instagram"].parameters, rtol=1e-3
    )
    assert not np.array_equal(again["tiktok"].draws, fits["tiktok"].draws)


def test_long_histories_with_holes() -> None:
    history = long_history()
    assert message(lambda: fit_history(history.drop(columns="orders"), **OPTIONS)) == (
        "Il manque au tableau : orders. Colonnes trouvées : week, channel, spend_eur. Renommez-les "
        "avec .rename(columns=…)."
    )
    assert message(lambda: fit_history(pd.DataFrame(), **OPTIONS)) == (
        "Il manque au tableau : week, channel, spend_eur, orders. Colonnes trouvées : –. "
        "Renommez-les avec .rename(columns=…)."
    )
    empty = (
        "Le tableau demande une semaine et un canal à chaque ligne, et au moins une ligne. "
        "Complétez-le, ou retirez les lignes sans semaine ni canal."
    )
    assert message(lambda: fit_history(history[:0], **OPTIONS)) == empty
    holed = history.assign(channel=history["channel"].where(history.index != 3))
    assert message(lambda: fit_history(holed, **OPTIONS)) == empty
    twice = pd.concat([history, history[60:61]])
    assert message(lambda: fit_history(twice, **OPTIONS)) == (
        "Deux lignes pour le canal « instagram », semaine 0. Additionnez-les, ou gardez la bonne."
    )
    assert message(lambda: fit_history(history.drop(index=64), **OPTIONS)) == (
        "Il manque la semaine 4 du canal « instagram ». Ajoutez la ligne, avec une dépense de 0 "
        "si rien n’a été dépensé."
    )
