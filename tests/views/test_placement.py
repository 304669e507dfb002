"""Key 4 on screen, without a browser: what it says, what moves it, what it refuses."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import matplotlib._pylab_helpers as pyplot_figures
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.data.company.market import WINDOW_WEEKS
from cinqcles.keys import placement
from cinqcles.views import placement as show
from cinqcles.views.controls import NumberField
from exports import EXPORTS, write
from front_end import all_widgets, alternative, images

SEEDS = range(4)
FLOATS = r"\d\.\d|\x20[:;?!%»€]|«\x20|\bnan\b"  # a decimal point, or a space that a line may break


@cache
def fits_of(seed: int) -> dict[str, placement.ChannelFit]:
    return placement.fit_history(
        company.spending(seed=seed),
        shape="hill",
        convention="normalised",
        window_weeks=WINDOW_WEEKS,
        baseline=False,
        starts=2,
    )


def channels(seed: int) -> list[placement.Channel]:
    curves = {name: fit.curve for name, fit in fits_of(seed).items()}
    return placement.channels_of(company.channels(seed=seed), curves)


def simulator(seed: int = 4) -> show.SplitSimulator:
    return show.SplitSimulator(channels(seed), company.weekly_budget(seed=seed), company.NOTICE)


@pytest.fixture
def sim() -> show.SplitSimulator:
    return simulator()


def plain(told: str) -> str:
    return told.replace("\u00a0", " ").replace("\u202f", " ")


def told(view: show.SplitSimulator | show.OwnSpread, name: str) -> str:
    return plain(view.told[name])


def predict(sim: show.SplitSimulator, name: str) -> None:
    sim.controls["prediction"].value = name
    sim.buttons["predict"].click()


def give(sim: show.SplitSimulator, **amounts: int) -> None:
    sim.buttons["none"].click()
    for name, amount in amounts.items():
        sim.controls[name].value = amount


# --- predict ---------------------------------------------------------------------------------


def test_nothing_is_shown_before_a_prediction(sim: show.SplitSimulator) -> None:
    assert sim._after.layout.display == "none"
    assert sim.controls["prediction"].label == "Choisissez un canal"
    sim.buttons["predict"].click()
    assert told(sim, "prediction") == "Choisissez d’abord un canal dans la liste."
    assert sim._after.layout.display == "none"
    predict(sim, "TikTok")
    assert sim._after.layout.display == "flex"


def test_a_prediction_is_compared_with_the_best_split(sim: show.SplitSimulator) -> None:
    paid = sim.best.paid_eur
    first, second = paid.nlargest(2).index
    predict(sim, first)
    amounts = {name: plain(show._whole(paid[name])) for name in (first, second)}
    assert told(sim, "prediction") == (
        f"✓ Vous aviez prédit {first} : le meilleur partage lui donne bien le plus, "
        f"{amounts[first]} sur 5 600 €. Il garde 2 canaux sur 6."
    )
    predict(sim, second)
    assert told(sim, "prediction").startswith(
        f"Vous aviez prédit {second} : le meilleur partage lui donne {amounts[second]}. C’est "
        f"{first} qui reçoit le plus"
    )
    predict(sim, paid.idxmin())
    assert "ne lui donne rien" in told(sim, "prediction")


# --- move ------------------------------------------------------------------------------------


def test_it_starts_from_an_equal_split(sim: show.SplitSimulator) -> None:
    assert set(sim.given.values()) == {930}
    assert told(sim, "left") == "Budget : 5 600 €. Il reste 20 € à donner."
    assert "donc sans effet : Instagram, TikTok, YouTube et LinkedIn." in told(sim, "split")
    assert "Vous payez 6 canaux, 6 en nombre effectif." in told(sim, "split")


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_told_is_what_the_key_says(seed: int) -> None:
    sim = simulator(seed)
    asked = placement.allocate(channels(seed), company.weekly_budget(seed=seed))
    assert sim.best.response == asked.response
    first, second = asked.paid_eur.nlargest(2).index
    give(sim, **{first: 1500, second: 1500})
    spends = placement.after_fixed_costs(channels(seed), {first: 1500, second: 1500})
    mine = placement.evaluate(channels(seed), spends, company.weekly_budget(seed=seed))
    assert sim.own.response == mine.response
    assert f"Votre partage : {plain(show._orders(mine.response))} par semaine" in told(sim, "split")
    share = f"{100 * mine.response / asked.response:.0f} % du meilleur"
    assert share in told(sim, "split")
    margins = mine.table["marginal"][[first, second]]
    assert f"déplacez de {margins.idxmin()} vers {margins.idxmax()}" in told(sim, "split")
    assert f"{first} : 1 500 € → " in told(sim, first)


def test_the_total_is_kept_and_said(sim: show.SplitSimulator) -> None:
    give(sim, Facebook=4000, Pinterest=1500)
    sim.controls["TikTok"].value = 900
    assert sim.controls["TikTok"].value == sim.controls["TikTok_typed"].value == 100
    assert sim.left_eur == 0
    assert told(sim, "left") == (
        "Budget : 5 600 €. Tout est donné. TikTok s’arrête là : pour lui donner plus, reprenez "
        "d’abord à un autre."
    )
    sim.controls["TikTok_typed"].value = 2500
    assert sim.controls["TikTok"].value == sim.controls["TikTok_typed"].value == 100
    assert "TikTok s’arrête là" in told(sim, "left")
    sim.controls["Facebook_typed"].value = 3000
    assert told(sim, "left") == "Budget : 5 600 €. Il reste 1 000 € à donner."


def test_the_best_split_is_shown_on_demand(sim: show.SplitSimulator) -> None:
    assert "★" not in "".join(sim.told.values())
    sim.buttons["best"].click()
    paid = sim.best.paid_eur
    assert all(0 <= paid[name] - amount < 10 for name, amount in sim.given.items())
    assert "100 % du meilleur" in told(sim, "split")
    assert "il n’y a plus rien à gagner à déplacer" in told(sim, "split")
    assert "★ meilleur partage" in told(sim, "Facebook")
    sim.buttons["equal"].click()
    assert set(sim.given.values()) == {930}


def test_a_budget_keeps_the_shares_and_moves_the_best_split(sim: show.SplitSimulator) -> None:
    give(sim, Facebook=2800, Pinterest=1400)
    sim.controls["budget_typed"].value = 11200
    assert sim.given["Facebook"] == 5600
    assert sim.given["Pinterest"] == 2800
    assert sim.controls["Facebook"].max == 11200
    assert len(sim.best.active) > 2
    assert sim.best.budget_eur == sim.equal.budget_eur == sim.own.budget_eur == 11200
    sim.controls["budget"].value = 2800
    assert sim.given["Facebook"] == 1400
    assert sim.controls["Facebook"].max == 2800
    assert sim.left_eur == 700


def test_care_stays_within_what_was_seen(sim: show.SplitSimulator) -> None:
    bold = sim.best
    assert bold.extrapolated
    sim.controls["careful"].value = True
    assert sim.best.response < bold.response
    assert not sim.best.extrapolated
    sim.controls["careful"].value = False
    assert sim.best is bold  # found once


def test_what_was_never_tried_is_said(sim: show.SplitSimulator) -> None:
    give(sim, Facebook=5500)
    assert "⚠ plus que jamais essayé" in told(sim, "Facebook")
    assert "Hors de ce qui a déjà été essayé, donc à vérifier : Facebook." in told(sim, "split")


def test_nothing_given_brings_nothing(sim: show.SplitSimulator) -> None:
    sim.buttons["none"].click()
    assert told(sim, "split") == "Rien n’est donné : rien n’est commandé."
    give(sim, LinkedIn=50)  # less than its fixed cost
    assert "donc sans effet : LinkedIn." in told(sim, "split")
    assert "Vous payez" not in told(sim, "split")


# --- explain ---------------------------------------------------------------------------------


def test_an_explanation_comes_after_one_s_own(sim: show.SplitSimulator) -> None:
    sim.buttons["explain"].click()
    assert told(sim, "explanation") == "Écrivez d’abord votre phrase, même très courte."
    sim.controls["why"].value = "Parce que les tickets coûtent cher."
    sim.buttons["explain"].click()
    assert told(sim, "explanation") == (
        "Une explication possible. Entrer partout coûterait 6 380 € par semaine, pour un budget de "
        "5 600 €. Le partage égal reste donc à la porte : il paie 3 733 € sans effet. Le meilleur "
        "partage n’entre que sur Facebook et Pinterest, et donne à chacun jusqu’à ce que 100 € de "
        "plus y rapportent autant (1,9). Il y gagne 124 commandes par semaine sur le partage égal, "
        "avec le même argent."
    )
    sim.controls["budget"].value = sim.controls["budget"].max
    sim.buttons["explain"].click()
    assert "reste donc à la porte" not in told(sim, "explanation")


def test_channels_that_all_stop_at_their_ceiling_are_explained() -> None:
    tried = placement.Hill(90, 500, observed_eur=(50, 300))
    sim = show.SplitSimulator([placement.Channel(name, tried) for name in ("A", "B")], 1000)
    sim.controls["careful"].value = True
    assert "n’entre que sur A et B, jusqu’au plafond de chacun" in sim.explanation()


# --- for everybody ---------------------------------------------------------------------------


def test_every_control_has_a_label(sim: show.SplitSimulator) -> None:
    own = show.OwnSpread(None, company.spending(seed=4))
    controls = [
        widget
        for widget in [*all_widgets(sim.widget), *all_widgets(own.widget)]
        if isinstance(widget, widgets.DOMWidget)
        and not isinstance(widget, widgets.HTML | widgets.Box)
    ]
    assert len(controls) > 40
    labels = [control.description.strip() for control in controls]
    assert all(labels)
    fields = [c.description for c in controls if isinstance(c, widgets.Text | NumberField)]
    assert len(set(fields)) == len(fields)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_image_says_in_french_what_is_read_on_it(seed: int) -> None:
    sim = simulator(seed)
    predict(sim, "X" if "X" in sim._names else "TikTok")
    sim.buttons["best"].click()
    alternatives = [alternative(tag) for tag in images(sim.widget)]
    assert alternatives[1:] == [sim.told[name] for name in sim._names]
    assert plain(alternatives[0]).startswith("Par semaine : Votre partage, ")
    for said in [*alternatives, *sim.told.values()]:
        assert not re.search(FLOATS, said), said
    for name in ("left", "split", "prediction"):
        assert 'role="status"' in sim._areas[name].value


def test_where_the_data_come_from_is_always_in_sight(sim: show.SplitSimulator) -> None:
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert unescape(company.NOTICE) in unescape(texts)


def test_names_that_a_markup_could_trip_on() -> None:
    odd = [placement.Channel(name, placement.Hill(50, 300)) for name in ("<b>&", "🧼", "日本語")]
    sim = show.SplitSimulator(odd, 1000, "Essai.")
    predict(sim, "<b>&")
    sim.buttons["best"].click()
    assert "<b>&<" not in sim._areas["prediction"].value
    assert "&lt;b&gt;&amp;" in sim._areas["prediction"].value
    assert plain(alternative(images(sim.widget)[1])).startswith("<b>& : ")


# --- pictures and tables ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_pictures_carry_their_reading(seed: int) -> None:
    spends = company.spending(seed=seed).groupby("channel")["spend_eur"].mean()
    budget = company.weekly_budget(seed=seed)
    best = placement.allocate(channels(seed), budget)
    for picture in (
        show.average_and_marginal(fits_of(seed), spends.iloc[:2], budget),
        show.compare_splits({"Égal": best.compare().plans["equal"], "Meilleur": best}),
    ):
        html = picture._repr_html_()
        assert alternative(html) == picture.told
        assert 'role="status"' in html
        assert picture.image.startswith(b"<svg")
        assert not re.search(FLOATS, picture.told), picture.told
    assert not pyplot_figures.Gcf.figs


def test_the_two_slopes_are_those_of_the_curve() -> None:
    curve = placement.Hill(100, 500)
    fit = placement.ChannelFit(
        "tiktok",
        curve,
        0.0,
        pd.DataFrame(),
        (),
        0.95,
        pd.DataFrame([[100, 500, 1.0, 0]]).to_numpy(),
    )
    reading = plain(show.average_and_marginal({"tiktok": fit}, {"tiktok": 500}, 1000).told)
    assert reading == (
        "tiktok : à 500 € par semaine, 50 commandes, soit 10 pour 100 € en moyenne ; mais 100 € de "
        "plus n’en rapporteraient que 5."
    )


def test_a_plan_says_why_a_channel_brings_nothing() -> None:
    plan = placement.evaluate(channels(4), {"TikTok": 500, "Facebook": 5000}, 5600)
    html = plain(unescape(show.plan_table(plan, "Essai.").to_html()))
    assert "sous le ticket d’entrée : rien" in html
    assert "laissé de côté" in html
    assert "plus que jamais essayé" in html
    assert "1 155" in html  # TikTok's way in


def test_a_fit_says_how_far_to_trust_it() -> None:
    html = plain(
        unescape(show.fit_table(fits_of(4), {"Facebook": 5000, "Pinterest": 1000}).to_html())
    )
    assert "plus que jamais essayé" in html
    assert "dans ce qui a été essayé" in html
    assert "Intervalle, à 95 % de confiance" in html


def test_a_table_names_its_units() -> None:
    html = unescape(
        show.place_table(company.channels(seed=4), ["users", "fixed_cost_eur"]).to_html()
    )
    assert "Utilisateurs (personnes)" in html
    assert "Coût fixe (€ par semaine)" in html
    assert "37\u202f708\u202f000" in html


# --- the learner's own money -----------------------------------------------------------------


def own(source: Any = None) -> show.OwnSpread:
    return show.OwnSpread(source, company.spending(seed=4))


def test_without_an_export_the_sample_is_shown_as_such() -> None:
    found = own()
    assert told(found, "source") == f"Exemple synthétique. {plain(company.NOTICE)}"
    assert told(found, "spread") == (
        "Exemple synthétique. 592 909 € sur 6 canaux. La plus grande part, 24 %, va à « LinkedIn "
        "». En nombre effectif, tout repose sur 5,6 canaux (indice HHI : 0,18)."
    )
    assert told(found, "cost") == (
        "Coût d’un résultat (achats) : 11,27 € sur « Pinterest », 318,35 € sur « LinkedIn ». Tout "
        "ensemble, total sur total : 45,90 €."
    )
    assert "le prochain euro" in told(found, "next")


@pytest.mark.parametrize("name", EXPORTS)
def test_any_export_is_analysed_or_explained(name: str, tmp_path: Path) -> None:
    found = own(write(name, tmp_path))
    for by in [value for _label, value in found.controls["by"].options]:
        found.controls["by"].value = by
        found.controls["minimum"].value = "100"
        for said in found.told.values():
            assert not re.search(FLOATS, said.replace(name, "")), said
    refused = name in ("meta-jour.csv", "tiktok.csv")
    assert told(found, "source").startswith("⚠ Cet export ne compare pas") == refused
    assert (plain(company.NOTICE) in told(found, "source")) == refused


def test_campaigns_are_added_up_before_they_are_divided(tmp_path: Path) -> None:
    path = tmp_path / "pubs.csv"
    path.write_text(
        "Campaign name,Ad set name,Amount spent (USD),Results,Result indicator,Reporting starts\n"
        "Printemps,A,100,10,purchase,2025-01-01\n"
        "Printemps,B,300,10,purchase,2025-01-01\n"
        "Noël,C,50,10,purchase,2025-01-01\n"
        "Noël,D,,,purchase,2025-01-01\n"
        '"<script>x</script>",E,50,,purchase,2025-01-01\n',
        encoding="utf-8",
    )
    found = own(path)
    assert [label for label, _value in found.controls["by"].options] == [
        "campagne",
        "ensemble de publicités",
    ]
    assert told(found, "spread") == (
        "Vos données. 500 USD sur 3 campagnes. La plus grande part, 80 %, va à « Printemps ». En "
        "nombre effectif, tout repose sur 1,5 campagnes (indice HHI : 0,66)."
    )
    assert told(found, "cost") == (
        "Coût d’un résultat (résultats) : 5 USD sur « Noël », 20 USD sur « Printemps »."
    )
    assert told(found, "left_out") == "1 ligne sans montant est laissée de côté."
    assert "<script" not in "".join(images(found.widget)).replace("&lt;script", "")
    found.controls["minimum"].value = "60 €"
    assert told(found, "under") == (
        "Sous 60 USD : 2 campagnes sur 3, pour 100 USD en tout (Noël et <script>x</script>). "
        "Regroupez, ou fermez."
    )
    found.controls["minimum"].value = "10"
    assert told(found, "under") == "Rien n’est dépensé sous 10 USD."
    found.controls["minimum"].value = "beaucoup"
    assert told(found, "under") == (
        "⚠ Le minimum viable (« beaucoup ») n’est pas lu comme un nombre. Écrivez par exemple 1200."
    )
    found.controls["by"].value = "ad_set_name"
    assert "4 ensembles de publicités" in told(found, "spread")


def test_results_of_two_kinds_are_not_added_up(tmp_path: Path) -> None:
    path = tmp_path / "pubs.csv"
    path.write_text(
        "Campaign name,Amount spent (EUR),Results,Result indicator,Reporting starts\n"
        "Printemps,100,10,purchase,2025-01-01\nNoël,50,900,reach,2025-01-01\n",
        encoding="utf-8",
    )
    assert told(own(path), "cost") == (
        "Cet export ne compte pas de résultat : le coût d’un résultat ne s’y lit pas."
    )


def test_a_wrong_path_is_explained_and_the_sample_stands_in() -> None:
    found = own("nimporte.csv")
    assert told(found, "source").startswith("⚠ Le fichier « nimporte.csv » est introuvable.")
    assert "En attendant, voici l’exemple." in told(found, "source")


@pytest.mark.parametrize(
    "text",
    [
        "Campaign name,Amount spent (EUR),Reporting starts\nA,0,2025-01-01\nB,0,2025-01-01\n",
        "Campaign name,Amount spent (EUR),Reporting starts\nA,50,2025-01-01\n",
        "Video position (%),Absolute audience retention (%)\n0,100\n1,90\n",
        "n’importe quoi",
    ],
)
def test_a_file_that_does_not_fit_is_explained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "autre.csv"
    path.write_text(text, encoding="utf-8")
    said = told(own(path), "source")
    assert said.startswith("⚠ ")
    assert said.endswith(plain(company.NOTICE))


def type_in(found: show.OwnSpread, *rows: tuple[str, str, str]) -> None:
    for n, row in enumerate(rows, start=1):
        for field, text in zip(("name", "spent", "results"), row, strict=True):
            found.controls[f"{field}_{n}"].value = text
    found.controls["typed"].click()


def test_totals_may_be_typed() -> None:
    found = own()
    type_in(found, ("Instagram", "1 200 €", "30"), ("Salon", "800", "40"), ("", "0", ""))
    assert told(found, "source") == "Vos totaux, tapés ci-dessus."
    assert told(found, "typed") == ""
    assert told(found, "spread") == (
        "Vos totaux. 2 000 € sur 3 canaux. La plus grande part, 60 %, va à « Instagram ». En "
        "nombre effectif, tout repose sur 1,9 canaux (indice HHI : 0,52)."
    )
    assert told(found, "cost") == (
        "Coût d’un résultat (résultats) : 20 € sur « Salon », 40 € sur « Instagram »."
    )
    found.controls["sample"].click()
    assert told(found, "source").startswith("Exemple synthétique.")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("Instagram", "100", "")], "Remplissez au moins deux lignes : un canal et sa dépense."),
        (
            [("Instagram", "cent", ""), ("Salon", "5", "")],
            "La dépense 1 (« cent ») n’est pas lu comme un nombre. Écrivez par exemple 1200.",
        ),
        (
            [("Instagram", "5", "x"), ("Salon", "5", "")],
            "Le résultat 1 (« x ») n’est pas lu comme un nombre. Écrivez par exemple 1200.",
        ),
    ],
)
def test_totals_that_do_not_fit_are_explained(rows: Any, expected: str) -> None:
    found = own()
    type_in(found, *rows)
    assert told(found, "typed") == f"⚠ {expected}"
    assert told(found, "source").startswith("Exemple synthétique.")
