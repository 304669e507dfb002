"""What the company's tables share: exact shares, jittered grids, one generator a topic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinqcles.data.company import setting
from cinqcles.errors import CinqclesError


@pytest.mark.parametrize(
    ("seed", "difficulty"), [(-1, 1), (1.5, 1), ("a", 1), (0, 0), (0, 4), (0, "a")]
)
def test_out_of_bounds(seed: Any, difficulty: Any) -> None:
    with pytest.raises(CinqclesError) as caught:
        setting.check(seed, difficulty)
    assert str(caught.value).replace("\u00a0", " ") == (
        "Demandez une difficulté de 1, 2 ou 3 et une graine entière, positive ou nulle "
        f"(reçu : difficulté {difficulty}, graine {seed})."
    )


def test_each_difficulty_keeps_the_channels_of_the_easier_one() -> None:
    assert [len(setting.channels_at(difficulty)) for difficulty in (1, 2, 3)] == [6, 7, 8]
    assert setting.channels_at(3) == setting.CHANNELS
    assert setting.CHANNELS[:6] == setting.channels_at(1)


def test_the_year_is_52_whole_weeks() -> None:
    assert setting.FIRST_DAY.day_name() == "Monday"
    assert setting.WEEKS == 52


def test_topics_do_not_move_one_another() -> None:
    first = setting.generator(3, "posts").random(4)
    assert (first == setting.generator(3, "posts").random(4)).all()
    assert (first != setting.generator(3, "market").random(4)).all()
    assert (first != setting.generator(4, "posts").random(4)).all()


@given(st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=1, max_size=12))
@settings(max_examples=60)
def test_shares_are_whole_add_up_and_are_within_one_of_the_quota(
    total: int, weights: list[int]
) -> None:
    counts = setting.shared_out(total, weights)
    quotas = total * np.array(weights) / sum(weights)
    assert counts.dtype == np.int64
    assert counts.sum() == total
    assert (abs(counts - quotas) < 1).all()


def test_the_largest_remainders_are_served() -> None:
    assert setting.shared_out(10, [5, 3, 1]).tolist() == [6, 3, 1]
    assert setting.shared_out(4, [1, 1, 1]).tolist() == [2, 1, 1]
    assert setting.shared_out([4, 2], [[1, 3], [3, 1]]).tolist() == [[1, 3], [2, 0]]


@given(st.integers(0, 10_000), st.integers(2, 40))
@settings(max_examples=40)
def test_a_grid_increases_within_its_bounds_but_for_the_jitter(seed: int, n: int) -> None:
    values = setting.grid(np.random.default_rng(seed), 2, 32, n)
    step = 16 ** (1 / (n - 1))
    assert (values[1:] / values[:-1] >= step**0.6 * (1 - 1e-9)).all()
    assert 2 / step**0.2 <= values[0] * (1 + 1e-9)
    assert values[-1] <= 32 * step**0.2 * (1 + 1e-9)


@given(st.integers(0, 10_000), st.integers(2, 40))
@settings(max_examples=40)
def test_a_noisy_order_is_a_permutation_as_noisy_as_told(seed: int, n: int) -> None:
    places = setting.noisy_order(np.random.default_rng(seed), n)
    assert sorted(places) == list(range(n))
    exact = setting.noisy_order(np.random.default_rng(seed), n, noise=0)
    assert exact.tolist() == list(range(n))


def test_about() -> None:
    rng = np.random.default_rng(0)
    values = [setting.about(rng, 10, 0.2) for _draw in range(500)]
    assert 8 <= min(values) < 8.1
    assert 11.9 < max(values) <= 12
