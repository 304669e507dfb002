"""Key 3: rankings and what they hang on, adoption, pilot and waiting. Spaces in French messages
are U+00A0."""

from __future__ import annotations

import dataclasses
import inspect
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cinqcles.errors import MetricError
from cinqcles.keys.fashion import (
    NORMALISATIONS,
    RANDOM_INDEX,
    BassCurve,
    WaitingOption,
    ahp,
    bass_scenario,
    fit_bass,
    pilot_or_commit,
    pilot_path,
    rank_reversals,
    reweighted,
    topsis,
    vetoed,
    weight_margins,
    weight_path,
    weighted_sum,
    win_shares,
    yields,
)


def message(error: pytest.ExceptionInfo[MetricError]) -> str:
    """The message, with its non-breaking spaces made plain to be read here."""
    return plain(str(error.value))


def plain(text: str) -> str:
    assert all(
        text[i - 1] == "\u00a0"
        for i, c in enumerate(text)
        if c in ";?!»" or (c == ":" and text[i - 2 : i] != '"c' and text[i - 1] not in "\"…'")
    )
    assert "« " not in text
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def refusal(function, *arguments, **options) -> str:
    with pytest.raises(MetricError) as error:
        function(*arguments, **options)
    return message(error)


# --------------------------------------------------------------------------- rankings

RANKERS = [weighted_sum, topsis]

# The published case of pypi topsis-antuanant.
TOOLS = pd.DataFrame(
    [[7, 9, 9, 8], [8, 7, 8, 7], [9, 6, 8, 9], [6, 7, 8, 6]],
    index=["reels", "chatbot", "podcast", "lettre"],
    columns=["portée", "accord", "savoir", "coût"],
)
WEIGHTS = pd.Series([0.1, 0.4, 0.3, 0.2], index=TOOLS.columns)
WAYS = {"portée": "benefit", "accord": "benefit", "savoir": "benefit", "coût": "cost"}


def naive_normalise(column: list[float], way: str, normalisation: str) -> list[float]:
    low = min(column) if normalisation == "min-max" else 0.0
    scale = {
        "min-max": max(column) - min(column),
        "max": max(column),
        "sum": sum(column),
        "vector": math.sqrt(sum(x * x for x in column)),
    }[normalisation]
    z = [(x - low) / scale if scale else 0.0 for x in column]
    return z if way == "benefit" else [1 - x for x in z]


def naive_scores(method, z: list[list[float]], weights: list[float]) -> list[float]:
    """``z`` is a list of criteria. Loops only."""
    rows = [[w * x for w, x in zip(weights, row, strict=True)] for row in zip(*z, strict=True)]
    if method is weighted_sum:
        return [sum(row) for row in rows]
    best = [max(column) for column in zip(*rows, strict=True)]
    worst = [min(column) for column in zip(*rows, strict=True)]
    scores = []
    for row in rows:
        near, far = math.dist(row, best), math.dist(row, worst)
        scores.append(far / (near + far) if near + far else 0.5)
    return scores


def ranked(method, tools=TOOLS, weights=WEIGHTS, ways=None, normalisation="min-max", **options):
    ways = {c: WAYS.get(c, "benefit") for c in tools.columns} if ways is None else ways
    return method(tools, weights, directions=ways, normalisation=normalisation, **options)


def frames(least_tools: int = 1, values=None):
    """Random decisions: tools × criteria, weights and directions."""
    values = st.integers(0, 20) if values is None else values

    @st.composite
    def build(draw):
        n, k = draw(st.integers(least_tools, 5)), draw(st.integers(1, 4))
        row = st.lists(values, min_size=k, max_size=k)
        names = list("abcd")[:k]
        tools = pd.DataFrame(draw(st.lists(row, min_size=n, max_size=n)), columns=names)
        weights = draw(st.lists(st.integers(0, 9), min_size=k, max_size=k).filter(any))
        ways = draw(st.lists(st.sampled_from(["benefit", "cost"]), min_size=k, max_size=k))
        return (
            tools.rename(index="t{}".format),
            pd.Series(weights, names),
            dict(zip(names, ways, strict=True)),
        )

    return build()


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [
        ("vector", [0.74269409, 0.40359933, 0.17586999, 0.44142927]),
        ("min-max", [0.772, 0.329, 0.157, 0.368]),
    ],
)
def test_topsis_finds_the_published_values(normalisation, expected) -> None:
    found = ranked(topsis, normalisation=normalisation)
    digits = 8 if normalisation == "vector" else 3
    scores = found.table["score"][TOOLS.index]
    assert scores.round(digits).tolist() == expected
    assert found.table.index.tolist() == ["reels", "lettre", "chatbot", "podcast"]
    assert found.table["rank"].tolist() == [1, 2, 3, 4]
    assert found.winners == ["reels"]
    assert (found.method, found.normalisation) == ("TOPSIS", normalisation)


def test_a_weighted_sum_by_hand() -> None:
    tools = pd.DataFrame({"a": [10, 20, 15], "b": [4, 8, 4]}, index=["x", "y", "z"])
    weights = {"a": 3, "b": 1}
    ways = {"a": "benefit", "b": "cost"}

    def scores(normalisation):
        found = ranked(weighted_sum, tools, weights, ways, normalisation)
        assert (found.method, found.normalisation) == ("weighted sum", normalisation)
        assert found.table.columns.tolist() == ["score", "rank"]
        return found.table["score"][["x", "y", "z"]].tolist()

    assert scores("min-max") == pytest.approx([0.25, 0.75, 0.625], rel=1e-14)
    assert scores("max") == pytest.approx([0.5, 0.75, 0.6875], rel=1e-14)
    assert scores("sum") == pytest.approx(
        [0.75 * 10 / 45 + 0.1875, 0.75 * 20 / 45 + 0.125, 0.75 * 15 / 45 + 0.1875], rel=1e-14
    )
    assert scores("vector") == pytest.approx(
        [0.75 * a / math.sqrt(725) + 0.25 * (1 - b / math.sqrt(96))
         for a, b in [(10, 4), (20, 8), (15, 4)]],
        rel=1e-14,
    )  # fmt: skip


def test_a_ranking_carries_what_it_comes_from() -> None:
    found = ranked(topsis, weights=WEIGHTS[::-1] * 20)
    pd.testing.assert_series_equal(found.weights, WEIGHTS, check_names=False)
    assert found.directions.to_dict() == WAYS
    assert found.directions.index.tolist() == TOOLS.columns.tolist()
    assert found.vetoed.to_dict() == {}
    pd.testing.assert_frame_equal(found.tools, TOOLS.astype(float))
    assert found.normalised.loc["reels"].tolist() == pytest.approx([1 / 3, 1, 1, 1 / 3])
    assert found.contributions.loc["reels"].tolist() == pytest.approx([1 / 30, 0.4, 0.3, 2 / 30])
    assert found.best.tolist() == WEIGHTS.tolist()
    assert found.worst.tolist() == [0, 0, 0, 0]
    for tool, row in found.contributions.iterrows():
        near, far = math.dist(row, found.best), math.dist(row, found.worst)
        line = found.table.loc[tool]
        assert line["distance_to_best"] == pytest.approx(near)
        assert line["distance_to_worst"] == pytest.approx(far)
        assert line["score"] == pytest.approx(far / (near + far))
    summed = ranked(weighted_sum)
    assert summed.contributions.sum(axis=1)[summed.table.index].tolist() == pytest.approx(
        summed.table["score"].tolist()
    )


def test_arguments_are_left_as_they_were() -> None:
    tools, weights = TOOLS.copy(), WEIGHTS * 3
    for method in RANKERS:
        weight_margins(ranked(method, tools, weights))
        rank_reversals(ranked(method, tools, weights))
    pd.testing.assert_frame_equal(tools, TOOLS)
    pd.testing.assert_series_equal(weights, WEIGHTS * 3)


@pytest.mark.parametrize("method", RANKERS)
@settings(max_examples=40, deadline=None)
@given(decision=frames(), normalisation=st.sampled_from(NORMALISATIONS))
def test_the_twin_in_plain_loops_agrees(method, decision, normalisation) -> None:
    tools, weights, ways = decision
    found = ranked(method, tools, weights, ways, normalisation)
    z = [naive_normalise(tools[c].tolist(), ways[c], normalisation) for c in tools]
    expected = naive_scores(method, z, (weights / weights.sum()).tolist())
    scores = found.table["score"][tools.index]
    assert scores.tolist() == pytest.approx(expected, abs=1e-12)
    assert scores.between(-1e-12, 1 + 1e-12).all()
    ranks = [1 + sum(other > score + 1e-9 for other in expected) for score in expected]
    assert found.table["rank"][tools.index].tolist() == ranks
    assert found.table["rank"].is_monotonic_increasing


@pytest.mark.parametrize("method", RANKERS)
@settings(max_examples=25, deadline=None)
@given(
    decision=frames(least_tools=2),
    normalisation=st.sampled_from(NORMALISATIONS),
    factor=st.floats(0.01, 1000),
    shift=st.integers(-50, 50),
    seed=st.integers(0, 9),
)
def test_units_and_order_change_nothing(  # noqa: PLR0917
    method, decision, normalisation, factor, shift, seed
) -> None:
    tools, weights, ways = decision
    scores = ranked(method, tools, weights, ways, normalisation).table["score"]
    rng = np.random.default_rng(seed)
    other = tools.iloc[rng.permutation(len(tools)), rng.permutation(tools.shape[1])].astype(float)
    other["a"] *= factor
    if normalisation == "min-max":
        other["a"] += shift
    again = ranked(method, other, weights * factor, ways, normalisation).table["score"]
    # Where nothing but rounding separates the tools, TOPSIS divides rounding by rounding.
    assume(normalisation != "min-max" or len(set(tools["a"])) > 1)
    assert again[scores.index].tolist() == pytest.approx(scores.tolist(), abs=1e-9)


