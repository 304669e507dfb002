"""The dashboard of the case company: its flaws are there for every seed."""

from __future__ import annotations

from collections import Counter

import pytest

from cinqcles.data import company
from cinqcles.errors import CinqclesError
from cinqcles.keys.purpose import Level


def test_the_dashboard_has_its_flaws_for_every_seed() -> None:
    flawed: Counter[str] = Counter()
    for seed in range(1000):
        tree = company.dashboard(seed)
        found = tree.problems()
        codes = [problem.code for problem in found]
        assert sorted(codes) == ["no_indicator", "no_objective", "no_objective", "vanity"]
        assert len({problem.about for problem in found}) == 4
        sound = [name for name in tree.objectives if not any(name == p.about for p in found)]
        assert len(sound) == 2
        for name in sound:
            served = tree.serving(name)
            assert len(served) == 3
            levels = [i.level for i in tree.indicators if i.name in served and i.level]
            assert max(level.rank for level in levels) > Level.OUTPUT.rank
        flawed.update(f"{problem.code} {problem.about}" for problem in found)
    # Each objective and each idle indicator has its turn.
    assert len(flawed) == 4 + 4 + 4
    assert min(flawed.values()) > 150


def test_the_dashboard_is_about_the_company_s_own_objectives() -> None:
    tree = company.dashboard(3)
    assert list(tree.objectives) == [objective.name for objective in company.objectives(3)]
    assert company.dashboard(3) == tree
    assert company.dashboard(4) != tree
    # What measures a sound objective is what its form says.
    measured = {o.name: o.indicator for o in company.objectives(3)}
    for name, measures in tree.objectives.items():
        assert (
            not measures
            or measures[0] == measured[name]
            or "vanity" in {p.code for p in tree.problems() if p.about == name}
        )


@pytest.mark.parametrize(("seed", "difficulty"), [(-1, 1), (0, 4)])
def test_a_dashboard_out_of_bounds_is_refused(seed: int, difficulty: int) -> None:
    with pytest.raises(CinqclesError):
        company.dashboard(seed, difficulty)
