"""Grades out of a real gradebook, as tables and into Moodle's own file."""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from cinqcles.classroom import export
from cinqcles.classroom.export import Grade, State, fill_moodle, grades, write
from cinqcles.cli import app
from cinqcles.errors import ClassroomError

NAME = "cle5-apparences"
WHEN = datetime.fromisoformat("2026-11-28 09:05")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose gradebook holds a grade of each kind."""
    for folder in ("course", "exercises", f"solutions/{NAME}"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "solutions" / NAME / "n.ipynb").write_text("{}", encoding="utf-8")
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.add_assignment(NAME)
        book.add_notebook("n", NAME)
        for question in ("q1", "q2"):
            book.add_grade_cell(question, "n", NAME, max_score=10, cell_type="code")
        for learner in ("camille robert", "zoé.lefèvre", "hugo", "léa"):
            book.add_student(learner)
        for learner, points, waits in (
            ("camille robert", (10, 6.5), False),
            ("zoé.lefèvre", (3, 4), True),
            ("léa", (8, 0), False),
        ):
            submission = book.add_submission(NAME, learner)
            submission.timestamp = WHEN
            for question, score in zip(("q1", "q2"), points, strict=True):
                grade = book.find_grade(question, "n", NAME, learner)
                grade.auto_score, grade.needs_manual_grade = score, waits
            book.db.commit()
        late = book.find_submission_notebook("n", NAME, "léa")
        late.late_submission_penalty = 1.5
        book.db.commit()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_learner_has_a_line_for_every_worksheet(course: Path) -> None:
    assert grades(course) == [
        Grade("camille robert", NAME, State.GRADED, 16.5, 20, WHEN),
        Grade("hugo", NAME, State.MISSING, None, 20),
        Grade("léa", NAME, State.GRADED, 6.5, 20, WHEN),
        Grade("zoé.lefèvre", NAME, State.REVIEW, 7, 20, WHEN),
    ]


def test_a_copy_that_is_there_is_never_said_to_be_missing(course: Path) -> None:
    """Not graded for hugo and for noé, of whom the gradebook knows nothing; changed for léa."""
    for learner in ("hugo", "noé", "léa", "zoé.lefèvre"):
        for step in ("submitted", "autograded"):
            if step == "submitted" or learner not in ("hugo", "noé"):
                file = course / step / learner / NAME / "n.ipynb"
                file.parent.mkdir(parents=True)
                file.write_text("{}")
    os.utime(course / "autograded" / "léa" / NAME / "n.ipynb", (1, 1))
    assert [(g.learner, g.state, g.score) for g in grades(course)] == [
        ("camille robert", State.GRADED, 16.5),
        ("hugo", State.UNGRADED, None),
        ("léa", State.CHANGED, 6.5),
        ("noé", State.UNGRADED, None),
        ("zoé.lefèvre", State.REVIEW, 7),
    ]
    done = CliRunner().invoke(app, ["export", "notes.csv"])
    assert "3 copies ne sont pas corrigées, ou ont changé depuis" in done.output
    table = (course / "notes.csv").read_text("utf-8-sig")
    assert f"hugo;{NAME};;20;copie à corriger;" in table
    assert f"léa;{NAME};6,5;20;note d’une copie précédente;" in table
    filled = fill_moodle(moodle(*ROWS), grades(course))
    assert ("Hugo Petit", "sa copie n’est pas corrigée") in filled.left


def test_an_empty_gradebook_is_told(tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    with pytest.raises(ClassroomError, match="Le carnet de notes n’a encore rien"):
        grades(tmp_path)


def test_a_french_spreadsheet_reads_the_csv(course: Path) -> None:
    to = course / "notes.csv"
    write(grades(course), to)
    raw = to.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0] == ["Apprenant", "Feuille", "Points", "Sur", "État", "Rendue le (UTC)"]
    assert rows[1:] == [
        ["camille robert", NAME, "16,5", "20", "corrigée", "28/11/2026 09:05"],
        ["hugo", NAME, "", "20", "pas de copie", ""],
        ["léa", NAME, "6,5", "20", "corrigée", "28/11/2026 09:05"],
        ["zoé.lefèvre", NAME, "7", "20", "à revoir, note provisoire", "28/11/2026 09:05"],
    ]


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(hostile: str, tmp_path: Path) -> None:
    found = [Grade(hostile, NAME, State.GRADED, 1.0, 2.0)]
    write(found, tmp_path / "notes.csv")
    line = (tmp_path / "notes.csv").read_bytes().decode("utf-8-sig").partition("\r\n")[2]
    assert next(csv.reader(io.StringIO(line, newline=""), delimiter=";"))[0] == f"'{hostile}"
    write(found, tmp_path / "notes.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "notes.xlsx").worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert cell.value.strip() == hostile.strip()


def test_the_workbook_holds_numbers_and_dates(course: Path) -> None:
    write(grades(course), course / "notes.xlsx")
    rows = list(openpyxl.load_workbook(course / "notes.xlsx").worksheets[0].values)
    assert rows[1] == ("camille robert", NAME, 16.5, 20, "corrigée", WHEN)
    assert rows[2] == ("hugo", NAME, None, 20, "pas de copie", None)


def test_a_name_a_control_character_is_in_does_not_stop_the_export(tmp_path: Path) -> None:
    write([Grade("a\x00b", NAME, State.GRADED, 1.0, 2.0)], tmp_path / "notes.xlsx")
    assert openpyxl.load_workbook(tmp_path / "notes.xlsx").worksheets[0]["A2"].value == "ab"


@pytest.mark.parametrize("name", ["notes.pdf", "notes"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ClassroomError, match=f"«\u00a0{name}\u00a0»\u00a0: donnez un nom en .xlsx"):
        write([], tmp_path / name)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClassroomError, match=r"ne peut pas être écrit.*Son dossier existe-t-il"):
        write([], tmp_path / "absent" / "notes.csv")


def test_no_gradebook_is_made_to_look_into_it(course: Path) -> None:
    absent = course / "absent.db"
    for command in ("export", "feedback"):
        done = CliRunner().invoke(app, [command, "--db", f"sqlite:///{absent}"])
        assert done.exit_code == 1
        assert "Il n’y a pas de carnet de notes à cette adresse" in done.output
    assert not absent.exists()


# Moodle 4's file, in French: every cell is quoted that holds a space.
HEAD = (
    'Identifiant,"Nom complet","Adresse de courriel",Statut,Note,"Note maximale",'
    '"La note peut être modifiée","Dernière modification (travail remis)",'
    '"Feedback par commentaires"'
)
ROWS = (
    '"Participant 101","Camille Robert",cr@exemple.fr,"Remis, évaluable",,"20,00",Oui,"9 h, hier",',
    '"Participant 102","Zoé Lefèvre",zoe@exemple.fr,"Remis",,"20,00",Oui,,"dit ""bien"""',
    '"Participant 103","Hugo Petit",hugo@exemple.fr,"Pas de travail",,"20,00",Oui,,',
    '"Participant 104","Léa Martin",lea@exemple.fr,"Remis",,"20,00",Oui,,',
    '"Participant 105","Inconnu Total",x@exemple.fr,"Remis","11,00","20,00",Oui,,',
)
FOUND = [
    Grade("camille robert", NAME, State.GRADED, 16.5, 20),
    Grade("zoé.lefèvre", NAME, State.REVIEW, 7, 20),
    Grade("hugo", NAME, State.MISSING, None, 20),
    Grade("lea@exemple.fr", NAME, State.GRADED, 6.5, 20),
    Grade("partie", NAME, State.GRADED, 2, 20),
]