@pytest.mark.parametrize("method", RANKERS)
@settings(max_examples=25, deadline=None)
@given(decision=frames(), normalisation=st.sampled_from(NORMALISATIONS))
def test_a_tool_that_is_nowhere_better_is_not_ahead(method, decision, normalisation) -> None:
    tools, weights, ways = decision
    tools.loc["better"] = [
        tools.loc["t0", c] + (1 if way == "benefit" else -1) for c, way in ways.items()
    ]
    ranks = ranked(method, tools + 1, weights, ways, normalisation).table["rank"]
    assert ranks["better"] <= ranks["t0"]


@pytest.mark.parametrize("method", RANKERS)
def test_ties_share_the_better_rank_and_keep_their_order(method) -> None:
    tools = pd.DataFrame({"a": [5, 1, 9, 5, 0], "b": [1, 5, 9, 1, 0]}, index=list("vwxyz"))
    found = ranked(method, tools, {"a": 1, "b": 1})
    assert found.table.index.tolist() == ["x", "v", "w", "y", "z"]
    assert found.table["rank"].tolist() == [1, 2, 2, 2, 5]
    found = ranked(method, tools.drop(index="x"), {"a": 0.1, "b": 0.1})
    assert found.winners == ["v", "w", "y"]


def test_rounding_makes_no_rank() -> None:
    tools = pd.DataFrame({"a": [1, 1 - 1e-10, 1 - 1e-8, 0]}, index=list("wxyz"))
    assert ranked(weighted_sum, tools, {"a": 1}).table["rank"].tolist() == [1, 1, 3, 4]


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_a_criterion_on_which_all_are_equal_separates_nothing(normalisation) -> None:
    tools = pd.DataFrame({"a": [1, 2], "same": [0, 0]}, index=["x", "y"])
    for method in RANKERS:
        for way in ("benefit", "cost"):
            ways = {"a": "benefit", "same": way}
            found = ranked(method, tools, {"a": 1, "same": 1}, ways, normalisation)
            assert found.winners == ["y"]
            assert found.normalised["same"].tolist() == [0 if way == "benefit" else 1] * 2


def test_tools_that_are_all_the_same_are_half_way() -> None:
    found = ranked(topsis, pd.DataFrame({"a": [3, 3]}), {"a": 1})
    assert found.table["score"].tolist() == [0.5, 0.5]
    assert found.winners == [0, 1]
    assert ranked(topsis, TOOLS[:1]).table["score"].tolist() == [0.5]


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_numbers_of_any_size(normalisation) -> None:
    tools = pd.DataFrame({"a": [3e200, 4e200]}, index=["x", "y"])
    found = ranked(weighted_sum, tools, {"a": 1e300}, normalisation=normalisation)
    assert found.table["score"]["y"] == pytest.approx(
        {"min-max": 1, "max": 1, "sum": 4 / 7, "vector": 0.8}[normalisation]
    )
    tools = pd.DataFrame({"a": [-1e308, 1e308], "b": [1, 2]})
    heavy = ranked(weighted_sum, tools, {"a": 1e308, "b": 1e308})
    assert heavy.table["score"].tolist() == [1, 0]
    assert heavy.weights.tolist() == [0.5, 0.5]


def test_nullable_columns_and_series_are_read() -> None:
    found = ranked(weighted_sum, TOOLS.astype("Int64"), WEIGHTS.astype("Float64"))
    pd.testing.assert_frame_equal(found.table, ranked(weighted_sum).table)
    found = ranked(weighted_sum, weights=WEIGHTS.to_dict(), ways=pd.Series(WAYS)[::-1])
    pd.testing.assert_frame_equal(found.table, ranked(weighted_sum).table)


@pytest.mark.parametrize("method", RANKERS)
def test_the_normalisation_and_the_directions_are_always_chosen(method) -> None:
    parameters = inspect.signature(method).parameters
    for name in ("normalisation", "directions"):
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default is inspect.Parameter.empty


WRONG_TOOLS = [
    (
        [[1, 2]],
        "Pour la table des outils, on attend un DataFrame : une ligne pour un outil, une colonne "
        "pour un critère (reçu : list).",
    ),
    (
        TOOLS[:0],
        "Rien à lire dans la table des outils : il faut au moins une ligne et une colonne. "
        "Vérifiez le filtre appliqué à votre tableau.",
    ),
    (
        TOOLS.rename(index={"reels": "lettre"}),
        "Nom en double dans la table des outils : « lettre ». Donnez à chacun un nom différent, "
        "ou gardez une seule ligne.",
    ),
    (
        TOOLS.rename(columns={"coût": "portée"}),
        "Nom en double dans la table des outils : « portée ». Donnez à chacun un nom différent, "
        "ou gardez une seule ligne.",
    ),
    *(
        (
            TOOLS.assign(coût=values),
            "Colonne illisible : le critère « coût » contient autre chose que des nombres. "
            "Convertissez en nombres avec pd.to_numeric.",
        )
        for values in (
            [True, False, True, True],
            ["1", "2", "3", "4"],
            pd.to_datetime(["2025-01-01"] * 4),
            [1, None, "x", 2],
        )
    ),
    *(
        (
            TOOLS.assign(coût=[1, 2, value, 4]),
            "Valeur manquante ou infinie : le critère « coût », pour « podcast ». Complétez-la : "
            "une case vide n’est pas un zéro.",
        )
        for value in (np.nan, np.inf, -np.inf)
    ),
    (
        TOOLS.assign(coût=pd.array([1, 2, None, 4], dtype="Int64")),
        "Valeur manquante ou infinie : le critère « coût », pour « podcast ». Complétez-la : "
        "une case vide n’est pas un zéro.",
    ),
]


@pytest.mark.parametrize(("tools", "expected"), WRONG_TOOLS)
def test_a_table_that_cannot_be_ranked(tools, expected) -> None:
    for method in RANKERS:
        assert refusal(method, tools, WEIGHTS, directions=WAYS, normalisation="max") == expected


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (
            [1, 2, 3, 4],
            "Pour les poids, on attend une valeur par critère, sous son nom : {'portée': …} ou une "
            "Series (reçu : list).",
        ),
        (
            {"portée": 1, "accord": 1, "savoir": 1, "prix": 1},
            "Noms différents : les poids et la table des outils ne correspondent pas. "
            "Manquent : « coût ». En trop : « prix ». Écrivez les mêmes noms des deux côtés.",
        ),
        (
            WEIGHTS[:2],
            "Noms différents : les poids et la table des outils ne correspondent pas. "
            "Manquent : « savoir », « coût ». En trop : aucun. Écrivez les mêmes noms des deux "
            "côtés.",
        ),
        (
            pd.Series(1, index=[*TOOLS.columns, *"abcdefg"]),
            "Noms différents : les poids et la table des outils ne correspondent pas. "
            "Manquent : aucun. En trop : « a », « b », « c », « d », « e », « f »…. Écrivez les "
            "mêmes noms des deux côtés.",
        ),
        (
            pd.Series(1, index=["portée", "portée", "accord", "savoir", "coût"]),
            "Nom en double dans les poids : « portée ». Donnez à chacun un nom différent, ou "
            "gardez une seule ligne.",
        ),
        (
            WEIGHTS * [1, -1, 1, 1],
            "Poids négatif : -0,4 pour « accord ». Un poids dit l’importance, de 0 à l’infini ; "
            'pour un critère où moins vaut mieux, écrivez directions={…: "cost"}.',
        ),
        (
            WEIGHTS * 0,
            "Tous les poids valent 0 : rien ne compte, et il n’y a pas de classement. Donnez un "
            "poids plus grand que 0 à un critère au moins.",
        ),
        (
            WEIGHTS * [1, np.nan, 1, 1],
            "Valeur manquante ou infinie : les poids, pour « accord ». Complétez-la : une case "
            "vide n’est pas un zéro.",
        ),
        (
            {**WEIGHTS, "coût": True},
            "Colonne illisible : les poids contient autre chose que des nombres. Convertissez en "
            "nombres avec pd.to_numeric.",
        ),
    ],
)
def test_weights_that_cannot_be_used(weights, expected) -> None:
    assert refusal(ranked, weighted_sum, weights=weights) == expected


def test_directions_and_normalisations_that_do_not_exist() -> None:
    assert refusal(ranked, topsis, ways={**WAYS, "coût": "min"}) == (
        'La direction de « coût » vaut « min » : choisissez "benefit" (plus vaut mieux) ou '
        '"cost" (moins vaut mieux).'
    )
    assert refusal(ranked, topsis, ways={"portée": "cost"}).startswith(
        "Noms différents : les directions et la table des outils ne correspondent pas."
    )
    assert refusal(ranked, topsis, ways="cost") == (
        "Pour les directions, on attend une valeur par critère, sous son nom : {'portée': …} ou "
        "une Series (reçu : str)."
    )
    assert refusal(ranked, topsis, normalisation="minmax") == (
        'La normalisation « minmax » n’existe pas : choisissez "min-max" ou "max" ou "sum" ou '
        '"vector".'
    )


@pytest.mark.parametrize("normalisation", ["max", "sum", "vector"])
def test_proportions_refuse_a_negative_value(normalisation) -> None:
    tools = TOOLS.assign(savoir=[0, -1, -2.5, 3])
    assert refusal(ranked, topsis, tools, normalisation=normalisation) == (
        "Valeur négative : « podcast » vaut -2,5 sur « savoir », et la normalisation "
        f'"{normalisation}" compare des proportions. Choisissez normalisation="min-max", ou '
        "corrigez la valeur."
    )
    assert ranked(topsis, tools).normalised["savoir"].tolist() == pytest.approx(
        [2.5 / 5.5, 1.5 / 5.5, 0, 1]
    )


# --------------------------------------------------------------------------- the veto

