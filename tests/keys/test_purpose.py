"""Key 1: objectives, indicator trees, planned against received. Spaces in French are U+00A0."""

from __future__ import annotations

from datetime import date, datetime
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from scipy.spatial.distance import jensenshannon

from cinqcles.errors import MetricError
from cinqcles.keys import purpose
from cinqcles.keys.coherence import Team
from cinqcles.keys.purpose import (
    NO_PURPOSE,
    NOBODY,
    Estimate,
    Form,
    FormError,
    Indicator,
    IndicatorTree,
    Level,
    Objective,
    Problem,
    if_owned,
    jensen_shannon_distance,
    make_room,
    mismatch,
    suggestion,
    total_variation,
)


def plain(text: str) -> str:
    """A message, with its non-breaking spaces made plain to be read here."""
    for i, c in enumerate(text):
        if c in ";?!»" or (text[i : i + 2] == ": " and text[i - 1] != '"'):
            assert text[i - 1] == "\u00a0", text
        if c == "«":
            assert text[i + 1] == "\u00a0", text
    return text.replace("\u00a0", " ")


def message(error: pytest.ExceptionInfo[MetricError]) -> str:
    return plain(str(error.value))


def said(problem: Problem) -> tuple[str, str, str, str]:
    return problem.code, problem.about, plain(problem.what), plain(problem.mend)


# --------------------------------------------------------------------------- objectives

FILLED = {
    "name": "Réponses",
    "statement": "Répondre plus vite",
    "indicator": "Délai médian",
    "baseline": 26,
    "target": 4,
    "unit": "heures",
    "start": date(2026, 1, 5),
    "deadline": date(2026, 12, 31),
    "owner": "Service client",
}
MISSING = {
    "name": (
        "L’objectif n’a pas de nom.",
        "Donnez-lui un nom court, que le reste de la stratégie reprendra.",
    ),
    "statement": (
        "L’énoncé manque.",
        "Dites en une phrase ce qui doit changer, et pour qui.",
    ),
    "indicator": (
        "Rien ne mesure cet objectif.",
        "Choisissez un indicateur : ce que vous regarderez pour savoir s’il est atteint.",
    ),
    "baseline": (
        "La valeur de départ manque.",
        "Relevez l’indicateur aujourd’hui : sans point de départ, aucun progrès ne se voit.",
    ),
    "target": ("La cible manque.", "Écrivez la valeur que l’indicateur doit atteindre."),
    "unit": ("L’unité manque.", "Précisez-la : « % », « € », « heures », « messages »…"),
    "deadline": (
        "L’échéance manque.",
        "Fixez le jour où vous vérifierez que la cible est atteinte.",
    ),
    "owner": (
        "Personne ne répond de cet objectif.",
        "Nommez l’équipe ou la personne qui en est responsable.",
    ),
}
NUMBER = "Écrivez un nombre seul : l’unité a son propre champ."
DAY = "Choisissez un jour, ou écrivez-le ainsi : 2026-12-31."


def test_a_complete_objective() -> None:
    objective = Objective(**FILLED)
    assert objective.model_dump() == FILLED
    assert Objective.problems(FILLED) == ()
    assert type(objective.baseline) is float
    assert Objective.problems(FILLED | {"baseline": -1e12, "target": 1e12}) == ()
    without_start = {name: value for name, value in FILLED.items() if name != "start"}
    assert Objective(**without_start).start is None
    with pytest.raises(MetricError) as error:
        objective.name = "Autre"
    assert message(error) == (
        "« name » ne se change pas sur place. Faites-en une copie modifiée, avec replace(…) s’il "
        "s’agit de la stratégie, ou remplissez un nouveau formulaire."
    )


def test_what_is_typed_is_tidied() -> None:
    objective = Objective(
        **FILLED
        | {
            "name": " Réponses ",
            "unit": " % ",
            "baseline": np.int64(26),
            "target": np.float32(4),
            "start": " 2026-01-05 ",
            "deadline": "2026-12-31",
        }
    )
    assert objective.model_dump() == FILLED | {"unit": "%"}
    assert Objective(**FILLED | {"start": " "}).start is None


def test_an_empty_form_says_all_that_is_missing_in_its_order() -> None:
    expected = [("missing", field, *texts) for field, texts in MISSING.items()]
    assert [said(problem) for problem in Objective.problems({})] == expected
    for blank in ("", "  ", None):
        form = dict.fromkeys(MISSING, blank)
        assert [said(problem) for problem in Objective.problems(form)] == expected
    assert [field for field in Objective.model_fields if field != "start"] == list(MISSING)


@pytest.mark.parametrize("field", ["name", "statement", "indicator", "owner"])
def test_a_text_says_something(field) -> None:
    found = Objective.problems(FILLED | {field: " - … "})
    assert [said(problem) for problem in found] == [("missing", field, *MISSING[field])]
    assert Objective.problems(FILLED | {field: "5"}) == ()


@pytest.mark.parametrize(
    ("field", "value", "what", "mend"),
    [
        (
            "name",
            3,
            "« Nom court » attend du texte, et a reçu : 3.",
            "Écrivez-le entre guillemets.",
        ),
        (
            "statement",
            ["a"],
            "« Énoncé » attend du texte, et a reçu : ['a'].",
            "Écrivez-le entre guillemets.",
        ),
        ("baseline", True, "« Valeur de départ » attend un nombre, et a reçu : True.", NUMBER),
        ("target", np.True_, "« Cible » attend un nombre, et a reçu : True.", NUMBER),
        ("baseline", "12 h", "« Valeur de départ » attend un nombre, et a reçu : 12 h.", NUMBER),
        ("target", nan, "« Cible » attend un nombre, et a reçu : nan.", NUMBER),
        ("target", np.float64(np.inf), "« Cible » attend un nombre, et a reçu : inf.", NUMBER),
        ("target", "9" * 70, f"« Cible » attend un nombre, et a reçu : {'9' * 60}.", NUMBER),
        (
            "target",
            1.1e12,
            "Cible : au plus mille milliards : prenez une unité plus grande, milliers ou millions.",
            "Corrigez cette valeur.",
        ),
        (
            "baseline",
            -1.1e12,
            "Valeur de départ : au plus mille milliards : prenez une unité plus grande, milliers "
            "ou millions.",
            "Corrigez cette valeur.",
        ),
        ("start", 5, "« Début » attend une date, et a reçu : 5.", DAY),
        (
            "deadline",
            "31/12/2026",
            "« Échéance » attend une date, et a reçu : 31/12/2026.",
            DAY,
        ),
        (
            "deadline",
            datetime(2026, 12, 31),  # noqa: DTZ001 - a day has no time zone
            "« Échéance » attend une date, et a reçu : 2026-12-31 00:00:00.",
            DAY,
        ),
    ],
)
def test_a_wrong_type_is_named(field, value, what, mend) -> None:
    (found,) = Objective.problems(FILLED | {field: value})
    assert said(found) == ("type", field, what, mend)


def test_a_number_too_long_to_be_written_is_not_written() -> None:
    (found,) = Objective.problems(FILLED | {"target": 10**5000})
    assert plain(found.what) == "« Cible » attend un nombre, et a reçu : …."


