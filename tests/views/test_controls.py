"""Controls that ipywidgets has no good one for."""

from __future__ import annotations

import pytest

from cinqcles.views.controls import NumberField


@pytest.mark.parametrize(
    ("typed", "value"),
    [("12", 12), (" 1 200 ", 1200), ("7,0", 7), ("0", 0), ("1500", 1500)],
)
def test_a_whole_number_is_read_as_french_writes_it(typed: str, value: int) -> None:
    field = NumberField(value=5, min=0, max=1500, step=1)
    field.typed = typed
    assert (field.value, field.refusal) == (value, "")
    assert isinstance(field.value, int)


@pytest.mark.parametrize(
    "typed", ["12,5", "12.5", "-1", "1501", "douze", "nan", "inf", "1e3", "=1"]
)
def test_another_is_refused_and_changes_nothing(typed: str) -> None:
    field = NumberField(value=5, min=0, max=1500, step=1)
    for _time in range(2):
        field.typed = typed
        assert field.value == 5
        assert field.refusal == (
            f"«\u00a0{typed}\u00a0» n’est pas lu\u00a0: tapez un nombre entier de 0 à 1\u202f500."
        )
        field.value, field.value = 6, 5  # the slider beside it moved
        assert field.refusal == ""


def test_decimals_are_read_where_the_step_has_some() -> None:
    field = NumberField(value=0.5, min=0.0, max=2.0, step=0.1)
    assert field.shown == "0,5"
    field.typed = "1,25"
    assert (field.value, field.shown, field.refusal) == (1.25, "1,25", "")
    field.typed = "3"
    assert field.refusal.endswith("tapez un nombre de 0 à 2.")
    field.typed = "2"
    assert (field.value, field.refusal) == (2.0, "")
