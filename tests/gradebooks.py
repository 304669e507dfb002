"""What an nbgrader gradebook holds, and graders that write in it from processes of their own."""

from __future__ import annotations

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from cinqcles.classroom import grade as grading
from copies import WORKSHEET

# A process with the imports made, from which each grader is forked.
_forked = multiprocessing.get_context("forkserver")


def grader(course: Path, db_url: str | None = None, *, again: bool = False) -> BaseProcess:
    """A grader at work in a process of its own."""
    _forked.set_forkserver_preload(["cinqcles.classroom.grade"])
    process = _forked.Process(target=_grade, args=(course, db_url, again))
    process.start()
    return process


def _grade(course: Path, db_url: str | None, again: bool) -> None:
    grading.BATCH = 4  # several transactions
    grading.grade(course, WORKSHEET, db_url=db_url, again=again, workers=1)


def content(url: str, assignment: str = WORKSHEET) -> dict[str, dict[str, Any]]:
    """Of each learner's copy of an assignment, all that is written, but the rows' identifiers."""
    with Gradebook(url) as gradebook:
        found: dict[str, dict[str, Any]] = {}
        for submission in gradebook.assignment_submissions(assignment):
            mine: dict[str, Any] = {"handed in": submission.timestamp}
            for notebook in submission.notebooks:
                mine[f"late {notebook.name}"] = notebook.late_submission_penalty
                for grade in notebook.grades:
                    mine[grade.name] = {
                        "auto": grade.auto_score,
                        "manual": grade.manual_score,
                        "review": bool(grade.needs_manual_grade),
                    }
                for comment in notebook.comments:
                    mine.setdefault(comment.name, {}).update(
                        said=comment.auto_comment, comment=comment.manual_comment
                    )
            assert submission.student.id not in found, "a learner's copy is there twice"
            found[submission.student.id] = mine
        return found