def test_the_target_differs_from_the_baseline() -> None:
    (found,) = Objective.problems(FILLED | {"baseline": 0.0000014, "target": 0.0000014})
    assert said(found) == (
        "no_change",
        "target",
        "La cible est égale à la valeur de départ (0,000001).",
        "Écrivez la valeur à atteindre : plus haute si l’indicateur doit monter, plus basse s’il "
        "doit descendre.",
    )
    assert Objective.problems(FILLED | {"baseline": 0.1 + 0.2, "target": 0.3}) == ()


def test_the_deadline_comes_after_the_start() -> None:
    (found,) = Objective.problems(FILLED | {"start": date(2027, 1, 2)})
    assert said(found) == (
        "deadline_before_start",
        "deadline",
        "L’échéance (31/12/2026) ne vient pas après le début (02/01/2027).",
        "Choisissez une échéance plus tardive, ou avancez le début.",
    )
    (found,) = Objective.problems(FILLED | {"start": "2026-12-31"})
    assert found.code == "deadline_before_start"
    assert Objective.problems(FILLED | {"start": date(2026, 12, 30)}) == ()


def test_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    known = ", ".join(FILLED)
    found = Objective.problems(FILLED | {"ownr": "x", "self": 1})
    assert [said(problem) for problem in found] == [
        (
            "unknown_field",
            "ownr",
            "Le champ « ownr » n’existe pas (vouliez-vous dire « owner » ?).",
            f"Renommez-le. Les champs sont : {known}.",
        ),
        (
            "unknown_field",
            "self",
            "Le champ « self » n’existe pas.",
            f"Retirez-le. Les champs sont : {known}.",
        ),
    ]


def test_every_problem_of_a_form_is_told_at_once() -> None:
    form = {
        "name": "  ",
        "statement": "Vendre",
        "baseline": 4,
        "target": 4,
        "start": date(2026, 2, 1),
        "deadline": date(2026, 1, 1),
        "owner": 7,
    }
    found = Objective.problems(form)
    assert [(problem.about, problem.code) for problem in found] == [
        ("name", "missing"),
        ("indicator", "missing"),
        ("target", "no_change"),
        ("unit", "missing"),
        ("deadline", "deadline_before_start"),
        ("owner", "type"),
    ]
    with pytest.raises(FormError) as error:
        Objective(**form)
    assert isinstance(error.value, MetricError)
    assert error.value.problems == found
    assert str(error.value).split("\n") == [f"{each.what} {each.mend}" for each in found]
    assert error.value.__suppress_context__


@given(
    st.dictionaries(
        st.sampled_from([*FILLED, "autre"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates()
        ),
    )
)
@settings(max_examples=40, deadline=None)
def test_any_form_is_described_without_raising(form) -> None:
    found = Objective.problems(form)
    if not found:
        Objective(**form)
    for problem in found:
        assert problem.what
        assert problem.mend


@pytest.mark.parametrize(
    ("baseline", "target", "value", "expected"),
    [
        (26, 4, 26, 0.0),
        (26, 4, 4, 1.0),
        (26, 4, 15, 0.5),
        (26, 4, -7, 1.5),
        (26, 4, 37, -0.5),
        (10, 30, 15, 0.25),
        (10, 30, 0, -0.5),
        (-5, 5, 0, 0.5),
    ],
)
def test_progress(baseline, target, value, expected) -> None:
    objective = Objective(**FILLED | {"baseline": baseline, "target": target})
    assert objective.progress(value) == expected
    assert type(objective.progress(value)) is float
    assert str(objective.progress(baseline)) == "0.0"


def test_progress_keeps_the_shape_it_is_given() -> None:
    objective = Objective(**FILLED | {"baseline": 0, "target": 10})
    assert objective.progress([0, 5]).tolist() == [0, 0.5]
    assert objective.progress(np.array([5])).tolist() == [0.5]
    weeks = pd.Series([5, None], index=["s1", "s2"], dtype="Int64")
    pd.testing.assert_series_equal(
        objective.progress(weeks), pd.Series([0.5, nan], index=["s1", "s2"])
    )
    assert isnan(objective.progress(None))
    assert isnan(objective.progress(nan))


def test_progress_refuses_what_is_no_measure() -> None:
    objective = Objective(**FILLED)
    with pytest.raises(MetricError) as error:
        objective.progress([1, -np.inf])
    assert message(error) == (
        "Valeur impossible : la valeur de l’indicateur vaut -∞ (index 1). Corrigez-la."
    )
    with pytest.raises(MetricError) as error:
        objective.progress("4")
    assert message(error) == (
        "Colonne illisible : la valeur de l’indicateur contient autre chose que des nombres. "
        "Convertissez la colonne en nombres, et laissez vides les cases inconnues."
    )


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6).filter(lambda gap: abs(gap) > 1e-3),
    st.floats(-1e6, 1e6),
)
@settings(max_examples=50)
def test_progress_is_linear(baseline, gap, value) -> None:
    objective = Objective(**FILLED | {"baseline": baseline, "target": baseline + gap})
    mirrored = Objective(**FILLED | {"baseline": -baseline, "target": -baseline - gap})
    assert mirrored.progress(-value) == pytest.approx(objective.progress(value))
    assert objective.progress(baseline + gap / 4) == pytest.approx(0.25, abs=1e-4)


# --------------------------------------------------------------------------- indicators


def test_levels_are_in_the_order_of_the_chain() -> None:
    assert [(level.value, level.rank, level.label) for level in Level] == [
        ("input", 0, "Moyens engagés"),
        ("activity", 1, "Activités"),
        ("output", 2, "Diffusion"),
        ("out-take", 3, "Réception"),
        ("outcome", 4, "Effets"),
        ("impact", 5, "Impact"),
    ]


def tree(objectives, **indicators) -> IndicatorTree:
    """A tree from ``name="level feeds feeds…"``; a level of "?" is not chosen."""
    return IndicatorTree(
        objectives=objectives,
        indicators=[
            Indicator(name=name, level=None if text[0] == "?" else text.split()[0],
                      feeds=text.split()[1:])
            for name, text in indicators.items()
        ],
    )  # fmt: skip


def test_a_sound_tree() -> None:
    sound = tree(
        {"Vendre": ["Ventes"], "Aider": ["Avis", "Ventes"]},
        Budget="input Posts",
        Posts="activity Portée",
        Portée="output Visites Avis",
        Visites="out-take Ventes",
        Avis="outcome",
        Ventes="impact",
    )
    assert sound.problems() == ()
    assert sound.links == (
        ("Budget", "Posts"),
        ("Posts", "Portée"),
        ("Portée", "Visites"),
        ("Portée", "Avis"),
        ("Visites", "Ventes"),
    )
    assert sound.serving("Vendre") == ("Budget", "Posts", "Portée", "Visites", "Ventes")
    assert sound.serving("Aider") == ("Budget", "Posts", "Portée", "Visites", "Avis", "Ventes")
    assert IndicatorTree().problems() == ()


def test_an_objective_that_is_not_in_the_tree() -> None:
    with pytest.raises(MetricError) as error:
        tree({"Vendre": []}).serving("Vendr")
    assert message(error) == (
        "L’objectif « Vendr » n’est pas dans l’arbre (vouliez-vous dire « Vendre » ?)."
    )
    with pytest.raises(MetricError) as error:
        tree({"Vendre": []}).serving("Aider")
    assert message(error) == "L’objectif « Aider » n’est pas dans l’arbre."
    assert tree({"Vendre": []}).serving("Vendre") == ()


