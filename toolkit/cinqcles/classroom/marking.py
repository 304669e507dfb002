"""Mark one copy: its cells mended, its answers, as data, against the key of its variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import Any

import nbformat
from nbformat import NotebookNode
from pydantic import BaseModel, JsonValue, TypeAdapter

from cinqcles.classroom import boxed
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.views.questions import RESULTS_MIME
from cinqcles.worksheet.answers import Answer, newest, read_notebook
from cinqcles.worksheet.questions import (
    BaseQuestion,
    Code,
    Form,
    FreeText,
    Mark,
    Plan,
    error_said,
)

RECORD = "cinqcles"  # in a graded notebook's metadata: what its grading leaves

_results = TypeAdapter(list[JsonValue])


@dataclass(frozen=True)
class Verdict:
    """What one answer of a copy is worth.

    Attributes:
        value: the answer; ``None`` when there is none to mark.
    """

    question: BaseQuestion
    value: JsonValue
    mark: Mark

    def score(self, points: float) -> float:
        """The points earned out of ``points``: a plain finite float, within 0 and ``points``."""
        return min(max(round(self.mark.share * points, 2), 0.0), float(points))

    def record(self) -> dict[str, JsonValue]:
        """The answer and its mark as text, to be shown to the grader and to the learner."""
        try:
            answer = self.question.describe(self.value) if self.value is not None else None
        except (TypeError, ValueError, KeyError):
            answer = str(self.value)[:500]
        rubric: list[JsonValue] = []
        if isinstance(self.question, FreeText | Form | Plan):
            rubric += self.question.rubric
        return {
            "prompt": self.question.prompt,
            "answer": answer,
            "reason": self.mark.reason,
            "rubric": rubric,
        }

    def html(self) -> str:
        """The same, as nbgrader's pages show it."""
        shown = self.record()
        answer, rubric = shown["answer"], shown["rubric"]
        said = (
            escape(str(answer)).replace("\n", "</div><div>")
            if answer
            else f"<em>{escape(_('pas de réponse'))}</em>"
        )
        lines = [
            f"<div><strong>{escape(str(shown['prompt']))}</strong></div>",
            f"<div>{escape(_('Réponse'))}\u00a0: {said}</div>",
            *(f"<div>{escape(line)}</div>" for line in str(shown["reason"]).split("\n")),
        ]
        if isinstance(rubric, list) and rubric:
            items = "".join(f"<li>{escape(str(line))}</li>" for line in rubric)
            lines.append(f"<div>{escape(_('Ce qui est évalué'))}\u00a0:</div><ul>{items}</ul>")
        return f'<div class="cinqcles-verdict">{"".join(lines)}</div>'


def mark_answers(
    answers: Iterable[Answer],
    reference: Mapping[str, BaseQuestion],
    *,
    worksheet: str,
    learner: str,
    variant: int,
    results: Mapping[str, list[JsonValue] | str],
    halted: str | None = None,
    unread: Collection[str] = (),
) -> dict[str, Verdict]:
    """Mark every question of the reference.

    An answer that another learner gave, or that was given on other numbers, earns nothing and
    is set aside for a person to look at; so is one that cannot be read, if it is the only one.

    Args:
        answers: every answer of the copy.
        worksheet, learner, variant: whose copy it should be.
        results: for each code question, what the copy's function returned for every case; or
            why it could not be run; nothing when the copy has no code of its own.
        halted: what is to be told of a cell of the copy that ended in an error.
        unread: the questions that have an answer which cannot be read.
    """
    given = [a for a in answers if a.revision]
    mine = (worksheet, learner, variant)
    own = newest(a for a in given if (a.worksheet, a.learner, a.variant) == mine)
    foreign = newest(a for a in given if (a.worksheet, a.learner, a.variant) != mine)
    verdicts = {}
    for name, question in reference.items():
        value = own[name].value if name in own else None
        if name in foreign and name not in own:
            verdicts[name] = Verdict(
                question, foreign[name].value, _set_aside(foreign[name], worksheet, learner)
            )
        elif isinstance(question, Code):
            # The results that a copy claims count for nothing: only those of our own run do.
            verdicts[name] = _mark_code(question, results.get(name, []), halted)
        elif name in unread and value is None:
            why = _("Une réponse est là, et n’a pas pu être lue\u00a0: voyez la copie.")
            verdicts[name] = Verdict(question, None, Mark(share=0, reason=why, review=True))
        else:
            verdicts[name] = Verdict(question, value, question.mark(value))
    return verdicts


