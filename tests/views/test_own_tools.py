"""Key 3 on the learner's own tools and exports: what is compared, what is refused, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.keys import fashion
from cinqcles.views import own_tools as show
from cinqcles.views.controls import Upload
from exports import EXPORTS, write


def form(**typed: str) -> show.OwnTools:
    """The form with some fields typed over, compared."""
    found = show.OwnTools()
    for name, value in typed.items():
        found.controls[name].value = value
    found.buttons["compare"].click()
    return found


def told(found: show.OwnTools) -> str:
    return found.told["result"].replace("\u00a0", " ").replace("\u202f", " ")


# --- typed ------------------------------------------------------------------------------------


def test_it_opens_on_an_example_that_says_it_is_one() -> None:
    found = show.OwnTools()
    assert "Un exemple inventé remplit les champs" in found.widget.children[1].value
    assert found.ranking is not None
    assert found.ranking.vetoed.index.tolist() == ["Filtre en réalité augmentée"]
    assert "est écarté : il ne sert aucun objectif retenu." in told(found)
    assert "reste premier de " in told(found)
    assert "<img " in found._image.value


def test_what_is_typed_is_what_the_key_ranks() -> None:
    found = form(use_2="9,5", cost_1="1 200 €", weight_hours="0", serves_4="1, 2")
    assert found.ranking is not None
    expected = fashion.weighted_sum(
        pd.DataFrame(
            {"use": [8, 9.5, 5, 7], "cost": [1200, 400, 1800, 300], "hours": [3, 2, 5, 1]},
            index=[found.controls[f"tool_{n}"].value for n in range(1, 5)],
        ),
        {"use": 5, "cost": 3, "hours": 0},
        directions={"use": "benefit", "cost": "cost", "hours": "cost"},
        normalisation="min-max",
    )
    assert found.ranking.vetoed.empty
    pd.testing.assert_frame_equal(found.ranking.table, expected.table)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"goal_1": "", "goal_2": " "}, "Pas encore d’objectif. Commencez par lui"),
        ({"tool_2": ""}, "Outil 2 : donnez-lui un nom, différent des autres."),
        ({"tool_2": "Boîte de réception partagée"}, "Outil 2 : donnez-lui un nom, différent"),
        ({"serves_1": "3"}, "Outil 1 : objectifs servis : « 3 » n’est pas lu. Tapez un ou"),
        ({"serves_1": "oui"}, "Outil 1 : objectifs servis : « oui » n’est pas lu."),
        ({"cost_3": "cher"}, "Outil 3 : coût par an (€) : « cher » n’est pas lu. Tapez un"),
        ({"use_1": "11"}, "« 11 » n’est pas lu. Tapez un nombre de 0 à 10."),
        ({"hours_1": ""}, "Outil 1 : heures par semaine : rien n’est écrit. Tapez un nombre"),
        ({"weight_cost": "-1"}, "Importance du coût (0 à 10) : « -1 » n’est pas lu."),
        (
            {"serves_1": "aucun", "serves_2": "Aucun", "serves_3": "0"},
            "Aucun outil ne sert d’objectif : il n’y a rien à classer.",
        ),
        (
            {"weight_use": "0", "weight_cost": "0", "weight_hours": "0"},
            "Tous les poids valent 0",
        ),
    ],
)
def test_what_cannot_be_compared_is_explained(typed: dict[str, str], expected: str) -> None:
    found = form(**typed)
    assert told(found).startswith("⚠ ")
    assert expected in told(found)
    assert found.ranking is None
    assert found._image.value == ""


def test_the_example_can_be_cleared_and_one_s_own_typed() -> None:
    found = show.OwnTools()
    found.buttons["clear"].click()
    assert "Écrivez vos objectifs" in told(found)
    found.buttons["compare"].click()
    assert "Pas encore d’objectif" in told(found)
    found.controls["goal_2"].value = "Recruter deux apprentis"
    found.controls["tool_1"].value = "Salon"
    for name, value in (("serves_1", "2"), ("use_1", "6"), ("cost_1", "800"), ("hours_1", "1")):
        found.controls[name].value = value
    found.buttons["compare"].click()
    assert "Il faut au moins deux outils" in told(found)
    found.controls["tool_2"].value = "<script>"
    for name, value in (("serves_2", "2"), ("use_2", "5"), ("cost_2", "300"), ("hours_2", "4")):
        found.controls[name].value = value
    found.buttons["compare"].click()
    assert "« Salon » est premier sur 2" in told(found)
    assert "chaque note min–max vaut 0 ou 1" in told(found)
    assert "<script>" not in found._image.value + found._result.value


def test_one_tool_left_is_not_a_ranking() -> None:
    found = form(serves_2="aucun", serves_3="aucun")
    assert "« Boîte de réception partagée » reste seul : rien à comparer." in told(found)


def test_a_fifth_tool_can_be_added_and_no_more() -> None:
    found = show.OwnTools()
    shown = [{field.layout.display for field in row} for row in found._tools]
    assert shown == [{"flex"}] * 4 + [{"none"}]
    found.buttons["more"].click()
    assert {field.layout.display for row in found._tools for field in row} == {"flex"}
    assert found.buttons["more"].layout.display == "none"


def test_every_field_has_a_name_of_its_own() -> None:
    labels = [field.description for field in show.OwnTools().controls.values()]
    assert len(labels) == len(set(labels)) == 3 + 5 * 5 + 3
    assert all(labels)


# --- read -------------------------------------------------------------------------------------


def own(source: Any = None) -> show.OwnFormats:
    return show.OwnFormats(source, company.posts(seed=5))


def test_without_an_export_the_sample_is_shown_as_such() -> None:
    found = own()
    assert found.told["source"] == f"Exemple synthétique. {company.NOTICE}"
    assert found.told["formats"].startswith("Exemple synthétique. Indicateur")
    assert "jamais essayés" in found.told["limits"]


def test_formats_are_compared_by_what_the_objective_counts() -> None:
    found = own()
    posts = company.posts(seed=5)
    clicks = posts.groupby("format")["clicks"].sum() / posts.groupby("format")["reach"].sum()
    used, best = posts["format"].value_counts().idxmax(), clicks.idxmax()
    text = found.told["formats"].replace("\u00a0", " ")
    assert f"« {used} »" in text
    assert f"« {best} »" in text
    assert f"{1000 * clicks[best]:.1f}".replace(".", ",").removesuffix(",0") in text
    assert "pour 1 000 personnes touchées" in text.replace("\u202f", " ")


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_of_any_platform_is_compared_or_explained(name: str, tmp_path: Path) -> None:
    found = own(write(name, tmp_path))
    for _label, objective in found.controls["objective"].options:
        found.controls["objective"].value = objective
        assert found.told["formats"]
        assert "nan" not in found.told["formats"]
    if found.told["source"].startswith("⚠"):
        assert "ne permet pas de comparer des formats" in found.told["source"]
        assert found.told["source"].endswith(company.NOTICE)
    else:
        assert found.told["source"].startswith("Vos données, lues dans ")
        assert found.told["formats"].startswith("Vos données. Indicateur")


def test_some_exports_can_be_compared(tmp_path: Path) -> None:
    compared = [n for n in EXPORTS if not own(write(n, tmp_path)).told["source"].startswith("⚠")]
    assert {"facebook.csv", "instagram.csv", "linkedin.xlsx", "meta-ads.csv"} <= set(compared)


def test_an_upload_replaces_the_sample_and_can_be_undone(tmp_path: Path) -> None:
    found = own()
    content = memoryview(write("linkedin.xlsx", tmp_path).read_bytes())
    found._uploaded({"new": ({"name": "linkedin.xlsx", "content": content},)})
    assert found.told["source"].startswith("Vos données, lues dans « linkedin.xlsx")
    labels = [label for label, _name in found.controls["objective"].options]
    assert "Gagner des abonnés" in labels
    found.controls["sample"].click()
    assert found.told["formats"].startswith("Exemple synthétique.")


def frame(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_what_the_numbers_rest_on_is_told() -> None:
    found = own()
    found.show(
        frame(format=["a"] * 6 + ["b"], link_clicks=[1] * 6 + [9], reach=[100] * 7), "Essai."
    )
    limits = found.told["limits"].replace("\u00a0", " ")
    assert "« b » : moins de 5 lignes, trop peu pour conclure." in limits
    assert "ni ce que chacun a coûté" in found.told["limits"]
    found.show(frame(campaign_name=["a", "b"], clicks=[5, 9], cost_eur=[10, 10]), "Essai.")
    assert "Chaque ligne est déjà une somme" in found.told["limits"]
    assert "coûté" not in found.told["limits"]


def test_rare_results_are_told_apart() -> None:
    found = own()
    found.show(frame(format=["a", "b"], follows=[3, 4], reach=[100_000, 100_000]), "Essai.")
    assert "0,03" in found.told["formats"]
    assert "0,04" in found.told["formats"]


def test_the_most_used_of_equals_is_the_one_that_got_the_most() -> None:
    table = fashion.yields([1, 1], [10, 90], ["petit", "grand"])
    assert show.most_used(table) == "grand"


def test_what_cannot_be_measured_is_not_offered() -> None:
    nothing = frame(format=["a", "b"], likes=[1, 2], reach=[10, 10])
    assert show.measurable(nothing) == {}
    assert show.measurable(frame(format=["a", "a"], clicks=[1, 2], reach=[10, 10])) == {}
    zero = frame(format=["a", "b"], clicks=[0, 0], reach=[10, 10])
    assert show.measurable(zero) == {}
    # Clicks are both a result and an effort: never one by the other.
    assert set(show.measurable(frame(format=["a", "b"], clicks=[1, 2], conversions=[1, 1]))) == {
        "sell"
    }


def test_every_control_has_a_label() -> None:
    def inside(widget: widgets.Widget) -> list[widgets.Widget]:
        children = getattr(widget, "children", ())
        return [widget, *(below for child in children for below in inside(child))]

    for widget in inside(own().widget):
        if isinstance(widget, widgets.Dropdown | Upload | widgets.Button):
            assert widget.description.strip()