def test_an_objective_that_nothing_measures() -> None:
    (found,) = tree({"Vendre": []}).problems()
    assert said(found) == (
        "no_indicator",
        "Vendre",
        "Rien ne mesure l’objectif « Vendre ».",
        "Reliez-lui au moins un indicateur : sinon, comment saurez-vous ?",
    )


def test_a_measure_that_is_not_among_the_indicators() -> None:
    found = tree({"Vendre": ["Vente", "Autre"]}, Ventes="? ").problems()
    assert [said(problem) for problem in found[:2]] == [
        (
            "unknown_measure",
            "Vendre",
            "L’objectif « Vendre » se mesure par « Vente », qui n’est pas dans vos indicateurs "
            "(vouliez-vous dire « Ventes » ?).",
            "Ajoutez cet indicateur, ou corrigez son nom.",
        ),
        (
            "unknown_measure",
            "Vendre",
            "L’objectif « Vendre » se mesure par « Autre », qui n’est pas dans vos indicateurs.",
            "Ajoutez cet indicateur, ou corrigez son nom.",
        ),
    ]
    assert said(found[2]) == (
        "no_level",
        "Ventes",
        "L’indicateur « Ventes » n’a pas de niveau.",
        "Dites ce qu’il montre : vos moyens, vos activités, leur diffusion, leur réception, leurs "
        "effets ou leur impact.",
    )
    assert len(found) == 3


@pytest.mark.parametrize("level", Level)
def test_vanity_stops_after_the_outputs(level) -> None:
    found = tree({"Vendre": ["Likes", "?", "Posts"]}, Likes=level, Posts="activity").problems()
    codes = [problem.code for problem in found]
    assert codes == ["unknown_measure"] + ["vanity"] * (level in ("input", "activity", "output"))
    if len(found) == 2:
        assert said(found[1])[1:] == (
            "Vendre",
            "L’objectif « Vendre » ne se mesure que par ce que vous faites ou diffusez (Likes, "
            "Posts) : ces chiffres peuvent monter sans que rien ne change.",
            "Ajoutez-lui un indicateur de ce que le public en retient ou en fait, ou de ce que "
            "l’entreprise y gagne.",
        )


def test_an_indicator_without_a_level_is_not_called_vanity() -> None:
    found = tree({"Vendre": ["Likes", "Ventes"]}, Likes="output", Ventes="?").problems()
    assert [(problem.code, problem.about) for problem in found] == [("no_level", "Ventes")]


def test_an_indicator_that_serves_nothing() -> None:
    (found,) = tree({"Vendre": ["Ventes"]}, Ventes="impact", Likes="output").problems()
    assert said(found) == (
        "no_objective",
        "Likes",
        "L’indicateur « Likes » ne sert aucun objectif.",
        "Reliez-le à un objectif ou à un indicateur de niveau plus avancé qu’il fait bouger, ou "
        "cessez de le suivre.",
    )


@pytest.mark.parametrize(("low", "high"), [("outcome", "output"), ("outcome", "outcome")])
def test_an_effect_does_not_come_before_its_cause(low, high) -> None:
    found = tree({"Vendre": ["A", "B"]}, A=f"{low} B", B=high).problems()
    assert [said(problem) for problem in found] == [
        (
            "backward_link",
            "A",
            f"« A » (Effets) ne peut pas nourrir « B » ({Level(high).label}) : un effet ne vient "
            "pas avant sa cause.",
            "Retournez le lien, ou revoyez le niveau de l’un des deux.",
        )
    ]


def test_a_link_to_nowhere() -> None:
    found = tree({"Vendre": ["Ventes"]}, Ventes="impact", Visites="out-take Vente x Ventes")
    assert [said(problem) for problem in found.problems()] == [
        (
            "unknown_link",
            "Visites",
            "L’indicateur « Visites » nourrit « Vente », qui n’est pas dans vos indicateurs "
            "(vouliez-vous dire « Ventes » ?).",
            "Ajoutez cet indicateur, ou corrigez son nom.",
        ),
        (
            "unknown_link",
            "Visites",
            "L’indicateur « Visites » nourrit « x », qui n’est pas dans vos indicateurs.",
            "Ajoutez cet indicateur, ou corrigez son nom.",
        ),
    ]


def test_names_are_given_once() -> None:
    twice = IndicatorTree(
        objectives={"Vendre": ["Ventes"]},
        indicators=[
            Indicator(name="Ventes", level="impact"),
            Indicator(name=" ", level="impact"),
            Indicator(name="Ventes", level="output"),
            Indicator(name="Likes", level="output", feeds=["Ventes"]),
            Indicator(name="Perdu"),
        ],
    )
    assert [said(problem) for problem in twice.problems()] == [
        (
            "no_name",
            "",
            "L’indicateur n° 2 n’a pas de nom.",
            "Nommez ce que vous comptez, par exemple « Part de messages ayant reçu une réponse ».",
        ),
        (
            "duplicate_indicator",
            "Ventes",
            "L’indicateur « Ventes » figure plusieurs fois.",
            "Gardez-en un seul, ou donnez-leur des noms différents.",
        ),
        (
            "no_level",
            "Perdu",
            "L’indicateur « Perdu » n’a pas de niveau.",
            "Dites ce qu’il montre : vos moyens, vos activités, leur diffusion, leur réception, "
            "leurs effets ou leur impact.",
        ),
    ]
    assert twice.serving("Vendre") == ("Ventes", "Likes")


def test_no_cycle_can_be_followed() -> None:
    looped = tree({"Vendre": ["A"]}, A="outcome B", B="output A C", C="outcome B A", D="? A")
    assert looped.links == (("B", "A"), ("B", "C"))
    assert looped.serving("Vendre") == ("A", "B")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*Level, None]), st.lists(st.sampled_from("ABCDEFG"), max_size=3)
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from("ABCDEFG"), max_size=2),
)
@settings(max_examples=40)
def test_serving_against_a_walk_from_each_indicator(drawn, measures) -> None:
    names = "ABCDEF"[: len(drawn)]
    indicators = [
        Indicator(name=name, level=level, feeds=feeds)
        for name, (level, feeds) in zip(names, drawn, strict=True)
    ]
    found = IndicatorTree(objectives={"O": measures}, indicators=indicators)
    levels = {each.name: each.level for each in indicators}

    def arrives(name: str) -> bool:
        if name in measures:
            return True
        return any(
            arrives(fed)
            for fed in next(each.feeds for each in indicators if each.name == name)
            if levels.get(fed) and levels[name] and levels[name].rank < levels[fed].rank
        )

    assert found.serving("O") == tuple(name for name in names if arrives(name))
    useless = [each.about for each in found.problems() if each.code == "no_objective"]
    assert useless == [name for name in names if levels[name] and not arrives(name)]


