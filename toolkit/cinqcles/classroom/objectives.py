"""What each lesson promises, where it is taught, and which questions assess it.

All of it is read from the notebooks. A lesson's metadata ``cinqcles.objectives`` names its
objectives, in the order of the numbered list of its first cell; metadata ``cinqcles.objective``
of a cell (a name, or a list of names) says what the cell teaches in a lesson, what it assesses
in a worksheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cinqcles.classroom.course import sources
from cinqcles.errors import ClassroomError
from cinqcles.messages import _, number

_PROMISED = re.compile(r"^\d+\. +(.+?)(?=^\d+\. |^\s*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass
class Objective:
    """One objective of a lesson.

    Attributes
    ----------
    name : its identifier in the notebooks
    text : what the learner will be able to do, in Markdown
    lesson : title of its lesson
    taught : titles of the sections that teach it
    assessed : ``(worksheet, question, points)`` of the questions that assess it
    """

    name: str
    text: str
    lesson: str
    taught: list[str] = field(default_factory=list)
    assessed: list[tuple[str, str, float]] = field(default_factory=list)


def objectives(course: Path) -> list[Objective]:
    """Every objective of the course, lesson by lesson.

    Raises
    ------
    ClassroomError
        An objective has no text, is promised twice, is not taught or not assessed; or a cell
        names one that no lesson promises.
    """
    found: dict[str, Objective] = {}
    cells: list[tuple[str, str, Any]] = []
    problems: list[str] = []
    for file in sorted((course / "course").glob("*.ipynb")):
        lesson = nbformat.read(file, as_version=4)
        names = lesson.metadata.get("cinqcles", {}).get("objectives", [])
        texts = [" ".join(t.split()) for t in _PROMISED.findall(lesson.cells[0].source)]
        if names and len(texts) != len(names):
            problems.append(
                _(
                    "{file}\u00a0: {n} objectifs nommés, {m} énoncés dans la première cellule."
                ).format(file=file.name, n=len(names), m=len(texts))
            )
        title = _HEADING.findall(lesson.cells[0].source)[0]
        for name, text in zip(names, texts, strict=False):
            if name in found:
                problems.append(_("«\u00a0{name}\u00a0» est promis deux fois.").format(name=name))
            found[name] = Objective(name, text.rstrip(" ;."), title)
        cells += [(file.name, name, section) for section, name, _cell in _named(lesson)]
    for _file, name, section in cells:
        if name in found and section not in found[name].taught:
            found[name].taught.append(section)
    questions = [
        (worksheet, cell, name)
        for worksheet, files in sources(course).items()
        for file in files
        for _section, name, cell in _named(nbformat.read(file, as_version=4))
    ]
    for worksheet, cell, name in questions:
        graded = cell.metadata.nbgrader
        if name in found:
            found[name].assessed.append((worksheet, graded.grade_id, float(graded.points)))
    said = [(file, name) for file, name, _section in cells]
    said += [(worksheet, name) for worksheet, _cell, name in questions]
    problems += [
        _("{file} nomme «\u00a0{name}\u00a0», qu’aucune leçon ne promet.").format(
            file=file, name=name
        )
        for file, name in said
        if name not in found
    ]
    problems += [
        _("«\u00a0{name}\u00a0» n’est enseigné par aucune cellule.").format(name=objective.name)
        for objective in found.values()
        if not objective.taught
    ]
    problems += [
        _("«\u00a0{name}\u00a0» n’est évalué par aucune question.").format(name=objective.name)
        for objective in found.values()
        if not objective.assessed
    ]
    if problems:
        raise ClassroomError(
            _("Objectifs, leçons et questions ne se répondent pas\u00a0:")
            + "".join(f"\n- {problem}" for problem in problems)
        )
    return list(found.values())


def _named(notebook: NotebookNode) -> Iterator[tuple[str, str, NotebookNode]]:
    """Cells that name objectives: the section they are in, the objective, the cell."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = (_HEADING.findall(cell.source) or [section])[-1]
        told = cell.metadata.get("cinqcles", {}).get("objective", [])
        for name in [told] if isinstance(told, str) else told:
            yield section, name, cell


def as_markdown(found: Iterable[Objective]) -> str:
    """The matrix as a page: a table a lesson, a row an objective."""
    lines = [
        "# " + _("Objectifs, leçons et questions"),
        "",
        _(
            "Ce que chaque leçon promet, les sections qui l’enseignent et les questions qui "
            "l’évaluent. Page tirée des cahiers par la commande `uv run cinqcles objectives`."
        ),
    ]
    lesson = ""
    for objective in found:
        if objective.lesson != lesson:
            lesson = objective.lesson
            heads = (_("Objectif"), _("Enseigné dans"), _("Évalué par"), _("Points"))
            lines += ["", f"## {lesson}", "", f"| {' | '.join(heads)} |", "|:--|:--|:--|--:|"]
        by_worksheet: dict[str, list[str]] = {}
        for worksheet, question, _points in objective.assessed:
            by_worksheet.setdefault(worksheet, []).append(question)
        assessed = "\u00a0; ".join(f"{w} {', '.join(q)}" for w, q in by_worksheet.items())
        points = number(sum(points for _w, _q, points in objective.assessed))
        taught = "\u00a0; ".join(objective.taught)
        lines.append(f"| {objective.text} | {taught} | {assessed} | {points} |")
    return "\n".join(lines) + "\n"
