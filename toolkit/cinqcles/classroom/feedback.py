"""Feedback: a page for each learner, with what they answered, what it earned, and why.

Of a graded copy, two things alone enter a page, as text: the record that grading leaves there
(:meth:`cinqcles.classroom.marking.Verdict.record`) and the code its learner wrote. What the copy
displays is not even read. Points, penalties and the trainer's comments are the gradebook's.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from pydantic import BaseModel, ValidationError

from cinqcles.classroom.book import Book, to_read
from cinqcles.classroom.course import (
    course_directory,
    graded_folder,
    handed_in,
    has_changed,
    nbgrader_config,
    sources,
)
from cinqcles.classroom.marking import RECORD
from cinqcles.classroom.reference import worksheet_of
from cinqcles.errors import CinqclesError, ClassroomError, CopyError
from cinqcles.messages import _
from cinqcles.views.feedback import Question, Sheet, to_html
from cinqcles.worksheet.copies import read_document, written_code
from cinqcles.worksheet.identity import learner_id

LARGEST_GRADED = 64 * 2**20  # bytes: what a graded copy displayed is gone


@dataclass(frozen=True)
class Made:
    """What came of a run.

    Attributes:
        written, unchanged: the learners' pages, as they are now.
        waiting: how many copies have an answer that a person has yet to grade.
        left: ``(learner, why)`` for each copy that cannot be shown: its learner's page is left
            as it was.
        ungraded: how many copies are there that are not graded, and so on no page.
        foreign: what the gradebook holds that is not a worksheet of this course.
    """

    written: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)
    waiting: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)
    ungraded: int = 0
    foreign: list[str] = field(default_factory=list)


def feedback(
    course: Path,
    worksheet: str | None = None,
    *,
    db_url: str | None = None,
    progress: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Made:
    """Write each learner's page: ``feedback/<learner>/resultats-<learner>.html``.

    It holds every worksheet of theirs that is in the gradebook. With ``worksheet``, another page
    holds that one alone: ``resultats-<learner>-<worksheet>.html``.

    Args:
        db_url: the gradebook's, unless it is where nbgrader's configuration says.
        progress: wraps the learners, to show how far the work is.

    Raises:
        ClassroomError: there is no such worksheet, it is not one of this course's, or there is no
            gradebook, or no copy of it there.
    """
    if worksheet is not None:
        sources(course, worksheet)
    config = nbgrader_config(course)
    directory = course_directory("", config)
    url = to_read(db_url, directory.db_url)
    copies = _graded(url, worksheet) if url else []
    if not copies:
        raise ClassroomError(
            _(
                "Le carnet de notes n’a encore aucune copie\u00a0: corrigez-en d’abord "
                "(cinqcles grade {worksheet})."
            ).format(worksheet=worksheet or _("FEUILLE"))
        )
    found = {
        key: _release(directory, *key)
        for key in sorted({(c.worksheet, c.notebook) for c in copies})
    }
    foreign = sorted({name for (name, _notebook), release in found.items() if release is None})
    if worksheet is not None and worksheet in foreign:
        raise ClassroomError(not_ours(worksheet))
    ours = [copy for copy in copies if copy.worksheet not in foreign]
    by_learner = {name: list(theirs) for name, theirs in groupby(ours, lambda copy: copy.learner)}
    releases = {key: release for key, release in found.items() if release is not None}
    graded = {(copy.worksheet, copy.learner) for copy in copies}
    handed = handed_in(course_directory(worksheet or "*", config), worksheet)
    missing = {(name, learner) for name, learner, _folder in handed} - graded
    worksheets = sources(course)
    made = Made(
        foreign=foreign,
        waiting=sum(copy.waits for copy in ours),
        ungraded=sum(name in worksheets for name, _learner in missing),
    )
    for learner in progress(by_learner):
        try:
            file = _place(directory, learner, worksheet)
            sheets, broken = _sheets(directory, by_learner[learner], releases)
            made.left.extend((learner, why) for why in broken)
            if not broken:
                changed = _write(file, to_html(learner, sheets))
                (made.written if changed else made.unchanged).append(file)
        except CinqclesError as error:
            made.left.append((learner, str(error)))
    return made


def not_ours(assignment: str) -> str:
    """How to give feedback on what is not a worksheet of this course."""
    return _(
        "«\u00a0{name}\u00a0» n’est pas une feuille de ce cours\u00a0: ses commentaires se rendent "
        "avec nbgrader generate_feedback {name}."
    ).format(name=assignment)


def _place(directory: CourseDirectory, learner: str, worksheet: str | None) -> Path:
    """Where a learner's page goes. A name that would lead out of there is refused."""
    learner_id(learner)
    name = f"resultats-{learner}" + (f"-{worksheet}" if worksheet else "")
    return Path(directory.format_path(directory.feedback_directory, learner, ".")) / f"{name}.html"


