"""Key 2: routing tables, Erlang C, simulated inboxes. Spaces in French messages are U+00A0."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cinqcles.errors import MetricError
from cinqcles.keys.coherence import (
    ALWAYS_OPEN,
    OUTCOMES,
    Duration,
    Opening,
    Route,
    RoutingTable,
    Simulation,
    Team,
    agents_needed,
    compare_organisations,
    draw_work,
    erlang_c,
    messages_by_week,
    poisson_arrivals,
    simulate,
    staffing,
    weekly,
)
from cinqcles.keys.purpose import FormError, Problem

INF = math.inf


def plain(text: str) -> str:
    """The message, with its non-breaking spaces made plain to be read here."""
    assert all(text[i - 1] == "\u00a0" for i, c in enumerate(text) if c in ";?!»%")
    assert all(text[i + 1] == "\u00a0" for i, c in enumerate(text) if c == "«")
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(MetricError) as error:
        call()
    return plain(str(error.value))


def invalid(call: Callable[[], object]) -> list[str]:
    """What each error of a model says, without the name of the field."""
    with pytest.raises(FormError) as error:
        call()
    texts = [(found.about, plain(found.what)) for found in error.value.problems]
    return [begun(text.split(" : ", 1)[1]) if about else text for about, text in texts]


def begun(text: str) -> str:
    return text[0].upper() + text[1:]


# --------------------------------------------------------------------------- the models


@pytest.mark.parametrize("agents", [1, 3, np.int64(3)])
def test_a_team_has_somebody(agents) -> None:
    team = Team(name=" SAV ", agents=agents)
    assert team.agents == agents
    assert type(team.agents) is int
    assert team.name == "SAV"
    assert team.skills == ()
    assert team.opening == weekly(9, 18)


@pytest.mark.parametrize("agents", [0, -2, np.int64(0)])
def test_a_team_without_anybody_is_refused(agents) -> None:
    assert invalid(lambda: Team(name="SAV", agents=agents)) == [
        f"Une équipe compte au moins une personne (reçu : {agents!r})."
    ]


@pytest.mark.parametrize("agents", [True, "3", 3.0, None])
def test_a_headcount_is_a_whole_number(agents) -> None:
    assert invalid(lambda: Team(name="SAV", agents=agents)) == [
        f"Il faut un nombre entier (reçu : {agents!r})."
    ]


def test_names_have_a_length() -> None:
    assert Team(name="é" * 100, agents=1).name == "é" * 100
    for name, n in (("", 0), ("  ", 0), ("x" * 101, 101)):
        expected = [f"Un nom compte de 1 à 100 caractères (reçu : {n})."]
        assert invalid(lambda name=name: Team(name=name, agents=1)) == expected
        assert invalid(lambda name=name: Route(subject=name)) == expected
        assert invalid(lambda name=name: Route(subject="a", informed=(name,))) == expected
        assert invalid(lambda name=name: RoutingTable(receives={"a": name})) == expected


def test_models_are_frozen_and_closed() -> None:
    team = Team(name="SAV", agents=1)
    with pytest.raises(MetricError, match="ne se change pas sur place"):
        team.agents = 2  # type: ignore[misc]
    with pytest.raises(FormError, match="Le champ « mood » n’existe pas".replace(" ", ".")):
        Team(name="SAV", agents=1, mood="good")  # type: ignore[call-arg]


@pytest.mark.parametrize("weekday", [-1, 7, np.int64(7)])
def test_a_week_has_seven_days(weekday) -> None:
    assert invalid(lambda: Opening(weekday=weekday, opens_h=9, closes_h=18)) == [
        f"Le jour va de 0 (lundi) à 6 (dimanche) (reçu : {weekday!r})."
    ]


@pytest.mark.parametrize("weekday", [True, 1.0, "lundi"])
def test_a_day_is_a_whole_number(weekday) -> None:
    assert invalid(lambda: Opening(weekday=weekday, opens_h=9, closes_h=18)) == [
        f"Il faut un nombre entier (reçu : {weekday!r})."
    ]


@pytest.mark.parametrize("hour", [-0.5, 24.5, math.nan, INF, True, "9", None])
def test_an_hour_is_within_the_day(hour) -> None:
    expected = f"Une heure va de 0 à 24, par exemple 9.5 pour 9 h 30 (reçu : {hour!r})."
    assert invalid(lambda: Opening(weekday=0, opens_h=hour, closes_h=hour)) == [expected] * 2


def test_a_team_closes_after_it_opens() -> None:
    whole = Opening(weekday=6, opens_h=0, closes_h=24)
    assert (whole.weekday, whole.opens_h, whole.closes_h) == (6, 0.0, 24.0)
    assert type(whole.closes_h) is float
    for closes in (9.5, 2):
        assert invalid(lambda closes=closes: Opening(weekday=0, opens_h=9.5, closes_h=closes)) == [
            f"La fermeture ({str(closes).replace('.', ',')} h) doit venir après l’ouverture "
            "(9,5 h). Pour une nuit, indiquez deux plages : jusqu’à 24 h, puis à partir de 0 h "
            "le lendemain."
        ]


def test_the_same_hours_on_several_days() -> None:
    assert weekly(9, 12) == tuple(Opening(weekday=d, opens_h=9, closes_h=12) for d in range(5))
    assert [opening.weekday for opening in weekly(0, 1, (6, 2))] == [6, 2]
    assert tuple(Opening(weekday=d, opens_h=0, closes_h=24) for d in range(7)) == ALWAYS_OPEN


# --------------------------------------------------------------------------- the table


def shop(**changes) -> RoutingTable:
    """A table with nothing to mend: three teams, three subjects, two channels."""
    return RoutingTable(
        **{
            "teams": (
                Team(name="Com", agents=2, skills=("avis", "presse")),
                Team(name="SAV", agents=3, skills=("panne", "avis")),
                Team(name="RH", agents=1, skills=("emploi",)),
            ),
            "routes": (
                Route(subject="avis", accountable=("Com",), responsible=("Com", "SAV")),
                Route(subject="panne", accountable=("SAV",), responsible=("SAV",)),
                Route(subject="emploi", accountable=("RH",), responsible=("RH",)),
            ),
            "receives": {"instagram": "Com", "courriel": "SAV"},
            **changes,
        }
    )


def findings(table: RoutingTable) -> list[tuple[str, str, str]]:
    return [(found.code, found.about, plain(str(found))) for found in table.problems()]


def test_a_good_table_has_no_problem() -> None:
    assert shop().problems() == []
    everyone = {"Com": ("SAV", "RH"), "SAV": ("Com", "RH")}
    assert shop(may_hand_to=everyone).problems() == []


def test_a_finding_reads_as_two_sentences() -> None:
    assert str(Problem("code", "avis", "Voici.", "Réparez.")) == "Voici. Réparez."


def test_a_draft_is_a_table() -> None:
    assert RoutingTable() == RoutingTable(teams=(), routes=(), receives={}, may_hand_to=None)
    assert findings(RoutingTable()) == [
        (
            "no_channel",
            "",
            "Aucun canal n’est décrit : personne n’ouvre les messages. Dites, canal par canal, "
            "quelle équipe ouvre les messages en premier.",
        )
    ]


def test_exactly_one_team_is_accountable() -> None:
    routes = shop().routes
    none, two, same = (
        Route(subject="avis", accountable=accountable, responsible=("Com",))
        for accountable in ((), ("Com", "SAV"), ("Com", "Com"))
    )
    assert findings(shop(routes=(none, *routes[1:]))) == [
        (
            "no_accountable",
            "avis",
            "Le sujet « avis » n’a pas d’équipe garante : si un message reste sans réponse, "
            "personne n’en rend compte. Désignez une équipe garante, et une seule.",
        )
    ]
    assert findings(shop(routes=(two, *routes[1:]))) == [
        (
            "several_accountable",
            "avis",
            "Le sujet « avis » a 2 équipes garantes (Com, SAV) : chacune peut croire que l’autre "
            "s’en occupe. N’en gardez qu’une ; les autres peuvent être consultées ou informées.",
        )
    ]
    assert findings(shop(routes=(same, *routes[1:]))) == [
        (
            "duplicate_role",
            "avis",
            "Le sujet « avis » cite 2 fois l’équipe « Com » dans le même rôle (garante). Ne la "
            "citez qu’une fois.",
        )
    ]


def test_at_least_one_team_is_responsible() -> None:
    routes = shop().routes
    draft = Route(subject="avis", accountable=("Com",))
    what = "Le sujet « avis » n’a pas d’équipe chargée de répondre. "
    assert findings(shop(routes=(draft, *routes[1:]))) == [
        (
            "no_responsible",
            "avis",
            what + "Désignez au moins une équipe qui sait le traiter (Com, SAV).",
        )
    ]
    draft = Route(subject="devis", accountable=("Com",))
    assert findings(shop(routes=(draft, *routes)))[0] == (
        "no_responsible",
        "devis",
        what.replace("avis", "devis")
        + "Désignez au moins une équipe qui sait le traiter (aucune pour l’instant : il faut en "
        "former une).",
    )


def test_a_responsible_team_has_the_skill() -> None:
    routes = shop().routes
    wrong = Route(subject="avis", accountable=("RH",), responsible=("RH", "Com", "RH"))
    assert findings(shop(routes=(wrong, *routes[1:])))[1:] == [
        (
            "responsible_without_skill",
            "avis",
            "L’équipe « RH » est chargée de répondre sur « avis », qu’elle ne sait pas traiter. "
            "Formez-la et ajoutez ce sujet à ses compétences, ou chargez de répondre une équipe "
            "qui sait le traiter (Com, SAV).",
        )
    ]
    wrong = Route(subject="devis", accountable=("RH",), responsible=("RH",))
    assert findings(shop(routes=(*routes, wrong))) == [
        (
            "responsible_without_skill",
            "devis",
            "L’équipe « RH » est chargée de répondre sur « devis », qu’elle ne sait pas traiter. "
            "Formez-la et ajoutez ce sujet à ses compétences, ou chargez de répondre une équipe "
            "qui sait le traiter (aucune pour l’instant).",
        )
    ]


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("accountable", "garante"),
        ("responsible", "chargée de répondre"),
        ("consulted", "consultée"),
        ("informed", "informée"),
    ],
)
def test_every_role_names_teams_that_exist_once(role, name) -> None:
    route = {"subject": "avis", "accountable": ("Com",), "responsible": ("Com",)}
    rest = shop().routes[1:]
    unknown = Route(**{**route, role: (*route.get(role, ()), "Zoo")})
    found = findings(shop(routes=(unknown, *rest)))
    assert found[0] == (
        "unknown_team",
        "avis",
        f"Le sujet « avis » cite l’équipe « Zoo » ({name}), qui n’est pas décrite. Corrigez ce nom "
        "(équipes décrites : Com, SAV, RH), ou décrivez l’équipe.",
    )
    assert [code for code, *_ in found[1:]] == ["several_accountable"] * (role == "accountable")
    thrice = Route(**{**route, role: ("Com", "Com", "Com")})
    assert findings(shop(routes=(thrice, *rest))) == [
        (
            "duplicate_role",
            "avis",
            f"Le sujet « avis » cite 3 fois l’équipe « Com » dans le même rôle ({name}). Ne la "
            "citez qu’une fois.",
        )
    ]


def test_teams_are_described_once_open_and_busy() -> None:
    teams = shop().teams
    twin = Team(name="Com", agents=1, opening=())
    shut = Team(name="Nuit", agents=1, opening=())
    assert findings(shop(teams=(*teams, twin, shut))) == [
        (
            "duplicate_team",
            "Com",
            "L’équipe « Com » est décrite 2 fois. Gardez une seule description, ou donnez des noms "
            "différents.",
        ),
        (
            "never_open",
            "Nuit",
            "L’équipe « Nuit » n’ouvre jamais : elle ne répondra à personne. Indiquez ses jours et "
            "ses heures d’ouverture.",
        ),
        (
            "idle_team",
            "Nuit",
            "L’équipe « Nuit » n’a rien à faire : elle n’ouvre aucun canal et n’a de rôle dans "
            "aucun sujet. Confiez-lui un canal ou un sujet, ou retirez-la du tableau.",
        ),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"receives": {"instagram": "Com", "courriel": "Nuit"}},
        {"routes": (*shop().routes[1:],
                    Route(subject="avis", accountable=("Com",), responsible=("Com",),
                          informed=("Nuit",)))},
        {"may_hand_to": {"Com": ("SAV", "RH", "Nuit"), "SAV": ("RH", "Com")}},
    ],
)  # fmt: skip
def test_a_team_with_a_channel_a_role_or_messages_passed_to_it_is_not_idle(changes) -> None:
    night = Team(name="Nuit", agents=1, skills=("panne", "avis"))
    idle = [about for code, about, _ in findings(shop(teams=(*shop().teams, night)))]
    assert idle == ["Nuit"]
    assert findings(shop(teams=(*shop().teams, night), **changes)) == []


def test_a_subject_is_on_one_line() -> None:
    routes = shop().routes
    assert findings(shop(routes=(*routes, routes[1]))) == [
        (
            "duplicate_subject",
            "panne",
            "Le sujet « panne » figure sur 2 lignes. Réunissez-les en une seule ligne.",
        )
    ]


def test_every_channel_has_its_team() -> None:
    receives = {"instagram": "Com", "courriel": None, "tiktok": "Buzz"}
    assert findings(shop(receives=receives)) == [
        (
            "channel_without_team",
            "courriel",
            "Personne n’ouvre les messages de « courriel ». Dites quelle équipe les ouvre en "
            "premier.",
        ),
        (
            "unknown_team",
            "tiktok",
            "Le canal « tiktok » arrive à l’équipe « Buzz », qui n’est pas décrite. Corrigez ce "
            "nom (équipes décrites : Com, SAV, RH), ou décrivez l’équipe.",
        ),
    ]
    assert findings(RoutingTable(receives={"tiktok": "Buzz"}))[0][2].endswith(
        "(équipes décrites : aucune), ou décrivez l’équipe."
    )


def test_hand_offs_are_between_known_teams() -> None:
    allowed = {"Com": ("SAV", "RH", "Zoo", "Zoo"), "SAV": ("RH",), "Yak": ("Com",)}
    rest = "qui n’est pas décrite. Corrigez ce nom (équipes décrites : Com, SAV, RH), ou décrivez "
    assert findings(shop(may_hand_to=allowed)) == [
        (
            "unknown_team",
            giver,
            f"Les transmissions permises à « {giver} » citent l’équipe « {name} », {rest}l’équipe.",
        )
        for giver, name in (("Com", "Zoo"), ("Yak", "Yak"))
    ]


def test_a_subject_out_of_reach_is_named_with_its_channels() -> None:
    mend = "Permettez à l’équipe qui le reçoit de le transmettre, ou chargez-la de répondre."
    assert findings(shop(may_hand_to={"Com": ("SAV",)})) == [
        (
            "unreachable",
            "emploi",
            "Un message « emploi » reçu par ces canaux n’arrive jamais à une équipe chargée de "
            f"répondre : instagram, courriel. {mend}",
        )
    ]
    assert findings(shop(may_hand_to={"SAV": ("RH",)})) == [
        (
            "unreachable",
            subject,
            f"Un message « {subject} » reçu par ce canal n’arrive jamais à une équipe chargée de "
            f"répondre : instagram. {mend}",
        )
        for subject in ("panne", "emploi")
    ]


def test_what_has_no_responsible_or_no_receiving_team_is_not_also_out_of_reach() -> None:
    routes = (Route(subject="avis", accountable=("Com",), responsible=("Zoo",)), *shop().routes[1:])
    table = shop(routes=routes, receives={"a": None, "b": "Com", "c": "Yak"})
    assert [code for code, *_ in findings(table)] == [
        "unknown_team",
        "channel_without_team",
        "unknown_team",
    ]


def test_problems_come_teams_first_then_subjects_then_channels() -> None:
    table = RoutingTable(
        teams=(Team(name="Com", agents=1), Team(name="Com", agents=1)),
        routes=(Route(subject="a"), Route(subject="a")),
        receives={"x": None},
    )
    assert [found.code for found in table.problems()] == [
        "duplicate_team",
        "idle_team",
        "duplicate_subject",
        *("no_accountable", "no_responsible") * 2,
        "channel_without_team",
    ]


def test_a_table_survives_its_json() -> None:
    table = shop(may_hand_to={"Com": ("SAV",)}, receives={"instagram": None, "courriel": "SAV"})
    assert RoutingTable.model_validate_json(table.model_dump_json()) == table


def test_hand_offs_on_paper() -> None:
    found = shop(
        receives={"instagram": "Com", "courriel": "SAV", "x": None, "y": "Zoo"}
    ).hand_offs()
    expected = pd.DataFrame(
        [[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [math.nan] * 3, [math.nan] * 3],
        index=pd.Index(["instagram", "courriel", "x", "y"], name="channel"),
        columns=pd.Index(["avis", "panne", "emploi"], name="subject"),
    )
    pd.testing.assert_frame_equal(found.steps, expected)
    teams = pd.Index(["Com", "SAV", "RH"], name="team")
    pd.testing.assert_series_equal(found.sent, pd.Series([2, 1, 0], index=teams, name="sent"))
    pd.testing.assert_series_equal(
        found.received, pd.Series([0, 1, 2], index=teams, name="received")
    )


def test_hand_offs_take_the_allowed_paths() -> None:
    line = {"Com": ("SAV", "Zoo"), "SAV": ("RH",), "Zoo": ("RH",)}
    found = shop(may_hand_to=line).hand_offs()
    assert found.steps.loc["instagram"].tolist() == [0, 1, 2]
    assert found.steps.loc["courriel"].tolist() == [0, 0, 1]
    assert found.sent.tolist() == [2, 2, 0]
    assert found.received.tolist() == [0, 2, 2]
    assert math.isnan(shop(may_hand_to={}).hand_offs().steps.loc["instagram", "panne"])


def test_the_nearest_responsible_team_gets_it_and_the_first_named_among_equals() -> None:
    teams = tuple(Team(name=name, agents=1) for name in "ABCD")
    route = Route(subject="s", responsible=("D", "C", "B"))
    table = RoutingTable(teams=teams, routes=(route,), receives={"x": "A"})
    assert table.hand_offs().received.to_dict() == {"A": 0, "B": 0, "C": 0, "D": 1}
    near = table.model_copy(update={"may_hand_to": {"A": ("B", "C"), "B": ("D",)}})
    assert near.hand_offs().received.to_dict() == {"A": 0, "B": 0, "C": 1, "D": 0}


def test_an_empty_table_has_no_hand_off() -> None:
    found = RoutingTable(routes=(Route(subject="s"),), receives={"x": None}).hand_offs()
    assert found.steps.isna().to_numpy().tolist() == [[True]]
    for series in (found.sent, found.received):
        assert (len(series), series.dtype, series.index.dtype) == (0, "int64", "str")
    steps = RoutingTable().hand_offs().steps
    assert (steps.index.dtype, steps.columns.dtype) == ("str", "str")
    assert (RoutingTable(receives={"x": None}).hand_offs().steps.shape) == (1, 0)
    assert RoutingTable(routes=(Route(subject="s"),)).hand_offs().steps["s"].dtype == "float64"


def tables(teams: int = 4) -> st.SearchStrategy[RoutingTable]:
    names = "ABCD"[:teams]
    some = st.lists(st.sampled_from(names), max_size=teams, unique=True).map(tuple)
    return st.builds(
        lambda goals, doors, allowed: RoutingTable(
            teams=tuple(Team(name=name, agents=1, skills=("s0", "s1")) for name in names),
            routes=tuple(Route(subject=f"s{i}", responsible=g) for i, g in enumerate(goals)),
            receives=dict(zip("xyz", doors, strict=False)),
            may_hand_to=allowed,
        ),
        st.lists(some, min_size=1, max_size=2),
        st.lists(st.sampled_from(names), max_size=3),
        st.none() | st.fixed_dictionaries(dict.fromkeys(names, some)),
    )


@settings(max_examples=50)
@given(tables())
def test_hand_offs_add_up_and_match_every_possible_path(table: RoutingTable) -> None:
    found = table.hand_offs()
    assert found.sent.sum() == found.received.sum() == np.nansum(found.steps.to_numpy())

    def allowed(giver: str, taker: str) -> bool:
        return table.may_hand_to is None or taker in table.may_hand_to[giver]

    for channel, start in table.receives.items():
        for route in table.routes:
            lengths = [
                len(path) - 1
                for size in range(1, 5)
                for path in permutations("ABCD", size)
                if path[0] == start
                and path[-1] in route.responsible
                and all(allowed(*pair) for pair in pairwise(path))
            ]
            steps = found.steps.loc[channel, route.subject]
            assert steps == min(lengths) if lengths else math.isnan(steps)
    lost = {found.about for found in table.problems() if found.code == "unreachable"}
    assert lost == {
        route.subject
        for route in table.routes
        if route.responsible and found.steps[route.subject].isna().any()
    }


def test_a_reinforced_table_keeps_everything_else() -> None:
    table = shop(may_hand_to={"Com": ("SAV",)})
    assert table.reinforced() == table
    more = table.reinforced({"SAV": 2, "RH": 0})
    assert [team.agents for team in more.teams] == [2, 5, 1]
    assert more.may_hand_to == table.may_hand_to
    assert more.model_copy(update={"teams": table.teams}) == table
    assert [team.agents for team in table.teams] == [2, 3, 1]


def test_longer_hours_start_when_the_team_opens_and_are_added_to_its_own() -> None:
    table = RoutingTable(
        teams=(
            Team(name="Com", agents=1, opening=(*weekly(10, 12, [0]), *weekly(9, 17, [2]))),
            Team(name="Nuit", agents=1, opening=weekly(20, 24, [0])),
            Team(name="Personne", agents=1, opening=()),
        )
    )
    longer = table.reinforced(closes_h=20, weekdays=[0, 6])
    added = [team.opening[len(before.opening) :] for team, before in
             zip(longer.teams, table.teams, strict=True)]  # fmt: skip
    assert added == [weekly(9, 20, [0, 6]), (), ()]
    # A generator serves all teams, not the first one only.
    days = table.reinforced(closes_h=22, weekdays=(day for day in [5])).teams
    assert [team.opening[-1].weekday for team in days[:2]] == [5, 5]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"Direction": 1}, "Équipe inconnue : Direction. Équipes décrites : Com, SAV, RH."),
        *[
            ({"SAV": n}, "Un renfort est un nombre entier de personnes, 0 ou plus "
             f"(reçu : {shown}).")
            for n, shown in ((-1, "-1"), (1.5, "1,5"), (True, "True"), ("1", "'1'"))
        ],
    ],
)  # fmt: skip
def test_reinforcements_that_make_no_sense(more, told) -> None:
    assert refused(lambda: shop().reinforced(more)) == told


# --------------------------------------------------------------------------- Erlang C


def test_the_published_example() -> None:
    queue = erlang_c(arrivals_per_hour=200, handling_time_s=180, agents=14)
    assert queue.waiting_probability == pytest.approx(0.1741319, abs=5e-8)
    assert queue.service_level(20) == pytest.approx(0.88835, abs=5e-6)
    assert queue.mean_wait_s == pytest.approx(7.835937, abs=5e-7)
    assert queue.occupancy == pytest.approx(0.7142857, abs=5e-8)
    assert queue.offered_load == 10
    assert (queue.arrivals_per_hour, queue.handling_time_s, queue.agents) == (200, 180, 14)
    assert type(queue.service_level(20)) is float


def test_two_silos_of_seven() -> None:
    silo = erlang_c(arrivals_per_hour=100, handling_time_s=180, agents=np.int64(7))
    assert silo.waiting_probability == pytest.approx(0.3241, abs=5e-5)
    assert silo.service_level(20) == pytest.approx(0.7404, abs=5e-5)
    assert silo.mean_wait_s == pytest.approx(29.17, abs=5e-3)
    assert type(silo.agents) is int


def test_one_person_is_the_textbook_single_queue() -> None:
    queue = erlang_c(arrivals_per_hour=45, handling_time_s=60, agents=1)
    assert queue.waiting_probability == pytest.approx(0.75, rel=1e-15)
    assert queue.mean_wait_s == pytest.approx(180, rel=1e-14)


def test_nobody_writes() -> None:
    queue = erlang_c(0, 60, 1)
    assert (queue.waiting_probability, queue.mean_wait_s, queue.occupancy) == (0, 0, 0)
    assert queue.service_level(0) == 1
    assert agents_needed(0, 60, 0.99, 0) == 1


def test_the_service_level_of_several_times() -> None:
    queue = erlang_c(200, 180, 14)
    levels = queue.service_level([0, 20, INF])
    assert levels.tolist() == [1 - queue.waiting_probability, queue.service_level(20), 1]
    assert queue.service_level(np.zeros((2, 3))).shape == (2, 3)
    assert (np.diff(queue.service_level(np.arange(100))) > 0).all()


def naive(load: Fraction, n: int) -> Fraction:
    """The textbook formula, exactly."""
    last = load**n / math.factorial(n) * n / (n - load)
    return last / (sum(load**k / math.factorial(k) for k in range(n)) + last)


loads = st.fractions(min_value=Fraction(1, 100), max_value=40, max_denominator=100)


@settings(max_examples=50)
@given(loads, st.integers(1, 30))
def test_the_recursion_is_the_textbook_formula(load: Fraction, spare: int) -> None:
    n = math.floor(load) + spare
    queue = erlang_c(float(load * 60), 60, n)
    assert queue.waiting_probability == pytest.approx(float(naive(load, n)), rel=1e-9)
    wait = naive(load, n) * 60 / (n - load)
    assert queue.mean_wait_s == pytest.approx(float(wait), rel=1e-9)


@pytest.mark.parametrize(("load", "n"), [(900.0, 950), (4990.0, 5000), (99_000.0, 100_000)])
def test_thousands_of_people(load, n) -> None:
    lost = stats.poisson.pmf(n, load) / stats.poisson.cdf(n, load)
    expected = n * lost / (n - load * (1 - lost))
    assert erlang_c(load * 60, 60, n).waiting_probability == pytest.approx(expected, rel=1e-7)


@settings(max_examples=50)
@given(loads, st.integers(1, 20))
def test_one_more_person_never_hurts_and_more_messages_never_help(load, spare) -> None:
    n = math.floor(load) + spare
    queue, more = (erlang_c(float(load * 60), 60, k) for k in (n, n + 1))
    assert more.waiting_probability < queue.waiting_probability < 1
    assert more.mean_wait_s < queue.mean_wait_s
    assert more.occupancy < queue.occupancy < 1
    assert more.service_level(5) >= queue.service_level(5)
    busier = erlang_c(float((load + (n - load) / 2) * 60), 60, n)
    assert busier.mean_wait_s > queue.mean_wait_s


@settings(max_examples=50)
@given(loads, st.integers(1, 5), loads, st.integers(1, 5))
def test_pooling_never_makes_the_average_message_wait_longer(a, spare_a, b, spare_b) -> None:
    n, m = math.floor(a) + spare_a, math.floor(b) + spare_b
    first, second = erlang_c(float(a * 60), 60, n), erlang_c(float(b * 60), 60, m)
    pooled = erlang_c(float((a + b) * 60), 60, n + m)
    apart = (float(a) * first.mean_wait_s + float(b) * second.mean_wait_s) / float(a + b)
    assert pooled.mean_wait_s <= apart * (1 + 1e-9)


@settings(max_examples=50)
@given(loads, st.floats(0.5, 50))
def test_time_units_do_not_matter(load, times) -> None:
    n = math.floor(load) + 1
    queue, slow = (
        erlang_c(float(load * 60), 60, n),
        erlang_c(float(load * 60) / times, 60 * times, n),
    )
    assert slow.waiting_probability == pytest.approx(queue.waiting_probability, rel=1e-6)
    assert slow.mean_wait_s == pytest.approx(queue.mean_wait_s * times, rel=1e-6)


@settings(max_examples=50)
@given(loads, st.floats(0, 0.999), st.floats(0, 600))
def test_the_fewest_people_who_keep_the_promise(load, level, within_s) -> None:
    rate = float(load * 60)
    n = agents_needed(rate, 60, level, within_s)
    assert type(n) is int
    assert erlang_c(rate, 60, n).service_level(within_s) >= level
    if n - 1 > rate * 60 / 3600:
        assert erlang_c(rate, 60, n - 1).service_level(within_s) < level
    else:
        assert n == math.floor(rate * 60 / 3600) + 1


def test_a_full_load_needs_one_more_person() -> None:
    assert agents_needed(60, 60, 0, 0) == 2
    assert agents_needed(59, 60, 0, 0) == 1


def test_a_promise_that_is_just_kept_is_kept() -> None:
    level = erlang_c(200, 180, 14).service_level(20)
    assert agents_needed(200, 180, level, 20) == 14
    assert agents_needed(200, 180, math.nextafter(level, 1), 20) == 15


def test_a_queue_that_grows_for_ever_says_how_many_people_it_takes() -> None:
    assert refused(lambda: erlang_c(2000, 180, 100)) == (
        "La file s’allongerait sans fin : 2 000 messages par heure à 180 s chacun occupent "
        "100 personnes à plein temps, et il y en a 100. Comptez au moins 101 personnes, ou "
        "réduisez le temps passé par message."
    )
    assert refused(lambda: erlang_c(100.5, 360, 3)) == (
        "La file s’allongerait sans fin : 100,5 messages par heure à 360 s chacun occupent "
        "10,05 personnes à plein temps, et il y en a 3. Comptez au moins 11 personnes, ou "
        "réduisez le temps passé par message."
    )
    assert refused(lambda: erlang_c(30, 120, 1)) == (
        "La file s’allongerait sans fin : 30 messages par heure à 120 s chacun occupent 1 personne "
        "à plein temps, et il y en a 1. Comptez au moins 2 personnes, ou réduisez le temps passé "
        "par message."
    )
    assert erlang_c(100.5, 360, 11).occupancy < 1


TOO_MANY = (
    "Le calcul s’arrête à 100 000 personnes. Vérifiez les unités : les messages sont comptés par "
    "heure, et le temps de traitement est en secondes."
)


def test_numbers_beyond_reason_are_refused() -> None:
    assert refused(lambda: erlang_c(1, 1, 100_001)) == TOO_MANY
    assert refused(lambda: agents_needed(3600, 100_000, 0, 0)) == TOO_MANY
    assert agents_needed(3600, 99_999.5, 0, 0) == 100_000
    assert erlang_c(1, 1, 100_000).waiting_probability == 0


@pytest.mark.parametrize("agents", [0, -3, 2.5, True, "7", None, math.nan])
def test_people_are_counted(agents) -> None:
    shown = {2.5: "2,5", math.nan: "NaN"}.get(agents, repr(agents))
    shown = "NaN" if isinstance(agents, float) and math.isnan(agents) else shown
    assert refused(lambda: erlang_c(1, 1, agents)) == (
        f"Il faut un nombre entier de personnes, au moins 1 (reçu : {shown})."
    )


BAD = [(-1, "-1"), (math.nan, "NaN"), (INF, "∞"), (True, "True"), ("9", "'9'"), (None, "None")]


@pytest.mark.parametrize(("value", "shown"), BAD)
def test_impossible_inputs_are_named(value, shown) -> None:
    zero = f"vaut {shown}. Donnez un nombre, 0 ou plus."
    above = f"vaut {shown}. Donnez un nombre plus grand que 0."
    for call in (erlang_c, lambda *given: agents_needed(*given, 0, 0)):
        rate = refused(lambda call=call: call(value, 60, *([1] if call is erlang_c else [])))
        assert rate == f"Valeur impossible : le nombre de messages par heure {zero}"
        time = refused(lambda call=call: call(1, value, *([1] if call is erlang_c else [])))
        assert time == f"Valeur impossible : le temps de traitement {above}"
    assert refused(lambda: agents_needed(1, 60, value, 0)) == (
        f"Valeur impossible : la part à traiter dans le délai {zero}"
    )
    assert refused(lambda: agents_needed(1, 60, 0, value)) == f"Valeur impossible : le délai {zero}"


def test_other_impossible_inputs() -> None:
    assert refused(lambda: erlang_c(1, 0, 1)) == (
        "Valeur impossible : le temps de traitement vaut 0. Donnez un nombre plus grand que 0."
    )
    for level, shown in ((1, "1"), (80, "80")):
        assert refused(lambda level=level: agents_needed(1, 60, level, 20)) == (
            f"La part à traiter dans le délai va de 0 à moins de 1 (reçu : {shown}) : aucun "
            "effectif ne garantit 100 %. Pour 80 %, écrivez 0.8."
        )
    queue = erlang_c(1, 60, 1)
    for times, shown in ((-1, "-1"), ([0, math.nan, -1], "NaN"), ("x", "NaN"), (None, "NaN")):
        assert refused(lambda times=times: queue.service_level(times)) == (
            f"Valeur impossible : le délai vaut {shown}. Donnez un nombre, 0 ou plus."
        )


def test_staffing_is_erlang_c_by_the_week() -> None:
    # 200 an hour for 40 hours, 3 minutes each: the published example again.
    found = staffing(8000, 40, 3, 14, within_min=1 / 3)
    assert found.arrivals_per_hour == 200
    assert found.offered_load == pytest.approx(10)
    assert found.people == 14
    assert found.capacity_per_week == pytest.approx(14 * 40 * 20)
    assert found.in_time == pytest.approx(0.88835, abs=1e-5)
    assert found.needed == 14 == agents_needed(200, 180, 0.8, 20)
    assert found.needed_apart == 2 * agents_needed(100, 180, 0.8, 20) > found.needed
    assert staffing(8000, 40, 3, 14, service_level=0.95, within_min=1 / 3).needed == 16
    assert staffing(8000, 40, 3, 14) == staffing(8000, 40, 3, 14, within_min=60)


def test_too_few_people_are_never_in_time() -> None:
    assert math.isnan(staffing(400, 40, 9, 1).in_time)
    exactly = staffing(800, 40, 3, 1)
    assert (exactly.offered_load, math.isnan(exactly.in_time)) == (1, True)
    assert exactly.needed == 2
    nobody_writes = staffing(0, 40, 9, 1)
    assert (nobody_writes.offered_load, nobody_writes.in_time, nobody_writes.needed) == (0, 1, 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((-1, 40, 9, 1), "Valeur impossible : le nombre de messages par semaine vaut -1. "
         "Donnez un nombre, 0 ou plus."),
        ((1, 0, 9, 1), "Valeur impossible : le nombre d’heures d’ouverture vaut 0. "
         "Donnez un nombre plus grand que 0."),
        ((1, 40, 0, 1), "Valeur impossible : le temps de traitement vaut 0. "
         "Donnez un nombre plus grand que 0."),
        ((1, 40, 9, 0), "Il faut un nombre entier de personnes, au moins 1 (reçu : 0)."),
        ((1, 40, 9, 1.5), "Il faut un nombre entier de personnes, au moins 1 (reçu : 1,5)."),
    ],
)  # fmt: skip
def test_staffing_refuses_what_erlang_c_refuses(given, told) -> None:
    assert refused(lambda: staffing(*given)) == told


def test_weeks_begin_on_monday_and_empty_ones_count() -> None:
    days = pd.Series(
        pd.to_datetime(
            ["2025-03-02 23:00", "2025-02-24 00:00", "2025-03-17 09:30", None, "2025-05-05 12:00"]
        ),
        index=[4, 4, 2, 1, 0],
    )
    weeks = messages_by_week(days, pd.Series([2, 3, 4, 5, np.nan], index=days.index))
    assert weeks.index.tolist() == [
        pd.Timestamp(f"2025-{monday}") for monday in ("02-24", "03-03", "03-10", "03-17")
    ]
    assert weeks.tolist() == [5, 0, 0, 4]
    assert (weeks.name, weeks.index.name) == ("messages", "week")


def test_weeks_that_cannot_be_counted() -> None:
    day = pd.Series(pd.to_datetime(["2025-03-02"]))
    assert refused(lambda: messages_by_week(day, pd.Series([math.nan]))) == (
        "Aucune ligne n’a à la fois une date et un nombre de messages."
    )
    assert refused(lambda: messages_by_week(day, pd.Series([1, 2]))) == (
        "Il faut une date par nombre de messages (reçu : 1 et 2)."
    )
    assert refused(lambda: messages_by_week(day, pd.Series([1], index=[3]))) == (
        "Il faut une date par nombre de messages (reçu : 1 et 1)."
    )
    far = pd.Series(pd.to_datetime(["1925-03-02", "2025-03-02"]))
    assert refused(lambda: messages_by_week(far, pd.Series([1, 2]))) == (
        "Ces dates vont du 02/03/1925 au 24/02/2025 : plus de dix ans. Vérifiez-les."
    )


# --------------------------------------------------------------------------- work


MONDAY = pd.Timestamp("2025-01-06")


def test_durations_have_the_mean_and_the_spread_asked_for() -> None:
    arrivals = poisson_arrivals({("x", "a"): 1}, MONDAY, 20_000, seed=3)
    n = len(arrivals)
    for law in (Duration(300), Duration(300, "lognormal", cv=0.5), Duration(300, "lognormal")):
        drawn = draw_work(arrivals, law, seed=5)["handling_s"]
        assert drawn.mean() == pytest.approx(300, abs=4 * 300 * law.cv / n**0.5)
        assert drawn.std() / drawn.mean() == pytest.approx(law.cv, rel=0.08)
    drawn = draw_work(arrivals, Duration(300), seed=5)["handling_s"]
    assert stats.kstest(drawn, stats.expon(scale=300).cdf).pvalue > 0.001
    drawn = draw_work(arrivals, Duration(300, "lognormal", cv=0.5), seed=5)["handling_s"]
    sigma = math.log(1.25) ** 0.5
    law = stats.lognorm(sigma, scale=300 / math.exp(sigma**2 / 2))
    assert stats.kstest(drawn, law.cdf).pvalue > 0.001
    steady = draw_work(arrivals, Duration(300, "lognormal", cv=0))["handling_s"]
    assert (steady == 300).all()


def test_work_keeps_the_arrivals_and_leaves_the_rest_aside() -> None:
    arrivals = pd.DataFrame(
        {
            "text": ["b", "a"],
            "subject": ["avis", "panne"],
            "received_at": [MONDAY + pd.Timedelta(hours=2), MONDAY],
            "channel": "instagram",
        },
        index=[7, 3],
    )
    before = arrivals.copy()
    work = draw_work(arrivals, Duration(60))
    assert list(work.columns) == ["received_at", "channel", "subject", "handling_s", "patience_s"]
    assert list(work.index) == [7, 3]
    assert work["received_at"].tolist() == arrivals["received_at"].tolist()
    assert work["subject"].tolist() == ["avis", "panne"]
    assert (work["patience_s"] == INF).all()
    pd.testing.assert_frame_equal(arrivals, before)


def test_draws_are_seeded_and_each_subject_keeps_its_own() -> None:
    arrivals = poisson_arrivals({("x", "a"): 1, ("x", "b"): 1}, MONDAY, 100)
    laws = {"a": Duration(60), "b": Duration(90, "lognormal", cv=0.5)}
    work = draw_work(arrivals, laws, laws, seed=1)
    pd.testing.assert_frame_equal(draw_work(arrivals, laws, laws, seed=1), work)
    assert (draw_work(arrivals, laws, laws, seed=2)["handling_s"] != work["handling_s"]).all()
    assert (work["handling_s"] != work["patience_s"]).all()
    pd.testing.assert_frame_equal(
        draw_work(arrivals, laws, laws), draw_work(arrivals, laws, laws, seed=0)
    )
    slower = draw_work(arrivals, {**laws, "a": Duration(120)}, laws, seed=1)
    a = arrivals["subject"] == "a"
    assert a.any()
    assert not a.all()
    assert slower["handling_s"][a].to_numpy() == pytest.approx(2 * work["handling_s"][a].to_numpy())
    assert slower["handling_s"][~a].tolist() == work["handling_s"][~a].tolist()
    alone = draw_work(arrivals, laws["a"], seed=1)
    assert alone["handling_s"][a].tolist() == work["handling_s"][a].tolist()


def test_durations_that_make_no_sense() -> None:
    assert refused(lambda: Duration(0)) == (
        "Valeur impossible : la durée moyenne vaut 0. Donnez un nombre plus grand que 0."
    )
    assert refused(lambda: Duration(1, "lognormal", cv=-1)) == (
        "Valeur impossible : le coefficient de variation vaut -1. Donnez un nombre, 0 ou plus."
    )
    assert refused(lambda: Duration(1, "normal")) == (  # type: ignore[arg-type]
        "Loi inconnue : 'normal'. Choisissez exponential ou lognormal."
    )
    assert refused(lambda: Duration(1, cv=0.5)) == (
        "Le coefficient de variation d’une loi exponentielle est toujours 1 (reçu : 0,5). Pour en "
        'choisir un autre, prenez law="lognormal".'
    )
    assert Duration(5) == Duration(5, "exponential", 1.0)


@pytest.mark.parametrize("law", [300, {"a": 300}, "a"])
def test_a_duration_is_a_duration(law) -> None:
    arrivals = poisson_arrivals({("x", "a"): 1}, MONDAY, 100)
    for call in (lambda: draw_work(arrivals, law), lambda: draw_work(arrivals, Duration(1), law)):
        assert refused(call) == (
            "Une durée s’écrit Duration(300) pour tous les sujets, ou un dictionnaire qui en donne "
            f"une par sujet (reçu : {law!r})."
        )


def test_every_subject_needs_a_duration() -> None:
    arrivals = poisson_arrivals({("x", s): 1 for s in "abc"}, MONDAY, 100)
    assert set(arrivals["subject"]) == set("abc")
    laws = {"a": Duration(1), "b": Duration(1)}
    assert refused(lambda: draw_work(arrivals, laws)) == (
        "Il manque la durée de ce sujet : c. Ajoutez-la."
    )
    two = refused(lambda: draw_work(arrivals.sort_values("subject"), {"b": Duration(1)}))
    assert two == "Il manque la durée de ces sujets : a, c. Ajoutez-les."


def test_arrivals_are_a_poisson_stream() -> None:
    rates = {("x", "a"): 3, ("x", "b"): 0, ("y", "a"): 1}
    found = poisson_arrivals(rates, pd.Timestamp("2025-01-06 12:00"), hours=2000, seed=4)
    n = len(found)
    assert n == pytest.approx(8000, abs=4 * 8000**0.5)
    assert found["received_at"].is_monotonic_increasing
    assert found["received_at"].min() >= pd.Timestamp("2025-01-06 12:00")
    assert found["received_at"].max() < pd.Timestamp("2025-01-06 12:00") + pd.Timedelta(hours=2000)
    assert str(found["received_at"].dtype) == "datetime64[us]"
    counts = found.groupby(["channel", "subject"]).size()
    assert set(counts.index) == {("x", "a"), ("y", "a")}
    assert counts["x", "a"] / n == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / n) ** 0.5)
    gaps = found["received_at"].diff().dt.total_seconds().dropna()
    assert stats.kstest(gaps, stats.expon(scale=900).cdf).pvalue > 0.001


def test_arrivals_are_seeded() -> None:
    rates = {("x", "a"): 1.0}
    first = poisson_arrivals(rates, MONDAY, 100)
    pd.testing.assert_frame_equal(poisson_arrivals(rates, MONDAY, 100, seed=0), first)
    assert not poisson_arrivals(rates, MONDAY, 100, seed=1).equals(first)
    assert poisson_arrivals(rates, "2025-01-06", 100).equals(first)  # type: ignore[arg-type]


def test_streams_that_make_no_sense() -> None:
    pair = {("x", "a"): 1}
    assert refused(lambda: poisson_arrivals({("x", "a"): -1}, MONDAY, 1)) == (
        "Valeur impossible : le nombre de messages par heure vaut -1. Donnez un nombre, 0 ou plus."
    )
    assert refused(lambda: poisson_arrivals(pair, MONDAY, 0)) == (
        "Valeur impossible : la durée, en heures, vaut 0. Donnez un nombre plus grand que 0."
    )
    for rates, shown in (({}, "0"), ({("x", "a"): 0}, "0"), ({("x", "a"): 5e6 + 1}, "5 000 001")):
        assert refused(lambda rates=rates: poisson_arrivals(rates, MONDAY, 1)) == (
            f"Ces fréquences donneraient {shown} messages en moyenne, et il en faut plus de 0 et "
            "au plus 5 000 000. Vérifiez les fréquences, par heure, et la durée, en heures."
        )
    assert refused(lambda: poisson_arrivals(pair, MONDAY, 87_841)) == (
        "La simulation couvrirait 3 660 jours, et s’arrête à 3 660. Vérifiez les dates, et que la "
        "durée est en heures."
    )
    assert len(poisson_arrivals({("x", "a"): 0.001}, MONDAY, 87_840)) > 0
    for wrong in ("x", ("x",), ("x", "a", "b"), ("x", 1), ["x"]):
        key = tuple(wrong) if isinstance(wrong, list) else wrong
        assert refused(lambda key=key: poisson_arrivals({**pair, key: 1}, MONDAY, 1)) == (
            'Chaque fréquence va avec un canal et un sujet, comme ("instagram", "avis") (reçu : '
            f"{key!r})."
        )
    for when in ("hier", None, pd.NaT, pd.Timestamp("2025-01-06", tz="UTC"), [1]):
        assert refused(lambda when=when: poisson_arrivals(pair, when, 1)) == (
            "Il faut une date locale, sans fuseau, comme 2025-01-06 ou 2025-01-06 09:00 (reçu : "
            f"{when!r})."
        )


# --------------------------------------------------------------------------- simulation


def one_team(**changes) -> RoutingTable:
    team = {"name": "SAV", "agents": 1, "skills": ("a",), **changes}
    return RoutingTable(
        teams=(Team(**team),),
        routes=(Route(subject="a", accountable=("SAV",), responsible=("SAV",)),),
        receives={"x": "SAV"},
    )


def inbox(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Messages of the first week of 2025: day and hour, channel, subject, handling, patience."""
    return pd.DataFrame(
        [(pd.Timestamp(f"2025-01-{when}"), *rest) for when, *rest in rows],
        columns=["received_at", "channel", "subject", "handling_s", "patience_s"],
    )


