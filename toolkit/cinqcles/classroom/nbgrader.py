"""How this course plugs into nbgrader: its own steps, put into nbgrader's own chains.

``nbgrader_config.py`` calls :func:`configure`, so that the stock commands and the formgrader
give what ``cinqcles`` gives. A notebook that is not one of this course's worksheets goes
through nbgrader's stock steps untouched.
"""

from __future__ import annotations

from collections import Counter
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
from pydantic import JsonValue, TypeAdapter
from traitlets import Bool

from cinqcles.classroom import box
from cinqcles.classroom.marking import Verdict, mark_answers
from cinqcles.classroom.reference import reference, worksheet_of
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.views.questions import RESULTS_MIME
from cinqcles.worksheet.answers import Answer, read_notebook
from cinqcles.worksheet.identity import learner_id, variant_of
from cinqcles.worksheet.questions import BaseQuestion, Code

KEY_TAG = "corrige"
RECORD = "cinqcles"

_answers = TypeAdapter(list[Answer])
_results = TypeAdapter(list[JsonValue])


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
    """Before nbgrader clears a copy: take its answers, and mend its cells.

    nbgrader trusts a copy's own metadata further than a hostile or a clumsy copy deserves: a
    cell that lost its id, or changed its kind, stops the grading. Here every cell gets back
    what the gradebook knows of it, a cell that is missing is put back unanswered, and each
    such repair is written down.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        # Whatever the copy itself claims here is not ours.
        nb.metadata.pop(RECORD, None)
        if _worksheet(self, resources) is None:
            return nb, resources
        answers, problems = read_notebook(nb)
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            released = gradebook.find_notebook(about["notebook"], about["assignment"])
            points = {cell.name: cell.max_score for cell in released.grade_cells}
            solutions = {cell.name for cell in released.solution_cells}
            genuine = {
                cell.name: _released_cell(cell, points, solutions) for cell in released.source_cells
            }
        problems += _restore(nb, genuine)
        released_code = {cell.source for cell in genuine.values()}
        nb.metadata[RECORD] = {
            "answers": _answers.dump_python(answers, mode="json"),
            "problems": problems,
            "wrote_code": any(
                cell.cell_type == "code"
                and cell.source.strip()
                and cell.source not in released_code
                for cell in nb.cells
                if not cell.metadata.get("nbgrader", {}).get("locked")
            ),
        }
        return nb, resources


def _released_cell(source: Any, points: dict[str, float], solutions: set[str]) -> NotebookNode:
    about = {
        "grade": source.name in points,
        "grade_id": source.name,
        "locked": source.locked,
        "schema_version": 3,
        "solution": source.name in solutions,
        "task": False,
        "cell_type": source.cell_type,
        "checksum": source.checksum,
    }
    if source.name in points:
        about["points"] = points[source.name]
    if source.cell_type == "code":
        return nbformat.v4.new_code_cell(source.source, metadata={"nbgrader": about})
    return nbformat.v4.new_markdown_cell(source.source, metadata={"nbgrader": about})


def _restore(nb: NotebookNode, genuine: dict[str, NotebookNode]) -> list[str]:
    """Give the copy's cells back what the release says of them; say what was mended."""
    problems = []
    found: Counter[str] = Counter()
    # Of a cell that is there twice, the last one is kept, as nbgrader does; but nbgrader leaves
    # the others a metadata so empty that its own check then stops the whole cohort.
    for cell in reversed(nb.cells):
        about = cell.metadata.pop("nbgrader", None)
        name = about.get("grade_id") if isinstance(about, dict) else None
        if not isinstance(name, str) or name not in genuine:
            continue
        found[name] += 1
        if found[name] > 1:
            continue
        release = genuine[name]
        cell.metadata["nbgrader"] = dict(release.metadata.nbgrader)
        changed = cell.source != release.source or cell.cell_type != release.cell_type
        if release.metadata.nbgrader.locked and changed:
            problems.append(
                _(
                    "La cellule «\u00a0{name}\u00a0» a été modifiée\u00a0: elle est rétablie."
                ).format(name=name)
            )
    problems += [
        _(
            "La cellule «\u00a0{name}\u00a0» est là {n} fois\u00a0: la réponse la plus récente "
            "compte."
        ).format(name=name, n=n)
        for name, n in found.items()
        if n > 1
    ]
    # In the release's order, each missing cell goes after the one it followed.
    place = 0
    for name, release in genuine.items():
        if found[name]:
            place = 1 + next(
                i
                for i, cell in enumerate(nb.cells)
                if cell.metadata.get("nbgrader", {}).get("grade_id") == name
            )
            continue
        nb.cells.insert(place, release)
        place += 1
        problems.append(
            _(
                "La cellule «\u00a0{name}\u00a0» manque\u00a0: elle est remise en place, sans "
                "réponse."
            ).format(name=name)
        )
    return problems