def test_what_is_no_tree_is_refused_in_french() -> None:
    with pytest.raises(FormError) as error:
        Indicator(name=None, level="outptu", feeds="Ventes", objectif=1)
    assert message(error).split("\n") == [
        "« Nom » attend du texte, et a reçu : None. Écrivez-le entre guillemets.",
        "« Niveau » attend un des six niveaux, et a reçu : outptu. Écrivez l’un de ces mots : "
        '"input" (Moyens engagés), "activity" (Activités), "output" (Diffusion), "out-take" '
        '(Réception), "outcome" (Effets), "impact" (Impact).',
        "« Ce qu’il fait bouger » attend une liste, et a reçu : Ventes. Écrivez les noms entre "
        "crochets, séparés par des virgules.",
        "Le champ « objectif » n’existe pas. Retirez-le. Les champs sont : name, level, feeds.",
    ]
    with pytest.raises(FormError) as error:
        IndicatorTree(objectives={"a": [1]}, indicators=[{"name": 3}])
    assert message(error).split("\n") == [
        "« Objectifs, a, n° 1 » attend du texte, et a reçu : 1. Écrivez-le entre guillemets.",
        "Indicateurs, n° 1 : « Nom » attend du texte, et a reçu : 3. Écrivez-le entre guillemets.",
    ]
    assert [(problem.code, problem.about) for problem in error.value.problems] == [
        ("type", "objectives.a.0"),
        ("type", "indicators.0.name"),
    ]


def test_sizes_are_bounded() -> None:
    name, statement = "n" * 100, "s" * 2000
    assert Objective.problems(FILLED | {"name": name, "unit": name, "statement": statement}) == ()
    found = Objective.problems(FILLED | {"name": name + "n", "statement": statement + "s"})
    assert [said(problem) for problem in found] == [
        (
            "type",
            "name",
            f"« Nom court » attend un texte d’au plus 100 caractères, et a reçu : {'n' * 60}.",
            "Raccourcissez-le.",
        ),
        (
            "type",
            "statement",
            f"« Énoncé » attend un texte d’au plus 2000 caractères, et a reçu : {'s' * 60}.",
            "Raccourcissez-le.",
        ),
    ]
    assert Indicator(name="a", feeds=["b"] * 20).feeds == ("b",) * 20
    with pytest.raises(FormError) as error:
        Indicator(name="a", feeds=["b"] * 21)
    assert "attend une liste d’au plus 20 lignes, et a reçu : ['b', 'b'," in message(error)
    assert message(error).endswith(". Gardez l’essentiel.")
    with pytest.raises(FormError, match=r"Indicateurs.*100 lignes"):
        IndicatorTree(indicators=[Indicator()] * 101)


def test_a_great_many_problems_are_cut_short() -> None:
    found = Objective.problems(FILLED | {f"x{i}": i for i in range(60)})
    assert [problem.about for problem in found] == [f"x{i}" for i in range(50)]


def test_the_nearest_name_is_suggested_where_it_does_not_take_long() -> None:
    long, near = "n" * 100, "n" * 99
    assert suggestion("ventes", ["vente", "avis", "venté"]) == (
        " (vouliez-vous dire «\u00a0vente\u00a0»\u00a0?)"
    )
    assert suggestion("ventes", iter(["avis"])) == suggestion("ventes", []) == ""
    assert near in suggestion(long, [near, "m" * 100, "x"])  # 100 × 200
    assert suggestion(long, [near, "m" * 100, "xy"]) == ""


def test_half_a_character_is_no_text() -> None:
    (found,) = Objective.problems(FILLED | {"name": "\ud800"})
    assert found.what.startswith("«\u00a0Nom court\u00a0» attend du texte")


class Shelf(Form):
    """A form with another model in it, which has words of its own."""

    teams: tuple[Team, ...] = Field((), strict=False, title="Équipes")


def test_the_words_of_another_model_are_kept() -> None:
    with pytest.raises(FormError) as error:
        Shelf(teams=[{"name": "SAV"}, {"name": "Com", "agents": 0, "x": 1}])
    assert message(error).split("\n") == [
        "Équipes, n° 1 : Effectif : il manque. Ajoutez-le.",
        "Équipes, n° 2 : Effectif : une équipe compte au moins une personne (reçu : 0). Corrigez "
        "cette valeur.",
        "Équipes, n° 2 : Le champ « x » n’existe pas. Retirez-le. Les champs sont : name, agents, "
        "skills, opening.",
    ]
    assert [(problem.code, problem.about) for problem in error.value.problems] == [
        ("missing", "teams.0.agents"),
        ("type", "teams.1.agents"),
        ("unknown_field", "teams.1.x"),
    ]


# --------------------------------------------------------------------------- distances

WEIGHTS = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=2, max_size=8)
PAIRS = st.integers(2, 8).flatmap(
    lambda n: st.tuples(
        *[
            st.lists(st.floats(0, 1e6), min_size=n, max_size=n).filter(lambda w: sum(w) > 1e-3)
            for _ in range(2)
        ]
    )
)


def test_known_distances() -> None:
    assert jensen_shannon_distance([0.5, 0.3, 0.2], [0.2, 0.2, 0.6]) == pytest.approx(
        0.361468, abs=5e-7
    )
    assert jensen_shannon_distance([1, 0, 1], [0, 3, 0]) == 1.0
    assert jensen_shannon_distance([1, 2], [1, 2]) == 0.0
    assert jensen_shannon_distance([1], [5]) == 0.0
    # p = (1, 0), q = (½, ½): ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2(2))
    by_hand = (np.log2(4 / 3) + 0.5 * np.log2(2 / 3) + 0.5) / 2
    assert jensen_shannon_distance([1, 0], [1, 1]) == pytest.approx(sqrt(by_hand), rel=1e-12)
    assert total_variation([0.5, 0.3, 0.2], [0.2, 0.2, 0.6]) == pytest.approx(0.4)
    assert total_variation([1, 0], [0, 3]) == 1.0
    assert total_variation([4, 12], [2, 6]) == 0.0
    assert type(jensen_shannon_distance([1], [1])) is float
    assert type(total_variation([1], [1])) is float


@given(PAIRS)
@settings(max_examples=40)
def test_the_distance_is_scipys(pair) -> None:
    p, q = pair
    assert jensen_shannon_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-6)
    naive = sum(abs(a / sum(p) - b / sum(q)) for a, b in zip(p, q, strict=True)) / 2
    assert total_variation(p, q) == pytest.approx(naive, abs=1e-12)


