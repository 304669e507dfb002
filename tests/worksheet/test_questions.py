"""What an answer is worth: known answers, every shape of nonsense, and no undeserved point."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cinqcles.worksheet.questions import (
    BaseQuestion,
    Case,
    Choice,
    Code,
    FreeText,
    Mark,
    Mistake,
    Multiple,
    Number,
    Ranking,
    dump_reference,
    load_reference,
    parse_number,
    same,
    shown,
)

ODD = "La réponse n'a pas la forme attendue pour cette question."
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


KINDS: list[Callable[[], BaseQuestion]] = [choice, multiple, amount, ranking, text, code]

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "c", "d", "0,05", "5 €", "nul"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["a", "error", ""]) | st.text(max_size=4), inner)
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
    if isinstance(question, FreeText):
        assert mark == Mark(
            share=0, reason="Cette réponse est lue et notée par votre formateur.", review=True
        )
    else:
        assert (mark.share, mark.review) == (1, False)


@given(value=json_values)
def test_any_json_gets_a_finite_share_and_never_an_error(value: Any) -> None:
    for kind in KINDS:
        question = kind()
        mark = question.mark(value)
        assert math.isfinite(mark.share)
        assert 0 <= mark.share <= 1
        assert mark.reason
        assert not (mark.review and mark.share)
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
        ("b", 1, "C'est la bonne réponse. Bêta convient."),
        ("a", 0, "Ce n'est pas la bonne réponse. Alpha est trop court."),
        ("d", 0, "Ce n'est pas la bonne réponse."),
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
        (["a", "b"], 1, "2 bonnes cases sur 2 cochées."),
        (["b", "a", "b"], 1, "2 bonnes cases sur 2 cochées."),
        (["a"], 0.5, "1 bonne case sur 2 cochée."),
        (["a", "b", "c"], 0.5, "2 bonnes cases sur 2 cochées, 1 case de trop. Gamma n'en est pas."),
        (["a", "c"], 0, "1 bonne case sur 2 cochée, 1 case de trop. Gamma n'en est pas."),
        (
            ["a", "b", "c", "d"],
            0,
            "2 bonnes cases sur 2 cochées, 2 cases de trop. Gamma n'en est pas. Delta non plus.",
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
        (0.05, 1, "C'est la bonne valeur."),
        ("0,05", 1, "C'est la bonne valeur."),
        ("0,05 €", 1, "C'est la bonne valeur."),
        (0.0504, 1, "C'est la bonne valeur."),
        (0.0506, 0, "Ce n'est pas la valeur attendue."),
        (5, 0.5, "En euros, pas en centimes."),
        ("20", 0, "Le rapport est à l'envers."),
        (-0.05, 0, "Ce n'est pas la valeur attendue."),
        ("", 0, "Pas de réponse."),
    ],
)
def test_number(value: Any, share: float, reason: str) -> None:
    assert amount().mark(value) == Mark(share=share, reason=reason)


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
            "«\u00a03–5\u00a0» n'est pas lu comme un nombre. "
            "Écrivez par exemple 1\u202f234,5\u00a0€.",
        ),
        (
            "x" * 99,
            f"«\u00a0{'x' * 40}\u00a0» n'est pas lu comme un nombre. "
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
        ("12 CENTIMES", "centimes", 12),
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
        *("", " ", ".", ",", "-", "+", "€", "douze", "12 euros", "12 € €", "€ 12", "12 %"),
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


@pytest.mark.parametrize(
    ("value", "share", "reason"),
    [
        (["b", "a", "c"], 1, "Tout est dans le bon ordre."),
        (["a", "b", "c"], 1 / 3, "2 paires sur 3 sont dans le bon ordre. Divisez d'abord."),
        (["a", "c", "b"], 0, "1 paire sur 3 est dans le bon ordre. Divisez d'abord."),
        (["c", "a", "b"], 0, "0 paire sur 3 est dans le bon ordre. Divisez d'abord."),
        (["b", "a", None], 0, "Le classement n'est pas complet."),
        (["b", "a"], 0, "Le classement n'est pas complet."),
        (["b", "b", "a"], 0, "Le classement n'est pas complet."),
        ([], 0, "Le classement n'est pas complet."),
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
        (["b", "a", "c"], None),
    ],
)
def test_ranking_is_checked_while_it_is_made(value: Any, told: str | None) -> None:
    assert ranking().check(value) == told


def test_ranking_in_words() -> None:
    assert ranking().describe(["b", None, "c"]) == "1. Bêta\u00a0; 2. …\u00a0; 3. Gamma"


# Free text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "Écrivez votre réponse."),
        (" \n ", "Écrivez votre réponse."),
        (12, "Écrivez votre réponse."),
        ("Non.", "1 mot pour l'instant\u00a0; visez-en au moins 5."),
        ("Parce que non.", "3 mots pour l'instant\u00a0; visez-en au moins 5."),
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
        ([4, {"error": "KeyError"}], "Votre fonction s'arrête sur une erreur\u00a0: KeyError"),
        ([4, "nul"], None),
        ([5, 5], None),  # wrong, but complete: what is right is told after grading
    ],
)  # fmt: skip
def test_code_is_checked_when_it_is_tried(value: Any, told: str | None) -> None:
    assert code().check(value) == told


def test_code_in_words() -> None:
    assert code().describe([4, {"error": "…"}]) == "(2) → 4\u00a0; (0) → erreur"
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
