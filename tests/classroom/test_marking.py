"""Marking a copy: its answers as data, no undeserved point, and nothing a copy can break."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinqcles.classroom.marking import Verdict, mark_answers
from cinqcles.worksheet.answers import Answer
from cinqcles.worksheet.questions import (
    BaseQuestion,
    Case,
    Choice,
    Code,
    Expected,
    Form,
    FreeText,
    Mark,
    Number,
    NumberField,
    TextField,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

REFERENCE: dict[str, BaseQuestion] = {
    "q1": Choice(id="q1", prompt="Laquelle ?", options={"a": "Alpha", "b": "Bêta"}, answer="a"),
    "q2": Number(id="q2", prompt="Combien ?", unit="€", answer=12.5),
    "q3": Code(
        id="q3",
        prompt="Écrivez.",
        examples=[Case(arguments=[1], expects=2)],
        hidden=[Case(arguments=[2])],
        answer=[2, None],
    ),
    "q4": FreeText(
        id="q4", prompt="Pourquoi ?", rubric=["1 point : clair", "1 point : < 5 lignes"]
    ),
}


def said(question: str, value: Any, **changes: Any) -> Answer:
    record = {"worksheet": "feuille", "question": question, "learner": "zoé", "variant": 3}
    record |= {"value": value, "time": NOON, "revision": 1}
    return Answer.model_validate(record | changes)


def mark(*answers: Answer, halted: str | None = None, **results: Any) -> dict[str, Verdict]:
    return mark_answers(
        answers,
        REFERENCE,
        worksheet="feuille",
        learner="zoé",
        variant=3,
        results=results,
        halted=halted,
    )


def test_every_question_of_the_reference_has_a_verdict() -> None:
    verdicts = mark(said("q1", "a"), said("q2", "12,5 €"), said("q4", "Voilà."), q3=[2, None])
    assert {name: (v.mark.share, v.mark.review) for name, v in verdicts.items()} == {
        "q1": (1, False),
        "q2": (1, False),
        "q3": (1, False),
        "q4": (0, True),
    }
    assert [v.value for v in verdicts.values()] == ["a", "12,5 €", [2, None], "Voilà."]
    assert [v.question for v in verdicts.values()] == list(REFERENCE.values())


def test_an_empty_copy_earns_nothing_and_it_is_said() -> None:
    verdicts = mark(q3=[None, None])
    assert set(verdicts) == set(REFERENCE)
    assert {v.mark for v in verdicts.values()} == {Mark(share=0, reason="Pas de réponse.")}


def test_an_answer_to_no_question_changes_nothing() -> None:
    assert mark(said("q99", "a"), q3=[None, None]) == mark(q3=[None, None])


def test_the_newest_answer_is_marked() -> None:
    later = NOON + timedelta(minutes=1)
    assert mark(said("q1", "b", time=later), said("q1", "a"))["q1"].mark.share == 0
    assert mark(said("q1", "a", time=later), said("q1", "b"))["q1"].mark.share == 1
    assert mark(said("q1", "a"), said("q1", None, revision=0, time=later))["q1"].mark.share == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"learner": "bob"},
            "Cette réponse a été donnée sous l’identifiant «\u00a0bob\u00a0», et non "
            "«\u00a0zoé\u00a0».",
        ),
        ({"worksheet": "autre"}, "Cette réponse vient de la feuille «\u00a0autre\u00a0»."),
        (
            {"worksheet": "autre", "learner": "bob"},
            "Cette réponse vient de la feuille «\u00a0autre\u00a0».",
        ),
        ({"variant": 4}, "Cette réponse porte sur d’autres données que celles de cette copie."),
    ],
)
@pytest.mark.parametrize("question", ["q1", "q2", "q4"])
def test_an_answer_from_elsewhere_is_set_aside(
    question: str, changes: dict[str, Any], why: str
) -> None:
    value = REFERENCE[question].answer or "Voilà."
    verdict = mark(said(question, value, **changes))[question]
    assert verdict.mark == Mark(share=0, reason=why, review=True)
    assert verdict.value == value  # shown to the person who decides


def test_a_right_function_handed_in_with_only_someone_elses_record_is_set_aside() -> None:
    verdict = mark(said("q3", [2], learner="bob"), q3=[2, None])["q3"]
    assert (verdict.mark.share, verdict.mark.review) == (0, True)


def test_ones_own_answer_counts_whatever_else_the_copy_holds() -> None:
    later = NOON + timedelta(days=1)
    verdict = mark(said("q1", "a"), said("q1", "b", learner="bob", time=later))["q1"]
    assert verdict.mark.share == 1


def test_someone_elses_blank_question_accuses_nobody() -> None:
    verdict = mark(said("q1", None, revision=0, learner="bob"))["q1"]
    assert verdict.mark == Mark(share=0, reason="Pas de réponse.")


@pytest.mark.parametrize(
    ("results", "share"),
    [([2, None], 1), ([2, 5], 0.5), ([None, None], 0), ([2], 0.5), ([], 0), ([{"error": "x"}], 0)],
)
def test_a_function_is_marked_by_its_results_and_not_by_the_record(
    results: list[Any], share: float
) -> None:
    assert mark(said("q3", [2, None]), q3=results)["q3"].mark.share == share


def test_results_that_a_copy_claims_count_for_nothing() -> None:
    assert mark(said("q3", [2, None]))["q3"].mark == Mark(share=0, reason="Pas de réponse.")


def test_a_function_that_could_not_be_run_is_for_a_person() -> None:
    verdict = mark(said("q3", [2]), q3="La copie s’est arrêtée à la cellule 4.")["q3"]
    assert verdict.mark == Mark(
        share=0, reason="La copie s’est arrêtée à la cellule 4.", review=True
    )
    assert verdict.value is None, "what the copy claims is not what its code gives"


def test_what_stopped_the_code_is_told_where_it_cost_points() -> None:
    def told(*results: Any) -> tuple[Any, str]:
        verdict = mark(said("q3", []), halted="Le code s’arrête.", q3=list(results))["q3"]
        return verdict.value, verdict.mark.reason

    failed = {"error": "NameError: f"}
    assert told(failed, failed) == (None, "Le code s’arrête.")
    assert told(2, failed)[0] == [2, failed]
    assert told(2, failed)[1].startswith("Le code s’arrête.\nExemples donnés")
    assert told(2, None) == ([2, None], "Tous les cas donnent le bon résultat.")
    assert told(None, None)[1] == "Pas de réponse."


@given(
    share=st.floats(0, 1),
    points=st.floats(0, 100) | st.integers(0, 100),
)
def test_a_score_is_a_plain_number_within_the_points(share: float, points: float) -> None:
    score = Verdict(REFERENCE["q1"], "a", Mark(share=share, reason="")).score(points)
    assert type(score) is float
    assert math.isfinite(score)
    assert 0 <= score <= points
    assert abs(score - share * points) <= 0.005 + 1e-9


def test_a_score_has_two_decimals() -> None:
    assert Verdict(REFERENCE["q1"], "a", Mark(share=1 / 3, reason="")).score(4) == 1.33


# What the grader and the learner read


def test_a_verdict_in_words() -> None:
    verdict = mark(said("q2", "12,5"))["q2"]
    assert verdict.html() == (
        '<div class="cinqcles-verdict"><div><strong>Combien ?</strong></div>'
        "<div>Réponse\u00a0: 12,5\u00a0€</div>"
        "<div>C’est la bonne valeur.</div></div>"
    )


def test_no_answer_in_words() -> None:
    assert mark()["q1"].html() == (
        '<div class="cinqcles-verdict"><div><strong>Laquelle ?</strong></div>'
        "<div>Réponse\u00a0: <em>pas de réponse</em></div>"
        "<div>Pas de réponse.</div></div>"
    )


def test_what_a_person_has_to_grade_shows_what_to_look_for() -> None:
    told = mark(said("q4", "Un\n<b>deux</b>"))["q4"].html()
    assert "<div>Réponse\u00a0: Un</div><div>&lt;b&gt;deux&lt;/b&gt;</div>" in told
    assert (
        "<div>Ce qui est évalué\u00a0:</div><ul><li>1 point : clair</li>"
        "<li>1 point : &lt; 5 lignes</li></ul>" in told
    )
    assert "<div>Cette réponse est lue et notée par votre formateur.</div>" in told


def test_a_reason_of_several_lines_and_the_rubric_of_a_form() -> None:
    question = Form(
        id="q5",
        prompt="Écrivez.",
        fields=[TextField(id="a", label="<b>A</b>"), NumberField(id="b", label="B")],
        answer={"a": "Oui.", "b": "1"},
        expects={"b": Expected(value=1)},
        rubric=["1 point : clair"],
    )
    told = Verdict(question, {"a": "Non.", "b": 2}, question.mark({"a": "Non.", "b": 2})).html()
    assert told == (
        '<div class="cinqcles-verdict"><div><strong>Écrivez.</strong></div>'
        "<div>Réponse\u00a0: &lt;b&gt;A&lt;/b&gt;\u00a0: Non.</div><div>B\u00a0: 2</div>"
        "<div>«\u00a0B\u00a0»\u00a0: ce n’est pas ce qui est attendu.</div>"
        "<div>Lu et noté par votre formateur\u00a0: «\u00a0&lt;b&gt;A&lt;/b&gt;\u00a0».</div>"
        "<div>Ce qui est évalué\u00a0:</div><ul><li>1 point : clair</li></ul></div>"
    )


HOSTILE: list[Any] = [
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\0", "9" * 40, "x" * 40_000),
    *(True, 10**400, 1e300, -0.0, {}, [], {"<script>": ["<script>"]}, [[[[["<script>"]]]]]),
    *([None], [{"error": "<script>"}], ["<script>"], {"error": None}),
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:25])
@pytest.mark.parametrize("question", REFERENCE)
def test_no_answer_can_break_or_script_the_feedback(question: str, value: Any) -> None:
    for verdict in (
        mark(said(question, value))[question],
        mark(said(question, value, learner="<script>"))[question],
        mark(said(question, value), q3=[value, value])[question],
    ):
        told = verdict.html()
        assert "<script" not in told
        assert "<img" not in told
        assert verdict.score(3) == 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        lambda inner: st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner),
        max_leaves=8,
    )
)  # fmt: skip
def test_any_json_is_marked_and_shown(value: Any) -> None:
    answers = [said(name, value) for name in REFERENCE]
    for verdict in mark(*answers, q3=value if isinstance(value, list) else [value]).values():
        assert 0 <= verdict.score(2) <= 2
        assert verdict.html().startswith('<div class="cinqcles-verdict">')
