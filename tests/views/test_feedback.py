"""A learner's page: what it says, and that nothing written in it is ever more than text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinqcles.views.feedback import LONGEST_CODE, Question, Sheet, to_html
from html_page import Page

RIGHT = Question(
    prompt="Question 1 (2 points). Par quoi divisez-vous ?",
    answer="Par la portée",
    code="",
    reason="C’est la bonne réponse.",
    rubric=(),
    comment="",
    score=2.0,
    points=2.0,
)
TEXT = Question(
    prompt="Question 2 (4 points, notée par votre formateur). Que répondez-vous ?",
    answer="D’abord ceci.\nPuis cela.",
    code="",
    reason="Cette réponse est lue et notée par votre formateur.",
    rubric=("1 point : clair", "3 points : chiffré"),
    comment="",
    score=0.0,
    points=4.0,
    waits=True,
)
SHEET = Sheet(
    title="Clé 5",
    earned=2.0,
    penalty=0.0,
    score=2.0,
    points=6.0,
    problems=(),
    questions=(RIGHT, TEXT),
)


def read(*questions: Question, **changes: object) -> list[str]:
    """What a page of one worksheet says below its summary."""
    sheet = replace(SHEET, questions=questions or SHEET.questions, **changes)
    texts = Page(to_html("ada", [sheet])).texts
    return texts[len(texts) - texts[::-1].index(sheet.title) - 1 :]


def test_a_page_reads_from_top_to_bottom() -> None:
    other = replace(SHEET, title="Clé 1", questions=(RIGHT,), points=2.0)
    assert Page(to_html("zoé.lefèvre", [other, SHEET])).texts == [
        "Vos résultats",
        "Copies de",
        "zoé.lefèvre",
        "Vos feuilles",
        "Feuille",
        "Note",
        "État",
        "Clé 1",
        "2 sur 2",
        "corrigée",
        "Clé 5",
        "2 sur 6",
        "provisoire",
        "1 réponse attend encore la lecture de votre formateur\u00a0: la note peut changer.",
        "Clé 1",
        "2 points sur 2",
        "Question 1",
        "✓",
        "2 points sur 2",
        "Par quoi divisez-vous ?",
        "Votre réponse",
        "Par la portée",
        "Explication",
        "C’est la bonne réponse.",
        "Retour en haut de la page",
        "Clé 5",
        "Note provisoire\u00a0: 2 points sur 6",
        "1 réponse attend encore la lecture de votre formateur\u00a0: la note peut changer.",
        "Question 1",
        "✓",
        "2 points sur 2",
        "Par quoi divisez-vous ?",
        "Votre réponse",
        "Par la portée",
        "Explication",
        "C’est la bonne réponse.",
        "Question 2",
        "En attente de votre formateur",
        "(sur 4)",
        "Que répondez-vous ?",
        "Votre réponse",
        "D’abord ceci.\nPuis cela.",
        "Explication",
        "Cette réponse est lue et notée par votre formateur.",
        "Ce qui est évalué",
        "1 point : clair",
        "3 points : chiffré",
        "Retour en haut de la page",
        "Cette page ne s’adresse qu’à vous\u00a0: elle contient vos réponses et vos notes. Une "
        "question sur un résultat\u00a0? Parlez-en à votre formateur.",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["✓", "2 points sur 2"]),
        ({"score": 1.5}, ["1,5 point sur 2"]),
        ({"score": 0.0}, ["0 point sur 2"]),
        ({"score": 2.5, "bonus": 0.5}, ["✓", "2,5 points sur 2", "(dont 0,5 point de bonus)"]),
        ({"score": 1.0, "by_hand": True}, ["1 point sur 2", "(points donnés par votre formateur)"]),
        ({"score": 0.0, "waits": True}, ["En attente de votre formateur", "(sur 2)"]),
        (
            {"score": 1.5, "waits": True},
            ["En attente de votre formateur", "(1,5 point sur 2 pour l’instant)"],
        ),
    ],
)
def test_points_are_said_in_words(changes: dict[str, object], said: list[str]) -> None:
    texts = read(replace(RIGHT, **changes))
    place = texts.index("Question 1")
    assert texts[place + 1 : texts.index("Par quoi divisez-vous ?")] == said


def test_a_penalty_and_what_was_mended_are_told() -> None:
    texts = read(
        RIGHT,
        earned=2.0,
        penalty=1.5,
        score=0.5,
        points=2.0,
        problems=("La cellule « q1 » manque.",),
    )
    assert texts[1:5] == [
        "0,5 point sur 2",
        "2 points pour vos réponses, moins 1,5 point de pénalité de retard.",
        "À savoir sur votre copie",
        "La cellule « q1 » manque.",
    ]


def test_code_stands_beside_what_it_gives() -> None:
    code = "def f(x):\n    return x < 2"
    texts = read(replace(RIGHT, code=code, answer="(1) → vrai", comment="Bien."))
    place = texts.index("Votre code")
    assert texts[place : place + 8] == [
        "Votre code",
        code,
        "Ce qu’il donne sur les exemples",
        "(1) → vrai",
        "Explication",
        "C’est la bonne réponse.",
        "Le mot de votre formateur",
        "Bien.",
    ]
    long = read(replace(RIGHT, code="x" * (LONGEST_CODE + 1500)))
    assert long[long.index("Votre code") + 1] == (
        "x" * LONGEST_CODE + "\n[… la suite, 1\u202f500 caractères, est dans votre copie]"
    )


def test_without_an_answer_the_reason_says_so() -> None:
    texts = read(replace(RIGHT, answer=None, reason="Pas de réponse.", score=0))
    assert "Votre réponse" not in texts
    assert texts[texts.index("Explication") + 1] == "Pas de réponse."


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("Question 12 (1 point). Oui ?", ["Question 12", "Oui ?"]),
        ("Écrivez.", ["Question 1", "Écrivez."]),
        ("Question 3. Oui ?", ["Question 1", "Question 3. Oui ?"]),
    ],
)
def test_a_question_has_a_name(prompt: str, said: list[str]) -> None:
    texts = read(replace(RIGHT, prompt=prompt))
    assert [texts[texts.index(said[0])], texts[texts.index("Votre réponse") - 1]] == said


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x00b\x1b[31m\x7f\x85", "a\ufffdb\ufffd[31m\ufffd\ufffd"),
        ("\u202edetrevni\u202c \u2066x\u2069 \u200f", "\ufffddetrevni\ufffd \ufffdx\ufffd \ufffd"),
        ("\ud800", "\ufffd"),
        ("un\r\ndeux\rtrois\u2028quatre", "un\ndeux\ntrois\nquatre"),
        ("👩\u200d👩\u200d👧 ﷺ é", "👩\u200d👩\u200d👧 ﷺ é"),
    ],
)
def test_what_nobody_could_see_is_shown(typed: str, shown: str) -> None:
    texts = read(
        replace(RIGHT, prompt=typed, answer=typed, code=typed, reason=typed, comment=typed)
    )
    assert texts.count(shown) == 5
    to_html(typed, [replace(SHEET, title=typed, problems=(typed,))]).encode()


HOSTILE = (
    "</style></title></pre><script>alert(1)</script><img src=x onerror=alert(1)>"
    "<iframe src='javascript:alert(1)'></iframe><svg onload=alert(1)>"
    '<a href="javascript:alert(1)">x</a><meta http-equiv=refresh content=0> \' & {{ 7 * 7 }} {% if'
)
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "div", "header", "main", "footer"),
    *("section", "h1", "h2", "h3", "p", "strong", "span", "a", "dl", "dt", "dd", "ul", "li"),
    *("pre", "code", "table", "caption", "thead", "tbody", "tr", "th", "td"),
}


def hostile_page(text: str) -> str:
    question = Question(
        prompt=text, answer=text, code=text, reason=text, rubric=(text,), comment=text,
        score=1.0, points=2.0, waits=True,
    )  # fmt: skip
    sheet = replace(SHEET, title=text, problems=(text,), questions=(question,))
    return to_html(text, [sheet, SHEET])


def check_inert(html: str) -> None:
    page = Page(html)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    names = {name for _, attrs in page.tags for name in attrs}
    assert names <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "id", "style", "scope"),
        *("href", "aria-labelledby", "aria-hidden"),
    }
    metas = [attrs for tag, attrs in page.tags if tag == "meta"]
    assert [m.get("http-equiv") for m in metas] == [None, "Content-Security-Policy", None]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert all(re.fullmatch(r"#[a-z]+(-\d+)?", link or "") for link in links)


def test_what_is_written_is_never_markup() -> None:
    html = hostile_page(HOSTILE)
    check_inert(html)
    assert Page(html).texts.count(HOSTILE) == 10


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/\"'&=\x00\n\u202e#x;ascriptlt -!{}%"), max_size=60))
def test_whatever_is_written_is_never_markup(text: str) -> None:
    check_inert(hostile_page(text))


def test_the_policy_comes_before_anything_else() -> None:
    html = to_html("ada", [SHEET])
    head = html[html.index("<head>") :].splitlines()
    assert head[1:3] == [
        '<meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">",
    ]
    assert "url(" not in html
    assert "@import" not in html


def test_what_is_named_is_there_once() -> None:
    page = Page(to_html("ada", [SHEET, SHEET]))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {attrs.get("aria-labelledby") for _, attrs in page.tags} - {None}
    named |= {str(attrs["href"])[1:] for tag, attrs in page.tags if tag == "a"}
    assert named <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels == [1, 2, 3, 3, 2, 3, 3]
    assert {attrs.get("scope") for tag, attrs in page.tags if tag == "th"} == {"row", "col"}


@pytest.mark.parametrize(
    ("score", "points", "width"), [(3.0, 6.0, "50.0"), (8.0, 6.0, "100"), (0.0, 0.0, "0")]
)
def test_a_bar_stays_in_its_place(score: float, points: float, width: str) -> None:
    page = Page(to_html("ada", [replace(SHEET, score=score, points=points)]))
    assert {attrs["style"] for _, attrs in page.tags if "style" in attrs} == {f"width: {width}%"}


def test_the_same_results_give_the_same_page() -> None:
    assert to_html("ada", [SHEET]) == to_html("ada", [replace(SHEET)])
