"""The lessons as a learner takes them: their shape, and that they run whatever they are given."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cinqcles.classroom.reference import run_notebook
from copies import COURSE
from exports import EXPORTS, write

LESSONS = {file.stem: nbformat.read(file, as_version=4) for file in COURSE.glob("course/*.ipynb")}
KEYS = sorted(name for name in LESSONS if re.match(r"0[1-5]-", name))
SECTIONS = ("Vos données", "Ce qu’on retient", "Pour aller plus loin")
MOST_LINES = 8  # of code in a cell that is shown
SPANS = range(22, 46)  # cells of a lesson


def text_of(name: str) -> str:
    return "\n\n".join(c.source for c in LESSONS[name].cells if c.cell_type == "markdown")


def test_a_lesson_a_key_between_welcome_and_dossier() -> None:
    assert sorted(LESSONS) == [
        "00-bienvenue",
        "01-pourquoi",
        "02-coherence",
        "03-mode",
        "04-bon-endroit",
        "05-apparences",
        "06-dossier",
    ]


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_the_first_screen_says_how_long_and_what_to_do(name: str) -> None:
    first = LESSONS[name].cells[0].source
    assert re.search(r"\*\*Durée moyenne[^*]* \d+[ \u00a0]minutes", first)
    assert "▶▶ Tout afficher" in "\n".join(c.source for c in LESSONS[name].cells[:4])


@pytest.mark.parametrize("name", KEYS)
def test_a_lesson_has_its_parts(name: str) -> None:
    lesson = LESSONS[name]
    assert len(lesson.metadata.cinqcles.objectives) == 3
    assert len(lesson.cells) in SPANS
    text = text_of(name)
    assert [part for part in SECTIONS if f"## {part}" not in text] == []
    code = "\n".join(c.source for c in lesson.cells if c.cell_type == "code")
    assert len(re.findall(r"selfcheck\.\w+\(", code)) >= 3
    assert "company.NOTICE" in code or "synthétique" in text
    assert f"../exercises/cle{name[1]}" in text


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_no_code_is_long_and_no_output_is_kept(name: str) -> None:
    for number, cell in enumerate(LESSONS[name].cells, start=1):
        if cell.cell_type != "code":
            continue
        assert cell.outputs == [], number
        assert cell.execution_count is None, number
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert hidden or len(lines) <= MOST_LINES, number


def run(name: str, folder: Path, **parameters: Any) -> nbformat.NotebookNode:
    file = COURSE / "course" / f"{name}.ipynb"
    return run_notebook(file, folder / "fait.ipynb", cwd=file.parent, parameters=parameters)


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("name", KEYS)
def test_a_lesson_runs_with_another_seed_and_any_export(
    name: str, export: str, tmp_path: Path
) -> None:
    seed = 100 + list(EXPORTS).index(export)
    done = run(name, tmp_path, seed=seed, export=str(write(export, tmp_path)))
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert not re.search(r"\bnan\b|Traceback|object at 0x", json.dumps(outputs))


@pytest.mark.parametrize("name", ["00-bienvenue", "06-dossier"])
def test_the_first_and_last_notebooks_run(name: str, tmp_path: Path) -> None:
    run(name, tmp_path)