class MarkCopy(Execute):
    """In place of running a copy: mark its answers, and write the marks where nbgrader reads.

    A kernel is started only when the worksheet asks for code, and then in the box.
    """

    unsandboxed = Bool(
        False, help="Run the code of copies on a machine that cannot isolate it."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        worksheet = _worksheet(self, resources)
        record = nb.metadata.pop(RECORD, None)
        if worksheet is None or record is None:
            return super().preprocess(nb, resources, km)
        learner = learner_id(resources["nbgrader"]["student"])
        variant = variant_of(worksheet, learner)
        key = reference(source_of(self, resources), variant)
        verdicts = mark_answers(
            _answers.validate_python(record["answers"]),
            key,
            worksheet=worksheet,
            learner=learner,
            variant=variant,
            results=self._run_code(nb, worksheet, learner, key) if record["wrote_code"] else {},
        )
        _show(nb, verdicts, record["problems"])
        nb.metadata[RECORD] = {
            "problems": record["problems"],
            "review": {
                n: v.mark.reason.replace("\n", " ") for n, v in verdicts.items() if v.mark.review
            },
            "verdicts": {name: verdict.record() for name, verdict in verdicts.items()},
        }
        return nb, resources

    def _run_code(
        self, nb: NotebookNode, worksheet: str, learner: str, key: dict[str, BaseQuestion]
    ) -> dict[str, list[JsonValue] | str]:
        """What the copy's functions return, for each code question; or why they did not run."""
        asked = {name: q for name, q in key.items() if isinstance(q, Code)}
        if not asked:
            return {}
        script = nbformat.v4.new_notebook(metadata=nb.metadata)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if cell.cell_type == "code" and (name not in key or name in asked):
                script.cells.append(nbformat.v4.new_code_cell(cell.source))
                if "parameters" in cell.metadata.get("tags", []):
                    script.cells.append(nbformat.v4.new_code_cell(f"learner = {learner!r}"))
        for name, question in asked.items():
            cases = [case.model_dump() for case in question.examples + question.hidden]
            script.cells.append(
                nbformat.v4.new_code_cell(
                    "from cinqcles.views.worksheet import opened\n"
                    f"opened({worksheet!r}).questions[{name!r}].show_results({cases!r})"
                )
            )
        try:
            done = box.run(script, unsandboxed=self.unsandboxed)
        except ClassroomError as refused:
            return dict.fromkeys(asked, str(refused))
        shown = done.cells[-len(asked) :]
        return {name: _results_in(cell) for name, cell in zip(asked, shown, strict=True)}


def _results_in(cell: NotebookNode) -> list[JsonValue]:
    for output in cell.outputs:
        if RESULTS_MIME in output.get("data", {}):
            try:
                return _results.validate_python(output["data"][RESULTS_MIME])
            except ValueError:
                return []
    return []


def _show(nb: NotebookNode, verdicts: dict[str, Verdict], problems: list[str]) -> None:
    for cell in nb.cells:
        about = cell.metadata.get("nbgrader", {})
        verdict = verdicts.get(about.get("grade_id"))
        if cell.cell_type != "code" or verdict is None:
            continue
        points = float(about["points"])
        html = verdict.html()
        if not about["solution"]:
            # nbgrader reads the score in the text of the result, and shows the HTML.
            data = {"text/plain": repr(verdict.score(points)), "text/html": html}
            cell.outputs = [nbformat.v4.new_output("execute_result", data=data, execution_count=1)]
        else:
            cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": html})]
            if verdict.mark.review:
                # nbgrader takes an unchanged cell for an absent answer; this one is in its data.
                about.pop("checksum", None)
    if problems:
        lines = "".join(f"\n- {line}" for line in problems)
        nb.cells.insert(
            0, nbformat.v4.new_markdown_cell(_("**À signaler sur cette copie**\n") + lines)
        )


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
