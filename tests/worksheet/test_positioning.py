from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from cinqcles.strategy import KEYS
from cinqcles.worksheet.positioning import (
    DONT_KNOW,
    PER_KEY,
    Positioning,
    Result,
    answers,
    is_finished,
    items,
    key_of,
    progress,
    result,
)

NOW = datetime(2026, 1, 10, tzinfo=UTC)
RIGHT = {form: {n: str(c.answer) for n, c in items(form).items()} for form in ("A", "B")}


def test_the_two_forms_are_twins() -> None:
    a, b = items("A"), items("B")
    assert list(a) == list(b)
    assert {key: sum(key_of(name) == key for name in a) for key in KEYS} == dict.fromkeys(
        KEYS, PER_KEY
    )
    for name in a:
        # The same number of options, and another setting: nothing to remember of the first.
        assert list(a[name].options) == list(b[name].options) == ["a", "b", "c", "d", DONT_KNOW]
        assert a[name].prompt != b[name].prompt
        assert a[name].options[a[name].answer] != b[name].options[b[name].answer]


@pytest.mark.parametrize("form", ["A", "B"])
def test_nothing_but_knowing_gives_the_answer_away(form) -> None:
    asked = items(form).values()
    for choice in asked:
        assert len(set(choice.options.values())) == len(choice.options)
        assert choice.answer != DONT_KNOW
    # Neither its place nor its length: ticking always the same, or the longest, gains little.
    places = [choice.answer for choice in asked]
    assert max(places.count(place) for place in "abcd") <= 3
    longest = [
        max((o for o in c.options if o != DONT_KNOW), key=lambda o: len(c.options[o]))
        for c in asked
    ]
    assert sum(a == b for a, b in zip(longest, places, strict=True)) <= 5


def test_only_the_exit_test_explains() -> None:
    for choice in items("A").values():
        assert not any(choice.why.values())
    for choice in items("B").values():
        assert all(why for option, why in choice.why.items() if option != DONT_KNOW)


@pytest.mark.parametrize("form", ["A", "B"])
def test_a_right_answer_counts_for_one_and_no_other_does(form) -> None:
    full = result(form, {"answers": RIGHT[form], "finished": True}, NOW)
    assert full is not None
    assert full.scores == dict.fromkeys(KEYS, PER_KEY)
    for name, option in product(RIGHT[form], ["a", "b", "c", "d", DONT_KNOW]):
        if option == RIGHT[form][name]:
            continue
        one = result(form, {"answers": RIGHT[form] | {name: option}, "finished": True}, NOW)
        assert one is not None
        assert one.total == full.total - 1
        assert one.scores[key_of(name)] == PER_KEY - 1


def test_a_test_is_finished_once_it_is_whole_and_handed_in() -> None:
    asked = Positioning(id="test", prompt="Test", form="A")
    whole = {"answers": RIGHT["A"], "finished": False}
    assert not is_finished(whole)
    assert result("A", whole, NOW) is None
    assert asked.check(whole) == (
        "Tout est rempli. Cliquez sur «\u00a0Terminer le test\u00a0»\u00a0: vos réponses seront "
        "figées."
    )
    assert asked.check(whole | {"finished": True}) is None
    part = {"answers": {n: o for n, o in RIGHT["A"].items() if n != "c3-1"}, "finished": True}
    assert not is_finished(part)
    assert str(asked.check(part)).startswith("Il reste 1 question\u00a0: n°\u00a03. ")
    assert str(asked.check(None)).startswith("Il reste 10 questions\u00a0: n°\u00a01, 2, 3, 4, 5")
    assert asked.describe(part).splitlines()[2] == "3. …"
    assert asked.describe(whole).splitlines()[0].startswith("1. Passer de 20 à 40 commandes")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["c1-1"]), inner),
)


@given(value=anything | st.fixed_dictionaries({"answers": anything, "finished": anything}))
def test_what_does_not_fit_counts_for_nothing(value: JsonValue) -> None:
    assert answers(value) == {} or set(answers(value)) <= set(RIGHT["A"])
    assert not is_finished(value)
    assert result("A", value, NOW) is None
    assert Positioning(id="test", prompt="Test", form="A").check(value)


def test_progress_is_the_difference_key_by_key() -> None:
    before = Result({1: 0, 2: 1, 3: 2, 4: 2, 5: 0}, NOW)
    after = Result({1: 2, 2: 2, 3: 2, 4: 1, 5: 0}, NOW)
    table = progress(before, after)
    assert table.index.tolist() == [1, 2, 3, 4, 5]
    assert table["change"].tolist() == [2, 1, 0, -1, 0]
    assert table["change"].sum() == after.total - before.total
