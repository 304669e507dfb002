"""The simulator of key 2, without a browser: what it plays, what it says, what moves it."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.errors import MetricError
from cinqcles.keys import coherence
from cinqcles.views import coherence as show
from front_end import all_widgets

SEEDS = range(4)
DELAY_S = 60 * company.HAND_OFF_MIN


@cache
def months(seed: int) -> tuple[pd.DataFrame, ...]:
    return tuple(company.workload(seed, times=times) for times in (1, 2, 3))


def simulator(seed: int = 2) -> show.OrganisationSimulator:
    return show.OrganisationSimulator(
        company.routes(seed), company.shared_triage(seed), months(seed), company.NOTICE
    )


@pytest.fixture
def sim() -> show.OrganisationSimulator:
    return simulator()


@pytest.fixture(scope="module")
def silos() -> coherence.Simulation:
    return coherence.simulate(
        company.routes(2), months(2)[0], organisation="silos", hand_off_delay_s=DELAY_S
    )


def predict(sim: show.OrganisationSimulator, typed: str) -> None:
    sim.controls["prediction"].value = typed
    sim.buttons["predict"].click()


def plain(html: str) -> str:
    text = unescape(re.sub(r"<[^>]+>", " ", html))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def french(text: str) -> None:
    """Non-breaking spaces, decimal commas, curly apostrophes: what a reader may not notice."""
    assert not re.search(r"\d\.\d|\x20[:;?!%»€]|«\x20|'", text), text


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min"), (59 * 60, "59 min"), (59.6 * 60, "1 h"), (7260, "2 h 01"),
        (9.99 * 3600, "9 h 59"), (10 * 3600, "10 h"), (47.4 * 3600, "47 h"),
        (48 * 3600, "2 jours"), (84 * 3600, "3,5 jours"), (np.nan, "–"),
    ],
)  # fmt: skip
def test_durations_are_said(seconds: float, said: str) -> None:
    assert show.lasting(seconds).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("share", "told", "short", "of_100"),
    [
        (0, "0 %", "0 %", "0 message"), (1, "100 %", "100 %", "100 messages"),
        (0.4, "40 %", "40 %", "40 messages"), (0.012, "1 %", "1 %", "1 message"),
        (0.004, "0,4 %", "0,4 %", "0,4 message"), (0.996, "99,6 %", "99,6 %", "99,6 messages"),
        (0.0003, "moins de 0,1 %", "< 0,1 %", "moins de 0,1 message"),
        (0.9997, "plus de 99,9 %", "> 99,9 %", "plus de 99,9 messages"),
        (np.nan, "–", "–", "– message"),
    ],
)  # fmt: skip
def test_all_and_nothing_are_said_only_of_all_and_nothing(
    share: float, told: str, short: str, of_100: str
) -> None:
    assert said(show._share(share)) == told
    assert said(show._short_share(share)) == short
    assert said(show._messages_of_100(share)) == f"{of_100} sur 100"


# --- predict ---------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["", "beaucoup", "-1", "101", "nan"])
def test_nothing_is_shown_before_a_prediction(sim: show.OrganisationSimulator, typed: str) -> None:
    predict(sim, typed)
    assert sim.told["prediction"] == "Tapez d’abord un nombre de 0 à 100."
    assert sim._after.layout.display == "none"
    assert sim.predicted is None


def test_a_prediction_is_compared_with_what_silos_do(sim: show.OrganisationSimulator) -> None:
    silos, shared = 100 * sim.summary.loc["answered_within"]
    predict(sim, f"{silos:.0f}")
    assert sim._after.layout.display == "flex"
    facts = (
        f"les silos d’aujourd’hui, avant tout réglage, répondent dans les 24 heures à {silos:.0f} "
        f"messages sur 100. Le tri partagé, à {shared:.0f}."
    )
    told = sim.told["prediction"].replace("\u00a0", " ")
    assert told == f"✓ Vous aviez prédit {silos:.0f} sur 100 : {facts}"
    predict(sim, "90,5")
    told = sim.told["prediction"].replace("\u00a0", " ")
    assert told == f"Vous aviez prédit 90,5 sur 100 : {facts}"


def test_a_prediction_is_about_today_whatever_is_moved(sim: show.OrganisationSimulator) -> None:
    predict(sim, "90")
    before = sim.told["prediction"]
    for name, value in (("team", "Marketing"), ("hours", "weekend"), ("load", 3), ("owners", True)):
        sim.controls[name].value = value
        assert sim.told["prediction"] == before
    predict(sim, "90")
    assert sim.told["prediction"] == before


# --- move ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_shown_is_what_is_simulated(seed: int) -> None:
    sim = simulator(seed)
    for name, value in (("load", 3), ("team", "Marketing"), ("hours", "evening")):
        sim.controls[name].value = value
    table = company.routes(seed).reinforced({"Marketing": 2}, closes_h=20)
    until = max(month["received_at"].max() for month in months(seed)).normalize()
    both = coherence.compare_organisations(
        table, months(seed)[2], DELAY_S, until + pd.Timedelta(days=8)
    ).summary(86_400)
    np.testing.assert_allclose(sim.summary["Silos"], both["silos"])
    np.testing.assert_allclose(sim.summary["Tri partagé"], both["pooled"])


@pytest.mark.parametrize("seed", SEEDS)
def test_owners_help_silos_and_reinforcements_do_not(seed: int) -> None:
    sim = simulator(seed)
    today = sim.summary.loc["answered_within"]
    for _label, team in sim.controls["team"].options[1:]:
        sim.controls["team"].value = team
        assert abs(sim.summary.loc["answered_within", "Silos"] - today["Silos"]) < 0.01
    sim.controls["team"].value = ""
    sim.controls["owners"].value = True
    with_owners = sim.summary
    assert with_owners.loc["nobody_share", "Silos"] == 0
    assert today["Silos"] + 0.1 < with_owners.loc["answered_within", "Silos"]
    assert with_owners.loc["answered_within", "Silos"] < today["Tri partagé"]
    assert with_owners.loc["answered_within", "Tri partagé"] == today["Tri partagé"]


def test_longer_hours_are_paid_for(sim: show.OrganisationSimulator) -> None:
    def presence() -> list[str]:
        row = plain(sim.area("figures").value).split("Heures de présence par semaine")[1]
        return row.split()

    teams = company.routes(2).teams
    paid = sum(len(team.opening) * team.agents * (team.opening[0].closes_h
               - team.opening[0].opens_h) for team in teams)  # fmt: skip
    assert presence() == [f"{paid:.0f}"] * 2
    sim.controls["hours"].value = "weekend"
    longer = sum(7 * team.agents * (20 - team.opening[0].opens_h) for team in teams)
    assert presence() == [f"{longer:.0f}"] * 2


def test_a_setting_is_played_once(
    sim: show.OrganisationSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = []
    simulate = coherence.simulate
    monkeypatch.setattr(
        coherence, "simulate", lambda *a, **k: played.append(k) or simulate(*a, **k)
    )
    sim.controls["load"].value = 2
    sim.controls["owners"].value = True  # silos only: the triage has owners already
    assert [each["organisation"] for each in played] == ["silos", "pooled", "silos"]
    sim.controls["owners"].value = False
    sim.controls["load"].value = 1
    assert len(played) == 3


def test_the_slider_and_its_field_hold_the_same_number(sim: show.OrganisationSimulator) -> None:
    sim.controls["load_typed"].value = 3
    assert sim.controls["load"].value == 3
    assert f"{len(months(2)[2])} messages en quatre semaines" in plain(sim.area("figures").value)


@pytest.mark.parametrize("seed", SEEDS)
def test_pictures_are_told(seed: int) -> None:
    sim = simulator(seed)
    predict(sim, "50")
    for name in ("answered", "silos", "shared"):
        image = sim._areas[f"{name}_image"].value
        alternative = re.search(r'alt="([^"]*)"', image)
        assert alternative
        assert unescape(alternative[1]) == sim.told[name]
        assert "image/svg+xml" in image
        assert 'role="status"' in sim._areas[name].value
        french(sim.told[name])
    share = sim.summary.loc["answered_within"]
    assert f"Silos\u00a0: {100 * share['Silos']:.0f} messages sur 100" in sim.told["answered"]
    nobody = sim.summary.loc["nobody_share", "Silos"]
    assert f"{100 * nobody:.0f}\u00a0% n’ont pas d’équipe garante" in sim.told["silos"]
    assert "garante" not in sim.told["shared"]
    assert "Le passage de main le plus fréquent" in sim.told["silos"]
    assert "Le passage de main" not in sim.told["shared"]


# --- explain ---------------------------------------------------------------------------------


def test_an_explanation_comes_after_one_s_own(sim: show.OrganisationSimulator) -> None:
    sim.buttons["explain"].click()
    assert sim.told["explanation"] == "Écrivez d’abord votre phrase, même très courte."
    sim.controls["why"].value = "Parce que chacun sait à qui est le message."
    sim.buttons["explain"].click()
    told = sim.told["explanation"]
    french(told)
    assert "portent sur un sujet sans équipe garante" in told
    assert "Ce ne sont pas les bras qui manquent" in told
    sim.controls["owners"].value = True
    sim.buttons["explain"].click()
    assert "sans équipe garante" not in sim.told["explanation"]


def test_an_explanation_fits_what_is_set() -> None:
    sim = show.OrganisationSimulator(
        company.routes(1002),
        company.shared_triage(1002),
        [company.workload(1002, times=times) for times in range(1, company.MOST_MONTHS + 1)],
    )
    assert "la nuit et le dimanche, quand tout est fermé" in sim.explanation()
    for name, value in (("load", company.MOST_MONTHS), ("hours", "weekend"), ("owners", True)):
        sim.controls[name].value = value
    told = said(sim.explanation())
    assert told.startswith("Désigner une équipe garante pour chaque sujet ouvre la voie à ")
    assert "Entre silos, un message change de main " in told
    assert "pendant ce temps, 1 client sur 100 renonce." in told
    assert told.endswith("Ce qu’il ne change pas : la nuit, quand tout est fermé.")
    assert "restent sans réponse : 0,4 % a vu son client renoncer." in said(sim.told["shared"])
    assert "Tri partagé : 99,6 messages sur 100 ont leur réponse en 24 h" in said(
        sim.told["answered"]
    )


# --- for everybody ---------------------------------------------------------------------------


def test_every_control_has_a_label(sim: show.OrganisationSimulator) -> None:
    own = show.OwnMessages(None, company.messages(2))
    controls = [
        widget
        for widget in [*all_widgets(sim.widget), *all_widgets(own.widget)]
        if isinstance(widget, widgets.DOMWidget)
        and not isinstance(widget, widgets.HTML | widgets.Box)
    ]
    assert len(controls) > 12
    for control in controls:
        assert control.description.strip(), control
        french(control.description)


def test_where_the_data_come_from_is_in_sight(sim: show.OrganisationSimulator) -> None:
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert unescape(company.NOTICE) in unescape(texts)


# --- pictures --------------------------------------------------------------------------------


def drawn(image: bytes) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", image.decode())]


def test_a_flow_draws_every_channel_door_and_end(silos: coherence.Simulation) -> None:
    table = company.routes(2)
    picture = show.flow(silos, table)
    texts = drawn(picture.image)
    assert texts[:3] == ["Canal", "Qui ouvre", "Qui répond"]
    assert set(texts) >= set(table.receives) | {team.name for team in table.teams}
    ends = [text.replace("\u00a0", " ") for text in texts if "%" in text]
    shares = [int(text.split(" ")[0]) for text in ends]
    assert sum(shares) == pytest.approx(100, abs=3)
    assert ends[-1].endswith(("Client parti", "En attente"))
    # Every ribbon stays within the drawing, and those of a column add up to all messages.
    height = float(re.search(r'height="([\d.]+)"', picture.image.decode())[1])  # type: ignore[index]
    ys = [float(y) for y in re.findall(r'<rect x="\d+" y="([\d.]+)"', picture.image.decode())]
    assert max(ys) < height


@pytest.mark.parametrize("seed", SEEDS)
def test_flows_keep_one_order_of_channels(seed: int) -> None:
    today, shared = company.routes(seed), company.shared_triage(seed)
    orders = []
    for table, organisation in ((today, "silos"), (shared, "pooled")):
        played = coherence.simulate(table, months(seed)[0], organisation=organisation)
        texts = drawn(show.flow(played, table).image)
        orders.append([text for text in texts if text in table.receives])
    assert orders[0] == orders[1]
    assert set(orders[0]) == set(today.receives)
    # Those of a team are beside each other, in the order of teams.
    places = [[team.name for team in today.teams].index(today.receives[c]) for c in orders[0]]
    assert places == sorted(places)


def test_hostile_names_are_escaped() -> None:
    team = coherence.Team(name="<b>&", agents=1, skills=("a",), opening=coherence.ALWAYS_OPEN)
    table = coherence.RoutingTable(
        teams=(team,),
        routes=(coherence.Route(subject="a", accountable=("<b>&",), responsible=("<b>&",)),),
        receives={"<script>": "<b>&", 'x"y': None},
    )
    arrivals = coherence.poisson_arrivals(
        {("<script>", "a"): 1, ('x"y', "a"): 1}, pd.Timestamp("2025-01-06"), 48
    )
    work = coherence.draw_work(arrivals, coherence.Duration(60))
    played = coherence.simulate(table, work, organisation="silos")
    picture = show.flow(played, table)
    assert b"<script>" not in picture.image
    assert b"<b>" not in picture.image
    assert "<script>" not in picture._repr_html_()
    sim = show.OrganisationSimulator(table, table, [work])
    texts = " ".join(w.value for w in all_widgets(sim.widget) if isinstance(w, widgets.HTML))
    assert "<script>" not in texts
    assert "<b>" not in texts


def test_organisations_that_answer_nothing_or_everything_are_drawn() -> None:
    work = coherence.draw_work(
        coherence.poisson_arrivals({("x", "a"): 1}, pd.Timestamp("2025-01-06"), 48),
        coherence.Duration(60),
    )
    team = coherence.Team(name="Com", agents=1, skills=("a",), opening=coherence.ALWAYS_OPEN)
    route = coherence.Route(subject="a", accountable=("Com",), responsible=("Com",))
    nothing = coherence.RoutingTable(teams=(team,), receives={"x": "Com"})
    everything = nothing.model_copy(update={"routes": (route,)})
    told = {}
    for table in (nothing, everything):
        played = coherence.simulate(
            table, work, organisation="silos", until=pd.Timestamp("2025-01-10")
        )
        told[table is everything] = show.flow(played, table).told.replace("\u00a0", " ")
        assert show.answered({"Silos": played}).image.startswith(b"<svg")
    assert "0 % reçoivent une réponse (aucune équipe)." in told[False]
    assert "100 % n’ont pas d’équipe garante" in told[False]
    assert told[True].endswith("100 % reçoivent une réponse (Com 100 %).")


# --- tables ----------------------------------------------------------------------------------


def test_tables_are_french(silos: coherence.Simulation) -> None:
    table = company.routes(2)
    delays = coherence.team_delays(company.messages(2), table.receives, 86_400)
    queue = coherence.erlang_c(200, 180, 14)
    for shown in (
        show.team_table(company.teams(2), "Les équipes"),
        show.message_table(company.messages(2).head(20)),
        show.skill_table(table),
        show.route_table(table),
        show.delay_table(delays, own=True),
        show.delay_table(delays, own=False),
        show.problem_table(table.problems(), "À réparer"),
        show.hand_off_table(table),
        show.organisation_table({"Silos": silos}),
        show.queue_table({"Une équipe": queue}, 20),
    ):
        html = re.sub(r"<style.*?</style>", "", shown.to_html(), flags=re.DOTALL)
        text = unescape(re.sub(r"<[^>]+>", "\n", html))
        french(text)
        assert "nan" not in text.casefold()
    assert "7,8" in show.queue_table({"Une équipe": queue}, 20).to_html()
    assert "personne" in show.hand_off_table(table).to_html()


def test_problems_come_with_their_remedy() -> None:
    problems = company.routes(2).problems()
    html = show.problem_table(problems).to_html(escape=False)
    for found in problems:
        assert found.what in unescape(html)
        assert found.mend in unescape(html)


# --- the learner's own messages --------------------------------------------------------------


def own(source: Any = None) -> show.OwnMessages:
    return show.OwnMessages(source, company.messages(2))


def said(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


META = (
    "Post ID,Title,Publish time,Date,Views,Comments\n"
    "1,a,01/06/2025 10:00,Lifetime,10,30\n"
    "2,b,01/07/2025 10:00,Lifetime,10,10\n"
    "3,c,01/22/2025 10:00,Lifetime,10,80\n"
)


def test_without_an_export_the_sample_is_shown_as_such() -> None:
    found = own()
    assert found.told["source"] == f"Exemple synthétique. {company.NOTICE}"
    assert said(found.told["weeks"]).startswith("Exemple synthétique. Comptés : commentaires")
    assert found.controls["weekly"].value == "77"
    french(found.told["weeks"] + found.told["staffing"])


def test_an_export_fills_in_the_week(tmp_path: Path) -> None:
    path = tmp_path / "mien.csv"
    path.write_text(META)
    found = own(path)
    assert said(found.told["source"]) == "Vos messages, lus dans « mien.csv »."
    assert found.controls["weekly"].value == "40"
    weeks = said(found.told["weeks"])
    assert "En 3 semaines, du 06/01/2025 au 20/01/2025 : 40 messages par semaine" in weeks
    assert "80 la semaine du 20/01/2025, la plus chargée" in weeks
    assert "chaque message est compté la semaine de la publication" in weeks


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Post ID,Title,Publish time,Date,Views,Reach\n1,a,01/06/2025 10:00,Lifetime,10,5\n",
         "ne compte ni commentaires, ni conversations"),
        ("n’importe quoi", "⚠"),
        ("", "⚠"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_explained(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "autre.csv"
    path.write_text(text)
    found = own(path)
    assert why in found.told["source"]
    assert found.told["source"].startswith("⚠ ")
    assert found.told["source"].endswith(company.NOTICE)
    assert found.told["staffing"]


def test_messages_without_a_day_are_refused() -> None:
    with pytest.raises(MetricError, match="ne dit pas quel jour"):
        show._dated_counts(pd.DataFrame({"comments": [3], "date": [pd.NaT]}))
    days, counts, names = show._dated_counts(
        pd.DataFrame(
            {
                "period_start": pd.to_datetime(["2025-01-06", "2025-01-07"]),
                "messaging_conversations": [4, np.nan],
                "comments": [1, np.nan],
            }
        )
    )
    assert days.name == "period_start"
    assert counts.tolist()[0] == 5
    assert np.isnan(counts[1])  # missing, not zero
    assert names == ["conversations par message commencées", "commentaires reçus"]


def test_typed_figures_say_how_many_people_it_takes() -> None:
    found = own()
    for name, typed in (("weekly", "1 200"), ("minutes", "9"), ("hours", "40"), ("people", "4")):
        found.controls[name].value = typed
    told = said(found.told["staffing"])
    answer = coherence.staffing(1200, 40, 9, 4)
    assert told.startswith("1 200 messages par semaine occupent 4,5 personnes à plein temps")
    assert f"Avec 4 personnes, la file s’allongerait sans fin : il en faut au moins "\
           f"{answer.needed}" in told  # fmt: skip
    found.controls["people"].value = "5"
    told = said(found.told["staffing"])
    share = 100 * coherence.staffing(1200, 40, 9, 5).in_time
    assert f"Avec 5 personnes, {share:.0f} % des messages sont pris" in told
    assert "en demandent" in told
    capacity = 5 * 40 * 60 / 9
    assert f"Vos heures permettent d’en traiter {capacity:.0f}".replace("1333", "1 333") in said(
        found.told["weeks"]
    )


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("weekly", "beaucoup", "« Messages auxquels répondre, par semaine » : « beaucoup » n’est "
         "pas lu comme un nombre. Tapez par exemple 8."),
        ("minutes", "0", "Valeur impossible : le temps de traitement vaut 0. Donnez un nombre "
         "plus grand que 0."),
        ("people", "1,5", "Tapez un nombre entier de personnes."),
        ("people", "0", "Il faut un nombre entier de personnes, au moins 1 (reçu : 0)."),
        ("weekly", "-3", "Valeur impossible : le nombre de messages par semaine vaut -3. Donnez "
         "un nombre, 0 ou plus."),
        ("weekly", "9e9", "« Messages auxquels répondre, par semaine » : « 9e9 » n’est pas lu "
         "comme un nombre. Tapez par exemple 8."),
        ("weekly", "9999999999999", "Le calcul s’arrête à 100 000 personnes. Vérifiez les "
         "unités : les messages sont comptés par heure, et le temps de traitement est en "
         "secondes."),
    ],
)  # fmt: skip
def test_typed_figures_that_make_no_sense_are_explained(name: str, typed: str, why: str) -> None:
    found = own()
    found.controls[name].value = typed
    assert said(found.told["staffing"]) == why
    assert found._areas["weeks_image"].value
    found.controls[name].value = "2"
    assert said(found.told["staffing"]) != why


@pytest.mark.parametrize(
    ("weekly", "told"),
    [
        ("0", "Sans message, il ne faut personne pour répondre. Tapez le nombre de messages que "
         "vous recevez par semaine."),
        ("1", "1 message par semaine occupe moins de 0,01 personne à plein temps, sans autre "
         "tâche. Avec 1 personne, "),
        ("1,5", "1,5 message par semaine occupe moins de 0,01 personne à plein temps"),
        ("2", "2 messages par semaine occupent moins de 0,01 personne à plein temps"),
        ("525", "525 messages par semaine occupent 2 personnes à plein temps"),
    ],
)  # fmt: skip
def test_few_messages_are_said_as_one_says_them(weekly: str, told: str) -> None:
    found = own()
    found.controls["weekly"].value = weekly
    assert said(found.told["staffing"]).startswith(told)


def test_a_few_comments_a_year_are_not_none(tmp_path: Path) -> None:
    path = tmp_path / "rare.csv"
    path.write_text(META.replace(",30", ",1").replace(",10\n2", ",1\n2").replace(",80", ",0"))
    found = own(path)
    assert found.controls["weekly"].value == "3,7"
    assert "3,7 messages par semaine" in said(found.told["weeks"])