def told(played: Simulation) -> list[tuple[str | None, str, str, int, str]]:
    """Team, start, answer, hand-offs and outcome of each message."""

    def short(when: pd.Timestamp) -> str:
        return "" if when is pd.NaT else f"{when:%d %H:%M:%S}".removesuffix(":00")

    return [
        (None if pd.isna(m.team) else m.team, short(m.started_at), short(m.answered_at),
         m.hand_offs, m.outcome)
        for m in played.messages.itertuples()
    ]  # fmt: skip


HOUR = 3600.0


def test_a_message_waits_for_the_opening_and_work_stops_at_night() -> None:
    work = inbox(
        ("06 07:00", "x", "a", HOUR, INF),
        ("06 17:00", "x", "a", 2 * HOUR, INF),
        ("06 17:30", "x", "a", 60, INF),
        ("10 17:00", "x", "a", HOUR, INF),
        ("10 17:30", "x", "a", 1.5 * HOUR, INF),
    )
    played = simulate(one_team(), work, organisation="silos", until="2025-01-13 10:00")
    assert told(played) == [
        ("SAV", "06 09:00", "06 10:00", 0, "answered"),
        ("SAV", "06 17:00", "07 10:00", 0, "answered"),
        ("SAV", "07 10:00", "07 10:01", 0, "answered"),
        # Done as the team closes, so the next one waits for Monday.
        ("SAV", "10 17:00", "10 18:00", 0, "answered"),
        ("SAV", "13 09:00", "", 0, "pending"),
    ]
    assert played.start == MONDAY
    assert played.end == pd.Timestamp("2025-01-13 10:00")
    expected = pd.DataFrame(
        {
            "agents": [1],
            "open_h": [46.0],
            "busy_h": [1 + 2 + 1 / 60 + 1 + 1],
            "load": [(5 + 1 / 60) / 46],
            "answered": [4],
        },
        index=pd.Index(["SAV"], name="team"),
    )
    pd.testing.assert_frame_equal(played.teams, expected)
    pd.testing.assert_frame_equal(
        played.flows,
        pd.DataFrame(
            [[0]], index=pd.Index(["SAV"], name="from"), columns=pd.Index(["SAV"], name="to")
        ),
    )
    assert played.organisation == "silos"
    assert list(played.messages.columns) == [
        "received_at", "channel", "subject", "team", "started_at", "answered_at", "hand_offs",
        "outcome",
    ]  # fmt: skip
    assert [str(played.messages[c].dtype) for c in ("team", "started_at", "hand_offs")] == [
        "str", "datetime64[us]", "int64",
    ]  # fmt: skip


