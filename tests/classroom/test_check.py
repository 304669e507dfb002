"""Every notebook runs; one that fails is named, with its cell and the cause."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from cinqcles.classroom.check import check, notebooks
from cinqcles.cli import app
from cinqcles.errors import ClassroomError
from copies import COURSE

code, new = nbformat.v4.new_code_cell, nbformat.v4.new_notebook


def test_every_notebook_of_the_course_runs() -> None:
    """What `cinqcles check` does."""
    files = notebooks(COURSE)
    names = {str(file.relative_to(COURSE)) for file in files}
    assert {
        "course/00-bienvenue.ipynb",
        "course/05-apparences.ipynb",
        "solutions/cle5-apparences/cle5-apparences.ipynb",
        "exercises/cle5-apparences/cle5-apparences.ipynb",
    } <= names
    done = {result.notebook: result for result in check(files)}
    assert set(done) == set(files)
    assert [result for result in done.values() if result.error] == []
    assert all(result.duration_s > 0 for result in done.values())


def test_a_failure_is_named(tmp_path: Path) -> None:
    nbformat.write(new(cells=[code("1 + 1"), code("x = [1]\nx[3]")]), tmp_path / "faux.ipynb")
    nbformat.write(new(cells=[code("1 + 1")]), tmp_path / "juste.ipynb")
    (tmp_path / "cassé.ipynb").write_text("{", encoding="utf-8")
    files = sorted(tmp_path.glob("*.ipynb"))
    done = CliRunner().invoke(app, ["check", *map(str, files)])
    assert done.exit_code == 1
    said = " ".join(done.stdout.replace("│", " ").split())
    assert "cellule 2 : IndexError : list index out of range" in said
    results = {result.notebook.name: result.error for result in check(files)}
    assert results["juste.ipynb"] is None
    assert results["faux.ipynb"] == "cellule 2\u00a0: IndexError\u00a0: list index out of range"
    assert "NotJSONError" in str(results["cassé.ipynb"])


def test_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(ClassroomError, match=r"^Aucun cahier dans "):
        notebooks(tmp_path)