SERVES = pd.DataFrame(
    {"recruter": [True, False, False, False], "fidéliser": [True, True, False, True]},
    index=["lettre", "reels", "podcast", "chatbot"],
)


def test_the_veto_comes_before_the_scores() -> None:
    for method in RANKERS:
        found = ranked(method, serves=SERVES)
        assert found.vetoed.index.tolist() == ["podcast"]
        without = ranked(method, TOOLS.drop(index="podcast"))
        pd.testing.assert_frame_equal(found.table, without.table)
        pd.testing.assert_frame_equal(found.tools, without.tools)
        assert found.normalised["coût"]["reels"] == 0  # no longer in the podcast's shade


def test_the_veto_says_why() -> None:
    assert plain(vetoed(SERVES)["podcast"]) == (
        "podcast ne sert aucun des 2 objectifs retenus (« recruter », « fidéliser »). Être à la "
        "mode n’est pas une raison d’investir : laissez cet outil de côté, ou dites à quel "
        "objectif il sert."
    )
    only = vetoed(SERVES[["recruter"]])
    assert only.index.tolist() == ["reels", "podcast", "chatbot"]
    assert plain(only["reels"]) == (
        "reels ne sert pas le seul objectif retenu (« recruter »). Être à la mode n’est pas une "
        "raison d’investir : laissez cet outil de côté, ou dites à quel objectif il sert."
    )
    assert vetoed(SERVES.astype("boolean")).index.tolist() == ["podcast"]
    assert len(vetoed(SERVES | True)) == 0


def test_a_veto_that_cannot_be_read() -> None:
    unreadable = (
        "La table des objectifs ne se lit pas : on attend True (l’outil sert l’objectif) ou False "
        "dans chaque case, sans case vide."
    )
    assert refusal(vetoed, SERVES.astype(int)) == unreadable
    assert refusal(vetoed, SERVES.assign(vendre=["oui", "", "", ""])) == unreadable
    missing = pd.array([True, None, False, True], dtype="boolean")
    assert refusal(vetoed, SERVES.assign(vendre=missing)) == unreadable
    assert refusal(vetoed, {"a": [True]}) == (
        "Pour la table des objectifs, on attend un DataFrame : une ligne pour un outil, une "
        "colonne pour un objectif (reçu : dict)."
    )
    assert refusal(vetoed, SERVES[[]]).startswith("Rien à lire dans la table des objectifs :")
    assert refusal(ranked, topsis, serves=SERVES[1:]) == (
        "Noms différents : la table des objectifs et la table des outils ne correspondent pas. "
        "Manquent : « lettre ». En trop : aucun. Écrivez les mêmes noms des deux côtés."
    )
    assert refusal(ranked, topsis, serves=SERVES & False) == (
        "Aucun outil ne sert d’objectif : il n’y a rien à classer. Partez de vos objectifs, et "
        "cherchez ensuite ce qui les sert."
    )


# --------------------------------------------------------------------------- how firm it is


def moved(weights: pd.Series, criterion: str, value: float) -> list[float]:
    """The weights once one of them is moved and the others rescaled."""
    rest = weights.drop(criterion)
    scaled = rest / rest.sum() * (1 - value)
    return [value if c == criterion else scaled[c] for c in weights.index]


@pytest.mark.parametrize("method", RANKERS)
@settings(max_examples=40, deadline=None)
@given(decision=frames(least_tools=2), normalisation=st.sampled_from(NORMALISATIONS))
def test_the_margins_are_where_the_winner_changes(method, decision, normalisation) -> None:
    tools, weights, ways = decision
    found = ranked(method, tools, weights, ways, normalisation)
    assume(len(found.winners) == 1)
    margins = weight_margins(found)
    z = found.normalised.T.to_numpy().tolist()
    names = tools.index.tolist()
    first = names.index(found.winners[0])

    def lead(criterion, value):
        """How far the winner is ahead of each of the others."""
        scores = naive_scores(method, z, moved(found.weights, criterion, value))
        return {
            n: scores[first] - s for n, s in zip(names, scores, strict=True) if n != names[first]
        }

    assert margins.index.tolist() == tools.columns.tolist()
    for criterion, row in margins.iterrows():
        weight = found.weights[criterion]
        assert row["weight"] == weight
        if weight == 1:
            assert np.isnan([row["low"], row["high"], row["margin"]]).all()
            assert row["overtaken_below"] is None
            assert row["overtaken_above"] is None
            continue
        assert 0 <= row["low"] <= weight <= row["high"] <= 1
        inside = np.linspace(row["low"], row["high"], 11)[1:-1]
        assert all(gap > -1e-9 for v in inside for gap in lead(criterion, v).values())
        moves = [np.inf]
        for side, end, step in (("below", row["low"], -1e-5), ("above", row["high"], 1e-5)):
            by = row[f"overtaken_{side}"]
            if by is None:
                assert end == (0 if side == "below" else 1)
            else:
                moves.append(abs(weight - end))
                assert lead(criterion, end)[by] == pytest.approx(0, abs=1e-9)
                if 1e-4 < end < 1 - 1e-4:
                    assert lead(criterion, end + step)[by] < 1e-11
        assert row["margin"] == pytest.approx(min(moves), abs=1e-15)


def test_a_margin_by_hand() -> None:
    # x leads by 0.2·v on a, y by 0.6·(1−v) on b: they cross at v = 0.75.
    tools = pd.DataFrame({"a": [1.0, 0.8, 0], "b": [0.4, 1, 0]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 0.9, "b": 0.1})
    row = weight_margins(found).loc["a"]
    assert row["low"] == pytest.approx(0.75)
    assert row["high"] == 1
    assert (row["overtaken_below"], row["overtaken_above"]) == ("y", None)
    assert row["margin"] == pytest.approx(0.15)
    other = weight_margins(found).loc["b"]
    assert other["low"] == 0
    assert other["high"] == pytest.approx(0.25)
    assert (other["overtaken_below"], other["overtaken_above"]) == (None, "y")
    # With two criteria and two tools, TOPSIS crosses where w_a·gap_a = w_b·gap_b.
    tools = pd.DataFrame({"a": [1.0, 0.8], "b": [0.4, 1]}, index=["x", "y"])
    row = weight_margins(ranked(topsis, tools, {"a": 0.9, "b": 0.1}, normalisation="max")).loc["a"]
    assert row["low"] == pytest.approx(0.75)


def test_no_move_of_one_weight_need_change_the_winner() -> None:
    tools = pd.DataFrame({"a": [3, 1], "b": [5, 2], "c": [7, 7]}, index=["x", "y"])
    for method in RANKERS:
        margins = weight_margins(ranked(method, tools, {"a": 1, "b": 0, "c": 2}))
        assert margins["low"].tolist() == [0, 0, 0]
        assert margins["high"].tolist() == [1, 1, 1]
        assert margins["margin"].tolist() == [np.inf] * 3
        assert margins["overtaken_above"].tolist() == [None] * 3
        assert margins["weight"].dtype == margins["margin"].dtype == float
        single = weight_margins(ranked(method, tools[:1], {"a": 1, "b": 0, "c": 2}))
        assert single["margin"].tolist() == [np.inf] * 3


def test_rounding_is_no_crossing() -> None:
    # Equal on b but for rounding: without weight on a they tie, and no one takes over.
    tools = pd.DataFrame({"a": [1, 0.5, 0], "b": [0.3, 0.1 + 0.2, 0]}, index=["x", "y", "z"])
    for method in RANKERS:
        for normalisation in NORMALISATIONS:
            found = ranked(method, tools, {"a": 1, "b": 2}, normalisation=normalisation)
            margins = weight_margins(found)
            assert margins["low"].tolist() == [0, 0]
            assert margins["high"].tolist() == [1, 1]


def test_two_winners_have_no_margin() -> None:
    tools = pd.DataFrame({"a": [1, 1, 0]}, index=["x", "y", "z"])
    assert refusal(weight_margins, ranked(topsis, tools, {"a": 1})) == (
        "Pas de gagnant unique : « x », « y » sont ex æquo en tête, et le moindre changement de "
        "poids les sépare. Départagez-les par un critère de plus, ou gardez les deux."
    )


