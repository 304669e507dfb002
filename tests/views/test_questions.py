"""The controls of each kind of question: what they keep, and what they leave alone."""

from __future__ import annotations

import html
import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinqcles import Worksheet
from cinqcles.errors import WorksheetError
from cinqcles.views.questions import AllocationView, ClassificationView, FormView
from cinqcles.worksheet import questions as kinds
from cinqcles.worksheet.questions import ChoiceField, DateField, NumberField, TextField
from copies import COURSE
from front_end import Page, told

ITEMS = {"a": "Colis perdu", "b": "Presse", "c": "Panne"}
TEAMS = {"client": "Service client", "com": "Communication"}
PARTS = {"a": "Instagram", "b": "TikTok", "c": "Lettre"}


@pytest.fixture
def ws(page: Page) -> Worksheet:
    return Worksheet("feuille", learner="ada")


@pytest.fixture
def classified(ws: Worksheet) -> ClassificationView:
    return ws.classification("q1", "Qui répond ?", ITEMS, TEAMS)


@pytest.fixture
def split(ws: Worksheet) -> AllocationView:
    return ws.allocation("q2", "Répartissez.", PARTS, total=9000, step=100)


@pytest.fixture
def form(ws: Worksheet) -> FormView:
    fields = [
        TextField(id="quoi", label="Énoncé"),
        NumberField(id="cible", label="Cible", unit="h"),
        DateField(id="quand", label="Échéance"),
        ChoiceField(id="qui", label="Équipe", options=TEAMS),
    ]
    return ws.form("q3", "Remplissez.", fields)


def left(view: AllocationView) -> str:
    """What the line under the sliders says, aloud too."""
    said = re.fullmatch(r'<strong role="status">(.*)</strong>', view._left.value)
    assert said
    return html.unescape(said[1])


def typed(view: AllocationView) -> list[str]:
    return [field.value for field in view._fields.values()]


def slid(view: AllocationView) -> list[float]:
    return [slider.value for slider in view._sliders.values()]


# In the guide for those who write worksheets


def test_the_examples_of_the_guide_run_and_are_sound(ws: Worksheet) -> None:
    guide = (COURSE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = guide.partition("### An example of each kind")[2].partition("\n## ")[0]
    names = vars(kinds) | {
        "ws": ws,
        "videos": pd.DataFrame({"cost_eur": [10, 20], "views": [100, 900]}),
        "cout": lambda cost, views: cost / views if views else None,
    }
    for example in re.findall(r"```python\n(.*?)```", examples, re.DOTALL):
        exec(example, names)  # noqa: S102 - our own text
    assert {view.question.kind for view in ws.questions.values()} == {
        *("choice", "multiple", "number", "ranking", "classification", "allocation", "form"),
        *("text", "code"),
    }
    for view in ws.questions.values():
        assert view.keyed().sound()


# What code may give


@pytest.mark.parametrize(
    "value",
    [
        {"a": "com", "b": "com"},
        pd.Series({"a": "com", "b": "com"}),
        [("a", "com"), ("b", "com")],
    ],
)
def test_a_mapping_is_an_answer(classified: ClassificationView, value: Any) -> None:
    classified.answer = value
    assert classified.answer == {"a": "com", "b": "com"}
    assert classified._value() == classified.answer
    classified.answer = None
    assert classified.answer is None
    assert classified._value() is None


@pytest.mark.parametrize("value", ["com", 3, {1: "com"}, pd.Series(["com"]), {None: "com"}])
def test_what_is_no_mapping_is_refused(classified: ClassificationView, value: Any) -> None:
    with pytest.raises(WorksheetError) as refused:
        classified.answer = value
    assert str(refused.value) == (
        f"La valeur {repr(value)[:80]} ne peut pas être une réponse\u00a0: donnez un dictionnaire, "
        'par exemple {"a": …}.'
    )
    assert classified.answer is None


def test_a_mapping_holds_nothing_that_json_cannot(split: AllocationView) -> None:
    for amount in (float("nan"), {"a": 1}):
        with pytest.raises(WorksheetError):
            split.answer = {"a": amount}


# Classification


def test_a_row_has_one_category(classified: ClassificationView) -> None:
    boxes = classified._boxes["a"]
    boxes["client"].value = True
    boxes["com"].value = True
    assert (boxes["client"].value, boxes["com"].value) == (False, True)
    assert classified.answer == {"a": "com"}
    assert told(classified) == "Enregistré. Il reste 2 lignes à classer\u00a0: 2 et 3."
    boxes["com"].value = False
    assert classified.answer is None


def test_what_no_longer_fits_is_passed_over(classified: ClassificationView) -> None:
    classified.answer = {"a": "com", "b": "gone", "gone": "com", "c": 3}
    assert classified._value() == {"a": "com"}


# Allocation


def test_a_slider_and_its_field_say_the_same(split: AllocationView) -> None:
    split._sliders["a"].value = 3000
    split._fields["b"].value = "1 234,5"
    assert typed(split) == ["3\u202f000", "1 234,5", ""]
    assert slid(split) == [3000, 1200, 0]  # to the nearest step
    assert split.answer == {"a": 3000, "b": 1234.5}
    assert left(split) == "Reste à répartir\u00a0: 4\u202f765,5\u00a0€ sur 9\u202f000\u00a0€."
    assert told(split) == f"Enregistré. {left(split)}"


def test_a_slider_stops_where_nothing_is_left(split: AllocationView) -> None:
    split._sliders["a"].value = 6000
    split._sliders["b"].value = 4500
    assert slid(split) == [6000, 3000, 0]
    assert split.answer == {"a": 6000, "b": 3000}
    assert left(split) == (
        "Tout est réparti\u00a0: 9\u202f000\u00a0€. Pour augmenter «\u00a0TikTok\u00a0», diminuez "
        "d’abord une autre part."
    )
    assert told(split) == "✓ Réponse complète, enregistrée."
    split._sliders["a"].value = 2000
    split._sliders["b"].value = 4500
    assert slid(split) == [2000, 4500, 0]
    assert left(split) == "Reste à répartir\u00a0: 2\u202f500\u00a0€ sur 9\u202f000\u00a0€."


def test_a_slider_gives_the_last_cents(split: AllocationView) -> None:
    split._fields["a"].value = "1000,01"
    split._sliders["b"].value = 9000
    assert split.answer == {"a": 1000.01, "b": 7999.99}
    assert left(split).startswith("Tout est réparti")


def test_what_is_typed_is_never_corrected(split: AllocationView) -> None:
    split._fields["a"].value = "8000"
    split._fields["b"].value = "8000"
    split._fields["c"].value = "beaucoup"
    assert typed(split) == ["8000", "8000", "beaucoup"]
    assert split.answer == {"a": 8000, "b": 8000, "c": "beaucoup"}
    assert left(split) == (
        "Dépassement\u00a0: 7\u202f000\u00a0€ de trop, pour un total de 9\u202f000\u00a0€."
    )
    split._fields["c"].value = "99999"
    assert slid(split) == [8000, 8000, 9000]
    # From there a slider goes down to where one likes, but not up.
    split._sliders["a"].value = 7000
    assert split.answer == {"a": 7000, "b": 8000, "c": 99999}
    split._sliders["a"].value = 7500
    assert split.answer == {"a": 7000, "b": 8000, "c": 99999}


def test_what_is_left_is_shared_out_on_demand(split: AllocationView) -> None:
    split._sliders["a"].value = 5000
    split._share_out.click()
    assert split.answer == {"a": 5000, "b": 2000, "c": 2000}
    assert typed(split) == ["5\u202f000", "2\u202f000", "2\u202f000"]
    assert slid(split) == [5000, 2000, 2000]
    split._clear.click()
    assert split.answer is None
    assert typed(split) == ["", "", ""]
    assert left(split) == "Reste à répartir\u00a0: 9\u202f000\u00a0€ sur 9\u202f000\u00a0€."


def test_what_cannot_be_read_is_not_shared_over(split: AllocationView) -> None:
    split._fields["a"].value = "beaucoup"
    split._share_out.click()
    assert split.answer == {"a": "beaucoup"}
    assert typed(split) == ["beaucoup", "", ""]


moves = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 90).map(lambda steps: 100 * steps)),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moves)
def test_moving_one_slider_moves_no_other_and_never_passes_the_total(
    split: AllocationView, moves: list[tuple[str, float]]
) -> None:
    split._clear.click()
    for part, amount in moves:
        before = dict(zip("abc", slid(split), strict=True))
        split._sliders[part].value = amount
        after = dict(zip("abc", slid(split), strict=True))
        assert {p: a for p, a in after.items() if p != part} == {
            p: a for p, a in before.items() if p != part
        }
        assert after[part] == min(amount, 9000 - sum(a for p, a in before.items() if p != part))
        assert sum(after.values()) <= 9000


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": 3000, "b": "1 500,50"}, ["3\u202f000", "1 500,50", ""]),
        ({"a": "beaucoup", "gone": 3}, ["beaucoup", "", ""]),
        ({"a": [1], "b": True, "c": 1e300}, ["", "", ""]),
    ],
)
def test_an_amount_comes_back_as_it_was_typed(
    split: AllocationView, value: Any, shown: list[str]
) -> None:
    split.answer = value
    assert typed(split) == shown


