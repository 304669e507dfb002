"""Every objective is promised once, taught and assessed, and the page says where."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cinqcles.classroom.objectives import as_markdown, objectives
from cinqcles.errors import ClassroomError
from copies import COURSE

FIRST = "# Clé 1 · Pourquoi\n\nVous saurez :\n\n1. écrire un\n   **objectif** ;\n2. en lire un.\n"


def a_course(folder: Path, *, taught: list[object], assessed: list[str]) -> Path:
    """A lesson of two objectives, and a worksheet of a question for each one assessed."""
    lesson = nbformat.v4.new_notebook(
        metadata={"cinqcles": {"lesson": "01", "objectives": ["ecrire", "lire"]}},
        cells=[nbformat.v4.new_markdown_cell(FIRST)],
    )
    for n, told in enumerate(taught):
        lesson.cells.append(nbformat.v4.new_markdown_cell(f"## Partie {n}"))
        cell = nbformat.v4.new_code_cell("1", metadata={"cinqcles": {"objective": told}})
        lesson.cells.append(cell)
    sheet = nbformat.v4.new_notebook(metadata={"cinqcles": {"worksheet": "cle1"}})
    for n, name in enumerate(assessed):
        graded = {"grade_id": f"q{n}", "points": 1.5}
        cell = nbformat.v4.new_code_cell(
            "1", metadata={"cinqcles": {"objective": name}, "nbgrader": graded}
        )
        sheet.cells.append(cell)
    for name, notebook in (("course/01.ipynb", lesson), ("solutions/cle1/cle1.ipynb", sheet)):
        (folder / name).parent.mkdir(parents=True)
        nbformat.write(notebook, folder / name)
    return folder


def test_the_matrix_is_read_from_the_notebooks(tmp_path: Path) -> None:
    course = a_course(tmp_path, taught=["ecrire", ["lire", "ecrire"]], assessed=["lire", "ecrire"])
    first, second = objectives(course)
    assert first.text == "écrire un **objectif**"
    assert first.lesson == "Clé 1 · Pourquoi"
    assert first.taught == ["Partie 0", "Partie 1"]
    assert second.assessed == [("cle1", "q0", 1.5)]
    row = "| écrire un **objectif** | Partie 0\u00a0; Partie 1 | cle1 q1 | 1,5 |"
    assert row in as_markdown([first, second]).splitlines()


@pytest.mark.parametrize(
    ("taught", "assessed", "told"),
    [
        (["ecrire"], ["ecrire", "lire"], "«\u00a0lire\u00a0» n’est enseigné par aucune cellule."),
        (["ecrire", "lire"], ["lire"], "«\u00a0ecrire\u00a0» n’est évalué par aucune question."),
        (
            ["ecrire", "lire", "rire"],
            ["ecrire", "lire"],
            "01.ipynb nomme «\u00a0rire\u00a0», qu’aucune leçon ne promet.",
        ),
        (
            ["ecrire", "lire"],
            ["ecrire", "lire", "rire"],
            "cle1 nomme «\u00a0rire\u00a0», qu’aucune leçon ne promet.",
        ),
    ],
)
def test_a_promise_not_kept_is_said(
    tmp_path: Path, taught: list[object], assessed: list[str], told: str
) -> None:
    course = a_course(tmp_path, taught=taught, assessed=assessed)
    with pytest.raises(ClassroomError) as refused:
        objectives(course)
    assert str(refused.value) == (
        f"Objectifs, leçons et questions ne se répondent pas\u00a0:\n- {told}"
    )


def test_names_and_texts_go_together(tmp_path: Path) -> None:
    course = a_course(tmp_path, taught=["ecrire", "lire"], assessed=["ecrire", "lire"])
    lesson = course / "course" / "01.ipynb"
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("2. en lire", "Et en lire"))
    with pytest.raises(ClassroomError, match="2 objectifs nommés, 1 énoncés"):
        objectives(course)


def test_the_course_keeps_its_promises() -> None:
    found = objectives(COURSE)
    assert len({objective.name for objective in found}) == len(found) >= 3