def moodle(*rows: str, head: str = HEAD, end: str = "\r\n", mark: str = "\ufeff") -> bytes:
    return (mark + end.join([head, *rows]) + end).encode()


def test_grades_are_written_and_every_other_byte_kept() -> None:
    filled = fill_moodle(moodle(*ROWS), FOUND)
    wanted = moodle(
        ROWS[0].replace('évaluable",,', 'évaluable","16,50",'),
        *ROWS[1:3],
        ROWS[3].replace('"Remis",,', '"Remis","6,50",'),
        ROWS[4],
    )
    assert filled.content == wanted
    assert filled.written == 2
    assert filled.left == [
        ("Zoé Lefèvre", "note provisoire\u00a0: une réponse reste à revoir"),
        ("Hugo Petit", "pas de copie"),
        ("Inconnu Total", "aucun apprenant de ce nom dans le carnet de notes"),
        ("partie", "dans aucune ligne du fichier de Moodle"),
    ]
    assert fill_moodle(filled.content, FOUND).content == wanted  # a second time changes nothing


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_moodle_in_english_and_other_separators(end: str, mark: str, separator: str) -> None:
    head = separator.join(["Identifier", '"Full name"', "Grade", '"Maximum Grade"'])
    row = ["Participant 7", '"Robert, Camille"', '"3.00"', "20.00"]
    row[1] = '"Camille Robert"'
    given = moodle(separator.join(row), head=head, end=end, mark=mark)
    row[2] = '"16.50"'
    filled = fill_moodle(given, FOUND[:1])
    assert filled.content == moodle(separator.join(row), head=head, end=end, mark=mark)
    assert filled.left == []


