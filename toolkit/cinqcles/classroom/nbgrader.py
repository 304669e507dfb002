"""How this course plugs into nbgrader: its own steps, put into nbgrader's own chains.

``nbgrader_config.py`` calls :func:`configure`, so that the stock commands and the formgrader
give what ``cinqcles`` gives. A notebook that is not one of this course's worksheets goes
through nbgrader's stock steps untouched.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    ClearSolutions,
    Execute,
    GetGrades,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets.config import Config

from cinqcles.classroom.boxed import BoxedExecute
from cinqcles.classroom.marking import RECORD, Released, Taken, mark, take
from cinqcles.classroom.reference import reference, worksheet_of
from cinqcles.worksheet.identity import course_key, learner_id, variant_of

KEY_TAG = "corrige"


def configure(c: Any) -> None:
    """Set up nbgrader for this repository: its folders, its words and its steps."""
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "exercises"
    c.ClearSolutions.code_stub = {"python": "...  # votre code ici, à la place des trois points"}
    c.ClearSolutions.text_stub = "Votre réponse ici."
    c.GenerateAssignment.preprocessors = [
        DropKey,
        *_swap(GenerateAssignment.preprocessors, ClearSolutions, ClearAuthoredSolutions),
    ]
    c.Autograde.sanitize_preprocessors = [
        ReadCopy,
        *Autograde.sanitize_preprocessors.default_args[0],
    ]
    steps = _swap(Autograde.autograde_preprocessors, Execute, MarkCopy)
    c.Autograde.autograde_preprocessors = [
        SaveMarks if step is SaveAutoGrades else step for step in steps
    ]
    # What a copy displays is shown without its scripts. nbconvert then lets few tags through:
    # the verdicts of cinqcles.classroom.marking use those alone.
    c.HTMLExporter.sanitize_html = True
    c.GenerateFeedback.preprocessors = _swap(GenerateFeedback.preprocessors, GetGrades, ShowGrades)
    templates = str(Path(__file__).parent / "templates")
    c.GenerateFeedback.HTMLExporter.template_name = "cinqcles_feedback"
    c.GenerateFeedback.HTMLExporter.extra_template_basedirs = [templates]


def is_unchanged(config: Any) -> bool:
    """Whether a course grades through this toolkit's steps as :func:`configure` sets them up."""
    ours = Config()
    configure(ours)
    chain = ours.Autograde
    steps = {s.__name__ for s in chain.sanitize_preprocessors + chain.autograde_preprocessors}
    return config.Autograde == chain and not (steps - {"AssignLatePenalties"}) & config.keys()


def _swap(chain: Any, old: type, new: type) -> list[type]:
    return [new if step is old else step for step in chain.default_args[0]]


def source_of(preprocessor: NbGraderPreprocessor, resources: dict[str, Any]) -> Path:
    """Where the source of the notebook being processed is."""
    course = CourseDirectory(config=preprocessor.config)
    about = resources["nbgrader"]
    folder = course.format_path(course.source_directory, ".", about["assignment"])
    return Path(folder).resolve() / f"{about['notebook']}.ipynb"


def _worksheet(preprocessor: NbGraderPreprocessor, resources: dict[str, Any]) -> str | None:
    source = source_of(preprocessor, resources)
    return worksheet_of(nbformat.read(source, as_version=4)) if source.exists() else None


class DropKey(NbGraderPreprocessor):
    """On release: leave the cells tagged ``corrige`` out."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        nb.cells = [cell for cell in nb.cells if KEY_TAG not in cell.metadata.get("tags", [])]
        return nb, resources


class ClearAuthoredSolutions(ClearSolutions):
    """On release: clear solutions, but leave whole a question that a person grades.

    To nbgrader such a question is a solution cell; its code only asks the question.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        about = cell.metadata.get("nbgrader", {})
        asks = cell.cell_type == "code" and about.get("grade") and about.get("solution")
        if asks and self.begin_solution_delimeter not in cell.source:
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


class ReadCopy(NbGraderPreprocessor):
    """Before nbgrader clears a copy: take its answers, and mend its cells."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        # Whatever the copy itself claims here is not ours.
        nb.metadata.pop(RECORD, None)
        worksheet = _worksheet(self, resources)
        if worksheet is None:
            return nb, resources
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(about["notebook"], about["assignment"])
            released = Released.read(notebook, worksheet)
        nb.metadata[RECORD] = take(nb, released).model_dump(mode="json")
        return nb, resources


class MarkCopy(BoxedExecute):
    """In place of running a copy: mark its answers, and write the marks where nbgrader reads."""

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        worksheet = _worksheet(self, resources)
        record = nb.metadata.pop(RECORD, None)
        if worksheet is None or record is None:
            return super().preprocess(nb, resources, km)
        learner = learner_id(resources["nbgrader"]["student"])
        variant = variant_of(worksheet, learner)
        mark(
            nb,
            Taken.model_validate(record),
            reference(source_of(self, resources), variant),
            worksheet=worksheet,
            learner=learner,
            variant=variant,
            course_key=course_key(),
            unsandboxed=self.unsandboxed,
        )
        return nb, resources


class SaveMarks(SaveAutoGrades):
    """Save the marks, and set aside for a person those that are in doubt."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        self._ours = RECORD in nb.metadata
        self._review = nb.metadata.get(RECORD, {}).get("review", {})
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._add_score(cell, resources)
        if cell.metadata.nbgrader["grade_id"] in self._review:
            grade = self.gradebook.find_grade(
                cell.metadata.nbgrader["grade_id"],
                self.notebook_id,
                self.assignment_id,
                self.student_id,
            )
            grade.needs_manual_grade = True
            self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._add_comment(cell, resources)
        if self._ours:
            # The verdict says it already, in the learner's language.
            comment = self.gradebook.find_comment(
                cell.metadata.nbgrader["grade_id"],
                self.notebook_id,
                self.assignment_id,
                self.student_id,
            )
            comment.auto_comment = None
            self.gradebook.db.commit()


class ShowGrades(GetGrades):
    """In the feedback: tell the points given from those a person has yet to give."""

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader["grade_id"],
            self.notebook_id,
            self.assignment_id,
            self.student_id,
        )
        cell.metadata.nbgrader["waits"] = bool(grade.needs_manual_grade)