# Form


def test_a_form_keeps_what_is_typed(form: FormView) -> None:
    form._fields["cible"].value = " 2,5 h "
    form._boxes["qui"]["com"].value = True
    form._boxes["qui"]["client"].value = True
    assert form.answer == {"cible": "2,5 h", "qui": "client"}
    assert (
        told(form)
        == "Enregistré. Reste à remplir\u00a0: «\u00a0Énoncé\u00a0», «\u00a0Échéance\u00a0»."
    )
    form._fields["quand"].value = "demain"
    assert told(form) == (
        "Enregistré. «\u00a0Échéance\u00a0»\u00a0: «\u00a0demain\u00a0» n’est pas lu comme une "
        "date. Écrivez par exemple 31/12/2026.<br>Reste à remplir\u00a0: «\u00a0Énoncé\u00a0»."
    )
    form._fields["cible"].value = form._fields["quand"].value = " "
    form._boxes["qui"]["client"].value = False
    assert form.answer is None


def test_a_form_takes_numbers_from_code(form: FormView) -> None:
    form.answer = {"cible": 1234.5, "quand": "2026-12-31", "quoi": "Répondre", "qui": "com"}
    assert form._value() == {
        "cible": "1\u202f234,5",
        "quand": "2026-12-31",
        "quoi": "Répondre",
        "qui": "com",
    }
    assert told(form) == "✓ Réponse complète, enregistrée."


def test_a_form_passes_over_what_does_not_fit(form: FormView) -> None:
    form.answer = {"cible": [1], "quand": True, "quoi": 1e300, "qui": "gone", "gone": "x"}
    assert form._value() is None


def test_a_page_reloaded_leaves_no_control_alive(
    classified: ClassificationView, split: AllocationView, form: FormView
) -> None:
    for view in (classified, split, form):
        view._box._view_count = 2
    assert all(box.disabled for row in classified._boxes.values() for box in row.values())
    assert all(c.disabled for c in [*split._sliders.values(), *split._fields.values()])
    assert split._share_out.disabled
    assert all(field.disabled for field in form._fields.values())
    assert all(box.disabled for box in form._boxes["qui"].values())