def test_nobody_is_guessed() -> None:
    two = [Grade(name, NAME, State.GRADED, 1, 20) for name in ("camille robert", "cr")]
    filled = fill_moodle(moodle(ROWS[0]), two)
    assert filled.content == moodle(ROWS[0])
    assert filled.left == [
        ("Camille Robert", "plusieurs apprenants possibles\u00a0: camille robert, cr")
    ]
    twice = moodle(ROWS[0], ROWS[0].replace("101", "201"))
    filled = fill_moodle(twice, FOUND[:1])
    assert filled.content == twice
    assert (
        filled.left
        == [("Camille Robert", "plusieurs lignes possibles pour «\u00a0camille robert\u00a0»")] * 2
    )


def test_a_row_moodle_has_closed_is_left() -> None:
    closed = moodle(ROWS[0].replace(",Oui,", ",Non,"))
    filled = fill_moodle(closed, FOUND[:1])
    assert (filled.content, filled.written) == (closed, 0)
    assert "n’accepte plus" in filled.left[0][1]


def test_another_maximum_is_refused() -> None:
    with pytest.raises(ClassroomError, match=r"noté sur 100,00.; la feuille .* l’est sur 20"):
        fill_moodle(moodle(ROWS[0].replace("20,00", "100,00")), FOUND)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Il y manque"),
        (
            b"a,b\n1,2\n",
            "«\u00a0Nom complet\u00a0», «\u00a0Note\u00a0», «\u00a0Note maximale\u00a0»",
        ),
        (HEAD.encode("cp1252") + b"\n", "n’est pas en UTF-8"),
        (moodle("a,b"), "La ligne 2 a 2 cellules au lieu de 9"),
    ],
)
def test_another_file_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ClassroomError, match=why):
        fill_moodle(content, FOUND)


def test_the_command(course: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["export"])
    assert done.exit_code == 0, done.output
    assert "écrit\u00a0: notes.xlsx" in done.output
    assert "1 à revoir" in done.output
    (course / "moodle.csv").write_bytes(moodle(*ROWS))
    done = run(app, ["export", "--moodle", "moodle.csv"])
    assert done.exit_code == 2
    assert "--worksheet" in done.output
    done = run(app, ["export", "--moodle", "moodle.csv", "--worksheet", "cle9"])
    assert done.exit_code == 1
    assert "cle9" in done.output
    assert not (course / "moodle-remplie.csv").exists()
    done = run(app, ["export", "--moodle", "moodle.csv", "--worksheet", NAME])
    assert done.exit_code == 0, done.output
    assert "1 note écrite dans moodle-remplie.csv." in done.output
    assert (course / "moodle.csv").read_bytes() == moodle(*ROWS)
    filled = (course / "moodle-remplie.csv").read_bytes().decode()
    assert 'évaluable","16,50",' in filled
    assert export.fill_moodle(filled.encode(), grades(course)).content.decode() == filled