@pytest.mark.parametrize("method", RANKERS)
@settings(max_examples=40, deadline=None)
@given(
    decision=frames(),
    normalisation=st.sampled_from(NORMALISATIONS),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_a_path_is_ranking_again_at_each_weight(method, decision, normalisation, shares) -> None:
    tools, weights, ways = decision
    assume(tools.shape[1] > 1)
    found = ranked(method, tools, weights, ways, normalisation)
    for criterion in tools.columns:
        path = weight_path(found, criterion, shares)
        assert path.index.tolist() == shares
        assert path.columns.tolist() == found.table.index.tolist()
        for at, share in enumerate(shares):
            again = reweighted(weights, criterion, share)
            assert again[criterion] == share
            assert again.sum() == pytest.approx(1)
            scores = ranked(method, tools, again, ways, normalisation).table["score"]
            assert path.iloc[at].to_dict() == pytest.approx(scores.to_dict(), abs=1e-9)


def test_the_other_weights_keep_their_proportions() -> None:
    weights = pd.Series({"a": 2, "b": 1, "c": 5})
    assert reweighted(weights, "c", 0.4).to_dict() == pytest.approx({"a": 0.4, "b": 0.2, "c": 0.4})
    assert reweighted(weights, "c", 1).to_dict() == {"a": 0, "b": 0, "c": 1}
    # Nothing to keep: they share evenly.
    assert reweighted({"a": 0, "b": 0, "c": 1}, "c", 0.5).to_dict() == {
        "a": 0.25,
        "b": 0.25,
        "c": 0.5,
    }
    assert weights.tolist() == [2, 1, 5]


def test_a_move_that_cannot_be() -> None:
    assert refusal(reweighted, {"a": 1, "b": 1}, "z", 0.5) == (
        "Le critère « z » n’existe pas : choisissez parmi « a », « b »."
    )
    assert refusal(reweighted, {"a": 1}, "a", 1) == (
        "Un seul critère : il a tout le poids, et personne à qui en prendre ou en laisser. "
        "Ajoutez un critère."
    )
    assert refusal(reweighted, {"a": 1, "b": 1}, "a", 1.5) == (
        "Valeur impossible : le poids du critère vaut 1,5. Donnez une part, de 0 à 1."
    )
    found = ranked(weighted_sum)
    assert refusal(weight_path, found, "prix", [0.5]).startswith("Le critère « prix » n’existe pas")
    assert refusal(weight_path, found, "coût", [0.5, -0.1]) == (
        "Valeur impossible : le poids du critère vaut -0,1. Donnez une part, de 0 à 1."
    )


def test_win_shares_match_the_crossing() -> None:
    # x wins from a weight of 0.75 on a, and a weight among two is drawn evenly.
    tools = pd.DataFrame({"a": [1.0, 0.8, 0], "b": [0.4, 1, 0]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 0.9, "b": 0.1})
    shares = win_shares(found)
    assert shares.index.tolist() == found.table.index.tolist() == ["x", "y", "z"]
    assert shares["x"] == pytest.approx(0.25, abs=0.01)
    assert shares["z"] == 0
    assert shares.sum() == pytest.approx(1)
    pd.testing.assert_series_equal(shares, win_shares(found, draws=10_000, seed=0))
    assert win_shares(found, seed=1)["x"] != shares["x"]
    assert win_shares(found, draws=100)["x"] * 100 == pytest.approx(
        round(win_shares(found, draws=100)["x"] * 100)
    )


def test_win_shares_of_topsis_match_the_twin() -> None:
    found = ranked(topsis, normalisation="vector")
    weights = np.random.default_rng(3).dirichlet(np.ones(4), 200)
    z = found.normalised.T.to_numpy().tolist()
    wins = [int(np.argmax(naive_scores(topsis, z, list(w)))) for w in weights]
    expected = pd.Series(np.bincount(wins, minlength=4) / 200, index=TOOLS.index)
    shares = win_shares(found, draws=200, seed=3)
    pd.testing.assert_series_equal(shares, expected[shares.index])
    assert 0 < shares["lettre"] < 1


def test_tied_tools_share_the_win() -> None:
    tools = pd.DataFrame({"a": [2, 2, 1], "b": [1, 1, 0]}, index=["x", "y", "z"])
    for method in RANKERS:
        found = ranked(method, tools, {"a": 1, "b": 1})
        assert win_shares(found, draws=100).to_dict() == {"x": 0.5, "y": 0.5, "z": 0}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"draws": 99}, "le nombre de tirages (draws) vaut 99"),
        ({"draws": 100_001}, "le nombre de tirages (draws) vaut 100001"),
        ({"draws": 1000.0}, "le nombre de tirages (draws) vaut 1000.0"),
        ({"draws": True}, "le nombre de tirages (draws) vaut True"),
    ],
)
def test_draws_out_of_bounds(options, expected) -> None:
    assert refusal(win_shares, ranked(topsis), **options) == (
        f"Valeur impossible : {expected}. Donnez un nombre entier de 100 à 100 000."
    )


def test_bounds_of_draws_and_seeds() -> None:
    found = ranked(weighted_sum, TOOLS[:2])
    for options in (
        {"draws": 100},
        {"draws": 100_000},
        {"draws": np.int64(200), "seed": 2**32 - 1},
    ):
        assert win_shares(found, **options).sum() == pytest.approx(1)
    for seed in (-1, 2**32):
        assert refusal(win_shares, found, seed=seed) == (
            f"Valeur impossible : la graine (seed) vaut {seed}. Donnez un nombre entier de 0 à "
            "4 294 967 295."
        )


def test_a_third_tool_decides_between_two_others() -> None:
    tools = pd.DataFrame({"a": [10, 8, 0], "b": [4, 5, 0]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 0.4, "b": 0.6})
    # With z: x 0.4 + 0.48 = 0.88, y 0.32 + 0.6 = 0.92. Alone: x 0.4, y 0.6: no change.
    assert rank_reversals(found)["stable"].all()
    tools = pd.DataFrame({"a": [10, 8, 0], "b": [4, 5, 4]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 0.6, "b": 0.4})
    # With z: x 0.6, y 0.48 + 0.4 = 0.88. Without: x 0.6, y 0.4.
    table = rank_reversals(found)
    assert table.columns.tolist() == ["change", "tool", "order", "reversed", "stable"]
    assert table["change"].tolist() == ["removed", "duplicated"] * 3
    assert table["tool"].tolist() == ["x", "x", "y", "y", "z", "z"]
    removed = table[table["change"] == "removed"].set_index("tool")
    assert removed.loc["z", "order"] == ["x", "y"]
    assert removed.loc["z", "reversed"] == [("y", "x")]
    assert removed["stable"].tolist() == [True, True, False]
    assert removed.loc["x", "order"] == ["y", "z"]
    # A copy changes neither the least nor the greatest of a criterion.
    assert table.loc[table["change"] == "duplicated", "stable"].all()
    assert table.loc[1, "order"] == ["y", "z"]


def test_a_copy_can_decide_too() -> None:
    # Shares of the total: entering z twice shrinks what a point of a is worth.
    tools = pd.DataFrame({"a": [1, 7, 11], "b": [11, 2, 3]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 2, "b": 1}, normalisation="sum")
    z_twice = rank_reversals(found).iloc[5]
    assert (z_twice["change"], z_twice["tool"]) == ("duplicated", "z")
    twice = pd.concat([tools, tools.loc[["z"]].rename(index={"z": "z2"})])
    again = ranked(weighted_sum, twice, {"a": 2, "b": 1}, normalisation="sum").table["rank"]
    before = found.table["rank"]
    assert before["y"] < before["x"]
    assert again["x"] < again["y"]
    assert z_twice["reversed"] == [("y", "x")]
    assert z_twice["order"] == ["x", "y"]
    assert not z_twice["stable"]


def test_a_tie_that_appears_is_a_change() -> None:
    tools = pd.DataFrame({"a": [10, 8, 0], "b": [4, 5, 4]}, index=["x", "y", "z"])
    found = ranked(weighted_sum, tools, {"a": 0.5, "b": 0.5})
    # Without z each is best on one criterion: they tie.
    row = rank_reversals(found).iloc[4]
    assert row["reversed"] == [("y", "x")]
    found = ranked(weighted_sum, tools.assign(a=[2, 1, 0], b=[1, 2, 0]), {"a": 1, "b": 1})
    assert found.winners == ["x", "y"]
    assert rank_reversals(found)["stable"].all()


@settings(max_examples=20, deadline=None)
@given(decision=frames(), normalisation=st.sampled_from(NORMALISATIONS))
def test_reversals_agree_with_ranking_again(decision, normalisation) -> None:
    tools, weights, ways = decision
    for method in RANKERS:
        found = ranked(method, tools, weights, ways, normalisation)
        table = rank_reversals(found)
        assert len(table) == 2 * len(tools)
        before = found.table["rank"]
        for _index, row in table.iterrows():
            others = tools.drop(index=row["tool"])
            if row["change"] == "duplicated":
                copies = tools.loc[[row["tool"]] * 2].set_axis(["c1", "c2"])
                again = pd.concat([others, copies])
            else:
                again = others
            if again.empty:
                assert row["order"] == []
                continue
            after = ranked(method, again, weights, ways, normalisation).table["rank"]
            expected = [
                (a, b)
                for a in others.index
                for b in others.index
                if before[a] < before[b] and after[a] >= after[b]
            ]
            assert row["reversed"] == expected
            assert row["stable"] == (not expected)
            assert after[row["order"]].is_monotonic_increasing


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 500), st.sampled_from("abc")), min_size=1)
)
def test_a_yield_is_a_ratio_of_sums(rows) -> None:
    results, effort, kinds = zip(*rows, strict=True)
    found = yields(results, effort, kinds)
    assert found["posts"].sum() == len(rows)
    assert found["posts"].is_monotonic_decreasing
    for kind, row in found.iterrows():
        mine = [(r, e) for r, e, k in rows if k == kind]
        assert row["rate"] == pytest.approx(sum(r for r, _e in mine) / sum(e for _r, e in mine))


def test_a_yield_leaves_out_what_is_not_known() -> None:
    found = yields([1, None, 3, 4, 5], [10, 10, None, 0, 10], ["a", "a", "a", "b", None])
    assert found.loc["a"].tolist() == [1, 1, 10, 0.1]
    assert np.isnan(found.loc["b", "rate"])
    assert refusal(yields, [None], [1], ["a"]) == (
        "Rien à comparer : aucune publication n’a à la fois un type, un résultat et de quoi le "
        "rapporter. Choisissez un autre indicateur."
    )
    assert refusal(yields, [1, -2], [1, 1], ["a", "a"]) == (
        "Valeur négative dans les résultats : -2. Vérifiez la colonne choisie."
    )
    assert refusal(yields, [1, 2], [1], ["a", "a"]).startswith("Longueurs différentes : ")


# --------------------------------------------------------------------------- judgements by pairs


def judged(rows, names=None) -> pd.DataFrame:
    names = list("abcdefghijkl")[: len(rows)] if names is None else names
    return pd.DataFrame(rows, index=names, columns=names, dtype=float)


def coherent(weights) -> pd.DataFrame:
    w = np.array(weights, dtype=float)
    return judged(w[:, None] / w)


KNOWN = judged([[1, 1 / 3, 5], [3, 1, 7], [1 / 5, 1 / 7, 1]])