def _mark_code(
    question: BaseQuestion, results: list[JsonValue] | str, halted: str | None
) -> Verdict:
    if isinstance(results, str):
        return Verdict(question, None, Mark(share=0, reason=results, review=True))
    # A function left as it was given returns nothing at all.
    answered = any(result is not None for result in results)
    mark = question.mark(results if answered else None)
    if halted and answered and all(isinstance(result, dict) for result in results):
        # Each case fails for the same reason, and has nothing more to say.
        return Verdict(question, None, mark.model_copy(update={"reason": halted}))
    if halted and answered and mark.share < 1:
        mark = mark.model_copy(update={"reason": f"{halted}\n{mark.reason}"})
    return Verdict(question, results, mark)


def _set_aside(answer: Answer, worksheet: str, learner: str) -> Mark:
    if answer.worksheet != worksheet:
        why = _("Cette réponse vient de la feuille «\u00a0{other}\u00a0».").format(
            other=answer.worksheet
        )
    elif answer.learner != learner:
        why = _(
            "Cette réponse a été donnée sous l’identifiant «\u00a0{other}\u00a0», et non "
            "«\u00a0{learner}\u00a0»."
        ).format(other=answer.learner, learner=learner)
    else:
        why = _("Cette réponse porte sur d’autres données que celles de cette copie.")
    return Mark(share=0, reason=why, review=True)


@dataclass(frozen=True)
class Released:
    """A notebook of a worksheet as it was released: what the gradebook knows of it.

    Attributes:
        cells: each cell that nbgrader knows, in order, as a notebook holds it.
    """

    worksheet: str
    cells: dict[str, NotebookNode]

    @classmethod
    def read(cls, notebook: Any, worksheet: str) -> Released:
        """From nbgrader's own record of a notebook (``nbgrader.api.Notebook``)."""
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        return cls(
            worksheet,
            {cell.name: _released_cell(cell, points, solutions) for cell in notebook.source_cells},
        )


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
    cell: NotebookNode = (
        nbformat.v4.new_code_cell(source.source)
        if source.cell_type == "code"
        else nbformat.v4.new_markdown_cell(source.source)
    )
    cell.metadata["nbgrader"] = nbformat.from_dict(about)
    return cell


class Taken(BaseModel):
    """What a copy brings, once read and mended.

    Attributes:
        problems: what was mended, a sentence each.
        wrote_code: whether it holds code that the release does not.
        unread: the names of the cells with an answer that cannot be read.
    """

    answers: list[Answer]
    problems: list[str]
    wrote_code: bool
    unread: list[str] = []


def take(nb: NotebookNode, released: Released) -> Taken:
    """Take the answers of a copy, and mend its cells in place.

    nbgrader trusts a copy's own metadata further than a hostile or a clumsy copy deserves: a
    cell that lost its id, or changed its kind, stops the grading. Here every cell gets back
    what the gradebook knows of it, a cell that is missing is put back unanswered, and each
    such repair is written down.
    """
    answers, problems = read_notebook(nb)
    spoilt = [cell for cell in nb.cells if problems and read_notebook({"cells": [cell]})[1]]
    unread = [name_of(cell) for cell in spoilt]
    problems += _restore(nb, released.cells)
    released_code = {cell.source for cell in released.cells.values()}
    wrote_code = any(
        cell.cell_type == "code" and cell.source.strip() and cell.source not in released_code
        for cell in nb.cells
        if not cell.metadata.get("nbgrader", {}).get("locked")
    )
    return Taken(
        answers=answers,
        problems=problems,
        wrote_code=wrote_code,
        unread=[name for name in unread if name in released.cells],
    )


def name_of(cell: NotebookNode) -> str | None:
    """nbgrader's name for a cell of a copy, whatever it may have become there."""
    about = cell.metadata.get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else None


