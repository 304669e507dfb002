"""Run every notebook of the course through papermill, and say which one fails, and where."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import papermill

from cinqcles.classroom.reference import run_notebook
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

FOLDERS = ("course", "solutions", "exercises")


@dataclass(frozen=True)
class Checked:
    """How one notebook ran.

    Attributes:
        error: ``None``, or the cell and the cause.
    """

    notebook: Path
    duration_s: float
    error: str | None


def notebooks(course: Path) -> list[Path]:
    """Every notebook of the course: lessons, sources and released worksheets.

    Raises:
        ClassroomError: there is none.
    """
    found = [
        file
        for folder in FOLDERS
        for file in sorted((course / folder).rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in file.parts
    ]
    if not found:
        raise ClassroomError(_("Aucun cahier dans {course}.").format(course=course))
    return found


def check(files: list[Path], workers: int | None = None) -> Iterator[Checked]:
    """Run notebooks in parallel; each result comes as soon as it is there."""
    # Each in a process of its own: papermill changes the working folder of its process.
    context = multiprocessing.get_context("spawn")
    workers = min(workers or os.cpu_count() or 1, len(files))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_quiet) as pool:
        for future in as_completed([pool.submit(_run, file) for file in files]):
            yield future.result()


def _quiet() -> None:
    # A kernel that runs a check is nobody's session: no journal, no learner.
    os.environ.pop("JPY_SESSION_NAME", None)
    logging.getLogger("papermill").setLevel(logging.ERROR)


def _run(file: Path) -> Checked:
    start = time.monotonic()
    error = None
    try:
        run_notebook(file, cwd=file.parent)
    except papermill.PapermillExecutionError as failed:
        error = _("cellule {n}\u00a0: {name}\u00a0: {value}").format(
            n=failed.cell_index + 1, name=failed.ename, value=failed.evalue
        )
    except Exception as failed:  # a notebook that is no notebook must not hide the others
        error = f"{type(failed).__name__}\u00a0: {failed}"
    return Checked(file, time.monotonic() - start, error)