def test_ahp_finds_the_known_values() -> None:
    found = ahp(KNOWN)
    assert found.lambda_max == pytest.approx(3.064888, abs=5e-7)
    assert found.weights.round(4).to_dict() == {"a": 0.279, "b": 0.6491, "c": 0.0719}
    assert found.consistency_index == pytest.approx(0.032444, abs=5e-7)
    assert found.consistency_ratio == pytest.approx(0.032444 / 0.58, abs=1e-6)
    assert round(found.consistency_ratio, 4) == 0.0559
    assert found.random_index == 0.58
    assert found.consistent
    pd.testing.assert_frame_equal(found.judgements, KNOWN)
    other = ahp(KNOWN, random_index="alonso-lamata")
    assert other.random_index == 0.5245
    assert other.consistency_ratio == pytest.approx(0.032444 / 0.5245, abs=1e-6)


def test_with_three_criteria_each_pair_mends_equally_well() -> None:
    revisions = ahp(KNOWN).revisions
    assert revisions[["row", "column"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert revisions["judged"].tolist() == [1 / 3, 5, 7]
    # What a third criterion implies: a/b = (a/c)/(b/c), and so on.
    assert revisions["implied"].tolist() == pytest.approx([5 / 7, 7 / 3, 15])
    assert revisions["ratio_after"].tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def test_the_mistaken_judgement_is_found() -> None:
    matrix = coherent([8, 4, 2, 1])
    matrix.loc["b", "d"], matrix.loc["d", "b"] = 1 / 4, 4
    found = ahp(matrix)
    assert not found.consistent
    assert found.consistency_ratio > 0.10
    first = found.revisions.iloc[0]
    assert (first["row"], first["column"], first["judged"]) == ("b", "d", 0.25)
    assert first["implied"] == pytest.approx(4)
    assert first["ratio_after"] == pytest.approx(0, abs=1e-12)
    assert found.revisions["ratio_after"].round(9).is_monotonic_increasing
    assert len(found.revisions) == 6
    assert found.revisions.index.tolist() == list(range(6))
    # The ratio announced is the one found once the judgement is replaced.
    second = found.revisions.iloc[1]
    mended = matrix.copy()
    mended.loc[second["row"], second["column"]] = second["implied"]
    mended.loc[second["column"], second["row"]] = 1 / second["implied"]
    assert second["ratio_after"] == pytest.approx(ahp(mended).consistency_ratio)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([1, 1.5, 2, 3, 4, 6, 9]), min_size=1, max_size=10))
def test_coherent_judgements_give_their_weights_back(weights) -> None:
    found = ahp(coherent(weights))
    assert found.weights.tolist() == pytest.approx(np.divide(weights, sum(weights)))
    assert found.lambda_max == pytest.approx(len(weights))
    assert 0 <= found.consistency_ratio < 1e-9
    assert 0 <= found.consistency_index < 1e-9
    assert found.consistent


def test_the_order_of_criteria_changes_nothing() -> None:
    order = ["c", "a", "b"]
    found, again = ahp(KNOWN), ahp(KNOWN.loc[order, order])
    assert again.weights[list("abc")].tolist() == pytest.approx(found.weights.tolist())
    assert again.consistency_ratio == pytest.approx(found.consistency_ratio)


@pytest.mark.parametrize("rows", [[[1]], [[1, 9], [1 / 9, 1]]])
def test_one_or_two_criteria_cannot_contradict_each_other(rows) -> None:
    found = ahp(judged(rows))
    assert found.weights.tolist() == pytest.approx([1.0] if len(rows) == 1 else [0.9, 0.1])
    assert (found.consistency_index, found.consistency_ratio, found.random_index) == (0, 0, 0)
    assert found.lambda_max == len(rows)
    assert found.consistent
    assert found.revisions.empty
    assert found.revisions.columns.tolist() == ["row", "column", "judged", "implied", "ratio_after"]


def test_the_ratio_must_be_below_the_limit() -> None:
    found = ahp(KNOWN)
    for ratio, accepted in ((0.0999999, True), (0.10, False)):
        values = {name: getattr(found, name) for name in type(found).__slots__}
        assert type(found)(**{**values, "consistency_ratio": ratio}).consistent is accepted


def test_authors_tables_differ_and_are_exposed() -> None:
    assert list(RANDOM_INDEX) == ["saaty", "alonso-lamata"]
    assert list(RANDOM_INDEX["saaty"].values()) == [0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49]
    assert list(RANDOM_INDEX["alonso-lamata"].values()) == [
        0.5245, 0.8815, 1.1086, 1.2479, 1.3417, 1.4056, 1.4499, 1.4854,
    ]  # fmt: skip
    for table in RANDOM_INDEX.values():
        assert list(table) == list(range(3, 11))
        with pytest.raises(TypeError):
            table[3] = 0
    with pytest.raises(TypeError):
        RANDOM_INDEX["mine"] = {}
    # The same judgements pass one limit and not the other.
    matrix = judged([[1, 2, 3], [1 / 2, 1, 4], [1 / 3, 1 / 4, 1]])
    assert ahp(matrix).consistent
    assert not ahp(matrix, random_index="alonso-lamata").consistent


def test_random_judgements_have_the_random_index() -> None:
    rng = np.random.default_rng(0)
    scale = np.array([*range(1, 10), *(1 / k for k in range(2, 10))])
    indices = []
    for _draw in range(400):
        matrix = np.ones((4, 4))
        for i in range(4):
            for j in range(i + 1, 4):
                matrix[i, j] = rng.choice(scale)
                matrix[j, i] = 1 / matrix[i, j]
        largest = np.linalg.eigvals(matrix).real.max()
        indices.append((largest - 4) / 3)
    assert np.mean(indices) == pytest.approx(0.88, abs=0.1)


def with_cells(matrix, cells) -> pd.DataFrame:
    matrix = matrix.copy()
    for (row, column), value in cells.items():
        matrix.loc[row, column] = value
    return matrix


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (
            np.ones((2, 2)),
            "Pour la table des comparaisons, on attend un DataFrame : une ligne pour un critère, "
            "une colonne pour un critère (reçu : ndarray).",
        ),
        (
            KNOWN[["b", "a", "c"]],
            "Lignes et colonnes différentes : une comparaison par paires porte les mêmes critères "
            "en ligne et en colonne, dans le même ordre (lignes : « a », « b », « c » ; colonnes : "
            "« b », « a », « c »).",
        ),
        (
            judged(np.ones((11, 11))),
            "11 critères à comparer deux à deux, c’est trop : au-delà de 10, les jugements se "
            "contredisent. Regroupez des critères.",
        ),
        (
            with_cells(KNOWN, {("a", "b"): np.nan}),
            "Valeur manquante ou infinie : la colonne « b », pour « a ». Complétez-la : une case "
            "vide n’est pas un zéro.",
        ),
        (
            with_cells(KNOWN, {("b", "b"): 2}),
            "« b » comparé à lui-même vaut 2 : écrivez 1 sur toute la diagonale.",
        ),
        *(
            (
                with_cells(KNOWN, {("a", "c"): value, ("c", "a"): 1 / value if value else 0}),
                f"« a » face à « c » vaut {shown} : un jugement va de 1/9 (bien moins important) à "
                "9 (bien plus important), et 1 veut dire « autant ».",
            )
            for value, shown in ((9.5, "9,5"), (0.0, "0"), (-3.0, "-3"), (0.1, "0,1"))
        ),
        (
            with_cells(KNOWN, {("a", "b"): 0.33}),
            "« a » face à « b » vaut 0,33, et l’inverse vaut 3 : l’un est 1 divisé par l’autre. "
            "Écrivez par exemple 3 et 1/3 (et non 0.33).",
        ),
    ],
)
def test_judgements_that_cannot_be_used(matrix, expected) -> None:
    assert refusal(ahp, matrix) == expected


def test_judgements_may_reach_the_ends_of_the_scale_and_be_typed() -> None:
    assert ahp(judged([[1, 0.333333], [3, 1]])).weights["b"] == pytest.approx(0.75, abs=1e-5)
    assert ahp(judged([[1, 0.111111], [9, 1]])).weights["b"] == pytest.approx(0.9, abs=1e-5)
    assert refusal(ahp, judged([[1, 0.3333], [3, 1]])).startswith("« a » face à « b » vaut 0,3333,")
    assert refusal(ahp, judged([[1, 2], [2, 1]])).startswith("« a » face à « b » vaut 2,")
    assert refusal(ahp, judged([[1, 0.1111], [9, 1]])).startswith(
        "« a » face à « b » vaut 0,1111 :"
    )
    assert refusal(ahp, judged([[1, 9.0001], [1 / 9.0001, 1]])).startswith(
        "« a » face à « b » vaut 9,0001 :"
    )
    assert refusal(ahp, KNOWN, random_index="mine") == (
        'La table « mine » n’existe pas : choisissez "saaty" ou "alonso-lamata".'
    )


# --------------------------------------------------------------------------- adoption

TYPICAL = BassCurve(p=0.03, q=0.38, market=1000)

# US sales of video recorders 1980–1989, thousands: Cowpertwait & Metcalfe 2009, chapter 3.
RECORDERS = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]


def test_bass_known_values() -> None:
    assert TYPICAL.peak_time == pytest.approx(6.1926, abs=5e-5)
    assert TYPICAL.cumulative(TYPICAL.peak_time) / 1000 == pytest.approx(0.46053, abs=5e-6)
    assert TYPICAL.cumulative(TYPICAL.peak_time) / 1000 == pytest.approx(0.5 - 0.03 / 0.76)
    assert TYPICAL.peak_rate == pytest.approx(1000 * 0.41**2 / (4 * 0.38))
    assert TYPICAL.cumulative(0) == 0
    assert TYPICAL.rate(0) == pytest.approx(30)
    assert TYPICAL.cumulative(1e6) == 1000
    assert TYPICAL.rate(1e6) == 0
    assert type(TYPICAL.cumulative(1)) is float
    assert type(TYPICAL.rate(1)) is float
    assert type(TYPICAL.peak_rate) is float