@pytest.mark.parametrize("organisation", ["silos", "pooled"])
def test_closing_time_is_too_late_and_opening_time_is_not(organisation) -> None:
    work = inbox(("06 18:00", "x", "a", 60, INF), ("08 09:00", "x", "a", 60, INF))
    assert told(simulate(one_team(), work, organisation=organisation)) == [
        ("SAV", "07 09:00", "07 09:01", 0, "answered"),
        ("SAV", "08 09:00", "08 09:01", 0, "answered"),
    ]


def test_the_simulation_ends_at_midnight_and_an_answer_at_the_end_counts() -> None:
    team = {"opening": weekly(0, 24, range(7))}
    work = inbox(("06 23:00", "x", "a", HOUR, INF))
    played = simulate(one_team(**team), work, organisation="pooled")
    assert played.end == pd.Timestamp("2025-01-07")
    assert told(played) == [("SAV", "06 23:00", "07 00:00", 0, "answered")]
    assert played.teams.loc["SAV", ["open_h", "busy_h"]].tolist() == [24, 1]
    work = inbox(("06 23:00", "x", "a", HOUR + 1e-6, INF))
    played = simulate(one_team(**team), work, organisation="pooled")
    assert told(played) == [("SAV", "06 23:00", "", 0, "pending")]
    assert played.teams["busy_h"].item() == 1


