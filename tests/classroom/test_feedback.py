"""Each learner's page, from a real gradebook and graded copies: whole, private, never the key."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from cinqcles.classroom import release
from cinqcles.classroom.feedback import feedback
from cinqcles.classroom.grade import grade
from cinqcles.classroom.reference import reference
from cinqcles.cli import app
from cinqcles.errors import ClassroomError
from cinqcles.worksheet.answers import MIME, Answer
from cinqcles.worksheet.identity import variant_of
from cinqcles.worksheet.questions import BaseQuestion, Code

NAME = "essai"
STUB = "def f(x):\n    ..."
PROMPTS = {
    "q1": "Question 1 (2 points). Combien ?",
    "q2": "Question 2 (3 points). Testez.",
    "q3": "Question 3 (5 points, notée par votre formateur). Pourquoi ?",
}
POINTS = {"q1": 2.0, "q2": 3.0, "q3": 5.0}


def cell(name: str, source: str, **about: bool) -> nbformat.NotebookNode:
    known = {"grade": False, "solution": False, "grade_id": name} | about
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": known})


def released(title: str | None = "# L’essai : la feuille notée\n\n**20 minutes.**") -> Any:
    notebook = nbformat.v4.new_notebook(metadata={"cinqcles": {"worksheet": NAME}})
    notebook.cells = [nbformat.v4.new_markdown_cell(title)] if title else []
    notebook.cells += [
        cell("parametres", "learner = None"),
        cell("q1", "ws.number('q1')", grade=True),
        nbformat.v4.new_markdown_cell("# Un peu de code"),
        cell("fonction", STUB, solution=True),
        cell("q2", "ws.code('q2')", grade=True),
        cell("q3", "ws.text('q3')", grade=True, solution=True),
    ]
    return notebook


def record(**changes: Any) -> dict[str, Any]:
    """What grading writes in a copy."""
    verdicts = {
        name: {
            "prompt": prompt,
            "answer": f"Réponse à {name}",
            "reason": f"Raison de {name}.",
            "rubric": ["5 points : clair"] if name == "q3" else [],
        }
        for name, prompt in PROMPTS.items()
    }
    return {"problems": [], "review": {}, "verdicts": verdicts} | changes


def put_graded(
    course: Path, learner: str, said: Any, code: str = STUB, worksheet: str = NAME
) -> Path:
    notebook = released()
    notebook.metadata["cinqcles"] = said
    notebook.cells[4].source = code
    file = course / "autograded" / learner / worksheet / f"{worksheet}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    return file


def add_worksheet(course: Path, book: Gradebook, name: str, notebook: Any) -> None:
    for folder in ("solutions", "exercises"):
        (course / folder / name).mkdir(parents=True)
        nbformat.write(notebook, course / folder / name / f"{name}.ipynb")
    book.add_assignment(name)
    book.add_notebook(name, name)
    for question, points in POINTS.items():
        book.add_grade_cell(question, name, name, max_score=points, cell_type="code")
    for question in ("fonction", "q3"):
        book.add_solution_cell(question, name, name)


def add_scores(book: Gradebook, worksheet: str, learner: str, **scores: float | None) -> None:
    """The points a machine gave; ``None`` where a person has to."""
    book.add_submission(worksheet, learner)
    for question, score in scores.items():
        found = book.find_grade(question, worksheet, worksheet, learner)
        found.auto_score, found.needs_manual_grade = score, score is None
    book.db.commit()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course where ada's and bob's copies are graded, bob's not to the end."""
    course = tmp_path_factory.mktemp("modele")
    (course / "course").mkdir()
    with book_of(course) as book:
        add_worksheet(course, book, NAME, released())
        for learner in ("ada", "bob", "hugo"):
            book.add_student(learner)
        add_scores(book, NAME, "ada", q1=2, q2=1.5, q3=0)
        add_scores(book, NAME, "bob", q1=0, q2=3, q3=None)
    put_graded(course, "ada", record())
    put_graded(course, "bob", record(), code="def f(x):\n    return x < 1")
    return course


