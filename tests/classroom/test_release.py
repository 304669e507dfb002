"""Releasing a worksheet: what learners get holds nothing of the key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from cinqcles.classroom.reference import reference
from cinqcles.classroom.release import leaks, release
from cinqcles.errors import ClassroomError
from copies import COURSE, RELEASED, SOURCE, WORKSHEET, cell_of

ASKS_Q1, ASKS_Q9 = 'ws.choice(\n    "q1"', 'ws.choice(\n    "q9"'


def source_of(course: Path) -> Path:
    return course / "solutions" / WORKSHEET / f"{WORKSHEET}.ipynb"


def change(file: Path, old: str, new: str) -> None:
    """Change a text of a notebook's cells."""
    notebook = nbformat.read(file, as_version=4)
    assert any(old in cell.source for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, file)


def test_exercises_are_up_to_date_and_stay_so(course: Path) -> None:
    assert release(course, check=True) == []
    released = course / "exercises" / WORKSHEET / f"{WORKSHEET}.ipynb"
    change(source_of(course), "Rendre votre copie", "Rendre la copie")
    (course / "exercises" / WORKSHEET / "vieux.csv").write_text("1")
    stale = [f"exercises/{WORKSHEET}/{WORKSHEET}.ipynb", f"exercises/{WORKSHEET}/vieux.csv"]
    assert release(course, check=True) == stale
    assert "Rendre la copie" not in released.read_text(encoding="utf-8")
    assert not (course / "gradebook.db").exists()
    assert release(course) == stale
    assert "Rendre la copie" in released.read_text(encoding="utf-8")
    assert release(course) == []


def test_nothing_of_the_key_is_released() -> None:
    """The computed answers of eight variants, and everything written in the key, looked for."""
    released = nbformat.read(RELEASED, as_version=4)
    source = nbformat.read(SOURCE, as_version=4)
    keys = [reference(SOURCE, variant) for variant in range(8)]
    assert leaks(released, source, keys) == []

    # Looked for again, by hand: a search that finds nothing must be able to find.
    text = RELEASED.read_text(encoding="utf-8")
    assert "corrige" not in text
    assert ".answer" not in text
    assert "hidden" not in text.replace("source_hidden", "")
    assert "indéfini" in text
    assert "depense_eur / secondes" not in text
    for key in keys:
        for name in ("q2", "q3"):
            value = f"{key[name].answer:.2f}"
            pattern = rf"(?<!\d){re.escape(value).replace('.', '[.,]')}"
            assert not re.search(pattern, text)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "## 4. Votre décision",
            "q7.question.rubric = [",
            "- on y lit « q7.question.rubric = [ ».",
        ),
        (
            "## 4. Votre décision",
            "Voir : Aucune vidéo n’a rapporté plus de marge qu’elle n’a coûté.",
            "- on y lit « Aucune vidéo n’a rapporté plus de marge qu’elle n’a coûté. ».",
        ),
    ],
)
def test_a_leak_stops_the_release(course: Path, old: str, new: str, told: str) -> None:
    change(source_of(course), old, new)
    before = (course / "exercises" / WORKSHEET / f"{WORKSHEET}.ipynb").read_bytes()
    with pytest.raises(ClassroomError) as stopped:
        release(course)
    assert told in str(stopped.value)
    assert (course / "exercises" / WORKSHEET / f"{WORKSHEET}.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('q1.answer = "portee"', "pass", "la question « q1 » n’a pas de corrigé."),
        (
            'ws.choice(\n    "q1"',
            'ws.choice(\n    "q9"',
            "la question « q9 » n’a pas de cellule notée de ce nom.",
        ),
        (
            'ws.choice(\n    "q1"',
            'ws.choice(\n    "q9"',
            "la cellule notée « q1 » ne pose aucune question de ce nom.",
        ),
        ("per_euro = ", "per_euro = 1 / 0 + ", "ZeroDivisionError : division by zero"),
    ],
)
def test_an_unsound_source_is_not_released(course: Path, old: str, new: str, told: str) -> None:
    change(source_of(course), old, new)
    with pytest.raises(ClassroomError) as stopped:
        release(course)
    assert told in str(stopped.value).replace(" : ", " : ")


def test_the_released_cells_are_locked_and_the_points_add_up() -> None:
    released = nbformat.read(RELEASED, as_version=4)
    points = {}
    for cell in released.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade"):
            points[about["grade_id"]] = about["points"]
            assert f"({about['points']} points" in cell.source
    assert sum(points.values()) == 20
    assert points["q6"] <= 0.2 * 20, "code is optional for who does not program"
    assert cell_of(released, "q1").metadata.editable is False
    assert cell_of(released, "fonction").source.endswith(
        "votre code ici, à la place des trois points"
    )
    assert "NotImplementedError" not in json.dumps(released)


def test_no_such_worksheet() -> None:
    with pytest.raises(
        ClassroomError,
        match=r"^La feuille « cle9 » n’existe pas. Feuilles du cours : cle1-pourq",
    ):
        release(COURSE, "cle9")