def _restore(nb: NotebookNode, genuine: dict[str, NotebookNode]) -> list[str]:
    """Give the copy's cells back what the release says of them; say what was mended."""
    problems = []
    found: Counter[str] = Counter()
    # Of a cell that is there twice, the last one is kept, as nbgrader does; but nbgrader leaves
    # the others a metadata so empty that its own check then stops the whole cohort.
    for cell in reversed(nb.cells):
        name = name_of(cell)
        cell.metadata.pop("nbgrader", None)
        if name not in genuine:
            continue
        found[name] += 1
        if found[name] > 1:
            continue
        release = genuine[name]
        changed = cell.source != release.source or cell.cell_type != release.cell_type
        cell.metadata["nbgrader"] = dict(release.metadata.nbgrader)
        _as_type(cell, release.cell_type)
        if release.metadata.nbgrader.locked and changed:
            cell.source = release.source
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
        nb.cells.insert(place, deepcopy(release))
        place += 1
        problems.append(
            _(
                "La cellule «\u00a0{name}\u00a0» manque\u00a0: elle est remise en place, sans "
                "réponse."
            ).format(name=name)
        )
    return problems


def _as_type(cell: NotebookNode, cell_type: str) -> None:
    if cell.cell_type == cell_type:
        return
    cell.cell_type = cell_type
    if cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def mark(
    nb: NotebookNode,
    taken: Taken,
    key: dict[str, BaseQuestion],
    *,
    worksheet: str,
    learner: str,
    variant: int,
    course_key: str,
    unsandboxed: bool = False,
) -> None:
    """Mark a copy that was taken: its cells then show what nbgrader reads marks in.

    A kernel is started only when the worksheet asks for code and the copy has some, and then in
    the box.

    Args:
        key: the questions of this variant, with their answers.
        course_key: what this run of the course draws its numbers with.
        unsandboxed: run the copy's code even where this machine cannot isolate it.
    """
    code: dict[str, list[JsonValue] | str] = {}
    halted = None
    if taken.wrote_code:
        code, halted = _run_code(
            nb,
            key,
            worksheet=worksheet,
            learner=learner,
            course_key=course_key,
            unsandboxed=unsandboxed,
        )
    verdicts = mark_answers(
        taken.answers,
        key,
        worksheet=worksheet,
        learner=learner,
        variant=variant,
        results=code,
        halted=halted,
        unread=taken.unread,
    )
    _show(nb, verdicts, taken.problems)
    nb.metadata[RECORD] = {
        "problems": taken.problems,
        "review": {
            n: v.mark.reason.replace("\n", " ") for n, v in verdicts.items() if v.mark.review
        },
        "verdicts": {name: verdict.record() for name, verdict in verdicts.items()},
    }


def _run_code(
    nb: NotebookNode,
    key: dict[str, BaseQuestion],
    *,
    worksheet: str,
    learner: str,
    course_key: str,
    unsandboxed: bool,
) -> tuple[dict[str, list[JsonValue] | str], str | None]:
    """What the copy's functions return, for each code question, or why they did not run; and what
    error a cell before ended in."""
    asked = {name: q for name, q in key.items() if isinstance(q, Code)}
    if not asked:
        return {}, None
    script = nbformat.v4.new_notebook(metadata=nb.metadata)
    # The copy's numbers are drawn with the grader's course key, wherever this runs.
    drawn = f"import os\nos.environ['CINQCLES_COURSE_KEY'] = {course_key!r}"
    script.cells.append(nbformat.v4.new_code_cell(drawn))
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
        done = boxed.run(script, unsandboxed=unsandboxed)
    except ClassroomError as refused:
        return dict.fromkeys(asked, str(refused)), None
    before, shown = done.cells[: -len(asked)], done.cells[-len(asked) :]
    results: dict[str, list[JsonValue] | str] = {}
    for name, cell in zip(asked, shown, strict=True):
        results[name] = _results_in(cell)
    return results, _error_in(before)


def _error_in(cells: list[NotebookNode]) -> str | None:
    for cell in cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return _("Le code s’arrête avant la fin\u00a0: {error}.").format(
                    error=error_said(output.ename)
                )
    return None


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
            cell.outputs = [_output("execute_result", data, execution_count=1)]
        else:
            cell.outputs = [_output("display_data", {"text/html": html})]
            if verdict.mark.review:
                # nbgrader takes an unchanged cell for an absent answer; this one is in its data.
                about.pop("checksum", None)
    if problems:
        lines = "".join(f"\n- {line}" for line in problems)
        nb.cells.insert(
            0, nbformat.v4.new_markdown_cell(_("**À signaler sur cette copie**\n") + lines)
        )


def _output(kind: str, data: dict[str, str], **more: int) -> NotebookNode:
    """An output of a cell; nbformat's own function would validate each, at a tenth of the cost
    of marking a copy.
    """
    return NotebookNode(output_type=kind, data=NotebookNode(data), metadata=NotebookNode(), **more)