def test_stretches_of_the_week_that_touch_or_overlap_are_one() -> None:
    night = (
        Opening(weekday=6, opens_h=20, closes_h=24),
        Opening(weekday=0, opens_h=1, closes_h=3),
        Opening(weekday=0, opens_h=0, closes_h=2),
        Opening(weekday=0, opens_h=0.5, closes_h=1),
    )
    work = inbox(("12 22:00", "x", "a", 4.5 * HOUR, INF), ("12 23:00", "x", "a", HOUR, INF))
    played = simulate(one_team(opening=night), work, organisation="silos", until="2025-01-27")
    assert told(played) == [
        ("SAV", "12 22:00", "13 02:30", 0, "answered"),
        ("SAV", "13 02:30", "19 20:30", 0, "answered"),
    ]
    # From Sunday 12 at midnight: two evenings and two nights, nothing of the week before.
    assert played.teams["open_h"].item() == 4 + 3 + 4 + 3 + 4


def test_silos_pass_messages_on_during_the_opening_hours_of_the_giver() -> None:
    table = RoutingTable(
        teams=(
            Team(name="Com", agents=1, skills=("avis",)),
            Team(name="SAV", agents=1, skills=("panne",), opening=weekly(8, 20, range(7))),
        ),
        routes=(
            Route(subject="avis", responsible=("Com",)),
            Route(subject="panne", responsible=("SAV",)),
        ),
        receives={"x": "Com", "y": "SAV", "z": None, "w": "Zoo"},
    )
    work = inbox(
        ("06 10:00", "x", "panne", HOUR, INF),
        ("06 10:15", "y", "panne", HOUR, INF),
        ("06 17:30", "x", "panne", HOUR, INF),
        ("06 19:00", "x", "panne", HOUR, INF),
        ("06 10:00", "y", "avis", HOUR, INF),
        ("06 10:00", "x", "emploi", HOUR, INF),
        ("06 10:00", "z", "avis", HOUR, 5.0),
        ("06 10:00", "w", "avis", HOUR, INF),
        ("06 10:00", "v", "avis", HOUR, INF),
        ("07 17:30", "x", "panne", HOUR, 60.0),
        ("07 17:40", "x", "panne", HOUR, INF),
    )
    played = simulate(table, work, organisation="silos", hand_off_delay_s=HOUR)
    nobody = [(holder, "", "", 0, "nobody") for holder in ("Com", None, None, None)]
    assert told(played) == [
        # It left first, but the other one reached the queue first.
        ("SAV", "06 11:15", "06 12:15", 1, "answered"),
        ("SAV", "06 10:15", "06 11:15", 0, "answered"),
        ("SAV", "07 09:30", "07 10:30", 1, "answered"),
        ("SAV", "07 10:30", "07 11:30", 1, "answered"),
        ("Com", "06 11:00", "06 12:00", 1, "answered"),
        *nobody,
        ("Com", "", "", 0, "abandoned"),
        ("Com", "", "", 0, "pending"),
    ]
    assert played.flows.to_dict("list") == {"Com": [0, 1], "SAV": [3, 0]}
    later = simulate(
        table, work, organisation="silos", hand_off_delay_s=HOUR, until=pd.Timestamp("2025-01-09")
    )
    assert told(later)[-2:] == [
        # Passed on although the customer had left; nobody worked on it.
        ("SAV", "", "", 1, "abandoned"),
        ("SAV", "08 09:40", "08 10:40", 1, "answered"),
    ]


