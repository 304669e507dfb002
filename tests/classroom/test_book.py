"""One writer in transactions: killed, refused, or beside another one."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook, SolutionCell, SourceCell

from cinqcles.classroom.book import Book
from cinqcles.classroom.grade import Status, grade
from cinqcles.classroom.release import release
from cinqcles.classroom.worker import Marked, Marks
from cinqcles.errors import ClassroomError
from copies import WORKSHEET, make_copy, submit
from gradebooks import content, grader

LEARNERS = [f"apprenant{n}" for n in range(24)]
KILLED = 50  # instants


@pytest.fixture
def cohort(course: Path) -> Path:
    """A course with copies of all sorts, graded by nobody yet."""
    for n, learner in enumerate(LEARNERS):
        answers = {"q1": ["portee", "abonnes"][n % 2], "q7": "Mon avis."} if n % 5 else {}
        submit(course, learner, make_copy(learner, answers))
    submit(course, "illisible", b"{")
    release(course, WORKSHEET)
    return course


def graded_files(course: Path) -> dict[str, list[Any]]:
    """The graded copies, whatever the identifiers of their cells."""
    found = {}
    for file in sorted((course / "autograded").rglob("*")):
        if file.is_file():
            cells = nbformat.read(file, as_version=4).cells
            found[file.relative_to(course).as_posix()] = [c | {"id": ""} for c in cells]
    return found


def test_a_grader_killed_at_any_instant_goes_on_where_it_was(cohort: Path) -> None:
    """SIGKILL, at 50 instants of a run; each time the next run ends as if nothing had been."""
    clean = cohort / "gradebook.db"
    start = clean.read_bytes()
    began = time.monotonic()
    first = grader(cohort)
    first.join()
    assert first.exitcode == 0
    lasts = time.monotonic() - began
    undisturbed, files = content(f"sqlite:///{clean}"), graded_files(cohort)
    assert len(undisturbed) == len(LEARNERS)
    assert len(files) == len(LEARNERS)

    partly = 0
    draw = random.Random(5)  # noqa: S311 - instants
    for _instant in range(KILLED):
        shutil.rmtree(cohort / "autograded")
        clean.write_bytes(start)
        clean.with_name("gradebook.db-journal").unlink(missing_ok=True)
        process = grader(cohort)
        process.join(draw.uniform(0, lasts))
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            done = len(list((cohort / "autograded").glob("*"))) if clean.exists() else 0
            partly += 0 < done < len(LEARNERS)
        grader(cohort).join()
        assert content(f"sqlite:///{clean}") == undisturbed
        assert graded_files(cohort) == files
    assert partly, "no run was killed in its midst"


def test_a_release_killed_in_its_midst_is_made_again(cohort: Path) -> None:
    """nbgrader tells the gradebook a worksheet's cells one by one."""
    grade(cohort, WORKSHEET)
    url = f"sqlite:///{cohort / 'gradebook.db'}"
    undisturbed = content(url)
    for kept in (0, 1, 9):
        shutil.rmtree(cohort / "autograded")
        (cohort / "gradebook.db").unlink()
        release(cohort, WORKSHEET)
        with Gradebook(url) as gradebook:
            for cells in (SourceCell, SolutionCell)[: 1 if kept else 2]:
                for cell in gradebook.db.query(cells).all()[kept:]:
                    gradebook.db.delete(cell)
            gradebook.db.commit()
        grade(cohort, WORKSHEET)
        assert content(url) == undisturbed