def test_the_published_fit_leaves_the_published_residuals() -> None:
    published = BassCurve(p=6.594e-3, q=6.381e-1, market=6.798e4)
    residuals = published.rate(np.arange(1, 11)) - RECORDERS
    assert np.sqrt((residuals**2).sum() / 7) == pytest.approx(727.2, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-4, 1), st.floats(0, 3), st.floats(1, 1e6), st.floats(0.01, 20))
@example(0.04072884314085606, 3.0, 1.875, 14.0)  # rounding went beyond the market
def test_bass_follows_its_equation(p, q, market, t) -> None:
    curve = BassCurve(p, q, market)
    share = curve.cumulative(t) / market
    assert 0 <= share <= 1
    # The hazard of adopting is p + qF.
    assert curve.rate(t) == pytest.approx(
        market * (p + q * share) * (1 - share), rel=1e-6, abs=1e-6
    )
    e = math.exp(-(p + q) * t)
    assert share == pytest.approx((1 - e) / (1 + q / p * e), rel=1e-9)
    width = 1e-5 * t
    slope = (curve.cumulative(t + width) - curve.cumulative(t - width)) / (2 * width)
    assert slope == pytest.approx(curve.rate(t), rel=1e-3, abs=1e-6 * market / t)
    if q > p:
        assert curve.peak_rate >= curve.rate(t) * (1 - 1e-12)
        assert curve.peak_time > 0


def test_periods_are_increments() -> None:
    table = TYPICAL.periods(30)
    assert table.index.tolist() == list(range(1, 31))
    assert table.index.name == "period"
    assert table["adoptions"].cumsum().tolist() == pytest.approx(table["cumulative"].tolist())
    assert table["cumulative"].tolist() == TYPICAL.cumulative(np.arange(1, 31)).tolist()
    assert (table["share"] * 1000).tolist() == pytest.approx(table["cumulative"].tolist())
    assert table["adoptions"].idxmax() == 6 + 1  # the period that holds t* = 6.19
    assert len(TYPICAL.periods(1)) == 1
    assert len(TYPICAL.periods(10_000)) == 10_000


@pytest.mark.parametrize("q", [0, 0.02, 0.03])
def test_without_imitators_there_is_no_peak(q) -> None:
    curve = BassCurve(p=0.03, q=q, market=10)
    for name in ("peak_time", "peak_rate"):
        with pytest.raises(MetricError) as error:
            getattr(curve, name)
        assert message(error) == (
            f"Pas de sommet : avec q ({str(q).replace('.', ',')}) inférieur ou égal à p (0,03), "
            "peu de gens imitent et les adoptions baissent dès le lancement. Un sommet demande q "
            "plus grand que p."
        )
    assert curve.periods(9)["adoptions"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"p": 0}, "p (innovation) vaut 0. Donnez un nombre plus grand que 0."),
        ({"p": math.inf}, "p (innovation) vaut ∞. Donnez un nombre plus grand que 0."),
        ({"q": -0.1}, "q (imitation) vaut -0,1. Donnez un nombre positif ou nul."),
        ({"q": math.inf}, "q (imitation) vaut ∞. Donnez un nombre positif ou nul."),
        ({"q": math.nan}, "q (imitation) vaut NaN. Donnez un nombre positif ou nul."),
        ({"market": 0}, "la taille du marché (market) vaut 0. Donnez un nombre plus grand que 0."),
        (
            {"market": "10"},
            "la taille du marché (market) vaut '10'. Donnez un nombre plus grand que 0.",
        ),
        (
            {"market": True},
            "la taille du marché (market) vaut True. Donnez un nombre plus grand que 0.",
        ),
    ],
)
def test_a_curve_that_cannot_be(change, expected) -> None:
    options = {"p": 0.03, "q": 0.38, "market": 10, **change}
    assert refusal(BassCurve, **options) == f"Valeur impossible : {expected}"


@pytest.mark.parametrize("t", [-1, [0, -0.5], math.nan, "demain", None])
def test_times_before_the_launch(t) -> None:
    for read in (TYPICAL.cumulative, TYPICAL.rate):
        assert refusal(read, t) == (
            "Instant impossible : le temps se compte en périodes depuis le lancement, à partir de "
            f"0 (reçu : {t})."
        )


@pytest.mark.parametrize("n", [0, 10_001, 2.5])
def test_periods_out_of_bounds(n) -> None:
    assert refusal(TYPICAL.periods, n) == (
        f"Valeur impossible : le nombre de périodes vaut {n}. Donnez un nombre entier de 1 à "
        "10 000."
    )


def test_a_curve_without_noise_is_found_again() -> None:
    found = fit_bass(TYPICAL.periods(12)["adoptions"])
    assert found.estimates.index.tolist() == ["p", "q", "market", "peak_time"]
    truth = [0.03, 0.38, 1000, TYPICAL.peak_time]
    for column in ("estimate", "low", "high"):
        assert found.estimates[column].tolist() == pytest.approx(truth, rel=1e-4)
    assert (found.curve.p, found.curve.q, found.curve.market) == pytest.approx(truth[:3], rel=1e-5)
    assert found.residual_sd < 1e-4
    assert found.fitted.tolist() == pytest.approx(found.observed.tolist(), rel=1e-5)


@pytest.fixture(scope="module")
def recorders():
    return fit_bass(RECORDERS)


def test_the_fit_of_a_published_series(recorders) -> None:
    found = recorders
    # An independent minimiser: Nelder–Mead on the same sum of squares.
    from scipy.optimize import minimize  # noqa: PLC0415

    def squares(x):
        p, q, m = np.exp(x)
        times = np.arange(11)
        share = (1 - np.exp(-(p + q) * times)) / (1 + q / p * np.exp(-(p + q) * times))
        return ((m * np.diff(share) - RECORDERS) ** 2).sum()

    options = {"xatol": 1e-9, "fatol": 1e-6, "maxiter": 5000}
    best = minimize(squares, np.log([0.01, 0.6, 7e4]), method="Nelder-Mead", options=options)
    p, q, market = np.exp(best.x)
    assert found.estimates["estimate"].tolist() == pytest.approx(
        [p, q, market, math.log(q / p) / (p + q)], rel=1e-5
    )
    assert found.residual_sd == pytest.approx(math.sqrt(best.fun / 7), rel=1e-8)
    # Close to the published one, which takes the rate at the end of the year for the year's sales.
    assert found.curve.q == pytest.approx(0.638, abs=0.041)
    assert found.curve.market == pytest.approx(67_980, abs=3_128)
    assert found.confidence == 0.95
    assert found.observed.tolist() == RECORDERS

    # The ends of the intervals are where the profile meets its bound.
    from scipy.stats import t as student  # noqa: PLC0415

    bound = best.fun * (1 + student.ppf(0.975, 7) ** 2 / 7)
    for i, name in enumerate(["p", "q", "market"]):
        for end in found.estimates.loc[name, ["low", "high"]]:
            free = [j for j in range(3) if j != i]

            def held(x, i=i, end=end, free=free):
                point = np.empty(3)
                point[i], point[free] = math.log(end), x
                return squares(point)

            around = minimize(held, best.x[free], method="Nelder-Mead", options=options)
            assert around.fun == pytest.approx(bound, rel=1e-4)
    for end in found.estimates.loc["peak_time", ["low", "high"]]:

        def at_peak(x, end=end):
            total, m = np.exp(x)
            odds = math.exp(total * end)
            return squares(np.log([total / (1 + odds), total * odds / (1 + odds), m]))

        start = np.log([p + q, market])
        around = minimize(at_peak, start, method="Nelder-Mead", options=options)
        assert around.fun == pytest.approx(bound, rel=1e-4)


def test_the_unit_of_people_changes_nothing_else(recorders) -> None:
    again = fit_bass(np.array(RECORDERS) * 1000)
    expected = recorders.estimates.copy()
    expected.loc["market"] *= 1000
    pd.testing.assert_frame_equal(again.estimates, expected, rtol=1e-5)
    assert again.residual_sd == pytest.approx(1000 * recorders.residual_sd, rel=1e-6)


def test_more_confidence_is_a_wider_interval(recorders) -> None:
    wide = fit_bass(RECORDERS, confidence=0.99)
    assert wide.confidence == 0.99
    assert (wide.estimates["low"] < recorders.estimates["low"]).all()
    assert (wide.estimates["high"] > recorders.estimates["high"]).all()


def test_no_fit_before_the_peak() -> None:
    noisy = [100, 180, 150, 260, 240, 330, 290, 310]  # one high period proves nothing
    for series, highest in ((RECORDERS[:6], 6), (RECORDERS[:7], 6), (noisy, 6)):
        n = len(series)
        assert refusal(fit_bass, series) == (
            f"Le sommet n’est peut-être pas passé : les {n} périodes observées (la plus forte est "
            f"la n° {highest}) laissent possible un sommet encore à venir. Une courbe ajustée "
            "maintenant inventerait la taille du marché. Attendez que les adoptions aient "
            "nettement baissé, deux périodes au moins, ou tracez des scénarios avec BassCurve, "
            "sans les appeler une prévision."
        )


def test_even_without_noise_a_peak_to_come_is_refused() -> None:
    adoptions = TYPICAL.periods(12)["adoptions"]
    assert adoptions.idxmax() == 7
    for n in (6, 7, 8):
        with pytest.raises(MetricError, match="pas passé"):
            fit_bass(adoptions[:n])
    assert fit_bass(adoptions[:9]).estimates.loc["market", "estimate"] == pytest.approx(
        1000, rel=1e-3
    )