def test_a_hand_off_without_delay_still_waits_for_the_giver() -> None:
    table = RoutingTable(
        teams=(
            Team(name="A", agents=1),
            Team(name="B", agents=1, opening=weekly(12, 14)),
            Team(name="C", agents=1, skills=("s",), opening=ALWAYS_OPEN),
        ),
        routes=(Route(subject="s", responsible=("C",)),),
        receives={"x": "A", "y": "B"},
        may_hand_to={"A": ("B",), "B": ("C",)},
    )
    work = inbox(
        ("06 08:00", "x", "s", 60, INF),
        ("06 13:00", "x", "s", 60, INF),
        ("06 15:00", "y", "s", 60, INF),
        ("07 18:00", "x", "s", 60, INF),
        ("07 17:00", "x", "s", 60, INF),
    )
    played = simulate(table, work, organisation="silos", until="2025-01-08 13:00")
    assert told(played) == [
        ("C", "06 12:00", "06 12:01", 2, "answered"),
        ("C", "06 13:00", "06 13:01", 2, "answered"),
        ("C", "07 12:00", "07 12:01", 1, "answered"),
        ("C", "08 12:01", "08 12:02", 2, "answered"),
        ("C", "08 12:00", "08 12:01", 2, "answered"),
    ]
    assert played.flows.loc["A"].tolist() == [0, 4, 0]
    assert played.flows.loc["B"].tolist() == [0, 0, 5]
    cut = simulate(table, work, organisation="silos", until="2025-01-08 10:00")
    assert told(cut)[3:] == [("B", "", "", 1, "pending"), ("B", "", "", 1, "pending")]