@given(PAIRS, st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
@settings(max_examples=40)
@pytest.mark.parametrize("distance", [jensen_shannon_distance, total_variation])
def test_distances_are_bounded_symmetric_and_blind_to_scale_and_order(
    distance, pair, scale, random
) -> None:
    p, q = pair
    found = distance(p, q)
    assert 0 <= found <= 1
    assert distance(q, p) == pytest.approx(found, abs=1e-12)
    assert distance([scale * w for w in p], q) == pytest.approx(found, abs=1e-6)
    assert distance([*p, 0], [*q, 0]) == pytest.approx(found, abs=1e-6)
    order = random.sample(range(len(p)), len(p))
    assert distance([p[i] for i in order], [q[i] for i in order]) == pytest.approx(found, abs=1e-6)
    # Each bounds the other (Lin 1991): TV² / (2 ln 2)… ≤ JSD² ≤ TV.
    assert jensen_shannon_distance(p, q) ** 2 <= total_variation(p, q) + 1e-9


@pytest.mark.parametrize("distance", [jensen_shannon_distance, total_variation])
def test_distances_survive_extreme_weights(distance) -> None:
    assert distance([1e308, 1e308], [1, 1]) == 0.0
    assert distance([5e-324, 5e-324], [1, 1]) == 0.0
    assert distance([5e-324, 0], [0, 1]) == 1.0
    assert distance([1e-320, 1], [0, 1]) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("distance", [jensen_shannon_distance, total_variation])
@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        (
            [1, 2],
            [1, 2, 3],
            "Longueurs différentes : la première répartition (2) et la seconde répartition (3). "
            "Prenez les deux colonnes dans le même tableau.",
        ),
        (
            pd.Series([1, 2], index=["a", "b"]),
            {"b": 1, "a": 2},
            "Lignes différentes : la première répartition et la seconde répartition n’ont pas le "
            "même index, ou pas dans le même ordre. Prenez les deux colonnes dans le même tableau.",
        ),
        (
            [1, 2],
            pd.Series([1, nan], index=["a", "b"]),
            "Valeur manquante : la seconde répartition (b). Écrivez 0 si ce poids est nul.",
        ),
        (
            [1, -2.5],
            [1, 1],
            "Valeur impossible : la première répartition vaut -2,5 (index 1). Corrigez-la.",
        ),
        (
            [1, 1],
            [np.inf, 1],
            "Valeur impossible : la seconde répartition vaut ∞ (index 0). Corrigez-la.",
        ),
        (
            [0, 0],
            [1, 1],
            "Répartition vide : aucun poids n’est plus grand que 0 (la première répartition). "
            "Donnez-en un à au moins une ligne.",
        ),
        (
            [],
            [],
            "Répartition vide : aucun poids n’est plus grand que 0 (la première répartition). "
            "Donnez-en un à au moins une ligne.",
        ),
        (
            [[1, 2], [3]],
            [1, 1],
            "Colonne illisible : la première répartition n’est pas une seule colonne de valeurs.",
        ),
        (
            np.ones((2, 2)),
            [1, 1],
            "Colonne illisible : la première répartition n’est pas une seule colonne de valeurs.",
        ),
    ],
)
def test_what_is_no_distribution(distance, p, q, expected) -> None:
    with pytest.raises(MetricError) as error:
        distance(p, q)
    assert message(error) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        [True, False],
        ["1", "2"],
        [1, True],
        [1 + 2j, 1],
        pd.to_datetime(["2025-01-01", "2025-01-02"]),
        [10**400, 1],
    ],
)
def test_only_numbers_are_weights(wrong) -> None:
    with pytest.raises(MetricError) as error:
        total_variation([1, 1], wrong)
    assert message(error) == (
        "Colonne illisible : la seconde répartition contient autre chose que des nombres. "
        "Convertissez la colonne en nombres, et laissez vides les cases inconnues."
    )


def test_mappings_and_series_are_read_by_label() -> None:
    plan = {"vendre": 3, "recruter": 1}
    assert total_variation(plan, {"vendre": 1, "recruter": 1}) == 0.25
    assert total_variation(plan, pd.Series([1, 1], index=["vendre", "recruter"])) == 0.25
    assert total_variation(pd.Series([3, 1], dtype="Int64"), [1, 1]) == 0.25
    assert total_variation([3, 1], [1, 1.0]) == 0.25
    assert total_variation(pd.Series([3, 1.0], dtype=object), [1, 1]) == 0.25


# --------------------------------------------------------------------------- mismatch


def inbox(*rows: str) -> pd.DataFrame:
    """Messages from ``"purpose owner day"``, a dash for what is missing, and a number of copies."""
    fields = [
        [None if word == "-" else word for word in row.split()[:3]]
        for row in rows
        for _ in range(int(row.split()[3]))
    ]
    frame = pd.DataFrame(fields, columns=["purpose", "owner", "answered_at"])
    frame["answered_at"] = pd.to_datetime(frame["answered_at"])
    return frame


MIXED = (
    "vendre Com 2025-03-03 3",
    "vendre - - 1",
    "- SAV - 2",
    "- - - 2",
    "autre SAV 2025-03-04 1",
    "fidéliser Com - 1",
)


def test_a_mismatch_worked_out_by_hand() -> None:
    found = mismatch({"vendre": 4, "recruter": 2, "fidéliser": 2}, inbox(*MIXED))
    assert found.n == 10
    assert (found.method, found.confidence, found.resamples) == ("bootstrap", 0.95, 2000)
    assert found.unplanned.value == 0.5
    assert found.unowned.value == 0.3
    assert found.unanswered.value == 0.6
    # planned .5 .25 .25 0 0, received .4 0 .1 .1 .4
    assert found.total_variation.value == pytest.approx(0.5)
    assert found.distance.value == pytest.approx(
        jensenshannon([4, 2, 2, 0, 0], [4, 0, 1, 1, 4], base=2)
    )
    expected = pd.DataFrame(
        {
            "planned_share": [0.5, 0.25, 0.25, 0, 0],
            "received_share": [0.4, 0, 0.1, 0.1, 0.4],
            "gap": [-0.1, -0.25, -0.15, 0.1, 0.4],
            "messages": [4, 0, 1, 1, 4],
            "unanswered": [1, 0, 1, 0, 4],
            "unanswered_share": [0.25, nan, 1, 0, 1],
            "unowned_share": [0.25, nan, 0, 0, 0.5],
            "owner": ["Com", nan, "Com", "SAV", "Personne"],
        },
        index=["vendre", "recruter", "fidéliser", "autre", "Sans but prévu"],
    )
    pd.testing.assert_frame_equal(found.by_purpose, expected, check_dtype=False)
    assert found.by_purpose["messages"].dtype.kind == "i"
    assert found.by_purpose["unanswered"].dtype.kind == "i"
    owners = pd.DataFrame(
        [
            ("Sans but prévu", "Personne", 2, 2),
            ("Sans but prévu", "SAV", 2, 2),
            ("fidéliser", "Com", 1, 1),
            ("vendre", "Personne", 1, 1),
            ("vendre", "Com", 3, 0),
            ("autre", "SAV", 1, 0),
        ],
        columns=["purpose", "owner", "messages", "unanswered"],
    )
    pd.testing.assert_frame_equal(found.by_owner, owners, check_dtype=False)
    for estimate in (found.distance, found.total_variation, found.unowned, found.unanswered):
        assert 0 <= estimate.low < estimate.value < estimate.high <= 1


def test_a_purpose_of_weight_zero_or_outside_the_plan_is_unplanned() -> None:
    frame = inbox("vendre Com - 1", "sav Com - 2", "zéro Com - 1")
    found = mismatch({"vendre": 1, "zéro": 0}, frame)
    assert found.unplanned.value == 0.75
    assert found.by_purpose.index.tolist() == ["vendre", "zéro", "sav"]
    frame = inbox("b Com - 1", "d Com - 2", "- Com - 9", "a Com - 2", "vendre Com - 1")
    found = mismatch({"vendre": 1}, frame)
    assert found.by_purpose.index.tolist() == ["vendre", "a", "d", "b", NO_PURPOSE]


def test_blank_is_missing_and_labels_are_stripped() -> None:
    frame = pd.DataFrame(
        {
            "purpose": [" vendre ", "", " ", None],
            "owner": ["Com ", " ", "Personne", np.nan],
            "answered_at": [pd.NaT, None, None, pd.Timestamp("2025-01-01")],
        }
    )
    found = mismatch(pd.Series([1.0], index=[" vendre"]), frame)
    assert found.by_purpose.index.tolist() == ["vendre", NO_PURPOSE]
    assert found.by_purpose["messages"].tolist() == [1, 3]
    assert found.unowned.value == 0.75
    assert set(found.by_owner["owner"]) == {"Com", NOBODY}