def test_what_a_person_gave_outlives_a_kill(cohort: Path) -> None:
    grade(cohort, WORKSHEET)
    url = f"sqlite:///{cohort / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        mark = gradebook.find_grade("q7", WORKSHEET, WORKSHEET, LEARNERS[1])
        mark.manual_score, mark.needs_manual_grade = 3.5, False
        gradebook.find_comment("q7", WORKSHEET, WORKSHEET, LEARNERS[1]).manual_comment = "Bien."
        gradebook.db.commit()
    before = content(url)
    for wait_s in (0.1, 0.2, 0.3, 0.4):
        process = grader(cohort, again=True)
        process.join(wait_s)
        process.kill()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
    grade(cohort, WORKSHEET, again=True)
    after = content(url)
    assert after[LEARNERS[1]]["q7"]["manual"] == 3.5
    assert after[LEARNERS[1]]["q7"]["comment"] == "Bien."
    # As with nbgrader, it asks for another look.
    assert after[LEARNERS[1]]["q7"]["review"] is True
    after[LEARNERS[1]]["q7"]["review"] = before[LEARNERS[1]]["q7"]["review"]
    assert after == before


def test_a_transaction_is_whole_or_not_at_all(cohort: Path) -> None:
    url = f"sqlite:///{cohort / 'gradebook.db'}"
    one = Marked(WORKSHEET, "ada", {WORKSHEET: Marks({"q1": 2.0})})
    unknown = Marked(WORKSHEET, "bob", {WORKSHEET: Marks({"q99": 2.0})})
    with Book(url) as book:

        def save_both() -> None:
            with book.transaction():
                book.save(one, None, None)
                book.save(unknown, None, None)

        with pytest.raises(ValueError, match="no cell q99"):
            save_both()
        assert content(url) == {}
        with book.transaction():
            book.save(one, None, None)
    assert content(url)["ada"]["q1"]["auto"] == 2.0


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////nulle/part/gradebook.db", "unable to open database file"),
        ("n’importe quoi", "Could not parse SQLAlchemy URL from given URL string"),
        ("oracle9://x", "Can't load plugin: sqlalchemy.dialects:oracle9"),
        (
            "postgresql+psycopg://ada:secret@127.0.0.1:1/cours",
            'connection failed: connection to server at "127.0.0.1", port 1 failed',
        ),
    ],
)
def test_a_gradebook_that_cannot_be_opened(url: str, told: str) -> None:
    with pytest.raises(ClassroomError) as refused:
        Book(url)
    said = str(refused.value).replace("\u00a0", " ")
    assert said.startswith("Le carnet de notes ")
    assert told in said
    assert said.endswith(
        "Une adresse a l’une de ces formes : sqlite:////dossier/gradebook.db, ou "
        "postgresql+psycopg://utilisateur@serveur/base."
    )
    assert "secret" not in said


def test_postgresql_gives_the_same(cohort: Path, postgres: str) -> None:
    grade(cohort, WORKSHEET)
    ours = content(f"sqlite:///{cohort / 'gradebook.db'}")
    shutil.rmtree(cohort / "autograded")
    results = grade(cohort, WORKSHEET, db_url=postgres)
    assert content(postgres) == ours
    assert {r.status for r in results} == {Status.GRADED, Status.REVIEW, Status.FAILED}
    again = grade(cohort, WORKSHEET, db_url=postgres)
    assert [(r.learner, r.status, r.score) for r in again] == [
        (r.learner, r.status, r.score) for r in results
    ]


def test_two_graders_at_once_on_postgresql(cohort: Path, postgres: str) -> None:
    """On an empty database: its tables, the worksheet and every copy are written by both."""
    both = [grader(cohort, postgres), grader(cohort, postgres)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    there = content(postgres)
    shutil.rmtree(cohort / "autograded")
    grade(cohort, WORKSHEET)  # in a gradebook of its own, undisturbed
    assert there == content(f"sqlite:///{cohort / 'gradebook.db'}")


def test_a_grader_killed_on_postgresql(cohort: Path, postgres: str) -> None:
    draw = random.Random(7)  # noqa: S311 - instants
    for _instant in range(10):
        process = grader(cohort, postgres, again=True)
        process.join(draw.uniform(0.1, 1))
        process.kill()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
    grade(cohort, WORKSHEET, db_url=postgres, again=True)
    there = content(postgres)
    shutil.rmtree(cohort / "autograded")
    grade(cohort, WORKSHEET)
    assert there == content(f"sqlite:///{cohort / 'gradebook.db'}")