def test_silos_need_both_the_role_and_the_skill_and_prefer_the_first_named() -> None:
    teams = tuple(
        Team(name=name, agents=1, skills=skills, opening=ALWAYS_OPEN)
        for name, skills in (("A", ("s", "t")), ("B", ()), ("C", ("s", "t")), ("D", ("s",)))
    )
    routes = (Route(subject="s", responsible=("Z", "B", "D", "C")), Route(subject="t"))
    table = RoutingTable(teams=teams, routes=routes, receives={"x": "A", "y": "B"})
    work = inbox(("06 08:00", "x", "s", 60, INF), ("06 09:00", "y", "t", 60, INF))
    assert told(simulate(table, work, organisation="silos")) == [
        ("D", "06 08:00", "06 08:01", 1, "answered"),
        ("B", "", "", 0, "nobody"),
    ]


def test_a_pool_needs_the_skill_only_and_takes_the_oldest_message() -> None:
    table = RoutingTable(
        teams=(
            Team(name="A", agents=1, skills=("s",), opening=ALWAYS_OPEN),
            Team(name="B", agents=2, skills=("s", "t"), opening=weekly(9, 18)),
        )
    )
    work = inbox(
        ("06 08:00", "x", "t", HOUR, INF),
        ("06 08:10", "y", "s", 3 * HOUR, INF),
        ("06 08:20", "y", "s", HOUR, INF),
        ("06 08:30", "y", "t", HOUR, INF),
        ("06 08:40", "y", "s", HOUR, 4800.0),
        ("06 08:50", "y", "s", HOUR, 4199.0),
        ("06 09:30", "x", "t", HOUR, INF),
        ("06 09:31", "x", "u", HOUR, INF),
        ("06 12:30", "x", "s", HOUR, INF),
        ("06 12:31", "x", "s", HOUR, INF),
        ("06 12:32", "x", "s", HOUR, INF),
    )
    played = simulate(table, work, organisation="pooled")
    assert told(played) == [
        ("B", "06 09:00", "06 10:00", 0, "answered"),
        ("A", "06 08:10", "06 11:10", 0, "answered"),
        ("B", "06 09:00", "06 10:00", 0, "answered"),
        ("B", "06 10:00", "06 11:00", 0, "answered"),
        # Just in time, and a second too late.
        ("B", "06 10:00", "06 11:00", 0, "answered"),
        (None, "", "", 0, "abandoned"),
        ("B", "06 11:00", "06 12:00", 0, "answered"),
        (None, "", "", 0, "nobody"),
        # The team with most free people, then the first one.
        ("B", "06 12:30", "06 13:30", 0, "answered"),
        ("A", "06 12:31", "06 13:31", 0, "answered"),
        ("B", "06 12:32", "06 13:32", 0, "answered"),
    ]
    assert played.teams["answered"].tolist() == [2, 7]
    assert played.flows.to_numpy().sum() == 0


def test_a_customer_who_leaves_at_the_end_is_still_there() -> None:
    closed = one_team(opening=weekly(9, 18, [6]))
    work = inbox(
        ("06 12:00", "x", "a", 60, 12 * HOUR), ("06 12:00", "x", "a", 60, 12 * HOUR - 1e-6)
    )
    for organisation in ("silos", "pooled"):
        played = simulate(closed, work, organisation=organisation)
        assert [outcome for *_, outcome in told(played)] == ["pending", "abandoned"]
        assert math.isnan(played.teams["load"].item())


def test_rows_keep_their_order_and_their_index() -> None:
    work = inbox(
        ("06 12:00", "x", "a", HOUR, INF),
        ("06 11:00", "x", "a", 2 * HOUR, INF),
        ("06 12:00", "x", "a", HOUR, INF),
        ("06 10:00", "x", "a", 2 * HOUR, INF),
    ).set_index(pd.Index([4, 4, "b", "a"]))
    played = simulate(one_team(), work, organisation="silos")
    assert list(played.messages.index) == [4, 4, "b", "a"]
    pd.testing.assert_frame_equal(played.messages.iloc[:, :3], work.iloc[:, :3])
    assert [start for _, start, *_ in told(played)] == [
        "06 14:00", "06 12:00", "06 15:00", "06 10:00",
    ]  # fmt: skip


def test_figures_of_a_simulation() -> None:
    work = inbox(
        *((f"06 10:0{i}", "x", "a", 60.0 * (i + 1), INF) for i in range(4)),
        ("06 12:00", "x", "b", 60, INF),
        ("06 12:00", "x", "a", 8 * HOUR, 0.0),
        ("06 13:00", "x", "a", HOUR, HOUR),
        ("06 14:00", "x", "a", HOUR, INF),
    )
    played = simulate(one_team(), work, organisation="silos", until="2025-01-06 15:00")
    # Answered after 1, 2, 4, 7 minutes: 10:01, 10:03, 10:06, 10:10.
    assert played.response_times_s.tolist() == [60, 120, 240, 420]
    assert (played.p50_s, played.p90_s) == (180, pytest.approx(366))
    assert played.outcomes.to_dict() == {
        "answered": 0.5, "abandoned": 0.125, "nobody": 0.125, "pending": 0.25,
    }  # fmt: skip
    assert list(played.outcomes.index) == list(OUTCOMES)
    assert played.unanswered_share == 0.5
    assert played.answered_within(0) == 0
    # The last message came one hour before the end: beyond, its fate is not known.
    assert [played.answered_within(t) for t in (239.9, 240, 3600)] == [2 / 8, 3 / 8, 4 / 8]
    assert played.answered_within(3601) == 4 / 7
    assert math.isnan(played.answered_within(1e300))
    assert played.summary(240).to_dict() == {
        "p50_s": 180,
        "p90_s": pytest.approx(366),
        "answered_within": 3 / 8,
        "unanswered_share": 0.5,
        "abandoned_share": 0.125,
        "nobody_share": 0.125,
        "pending_share": 0.25,
        "hand_offs_per_message": 0,
        "highest_load": pytest.approx((600 + 3 * 3600) / (6 * 3600)),
    }
    assert played.summary(240).name == "silos"
    assert refused(lambda: played.answered_within(-1)) == (
        "Valeur impossible : le délai vaut -1. Donnez un nombre, 0 ou plus."
    )


def test_presence_is_people_times_opening_hours() -> None:
    work = inbox(("06 10:00", "instagram", "avis", 60, INF))
    table = shop().reinforced({"RH": 1}, closes_h=20)
    played = simulate(table, work, organisation="pooled", until=MONDAY + pd.Timedelta(weeks=3))
    assert played.presence_h_per_week == (2 + 3 + 2) * 5 * 11


def test_shares_within_several_limits_are_those_of_each() -> None:
    arrivals = poisson_arrivals({("instagram", "panne"): 2, ("courriel", "avis"): 1}, MONDAY, 100)
    work = draw_work(arrivals, Duration(1200), Duration(86_400), seed=1)
    played = simulate(shop(), work, organisation="silos", hand_off_delay_s=3600)
    limits = [0, 1800, 86_400, 3 * 86_400, 9e9]
    shares = played.answered_within(limits)
    np.testing.assert_array_equal(shares, [played.answered_within(limit) for limit in limits])
    assert 0 < shares[1] < shares[2] < 1
    assert math.isnan(shares[-1])
    assert played.answered_within([[0, 1800], [1800, 0]]).shape == (2, 2)
    assert type(played.answered_within(1800)) is float


def test_ways_are_counted_from_the_channel_to_the_answer() -> None:
    work = inbox(
        ("06 10:00", "instagram", "avis", 60, INF),
        ("06 10:00", "instagram", "panne", 60, INF),
        ("06 10:00", "instagram", "panne", 60, INF),
        ("06 10:00", "courriel", "panne", 60, INF),
        ("06 10:00", "courriel", "panne", 60, 0.0),
        ("06 10:00", "courriel", "autre", 60, INF),
        ("06 10:00", "fax", "panne", 60, INF),
    )
    table = shop(teams=tuple(
        team.model_copy(update={"agents": 1}) for team in shop().teams
    ), receives={"courriel": "SAV", "instagram": "Com", "x": None})  # fmt: skip
    silos = simulate(table, work, organisation="silos").journeys(table.receives)
    assert list(silos) == ["channel", "opened_by", "outcome", "answered_by", "messages"]
    assert silos.fillna("").to_numpy().tolist() == [
        ["courriel", "SAV", "answered", "SAV", 1],
        ["courriel", "SAV", "abandoned", "", 1],
        ["courriel", "SAV", "nobody", "", 1],
        ["instagram", "Com", "answered", "Com", 1],
        ["instagram", "Com", "answered", "SAV", 2],
        ["fax", "", "nobody", "", 1],
    ]
    pooled = simulate(table, work, organisation="pooled").journeys(table.receives)
    assert pooled["opened_by"].isna().all()
    assert pooled["messages"].sum() == len(work)
    assert pooled.loc[pooled["channel"] == "fax", "answered_by"].tolist() == ["SAV"]