def test_columns_of_every_kind_are_read() -> None:
    frame = inbox(*MIXED)
    expected = mismatch({"vendre": 1}, frame)
    others = [
        {name: frame[name] for name in frame},
        {name: frame[name].tolist() for name in frame},
        frame.astype({"purpose": "category", "owner": "category"}),
        frame.astype({"purpose": "string", "owner": object}),
        frame.assign(answered_at=frame["answered_at"].dt.tz_localize("Europe/Paris")),
        frame.assign(answered_at=frame["answered_at"].dt.date),
        frame.astype({"answered_at": object}),
        frame.assign(message_id=range(10), text="privé")[::-1],
    ]
    for other in others:
        found = mismatch(pd.Series({"vendre": 5}), other)
        assert found.unanswered == expected.unanswered
        assert found.distance == expected.distance
        pd.testing.assert_frame_equal(found.by_purpose, expected.by_purpose)
        pd.testing.assert_frame_equal(found.by_owner, expected.by_owner)


def test_an_inbox_nobody_ever_answered() -> None:
    frame = pd.DataFrame({"purpose": [nan, nan], "owner": [nan, nan], "answered_at": [nan, nan]})
    found = mismatch({"vendre": 1}, frame)
    certain = Estimate(1.0, 1.0, 1.0)
    assert found.distance == found.total_variation == certain
    assert found.unplanned == found.unowned == found.unanswered == certain


def test_an_inbox_just_as_planned() -> None:
    found = mismatch({"a": 1, "b": 1}, inbox("a x 2025-01-01 2", "b x 2025-01-01 2"))
    none = Estimate(0.0, 0.0, 0.0)
    assert found.unplanned == found.unowned == found.unanswered == none
    assert found.distance.value == found.distance.low == 0.0
    assert found.distance.high > 0.3


def test_an_interval_holds_the_measure_itself() -> None:
    # As planned over ten purposes: a redrawn inbox is always further from the plan.
    plan = dict.fromkeys("abcdefghij", 1)
    rows = [f"{letter} x 2025-01-01 3" for letter in plan]
    found = mismatch(plan, inbox(*rows))
    assert found.distance.low == found.distance.value == 0.0
    assert found.total_variation.low == found.total_variation.value
    # With everything outside the plan but one message, it can be no further.
    assert found.distance.high < 1


def test_one_message_has_no_interval() -> None:
    found = mismatch({"vendre": 1}, inbox("vendre Com - 1"))
    for estimate, value in [
        (found.distance, 0.0),
        (found.total_variation, 0.0),
        (found.unplanned, 0.0),
        (found.unowned, 0.0),
        (found.unanswered, 1.0),
    ]:
        assert estimate.value == value
        assert isnan(estimate.low)
        assert isnan(estimate.high)
    assert found.n == 1


def test_two_messages_have_one() -> None:
    found = mismatch({"vendre": 1}, inbox("vendre Com - 1", "- Com 2025-01-01 1"))
    assert found.unanswered == Estimate(0.5, 0.0, 1.0)


def test_the_owner_of_most_messages_and_ties() -> None:
    frame = inbox("a z - 2", "a y - 2", "a x - 1", "b - - 2", "b y - 1", "c - - 1", "c Y - 1")
    owners = mismatch({"a": 1}, frame).by_purpose["owner"]
    assert owners.tolist() == ["y", "Personne", "Personne"]


PLAN = {"vendre": 4, "recruter": 2, "fidéliser": 2}


def test_the_seed_the_level_and_the_resamples() -> None:
    frame = inbox(*MIXED)
    default = mismatch(PLAN, frame)
    same = mismatch(PLAN, frame, confidence=0.95, resamples=2000, seed=0)
    assert same.distance == default.distance
    assert same.unowned == default.unowned
    assert mismatch(PLAN, frame, seed=1).distance != default.distance
    narrow = mismatch(PLAN, frame, confidence=0.5, resamples=100)
    assert (narrow.confidence, narrow.resamples) == (0.5, 100)
    assert narrow.unanswered.low > default.unanswered.low
    assert narrow.unanswered.high < default.unanswered.high


def test_the_intervals_against_messages_drawn_one_by_one() -> None:
    frame = inbox(*MIXED, "recruter RH 2025-03-03 7", "- RH 2025-03-03 3")
    found = mismatch(PLAN, frame, resamples=4000, confidence=0.8)
    rng = np.random.default_rng(5)
    labels = [*PLAN, "autre", None]
    planned = [4, 2, 2, 0, 0]
    rows = list(frame.itertuples(index=False))
    drawn = []
    for _ in range(400):
        drawn_rows = [rows[i] for i in rng.integers(len(rows), size=len(rows))]
        purposes = [row.purpose if isinstance(row.purpose, str) else None for row in drawn_rows]
        received = [purposes.count(label) for label in labels]
        shares = zip(planned, received, strict=True)
        drawn.append(
            [
                jensenshannon(planned, received, base=2),
                sum(abs(p / 8 - q / len(rows)) for p, q in shares) / 2,
                sum(received[3:]) / len(rows),
                sum(not isinstance(row.owner, str) for row in drawn_rows) / len(rows),
                sum(row.answered_at is pd.NaT for row in drawn_rows) / len(rows),
            ]
        )
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
    estimates = [
        found.distance, found.total_variation, found.unplanned, found.unowned, found.unanswered,
    ]  # fmt: skip
    assert [each.low for each in estimates] == pytest.approx(low, abs=0.051)
    assert [each.high for each in estimates] == pytest.approx(high, abs=0.051)


def test_the_intervals_against_the_binomial_law() -> None:
    frame = inbox("a x - 30", "a x 2025-01-01 70")
    found = mismatch({"a": 1}, frame, resamples=20_000)
    # scipy.stats.binom(100, .3).ppf([.025, .975]) / 100
    assert (found.unanswered.low, found.unanswered.high) == pytest.approx((0.21, 0.39), abs=0.0101)
    assert found.unplanned == Estimate(0.0, 0.0, 0.0)
    frame = inbox("a x - 5000", "a x 2025-01-01 5000")
    found = mismatch({"a": 1}, frame, resamples=20_000, confidence=0.8)
    # ½ ± 1.2816 · √(¼ / 10,000)
    assert (found.unanswered.low, found.unanswered.high) == pytest.approx(
        (0.49359, 0.50641), abs=3e-4
    )


