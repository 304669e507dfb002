"""Key 5: ratios, retention curves, rankings. Spaces in French messages are U+00A0."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cinqcles.errors import MetricError
from cinqcles.keys import attention
from cinqcles.keys.attention import (
    aggregate_retention,
    average_percentage_viewed,
    average_view_duration_s,
    compare_rankings,
    cost_per_completed_view,
    cost_per_engaged_second,
    cost_per_view,
    cpa,
    cpm,
    engagement_rate_by_followers,
    engagement_rate_by_impressions,
    engagement_rate_by_reach,
    pooled,
    retention_curve,
    roas,
    roi,
    simpson_rate_reversal,
    simpson_reversals,
    wilson_interval,
)


def message(error: pytest.ExceptionInfo[MetricError]) -> str:
    """The message, with its non-breaking spaces made plain to be read here."""
    text = str(error.value)
    assert all(text[i - 1] == "\u00a0" for i, c in enumerate(text) if c in ";?!»" or c == ":")
    return text.replace("\u00a0", " ")


# --------------------------------------------------------------------------- ratios

PLAIN = [
    (engagement_rate_by_reach, "la portée"),
    (engagement_rate_by_impressions, "le nombre d’impressions"),
    (engagement_rate_by_followers, "le nombre d’abonnés"),
    (average_view_duration_s, "le nombre de vues"),
    (average_percentage_viewed, "la durée de la vidéo"),
    (cost_per_view, "le nombre de vues"),
    (cost_per_completed_view, "le nombre de vues complètes"),
    (cost_per_engaged_second, "le temps d’attention"),
    (cpm, "le nombre d’impressions"),
    (cpa, "le nombre de conversions"),
    (roas, "le coût"),
    (roi, "le coût"),
]
METRICS = [metric for metric, _ in PLAIN]


@pytest.mark.parametrize(
    ("metric", "arguments", "expected"),
    [
        (engagement_rate_by_reach, (30, 1000), 0.03),
        (engagement_rate_by_impressions, (30, 1500), 0.02),
        (engagement_rate_by_followers, (30, 600), 0.05),
        (average_view_duration_s, (3750, 100), 37.5),
        (average_percentage_viewed, (15, 10), 1.5),
        (cost_per_view, (50, 1000), 0.05),
        (cost_per_completed_view, (50, 200), 0.25),
        (cost_per_engaged_second, (50, 10_000), 0.005),
        (cpm, (50, 20_000), 2.5),
        (cpa, (50, 4), 12.5),
        (roas, (200, 50), 4.0),
        (roi, (120, 100), 0.2),
        (roi, (0, 50), -1.0),
        (roi, (-50, 50), -2.0),
    ],
)
def test_known_values(metric, arguments, expected) -> None:
    assert metric(*arguments) == pytest.approx(expected, rel=1e-15)
    assert type(metric(*arguments)) is float


@pytest.mark.parametrize(("metric", "denominator"), PLAIN)
def test_an_empty_denominator_is_named(metric, denominator) -> None:
    with pytest.raises(MetricError) as error:
        metric(3, 0)
    assert message(error) == (
        f"Dénominateur vide : {denominator} vaut 0, et le rapport n’est pas défini (ce n’est pas "
        "un zéro). Indiquez une valeur plus grande que 0, ou laissez cette ligne de côté."
    )
    for missing in (np.nan, None, pd.NA):
        with pytest.raises(MetricError) as error:
            metric(3, missing)
        assert message(error) == (
            f"Dénominateur vide : {denominator} manque, et le rapport n’est pas défini (ce n’est "
            "pas un zéro). Indiquez sa valeur, ou laissez cette ligne de côté."
        )
    with pytest.raises(MetricError) as error:
        metric([3, 4, 5], [0, np.nan, 0])
    assert message(error) == (
        f"Dénominateur vide : {denominator} vaut 0 ou manque à chacune des 3 lignes. Vérifiez que "
        "vous avez choisi la bonne colonne."
    )


@pytest.mark.parametrize("metric", METRICS)
def test_an_undefined_row_is_nan_and_missing_is_not_zero(metric) -> None:
    found = metric([0, 3, 3, np.nan, 0], [0, 0, np.nan, 2, 2])
    assert np.isnan(found[:4]).all()
    assert found[4] == metric(0, 2)
    assert np.isnan(metric(np.nan, 2))


def test_series_keep_their_index_and_numbers_stand_for_every_row() -> None:
    reach = pd.Series([10, 20], index=["a", "b"])
    expected = pd.Series([0.5, 0.25], index=["a", "b"])
    pd.testing.assert_series_equal(engagement_rate_by_reach(5, reach), expected)
    pd.testing.assert_series_equal(engagement_rate_by_reach([5, 5], reach), expected)
    assert engagement_rate_by_reach([5, 5], [10, 20]).tolist() == [0.5, 0.25]
    assert engagement_rate_by_reach([5, 10], 20).tolist() == [0.25, 0.5]


def test_nullable_columns_are_read() -> None:
    likes = pd.Series([1, None, 3], dtype="Int64")
    assert engagement_rate_by_reach(likes, 4).tolist()[::2] == [0.25, 0.75]
    assert np.isnan(engagement_rate_by_reach(likes, 4)[1])


def test_pooled_wants_the_views_of_each_video() -> None:
    with pytest.raises(MetricError, match="a reçu un nombre seul"):
        pooled(average_percentage_viewed, [30.0, 10.0], [60.0, 10.0], views=1)


def test_arguments_are_left_as_they_were() -> None:
    cost, views = np.array([1.0, 2.0]), np.array([0.0, 4.0])
    cost_per_view(cost, views)
    assert cost.tolist() == [1, 2]
    assert views.tolist() == [0, 4]


@pytest.mark.parametrize(
    ("likes", "reach", "expected"),
    [
        (-1, 10, "Valeur impossible : le nombre d’interactions vaut -1."),
        ([1, -2.5], 10, "Valeur impossible : le nombre d’interactions vaut -2,5 (index 1)."),
        (
            1,
            pd.Series([5, -10, -20], index=["a", "b", "c"]),
            "Valeur impossible : la portée vaut -10 (index b).",
        ),
        (1, [1, np.inf], "Valeur impossible : la portée vaut ∞ (index 1)."),
    ],
)
def test_an_impossible_value_is_shown_with_its_place(likes, reach, expected) -> None:
    with pytest.raises(MetricError) as error:
        engagement_rate_by_reach(likes, reach)
    assert message(error) == (
        f"{expected} Corrigez-la, ou laissez la case vide si elle est inconnue."
    )


def test_only_a_margin_may_be_negative() -> None:
    with pytest.raises(MetricError, match="la valeur générée vaut -1"):
        roas(-1, 1)
    with pytest.raises(MetricError, match="le coût vaut -1"):
        roi(1, -1)
    with pytest.raises(MetricError, match="la marge vaut -∞"):
        roi(-np.inf, 1)


@pytest.mark.parametrize(
    ("likes", "reach", "expected"),
    [
        (
            [1, 2, 3],
            [1, 2],
            "Longueurs différentes : le nombre d’interactions (3) et la portée (2). Prenez les "
            "deux colonnes dans le même tableau.",
        ),
        (
            pd.Series([1, 2]),
            pd.Series([1, 2], index=[1, 0]),
            "Lignes différentes : le nombre d’interactions et la portée n’ont pas le même index, "
            "ou pas dans le même ordre. Prenez les deux colonnes dans le même tableau.",
        ),
        (
            1,
            ["1 200"],
            "Colonne illisible : la portée contient autre chose que des nombres. Convertissez la "
            "colonne en nombres, et laissez vides les cases inconnues.",
        ),
        (
            1,
            pd.Series(pd.to_timedelta(["30s"])),
            "Colonne illisible : la portée contient des dates ou des durées, pas des nombres. "
            "Convertissez les durées en secondes avec .dt.total_seconds().",
        ),
        (
            1,
            np.ones((2, 2)),
            "Colonne illisible : la portée est un tableau à 2 dimensions. Donnez une seule "
            "colonne.",
        ),
        (
            1,
            [],
            "Colonne vide : la portée n’a aucune ligne. Vérifiez le filtre appliqué à votre "
            "tableau.",
        ),
    ],
)
def test_columns_that_cannot_be_divided(likes, reach, expected) -> None:
    with pytest.raises(MetricError) as error:
        engagement_rate_by_reach(likes, reach)
    assert message(error) == expected


amounts = st.lists(
    st.tuples(
        st.one_of(st.just(np.nan), st.floats(0, 1e6)),
        st.one_of(st.just(np.nan), st.just(0.0), st.floats(1e-3, 1e6)),
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.parametrize("metric", METRICS)
@given(rows=amounts)
def test_columns_agree_with_one_row_at_a_time(metric, rows) -> None:
    top, bottom = map(list, zip(*rows, strict=True))

    def one(a: float, b: float) -> float:
        try:
            return metric(a, b)
        except MetricError:
            return np.nan

    if not any(b > 0 for b in bottom):
        with pytest.raises(MetricError):
            metric(top, bottom)
    else:
        found = metric(top, bottom)
        np.testing.assert_array_equal(found, [one(a, b) for a, b in rows])
        assert not np.isinf(found).any()


@given(a=st.floats(0, 1e6), b=st.floats(1e-3, 1e6), k=st.floats(1e-3, 1e3))
def test_a_ratio_does_not_depend_on_the_unit(a, b, k) -> None:
    for metric in METRICS:
        assert metric(k * a, k * b) == pytest.approx(metric(a, b), rel=1e-9, abs=1e-9)


# --------------------------------------------------------------------------- pooled


def test_the_mean_of_rates_is_not_the_rate() -> None:
    # Three small posts that please their few readers, one large one that carries the account.
    clicks, shown = np.array([4, 5, 3, 160]), np.array([80, 100, 90, 9730])
    rates = engagement_rate_by_impressions(clicks, shown)
    assert rates.mean() == pytest.approx(0.0374, abs=1e-4)
    assert pooled(engagement_rate_by_impressions, clicks, shown) == 172 / 10_000
    assert pooled(engagement_rate_by_impressions, clicks, shown) == pytest.approx(
        np.average(rates, weights=shown)
    )


def test_pooled_by_group_loses_no_row_in_silence() -> None:
    posts = pd.DataFrame(
        {
            "cost": [10.0, 20.0, np.nan, 5.0, 7.0, 1.0],
            "views": [100.0, 100.0, 900.0, 0.0, 70.0, np.nan],
            "network": ["ig", "ig", "ig", "x", None, "tt"],
        },
        index=list("uvwxyz"),
    )
    found = pooled(cost_per_view, posts["cost"], posts["views"], by=posts["network"])
    assert found.index.name == "network"
    assert found["ig"] == 30 / 200  # the row with no known cost brings no views either
    assert np.isnan(found["x"])  # paid for, never seen
    assert np.isnan(found["tt"])  # no complete row
    assert found[found.index.isna()].item() == 7 / 70
    np.testing.assert_array_equal(
        found,
        pooled(
            cost_per_view,
            posts["cost"].tolist(),
            posts["views"].tolist(),
            by=posts["network"].tolist(),
        ),
    )


def test_pooled_percentage_viewed_is_seconds_watched_over_seconds_offered() -> None:
    average_s, duration_s, views = np.array([30.0, 10.0]), np.array([60.0, 10.0]), [1000, 10]
    found = pooled(average_percentage_viewed, average_s, duration_s, views=views)
    assert found == (30 * 1000 + 10 * 10) / (60 * 1000 + 10 * 10)
    by = pooled(average_percentage_viewed, average_s, duration_s, views=views, by=["a", "b"])
    assert by.to_dict() == {"a": 0.5, "b": 1.0}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: pooled(average_percentage_viewed, [30.0], [60.0]),
            "Il manque les vues : une durée moyenne ne s’additionne pas d’une vidéo à l’autre. "
            "Ajoutez views=… (le nombre de vues de chaque vidéo), pour rapporter les secondes "
            "regardées aux secondes proposées.",
        ),
        (
            lambda: pooled(cost_per_view, [30.0], [60.0], views=[1]),
            "views=… ne sert qu’à average_percentage_viewed : les colonnes de cost_per_view "
            "s’additionnent déjà telles quelles. Retirez views=….",
        ),
        (
            lambda: pooled(cost_per_view, [30.0], 60.0),
            "pooled additionne des colonnes, et a reçu un nombre seul. Donnez une valeur par "
            "ligne, ou appelez directement cost_per_view.",
        ),
        (
            lambda: pooled(cost_per_view, [30.0, -10.0], [60.0, 60.0]),
            "Valeur impossible : le coût vaut -10 (index 1). Corrigez-la, ou laissez la case vide "
            "si elle est inconnue.",
        ),
        (
            lambda: pooled(cost_per_view, [30.0, np.nan], [np.nan, 60.0]),
            "Dénominateur vide : le nombre de vues manque, et le rapport n’est pas défini (ce "
            "n’est pas un zéro). Indiquez sa valeur, ou laissez cette ligne de côté.",
        ),
        (
            lambda: pooled(cost_per_view, [30.0, 1.0], [5.0, 60.0], by=["a"]),
            "Longueurs différentes : la colonne n° 2 (2) et la colonne des groupes (1). Prenez les "
            "deux colonnes dans le même tableau.",
        ),
    ],
)
def test_pooled_cannot_be_misused(call, expected) -> None:
    with pytest.raises(MetricError) as error:
        call()
    assert message(error) == expected


positive = st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e6)), min_size=1, max_size=20)


@given(rows=positive, data=st.data())
def test_pooled_is_a_ratio_of_sums_whatever_the_order(rows, data) -> None:
    top, bottom = map(np.array, zip(*rows, strict=True))
    found = pooled(cost_per_view, top, bottom)
    assert found == pytest.approx(top.sum() / bottom.sum())
    rates = cost_per_view(top, bottom)
    assert rates.min() * (1 - 1e-9) <= found <= rates.max() * (1 + 1e-9)
    order = data.draw(st.permutations(range(len(rows))))
    assert pooled(cost_per_view, top[order], bottom[order]) == pytest.approx(found)
    assert pooled(cost_per_view, top, bottom, by=["all"] * len(rows)).item() == pytest.approx(found)


# --------------------------------------------------------------------------- Wilson


@pytest.mark.parametrize(
    ("won", "n", "expected"),
    [
        (10, 100, (0.0552285, 0.1743673)),  # published with z = 1.96, hence 1e-5
        (0, 100, (0, 0.0369948)),
        (81, 263, (0.255289, 0.366210)),
    ],
)
def test_wilson_published_values(won, n, expected) -> None:
    assert wilson_interval(won, n) == pytest.approx(expected, abs=1e-5)


def test_wilson_follows_what_it_is_given() -> None:
    won = pd.Series([0, 10, 0, 3], index=list("abcd"))
    low, high = wilson_interval(won, pd.Series([100, 10, 0, np.nan], index=list("abcd")))
    assert low["a"] == 0
    assert high["b"] == 1
    assert low[["c", "d"]].isna().all()
    assert high[["c", "d"]].isna().all()
    assert [bound.tolist() for bound in wilson_interval([1, 2], 4)] == [
        [wilson_interval(1, 4)[i], wilson_interval(2, 4)[i]] for i in (0, 1)
    ]


@given(n=st.integers(1, 10_000), data=st.data(), confidence=st.floats(0.5, 0.999))
def test_wilson_bounds_and_reference(n, data, confidence) -> None:
    won = data.draw(st.integers(0, n))
    low, high = wilson_interval(won, n, confidence)
    assert 0 <= low <= won / n <= high <= 1
    reference = stats.binomtest(won, n).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-12)
    mirrored_low, mirrored_high = wilson_interval(n - won, n, confidence)
    assert (mirrored_low, mirrored_high) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_messages() -> None:
    with pytest.raises(MetricError) as error:
        wilson_interval(pd.Series([1, 12], index=["a", "b"]), pd.Series([4, 10], index=["a", "b"]))
    assert message(error) == (
        "Plus de succès que d’essais (index b) : 12 sur 10. Vérifiez que les deux colonnes ne sont "
        "pas inversées."
    )
    with pytest.raises(MetricError) as error:
        wilson_interval(1, 10, confidence=95)
    assert message(error) == (
        "La confiance est une part entre 0 et 1, et vaut 95. Pour 95 %, écrivez confidence=0.95."
    )
    with pytest.raises(MetricError, match="le nombre d’essais vaut 0"):
        wilson_interval(0, 0)


# --------------------------------------------------------------------------- retention

# Freireich et al. 1963 (Gehan 1965): weeks in remission, 6-MP with censored patients, and placebo.
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
CENSORED = [0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
EVENTS = [6, 7, 10, 13, 16, 22, 23]


def test_kaplan_meier_on_the_textbook_data() -> None:
    curve = retention_curve(SIX_MP, CENSORED)
    assert curve.at(EVENTS) == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    assert curve.median_s() == 23
    assert curve.at_risk[:3].tolist() == [21, 17, 16]
    assert curve.left[:3].tolist() == [3, 1, 0]
    assert retention_curve(PLACEBO).median_s() == 8
    assert retention_curve(PLACEBO).at([1, 2]) == pytest.approx([0.9048, 0.8095], abs=5e-5)


def test_greenwood_intervals_as_stata_prints_them() -> None:
    low, high = retention_curve(SIX_MP, CENSORED).interval_at(EVENTS)
    assert low == pytest.approx([0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881], abs=5e-5)
    assert high == pytest.approx([0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801], abs=5e-5)
    low, high = retention_curve(PLACEBO).interval_at([0.5, 1, 2, 23])
    assert low[1:3] == pytest.approx([0.6700, 0.5689], abs=5e-5)
    assert high[1:3] == pytest.approx([0.9753, 0.9239], abs=5e-5)
    assert np.isnan(low[[0, 3]]).all()
    assert np.isnan(high[[0, 3]]).all()


def naive_survival(viewing, stayed, t) -> float:
    share = 1.0
    for moment in sorted(set(viewing)):
        if moment <= t:
            at_risk = sum(v >= moment for v in viewing)
            left = sum(v == moment and not s for v, s in zip(viewing, stayed, strict=True))
            share *= 1 - left / at_risk
    return share


sessions = st.lists(
    st.tuples(st.integers(0, 12).map(lambda s: s / 2), st.booleans()), min_size=1, max_size=15
)


@given(rows=sessions, data=st.data())
def test_retention_against_a_plain_loop(rows, data) -> None:
    viewing, stayed = zip(*rows, strict=True)
    curve = retention_curve(viewing, stayed)
    last = max(viewing)
    times = np.linspace(0, last, 7)
    found = curve.at(times)
    assert found == pytest.approx([naive_survival(viewing, stayed, t) for t in times])
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(curve.share_watching) <= 0).all()
    # The area, by a Riemann sum that falls exactly on the half-second steps.
    grid = np.arange(0, last, 0.25)
    assert curve.expected_seconds(last) == pytest.approx(
        0.25 * sum(naive_survival(viewing, stayed, t) for t in grid)
    )
    shuffled = data.draw(st.permutations(rows))
    again = retention_curve(*zip(*shuffled, strict=True))
    np.testing.assert_array_equal(again.share_watching, curve.share_watching)
    slower = retention_curve(3 * np.array(viewing), stayed)
    assert slower.expected_seconds(3 * last) == pytest.approx(3 * curve.expected_seconds(last))


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30))
def test_with_every_departure_seen_the_area_is_the_plain_mean(viewing) -> None:
    curve = retention_curve(viewing)
    assert curve.expected_seconds(2e4) == pytest.approx(np.mean(viewing))
    assert curve.at(2e4) == 0
    for t in viewing:
        assert curve.at(t) == pytest.approx(np.mean(np.array(viewing) > t))


def test_the_seven_second_claim_is_a_question_for_the_curve() -> None:
    # YouTube's own example: a 1-minute video watched 100 times, half leave at 15 s.
    curve = retention_curve([15] * 50 + [60] * 50, [False] * 50 + [True] * 50)
    assert curve.at([7, 14.9, 15, 60]).tolist() == [1, 1, 0.5, 0.5]
    assert 1 - curve.at(7) == 0
    assert curve.median_s() == 15
    assert curve.expected_seconds(60) == 37.5
    aggregate = aggregate_retention(np.arange(100) / 100, [1.0] * 25 + [0.5] * 75, duration_s=60)
    assert aggregate.at([7, 14.9, 15, 60]).tolist() == [1, 1, 0.5, 0.5]
    assert aggregate.expected_seconds(60) == pytest.approx(37.5)
    assert average_percentage_viewed(aggregate.expected_seconds(60), 60) == pytest.approx(0.625)


def test_views_with_no_duration_or_status_are_left_out() -> None:
    curve = retention_curve([2, np.nan, 4, 4], pd.Series([0, 1, np.nan, 1]))
    assert curve.times_s.tolist() == [2, 4]
    assert curve.at_risk.tolist() == [2, 1]
    assert curve.share_watching.tolist() == [0.5, 0.5]


def test_one_duration_stands_for_every_view() -> None:
    curve = retention_curve(5, [True, False, False])
    assert curve.at_risk.tolist() == [3]
    assert curve.left.tolist() == [2]


def test_nothing_is_extrapolated() -> None:
    curve = retention_curve([5, 10], [False, True])
    beyond = (
        "Rien n’a été observé après 10 s, et 50 % des spectateurs regardaient encore. Demandez un "
        "instant d’au plus 10 s : au-delà, ce serait une invention."
    )
    for call in (curve.at, curve.expected_seconds, curve.interval_at):
        with pytest.raises(MetricError) as error:
            call(10.5)
        assert message(error) == beyond
    found = curve.at(pd.Series([5, 11, np.nan], index=list("abc")))
    assert found["a"] == 0.5
    assert found[["b", "c"]].isna().all()
    assert retention_curve([5, 10]).at(11) == 0
    with pytest.raises(MetricError, match="l’instant demandé vaut -1"):
        curve.at(-1)


def test_retention_messages() -> None:
    faithful = retention_curve([5, 10.5, 10.5], [False, True, True])
    with pytest.raises(MetricError) as error:
        faithful.median_s()
    assert message(error) == (
        "Pas de durée médiane : 66,7 % des spectateurs regardaient encore à 10,5 s, dernier "
        "instant observé. Lisez plutôt la part encore présente avec .at(10.5)."
    )
    with pytest.raises(MetricError) as error:
        faithful.interval_at(4)
    assert message(error) == (
        "Pas d’intervalle à cet instant : personne n’est encore parti, ou tout le monde l’est "
        "déjà. Choisissez un instant entre le premier et le dernier départ."
    )
    with pytest.raises(MetricError) as error:
        retention_curve([5, 10], [3, 0])
    assert message(error) == (
        "still_watching ne se lit pas : on attend True (la personne regardait encore) ou False "
        "(elle est partie) pour chaque vue."
    )
    with pytest.raises(MetricError) as error:
        retention_curve([np.nan, np.nan])
    assert message(error) == (
        "Aucune vue n’a de durée connue : il n’y a pas de courbe à tracer. Vérifiez que vous avez "
        "choisi la bonne colonne."
    )


# --------------------------------------------------------------------------- a platform's curve


def test_a_rising_curve_is_refused_and_says_where() -> None:
    with pytest.raises(MetricError) as error:
        aggregate_retention([0, 0.2, 0.4, 0.6], [1, 0.5, 0.55, 0.9], duration_s=60)
    assert message(error) == (
        "La courbe remonte : à 60 % de la vidéo, elle passe de 55 % à 90 %. Un passage revu compte "
        'deux fois : ce n’est plus une part de personnes. Ajoutez rising="project" pour prendre '
        "la courbe descendante la plus proche, et dites-le avec votre résultat."
    )
    with pytest.raises(MetricError, match="à 0\u00a0% de la vidéo, elle passe de 100\u00a0% à 120"):
        aggregate_retention([0, 0.5], [1.2, 0.5], duration_s=60)


def naive_projection(shares) -> list[float]:
    """Pool adjacent violators, on lists."""
    blocks: list[list[float]] = []
    for share in shares:
        blocks.append([share])
        while len(blocks) > 1 and np.mean(blocks[-2]) < np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return [min(float(np.mean(block)), 1.0) for block in blocks for _ in block]


@given(st.lists(st.floats(0, 1.5), min_size=2, max_size=30))
def test_projection_falls_and_keeps_the_average_view(shares) -> None:
    n = len(shares)
    curve = aggregate_retention(np.arange(n) / n, shares, duration_s=100, rising="project")
    assert curve.share_watching[:n] == pytest.approx(naive_projection(shares))
    assert (np.diff(curve.share_watching) <= 0).all()
    assert curve.share_watching.max() <= 1
    if max(shares) <= 1:
        assert curve.expected_seconds(100) == pytest.approx(100 * np.mean(shares))
    again = aggregate_retention(
        np.arange(n) / n, curve.share_watching[:n], duration_s=100, rising="refuse"
    )
    np.testing.assert_array_equal(again.share_watching, curve.share_watching)


def test_a_platform_curve_reaches_the_end_but_not_past_what_was_measured() -> None:
    # YouTube's API counts positions from 0.01 to 1: before the first, everybody is there.
    api = aggregate_retention(np.arange(1, 101) / 100, np.linspace(1, 0.2, 100), duration_s=50)
    assert api.at([0, 0.4, 50]).tolist() == [1, 1, 0.2]
    # The last positions are blank: the curve stops one step after the last one measured.
    blank = [1, 0.9, np.nan, 0.8, np.nan, np.nan]
    cut = aggregate_retention([0, 0.1, 0.2, 0.3, 0.4, 0.5], blank, duration_s=100)
    assert cut.at([25, 39]).tolist() == [0.9, 0.8]
    with pytest.raises(MetricError, match="Rien n’a été observé après 40"):
        cut.expected_seconds(100)
    with pytest.raises(MetricError) as error:
        cut.interval_at(20)
    assert message(error) == (
        "Pas d’intervalle pour cette courbe : la plateforme ne dit pas combien de personnes elle "
        "résume. Partez des durées de chaque vue, avec retention_curve."
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ([0, 1, 99], [1, 0.9, 0.8], 60),
            "La position va de 0 (début) à 1 (fin de la vidéo), et une valeur est 99. Si votre "
            "export est en pourcentage, divisez la colonne par 100.",
        ),
        (
            ([0, 0.5], [100, 40], 60),
            "La part encore présente est un nombre proche de 1, et une valeur est 100. Si votre "
            "export est en pourcentage, divisez la colonne par 100.",
        ),
        (
            ([0, 0.5, 0.5], [1, 0.5, 0.4], 60),
            "Les positions doivent aller du début à la fin de la vidéo, chacune une seule fois. "
            "Triez le tableau, et gardez une seule vidéo.",
        ),
        (
            ([0, 0.5], [1, np.nan], 60),
            "Une courbe demande au moins deux mesures, et 1 est lisible. Vérifiez les deux "
            "colonnes de l’export de rétention.",
        ),
        (
            ([0, 0.5], [1, 0.5], 0),
            "Il faut la durée de la vidéo, en secondes et plus grande que 0, pour placer la courbe "
            "dans le temps.",
        ),
        (
            ([0, 0.5], [1, 0.5], 60, "smooth"),
            'rising vaut « smooth » : choisissez "refuse" ou "project".',
        ),
    ],
)
def test_aggregate_messages(arguments, expected) -> None:
    with pytest.raises(MetricError) as error:
        aggregate_retention(*arguments)
    assert message(error) == expected


# --------------------------------------------------------------------------- rankings

tied_pairs = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=5, max_size=25
).filter(lambda rows: all(len(set(column)) > 1 for column in zip(*rows, strict=True)))


@given(rows=tied_pairs)
def test_rank_correlations_match_scipy(rows) -> None:
    a, b = zip(*rows, strict=True)
    for method, reference in (("spearman", stats.spearmanr), ("kendall", stats.kendalltau)):
        found = compare_rankings(a, b, method, resamples=100)
        assert found.correlation == pytest.approx(reference(a, b).statistic, abs=1e-12)
        assert -1 <= found.low <= found.high <= 1
        # Ranks only: any rising change of scale gives the very same answer.
        assert compare_rankings(np.exp(a), b, method, resamples=100) == found


@pytest.mark.parametrize("batch", [attention._BATCH, 90])
@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_bootstrap_against_a_plain_loop(monkeypatch, method, batch) -> None:
    monkeypatch.setattr(attention, "_BATCH", batch)
    rng = np.random.default_rng(5)
    a = rng.integers(0, 8, 30).astype(float)
    b = a + rng.integers(0, 8, 30)
    found = compare_rankings(a, b, method, resamples=200, confidence=0.9)
    reference = {"spearman": stats.spearmanr, "kendall": stats.kendalltau}[method]
    drawn = []
    for counts in attention._resampled_counts(30, 200, seed=0):
        for line in counts.astype(int):
            rows = np.repeat(np.arange(30), line)
            assert rows.size == 30
            drawn.append(reference(a[rows], b[rows]).statistic)
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=1e-12)


def test_bootstrap_interval_covers_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(150):
        a, b = rng.normal(size=(2, 60))
        found = compare_rankings(a, b, resamples=300, seed=seed)
        covered += found.low <= 0 <= found.high
    assert 0.88 <= covered / 150 <= 1


def test_groups_in_a_list_with_a_gap_are_not_named_nan() -> None:
    found = simpson_reversals(
        [1, 2, 3, 4, 9, 9], [1, 2, 3, 4, 1, 2], ["a", "a", "b", "b", np.nan, None], 2
    )
    assert found.groups.index.tolist() == ["a", "b"]


def test_compare_rankings_counts_what_it_leaves_out() -> None:
    a = pd.Series([1, 2, 3, np.nan, 5, 6, 7])
    b = pd.Series([1, 2, 3, 4, 5, np.nan, 7])
    found = compare_rankings(a, b)
    assert (found.correlation, found.n, found.dropped) == (1.0, 5, 2)
    assert (found.method, found.confidence, found.resamples) == ("spearman", 0.95, 2000)
    assert compare_rankings(a, -b).correlation == -1
    assert compare_rankings(a, b, seed=3) == compare_rankings(a, b, seed=3)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: compare_rankings([1, 2, 3, 4, np.nan], [1, 2, 3, 4, 5]),
            "Trop peu de lignes pour comparer deux classements : 4 sur 5 ont les deux valeurs, et "
            "il en faut au moins 5.",
        ),
        (
            lambda: compare_rankings([1, 2, 3, 4, 5], [7] * 5),
            "Rien à classer : le second indicateur a la même valeur partout. Choisissez un "
            "indicateur qui varie d’une ligne à l’autre.",
        ),
        (
            lambda: compare_rankings([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "pearson"),
            "La méthode « pearson » n’existe pas : choisissez spearman ou kendall.",
        ),
        (
            lambda: compare_rankings([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], resamples=10),
            "10 tirages ne suffisent pas : demandez-en au moins 100.",
        ),
    ],
)
def test_compare_rankings_messages(call, expected) -> None:
    with pytest.raises(MetricError) as error:
        call()
    assert message(error) == expected


# --------------------------------------------------------------------------- Simpson


def two_formats(slope: float) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    within = rng.normal(size=60)
    return pd.DataFrame(
        {
            "length": np.r_[within[:30], within[30:] + 20],
            "kept": np.r_[slope * within[:30] + 20, slope * within[30:]],
            "format": ["reel"] * 30 + ["long"] * 30,
        }
    )


def test_simpson_reversal_is_seen_and_a_plain_link_is_not() -> None:
    posts = two_formats(slope=1)
    found = simpson_reversals(posts["length"], posts["kept"], posts["format"])
    assert found.pooled == pytest.approx(
        stats.spearmanr(posts["length"], posts["kept"]).statistic, abs=1e-12
    )
    assert found.pooled < 0
    assert found.groups["association"].tolist() == pytest.approx([1, 1])
    assert found.groups["n"].tolist() == [30, 30]
    assert found.reversed
    posts = two_formats(slope=-1)
    assert not simpson_reversals(posts["length"], posts["kept"], posts["format"]).reversed


def test_simpson_ignores_small_and_constant_groups_but_shows_them() -> None:
    posts = two_formats(slope=1)
    extra = pd.DataFrame(
        {
            "length": [1.0, 2, 3, *np.arange(12.0), 5],
            "kept": [3.0, 2, 1, *[4.0] * 12, 5],
            "format": ["story"] * 3 + ["live"] * 12 + [None],
        }
    )
    posts = pd.concat([posts, extra], ignore_index=True)
    found = simpson_reversals(posts["length"], posts["kept"], posts["format"])
    assert found.groups["counted"].to_dict() == {
        "live": False,
        "long": True,
        "reel": True,
        "story": False,
    }
    assert np.isnan(found.groups.loc["live", "association"])
    assert found.groups.loc["story", "association"] == -1
    assert found.groups["n"].sum() == 75
    assert found.reversed


# Bickel, Hammel & O'Connell 1975, the six largest departments: admitted and applicants.
BERKELEY = pd.DataFrame(
    {
        "sex": ["men"] * 6 + ["women"] * 6,
        "department": list("ABCDEF") * 2,
        "admitted": [512, 353, 120, 138, 53, 22, 89, 17, 202, 131, 94, 24],
        "applicants": [825, 560, 325, 417, 191, 373, 108, 25, 593, 375, 393, 341],
    }
)


def test_berkeley_is_no_clean_reversal_and_says_so() -> None:
    found = simpson_rate_reversal(
        *(BERKELEY[c] for c in ("admitted", "applicants", "sex", "department"))
    )
    assert found.pooled == pytest.approx(1198 / 2691 - 557 / 1835)
    signs = np.sign(found.groups["association"])
    assert signs.to_dict() == {"A": -1, "B": -1, "C": 1, "D": -1, "E": 1, "F": -1}
    assert found.groups.loc["A", "n"] == 825 + 108
    assert not found.reversed  # four departments of six
    assert simpson_rate_reversal(
        *(
            BERKELEY.query("department in ['A', 'B', 'D', 'F']")[c]
            for c in ("admitted", "applicants", "sex", "department")
        )
    ).reversed


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: simpson_reversals([1, 2, 3], [1, 1, 1], ["a", "a", "b"]),
            "Pas de lien à mesurer : il faut deux mesures qui varient, connues sur les mêmes "
            "lignes. Vérifiez les deux colonnes.",
        ),
        (
            lambda: simpson_reversals([1, np.nan], [np.nan, 1], ["a", "b"]),
            "Pas de lien à mesurer : il faut deux mesures qui varient, connues sur les mêmes "
            "lignes. Vérifiez les deux colonnes.",
        ),
        (
            lambda: simpson_reversals([1, 2, 3], [1, 2, 3], ["a", "a", "b"]),
            "Il faut au moins deux groupes assez grands pour comparer, et il y en a 0 (minimum par "
            "groupe : 10). Regroupez des catégories, ou baissez smallest_group.",
        ),
        (
            lambda: simpson_rate_reversal([1, 1], [20, 20], ["x", "x"], ["a", "b"]),
            "Il faut exactement deux options à comparer, et il y en a 1 : x.",
        ),
    ],
)
def test_simpson_messages(call, expected) -> None:
    with pytest.raises(MetricError) as error:
        call()
    assert message(error) == expected