def test_nothing_answered_has_no_response_time() -> None:
    played = simulate(RoutingTable(), inbox(("06 10:00", "x", "a", 60, INF)), organisation="silos")
    assert math.isnan(played.p50_s)
    assert math.isnan(played.p90_s)
    assert played.unanswered_share == 1
    assert played.teams.empty
    assert played.flows.shape == (0, 0)
    assert str(played.messages["team"].dtype) == "str"
    assert math.isnan(played.summary(60)["highest_load"])
    assert played.outcomes["nobody"] == 1


def test_a_comparison_plays_the_same_messages() -> None:
    table = shop()
    rates = {("instagram", "panne"): 1, ("courriel", "avis"): 1, ("courriel", "emploi"): 0.2}
    arrivals = poisson_arrivals(rates, MONDAY, 24 * 14)
    work = draw_work(arrivals, Duration(1200), Duration(2 * 86_400), seed=1)
    until = MONDAY + pd.Timedelta(days=21)
    both = compare_organisations(table, work, hand_off_delay_s=1800, until=until)
    assert (both.silos.organisation, both.pooled.organisation) == ("silos", "pooled")
    for organisation, played in (("silos", both.silos), ("pooled", both.pooled)):
        alone = simulate(table, work, organisation=organisation, hand_off_delay_s=1800, until=until)
        pd.testing.assert_frame_equal(played.messages, alone.messages)
        pd.testing.assert_frame_equal(played.teams, alone.teams)
    summary = both.summary(86_400)
    assert list(summary.columns) == ["silos", "pooled", "difference"]
    pd.testing.assert_series_equal(summary["silos"], both.silos.summary(86_400))
    assert summary.loc["p50_s", "difference"] == both.pooled.p50_s - both.silos.p50_s < 0
    assert summary.loc["hand_offs_per_message", "silos"] > 0.3
    quick = compare_organisations(table, work)
    assert quick.silos.end == arrivals["received_at"].max().normalize() + pd.Timedelta(days=1)
    assert quick.silos.p50_s < both.silos.p50_s


def test_two_organisations_of_one_team_are_the_same() -> None:
    arrivals = poisson_arrivals({("x", "a"): 3}, MONDAY, 24 * 7)
    work = draw_work(arrivals, Duration(1800), Duration(7200))
    both = compare_organisations(one_team(agents=2), work)
    outcomes = both.silos.messages["outcome"]
    assert set(outcomes) == {"answered", "abandoned", "pending"}
    columns = ["started_at", "answered_at", "outcome"]
    pd.testing.assert_frame_equal(both.silos.messages[columns], both.pooled.messages[columns])
    pd.testing.assert_frame_equal(both.silos.teams, both.pooled.teams)


def test_what_cannot_be_played_is_refused() -> None:
    table, work = one_team(), inbox(("06 10:00", "x", "a", 60, INF))
    assert refused(lambda: simulate(table, work, organisation="bazar")) == (  # type: ignore[arg-type]
        "Organisation inconnue : 'bazar'. Choisissez silos ou pooled."
    )
    twice = table.model_copy(update={"teams": table.teams * 2, "routes": table.routes * 3})
    assert refused(lambda: simulate(twice, work, organisation="silos")) == (
        "Ce tableau ne se simule pas : on ne sait pas quelle ligne suivre. L’équipe « SAV » est "
        "décrite 2 fois. Le sujet « a » figure sur 3 lignes."
    )
    for until in ("2025-01-06 10:00", "2025-01-06"):
        assert refused(
            lambda until=until: simulate(table, work, organisation="silos", until=until)
        ) == (
            f"La simulation s’arrête le {pd.Timestamp(until)}, avant ou avec le dernier message "
            "(2025-01-06 10:00:00). Choisissez une fin plus tardive, ou retirez ces messages."
        )
    assert refused(lambda: simulate(table, work, organisation="silos", until="2040-01-01")) == (
        "La simulation couvrirait 5 473 jours, et s’arrête à 3 660. Vérifiez les dates, et que la "
        "durée est en heures."
    )
    assert refused(lambda: simulate(table, work, organisation="silos", hand_off_delay_s=-1)) == (
        "Valeur impossible : le délai de transmission vaut -1. Donnez un nombre, 0 ou plus."
    )
    assert refused(lambda: simulate(table, work, organisation="silos", until="demain")).startswith(
        "Il faut une date locale"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda w: w.drop(columns="channel"),
            "Il manque une colonne au tableau des messages : channel. Colonnes présentes : "
            "received_at, subject, handling_s, patience_s.",
        ),
        (
            lambda w: pd.DataFrame(index=w.index),
            "Il manque des colonnes au tableau des messages : received_at, channel, subject. "
            "Colonnes présentes : aucune.",
        ),
        (
            lambda w: w.iloc[:0],
            "Aucun message à traiter : le tableau est vide. Vérifiez la période choisie.",
        ),
        (
            lambda w: w.assign(received_at="2025-01-06"),
            "received_at doit être une date et une heure locales, sans fuseau, à chaque ligne "
            "(reçu : str, 0 vides). Convertissez avec pd.to_datetime, et pour une heure avec "
            "fuseau .dt.tz_localize(None).",
        ),
        (
            lambda w: w.assign(received_at=w["received_at"].dt.tz_localize("UTC")),
            "received_at doit être une date et une heure locales, sans fuseau, à chaque ligne "
            "(reçu : datetime64[us, UTC], 0 vides). Convertissez avec pd.to_datetime, et pour une "
            "heure avec fuseau .dt.tz_localize(None).",
        ),
        (
            lambda w: w.assign(received_at=w["received_at"].where([True, False])),
            "received_at doit être une date et une heure locales, sans fuseau, à chaque ligne "
            "(reçu : datetime64[us], 1 vides). Convertissez avec pd.to_datetime, et pour une "
            "heure avec fuseau .dt.tz_localize(None).",
        ),
        (
            lambda w: w.assign(channel=["x", None]),
            "channel doit être un texte à chaque ligne (trouvé : NaN). Remplissez les cases "
            "vides, ou retirez ces lignes.",
        ),
        (
            lambda w: w.assign(subject=[3, "a"]),
            "subject doit être un texte à chaque ligne (trouvé : 3). Remplissez les cases vides, "
            "ou retirez ces lignes.",
        ),
    ],
)
def test_messages_that_cannot_be_read_are_refused(change, expected) -> None:
    work = change(inbox(*[("06 10:00", "x", "a", 60, INF)] * 2))
    assert refused(lambda: simulate(one_team(), work, organisation="silos")) == expected
    assert refused(lambda: draw_work(work, Duration(1))) == expected


@pytest.mark.parametrize("column", ["handling_s", "patience_s"])
def test_work_has_durations(column) -> None:
    work = inbox(*[("06 10:00", "x", "a", 60, INF)] * 2)

    def play(work: pd.DataFrame) -> str:
        return refused(lambda: simulate(one_team(), work, organisation="silos"))

    assert play(work.drop(columns=column)) == (
        f"Il manque la colonne {column} : passez les messages par draw_work."
    )
    for value, shown in ((-1.0, "-1"), (math.nan, "NaN"), ("vite", "NaN")):
        assert play(work.assign(**{column: [1, value]})) == (
            f"Valeur impossible : {column} vaut {shown}. Donnez un nombre, 0 ou plus."
        )


def test_no_answer_takes_for_ever() -> None:
    work = inbox(("06 10:00", "x", "a", INF, INF))
    assert refused(lambda: simulate(one_team(), work, organisation="silos")) == (
        "La colonne handling_s a une durée sans fin. Donnez un nombre de secondes."
    )
    work = inbox(("06 10:00", "x", "a", 1e30, 1e30), ("06 10:00", "x", "a", 0, 1e30))
    played = simulate(one_team(), work, organisation="silos")
    assert told(played) == [("SAV", "06 10:00", "", 0, "pending"), ("SAV", "", "", 0, "pending")]
    played = simulate(one_team(), work.iloc[::-1], organisation="silos")
    assert told(played)[0] == ("SAV", "06 10:00", "06 10:00", 0, "answered")


# A second simulation, written without an event list: it steps from one instant at which something
# may happen to the next, and counts down what is left of each piece of work.

US = 1_000_000