@pytest.fixture
def small(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One's own copy of it."""
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def book_of(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def page_of(course: Path, learner: str, suffix: str = "") -> str:
    """The text of a learner's page, a line for each element."""
    file = course / "feedback" / learner / f"resultats-{learner}{suffix}.html"
    body = file.read_text(encoding="utf-8").partition("<body>")[2]
    texts = html.unescape(re.sub(r"<[^>]*>", "\x00", body)).split("\x00")
    return "\n".join(text.strip() for text in texts if text.strip())


def test_each_learner_has_a_page_of_their_own(small: Path) -> None:
    made = feedback(small)
    assert made.written == [
        small / "feedback" / "ada" / "resultats-ada.html",
        small / "feedback" / "bob" / "resultats-bob.html",
    ]
    assert (made.unchanged, made.left, made.foreign) == ([], [], [])
    assert made.waiting == 1
    assert sorted(p.name for p in (small / "feedback").rglob("*") if p.is_file()) == [
        "resultats-ada.html",
        "resultats-bob.html",
    ]
    ada, bob = page_of(small, "ada"), page_of(small, "bob")
    assert "\nL’essai : la feuille notée\n3,5 points sur 10\nQuestion 1\n" in ada
    assert "Question 3\n0 point sur 5\nPourquoi ?\nVotre réponse\nRéponse à q3\n" in ada
    assert "Votre code" not in ada  # the function was left as it was given
    assert "5 points : clair" not in ada  # and nobody had q3 to grade
    assert "Note provisoire\u00a0: 3 points sur 10" in bob
    assert "Question 2\n✓\n3 points sur 3\nTestez.\nVotre code\ndef f(x):\n    return x < 1" in bob
    assert "Question 3\nEn attente de votre formateur\n(sur 5)\nPourquoi ?" in bob
    assert "Ce qui est évalué\n5 points : clair" in bob


def test_what_the_trainer_gave_and_wrote(small: Path) -> None:
    with book_of(small) as book:
        given = book.find_grade("q3", NAME, NAME, "bob")
        given.manual_score, given.extra_credit, given.needs_manual_grade = 4, 0.5, False
        book.find_comment("q3", NAME, NAME, "bob").manual_comment = " Bien <vu>.\n\nDatez.\n"
        book.find_comment("fonction", NAME, NAME, "bob").manual_comment = "Et si x vaut 1 ?"
        book.find_comment("fonction", NAME, NAME, "ada").auto_comment = "No response."
        by_hand = book.find_grade("q1", NAME, NAME, "ada")
        by_hand.manual_score = 1
        late = book.find_submission_notebook(NAME, NAME, "bob")
        late.late_submission_penalty = 1.5
        book.db.commit()
    assert feedback(small).waiting == 0
    ada, bob = page_of(small, "ada"), page_of(small, "bob")
    assert (
        "\n6 points sur 10\n7,5 points pour vos réponses, moins 1,5 point de pénalité de retard.\n"
    ) in bob
    assert "\n6 sur 10\ncorrigée\n" in bob
    assert "Question 3\n4,5 points sur 5\n(dont 0,5 point de bonus)\n" in bob
    assert "5 points : clair\nLe mot de votre formateur\nBien <vu>.\n\nDatez.\n" in bob
    assert "Raison de q2.\nLe mot de votre formateur\nEt si x vaut 1 ?\nQuestion 3\n" in bob
    assert "Question 1\n1 point sur 2\n(points donnés par votre formateur)\n" in ada
    assert "No response." not in ada


def test_a_penalty_never_goes_below_nothing(small: Path) -> None:
    with book_of(small) as book:
        late = book.find_submission_notebook(NAME, NAME, "ada")
        late.late_submission_penalty = 10
        book.db.commit()
    feedback(small)
    assert "\n0 point sur 10\n3,5 points pour vos réponses, moins 10 points" in page_of(
        small, "ada"
    )


def test_only_what_changed_is_written_again(small: Path) -> None:
    feedback(small)
    file = small / "feedback" / "ada" / "resultats-ada.html"
    before = file.stat().st_mtime_ns
    made = feedback(small)
    assert ([p.name for p in made.unchanged], made.written) == (
        ["resultats-ada.html", "resultats-bob.html"],
        [],
    )
    assert file.stat().st_mtime_ns == before
    with book_of(small) as book:
        book.find_comment("q3", NAME, NAME, "ada").manual_comment = "Relisez la question."
        book.db.commit()
    made = feedback(small)
    assert (made.written, [p.name for p in made.unchanged]) == ([file], ["resultats-bob.html"])
    assert "Relisez la question." in page_of(small, "ada")


AGAIN = "Corrigez de nouveau\u00a0: cinqcles grade essai --again"


def _rewrite(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def rewrite(file: Path) -> None:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        change(notebook["metadata"])
        file.write_text(json.dumps(notebook), encoding="utf-8")

    return rewrite


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "gone": (Path.unlink, "la copie corrigée n’est pas dans autograded/"),
    "flooded": (
        lambda file: os.truncate(file, 70_000_000),
        "la copie corrigée n’est pas dans autograded/",
    ),
    "not json": (lambda file: file.write_bytes(b"{"), "la copie corrigée est illisible"),
    "deep": (lambda file: file.write_bytes(b"[" * 200_000), "la copie corrigée est illisible"),
    "no record": (
        _rewrite(lambda metadata: metadata.pop("cinqcles")),
        "elle a été corrigée par une version plus ancienne de cinqcles",
    ),
    "before": (
        _rewrite(lambda metadata: metadata["cinqcles"].pop("verdicts")),
        "elle a été corrigée par une version plus ancienne de cinqcles",
    ),
    "not a record": (
        _rewrite(lambda metadata: metadata["cinqcles"].update(problems="aucun")),
        "ce que la correction y a écrit a été modifié",
    ),
    "not text": (
        _rewrite(lambda metadata: metadata["cinqcles"]["verdicts"]["q1"].update(answer={"a": 1})),
        "ce que la correction y a écrit a été modifié",
    ),
    "a question missing": (
        _rewrite(lambda metadata: metadata["cinqcles"]["verdicts"].pop("q2")),
        "la correction n’y dit rien de q2",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_record_stops_nobody_else(small: Path, case: str) -> None:
    feedback(small)
    page = small / "feedback" / "ada" / "resultats-ada.html"
    before = page.read_bytes()
    shutil.rmtree(small / "feedback" / "bob")
    spoil, why = BROKEN[case]
    spoil(small / "autograded" / "ada" / NAME / f"{NAME}.ipynb")
    made = feedback(small)
    assert made.left == [("ada", f"essai\u00a0: {why}. {AGAIN}")]
    assert [p.name for p in made.written] == ["resultats-bob.html"]
    assert page.read_bytes() == before
    run = CliRunner().invoke(app, ["feedback"])
    assert run.exit_code == 1
    assert "0 page écrite, 1 inchangée" in run.output


def test_a_copy_without_points_stops_nobody_else(small: Path) -> None:
    with book_of(small) as book:
        for found in book.find_submission_notebook(NAME, NAME, "ada").grades:
            book.db.delete(found)
        book.db.commit()
    made = feedback(small)
    why = "le carnet de notes n’a aucun de ses points"
    assert made.left == [("ada", f"essai\u00a0: {why}. {AGAIN}")]
    assert [p.name for p in made.written] == ["resultats-bob.html"]


def test_a_copy_that_has_changed_since_is_to_be_graded_first(small: Path) -> None:
    feedback(small)
    page = small / "feedback" / "ada" / "resultats-ada.html"
    before = page.read_bytes()
    new = small / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    new.parent.mkdir(parents=True)
    new.write_text("{}")
    made = feedback(small)
    why = (
        "essai\u00a0: la copie a changé depuis sa correction. cinqcles grade essai la corrige, ou "
        "dit pourquoi elle ne peut pas l’être."
    )
    assert made.left == [("ada", why)]
    assert page.read_bytes() == before
    os.utime(new, (1, 1))  # it was there before
    assert feedback(small).left == []


def test_a_copy_that_is_not_graded_is_told(small: Path) -> None:
    assert feedback(small).ungraded == 0
    (small / "submitted" / "hugo" / NAME).mkdir(parents=True)
    (small / "submitted" / "ada" / NAME).mkdir(parents=True)
    (small / "submitted" / "hugo" / "ailleurs").mkdir(parents=True)
    assert feedback(small).ungraded == 1
    done = CliRunner().invoke(app, ["feedback"])
    assert done.exit_code == 0
    told = " ".join(done.output.split())
    assert "1 copie n’est pas corrigée, ou a changé depuis" in told


def test_a_name_that_would_lead_elsewhere_is_refused(small: Path) -> None:
    with book_of(small) as book:
        for learner in ("../ailleurs", "a/b", ".."):
            book.add_student(learner)
            add_scores(book, NAME, learner, q1=0, q2=0, q3=0)
            put_graded(small, learner, record(), worksheet=NAME)
    made = feedback(small)
    assert [who for who, _why in made.left] == ["..", "../ailleurs", "a/b"]
    assert made.left[0][1].startswith("Identifiant refusé\u00a0: «\u00a0..\u00a0».")
    assert sorted(p.name for p in (small / "feedback").iterdir()) == ["ada", "bob"]
    assert not list(small.rglob("resultats-*ailleurs*"))


def test_a_page_that_cannot_be_written_stops_nobody_else(small: Path) -> None:
    (small / "feedback").mkdir()
    (small / "feedback" / "ada").write_text("ici", encoding="utf-8")
    made = feedback(small)
    [(who, why)] = made.left
    assert who == "ada"
    page = small / "feedback" / "ada" / "resultats-ada.html"
    assert why == f"«\u00a0{page}\u00a0» ne peut pas être écrit (File exists)."
    assert [p.name for p in made.written] == ["resultats-bob.html"]


def test_all_worksheets_on_one_page_or_one_worksheet_on_its_own(small: Path) -> None:
    with book_of(small) as book:
        add_worksheet(small, book, "autre", released("# Une autre feuille"))
        add_scores(book, "autre", "ada", q1=1, q2=0, q3=0)
    put_graded(small, "ada", record(), worksheet="autre")
    made = feedback(small, "autre")
    assert made.written == [small / "feedback" / "ada" / "resultats-ada-autre.html"]
    alone = page_of(small, "ada", "-autre")
    assert "1 point sur 10" in alone
    assert "L’essai" not in alone
    assert len(feedback(small).written) == 2
    both = page_of(small, "ada")
    assert both.index("Une autre feuille\n1 sur 10") < both.index("L’essai : la feuille notée\n3,5")
    assert both.count("Question 3") == 2
    assert page_of(small, "ada", "-autre") == alone


def test_a_cell_moved_about_is_shown_with_its_question(small: Path) -> None:
    """The order is the worksheet's, whatever the copy's; a cell it does not know comes last."""
    with book_of(small) as book:
        book.add_student("eve")
        book.add_solution_cell("inconnue", NAME, NAME)
        add_scores(book, NAME, "eve", q1=0, q2=3, q3=0)
        book.find_comment("inconnue", NAME, NAME, "eve").manual_comment = "Et ceci ?"
        book.db.commit()
    file = put_graded(small, "eve", record(), code="def f(x):\n    return x < 1")
    notebook = json.loads(file.read_text(encoding="utf-8"))
    notebook["cells"].reverse()
    notebook["cells"].append(cell("inconnue", "x = 1", solution=True))
    file.write_text(json.dumps(notebook), encoding="utf-8")
    feedback(small)
    eve = page_of(small, "eve")
    places = [eve.index(f"Question {n}") for n in (1, 2, 3)]
    assert places == sorted(places)
    assert "Testez.\nVotre code\ndef f(x):\n    return x < 1\n" in eve
    last = eve[places[-1] :]
    assert "Votre code\nx = 1\n" in last
    assert "Le mot de votre formateur\nEt ceci ?" in last


@pytest.mark.parametrize("title", [None, "## Pas un titre", "#Non plus"])
def test_a_worksheet_without_a_title_keeps_its_name(small: Path, title: str | None) -> None:
    notebook = released(title)
    notebook.cells = [c for c in notebook.cells if c.source != "# Un peu de code"]
    nbformat.write(notebook, small / "exercises" / NAME / f"{NAME}.ipynb")
    feedback(small)
    assert "\nessai\n3,5 points sur 10" in page_of(small, "ada")


def test_what_is_not_a_worksheet_of_ours_is_nbgraders(small: Path) -> None:
    with book_of(small) as book:
        add_worksheet(small, book, "tp1", nbformat.v4.new_notebook())
        add_scores(book, "tp1", "hugo", q1=1, q2=1, q3=1)
    told = (
        "«\u00a0tp1\u00a0» n’est pas une feuille de ce cours\u00a0: ses commentaires se rendent "
        "avec nbgrader generate_feedback tp1."
    )
    with pytest.raises(ClassroomError) as refused:
        feedback(small, "tp1")
    assert str(refused.value) == told
    made = feedback(small)
    assert (made.foreign, len(made.written), made.left) == (["tp1"], 2, [])
    assert not (small / "feedback" / "hugo").exists()
    run = CliRunner().invoke(app, ["feedback"])
    assert run.exit_code == 0
    assert told in run.output


def test_nothing_graded_no_worksheet(small: Path) -> None:
    with pytest.raises(ClassroomError, match=r"La feuille «\u00a0cle9\u00a0» n’existe pas"):
        feedback(small, "cle9")
    with book_of(small) as book:
        add_worksheet(small, book, "autre", released())
    with pytest.raises(ClassroomError) as refused:
        feedback(small, "autre")
    assert str(refused.value) == (
        "Le carnet de notes n’a encore aucune copie\u00a0: corrigez-en d’abord "
        "(cinqcles grade autre)."
    )
    (small / "gradebook.db").unlink()
    with pytest.raises(ClassroomError, match=r"aucune copie.*\(cinqcles grade FEUILLE\)"):
        feedback(small)


def test_the_command(small: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["feedback"])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "2 pages écrites, 0 inchangée\u00a0; 1 copie a des réponses en attente\u00a0: sa note est "
        "provisoire.",
        "Par exemple\u00a0: feedback/ada/resultats-ada.html",
    ]
    with book_of(small) as book:
        for learner in ("ada", "bob"):
            book.find_grade("q3", NAME, NAME, learner).needs_manual_grade = True
        book.db.commit()
    done = run(app, ["feedback", NAME])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "2 pages écrites, 0 inchangée\u00a0; 2 copies ont des réponses en attente\u00a0: leur note "
        "est provisoire.",
        "Par exemple\u00a0: feedback/ada/resultats-ada-essai.html",
    ]
    with book_of(small) as book:
        for learner in ("ada", "bob"):
            book.find_grade("q3", NAME, NAME, learner).needs_manual_grade = False
        book.db.commit()
    done = run(app, ["feedback"])
    assert done.stdout.splitlines()[0] == "1 page écrite, 1 inchangée."
    done = run(app, ["feedback", "cle9"])
    assert done.exit_code == 1
    assert "cle9" in done.output


def test_a_gradebook_elsewhere(small: Path) -> None:
    (small / "gradebook.db").rename(small / "ailleurs.db")
    run = CliRunner().invoke
    done = run(app, ["feedback", "--db", f"sqlite:///{small / 'ailleurs.db'}"])
    assert done.exit_code == 0, done.output
    assert "2 pages écrites" in done.output
    done = run(app, ["feedback", "--db", "nulle part"])
    assert done.exit_code == 1
    assert "Le carnet de notes nulle part ne s’ouvre pas" in done.output


# --- On copies really graded ---------------------------------------------------------------------

WORKSHEETS = ("cle1-pourquoi", "cle4-bon-endroit", "cle5-apparences")  # every kind but the dossier
ECHO = "def cout_par_seconde(*given):\n    return f'reçu {given}'"


def a_wrong_answer(question: BaseQuestion) -> Any:
    """An answer that earns little, from what the question itself shows."""
    kind, key = question.kind, question.answer
    if kind == "choice":
        return next(option for option in question.options if option != key)
    if kind == "multiple":
        return [option for option in question.options if option not in key][:1]
    if kind == "ranking":
        return key[::-1]
    if kind == "classification":
        return dict.fromkeys(question.items, next(iter(question.categories)))
    return {"number": "1234567", "text": "Je garde tout.", "form": {}}.get(kind)


def answered(course: Path, worksheet: str, learner: str, values: dict[str, Any]) -> None:
    copy = nbformat.read(course / "exercises" / worksheet / f"{worksheet}.ipynb", as_version=4)
    for each in copy.cells:
        name = each.metadata.get("nbgrader", {}).get("grade_id")
        if name == "fonction":
            each.source = ECHO
        if values.get(name) is None:
            continue
        answer = Answer(
            worksheet=worksheet,
            question=name,
            learner=learner,
            variant=variant_of(worksheet, learner),
            value=values[name],
            time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
            revision=1,
        )
        data = {MIME: answer.model_dump(mode="json")}
        each.outputs = [nbformat.v4.new_output("display_data", data=data)]
    file = course / "submitted" / learner / worksheet / f"{worksheet}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(copy, file)


def test_no_key_no_hidden_case_enters_a_page(course: Path) -> None:
    """Wrong answers everywhere, and a function that gives back what it is called with."""
    keys = {}
    for worksheet in WORKSHEETS:
        source = course / "solutions" / worksheet / f"{worksheet}.ipynb"
        keys[worksheet] = reference(source, variant_of(worksheet, "ada"))
        values = {name: a_wrong_answer(q) for name, q in keys[worksheet].items()}
        answered(course, worksheet, "ada", values)
        grade(course, worksheet)
    assert feedback(course).left == []
    page = page_of(course, "ada")
    looked_for = 0
    for worksheet, key in keys.items():
        file = course / "autograded" / "ada" / worksheet / f"{worksheet}.ipynb"
        said = nbformat.read(file, as_version=4).metadata["cinqcles"]["verdicts"]
        told = "\n".join(f"{v['prompt']}\n{v['reason']}" for v in said.values())
        for name, question in key.items():
            secrets = set(release._secrets(question.model_dump(include=release._KEY_FIELDS)))
            secrets -= set(release._secrets(question.model_dump(exclude=release._KEY_FIELDS)))
            if said[name]["rubric"] and not isinstance(question, Code):
                secrets -= set(said[name]["rubric"])  # of use once somebody has to grade it
            else:
                secrets.add(question.describe(question.answer))
            if isinstance(question, Code):
                assert ECHO in page
                secrets = {str(tuple(case.arguments)) for case in question.hidden}
                shown = [str(tuple(case.arguments)) for case in question.examples]
                assert all(f"reçu {each}" in page for each in shown)
            looked_for += len(secrets)
            assert [s for s in secrets if s in page and s not in told] == [], (worksheet, name)
    assert looked_for > 40


def test_nbgraders_own_feedback_stands_beside(course: Path) -> None:
    answered(course, "cle5-apparences", "ada", {"q1": "abonnes"})
    grade(course, "cle5-apparences")
    feedback(course)
    ours = course / "feedback" / "ada" / "resultats-ada.html"
    before = ours.read_bytes()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("nbgrader"),
            "generate_feedback",
            "cle5-apparences",
            "--force",
        ],
        cwd=course,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (ours.parent / "cle5-apparences" / "cle5-apparences.html").is_file()
    assert ours.read_bytes() == before
    assert len(feedback(course).unchanged) == 1
