"""What an answer is worth: known answers, every shape of nonsense, and no undeserved point."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import combinations, permutations, product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cinqcles.messages import day as in_words
from cinqcles.worksheet.questions import (
    Allocation,
    BaseQuestion,
    Case,
    Choice,
    ChoiceField,
    Classification,
    Code,
    DateField,
    Expected,
    Form,
    FreeText,
    Mark,
    Mistake,
    Multiple,
    Number,
    NumberField,
    Plan,
    Ranking,
    TextField,
    dump_reference,
    interpolated,
    listed,
    load_reference,
    parse_date,
    parse_number,
    same,
    shown,
)

ODD = "La réponse n’a pas la forme attendue pour cette question."
OPTIONS = {"a": "Alpha", "b": "Bêta", "c": "Gamma", "d": "Delta"}


def choice() -> Choice:
    return Choice(
        id="q1",
        prompt="Laquelle ?",
        options=OPTIONS,
        answer="b",
        why={"a": "Alpha est trop court.", "b": "Bêta convient."},
    )


def multiple() -> Multiple:
    return Multiple(
        id="q2",
        prompt="Lesquelles ?",
        options=OPTIONS,
        answer=["a", "b"],
        why={"c": "Gamma n'en est pas.", "d": "Delta non plus.", "a": "Jamais lu."},
    )


def amount() -> Number:
    return Number(
        id="q3",
        prompt="Combien ?",
        unit="€",
        answer=0.05,
        mistakes=[
            Mistake(value=5, why="En euros, pas en centimes.", share=0.5),
            Mistake(value=20, why="Le rapport est à l'envers."),
        ],
    )


def ranking() -> Ranking:
    return Ranking(
        id="q4",
        prompt="Dans quel ordre ?",
        items={"a": "Alpha", "b": "Bêta", "c": "Gamma"},
        answer=["b", "a", "c"],
        why="Divisez d'abord.",
    )


def text() -> FreeText:
    return FreeText(id="q5", prompt="Pourquoi ?", min_words=5, answer="Parce que.")


def code() -> Code:
    return Code(
        id="q6",
        prompt="Écrivez.",
        examples=[
            Case(arguments=[2], expects=4, about="deux"),
            Case(arguments=[0], expects="nul"),
        ],
        hidden=[Case(arguments=[-1], about="un nombre négatif"), Case(arguments=[9])],
        answer=[4, "nul", None, 81.0],
    )


TEAMS = {"client": "Service client", "com": "Communication", "tech": "Technique"}
INBOX = {
    "a": "Colis perdu",
    "b": "Remboursement",
    "c": "Panne du site",
    "d": "Presse",
    "e": "Échange",
}


def classification() -> Classification:
    return Classification(
        id="q7",
        prompt="Qui répond ?",
        items=INBOX,
        categories=TEAMS,
        answer={"a": "client", "b": "client", "c": "tech", "d": "com", "e": "client"},
        why={"c": "Une panne se règle avec la technique."},
    )


def allocation() -> Allocation:
    return Allocation(
        id="q8",
        prompt="Répartissez.",
        parts={"a": "Instagram", "b": "TikTok", "c": "Lettre"},
        total=9000,
        step=100,
        answer={"a": 6000, "b": 0, "c": 3000},
        why="La vidéo courte rapporte peu ici.",
    )


# Up to 6,000 € on a, 1,000 € on b, 3,000 € on c, a euro brings an euro; then nothing.
RETURNS = {"a": [(0, 0), (6000, 6000)], "b": [(0, 0), (1000, 1000)], "c": [(0, 0), (3000, 3000)]}


def returning() -> Allocation:
    question = allocation()
    question.id = "q8-2"
    question.returns = RETURNS
    return question


def form() -> Form:
    return Form(
        id="q9",
        prompt="Écrivez l'objectif.",
        fields=[
            TextField(id="a", label="Énoncé", min_words=3),
            ChoiceField(id="b", label="Indicateur", options={"delai": "Délai", "aime": "J'aime"}),
            NumberField(id="c", label="Cible", unit="h"),
            DateField(id="d", label="Échéance"),
            TextField(id="e", label="Remarque", optional=True),
        ],
        answer={"a": "Répondre plus vite", "b": "delai", "c": "2", "d": "31/12/2026"},
        expects={
            "b": Expected(among=["delai"], weight=2, why="Un « J'aime » n'attend pas de réponse."),
            "c": Expected(least=1, most=4, why="Au-delà de 4 h, la cliente est partie."),
            "d": Expected(most=date(2026, 12, 31), why="L'objectif vaut pour cette année."),
        },
    )


def machine_form() -> Form:
    """The same, without a field for a person to read."""
    question = form()
    question.id = "q9-2"
    question.expects |= {"a": Expected(words=3)}
    return question


STRATEGY = {
    "format": "cinqcles-strategy",
    "version": 1,
    "company": "Liseron",
    "tools": [{"name": "Forum", "reason": "Nos clients l'ont <demandé>"}],
    "budget_eur": 5000,
}


def plan() -> Plan:
    return Plan(
        id="q10",
        prompt="Remettez.",
        answer={"day": "2026-01-10", "strategy": STRATEGY},
        rubric=["2 points : les objectifs"],
    )


KINDS: list[Callable[[], BaseQuestion]] = [
    *(choice, multiple, amount, ranking, text, code),
    *(classification, allocation, returning, form, machine_form, plan),
]

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "c", "d", "0,05", "5 €", "nul"])
    | st.sampled_from(["client", "com", "tech", "delai", "31/12/2026", "2", "9000"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["a", "error", ""]) | st.text(max_size=4), inner)
        | st.dictionaries(st.sampled_from("abcde"), inner)
    ),
    max_leaves=12,
)

HOSTILE: dict[str, Any] = {
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "an integer beyond floats": 10**400,
    "an integer beyond text": -(10**5000),
    "beyond what Babel can format": 1e300,
    "forty digits": "9" * 40,
    "a long text": "x" * 100_000,
    "nested": [[[[["a"]]]]],
    "a mapping": {"a": {"b": None}},
    "an unhashable option": [["a"], {"b": 1}],
    "a true": True,
    "a false": False,
    "an empty list": [],
    "an empty text": "",
    "lone surrogate": "\ud800",
    "NUL": "\0",
}


# Every kind


@every_kind
def test_no_answer_is_worth_nothing_and_said(kind: Callable[[], BaseQuestion]) -> None:
    assert kind().mark(None) == Mark(share=0, reason="Pas de réponse.")


@every_kind
def test_the_key_itself_earns_everything_or_is_read_by_a_person(
    kind: Callable[[], BaseQuestion],
) -> None:
    question = kind()
    mark = question.mark(question.answer)
    if isinstance(question, Plan):
        assert mark == Mark(
            share=0, reason="Cette stratégie est lue et notée par votre formateur.", review=True
        )
    elif isinstance(question, FreeText):
        assert mark == Mark(
            share=0, reason="Cette réponse est lue et notée par votre formateur.", review=True
        )
    elif kind is form:
        assert (mark.share, mark.review) == (4 / 5, True)  # one fifth is for a person to give
    else:
        assert (mark.share, mark.review) == (1, False)
    assert question.sound()


@given(value=json_values)
def test_any_json_gets_a_finite_share_and_never_an_error(value: Any) -> None:
    for kind in KINDS:
        question = kind()
        mark = question.mark(value)
        assert math.isfinite(mark.share)
        assert 0 <= mark.share <= 1
        assert mark.reason
        assert not (mark.review and mark.share) or isinstance(question, Form)
        missing = question.check(value)
        assert missing is None or missing
        question.answer = None
        assert question.mark(value).share == 0  # without a key nobody earns anything
        # What the views and the feedback know how to survive.
        with suppress(KeyError, TypeError, ValueError):
            assert isinstance(question.describe(value), str)


@every_kind
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_earn_nothing(kind: Callable[[], BaseQuestion], value: Any) -> None:
    question = kind()
    assert question.mark(value).share == 0
    question.check(value)
    with suppress(KeyError, TypeError, ValueError):
        question.describe(value)


@given(key=json_values, value=json_values)
def test_a_key_of_the_wrong_shape_is_never_an_error(key: Any, value: Any) -> None:
    for kind in KINDS:
        question = kind()
        try:
            question.answer = key
        except ValidationError:
            continue
        assert 0 <= question.mark(value).share <= 1
        assert question.sound() in {True, False}


@every_kind
@pytest.mark.parametrize("key", [None, "", [], {}, "zzz", {"zzz": 1}, ["zzz"], math.nan])
def test_a_key_that_answers_nothing_is_not_sound(
    kind: Callable[[], BaseQuestion], key: Any
) -> None:
    question = kind()
    if isinstance(question, FreeText) and key == "zzz":
        return  # any text is one
    question.answer = key
    assert not question.sound()


@pytest.mark.parametrize("name", ["", "Q1", "q_1", "../q1", "q" * 41, "q1\n"])
def test_the_id_of_a_question_is_a_plain_name(name: str) -> None:
    with pytest.raises(ValidationError):
        FreeText(id=name, prompt="Pourquoi ?")


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_a_mark_is_a_finite_share(share: float) -> None:
    with pytest.raises(ValidationError):
        Mark(share=share, reason="")


def test_references_survive_the_trip_to_json() -> None:
    questions = [kind() for kind in KINDS]
    assert load_reference(dump_reference(questions)) == {q.id: q for q in questions}
    assert load_reference(dump_reference(questions).encode()) == {q.id: q for q in questions}


# Choice


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        ("b", 1, "C’est la bonne réponse. Bêta convient."),
        ("a", 0, "Ce n’est pas la bonne réponse. Alpha est trop court."),
        ("d", 0, "Ce n’est pas la bonne réponse."),
    ],
)
def test_choice(value: str, share: float, reason: str) -> None:
    assert choice().mark(value) == Mark(share=share, reason=reason)
    assert choice().check(value) is None
    assert choice().describe(value) == OPTIONS[value]


@pytest.mark.parametrize("value", ["z", "", "B", "Bêta", 1, True, ["b"], {"b": 1}])
def test_choice_of_nothing_on_offer(value: Any) -> None:
    assert choice().mark(value) == Mark(share=0, reason=ODD, review=True)
    assert choice().check(value) == "Choisissez une réponse."


# Multiple


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (["a", "b"], 1, "Bonnes cases cochées\u00a0: 2 sur 2."),
        (["b", "a", "b"], 1, "Bonnes cases cochées\u00a0: 2 sur 2."),
        (["a"], 0.5, "Bonnes cases cochées\u00a0: 1 sur 2."),
        (
            ["a", "b", "c"],
            0.5,
            "Bonnes cases cochées\u00a0: 2 sur 2. Cases cochées à tort\u00a0: 1. "
            "«\u00a0Gamma\u00a0»\u00a0: Gamma n'en est pas.",
        ),
        (
            ["a", "c"],
            0,
            "Bonnes cases cochées\u00a0: 1 sur 2. Cases cochées à tort\u00a0: 1. "
            "«\u00a0Gamma\u00a0»\u00a0: Gamma n'en est pas.",
        ),
        (
            ["a", "b", "c", "d"],
            0,
            "Bonnes cases cochées\u00a0: 2 sur 2. Cases cochées à tort\u00a0: 2. "
            "«\u00a0Gamma\u00a0»\u00a0: Gamma n'en est pas. "
            "«\u00a0Delta\u00a0»\u00a0: Delta non plus.",
        ),
        ([], 0, "Pas de réponse."),
    ],
)
def test_multiple(value: list[Any], share: float, reason: str) -> None:
    assert multiple().mark(value) == Mark(share=share, reason=reason)


@given(st.sets(st.sampled_from(sorted(OPTIONS)), min_size=1, max_size=3))
def test_ticking_everything_earns_nothing(key: set[Any]) -> None:
    question = Multiple(id="q", prompt="?", options=OPTIONS, answer=sorted(key))
    assert question.mark(list(OPTIONS)).share == 0
    assert question.mark(sorted(key)).share == 1


@given(
    key=st.sets(st.sampled_from(sorted(OPTIONS)), min_size=1),
    chosen=st.sets(st.sampled_from(sorted(OPTIONS)), min_size=1),
)
def test_one_more_wrong_option_never_helps(key: set[Any], chosen: set[Any]) -> None:
    question = Multiple(id="q", prompt="?", options=OPTIONS, answer=sorted(key))
    share = question.mark(sorted(chosen)).share
    for wrong in set(OPTIONS) - key:
        assert question.mark(sorted(chosen | {wrong})).share <= share
    for right in key:
        assert question.mark(sorted(chosen | {right})).share >= share


def test_ticking_everything_is_right_when_everything_is() -> None:
    question = Multiple(id="q", prompt="?", options=OPTIONS, answer=list(OPTIONS))
    assert question.mark(list(OPTIONS)).share == 1


@pytest.mark.parametrize("value", [["z"], ["a", "b", "z"], "ab", {"a": 1}, [1], True])
def test_multiple_of_something_else(value: Any) -> None:
    assert multiple().mark(value) == Mark(share=0, reason=ODD, review=True)


def test_multiple_in_words() -> None:
    assert multiple().describe(["a", "c"]) == "Alpha\u00a0; Gamma"
    assert multiple().check(["a"]) is None
    assert multiple().check([]) == "Cochez au moins une case."
    assert multiple().check("a") == "Cochez au moins une case."


# Number


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (0.05, 1, "C’est la bonne valeur."),
        ("0,05", 1, "C’est la bonne valeur."),
        ("0,05 €", 1, "C’est la bonne valeur."),
        (0.0504, 1, "C’est la bonne valeur."),
        (0.0506, 0, "Ce n’est pas la valeur attendue."),
        (5, 0.5, "En euros, pas en centimes."),
        ("20", 0, "Le rapport est à l'envers."),
        (-0.05, 0, "Ce n’est pas la valeur attendue."),
        ("", 0, "Pas de réponse."),
    ],
)
def test_number(value: Any, share: float, reason: str) -> None:
    assert amount().mark(value) == Mark(share=share, reason=reason)


def test_a_number_is_explained_but_where_a_known_slip_is_named() -> None:
    explained = amount().model_copy(update={"why": "Le coût divisé par les vues."})
    told = {value: explained.mark(value).reason for value in (0.05, 7, 5)}
    assert told == {
        0.05: "C’est la bonne valeur. Le coût divisé par les vues.",
        7: "Ce n’est pas la valeur attendue. Le coût divisé par les vues.",
        5: "En euros, pas en centimes.",
    }


@pytest.mark.parametrize("value", [True, [0.05], {"value": 0.05}, "environ 0,05", math.nan, "nan"])
def test_number_that_is_none(value: Any) -> None:
    assert amount().mark(value) == Mark(share=0, reason=ODD, review=True)


def test_a_key_of_zero_is_met_by_zero_only() -> None:
    question = Number(id="q", prompt="?", answer=0)
    assert question.mark("0,0").share == 1
    assert question.mark(1e-6).share == 0


def test_the_right_value_wins_over_a_mistake_that_equals_it() -> None:
    question = Number(id="q", prompt="?", answer=1, mistakes=[Mistake(value=1, why="Non.")])
    assert question.mark(1).share == 1


def test_no_mistake_is_worth_full_points() -> None:
    with pytest.raises(ValidationError):
        Mistake(value=1, why="Presque.", share=1)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Tapez un nombre."),
        ("", "Tapez un nombre."),
        (True, "Tapez un nombre."),
        ([1], "Tapez un nombre."),
        ("1 234,5 €", None),
        (12, None),
        (
            "3–5",
            "«\u00a03–5\u00a0» n’est pas lu comme un nombre. "
            "Écrivez par exemple 1\u202f234,5\u00a0€.",
        ),
        (
            "x" * 99,
            f"«\u00a0{'x' * 40}\u00a0» n’est pas lu comme un nombre. "
            "Écrivez par exemple 1\u202f234,5\u00a0€.",
        ),
    ],
)
def test_number_is_checked_while_it_is_typed(value: Any, told: str | None) -> None:
    assert amount().check(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1234.567, "1\u202f234,57\u00a0€"),
        ("0,0123456789", "0,012346\u00a0€"),
        (-3, "-3\u00a0€"),
        ("0", "0\u00a0€"),
    ],
)
def test_number_in_words(value: Any, told: str) -> None:
    assert amount().describe(value) == told


# What a person writes for a number


@pytest.mark.parametrize(
    ("typed", "unit", "meant"),
    [
        ("12", "", 12),
        ("  12\t", "", 12),
        ("1,5", "", 1.5),
        ("1.5", "", 1.5),
        (",5", "", 0.5),
        ("12.", "", 12),
        ("+3", "", 3),
        ("-0,5", "", -0.5),
        ("−0,5", "", -0.5),  # U+2212, as typography writes it
        ("–0,5", "", -0.5),  # an en dash, as a word processor corrects it
        ("1 234,56", "", 1234.56),
        ("1\u00a0234,56", "", 1234.56),
        ("1\u202f234,56", "", 1234.56),
        ("1\u2009234", "", 1234),
        ("1'234.5", "", 1234.5),
        ("1’234,5", "", 1234.5),
        ("1.234,56", "", 1234.56),
        ("1,234.56", "", 1234.56),
        ("1.234.567,8", "", 1234567.8),
        ("1,234,567.8", "", 1234567.8),
        ("1,234", "", 1.234),  # one comma alone: a French reader's decimal sign
        ("12 %", "%", 12),
        ("12%", "%", 12),
        ("12", "%", 12),
        ("12\u00a0€", "€", 12),
        ("4 800 euros", "€", 4800),
        ("1 Euro", "€", 1),
        ("12 pour cent", "%", 12),
        ("12 CENTIMES", "centimes", 12),
        ("0,4 personne", "personnes", 0.4),
        ("3,5 s / vue", "s/vue", 3.5),
        (7, "", 7),
        (0.25, "", 0.25),
    ],
)
def test_a_number_is_read_the_french_way_or_the_english_one(
    typed: Any, unit: str, meant: float
) -> None:
    assert parse_number(typed, unit) == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", ".", ",", "-", "+", "€", "douze", "12 dollars", "12 € €", "€ 12", "12 %"),
        *(
            "1,2,3",
            "1.2.3",
            "1,234,567",
            "1.234,5.6",
            "1,2.3,4",
            "1..2",
            "--1",
            "1-2",
            "3–5",
            "+-1",
        ),
        *("1e5", "1E400", "0x10", "0b1", "nan", "inf", "-inf", "Infinity", "1/2", "½", "²", "12²"),
        *(
            "=1+1",
            "1\x00",
            "\ud800",
            "1" * 41,
            "0," + "0" * 40 + "1",
            "9" * 30,
            "__import__('os')",
            "1;2",
            "(12)",
        ),
    ],
)
def test_what_is_not_one_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_number(typed, "€")


@pytest.mark.parametrize("value", [None, True, False, [1], {"a": 1}])
def test_what_is_not_even_a_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        parse_number(value)


@given(st.text(max_size=20), st.sampled_from(["", "€", "%", "s/vue"]))
def test_whatever_is_typed_is_a_finite_number_or_refused(typed: str, unit: str) -> None:
    try:
        parsed = parse_number(typed, unit)
    except ValueError:
        return
    assert math.isfinite(parsed)
    assert any(c.isdigit() for c in typed)


@given(st.floats(min_value=-1e9, max_value=1e9), st.sampled_from(["", "€", "%", "centimes"]))
def test_what_the_page_writes_is_read_back(value: float, unit: str) -> None:
    written = Number(id="q", prompt="?", unit=unit).describe(value)
    assert parse_number(written, unit) == pytest.approx(value, rel=0.006, abs=1e-6)


# Ranking

HALF = "Un ordre au hasard en donne la moitié\u00a0: seul compte ce qui va au-delà. "


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (["b", "a", "c"], 1, "Tout est dans le bon ordre."),
        (["a", "b", "c"], 1 / 3, f"2 paires sur 3 sont dans le bon ordre. {HALF}Divisez d'abord."),
        (["a", "c", "b"], 0, f"1 paire sur 3 est dans le bon ordre. {HALF}Divisez d'abord."),
        (["c", "a", "b"], 0, f"0 paire sur 3 est dans le bon ordre. {HALF}Divisez d'abord."),
        (["b", "a", None], 0, "Le classement n’est pas complet."),
        (["b", "a"], 0, "Le classement n’est pas complet."),
        (["b", "b", "a"], 0, "Le classement n’est pas complet."),
        ({"b": "1", "a": "2", "c": "2"}, 0, "Le classement n’est pas complet."),
        ([], 0, "Le classement n’est pas complet."),
    ],
)
def test_ranking(value: list[Any], share: float, reason: str) -> None:
    mark = ranking().mark(value)
    assert mark.share == pytest.approx(share)
    assert (mark.reason, mark.review) == (reason, False)


@pytest.mark.parametrize(
    "value", [["b", "a", "z"], ["b", "a", "c", "z"], ["b", "a", "c", None], [None, "b", "a", "c"]]
)
def test_ranking_of_something_else(value: Any) -> None:
    assert ranking().mark(value) == Mark(share=0, reason=ODD, review=True)


def test_a_ranking_drawn_at_random_earns_nothing_on_average_before_the_floor() -> None:
    # The share is Kendall's τ, floored at 0: τ over all orders sums to zero.
    question = Ranking(id="q", prompt="?", items=OPTIONS, answer=list(OPTIONS))
    shares = [question.mark(list(order)).share for order in permutations(OPTIONS)]
    taus = [
        1 - 2 * sum(order.index(x) > order.index(y) for x, y in combinations("abcd", 2)) / 6
        for order in permutations(OPTIONS)
    ]
    assert sum(taus) == pytest.approx(0)
    assert shares == pytest.approx([max(0, tau) for tau in taus])
    assert question.mark(["b", "a", "c", "d"]).share == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Il reste 3 places à remplir."),
        ("bac", "Il reste 3 places à remplir."),
        (["b", None, None], "Il reste 2 places à remplir."),
        (["b", None, "c"], "Il reste 1 place à remplir."),
        (["b", "b", None], "«\u00a0Bêta\u00a0» occupe deux places."),
        ({"a": "2", "b": "2"}, "La place 2 est donnée à plusieurs lignes."),
        (
            {"a": "premier", "b": "4"},
            "«\u00a0premier\u00a0» n’est pas une place\u00a0: tapez un nombre de 1 à 3. "
            "«\u00a04\u00a0» n’est pas une place\u00a0: tapez un nombre de 1 à 3.",
        ),
        ({"a": "1"}, "Le classement n’est pas complet."),
        ({"a": 1, "z": None}, "Le classement n’est pas complet."),
        ({}, "Le classement n’est pas complet."),
        (["b", "a", "c"], None),
    ],
)
def test_ranking_is_checked_while_it_is_made(value: Any, told: str | None) -> None:
    assert ranking().check(value) == told


def test_ranking_in_words() -> None:
    assert ranking().describe(["b", None, "c"]) == "1. Bêta\u00a0; 2. …\u00a0; 3. Gamma"
    assert ranking().describe({"a": "2", "c": "2e"}) == "Alpha\u00a0: 2\u00a0; Gamma\u00a0: 2e"


# Classification


RIGHT = {"a": "client", "b": "client", "c": "tech", "d": "com", "e": "client"}
BASELINE = (
    "Tout mettre dans une même catégorie en placerait déjà 3\u00a0: seul compte ce qui va au-delà."
)


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (RIGHT, 1, "Tout est bien classé."),
        (
            RIGHT | {"c": "com"},
            0.5,
            f"4 éléments sur 5 bien classés. {BASELINE}\n"
            "«\u00a0Panne du site\u00a0»\u00a0: Une panne se règle avec la technique.",
        ),
        (
            RIGHT | {"d": "tech"},
            0.5,
            f"4 éléments sur 5 bien classés. {BASELINE}\n"
            "«\u00a0Presse\u00a0»\u00a0: ce n’est pas pour «\u00a0Technique\u00a0».",
        ),
        (
            {"a": "client", "b": "client", "c": "tech", "d": "com"},
            0.5,
            f"4 éléments sur 5 bien classés. {BASELINE} 1 n’est pas classé.",
        ),
        ({"a": "client"}, 0, f"1 élément sur 5 bien classé. {BASELINE} 4 ne sont pas classés."),
        ({}, 0, "Pas de réponse."),
        ({"a": None}, 0, "Pas de réponse."),
    ],
)
def test_classification(value: dict[str, Any], share: float, reason: str) -> None:
    assert classification().mark(value) == Mark(share=share, reason=reason)


@pytest.mark.parametrize("team", TEAMS)
def test_everything_in_one_category_earns_nothing(team: str) -> None:
    assert classification().mark(dict.fromkeys(INBOX, team)).share == 0


@given(st.dictionaries(st.sampled_from(sorted(INBOX)), st.sampled_from(sorted(TEAMS)), min_size=5))
def test_one_item_put_right_never_costs(key: dict[str, Any]) -> None:
    question = classification()
    question.answer = key
    given: dict[str, Any] = {}
    shares = []
    for item in INBOX:
        given[item] = key[item]
        shares.append(question.mark(dict(given)).share)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_classification_drawn_at_random_earns_little() -> None:
    question = classification()
    draws = [
        question.mark(dict(zip(INBOX, teams, strict=True))).share
        for teams in product(TEAMS, repeat=len(INBOX))
    ]
    assert sum(draws) / len(draws) < 0.03


def test_where_one_category_holds_everything_each_item_counts() -> None:
    question = classification()
    question.answer = dict.fromkeys(INBOX, "com")
    assert question.mark({"a": "com", "b": "com"}) == Mark(
        share=0.4, reason="2 éléments sur 5 bien classés. 3 ne sont pas classés."
    )


@pytest.mark.parametrize(
    "value",
    [{"z": "com"}, {"a": "z"}, {"a": 1}, {"a": ["com"]}, {"a": {"com": 1}}, ["com"], "com", True],
)
def test_classification_of_something_else(value: Any) -> None:
    assert classification().mark(value) == Mark(share=0, reason=ODD, review=True)


def test_a_key_that_leaves_an_item_out_is_none() -> None:
    question = classification()
    question.answer = {"a": "client"}
    assert question.mark(RIGHT) == Mark(share=0, reason=ODD, review=True)
    assert not question.sound()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Choisissez une catégorie pour chacune des 5 lignes."),
        (["a"], "Choisissez une catégorie pour chacune des 5 lignes."),
        ({"z": "com"}, "Choisissez une catégorie pour chacune des 5 lignes."),
        ({"a": "com", "d": "com"}, "Il reste 3 lignes à classer\u00a0: 2, 3 et 5."),
        (RIGHT | {"c": None}, "Il reste 1 ligne à classer\u00a0: la 3."),
        (RIGHT, None),
        (dict.fromkeys(INBOX, "com"), None),  # wrong, but complete
    ],
)
def test_classification_is_checked_while_it_is_made(value: Any, told: str | None) -> None:
    assert classification().check(value) == told


def test_classification_in_words() -> None:
    assert classification().describe({"a": "client", "d": "com"}) == (
        "1. Colis perdu → Service client\n2. Remboursement → …\n3. Panne du site → …\n"
        "4. Presse → Communication\n5. Échange → …"
    )


# Allocation


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        ({"a": 6000, "b": 0, "c": 3000}, 1, "C’est la meilleure répartition."),
        ({"a": "6 000 €", "c": "3000"}, 1, "C’est la meilleure répartition."),
        (
            {"a": 5950, "b": 50, "c": 3000},
            1,
            "Cette répartition fait 98\u00a0% du chemin entre des parts égales et la meilleure.",
        ),
        (
            {"a": 4500, "b": 1500, "c": 3000},
            0.5,
            "Cette répartition fait 50\u00a0% du chemin entre des parts égales et la meilleure. "
            "Trop\u00a0: «\u00a0TikTok\u00a0» (+1\u202f500\u00a0€). "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−1\u202f500\u00a0€). "
            "La vidéo courte rapporte peu ici.",
        ),
        (
            {"a": 4500, "c": 3000},
            0.5,
            "Cette répartition fait 50\u00a0% du chemin entre des parts égales et la meilleure. "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−1\u202f500\u00a0€). "
            "Non réparti\u00a0: 1\u202f500\u00a0€. La vidéo courte rapporte peu ici.",
        ),
        (
            {"a": 3000, "b": 3000, "c": 3000},
            0,
            "Cette répartition n’est pas plus près de la meilleure que des parts égales. "
            "Trop\u00a0: «\u00a0TikTok\u00a0» (+3\u202f000\u00a0€). "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−3\u202f000\u00a0€). "
            "La vidéo courte rapporte peu ici.",
        ),
        ({"a": 9000, "b": 1}, 0, "La répartition dépasse le total de 9\u202f000\u00a0€."),
        ({"a": 9100, "b": -100}, 0, "Une part ne peut pas être négative."),
        ({"a": 0, "b": "0"}, 0, "Pas de réponse."),
        ({}, 0, "Pas de réponse."),
    ],
)
def test_allocation(value: dict[str, Any], share: float, reason: str) -> None:
    mark = allocation().mark(value)
    assert mark.share == pytest.approx(share)
    assert (mark.reason, mark.review) == (reason, False)


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (
            {"a": 6000, "c": 3000},
            1,
            "Cette répartition obtient tout le gain possible par rapport à des parts égales.",
        ),
        (  # as good: what b brings replaces what a would
            {"a": 5000, "b": 1000, "c": 3000},
            1,
            "Cette répartition obtient tout le gain possible par rapport à des parts égales.",
        ),
        (
            {"a": 4000, "b": 2000, "c": 3000},
            0.5,
            "Cette répartition obtient 50\u00a0% du gain possible par rapport à des parts égales. "
            "Trop\u00a0: «\u00a0TikTok\u00a0» (+2\u202f000\u00a0€). "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−2\u202f000\u00a0€). "
            "La vidéo courte rapporte peu ici.",
        ),
        (
            {"b": 9000},
            0,
            "Cette répartition ne rapporte pas plus que des parts égales. "
            "Trop\u00a0: «\u00a0TikTok\u00a0» (+9\u202f000\u00a0€). "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−6\u202f000\u00a0€) et "
            "«\u00a0Lettre\u00a0» (−3\u202f000\u00a0€). La vidéo courte rapporte peu ici.",
        ),
        (
            {"a": 10},
            0,
            "Cette répartition ne rapporte pas plus que des parts égales. "
            "Pas assez\u00a0: «\u00a0Instagram\u00a0» (−6\u202f000\u00a0€) et "
            "«\u00a0Lettre\u00a0» (−3\u202f000\u00a0€). "
            "Non réparti\u00a0: 8\u202f990\u00a0€. La vidéo courte rapporte peu ici.",
        ),
    ],
)
def test_allocation_by_what_it_brings(value: dict[str, Any], share: float, reason: str) -> None:
    mark = returning().mark(value)
    assert mark.share == pytest.approx(share)
    assert (mark.reason, mark.review) == (reason, False)


def test_allocation_is_measured_from_the_naive_split() -> None:
    question = returning()
    question.naive = {"a": 4000, "b": 5000}  # which brings 5,000 € of 9,000 €
    assert question.mark({"a": 4000, "b": 5000}).share == 0
    assert question.mark({"a": 6000, "b": 1000, "c": 1000}).share == pytest.approx(3 / 4)
    assert question.mark({"a": 3000, "b": 3000, "c": 3000}).reason.startswith(
        "Cette répartition obtient 50\u00a0% du gain possible par rapport à la répartition de "
        "référence. "
    )


def test_near_the_best_split_all_points_are_earned() -> None:
    question = returning()
    assert question.mark({"a": 5900, "b": 1100, "c": 2000}).share < 1
    assert question.mark({"a": 4950, "b": 1050, "c": 3000}) == Mark(
        share=1,
        reason="Cette répartition obtient 97\u00a0% du gain possible par rapport à des parts "
        "égales.",
    )  # 50 € of 2,000 €: 97.5 %
    assert question.mark({"a": 4900, "b": 1100, "c": 3000}).share == pytest.approx(0.95)


@pytest.mark.parametrize("returns", [{}, RETURNS])
def test_where_the_naive_split_is_the_best_one_only_it_earns(returns: dict[str, Any]) -> None:
    question = allocation()
    question.returns = returns
    question.naive = {"a": 6000, "c": 3000}
    assert question.mark({"a": 6000, "c": 3000}).share == 1
    assert question.mark({"a": 3000, "b": 3000, "c": 3000}).share == 0


def at_random(draw: Random, total: float) -> dict[str, float]:
    cuts = sorted([draw.uniform(0, total), draw.uniform(0, total)])
    return {"a": cuts[0], "b": cuts[1] - cuts[0], "c": total - cuts[1]}


@pytest.mark.parametrize(("kind", "little"), [(allocation, 0.12), (returning, 0.25)])
def test_a_split_drawn_at_random_earns_little(
    kind: Callable[[], Allocation], little: float
) -> None:
    draw = Random(4)  # noqa: S311 - a seeded draw
    shares = [kind().mark(at_random(draw, 9000)).share for _ in range(2000)]
    assert sum(shares) / len(shares) < little


@given(st.randoms(use_true_random=False), st.floats(0, 1))
def test_coming_nearer_never_costs(draw: Random, way: float) -> None:
    """On the straight way from a split to the key, as concave returns or distances have it."""
    start, key = at_random(draw, 9000), {"a": 6000.0, "b": 0.0, "c": 3000.0}
    between: Any = {part: start[part] + way * (key[part] - start[part]) for part in key}
    for kind in (allocation, returning):
        assert kind().mark(between).share >= kind().mark(start).share - 1e-9


@pytest.mark.parametrize(
    "value", [{"z": 1}, {"a": True}, {"a": None}, {"a": "beaucoup"}, {"a": [1]}, [9000], 9000, "a"]
)
def test_allocation_of_something_else(value: Any) -> None:
    assert allocation().mark(value) == Mark(share=0, reason=ODD, review=True)


@pytest.mark.parametrize("key", [{"a": 5000}, {"a": 9100}, {"a": 9100, "b": -100}, {"z": 9000}])
def test_a_key_that_is_no_split_of_the_total_is_none(key: Any) -> None:
    for question in (allocation(), returning()):
        question.answer = key
        assert question.mark(key).share == 0
        assert not question.sound()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step", 70),
        ("step", 0),
        ("total", math.inf),
        ("naive", {"z": 1}),
        ("naive", {"a": -1}),
        ("naive", {"a": 9001}),
        ("naive", {"a": math.nan}),
        ("returns", {"a": [(0, 0)]}),
        ("returns", RETURNS | {"z": [(0, 0)]}),
        ("returns", RETURNS | {"a": []}),
        ("returns", RETURNS | {"a": [(0, 0), (0, 1)]}),
        ("returns", RETURNS | {"a": [(0, math.nan)]}),
        ("returns", RETURNS | {"a": [(0, math.inf)]}),
    ],
)
def test_a_scheme_that_cannot_mark_is_refused(field: str, value: Any) -> None:
    question = allocation()
    with pytest.raises(ValidationError):
        setattr(question, field, value)
    assert question == allocation()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Répartissez 9\u202f000\u00a0€."),
        ("a", "Répartissez 9\u202f000\u00a0€."),
        ({"a": 0}, "Répartissez 9\u202f000\u00a0€."),
        (
            {"a": 1000, "b": "0,5"},
            "Reste à répartir\u00a0: 7\u202f999,5\u00a0€ sur 9\u202f000\u00a0€.",
        ),
        (
            {"a": 9000, "b": 250},
            "Dépassement\u00a0: 250\u00a0€ de trop, pour un total de 9\u202f000\u00a0€.",
        ),
        (
            {"a": "beaucoup", "b": 9000},
            "«\u00a0Instagram\u00a0»\u00a0: «\u00a0beaucoup\u00a0» n’est pas lu comme un montant. "
            "Écrivez par exemple 1\u202f234,5\u00a0€.",
        ),
        (
            {"b": -5},
            "«\u00a0TikTok\u00a0»\u00a0: un montant ne peut pas être négatif.",
        ),
        ({"a": 3000, "b": 3000, "c": 3000}, None),
        ({"a": 9000}, None),
        ({"a": "3000,01", "b": "2999,99", "c": 3000.0001}, None),
    ],
)
def test_allocation_is_checked_while_it_is_made(value: Any, told: str | None) -> None:
    assert allocation().check(value) == told


def test_allocation_in_words() -> None:
    assert allocation().describe({"a": 1234.5, "c": "trop"}) == (
        "Instagram\u00a0: 1\u202f234,5\u00a0€\nTikTok\u00a0: 0\u00a0€\nLettre\u00a0: trop"
    )


@pytest.mark.parametrize(
    ("value", "split"),
    [
        (None, {"a": 3000, "b": 3000, "c": 3000}),
        ({"a": 1000}, {"a": 1000, "b": 4000, "c": 4000}),
        ({"a": 1100, "b": 0}, {"a": 1100, "b": 4000, "c": 3900}),
        ({"a": 1000.5}, {"a": 1000.5, "b": 3999.5, "c": 4000}),
        ({"a": 9000}, {"a": 9000}),
        ({"a": 9500}, {"a": 9500}),
        ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}),
        ({"a": "trop"}, {"a": "trop"}),
    ],
)
def test_what_is_left_goes_to_the_parts_that_have_nothing(value: Any, split: Any) -> None:
    shared = allocation().shared_out(value)
    assert isinstance(shared, dict)
    assert {part: amount for part, amount in shared.items() if amount} == split


@given(st.dictionaries(st.sampled_from("abc"), st.floats(0, 3000), max_size=2))
def test_sharing_out_completes_a_split_and_moves_no_part_that_was_set(
    value: dict[str, Any],
) -> None:
    question = allocation()
    shared = question.shared_out(value)
    assert isinstance(shared, dict)
    assert question.check(shared) is None
    assert all(shared[part] == amount for part, amount in value.items() if amount)


@given(json_values)
def test_what_can_be_read_of_a_split_is_within_what_a_slider_shows(value: Any) -> None:
    question = allocation()
    assert all(math.isfinite(a) for a in question.readable(value).values())
    assert 0 <= question.most("a", value) < math.inf
    assert question.balance(value)
    question.shared_out(value)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(-10, 10)), min_size=1, max_size=6),
    st.floats(-10, 110),
)
def test_interpolation_is_between_its_neighbours(
    points: list[tuple[float, float]], x: float
) -> None:
    points = sorted(dict(points).items())
    below = [p for p in points if p[0] <= x][-1:] or points[:1]
    above = [p for p in points if p[0] >= x][:1] or points[-1:]
    low, high = sorted([below[0][1], above[0][1]])
    assert low - 1e-9 <= interpolated(points, x) <= high + 1e-9
    for known, result in points:
        assert interpolated(points, known) == pytest.approx(result)


# Form


FILLED: dict[str, Any] = {"a": "Répondre plus vite", "b": "delai", "c": "2", "d": "31/12/2026"}
BY_HAND = "Lu et noté par votre formateur\u00a0: «\u00a0Énoncé\u00a0»."


@pytest.mark.parametrize(
    ("changes", "share", "reason"),
    [
        (
            {},
            0.8,
            "Juste\u00a0: «\u00a0Indicateur\u00a0», «\u00a0Cible\u00a0», «\u00a0Échéance\u00a0».\n"
            + BY_HAND,
        ),
        (
            {"b": "aime", "d": "2027-01-01"},
            0.2,
            "Juste\u00a0: «\u00a0Cible\u00a0».\n"
            "«\u00a0Indicateur\u00a0»\u00a0: Un « J'aime » n'attend pas de réponse.\n"
            "«\u00a0Échéance\u00a0»\u00a0: L'objectif vaut pour cette année.\n" + BY_HAND,
        ),
        (
            {"b": None, "c": "vite", "d": " "},
            0,
            "«\u00a0Indicateur\u00a0»\u00a0: non rempli.\n"
            "«\u00a0Cible\u00a0»\u00a0: illisible\u00a0; votre formateur regardera.\n"
            "«\u00a0Échéance\u00a0»\u00a0: non rempli.\n" + BY_HAND,
        ),
    ],
)
def test_form(changes: dict[str, Any], share: float, reason: str) -> None:
    mark = form().mark(FILLED | changes)
    assert mark == Mark(share=share, reason=reason, review=True)


def test_a_form_without_a_field_to_read_needs_nobody() -> None:
    question = machine_form()
    assert question.mark(FILLED) == Mark(
        share=1,
        reason="Juste\u00a0: «\u00a0Énoncé\u00a0», «\u00a0Indicateur\u00a0», «\u00a0Cible\u00a0», "
        "«\u00a0Échéance\u00a0».",
    )
    assert question.mark(FILLED | {"a": "Vite"}) == Mark(
        share=0.8,
        reason="Juste\u00a0: «\u00a0Indicateur\u00a0», «\u00a0Cible\u00a0», "
        "«\u00a0Échéance\u00a0».\n«\u00a0Énoncé\u00a0»\u00a0: ce n’est pas ce qui est attendu.",
    )
    assert question.mark({"e": "rien à dire"}).share == 0
    assert not question.mark({"e": "rien à dire"}).review
    assert question.mark(FILLED | {"c": "vite"}).review  # what cannot be read is for a person


def test_a_field_left_empty_is_not_for_a_person_to_read() -> None:
    mark = form().mark({"b": "delai"})
    assert (mark.share, mark.review) == (0.4, False)


@given(st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["delai", "2", "", "31/12/2026"])))
def test_filling_a_field_in_never_costs(typed: dict[str, Any]) -> None:
    for question in (form(), machine_form()):
        share = question.mark(typed).share
        for field, right in FILLED.items():
            assert question.mark(typed | {field: right}).share >= share


@pytest.mark.parametrize("value", [{"z": "1"}, ["a"], "a", True, 3])
def test_form_of_something_else(value: Any) -> None:
    assert form().mark(value) == Mark(share=0, reason=ODD, review=True)


@pytest.mark.parametrize("value", [{}, {"a": ""}, {"a": None, "b": " \n"}])
def test_an_empty_form_is_no_answer(value: Any) -> None:
    assert form().mark(value) == Mark(share=0, reason="Pas de réponse.")


@pytest.mark.parametrize("changes", [{"b": "aime"}, {"c": "9"}, {"d": "hier"}, {"b": None}])
def test_a_key_that_misses_what_it_expects_is_not_sound(changes: dict[str, Any]) -> None:
    question = form()
    question.answer = FILLED | changes
    assert not question.sound()


@pytest.mark.parametrize(
    ("expected", "typed", "met"),
    [
        (Expected(value=2), "2,01 h", True),
        (Expected(value=2), "2,05", False),
        (Expected(value=2, tolerance=0.1), "2,05", True),
        (Expected(value=0), "0", True),
        (Expected(value=0), "0,1", False),
        (Expected(least=0.1 + 0.2), "0,3", True),
        (Expected(least=1), "1", True),
        (Expected(least=1), "0,99", False),
        (Expected(most=4), "4 h", True),
        (Expected(most=4), "4,01", False),
        (Expected(most=-1), "-1", True),
        (Expected(most=-1), "-0,9", False),
    ],
)
def test_what_is_expected_of_a_number(expected: Expected, typed: str, met: bool) -> None:
    assert NumberField(id="c", label="Cible", unit="h").meets(typed, expected) is met


@pytest.mark.parametrize(
    "expects",
    [
        {"z": Expected()},
        {"a": Expected(value=1)},
        {"b": Expected(words=3)},
        {"c": Expected(among=["a"])},
        {"c": Expected(least=date(2026, 1, 1))},
        {"d": Expected(least=3)},
        {"d": Expected(value=3)},
    ],
)
def test_an_expectation_that_does_not_fit_its_field_is_refused(
    expects: dict[str, Expected],
) -> None:
    question = form()
    with pytest.raises(ValidationError):
        question.expects = expects
    assert question == form()


def test_the_fields_of_a_form_have_names_of_their_own() -> None:
    with pytest.raises(ValidationError, match="serves twice"):
        Form(
            id="q",
            prompt="?",
            fields=[TextField(id="a", label="A"), NumberField(id="a", label="B")],
        )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            None,
            "À remplir\u00a0: «\u00a0Énoncé\u00a0», «\u00a0Indicateur\u00a0», «\u00a0Cible\u00a0», "
            "«\u00a0Échéance\u00a0».",
        ),
        (FILLED, None),
        (FILLED | {"e": "oui"}, None),
        (
            {"a": "Vite", "b": "z", "c": "deux", "d": "31/02/2026"},
            "«\u00a0Énoncé\u00a0»\u00a0: 1 mot pour l’instant\u00a0; visez-en au moins 3.\n"
            "«\u00a0Indicateur\u00a0»\u00a0: Choisissez une réponse.\n"
            "«\u00a0Cible\u00a0»\u00a0: «\u00a0deux\u00a0» n’est pas lu comme un nombre. "
            "Écrivez par exemple 1\u202f234,5\u00a0h.\n"
            "«\u00a0Échéance\u00a0»\u00a0: «\u00a031/02/2026\u00a0» n’est pas lu comme une date. "
            "Écrivez par exemple 31/12/2026.",
        ),
        (
            {"c": 2, "d": 3, "a": ["x"]},
            "«\u00a0Énoncé\u00a0»\u00a0: ce n’est pas lisible.\n"
            "«\u00a0Échéance\u00a0»\u00a0: «\u00a0…\u00a0» n’est pas lu comme une date. "
            "Écrivez par exemple 31/12/2026.\nReste à remplir\u00a0: «\u00a0Indicateur\u00a0».",
        ),
    ],
)
def test_form_is_checked_field_by_field(value: Any, told: str | None) -> None:
    assert form().check(value) == told


def test_form_in_words() -> None:
    assert form().describe(FILLED | {"c": "vite", "d": "2026-1-2", "e": ""}) == (
        "Énoncé\u00a0: Répondre plus vite\nIndicateur\u00a0: Délai\nCible\u00a0: vite\n"
        "Échéance\u00a0: 02/01/2026"
    )


# What a person writes for a day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("31/12/2026", date(2026, 12, 31)),
        ("le 31 décembre 2026", date(2026, 12, 31)),
        ("Le 1er juillet 2026", date(2026, 7, 1)),
        (" 1/2/2026 ", date(2026, 2, 1)),
        ("01.02.2026", date(2026, 2, 1)),
        ("01-02-2026", date(2026, 2, 1)),
        ("2026-02-01", date(2026, 2, 1)),
        ("29/02/2028", date(2028, 2, 29)),
        ("1er août 2026", date(2026, 8, 1)),
        ("31\u00a0Déc. 2026", date(2026, 12, 31)),
        ("2 fevrier 2026", date(2026, 2, 2)),
    ],
)
def test_a_day_is_read_the_french_way_or_the_iso_one(typed: str, day: date) -> None:
    assert parse_date(typed) == day


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "demain",
        "31/12/26",
        "29/02/2026",
        "12/31/2026",
        "2026/12/31",
        "1/1/0000",
        "٣/٣/٢٠٢٦",
        "1 jui 2026",
        "3 brumaire 2026",
        "30 février 2026",
        "décembre 2026",
    ],
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"date|day|month|year"):
        parse_date(typed)


@given(st.dates())
def test_a_day_survives_the_page(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    if day.year >= 1000:
        assert parse_date(f"{day:%d/%m/%Y}") == parse_date(in_words(day)) == day


@pytest.mark.parametrize(
    ("words", "told"), [([], ""), (["2"], "2"), (["2", "5"], "2 et 5"), ("258", "2, 5 et 8")]
)
def test_words_one_after_the_other(words: Any, told: str) -> None:
    assert listed(words) == told


# Free text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Écrivez votre réponse."),
        (" \n ", "Écrivez votre réponse."),
        (12, "Écrivez votre réponse."),
        ("Non.", "1 mot pour l’instant\u00a0; visez-en au moins 5."),
        ("Parce que non.", "3 mots pour l’instant\u00a0; visez-en au moins 5."),
        ("Un deux trois quatre cinq", None),
    ],
)
def test_text_is_counted_while_it_is_typed(value: Any, told: str | None) -> None:
    assert text().check(value) == told


def test_a_text_is_never_graded_by_the_machine() -> None:
    assert text().mark("Parce que.") == Mark(
        share=0, reason="Cette réponse est lue et notée par votre formateur.", review=True
    )
    assert text().mark(" \n") == Mark(share=0, reason="Pas de réponse.")
    assert text().mark(["Parce que."]) == Mark(share=0, reason=ODD, review=True)
    assert text().describe("<b>") == "<b>"


# Code


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        ([4, "nul", None, 81], 1, "Tous les cas donnent le bon résultat."),
        ([4.0, "nul", None, 81 + 1e-9], 1, "Tous les cas donnent le bon résultat."),
        ([4, "nul", None, 81, "de trop"], 1, "Tous les cas donnent le bon résultat."),
        (
            [4, "nul", 1, 81],
            0.75,
            "Exemples donnés\u00a0: 2 sur 2. Autres cas\u00a0: 1 sur 2. "
            "À revoir\u00a0: un nombre négatif.",
        ),
        (
            [{"error": "ValueError"}, None, True, "81"],
            0,
            "Exemples donnés\u00a0: 0 sur 2. Autres cas\u00a0: 0 sur 2. "
            "À revoir\u00a0: deux, un nombre négatif.",
        ),
        # A result that is missing is not the result ``None``.
        (
            [4, "nul"],
            0.5,
            "Exemples donnés\u00a0: 2 sur 2. Autres cas\u00a0: 0 sur 2. "
            "À revoir\u00a0: un nombre négatif.",
        ),
    ],
)
def test_code(value: list[Any], share: float, reason: str) -> None:
    assert code().mark(value) == Mark(share=share, reason=reason)


@pytest.mark.parametrize("value", ["4", 4, {"0": 4}, True])
def test_code_of_something_else(value: Any) -> None:
    assert code().mark(value) == Mark(share=0, reason=ODD, review=True)


def test_code_whose_key_has_not_every_case_is_for_a_person() -> None:
    question = code()
    question.answer = [4, "nul"]
    assert question.mark([4, "nul", None, 81]) == Mark(share=0, reason=ODD, review=True)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Écrivez votre fonction dans la cellule au-dessus, puis testez-la."),
        ([], "Écrivez votre fonction dans la cellule au-dessus, puis testez-la."),
        ([None, None], "Écrivez votre fonction dans la cellule au-dessus, puis testez-la."),
        ([4, {"error": "KeyError"}], "Votre fonction s’arrête sur une erreur\u00a0: KeyError"),
        ([4, "nul"], None),
        ([5, 5], None),  # wrong, but complete: what is right is told after grading
    ],
)  # fmt: skip
def test_code_is_checked_when_it_is_tried(value: Any, told: str | None) -> None:
    assert code().check(value) == told


def test_code_in_words() -> None:
    assert code().describe([4, {"error": "…"}]) == "(2) → 4\u00a0; (0) → erreur"
    told = code().describe([4, {"error": "MemoryError: "}])
    assert told == "(2) → 4\u00a0; (0) → erreur (mémoire dépassée)"
    # A name that the copy's code has made could tell a hidden case.
    assert code().describe([4, {"error": "Case42: 42"}]) == "(2) → 4\u00a0; (0) → erreur"
    assert code().describe("?") == ""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "vrai"),
        (False, "faux"),
        (None, "rien"),
        (1234.56789, "1\u202f234,5679"),
        ("tel quel", "tel quel"),
        ({"error": "x"}, "erreur"),
        (10**400, "un nombre démesuré"),
        (math.nan, "un nombre démesuré"),
        (-math.inf, "un nombre démesuré"),
    ],
)
def test_results_in_words(value: Any, told: str) -> None:
    assert shown(value) == told


@pytest.mark.parametrize(
    ("given_value", "key", "equal"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, 1.001, False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        (0, None, False),
        (None, None, True),
        ("1", 1, False),
        ("a", "A", False),
        ([1, [2.0, "x"]], [1.0, [2, "x"]], True),
        ([1], [1, 1], False),
        ([1], "1", False),
        (10**400, 1.0, False),
        (math.nan, 1.0, False),
        (math.inf, 1e300, False),
        ({"error": "x"}, 1, False),
    ],
)
def test_a_result_is_the_one_expected(given_value: Any, key: Any, equal: bool) -> None:
    assert same(given_value, key) is equal


# A strategy


def test_a_strategy_is_read_with_its_review_of_the_day_it_was_handed_in() -> None:
    question = plan()
    value = {"day": "2026-01-10", "strategy": STRATEGY}
    assert question.check(value) is None
    lines = question.describe(value).split("\n")
    assert lines[:5] == [
        "Entreprise\u00a0: Liseron",
        "— Outils —",
        "• Forum\u00a0– Raison du choix\u00a0: Nos clients l'ont <demandé>",
        "Budget (€)\u00a0: 5\u202f000",
        "Remise le 10/01/2026. La relecture trouve 6 points à régler.",
    ]
    assert len(lines) == 5 + 6
    assert all(line.startswith("• ") for line in lines[5:])
    late = {"day": "2027-01-10", "strategy": STRATEGY | {"objectives": [GOAL]}}
    assert "l’échéance (31/12/2026) est passée" in question.describe(late)
    assert "est passée" not in question.describe(late | {"day": "2026-01-10"})


GOAL = {"name": "Ventes", "statement": "Vendre", "deadline": "2026-12-31"}


def test_a_strategy_not_started_is_not_an_answer() -> None:
    empty = {"day": "2026-01-10", "strategy": {"format": "cinqcles-strategy", "version": 1}}
    assert str(plan().check(empty)).startswith("Votre stratégie est encore vide.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "Remettez votre stratégie."),
        ({"strategy": STRATEGY}, "Remettez votre stratégie."),
        ({"day": "demain", "strategy": STRATEGY}, "Remettez votre stratégie."),
        ({"day": 3, "strategy": STRATEGY}, "Remettez votre stratégie."),
        ({"day": "2026-01-10", "strategy": {}, "more": 1}, "Remettez votre stratégie."),
        ({"day": "2026-01-10", "strategy": 10**5000}, "Remettez votre stratégie."),
        ({"day": "2026-01-10", "strategy": "texte"}, "Ce fichier n’est pas une stratégie"),
        ({"day": "2026-01-10", "strategy": STRATEGY | {"tools": 3}}, "Cette stratégie contient"),
        ({"day": "2026-01-10", "strategy": STRATEGY | {"version": 9}}, "Cette stratégie vient"),
        ({"day": "2026-01-10", "strategy": STRATEGY | {"x": [[[1]] * 9]}}, "Cette stratégie"),
    ],
)
def test_what_is_not_a_strategy_is_refused_in_words(value: Any, said: str) -> None:
    assert str(plan().check(value)).startswith(said)
    mark = plan().mark(value)
    assert mark.share == 0
    assert mark.review is (value is not None)