def test_resamples_drawn_in_batches_are_as_many(monkeypatch) -> None:
    frame = inbox(*MIXED)
    default = mismatch(PLAN, frame, resamples=150)
    sizes = []
    measures = purpose._measures

    def spy(plan, counts):
        sizes.append(counts.shape)
        return measures(plan, counts)

    monkeypatch.setattr(purpose, "_measures", spy)
    monkeypatch.setattr(purpose, "_BATCH", 1300)  # 65 inboxes of 5 purposes × 2 × 2
    batched = mismatch(PLAN, frame, resamples=150)
    assert sizes == [(5, 2, 2), (65, 5, 2, 2), (65, 5, 2, 2), (20, 5, 2, 2)]
    assert batched.distance == default.distance
    sizes.clear()
    monkeypatch.setattr(purpose, "_BATCH", 1)
    mismatch(PLAN, frame, resamples=100)
    assert sizes[1:] == [(1, 5, 2, 2)] * 100


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", None]),
            st.sampled_from(["x", "y", None]),
            st.sampled_from([pd.Timestamp("2025-01-01"), pd.NaT]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.dictionaries(st.sampled_from("abde"), st.integers(0, 5), min_size=1).filter(
        lambda plan: any(plan.values())
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_a_mismatch_is_consistent(rows, plan, random) -> None:
    frame = pd.DataFrame(rows, columns=["purpose", "owner", "answered_at"])
    found = mismatch(plan, frame, resamples=100)
    table, owners = found.by_purpose, found.by_owner
    assert table["planned_share"].sum() == pytest.approx(1)
    assert table["received_share"].sum() == pytest.approx(1)
    assert table["gap"].sum() == pytest.approx(0, abs=1e-12)
    assert table["messages"].sum() == owners["messages"].sum() == found.n == len(rows)
    assert table["unanswered"].sum() == owners["unanswered"].sum()
    assert found.unanswered.value == owners["unanswered"].sum() / len(rows)
    assert found.total_variation.value == pytest.approx(table["gap"].clip(lower=0).sum(), abs=1e-12)
    assert found.unplanned.value <= found.total_variation.value + 1e-12
    for estimate in (found.distance, found.total_variation, found.unplanned, found.unanswered):
        assert 0 <= estimate.value <= 1
        if len(rows) > 1:
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    # Neither the order of the messages nor the unit of the plan matters.
    shuffled = frame.iloc[random.sample(range(len(rows)), len(rows))]
    again = mismatch({name: 7.0 * weight for name, weight in plan.items()}, shuffled, resamples=100)
    assert again.unanswered == found.unanswered or len(rows) == 1
    assert again.distance.value == pytest.approx(found.distance.value, abs=1e-7)


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (
            ["vendre"],
            "Les buts prévus ne se lisent pas : donnez le poids de chacun, par exemple "
            '{"vendre": 3, "recruter": 1}.',
        ),
        (
            {},
            "Répartition vide : aucun poids n’est plus grand que 0 (les buts prévus). Donnez-en un "
            "à au moins une ligne.",
        ),
        (
            {"vendre": 0},
            "Répartition vide : aucun poids n’est plus grand que 0 (les buts prévus). Donnez-en un "
            "à au moins une ligne.",
        ),
        (
            {"vendre": 1, " ": 2},
            "Un but prévu n’a pas de nom, ou un nom qui n’est pas du texte. Nommez chaque but.",
        ),
        (
            {3: 1},
            "Un but prévu n’a pas de nom, ou un nom qui n’est pas du texte. Nommez chaque but.",
        ),
        (
            pd.Series(1, index=["a", "vendre", "b", "vendre ", "b"]),
            "Le but « vendre » est prévu deux fois. Additionnez ses poids.",
        ),
        (
            {"Sans but prévu": 1},
            "« Sans but prévu » désigne les messages que le plan ne prévoit pas : ce ne peut pas "
            "être un but prévu. Retirez-le, ou donnez-lui un autre nom.",
        ),
        (
            {"vendre": 1, "aider": -1},
            "Valeur impossible : les buts prévus vaut -1 (index aider). Corrigez-la.",
        ),
        (
            {"vendre": 1, "aider": None},
            "Valeur manquante : les buts prévus (aider). Écrivez 0 si ce poids est nul.",
        ),
    ],
)
def test_what_is_no_plan(planned, expected) -> None:
    with pytest.raises(MetricError) as error:
        mismatch(planned, inbox("vendre Com - 2"))
    assert message(error) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda _frame: [1],
            "Les messages ne se lisent pas : donnez un tableau avec les colonnes purpose, owner, "
            "answered_at.",
        ),
        (
            lambda frame: frame.rename(columns={"answered_at": "answered"}),
            "Il manque la colonne answered_at (vouliez-vous dire « answered » ?) dans les "
            "messages. Il faut les colonnes purpose, owner, answered_at, une ligne par message.",
        ),
        (
            lambda _frame: pd.DataFrame({3: [1]}),
            "Il manque la colonne purpose dans les messages. Il faut les colonnes purpose, owner, "
            "answered_at, une ligne par message.",
        ),
        (
            lambda frame: frame[:0],
            "Aucun message : il n’y a rien à comparer au plan. Vérifiez le filtre appliqué à votre "
            "tableau.",
        ),
        (
            lambda frame: frame.assign(answered_at=True),
            "Colonne illisible : answered_at doit contenir la date de chaque réponse, et rien pour "
            "les messages sans réponse. Convertissez-la avec pd.to_datetime(…).",
        ),
        (
            lambda frame: frame.assign(answered_at=["2025-01-01", None]),
            "Colonne illisible : answered_at doit contenir la date de chaque réponse, et rien pour "
            "les messages sans réponse. Convertissez-la avec pd.to_datetime(…).",
        ),
        (
            lambda frame: frame.assign(purpose=[1, 2]),
            "Colonne illisible : purpose doit contenir du texte, et rien là où l’information "
            "manque.",
        ),
        (
            lambda frame: frame.assign(owner=[["Com"], ["SAV"]]),
            "Colonne illisible : owner doit contenir du texte, et rien là où l’information manque.",
        ),
        (
            lambda frame: {**frame, "owner": ["Com"]},
            "Longueurs différentes : purpose (2) et owner (1). Prenez les deux colonnes dans le "
            "même tableau.",
        ),
        (
            lambda frame: {**frame, "owner": frame["owner"][::-1]},
            "Lignes différentes : purpose et owner n’ont pas le même index, ou pas dans le même "
            "ordre. Prenez les deux colonnes dans le même tableau.",
        ),
        (
            lambda frame: pd.concat([frame, frame], axis=1),
            "Colonne illisible : purpose n’est pas une seule colonne de valeurs.",
        ),
    ],
)
def test_what_is_no_inbox(change, expected) -> None:
    with pytest.raises(MetricError) as error:
        mismatch({"vendre": 1}, change(inbox("vendre Com 2025-01-01 2")))
    assert message(error) == expected


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, nan])
def test_a_level_is_a_share(confidence) -> None:
    with pytest.raises(MetricError) as error:
        mismatch({"vendre": 1}, inbox("vendre Com - 2"), confidence=confidence)
    shown = {0: "0", 1: "1", -0.5: "-0,5", 95: "95"}.get(confidence, "NaN")
    assert message(error) == (
        f"La confiance est une part entre 0 et 1, et vaut {shown}. Pour 95 %, écrivez "
        "confidence=0.95."
    )


def test_a_hundred_resamples_are_the_least() -> None:
    with pytest.raises(MetricError) as error:
        mismatch({"vendre": 1}, inbox("vendre Com - 2"), resamples=99)
    assert message(error) == "99 tirages ne suffisent pas : demandez-en au moins 100."


# --------------------------------------------------------------------------- more owners

# Of 12 messages with an owner, 3 go unanswered: r = 1/4.
LOST = (
    "vendre Com - 3", "vendre Com 2025-03-03 9", "dépanner - - 6", "dépanner - 2025-03-04 2",
    "- - - 1", "- - 2025-03-05 3",
)  # fmt: skip


