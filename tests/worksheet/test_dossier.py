from __future__ import annotations

from datetime import date

import pytest

from cinqcles.data import company
from cinqcles.strategy import Strategy
from cinqcles.worksheet.dossier import example, tempting

TODAY = date(2026, 1, 10)


@pytest.mark.parametrize("seed", range(12))
def test_the_example_holds_together(seed: int) -> None:
    strategy = example(seed)
    assert strategy.review(TODAY) == ()
    assert strategy.company == company.NAME
    assert strategy.left_eur is not None
    # The best split spends everything; its amounts are rounded down, one a channel.
    assert 0 <= strategy.left_eur < len(strategy.channels)
    paid = [channel for channel in strategy.channels if channel.spend_eur]
    assert 0 < len(paid) < len(strategy.channels)
    assert Strategy.from_json(strategy.to_json()) == strategy


@pytest.mark.parametrize("seed", range(12))
def test_the_tempting_plan_has_no_empty_line_and_a_mistake_a_key(seed: int) -> None:
    strategy = tempting(seed)
    found = strategy.review(TODAY)
    assert {each.key for each in found if each.severity == "blocking"} == {1, 2, 3, 4, 5}
    codes = {each.code for each in found}
    assert {
        "unknown_measure",
        "no_accountable",
        "tool_without_objective",
        "below_minimum",
        "vanity",
    } <= codes
    assert not [code for code in codes if code.endswith("_missing")]
    for section in ("objectives", "audiences", "channels", "measurements"):
        lines = getattr(strategy, section)
        assert lines
        assert not [
            line for line in lines if "" in dict(line).values() or None in dict(line).values()
        ]


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2031, 7, 14)])
def test_it_is_as_true_whatever_the_day_it_is_written(day: date) -> None:
    assert example(1, day).review(day) == ()
    codes = [found.code for found in tempting(1, day).review(day)]
    assert codes == [found.code for found in tempting(1).review(TODAY)]