def _write(file: Path, page: str) -> bool:
    """Write a page, unless it is already there; whether it changed."""
    content = page.encode()
    aside = file.with_name(f".{os.getpid()}.tmp")
    try:
        if file.exists() and file.read_bytes() == content:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and moved into place: nobody is sent half a page.
        aside.write_bytes(content)
        aside.replace(file)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise ClassroomError(
            _("«\u00a0{name}\u00a0» ne peut pas être écrit ({error}).").format(
                name=file, error=error.strerror
            )
        ) from error
    return True


# --- What the gradebook says ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Grade:
    score: float
    points: float
    bonus: float
    waits: bool
    by_hand: bool


@dataclass(frozen=True)
class _Copy:
    learner: str
    worksheet: str
    notebook: str
    penalty: float
    grades: Mapping[str, _Grade]
    comments: Mapping[str, str]

    @property
    def waits(self) -> bool:
        return any(grade.waits for grade in self.grades.values())


def _graded(db_url: str, worksheet: str | None) -> list[_Copy]:
    """Every copy of the gradebook, by learner, then worksheet: read in three queries."""
    grades: defaultdict[str, dict[str, _Grade]] = defaultdict(dict)
    comments: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with Book(db_url) as book:
        query = book.db.query
        submitted = (
            query(
                SubmittedNotebook.id,
                SubmittedAssignment.student_id,
                Assignment.name,
                Notebook.name,
                SubmittedNotebook.late_submission_penalty,
            )
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .all()
        )
        for copy, cell, score, points, bonus, manual, waits in query(
            Grade.notebook_id,
            BaseCell.name,
            Grade.score,
            Grade.max_score,
            Grade.extra_credit,
            Grade.manual_score,
            Grade.needs_manual_grade,
        ).join(BaseCell, BaseCell.id == Grade.cell_id):
            by_hand = manual is not None
            grades[copy][cell] = _Grade(score, points, bonus or 0.0, bool(waits), by_hand)
        for copy, cell, comment in query(
            Comment.notebook_id, BaseCell.name, Comment.manual_comment
        ).join(BaseCell, BaseCell.id == Comment.cell_id):
            if comment and comment.strip():
                comments[copy][cell] = comment.strip()
    return sorted(
        (
            _Copy(learner, name, notebook, penalty or 0.0, grades[copy], comments[copy])
            for copy, learner, name, notebook, penalty in submitted
            if worksheet in (None, name)
        ),
        key=lambda copy: (copy.learner, copy.worksheet, copy.notebook),
    )


# --- What the worksheet and the graded copy say --------------------------------------------------


@dataclass(frozen=True)
class _Release:
    """What is read of a worksheet as it was given.

    Attributes:
        title: its first heading.
        questions: the question that each cell known to nbgrader serves, in order: its own, or for
            the cell of a function the one that follows.
        code: what it gave to start from.
    """

    title: str
    questions: Mapping[str, str]
    code: Mapping[str, str]


def _release(directory: CourseDirectory, worksheet: str, notebook: str) -> _Release | None:
    """What a worksheet gave; ``None`` if it is not one of this course."""
    folder = Path(directory.format_path(directory.release_directory, ".", worksheet))
    document = read_document(folder / f"{notebook}.ipynb")
    if document is None:
        return None
    released = nbformat.from_dict(document)
    if worksheet_of(released) is None:
        return None
    title = next(
        (
            line.removeprefix("# ").strip()
            for cell in released.cells
            if cell.cell_type == "markdown"
            for line in "".join(cell.source).splitlines()
            if line.startswith("# ")
        ),
        worksheet,
    )
    questions: dict[str, str] = {}
    before: list[str] = []
    for cell in released.cells:
        about: Any = cell.metadata.get("nbgrader", {})
        if name := about.get("grade_id"):
            before.append(name)
            if about.get("grade"):
                questions |= dict.fromkeys(before, name)
                before = []
    return _Release(title, questions, written_code(document))


class _Verdict(BaseModel):
    prompt: str
    answer: str | None
    reason: str
    rubric: list[str]