def test_what_an_owner_would_change() -> None:
    found = if_owned(inbox(*LOST), ["dépanner"])
    assert found.owned_unanswered == 0.25
    # 6 lost of 8 become 8/4; the others stay as they are: 3 and 1.
    assert found.unanswered.value == (3 + 2 + 1) / 24
    assert found.unanswered.low < found.unanswered.value < found.unanswered.high
    assert (found.n, found.method, found.confidence, found.resamples) == (
        24, "bootstrap", 0.95, 2000,
    )  # fmt: skip
    expected = pd.DataFrame(
        {
            "messages": [12, 8, 4],
            "unowned": [0, 8, 4],
            "unanswered": [3, 6, 1],
            "gain": [0.0, 4.0, 0.0],
            "expected": [3.0, 2.0, 1.0],
        },
        index=["vendre", "dépanner", NO_PURPOSE],
    )
    pd.testing.assert_frame_equal(found.by_purpose, expected)


def test_without_a_purpose_named_it_is_today() -> None:
    frame = inbox(*LOST)
    found, today = if_owned(frame, []), mismatch({"vendre": 1}, frame)
    assert found.unanswered.value == today.unanswered.value
    assert found.by_purpose["expected"].tolist() == found.by_purpose["unanswered"].tolist()


def test_a_name_alone_is_one_purpose_and_the_unplanned_are_one() -> None:
    frame = inbox(*LOST)
    assert if_owned(frame, "dépanner").unanswered == if_owned(frame, ["dépanner"]).unanswered
    found = if_owned(frame, ["dépanner", NO_PURPOSE])
    assert found.by_purpose["expected"].tolist() == [3, 2, 1]


def test_owned_and_unowned_messages_of_one_purpose() -> None:
    frame = inbox("a x - 1", "a x 2025-01-01 1", "a - - 4", "b - - 3", "b - 2025-01-01 1")
    found = if_owned(frame, ["a"])
    assert found.owned_unanswered == 0.5
    assert found.by_purpose.loc["a"].tolist() == [6, 4, 5, 2.0, 3.0]
    assert found.by_purpose.loc["b"].tolist() == [4, 4, 3, 1.0, 3.0]


def test_an_owner_may_do_worse_than_nobody() -> None:
    found = if_owned(inbox("a x - 3", "a x 2025-01-01 1", "b - 2025-01-01 4"), ["b"])
    assert found.by_purpose.loc["b", "gain"] == -3
    assert found.unanswered.value == 6 / 8


def test_purposes_received_as_often_are_in_the_order_of_their_names() -> None:
    found = if_owned(inbox("c x - 1", "a x - 1", "b x - 2"), [])
    assert found.by_purpose.index.tolist() == ["b", "a", "c"]


def test_the_interval_against_messages_drawn_one_by_one() -> None:
    rows = list(inbox(*LOST).itertuples(index=False))
    found = if_owned(inbox(*LOST), ["dépanner"], confidence=0.8, resamples=4000)
    rng = np.random.default_rng(6)
    drawn = []
    for _ in range(400):
        sample = [rows[i] for i in rng.integers(len(rows), size=len(rows))]
        owned = [row for row in sample if isinstance(row.owner, str)]
        rate = sum(row.answered_at is pd.NaT for row in owned) / len(owned)
        lost = [rate if row.purpose == "dépanner" else row.answered_at is pd.NaT for row in sample]
        drawn.append(sum(lost) / len(sample))
    low, high = np.quantile(drawn, [0.1, 0.9])
    assert (found.unanswered.low, found.unanswered.high) == pytest.approx((low, high), abs=0.03)


def test_draws_where_nobody_owns_anything_are_left_out() -> None:
    found = if_owned(inbox("a x - 1", "b - 2025-01-01 1"), ["b"])
    assert found.unanswered == Estimate(1.0, 1.0, 1.0)
    alone = if_owned(inbox("a x - 1"), [])
    assert alone.unanswered.value == 1
    assert isnan(alone.unanswered.low)
    assert isnan(alone.unanswered.high)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.sampled_from(["x", None]),
            st.sampled_from([pd.Timestamp("2025-01-01"), pd.NaT]),
        ),
        max_size=30,
    ),
)
@settings(max_examples=50)
def test_gains_add_up_and_shares_stay_within_bounds(rows) -> None:
    frame = pd.DataFrame(
        [*rows, ("a", "x", pd.NaT)], columns=["purpose", "owner", "answered_at"]
    ).astype({"answered_at": "datetime64[ns]"})
    everything = if_owned(frame, frame["purpose"].fillna(NO_PURPOSE).unique(), resamples=100)
    today = if_owned(frame, [], resamples=100)
    assert 0 <= everything.unanswered.value <= 1
    gained = len(frame) * (today.unanswered.value - everything.unanswered.value)
    assert everything.by_purpose["gain"].sum() == pytest.approx(gained)
    # Once everything is owned, all go unanswered at the rate of what has an owner.
    assert everything.unanswered.value == pytest.approx(everything.owned_unanswered)


def test_what_an_owner_would_change_is_refused() -> None:
    with pytest.raises(MetricError) as error:
        if_owned(inbox("a - - 2"), ["a"])
    assert message(error) == (
        "Aucun message n’a de responsable : rien ne dit ce qu’un responsable changerait. "
        "Remplissez la colonne owner là où une équipe est en charge."
    )
    with pytest.raises(MetricError) as error:
        if_owned(inbox(*LOST), ["dépaner"])
    assert message(error) == (
        "Aucun message n’a pour but « dépaner » (vouliez-vous dire « dépanner » ?)."
    )
    with pytest.raises(MetricError, match="Aucun message n’a pour but «\xa0\\[\\]\xa0»"):
        if_owned(inbox(*LOST), [[]])  # type: ignore[list-item]
    with pytest.raises(MetricError, match="99 tirages ne suffisent pas"):
        if_owned(inbox(*LOST), [], resamples=99)
    with pytest.raises(MetricError, match="confiance"):
        if_owned(inbox(*LOST), [], confidence=2)


# --------------------------------------------------------------------------- room in the plan


def test_room_for_other_purposes() -> None:
    found = make_room({"vendre": 3, "recruter": 1}, {"dépanner": 2, "vendre": 2}, 0.4)
    assert found.index.tolist() == ["vendre", "recruter", "dépanner"]
    assert found.tolist() == pytest.approx([0.6 * 0.75 + 0.2, 0.6 * 0.25, 0.2])


@given(st.floats(0, 1), st.floats(0.1, 9), st.floats(0.1, 9))
def test_a_plan_with_room_still_adds_up_to_one(share, a, b) -> None:
    found = make_room({"a": a, "b": b}, {"c": b, "d": a}, share)
    assert found.sum() == pytest.approx(1)
    assert found[["c", "d"]].sum() == pytest.approx(share)
    assert found["a"] * b == pytest.approx(found["b"] * a)


@pytest.mark.parametrize("share", [-0.1, 1.2, nan])
def test_a_share_of_the_effort_is_between_0_and_1(share) -> None:
    with pytest.raises(MetricError) as error:
        make_room({"a": 1}, {"b": 1}, share)
    assert message(error).startswith("La part de l’effort doit être entre 0 et 1 (reçu : ")
    assert message(error).endswith("Pour 20 %, écrivez 0.2.")


def test_a_plan_that_does_not_read_makes_no_room() -> None:
    with pytest.raises(MetricError, match="Répartition vide"):
        make_room({"a": 1}, {"b": 0}, 0.5)
