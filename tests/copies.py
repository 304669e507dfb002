"""Copies of a worksheet as JupyterLab would have saved them, for the tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from cinqcles.worksheet.answers import MIME, Answer
from cinqcles.worksheet.identity import variant_of

COURSE = Path(__file__).parents[1]
WORKSHEET = "cle5-apparences"
RELEASED = COURSE / "exercises" / WORKSHEET / f"{WORKSHEET}.ipynb"
SOURCE = COURSE / "solutions" / WORKSHEET / f"{WORKSHEET}.ipynb"


def record(learner: str, question: str, value: Any, **changes: Any) -> dict[str, Any]:
    """An answer as JSON."""
    answer = Answer(
        worksheet=WORKSHEET,
        question=question,
        learner=learner,
        variant=variant_of(WORKSHEET, learner),
        value=value,
        time=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        revision=1,
    )
    return answer.model_dump(mode="json") | changes


def answer_cell(cell: nbformat.NotebookNode, data: Any) -> None:
    """Put an answer in a question's cell, as the display of its widget does."""
    cell.outputs = [
        nbformat.v4.new_output("display_data", data={MIME: data, "text/plain": "Votre réponse"})
    ]


def cell_of(copy: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The cell of a copy that nbgrader knows by this name."""
    return next(
        cell for cell in copy.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def make_copy(
    learner: str, answers: dict[str, Any], code: str | None = None
) -> nbformat.NotebookNode:
    """The released worksheet, answered.

    Args:
        answers: the value for each question.
        code: what the learner wrote in the code cell.
    """
    copy = nbformat.read(RELEASED, as_version=4)
    for name, value in answers.items():
        answer_cell(cell_of(copy, name), record(learner, name, value))
    if code is not None:
        cell_of(copy, "fonction").source = code
    return copy


def right_code() -> str:
    """The source notebook's own function."""
    cell = cell_of(nbformat.read(SOURCE, as_version=4), "fonction")
    return "\n".join(line for line in cell.source.splitlines() if "SOLUTION" not in line)


def submit(course: Path, learner: str, copy: nbformat.NotebookNode | bytes) -> Path:
    """Put a copy where nbgrader looks for it."""
    file = course / "submitted" / learner / WORKSHEET / f"{WORKSHEET}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(copy if isinstance(copy, bytes) else json.dumps(copy).encode())
    return file
