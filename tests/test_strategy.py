"""The learner's strategy: files and review. Spaces in French messages are U+00A0."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import time
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinqcles import strategy as module
from cinqcles.errors import MetricError
from cinqcles.keys.coherence import Opening, Route, RoutingTable, Team
from cinqcles.keys.purpose import FormError, Indicator, Level, Objective
from cinqcles.strategy import (
    LARGEST_FILE,
    Audience,
    Channel,
    Finding,
    Measurement,
    ObjectiveDraft,
    Strategy,
    Tool,
)

TODAY = date(2026, 1, 10)


def plain(text: str) -> str:
    """A message, with its non-breaking spaces made plain to be read here."""
    assert not re.search(r"(?<!\u00a0)[;?!»]|«(?!\u00a0)|(?<=\w) [:€]|(?<=\w)[:€] ", text), text
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def message(error: pytest.ExceptionInfo[MetricError]) -> str:
    assert error.value.__suppress_context__ or error.value.__context__ is None
    return plain(str(error.value))


OBJECTIVE = {
    "name": "Réponses",
    "statement": "Répondre à nos clients dans la journée",
    "indicator": "Réponses en 24 h",
    "baseline": 55.5,
    "target": 85,
    "unit": "%",
    "start": date(2026, 1, 5),
    "deadline": date(2026, 12, 31),
    "owner": "Service client",
}
CHANNEL = {
    "name": "Instagram",
    "audiences": ["Clientes"],
    "objectives": ["Réponses"],
    "opened_by": "Service client",
    "spend_eur": 4000,
    "minimum_viable_eur": 1500,
}
MEASUREMENT = {
    "indicator": "Réponses en 24 h",
    "source": "Messagerie partagée",
    "frequency": "chaque semaine",
    "owner": "Service client",
}
SOUND = Strategy(
    company="Maison Liseron – l’atelier",
    objectives=[ObjectiveDraft(**OBJECTIVE)],
    indicators=[
        Indicator(name="Messages triés", level="activity", feeds=["Réponses en 24 h"]),
        Indicator(name="Réponses en 24 h", level="outcome"),
    ],
    teams=[Team(name="Service client", agents=3, skills=["livraison"])],
    routes=[
        Route(subject="livraison", accountable=["Service client"], responsible=["Service client"])
    ],
    tools=[Tool(name="Messagerie partagée", objectives=["Réponses"], reason="Un seul endroit")],
    audiences=[Audience(name="Clientes", description="Ont commandé depuis un an")],
    channels=[Channel(**CHANNEL)],
    budget_eur=5000,
    measurements=[Measurement(**MEASUREMENT)],
)


def objective(**fields) -> ObjectiveDraft:
    return ObjectiveDraft(**OBJECTIVE | fields)


def channel(**fields) -> Channel:
    return Channel(**CHANNEL | fields)


def found(today: date = TODAY, **fields) -> list[tuple]:
    """The findings on the sound strategy with some fields changed, as tuples."""
    return [
        (
            each.code,
            each.key,
            each.section,
            plain(each.where),
            each.severity,
            plain(each.what),
            plain(each.mend),
        )
        for each in SOUND.replace(**fields).review(today)
    ]


def codes(today: date = TODAY, **fields) -> list[tuple[str, str]]:
    return [(each[0], each[3]) for each in found(today, **fields)]


# --------------------------------------------------------------------------- review


def test_finished_objectives_and_a_whole_routing_table_will_do() -> None:
    table = RoutingTable(teams=SOUND.teams, routes=SOUND.routes)
    whole = SOUND.replace(objectives=(Objective(**OBJECTIVE),), teams=table, routes=table)
    assert whole == SOUND
    assert type(whole.objectives[0]) is ObjectiveDraft


def test_a_line_left_empty_is_said_once() -> None:
    lines = [objective(), ObjectiveDraft(), ObjectiveDraft(name="Ventes")]
    mend = (
        "Écrivez ce qui doit changer, l’indicateur et son unité, sa valeur de départ et sa cible, "
        "l’échéance et le responsable ; ou retirez cette ligne."
    )
    assert found(objectives=lines) == [
        (
            "objective_to_complete",
            1,
            "objectives",
            where,
            "blocking",
            f"Objectif {said} : tout reste à compléter.",
            mend,
        )
        for where, said in (("n° 2", "n° 2"), ("Ventes", "« Ventes »"))
    ]


def test_the_day_of_a_review_is_a_date() -> None:
    with pytest.raises(MetricError) as error:
        SOUND.review(today="2026-01-01")  # type: ignore[arg-type]
    assert message(error) == (
        "Le jour de la lecture doit être une date, et vaut '2026-01-01'. Écrivez par exemple "
        "today=date(2026, 1, 10), après « from datetime import date »."
    )


def test_a_sound_strategy_has_no_finding() -> None:
    assert SOUND.review(TODAY) == ()
    assert SOUND.review(today=datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == ()


def test_an_empty_strategy_is_told_where_to_begin() -> None:
    (finding,) = Strategy().review(TODAY)
    assert finding == Finding(
        code="empty",
        key=1,
        section="objectives",
        where="",
        severity="blocking",
        what="Votre stratégie est encore vide.",
        mend="Commencez par un objectif\u00a0: que voulez-vous changer, et pour qui\u00a0?",
    )
    assert str(finding) == f"{finding.what} {finding.mend}"


def test_a_strategy_just_started_is_told_each_section_in_the_order_of_the_keys() -> None:
    started = Strategy(audiences=[Audience(name="Clientes")]).review(TODAY)
    assert [(each.key, each.code, each.section) for each in started] == [
        (1, "no_company", "company"),
        (1, "objective_missing", "objectives"),
        (2, "team_missing", "teams"),
        (2, "subject_missing", "routes"),
        (4, "audience_without_channel", "audiences"),
        (4, "channel_missing", "channels"),
        (4, "budget_missing", "budget_eur"),
    ]
    assert {each.severity for each in started} == {"blocking"}


EMPTY_SECTIONS = [
    (
        {"company": " "},
        ("no_company", 1, "company", "", "blocking"),
        "La stratégie ne dit pas de quelle entreprise il s’agit.",
        "Écrivez son nom.",
    ),
    (
        {"objectives": (), "indicators": (), "tools": (), "channels": [channel(objectives=[])],
         "measurements": ()},
        ("objective_missing", 1, "objectives", "", "blocking"),
        "La stratégie n’a pas d’objectif : rien ne dit pourquoi vous êtes présents.",
        "Écrivez-en au moins un, avant de choisir des outils et des canaux.",
    ),
    (
        {"teams": ()},
        ("team_missing", 2, "teams", "", "blocking"),
        "Aucune équipe n’est décrite : personne ne peut répondre.",
        "Décrivez les équipes qui répondront, même si l’une n’est qu’une seule personne.",
    ),
    (
        {"routes": ()},
        ("subject_missing", 2, "routes", "", "blocking"),
        "Aucun sujet n’est réparti : on ne sait pas qui répond à quoi.",
        "Listez les sujets dont votre public vous parle, et donnez à chacun une équipe garante et "
        "une équipe qui répond.",
    ),
    (
        {"audiences": (), "channels": [channel(audiences=[])]},
        ("audience_missing", 4, "audiences", "", "blocking"),
        "La stratégie ne dit pas à qui elle s’adresse.",
        "Décrivez au moins une audience : c’est d’après elle que se choisissent les canaux.",
    ),
    (
        {"channels": (), "audiences": [Audience()]},
        ("channel_missing", 4, "channels", "", "blocking"),
        "Aucun canal n’est choisi.",
        "Choisissez-en au moins un : là où sont déjà votre public et vos ventes.",
    ),
    (
        {"budget_eur": None},
        ("budget_missing", 4, "budget_eur", "", "blocking"),
        "Le budget n’est pas chiffré.",
        "Écrivez le montant dont vous disposez pour tous les canaux, même s’il est de 0 €.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "where", "what", "mend"), EMPTY_SECTIONS)
def test_an_empty_section_is_pointed_out(fields, where, what, mend) -> None:
    assert (*where, what, mend) in found(**fields)
    alone = {each[1][0]: [] for each in EMPTY_SECTIONS} | {
        "objective_missing": [("channel_without_objective", "Instagram")],
        "audience_missing": [("channel_without_audience", "Instagram")],
        "channel_missing": [("audience_without_name", "n° 1")],
    }
    others = [each for each in codes(**fields) if each != (where[0], "")]
    assert others == alone[where[0]]


@pytest.mark.parametrize(
    ("field", "what", "mend"),
    [
        (
            "statement",
            "l’énoncé manque.",
            "Dites en une phrase ce qui doit changer, et pour qui.",
        ),
        (
            "baseline",
            "la valeur de départ manque.",
            "Relevez l’indicateur aujourd’hui : sans point de départ, aucun progrès ne se voit.",
        ),
        ("target", "la cible manque.", "Écrivez la valeur que l’indicateur doit atteindre."),
        ("unit", "l’unité manque.", "Précisez-la : « % », « € », « heures », « messages »…"),
        (
            "deadline",
            "l’échéance manque.",
            "Fixez le jour où vous vérifierez que la cible est atteinte.",
        ),
        (
            "owner",
            "personne ne répond de cet objectif.",
            "Nommez l’équipe ou la personne qui en est responsable.",
        ),
    ],
)
def test_a_gap_in_an_objective(field, what, mend) -> None:
    blank = None if field in ("baseline", "target", "deadline") else ""
    code = f"objective_without_{field}"
    assert found(objectives=[objective(**{field: blank})]) == [
        (code, 1, "objectives", "Réponses", "blocking", f"Objectif « Réponses » : {what}", mend)
    ]


def test_an_objective_without_indicator_is_said_once() -> None:
    assert found(objectives=[objective(indicator="")]) == [
        (
            "objective_without_indicator",
            1,
            "objectives",
            "Réponses",
            "blocking",
            "Objectif « Réponses » : rien ne mesure cet objectif.",
            "Choisissez un indicateur : ce que vous regarderez pour savoir s’il est atteint.",
        ),
        *(
            (
                "no_objective",
                1,
                "indicators",
                name,
                "advice",
                f"L’indicateur « {name} » ne sert aucun objectif.",
                "Reliez-le à un objectif ou à un indicateur de niveau plus avancé qu’il fait "
                "bouger, ou cessez de le suivre.",
            )
            for name in ("Messages triés", "Réponses en 24 h")
        ),
    ]


def test_an_objective_without_a_name_is_known_by_its_place() -> None:
    nameless = found(objectives=[objective(), objective(name="")])
    assert nameless == [
        (
            "objective_without_name",
            1,
            "objectives",
            "n° 2",
            "blocking",
            "Objectif n° 2 : l’objectif n’a pas de nom.",
            "Donnez-lui un nom court, que le reste de la stratégie reprendra.",
        )
    ]


def test_a_target_and_dates_that_make_no_sense() -> None:
    assert codes(objectives=[objective(target=55.5)]) == [("no_change", "Réponses")]
    assert found(objectives=[objective(start=date(2027, 1, 1))])[0][5] == (
        "Objectif « Réponses » : l’échéance (31/12/2026) ne vient pas après le début (01/01/2027)."
    )
    late = [
        (
            "deadline_passed",
            1,
            "objectives",
            "Réponses",
            "blocking",
            "Objectif « Réponses » : l’échéance (31/12/2026) est passée.",
            "Faites le bilan de cet objectif, puis fixez une nouvelle échéance.",
        )
    ]
    assert found(date(2027, 1, 1)) == late
    assert found(datetime(2027, 1, 1, tzinfo=UTC)) == late
    assert found(date(2026, 12, 31)) == []


def test_two_objectives_of_one_name() -> None:
    twice = [objective(), objective(indicator="Messages triés"), ObjectiveDraft(), ObjectiveDraft()]
    said = found(objectives=twice)
    assert (
        "duplicate_objective",
        1,
        "objectives",
        "Réponses",
        "blocking",
        "L’objectif « Réponses » figure plusieurs fois.",
        "Réunissez ces lignes, ou donnez-leur des noms différents.",
    ) in said
    assert [each[0] for each in said].count("duplicate_objective") == 1
    # Both of its indicators count: no vanity, though one is an activity.
    assert not {"vanity", "no_objective"} & {each[0] for each in said}


def test_what_the_tree_of_indicators_says() -> None:
    indicators = [
        Indicator(name="Réponses en 24 h", level="outcome", feeds=["Délai", "Tri"]),
        Indicator(name="Tri", level="activity"),
        Indicator(),
        Indicator(name="Autre"),
    ]
    said = found(indicators=indicators)
    assert [each[:5] for each in said] == [
        ("unknown_link", 1, "indicators", "Réponses en 24 h", "blocking"),
        ("backward_link", 1, "indicators", "Réponses en 24 h", "blocking"),
        ("no_objective", 1, "indicators", "Tri", "advice"),
        ("no_name", 1, "indicators", "", "blocking"),
        ("no_level", 1, "indicators", "Autre", "blocking"),
    ]
    missing = found(objectives=[objective(indicator="Délai")], indicators=[])
    assert missing[0][:6] == (
        "unknown_measure",
        1,
        "objectives",
        "Réponses",
        "blocking",
        "L’objectif « Réponses » se mesure par « Délai », qui n’est pas dans vos indicateurs.",
    )


def test_an_objective_that_rests_on_appearances() -> None:
    likes = Indicator(name="Réponses en 24 h", level=Level.OUTPUT)
    assert found(indicators=[likes]) == [
        (
            "vanity",
            5,
            "objectives",
            "Réponses",
            "blocking",
            "L’objectif « Réponses » ne se mesure que par ce que vous faites ou diffusez (Réponses "
            "en 24 h) : ces chiffres peuvent monter sans que rien ne change.",
            "Ajoutez-lui un indicateur de ce que le public en retient ou en fait, ou de ce que "
            "l’entreprise y gagne.",
        )
    ]


def test_what_the_routing_table_says() -> None:
    teams = [*SOUND.teams, Team(name="Com", agents=1), Team(name="Nuit", agents=1, opening=())]
    both = Route(
        subject="livraison",
        accountable=["Service client", "Com"],
        responsible=["Service client", "Com", "Com"],
    )
    assert [(each[0], *each[2:5]) for each in found(teams=teams, routes=[both])] == [
        ("never_open", "teams", "Nuit", "blocking"),
        ("idle_team", "teams", "Nuit", "advice"),
        ("duplicate_role", "routes", "livraison", "advice"),
        ("several_accountable", "routes", "livraison", "blocking"),
        ("responsible_without_skill", "routes", "livraison", "advice"),
    ]
    assert {each[1] for each in found(teams=teams, routes=[both])} == {2}
    nobody = Route(subject="livraison", responsible=["Livreurs"])
    assert [(each[0], *each[2:5]) for each in found(routes=[nobody, nobody])] == [
        ("duplicate_subject", "routes", "livraison", "blocking"),
        *[
            ("unknown_team", "routes", "livraison", "blocking"),
            ("no_accountable", "routes", "livraison", "blocking"),
        ]
        * 2,
    ]
    assert codes(teams=[*SOUND.teams * 2]) == [("duplicate_team", "Service client")]


def test_who_opens_the_messages_of_a_channel() -> None:
    channels = [channel(opened_by=""), channel(name="", opened_by="")]
    assert found(channels=channels)[0] == (
        "channel_without_team",
        2,
        "channels",
        "Instagram",
        "blocking",
        "Personne n’ouvre les messages de « Instagram ».",
        "Dites quelle équipe les ouvre en premier.",
    )
    assert codes(channels=channels)[1:] == [("channel_without_name", "n° 2"), ("over_budget", "")]
    assert found(channels=[channel(opened_by="Com")])[0][:5] == (
        "unknown_team",
        2,
        "channels",
        "Instagram",
        "blocking",
    )
    # Without any team, one finding is enough.
    assert codes(channels=[channel(opened_by="")], teams=()) == [("team_missing", "")]


def test_a_tool_serves_an_objective() -> None:
    tools = [
        Tool(name="Chatbot"),
        Tool(name="Planning", objectives=["Réponse", "Zut", "Zut", "Réponses"]),
        Tool(objectives=["Réponses"]),
        Tool(objectives=["Réponses"]),
        Tool(name="Chatbot", objectives=["Réponses"]),
    ]
    head = (3, "tools")
    assert found(tools=tools) == [
        *(
            (
                "tool_without_name",
                *head,
                where,
                "blocking",
                f"L’outil {where} n’a pas de nom.",
                "Nommez-le, ou retirez cette ligne.",
            )
            for where in ("n° 3", "n° 4")
        ),
        (
            "duplicate_tool",
            *head,
            "Chatbot",
            "blocking",
            "L’outil « Chatbot » figure plusieurs fois.",
            "Réunissez ces lignes, ou donnez-leur des noms différents.",
        ),
        (
            "tool_without_objective",
            *head,
            "Chatbot",
            "blocking",
            "L’outil « Chatbot » ne sert aucun objectif : la mode n’est pas une raison d’investir.",
            "Dites quel objectif il sert, ou laissez-le de côté.",
        ),
        (
            "tool_unknown_objective",
            *head,
            "Planning",
            "blocking",
            "L’outil « Planning » sert l’objectif « Réponse », que la stratégie n’a pas "
            "(vouliez-vous dire « Réponses » ?).",
            "Écrivez cet objectif, ou corrigez son nom.",
        ),
        (
            "tool_unknown_objective",
            *head,
            "Planning",
            "blocking",
            "L’outil « Planning » sert l’objectif « Zut », que la stratégie n’a pas.",
            "Écrivez cet objectif, ou corrigez son nom.",
        ),
    ]
    assert found(tools=()) == []


def test_audiences_are_reached() -> None:
    audiences = [
        Audience(name="Clientes"),
        Audience(),
        Audience(name="Presse"),
        Audience(name="Presse"),
    ]
    head = (4, "audiences")
    assert found(audiences=audiences) == [
        (
            "audience_without_name",
            *head,
            "n° 2",
            "blocking",
            "L’audience n° 2 n’a pas de nom.",
            "Nommez-la, ou retirez cette ligne.",
        ),
        (
            "duplicate_audience",
            *head,
            "Presse",
            "blocking",
            "L’audience « Presse » figure plusieurs fois.",
            "Réunissez ces lignes, ou donnez-leur des noms différents.",
        ),
        (
            "audience_without_channel",
            *head,
            "Presse",
            "blocking",
            "Aucun canal ne vise l’audience « Presse ».",
            "Dites sur quel canal vous la trouverez, ou retirez-la.",
        ),
    ]


def test_a_channel_has_a_reason_to_be() -> None:
    head = (4, "channels")
    channels = [
        channel(name="X", objectives=[], audiences=[], spend_eur=0),
        channel(name="X", objectives=["Vendre"], audiences=["Cliente", "Clientes"], spend_eur=0),
        channel(name="", spend_eur=0),
    ]
    assert found(channels=channels) == [
        (
            "channel_without_name",
            *head,
            "n° 3",
            "blocking",
            "Le canal n° 3 n’a pas de nom.",
            "Nommez-le, ou retirez cette ligne.",
        ),
        (
            "duplicate_channel",
            *head,
            "X",
            "blocking",
            "Le canal « X » figure plusieurs fois.",
            "Réunissez ces lignes, ou donnez-leur des noms différents.",
        ),
        (
            "channel_without_objective",
            *head,
            "X",
            "blocking",
            "Le canal « X » ne sert aucun objectif : y être n’en est pas un.",
            "Dites quel objectif il sert, ou fermez-le.",
        ),
        (
            "channel_without_audience",
            *head,
            "X",
            "blocking",
            "Le canal « X » ne vise aucune audience.",
            "Dites qui vous y cherchez, ou renoncez à ce canal.",
        ),
        (
            "channel_unknown_objective",
            *head,
            "X",
            "blocking",
            "Le canal « X » sert l’objectif « Vendre », que la stratégie n’a pas.",
            "Écrivez cet objectif, ou corrigez son nom.",
        ),
        (
            "channel_unknown_audience",
            *head,
            "X",
            "blocking",
            "Le canal « X » vise l’audience « Cliente », qui n’est pas décrite (vouliez-vous dire "
            "« Clientes » ?).",
            "Décrivez cette audience, ou corrigez son nom.",
        ),
    ]


@pytest.mark.parametrize(
    ("spend", "minimum", "expected"),
    [
        (
            None,
            1500,
            (
                "channel_without_spend",
                "blocking",
                "La dépense prévue sur le canal « Instagram » manque.",
                "Chiffrez-la : 0 € si ce canal ne vous coûte que du temps.",
            ),
        ),
        (
            0.01,
            None,
            (
                "channel_without_minimum",
                "advice",
                "Rien ne dit à partir de quelle dépense le canal « Instagram » produit un effet.",
                "Estimez ce minimum : en dessous, l’argent serait mieux placé ailleurs.",
            ),
        ),
        (
            1499.5,
            1500,
            (
                "below_minimum",
                "blocking",
                "Le canal « Instagram » reçoit 1 499,50 €, sous son minimum viable de 1 500 € : "
                "cette dépense risque de ne rien produire.",
                "Montez jusqu’à ce minimum, ou renoncez à ce canal au profit d’un autre.",
            ),
        ),
        (
            0.5,
            1,
            (
                "below_minimum",
                "blocking",
                "Le canal « Instagram » reçoit 0,50 €, sous son minimum viable de 1 € : cette "
                "dépense risque de ne rien produire.",
                "Montez jusqu’à ce minimum, ou renoncez à ce canal au profit d’un autre.",
            ),
        ),
        (0, 1500, None),
        (0, None, None),
        (1500, 1500, None),
        (1, 0, None),
    ],
)
def test_the_money_of_a_channel(spend, minimum, expected) -> None:
    channels = [channel(spend_eur=spend, minimum_viable_eur=minimum)]
    if expected is None:
        assert found(channels=channels) == []
    else:
        code, severity, *texts = expected
        assert found(channels=channels) == [(code, 4, "channels", "Instagram", severity, *texts)]


def test_the_budget() -> None:
    two = [channel(spend_eur=3000.005), channel(name="LinkedIn", spend_eur=2200.10)]
    assert found(channels=two) == [
        (
            "over_budget",
            4,
            "budget_eur",
            "",
            "blocking",
            "Vos canaux coûtent 5 200,10 € pour un budget de 5 000 € : c’est 200,10 € de trop.",
            "Réduisez une dépense, ou renoncez à un canal : mieux vaut en servir un bien que "
            "plusieurs trop peu.",
        )
    ]
    assert codes(budget_eur=3999.99) == [("over_budget", "")]
    assert codes(budget_eur=4000) == codes(budget_eur=3999.996) == []
    dimes = [channel(name=f"c{i}", spend_eur=0.1, minimum_viable_eur=0) for i in range(3)]
    assert codes(channels=dimes, budget_eur=0.3) == []
    dear = [channel(spend_eur=None), channel(name="b", spend_eur=1, minimum_viable_eur=1)]
    assert codes(channels=dear, budget_eur=0) == [
        ("channel_without_spend", "Instagram"),
        ("over_budget", ""),
    ]


def test_the_measurement_plan() -> None:
    head = (5, "measurements")
    assert found(measurements=()) == [
        (
            "indicator_without_measurement",
            *head,
            "Réponses en 24 h",
            "blocking",
            "Rien ne dit comment « Réponses en 24 h » sera mesuré.",
            "Ajoutez-le au plan de mesure : où lire le chiffre, quand, et qui le relève.",
        )
    ]
    plan = [Measurement(**MEASUREMENT), Measurement(indicator="Réponse en 24 h"), Measurement()]
    gaps = {
        "source": (
            "où lire « {} ».",
            "Indiquez la source : un export, un tableau, un outil.",
        ),
        "frequency": (
            "quand relever « {} ».",
            "Indiquez une fréquence, par exemple « chaque semaine ».",
        ),
        "owner": ("qui relève « {} ».", "Nommez une personne ou une équipe."),
    }

    def lacking(where):
        return [
            (
                f"measurement_without_{field}",
                *head,
                where,
                "blocking",
                f"Le plan de mesure ne dit pas {what.format(where)}",
                mend,
            )
            for field, (what, mend) in gaps.items()
        ]

    assert found(measurements=[*plan, plan[0]]) == [
        (
            "measurement_without_indicator",
            *head,
            "n° 3",
            "blocking",
            "La ligne n° 3 du plan de mesure ne dit pas quel indicateur elle suit.",
            "Choisissez-en un, ou retirez cette ligne.",
        ),
        (
            "duplicate_measurement",
            *head,
            "Réponses en 24 h",
            "blocking",
            "Le plan de mesure suit « Réponses en 24 h » plusieurs fois.",
            "Gardez une seule ligne, pour qu’il n’y ait qu’un chiffre qui fasse foi.",
        ),
        *lacking("Réponse en 24 h"),
        (
            "measurement_unknown_indicator",
            *head,
            "Réponse en 24 h",
            "blocking",
            "Le plan de mesure suit « Réponse en 24 h », qui n’est pas dans vos indicateurs "
            "(vouliez-vous dire « Réponses en 24 h » ?).",
            "Ajoutez cet indicateur, ou corrigez son nom.",
        ),
    ]
    # An indicator that only feeds another may go without a line; one without a name has none.
    blank = [*SOUND.indicators, Indicator()]
    assert codes(objectives=[objective(), objective(name="b", indicator="")], indicators=blank) == [
        ("objective_without_indicator", "b"),
        ("no_name", ""),
    ]


def test_findings_come_key_by_key_and_every_text_is_french() -> None:
    keys = set()
    for strategy in (
        Strategy(company="x", tools=[Tool()], channels=[Channel()], measurements=[Measurement()]),
        Strategy(objectives=[ObjectiveDraft()], teams=[Team(name="a", agents=1)]),
        SOUND.replace(indicators=[Indicator(name="Réponses en 24 h", level="output")]),
    ):
        findings = strategy.review(TODAY)
        assert [each.key for each in findings] == sorted(each.key for each in findings)
        keys |= {each.key for each in findings}
        for each in findings:
            plain(each.what)
            plain(each.mend)
            assert each.what.endswith(".")
            assert each.mend[-1] in ".?…"
            assert "{" not in str(each)
            assert each.section in Strategy.model_fields
    assert keys == {1, 2, 3, 4, 5}


def test_what_is_said_can_be_formatted_and_is_all_used() -> None:
    details = dict.fromkeys(("name", "hint", "day", "spend", "minimum", "spent", "budget", "over"))
    for code, (key, section, what, mend) in module._SAID.items():
        assert 1 <= key <= 5
        assert section in Strategy.model_fields
        assert "{" not in plain(what).format(where="x", **details)
        assert "{" not in mend
        assert code.isascii()


NAMES = st.sampled_from(["", "a", "b", "Réponses"])
MANY = {"max_size": 3}


@given(
    st.builds(
        Strategy,
        company=NAMES,
        objectives=st.lists(
            st.builds(
                ObjectiveDraft,
                name=NAMES,
                indicator=NAMES,
                statement=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
                baseline=st.none() | st.floats(-1e12, 1e12),
                target=st.none() | st.sampled_from([0.0, 1.5]),
                start=st.none() | st.dates(),
                deadline=st.none() | st.dates(),
            ),
            **MANY,
        ),
        indicators=st.lists(
            st.builds(
                Indicator,
                name=NAMES,
                level=st.none() | st.sampled_from(Level),
                feeds=st.lists(NAMES, **MANY),
            ),
            **MANY,
        ),
        teams=st.lists(
            st.builds(
                Team,
                name=NAMES.filter(bool),
                agents=st.integers(1, 5),
                opening=st.just((Opening(weekday=5, opens_h=9.5, closes_h=12),)) | st.just(()),
            ),
            **MANY,
        ),
        routes=st.lists(
            st.builds(
                Route,
                subject=NAMES.filter(bool),
                accountable=st.lists(NAMES.filter(bool), **MANY),
                responsible=st.lists(NAMES.filter(bool), **MANY),
            ),
            **MANY,
        ),
        tools=st.lists(st.builds(Tool, name=NAMES, objectives=st.lists(NAMES, **MANY)), **MANY),
        audiences=st.lists(st.builds(Audience, name=NAMES), **MANY),
        channels=st.lists(
            st.builds(
                Channel,
                name=NAMES,
                opened_by=NAMES,
                audiences=st.lists(NAMES, **MANY),
                objectives=st.lists(NAMES, **MANY),
                spend_eur=st.none() | st.floats(0, 1e12),
                minimum_viable_eur=st.none() | st.floats(0, 1e12),
            ),
            **MANY,
        ),
        budget_eur=st.none() | st.floats(0, 1e12),
        measurements=st.lists(st.builds(Measurement, indicator=NAMES, source=NAMES), **MANY),
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_draft_is_held_reviewed_and_read_back_as_it_was(draft) -> None:
    assert Strategy.from_json(draft.to_json()) == draft
    assert Strategy.from_json(draft.to_json().encode()) == draft
    findings = draft.review(TODAY)
    assert draft.review(TODAY) == findings
    for each in findings:
        assert each.severity in ("blocking", "advice")
        assert "{" not in each.what.replace(str(each.where), "")


# --------------------------------------------------------------------------- forms


def test_a_form_is_filled_in_piece_by_piece() -> None:
    draft = Strategy()
    draft = draft.replace(company="  Liseron ")
    draft = draft.replace(channels=[{"name": "Instagram"}], budget_eur=10)
    assert draft == Strategy(
        company="Liseron", channels=(Channel(name="Instagram"),), budget_eur=10
    )
    with pytest.raises(FormError) as error:
        draft.replace(budget_eur=-0.5, channel=[])
    assert message(error).split("\n") == [
        "Budget (€) : un montant ne peut pas être négatif (reçu : -0,5). Corrigez cette valeur.",
        "Le champ « channel » n’existe pas (vouliez-vous dire « channels » ?). Renommez-le. Les "
        "champs sont : company, author, objectives, indicators, teams, routes, tools, audiences, "
        "channels, budget_eur, measurements.",
    ]
    assert Channel(spend_eur=0, minimum_viable_eur=0.0).spend_eur == 0


def test_what_is_spent_and_left_is_counted_to_the_cent() -> None:
    plan = Strategy(channels=[Channel(spend_eur=0.1), Channel(spend_eur=0.2), Channel()])
    assert plan.spent_eur == pytest.approx(0.3)
    assert plan.left_eur is None
    assert plan.replace(budget_eur=0.3).left_eur == 0
    assert plan.replace(budget_eur=0.25).left_eur == -0.05


def test_a_new_name_is_taken_by_what_referred_to_the_old_one() -> None:
    plan = Strategy(
        objectives=[ObjectiveDraft(name="A", indicator="I"), ObjectiveDraft(indicator="J")],
        indicators=[Indicator(name="J", feeds=["I"])],
        teams=[Team(name="T", agents=1, skills=["s"])],
        routes=[
            Route(
                subject="r", accountable=["U"], responsible=["U"], consulted=["U"], informed=["U"]
            )
        ],
        tools=[Tool(objectives=["B", "A", "C"])],
        channels=[Channel(audiences=["P"], objectives=["B"], opened_by="U")],
        measurements=[Measurement(indicator="I")],
    )
    new = plan.renamed("objectives", "B", "A")
    assert new.tools[0].objectives == ("A", "C")  # once, not twice
    assert new.channels[0].objectives == ("A",)
    new = plan.renamed("indicators", "I", "K")
    assert [each.indicator for each in new.objectives] == ["K", "J"]
    assert new.indicators[0].feeds == ("K",)
    assert new.measurements[0].indicator == "K"
    new = plan.renamed("teams", "U", "T")
    [route] = new.routes
    assert {route.accountable, route.responsible, route.consulted, route.informed} == {("T",)}
    assert new.channels[0].opened_by == "T"
    assert plan.renamed("routes", "s", "r").teams[0].skills == ("r",)
    assert plan.renamed("audiences", "P", "Q").channels[0].audiences == ("Q",)
    # A line still has the old name, or one of the two says nothing.
    for section, old, name in [
        ("objectives", "A", "Z"), ("teams", "T", "Z"), ("routes", "r", "Z"), ("teams", "", "Z"),
        ("teams", "U", ""), ("tools", "B", "Z"),
    ]:  # fmt: skip
        assert plan.renamed(section, old, name) is plan or plan.renamed(section, old, name) == plan


def test_a_review_is_told_in_a_sentence() -> None:
    def finding(severity) -> Finding:
        return Finding("x", 1, "tools", "", severity, "Quoi.", "Comment.")

    for blocking, advice, said in [
        (0, 0, "La relecture ne trouve rien à redire\u00a0: tout se tient."),
        (1, 0, "La relecture trouve 1 point à régler."),
        (2, 1, "La relecture trouve 2 points à régler et 1 conseil."),
        (0, 3, "La relecture trouve 3 conseils."),
    ]:
        found = [finding("blocking")] * blocking + [finding("advice")] * advice
        assert module.tell(found) == said


def test_an_outline_says_what_is_filled_in_and_nothing_else() -> None:
    assert Strategy().outline() == ""
    told = Strategy(
        company="Liseron",
        objectives=[
            ObjectiveDraft(
                name="Ventes", statement="Vendre plus.", target=1234.5, deadline="2026-12-31"
            ),
            ObjectiveDraft(unit="%"),
        ],
        audiences=[Audience()],
        indicators=[Indicator(name="Devis", level="outcome", feeds=["Ventes", "Marge"])],
        teams=[Team(name="SAV", agents=2)],
    ).outline()
    assert told.replace("\u00a0", " ").replace("\u202f", " ").split("\n") == [
        "Entreprise : Liseron",
        "— Objectifs —",
        "• Ventes – Énoncé : Vendre plus ; Cible : 1 234,5 ; Échéance : 31/12/2026",
        "• n° 2 – Unité : %",
        "— Indicateurs —",
        "• Devis – Niveau : Effets ; Ce qu’il fait bouger : Ventes, Marge",
        "— Équipes —",
        "• SAV – Effectif : 2",
        "— Audiences —",
        "• n° 1",
    ]


def test_a_name_on_the_cover_is_not_yet_a_strategy() -> None:
    assert [each.code for each in Strategy(author="Ada").review(TODAY)] == ["empty"]


def test_a_mistake_in_a_line_says_which_line() -> None:
    with pytest.raises(FormError) as error:
        Strategy(channels=[{}, {"spend_eur": "12 euros"}], teams=[{"name": "SAV", "agents": 0}])
    assert message(error).split("\n") == [
        "Équipes, n° 1 : Effectif : une équipe compte au moins une personne (reçu : 0). Corrigez "
        "cette valeur.",
        "Canaux, n° 2 : « Dépense (€) » attend un nombre, et a reçu : 12 euros. Écrivez un nombre "
        "seul : l’unité a son propre champ.",
    ]
    assert [problem.about for problem in error.value.problems] == [
        "teams.0.agents",
        "channels.1.spend_eur",
    ]


@pytest.mark.parametrize(
    "section",
    [name for name in Strategy.model_fields if name not in ("company", "author", "budget_eur")],
)
def test_a_section_has_a_hundred_lines_at_most(section) -> None:
    line = {"teams": {"name": "a", "agents": 1}, "routes": {"subject": "a"}}.get(section, {})
    assert len(getattr(Strategy(**{section: [line] * 100}), section)) == 100
    with pytest.raises(FormError) as error:
        Strategy(**{section: [line] * 101})
    title = Strategy.model_fields[section].title
    assert message(error).startswith(f"« {title} » attend une liste d’au plus 100 lignes, et a")
    assert message(error).endswith(" Gardez l’essentiel.")


def test_every_field_has_a_name_on_screen() -> None:
    for form in (Strategy, ObjectiveDraft, Audience, Tool, Channel, Measurement, Indicator):
        titles = [field.title for field in form.model_fields.values()]
        assert all(titles)
        assert len(set(titles)) == len(titles)


# --------------------------------------------------------------------------- files


def test_the_file_is_readable_and_comes_back_the_same(tmp_path) -> None:
    path = tmp_path / "stratégie.json"
    SOUND.save(path)
    assert Strategy.load(path) == SOUND
    assert Strategy.load(str(path)) == SOUND
    text = path.read_text("utf-8")
    assert text == SOUND.to_json()
    assert text.startswith(
        '{\n  "format": "cinqcles-strategy",\n  "version": 1,\n  "company": "Mai'
    )
    assert text.endswith("}\n")
    assert '"Maison Liseron – l’atelier"' in text
    assert '"deadline": "2026-12-31"' in text
    assert '"level": "activity"' in text
    # What text editors put there, or a mail's other ends of line, change nothing.
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert Strategy.load(path) == SOUND


def test_saving_leaves_one_file_with_the_rights_of_any_other(tmp_path) -> None:
    path, other = tmp_path / "a.json", tmp_path / "b.txt"
    other.write_text("x")
    SOUND.save(path)
    SOUND.replace(company="Autre").save(path)
    assert Strategy.load(path).company == "Autre"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "b.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_while_saving_leaves_the_old_file(tmp_path, monkeypatch, step) -> None:
    path = tmp_path / "a.json"
    SOUND.save(path)
    seen = []

    def fails(*arguments):
        seen.extend(each.name for each in tmp_path.iterdir())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fails)
    with pytest.raises(MetricError) as error:
        SOUND.replace(company="Autre").save(path)
    assert message(error) == (
        f"La stratégie n’a pas pu être enregistrée dans « {path} » : le disque répond « No space "
        "left on device ». Choisissez un autre emplacement."
    )
    assert Strategy.load(path) == SOUND
    assert sorted(seen) == [f".a.json.{os.getpid()}.tmp", "a.json"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_no_name_is_no_place() -> None:
    with pytest.raises(MetricError, match="n’a pas pu être enregistrée"):
        SOUND.save("")
    assert not list(Path().glob(".*.tmp"))


def test_a_place_that_cannot_be_written_or_read(tmp_path, monkeypatch) -> None:
    nowhere = tmp_path / "rien" / "a.json"
    with pytest.raises(MetricError) as error:
        SOUND.save(nowhere)
    assert message(error) == (
        f"La stratégie n’a pas pu être enregistrée dans « {nowhere} » : ce fichier ou ce dossier "
        "n’existe pas. Choisissez un autre emplacement."
    )
    with pytest.raises(MetricError) as error:
        Strategy.load(nowhere)
    assert message(error) == (
        f"La stratégie « {nowhere} » n’a pas pu être ouverte : ce fichier ou ce dossier n’existe "
        "pas. Vérifiez son nom."
    )
    with pytest.raises(MetricError) as error:
        Strategy.load(tmp_path)
    assert message(error) == (
        f"La stratégie « {tmp_path} » n’a pas pu être ouverte : c’est un dossier. Vérifiez son nom."
    )

    def refused(*_arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(MetricError) as error:
        Strategy.load(tmp_path / "a.json")
    assert " : l’accès est refusé. " in message(error)


UNREADABLE = (
    "Ce fichier ne se lit pas : il est abîmé, coupé, ou d’une autre sorte qu’une stratégie "
    "(.json). Choisissez celui que vous avez enregistré depuis votre dossier, sans l’ouvrir "
    "ailleurs."
)
FOREIGN = (
    "Ce fichier n’est pas une stratégie du cours. Choisissez celui que vous avez enregistré depuis "
    "votre dossier."
)
TOO_LARGE = (
    "Ce fichier est trop gros pour être une stratégie (plus de 500 ko). Choisissez celui que vous "
    "avez enregistré depuis votre dossier."
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", UNREADABLE),
        (b"", UNREADABLE),
        ("bonjour", UNREADABLE),
        (SOUND.to_json()[:-10], UNREADABLE),
        (SOUND.to_json().encode("utf-16"), UNREADABLE),
        (SOUND.to_json().replace("–", "-").encode("latin-1", "ignore"), UNREADABLE),
        (b"PK\x03\x04\x00\xff", UNREADABLE),
        ("[" * 100_000, UNREADABLE),
        ('{"format": "cinqcles-strategy", "version": ' + "9" * 5000 + "}", UNREADABLE),
        ("null", FOREIGN),
        ('["cinqcles-strategy"]', FOREIGN),
        ('"cinqcles-strategy"', FOREIGN),
        ("{}", FOREIGN),
        ('{"format": "Cinqcles-strategy", "version": 1}', FOREIGN),
        ('{"format": ["cinqcles-strategy"], "version": 1}', FOREIGN),
        ('{"cells": [], "nbformat": 4}', FOREIGN),
        (" " * (LARGEST_FILE + 1), TOO_LARGE),
        (b" " * (LARGEST_FILE + 1), TOO_LARGE),
    ],
    ids=range(18),
)
def test_a_file_that_is_no_strategy(content, expected) -> None:
    with pytest.raises(MetricError) as error:
        Strategy.from_json(content)
    assert message(error) == expected


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("2", "2"),
        ("0", "0"),
        ("null", "None"),
        ('"1"', "1"),
        ("[1]", "[1]"),
        ("1" * 40, "1" * 20),
    ],
)
def test_a_file_of_another_version(version, shown) -> None:
    with pytest.raises(MetricError) as error:
        Strategy.from_json(f'{{"format": "cinqcles-strategy", "version": {version}, "autre": 3}}')
    assert message(error) == (
        f"Cette stratégie vient d’une autre version du cours (format {shown}, et celui-ci lit le "
        "format 1). Ouvrez-la avec la version la plus récente du cours."
    )
    with pytest.raises(MetricError, match="format None"):
        Strategy.from_json('{"format": "cinqcles-strategy"}')


def saved(**content) -> str:
    return json.dumps({"format": "cinqcles-strategy", "version": 1} | content)


def test_a_file_as_large_as_allowed_is_read() -> None:
    text = saved(company="Liseron")
    padded = text + " " * (LARGEST_FILE - len(text))
    assert Strategy.from_json(padded).company == Strategy.from_json(padded.encode()).company


def test_a_file_tampered_with_is_refused_in_french() -> None:
    with pytest.raises(MetricError) as error:
        Strategy.from_json(
            saved(company=3, budget_eur=float("nan"), objectives=[{"deadline": "demain"}], self=1)
        )
    assert type(error.value) is MetricError
    assert message(error).split("\n") == [
        "Cette stratégie contient des valeurs qui ne vont pas :",
        "« Entreprise » attend du texte, et a reçu : 3. Écrivez-le entre guillemets.",
        "Objectifs, n° 1 : « Échéance » attend une date, et a reçu : demain. Choisissez un jour, "
        "ou écrivez-le ainsi : 2026-12-31.",
        "« Budget (€) » attend un nombre, et a reçu : nan. Écrivez un nombre seul : l’unité a son "
        "propre champ.",
        "Le champ « self » n’existe pas. Retirez-le. Les champs sont : company, author, "
        "objectives, indicators, teams, routes, tools, audiences, channels, budget_eur, "
        "measurements.",
    ]


def test_only_the_first_problems_of_a_file_are_shown() -> None:
    for n, last in ((5, "« Canaux, n° 5 »"), (6, "… et d’autres.")):
        with pytest.raises(MetricError) as error:
            Strategy.from_json(saved(channels=[3] * n))
        lines = message(error).split("\n")
        assert len(lines) == n + 1
        assert lines[1].startswith(
            "« Canaux, n° 1 » attend une ligne remplie champ par champ, et a reçu : 3."
        )
        assert lines[-1].startswith(last)


@pytest.mark.parametrize(
    "content",
    [
        saved(**{f"k{i}": 0 for i in range(35_000)}),
        saved(channels=[{f"k{i}": 0 for i in range(35_000)}]),
        saved(channels=[{}] * 100_000),
        saved(channels=[0] * 150_000),
        saved(company="x" * 490_000),
        saved(company=[[[0] * 100] * 100] * 10),
        saved()[:-1] + ', "company": ' + "[" * 900 + "]" * 900 + "}",
        saved(indicators=[{"name": "x" * 480_000}]),
        saved(**{"x" * 480_000: 1}),
        saved(company="\ud800"),
        saved(objectives={"name": "a"}),
        saved(routes=[{"subject": ""}]),
        saved(budget_eur=10**300),
    ],
    ids=range(13),
)
def test_a_hostile_file_ends_soon_in_one_short_message(content) -> None:
    assert len(content) < LARGEST_FILE
    begun = time.process_time()
    with pytest.raises(MetricError) as error:
        Strategy.from_json(content)
    assert time.process_time() - begun < 2
    assert message(error).startswith("Cette stratégie contient des valeurs qui ne vont pas :\n")
    assert len(message(error)) < 3000


def test_the_largest_strategy_is_reviewed_soon() -> None:
    name = "Un nom plutôt long, le même à une lettre près ".ljust(95, ".")
    names = [f"{name}{i:03}" for i in range(100)]
    unlike = [f"{name}{i:03}" for i in range(500, 520)]
    full = Strategy(
        objectives=[ObjectiveDraft(name=each, indicator="x" + each[1:]) for each in names],
        indicators=[Indicator(name=each, level="output", feeds=unlike[:2]) for each in names],
        channels=[Channel(name=each, objectives=unlike[:2]) for each in names],
        tools=[Tool(name=each, objectives=unlike[:2]) for each in names],
    )
    begun = time.process_time()
    assert full.review(TODAY)
    assert time.process_time() - begun < 15
    with pytest.raises(MetricError) as error:
        full.replace(
            audiences=[Audience(description="x" * 2000)] * 100,
            channels=[Channel(objectives=names[:20], audiences=names[:20]) for _ in range(100)],
        ).to_json()
    assert plain(str(error.value)) == (
        "Cette stratégie est trop longue pour être enregistrée (plus de 500 ko). Raccourcissez ses "
        "textes ou ses listes."
    )


def test_a_size_is_counted_in_bytes() -> None:
    room = LARGEST_FILE - len(Strategy(audiences=[Audience()] * 100).to_json().encode())
    each = room // 100 // 3  # the euro sign takes three bytes
    fits = Strategy(audiences=[Audience(description="€" * each)] * 100)
    assert len(fits.to_json().encode()) <= LARGEST_FILE
    assert Strategy.from_json(fits.to_json().encode()) == fits
    with pytest.raises(MetricError, match="trop longue"):
        fits.replace(audiences=[Audience(description="€" * (each + 1))] * 100).to_json()


def test_of_a_huge_file_only_the_beginning_is_read(tmp_path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(10**9)  # a hole: takes no room on the disk
    tracemalloc.start()
    with pytest.raises(MetricError) as error:
        Strategy.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message(error) == TOO_LARGE
    assert peak < 3_000_000