def test_a_low_confidence_does_not_open_the_gate() -> None:
    rng = np.random.default_rng(4)
    noisy = TYPICAL.periods(8)["adoptions"] + rng.normal(0, 12, 8)
    for confidence in (0.01, 0.95):
        with pytest.raises(MetricError, match="pas passé"):
            fit_bass(noisy, confidence=confidence)


def test_early_on_very_different_markets_follow_the_past() -> None:
    truth = BassCurve(p=0.01, q=0.35, market=7000)
    past = truth.periods(6)["adoptions"]
    gaps = {}
    for market in (4000, 7000, 20_000):
        curve = bass_scenario(past, market)
        assert curve.market == market
        gaps[market] = np.abs(curve.periods(6)["adoptions"] - past).max() / past.max()
    assert gaps[7000] < 1e-6
    assert max(gaps.values()) < 0.06
    # The same past, and futures that have nothing in common.
    futures = [bass_scenario(past, m).periods(12)["adoptions"].iloc[-1] for m in (4000, 20_000)]
    assert futures[1] > 5 * futures[0]


def test_a_scenario_is_the_best_curve_of_its_market() -> None:
    past = np.array([90.0, 120, 170, 230, 300, 380, 460])
    curve = bass_scenario(past, 6000)

    def rss(p: float, q: float) -> float:
        return float(((BassCurve(p, q, 6000).periods(7)["adoptions"] - past) ** 2).sum())

    least = rss(curve.p, curve.q)
    for dp in (0.97, 1, 1.03):
        for dq in (0.97, 1, 1.03):
            assert rss(curve.p * dp, curve.q * dq) >= least - 1e-6


def test_a_scenario_that_cannot_be() -> None:
    past = [90, 120, 170, 230, 300, 380]
    assert refusal(bass_scenario, past, 1000) == (
        "Marché trop petit : 1 290 adoptions sont déjà comptées, et le marché supposé est de "
        "1 000. Donnez un marché au moins aussi grand."
    )
    assert "la taille du marché (market) vaut 0" in refusal(bass_scenario, past, 0)
    assert refusal(bass_scenario, past[:5], 9000).startswith("Trop peu de périodes : 5")


def test_how_much_of_the_market_has_been_reached(recorders) -> None:
    reached = recorders.reached
    assert reached.index.tolist() == ["estimate", "low", "high"]
    market = recorders.estimates.loc["market"]
    assert reached["estimate"] == pytest.approx(sum(RECORDERS) / market["estimate"])
    assert reached["low"] == pytest.approx(sum(RECORDERS) / market["high"])
    assert 0 < reached["low"] < reached["estimate"] < reached["high"] <= 1
    # One cannot reach more than everybody.
    spent = fit_bass(BassCurve(0.05, 0.6, 1000).periods(30)["adoptions"] + 1)
    assert spent.reached["high"] == 1


def test_a_series_that_only_falls() -> None:
    found = fit_bass([500, 310, 205, 118, 80, 46, 33, 17])
    estimates = found.estimates
    assert found.curve.q <= found.curve.p
    assert estimates.loc["peak_time"].tolist()[:2] == [0, 0]
    assert 0 <= estimates.loc["peak_time", "high"] < 2
    assert (estimates["low"] <= estimates["estimate"]).all()
    assert (estimates["estimate"] <= estimates["high"]).all()
    assert estimates.loc["q", "low"] == 0
    assert estimates.loc["market", "estimate"] == pytest.approx(1330, rel=0.02)


def test_intervals_cover_the_truth_on_a_few_seeds() -> None:
    truth = pd.Series({"p": 0.03, "q": 0.38, "market": 1000, "peak_time": TYPICAL.peak_time})
    mean = TYPICAL.periods(14)["adoptions"].to_numpy()
    covered = []
    for seed in range(4):
        noise = np.random.default_rng(seed).normal(0, 5, 14)
        estimates = fit_bass(np.maximum(mean + noise, 0)).estimates
        covered.append(truth.between(estimates["low"], estimates["high"]).tolist())
    assert np.mean(covered) >= 0.8


@pytest.mark.parametrize(
    ("adoptions", "expected"),
    [
        (5, "Donnez les adoptions en une seule colonne, une valeur par période."),
        ([[1, 2]], "Donnez les adoptions en une seule colonne, une valeur par période."),
        (
            [1, 2, 3, 2, 1],
            "Trop peu de périodes : 5, et la courbe en demande au moins 6 (depuis le lancement) "
            "pour dire quelque chose.",
        ),
        (
            [1, 2, np.nan, 4, 3, 2],
            "Valeur manquante ou infinie : le nombre d’adoptions, pour la période 3. "
            "Complétez-la : une case vide n’est pas un zéro.",
        ),
        (
            pd.Series([1, 2, 3, 4, 3, -2.5], index=list("abcdef")),
            "Valeur impossible : le nombre d’adoptions vaut -2,5 pour la période 6. Comptez les "
            "nouveaux adoptants, sans retrancher ceux qui partent.",
        ),
        (
            [0] * 7,
            "Aucune adoption sur les 7 périodes : il n’y a pas de courbe à ajuster. Vérifiez que "
            "vous avez choisi la bonne colonne.",
        ),
        (
            ["1"] * 6,
            "Colonne illisible : le nombre d’adoptions contient autre chose que des nombres. "
            "Convertissez en nombres avec pd.to_numeric.",
        ),
    ],
)
def test_adoptions_that_cannot_be_fitted(adoptions, expected) -> None:
    assert refusal(fit_bass, adoptions) == expected


@pytest.mark.parametrize(("value", "shown"), [(0, "0"), (1, "1"), (95, "95"), ("95", "'95'")])
def test_confidence_is_a_share(value, shown) -> None:
    assert refusal(fit_bass, RECORDERS, confidence=value) == (
        f"Valeur impossible : la confiance (confidence) vaut {shown}. Donnez une part entre 0 et "
        "1, sans les atteindre."
    )


# --------------------------------------------------------------------------- now, later or never

CASE = {
    "success_probability": 0.4,
    "success_payoff_eur": 100.0,
    "failure_payoff_eur": 0.0,
    "commit_cost_eur": 50.0,
    "pilot_cost_eur": 3.0,
    "sensitivity": 0.8,
    "specificity": 0.9,
    "kept_share": 0.9,
}


def test_a_decision_by_hand() -> None:
    found = pilot_or_commit(**CASE)
    # Good sign: 0.4·0.8 + 0.6·0.1 = 0.38; then 0.32/0.38 succeed: worth (0.32 − 0.06)·50 in all.
    assert found.signs["probability"].to_dict() == pytest.approx({"good": 0.38, "bad": 0.62})
    assert found.signs["success"].to_dict() == pytest.approx(
        {"good": 0.32 / 0.38, "bad": 0.08 / 0.62}
    )
    assert found.signs["expected_eur"].to_dict() == pytest.approx(
        {"good": 13 / 0.38, "bad": (0.08 - 0.54) * 50 / 0.62}
    )
    assert found.signs["commit"].to_dict() == {"good": True, "bad": False}
    assert found.expected_eur.to_dict() == pytest.approx(
        {"none": 0, "pilot": 0.9 * 13 - 3, "commit": -10}
    )
    assert found.expected_eur.index.tolist() == ["none", "pilot", "commit"]
    assert found.best == "pilot"
    assert found.perfect_information_eur == pytest.approx(20)
    assert found.pilot_information_eur == pytest.approx(11.7)
    assert found.pilot_value_eur == pytest.approx(8.7)
    assert found.threshold == 0.5
    low, high = found.pilot_range
    assert low == pytest.approx((3 / 0.9 + 5) / 45)
    assert high == pytest.approx((50 - 4.5 - 3) / (45.5 + 50 * 0.28))


def test_a_likely_success_is_not_piloted() -> None:
    found = pilot_or_commit(**{**CASE, "success_probability": 0.9})
    assert found.best == "commit"
    assert found.expected_eur["commit"] == pytest.approx(40)
    assert found.perfect_information_eur == pytest.approx(0.9 * 50 - 40)
    # Even a bad sign would not stop it: the pilot only costs its price and a tenth of the gain.
    assert found.signs["commit"].tolist() == [True, True]
    assert found.pilot_information_eur == pytest.approx(-4)
    assert found.pilot_value_eur == pytest.approx(-7)


def test_a_certain_failure_is_left_alone() -> None:
    found = pilot_or_commit(**{**CASE, "success_probability": 0, "specificity": 1})
    assert found.best == "none"
    assert found.expected_eur.to_dict() == {"none": 0, "pilot": -3, "commit": -50}
    assert found.perfect_information_eur == 0
    assert found.signs.loc["good", "probability"] == 0
    assert np.isnan(found.signs.loc["good", ["success", "expected_eur"]].astype(float)).all()
    assert not found.signs["commit"].any()


def test_the_smallest_commitment_wins_a_tie() -> None:
    free = {**CASE, "pilot_cost_eur": 0, "kept_share": 1}
    assert pilot_or_commit(**{**free, "success_probability": 0}).best == "none"
    assert pilot_or_commit(**{**free, "success_probability": 1, "sensitivity": 1}).best == "pilot"
    even = {**free, "success_probability": 0.5, "sensitivity": 0.5, "specificity": 0.5}
    assert pilot_or_commit(**even).best == "none"
    assert not pilot_or_commit(**even).signs["commit"].any()


amounts = st.integers(0, 200)
shares = st.integers(0, 20).map(lambda k: k / 20)