class _Record(BaseModel):
    problems: list[str]
    verdicts: dict[str, _Verdict]


def _sheets(
    directory: CourseDirectory,
    copies: Iterable[_Copy],
    releases: Mapping[tuple[str, str], _Release],
) -> tuple[list[Sheet], list[str]]:
    """A learner's copies, to be shown, and why each of the others cannot be."""
    sheets, broken = [], []
    for copy in copies:
        try:
            sheets.append(_sheet(directory, copy, releases[copy.worksheet, copy.notebook]))
        except CopyError as error:
            broken.append(str(error))
    return sheets, broken


def _sheet(directory: CourseDirectory, copy: _Copy, release: _Release) -> Sheet:
    """A graded copy, to be shown.

    Raises:
        CopyError: the record of its grading is not there, or not whole, or is that of an earlier
            copy.
    """
    folder = graded_folder(directory, copy.worksheet, copy.learner)
    file = folder / f"{copy.notebook}.ipynb"
    step = directory.submitted_directory
    if has_changed(Path(directory.format_path(step, copy.learner, copy.worksheet)), folder):
        raise CopyError(
            _(
                "{worksheet}\u00a0: la copie a changé depuis sa correction. cinqcles grade "
                "{worksheet} la corrige, ou dit pourquoi elle ne peut pas l’être."
            ).format(worksheet=copy.worksheet)
        )
    if not file.is_file() or file.stat().st_size > LARGEST_GRADED:
        raise _unread(copy, _("la copie corrigée n’est pas dans autograded/"))
    document = read_document(file)
    if document is None:
        raise _unread(copy, _("la copie corrigée est illisible"))
    metadata = document.get("metadata")
    said = metadata.get(RECORD) if isinstance(metadata, dict) else None
    if not isinstance(said, dict) or "verdicts" not in said:
        raise _unread(copy, _("elle a été corrigée par une version plus ancienne de cinqcles"))
    try:
        record = _Record.model_validate(said)
    except ValidationError as error:
        raise _unread(copy, _("ce que la correction y a écrit a été modifié")) from error
    if not copy.grades:
        raise _unread(copy, _("le carnet de notes n’a aucun de ses points"))
    if missing := sorted(copy.grades.keys() - record.verdicts.keys()):
        raise _unread(
            copy,
            _("la correction n’y dit rien de {questions}").format(questions=", ".join(missing)),
        )
    order = list(dict.fromkeys(release.questions.values()))
    names = sorted(copy.grades, key=lambda n: (order.index(n) if n in order else len(order), n))

    def place(cell: str) -> str:
        """The question beside which a cell is shown: the last one, rather than nowhere."""
        return release.questions[cell] if release.questions.get(cell) in names else names[-1]

    code: defaultdict[str, list[str]] = defaultdict(list)
    for cell, source in written_code(document).items():
        if source.strip() and source != release.code.get(cell):
            code[place(cell)].append(source)
    comments: defaultdict[str, list[str]] = defaultdict(list)
    for cell, comment in copy.comments.items():
        comments[place(cell)].append(comment)
    earned = sum(grade.score for grade in copy.grades.values())
    return Sheet(
        title=release.title,
        earned=earned,
        penalty=copy.penalty,
        score=max(0.0, earned - copy.penalty),
        points=sum(grade.points for grade in copy.grades.values()),
        problems=tuple(record.problems),
        questions=tuple(
            _question(
                record.verdicts[name],
                copy.grades[name],
                code="\n\n".join(code[name]),
                comment="\n\n".join(comments[name]),
            )
            for name in names
        ),
    )


def _question(verdict: _Verdict, grade: _Grade, *, code: str, comment: str) -> Question:
    return Question(
        prompt=verdict.prompt,
        answer=verdict.answer,
        code=code,
        reason=verdict.reason,
        # Of no use, and a hint to others, where nobody had an answer to grade.
        rubric=tuple(verdict.rubric) if grade.waits or grade.by_hand else (),
        comment=comment,
        score=grade.score,
        points=grade.points,
        bonus=grade.bonus,
        waits=grade.waits,
        by_hand=grade.by_hand,
    )


def _unread(copy: _Copy, why: str) -> CopyError:
    return CopyError(
        _(
            "{worksheet}\u00a0: {why}. Corrigez de nouveau\u00a0: "
            "cinqcles grade {worksheet} --again"
        ).format(worksheet=copy.worksheet, why=why)
    )