def step_by_step(  # noqa: PLR0912, PLR0915 - one loop, plain to read
    table: RoutingTable, work: pd.DataFrame, organisation: str, delay: int, end: int
):
    minute = 60 * US
    week = 7 * 24 * 60 * minute
    received = ((work["received_at"] - MONDAY) // pd.Timedelta(microseconds=1)).tolist()
    handling = (work["handling_s"] * US).round().astype(int).tolist()
    gives_up = [r + p * US for r, p in zip(received, work["patience_s"].tolist(), strict=True)]
    subject, channel = work["subject"].tolist(), work["channel"].tolist()
    teams = {team.name: team for team in table.teams}
    free = {name: team.agents for name, team in teams.items()}

    def is_open(name: str, t: int) -> bool:
        return any(
            (o.weekday * 24 + o.opens_h) * 60 * minute
            <= t % week
            < (o.weekday * 24 + o.closes_h) * 60 * minute
            for o in teams[name].opening
        )

    changes = sorted(
        {
            int(w * week + (o.weekday * 24 + h) * 60 * minute)
            for team in table.teams
            for o in team.opening
            for h in (o.opens_h, o.closes_h)
            for w in range(end // week + 1)
        }
    )

    def next_team(here: str | None, s: str) -> str | None:
        """Itself, the next one, or None; with three teams there are few paths to try."""
        goals = [n for r in table.routes if r.subject == s for n in r.responsible
                 if n in teams and s in teams[n].skills]  # fmt: skip
        if here in goals:
            return here

        def allowed(a: str | None, b: str) -> bool:
            return table.may_hand_to is None or b in table.may_hand_to.get(a or "", ())

        if here not in teams:
            return None
        for goal in goals:
            if allowed(here, goal):
                return goal
        for goal in goals:
            for middle in teams:
                if middle != here and allowed(here, middle) and allowed(middle, goal):
                    return middle
        return None

    waiting: list[tuple[int, str | None]] = []  # message, team of the queue (None: everyone's)
    held = {}
    doing: list[list] = []  # message, team, left
    moving: list[list] = []  # message, from, to, left
    started, answered, team_of = {}, {}, {}
    hand_offs = [0] * len(work)
    nobody, flows, busy = set(), {}, dict.fromkeys(teams, 0)

    def may_take(name: str, m: int, queue: str | None) -> bool:
        return queue == name if organisation == "silos" else subject[m] in teams[name].skills

    def start(m: int, name: str, t: int) -> None:
        started[m], team_of[m] = t, name
        free[name] -= 1
        doing.append([m, name, handling[m]])

    def place(m: int, t: int) -> None:
        if organisation == "silos":
            here = held[m]
            to = next_team(here, subject[m])
            if to is None:
                nobody.add(m)
            elif to != here:
                moving.append([m, here, to, delay])
                return
        elif not any(subject[m] in team.skills for team in table.teams):
            nobody.add(m)
        if m in nobody:
            return
        queue = held[m] if organisation == "silos" else None
        takers = [n for n in teams if may_take(n, m, queue) and free[n] and is_open(n, t)]
        if takers and gives_up[m] >= t:
            start(m, max(takers, key=lambda n: free[n]), t)
        else:
            waiting.append((m, queue))

    t = 0
    while True:
        for piece in [p for p in doing if p[2] == 0]:
            doing.remove(piece)
            answered[piece[0]] = t
            free[piece[1]] += 1
        if t == end:
            break
        for name in teams:
            while free[name] and is_open(name, t):
                mine = [(m, q) for m, q in waiting if may_take(name, m, q) and gives_up[m] >= t]
                if not mine:
                    break
                first = mine[0] if organisation == "silos" else min(mine)
                waiting.remove(first)
                start(first[0], name, t)
        for m in [m for m, r in enumerate(received) if r == t]:
            held[m] = table.receives.get(channel[m])
            held[m] = held[m] if held[m] in teams else None
            place(m, t)
        ready = [p for p in moving if p[3] == 0 and is_open(p[1], t)]
        while ready:
            for piece in ready:
                moving.remove(piece)
                m, giver, taker, _ = piece
                hand_offs[m] += 1
                flows[giver, taker] = flows.get((giver, taker), 0) + 1
                held[m] = taker
                place(m, t)
            ready = [p for p in moving if p[3] == 0 and is_open(p[1], t)]
        times = [r for r in received if r > t] + [c for c in changes if c > t] + [end]
        times += [t + p[2] for p in doing if is_open(p[1], t)]
        times += [t + p[3] for p in moving if is_open(p[1], t) and p[3]]
        later = min(times)
        for piece in doing:
            if is_open(piece[1], t):
                piece[2] -= later - t
                busy[piece[1]] += later - t
        for piece in moving:
            if is_open(piece[1], t):
                piece[3] -= later - t
        t = later
    rows = []
    for m in range(len(work)):
        outcome = (
            "nobody" if m in nobody
            else "answered" if m in answered
            else "pending" if m in started or gives_up[m] >= end
            else "abandoned"
        )  # fmt: skip
        holder = team_of.get(m, held[m] if organisation == "silos" else None)
        rows.append((holder, started.get(m), answered.get(m), hand_offs[m], outcome))
    return rows, flows, busy


def random_case(seed: int) -> tuple[RoutingTable, pd.DataFrame, float, int]:
    rng = np.random.default_rng(seed)
    names, subjects, channels = "ABC"[: rng.integers(1, 4)], "stu", "xyz"

    def some(items: str) -> tuple[str, ...]:
        return tuple(rng.permutation(list(items))[: rng.integers(0, len(items) + 1)].tolist())

    def opening() -> tuple[Opening, ...]:
        if rng.random() < 0.2:
            return ALWAYS_OPEN
        found = []
        for _ in range(rng.integers(1, 6)):
            opens, closes = sorted(rng.choice(49, 2, replace=False) / 2)
            found += weekly(opens, closes, rng.permutation(7)[: rng.integers(1, 6)].tolist())
        return tuple(found)

    table = RoutingTable(
        teams=tuple(
            Team(name=n, agents=rng.integers(1, 3), skills=some(subjects), opening=opening())
            for n in names
        ),
        routes=tuple(Route(subject=s, responsible=some(names + "Z")) for s in subjects[:2]),
        receives={c: rng.choice(list(names)) if rng.random() < 0.9 else None for c in channels[:2]},
        may_hand_to=None if rng.random() < 0.5 else {n: some(names) for n in names if n != "C"},
    )
    n = rng.integers(1, 40)
    days = rng.integers(1, 9)
    work = pd.DataFrame(
        {
            "received_at": MONDAY
            + pd.to_timedelta(np.sort(rng.integers(0, days * 24 * 3600 * US, n)), unit="us"),
            "channel": rng.choice(list(channels), n, p=[0.5, 0.4, 0.1]),
            "subject": rng.choice(list(subjects), n, p=[0.5, 0.4, 0.1]),
            "handling_s": np.round(rng.exponential(rng.choice([600, 20_000]), n), 6),
            "patience_s": np.round(rng.exponential(rng.choice([20_000, 200_000]), n), 6),
        }
    )
    first = int((work["received_at"].iloc[0] - MONDAY).days)
    work["received_at"] -= pd.Timedelta(days=first)
    delay = float(rng.choice([0, 1800.5, 30_000]))
    return table, work, delay, int(days + rng.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["silos", "pooled"]))
def test_the_simulation_is_the_step_by_step_one(seed, organisation) -> None:
    table, work, delay, days = random_case(seed)
    end = MONDAY + pd.Timedelta(days=days)
    played = simulate(table, work, organisation=organisation, hand_off_delay_s=delay, until=end)
    rows, flows, busy = step_by_step(
        table, work, organisation, round(delay * US), days * 24 * 3600 * US
    )

    def ticks(when: pd.Timestamp) -> int | None:
        return None if pd.isna(when) else (when - MONDAY) // pd.Timedelta(microseconds=1)

    found = [
        (None if pd.isna(m.team) else m.team, ticks(m.started_at), ticks(m.answered_at),
         m.hand_offs, m.outcome)
        for m in played.messages.itertuples()
    ]  # fmt: skip
    assert found == rows
    assert flows == {
        (giver, taker): n for giver, row in played.flows.iterrows() for taker, n in row.items() if n
    }
    assert played.teams["busy_h"].to_dict() == pytest.approx(
        {name: ticks / US / 3600 for name, ticks in busy.items()}, abs=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["silos", "pooled"]))
def test_messages_are_conserved(seed, organisation) -> None:
    table, work, delay, _days = random_case(seed)
    played = simulate(table, work, organisation=organisation, hand_off_delay_s=delay)
    messages = played.messages
    pd.testing.assert_frame_equal(messages[["received_at", "channel", "subject"]],
                                  work[["received_at", "channel", "subject"]])  # fmt: skip
    assert set(messages["outcome"]) <= set(OUTCOMES)
    assert played.outcomes.sum() == pytest.approx(1)
    answered = messages["outcome"] == "answered"
    assert (messages["answered_at"].notna() == answered).all()
    assert (messages["started_at"].notna() | ~answered).all()
    begun = messages[messages["started_at"].notna()]
    assert (begun["started_at"] >= begun["received_at"]).all()
    assert set(begun["outcome"]) <= {"answered", "pending"}
    done = messages[answered]
    assert (done["answered_at"] >= done["started_at"]).all()
    assert (done["answered_at"] <= played.end).all()
    assert played.teams["answered"].sum() == answered.sum()
    assert not (played.teams["load"] > 1).any()
    assert played.flows.to_numpy().sum() == messages["hand_offs"].sum()
    for m in begun.itertuples():
        team = next(team for team in table.teams if team.name == m.team)
        hour = (m.started_at - m.started_at.normalize()) / pd.Timedelta(hours=1)
        assert any(o.weekday == m.started_at.weekday() and o.opens_h <= hour < o.closes_h
                   for o in team.opening)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(tables(), st.integers(0, 2**32 - 1))
def test_messages_change_hands_as_on_paper(table: RoutingTable, seed) -> None:
    rates = {(channel, route.subject): 0.2 for channel in "xyz" for route in table.routes}
    work = draw_work(poisson_arrivals(rates, MONDAY, 100, seed=seed), Duration(60), seed=seed)
    played = simulate(table, work, organisation="silos", until=MONDAY + pd.Timedelta(days=30))
    steps = table.hand_offs().steps
    for m in played.messages.itertuples():
        if m.channel not in table.receives or math.isnan(steps.loc[m.channel, m.subject]):
            assert (m.outcome, m.hand_offs) == ("nobody", 0)
        else:
            assert (m.outcome, m.hand_offs) == ("answered", steps.loc[m.channel, m.subject])


def test_one_queue_is_first_come_first_served() -> None:
    """Against Kiefer and Wolfowitz: each message goes to whoever is free first."""
    arrivals = poisson_arrivals({("x", "a"): 60}, MONDAY, 50, seed=2)
    work = draw_work(arrivals, Duration(200), seed=2)
    table = one_team(agents=4, opening=ALWAYS_OPEN)
    played = simulate(table, work, organisation="silos", until=MONDAY + pd.Timedelta(days=9))
    free = [MONDAY] * 4
    for m, handling in zip(played.messages.itertuples(), work["handling_s"], strict=True):
        start = max(min(free), m.received_at)
        end = start + pd.Timedelta(microseconds=round(handling * US))
        assert (m.started_at, m.answered_at) == (start, end)
        free[free.index(min(free))] = end


@pytest.mark.parametrize("organisation", ["silos", "pooled"])
def test_where_its_assumptions_hold_the_simulation_agrees_with_erlang_c(organisation) -> None:
    rate, handling_s, agents, runs = 200, 180, 14, 24
    table = one_team(agents=agents, opening=ALWAYS_OPEN)
    waited, wait, in_time, load = [], [], [], []
    for seed in range(runs):
        arrivals = poisson_arrivals({("x", "a"): rate}, MONDAY, hours=12, seed=seed)
        work = draw_work(arrivals, Duration(handling_s), seed=seed)
        played = simulate(table, work, organisation=organisation, until="2025-01-06 14:00")
        m = played.messages
        s = (m["started_at"] - m["received_at"]).dt.total_seconds()
        waited.append((s > 0).mean())
        wait.append(s.mean())
        in_time.append((s <= 20).mean())
        load.append(played.teams["load"].item() * 14 / 12)

    def gaps(queue) -> list[float]:
        """How far each figure is, in standard errors of its mean over the runs."""
        return [
            abs(np.mean(seen) - expected) / (np.std(seen, ddof=1) / runs**0.5)
            for seen, expected in (
                (waited, queue.waiting_probability),
                (wait, queue.mean_wait_s),
                (in_time, queue.service_level(20)),
                (load, queue.occupancy),
            )
        ]

    assert max(gaps(erlang_c(rate, handling_s, agents))) < 4
    # One person more or fewer would have been noticed.
    assert min(gaps(erlang_c(rate, handling_s, agents + 1))) > 4
    assert min(gaps(erlang_c(rate, handling_s, agents - 1))) > 4