@settings(max_examples=50, deadline=None)
@given(
    prior=shares, success=amounts, failure=st.integers(-100, 100), cost=amounts,
    pilot=st.integers(0, 30), hit=shares, reject=shares, kept=st.sampled_from([0.5, 0.9, 1.0]),
)  # fmt: skip
def test_the_tree_agrees_with_going_through_the_cases(  # noqa: PLR0917
    prior, success, failure, cost, pilot, hit, reject, kept
) -> None:
    assume(success > failure)
    assume(hit + reject >= 1)

    def decide(probability):
        return pilot_or_commit(
            success_probability=probability, success_payoff_eur=success,
            failure_payoff_eur=failure, commit_cost_eur=cost, pilot_cost_eur=pilot,
            sensitivity=hit, specificity=reject, kept_share=kept,
        )  # fmt: skip

    def by_cases(probability):
        gains = {True: success - cost, False: failure - cost}
        chance = {True: probability, False: 1 - probability}
        commit = sum(chance[works] * gains[works] for works in gains)
        tried = -pilot
        for good in (True, False):
            says = {True: hit if good else 1 - hit, False: 1 - reject if good else reject}
            tried += kept * max(0, sum(chance[w] * says[w] * gains[w] for w in gains))
        perfect = sum(chance[works] * max(0, gains[works]) for works in gains)
        return commit, tried, perfect

    found = decide(prior)
    commit, tried, perfect = by_cases(prior)
    assert found.expected_eur.tolist() == pytest.approx([0, tried, commit], abs=1e-9)
    assert found.expected_eur[found.best] == pytest.approx(max(0, tried, commit), abs=1e-9)
    assert found.pilot_value_eur == pytest.approx(tried - max(0, commit), abs=1e-9)
    assert found.perfect_information_eur == pytest.approx(perfect - max(0, commit), abs=1e-9)
    # No trial is worth more than knowing.
    assert found.pilot_information_eur <= found.perfect_information_eur + 1e-9
    if kept == 1:
        assert found.pilot_information_eur >= -1e-9
    assert found.signs["probability"].sum() == pytest.approx(1)

    commit_at, _tried, _perfect = by_cases(found.threshold)
    assert commit_at == pytest.approx(0, abs=1e-6)
    grid = np.linspace(0, 1, 41)
    ahead = [tried - max(0, commit) for commit, tried, _perfect in map(by_cases, grid)]
    if found.pilot_range is None:
        assert max(ahead) <= 1e-9
    else:
        low, high = found.pilot_range
        assert 0 <= low < high <= 1
        for v, gap in zip(grid, ahead, strict=True):
            if low + 1e-9 < v < high - 1e-9:
                assert gap > 0
            elif v < low - 1e-9 or v > high + 1e-9:
                assert gap <= 1e-9
        for v in (low, high):
            c, t, _ = by_cases(v)
            assert t == pytest.approx(max(0, c), abs=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"success_payoff_eur": 50},  # even a success pays nothing
        {"failure_payoff_eur": 50},  # even a failure loses nothing
        {"sensitivity": 0.5, "specificity": 0.5, "pilot_cost_eur": 0},
        {"sensitivity": 0, "specificity": 1, "pilot_cost_eur": 0},
        {"pilot_cost_eur": 40},
    ],
)
def test_where_a_pilot_is_never_best(change) -> None:
    assert pilot_or_commit(**{**CASE, **change}).pilot_range is None


def test_a_free_and_perfect_pilot_is_always_best() -> None:
    perfect = {"pilot_cost_eur": 0, "sensitivity": 1, "specificity": 1, "kept_share": 1}
    found = pilot_or_commit(**{**CASE, **perfect})
    assert found.pilot_range == (0, 1)
    assert found.pilot_information_eur == found.perfect_information_eur == pytest.approx(20)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "success_probability",
            1.1,
            "la probabilité de succès vaut 1,1. Donnez une part, de 0 à 1.",
        ),
        (
            "success_probability",
            -0.1,
            "la probabilité de succès vaut -0,1. Donnez une part, de 0 à 1.",
        ),
        ("success_payoff_eur", math.nan, "le gain en cas de succès vaut NaN. Donnez un nombre."),
        ("failure_payoff_eur", -math.inf, "le gain en cas d’échec vaut -∞. Donnez un nombre."),
        (
            "commit_cost_eur",
            -1,
            "le coût de l’engagement vaut -1. Donnez un nombre positif ou nul.",
        ),
        ("pilot_cost_eur", None, "le coût du pilote vaut None. Donnez un nombre positif ou nul."),
        ("sensitivity", 80, "la sensibilité du pilote vaut 80. Donnez une part, de 0 à 1."),
        ("specificity", "0.9", "la spécificité du pilote vaut '0.9'. Donnez une part, de 0 à 1."),
        (
            "kept_share",
            0,
            "la part conservée (kept_share) vaut 0. Donnez une part plus grande que 0, et d’au "
            "plus 1.",
        ),
        (
            "kept_share",
            1.01,
            "la part conservée (kept_share) vaut 1,01. Donnez une part plus grande que 0, et d’au "
            "plus 1.",
        ),
    ],
)
def test_a_decision_with_impossible_numbers(name, value, expected) -> None:
    assert refusal(pilot_or_commit, **{**CASE, name: value}) == f"Valeur impossible : {expected}"


def test_a_decision_that_makes_no_sense() -> None:
    assert refusal(pilot_or_commit, **{**CASE, "failure_payoff_eur": 100}) == (
        "Le gain en cas de succès (100) doit dépasser le gain en cas d’échec (100) : sinon, rien "
        "ne dépend du succès. Vérifiez que les deux ne sont pas inversés."
    )
    assert refusal(pilot_or_commit, **{**CASE, "sensitivity": 0.09}) == (
        "Ce pilote se trompe plus qu’il n’informe : sensibilité 9,0 % et spécificité 90,0 % font "
        "moins de 100 %, le niveau du hasard. Vérifiez les deux, ou lisez le pilote à l’envers."
    )
    for name in CASE:
        with pytest.raises(TypeError):
            pilot_or_commit(**{key: value for key, value in CASE.items() if key != name})


def option(**change) -> WaitingOption:
    rates = {"discount_rate": 0.04, "payout_rate": 0.04, "volatility": 0.2}
    return WaitingOption(**{"investment_eur": 100.0, **rates, **change})


def test_wait_until_benefits_are_twice_the_cost() -> None:
    found = option()
    assert found.beta == pytest.approx(2, rel=1e-14)
    assert found.threshold_eur == pytest.approx(200, rel=1e-14)
    assert found.value_eur(200) == pytest.approx(100)
    assert found.value_eur(100) == pytest.approx(25)
    assert found.value_eur(0) == 0
    assert found.value_eur(250) == 150
    assert found.waiting_eur(80) == pytest.approx(16)
    assert found.waiting_eur(100) == pytest.approx(25)
    assert found.waiting_eur(150) == pytest.approx(56.25 - 50)
    assert found.waiting_eur(250) == 0
    assert type(found.value_eur(100)) is type(found.value_eur(250)) is float


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.2), st.floats(0.01, 0.2), st.floats(0.05, 0.8), st.floats(0, 3))
def test_beta_solves_its_equation(r, delta, sigma, worth) -> None:
    found = option(discount_rate=r, payout_rate=delta, volatility=sigma)
    beta = found.beta
    assert beta > 1
    assert sigma**2 / 2 * beta * (beta - 1) + (r - delta) * beta - r == pytest.approx(0, abs=1e-9)
    assert found.threshold_eur > 100
    # More doubt, more waiting; a right is worth at least what using it at once would bring.
    assert (
        option(discount_rate=r, payout_rate=delta, volatility=sigma + 0.1).threshold_eur
        > found.threshold_eur - 1e-9
    )
    assert found.waiting_eur(100 * worth) >= -1e-9
    double = option(investment_eur=200.0, discount_rate=r, payout_rate=delta, volatility=sigma)
    assert double.value_eur(200 * worth) == pytest.approx(2 * found.value_eur(100 * worth))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("investment_eur", 0, "l’investissement vaut 0. Donnez un nombre plus grand que 0."),
        (
            "discount_rate",
            -0.01,
            "le taux d’actualisation vaut -0,01. Donnez un nombre positif ou nul.",
        ),
        (
            "payout_rate",
            0,
            "le rendement perdu en attendant (payout_rate) vaut 0. Donnez un nombre plus grand que "
            "0.",
        ),
        ("volatility", 0, "la volatilité vaut 0. Donnez un nombre plus grand que 0."),
    ],
)
def test_an_option_that_cannot_be(name, value, expected) -> None:
    assert refusal(option, **{name: value}) == f"Valeur impossible : {expected}"


def test_a_project_is_worth_nothing_at_least() -> None:
    for read in (option().value_eur, option().waiting_eur):
        assert refusal(read, -1) == (
            "Valeur impossible : la valeur du projet vaut -1. Donnez un nombre positif ou nul."
        )


STAKES = {name: value for name, value in CASE.items() if name != "success_probability"}


def test_the_path_goes_through_the_decisions() -> None:
    for stakes in (STAKES, STAKES | {"failure_payoff_eur": 60.0}, STAKES | {"sensitivity": 0.5}):
        probabilities = [0, 0.1, 0.4, 0.55, 0.9, 1]
        path = pilot_path(probabilities, **stakes)
        assert path.index.tolist() == probabilities
        for probability, row in path.iterrows():
            found = pilot_or_commit(success_probability=probability, **stakes)
            assert row.to_dict() == pytest.approx(found.expected_eur.to_dict())


def test_a_path_that_cannot_be() -> None:
    assert refusal(pilot_path, [0.2, 1.2], **STAKES) == (
        "Valeur impossible : la probabilité de succès vaut 1,2. Donnez une part, de 0 à 1."
    )
    assert "le coût du pilote vaut -1" in refusal(
        pilot_path, [0.2], **STAKES | {"pilot_cost_eur": -1}
    )


def test_results_do_not_change_under_the_reader(recorders) -> None:
    results = [ranked(topsis), ahp(KNOWN), TYPICAL, recorders, option(), pilot_or_commit(**CASE)]
    for result in results:
        for name in dataclasses.fields(result):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(result, name.name, None)
